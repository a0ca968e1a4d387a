//! The exponential function in loops.
//!
//! A call into a system's library costs some 20 cycles and keeps a loop from being vectorised, and
//! its last digit differs from system to system. What follows is additions and multiplications
//! only.

/// ln 2, as a sum whose first part has few digits, so that multiples of it are exact.
const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
/// 1.5·2⁵²: adding it rounds to an integer, which then stands in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Below this the result would not be a normal number.
const LOWEST: f64 = -708.0;
/// 1/k! for k from 2 to 12.
const COEFFICIENTS: [f64; 11] = [
    0.5,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
];

/// eˣ for x ≤ 0.
///
/// With x = k ln 2 + r, |r| ≤ ½ ln 2, it is 2ᵏ times the Taylor polynomial of degree 12 at r.
/// Relative error below 1e-15 for x ≥ −708; below that, 3e-308. NaN gives NaN; what positive
/// numbers give has no meaning.
#[inline]
pub fn decay(x: f64) -> f64 {
    // Not max, which would drop a NaN.
    let x = if x < LOWEST { LOWEST } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2.0) - k * LN_2.1;
    // Estrin's scheme: products that do not wait for each other.
    let [c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12] = COEFFICIENTS;
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (c2 + c3 * r) + (c4 + c5 * r) * r2;
    let middle = (c6 + c7 * r) + (c8 + c9 * r) * r2;
    let high = (c10 + c11 * r) + c12 * r2;
    let sum = low + (middle + high * r4) * r4;
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    (1.0 + (r + r2 * sum)) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_accuracy_holds() {
        let mut worst: f64 = 0.0;
        for i in 0..=70_800 {
            let x = -0.01 * f64::from(i) + 1e-3 * f64::from(i % 7);
            let x = x.clamp(-708.0, 0.0);
            worst = worst.max((decay(x) / libm::exp(x) - 1.0).abs());
        }
        assert!(worst < 1e-15, "{worst}");
    }

    #[test]
    fn ends_are_defined() {
        assert_eq!(decay(0.0), 1.0);
        assert_eq!(decay(-0.0), 1.0);
        assert!(decay(f64::NEG_INFINITY) > 0.0 && decay(f64::NEG_INFINITY) < 4e-308);
        assert!(decay(f64::NAN).is_nan());
        assert!((decay(-1e-300) - 1.0).abs() == 0.0);
    }
}
