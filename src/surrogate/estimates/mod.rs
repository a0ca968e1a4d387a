//! What the value of a config is in the long run, where values scatter.
//!
//! A single value says what happened once. An estimate says what a config gives on average (or at
//! the median, or at a quantile), learned from its own values and those of similar configs.
//!
//! - The mean is additive: only values on their own scale have it. So `mean` models losses as they
//!   are, up to place and unit, with a noise that may differ from region to region.
//! - A quantile keeps its place under every monotone transform. So `quantile` models ranks, which
//!   no tail can spoil, and takes the quantile of what remains around the model.
//!
//! Trials of the same config are one observation of their average. `groups` also joins near trials
//! where there are too many.

mod groups;
mod mean;
mod process;
mod quantile;

use super::codes::Codes;
use super::encoding::Encoding;
use super::hyperparameters::Noise;
use super::model::Observation;
use crate::error::{Error, Result};
use crate::space::Space;

/// What counts of a value that scatters.
///
/// ```
/// use tunewright::surrogate::Statistic;
///
/// // Of response times, the slowest in a hundred may be what matters.
/// let tail = Statistic::Quantile(0.99);
/// assert_eq!(Statistic::default(), Statistic::Mean);
/// # let _ = tail;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// The expected value, which the average of many runs approaches. The default.
    #[default]
    Mean,
    /// The value that half of the runs stay below.
    Median,
    /// The value that this share of the runs stays below; above 0 and below 1. It is a quantile of
    /// the objective's own values, whether they are to be low or high. A quantile in a long tail needs
    /// many trials: from a hundred, the 0.9 quantile of a log-normal scatter is often told too low.
    Quantile(f64),
}

impl Statistic {
    /// Checks the probability of a quantile.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if it does not lie above 0 and below 1.
    pub fn check(self) -> Result<()> {
        match self {
            Statistic::Quantile(share) if share.is_nan() || share <= 0.0 || share >= 1.0 => {
                Err(Error::InvalidOption {
                    option: "Statistic::Quantile",
                    value: share.to_string(),
                    remedy: "give a probability above 0 and below 1, as 0.9",
                })
            }
            _ => Ok(()),
        }
    }

    /// The same statistic of values with the opposite sign.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Statistic::Quantile(share) => Statistic::Quantile(1.0 - share),
            other => other,
        }
    }
}

/// An estimate of a statistic of a config's values.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The estimated mean, median or quantile, in the objective's own units.
    pub value: f64,
    /// The standard deviation of the estimate: how far the true one may be from it. The scatter of
    /// single values is not part of it. Zero where values are taken for exact, and where all are
    /// the same.
    pub deviation: f64,
}

/// The estimates of some observations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Estimates {
    /// One for each observation; `None` where the loss is not finite.
    pub(crate) all: Vec<Option<Estimate>>,
    /// The number of the observation with the lowest one; among equal ones the one with the lower loss.
    pub(crate) best: Option<usize>,
}

/// What estimates are made of: codes, losses, and the deviations that are known.
#[derive(Clone, Debug)]
struct Sample {
    rows: Vec<Codes>,
    losses: Vec<f64>,
    deviations: Vec<Option<f64>>,
}

/// An estimate, and whether the observation can be the best one.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    estimate: Estimate,
    eligible: bool,
}

impl Estimates {
    /// Estimates a statistic of the loss at each observation. With [`Noise::Negligible`] and
    /// [`Noise::Exact`] losses are taken for exact.
    pub(crate) fn new<'a>(
        space: &Space,
        observations: impl IntoIterator<Item = Observation<'a>>,
        noise: Noise,
        statistic: Statistic,
    ) -> Self {
        let encoding = Encoding::new(space);
        let mut sample = Sample { rows: Vec::new(), losses: Vec::new(), deviations: Vec::new() };
        let (mut numbers, mut count) = (Vec::new(), 0);
        for (number, observation) in observations.into_iter().enumerate() {
            count = number + 1;
            if observation.loss.is_finite() {
                numbers.push(number);
                sample.rows.push(encoding.encode(observation.point));
                sample.losses.push(observation.loss);
                sample.deviations.push(noise.deviation(observation.deviation));
            }
        }
        let candidates = match statistic {
            _ if !noise.incumbent_is_noisy() => literal(&sample.losses),
            Statistic::Mean => mean::estimate(encoding.features(), &sample),
            Statistic::Median => quantile::estimate(encoding.features(), &sample, 0.5),
            Statistic::Quantile(share) => quantile::estimate(encoding.features(), &sample, share),
        };
        let mut all = vec![None; count];
        for (&number, candidate) in numbers.iter().zip(&candidates) {
            all[number] = Some(candidate.estimate);
        }
        let key = |at: usize| (candidates[at].estimate.value, sample.losses[at]);
        let best = (0..candidates.len())
            .filter(|&at| candidates[at].eligible)
            .min_by(|&a, &b| {
                let ((a, own), (b, other)) = (key(a), key(b));
                a.total_cmp(&b).then(own.total_cmp(&other))
            })
            .map(|at| numbers[at]);
        Estimates { all, best }
    }
}

/// Losses without noise: where they are exact, or all the same.
fn literal(losses: &[f64]) -> Vec<Candidate> {
    let candidate =
        |&value: &f64| Candidate { estimate: Estimate { value, deviation: 0.0 }, eligible: true };
    losses.iter().map(candidate).collect()
}
