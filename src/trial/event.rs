use std::collections::BTreeMap;

use super::lease::Lease;
use super::outcome::Outcome;
use super::record::{Origin, TrialRecord, TrialState};
use super::timestamp::Timestamp;
use crate::error::{Error, Result};
use crate::space::{Point, Value};

/// What happens to a trial. A record is the sum of its events:
/// [`TrialRecord::from_events`] makes it of the first ones, [`TrialRecord::apply`] adds a further
/// one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The trial gets its config and waits to be run.
    Created {
        /// The config.
        point: Point,
        /// Where it comes from.
        origin: Origin,
        /// What the sampler notes about it.
        notes: BTreeMap<String, Value>,
    },
    /// A worker begins to run it.
    Started {
        /// The moment.
        at: Timestamp,
        /// By whom, and for how long it is theirs; `None` where that is not known.
        lease: Option<Lease>,
    },
    /// The worker is still running it.
    Renewed {
        /// From now on.
        lease: Lease,
    },
    /// Progress; the last report of a step counts.
    Reported {
        /// The step, an epoch, say.
        step: u64,
        /// The value of the first goal at this step.
        value: f64,
    },
    /// Progress in one of several goals; the last report of a step counts.
    GoalReported {
        /// The number of the goal, counted from 0. What is reported of the first one is the same as
        /// [`Reported`](Self::Reported).
        goal: usize,
        /// The step.
        step: u64,
        /// The value of the goal at this step.
        value: f64,
    },
    /// A metric; the last value of a name counts.
    Recorded {
        /// The name of the metric.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A text of the objective; the last one of a name counts.
    Noted {
        /// The name of the text.
        name: String,
        /// The text.
        text: String,
    },
    /// It ends.
    Finished {
        /// How it ends.
        outcome: Outcome,
        /// The moment.
        at: Timestamp,
    },
}

impl Event {
    /// The trial gets a config that a person gave, or one that is tried again.
    pub fn created(point: Point, origin: Origin) -> Self {
        Event::Created { point, origin, notes: BTreeMap::new() }
    }

    /// The value of a metric.
    pub fn recorded(name: &str, value: f64) -> Self {
        Event::Recorded { name: name.to_owned(), value }
    }

    /// What a trial reports of a goal, by the number of the goal.
    pub fn reported(goal: usize, step: u64, value: f64) -> Self {
        match goal {
            0 => Event::Reported { step, value },
            goal => Event::GoalReported { goal, step, value },
        }
    }

    /// A text of the objective.
    pub fn noted(name: &str, text: &str) -> Self {
        Event::Noted { name: name.to_owned(), text: text.to_owned() }
    }
}

impl TrialRecord {
    /// The record of a new trial. The first event gives it its config; the others may be in any
    /// order, except that nothing comes after its end. A result that is known from elsewhere may
    /// come without a start.
    ///
    /// # Errors
    /// [`Error::Storage`] if the events are no beginning of a trial.
    pub fn from_events(number: u64, events: impl IntoIterator<Item = Event>) -> Result<Self> {
        let mut events = events.into_iter();
        let Some(Event::Created { point, origin, notes }) = events.next() else {
            return Err(out_of_order(number, "do not begin with its config"));
        };
        let mut record = TrialRecord::waiting(number, point, origin);
        record.add_notes(notes);
        for event in events {
            if record.state().is_finished() {
                return Err(out_of_order(number, "go on after its end"));
            }
            record.enter(event)?;
        }
        Ok(record)
    }

    /// Takes in what happens to a trial that is waiting to be started or that is running.
    ///
    /// # Errors
    /// The record stays as it was. [`Error::AlreadyTold`] if the trial has ended,
    /// [`Error::UnknownTrial`] if it is not running and the event does not start it, and
    /// [`Error::Storage`] for a second config or start.
    pub fn apply(&mut self, event: Event) -> Result<()> {
        let number = self.number();
        match (self.state(), &event) {
            (TrialState::Running, _) | (TrialState::Waiting, Event::Started { .. }) => {
                self.enter(event)
            }
            (TrialState::Waiting, _) => Err(Error::UnknownTrial { number }),
            _ => Err(self.already_told()),
        }
    }

    /// Why a trial that has ended takes nothing in.
    pub(crate) fn already_told(&self) -> Error {
        Error::AlreadyTold { number: self.number(), outcome: self.outcome_in_words() }
    }

    /// Whether it was this event that has ended the trial.
    pub(crate) fn is_ended_by(&self, event: &Event) -> bool {
        match event {
            Event::Finished { outcome, at } => {
                self.finished == *at && self.outcome().as_ref() == Some(outcome)
            }
            _ => false,
        }
    }

    /// The events that make up the record, in an order in which they can have happened.
    pub fn events(&self) -> Vec<Event> {
        let mut events = vec![Event::Created {
            point: self.point().clone(),
            origin: self.origin(),
            notes: self.notes().clone(),
        }];
        if self.started != Timestamp::default() || self.state() == TrialState::Running {
            events.push(Event::Started { at: self.started, lease: self.lease().cloned() });
        }
        let recorded = |(name, &value): (&String, &f64)| Event::recorded(name, value);
        events.extend(self.metrics().iter().map(recorded));
        events.extend(self.reported());
        if let Some(outcome) = self.outcome() {
            events.push(Event::Finished { outcome, at: self.finished });
        }
        events
    }

    /// The events of all that the trial has reported.
    pub(crate) fn reported(&self) -> impl Iterator<Item = Event> {
        let goals = std::iter::once((0, self.reports())).chain(self.further_reports());
        goals.flat_map(|(goal, reports)| {
            reports.iter().map(move |(&step, &value)| Event::reported(goal, step, value))
        })
    }

    fn enter(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Created { .. } => {
                return Err(out_of_order(self.number(), "give it a second config"));
            }
            Event::Started { .. } if self.state() == TrialState::Running => {
                return Err(out_of_order(self.number(), "start it twice"));
            }
            Event::Started { at, lease } => self.start(at, lease),
            Event::Renewed { lease } => self.renew(Some(lease)),
            Event::Reported { step, value } => self.add_report(0, step, value),
            Event::GoalReported { goal, step, value } => self.add_report(goal, step, value),
            Event::Recorded { name, value } => self.add_metric(name, value),
            Event::Noted { name, text } => self.add_note(name, text),
            Event::Finished { outcome, at } => self.finish(outcome, at),
        }
        Ok(())
    }
}

fn out_of_order(number: u64, what: &str) -> Error {
    Error::Storage(format!("the events of trial {number} {what}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created() -> Event {
        Event::created(Point::from_values([Some(0.5)]), Origin::Enqueued)
    }

    fn started() -> Event {
        Event::Started { at: Timestamp(5), lease: Some(Lease::of("a").until(Timestamp(9))) }
    }

    fn finished() -> Event {
        Event::Finished { outcome: Outcome::Complete(1.0.into()), at: Timestamp(8) }
    }

    #[test]
    fn a_record_is_the_sum_of_its_events() {
        let mut record = TrialRecord::from_events(3, [created()]).unwrap();
        assert_eq!(record.state(), TrialState::Waiting);
        assert!(matches!(record.apply(finished()), Err(Error::UnknownTrial { number: 3 })));
        record.apply(started()).unwrap();
        assert_eq!(record.lease().unwrap().until, Some(Timestamp(9)));
        let again = TrialRecord::from_events(3, record.events()).unwrap();
        assert_eq!(again, record);
        record.apply(Event::Renewed { lease: Lease::of("a").until(Timestamp(20)) }).unwrap();
        assert_eq!(record.lease().unwrap().until, Some(Timestamp(20)));
        record.apply(Event::Reported { step: 1, value: f64::INFINITY }).unwrap();
        record.apply(Event::GoalReported { goal: 2, step: 1, value: 0.5 }).unwrap();
        record.apply(Event::GoalReported { goal: 0, step: 2, value: 3.0 }).unwrap();
        assert_eq!(record.reports().len(), 2);
        assert!(record.reports_of(1).is_empty() && record.reports_of(2)[&1] == 0.5);
        record.apply(Event::recorded("seconds", 2.0)).unwrap();
        record.apply(Event::noted("commit", "1f3c")).unwrap();
        record.apply(finished()).unwrap();
        assert_eq!(record.lease(), None);
        assert!(matches!(record.apply(finished()), Err(Error::AlreadyTold { .. })));
        assert_eq!(TrialRecord::from_events(3, record.events()).unwrap(), record);
    }

    #[test]
    fn events_out_of_order_are_refused() {
        let refused = |events: Vec<Event>, expected: &str| {
            let error = TrialRecord::from_events(3, events).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        refused(vec![], "the events of trial 3 do not begin with its config");
        refused(vec![started()], "do not begin with its config");
        refused(vec![created(), finished(), started()], "go on after its end");
        refused(vec![created(), started(), started()], "start it twice");
        refused(vec![created(), started(), created()], "give it a second config");
    }
}
