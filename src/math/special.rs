//! The normal distribution and its tails, to nearly full double precision.
//!
//! Acquisition functions live in the far tails, where the textbook forms lose every digit: Φ(x)
//! underflows below x = −38, and 1 − Φ(x) rounds to zero above x = 8. The functions here keep their
//! *relative* accuracy over the ranges they name. Two devices do it: tails go through the scaled
//! complementary error function [`erfcx`], which neither under- nor overflows, and exp(x²) is
//! always formed from a split x (see `exp_square`), because rounding x² first costs a factor of x²
//! in accuracy.
//!
//! Accuracies are the worst relative errors against 80-digit values (`tests/reference/special.csv`,
//! written by `special.py` beside it); a test holds each to the bound its documentation states.

use libm::{erf, erfc, exp, log, log1p};

/// 1/√(2π).
const INV_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;
/// 1/√π.
const INV_SQRT_PI: f64 = 0.564_189_583_547_756_3;

/// Density of the standard normal distribution, φ(x) = exp(−x²/2)/√(2π).
///
/// Accuracy: relative error below 1e-15 while the result is a normal number (|x| ≤ 37.5). NaN gives
/// NaN.
pub fn normal_pdf(x: f64) -> f64 {
    INV_SQRT_TWO_PI * exp_square(x, -0.5)
}

/// Distribution function of the standard normal distribution, Φ(x) = P(Z ≤ x), in [0, 1].
///
/// Accuracy: relative error below 1e-15 for x ≥ −37.5; below that the result is subnormal and then
/// zero, so use [`log_normal_cdf`] there. For the upper tail use Φ(−x), not 1 − Φ(x). NaN gives
/// NaN.
pub fn normal_cdf(x: f64) -> f64 {
    let t = -x * std::f64::consts::FRAC_1_SQRT_2;
    if x < -1.0 {
        // erfc(t) would magnify the rounding of t by 2t²: 1e-13 at x = −30.
        0.5 * exp_square(x, -0.5) * erfcx(t)
    } else {
        0.5 * erfc(t)
    }
}

/// φ(z)/Φ(z), the derivative of ln Φ(z): the inverse Mills ratio, as √(2/π)/erfcx(−z/√2).
pub fn inverse_mills(z: f64) -> f64 {
    (2.0 / std::f64::consts::PI).sqrt() / erfcx(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Natural logarithm of [`normal_cdf`], ln Φ(x), in [−∞, 0].
///
/// Finite for every x above about −1.9e154, where x²/2 overflows. Accuracy: relative error below
/// 1e-15 on [−1e6, 37.5]. NaN gives NaN.
pub fn log_normal_cdf(x: f64) -> f64 {
    if x > 0.0 {
        // Φ is near one: its logarithm is the small upper tail, which log1p keeps.
        log1p(-normal_cdf(-x))
    } else if x > -1.0 {
        log(normal_cdf(x))
    } else {
        // Φ(x) = exp(−x²/2) erfcx(−x/√2)/2; only the second factor needs a logarithm.
        -0.5 * x * x + log(0.5 * erfcx(-x * std::f64::consts::FRAC_1_SQRT_2))
    }
}

/// Quantile of the standard normal distribution: the z with Φ(z) = p.
///
/// `p` is a probability; p ≤ 0 gives −∞, p ≥ 1 gives +∞, NaN gives NaN. Three rational
/// approximations, chosen by distance from the centre (algorithm AS 241, PPND16: Wichura 1988,
/// Applied Statistics 37, 477–484). Accuracy: relative error below 1e-15 for p from 1e-300 to the
/// largest double below one. The function is odd about ½ only as far as 1 − p is exact, so small
/// upper tails are best asked as −quantile(tail).
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() {
        return f64::NAN;
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-log(tail)).sqrt();
    let z = if r <= 5.0 {
        let r = r - 1.6;
        polynomial(&MIDDLE_NUMERATOR, r) / polynomial(&MIDDLE_DENOMINATOR, r)
    } else {
        let r = r - 5.0;
        polynomial(&FAR_NUMERATOR, r) / polynomial(&FAR_DENOMINATOR, r)
    };
    if q < 0.0 { -z } else { z }
}

/// Scaled complementary error function, erfcx(x) = exp(x²) erfc(x).
///
/// Positive and decreasing; about 1/(x√π) for large x, 2 exp(x²) for very negative x, +∞ below
/// about −26.63. Rational approximations for |x| ≥ 0.46875 (Cody 1969, Mathematics of Computation
/// 23, 631–637). Accuracy: relative error below 1e-15 on [−26, 1e300]. NaN gives NaN.
pub fn erfcx(x: f64) -> f64 {
    let y = x.abs();
    if y <= 0.468_75 {
        return exp(x * x) * (1.0 - erf(x));
    }
    let scaled = if y <= 4.0 {
        polynomial(&ERFCX_NUMERATOR, y) / polynomial(&ERFCX_DENOMINATOR, y)
    } else {
        // 1/y² underflows to zero for huge y, which leaves the leading term 1/(y√π).
        let r = 1.0 / (y * y);
        let correction =
            r * polynomial(&ASYMPTOTIC_NUMERATOR, r) / polynomial(&ASYMPTOTIC_DENOMINATOR, r);
        (INV_SQRT_PI - correction) / y
    };
    // erfc(x) + erfc(−x) = 2.
    if x < 0.0 { 2.0 * exp_square(x, 1.0) - scaled } else { scaled }
}

/// exp(`factor`·x²), with `factor` a power of two up to sign.
///
/// x = h + l with h a multiple of 1/16, so h² is exact for |x| < 2²² and (x − h)(x + h) is small:
/// the exponent's rounding error no longer grows with x². Larger x give 0 or ∞ either way.
fn exp_square(x: f64, factor: f64) -> f64 {
    if x.is_infinite() || x.abs() > 1e6 {
        return exp(factor * x * x);
    }
    let h = (x * 16.0).trunc() / 16.0;
    exp(factor * h * h) * exp(factor * (x - h) * (x + h))
}

/// Horner's rule, lowest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

// AS 241, coefficients a and b: |p − ½| ≤ 0.425, in 0.425² − (p − ½)².
const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
// AS 241, coefficients c and d: √(−ln tail) in (1.6, 5], less 1.6.
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_9e-9,
];
// AS 241, coefficients e and f: √(−ln tail) in (5, 27], less 5.
const FAR_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_DENOMINATOR: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    0.000_786_869_131_145_613_3,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_7e-15,
];
// Cody's erfc on [0.46875, 4], in x.
const ERFCX_NUMERATOR: [f64; 9] = [
    1_230.339_354_797_997_2,
    2_051.078_377_826_071_6,
    1_712.047_612_634_070_7,
    881.952_221_241_769,
    298.635_138_197_400_1,
    66.119_190_637_141_63,
    8.883_149_794_388_377,
    0.564_188_496_988_670_1,
    2.153_115_354_744_038_3e-8,
];
const ERFCX_DENOMINATOR: [f64; 9] = [
    1_230.339_354_803_749_5,
    3_439.367_674_143_721_6,
    4_362.619_090_143_247,
    3_290.799_235_733_459_7,
    1_621.389_574_566_690_3,
    537.181_101_862_009_9,
    117.693_950_891_312_5,
    15.744_926_110_709_835,
    1.0,
];
// Cody's erfc beyond 4, in 1/x².
const ASYMPTOTIC_NUMERATOR: [f64; 6] = [
    0.000_658_749_161_529_837_8,
    0.016_083_785_148_742_275,
    0.125_781_726_111_229_26,
    0.360_344_899_949_804_45,
    0.305_326_634_961_232_36,
    0.016_315_387_137_302_097,
];
const ASYMPTOTIC_DENOMINATOR: [f64; 6] = [
    0.002_335_204_976_268_691_8,
    0.060_518_341_312_441_32,
    0.527_905_102_951_428_5,
    1.872_952_849_923_467_3,
    2.568_520_192_289_822,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../tests/reference/special.csv");

    /// Worst relative error of `function` over its rows of the reference table, and where it
    /// occurs.
    fn worst(name: &str, function: impl Fn(f64) -> f64) -> (f64, f64) {
        let mut worst = (0.0, f64::NAN);
        let mut rows = 0;
        for line in REFERENCE.lines().skip(1) {
            let mut fields = line.split(',');
            if fields.next() != Some(name) {
                continue;
            }
            let mut number = || fields.next().unwrap().parse::<f64>().unwrap();
            let (argument, expected) = (number(), number());
            let value = function(argument);
            let error = if value == expected { 0.0 } else { ((value - expected) / expected).abs() };
            assert!(!error.is_nan(), "{name}({argument}) against {expected}");
            if error > worst.0 {
                worst = (error, argument);
            }
            rows += 1;
        }
        assert!(rows >= 200, "only {rows} rows for {name}");
        worst
    }

    #[test]
    fn documented_accuracy_holds() {
        // The bounds that the documentation states.
        for (name, function, bound) in [
            ("normal_pdf", normal_pdf as fn(f64) -> f64, 1e-15),
            ("normal_cdf", normal_cdf, 1e-15),
            ("log_normal_cdf", log_normal_cdf, 1e-15),
            ("normal_quantile", normal_quantile, 1e-15),
            ("erfcx", erfcx, 1e-15),
        ] {
            let (error, argument) = worst(name, function);
            assert!(error < bound, "{name}: {error:e} at {argument:e}");
        }
    }

    #[test]
    fn special_values() {
        let inf = f64::INFINITY;
        assert_eq!(normal_pdf(inf), 0.0);
        assert_eq!(normal_pdf(-1e200), 0.0);
        assert_eq!((normal_cdf(-inf), normal_cdf(inf)), (0.0, 1.0));
        assert_eq!((log_normal_cdf(-inf), log_normal_cdf(inf)), (-inf, 0.0));
        assert!(log_normal_cdf(-1e154).is_finite());
        assert_eq!((erfcx(-inf), erfcx(inf)), (inf, 0.0));
        assert_eq!((erfcx(-27.0), erfcx(-1e300)), (inf, inf));
        assert_eq!(erfcx(0.0), 1.0);
        for p in [0.0, -0.0, -1.0, -inf] {
            assert_eq!(normal_quantile(p), -inf);
        }
        for p in [1.0, 2.0, inf] {
            assert_eq!(normal_quantile(p), inf);
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!((normal_quantile(5e-324) + 38.467_405_617_144_35).abs() < 1e-13);
        for function in [normal_pdf, normal_cdf, log_normal_cdf, normal_quantile, erfcx] {
            assert!(function(f64::NAN).is_nan());
        }
    }

    #[test]
    fn quantile_inverts_cdf() {
        for i in -370..=80 {
            let x = f64::from(i) * 0.1;
            // Near x = 8 the cdf itself keeps few digits of the tail.
            let allowed = 1e-14 * x.abs().max(1.0)
                + 2e-16 / normal_pdf(x).max(1e-16) * f64::from(u8::from(x > 0.0));
            assert!((normal_quantile(normal_cdf(x)) - x).abs() <= allowed, "{x}");
        }
    }

    #[test]
    fn log_cdf_has_the_inverse_mills_ratio_as_derivative() {
        for i in -400..=80 {
            let x = f64::from(i) * 0.1;
            let h = 1e-4;
            let slope = (log_normal_cdf(x + h) - log_normal_cdf(x - h)) / (2.0 * h);
            let mills =
                (2.0 / std::f64::consts::PI).sqrt() / erfcx(-x * std::f64::consts::FRAC_1_SQRT_2);
            assert!((slope - mills).abs() < 1e-6 * mills.max(1e-3), "{x}: {slope} against {mills}");
        }
    }
}
