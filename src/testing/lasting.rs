use std::collections::BTreeMap;
use std::sync::Arc;

use crate::math::random::Stream;
use crate::space::{Point, Scale, Space};
use crate::storage::{Revision, Storage, StudyStore};
use crate::trial::{
    Direction, Event, Lease, Origin, Outcome, StudyHeader, Timestamp, TrialRecord, TrialState,
};

/// Where a storage that outlives its processes keeps its studies, as a test has it: a file or a
/// database of its own.
pub trait Lasting: Sized {
    /// The storage that keeps them there.
    type Storage: Storage;

    /// Opens what is kept, as a new process would.
    fn open(&self) -> Self::Storage;

    /// A copy of what is kept, as it would be found if all processes died now. `None` if it cannot be
    /// copied: then what depends on copies is not checked.
    fn fork(&self) -> Option<Self> {
        None
    }

    /// Damages what is kept where the storage promises to bear it, each seed otherwise, while nobody
    /// has it open. Returns whether anything was damaged.
    fn damage(&self, seed: u64) -> bool {
        let _ = seed;
        false
    }
}

/// Checks that a storage loses nothing that it has acknowledged: studies come back when they are
/// opened anew, several processes see the same, a crash takes nothing away, and damage makes no result
/// another one. Complements [`storage`](super::storage).
///
/// `make` makes an empty place.
///
/// ```
/// use tunewright::storage::JournalStorage;
/// use tunewright::testing::{self, Lasting};
///
/// struct Journal(tempfile::TempDir);
///
/// impl Lasting for Journal {
///     type Storage = JournalStorage;
///
///     fn open(&self) -> JournalStorage {
///         JournalStorage::new(self.0.path().join("runs.log"))
///     }
/// }
///
/// testing::lasting_storage(|| Journal(tempfile::tempdir().unwrap()));
/// ```
///
/// # Panics
/// With a sentence that says what is broken.
pub fn lasting_storage<L: Lasting>(make: impl Fn() -> L) {
    comes_back(&make());
    goes_on_where_it_stopped(&make());
    shows_everyone_the_same(&make());
    loses_nothing_in_a_crash(&make());
    for seed in 0..DAMAGES {
        bears_damage(&make(), seed);
    }
}

/// How often something is damaged.
const DAMAGES: u64 = 30;

fn space() -> Space {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).choice("kernel", |kernel| {
        kernel.unit("linear").variant("rbf", |p| p.int("n", 1..=9, Scale::Linear))
    });
    space.build().unwrap()
}

fn open<L: Lasting>(place: &L) -> Arc<dyn StudyStore> {
    let header = StudyHeader::new("study", Direction::Minimize, &space(), 5);
    place.open().open(header).unwrap().store
}

fn point(seed: u64) -> Point {
    space().sample(&mut Stream::new(seed, 0))
}

fn begin(store: &dyn StudyStore) -> u64 {
    let number = store.next_number().unwrap();
    let lease = Some(Lease::of("a worker").until(Timestamp(9_000)));
    let started = Event::Started { at: Timestamp(100), lease };
    store.begin(number, vec![Event::created(point(number), Origin::Sampler), started]).unwrap();
    number
}

fn finish(store: &dyn StudyStore, number: u64, outcome: impl Into<Outcome>) {
    let finished = Event::Finished { outcome: outcome.into(), at: Timestamp(300) };
    store.append(number, vec![finished]).unwrap();
}

/// The value that a trial is told, which no other one has.
fn value(number: u64) -> f64 {
    1.0 / (number as f64 + 3.0)
}

fn told(store: &dyn StudyStore) -> u64 {
    let number = begin(store);
    finish(store, number, value(number));
    number
}

fn records(store: &dyn StudyStore) -> BTreeMap<u64, Arc<TrialRecord>> {
    let records = store.changes(&Revision::START).unwrap().records;
    records.into_iter().map(|record| (record.number(), record)).collect()
}

/// All that is known, where NaN is the same as NaN.
fn words(store: &dyn StudyStore) -> String {
    let header = store.header();
    assert_eq!(header.space, space(), "the space must come back exactly");
    format!("{:?} {} {:?}", header.name, header.seed, records(store))
}

/// A study with a trial in each state, of which one runs and one waits.
fn varied(store: &dyn StudyStore) -> (u64, u64) {
    told(store);
    let reporting = begin(store);
    let events = vec![
        Event::Reported { step: 1, value: f64::NAN },
        Event::Reported { step: 2, value: -0.0 },
        Event::reported(1, 2, f64::NEG_INFINITY),
        Event::recorded("seconds", 5e-324),
        Event::noted("commit", "\"\\ \u{1f980}\n\u{0}"),
    ];
    store.append(reporting, events).unwrap();
    finish(store, reporting, Outcome::Pruned(Some("too slow".into())));
    let failing = begin(store);
    finish(store, failing, Outcome::Failed("it diverged".into()));
    let running = begin(store);
    store.append(running, vec![Event::Reported { step: 1, value: 0.5 }]).unwrap();
    let waiting = store.add(None, vec![Event::created(point(99), Origin::Enqueued)]).unwrap();
    (running, waiting)
}

fn comes_back<L: Lasting>(place: &L) {
    assert!(place.open().outlives_process(), "a storage that lasts says that it does");
    let store = open(place);
    varied(store.as_ref());
    let before = words(store.as_ref());
    drop(store);
    for _ in 0..2 {
        let store = open(place);
        assert_eq!(words(store.as_ref()), before, "what is opened anew differs from what was kept");
    }
    assert_eq!(place.open().names().unwrap(), ["study"]);
}

fn goes_on_where_it_stopped<L: Lasting>(place: &L) {
    let (running, waiting) = varied(open(place).as_ref());
    let store = open(place);
    let next = store.next_number().unwrap();
    assert_eq!(next, waiting + 1, "numbers go on");
    finish(store.as_ref(), running, value(running));
    let taken = store.take(Timestamp(1), Lease::of("another worker")).unwrap();
    let taken = taken.expect("a trial that waited before is handed out");
    assert_eq!((taken.number(), taken.point()), (waiting, &point(99)));
    drop(store);
    let store = open(place);
    assert!(store.take(Timestamp(1), Lease::of("a third")).unwrap().is_none(), "it is taken");
    let state = |number| store.trial(number).unwrap().unwrap().state();
    assert_eq!((state(running), state(waiting)), (TrialState::Complete, TrialState::Running));
    let again = Event::Finished { outcome: 7.0.into(), at: Timestamp(400) };
    assert!(store.append(running, vec![again]).is_err(), "a trial ends once, whoever tells it");
}

fn shows_everyone_the_same<L: Lasting>(place: &L) {
    let stores = [open(place), open(place)];
    let mut revisions = [Revision::START, Revision::START];
    for turn in 0..12 {
        let number = told(stores[turn % 2].as_ref());
        assert_eq!(number, turn as u64, "numbers ascend, whoever begins a trial");
        for (store, revision) in stores.iter().zip(&mut revisions) {
            let changes = store.changes(revision).unwrap();
            let numbers: Vec<u64> = changes.records.iter().map(|record| record.number()).collect();
            assert_eq!(numbers, [number], "changes of others are told, each once");
            *revision = changes.revision;
        }
    }
    assert_eq!(words(stores[0].as_ref()), words(stores[1].as_ref()));
}

fn loses_nothing_in_a_crash<L: Lasting>(place: &L) {
    let store = open(place);
    for count in 1..=8 {
        told(store.as_ref());
        let before = words(store.as_ref());
        let Some(fork) = place.fork() else { return };
        let left = open(&fork);
        assert_eq!(words(left.as_ref()), before, "a crash takes away what was acknowledged");
        assert_eq!(told(left.as_ref()), count, "a study goes on after a crash");
        assert_eq!(words(store.as_ref()), before, "a copy is apart from what was copied");
    }
}

fn bears_damage<L: Lasting>(place: &L, seed: u64) {
    let store = open(place);
    let last = (0..8).map(|_| told(store.as_ref())).max();
    let fork = place.fork();
    drop(store);
    let damaged = fork.as_ref().unwrap_or(place);
    if !damaged.damage(seed) {
        return;
    }
    // A storage may refuse what is damaged.
    let header = StudyHeader::new("study", Direction::Minimize, &space(), 5);
    let Ok(opened) = damaged.open().open(header) else { return };
    let store = opened.store.as_ref();
    for (number, record) in records(store) {
        if record.state() == TrialState::Complete {
            let known = Some(number) <= last && record.value() == Some(value(number));
            assert!(known, "damage {seed} has made a result: trial {number}, {:?}", record.value());
        }
    }
    let number = told(store);
    let kept = open(damaged).trial(number).unwrap();
    let kept = kept.and_then(|record| record.value());
    assert_eq!(kept, Some(value(number)), "what is told after damage {seed} is kept");
}
