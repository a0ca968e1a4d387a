//! When a trial is not worth going on.

mod audits;
mod conformance;
mod goals;
mod halving;
mod options;
mod optuna;
mod promotion;
mod reasons;
mod seconds;

use tunewright::Space;
use tunewright::curves::Curves;
use tunewright::pruner::{Pruner, Verdict};
use tunewright::trial::{Direction, Event, Origin, Outcome, Timestamp, TrialRecord, metric};

/// The trials of a study, driven by hand.
struct Trials {
    curves: Curves,
    records: Vec<TrialRecord>,
}

impl Trials {
    fn new(direction: Direction, last_step: Option<u64>) -> Self {
        Trials { curves: Curves::new(direction, last_step), records: Vec::new() }
    }

    fn apply(&mut self, number: u64, event: Event) {
        let record = &mut self.records[number as usize];
        record.apply(event).unwrap();
        self.curves.update(record);
    }

    fn begin(&mut self) -> u64 {
        let number = self.records.len() as u64;
        let point = Space::builder().build().unwrap().default_point();
        let started = Event::Started { at: Timestamp(number), lease: None };
        let events = [Event::created(point, Origin::Sampler), started];
        self.records.push(TrialRecord::from_events(number, events).unwrap());
        number
    }

    fn report(&mut self, number: u64, step: u64, value: f64) {
        self.apply(number, Event::Reported { step, value });
    }

    fn audit(&mut self, number: u64) {
        self.apply(number, Event::noted(metric::AUDITED, "on purpose"));
    }

    fn complete(&mut self, number: u64, value: f64) {
        self.finish(number, Outcome::Complete(value.into()));
    }

    fn finish(&mut self, number: u64, outcome: Outcome) {
        self.apply(number, Event::Finished { outcome, at: Timestamp(number) });
    }

    /// A trial with these reports.
    fn running(&mut self, reports: &[(u64, f64)]) -> u64 {
        let number = self.begin();
        reports.iter().for_each(|&(step, value)| self.report(number, step, value));
        number
    }

    /// A complete trial with these reports, whose last one is its result.
    fn completed(&mut self, reports: &[(u64, f64)]) -> u64 {
        let number = self.running(reports);
        self.complete(number, reports.last().unwrap().1);
        number
    }

    fn decide(&self, pruner: &dyn Pruner, number: u64) -> Verdict {
        pruner.decide(self.curves.get(number).unwrap(), &self.curves)
    }

    /// Why a trial is stopped.
    fn reason(&self, pruner: &dyn Pruner, number: u64) -> Option<String> {
        match self.decide(pruner, number) {
            Verdict::Stop(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Reports at the steps 0, 1, 2, ….
fn steps(values: &[f64]) -> Vec<(u64, f64)> {
    (0..).zip(values.iter().copied()).collect()
}
