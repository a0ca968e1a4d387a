//! The levels of one axis.

use crate::space::{AxisKind, Distribution};

/// The values that a grid takes on one axis, in ascending order. Computed where they follow a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Levels {
    /// All values of a discrete or categorical axis.
    All { count: u64 },
    /// Places of a continuous axis at equal distances in the unit interval, both ends included.
    Even { count: u64, low: f64, high: f64 },
    /// Values of a discrete axis at equal distances in rank, first and last included.
    Ranked { count: u64, of: u64 },
    /// These values.
    Listed(Vec<f64>),
}

/// Axes with more levels than this, but not all, take them at equal distances in rank instead of probability,
/// so that they need not be listed. It bounds the memory.
const LONGEST_LIST: u64 = 1 << 16;

impl Levels {
    /// `count` levels that are spread evenly over the unit interval, fewer if the axis has not so
    /// many values; all choices of an unordered axis.
    pub(super) fn spread(distribution: &Distribution, count: u64) -> Self {
        match distribution.kind() {
            AxisKind::Categorical { choices } => Levels::All { count: choices },
            AxisKind::Discrete { levels } if levels <= count => Levels::All { count: levels },
            AxisKind::Discrete { levels } if count > LONGEST_LIST => {
                Levels::Ranked { count, of: levels }
            }
            AxisKind::Discrete { levels } => Levels::Listed(some_of(distribution, levels, count)),
            AxisKind::Continuous if has_bounds(distribution) && count > 1 => {
                Levels::Even { count, low: 0.0, high: 1.0 }
            }
            // Without bounds, the middles of intervals of equal probability; one level is a median.
            AxisKind::Continuous => {
                let margin = 0.5 / count as f64;
                Levels::Even { count, low: margin, high: 1.0 - margin }
            }
        }
    }

    /// These values, each once and in ascending order.
    pub(super) fn listed(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        values.dedup();
        Levels::Listed(values)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        match self {
            Levels::All { count } | Levels::Even { count, .. } | Levels::Ranked { count, .. } => {
                *count
            }
            Levels::Listed(values) => values.len() as u64,
        }
    }

    /// The value of a level, counted from 0.
    pub(super) fn value(&self, distribution: &Distribution, level: u64) -> f64 {
        match self {
            Levels::All { .. } => distribution.at_level(level).unwrap_or(0.0),
            Levels::Even { count: 1, low, .. } => distribution.tidy_from_unit(*low),
            Levels::Even { count, low, high } => {
                let share = level as f64 / (count - 1) as f64;
                distribution.tidy_from_unit(low + share * (high - low))
            }
            Levels::Ranked { count, of } => {
                let (last, last_rank) = (u128::from(count - 1), u128::from(of - 1));
                let rank = (u128::from(level) * last_rank + last / 2) / last;
                distribution.at_level(rank as u64).unwrap_or(0.0)
            }
            Levels::Listed(values) => values.get(level as usize).copied().unwrap_or(0.0),
        }
    }
}

/// Whether a grid can include the ends of the axis.
pub(super) fn has_bounds(distribution: &Distribution) -> bool {
    match distribution {
        Distribution::Numeric(numeric) => numeric.range().is_some(),
        Distribution::Choice(_) => true,
    }
}

/// `count` of the `all` values of a discrete axis, at about equal distances in the unit interval,
/// first and last included; `count` is less than `all`.
fn some_of(distribution: &Distribution, all: u64, count: u64) -> Vec<f64> {
    let unit_of = |rank| distribution.to_unit(distribution.at_level(rank).unwrap_or(0.0));
    let rank_at = |unit| distribution.level_of(distribution.from_unit(unit)).unwrap_or(0);
    let (first, last) = (unit_of(0), unit_of(all - 1));
    let mut ranks: Vec<u64> = if count == 1 {
        vec![rank_at(0.5)]
    } else {
        let share = |level| level as f64 / (count - 1) as f64;
        (0..count).map(|level| rank_at(first + share(level) * (last - first))).collect()
    };
    // Where values are wider apart than levels, several levels fall on one value: push them apart,
    // upwards, and back from the end.
    for (level, spare) in (1..ranks.len()).zip((0..count - 1).rev()) {
        ranks[level] = ranks[level].max(ranks[level - 1] + 1).min(all - 1 - spare);
    }
    for level in (1..ranks.len()).rev() {
        ranks[level - 1] = ranks[level - 1].min(ranks[level] - 1);
    }
    ranks.into_iter().filter_map(|rank| distribution.at_level(rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Choices, Domain, Float, Int, Space};

    fn values(domain: &impl Domain, count: u64) -> Vec<f64> {
        let space = Space::builder().field("x", domain).build().unwrap();
        let distribution = space.axes()[0].distribution();
        let levels = Levels::spread(distribution, count);
        (0..levels.count()).map(|level| levels.value(distribution, level)).collect()
    }

    fn close(found: &[f64], wanted: &[f64]) -> bool {
        found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs())
    }

    #[test]
    fn levels_are_even_on_the_scale_and_include_the_bounds() {
        assert_eq!(values(&Float::range(-1.0..=3.0), 5), [-1.0, 0.0, 1.0, 2.0, 3.0]);
        let log = values(&Float::range(1e-4..=1.0).log(), 5);
        assert!(close(&log, &[1e-4, 1e-3, 1e-2, 0.1, 1.0]), "{log:?}");
        assert_eq!((log[0], log[4]), (1e-4, 1.0));
        assert_eq!(values(&Float::range(0.0..=1.0), 1), [0.5]);
        assert_eq!(values(&Float::range(2.0..=2.0), 5), [2.0]);
        assert_eq!(values(&Int::range(0..=8), 3), [0.0, 4.0, 8.0]);
        assert_eq!(values(&Int::range(0..=3), 5), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(values(&Choices::of(["a", "b", "c"]), 2), [0.0, 1.0, 2.0]);
        assert_eq!(values(&Choices::of([16, 32, 64]).ordered(), 2), [0.0, 2.0]);
    }

    #[test]
    fn levels_of_unbounded_axes_are_quantiles() {
        let normal = values(&Float::normal(10.0, 2.0), 3);
        // The quantiles of 1/6, 1/2 and 5/6: scipy.stats.norm(10, 2).ppf.
        assert!(close(&normal, &[8.065156867794998, 10.0, 11.934843132205002]), "{normal:?}");
        let truncated = values(&Float::normal(0.0, 1.0).within(-1.0..=1.0), 3);
        assert_eq!(truncated, [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn levels_never_share_a_value() {
        for count in 1..=40 {
            let log = values(&Int::range(1..=40).log(), count);
            assert_eq!(log.len(), count as usize);
            assert!(log.is_sorted_by(|a, b| a < b), "{log:?}");
            if count > 1 {
                assert_eq!((log[0], log[log.len() - 1]), (1.0, 40.0));
            }
            let bell = values(&Int::range(0..=40).with_normal(20.0, 2.0), count);
            assert_eq!(bell.len(), count as usize);
            assert!(bell.is_sorted_by(|a, b| a < b), "{bell:?}");
        }
    }

    #[test]
    fn long_axes_are_not_listed() {
        let space = Space::builder().field("n", &Int::range(0..=1_i64 << 40)).build().unwrap();
        let distribution = space.axes()[0].distribution();
        let levels = Levels::spread(distribution, 1 << 30);
        assert_eq!(levels.value(distribution, (1 << 30) - 1), (1u64 << 40) as f64);
        assert_eq!(levels.value(distribution, 0), 0.0);
        assert!(levels.value(distribution, 77) < levels.value(distribution, 78));
    }
}
