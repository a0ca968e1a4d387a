use serde::{Deserialize, Serialize};

/// What must hold of a metric that a trial [records](super::Trial::record), such as the memory that its
/// model takes. It is known only when the trial has run, as a goal is.
///
/// A trial for which it does not hold is infeasible: it is never the best and never on the front, and
/// it teaches the sampler where the constraint holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeConstraint {
    /// The metric.
    pub name: String,
    /// The values that it may have.
    #[serde(flatten)]
    pub bounds: Bounds,
}

/// The values that a metric may have, both ends included, in its own units: [`at_most`], [`at_least`] or
/// [`between`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bounds {
    /// The lowest value; `None` if it may be as low as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The highest value; `None` if it may be as high as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Values up to this one.
pub fn at_most(high: f64) -> Bounds {
    Bounds { low: None, high: Some(high) }
}

/// Values from this one on.
pub fn at_least(low: f64) -> Bounds {
    Bounds { low: Some(low), high: None }
}

/// Values from `low` to `high`.
pub fn between(low: f64, high: f64) -> Bounds {
    Bounds { low: Some(low), high: Some(high) }
}

impl Bounds {
    /// How far a value lies above the high end, and below the low end; negative within the bounds. One
    /// number for each end that there is.
    pub(super) fn violations(self, value: f64) -> impl Iterator<Item = f64> {
        let above = self.high.map(|high| value - high);
        let below = self.low.map(|low| low - value);
        above.into_iter().chain(below)
    }
}
