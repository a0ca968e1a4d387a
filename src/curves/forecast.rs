//! What trials that have not ended would probably come to, as losses.

use super::{Curve, Curves, Foresight};
use crate::math::special::normal_cdf;
use crate::trial::TrialState;

/// What is expected of the losses of trials that have not ended.
///
/// The [`Foresight`] foresees scores. The trials that came to their end tell which loss a score stands
/// for: between two of them losses are interpolated, and beyond the last one they go on as in the half
/// of the trials that is nearest.
#[derive(Clone, Debug)]
pub(crate) struct Forecasts {
    foresight: Foresight,
    losses: LossesByScore,
    best: f64,
}

/// What is expected of one trial that has not ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Forecast {
    /// The loss with which it would probably end.
    pub(crate) loss: f64,
    /// The losses one deviation of its score below and above that.
    pub(crate) range: (f64, f64),
    /// The loss that is expected of any trial.
    pub(crate) usual: f64,
    /// The correlation of the scores where it stands with those at the end.
    pub(crate) reliability: f64,
    /// The probability that it would have been as good as the best trial that came to its end.
    pub(crate) chance: f64,
}

/// Trials that must have ended with different losses.
const LEAST: usize = 3;
/// A lower reliability says nothing. Not varied.
const SAYS_NOTHING: f64 = 0.2;

impl Forecasts {
    /// Learns from the curves of a study, from the losses of those complete trials that count. `None`
    /// where too few of them have ended with different losses.
    pub(crate) fn learn(curves: &Curves, counts: impl Fn(u64) -> bool) -> Option<Self> {
        let foresight = Foresight::learn(curves)?;
        let losses = LossesByScore::learn(curves, &foresight, counts)?;
        let best = foresight.best()?;
        Some(Forecasts { foresight, losses, best })
    }

    /// What is expected of a trial by its reports. `None` of one that has none, or where they say
    /// nothing of how trials end.
    pub(crate) fn of(&self, number: u64) -> Option<Forecast> {
        let (_, reliability) = self.foresight.score(number)?;
        if reliability < SAYS_NOTHING {
            return None;
        }
        let expected = self.foresight.expected(number)?;
        let loss =
            |deviations: f64| self.losses.at(expected.mean + deviations * expected.deviation);
        Some(Forecast {
            loss: loss(0.0),
            range: (loss(-1.0), loss(1.0)),
            usual: self.losses.at(0.0),
            reliability,
            chance: normal_cdf(
                (self.best - expected.mean) / expected.deviation.max(f64::MIN_POSITIVE),
            ),
        })
    }
}

impl Forecast {
    /// What the reports alone say of the final loss on some scale that keeps the order, without what
    /// is known of trials on the whole, and the variance of that. A model that holds both would count
    /// the latter twice.
    pub(crate) fn on(&self, scale: impl Fn(f64) -> f64) -> (f64, f64) {
        let share = self.reliability * self.reliability;
        let (usual, expected) = (scale(self.usual), scale(self.loss));
        let deviation = 0.5 * (scale(self.range.1) - scale(self.range.0));
        (usual + (expected - usual) / share, deviation * deviation / share)
    }
}

/// The losses that scores stand for.
#[derive(Clone, Debug)]
pub(crate) struct LossesByScore {
    /// Ascending scores with what stands for the losses: their logarithms, if all are positive.
    ends: Vec<(f64, f64)>,
    is_log: bool,
    /// What a score more adds beyond the first and beyond the last.
    slopes: (f64, f64),
}

impl LossesByScore {
    /// Learns from those complete trials that count.
    pub(crate) fn learn(
        curves: &Curves,
        foresight: &Foresight,
        counts: impl Fn(u64) -> bool,
    ) -> Option<Self> {
        let is_end =
            |curve: &&Curve| curve.state() == TrialState::Complete && counts(curve.number());
        let ends = curves.iter().filter(is_end).filter_map(|curve| {
            let loss = curve.loss().filter(|loss| loss.is_finite())?;
            Some((foresight.score(curve.number())?.0, loss))
        });
        LossesByScore::new(ends.collect())
    }

    fn new(mut ends: Vec<(f64, f64)>) -> Option<Self> {
        ends.sort_by(|one, other| one.0.total_cmp(&other.0));
        ends.dedup_by_key(|end| end.0);
        if ends.len() < LEAST {
            return None;
        }
        let is_log = ends.iter().all(|(_, loss)| *loss > 0.0);
        if is_log {
            ends.iter_mut().for_each(|(_, loss)| *loss = loss.ln());
        }
        let half = ends.len().div_ceil(2).max(2);
        let slopes = (slope(&ends[..half]), slope(&ends[ends.len() - half..]));
        Some(LossesByScore { ends, is_log, slopes })
    }

    pub(crate) fn at(&self, score: f64) -> f64 {
        let after = self.ends.partition_point(|(end, _)| *end < score);
        let beside = |end: (f64, f64), slope: f64| end.1 + slope * (score - end.0);
        let value =
            match (after.checked_sub(1).and_then(|at| self.ends.get(at)), self.ends.get(after)) {
                (Some(low), Some(high)) => {
                    low.1 + (high.1 - low.1) * (score - low.0) / (high.0 - low.0)
                }
                (None, Some(first)) => beside(*first, self.slopes.0),
                (Some(last), None) => beside(*last, self.slopes.1),
                (None, None) => f64::NAN,
            };
        if self.is_log { value.exp().min(f64::MAX) } else { value.clamp(-f64::MAX, f64::MAX) }
    }
}

/// The slope of the line of least squares.
fn slope(ends: &[(f64, f64)]) -> f64 {
    let n = ends.len() as f64;
    let mean = ends.iter().fold((0.0, 0.0), |sum, end| (sum.0 + end.0 / n, sum.1 + end.1 / n));
    let (mut squares, mut products) = (0.0, 0.0);
    for (score, value) in ends {
        squares += (score - mean.0).powi(2);
        products += (score - mean.0) * (value - mean.1);
    }
    if squares > 0.0 { products / squares } else { 0.0 }
}
