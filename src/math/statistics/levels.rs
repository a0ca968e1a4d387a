/// How far equal values may be apart, relative to their size and to what is typical: rounding of
/// sums, means over folds, and differences from 1.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Numbers the distinct values from 0 in ascending order; values that are equal up to rounding share
/// a number. Values must not be NaN.
pub(crate) fn levels(values: &[f64]) -> Vec<usize> {
    let sizes: Vec<f64> =
        values.iter().map(|value| value.abs()).filter(|size| size.is_finite()).collect();
    let typical = if sizes.is_empty() { 0.0 } else { super::median(&sizes) };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut levels = vec![0; values.len()];
    let mut level = 0;
    for pair in order.windows(2) {
        let (low, high) = (values[pair[0]], values[pair[1]]);
        // Written so that the difference of equal infinities is none.
        if low != high && high - low > ROUNDING * (low.abs().min(high.abs()) + typical) {
            level += 1;
        }
        levels[pair[1]] = level;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_level() {
        assert_eq!(levels(&[3.0, 1.0, 3.0, 2.0]), [2, 0, 2, 1]);
        assert_eq!(levels(&[0.0, -0.0]), [0, 0]);
        assert_eq!(levels(&[f64::INFINITY, 1.0, f64::INFINITY]), [1, 0, 1]);
        assert!(levels(&[]).is_empty());
    }

    #[test]
    fn rounding_is_no_difference() {
        let folds = [0.91, 0.93, 0.97];
        let mean = (folds[0] + folds[1] + folds[2]) / 3.0;
        let other = (folds[2] + folds[1] + folds[0]) / 3.0;
        let again = folds.iter().map(|fold| fold / 3.0).sum::<f64>();
        // Errors near zero carry the rounding of accuracies near one.
        let values = [1.0 - mean, 1.0 - other, 1.0 - again, 0.05, 0.3];
        assert_eq!(levels(&values), [1, 1, 1, 0, 2]);
        assert_eq!(levels(&[0.1 + 0.2, 0.3]), [0, 0]);
    }

    #[test]
    fn small_differences_are_differences() {
        assert_eq!(levels(&[1.0, 1.0 + 1e-12, 1.0 - 1e-12]), [1, 2, 0]);
        assert_eq!(levels(&[1e-300, 2e-300]), [0, 1]);
        // One enormous loss does not make others equal.
        assert_eq!(levels(&[1e12, 1e-6, 2e-6, 0.5, 0.7]), [4, 0, 1, 2, 3]);
    }
}
