use std::sync::Arc;

use super::header::StudyHeader;
use super::history::{History, Observed};
use super::record::{TrialRecord, TrialState};
use super::tie_breaker::TieBreaker;
use crate::error::{Error, Result};
use crate::space::{Key, Space, Value};

/// All trials of a study at one moment, to look at, print and export. Displays as its
/// [table](Self::table). Two are equal if their studies are and each trial to the last bit; NaN
/// equals NaN.
#[derive(Clone, Debug)]
pub struct Trials {
    header: StudyHeader,
    history: Arc<History>,
    tie_breaker: Option<TieBreaker>,
}

/// Numbers that no trial has before the highest one, at most; each costs the memory of a pointer.
const MOST_FREE: u64 = 1 << 24;

impl Trials {
    pub(crate) fn new(
        header: StudyHeader,
        history: Arc<History>,
        tie_breaker: Option<TieBreaker>,
    ) -> Self {
        Trials { header, history, tie_breaker }
    }

    /// The trials of an export, in any order.
    pub(crate) fn of(header: StudyHeader, records: Vec<TrialRecord>) -> Result<Self> {
        let most = records.len() as u64 + MOST_FREE;
        let mut history = History::new(&header.goals);
        for record in records {
            let number = record.number();
            if history.trial(number).is_some() {
                return Err(Error::Import(format!("two trials have the number {number}")));
            }
            if number >= most {
                return Err(Error::Import(format!("no trial has a number as high as {number}")));
            }
            history.update(Arc::new(record), Key::of_point);
        }
        Ok(Trials { header, history: Arc::new(history), tie_breaker: None })
    }

    /// The trials in the order of their numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        self.history.trials()
    }

    /// The number of trials.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are no trials.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The same trials with a metric that decides which of equal ones is the best. A study's
    /// [own](crate::study::StudyBuilder::tie_breaker) is kept unless another one is set here.
    pub fn tie_breaker(mut self, tie_breaker: impl Into<TieBreaker>) -> Self {
        self.tie_breaker = Some(tie_breaker.into());
        self
    }

    /// The complete trials whose value is that of the best, up to rounding, in the order of their
    /// numbers; the best is one of them.
    pub fn tied_for_best(&self) -> Vec<&TrialRecord> {
        self.history.tied_for_best().iter().map(|trial| trial.record()).collect()
    }

    /// The best feasible trial; among equal ones the one that the [tie breaker](Self::tie_breaker) prefers,
    /// or the first. `None` with several goals.
    pub fn best(&self) -> Option<&TrialRecord> {
        let best = match &self.tie_breaker {
            Some(tie_breaker) => self.history.best_by(tie_breaker),
            None => self.history.best(),
        };
        best.map(|best| best.record())
    }

    /// The same trials as samplers see them.
    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// Whether a complete trial keeps all limits and outcome constraints; `None` for any other trial, and
    /// where there are none to keep.
    pub fn is_feasible(&self, trial: &TrialRecord) -> Option<bool> {
        let trial = (trial.state() == TrialState::Complete)
            .then(|| Observed::new(trial, self.history.goals()))?;
        let is_limited = !trial.violations().is_empty();
        is_limited.then(|| trial.is_feasible())
    }

    pub(crate) fn decides(&self) -> Option<&TieBreaker> {
        self.tie_breaker.as_ref()
    }

    /// What the study is, apart from its trials.
    pub fn header(&self) -> &StudyHeader {
        &self.header
    }

    /// The active parameters of a trial by their full names, in the order of the space.
    pub fn parameters<'a>(
        &'a self,
        trial: &'a TrialRecord,
    ) -> impl Iterator<Item = (&'a str, Value)> {
        self.space().describe(trial.point())
    }

    pub(crate) fn space(&self) -> &Space {
        &self.header.space
    }
}

impl PartialEq for Trials {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
            && self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(left, right)| is_same(left, right))
    }
}

/// Whether nothing tells the trials apart.
fn is_same(left: &TrialRecord, right: &TrialRecord) -> bool {
    fn bits(value: &f64) -> u64 {
        if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
    }
    let point = |trial: &TrialRecord| -> Vec<Option<u64>> {
        trial.point().iter().map(|value| value.map(f64::to_bits)).collect()
    };
    let notes = |trial: &TrialRecord| -> Vec<(String, Option<u64>, Value)> {
        // A number is compared by its bits.
        let parts = |value: &Value| match value {
            Value::Float(value) => (Some(bits(value)), Value::Bool(false)),
            other => (None, other.clone()),
        };
        let notes = trial.notes().iter().map(|(name, value)| (name.clone(), parts(value)));
        notes.map(|(name, (bits, value))| (name, bits, value)).collect()
    };
    fn reports(trial: &TrialRecord) -> impl Iterator<Item = (usize, u64, u64)> {
        let goals = std::iter::once((0, trial.reports())).chain(trial.further_reports());
        goals.flat_map(|(goal, reports)| {
            reports.iter().map(move |(step, value)| (goal, *step, bits(value)))
        })
    }
    (left.number(), left.state(), left.origin(), left.reason())
        == (right.number(), right.state(), right.origin(), right.reason())
        && (left.started(), left.duration()) == (right.started(), right.duration())
        && point(left) == point(right)
        && left.values().iter().map(bits).eq(right.values().iter().map(bits))
        && left.constraints().iter().map(bits).eq(right.constraints().iter().map(bits))
        && left
            .metrics()
            .iter()
            .map(|(name, value)| (name, bits(value)))
            .eq(right.metrics().iter().map(|(name, value)| (name, bits(value))))
        && reports(left).eq(reports(right))
        && notes(left) == notes(right)
}
