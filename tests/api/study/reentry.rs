//! Code that a study calls and that calls the study.

use std::sync::{Arc, Mutex, OnceLock};

use tunewright::space::{Params, Scale, Space};
use tunewright::study::{Observer, RunInfo, StudyBuilder};
use tunewright::trial::TrialRecord;
use tunewright::{Error, Result, StopReason, Study, Trial};

use crate::support::soon::soon;

type Late = Arc<OnceLock<Study<Params>>>;

fn space() -> Space {
    Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap()
}

fn line() -> StudyBuilder<Params> {
    Study::in_space(space()).seed(1)
}

/// Does something with the study that it observes whenever a trial begins or ends.
struct Meddler<F> {
    study: Late,
    meddle: F,
    results: Arc<Mutex<Vec<Result<(), String>>>>,
}

impl<F: Fn(&Study<Params>) -> Result<()> + Send> Meddler<F> {
    fn meddle(&self) {
        if let Some(study) = self.study.get() {
            let result = (self.meddle)(study).map_err(|error| error.to_string());
            self.results.lock().unwrap().push(result);
        }
    }
}

impl<F: Fn(&Study<Params>) -> Result<()> + Send> Observer for Meddler<F> {
    fn study_started(&mut self, _: &RunInfo<'_>) {
        self.meddle();
    }
    fn trial_started(&mut self, _: &TrialRecord) {
        self.meddle();
    }
    fn trial_reported(&mut self, _: u64, _: u64, _: f64) {
        self.meddle();
    }
    fn trial_finished(&mut self, _: &TrialRecord) {
        self.meddle();
    }
    fn study_finished(&mut self, _: StopReason) {
        self.meddle();
    }
}

/// What an observer gets that does this in every hook of a run of three trials.
fn meddled(
    workers: usize,
    meddle: impl Fn(&Study<Params>) -> Result<()> + Send + 'static,
) -> Vec<Result<(), String>> {
    soon(move || {
        let (study, results) = (Late::default(), Arc::default());
        let meddler = Meddler { study: Arc::clone(&study), meddle, results: Arc::clone(&results) };
        study.set(line().workers(workers).observer(meddler).build().unwrap()).unwrap();
        let objective = |p: Params, trial: &mut Trial| -> Result<f64> {
            trial.report(1, 0.5)?;
            p.float("x")
        };
        let run = study.get().unwrap();
        run.optimize(objective, 3).unwrap();
        assert_eq!(run.history().unwrap().pending().filter(|t| t.started().is_some()).count(), 0);
        results.lock().unwrap().drain(..).collect()
    })
}

fn refused(call: &str) -> Result<(), String> {
    Err(format!(
        "an observer called `{call}` of its own study, which would wait for itself; call it after \
         `optimize`, or have another thread do so"
    ))
}

#[test]
fn an_observer_that_asks_tells_or_optimizes_gets_an_error() {
    for workers in [1, 3] {
        assert_eq!(meddled(workers, |study| study.ask().map(drop)), vec![refused("ask"); 11]);
        let tell = |study: &Study<Params>| study.tell(study.trial_id(0), 1.0).map(drop);
        assert_eq!(meddled(workers, tell), vec![refused("tell"); 11]);
        let optimize =
            |study: &Study<Params>| study.optimize(|_: Params, _: &mut Trial| 1.0, 1).map(drop);
        assert_eq!(meddled(workers, optimize), vec![refused("optimize"); 11]);
    }
}

#[test]
fn an_observer_may_read_enqueue_and_add() {
    let reads = |study: &Study<Params>| {
        study.history()?;
        study.trials()?.summary();
        study.stop_handle();
        match study.best() {
            Ok(_) | Err(Error::NoCompleteTrial { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    };
    assert_eq!(meddled(1, reads), vec![Ok(()); 11]);
    let adds = |study: &Study<Params>| {
        study.add(study.space().space().params([("x", 2.0.into())])?, 2.0)?;
        Ok(())
    };
    assert_eq!(meddled(3, adds), vec![Ok(()); 11]);
    let enqueues = |study: &Study<Params>| {
        study.enqueue(study.space().space().params([("x", 2.0.into())])?).map(drop)
    };
    assert_eq!(meddled(1, enqueues), vec![Ok(()); 11]);
}

#[test]
fn an_observer_may_stop_the_study() {
    let stops = |study: &Study<Params>| {
        study.stop();
        Ok(())
    };
    // At the start of the run, and at its end, which stops the next one.
    assert_eq!(meddled(1, stops), vec![Ok(()); 2]);
}

#[test]
fn a_constraint_that_calls_its_study_gets_an_error() {
    type Call = fn(&Study<Params>) -> Result<()>;
    let calls: [(&str, Call); 3] = [
        ("ask", |study| study.ask().map(drop)),
        ("tell", |study| study.tell(study.trial_id(0), 1.0).map(drop)),
        ("enqueue", |study| {
            study.enqueue(study.space().space().params([("x", 2.0.into())])?).map(drop)
        }),
    ];
    for (name, call) in calls {
        let error = soon(move || {
            let study = Late::default();
            let late = Arc::clone(&study);
            let asks = move |_: &Params| late.get().map_or(Ok(true), |s| call(s).map(|()| true));
            study.set(line().constraint("asks", asks).build().unwrap()).unwrap();
            study.get().unwrap().optimize(|_: Params, _: &mut Trial| 1.0, 3).unwrap_err()
        });
        let Error::ConstraintFailed { constraint, reason } = error else { panic!("{error}") };
        assert_eq!(constraint, "asks");
        let start = format!("a constraint, sampler or search space called `{name}` of its own");
        assert!(reason.starts_with(&start), "{reason}");
    }
}

#[test]
fn studies_may_observe_each_other() {
    let first = soon(|| {
        let (second, results) = (Late::default(), Arc::default());
        second.set(line().build().unwrap()).unwrap();
        let asks = |study: &Study<Params>| {
            let asked = study.ask()?;
            study.tell(asked, 1.0).map(drop)
        };
        let meddler = Meddler { study: second, meddle: asks, results: Arc::clone(&results) };
        let study = line().observer(meddler).build().unwrap();
        study.optimize(|_: Params, _: &mut Trial| 1.0, 2).unwrap();
        results.lock().unwrap().clone()
    });
    assert_eq!(first, vec![Ok(()); 6]);
}
