//! Which of two points is better when there are several goals.

/// Whether `losses` are at least as good as `others` in every goal and better in one.
///
/// Equal points do not dominate each other. Points with NaN neither dominate nor are dominated.
pub fn dominates(losses: &[f64], others: &[f64]) -> bool {
    let mut better = false;
    for (loss, other) in losses.iter().zip(others) {
        match loss.partial_cmp(other) {
            Some(std::cmp::Ordering::Less) => better = true,
            Some(std::cmp::Ordering::Equal) => {}
            Some(std::cmp::Ordering::Greater) | None => return false,
        }
    }
    better
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn better_in_one_goal_and_no_worse_in_the_others_dominates() {
        assert!(dominates(&[1.0, 2.0], &[1.0, 3.0]));
        assert!(dominates(&[0.0, 2.0, 5.0], &[1.0, 3.0, 6.0]));
        assert!(!dominates(&[1.0, 2.0], &[1.0, 2.0]));
        assert!(!dominates(&[1.0, 3.0], &[2.0, 2.0]));
        assert!(!dominates(&[0.0, -0.0], &[-0.0, 0.0]));
        assert!(dominates(&[1.0], &[2.0]));
    }

    #[test]
    fn infinite_losses_are_the_worst_and_the_best() {
        assert!(dominates(&[1.0, 1.0], &[1.0, INF]));
        assert!(dominates(&[1.0, INF], &[INF, INF]));
        assert!(!dominates(&[INF, INF], &[INF, INF]));
        assert!(dominates(&[-INF, 1.0], &[-1e300, 1.0]));
        assert!(!dominates(&[-INF, 2.0], &[0.0, 1.0]));
    }

    #[test]
    fn points_with_nan_do_not_compare() {
        let nan = [f64::NAN, 0.0];
        assert!(!dominates(&nan, &[1.0, 1.0]) && !dominates(&[-1.0, -1.0], &nan));
        assert!(!dominates(&[0.0, f64::NAN], &[1.0, 1.0]));
    }
}
