use crate::math::statistics::median;

/// How far each of some trials is from keeping all limits: the sum of what it misses, each in units of
/// the median distance from that limit among all trials, so that bytes do not drown seconds. 0 where all
/// limits are kept, infinite where one of them is NaN.
pub(crate) fn total_violations<V: AsRef<[f64]>>(trials: &[V]) -> Vec<f64> {
    let limits = trials.iter().map(|violations| violations.as_ref().len()).max().unwrap_or(0);
    let scales: Vec<f64> = (0..limits)
        .map(|limit| {
            let sizes = trials.iter().filter_map(|violations| violations.as_ref().get(limit));
            let sizes = sizes.map(|size| size.abs()).filter(|size| size.is_finite());
            let scale = median(&sizes.collect::<Vec<f64>>());
            if scale > 0.0 { scale } else { 1.0 }
        })
        .collect();
    let missed = |violation: f64, scale: f64| match violation {
        kept if kept <= 0.0 => 0.0,
        unknown if unknown.is_nan() => f64::INFINITY,
        missed => missed / scale,
    };
    let total = |violations: &V| {
        let pairs = violations.as_ref().iter().zip(&scales);
        pairs.map(|(violation, scale)| missed(*violation, *scale)).sum()
    };
    trials.iter().map(total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_do_not_drown_seconds() {
        let trials: [&[f64]; 4] = [&[-1e9, 2.0], &[2e9, -1.0], &[1e9, 1.0], &[-1e9, f64::NAN]];
        assert_eq!(total_violations(&trials), [2.0, 2.0, 2.0, f64::INFINITY]);
        let none: [&[f64]; 2] = [&[], &[]];
        assert_eq!(total_violations(&none), [0.0, 0.0]);
        let zeros: [&[f64]; 2] = [&[0.0], &[0.0]];
        assert_eq!(total_violations(&zeros), [0.0, 0.0]);
    }
}
