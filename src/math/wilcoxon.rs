//! The signed-rank test of Wilcoxon (1945, Biometrics Bulletin 1, 80–83).

use super::special::normal_cdf;
use super::statistics::ranks;

/// Up to this number of differences the p-value is exact: sums of ranks are counted, and counts up to
/// 2⁵⁰ are exact numbers.
const EXACT: usize = 50;

/// The probability that the ranks of positive differences have a sum as high as here or higher, if each
/// difference were as likely positive as negative. Small where the differences are above zero.
///
/// Equal sizes share the mean of their ranks; zeros have ranks, and half of their sum counts as positive
/// ("zsplit" in scipy). Exact for up to 50 differences, equal ones and zeros included; beyond, by the normal
/// approximation without a correction for continuity, which is what scipy takes there. NaN for no
/// differences and if one is NaN.
pub fn signed_rank_above(differences: &[f64]) -> f64 {
    if differences.is_empty() || differences.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let sizes: Vec<f64> = differences.iter().map(|x| x.abs()).collect();
    let ranks = ranks(&sizes);
    let signed = || differences.iter().zip(&ranks);
    if differences.len() > EXACT {
        let zeros: f64 = signed().filter(|(x, _)| **x == 0.0).map(|(_, rank)| rank).sum();
        let above: f64 = signed().filter(|(x, _)| **x > 0.0).map(|(_, rank)| rank).sum();
        return approximate(above + zeros / 2.0, &ranks);
    }
    // Means of ranks are whole or half numbers. What zeros add is the same for all signs.
    let doubled = |rank: f64| (2.0 * rank).round() as usize;
    let observed: usize = signed().filter(|(x, _)| **x > 0.0).map(|(_, rank)| doubled(*rank)).sum();
    let free = signed().filter(|(x, _)| **x != 0.0).map(|(_, rank)| doubled(*rank));
    exact(observed, &free.collect::<Vec<usize>>())
}

/// The share of the subsets whose sum is at least this high.
fn exact(observed: usize, ranks: &[usize]) -> f64 {
    let all: usize = ranks.iter().sum();
    // How many subsets of the ranks so far have each sum.
    let mut counts = vec![0.0; all + 1];
    counts[0] = 1.0;
    for &rank in ranks {
        for sum in (rank..=all).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    let as_high: f64 = counts[observed.min(all)..].iter().sum();
    as_high / (ranks.len() as f64).exp2()
}

/// The upper tail of the normal law with the mean and variance of the sum; equal ranks lower the variance.
fn approximate(above: f64, ranks: &[f64]) -> f64 {
    let n = ranks.len() as f64;
    let mut sorted = ranks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties = sorted.chunk_by(|left, right| left == right).map(|equal| equal.len() as f64);
    let correction: f64 = ties.map(|count| count.powi(3) - count).sum();
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - correction / 2.0) / 24.0;
    normal_cdf((n * (n + 1.0) / 4.0 - above) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../tests/reference/wilcoxon.csv");

    #[test]
    fn p_values_are_those_of_scipy() {
        let mut rows = 0;
        for line in REFERENCE.lines().skip(1) {
            let mut fields = line.split(',');
            let source = fields.next().unwrap();
            let expected: f64 = fields.next().unwrap().parse().unwrap();
            let differences: Vec<f64> = fields.map(|field| field.parse().unwrap()).collect();
            let p = signed_rank_above(&differences);
            let close = (p - expected).abs() <= 1e-12 * expected;
            assert!(close, "{source}: {p} instead of {expected} for {differences:?}");
            rows += 1;
        }
        assert!(rows >= 60, "{rows} rows");
    }

    #[test]
    fn hard_samples() {
        assert!(signed_rank_above(&[]).is_nan());
        assert!(signed_rank_above(&[1.0, f64::NAN]).is_nan());
        assert_eq!(signed_rank_above(&[0.0; 7]), 1.0);
        assert_eq!(signed_rank_above(&[f64::INFINITY, f64::MAX, 1.0]), 0.125);
        assert_eq!(signed_rank_above(&[0.0; 80]), 0.5);
    }
}
