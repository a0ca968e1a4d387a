//! Parts of messages.

use super::Mistake;

/// An error and its causes in one line. They are part of the message because many programs print
/// that alone, and no `source`, so that those that walk the chain do not print them twice.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Some errors show their causes themselves.
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

pub(super) fn unsatisfied(constraint: &str, rejected: u64, sampled: u64, complete: bool) -> String {
    if complete {
        format!(
            "constraint `{constraint}` rejected {rejected} of all {sampled} configs of the space, and \
             no other config was allowed; loosen it or widen the ranges"
        )
    } else {
        format!(
            "constraint `{constraint}` rejected {rejected} of {sampled} configs that were tried \
             (random draws, corners of the ranges, defaults, and what is near them), and none of \
             them was allowed; loosen it, narrow the ranges, or give a legal config with \
             `start_from`"
        )
    }
}

pub(super) fn in_lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}

pub(super) fn last_failure(failed: &u64, reason: &Option<String>) -> String {
    match reason {
        Some(reason) => format!("; {failed} failed, the last one because: {reason}"),
        None => String::from("; run some first"),
    }
}

/// Names that a message shows.
const MOST_SHOWN: usize = 5;

/// What to do about a study that a storage does not have.
pub(super) fn known_studies(known: &[String]) -> String {
    match known {
        [] => "it has none, so look at what `storage` was given, or begin with `build` and \
               without earlier studies"
            .into(),
        known => {
            let shown = known.iter().take(MOST_SHOWN).map(|name| format!("`{name}`"));
            let shown = shown.collect::<Vec<_>>().join(", ");
            let rest = match known.len().saturating_sub(MOST_SHOWN) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            format!("it has {shown}{rest}; look at the name, or start the study with `build`")
        }
    }
}

/// The goals of a study by their names.
pub(super) fn goals_in_words(known: &[String]) -> String {
    match known {
        [one] => format!("one goal, `{one}`"),
        several => several.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// ` (why)`, or nothing.
pub(super) fn in_brackets(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}

/// How to go on with the trials of a study of another space.
pub(super) fn learning(difference: &str, name: &str) -> String {
    if difference == "space" {
        format!(" and `learn_from_stored({name:?})`")
    } else {
        String::new()
    }
}
