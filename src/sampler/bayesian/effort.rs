//! How much work one suggestion takes.
//!
//! A prediction from n modelled observations of d parameters costs some n(n + 4d) operations. A search
//! that looks everywhere makes about [`FULL`] of them. Where that is more than [`WORK`], all its
//! numbers shrink by the same share: candidates, starts, steps of each climb; and sweeps over choices
//! look at a part of the options. So a suggestion takes no longer with more trials once the budget is
//! reached; with up to 20 parameters that is beyond some 530 trials, with 500 beyond some 140.

use crate::surrogate::{Encoding, Feature};

/// Operations of the search for one suggestion, sweeps apart. It bounds the time of a suggestion:
/// `benches/ask_time.md` has both.
const WORK: f64 = 4e8;
/// Predictions of a search that looks everywhere.
const FULL: f64 = 1300.0;
/// Operations of sweeps that look at every option. It bounds the time of a suggestion.
const FULL_SWEEPS: f64 = 3e8;
/// About how many sweeps there are in a search.
const SWEEPS: f64 = 24.0;
/// Operations of sweeps that look at a part. It bounds the time of a suggestion.
const PART_OF_SWEEPS: f64 = 5e7;
/// Operations for each code of an option that is looked at, and for each code of each observation
/// where the prediction of a feature's options begins.
const MADE: f64 = 20.0;
const BEGUN: f64 = 12.0;
/// Sweeps among which these are divided.
const SHARES: usize = 16;

/// Up to this many levels, all of a discrete feature are looked at in a sweep. As in the recipe that the
/// search was measured with; not varied.
pub(super) const SWEPT: u64 = 16;
/// Choices beyond this number are not all looked at. Not varied.
pub(super) const SWEPT_CHOICES: u64 = 256;

/// Some operations that a prediction from n observations of d parameters takes.
pub(super) fn prediction_cost(n: usize, d: usize) -> f64 {
    let (n, d) = (n as f64, d as f64);
    n * (n + 4.0 * d)
}

/// What a search may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// The share of the full search, at most 1.
    share: f64,
    /// The options that may be looked at in all sweeps, and in one; `None` for all there are.
    options: Option<(usize, usize)>,
}

impl Effort {
    /// The effort of a search with processes of these numbers of observations.
    pub(super) fn new(encoding: &Encoding, observations: &[usize]) -> Self {
        let d = encoding.len();
        let cost: f64 = observations.iter().map(|&n| prediction_cost(n, d)).sum();
        let wide = d as f64;
        // Options of one feature are predicted together, which is faster; each is a point to be made.
        let sweep = |levels: u64| -> f64 {
            let others = levels.saturating_sub(1) as f64;
            let predicted = |&n: &usize| {
                let n = n as f64;
                n * (0.25 * n * others + wide * (4.0 * others + BEGUN))
            };
            others * MADE * wide + observations.iter().map(predicted).sum::<f64>()
        };
        let all: f64 = (0..d).filter_map(|at| levels(encoding, at)).map(sweep).sum();
        let options = (SWEEPS * all > FULL_SWEEPS).then(|| {
            let beside = |&n: &usize| n as f64 * (0.25 * n as f64 + 10.0);
            let each = MADE * wide + observations.iter().map(beside).sum::<f64>();
            let options = (PART_OF_SWEEPS / each) as usize;
            (options, options / SHARES)
        });
        Effort { share: (WORK / (FULL * cost).max(1.0)).min(1.0), options }
    }

    /// The part of a number that the full search has, but no less than `least`.
    pub(super) fn of(&self, full: usize, least: usize) -> usize {
        if self.share < 1.0 { ((self.share * full as f64) as usize).max(least) } else { full }
    }

    /// How many options all sweeps together and one may look at; `None` for all there are.
    pub(super) fn options(&self) -> Option<(usize, usize)> {
        self.options
    }
}

/// How many options of a feature a sweep looks at; `None` for what is climbed instead.
pub(super) fn levels(encoding: &Encoding, feature: usize) -> Option<u64> {
    match encoding.features()[feature] {
        Feature::Continuous => None,
        Feature::Discrete { levels } => (levels <= SWEPT).then_some(levels),
        Feature::Choice { choices } => Some(choices.min(SWEPT_CHOICES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

    fn encoding(floats: usize, choices: usize) -> Encoding {
        let mut builder = Space::builder();
        for at in 0..floats {
            builder = builder.float(&format!("x{at}"), 0.0..=1.0, Scale::Linear);
        }
        for at in 0..choices {
            builder = builder.choices(&format!("k{at}"), ["a", "b", "c", "d"]);
        }
        Encoding::new(&builder.build().unwrap())
    }

    #[test]
    fn small_searches_look_everywhere_and_large_ones_cost_no_more() {
        let small = Effort::new(&encoding(6, 4), &[200]);
        assert_eq!((small.of(512, 1), small.options()), (512, None));
        let large = Effort::new(&encoding(400, 100), &[400, 400]);
        assert!(large.of(512, 1) < 128 && large.of(512, 200) == 200);
        assert!(large.options().is_some_and(|(all, one)| one < all && all < 10_000));
        for n in [100, 200, 400] {
            let Effort { share, .. } = Effort::new(&encoding(500, 0), &[n]);
            assert!(share * FULL * prediction_cost(n, 500) <= 1.001 * WORK);
        }
    }
}
