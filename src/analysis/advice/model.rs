//! What is believed of the goal at other configs: a Gaussian process of all trials about what a
//! person expects beforehand.
//!
//! There may be several expectations. Under each the trials leave residuals zₕ, and the process has
//! the same covariance K; expectation h counts by exp(−½ zₕᵀK⁻¹zₕ), and what is believed is the
//! mixture.

use super::prior::{Prior, Shift};
use crate::analysis::known::split;
use crate::analysis::plateau::Plateau;
use crate::analysis::reading::{MetricScale, Reading};
use crate::analysis::response::by_chance;
use crate::analysis::{Analysis, GOAL};
use crate::math::improvement::log_improvement;
use crate::math::special::normal_cdf;
use crate::math::statistics::{mean, variance};
use crate::space::Point;
use crate::surrogate::{
    self, Encoding, Inputs, Kernel, Noise, Observations, Posterior, representative,
};
use crate::trial::{Direction, TrialState};

/// Most trials that are modelled. It bounds the time.
const MOST: usize = 300;
/// Of a normal distribution, eight tenths lie within the first of these. The deviations of a process whose constants
/// are the most probable ones are too small, by the second (`benches/by_hand.md`).
const BAND: f64 = 1.281_551_565_544_6 * 1.5;
/// The deviation of the logarithm of an error before anything was tried, and how many trials that counts for.
/// Not varied.
const DEVIATION: f64 = 0.7;
const COUNTS_FOR: f64 = 2.0;
/// The least variance about what was expected, in that of the goal: a handful of trials that went as expected
/// does not make the expectation sure. Not varied.
const LEAST: f64 = 0.5;
/// Improvements count from here on, in deviations of the goal: small gains, however certain, are not worth a
/// trial. Not varied.
const MARGIN: f64 = 0.1;
/// The move with the highest expected improvement is mostly overrated (the winner's curse). What is
/// told is the first of these as a share of the expected difference from the best trial, worse by
/// the second in deviations, and never better than what is expected. Both come from replays
/// (`benches/by_hand.md`).
const HOLDS: f64 = 0.35;
const CURSE: f64 = 0.4;
/// From this probability of having the best goal on, a place is no step forward, unless there is no
/// other (`benches/by_hand.md`).
const STAYS: f64 = 0.4;
/// No place is more certain than this to have a known goal.
const MOST_KNOWN: f64 = 0.999;

pub(super) struct Model<'a> {
    analysis: &'a Analysis<'a>,
    prior: Prior<'a>,
    encoding: Encoding,
    reading: Reading,
    /// The best goal and the goal's deviation, as it is read.
    best: f64,
    spread: f64,
    /// The lowest and the highest loss that a range may reach.
    bounds: (f64, f64),
    beliefs: Vec<Belief>,
    chance: Option<Chance>,
    plateau: Option<&'a Plateau>,
}

/// That the goal follows no expectation.
struct Chance {
    /// How probable that is.
    weight: f64,
    /// The mean above the best goal, and the variance, in the goal's deviations.
    mean: f64,
    variance: f64,
    /// That the next trial is the best by chance: one of n + 1 cases.
    luck: f64,
}

impl Chance {
    /// Given the sizes, what adds to their variances, and their likelihood under what is expected. `None`
    /// of sizes that are the same.
    fn new(sizes: &[f64], excess: &[f64], likelihood: f64) -> Option<Self> {
        let (mean, variance) = (mean(sizes), variance(sizes));
        let luck = 1.0 / (sizes.len() as f64 + 1.0);
        let weight = 1.0 / (1.0 + (likelihood - by_chance(sizes, excess)).exp());
        (variance > 0.0).then_some(Chance { weight, mean, variance, luck })
    }
}

/// One expectation, what the trials make of it, and how much it counts; all together count 1.
struct Belief {
    shift: Option<Shift>,
    posterior: Posterior,
    weight: f64,
}

/// Of the goal at a config, as moves that were chosen for their promise turn out: the mean, and the
/// ends of the middle eight tenths.
pub(super) struct Outlook {
    pub(super) expected: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Probability of an improvement.
    pub(super) sure: f64,
    /// The logarithm of the expected improvement by more than the margin.
    pub(super) promise: f64,
    /// Whether the goal there may well be the best one already.
    pub(super) stays: bool,
}

/// What is told of a place that has the best goal with some probability, and else what is told of it
/// otherwise: the mean above the best goal, the deviation, and the probability of an improvement.
fn unless_known(known: f64, (mean, deviation, sure): (f64, f64, f64)) -> (f64, f64, f64) {
    let new = 1.0 - known;
    if known <= 0.0 {
        return (mean, deviation, sure);
    }
    let variance = new * (deviation.powi(2) + known * mean.powi(2));
    (new * mean, variance.sqrt(), new * sure)
}

impl<'a> Model<'a> {
    pub(super) fn new(analysis: &'a Analysis<'a>, prior: Prior<'a>) -> Option<Self> {
        let encoding = Encoding::new(analysis.space());
        let direction = analysis.direction();
        let known = analysis.usable_for(GOAL);
        let losses: Vec<f64> = known.iter().map(|known| direction.orient(known.value)).collect();
        let chosen = representative(&losses, MOST);
        let losses: Vec<f64> = chosen.iter().map(|&at| losses[at]).collect();
        let reading = reading(direction, &losses);
        let sizes: Vec<f64> = losses.iter().map(|loss| reading.value(*loss)).collect();
        let is_complete = |at: usize| known[at].trial.state() == TrialState::Complete;
        let finished = chosen.iter().zip(&sizes).filter(|(at, _)| is_complete(**at));
        let best = finished.map(|(_, size)| *size).fold(f64::INFINITY, f64::min);
        let spread = spread(reading.scale, &sizes);
        let bounds = bounds(reading, &losses, spread);
        let standard = |goal: f64| (reading.value(direction.orient(goal)) - best) / spread;
        let (sizes, excess) = split(chosen.iter().map(|&at| known[at].on(standard)));
        let mut inputs = Inputs::new(encoding.len());
        chosen.iter().for_each(|&at| inputs.push(&encoding.encode(known[at].point())));
        let residuals = |shift: Option<Shift>| -> Vec<f64> {
            let trials = chosen.iter().zip(&sizes);
            trials.map(|(&at, size)| size - prior.at(known[at].point(), shift)).collect()
        };
        let values = residuals(None);
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Negligible,
            noises: &[],
        };
        let surrogate::Fit { kernel, mut model, .. } =
            surrogate::Fit::with_excess(&kernels, observations, &excess);
        model.scale = model.scale.max(LEAST);
        let posterior = excess.posterior(kernel, encoding.features(), model, inputs, &[])?;
        let expectations = prior.alternatives();
        let (beliefs, likelihood) = weighed(
            expectations.into_iter().map(|shift| (shift, posterior.clone(), residuals(shift))),
        );
        let chance = Chance::new(&sizes, excess.variances(), likelihood);
        let plateau = analysis.plateau();
        Some(Model {
            analysis,
            prior,
            encoding,
            reading,
            best,
            spread,
            bounds,
            beliefs,
            chance,
            plateau,
        })
    }

    pub(super) fn judge(&self, point: &Point) -> Outlook {
        let codes = self.encoding.encode(point);
        let (mut mean, mut square) = (0.0, 0.0);
        let mut promises = Vec::with_capacity(self.beliefs.len());
        for Belief { shift, posterior, weight } in &self.beliefs {
            let (residual, variance) = posterior.predict(&codes);
            let expected = residual + self.prior.at(point, *shift);
            let deviation = variance.sqrt();
            mean += weight * expected;
            square += weight * (expected * expected + variance);
            let gain = log_improvement(-(MARGIN + expected) / deviation).0;
            promises.push(weight.ln() + deviation.ln() + gain);
        }
        let deviation = (square - mean * mean).max(0.0).sqrt();
        let (told, deviation, sure) = self.told(mean, deviation);
        let known = self.plateau.map_or(0.0, |plateau| plateau.probability(point));
        let (told, deviation, sure) = unless_known(known, (told, deviation, sure));
        let natural = |value: f64| {
            let loss = self.reading.natural(self.best + self.spread * value);
            self.analysis.direction().orient(loss.max(self.bounds.0).min(self.bounds.1))
        };
        Outlook {
            expected: natural(told),
            low: natural(told - BAND * deviation),
            high: natural(told + BAND * deviation),
            sure,
            promise: log_sum(&promises) + (-known.min(MOST_KNOWN)).ln_1p(),
            stays: known >= STAYS,
        }
    }

    /// Of a move that is believed to lead so far above the best goal: the mean and the deviation
    /// that are told, and the probability of an improvement. Moves are compared by their promise,
    /// under what is expected alone: chance favours none.
    fn told(&self, mean: f64, deviation: f64) -> (f64, f64, f64) {
        let told = mean.max(HOLDS * mean + CURSE * deviation);
        let sure = normal_cdf(-told / deviation.max(f64::MIN_POSITIVE));
        let Some(chance) = &self.chance else { return (told, deviation, sure) };
        let mix = |one: f64, other: f64| one + chance.weight * (other - one);
        let mean = mix(told, chance.mean);
        let square = mix(told.powi(2) + deviation.powi(2), chance.mean.powi(2) + chance.variance);
        (mean, (square - mean.powi(2)).max(0.0).sqrt(), mix(sure, chance.luck))
    }
}

/// Expectations with their residuals, each as probable beforehand, and the log likelihood of what
/// was observed under all of them.
fn weighed(all: impl Iterator<Item = (Option<Shift>, Posterior, Vec<f64>)>) -> (Vec<Belief>, f64) {
    let mut beliefs: Vec<Belief> = all
        .map(|(shift, mut posterior, values)| {
            posterior.observe(&values, false);
            let weight = posterior.log_likelihood();
            posterior.observe(&values, true);
            Belief { shift, posterior, weight }
        })
        .collect();
    let total = log_sum(&beliefs.iter().map(|belief| belief.weight).collect::<Vec<_>>());
    beliefs.iter_mut().for_each(|belief| belief.weight = (belief.weight - total).exp());
    let likelihood = total - (beliefs.len() as f64).ln();
    (beliefs, likelihood)
}

/// ln Σ exp xᵢ.
fn log_sum(logs: &[f64]) -> f64 {
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest == f64::NEG_INFINITY {
        return highest;
    }
    highest + logs.iter().map(|log| (log - highest).exp()).sum::<f64>().ln()
}

/// How losses are read. Errors are read as ratios from the start: where a person is going, all of
/// them are small.
fn reading(direction: Direction, losses: &[f64]) -> Reading {
    let positive = losses.iter().all(|loss| *loss > 0.0);
    match direction == Direction::Minimize && positive {
        true if losses.len() < SOME => Reading::plain(MetricScale::Log),
        true => Reading::new(MetricScale::Log, losses),
        false => Reading::of(GOAL, losses),
    }
}

/// The lowest and the highest loss that a range may reach. They lie as far below the best loss and above the worst as
/// these are apart, or [`REACH`] deviations if that is more. Without them the end of a range could be any number,
/// because a reading compresses far losses and its inverse grows exponentially.
fn bounds(reading: Reading, losses: &[f64], spread: f64) -> (f64, f64) {
    let plain = Reading::plain(reading.scale);
    let values = losses.iter().map(|loss| plain.value(*loss));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let reach = (high - low).max(REACH * spread);
    (plain.natural(low - reach), plain.natural(high + reach))
}

/// How many deviations a range may at least reach beyond the losses that were seen. Not varied.
const REACH: f64 = 4.0;

/// Fewer trials do not say what ratios are usual. Not varied.
const SOME: usize = 8;

/// The deviation of the sizes; that of logarithms is drawn to what is usual.
fn spread(scale: MetricScale, sizes: &[f64]) -> f64 {
    let centre = mean(sizes);
    let reach = sizes.iter().fold(0.0, |reach: f64, size| reach.max((size - centre).abs()));
    // In units of the largest, so that no square overflows.
    let squares: f64 = match reach > 0.0 {
        true => sizes.iter().map(|size| ((size - centre) / reach).powi(2)).sum(),
        false => 0.0,
    };
    let free = sizes.len() as f64 - 1.0;
    match scale {
        MetricScale::Log => {
            let all = squares * reach.powi(2) + COUNTS_FOR * DEVIATION.powi(2);
            (all / (free + COUNTS_FOR)).sqrt()
        }
        MetricScale::Linear if reach > 0.0 && reach.is_finite() => reach * (squares / free).sqrt(),
        // Nothing says how much the goal varies.
        MetricScale::Linear => 1.0,
    }
}
