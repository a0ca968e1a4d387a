//! From losses to what the process models, and back.
//!
//! A Gaussian process expects values of about one size. Losses are not like that: a broken
//! configuration is worse by orders of magnitude, and all that matters happens near the best. Two
//! monotone steps and a standardization:
//!
//! 1. *Half-rank.* Losses above the median m keep only their order. The one with rank r of n (from
//!    0, ties share their mean rank) becomes m + σ Φ⁻¹((r + ½)/n), where σ is the root mean square
//!    distance of the better half from m, or the deviation of all where that is zero. (Vizier;
//!    Song et al. 2024, arXiv 2408.11527, section 4.1.)
//! 2. *Log warp.* y ← ln(1 + ½(y − low)/(high − low))/ln 1.5, which magnifies differences near the
//!    best by up to 1.5 against the worst (same source).
//! 3. Mean 0, deviation 1.

use super::compression::{Compression, Target};
use super::hyperparameters::NOISES;
use crate::math::special::normal_quantile;
use crate::math::statistics::{mean, median, ranks};

/// How losses become the values that the process models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeTransform {
    /// Half-rank, log warp and standardization. The default: robust to outliers of any size.
    #[default]
    Warped,
    /// Standardization alone, for losses that are known to be of one size.
    Standardized,
}

/// How the targets of a process become the values that it models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TargetTransform {
    Loss(OutcomeTransform),
    Compressed(Target),
}

impl From<OutcomeTransform> for TargetTransform {
    fn from(output: OutcomeTransform) -> Self {
        TargetTransform::Loss(output)
    }
}

impl From<Target> for TargetTransform {
    fn from(kind: Target) -> Self {
        TargetTransform::Compressed(kind)
    }
}

/// The transform that fits certain losses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FittedTransform {
    /// Losses in ascending order, without repeats, and their transformed values.
    knots: Vec<(f64, f64)>,
}

impl FittedTransform {
    /// The transform for these losses, and their transformed values in the same order. Losses must
    /// be finite; infinite ones count as the largest double.
    pub(crate) fn fit(output: impl Into<TargetTransform>, losses: &[f64]) -> (Self, Vec<f64>) {
        let values = match output.into() {
            TargetTransform::Compressed(kind) => {
                let compression = Compression::fit(kind, losses);
                losses.iter().map(|&loss| compression.apply(loss)).collect()
            }
            TargetTransform::Loss(output) => {
                let scaled = scale(losses);
                let mut values = match output {
                    OutcomeTransform::Warped => warp(&half_rank(&scaled)),
                    OutcomeTransform::Standardized => scaled,
                };
                standardize(&mut values);
                values
            }
        };
        let mut knots: Vec<(f64, f64)> =
            losses.iter().copied().zip(values.iter().copied()).collect();
        knots.sort_by(|a, b| a.0.total_cmp(&b.0));
        knots.dedup_by(|a, b| a.0 == b.0);
        (FittedTransform { knots }, values)
    }

    /// The loss that has this transformed value: interpolated between those seen, and continued
    /// beyond them with the slope of the nearest tenth.
    pub(crate) fn invert(&self, value: f64) -> f64 {
        interpolate(&self.knots, value, |knot| (knot.1, knot.0)).unwrap_or(value)
    }

    /// The transformed value of a loss, likewise.
    fn apply(&self, loss: f64) -> f64 {
        interpolate(&self.knots, loss, |knot| *knot).unwrap_or(0.0)
    }

    /// The variance that an observation has after the transform if its standard deviation before is
    /// `deviation`: the square of half the distance between the images of one deviation above and
    /// below. The transform bends and, in its upper half, jumps; its slope at the observation alone
    /// would say little. `None` where the losses do not tell what a difference is worth.
    pub(crate) fn variance(&self, loss: f64, deviation: f64) -> Option<f64> {
        let apart = self.apply(loss + deviation) - self.apply(loss - deviation);
        let variance = 0.25 * apart * apart;
        (self.knots.len() > 1 && !variance.is_nan()).then(|| variance.clamp(NOISES.0, NOISES.1))
    }
}

/// The function through some knots, of which `pair` gives argument and value, both ascending:
/// linear between them, and beyond them as between the last one and that a tenth of all before it.
fn interpolate(
    knots: &[(f64, f64)],
    at: f64,
    pair: impl Fn(&(f64, f64)) -> (f64, f64),
) -> Option<f64> {
    let (first, last) = (pair(knots.first()?), pair(knots.last()?));
    if knots.len() == 1 {
        return Some(first.1);
    }
    let reach = knots.len().div_ceil(10);
    let line = |a: (f64, f64), b: (f64, f64)| {
        // Halves, so that no difference overflows.
        let share = (0.5 * at - 0.5 * a.0) / (0.5 * b.0 - 0.5 * a.0);
        // Written so that huge values of both signs do not overflow either.
        let value = a.1 * (1.0 - share) + b.1 * share;
        if value.is_nan() { a.1 } else { value }
    };
    Some(if at <= first.0 {
        line(first, pair(&knots[reach]))
    } else if at >= last.0 {
        line(pair(&knots[knots.len() - 1 - reach]), last)
    } else {
        let above = knots.partition_point(|knot| pair(knot).0 <= at).clamp(1, knots.len() - 1);
        line(pair(&knots[above - 1]), pair(&knots[above]))
    })
}

/// Losses relative to their median, in units of the largest distance from it on the better side
/// (or on both, if the better half is constant): nothing that follows over- or underflows, and
/// outliers cost the others no digits.
fn scale(losses: &[f64]) -> Vec<f64> {
    // A quarter, so that no difference overflows.
    let quarters: Vec<f64> =
        losses.iter().map(|loss| 0.25 * loss.clamp(-f64::MAX, f64::MAX)).collect();
    let middle = median(&quarters);
    let reach = |values: &mut dyn Iterator<Item = &f64>| {
        values.fold(0.0, |reach: f64, value| reach.max((value - middle).abs()))
    };
    let mut unit = reach(&mut quarters.iter().filter(|value| **value <= middle));
    if unit == 0.0 {
        unit = reach(&mut quarters.iter());
    }
    if unit == 0.0 {
        return vec![0.0; losses.len()];
    }
    quarters.iter().map(|value| ((value - middle) / unit).clamp(-LARGEST, LARGEST)).collect()
}

/// Bound of scaled losses, whose squares must not overflow.
const LARGEST: f64 = 1e100;

/// Losses relative to their median, half of them ranked.
fn half_rank(losses: &[f64]) -> Vec<f64> {
    let n = losses.len() as f64;
    let spread = |values: &mut dyn Iterator<Item = f64>, centre: f64| {
        let (mut squares, mut count) = (0.0, 0.0f64);
        for value in values {
            squares += (value - centre) * (value - centre);
            count += 1.0;
        }
        (squares / count.max(1.0)).sqrt()
    };
    let mut sigma = spread(&mut losses.iter().copied().filter(|loss| *loss <= 0.0), 0.0);
    if sigma == 0.0 {
        sigma = spread(&mut losses.iter().copied(), mean(losses));
    }
    losses
        .iter()
        .zip(ranks(losses))
        // Ranks are counted from 1 here, so that the half is taken off.
        .map(
            |(&loss, rank)| {
                if loss <= 0.0 { loss } else { sigma * normal_quantile((rank - 0.5) / n) }
            },
        )
        .collect()
}

fn warp(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high <= low {
        return vec![0.0; values.len()];
    }
    values.iter().map(|y| (0.5 * (y - low) / (high - low)).ln_1p() / 1.5f64.ln()).collect()
}

fn standardize(values: &mut [f64]) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
    let factor = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
    values.iter_mut().for_each(|y| *y = (*y - mean) * factor);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warped(losses: &[f64]) -> Vec<f64> {
        FittedTransform::fit(OutcomeTransform::Warped, losses).1
    }

    #[test]
    fn order_is_kept_and_outliers_lose_their_size() {
        let losses = [3.0, 1e9, 1.0, 2.0, 1e12, 5.0, 4.0];
        let values = warped(&losses);
        for (a, x) in losses.iter().zip(&values) {
            for (b, y) in losses.iter().zip(&values) {
                assert_eq!(a.total_cmp(b), x.total_cmp(y));
            }
        }
        assert_eq!(values, warped(&[3.0, 50.0, 1.0, 2.0, 60.0, 5.0, 4.0]).as_slice());
        let mean: f64 = values.iter().sum::<f64>() / 7.0;
        let variance: f64 = values.iter().map(|v| v * v).sum::<f64>() / 7.0;
        assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12);
    }

    #[test]
    fn scale_and_place_do_not_matter() {
        let losses = [0.3, 0.1, 0.9, 0.5, 0.7, 0.2];
        let reference = warped(&losses);
        for (factor, offset) in [(1e-12, 0.0), (1e12, -5e11), (1e300, 0.0), (3.0, 40.0)] {
            let moved: Vec<f64> = losses.iter().map(|y| y * factor + offset).collect();
            for (a, b) in warped(&moved).iter().zip(&reference) {
                assert!((a - b).abs() < 1e-3, "{factor}: {a} {b}");
            }
        }
    }

    #[test]
    fn degenerate_losses_are_defined() {
        assert!(warped(&[]).is_empty());
        assert_eq!(warped(&[7.0]), [0.0]);
        assert_eq!(warped(&[7.0; 9]), [0.0; 9]);
        for losses in [
            vec![1.0, 1.0, 1.0, 1.0, 2.0],
            vec![0.0, f64::MAX, -f64::MAX],
            vec![1.0, f64::INFINITY],
            vec![5e-324, 0.0],
        ] {
            let values = warped(&losses);
            assert!(values.iter().all(|value| value.is_finite()), "{losses:?} {values:?}");
        }
    }

    #[test]
    fn inversion_gives_losses_back_and_continues_beyond_them() {
        for output in [OutcomeTransform::Warped, OutcomeTransform::Standardized] {
            let losses: Vec<f64> = (0..30).map(|i| f64::from(i * i) - 4.0).collect();
            let (transform, values) = FittedTransform::fit(output, &losses);
            for (loss, value) in losses.iter().zip(&values) {
                assert!((transform.invert(*value) - loss).abs() < 1e-9);
            }
            assert!(transform.invert(values[0] - 0.5) < losses[0]);
            assert!(transform.invert(values[29] + 0.5) > losses[29]);
        }
        assert_eq!(FittedTransform::fit(OutcomeTransform::Warped, &[2.0, 2.0]).0.invert(5.0), 2.0);
    }

    #[test]
    fn deviations_follow_the_slope_of_the_transform() {
        let losses: Vec<f64> = (0..41).map(|i| f64::from(i) * 2.0 - 7.0).collect();
        let deviation = |output: OutcomeTransform, index: usize, deviation: f64| {
            let (transform, _) = FittedTransform::fit(output, &losses);
            transform.variance(losses[index], deviation).unwrap().sqrt()
        };
        // Losses have the standard deviation 2 √((41² − 1)/12).
        for index in [0, 13, 40] {
            let expected = 3.0 / (2.0 * 140f64.sqrt());
            assert!(
                (deviation(OutcomeTransform::Standardized, index, 3.0) - expected).abs() < 1e-12
            );
        }
        // The better half is warped only: the slope is as 1/(1 + ½ (y − low)/(high − low)).
        let ratio = deviation(OutcomeTransform::Warped, 0, 0.1)
            / deviation(OutcomeTransform::Warped, 19, 0.1);
        let (_, values) = FittedTransform::fit(OutcomeTransform::Warped, &losses);
        let warped = |index: usize| values[index + 1] - values[index];
        assert!((ratio - 4.0 * warped(0) / warped(19) / 4.0).abs() < 0.15 * ratio, "{ratio}");
        assert!(ratio > 1.05);
    }

    #[test]
    fn deviations_of_any_size_are_defined() {
        let (same, _) = FittedTransform::fit(OutcomeTransform::Warped, &[3.0; 5]);
        assert_eq!(same.variance(3.0, 1.0), None);
        let losses = [0.0, 1.0, 2.0, 1e12, f64::MAX];
        let (transform, _) = FittedTransform::fit(OutcomeTransform::Warped, &losses);
        for loss in losses {
            for deviation in [0.0, 1e-300, 1.0, 1e300, f64::MAX] {
                let variance = transform.variance(loss, deviation).unwrap();
                assert!((NOISES.0..=NOISES.1).contains(&variance), "{loss} {deviation}");
            }
        }
    }
}
