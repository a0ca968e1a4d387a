//! The expected improvement of a normal variable, in logarithms.
//!
//! h(z) = E max(Z + z, 0) = φ(z) + zΦ(z) for standard normal Z. Far from the incumbent h underflows
//! and its gradient vanishes, so that a search sees a flat function over most of a space; ln h
//! does neither (Ament et al. 2023, Unexpected improvements to expected improvement, NeurIPS 36).
//!
//! For z < 0 both terms nearly cancel. With the Mills ratio c(t) = Φ(−t)/φ(t) = √(π/2) erfcx(t/√2)
//! and t = −z, h = φ(t)(1 − t c(t)). The bracket is 1/t² − 3/t⁴ + …; its direct evaluation loses a
//! factor of t² in relative accuracy, which is why the asymptotic series takes over at t = 30.

use libm::{log, log1p};

use super::special::{erfcx, normal_cdf, normal_pdf};

/// ½ ln 2π.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;
/// √(π/2).
const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;
/// Above this h is a sum without serious cancellation.
const DIRECT: f64 = -1.0;
/// Below this the series needs eight terms for full accuracy.
const SERIES: f64 = -30.0;

/// ln h(z), and its derivative Φ(z)/h(z).
///
/// Accuracy: relative error below 1e-14 in the value (absolute near its zero at z = 0.9) and below
/// 1e-12 in the derivative, for z from −1e8 to 10; finite for |z| up to 1e150. NaN gives NaN.
pub fn log_improvement(z: f64) -> (f64, f64) {
    if z > DIRECT {
        let probability = normal_cdf(z);
        let h = normal_pdf(z) + z * probability;
        return (log(h), probability / h);
    }
    let t = -z;
    let mills = SQRT_HALF_PI * erfcx(t * std::f64::consts::FRAC_1_SQRT_2);
    if z > SERIES {
        let bracket = -t * mills;
        return (-0.5 * z * z - HALF_LN_TWO_PI + log1p(bracket), mills / (1.0 + bracket));
    }
    let series = bracket_series(1.0 / (t * t));
    (-0.5 * z * z - HALF_LN_TWO_PI - 2.0 * log(t) + log(series), t * (t * mills) / series)
}

/// h(−t)/φ(t) and Φ(−t)/φ(t) for t ≥ 0: both without the factor that underflows.
///
/// Accuracy: relative error of the first below 1e-13, and below 1e-15 of the second, up to 1e100.
/// NaN gives NaN.
pub fn scaled_tail(t: f64) -> (f64, f64) {
    let mills = SQRT_HALF_PI * erfcx(t * std::f64::consts::FRAC_1_SQRT_2);
    if t < -SERIES {
        return (1.0 - t * mills, mills);
    }
    let r = 1.0 / (t * t);
    (r * bracket_series(r), mills)
}

/// t²(1 − t c(t)) = 1 − 3/t² + 15/t⁴ − …, coefficients (−1)ᵏ(2k + 1)!!, with r = 1/t².
fn bracket_series(r: f64) -> f64 {
    let mut series = 1.0;
    for odd in [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = 1.0 - odd * r * series;
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../tests/reference/improvement.csv");

    #[test]
    fn documented_accuracy_holds() {
        let mut rows = 0;
        for line in REFERENCE.lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
            let (value, slope) = log_improvement(numbers[0]);
            let error = (value - numbers[1]).abs() / numbers[1].abs().max(1.0);
            assert!(error < 1e-14, "{}: {value} {error}", numbers[0]);
            let error = (slope / numbers[2] - 1.0).abs();
            assert!(error < 1e-12, "{}: {slope} {error}", numbers[0]);
            rows += 1;
        }
        assert!(rows > 150);
    }

    #[test]
    fn scaled_tails_are_the_improvement_without_the_density() {
        for line in REFERENCE.lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
            let t = -numbers[0];
            // Beyond, the rounding of t²/2 hides what is tested.
            if !(0.0..100.0).contains(&t) {
                continue;
            }
            let (scaled, mills) = scaled_tail(t);
            let expected = numbers[1] + 0.5 * t * t + HALF_LN_TWO_PI;
            let allowed = 2e-13 + 1e-16 * t * t;
            assert!((log(scaled) - expected).abs() < allowed, "{t}: {scaled} {expected}");
            assert!((mills / scaled / numbers[2] - 1.0).abs() < 2e-13, "{t}: {mills}");
        }
        assert_eq!(scaled_tail(0.0), (1.0, SQRT_HALF_PI));
        assert!(scaled_tail(1e100).0 > 0.0 && scaled_tail(f64::NAN).0.is_nan());
        assert_eq!(scaled_tail(f64::INFINITY), (0.0, 0.0));
    }

    #[test]
    fn extremes_are_defined() {
        assert!(log_improvement(f64::NAN).0.is_nan());
        assert!(log_improvement(-1e150).0.is_finite());
        assert_eq!(log_improvement(1e300).0, 1e300f64.ln());
        assert_eq!(log_improvement(f64::NEG_INFINITY).0, f64::NEG_INFINITY);
    }
}
