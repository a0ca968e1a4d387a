//! Panics in code that a study calls, apart from objectives, which `study.rs` has.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tunewright::sampler::{Context, Suggestion};
use tunewright::space::{Key, Params, Point, Scale, SearchSpace, Space};
use tunewright::study::{Observer, RunInfo, StudyBuilder};
use tunewright::trial::{IntoOutcome, Outcome, TrialRecord};
use tunewright::{
    BayesianSampler, Error, RandomSampler, Result, Sampler, StopReason, Study, Trial,
};

use crate::support::soon::soon;

fn space() -> Space {
    Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap()
}

fn line() -> StudyBuilder<Params> {
    Study::in_space(space()).seed(1)
}

fn square(p: Params, _: &mut Trial) -> Result<f64> {
    Ok(p.float("x")?.powi(2))
}

#[test]
fn a_constraint_that_panics_is_named() {
    for workers in [1, 4] {
        let study = line()
            .workers(workers)
            .constraint("fits memory", |p: &Params| p.float("x").unwrap() < 9.0)
            .constraint("known layer", |_: &Params| -> bool { panic!("index 3 of 2") })
            .build()
            .unwrap();
        let error = study.optimize(square, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the constraint `known layer` panicked: index 3 of 2; trials that have ended are kept"
        );
        assert_eq!(study.history().unwrap().pending().count(), 0);
        let mine = space().params([("x", 1.0.into())]).unwrap();
        let error = study.enqueue(mine).unwrap_err();
        assert!(matches!(error, Error::Panicked { .. }), "{error}");
    }
}

#[test]
fn a_constraint_may_return_a_result() {
    let study = line()
        .constraint("right half", |p: &Params| -> Result<bool> { Ok(p.float("x")? > 0.0) })
        .constraint("own error", |_: &Params| Ok::<bool, String>(true))
        .build()
        .unwrap();
    study.optimize(square, 10).unwrap();
    let history = study.history().unwrap();
    assert!(history.complete().all(|trial| trial.point().get(0).unwrap() > 0.0));

    let study =
        line().constraint("typo", |p: &Params| p.float("y").map(|y| y > 0.0)).build().unwrap();
    let error = study.optimize(square, 10).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the constraint `typo` failed: there is no parameter `y`; the space has x; a constraint \
         has to judge every config of the space"
    );
}

/// A constraint that fails on a part of the space must not silently keep the sampler out of it.
#[test]
fn a_constraint_that_fails_here_and_there_ends_the_run_whatever_the_sampler() {
    let samplers: [Box<dyn Sampler>; 2] =
        [Box::new(RandomSampler::new()), Box::new(BayesianSampler::new())];
    for sampler in samplers {
        let study = line()
            .sampler(sampler)
            .constraint("half", |p: &Params| match p.float("x") {
                Ok(x) if x < 1.0 => Ok(true),
                _ => Err("no verdict"),
            })
            .build()
            .unwrap();
        let error = study.optimize(square, 60).unwrap_err();
        assert!(matches!(&error, Error::ConstraintFailed { .. }), "{error}");
    }
}

/// Panics in the hook with this name.
struct Fragile {
    hook: &'static str,
    calls: Arc<AtomicUsize>,
}

impl Fragile {
    fn at(&self, hook: &str) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(hook != self.hook, "broken pipe");
    }
}

impl Observer for Fragile {
    fn study_started(&mut self, _: &RunInfo<'_>) {
        self.at("study_started");
    }
    fn trial_started(&mut self, _: &TrialRecord) {
        self.at("trial_started");
    }
    fn trial_reported(&mut self, _: u64, _: u64, _: f64) {
        self.at("trial_reported");
    }
    fn trial_finished(&mut self, _: &TrialRecord) {
        self.at("trial_finished");
    }
    fn new_best(&mut self, _: &TrialRecord) {
        self.at("new_best");
    }
    fn study_finished(&mut self, _: StopReason) {
        self.at("study_finished");
    }
}

/// Counts what has begun and ended.
#[derive(Clone, Default)]
struct Balance(Arc<Mutex<(usize, usize)>>);

impl Observer for Balance {
    fn trial_started(&mut self, _: &TrialRecord) {
        self.0.lock().unwrap().0 += 1;
    }
    fn trial_finished(&mut self, _: &TrialRecord) {
        self.0.lock().unwrap().1 += 1;
    }
}

#[test]
fn an_observer_that_panics_is_named_and_called_no_more() {
    let hooks = [
        ("study_started", 0),
        ("trial_started", 1),
        ("trial_reported", 1),
        ("trial_finished", 1),
        ("new_best", 1),
        ("study_finished", 5),
    ];
    for (hook, kept) in hooks {
        let calls = Arc::new(AtomicUsize::new(0));
        let (fragile, balance) = (Fragile { hook, calls: Arc::clone(&calls) }, Balance::default());
        let study = line().observer(fragile).observer(balance.clone()).build().unwrap();
        let objective = |p: Params, trial: &mut Trial| -> Result<f64> {
            trial.report(0, 1.0)?;
            square(p, trial)
        };
        let error = study.optimize(objective, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the observer `api::study::panics::Fragile` panicked: broken pipe; trials that have ended are \
             kept"
        );
        assert_eq!(study.history().unwrap().complete_count(), kept, "{hook}");
        let called = calls.load(Ordering::Relaxed);
        assert_eq!(study.optimize(objective, 5).unwrap(), StopReason::Trials);
        assert_eq!(calls.load(Ordering::Relaxed), called, "{hook}");
        assert_eq!(*balance.0.lock().unwrap(), (kept + 5, kept + 5), "the others hear of all");
    }
}

#[test]
fn a_result_is_kept_whatever_observers_do() {
    let calls = Arc::default();
    let study = line().observer(Fragile { hook: "trial_finished", calls }).build().unwrap();
    let (first, second) = (study.ask().unwrap(), study.ask().unwrap());
    assert_eq!(study.tell(first, 1.0).unwrap().value(), Some(1.0));
    assert_eq!(study.tell(second, 2.0).unwrap().value(), Some(2.0));
    assert!(matches!(study.ask().unwrap_err(), Error::Panicked { .. }));
    study.ask().unwrap();
}

#[test]
fn workers_keep_their_results_when_one_of_them_meets_a_panic() {
    let study = line()
        .workers(4)
        .sampler(RandomSampler::new())
        .constraint("late", |p: &Params| assert_late(p.float("x").unwrap()))
        .build()
        .unwrap();
    let error = study.optimize(square, 10_000).unwrap_err();
    assert!(error.to_string().starts_with("the constraint `late` panicked"), "{error}");
    let history = study.history().unwrap();
    assert_eq!(history.pending().count(), 0, "what had begun has ended");
    assert!(history.failed_count() == 0 && history.complete_count() > 0);
}

/// True on all but a small part of the space.
fn assert_late(x: f64) -> bool {
    assert!(x < 4.8, "too late");
    true
}

#[derive(Debug)]
struct Careless;

impl Sampler for Careless {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        assert!(context.number() != 3, "no idea");
        context.sample(&mut context.random()).map(Suggestion::from)
    }
}

#[test]
fn a_sampler_that_panics_is_an_error_and_the_number_is_given_back() {
    let study = line().sampler(Careless).build().unwrap();
    let error = study.optimize(square, 5).unwrap_err();
    assert_eq!(error.to_string(), "the sampler panicked: no idea; trials that have ended are kept");
    assert_eq!(study.history().unwrap().complete_count(), 3);
    let mine = space().params([("x", 1.0.into())]).unwrap();
    assert_eq!(study.enqueue(mine).unwrap(), 3);
    study.optimize(square, 5).unwrap();
}

/// Panics in the method with this name.
struct Shaky {
    space: Space,
    method: &'static str,
}

impl Shaky {
    fn at(&self, method: &str) {
        assert!(method != self.method, "shaky");
    }
}

impl SearchSpace for Shaky {
    type Config = Params;
    fn space(&self) -> &Space {
        &self.space
    }
    fn decode(&self, point: &Point) -> Result<Params> {
        self.at("decode");
        self.space.decode(point)
    }
    fn encode(&self, config: &Params) -> Result<Point> {
        self.at("encode");
        self.space.encode(config)
    }
    fn violated(&self, _: &Params) -> Option<&str> {
        self.at("violated");
        None
    }
    fn mask(&self, _: &[Option<f64>], _: usize, _: &mut [bool]) {
        self.at("mask");
    }
    fn key(&self, point: &Point) -> Key {
        self.at("key");
        self.space.key(point)
    }
}

#[test]
fn a_search_space_that_panics_is_an_error() {
    let mine = space().params([("x", 1.0.into())]).unwrap();
    for method in ["decode", "encode", "violated", "key"] {
        let study = Study::in_space(Shaky { space: space(), method }).build().unwrap();
        let results = [
            study.enqueue(mine.clone()).map(drop),
            study.add(mine.clone(), 1.0).map(drop),
            study.optimize(square, 3).map(drop),
            study.best().map(drop),
        ];
        let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert!(!errors.is_empty(), "{method}");
        let text = "the search space panicked: shaky; trials that have ended are kept";
        let named = errors.iter().filter(|error| error.to_string() == text).count();
        assert!(named >= 1, "{method}: {errors:?}");
    }
}

/// An outcome and an error that cannot be shown.
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

impl IntoOutcome for Broken {
    fn into_outcome(self) -> Outcome {
        panic!("no outcome")
    }
}

#[test]
fn outcomes_that_panic_fail_their_trials() {
    let study = line().build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| Broken, 1).unwrap();
    study.optimize(|_: Params, _: &mut Trial| Err::<f64, _>(Broken), 1).unwrap();
    let asked = study.ask().unwrap();
    study.tell(asked, Broken).unwrap();
    let history = study.history().unwrap();
    let reasons: Vec<_> = history.failed().map(|trial| trial.failure().unwrap()).collect();
    assert_eq!(reasons, ["panicked: no outcome", "panicked: no words", "panicked: no outcome"]);
}

#[test]
fn a_panic_with_any_payload_is_caught() {
    struct Trap;
    impl Drop for Trap {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "dropped");
        }
    }
    let study = line().build().unwrap();
    let objective = |_: Params, _: &mut Trial| -> f64 { std::panic::panic_any(Trap) };
    let reason = soon(move || study.optimize(objective, 2).map(|reason| (reason, study)));
    let (reason, study) = reason.unwrap();
    assert_eq!(reason, StopReason::Trials);
    let history = study.history().unwrap();
    assert_eq!(history.trial(1).unwrap().failure(), Some("panicked: without a message"));
}
