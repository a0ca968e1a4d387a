use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use crate::error::Error;
use crate::math::random::Stream;
use crate::space::{Point, Scale, Space, Value};
use crate::storage::{Revision, Storage, StudyStore};
use crate::trial::{
    Direction, Event, Lease, Origin, Outcome, StudyHeader, Timestamp, TrialRecord, TrialState,
};

/// Checks that a storage keeps its contract: numbers are given out once, waiting trials are handed
/// to one taker, no trial begins by an outdated suggestion, outcomes are kept once, and every change
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
    keeps_whole_trials(&make());
    begins_trials_with_the_reports_of_others(&make());
    keeps_results_together_each_for_itself(&make());
    gives_each_number_to_one_taker(&make());
    hands_each_waiting_trial_to_one_taker(&make());
    refuses_what_is_outdated(&make());
    has_one_time(&make());
}

fn header(name: &str) -> StudyHeader {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    StudyHeader::new(name, Direction::Minimize, &space, 5)
}

fn open(storage: &impl Storage, name: &str) -> Arc<dyn StudyStore> {
    storage.open(header(name)).unwrap().store
}

fn point(seed: u64) -> Point {
    header("").space.sample(&mut Stream::new(seed, 0))
}

fn lease() -> Lease {
    Lease::of("a worker").until(Timestamp(9_000))
}

/// The first events of a trial of the sampler.
fn begun(seed: u64) -> Vec<Event> {
    let notes = BTreeMap::from([("stage".to_owned(), Value::Int(2))]);
    vec![
        Event::Created { point: point(seed), origin: Origin::Sampler, notes },
        Event::Started { at: Timestamp(100), lease: Some(lease()) },
    ]
}

fn waiting(seed: u64) -> Vec<Event> {
    vec![Event::created(point(seed), Origin::Enqueued)]
}

fn finished(outcome: impl Into<Outcome>, at: u64) -> Vec<Event> {
    vec![Event::Finished { outcome: outcome.into(), at: Timestamp(at) }]
}

fn all(store: &dyn StudyStore) -> Vec<Arc<TrialRecord>> {
    store.changes(&Revision::START).unwrap().records
}

fn take(store: &dyn StudyStore) -> Option<Arc<TrialRecord>> {
    store.take(Timestamp(1), lease()).unwrap()
}

fn keeps_the_life_of_a_trial<S: Storage>(storage: &S) {
    let store = open(storage, "life");
    let number = store.next_number().unwrap();
    assert!(store.trial(number).unwrap().is_none(), "the next number has no record yet");
    let running = store.begin(number, begun(1)).unwrap();
    assert_eq!(running.state(), TrialState::Running);
    assert_eq!(running.lease(), Some(&lease()), "a running trial belongs to its worker");
    let later = lease().until(Timestamp(12_000));
    let renewed = store.append(number, vec![Event::Renewed { lease: later.clone() }]).unwrap();
    assert_eq!(renewed.lease(), Some(&later), "a lease can be renewed");
    store.append(number, vec![Event::Reported { step: 3, value: f64::NAN }]).unwrap();
    let several = vec![
        Event::Reported { step: 4, value: 0.5 },
        Event::reported(1, 4, f64::NAN),
        Event::reported(2, 3, 7.0),
        Event::reported(2, 3, -0.0),
        Event::reported(2, u64::MAX, f64::INFINITY),
        Event::recorded("seconds", 1.5),
        Event::noted("commit", "1f3c"),
        Event::noted("commit", "9ab0"),
    ];
    store.append(number, several).unwrap();
    let before = store.changes(&Revision::START).unwrap();
    assert_eq!(before.records.len(), 1, "a trial is told once, however often it has changed");
    assert_eq!(before.records[0].state(), TrialState::Running);
    let done = store.append(number, finished(0.25, 300)).unwrap();
    assert_eq!(done.state(), TrialState::Complete);
    assert_eq!(done.value(), Some(0.25));
    assert_eq!(done.lease(), None, "a trial that has ended belongs to nobody");
    assert_eq!(done.point(), &point(1), "the point must come back exactly");
    assert_eq!(done.notes().get("stage"), Some(&Value::Int(2)), "the sampler's notes are kept");
    assert_eq!(done.metrics().get("seconds"), Some(&1.5), "metrics are kept");
    let commit = Value::Text("9ab0".into());
    assert_eq!(done.notes().get("commit"), Some(&commit), "the last text of a name counts");
    assert!(done.reports()[&3].is_nan() && done.reports()[&4] == 0.5);
    let of_goal = |goal: usize| done.reports_of(goal).iter().map(|(step, value)| (*step, *value));
    assert!(of_goal(1).all(|(step, value)| step == 4 && value.is_nan()), "reports of all goals");
    let bits: Vec<_> = of_goal(2).map(|(step, value)| (step, value.to_bits())).collect();
    let expected = [(3, (-0.0_f64).to_bits()), (u64::MAX, f64::INFINITY.to_bits())];
    assert_eq!(bits, expected, "the last report of a step and a goal counts, to the last bit");
    assert_eq!((done.reports().len(), done.reports_of(1).len()), (2, 1));
    assert_eq!(done.duration().unwrap().as_micros(), 200);
    let changes = store.changes(&before.revision).unwrap();
    let told: Vec<_> = changes.records.iter().map(|record| record.state()).collect();
    assert_eq!(told, [TrialState::Complete], "what has changed since a revision is told");
    let nothing = store.changes(&changes.revision).unwrap();
    assert!(nothing.records.is_empty(), "nothing has changed");
    assert!(store.next_number().unwrap() > number, "numbers ascend");
}

fn refuses_what_is_out_of_order<S: Storage>(storage: &S) {
    let store = open(storage, "order");
    let finish = |number| {
        store.append(number, finished(Outcome::Pruned(Some("too slow".into())), 2)).map(|_| ())
    };
    assert!(matches!(finish(9), Err(Error::UnknownTrial { number: 9 })));
    let number = store.next_number().unwrap();
    assert!(matches!(finish(number), Err(Error::UnknownTrial { .. })), "it has not begun");
    let no_config = vec![Event::recorded("seconds", 1.0)];
    assert!(store.begin(number, no_config).is_err(), "a trial begins with its config");
    assert!(store.trial(number).unwrap().is_none(), "nothing is changed by a refusal");
    store.begin(number, begun(1)).unwrap();
    assert!(store.begin(number, begun(2)).is_err(), "a trial begins once");
    let [created, started] = begun(3).try_into().unwrap();
    for event in [created, started] {
        let events = vec![Event::recorded("seconds", 1.0), event];
        assert!(store.append(number, events).is_err(), "a trial gets its config and starts once");
    }
    let metrics = store.trial(number).unwrap().unwrap().metrics().len();
    assert_eq!(metrics, 0, "of events that are refused together none is kept");
    finish(number).unwrap();
    assert!(matches!(finish(number), Err(Error::AlreadyTold { .. })), "a trial ends once");
    let late = store.append(number, vec![Event::Reported { step: 1, value: 1.0 }]);
    assert!(matches!(late, Err(Error::AlreadyTold { .. })));
    let waits = store.add(None, waiting(3)).unwrap();
    assert!(matches!(finish(waits), Err(Error::UnknownTrial { .. })), "it does not run");
    let begin = vec![Event::Started { at: Timestamp(1), lease: None }];
    let begun = store.append(waits, begin);
    assert!(begun.is_err(), "a waiting trial starts by `take` only, and `append` has started it");
    assert!(store.add(None, vec![]).is_err(), "a trial has a config");
}

fn shares_studies_by_name<S: Storage>(storage: &S) {
    let (one, other) =
        (storage.open(header("shared")).unwrap(), storage.open(header("shared")).unwrap());
    assert!(one.created && !other.created, "the first to open a study creates it");
    let (one, other) = (one.store, other.store);
    let apart = open(storage, "apart");
    let first = one.add(None, waiting(1)).unwrap();
    let second = other.add(None, waiting(2)).unwrap();
    let added = vec![
        Event::created(point(3), Origin::Added),
        Event::recorded("train_error", 0.5),
        Event::Finished { outcome: Outcome::Complete(1.0.into()), at: Timestamp::default() },
    ];
    let added = one.add(None, added).unwrap();
    let added = other.trial(added).unwrap().unwrap();
    assert_eq!(added.value(), Some(1.0));
    assert_eq!(added.metrics().get("train_error"), Some(&0.5), "metrics are kept");
    for expected in [first, second] {
        let taken = take(other.as_ref()).expect("waiting trials are handed out");
        assert_eq!(taken.number(), expected, "the oldest waiting trial comes first");
        assert_eq!(taken.state(), TrialState::Running);
        assert_eq!(taken.origin(), Origin::Enqueued);
        assert_eq!(taken.lease(), Some(&lease()), "a taken trial belongs to its taker");
    }
    assert!(take(one.as_ref()).is_none(), "nothing waits any more");
    assert!(all(apart.as_ref()).is_empty(), "studies do not mix");
    assert_eq!(storage.names().unwrap(), ["apart", "shared"]);
}

fn keeps_whole_trials<S: Storage>(storage: &S) {
    let store = open(storage, "whole");
    let mut events = waiting(1);
    events.push(Event::recorded("train_error", 0.5));
    events.push(Event::reported(1, 2, 0.25));
    let waits = store.add(Some(0), events.clone()).unwrap();
    assert_eq!(waits, 0, "the next number is given as wanted");
    events.extend(finished(Outcome::Pruned(Some("too slow".into())), 0));
    let pruned = store.add(Some(0), events).unwrap();
    assert_ne!(waits, pruned, "numbers are given out once");
    let kept = store.trial(pruned).unwrap().unwrap();
    assert_eq!((kept.number(), kept.state()), (pruned, TrialState::Pruned));
    assert_eq!(kept.point(), &point(1), "the point must come back exactly");
    assert_eq!(kept.metrics().get("train_error"), Some(&0.5), "metrics are kept");
    assert_eq!(kept.origin(), Origin::Enqueued, "the origin is kept");
    assert_eq!(kept.reports_of(1).get(&2), Some(&0.25), "reports are kept");
    let taken = take(store.as_ref()).expect("a whole trial that waits is handed out");
    assert_eq!(taken.number(), waits);
    assert!(store.next_number().unwrap() > waits.max(pruned), "numbers ascend");
    let told: BTreeSet<u64> = all(store.as_ref()).iter().map(|record| record.number()).collect();
    assert_eq!(told, BTreeSet::from([waits, pruned]), "every change is told");
}

fn begins_trials_with_the_reports_of_others<S: Storage>(storage: &S) {
    let store = open(storage, "continued");
    let number = store.next_number().unwrap();
    let origin = Origin::Continued { of: 7 };
    let events = vec![
        Event::created(point(1), origin),
        Event::Started { at: Timestamp(100), lease: Some(lease()) },
        Event::recorded("earlier_seconds", 2.5),
        Event::Reported { step: 0, value: 2.0 },
        Event::Reported { step: 3, value: f64::INFINITY },
        Event::reported(1, 3, 0.5),
    ];
    let begun = store.begin(number, events).unwrap();
    assert_eq!(begun.origin(), origin, "the origin is kept");
    assert_eq!(begun.state(), TrialState::Running);
    assert_eq!(begun.reports().len(), 2, "a trial may begin with reports");
    assert_eq!(begun.reports_of(1).get(&3), Some(&0.5), "of all goals");
    assert_eq!(begun.metrics().get("earlier_seconds"), Some(&2.5), "and with metrics");
    let told = store.append(number, finished(1.0, 200)).unwrap();
    assert_eq!((told.origin(), told.reports().len()), (origin, 2));
}

fn keeps_results_together_each_for_itself<S: Storage>(storage: &S) {
    let store = open(storage, "together");
    let (first, second) = (begin(store.as_ref()), begin(store.as_ref()));
    let unknown = second + 7;
    let told = store.append_each(vec![
        (first, finished(0.5, 200)),
        (unknown, finished(0.5, 200)),
        (second, vec![Event::Reported { step: 1, value: 1.0 }]),
        (first, finished(0.75, 200)),
        (second, finished(0.25, 200)),
    ]);
    let [one, none, reported, twice, other] = &told[..] else {
        panic!("every trial is answered for: {told:?}")
    };
    assert_eq!(one.as_ref().unwrap().value(), Some(0.5));
    assert!(matches!(none, Err(Error::UnknownTrial { .. })), "there is no such trial: {none:?}");
    assert!(reported.is_ok(), "{reported:?}");
    assert!(matches!(twice, Err(Error::AlreadyTold { .. })), "a trial ends once: {twice:?}");
    assert_eq!(other.as_ref().unwrap().value(), Some(0.25));
    assert_eq!(store.trial(first).unwrap().unwrap().value(), Some(0.5), "the first result is kept");
}

/// How often each of four takers tries.
const EACH: usize = 50;

fn gives_each_number_to_one_taker<S: Storage>(storage: &S) {
    let numbers = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for taker in 0..4 {
            let numbers = &numbers;
            scope.spawn(move || {
                let store = open(storage, "takers");
                for _ in 0..EACH {
                    let number = begin(store.as_ref());
                    store.append(number, finished(f64::from(taker), 200)).unwrap();
                    numbers.lock().unwrap().push(number);
                }
            });
        }
    });
    let numbers = numbers.into_inner().unwrap();
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), 4 * EACH, "a number was given out twice");
    let told: BTreeSet<u64> = all(open(storage, "takers").as_ref())
        .iter()
        .filter(|record| record.state() == TrialState::Complete)
        .map(|record| record.number())
        .collect();
    assert_eq!(told, distinct, "every outcome is told");
}

/// Begins a trial, however many others begin theirs.
fn begin(store: &dyn StudyStore) -> u64 {
    loop {
        let number = store.next_number().unwrap();
        match store.begin(number, begun(number)) {
            Err(Error::Outdated) => {}
            begun => return begun.unwrap().number(),
        }
    }
}

fn hands_each_waiting_trial_to_one_taker<S: Storage>(storage: &S) {
    let store = open(storage, "waiting");
    let added: BTreeSet<u64> =
        (0..EACH as u64).map(|seed| store.add(None, waiting(seed)).unwrap()).collect();
    let numbers = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = open(storage, "waiting");
                while let Some(taken) = take(store.as_ref()) {
                    numbers.lock().unwrap().push(taken.number());
                }
            });
        }
    });
    let numbers = numbers.into_inner().unwrap();
    assert_eq!(numbers.len(), added.len(), "a waiting trial was handed out twice or never");
    assert_eq!(BTreeSet::from_iter(numbers), added, "every waiting trial is handed out");
}

fn refuses_what_is_outdated<S: Storage>(storage: &S) {
    let (one, other) = (open(storage, "next"), open(storage, "next"));
    let (first, same) = (one.next_number().unwrap(), other.next_number().unwrap());
    assert_eq!(first, same, "all are told the same next number");
    one.begin(first, begun(1)).unwrap();
    let refused = other.begin(same, begun(2));
    assert!(matches!(refused, Err(Error::Outdated)), "another trial has the number: {refused:?}");
    let kept = other.trial(same).unwrap().unwrap();
    assert_eq!(kept.point(), &point(1), "nothing is changed by a refusal");
    let next = other.next_number().unwrap();
    one.append(first, vec![Event::Reported { step: 1, value: 0.5 }]).unwrap();
    one.append(first, finished(0.5, 2)).unwrap();
    other.begin(next, begun(2)).unwrap_or_else(|error| {
        panic!("reports and results of others make no suggestion outdated: {error}")
    });
    let next = one.next_number().unwrap();
    other.add(None, waiting(3)).unwrap();
    let refused = one.begin(next, begun(4));
    assert!(matches!(refused, Err(Error::Outdated)), "an added trial counts, too: {refused:?}");
}

/// Whoever opens the study is told the same time, if the storage has a clock, and it goes on.
fn has_one_time<S: Storage>(storage: &S) {
    let (one, other) = (open(storage, "time"), open(storage, "time"));
    let first = [&one, &other].map(|store| store.time());
    std::thread::sleep(std::time::Duration::from_millis(60));
    let second = [&one, &other].map(|store| store.time());
    if first == [None; 2] && second == [None; 2] {
        return;
    }
    for before in first {
        for after in second {
            let (Some(before), Some(after)) = (before, after) else {
                panic!("a storage tells the time always or never: {first:?}, then {second:?}")
            };
            // The file system's clock has steps of some milliseconds, and a busy machine sleeps longer.
            let passed = after.0.checked_sub(before.0);
            assert!(
                passed.is_some_and(|passed| (20_000..30_000_000).contains(&passed)),
                "60,000 microseconds have passed, and `time` told {before:?} and then {after:?}"
            );
        }
    }
}
