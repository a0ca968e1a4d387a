//! What one explanation says twice, and does not say alike.

use tunewright::analysis::{Change, GOAL, Interval, Proposal, Trend};
use tunewright::report::Explanation;
use tunewright::space::Value;
use tunewright::trial::metric;

/// Values are written with few digits.
const ABOUT: f64 = 0.05;

/// The contradictions of an explanation, in words.
pub(crate) fn contradictions(explanation: &Explanation, maximize: bool) -> Vec<String> {
    let mut found = Vec::new();
    let trend = |parameter: &str, metric: &str| {
        explanation.effects.of(parameter, metric).map(|effect| effect.trend.clone())
    };
    for row in explanation.capacity.rows.iter().filter(|row| row.found.is_some()) {
        let contrary = match trend(&row.parameter, metric::TRAIN_ERROR) {
            Some(Trend::Rises(_)) => row.evidence.contains("training error falls"),
            Some(Trend::Falls(_)) => row.evidence.contains("training error rises"),
            _ => false,
        };
        if contrary {
            found.push(format!("capacity of {}: {}", row.parameter, row.evidence));
        }
    }
    for end in &explanation.ends {
        // Towards that end the goal is said to get worse.
        let worse = match trend(&end.parameter, GOAL) {
            Some(Trend::Rises(Interval { up_to: None, .. })) => end.upper != maximize,
            Some(Trend::Falls(Interval { above: None, .. })) => end.upper == maximize,
            _ => false,
        };
        if worse {
            found.push(format!("{} at its end, though the goal is worse there", end.parameter));
        }
    }
    for name in &explanation.importance.leading {
        if explanation.importance.leading.len() == 1 && trend(name, GOAL) == Some(Trend::Flat) {
            found.push(format!("{name} is the most important one, and the goal flat"));
        }
    }
    for proposal in explanation.next.iter().chain(&explanation.together) {
        for change in &proposal.changes {
            let Some(trend) = trend(&change.parameter, GOAL) else { continue };
            found.extend(against(proposal, change, &trend, maximize));
        }
    }
    found
}

/// A value as a number: tables have them as ordered choices, which are texts.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => text.parse().ok(),
        _ => value.as_f64(),
    }
}

/// Where a proposal speaks against what is said of the effect of a parameter that it changes.
fn against(proposal: &Proposal, change: &Change, trend: &Trend, maximize: bool) -> Option<String> {
    let (from, to) = (number(&change.from)?, number(&change.to)?);
    let (low, high) = (from.min(to), from.max(to));
    let name = &change.parameter;
    let end = |value: &Option<Value>| value.as_ref().and_then(number);
    // The whole step lies where the goal is said to get worse that way.
    let inside = |reach: &Interval| {
        end(&reach.above).is_none_or(|above| low >= above)
            && end(&reach.up_to).is_none_or(|up_to| high <= up_to)
    };
    let worse = match trend {
        Trend::Rises(reach) => inside(reach) && (to > from) != maximize,
        Trend::Falls(reach) => inside(reach) && (to > from) == maximize,
        _ => false,
    };
    let is_said = ["although", "but the model expects the opposite"]
        .iter()
        .any(|words| proposal.text.contains(words));
    if worse && !is_said {
        return Some(format!("{name} from {from} to {to} against {trend:?}"));
    }
    let near = proposal.text.split(&format!("with {name} near ")).nth(1)?;
    let near: f64 = near.split(',').next()?.parse().ok()?;
    let is_above = |value: f64| near >= value - ABOUT * value.abs();
    let is_below = |value: f64| near <= value + ABOUT * value.abs();
    let is_at = |value: &Value| number(value).is_none_or(|at| is_above(at) && is_below(at));
    let holds = match trend {
        // Best from where the goal gets no better on.
        Trend::Falls(reach) if !maximize => end(&reach.up_to).is_none_or(is_above),
        Trend::Rises(reach) if maximize => end(&reach.up_to).is_none_or(is_above),
        Trend::Rises(reach) | Trend::Falls(reach) => end(&reach.above).is_none_or(is_below),
        Trend::Valley { at: lowest } if !maximize => is_at(lowest),
        Trend::Peak { at: highest } if maximize => is_at(highest),
        Trend::Valley { .. } | Trend::Peak { .. } | Trend::Flat | Trend::NotShown => false,
        _ => true,
    };
    (!holds).then(|| format!("{name} best near {near}, but {trend:?}: {}", proposal.text))
}
