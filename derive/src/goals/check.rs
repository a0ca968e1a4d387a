//! The rules that a struct with goals must keep, one function each.

use super::attribute::{Key, Kind, Setting};
use super::input::{Field, Input};
use crate::literal::Number;
use crate::mistakes::Mistakes;

pub(super) fn check(input: &Input, mistakes: &mut Mistakes) {
    let Some(fields) = &input.fields else { return };
    for field in fields {
        if !says_one_thing(field, mistakes) {
            continue;
        }
        match field.setting() {
            Some(setting) if setting.kind == Kind::Goal => one_direction(setting, mistakes),
            Some(setting) if setting.kind == Kind::Constraint => bounds(setting, mistakes),
            Some(setting) => skipped_without_name(setting, mistakes),
            None => {}
        }
    }
    distinct_names(fields, mistakes);
    has_a_goal(input, mistakes);
}

/// A field is a goal, a constraint or a metric.
fn says_one_thing(field: &Field, mistakes: &mut Mistakes) -> bool {
    let [first, second, ..] = &field.settings[..] else { return true };
    let message = match (first.kind, second.kind) {
        (first, second) if first == second => {
            format!("`{}` stands twice; join them", first.name())
        }
        (Kind::Goal, Kind::Constraint) | (Kind::Constraint, Kind::Goal) => {
            "a goal is constrained by its limit; write #[goal(minimize, limit = 20.0)] and drop \
             `constraint`"
                .to_owned()
        }
        (Kind::Metric, other) | (other, _) => {
            format!("a {} is recorded under its name, too; drop `metric`", other.name())
        }
    };
    mistakes.at(second.span, message);
    false
}

/// A goal is to be low or high.
fn one_direction(setting: &Setting, mistakes: &mut Mistakes) {
    match (setting.has(Key::Minimize), setting.span_of(Key::Maximize)) {
        (true, Some(maximize)) => {
            mistakes.at(maximize, "`minimize` and `maximize` contradict each other; drop one");
        }
        (false, None) if !setting.incomplete => {
            mistakes.at(
                setting.span,
                "a goal needs a direction; write #[goal(minimize)] or #[goal(maximize)]",
            );
        }
        _ => {}
    }
}

/// A constraint says something, and something that can hold.
fn bounds(setting: &Setting, mistakes: &mut Mistakes) {
    match (setting.expr(Key::AtLeast), setting.expr(Key::AtMost)) {
        (None, None) if !setting.incomplete => mistakes.at(
            setting.span,
            "a constraint needs a bound; write #[constraint(at_most = 1.0)] or #[constraint(at_least \
             = 0.0)], or both",
        ),
        (Some(low), Some(high)) => {
            if let (Some(least), Some(most)) = (Number::of(low), Number::of(high))
                && least > most
            {
                let message = format!(
                    "nothing is at least {least} and at most {most}, because the low bound is above the \
                     high one; swap them"
                );
                mistakes.on(low, message);
            }
        }
        _ => {}
    }
}

/// What is left out needs no name.
fn skipped_without_name(setting: &Setting, mistakes: &mut Mistakes) {
    if let Some(name) = setting.span_of(Key::Name).filter(|_| setting.has(Key::Skip)) {
        mistakes.at(name, "`skip` leaves the field out, so `name` says nothing; drop one");
    }
}

fn distinct_names(fields: &[Field], mistakes: &mut Mistakes) {
    let mut seen = Vec::new();
    for field in fields.iter().filter(|field| field.kind().is_some()) {
        let (name, place) = (field.name(), field.place_of_name());
        if name.trim().is_empty() {
            mistakes.at(place, "the name is empty; give the field a name");
        } else if seen.contains(&name) {
            mistakes.at(place, format!("another field has the name `{name}`; rename one of them"));
        } else {
            seen.push(name);
        }
    }
}

fn has_a_goal(input: &Input, mistakes: &mut Mistakes) {
    let said = input.fields.iter().flatten().flat_map(|field| &field.settings);
    if !said.into_iter().any(|setting| setting.kind == Kind::Goal) {
        mistakes.on(
            &input.ident,
            "no field is a goal; mark one at least with #[goal(minimize)] or #[goal(maximize)]",
        );
    }
}
