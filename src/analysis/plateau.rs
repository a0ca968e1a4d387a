//! The plateau around the best trial, as far as the trials show it.

use super::{Analysis, GOAL};
use crate::math::statistics::levels;
use crate::space::{Point, Value};
use crate::surrogate::{self, Codes, Encoding, Feature, Inputs, most_tied, representative};
use crate::trial::{NOISE, TrialRecord, TrialState};

/// Configs with the best goal that make a plateau.
const LEAST: usize = 3;
/// The probability from which on a place counts as one of the plateau. What is told then is false in
/// about one case of a hundred (`benches/by_hand.md`).
const SURE: f64 = 0.95;
/// Places that are looked at between two values that were tried, …
const STEPS: usize = 4;
/// … unless they are nearer than this part of the range.
const NEAR: f64 = 0.02;
/// A shorter part of the range is not worth a word.
const SHORT: f64 = 0.05;

/// The places around the best trial that have its goal.
#[derive(Clone)]
pub(super) struct Plateau {
    encoding: Encoding,
    model: surrogate::Plateau,
    best: Point,
    /// All configs with the best goal, and all that have another one or none.
    tied: Vec<Point>,
    others: Vec<Point>,
}

/// Where one parameter does nothing to the best config.
pub(super) struct Flat {
    /// Whether all that lies between is flat as well.
    pub(super) ordered: bool,
    /// The values that were tried there, ascending.
    pub(super) values: Vec<Value>,
    /// How many of the configs with the best goal have one of them, or one between.
    pub(super) configs: usize,
    /// That of the least certain place.
    pub(super) probability: f64,
}

impl Plateau {
    /// `None` where trials show no plateau around the best one, or runs of one config differ.
    pub(super) fn of(analysis: &Analysis<'_>) -> Option<Self> {
        let best = analysis.of_the_goal.best()?;
        let is_noisy = |trial: &TrialRecord| trial.metric(NOISE).is_some_and(|noise| noise > 0.0);
        let complete = analysis.complete();
        if is_noisy(best) || analysis.runs_differ(&complete) {
            return None;
        }
        let (mut known, mut failed): (Vec<(&TrialRecord, f64)>, Vec<&TrialRecord>) =
            Default::default();
        for trial in analysis.of_the_goal.iter() {
            match (trial.state(), analysis.measured(trial, GOAL)) {
                (TrialState::Complete, Some(goal)) => {
                    known.push((trial, analysis.direction().orient(goal)));
                }
                (TrialState::Complete | TrialState::Failed, _) => failed.push(trial),
                // It was stopped, and would hardly have had the best goal.
                (TrialState::Pruned, _)
                    if analysis
                        .forecasts()
                        .and_then(|forecasts| forecasts.of(trial.number()))
                        .is_some_and(|forecast| forecast.chance < 1.0 - SURE) =>
                {
                    failed.push(trial);
                }
                _ => {}
            }
        }
        let losses: Vec<f64> = known.iter().map(|(_, loss)| *loss).collect();
        let encoding = Encoding::new(analysis.space());
        let most = most_tied(encoding.len());
        let mut chosen = representative(&losses, most);
        let own = known.iter().position(|(trial, _)| trial.number() == best.number())?;
        if !chosen.contains(&own) {
            chosen.push(own);
        }
        let losses: Vec<f64> = chosen.iter().map(|&at| losses[at]).collect();
        let levels = levels(&losses);
        let mut places = Inputs::new(encoding.len());
        let (mut tied, mut others): (Vec<Point>, Vec<Point>) = Default::default();
        for (&at, &level) in chosen.iter().zip(&levels) {
            let point = known[at].0.point();
            places.push(&encoding.encode(point));
            let list = if level == 0 { &mut tied } else { &mut others };
            if !list.contains(point) {
                list.push(point.clone());
            }
        }
        if tied.len() < LEAST || !tied.contains(best.point()) {
            return None;
        }
        failed.truncate(most);
        others.extend(failed.iter().map(|trial| trial.point().clone()));
        let failed: Vec<Codes> =
            failed.iter().map(|trial| encoding.encode(trial.point())).collect();
        let model = surrogate::Plateau::learn(encoding.features(), &places, &losses, &failed)?;
        Some(Plateau { encoding, model, best: best.point().clone(), tied, others })
    }

    /// The probability that a config has the best goal.
    pub(super) fn probability(&self, point: &Point) -> f64 {
        self.model.probability(&self.encoding.encode(point))
    }

    /// Whether a config has the best goal, beyond reasonable doubt.
    pub(super) fn holds(&self, point: &Point) -> bool {
        self.probability(point) >= SURE
    }

    /// Where a parameter does nothing to the best config.
    pub(super) fn along(&self, axis: usize) -> Option<Flat> {
        let feature = self.encoding.feature(axis)?;
        let parameter = self.encoding.axis(feature);
        // What a choice brings with it has no value in the best config.
        let own = self.best.get(axis).filter(|_| parameter.branches().is_empty())?;
        let code = |point: &Point| self.encoding.encode_one(point, feature);
        let active = |points: &[Point]| -> Vec<(f64, f64)> {
            let active = points.iter().filter_map(|point| Some((code(point), point.get(axis)?)));
            let mut all: Vec<(f64, f64)> = active.collect();
            all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
            all.dedup();
            all
        };
        let (tied, others) = (active(&self.tied), active(&self.others));
        let probability = self.model.along(&self.encoding.encode(&self.best), feature);
        let own = (code(&self.best), own);
        let kind = self.encoding.features()[feature];
        let mut found = Found { flat: vec![own], probability: 1.0 };
        if kind.is_choice() {
            for other in tied.iter().filter(|other| other.0 != own.0) {
                found.add(*other, probability(other.0));
            }
        } else {
            let above = tied.iter().filter(|other| other.0 > own.0);
            let below = tied.iter().rev().filter(|other| other.0 < own.0);
            for side in [above.collect::<Vec<_>>(), below.collect()] {
                let mut from = own.0;
                for &to in side {
                    let width = to.0 - from;
                    let steps = if width.abs() < NEAR { 1 } else { STEPS };
                    let between = (1..=steps).map(|step| {
                        let part = from + width * step as f64 / steps as f64;
                        self.encoding.snap(feature, part)
                    });
                    let (low, high) = (from.min(to.0), from.max(to.0));
                    let crossed = others.iter().map(|other| other.0);
                    let crossed = crossed.filter(|code| (low..high).contains(code));
                    let least = between.chain(crossed).map(&probability).fold(1.0, f64::min);
                    if !found.add(to, least) {
                        break;
                    }
                    from = to.0;
                }
            }
        }
        let Found { mut flat, probability } = found;
        flat.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let (low, high) = (flat.first()?.0, flat.last()?.0);
        let is_wide = match kind {
            Feature::Continuous => high - low >= SHORT,
            Feature::Discrete { .. } | Feature::Choice { .. } => flat.len() > 1,
        };
        let is_inside = |at: f64| match kind.is_choice() {
            true => flat.iter().any(|one| one.0 == at),
            false => (low..=high).contains(&at),
        };
        let configs =
            self.tied.iter().filter(|point| point.is_active(axis) && is_inside(code(point)));
        let configs = configs.count();
        let distribution = parameter.distribution();
        let values = flat.iter().map(|(_, natural)| distribution.value(*natural)).collect();
        is_wide.then_some(Flat { ordered: !kind.is_choice(), values, configs, probability })
    }
}

/// Codes and values where a parameter does nothing, and the least probability of any.
struct Found {
    flat: Vec<(f64, f64)>,
    probability: f64,
}

impl Found {
    /// Adds a value if the plateau is sure to reach there.
    fn add(&mut self, value: (f64, f64), probability: f64) -> bool {
        let is_sure = probability >= SURE;
        if is_sure {
            self.flat.push(value);
            self.probability = self.probability.min(probability);
        }
        is_sure
    }
}
