//! Summaries of samples, and ranks.
//!
//! A question without an answer gives NaN: the mean of nothing, the variance of one value, anything
//! asked of a sample that holds NaN. [`ranks`] alone orders NaN, as the largest.

#[cfg(test)]
#[path = "../../tests/fit/mod.rs"]
pub(crate) mod fit;
#[cfg(test)]
mod fit_tests;
mod levels;

use std::cmp::Ordering;

pub(crate) use levels::levels;

/// Arithmetic mean; NaN for an empty slice.
///
/// A second pass adds the mean residual, so the result is correct to about one rounding. Sums that
/// overflow while the values do not are handled.
pub fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let sum: f64 = values.iter().sum();
    if sum.is_finite() {
        let rough = sum / n;
        return rough + values.iter().map(|x| x - rough).sum::<f64>() / n;
    }
    values.iter().map(|x| x / n).sum()
}

/// Unbiased sample variance, Σ(x − mean)²/(n − 1); NaN for fewer than two values.
///
/// Two passes with the residual's correction (Chan, Golub and LeVeque 1983, The American
/// Statistician 37, eq. 1.7), so a large mean costs no accuracy.
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let n = values.len() as f64;
    let centre = mean(values);
    let squares: f64 = values.iter().map(|x| (x - centre).powi(2)).sum();
    let residual: f64 = values.iter().map(|x| x - centre).sum();
    (squares - residual * residual / n) / (n - 1.0)
}

/// The middle value, or the mean of the two middle ones; NaN for an empty slice.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the share `p` of the sample lies, interpolated linearly between order
/// statistics.
///
/// Type 7 of Hyndman and Fan (1996, The American Statistician 50, 361–365), the default of R and
/// numpy: the order statistic at position p(n − 1), counted from 0. NaN for an empty slice or `p`
/// outside [0, 1]. Infinite values are ordinary order statistics; NaN results only between −∞ and
/// +∞. Sorts a copy.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || values.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = p * last as f64;
    let below = position.floor();
    let (low, high) = (sorted[below as usize], sorted[(below as usize + 1).min(last)]);
    let share = position - below;
    if share == 0.0 || low == high {
        return low;
    }
    // This form cannot overflow where high − low would; rounding may leave the interval.
    (low * (1.0 - share) + high * share).clamp(low, high)
}

/// Ranks from 1 in ascending order; equal values share the mean of their ranks.
///
/// The result is in the order of the input. 0 and −0 are equal; NaNs are equal to each other and
/// rank last.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let ascending =
        |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| ascending(values[i], values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&i, &j| ascending(values[i], values[j]) == Ordering::Equal) {
        let after = before + tied.len();
        // The mean of the ranks before + 1 to after.
        let shared = (before + 1 + after) as f64 / 2.0;
        for &i in tied {
            ranks[i] = shared;
        }
        before = after;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the reference table for one function: arguments and value.
    pub(super) fn reference(name: &str) -> Vec<(Vec<f64>, f64)> {
        let table = include_str!("../../tests/reference/summary.csv");
        let rows: Vec<_> = table
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(','))
            .map(|fields| {
                let mut numbers: Vec<f64> = fields.split(',').map(|x| x.parse().unwrap()).collect();
                let value = numbers.pop().unwrap();
                (numbers, value)
            })
            .collect();
        assert!(!rows.is_empty(), "no rows for {name}");
        rows
    }

    #[test]
    fn summaries_match_numpy() {
        let close = |a: f64, b: f64| (a - b).abs() <= 4e-15 * b.abs().max(1.0);
        for (name, function) in
            [("mean", mean as fn(&[f64]) -> f64), ("median", median), ("variance", variance)]
        {
            for (sample, expected) in reference(name) {
                assert!(close(function(&sample), expected), "{name} of {sample:?}");
            }
        }
        for (arguments, expected) in reference("quantile") {
            assert!(close(quantile(&arguments[1..], arguments[0]), expected), "{arguments:?}");
        }
        let (values, expected): (Vec<_>, Vec<_>) =
            reference("rank").into_iter().map(|(value, rank)| (value[0], rank)).unzip();
        assert_eq!(ranks(&values), expected);
    }

    #[test]
    fn hard_samples() {
        // A naive sum of squares leaves nothing of this variance.
        assert_eq!(variance(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]), 30.0);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 0.5), 0.0);
        assert_eq!(quantile(&[0.1, 0.1], 0.3), 0.1);
        let inf = f64::INFINITY;
        assert_eq!((mean(&[inf, 1.0]), median(&[1.0, 2.0, inf])), (inf, 2.0));
        assert_eq!(quantile(&[-inf, 0.0], 0.4), -inf);
    }

    #[test]
    fn questions_without_an_answer_give_nan() {
        for values in [&[][..], &[1.0, f64::NAN], &[f64::NAN]] {
            for function in [mean, median, variance] {
                assert!(function(values).is_nan(), "{values:?}");
            }
        }
        assert!(variance(&[1.0]).is_nan());
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(quantile(&[1.0], p).is_nan());
        }
    }

    #[test]
    fn ranks_of_special_values() {
        assert!(ranks(&[]).is_empty());
        let values = [f64::NAN, 0.0, -0.0, f64::NEG_INFINITY, f64::INFINITY, -f64::NAN];
        assert_eq!(ranks(&values), [5.5, 2.5, 2.5, 1.0, 4.0, 5.5]);
    }
}
