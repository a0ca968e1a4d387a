//! Rules for one goal, in studies with several.

use tunewright::Space;
use tunewright::curves::GoalCurves;
use tunewright::pruner::{
    HyperbandPruner, MarginalValuePruner, MedianPruner, PatientPruner, PercentilePruner, Pruner,
    SuccessiveHalvingPruner, ThresholdPruner, Verdict, WilcoxonPruner,
};
use tunewright::trial::{
    Event, Goals, Origin, Outcome, Timestamp, TrialRecord, maximize, metric, minimize,
};

/// The trials of a study with an error and a size, driven by hand.
struct Trials {
    curves: GoalCurves,
    records: Vec<TrialRecord>,
}

const STEPS: u64 = 12;

impl Trials {
    fn new() -> Self {
        let goals = Goals::of([minimize("error"), minimize("size")]).unwrap();
        Trials { curves: GoalCurves::new(&goals, None), records: Vec::new() }
    }

    fn apply(&mut self, number: u64, event: Event) {
        let record = &mut self.records[number as usize];
        record.apply(event).unwrap();
        self.curves.update(record);
    }

    fn begin(&mut self, size: Option<f64>) -> u64 {
        let number = self.records.len() as u64;
        let point = Space::builder().build().unwrap().default_point();
        let started = Event::Started { at: Timestamp(number), lease: None };
        let events = [Event::created(point, Origin::Sampler), started];
        self.records.push(TrialRecord::from_events(number, events).unwrap());
        if let Some(size) = size {
            self.apply(number, Event::recorded("size", size));
        }
        number
    }

    /// A trial whose error falls to `end`, after its reports up to a step.
    fn running(&mut self, end: f64, size: Option<f64>, until: u64) -> u64 {
        let number = self.begin(size);
        for step in 0..=until {
            let value = end + 0.5 / (1.0 + step as f64);
            self.apply(number, Event::Reported { step, value });
        }
        number
    }

    fn complete(&mut self, end: f64, size: f64) -> u64 {
        let number = self.running(end, Some(size), STEPS - 1);
        let outcome = Outcome::Complete(vec![end, size].into());
        self.apply(number, Event::Finished { outcome, at: Timestamp(number) });
        number
    }

    /// Trials that are all on the front, from a small one with many errors to a large one with few.
    fn on_a_front() -> Self {
        let mut trials = Trials::new();
        for at in 0..9 {
            trials.complete(0.9 - 0.1 * f64::from(at), 1.0 + f64::from(at));
        }
        trials
    }

    fn reason(&self, pruner: &dyn Pruner, number: u64) -> Option<String> {
        match pruner.decide_by_goals(number, &self.curves) {
            Verdict::Stop(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Rules that compare trials, as strict as they can be.
fn strict() -> Vec<Box<dyn Pruner>> {
    vec![
        Box::new(MarginalValuePruner::new().audits(0.0).kappa(1.0)),
        Box::new(MedianPruner::new()),
        Box::new(PercentilePruner::new(0.0).start_trials(1)),
        Box::new(SuccessiveHalvingPruner::new().reduction_factor(8)),
        Box::new(HyperbandPruner::new()),
        Box::new(WilcoxonPruner::new().p_threshold(1.0)),
    ]
}

#[test]
fn a_trial_on_the_front_at_its_step_goes_on() {
    for pruner in strict() {
        for until in 1..STEPS {
            let mut trials = Trials::on_a_front();
            // By each goal alone it is in the middle, and smaller than whatever has fewer errors.
            let knee = trials.running(0.5, Some(4.5), until);
            // The worst error of all, and the smallest.
            let small = trials.running(3.0, Some(0.5), until);
            for number in [knee, small] {
                assert_eq!(trials.reason(&*pruner, number), None, "{pruner:?} at step {until}");
            }
        }
    }
}

#[test]
fn a_trial_that_others_dominate_is_stopped_for_its_front() {
    let mut trials = Trials::on_a_front();
    let number = trials.running(0.95, Some(9.5), 1);
    assert_eq!(
        trials.reason(&MedianPruner::new(), number).unwrap(),
        "front rank 1 among 10 trials at step 1, where 0 is the front; by such ranks, its best value 1 is \
         above the median 0 of 9 trials at step 1"
    );
    let pruner = MarginalValuePruner::new().audits(0.0);
    let reason = trials.reason(&pruner, number).unwrap();
    assert!(reason.starts_with("front rank 1 among 10 trials at step 1, "), "{reason}");
    assert!(reason.contains("; chance to come to the front "), "{reason}");
    // Audits are asked for as with one goal. The first trial, which counts as one, has made 12 of 110 reports.
    let audit = MarginalValuePruner::new().audits(0.2).decide_by_goals(number, &trials.curves);
    assert!(matches!(audit, Verdict::Audit(_)), "{audit:?}");
    trials.apply(number, Event::noted(metric::AUDITED, "on purpose"));
    assert_eq!(trials.reason(&MedianPruner::new(), number), None);
}

#[test]
fn a_goal_of_which_nothing_is_known_is_not_hopeless() {
    for pruner in strict() {
        let mut trials = Trials::on_a_front();
        let number = trials.running(5.0, None, 1);
        assert_eq!(trials.reason(&*pruner, number), None, "{pruner:?}");
    }
    let mut trials = Trials::on_a_front();
    let number = trials.running(5.0, None, 1);
    trials.apply(number, Event::recorded("size", 10.0));
    assert!(trials.reason(&MedianPruner::new(), number).is_some(), "now it is known");
    // A single report counts for all steps.
    let number = trials.running(5.0, None, 1);
    trials.apply(number, Event::reported(1, 0, 10.0));
    assert!(trials.reason(&MedianPruner::new(), number).is_some());
}

#[test]
fn the_first_report_and_the_last_one_stop_nothing() {
    for pruner in strict() {
        let mut trials = Trials::on_a_front();
        let first = trials.running(5.0, Some(10.0), 0);
        let last = trials.running(5.0, Some(10.0), STEPS - 1);
        for number in [first, last] {
            assert_eq!(trials.reason(&*pruner, number), None, "{pruner:?}");
        }
        let mut alone = Trials::new();
        alone.running(0.1, Some(1.0), 5);
        let number = alone.running(5.0, Some(10.0), 5);
        assert_eq!(alone.reason(&*pruner, number), None, "no trial has ended: {pruner:?}");
    }
}

#[test]
fn bounds_are_on_the_first_goal_and_hold_whatever_the_others_are() {
    let mut trials = Trials::on_a_front();
    let number = trials.running(3.0, Some(0.5), 1);
    assert_eq!(
        trials.reason(&ThresholdPruner::new().upper(2.0), number).unwrap(),
        "its value 3.25 at step 1 is above the upper bound 2"
    );
    assert_eq!(trials.reason(&ThresholdPruner::new().lower(0.6), number), None);
}

#[test]
fn patience_ends_when_it_does_in_all_goals_that_change() {
    let goals = Goals::of([minimize("error"), maximize("speed"), minimize("size")]).unwrap();
    let mut trials = Trials { curves: GoalCurves::new(&goals, None), records: Vec::new() };
    let report = |trials: &mut Trials, number: u64, step: u64, error: f64, speed: f64| {
        trials.apply(number, Event::reported(0, step, error));
        trials.apply(number, Event::reported(1, step, speed));
    };
    let first = trials.begin(Some(1.0));
    (0..9).for_each(|step| report(&mut trials, first, step, 0.5, 7.0));
    let outcome = Outcome::Complete(vec![0.5, 7.0, 1.0].into());
    trials.apply(first, Event::Finished { outcome, at: Timestamp(9) });

    let number = trials.begin(Some(1.0));
    for (step, (error, speed)) in (0..).zip([(0.5, 5.0), (0.4, 6.0), (0.6, 6.5), (0.7, 7.0)]) {
        report(&mut trials, number, step, error, speed);
    }
    let pruner = PatientPruner::new(1);
    assert_eq!(trials.reason(&pruner, number), None, "it still becomes quicker");
    report(&mut trials, number, 4, 0.7, 6.5);
    report(&mut trials, number, 5, 0.7, 6.0);
    assert_eq!(
        trials.reason(&pruner, number).unwrap(),
        "error: its best value in the latest 2 reports is 0.7, which is above 0.4, its best before them; \
         speed: its best value in the latest 2 reports is 6.5, which is below 7, its best before them"
    );
    let wrapping = PatientPruner::new(1).wrapping(ThresholdPruner::new().upper(0.65));
    let reason = trials.reason(&wrapping, number).unwrap();
    assert_eq!(reason, "its value 0.7 at step 5 is above the upper bound 0.65");
}
