//! Learning curves: what trials report before they end, and what that says of their end.
//!
//! [`Curves`] are those of a whole study, as a [`Pruner`](crate::pruner::Pruner) sees them.
//! [`Foresight`] is learned from them: how reliable the order of the trials is after so many reports,
//! and where a trial that has not ended would probably end.

mod curve;
mod foresight;
mod rungs;

pub use curve::Curve;
pub use foresight::{Expected, Foresight};
pub use rungs::Rungs;
pub(crate) use rungs::schedule;

use crate::trial::{Direction, History, TrialRecord, TrialState};

/// The learning curves of a study.
#[derive(Clone, Debug)]
pub struct Curves {
    direction: Direction,
    /// By trial number; `None` for trials that were not begun.
    curves: Vec<Option<Curve>>,
    /// What the study was told of the last step.
    last_step: Option<u64>,
}

impl Curves {
    /// No curves yet. `last_step` is the step of the last report of a whole run, where that is known.
    pub fn new(direction: Direction, last_step: Option<u64>) -> Self {
        Curves { direction, curves: Vec::new(), last_step }
    }

    /// The curves of all trials of a history.
    pub fn of(history: &History) -> Self {
        let mut curves = Curves::new(history.goals().first(), None);
        history.trials().for_each(|record| curves.update(record));
        curves
    }

    /// Whether the values that trials report are to be low or high. [`Direction::orient`] turns the
    /// losses of a [`Curve`] back into what was reported.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Takes in a trial, or its later state.
    pub fn update(&mut self, record: &TrialRecord) {
        let index = record.number() as usize;
        if self.curves.len() <= index {
            self.curves.resize(index + 1, None);
        }
        let begun = record.state() != TrialState::Waiting;
        self.curves[index] = begun.then(|| Curve::new(record, self.direction));
    }

    /// The curves in the order of their trials' numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Curve> {
        self.curves.iter().flatten()
    }

    /// The curve of the trial with this number.
    pub fn get(&self, number: u64) -> Option<&Curve> {
        self.curves.get(usize::try_from(number).ok()?)?.as_ref()
    }

    /// The curves of the trials that [ran to their end](Curve::is_finished).
    pub fn finished(&self) -> impl DoubleEndedIterator<Item = &Curve> {
        self.iter().filter(|curve| curve.is_finished())
    }

    /// The step of the last report of a whole run: what the study was told, or else the highest step
    /// of a complete trial. `None` while no trial is complete.
    pub fn last_step(&self) -> Option<u64> {
        let complete = self.iter().filter(|curve| curve.state() == TrialState::Complete);
        let highest = complete.filter_map(|curve| curve.last()).map(|(step, _)| step).max();
        self.last_step.or(highest)
    }
}
