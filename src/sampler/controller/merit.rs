//! How results compare, so that a policy can learn from all of them.

use std::cmp::Ordering;

use crate::math::statistics::median;
use crate::sampler::standings::places;
use crate::space::Point;
use crate::trial::{History, Observed, TrialRecord, TrialState};

/// How many complete trials, the first ones, tell what is much of each limit and outcome constraint. Later
/// ones do not, so that what was learned stays. Not varied.
const TELLING: usize = 20;

/// What became of a trial.
///
/// With several goals, complete trials come by their fronts, and on a front those that have more room. Only order
/// counts for rank advantages and for the filter, so that a failed trial needs no made-up
/// number: complete trials come first, the lowest loss ahead, then those that break a limit or an outcome
/// constraint, the ones that miss less ahead. Pruned ones follow, the ones that got
/// further ahead, and among those the ones with the better last report; that they are behind is what
/// pruning them has judged. Failed trials are last and equal: what cannot be trained is as bad as
/// can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Merit {
    Complete { loss: f64 },
    Infeasible { violation: f64 },
    Pruned { step: u64, loss: f64 },
    Failed,
}

/// A result that the policy learns from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) number: u64,
    pub(super) point: Point,
    pub(super) merit: Merit,
    /// The losses of all goals, where there are several and the trial is complete.
    pub(super) losses: Vec<f64>,
}

impl Merit {
    /// `None` for trials that have not ended or were interrupted. `loss` is the oriented one of complete trials,
    /// and `violation` how much they miss.
    pub(super) fn of(
        record: &TrialRecord,
        loss: f64,
        violation: f64,
        history: &History,
    ) -> Option<Self> {
        Some(match record.state() {
            TrialState::Waiting | TrialState::Running | TrialState::Interrupted => return None,
            TrialState::Complete if !loss.is_finite() => Merit::Failed,
            TrialState::Complete if violation > 0.0 => Merit::Infeasible { violation },
            TrialState::Complete => Merit::Complete { loss },
            TrialState::Failed => Merit::Failed,
            TrialState::Pruned => match record.reports().last_key_value() {
                Some((&step, &value)) => {
                    Merit::Pruned { step, loss: history.goals().first().orient(value) }
                }
                None => Merit::Pruned { step: 0, loss: f64::INFINITY },
            },
        })
    }

    /// The loss of a complete trial that breaks no limit.
    pub(super) fn loss(self) -> Option<f64> {
        match self {
            Merit::Complete { loss } => Some(loss),
            Merit::Infeasible { .. } | Merit::Pruned { .. } | Merit::Failed => None,
        }
    }

    /// Whether the trial has a result, be it one that breaks a limit.
    pub(super) fn is_complete(self) -> bool {
        matches!(self, Merit::Complete { .. } | Merit::Infeasible { .. })
    }

    /// The better one is less.
    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Merit::Complete { loss: a }, Merit::Complete { loss: b }) => {
                // Zeros of both signs are equal; complete losses are finite.
                a.partial_cmp(&b).unwrap_or(Ordering::Equal)
            }
            (Merit::Infeasible { violation: a }, Merit::Infeasible { violation: b }) => {
                a.total_cmp(&b)
            }
            (Merit::Pruned { step: i, loss: a }, Merit::Pruned { step: j, loss: b }) => {
                j.cmp(&i).then(a.total_cmp(&b))
            }
            _ => self.class().cmp(&other.class()),
        }
    }

    fn class(self) -> u8 {
        match self {
            Merit::Complete { .. } => 0,
            Merit::Infeasible { .. } => 1,
            Merit::Pruned { .. } => 2,
            Merit::Failed => 3,
        }
    }
}

/// What is much of each limit and outcome constraint: the median distance from it among the first complete
/// trials.
#[derive(Clone, Debug)]
pub(super) struct Units(Vec<f64>);

impl Units {
    pub(super) fn of(history: &History) -> Self {
        let first: Vec<_> =
            history.complete().take(TELLING).map(|trial| trial.violations()).collect();
        let ends = first.iter().map(|violations| violations.len()).max().unwrap_or(0);
        let unit = |end: usize| {
            let sizes = first.iter().filter_map(|all| all.get(end)).map(|size| size.abs());
            let sizes: Vec<f64> = sizes.filter(|size| size.is_finite()).collect();
            let unit = median(&sizes);
            if unit > 0.0 { unit } else { 1.0 }
        };
        Units((0..ends).map(unit).collect())
    }

    /// How much a trial misses in all; 0 for a feasible one.
    pub(super) fn violation(&self, trial: &Observed<'_>) -> f64 {
        let violations = trial.violations();
        let missed = violations.iter().zip(&self.0).map(|(&end, unit)| match end {
            end if end.is_nan() => f64::INFINITY,
            end => end.max(0.0) / unit,
        });
        missed.sum()
    }
}

/// The merits of results where there are several goals: complete ones by their places on the fronts.
pub(super) fn placed(outcomes: &[&Outcome]) -> Vec<Merit> {
    let complete: Vec<usize> = (0..outcomes.len())
        .filter(|&at| matches!(outcomes[at].merit, Merit::Complete { .. }))
        .collect();
    let losses: Vec<&[f64]> = complete.iter().map(|&at| outcomes[at].losses.as_slice()).collect();
    let mut merits: Vec<Merit> = outcomes.iter().map(|outcome| outcome.merit).collect();
    for (&at, place) in complete.iter().zip(places(&losses)) {
        merits[at] = Merit::Complete { loss: place };
    }
    merits
}

/// Results in order of merit, to which results are added one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranking {
    /// Indices and standings, the best first; among equal ones, the earlier one.
    order: Vec<(usize, Merit)>,
}

impl Ranking {
    pub(super) fn of(merits: &[Merit]) -> Self {
        let mut order: Vec<(usize, Merit)> = merits.iter().copied().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| a.compare(*b));
        Ranking { order }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn insert(&mut self, index: usize, merit: Merit) {
        let at = self.order.partition_point(|(_, other)| other.compare(merit).is_le());
        self.order.insert(at, (index, merit));
    }

    /// How many results are better, and how many are no worse; the mean of both is the rank from 0,
    /// plus a half, where equals share the mean of their ranks.
    fn span(&self, merit: Merit) -> (usize, usize) {
        let better = self.order.partition_point(|(_, other)| other.compare(merit).is_lt());
        let no_worse = self.order.partition_point(|(_, other)| other.compare(merit).is_le());
        (better, no_worse)
    }

    /// From −1 for the worst to 1 for the best, linear in the rank; 0 if there is only one.
    pub(super) fn advantage(&self, merit: Merit) -> f64 {
        let (better, no_worse) = self.span(merit);
        let rank = 0.5 * (better + no_worse).saturating_sub(1) as f64;
        match self.order.len() {
            0 | 1 => 0.0,
            n => 1.0 - 2.0 * rank / (n - 1) as f64,
        }
    }

    /// (rank + ½)/n from the best, in (0, 1); equals share the mean of their ranks.
    pub(super) fn quantile(&self, merit: Merit) -> f64 {
        let (better, no_worse) = self.span(merit);
        0.5 * (better + no_worse) as f64 / self.order.len().max(1) as f64
    }

    /// The best complete results, the best first.
    pub(super) fn best(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        let complete = self.order.iter().take_while(|(_, merit)| merit.is_complete());
        complete.take(count).map(|(index, _)| *index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_before_infeasible_before_pruned_before_failed() {
        let ordered = [
            Merit::Complete { loss: 1e300 },
            Merit::Infeasible { violation: 0.1 },
            Merit::Infeasible { violation: f64::INFINITY },
            Merit::Pruned { step: 3, loss: 1.0 },
            Merit::Pruned { step: 3, loss: 2.0 },
            Merit::Failed,
        ];
        let mut ranking = Ranking::default();
        for index in [3, 0, 5, 2, 4, 1] {
            ranking.insert(index, ordered[index]);
        }
        let order: Vec<usize> = ranking.order.iter().map(|(index, _)| *index).collect();
        assert_eq!(order, [0, 1, 2, 3, 4, 5]);
        let advantages: Vec<f64> = ordered.iter().map(|at| ranking.advantage(*at)).collect();
        for (advantage, expected) in advantages.iter().zip([1.0, 0.6, 0.2, -0.2, -0.6, -1.0]) {
            assert!((advantage - expected).abs() < 1e-12);
        }
        assert_eq!(ranking.best(9).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn equals_share_their_rank() {
        let mut ranking = Ranking::default();
        let losses = [2.0, 1.0, 2.0, 0.0, -0.0];
        for (index, loss) in losses.into_iter().enumerate() {
            ranking.insert(index, Merit::Complete { loss });
        }
        let advantage = |loss| ranking.advantage(Merit::Complete { loss });
        assert_eq!([advantage(0.0), advantage(1.0), advantage(2.0)], [0.75, 0.0, -0.75]);
        assert_eq!(ranking.quantile(Merit::Complete { loss: 2.0 }), 0.8);
        assert_eq!(ranking.best(2).collect::<Vec<_>>(), [3, 4]);
    }
}
