//! The trials of an earlier study in the space of the new one.

use super::EarlierStudy;
use super::matched::{Matched, MatchedTrial, Parameters, Place};
use crate::error::{Error, Result};
use crate::space::{Axis, AxisKind, Distribution, Point, Space, Value};
use crate::text::number;
use crate::trial::{Goals, Observed};

/// What a matched name is worth.
enum Use {
    Same,
    InPart(String),
    /// No value of the one is one of the other.
    Nothing(String),
}

impl EarlierStudy {
    /// Sees the study from another space and other goals. What cannot be used is said in the result; a mistake
    /// in a rename is an error, because nobody else would notice it.
    pub(crate) fn matched(&self, space: &Space, goals: &Goals) -> Result<Matched> {
        let mut matched = Matched {
            name: self.name.clone(),
            trials: Vec::new(),
            all: self.trials.len(),
            parameters: Parameters::default(),
            refused: None,
            remarks: Vec::new(),
        };
        let theirs = self.trials.space().axes();
        self.check_renames(theirs, space.axes())?;
        // The earlier axis of each axis.
        let mut sources: Vec<Option<usize>> =
            space.axes().iter().map(|axis| self.source(axis.name(), theirs)).collect();
        let gone = (0..theirs.len()).filter(|at| !sources.contains(&Some(*at)));
        matched.parameters.gone.extend(gone.map(|at| theirs[at].name().to_owned()));
        for (axis, source) in space.axes().iter().zip(&mut sources) {
            let name = axis.name().to_owned();
            match source.map(|source| comparison(&theirs[source], axis)) {
                Some(Use::Same) => matched.parameters.same.push(name),
                Some(Use::InPart(why)) => matched.parameters.differing.push((name, why)),
                Some(Use::Nothing(why)) => {
                    matched.parameters.other.push((name, why));
                    *source = None;
                }
                None => matched.parameters.new.push(name),
            }
        }
        if sources.iter().all(Option::is_none) {
            matched.refused = Some(match matched.parameters.other.is_empty() {
                true => "it has no parameter of this study".into(),
                false => "its parameters have no value of this study".into(),
            });
            return Ok(matched);
        }
        let columns = match self.goals_for(goals) {
            Ok(columns) => columns,
            Err(reason) => {
                matched.refused = Some(reason);
                return Ok(matched);
            }
        };
        matched.remarks.extend(self.other_directions(&columns, goals));
        let complete = self.trials.history().complete_count();
        let feasible: Vec<_> =
            self.trials.history().complete().filter(Observed::is_feasible).collect();
        for &trial in &feasible {
            matched.trials.extend(self.trial(trial, space, &sources, &columns));
        }
        let counts = (complete, feasible.len());
        matched.refused = self.nothing_to_learn(counts, &matched.trials);
        if matched.refused.is_some() {
            matched.trials.clear();
            return Ok(matched);
        }
        if let left_out @ 1.. = complete - feasible.len() {
            matched.remarks.push(format!("{left_out} left out, which were infeasible"));
        }
        if let left_out @ 1.. = feasible.len() - matched.trials.len() {
            matched.remarks.push(format!("{left_out} left out, whose values have no place here"));
        }
        Ok(matched)
    }

    fn check_renames(&self, theirs: &[Axis], ours: &[Axis]) -> Result<()> {
        let is_one_of = |name: &str, axes: &[Axis]| axes.iter().any(|axis| axis.name() == name);
        for (earlier, now) in &self.renamed {
            let (name, axes) = match (is_one_of(earlier, theirs), is_one_of(now, ours)) {
                (false, _) => (earlier, theirs),
                (true, false) => (now, ours),
                (true, true) => continue,
            };
            let known: Vec<&str> = axes.iter().map(Axis::name).collect();
            let known = known.join(", ");
            return Err(Error::UnknownParameter { name: name.clone(), known });
        }
        Ok(())
    }

    fn source(&self, name: &str, theirs: &[Axis]) -> Option<usize> {
        let renamed = self.renamed.iter().find(|(_, now)| now == name).map(|(earlier, _)| earlier);
        let wanted = renamed.map_or(name, String::as_str);
        // What is renamed away does not answer to its old name.
        if renamed.is_none() && self.renamed.iter().any(|(earlier, _)| earlier == name) {
            return None;
        }
        theirs.iter().position(|axis| axis.name() == wanted)
    }

    /// The earlier study's goal for each goal of the new one: by name where both have names, or by order.
    fn goals_for(&self, goals: &Goals) -> std::result::Result<Vec<usize>, String> {
        let theirs = &self.trials.header().goals;
        let named = |at: usize| theirs.position(&goals.name(at));
        if theirs.has_names() && goals.has_names() {
            let by_name: Option<Vec<usize>> = (0..goals.len()).map(named).collect();
            return by_name.ok_or_else(|| {
                format!("its goals are {} and not {}", theirs.in_words(), goals.in_words())
            });
        }
        match theirs.len() == goals.len() {
            true => Ok((0..goals.len()).collect()),
            false => Err(format!("it has {} goals and not {}", theirs.len(), goals.len())),
        }
    }

    fn other_directions(&self, columns: &[usize], goals: &Goals) -> Option<String> {
        let theirs: Vec<_> = self.trials.header().goals.iter().collect();
        let turned = columns.iter().zip(goals.iter()).any(|(&at, ours)| theirs[at] != ours);
        turned.then(|| "its goal has the other direction, so that its better configs count".into())
    }

    fn trial(
        &self,
        trial: Observed<'_>,
        space: &Space,
        sources: &[Option<usize>],
        columns: &[usize],
    ) -> Option<MatchedTrial> {
        let theirs: Vec<f64> = trial.losses().collect();
        let losses: Vec<f64> = columns.iter().map(|&at| theirs[at]).collect();
        if !losses.iter().all(|loss| loss.is_finite()) {
            return None;
        }
        let places: Vec<Place> = space
            .axes()
            .iter()
            .zip(sources)
            .map(|(axis, source)| match source {
                None => Some(Place::Unknown),
                Some(source) => match self.trials.space().value(trial.point(), *source) {
                    None => Some(Place::Inactive),
                    Some(value) => place(axis.distribution(), &value).map(Place::At),
                },
            })
            .collect::<Option<_>>()?;
        Some(MatchedTrial { point: nearest(space, &places), places, losses })
    }

    fn nothing_to_learn(
        &self,
        (complete, feasible): (usize, usize),
        trials: &[MatchedTrial],
    ) -> Option<String> {
        let differ =
            |at: usize| trials.iter().any(|trial| trial.losses[at] != trials[0].losses[at]);
        if complete == 0 {
            Some(match self.trials.is_empty() {
                true => "it has no trials".into(),
                false => "none of its trials is complete".into(),
            })
        } else if feasible == 0 {
            Some("none of its trials is feasible".into())
        } else if trials.is_empty() {
            Some("its trials have values that have no place in this study".into())
        } else if trials.len() == 1 {
            Some("one trial says nothing of which configs are better".into())
        } else if !(0..trials[0].losses.len()).any(differ) {
            Some("all its trials have the same value".into())
        } else {
            None
        }
    }
}

/// The coordinate or the index of a value; `None` where it has neither.
fn place(distribution: &Distribution, value: &Value) -> Option<f64> {
    match distribution {
        Distribution::Numeric(numeric) => numeric.continued(value.as_f64()?),
        Distribution::Choice(choice) => match (distribution.parse(value), distribution.kind()) {
            (Some(index), AxisKind::Discrete { .. }) => Some(distribution.to_unit(index)),
            (Some(index), _) => Some(index),
            // Of an ordered choice, what is none of its values lies nowhere.
            (None, AxisKind::Discrete { .. }) => None,
            (None, _) => Some(choice.labels().len() as f64),
        },
    }
}

/// The point that is nearest to the places.
fn nearest(space: &Space, places: &[Place]) -> Option<Point> {
    let unit = space.axes().iter().zip(places).map(|(axis, place)| {
        let distribution = axis.distribution();
        match (place, axis.kind()) {
            (Place::At(index), AxisKind::Categorical { choices }) => {
                (*index < choices as f64).then(|| distribution.to_unit(*index))
            }
            (Place::At(unit), _) => Some(unit.clamp(0.0, 1.0)),
            (Place::Inactive | Place::Unknown, _) => {
                Some(axis.default().map_or(0.5, |value| distribution.to_unit(value)))
            }
        }
    });
    space.point(&unit.collect::<Option<Vec<f64>>>()?).ok()
}

/// Whether the values of an earlier axis are those of the new one.
fn comparison(earlier: &Axis, now: &Axis) -> Use {
    match (earlier.distribution(), now.distribution()) {
        (Distribution::Numeric(theirs), Distribution::Numeric(ours)) => {
            let ranges = (theirs.range(), ours.range());
            if ranges.0 == ranges.1 && theirs.scale() == ours.scale() {
                return Use::Same;
            }
            match ranges {
                (Some(theirs), Some(ours)) if theirs != ours => {
                    let why = format!("it was {} and is {}", range(theirs), range(ours));
                    let is_apart = theirs.1 < ours.0 || ours.1 < theirs.0;
                    if is_apart { Use::Nothing(why) } else { Use::InPart(why) }
                }
                _ => Use::InPart("it had another scale or law".into()),
            }
        }
        (Distribution::Choice(theirs), Distribution::Choice(ours)) => {
            let is_known = |label: &Value| now.distribution().parse(label).is_some();
            if !theirs.labels().iter().any(is_known) {
                return Use::Nothing("it had other choices".into());
            }
            let gone = missing(theirs.labels(), ours.labels());
            let new = missing(ours.labels(), theirs.labels());
            let part = |what: &str, labels: String| {
                (!labels.is_empty()).then(|| format!("{labels} {what}"))
            };
            let parts: Vec<String> =
                [part("is gone", gone), part("is new", new)].into_iter().flatten().collect();
            if parts.is_empty() { Use::Same } else { Use::InPart(parts.join(", ")) }
        }
        (Distribution::Numeric(_), Distribution::Choice(_)) => {
            Use::InPart("it was a number and is a choice".into())
        }
        (Distribution::Choice(_), Distribution::Numeric(_)) => {
            Use::InPart("it was a choice and is a number".into())
        }
    }
}

fn range((low, high): (f64, f64)) -> String {
    format!("{}..={}", number(low, Some(6)), number(high, Some(6)))
}

fn missing(labels: &[Value], others: &[Value]) -> String {
    let missing = labels.iter().filter(|label| !others.contains(label));
    missing.map(Value::to_string).collect::<Vec<_>>().join(", ")
}
