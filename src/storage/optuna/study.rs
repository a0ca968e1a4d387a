use std::sync::Arc;

use super::attributes::{Attributes, HEADER, METRIC_NAMES};
use super::convert::Converter;
use super::distribution::Distribution;
use super::json::{Raw, array, quoted};
use super::trial::StoredTrial;
use crate::error::{Error, Result};
use crate::space::{Float, Int, Scale, Space};
use crate::trial::{Direction, Goal, Goals, StudyHeader, TrialRecord};

/// A study as it is stored, whoever wrote it: with trials that do not fit the space of any study
/// here, and with attributes of other programs.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::vec_box, reason = "a hundred thousand large trials are handed on without a copy")]
pub struct StoredStudy {
    pub(crate) name: String,
    pub(crate) goals: Option<Goals>,
    pub(crate) user_attrs: Attributes,
    pub(crate) system_attrs: Attributes,
    pub(crate) trials: Vec<Box<StoredTrial>>,
    pub(crate) warnings: Vec<String>,
}

impl StoredStudy {
    /// A study of this crate.
    pub(crate) fn of(header: &StudyHeader, records: &[Arc<TrialRecord>]) -> Result<Self> {
        let converter = Converter::new(&header.space, header.seed);
        let stored = records.iter().map(|record| Box::new(converter.stored(record)));
        let mut trials: Vec<_> = stored.collect();
        trials.sort_by_key(|trial| trial.number());
        let mut system_attrs = Attributes::default();
        system_attrs.put(HEADER, &header_of(header)?);
        if let Some(names) = metric_names(&header.goals) {
            system_attrs.put(METRIC_NAMES, &names);
        }
        Ok(StoredStudy {
            name: header.name.clone(),
            goals: Some(header.goals.clone()),
            user_attrs: Attributes::default(),
            system_attrs,
            trials,
            warnings: Vec::new(),
        })
    }

    /// Its name within the storage.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its goals; `None` if Optuna's directions are not set.
    pub fn goals(&self) -> Option<&Goals> {
        self.goals.as_ref()
    }

    /// Its trials, by their numbers.
    pub fn trials(&self) -> impl ExactSizeIterator<Item = &StoredTrial> {
        self.trials.iter().map(|trial| &**trial)
    }

    /// What could not be read, in sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What programs have noted of the study, as one JSON object.
    pub fn user_attrs(&self) -> String {
        self.user_attrs.json()
    }

    /// What Optuna and this crate have noted of the study, as one JSON object.
    pub fn system_attrs(&self) -> String {
        self.system_attrs.json()
    }
}

/// The attribute that holds a header.
pub(crate) fn header_of(header: &StudyHeader) -> Result<String> {
    serde_json::to_string(header).map_err(|error| Error::Storage(error.into()))
}

/// The header that this crate has written for a study of this name and these directions. Optuna copies
/// it with a study, whose name is then another one.
///
/// # Errors
/// What is written is no header of a known format.
pub(crate) fn read_header(
    attributes: &Attributes,
    name: &str,
    directions: &[u64],
) -> Result<Option<StudyHeader>> {
    let Some(json) = attributes.get(HEADER) else { return Ok(None) };
    let format = super::json::Object::of(json).and_then(|object| object.get("format")?.int());
    let header: StudyHeader = serde_json::from_str(json.text()).map_err(|error| match format {
        Some(format) if format > StudyHeader::FORMAT => {
            Error::LaterFormat { name: name.to_owned(), format, known: StudyHeader::FORMAT }
        }
        _ => Error::Storage(format!("the description of the study is damaged: {error}").into()),
    })?;
    let is_of_these_goals = codes(&header.goals) == directions;
    Ok(is_of_these_goals.then(|| StudyHeader { name: name.to_owned(), ..header }))
}

/// A space made of what the trials of another program tell: for studies that no program of this
/// crate has described.
pub(crate) fn described<'a>(
    name: &str,
    goals: Goals,
    params: impl IntoIterator<Item = (&'a str, &'a Distribution)>,
) -> Result<StudyHeader> {
    let mut builder = Space::builder();
    let mut known: Vec<(&str, Distribution)> = Vec::new();
    for (name, distribution) in params {
        match known.iter_mut().find(|(other, _)| *other == name) {
            Some((_, widest)) => widen(widest, distribution),
            None => known.push((name, distribution.clone())),
        }
    }
    for (name, distribution) in known {
        builder = match distribution {
            Distribution::Float { low, high, step, log } => {
                let float = Float::range(low..=high).scale(scale(log));
                let float = match step {
                    Some(step) => float.step(step),
                    None => float,
                };
                builder.field(name, &float)
            }
            Distribution::Int { low, high, step, log } => {
                let fit = |value: i128| value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                let int = Int::range(fit(low)..=fit(high)).scale(scale(log));
                builder.field(name, &if step == 1 { int } else { int.step(fit(step)) })
            }
            Distribution::Categorical { choices } => {
                let choices = choices
                    .iter()
                    .filter_map(|choice| super::distribution::json_value(Raw::parse(choice)?));
                builder.choices(name, choices)
            }
        };
    }
    Ok(StudyHeader::new(name, goals, &builder.build()?, 0))
}

fn scale(log: bool) -> Scale {
    if log { Scale::Log } else { Scale::Linear }
}

fn widen(widest: &mut Distribution, other: &Distribution) {
    match (widest, other) {
        (
            Distribution::Float { low, high, .. },
            Distribution::Float { low: other_low, high: other_high, .. },
        ) => {
            *low = low.min(*other_low);
            *high = high.max(*other_high);
        }
        (
            Distribution::Int { low, high, .. },
            Distribution::Int { low: other_low, high: other_high, .. },
        ) => {
            *low = (*low).min(*other_low);
            *high = (*high).max(*other_high);
        }
        _ => {}
    }
}

/// Optuna's numbers of the directions.
pub(crate) fn codes(goals: &Goals) -> Vec<u64> {
    let code = |direction| match direction {
        Direction::Minimize => 1,
        Direction::Maximize => 2,
    };
    goals.iter().map(code).collect()
}

/// The goals of Optuna's directions, with the names that Optuna has for them; `None` if a direction is
/// not set.
pub(crate) fn goals(directions: &[u64], attributes: &Attributes) -> Option<Goals> {
    let directions: Option<Vec<Direction>> = directions
        .iter()
        .map(|direction| match direction {
            1 => Some(Direction::Minimize),
            2 => Some(Direction::Maximize),
            _ => None,
        })
        .collect();
    let unnamed = Goals::new(&directions?)?;
    let names = attributes.get(METRIC_NAMES).and_then(Raw::elements).unwrap_or_default();
    let names: Vec<String> =
        names.into_iter().filter_map(Raw::string).map(std::borrow::Cow::into_owned).collect();
    if names.len() != unnamed.len() {
        return Some(unnamed);
    }
    let named = unnamed.goals().cloned().zip(names);
    let named = Goals::of(named.map(|(goal, name)| Goal { name: Some(name), ..goal }));
    // Optuna takes any texts.
    Some(named.filter(|named| named.check().is_ok()).unwrap_or(unnamed))
}

/// The names of goals as Optuna keeps them; `None` if there are none.
pub(crate) fn metric_names(goals: &Goals) -> Option<String> {
    goals.has_names().then(|| array(goals.names().iter().map(|name| quoted(name))))
}
