//! How goals and outcome constraints become what a process models, where a study has several goals or
//! outcome constraints.
//!
//! What makes one goal easy to model, half-ranks and a warp that magnifies what is near the best, is
//! wrong here: on a front half of the interesting values are bad in some goal, and the best values of a
//! goal are often infeasible.
//!
//! - *Goals* are left as they are up to the reference, beyond which a trial is worth nothing. What lies
//!   beyond grows with its logarithm, so that values of other sizes do not decide the scale.
//! - *Outcome constraints* become sign(c) ln(1 + |c|/s) with s the median of |c| (bilog; Eriksson and
//!   Poloczek 2021, Scalable constrained Bayesian optimization, section 3.3): the sign is kept, and
//!   violations of 1e5 do not hide margins of 1e-3.
//!
//! Then both are standardized.

use crate::math::statistics::{median, quantile};

/// What is modelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bent {
    /// A goal, oriented so that smaller is better.
    Goal {
        /// Beyond it a trial is worth nothing; `None` where that is not known.
        reference: Option<f64>,
        /// How many trials the study begins with, which show what is usual.
        start: usize,
    },
    /// An outcome constraint, which holds up to 0.
    Constraint,
}

/// The share of the first trials whose values are below what counts as far.
const USUAL: f64 = 0.75;

/// A monotone map of certain targets to mean 0 and deviation 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bend {
    shape: Shape,
    mean: f64,
    factor: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Linear up to a value, logarithmic beyond.
    Beyond {
        from: f64,
        unit: f64,
    },
    Bilog {
        unit: f64,
    },
}

impl Shape {
    fn of(&self, target: f64) -> f64 {
        let target = target.clamp(-LARGEST, LARGEST);
        match *self {
            Shape::Beyond { from, unit } if target > from => {
                // In units, so that nothing overflows.
                from + unit * ((target - from) / unit).ln_1p()
            }
            Shape::Beyond { .. } => target,
            Shape::Bilog { unit } => (target.abs() / unit).ln_1p().copysign(target),
        }
    }
}

/// Bound of targets, whose squares must not overflow.
const LARGEST: f64 = 1e150;

impl Bend {
    pub(crate) fn fit(bent: Bent, targets: &[f64]) -> Self {
        let shape = match bent {
            Bent::Goal { reference, start } => {
                beyond(reference, &targets[..start.min(targets.len())])
            }
            Bent::Constraint => {
                let sizes: Vec<f64> = targets.iter().map(|target| target.abs()).collect();
                Shape::Bilog { unit: positive(median(&sizes)) }
            }
        };
        let values: Vec<f64> = targets.iter().map(|&target| shape.of(target)).collect();
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        let deviation = deviation.sqrt();
        // Values that are equal up to rounding have no scale of their own.
        let factor = if deviation > 1e-12 * mean.abs() { 1.0 / deviation } else { 1.0 };
        Bend { shape, mean, factor }
    }

    /// The image of a target.
    pub(crate) fn apply(&self, target: f64) -> f64 {
        (self.shape.of(target) - self.mean) * self.factor
    }
}

fn beyond(reference: Option<f64>, first: &[f64]) -> Shape {
    let far = reference.unwrap_or_else(|| quantile(first, USUAL)).max(median(first));
    let far = match std::env::var("TW_PLAIN").ok().as_deref() {
        Some("1") => LARGEST,
        Some("med") => median(first),
        _ => far,
    };
    let from = if far.is_finite() { far.clamp(-LARGEST, LARGEST) } else { 0.0 };
    let near = first.iter().filter(|value| **value < from).map(|value| (value - from).powi(2));
    let (count, sum) = near.fold((0.0f64, 0.0), |(count, sum), square| (count + 1.0, sum + square));
    Shape::Beyond { from, unit: positive((sum / count.max(1.0)).sqrt()) }
}

/// A unit that can be divided by.
fn positive(unit: f64) -> f64 {
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}
