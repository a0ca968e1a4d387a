use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::error::Error;
use crate::math::random::Stream;
use crate::space::{Scale, Space, Value};
use crate::storage::{Claim, Given, Start, Storage, StudyHeader, StudyStore};
use crate::trial::{Direction, Origin, Outcome, Timestamp, TrialRecord, TrialState};

/// Checks that a storage keeps its contract: numbers are given out once, waiting trials are handed
/// to one taker, no trial starts by an outdated suggestion, outcomes are kept once, and every change
/// is told.
///
/// `make` makes an empty storage.
///
/// # Panics
/// With a sentence that says what is broken.
pub fn storage<S: Storage>(make: impl Fn() -> S) {
    keeps_the_life_of_a_trial(&make());
    refuses_what_is_out_of_order(&make());
    shares_studies_by_name(&make());
    restores_trials(&make());
    gives_each_number_to_one_taker(&make());
    refuses_what_is_outdated(&make());
}

fn header(name: &str) -> StudyHeader {
    StudyHeader {
        name: name.into(),
        goals: Direction::Minimize.into(),
        space: Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap(),
        seed: 5,
    }
}

fn start(seed: u64) -> Start {
    let point = header("").space.sample(&mut Stream::new(seed, 0));
    let notes = BTreeMap::from([("stage".to_owned(), Value::Int(2))]);
    Start { point, notes, at: Timestamp(100), since: None }
}

fn fresh(claim: Claim) -> u64 {
    match claim {
        Claim::Fresh(number) => number,
        Claim::Waiting(record) => panic!("trial {} does not wait", record.number()),
    }
}

fn keeps_the_life_of_a_trial<S: Storage>(storage: &S) {
    let store = storage.open(header("life")).unwrap();
    let number = fresh(store.claim(Timestamp(1)).unwrap());
    assert!(store.trial(number).unwrap().is_none(), "a claimed trial has no record yet");
    store.start(number, start(1)).unwrap();
    store.report(number, 3, f64::NAN).unwrap();
    store.report(number, 4, 0.5).unwrap();
    store.record(number, "seconds", 1.5).unwrap();
    store.note(number, "commit", "1f3c").unwrap();
    store.note(number, "commit", "9ab0").unwrap();
    let running = store.changes(0).unwrap();
    assert_eq!(running.records.last().unwrap().state(), TrialState::Running);
    let done = store.finish(number, Outcome::Complete(0.25.into()), Timestamp(300)).unwrap();
    assert_eq!(done.state(), TrialState::Complete);
    assert_eq!(done.value(), Some(0.25));
    assert_eq!(done.point(), &start(1).point, "the point must come back exactly");
    assert_eq!(done.notes()["stage"], Value::Int(2));
    assert_eq!(done.metrics()["seconds"], 1.5);
    assert_eq!(
        done.notes()["commit"],
        Value::Text("9ab0".into()),
        "the last text of a name counts"
    );
    assert!(done.reports()[&3].is_nan() && done.reports()[&4] == 0.5);
    assert_eq!(done.duration().unwrap().as_micros(), 200);
    let changes = store.changes(running.revision).unwrap();
    assert_eq!(changes.records.last().unwrap().state(), TrialState::Complete);
    assert!(store.changes(changes.revision).unwrap().records.is_empty(), "nothing has changed");
    let claimed = fresh(store.claim(Timestamp(1)).unwrap());
    store.release(claimed).unwrap();
    let next = fresh(store.claim(Timestamp(1)).unwrap());
    assert!(next > number, "numbers ascend");
}

fn refuses_what_is_out_of_order<S: Storage>(storage: &S) {
    let store = storage.open(header("order")).unwrap();
    let finish = |number| store.finish(number, Outcome::Pruned, Timestamp(2)).map(|_| ());
    assert!(matches!(finish(9), Err(Error::UnknownTrial { number: 9 })));
    let number = fresh(store.claim(Timestamp(1)).unwrap());
    assert!(matches!(finish(number), Err(Error::UnknownTrial { .. })), "it has not started");
    store.start(number, start(1)).unwrap();
    assert!(store.start(number, start(2)).is_err(), "a trial starts once");
    finish(number).unwrap();
    assert!(matches!(finish(number), Err(Error::AlreadyTold { .. })), "a trial ends once");
    assert!(matches!(store.report(number, 1, 1.0), Err(Error::AlreadyTold { .. })));
    let waiting = store.add(Given::waiting(start(3).point, Origin::Enqueued)).unwrap();
    assert!(matches!(finish(waiting), Err(Error::UnknownTrial { .. })), "it does not run");
}

fn shares_studies_by_name<S: Storage>(storage: &S) {
    let one = storage.open(header("shared")).unwrap();
    let other = storage.open(header("shared")).unwrap();
    let apart = storage.open(header("apart")).unwrap();
    let first = one.add(Given::waiting(start(1).point, Origin::Enqueued)).unwrap();
    let second = other.add(Given::waiting(start(2).point, Origin::Enqueued)).unwrap();
    let added = one.add(Given {
        point: start(3).point,
        origin: Origin::Added,
        metrics: BTreeMap::from([("train_error".to_owned(), 0.5)]),
        outcome: Some(Outcome::Complete(1.0.into())),
    });
    let added = other.trial(added.unwrap()).unwrap().unwrap();
    assert_eq!(added.value(), Some(1.0));
    assert_eq!(added.metrics().get("train_error"), Some(&0.5), "metrics are kept");
    for expected in [first, second] {
        match other.claim(Timestamp(1)).unwrap() {
            Claim::Waiting(record) => {
                assert_eq!(record.number(), expected, "the oldest waiting trial comes first");
                assert_eq!(record.state(), TrialState::Running);
                assert_eq!(record.origin(), Origin::Enqueued);
            }
            Claim::Fresh(_) => panic!("waiting trials come before new ones"),
        }
    }
    fresh(one.claim(Timestamp(1)).unwrap());
    assert!(apart.changes(0).unwrap().records.is_empty(), "studies do not mix");
    assert_eq!(storage.names().unwrap(), ["apart", "shared"]);
}

fn restores_trials<S: Storage>(storage: &S) {
    let store = storage.open(header("restored")).unwrap();
    let mut record = TrialRecord::waiting(2, start(1).point, Origin::Enqueued);
    record.add_metric("train_error", 0.5);
    let waiting = store.restore(record.clone()).unwrap();
    record.finish(Outcome::Pruned, Timestamp::default());
    let pruned = store.restore(record).unwrap();
    assert_ne!(waiting, pruned, "numbers are given out once");
    let kept = store.trial(pruned).unwrap().unwrap();
    assert_eq!((kept.number(), kept.state()), (pruned, TrialState::Pruned));
    assert_eq!(kept.point(), &start(1).point, "the point must come back exactly");
    assert_eq!(kept.metrics().get("train_error"), Some(&0.5), "metrics are kept");
    assert_eq!(kept.origin(), Origin::Enqueued, "the origin is kept");
    match store.claim(Timestamp(1)).unwrap() {
        Claim::Waiting(record) => assert_eq!(record.number(), waiting),
        Claim::Fresh(_) => panic!("a restored trial that waits is handed out"),
    }
    assert!(fresh(store.claim(Timestamp(1)).unwrap()) > waiting.max(pruned), "numbers ascend");
    let told = store.changes(0).unwrap().records;
    let told: BTreeSet<u64> = told.iter().map(|record| record.number()).collect();
    assert_eq!(told, BTreeSet::from([waiting, pruned]), "every change is told");
}

fn gives_each_number_to_one_taker<S: Storage>(storage: &S) {
    const EACH: usize = 50;
    let numbers = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for taker in 0..4 {
            let numbers = &numbers;
            scope.spawn(move || {
                let store = storage.open(header("takers")).unwrap();
                for _ in 0..EACH {
                    let number = fresh(store.claim(Timestamp(1)).unwrap());
                    store.start(number, start(number)).unwrap();
                    let outcome = Outcome::Complete(f64::from(taker).into());
                    store.finish(number, outcome, Timestamp(200)).unwrap();
                    numbers.lock().unwrap().push(number);
                }
            });
        }
    });
    let numbers = numbers.into_inner().unwrap();
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), 4 * EACH, "a number was given out twice");
    let store = storage.open(header("takers")).unwrap();
    let told: BTreeSet<u64> = store
        .changes(0)
        .unwrap()
        .records
        .iter()
        .filter(|record| record.state() == TrialState::Complete)
        .map(|record| record.number())
        .collect();
    assert_eq!(told, distinct, "every outcome is told");
}

fn refuses_what_is_outdated<S: Storage>(storage: &S) {
    let (one, other) =
        (storage.open(header("since")).unwrap(), storage.open(header("since")).unwrap());
    let begin = |store: &dyn StudyStore, seed, since| {
        let number = fresh(store.claim(Timestamp(1)).unwrap());
        (number, store.start(number, Start { since: Some(since), ..start(seed) }))
    };
    let revision = one.changes(0).unwrap().revision;
    let (first, started) = begin(one.as_ref(), 1, revision);
    started.unwrap();
    let (second, refused) = begin(other.as_ref(), 2, revision);
    assert!(matches!(refused, Err(Error::Outdated)), "a trial got its point since: {refused:?}");
    assert!(other.trial(second).unwrap().is_none(), "nothing is changed by a refusal");
    let revision = other.changes(0).unwrap().revision;
    one.report(first, 1, 0.5).unwrap();
    one.finish(first, Outcome::Complete(0.5.into()), Timestamp(2)).unwrap();
    let again = Start { since: Some(revision), ..start(2) };
    other.start(second, again).unwrap_or_else(|error| {
        panic!("reports and results of others make no suggestion outdated: {error}")
    });
    let revision = one.changes(0).unwrap().revision;
    other.add(Given::waiting(start(3).point, Origin::Enqueued)).unwrap();
    let waiting = other.claim(Timestamp(3)).unwrap();
    assert!(matches!(waiting, Claim::Waiting(_)), "waiting trials come before new ones");
    let (_, refused) = begin(one.as_ref(), 4, revision);
    assert!(matches!(refused, Err(Error::Outdated)), "an added trial counts, too: {refused:?}");
}
