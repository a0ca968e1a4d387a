use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tunewright::space::{Params, Scale, Space};
use tunewright::study::{Observer, RunInfo, StudyBuilder};
use tunewright::trial::{Direction, TrialRecord, TrialState};
use tunewright::{Error, StopReason, Study, Trial};

fn line() -> StudyBuilder<Params> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).seed(1)
}

#[derive(Clone, Debug, PartialEq)]
enum Event {
    Begin { trials: Option<usize>, best: Option<f64> },
    Started(u64),
    Reported(u64, u64, f64),
    Finished(u64, TrialState),
    Best(u64, f64),
    End(StopReason),
    Broken(String),
}

/// Writes down all events; notices when it is called while it is being called.
#[derive(Clone, Default)]
struct Log {
    events: Arc<Mutex<Vec<Event>>>,
    busy: Arc<AtomicBool>,
    overlaps: Arc<AtomicUsize>,
}

impl Log {
    fn add(&self, event: Event) {
        if self.busy.swap(true, Ordering::SeqCst) {
            self.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        thread::sleep(Duration::from_micros(50));
        self.events.lock().unwrap().push(event);
        self.busy.store(false, Ordering::SeqCst);
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

impl Observer for Log {
    fn study_started(&mut self, plan: &RunInfo<'_>) {
        assert_eq!(plan.study.name, "study");
        self.add(Event::Begin { trials: plan.trials, best: plan.best });
    }
    fn trial_started(&mut self, trial: &TrialRecord) {
        assert_eq!(trial.state(), TrialState::Running);
        self.add(Event::Started(trial.number()));
    }
    fn trial_reported(&mut self, number: u64, step: u64, value: f64) {
        self.add(Event::Reported(number, step, value));
    }
    fn trial_finished(&mut self, trial: &TrialRecord) {
        self.add(Event::Finished(trial.number(), trial.state()));
    }
    fn new_best(&mut self, trial: &TrialRecord) {
        self.add(Event::Best(trial.number(), trial.value().unwrap()));
    }
    fn study_finished(&mut self, reason: StopReason) {
        self.add(Event::End(reason));
    }
    fn study_failed(&mut self, error: &Error) {
        self.add(Event::Broken(error.to_string()));
    }
}

/// Values by trial number; those that are NaN fail.
fn values(values: &[f64]) -> impl Fn(Params, &mut Trial) -> f64 + Sync + '_ {
    |_, trial| values[trial.number() as usize]
}

#[test]
fn one_worker_has_one_order_of_events() {
    use Event::*;
    use TrialState::{Complete, Failed, Pruned};

    let log = Log::default();
    let study = line().observer(log.clone()).build().unwrap();
    let objective = |_: Params, trial: &mut Trial| -> Result<f64, Error> {
        trial.report(3, 0.5)?;
        Ok([2.0, f64::NAN, 1.0, 1.0][trial.number() as usize])
    };
    study.optimize(objective, 4).unwrap();
    assert_eq!(
        log.take(),
        [
            Begin { trials: Some(4), best: None },
            Started(0),
            Reported(0, 3, 0.5),
            Finished(0, Complete),
            Best(0, 2.0),
            Started(1),
            Reported(1, 3, 0.5),
            Finished(1, Failed),
            Started(2),
            Reported(2, 3, 0.5),
            Finished(2, Complete),
            Best(2, 1.0),
            Started(3),
            Reported(3, 3, 0.5),
            Finished(3, Complete),
            End(StopReason::Trials),
        ]
    );

    let asked = study.ask().unwrap();
    study.prune(&asked, "hopeless").unwrap();
    assert!(study.tell(&asked, 0.0).is_err());
    assert_eq!(log.take(), [Started(4), Finished(4, Pruned)], "no event for what is refused");
    study.stop();
    study.optimize(values(&[]), Study::<Params>::UNLIMITED).unwrap();
    assert_eq!(log.take(), [Begin { trials: None, best: Some(1.0) }, End(StopReason::Stopped)]);
}

#[test]
fn hooks_are_called_one_at_a_time_and_in_order() {
    let log = Log::default();
    let study = line().workers(8).observer(log.clone()).build().unwrap();
    let objective = |p: Params, trial: &mut Trial| -> Result<f64, Error> {
        for step in 0..3 {
            trial.report(step, 0.0)?;
        }
        p.float("x")
    };
    study.optimize(objective, 64).unwrap();
    assert_eq!(log.overlaps.load(Ordering::SeqCst), 0);
    let events = log.take();
    assert_eq!(events.first(), Some(&Event::Begin { trials: Some(64), best: None }));
    assert_eq!(events.last(), Some(&Event::End(StopReason::Trials)));
    for number in 0..64 {
        let own: Vec<_> = events
            .iter()
            .filter(|event| match event {
                Event::Started(n) | Event::Reported(n, ..) | Event::Finished(n, _) => *n == number,
                _ => false,
            })
            .collect();
        let expected = [
            Event::Started(number),
            Event::Reported(number, 0, 0.0),
            Event::Reported(number, 1, 0.0),
            Event::Reported(number, 2, 0.0),
            Event::Finished(number, TrialState::Complete),
        ];
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    // Each best one directly follows its own end, and improves on the one before.
    let mut least = f64::INFINITY;
    for (index, event) in events.iter().enumerate() {
        if let Event::Best(number, value) = *event {
            assert_eq!(events[index - 1], Event::Finished(number, TrialState::Complete));
            assert!(value < least, "{value} after {least}");
            least = value;
        }
    }
    assert_eq!(least, study.best().unwrap().value());
}

#[test]
fn only_improvements_are_best_whatever_the_direction() {
    for (direction, improving) in
        [(Direction::Minimize, vec![1, 4, 6]), (Direction::Maximize, vec![1, 3])]
    {
        let log = Log::default();
        let study = match direction {
            Direction::Minimize => line().minimize(),
            Direction::Maximize => line().maximize(),
        };
        let study = study.observer(log.clone()).build().unwrap();
        study
            .optimize(values(&[f64::NAN, 3.0, 3.0, 5.0, 2.0, f64::INFINITY, -1.0, 2.0]), 8)
            .unwrap();
        let best: Vec<u64> = log
            .take()
            .into_iter()
            .filter_map(|event| match event {
                Event::Best(number, _) => Some(number),
                _ => None,
            })
            .collect();
        assert_eq!(best, improving);
    }
}

#[test]
fn results_that_are_added_raise_the_bar_in_silence() {
    let log = Log::default();
    let study = line().observer(log.clone()).build().unwrap();
    let config = study.ask().unwrap().into_parts().0;
    log.take();
    study.add(config, 1.0).unwrap();
    assert_eq!(log.take(), []);
    let asked = study.ask().unwrap();
    study.tell(&asked, 2.0).unwrap();
    let asked = study.ask().unwrap();
    study.tell(&asked, 0.5).unwrap();
    let best: Vec<_> = log.take().into_iter().filter(|e| matches!(e, Event::Best(..))).collect();
    assert_eq!(best, [Event::Best(3, 0.5)]);
}

#[test]
fn an_error_of_the_run_is_told() {
    let log = Log::default();
    let study =
        line().constraint("never", |_: &Params| false).observer(log.clone()).build().unwrap();
    let error = study.optimize(values(&[]), 3).unwrap_err().to_string();
    assert_eq!(log.take(), [Event::Begin { trials: Some(3), best: None }, Event::Broken(error)]);
}

#[test]
fn every_observer_is_told() {
    let logs = [Log::default(), Log::default()];
    let study = line().observer(logs[0].clone()).observer(logs[1].clone()).build().unwrap();
    study.optimize(values(&[1.0]), 1).unwrap();
    assert_eq!(logs[0].take(), logs[1].take());
}
