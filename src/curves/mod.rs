//! Learning curves: what trials report before they end, and what that says of their end.
//!
//! [`Curves`] are those of a whole study, as a [`Pruner`](crate::pruner::Pruner) sees them.
//! [`Foresight`] is learned from them: how far the order of the trials at a step is that of their results,
//! and where a trial that has not ended would probably end.

mod curve;
mod forecast;
mod foresight;
mod goals;
mod promising;
mod rungs;

pub use curve::Curve;
pub(crate) use forecast::{Forecast, Forecasts, LossesByScore};
pub use foresight::{Expected, Foresight};
pub use goals::GoalCurves;
pub(crate) use promising::Promising;
pub use rungs::Rungs;

use std::collections::{BTreeMap, BTreeSet};

use crate::trial::{
    Direction, Goals, History, Observed, Origin, Timestamp, TrialRecord, TrialState, Trials,
};

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
    /// Whether the study has checkpoints, and whether a trial has saved one.
    has_checkpoints: bool,
    has_saved: bool,
    /// The trials that go on with others, each with the number of that one.
    continuing: BTreeMap<u64, u64>,
    /// The others.
    continued: BTreeSet<u64>,
    /// By which a trial that ends is feasible or not; `None` where all are compared.
    goals: Option<Goals>,
    /// Whether the losses are front ranks.
    by_front: bool,
}

impl Curves {
    /// No curves yet. `last_step` is the step of the last report of a whole run, where that is known.
    pub fn new(direction: Direction, last_step: Option<u64>) -> Self {
        let is_told = last_step.is_some();
        Curves {
            direction,
            curves: Vec::new(),
            last_step,
            is_told,
            longest: None,
            rungs: None,
            has_checkpoints: false,
            has_saved: false,
            continuing: BTreeMap::new(),
            continued: BTreeSet::new(),
            goals: None,
            by_front: false,
        }
    }

    /// The same in a study with [checkpoints](crate::study::StudyBuilder::checkpoints).
    pub(crate) fn with_checkpoints(self) -> Self {
        Curves { has_checkpoints: true, ..self }
    }

    /// The same without the trials that have ended and break a limit or an outcome constraint: they are no
    /// measure for others.
    pub(crate) fn of_feasible(self, goals: &Goals) -> Self {
        Curves { goals: Some(goals.clone()), ..self }
    }

    /// Whether trials that are stopped may go on: the study has
    /// [checkpoints](crate::study::StudyBuilder::checkpoints), and a trial has saved one.
    pub fn can_go_on(&self) -> bool {
        self.has_checkpoints && self.has_saved
    }

    /// Whether a trial goes on with an earlier one.
    pub(crate) fn has_gone_on(&self, number: u64) -> bool {
        self.continuing.contains_key(&number)
    }

    /// Whether the losses are the ranks of [fronts](GoalCurves::by_front), and no values.
    pub fn are_by_front(&self) -> bool {
        self.by_front
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
        self.take_in(record, Some(Curve::new(record, self.direction)));
    }

    /// Takes in a trial that has this curve, or none.
    fn take_in(&mut self, record: &TrialRecord, curve: Option<Curve>) {
        let index = record.number() as usize;
        if self.curves.len() <= index {
            self.curves.resize(index + 1, None);
        }
        if let Origin::Continued { of } = record.origin()
            && self.continuing.insert(record.number(), of).is_none()
        {
            self.continued.insert(of);
            let earlier = usize::try_from(of).ok().and_then(|of| self.curves.get_mut(of));
            earlier.map(Option::take);
        }
        self.has_saved |= record.saved_at().is_some();
        let begun = record.state() != TrialState::Waiting;
        let complete = record.state() == TrialState::Complete;
        let is_feasible = |goals: &Goals| Observed::new(record, goals).is_feasible();
        let compared = !complete || self.goals.as_ref().is_none_or(is_feasible);
        let stands = begun && compared && !self.continued.contains(&record.number());
        let made = curve.as_ref().and_then(|curve| Some((curve.last()?.0, curve.reports().len())));
        self.curves[index] = curve.filter(|_| stands);
        if let Some((last, reports)) = made.filter(|_| complete && compared) {
            self.schedule(record.number(), last, reports);
        }
    }

    /// Curves of front ranks of the same trials, or of some of them; when reports are made is the same.
    fn with_ranks(&self, curves: impl IntoIterator<Item = Curve>) -> Self {
        let mut others = Curves {
            direction: Direction::Minimize,
            curves: vec![None; self.curves.len()],
            goals: None,
            by_front: true,
            ..self.clone()
        };
        for curve in curves {
            let place = usize::try_from(curve.number()).ok();
            if let Some(place) = place.and_then(|at| others.curves.get_mut(at)) {
                *place = Some(curve);
            }
        }
        others
    }

    /// Takes note that the last report of a trial is made now, from which its seconds follow.
    pub(crate) fn reported_at(&mut self, number: u64, now: Timestamp) {
        let index = usize::try_from(number).ok();
        if let Some(Some(curve)) = index.and_then(|index| self.curves.get_mut(index)) {
            curve.reported_at(now);
        }
    }

    /// Learns when reports are made from a complete trial that has made so many, up to this step.
    fn schedule(&mut self, number: u64, last: u64, reports: usize) {
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

    /// The number of the trial that has begun the curve of a trial: its own, unless it has gone on with
    /// another.
    pub fn first(&self, number: u64) -> u64 {
        let earlier = |number: &u64| self.continuing.get(number).filter(|of| *of < number).copied();
        std::iter::successors(Some(number), earlier).last().unwrap_or(number)
    }

    /// The curves in the order of their trials' numbers, without those with which other trials have gone on:
    /// these begin with the same reports.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Point;
    use crate::trial::{Evaluation, Event, Outcome, Timestamp};

    fn record(number: u64, origin: Origin, reports: u64, outcome: Option<Outcome>) -> TrialRecord {
        let mut events = vec![
            Event::created(Point::from_values([Some(0.5)]), origin),
            Event::Started { at: Timestamp(1), lease: None },
        ];
        events.extend((0..reports).map(|step| Event::Reported { step, value: 1.0 }));
        events.extend(outcome.map(|outcome| Event::Finished { outcome, at: Timestamp(2) }));
        TrialRecord::from_events(number, events).unwrap()
    }

    #[test]
    fn an_infeasible_trial_is_no_measure() {
        let goals = Goals::from(Direction::Minimize);
        let told = |violation: f64| {
            Some(Outcome::Complete(Evaluation::from(1.0).with_constraints(&[violation])))
        };
        let mut curves = Curves::new(Direction::Minimize, None).of_feasible(&goals);
        curves.update(&record(0, Origin::Sampler, 9, told(0.5)));
        assert!(curves.rungs().is_none() && curves.last_step().is_none());
        // While it runs nobody knows.
        curves.update(&record(1, Origin::Sampler, 9, None));
        curves.update(&record(2, Origin::Sampler, 9, told(0.0)));
        assert_eq!(curves.iter().map(Curve::number).collect::<Vec<_>>(), [1, 2]);
        assert!(curves.rungs().is_some() && curves.finished().count() == 1);
    }

    #[test]
    fn a_trial_that_goes_on_stands_for_the_earlier_one() {
        let pruned = || Some(Outcome::Pruned(None));
        let records = [
            record(0, Origin::Sampler, 3, pruned()),
            record(1, Origin::Sampler, 3, pruned()),
            record(2, Origin::Continued { of: 0 }, 5, pruned()),
            record(3, Origin::Continued { of: 2 }, 9, None),
        ];
        // A storage tells its changes in any order.
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mut curves = Curves::new(Direction::Minimize, None);
            order.into_iter().for_each(|at| curves.update(&records[at]));
            let numbers: Vec<u64> = curves.iter().map(Curve::number).collect();
            assert_eq!(numbers, [1, 3], "{order:?}");
            assert_eq!([0, 1, 2, 3].map(|number| curves.first(number)), [0, 1, 0, 0]);
        }
    }
}
