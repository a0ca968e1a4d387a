//! What is to be said of the best trial: that it was lucky, and where it lies at the end of a range.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effects::{Effects, Trend, short};
use super::reading::LARGEST;
use super::{Analysis, GOAL};
use crate::math::statistics::mean;
use crate::space::{Axis, AxisKind, Distribution, Point, Value};
use crate::surrogate::{Encoding, Estimates, Noise, Observation, Statistic};
use crate::text::number;
use crate::trial::{Direction, NOISE, Observed, TrialRecord};

/// That the best trial was lucky: where runs of one config differ, the best of many is better than
/// its config is on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Luck {
    /// The best value.
    pub best: f64,
    /// What its config is expected to give when it runs again.
    pub expected: f64,
    /// The trial that [`Study::recommend`](crate::Study::recommend) takes where values scatter.
    pub recommended: u64,
}

/// That the best trial has the first or the last value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AtBound {
    /// Full name of the parameter.
    pub parameter: String,
    /// Its value in the best trial.
    pub value: Value,
    /// Whether that is the upper end.
    pub upper: bool,
    /// Whether the range may end there by nature, as at zero.
    pub natural: bool,
}

/// The best of fewer trials is not yet where the goal is best.
const LEAST: usize = 8;
/// From the end of a range on, what part of it counts as its end.
const END: f64 = 0.02;
/// Choices with fewer levels are at an end in any case.
const LEVELS: u64 = 3;
/// By how many standard deviations of a single run the best must be better than expected. Not varied.
const LUCKY: f64 = 0.5;
/// Runs that differ by less than this share of the goal's deviation are not worth a word. Not varied.
const WORTH: f64 = 0.05;
/// Runs of one config that are known to differ, beyond the first of each.
const REPEATS: usize = 3;

impl Analysis<'_> {
    /// Where the best trial lies at the end of a range, and the trials do not show that the goal is
    /// better, or the same, elsewhere.
    pub(crate) fn ends(&self, effects: &Effects) -> Vec<AtBound> {
        let is_flat = |name: &str| effects.flat_parts.iter().any(|part| part.parameter == name);
        let trials = self.usable();
        let Some(best) = self.of_the_goal.best().filter(|_| trials.len() >= LEAST) else {
            return Vec::new();
        };
        let axes = self.space().axes().iter().enumerate();
        let ends = axes.filter_map(|(at, axis)| {
            let value = best.point().get(at)?;
            let end = end(axis, value)?;
            let varied = trials.iter().any(|trial| trial.point().get(at) != Some(value));
            let effect = effects.of(axis.name(), GOAL);
            let rises = self.direction() == Direction::Maximize;
            let contrary = effect.is_some_and(|effect| match &effect.trend {
                Trend::Flat => true,
                Trend::Rises(_) => end.upper != rises,
                Trend::Falls(_) => end.upper == rises,
                Trend::Valley { .. } => !rises,
                Trend::Peak { .. } => rises,
                _ => false,
            });
            (varied && !contrary && !is_flat(axis.name())).then_some(end)
        });
        ends.collect()
    }

    /// Whether the best trial was lucky, as far as the trials tell.
    pub(crate) fn luck(&self) -> Option<Luck> {
        // With several goals nothing is recommended.
        let best = self.of_the_goal.best().filter(|_| self.about().is_none())?;
        let value = self.measured(best, GOAL)?;
        let trials = self.usable();
        let overflows = |trial: &&TrialRecord| trial.value().is_some_and(|v| v.abs() > LARGEST);
        if trials.iter().any(overflows) {
            return None;
        }
        let expected = self.repeated(best, &trials).or_else(|| self.modelled(best, &trials))?;
        let lucky = self.direction().orient(expected) > self.direction().orient(value);
        let recommended = self.recommended()?;
        lucky.then_some(Luck { best: value, expected, recommended })
    }

    /// The mean of the runs of the best config, if runs of one config are known to differ.
    fn repeated(&self, best: &TrialRecord, trials: &[&TrialRecord]) -> Option<f64> {
        let own: Vec<f64> = trials
            .iter()
            .filter(|trial| trial.point() == best.point())
            .filter_map(|trial| self.measured(trial, GOAL))
            .collect();
        (own.len() > REPEATS && own.iter().any(|value| *value != own[0])).then(|| mean(&own))
    }

    /// What a model expects that sees noise.
    fn modelled(&self, best: &TrialRecord, trials: &[&TrialRecord]) -> Option<f64> {
        if trials.len() < LEAST {
            return None;
        }
        let encoding = Encoding::new(self.space());
        let series = self.series().into_iter().find(|series| series.name == GOAL)?;
        let response = self.response(&encoding, &series)?;
        let (expected, deviation) = response.expected(&encoding, best.point());
        let sign = self.direction().orient(1.0);
        let ahead = sign * (expected - response.standard(best.value()?));
        let seen = deviation >= WORTH && (response.explains || self.runs_differ(trials));
        (seen && ahead > LUCKY * deviation && (self.runs_differ(trials) || response.is_noisy()))
            .then(|| response.natural(expected))
    }

    /// Whether runs of one config have given different values.
    pub(super) fn runs_differ(&self, trials: &[&TrialRecord]) -> bool {
        let mut runs: BTreeMap<Vec<Option<u64>>, Vec<f64>> = BTreeMap::new();
        for trial in trials {
            if let Some(goal) = self.measured(trial, GOAL) {
                runs.entry(bits(trial.point(), self.space().len())).or_default().push(goal);
            }
        }
        let again = runs.values().filter(|runs| runs.iter().any(|value| *value != runs[0]));
        again.map(|runs| runs.len() - 1).sum::<usize>() >= REPEATS
    }

    /// The number of the trial that [`Study::recommend`](crate::Study::recommend) takes.
    fn recommended(&self) -> Option<u64> {
        if let Some(promising) = self.promising(true) {
            return Some(promising.number);
        }
        let complete: Vec<Observed<'_>> = self.of_the_goal.history().complete().collect();
        let observations = complete.iter().map(|trial| Observation {
            point: trial.point(),
            loss: trial.loss(),
            deviation: trial.record().metric(NOISE),
        });
        let estimates =
            Estimates::new(self.space(), observations, Noise::Estimated, Statistic::Mean);
        best_estimate(&estimates, &complete)
    }
}

/// The number of the feasible trial whose config has the best estimate.
pub(crate) fn best_estimate(estimates: &Estimates, trials: &[Observed<'_>]) -> Option<u64> {
    let best = estimates.best.and_then(|at| trials.get(at)).filter(|best| best.is_feasible());
    let feasible = || {
        let known = trials.iter().zip(&estimates.all).filter(|(trial, _)| trial.is_feasible());
        let known = known.filter_map(|(trial, own)| Some((trial, (*own)?.value)));
        let best = known.min_by(|(left, value), (right, other)| {
            value.total_cmp(other).then(left.loss().total_cmp(&right.loss()))
        });
        best.map(|(trial, _)| trial)
    };
    best.or_else(feasible).map(Observed::number)
}

fn bits(point: &Point, axes: usize) -> Vec<Option<u64>> {
    (0..axes).map(|axis| point.get(axis).map(f64::to_bits)).collect()
}

/// The end of its range at which a value lies.
fn end(axis: &Axis, value: f64) -> Option<AtBound> {
    let distribution = axis.distribution();
    if matches!(axis.kind(), AxisKind::Categorical { .. }) {
        return None;
    }
    let (lower, upper) = match distribution {
        Distribution::Choice(choice) => {
            let levels = choice.labels().len();
            if (levels as u64) < LEVELS {
                return None;
            }
            (value <= 0.0, value >= (levels - 1) as f64)
        }
        Distribution::Numeric(numeric) => {
            let (low, high) = numeric.range()?;
            if distribution.levels().is_some_and(|levels| levels < LEVELS) {
                return None;
            }
            let unit = distribution.to_unit(value);
            let whole = numeric.is_integer();
            let near = |limit: f64, apart: f64| value == limit || (!whole && apart <= END);
            (near(low, unit), near(high, 1.0 - unit))
        }
    };
    // Nothing is less than none, and no count less than one.
    let natural = lower
        && match distribution {
            Distribution::Numeric(numeric) => {
                let low = numeric.range().map_or(f64::NAN, |range| range.0);
                low == 0.0 || (numeric.is_integer() && low == 1.0)
            }
            Distribution::Choice(_) => distribution.value(0.0).as_f64() == Some(0.0),
        };
    (lower || upper).then(|| AtBound {
        parameter: axis.name().to_owned(),
        value: distribution.value(value),
        upper,
        natural,
    })
}

impl Luck {
    /// `the best is probably lucky: 0.164 was observed, 0.2 is expected of its config; recommend takes trial 21`
    pub(crate) fn in_words(&self, best: u64) -> String {
        let short = |value: f64| number(value, Some(DIGITS));
        let (observed, expected) = (short(self.best), short(self.expected));
        let takes = if self.recommended == best {
            "the same trial".to_owned()
        } else {
            format!("trial {}", self.recommended)
        };
        format!(
            "the best is probably lucky: {observed} was observed, its expected value is {expected}; `Study::recommend` takes {takes}"
        )
    }
}

/// Digits of values.
const DIGITS: usize = 3;

/// `the best lies at the upper end of learning_rate: widen the range`
pub(crate) fn ends_in_words(ends: &[AtBound]) -> Vec<String> {
    let name = |end: &AtBound| {
        let side = if end.upper { "upper" } else { "lower" };
        format!("the {side} end of {} ({})", end.parameter, short(&end.value))
    };
    let list = |natural: bool| -> Vec<String> {
        ends.iter().filter(|end| end.natural == natural).map(name).collect()
    };
    let (open, natural) = (list(false), list(true));
    let mut sentences = Vec::new();
    if !open.is_empty() {
        let ranges = if open.len() == 1 { "range" } else { "ranges" };
        sentences.push(format!("the best lies at {}: widen the {ranges}", open.join(" and ")));
    }
    if !natural.is_empty() {
        sentences.push(format!(
            "the best lies at {}, which may be the natural end of the range",
            natural.join(" and ")
        ));
    }
    sentences
}
