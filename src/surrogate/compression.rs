//! How goals and outcome constraints become what a process models, where a study has several goals or
//! outcome constraints.
//!
//! What makes one goal easy to model, half-ranks and a warp that magnifies what is near the best, is
//! wrong here: on a front half of the interesting values are bad in some goal, and the best values of a
//! goal are often infeasible.
//!
//! - *Goals* are left as they are up to a value beyond which they hardly matter: the reference, if a
//!   person gave one, else what the first trials show. From there on they grow with their logarithms, so that
//!   values of other sizes do not decide the scale.
//! - *Outcome constraints* become sign(c) ln(1 + |c|/s) with s the median of |c| (bilog; Eriksson and
//!   Poloczek 2021, Scalable constrained Bayesian optimization, section 3.3): the sign is kept, and
//!   violations of 1e5 do not hide margins of 1e-3.
//!
//! Then both are standardized.

use crate::math::statistics::{median, quantile};

/// What is modelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
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

/// Outliers lie above the middle half by more than this many times its range (Tukey 1977, Exploratory data
/// analysis).
const FENCE: f64 = 1.5;
/// How much longer the worse half of the first values is where they trail off. Not varied.
const TRAILS: f64 = 5.0;

/// A monotone map of certain targets to mean 0 and deviation 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Compression {
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

impl Compression {
    pub(crate) fn fit(kind: Target, targets: &[f64]) -> Self {
        let shape = match kind {
            Target::Goal { reference, start } => {
                beyond(reference, &targets[..start.min(targets.len())])
            }
            Target::Constraint => {
                let sizes = targets.iter().map(|target| target.abs());
                let sizes: Vec<f64> = sizes.filter(|size| *size > 0.0).collect();
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
        Compression { shape, mean, factor }
    }

    /// The image of a target.
    pub(crate) fn apply(&self, target: f64) -> f64 {
        (self.shape.of(target) - self.mean) * self.factor
    }
}

/// A reference that is known says where values stop to matter. Otherwise none are touched but outliers,
/// unless the first ones trail off over decades: then half of them are.
fn beyond(reference: Option<f64>, first: &[f64]) -> Shape {
    let [low, lower, middle, upper, high] =
        [0.1, 0.25, 0.5, 0.75, 0.9].map(|share| quantile(first, share));
    let trails_off = high - middle > TRAILS * (middle - low);
    let far = match reference {
        Some(reference) => reference.max(middle),
        None if trails_off => middle,
        None => upper + FENCE * (upper - lower),
    };
    let from = if far.is_nan() { 0.0 } else { far.clamp(-LARGEST, LARGEST) };
    let near = first.iter().filter(|value| **value < from).map(|value| (value - from).powi(2));
    let (count, sum) = near.fold((0.0f64, 0.0), |(count, sum), square| (count + 1.0, sum + square));
    Shape::Beyond { from, unit: positive((sum / count.max(1.0)).sqrt()) }
}

/// A unit that can be divided by.
fn positive(unit: f64) -> f64 {
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_whatever_the_size() {
        let mut targets =
            vec![-1e300, -3.0, -1e-9, 0.0, 1e-12, 0.5, 0.9, 2.0, 1e4, 1e200, f64::MAX];
        for kind in [
            Target::Constraint,
            Target::Goal { reference: None, start: 6 },
            Target::Goal { reference: Some(1.0), start: 20 },
        ] {
            let compression = Compression::fit(kind, &targets);
            let values: Vec<f64> =
                targets.iter().map(|&target| compression.apply(target)).collect();
            assert!(values.iter().all(|value| value.is_finite()), "{kind:?} {values:?}");
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{kind:?} {values:?}");
            targets.rotate_left(3);
            targets.sort_by(f64::total_cmp);
        }
        assert_eq!(Compression::fit(Target::Constraint, &[]).apply(0.0), 0.0);
        let equal = Compression::fit(Target::Goal { reference: None, start: 4 }, &[2.0; 5]);
        assert_eq!(equal.apply(2.0), 0.0);
    }

    #[test]
    fn goals_are_linear_up_to_the_reference() {
        let targets: Vec<f64> = (0..21).map(f64::from).collect();
        let compression =
            Compression::fit(Target::Goal { reference: Some(15.0), start: 21 }, &targets);
        let step = compression.apply(1.0) - compression.apply(0.0);
        assert!((compression.apply(15.0) - compression.apply(14.0) - step).abs() < 1e-12);
        assert!(compression.apply(20.0) - compression.apply(19.0) < 0.9 * step);
        // Nothing trails off, so that nothing is touched.
        let compression = Compression::fit(Target::Goal { reference: None, start: 21 }, &targets);
        assert!(
            (compression.apply(20.0)
                - compression.apply(0.0)
                - 20.0 * (compression.apply(1.0) - compression.apply(0.0)))
            .abs()
                < 1e-9
        );
    }

    #[test]
    fn constraints_keep_their_threshold() {
        let compression = Compression::fit(Target::Constraint, &[-1e-3, 1e-3, -2.0, 1e5, 4.0]);
        let threshold = compression.apply(0.0);
        assert!(compression.apply(-1e-3) < threshold && threshold < compression.apply(1e-3));
        assert!(compression.apply(1e5) - threshold < 100.0 * (compression.apply(4.0) - threshold));
    }
}
