use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::goals::Goals;
use super::record::{NOISE, Origin, TrialRecord, TrialState};
use super::tie_breaker::TieBreaker;
use super::violations::total_violations;
use crate::error::{Error, GoalError, Result};
use crate::math::statistics::levels;
use crate::space::{Key, KeySet, Point};
use crate::text::number;

/// The past as samplers see it: goals oriented so that smaller is better, failed trials without a
/// made-up number, running trials visible with their points.
///
/// A sampler that reads [losses](Observed::loss) cannot be wrong about the direction.
#[derive(Clone, Debug)]
pub struct History {
    goals: Goals,
    /// By trial number; `None` for numbers that were given out and never used.
    records: Vec<Option<Arc<TrialRecord>>>,
    /// Waiting and running trials: few, however long the history.
    open: BTreeSet<u64>,
    complete: usize,
    failed: usize,
    interrupted: usize,
    /// The feasible trial with the lowest loss, where there is one goal; among equal ones the first.
    best: Option<u64>,
    keys: KeySet,
    /// The trials with which others have gone on.
    continued: BTreeSet<u64>,
}

/// A complete trial.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    record: &'a TrialRecord,
    goals: &'a Goals,
}

impl<'a> Observed<'a> {
    /// A trial of a study with these goals.
    pub(crate) fn new(record: &'a TrialRecord, goals: &'a Goals) -> Self {
        Observed { record, goals }
    }

    /// The trial's number.
    pub fn number(&self) -> u64 {
        self.record.number()
    }

    /// Where it was.
    pub fn point(&self) -> &'a Point {
        self.record.point()
    }

    /// The first goal, oriented: smaller is better, whatever the study's direction.
    pub fn loss(&self) -> f64 {
        self.goals.loss(self.record.values())
    }

    /// All goals, oriented: smaller is better.
    pub fn losses(&self) -> impl Iterator<Item = f64> + use<'a> {
        self.goals.iter().zip(self.record.values()).map(|(goal, &value)| goal.orient(value))
    }

    /// The standard deviation of the first goal, if the trial has recorded one under
    /// [`NOISE`](super::NOISE).
    pub fn noise(&self) -> Option<f64> {
        self.record.metrics().get(NOISE).copied()
    }

    /// How far each limit and outcome constraint is missed, in its own units; it holds where the number is
    /// 0 or less. First the limits of goals, then the outcome constraints: each end of one is a number.
    /// NaN where a trial has not recorded what a constraint is about. In a study without limits and
    /// constraints of its own, what the trial has kept.
    pub fn violations(&self) -> Cow<'a, [f64]> {
        if !self.goals.are_limited() {
            return self.record.constraints().into();
        }
        self.goals.violations(self.record.values(), |name| self.record.metric(name)).into()
    }

    /// The limits and outcome constraints that do not hold, and by how much they are missed.
    pub fn missed_in_words(&self) -> String {
        let violations = self.violations();
        let words = self.goals.limits_in_words();
        let missed = violations
            .iter()
            .enumerate()
            .filter(|(_, violation)| violation.is_nan() || **violation > 0.0);
        let missed = missed.map(|(at, violation)| {
            let limit = words.get(at).cloned().unwrap_or_else(|| format!("constraint {at}"));
            match violation.is_nan() {
                true => format!("{limit} was not measured"),
                false => format!("{limit} is missed by {}", number(*violation, Some(4))),
            }
        });
        missed.collect::<Vec<_>>().join(", ")
    }

    /// Whether all limits and outcome constraints hold.
    pub fn is_feasible(&self) -> bool {
        self.violations().iter().all(|violation| *violation <= 0.0)
    }

    /// Whether a limit or an outcome constraint is known not to hold; one whose metric was not recorded is not.
    pub(crate) fn breaks_limits(&self) -> bool {
        self.violations().iter().any(|violation| *violation > 0.0)
    }

    /// The whole record; its values are as the objective returned them.
    pub fn record(&self) -> &'a TrialRecord {
        self.record
    }
}

impl History {
    /// An empty history of a study with these goals.
    pub(crate) fn new(goals: &Goals) -> Self {
        History {
            goals: goals.clone(),
            records: Vec::new(),
            open: BTreeSet::new(),
            complete: 0,
            failed: 0,
            interrupted: 0,
            best: None,
            keys: KeySet::default(),
            continued: BTreeSet::new(),
        }
    }

    /// Takes in a record, or its later state. `key` tells its point apart from others.
    pub(crate) fn update(&mut self, record: Arc<TrialRecord>, key: impl Fn(&Point) -> Key) {
        let number = record.number();
        let index = number as usize;
        if self.records.len() <= index {
            self.records.resize(index + 1, None);
        }
        let known = self.records[index].as_ref().map(|record| record.state());
        if known.is_none() {
            self.keys.insert(key(record.point()));
            if let Origin::Continued { of } = record.origin() {
                self.continued.insert(of);
            }
        }
        let was_open = known.is_none_or(|state| !state.is_finished());
        if record.state().is_finished() {
            self.open.remove(&number);
        } else {
            self.open.insert(number);
        }
        if was_open {
            match record.state() {
                TrialState::Complete => {
                    self.complete += 1;
                    if self.beats_best(&record) {
                        self.best = Some(number);
                    }
                }
                TrialState::Failed => self.failed += 1,
                TrialState::Interrupted => {
                    self.interrupted += 1;
                    self.forget(&record, key);
                }
                TrialState::Waiting | TrialState::Running | TrialState::Pruned => {}
            }
        }
        self.records[index] = Some(record);
    }

    /// The point of an interrupted trial may be tried again, unless another trial had the same.
    fn forget(&mut self, record: &TrialRecord, key: impl Fn(&Point) -> Key) {
        let forgotten = key(record.point());
        let others = self.trials().filter(|other| other.number() != record.number());
        let mut tried = others.filter(|other| other.state() != TrialState::Interrupted);
        let again = tried.any(|other| key(other.point()) == forgotten);
        drop(tried);
        if !again {
            self.keys.remove(&forgotten);
        }
    }

    /// Trials told in another order have the same best one: among equal ones the one with the lower
    /// number.
    fn beats_best(&self, record: &TrialRecord) -> bool {
        if self.goals.len() > 1 || !self.observe(record).is_feasible() {
            return false;
        }
        let first = self.best.and_then(|number| self.trial(number));
        let Some(best) = first.map(|record| self.observe(record)) else { return true };
        let loss = self.observe(record).loss();
        loss < best.loss() || (loss == best.loss() && record.number() < best.number())
    }

    fn observe<'a>(&'a self, record: &'a TrialRecord) -> Observed<'a> {
        Observed { record, goals: &self.goals }
    }

    /// The history of some of the trials. `key` is that of [`update`](Self::update).
    pub(crate) fn filtered(
        &self,
        keep: impl Fn(&TrialRecord) -> bool,
        key: impl Fn(&Point) -> Key,
    ) -> Self {
        let mut some = History::new(&self.goals);
        let kept = self.records.iter().flatten().filter(|record| keep(record));
        kept.for_each(|record| some.update(Arc::clone(record), &key));
        some
    }

    /// The same history with infeasible trials as failed ones, for what knows no limits.
    pub(crate) fn without_infeasible(self, key: impl Fn(&Point) -> Key) -> Self {
        if self.complete().all(|trial| trial.is_feasible()) {
            return self;
        }
        let mut some = History::new(&self.goals);
        for record in self.records.iter().flatten() {
            let is_infeasible =
                record.state() == TrialState::Complete && !self.observe(record).is_feasible();
            let record = match is_infeasible {
                true => Arc::new(record.as_failed(self.observe(record).missed_in_words())),
                false => Arc::clone(record),
            };
            some.update(record, &key);
        }
        some
    }

    /// All trials, in the order of their numbers.
    pub fn trials(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        self.records.iter().flatten().map(Arc::as_ref)
    }

    /// The trial with this number.
    pub fn trial(&self, number: u64) -> Option<&TrialRecord> {
        self.records.get(usize::try_from(number).ok()?)?.as_deref()
    }

    /// The trials with values, in the order of their numbers.
    pub fn complete(&self) -> impl DoubleEndedIterator<Item = Observed<'_>> {
        self.trials()
            .filter(|record| record.state() == TrialState::Complete)
            .map(|record| self.observe(record))
    }

    /// The complete trials that keep all limits and outcome constraints, in the order of their numbers.
    pub fn feasible(&self) -> impl DoubleEndedIterator<Item = Observed<'_>> {
        self.complete().filter(Observed::is_feasible)
    }

    /// The feasible trials that no other one [dominates](Goals::dominates), in the order of their losses,
    /// the first goal first: the Pareto front. Trials with equal values are on it together.
    pub fn front(&self) -> Vec<Observed<'_>> {
        let feasible: Vec<_> = self.feasible().collect();
        let on_front = self.goals.front(feasible.iter().map(|trial| trial.record.values()));
        let mut front: Vec<_> = on_front.into_iter().map(|at| feasible[at]).collect();
        // By all goals, so that trials in another order have the same front in the same order.
        front.sort_by(|left, right| {
            let pairs = left.losses().zip(right.losses());
            let orders = pairs.map(|(left, right)| (left + 0.0).total_cmp(&(right + 0.0)));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        front
    }

    /// Whether there are limits or outcome constraints that a trial may miss.
    pub(crate) fn are_limited(&self) -> bool {
        self.goals.are_limited() || self.complete().any(|trial| !trial.violations().is_empty())
    }

    /// How far each complete trial is from keeping all limits and outcome constraints, in the order of
    /// [`complete`](Self::complete): the sum of what it misses, each in units of the median distance
    /// from that limit among all trials, so that bytes do not drown seconds. 0 for a feasible trial.
    pub fn total_violations(&self) -> Vec<f64> {
        let violations: Vec<_> = self.complete().map(|trial| trial.violations()).collect();
        total_violations(&violations)
    }

    /// The complete trial that comes nearest to keeping all limits and outcome constraints; among equal ones the
    /// one with the lowest loss.
    pub fn least_violating(&self) -> Option<Observed<'_>> {
        let trials = self.complete().zip(self.total_violations());
        let least = trials.min_by(|(left, missed), (right, others)| {
            missed.total_cmp(others).then(left.loss().total_cmp(&right.loss()))
        });
        least.map(|(trial, _)| trial)
    }

    /// The trials with values, the lowest loss first; among equal ones the one with the lower number. Infeasible
    /// trials come last, those that miss the least first.
    pub fn ranked(&self) -> Vec<Observed<'_>> {
        let mut trials: Vec<_> = self.complete().zip(self.total_violations()).collect();
        trials.sort_by(|(left, missed), (right, others)| {
            missed.total_cmp(others).then(left.loss().total_cmp(&right.loss()))
        });
        trials.into_iter().map(|(trial, _)| trial).collect()
    }

    /// The feasible trials whose loss is the lowest, up to rounding, in the order of their numbers. None
    /// with several goals.
    pub fn tied_for_best(&self) -> Vec<Observed<'_>> {
        if self.goals.len() > 1 {
            return Vec::new();
        }
        let trials: Vec<_> = self.feasible().filter(|trial| !trial.loss().is_nan()).collect();
        let losses: Vec<f64> = trials.iter().map(|trial| trial.loss()).collect();
        let best = trials.into_iter().zip(levels(&losses)).filter(|(_, level)| *level == 0);
        best.map(|(trial, _)| trial).collect()
    }

    /// The trials without a result.
    pub fn failed(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        self.trials().filter(|record| record.state() == TrialState::Failed)
    }

    /// The trials that were ended early because their reports promised little, without those that another
    /// trial has [continued](Self::is_continued).
    pub fn pruned(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        let pruned = self.trials().filter(|record| record.state() == TrialState::Pruned);
        pruned.filter(|record| !self.is_continued(record.number()))
    }

    /// Whether another trial has gone on with this one. Its reports are among that trial's.
    pub fn is_continued(&self, number: u64) -> bool {
        self.continued.contains(&number)
    }

    /// The trials that were pruned or interrupted and have a [checkpoint](super::Checkpoint), of their own or of
    /// the trial that they have continued; without those that another trial has continued.
    pub fn paused(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        let may_go_on = |record: &&TrialRecord| match record.state() {
            TrialState::Pruned => record.saved_at().is_some(),
            TrialState::Interrupted => {
                record.saved_at().is_some() || matches!(record.origin(), Origin::Continued { .. })
            }
            _ => false,
        };
        self.trials().filter(may_go_on).filter(|record| !self.is_continued(record.number()))
    }

    /// The trials whose results are yet to come: those that run and those that wait to be run.
    pub fn pending(&self) -> impl Iterator<Item = &TrialRecord> {
        self.open.iter().filter_map(|&number| self.trial(number))
    }

    /// The feasible trial with the lowest loss; among equal ones the first. `None` with several goals.
    pub fn best(&self) -> Option<Observed<'_>> {
        Some(self.observe(self.trial(self.best?)?))
    }

    /// Says why there is no best trial.
    ///
    /// # Errors
    /// There are several goals, no trial is complete, or none keeps all limits and outcome constraints.
    pub(crate) fn has_no_best(&self) -> Result<()> {
        if self.goals.len() > 1 {
            return Err(GoalError::Several { names: self.goals.names() }.into());
        }
        self.has_feasible()
    }

    /// Says why no trial is feasible.
    ///
    /// # Errors
    /// No trial is complete, or none keeps all limits and outcome constraints.
    pub(crate) fn has_feasible(&self) -> Result<()> {
        if self.feasible().next().is_some() {
            return Ok(());
        }
        let Some(nearest) = self.least_violating() else {
            let reason = self.failed().next_back().and_then(TrialRecord::failure);
            let (failed, reason) = (self.failed as u64, reason.map(str::to_owned));
            return Err(Error::NoCompleteTrial { failed, reason });
        };
        let (trials, missed) = (self.complete, nearest.missed_in_words());
        Err(GoalError::NothingFeasible { trials, nearest: nearest.number(), missed }.into())
    }

    /// The feasible trial with the lowest loss; among equal ones the one that the tie breaker prefers.
    pub fn best_by(&self, tie_breaker: &TieBreaker) -> Option<Observed<'_>> {
        let tied = self.tied_for_best();
        let chosen = tie_breaker.choose(tied.iter().map(Observed::record));
        chosen.map_or_else(|| self.best(), |record| Some(self.observe(record)))
    }

    /// Whether a point with this key was suggested before, whatever became of it, unless the trial was
    /// interrupted.
    pub fn contains(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }

    /// How many different points were suggested, without those of interrupted trials.
    pub fn distinct(&self) -> usize {
        self.keys.len()
    }

    /// How many trials have values.
    pub fn complete_count(&self) -> usize {
        self.complete
    }

    /// How many trials have failed.
    pub fn failed_count(&self) -> usize {
        self.failed
    }

    /// How many trials were interrupted. Whoever has passed a point because it was tried has to look
    /// again when there are more.
    pub fn interrupted_count(&self) -> usize {
        self.interrupted
    }

    /// Whether there are no trials at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The goals as the study has them; losses are oriented already.
    pub fn goals(&self) -> &Goals {
        &self.goals
    }
}
