//! A storage that fails, here and there or for good.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{Changes, MemoryStorage, Opened, Revision, Storage, StudyStore};
use tunewright::study::Observer;
use tunewright::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord};
use tunewright::{Error, Result, Study, Trial};

/// Which call fails, and how.
#[derive(Debug)]
struct Plan {
    call: &'static str,
    panics: bool,
    /// So many calls work before.
    after: usize,
    calls: AtomicUsize,
    on: AtomicBool,
}

#[derive(Clone, Debug)]
struct Flaky {
    inner: MemoryStorage,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct FlakyStore {
    inner: Arc<dyn StudyStore>,
    plan: Arc<Plan>,
}

impl Plan {
    /// The planned call fails once.
    fn at(&self, call: &str) -> Result<()> {
        if call != self.call || !self.on.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) != self.after {
            return Ok(());
        }
        assert!(!self.panics, "disk full");
        Err(Error::Storage("disk full".into()))
    }
}

impl Storage for Flaky {
    fn open(&self, header: StudyHeader) -> Result<Opened> {
        self.plan.at("open")?;
        let mut opened = self.inner.open(header)?;
        opened.store = Arc::new(FlakyStore { inner: opened.store, plan: Arc::clone(&self.plan) });
        Ok(opened)
    }
    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>> {
        self.inner.find(name)
    }
    fn names(&self) -> Result<Vec<String>> {
        self.inner.names()
    }
}

impl StudyStore for FlakyStore {
    fn header(&self) -> &StudyHeader {
        self.inner.header()
    }
    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>> {
        self.plan.at("take")?;
        self.inner.take(at, lease)
    }
    fn next_number(&self) -> Result<u64> {
        self.plan.at("next_number")?;
        self.inner.next_number()
    }
    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        self.plan.at("begin")?;
        self.inner.begin(number, events)
    }
    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        self.plan.at("add")?;
        self.inner.add(wanted, events)
    }
    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        self.plan.at(match events.first() {
            Some(Event::Reported { .. }) => "report",
            Some(Event::Recorded { .. }) => "record",
            Some(Event::Noted { .. }) => "note",
            Some(Event::Finished { .. }) => "finish",
            _ => "append",
        })?;
        self.inner.append(number, events)
    }
    fn time(&self) -> Option<Timestamp> {
        self.inner.time()
    }
    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        self.plan.at("trial")?;
        self.inner.trial(number)
    }
    fn changes(&self, since: &Revision) -> Result<Changes> {
        self.plan.at("changes")?;
        self.inner.changes(since)
    }
}

fn flaky(call: &'static str, panics: bool, after: usize) -> Flaky {
    let (calls, on) = (AtomicUsize::new(0), AtomicBool::new(true));
    Flaky { inner: MemoryStorage::new(), plan: Arc::new(Plan { call, panics, after, calls, on }) }
}

/// The numbers of the trials that have begun and ended.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<(Vec<u64>, Vec<u64>)>>);

impl Observer for Told {
    fn trial_started(&mut self, trial: &TrialRecord) {
        self.0.lock().unwrap().0.push(trial.number());
    }
    fn trial_finished(&mut self, trial: &TrialRecord) {
        self.0.lock().unwrap().1.push(trial.number());
    }
}

fn study(storage: Flaky, workers: usize, told: &Told) -> Result<Study<Params>> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).storage(storage).workers(workers).observer(told.clone()).seed(1).build()
}

fn objective(p: Params, trial: &mut Trial) -> Result<f64> {
    trial.report(0, 1.0)?;
    trial.record("loss", 0.5);
    trial.note("commit", "1f3c");
    p.float("x")
}

#[test]
fn each_failure_ends_the_run_and_loses_no_result() {
    let calls = ["take", "next_number", "begin", "record", "note", "finish", "changes"];
    for (call, panics, workers) in itertools(&calls) {
        let told = Told::default();
        let storage = flaky(call, panics, 6);
        let study = study(storage, workers, &told).unwrap();
        let error = study.optimize(objective, 40).unwrap_err();
        assert!(matches!(&error, Error::Storage(_)), "{call}: {error}");
        assert!(error.to_string().contains("disk full"), "{call}: {error}");
        let history = study.history().unwrap();
        let (begun, ended) = told.0.lock().unwrap().clone();
        let lost = usize::from(call == "finish");
        assert_eq!(begun.len(), ended.len() + lost, "{call}");
        assert_eq!(history.complete_count(), ended.len(), "{call}");
        assert_eq!(history.pending().count(), lost, "{call}");
        // Every `ask` of a new trial looks twice for a waiting one.
        assert!((2..40).contains(&ended.len()), "{call}: {}", ended.len());
        study.optimize(objective, 5).unwrap();
    }
}

fn itertools(calls: &[&'static str]) -> Vec<(&'static str, bool, usize)> {
    let each = calls.iter().flat_map(|&call| [(call, false), (call, true)]);
    each.flat_map(|(call, panics)| [(call, panics, 1), (call, panics, 4)]).collect()
}

#[test]
fn a_report_that_is_not_kept_is_the_objectives_affair() {
    let study = study(flaky("report", false, 2), 1, &Told::default()).unwrap();
    study.optimize(objective, 5).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.trial(2).unwrap().failure(), Some("the storage failed: disk full"));
    assert_eq!(history.complete_count(), 4);
}

#[test]
fn a_tell_fails_if_and_only_if_the_result_is_not_kept() {
    let study = study(flaky("record", false, 0), 1, &Told::default()).unwrap();
    let (mut first, second) = (study.ask().unwrap(), study.ask().unwrap());
    first.trial().record("loss", 0.5);
    assert_eq!(study.tell(&second, 2.0).unwrap().value(), Some(2.0));
    assert_eq!(study.tell(&first, 1.0).unwrap().value(), Some(1.0));
    assert!(matches!(study.ask().unwrap_err(), Error::Storage(_)), "the loss is not hidden");
    study.ask().unwrap();
}

#[test]
fn a_retry_that_cannot_be_kept_is_told_later() {
    let storage = flaky("add", false, 0);
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).storage(storage).retry(1).build().unwrap();
    let asked = study.ask().unwrap();
    assert!(study.fail(asked, "no memory").unwrap().failure().is_some());
    assert!(matches!(study.ask().unwrap_err(), Error::Storage(_)));
}

#[test]
fn a_storage_that_cannot_be_opened_is_an_error() {
    for panics in [false, true] {
        let error = study(flaky("open", panics, 0), 1, &Told::default()).unwrap_err();
        assert!(error.to_string().contains("disk full"), "{error}");
    }
}
