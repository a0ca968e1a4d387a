//! The expected improvement of one goal on a threshold, and between two thresholds.
//!
//! ψ(t) = E max(t − Y, 0) = σ h(z) for Y ~ N(μ, σ²), with z = (t − μ)/σ and h(z) = φ(z) + zΦ(z).
//! The improvement between l < u is ψ(u) − ψ(l) = σ ∫ Φ(z) dz over the interval. Two things go
//! wrong when it is computed as written: below z = −38 everything underflows, and where the
//! interval is short the difference cancels.
//!
//! So all values are kept as multiples of exp(q), with q = −z²/2 for negative z and 0 otherwise. A
//! difference is kept as a multiple of the upper threshold's exp(q); then exp(q_l − q_u) =
//! exp(½(z_u − z_l)(z_u + z_l)), which neither underflows together with the values nor loses
//! digits. Short intervals take the Taylor series about the upper end, in which the derivatives of
//! Φ are Hermite polynomials: Φ⁽ᵏ⁾(z) = (−1)ᵏ⁻¹ Heₖ₋₁(z) φ(z).

use libm::exp;

use super::super::improvement::scaled_tail;

/// 1/√(2π).
const INV_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;
/// Beyond this many deviations nothing is left to chance. Φ(z) underflows so far below that only
/// its order matters, and products of some goals' tails (1/z² each) still stay above zero.
const CERTAIN: f64 = 1e20;
/// Above this φ(z) is lost beside z.
const NO_TAIL: f64 = 40.0;
/// Below this length, in deviations times the larger of 1 and |z|, the series takes over: there a
/// direct difference would lose more than one digit. Twelve terms reach full accuracy.
const SHORT: f64 = 0.1;
const TERMS: u32 = 12;

/// What a threshold is for one normal prediction. All values but `z` and `exponent` are multiples
/// of exp(`exponent`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Threshold {
    /// (t − μ)/σ.
    z: f64,
    /// −z²/2 below the mean, else 0.
    pub exponent: f64,
    /// φ(z).
    density: f64,
    /// Φ(z).
    probability: f64,
    /// h(z).
    improvement: f64,
    /// h(−z), above the mean.
    tail: f64,
}

impl Threshold {
    /// The threshold that is `z` deviations above the mean.
    pub fn new(z: f64) -> Threshold {
        if z < -CERTAIN {
            return Threshold { z, exponent: f64::NEG_INFINITY, ..Threshold::default() };
        }
        if z < 0.0 {
            let (scaled, mills) = scaled_tail(-z);
            return Threshold {
                z,
                exponent: -0.5 * z * z,
                density: INV_SQRT_TWO_PI,
                probability: INV_SQRT_TWO_PI * mills,
                improvement: INV_SQRT_TWO_PI * scaled,
                tail: 0.0,
            };
        }
        if z > NO_TAIL {
            return Threshold { z, probability: 1.0, improvement: z, ..Threshold::default() };
        }
        let (scaled, mills) = scaled_tail(z);
        let density = INV_SQRT_TWO_PI * exp(-0.5 * z * z);
        let tail = density * scaled;
        let probability = 1.0 - density * mills;
        Threshold { z, exponent: 0.0, density, probability, improvement: z + tail, tail }
    }

    /// The threshold that is `distance` above a value known for certain, in the goal's own unit.
    pub fn certain(distance: f64) -> Threshold {
        if distance > 0.0 {
            let z = f64::INFINITY;
            Threshold { z, probability: 1.0, improvement: distance, ..Threshold::default() }
        } else {
            let z = f64::NEG_INFINITY;
            Threshold { z, exponent: f64::NEG_INFINITY, ..Threshold::default() }
        }
    }
}

/// The improvement between two thresholds, in multiples of σ exp(`exponent`), and its derivatives in
/// multiples of exp(`exponent`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Between {
    /// The exponent of the upper threshold.
    pub exponent: f64,
    /// h(z_u) − h(z_l).
    pub improvement: f64,
    /// Φ(z_u) − Φ(z_l), the negative derivative by the mean.
    pub probability: f64,
    /// φ(z_u) − φ(z_l), the derivative by the deviation.
    pub density: f64,
}

impl Between {
    /// From −∞ to a threshold.
    pub fn below(upper: &Threshold) -> Between {
        Between {
            exponent: upper.exponent,
            improvement: upper.improvement,
            probability: upper.probability,
            density: upper.density,
        }
    }

    /// From one threshold to a higher one, `length` deviations away.
    pub fn new(lower: &Threshold, upper: &Threshold, length: f64) -> Between {
        if lower.exponent == f64::NEG_INFINITY {
            return Between::below(upper);
        }
        let exponent = upper.exponent;
        if length * (-lower.z).max(1.0) < SHORT {
            return Between::short(upper, length);
        }
        if lower.z >= 0.0 {
            // h(z) = z + h(−z), of which the first part gives the length without rounding.
            return Between {
                exponent,
                improvement: length - (lower.tail - upper.tail),
                probability: upper.probability - lower.probability,
                density: upper.density - lower.density,
            };
        }
        let shift = if upper.z < 0.0 { 0.5 * length * (upper.z + lower.z) } else { lower.exponent };
        let ratio = exp(shift);
        Between {
            exponent,
            improvement: upper.improvement - lower.improvement * ratio,
            probability: upper.probability - lower.probability * ratio,
            density: upper.density - lower.density * ratio,
        }
    }

    fn short(upper: &Threshold, length: f64) -> Between {
        let (mut improvement, mut probability, mut density) = (0.0, 0.0, 0.0);
        if upper.density > 0.0 {
            // Heₖ₋₂ and Heₖ₋₁ at z, and lengthᵏ/k!.
            let (mut before, mut hermite, mut power) = (0.0, 1.0, length);
            for k in (1..=TERMS).map(f64::from) {
                let term = hermite * power;
                probability += term;
                improvement -= term * length / (k + 1.0);
                let next = upper.z * hermite - (k - 1.0) * before;
                density -= next * power;
                (before, hermite) = (hermite, next);
                power *= length / (k + 1.0);
            }
        }
        Between {
            exponent: upper.exponent,
            improvement: length * upper.probability + upper.density * improvement,
            probability: upper.density * probability,
            density: upper.density * density,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_and_differences_agree_where_they_meet() {
        for z in [-1e6, -300.0, -35.0, -31.0, -8.0, -1.0, -0.05, 0.0, 0.3, 2.0, 7.0, 30.0] {
            let z: f64 = z;
            let upper = Threshold::new(z);
            let mut found = Vec::new();
            for factor in [0.999_999, 1.000_001] {
                // Just below and just above the switch.
                let length = factor * SHORT / (-z).max(1.0) * (1.0 - f64::from(z < -1.0) * 0.09);
                let lower = Threshold::new(z - length);
                for between in [
                    Between::short(&upper, length),
                    Between::new(&lower, &upper, length),
                    Between::new(&lower, &upper, 1.2 * length),
                ] {
                    found.push((length, between));
                }
            }
            let (length, series) = found[0];
            for (other_length, other) in &found[..2] {
                let close = |left: f64, right: f64, scale: f64| {
                    assert!((left - right).abs() < 1e-11 * scale, "{z}: {series:?} {other:?}");
                };
                assert_eq!(length, *other_length);
                close(series.improvement, other.improvement, series.improvement);
                close(series.probability, other.probability, series.improvement * (1.0 + z.abs()));
                close(series.density, other.density, series.improvement * (1.0 + z * z));
            }
        }
    }

    #[test]
    fn a_value_known_for_certain_improves_by_its_distance() {
        let (far, near, behind) =
            (Threshold::certain(3.0), Threshold::certain(1.0), Threshold::certain(-1.0));
        assert_eq!(Between::new(&near, &far, 2.0).improvement, 2.0);
        assert_eq!(Between::new(&near, &far, 0.001).improvement, 0.001);
        assert_eq!(Between::new(&behind, &far, 4.0).improvement, 3.0);
        assert_eq!(Between::below(&behind).exponent, f64::NEG_INFINITY);
    }
}
