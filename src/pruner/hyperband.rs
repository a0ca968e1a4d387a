use super::successive_halving::{Halving, check};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, Rungs};
use crate::error::Result;
use crate::math::random::Stream;

/// Hyperband: several brackets of [successive halving](super::SuccessiveHalvingPruner), of which each
/// begins later than the one before (Li et al. 2018, JMLR 18, 185, with asynchronous halving as in Optuna).
///
/// A compromise where it is not known how much early reports say: the first bracket stops early and
/// has most of the trials, the last one lets its trials come to their end. Where early reports can be
/// trusted, its first bracket alone is better, which is successive halving.
///
/// Bracket number s has its rungs at the reports number r ηˢ, r ηˢ⁺¹, …, counted from 0, with
/// `min_resource` r and `reduction_factor` η. There are as many brackets as begin within a whole run.
/// A trial's bracket follows from its number: each stretch of trials has all brackets, in the
/// proportions of the paper. A trial competes with those of its bracket only.
///
/// ```
/// use tunewright::pruner::HyperbandPruner;
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// // Each trial reports 50 times, at the steps from 0 to 49.
/// let study = Study::in_space(space).pruner(HyperbandPruner::new()).last_step(49).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HyperbandPruner {
    min_resource: usize,
    reduction_factor: usize,
}

impl Default for HyperbandPruner {
    fn default() -> Self {
        HyperbandPruner { min_resource: 1, reduction_factor: 3 }
    }
}

impl HyperbandPruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// r: the number of the report, counted from 0, at which the trials of the first bracket are first
    /// judged; 1 by default, and at least 1.
    pub fn min_resource(mut self, report: usize) -> Self {
        self.min_resource = report;
        self
    }

    /// η: how many times further apart each rung is, and one of how many trials goes on; 3 by
    /// default, and at least 2.
    pub fn reduction_factor(mut self, factor: usize) -> Self {
        self.reduction_factor = factor;
        self
    }
}

/// The brackets of a study.
struct Brackets {
    /// The report at which each bracket begins.
    first: Vec<usize>,
    /// How many of `total` trials each has.
    shares: Vec<u64>,
    total: u64,
}

impl Brackets {
    /// `reports` is the number of reports of a whole run.
    fn new(min_resource: usize, factor: usize, reports: usize) -> Self {
        let begin = std::iter::successors(Some(min_resource), |at| at.checked_mul(factor));
        let first: Vec<usize> = begin.take_while(|at| *at <= reports).collect();
        // Algorithm 1 of the paper: ⌈(number of brackets) ηˢ/(s + 1)⌉ trials, where s counts from the end.
        let count = first.len() as u64;
        let share = |s: u32| {
            let trials = (factor as u64).saturating_pow(s).saturating_mul(count);
            trials.div_ceil(u64::from(s) + 1)
        };
        let shares: Vec<u64> = (0..first.len() as u32).rev().map(share).collect();
        let total = shares.iter().fold(0, |sum: u64, share| sum.saturating_add(*share));
        Brackets { first, shares, total }
    }

    /// The bracket of a trial. Multiples of the golden ratio, taken modulo 1, are spread evenly however many
    /// there are (Knuth, The art of computer programming, section 6.4); this is that in whole numbers.
    fn of(&self, number: u64) -> usize {
        let spread = u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut place = ((spread * u128::from(self.total)) >> 64) as u64;
        for (bracket, share) in self.shares.iter().enumerate() {
            match place.checked_sub(*share) {
                Some(rest) => place = rest,
                None => return bracket,
            }
        }
        0
    }
}

impl Pruner for HyperbandPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some(steps) = curves.rungs().map(Rungs::schedule) else { return Verdict::Continue };
        let (brackets, factor) = (self.brackets(steps), self.reduction_factor);
        let bracket = brackets.of(curves.first(trial.number()));
        let Some(&first) = brackets.first.get(bracket) else { return Verdict::Continue };
        let halving = Halving { steps, first, factor };
        let competes = |curve: &Curve| brackets.of(curves.first(curve.number())) == bracket;
        let group = format!("trials of bracket {} of {}", bracket + 1, brackets.first.len());
        let reason = halving.judge(trial, curves, competes, &group);
        reason.map_or(Verdict::Continue, Verdict::Stop)
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, _: &mut Stream) -> Option<u64> {
        let steps = curves.rungs()?.schedule();
        let (brackets, factor) = (self.brackets(steps), self.reduction_factor);
        brackets.first.iter().enumerate().find_map(|(bracket, &first)| {
            let competes = |curve: &Curve| brackets.of(curves.first(curve.number())) == bracket;
            Halving { steps, first, factor }.promote(paused, curves, competes)
        })
    }

    fn check(&self) -> Result<()> {
        check(self.min_resource, self.reduction_factor)
    }
}

impl HyperbandPruner {
    /// `steps` are those of a whole run.
    fn brackets(&self, steps: &[u64]) -> Brackets {
        Brackets::new(self.min_resource.max(1), self.reduction_factor.max(2), steps.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_those_of_the_paper() {
        // The table of section 3.3: η = 3, R = 81.
        let brackets = Brackets::new(1, 3, 81);
        assert_eq!(brackets.first, [1, 3, 9, 27, 81]);
        assert_eq!(brackets.shares, [81, 34, 15, 8, 5]);
        // A power that floating point gets wrong: ln 243 / ln 3 is below 5.
        assert_eq!(Brackets::new(1, 3, 243).first.len(), 6);
        assert_eq!(Brackets::new(2, 4, 1).of(7), 0);
        let wide = Brackets::new(1, 2, usize::MAX);
        assert!(wide.of(u64::MAX) < wide.first.len());
    }

    #[test]
    fn each_stretch_of_trials_has_all_brackets_in_proportion() {
        let brackets = Brackets::new(1, 3, 50);
        assert_eq!(brackets.shares, [27, 12, 6, 4]);
        for begin in [0, 49, 1000, u64::MAX - 49] {
            let mut counts = vec![0; brackets.shares.len()];
            (begin..begin.saturating_add(49)).for_each(|number| counts[brackets.of(number)] += 1);
            for (count, share) in counts.iter().zip(&brackets.shares) {
                assert!(u64::abs_diff(*count, *share) <= 2, "{counts:?} from {begin}");
            }
        }
    }
}
