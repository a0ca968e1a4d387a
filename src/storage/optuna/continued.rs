//! Whether a study goes on with what a program asks for.

use super::attributes::Attributes;
use super::convert::Converter;
use super::distribution::Distribution;
use super::study::{codes, goals, read_header};
use crate::error::{Error, Result};
use crate::trial::StudyHeader;

/// The header under which a study goes on: the asker's, if its trials can be continued so, and else
/// its own, which tells the asker what differs.
///
/// `directions` are the study's by Optuna's numbers, `params` those of its trials.
///
/// # Errors
/// [`Error::StudyMismatch`] if Optuna would not take the trials of both for one study's.
pub(crate) fn continued<'a>(
    attributes: &Attributes,
    directions: &[u64],
    params: impl IntoIterator<Item = (&'a str, &'a Distribution)>,
    asked: &StudyHeader,
) -> Result<StudyHeader> {
    let known = read_header(attributes, &asked.name, directions)?;
    if codes(&asked.goals) != directions {
        return Err(mismatch(asked, "direction", String::new()));
    }
    let named = known.as_ref().map(|known| known.goals.clone());
    let named = named.or_else(|| goals(directions, attributes));
    if named.as_ref().is_some_and(|named| !asked.goals.are_the_same(named)) {
        return Err(mismatch(asked, "set of goal names", String::new()));
    }
    let own = match named {
        Some(named) => asked.goals.clone().with_names_of(&named),
        None => asked.goals.clone(),
    };
    let asked_axes = Converter::new(&asked.space, asked.seed);
    let is_compatible = |name: &str, distribution: &Distribution| {
        let same = asked_axes.axes().find(|(asked, _)| *asked == name);
        same.is_none_or(|(_, asked)| asked.is_compatible(distribution))
    };
    if let Some(known) = &known {
        let known_axes = Converter::new(&known.space, known.seed);
        let others = known_axes.axes().filter(|(name, known)| !is_compatible(name, known));
        let others: Vec<&str> = others.map(|(name, _)| name).collect();
        if !others.is_empty() {
            let is_other = |name: &str| others.contains(&name);
            let details = asked.space.difference_from(&known.space, is_other);
            return Err(mismatch(asked, "space", details));
        }
    }
    let mut params = params.into_iter();
    if let Some((name, _)) = params.find(|(name, known)| !is_compatible(name, known)) {
        let details = format!("trials have other values of {name}");
        return Err(mismatch(asked, "space", details));
    }
    Ok(match known {
        // An earlier version of the same form is written anew.
        Some(known) if known.format <= StudyHeader::FORMAT => {
            StudyHeader { seed: known.seed, goals: own, ..asked.clone() }
        }
        Some(known) => known,
        None => StudyHeader { goals: own, ..asked.clone() },
    })
}

fn mismatch(asked: &StudyHeader, difference: &'static str, details: String) -> Error {
    Error::StudyMismatch { name: asked.name.clone(), difference, details }
}
