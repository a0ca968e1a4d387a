//! Short names of parameters.

use std::collections::HashMap;

use crate::space::{Axis, Distribution, Space};

/// A name for every axis, as short as it can be told apart: the last part of the full name, with
/// as many parts before it as it takes. `reserved` names are avoided where possible.
///
/// Parts that say nothing alone never begin a name: a number (the index of a repeated parameter or
/// an unnamed field) and the label of a choice that is a parameter itself (`dropout.some`).
pub(crate) fn short_names<'a>(space: &'a Space, reserved: &'a [String]) -> Vec<&'a str> {
    let mut uses: HashMap<&str, usize> = reserved.iter().map(|name| (name.as_str(), 1)).collect();
    for axis in space.axes() {
        for candidate in candidates(space, axis) {
            *uses.entry(candidate).or_default() += 1;
        }
    }
    let shortest = |axis: &'a Axis| {
        candidates(space, axis).find(|name| uses.get(name) == Some(&1)).unwrap_or(axis.name())
    };
    space.axes().iter().map(shortest).collect()
}

/// The endings of a full name that may stand for it, the shortest first.
fn candidates<'a>(space: &'a Space, axis: &'a Axis) -> impl Iterator<Item = &'a str> {
    let name = axis.name();
    let label = label_start(space, axis);
    let starts = name.rmatch_indices('.').map(|(dot, _)| dot + 1);
    let speaks = move |&start: &usize| {
        let ending = &name[start..];
        Some(start) != label && !ending.is_empty() && !ending.starts_with(|c: char| c.is_numeric())
    };
    starts.filter(speaks).chain([0]).map(move |start| &name[start..])
}

/// Where the name's last part begins if that is the label of the choice that the axis belongs to.
fn label_start(space: &Space, axis: &Axis) -> Option<usize> {
    let condition = axis.condition()?;
    let choice = space.axes().get(condition.axis)?;
    let Distribution::Choice(choices) = choice.distribution() else { return None };
    let label = choices.labels().get(condition.choice)?.to_string();
    let start = choice.name().len() + 1;
    (axis.name().get(start..)? == label).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Float, Optional, Repeated, Scale};

    #[test]
    fn names_are_as_short_as_they_can_be_told_apart() {
        let unit = Float::range(0.0..=1.0);
        let space = Space::builder()
            .float("lr", 0.0..=1.0, Scale::Linear)
            .choice("optimizer", |optimizer| {
                optimizer
                    .variant("Sgd", |sgd| {
                        sgd.float("momentum", 0.0..=1.0, Scale::Linear).bool("nesterov")
                    })
                    .variant("Rms", |rms| rms.float("momentum", 0.0..=1.0, Scale::Linear))
            })
            .group("head", |head| head.float("lr", 0.0..=1.0, Scale::Linear))
            .field("dropout", &Optional::new(unit.clone()))
            .field("rates", &Repeated::<_, 2>::new(unit))
            .float("value", 0.0..=1.0, Scale::Linear)
            .group("loss", |loss| loss.float("time", 0.0..=1.0, Scale::Linear))
            .build()
            .unwrap();
        assert_eq!(
            short_names(&space, &["value".into(), "time".into()]),
            [
                "lr",
                "optimizer",
                "Sgd.momentum",
                "nesterov",
                "Rms.momentum",
                "head.lr",
                "dropout",
                "dropout.some",
                "rates.0",
                "rates.1",
                "value",
                "loss.time",
            ]
        );
    }
}
