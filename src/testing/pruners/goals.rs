//! What a pruner promises in a study with several goals.

use super::{STEPS, hopeless};
use crate::curves::GoalCurves;
use crate::pruner::{Pruner, Verdict};
use crate::space::Space;
use crate::trial::{
    Event, Goals, Origin, Outcome, Timestamp, TrialRecord, maximize, metric, minimize,
};

/// A study that minimizes an error, of which there are curves, and maximizes a speed that is known at once.
struct Replay<'a> {
    pruner: &'a dyn Pruner,
    curves: GoalCurves,
    trials: Vec<TrialRecord>,
}

impl<'a> Replay<'a> {
    fn new(pruner: &'a dyn Pruner) -> Self {
        let goals = Goals::of([minimize("error"), maximize("speed")]).unwrap();
        Replay { pruner, curves: GoalCurves::new(&goals, None), trials: Vec::new() }
    }

    /// Some complete trials, each better than the next in one goal and worse in the other, and some that
    /// others dominate.
    fn with_complete(pruner: &'a dyn Pruner) -> Self {
        let mut replay = Replay::new(pruner);
        for at in 0..16 {
            let (error, speed) =
                (0.02 * f64::from(at), f64::from(at % 8) - 0.5 * f64::from(at / 8));
            let number = replay.begin(speed);
            for step in 0..STEPS {
                replay.report(number, step, error + 0.5 / (1.0 + step as f64));
            }
            let outcome = Outcome::Complete(vec![error, speed].into());
            replay.apply(number, Event::Finished { outcome, at: Timestamp(number) });
        }
        replay
    }

    fn begin(&mut self, speed: f64) -> u64 {
        let number = self.trials.len() as u64;
        let point = Space::builder().build().unwrap().default_point();
        let started = Event::Started { at: Timestamp(number), lease: None };
        let events = [Event::created(point, Origin::Sampler), started];
        self.trials.push(TrialRecord::from_events(number, events).unwrap());
        self.apply(number, Event::recorded("speed", speed));
        number
    }

    fn apply(&mut self, number: u64, event: Event) {
        let record = &mut self.trials[number as usize];
        record.apply(event).unwrap();
        self.curves.update(record);
    }

    fn report(&mut self, number: u64, step: u64, error: f64) {
        self.apply(number, Event::reported(0, step, error));
    }

    fn must_go_on(&self, number: u64, when: &str) {
        if let Verdict::Stop(reason) = self.decide(number) {
            panic!("with several goals a trial must not be stopped {when}: {reason}");
        }
    }

    fn decide(&self, number: u64) -> Verdict {
        let verdict = self.pruner.decide_by_goals(number, &self.curves);
        if let Verdict::Stop(reason) | Verdict::Audit(reason) = &verdict {
            assert!(!reason.trim().is_empty(), "a verdict must have a reason");
            assert!(!reason.contains('\n'), "a reason is one line: {reason:?}");
        }
        verdict
    }
}

pub(super) fn spares_what_it_spares_with_one_goal<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut replay = Replay::with_complete(&pruner);
    let audited = replay.begin(-9.0);
    replay.apply(audited, Event::noted(metric::AUDITED, "its end is to be known"));
    let whole = replay.begin(-9.0);
    for step in 0..STEPS {
        for number in [audited, whole] {
            replay.report(number, step, hopeless(step));
        }
        replay.must_go_on(audited, "that is audited");
        if step == 0 {
            replay.must_go_on(whole, "at its first report");
        }
        replay.decide(whole);
    }
    replay.must_go_on(whole, "at the last step of a whole run");

    let mut first = Replay::new(&pruner);
    let numbers = [0.0, 1.0, 2.0].map(|speed| first.begin(speed));
    for step in 0..STEPS {
        for number in numbers {
            first.report(number, step, hopeless(step) - number as f64);
            first.must_go_on(number, "before another one is complete");
        }
    }
}

pub(super) fn survives_goals_that_are_not_finite<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut replay = Replay::with_complete(&pruner);
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let number = replay.begin(-value);
        for step in 0..4 {
            replay.report(number, step, if step % 2 == 0 { 0.5 } else { value });
            replay.decide(number);
        }
    }
}
