//! Which hyperparameters raise the capacity of the model: found from the trials, and what textbooks
//! expect.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::Analysis;
use super::effects::{Effect, NextExperiment, Trend};
use super::role::{Capacity, Role};
use crate::error::Result;
use crate::math::special::normal_cdf;
use crate::math::statistics::median;
use crate::space::{AxisKind, Value};
use crate::text::{self, Align};
use crate::trial::{TrialRecord, metric};

/// The capacity table. Displays as a table for terminals.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CapacityTable {
    /// One row per parameter with an order, in the order of the space.
    pub rows: Vec<CapacityRow>,
    /// How many complete trials it is made from.
    pub trials: usize,
}

/// What is known of one hyperparameter and the capacity.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CapacityRow {
    /// Full name of the parameter.
    pub parameter: String,
    /// What kind of thing it is.
    pub role: Option<Role>,
    /// What the trials show; `None` where that is not determined.
    pub found: Option<Capacity>,
    /// For [`Capacity::HighestInside`]: where.
    pub highest_at: Option<Value>,
    /// The probability that the direction found is right; 0 if none is found.
    pub certainty: f64,
    /// What textbooks expect of its role.
    pub expected: Option<Capacity>,
    /// Why they do.
    pub why: Option<&'static str>,
    /// Whether the trials agree with the textbooks; `None` if either says nothing.
    pub agrees: Option<bool>,
    /// On what the finding rests, or why there is none.
    pub evidence: String,
    /// Where nothing is found: which trial would tell most.
    pub next_experiment: Option<NextExperiment>,
}

/// Standard deviations from which on a slope counts, and below which its absence does.
const SHOWN: f64 = 1.645;
const ABSENT: f64 = 1.0;

impl Analysis<'_> {
    /// In which direction each hyperparameter moves the capacity of the model.
    ///
    /// # Errors
    /// As [`effects`](Self::effects).
    pub fn capacity(&self) -> Result<CapacityTable> {
        self.check()?;
        Ok(self.table())
    }

    /// The table from effects of its own. A model that was not optimized shows no capacity, so that
    /// these are averaged over the half of the trials that fit their training examples best.
    pub(crate) fn table(&self) -> CapacityTable {
        let errors: Vec<(u64, f64)> = self
            .usable()
            .into_iter()
            .filter_map(|trial| Some((trial.number(), trial.metric(metric::TRAIN_ERROR)?)))
            .collect();
        let middle = median(&errors.iter().map(|(_, error)| *error).collect::<Vec<f64>>());
        let fitted = errors.iter().filter(|(_, error)| *error <= middle);
        let fitted: BTreeSet<u64> = fitted.map(|(number, _)| *number).collect();
        let over = |trial: &TrialRecord| fitted.contains(&trial.number());
        let effects = self.effects_over(&[metric::TRAIN_ERROR, metric::GAP], over);
        let axes = self.space().axes().iter();
        let ordered = axes
            .filter(|axis| axis.distribution().levels() != Some(1))
            .filter(|axis| !matches!(axis.kind(), AxisKind::Categorical { .. }));
        let silent = silence(&errors);
        let rows = ordered.map(|axis| self.row(&effects, axis.name(), silent)).collect();
        CapacityTable { rows, trials: self.complete().len() }
    }

    fn row(&self, effects: &[Effect], name: &str, silent: &str) -> CapacityRow {
        let role = self.role(name);
        let textbook = role.map(Role::textbook);
        let find =
            |metric: &str| effects.iter().find(|one| one.parameter == name && one.metric == metric);
        let (train, gap) = (find(metric::TRAIN_ERROR), find(metric::GAP));
        let finding = finding(train, gap, silent);
        let expected = textbook.map(|textbook| textbook.capacity);
        let agrees = finding.found.zip(expected).and_then(|(found, expected)| {
            // A slope alone says nothing against a best value that lies further on.
            let open = expected == Capacity::HighestInside && found != expected;
            (!open).then_some(found == expected)
        });
        let next_experiment =
            [train, gap].into_iter().flatten().find_map(|effect| effect.next_experiment.clone());
        CapacityRow {
            parameter: name.to_owned(),
            role,
            highest_at: finding.at,
            certainty: finding.certainty,
            expected,
            why: textbook.map(|textbook| textbook.why),
            agrees,
            evidence: finding.evidence,
            next_experiment: next_experiment.filter(|_| finding.found.is_none()),
            found: finding.found,
        }
    }
}

struct Finding {
    found: Option<Capacity>,
    at: Option<Value>,
    certainty: f64,
    evidence: String,
}

/// Why a parameter has no effect on the training errors.
fn silence(errors: &[(u64, f64)]) -> &'static str {
    match errors {
        [] => "no training error is recorded",
        [_] | [_, _] => "fewer than three trials record a training error",
        [(_, first), rest @ ..] if rest.iter().all(|(_, error)| error == first) => {
            "the training error is the same in all trials"
        }
        _ => "it does not exist in the trials with the lower training errors",
    }
}

/// What training error and gap say together, or why they say nothing.
fn finding(train: Option<&Effect>, gap: Option<&Effect>, silent: &str) -> Finding {
    let none = |evidence: &str| Finding {
        found: None,
        at: None,
        certainty: 0.0,
        evidence: evidence.to_owned(),
    };
    let Some(train) = train else {
        return none(silent);
    };
    if let Some(other) = &train.confounded_with {
        return none(&format!("the trials cannot tell it from {other}: both changed together"));
    }
    if let Trend::Valley { at } = &train.trend {
        return Finding {
            found: Some(Capacity::HighestInside),
            at: Some(at.clone()),
            certainty: train.certainty,
            evidence: format!("training error is lowest near {}", at.rounded()),
        };
    }
    if let Trend::Peak { .. } = train.trend {
        return none("training error is highest inside the range");
    }
    // Upwards in capacity: how much the training error falls, and the gap grows.
    let falls = slope(train).map_or(-train.rise, |slope| -slope);
    let grows = gap.map_or(0.0, |gap| slope(gap).unwrap_or(gap.rise));
    let [fit, fails] = ["training error falls", "training error rises"];
    let [wide, narrow] = ["the gap grows", "the gap narrows"];
    let found = |capacity, strength: f64, evidence: String| Finding {
        found: Some(capacity),
        at: None,
        certainty: normal_cdf(strength),
        evidence,
    };
    let both = |one: &str, other: &str| format!("{one}, {other}");
    // What falls up to a place may rise again beyond it: the whole range is to have the direction.
    let turns = |effect: &Effect, strength: f64| {
        strength.abs() >= SHOWN && strength.signum() * effect.rise < ABSENT
    };
    if turns(train, -falls) {
        return none("training error changes in a part of the range only");
    }
    let grows = if gap.is_some_and(|gap| turns(gap, grows)) { 0.0 } else { grows };
    match (falls, grows) {
        (t, g) if t >= SHOWN && g >= SHOWN => found(Capacity::Raises, t.hypot(g), both(fit, wide)),
        (t, g) if t <= -SHOWN && g <= -SHOWN => {
            found(Capacity::Lowers, t.hypot(g), both(fails, narrow))
        }
        (t, g) if t >= SHOWN && g > -SHOWN => found(Capacity::Raises, t, fit.into()),
        (t, g) if t <= -SHOWN && g < SHOWN => found(Capacity::Lowers, -t, fails.into()),
        (t, g) if g >= SHOWN && t > -ABSENT => found(Capacity::Raises, g, wide.into()),
        (t, g) if g <= -SHOWN && t < ABSENT => found(Capacity::Lowers, -g, narrow.into()),
        (t, _) if t >= SHOWN => {
            none("training error and gap fall together: better optimization, not more capacity")
        }
        (t, _) if t <= -SHOWN => {
            none("training error and gap rise together: worse optimization, not less capacity")
        }
        _ => none("the trials do not yet show it"),
    }
}

/// How many deviations the effect rises, by its trend: more than its ends say where the end of the
/// range no longer changes it.
fn slope(effect: &Effect) -> Option<f64> {
    let strength = crate::math::special::normal_quantile(effect.certainty.min(1.0 - 1e-12));
    match effect.trend {
        Trend::Rises(_) => Some(strength),
        Trend::Falls(_) => Some(-strength),
        Trend::Flat => Some(0.0),
        _ => None,
    }
}

impl CapacityRow {
    /// What raising the parameter does.
    pub(crate) fn in_words(&self) -> String {
        match (self.found, &self.highest_at) {
            (Some(_), Some(at)) => format!("highest near {}", at.rounded()),
            (Some(found), None) => found.to_string(),
            (None, _) => "not determined".into(),
        }
    }

    /// How sure that is, in per cent; no trials make it a whole hundred.
    pub(crate) fn sure(&self) -> Option<String> {
        self.found.map(|_| format!("{:.0} %", (100.0 * self.certainty).min(99.0)))
    }
}

impl fmt::Display for CapacityTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = ["parameter", "effect on capacity", "confidence", "textbook", "evidence"];
        let mut rows = vec![title.map(str::to_owned)];
        rows.extend(self.rows.iter().map(|row| {
            let sure = row.sure().unwrap_or_default();
            let expected = row.expected.map_or(String::new(), |capacity| capacity.to_string());
            let name = text::fit(&row.parameter, NAME);
            [name, row.in_words(), sure, expected, row.evidence.clone()]
        }));
        let widths: Vec<usize> = (0..title.len())
            .map(|at| rows.iter().map(|row| text::width(&row[at])).max().unwrap_or(0))
            .collect();
        for (index, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| text::pad(cell, width, Align::Left))
                .collect();
            let line = cells.join("  ");
            write!(f, "{}{}", if index > 0 { "\n" } else { "" }, line.trim_end())?;
        }
        Ok(())
    }
}

/// Widest name.
const NAME: usize = 30;
