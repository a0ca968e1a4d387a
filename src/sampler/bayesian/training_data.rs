use std::collections::BTreeMap;

use crate::math::pareto::ranks::constrained_ranks;
use crate::math::statistics::levels;
use crate::sampler::Context;
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, Inputs, Ties, most_tied, representative};
use crate::trial::{Observed, TrialRecord, TrialState, total_violations};

/// The history as the models see it: codes, in the order of trial numbers.
pub(super) struct TrainingData {
    /// The complete trials and their losses.
    pub(super) rows: Vec<Codes>,
    pub(super) losses: Vec<f64>,
    /// Their losses of all goals, trial by trial, and what each outcome constraint is missed by, the
    /// limits of goals apart; NaN where that is not known.
    pub(super) outcomes: Vec<Outcomes>,
    /// The standard deviations of the losses that the trials have recorded.
    pub(super) deviations: Vec<Option<f64>>,
    /// The trials that ended with or without a loss, and whether without.
    pub(super) ended: Vec<Codes>,
    pub(super) failed: Vec<f64>,
    pub(super) pruned: Vec<Codes>,
    /// Running and waiting trials.
    pub(super) running: Vec<Codes>,
    /// All of them.
    pub(super) tried: Inputs,
}

/// What a complete trial has found.
pub(super) struct Outcomes {
    pub(super) losses: Vec<f64>,
    pub(super) violations: Vec<f64>,
}

impl Outcomes {
    /// Whether the outcome constraints hold. The limits of goals are where a gain begins, and need not be
    /// looked at.
    pub(super) fn are_feasible(&self) -> bool {
        self.violations.iter().all(|violation| *violation <= 0.0)
    }
}

/// Points and their codes, trial by trial, so that no point is encoded twice.
#[derive(Debug, Default)]
pub(super) struct EncodedTrials {
    trials: Vec<Option<(Point, Codes)>>,
}

impl EncodedTrials {
    /// The codes of the trial's point.
    pub(super) fn of(&mut self, record: &TrialRecord, encoding: &Encoding) -> Codes {
        let index = record.number() as usize;
        if self.trials.len() <= index {
            self.trials.resize(index + 1, None);
        }
        let known = self.trials[index].take().filter(|(point, _)| point == record.point());
        let (_, codes) = self.trials[index].insert(known.unwrap_or_else(|| {
            let point = record.point();
            (point.clone(), encoding.encode(point))
        }));
        codes.clone()
    }
}

impl TrainingData {
    /// The past as codes without learned conditions.
    pub(super) fn new(
        context: &Context<'_>,
        encoding: &Encoding,
        codes: &mut EncodedTrials,
    ) -> Self {
        TrainingData::of(context, encoding, |record| codes.of(record, encoding))
    }

    /// The past as an encoding with learned conditions sees it; `plain` is the one without.
    pub(super) fn masked(
        context: &Context<'_>,
        encoding: &Encoding,
        plain: &Encoding,
        codes: &mut EncodedTrials,
    ) -> Self {
        TrainingData::of(context, encoding, |record| encoding.idle_masked(codes.of(record, plain)))
    }

    /// Without trials.
    pub(super) fn none(encoding: &Encoding) -> Self {
        TrainingData {
            rows: Vec::new(),
            losses: Vec::new(),
            outcomes: Vec::new(),
            deviations: Vec::new(),
            ended: Vec::new(),
            failed: Vec::new(),
            pruned: Vec::new(),
            running: Vec::new(),
            tried: Inputs::new(encoding.len()),
        }
    }

    fn of(
        context: &Context<'_>,
        encoding: &Encoding,
        mut encode: impl FnMut(&TrialRecord) -> Codes,
    ) -> Self {
        let mut past = TrainingData::none(encoding);
        past.tried.reserve(context.history().trials().count());
        let mut complete = context.history().complete();
        let goals = context.history().goals();
        let limits = goals.goals().filter(|goal| goal.limit.is_some()).count();
        for record in context.history().trials() {
            if record.state() == TrialState::Interrupted
                || context.history().is_continued(record.number())
            {
                // Nothing is known of its config, or another trial knows more.
                continue;
            }
            let codes = encode(record);
            past.tried.push(&codes);
            match record.state() {
                TrialState::Complete => {
                    let trial = complete.next();
                    let loss = trial.map_or(f64::NAN, |trial| trial.loss());
                    let is_finite = |trial: Observed<'_>| trial.losses().all(f64::is_finite);
                    let loss = if trial.is_some_and(is_finite) { loss } else { f64::NAN };
                    if loss.is_finite() {
                        past.outcomes.extend(trial.map(|trial| Outcomes {
                            losses: trial.losses().collect(),
                            violations: trial.violations().get(limits..).unwrap_or(&[]).to_vec(),
                        }));
                        past.rows.push(codes.clone());
                        past.losses.push(loss);
                        past.deviations.push(trial.and_then(|trial| trial.noise()));
                    }
                    past.ended.push(codes);
                    past.failed.push(if loss.is_finite() { 0.0 } else { 1.0 });
                }
                TrialState::Failed => {
                    past.ended.push(codes);
                    past.failed.push(1.0);
                }
                TrialState::Pruned => past.pruned.push(codes),
                TrialState::Waiting | TrialState::Running => past.running.push(codes),
                TrialState::Interrupted => {}
            }
        }
        past
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ended.is_empty()
    }

    pub(super) fn has_failures(&self) -> bool {
        self.failed.contains(&1.0)
    }

    /// The trials that ended without a loss.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Codes> {
        let ended = self.ended.iter().zip(&self.failed);
        ended.filter(|(_, failed)| **failed == 1.0).map(|(codes, _)| codes)
    }

    /// Where losses are probably known already; `None` where no trials tie.
    pub(super) fn ties(&self, encoding: &Encoding) -> Option<Ties> {
        self.ties_of(&self.losses, encoding)
    }

    /// Where all goals and outcome constraints probably have values that are known already together;
    /// `None` where no trials tie in all of them.
    pub(super) fn outcome_ties(&self, encoding: &Encoding) -> Option<Ties> {
        let column = |values: &dyn Fn(&Outcomes) -> Option<f64>| {
            let values = self.outcomes.iter().map(|outcomes| values(outcomes).unwrap_or(f64::NAN));
            levels(&values.collect::<Vec<f64>>())
        };
        let first = self.outcomes.first()?;
        let goals = (0..first.losses.len()).map(|at| column(&|all| all.losses.get(at).copied()));
        let ends = self.outcomes.iter().map(|outcomes| outcomes.violations.len()).max()?;
        let limits = (0..ends).map(|at| column(&|all| all.violations.get(at).copied()));
        let columns: Vec<Vec<usize>> = goals.chain(limits).collect();
        // What is the same in all gets one number, the best the lowest.
        let mut order: Vec<(usize, Vec<usize>)> = self
            .ranks()
            .into_iter()
            .enumerate()
            .map(|(row, rank)| (rank, columns.iter().map(|column| column[row]).collect()))
            .collect();
        let tied = order.clone();
        order.sort();
        order.dedup();
        let numbers: BTreeMap<_, _> = order.into_iter().zip(0..).collect();
        let losses: Vec<f64> = tied
            .iter()
            .map(|outcome| f64::from(numbers.get(outcome).copied().unwrap_or(0)))
            .collect();
        self.ties_of(&losses, encoding)
    }

    fn ties_of(&self, losses: &[f64], encoding: &Encoding) -> Option<Ties> {
        let chosen = representative(losses, most_tied(encoding.len()));
        let losses: Vec<f64> = chosen.iter().map(|&at| losses[at]).collect();
        let mut places = Inputs::new(encoding.len());
        places.reserve(chosen.len());
        chosen.iter().for_each(|&at| places.push(&self.rows[at]));
        Ties::learn(encoding.features(), &places, &losses, &self.running)
    }

    /// Whether several configs have the best loss.
    pub(super) fn best_is_tied(&self) -> bool {
        let levels = levels(&self.losses);
        let mut best = self.rows.iter().zip(levels).filter(|(_, level)| *level == 0);
        let first = best.next();
        best.any(|other| first.is_some_and(|first| first.0 != other.0))
    }

    /// Whether there is more than one goal to look at.
    pub(super) fn has_several_outcomes(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcomes| outcomes.losses.len() > 1 || !outcomes.violations.is_empty())
    }

    /// The rank of each observation: 0 on the feasible front, and those that miss the outcome constraints
    /// the least before others.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let losses: Vec<&[f64]> =
            self.outcomes.iter().map(|outcomes| outcomes.losses.as_slice()).collect();
        let violations: Vec<&[f64]> =
            self.outcomes.iter().map(|outcomes| outcomes.violations.as_slice()).collect();
        constrained_ranks(&losses, &total_violations(&violations))
    }

    /// The observations, the best first, by all goals and outcome constraints.
    pub(super) fn best_first(&self) -> Vec<&Codes> {
        if !self.has_several_outcomes() {
            return self.best().collect();
        }
        let ranks = self.ranks();
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&at| (ranks[at], at));
        order.into_iter().map(|at| &self.rows[at]).collect()
    }

    /// The observations, those with the lowest losses first.
    pub(super) fn best(&self) -> impl Iterator<Item = &Codes> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by(|&a, &b| self.losses[a].total_cmp(&self.losses[b]).then(a.cmp(&b)));
        order.into_iter().map(|at| &self.rows[at])
    }
}
