//! Learning curves: what trials report before they end, and what that says of their end.
//!
//! [`Curves`] are those of a whole study, as a [`Pruner`](crate::pruner::Pruner) sees them.
//! [`Foresight`] is learned from them: how far the order of the trials at a step is that of their results,
//! and where a trial that has not ended would probably end.

mod curve;
mod forecast;
mod foresight;
mod promising;
mod rungs;

pub use curve::Curve;
pub(crate) use forecast::{Forecast, Forecasts};
pub use foresight::{Expected, Foresight};
pub(crate) use promising::Promising;
pub use rungs::Rungs;

use crate::trial::{Direction, History, TrialRecord, TrialState, Trials};

/// The learning curves of a study.
#[derive(Clone, Debug)]
pub struct Curves {
    direction: Direction,
    /// By trial number; `None` for trials that were not begun.
    curves: Vec<Option<Curve>>,
    /// The step of the last report of a whole run: what the study was told, or the highest one of a
    /// complete trial.
    last_step: Option<u64>,
    is_told: bool,
    /// The number of reports and the number of the complete trial that has made most; of several, the first.
    longest: Option<(usize, u64)>,
    /// Where trials are compared; follows from the two above.
    rungs: Option<Rungs>,
}

impl Curves {
    /// No curves yet. `last_step` is the step of the last report of a whole run, where that is known.
    pub fn new(direction: Direction, last_step: Option<u64>) -> Self {
        let is_told = last_step.is_some();
        Curves { direction, curves: Vec::new(), last_step, is_told, longest: None, rungs: None }
    }

    /// The curves of all trials of a history.
    pub fn of(history: &History) -> Self {
        let mut curves = Curves::new(history.goals().first(), None);
        history.trials().for_each(|record| curves.update(record));
        curves
    }

    /// The curves of a snapshot of trials.
    pub(crate) fn of_trials(trials: &Trials) -> Self {
        let mut curves = Curves::new(trials.header().goals.first(), None);
        trials.iter().for_each(|record| curves.update(record));
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
        if record.state() == TrialState::Complete {
            self.schedule(record);
        }
    }

    /// Learns from a complete trial when reports are made.
    fn schedule(&mut self, record: &TrialRecord) {
        let Some((&last, _)) = record.reports().last_key_value() else { return };
        let (reports, number) = (record.reports().len(), record.number());
        let is_longest = self
            .longest
            .is_none_or(|(most, first)| reports > most || (reports == most && number < first));
        let is_higher = !self.is_told && self.last_step.is_none_or(|highest| last > highest);
        if is_longest {
            self.longest = Some((reports, number));
        }
        if is_higher {
            self.last_step = Some(last);
        }
        if is_longest || is_higher {
            let longest = self.longest.and_then(|(_, number)| self.get(number));
            self.rungs = longest.and_then(|curve| Rungs::after(curve, self.last_step));
        }
    }

    /// The steps at which trials are compared; `None` while no trial with reports is complete.
    pub fn rungs(&self) -> Option<&Rungs> {
        self.rungs.as_ref()
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
        self.last_step
    }
}
