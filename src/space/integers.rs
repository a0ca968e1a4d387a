//! Whole numbers in steps, exact over all 64-bit integers.

use crate::error::Problem;

/// Largest magnitude up to which every integer is exact in a double.
const EXACT_IN_DOUBLES: i128 = 1 << 53;

/// The whole numbers from `low` in steps, none above `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integers {
    low: i64,
    high: i64,
    step: i64,
}

impl Integers {
    pub(super) fn new(low: i64, high: i64, step: i64) -> Result<Self, Problem> {
        if low > high {
            return Err(Problem::EmptyRange { low: low as f64, high: high as f64 });
        }
        if step <= 0 {
            return Err(Problem::NonPositiveStep { step: step as f64 });
        }
        let integers = Integers { low, high, step };
        if i128::from(step) > integers.width() && integers.width() > 0 {
            let (low, high) = (low as f64, high as f64);
            return Err(Problem::StepTooWide { step: step as f64, low, high });
        }
        Ok(integers)
    }

    fn width(self) -> i128 {
        i128::from(self.high) - i128::from(self.low)
    }

    pub(super) fn low(self) -> i64 {
        self.low
    }

    pub(super) fn step(self) -> i64 {
        self.step
    }

    /// Number of the highest value, counted from 0: at most 2^64 - 1.
    pub(super) fn last(self) -> u64 {
        (self.width() / i128::from(self.step)) as u64
    }

    /// Whether doubles can hold and count all values.
    pub(super) fn fit_doubles(self) -> bool {
        let exact = |bound: i64| i128::from(bound).abs() <= EXACT_IN_DOUBLES;
        exact(self.low) && exact(self.high) && i128::from(self.last()) < EXACT_IN_DOUBLES
    }

    /// The value with this number; the highest for numbers that are too high.
    pub(super) fn at(self, level: u64) -> i64 {
        let level = i128::from(level.min(self.last()));
        (i128::from(self.low) + level * i128::from(self.step)) as i64
    }

    /// The number of the nearest value; of two the higher one.
    pub(super) fn level_of(self, value: i128) -> u64 {
        let step = i128::from(self.step);
        let above = value.saturating_sub(i128::from(self.low));
        let level = above.saturating_add(step / 2).div_euclid(step);
        level.clamp(0, i128::from(self.last())) as u64
    }

    /// The value as one of these; `None` if it is none of them.
    pub(super) fn take(self, value: i128) -> Option<i64> {
        let nearest = self.at(self.level_of(value));
        (i128::from(nearest) == value).then_some(nearest)
    }

    /// The values that enclose one that is none of these but lies between them.
    pub(super) fn around(self, value: f64) -> Option<(i64, i64)> {
        let above = value - self.low as f64;
        let level = (above / self.step as f64).floor();
        let inside = level >= 0.0 && (level as u64) < self.last();
        inside.then(|| (self.at(level as u64), self.at(level as u64 + 1)))
    }
}

/// A whole number as the nearest double and what that leaves over, or any other number with nothing
/// left over. Doubles alone hold the integers up to ±2^53 only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exact {
    pub(crate) nearest: f64,
    /// At most half of the distance of doubles there: 512.
    pub(super) rest: i16,
}

impl Exact {
    pub(super) fn of(value: i64) -> Self {
        let nearest = value as f64;
        Exact { nearest, rest: (i128::from(value) - nearest as i128) as i16 }
    }

    /// The whole number; `None` if it is not whole.
    pub(super) fn whole(self) -> Option<i128> {
        whole(self.nearest).map(|nearest| nearest + i128::from(self.rest))
    }
}

impl From<f64> for Exact {
    fn from(value: f64) -> Self {
        Exact { nearest: value, rest: 0 }
    }
}

/// A double as an integer; `None` if it is no whole number or beyond all 64-bit ones.
pub(super) fn whole(value: f64) -> Option<i128> {
    (value.fract() == 0.0 && value.abs() <= u64::MAX as f64).then_some(value as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_comes_back() {
        let cases = [
            (i64::MIN, i64::MAX, 1),
            (i64::MIN, i64::MAX, i64::MAX),
            (i64::MIN, i64::MAX, 3),
            (0, i64::MAX, 1_000_000),
            (-5, 17, 4),
            (i64::MAX - 4, i64::MAX, 1),
            (7, 7, 1),
        ];
        for (low, high, step) in cases {
            let integers = Integers::new(low, high, step).unwrap();
            let last = integers.last();
            let middle = [1, 2, last / 3, last / 2, last.saturating_sub(1)];
            for level in middle.into_iter().chain([0, last]).filter(|level| *level <= last) {
                let value = integers.at(level);
                assert!((low..=high).contains(&value));
                assert_eq!(integers.level_of(value.into()), level, "{low} {high} {step}");
                assert_eq!(integers.take(value.into()), Some(value));
                assert_eq!(Exact::of(value).whole(), Some(value.into()));
                if step > 1 {
                    assert_eq!(integers.take(i128::from(value) + 1), None);
                }
            }
            assert_eq!(integers.take(i128::from(high) + 1), None);
            assert_eq!(integers.take(i128::from(low) - 1), None);
        }
        assert_eq!(Integers::new(i64::MIN, i64::MAX, 1).unwrap().last(), u64::MAX);
    }
}
