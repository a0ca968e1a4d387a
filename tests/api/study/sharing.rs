//! Several studies, one storage: what processes will do, threads do here.

use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{MemoryStorage, Revision, Storage};
use tunewright::trial::{Origin, TrialState};
use tunewright::{Error, SobolSampler, Study, Trial};

fn line(high: f64) -> Space {
    Space::builder().float("x", -5.0..=high, Scale::Linear).build().unwrap()
}

fn open(storage: &MemoryStorage) -> Study<Params> {
    Study::in_space(line(5.0))
        .sampler(SobolSampler::new())
        .storage(storage.clone())
        .build()
        .unwrap()
}

fn square(p: Params, _: &mut Trial) -> Result<f64, Error> {
    Ok(p.float("x")?.powi(2))
}

#[test]
fn numbers_trials_and_seeds_are_shared() {
    let storage = MemoryStorage::new();
    let (one, other) = (open(&storage), open(&storage));
    assert_eq!(one.seed(), other.seed(), "the study keeps the seed it was created with");
    std::thread::scope(|scope| {
        for study in [&one, &other] {
            scope.spawn(|| study.optimize(square, 100).unwrap());
        }
    });
    let history = one.history().unwrap();
    assert_eq!(history.complete_count(), 200);
    assert_eq!(history.distinct(), 200, "neither repeats the points of the other");
    assert_eq!(one.best().unwrap().number(), other.best().unwrap().number());
}

/// Whoever suggests while another begins must look again.
#[test]
fn no_two_studies_run_the_same_point() {
    for round in 0..4 {
        let storage = MemoryStorage::new();
        let grid = || {
            let steps = Space::builder()
                .int("a", 0..=9, Scale::Linear)
                .int("b", 0..=9, Scale::Linear)
                .build()
                .unwrap();
            let study = Study::in_space(steps).sampler(SobolSampler::new()).workers(2);
            study.storage(storage.clone()).build().unwrap()
        };
        let studies: Vec<Study<Params>> = (0..4).map(|_| grid()).collect();
        let objective = |p: Params, _: &mut Trial| {
            std::thread::yield_now();
            p.float("a")
        };
        std::thread::scope(|scope| {
            for study in &studies {
                scope.spawn(|| study.optimize(objective, 100).unwrap());
            }
        });
        let history = studies[0].history().unwrap();
        assert_eq!(history.trials().count(), 100, "round {round}");
        assert_eq!(history.distinct(), 100, "round {round}");
    }
}

/// An enqueued config is not suggested a second time, whenever it comes.
#[test]
fn a_suggestion_is_made_again_when_its_point_was_taken_meanwhile() {
    let storage = MemoryStorage::new();
    let two = || Space::builder().choices("a", ["x", "y"]).build().unwrap();
    let other = Study::in_space(two()).storage(storage.clone()).build().unwrap();
    let other = std::sync::Arc::new(other);
    let enqueues = {
        let other = std::sync::Arc::clone(&other);
        let taken = std::sync::atomic::AtomicBool::new(false);
        move |p: &Params| {
            // In the midst of the first suggestion, another study takes the point that is looked at.
            if !taken.swap(true, std::sync::atomic::Ordering::SeqCst) {
                other.add(p.clone(), 1.0).unwrap();
            }
            true
        }
    };
    let study = Study::in_space(two()).storage(storage).seed(other.seed());
    let study = study.constraint("meanwhile", enqueues).build().unwrap();
    let asked = study.ask().unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.distinct(), 2, "{history:?}");
    study.tell(asked, 2.0).unwrap();
    assert!(matches!(study.ask().unwrap_err(), Error::Exhausted { points: 2 }));
}

#[test]
fn running_and_waiting_trials_are_visible_to_all() {
    let storage = MemoryStorage::new();
    let (one, other) = (open(&storage), open(&storage));
    let config = line(5.0).params([("x", 1.25.into())]).unwrap();
    one.enqueue(config.clone()).unwrap();
    let asked = other.ask().unwrap();
    assert_eq!(asked.config(), &config);
    let history = one.history().unwrap();
    let pending: Vec<_> = history.pending().collect();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].state(), TrialState::Running);
    assert_eq!(pending[0].origin(), Origin::Enqueued);
    let told = other.tell(asked, 1.5625).unwrap();
    assert_eq!(one.best().unwrap().record(), told.as_ref());
}

#[test]
fn another_space_direction_or_seed_is_another_study() {
    let storage = MemoryStorage::new();
    let first = open(&storage);
    let mismatch = |result: Result<Study<Params>, Error>| match result.unwrap_err() {
        Error::StudyMismatch { difference, .. } => difference,
        error => panic!("{error}"),
    };
    let again = |high| Study::in_space(line(high)).storage(storage.clone());
    assert_eq!(mismatch(again(6.0).build()), "space");
    let told = again(6.0).build().unwrap_err().to_string();
    assert!(told.contains("another space (x was -5..=5 and is -5..=6)"), "{told}");
    assert_eq!(mismatch(again(5.0).maximize().build()), "direction");
    let other = first.seed() ^ 1;
    assert_eq!(mismatch(again(5.0).seed(other).build()), "seed");
    let told = again(5.0).seed(other).build().unwrap_err().to_string();
    assert!(told.contains(&format!("({} and not {other}", first.seed())), "{told}");
    let told = again(5.0).name("missing").resume().unwrap_err().to_string();
    assert!(told.contains("it has `") && told.contains("look at the name"), "{told}");
    assert!(again(5.0).seed(first.seed()).build().is_ok());
    assert!(again(6.0).name("other").build().is_ok());
}

#[test]
fn a_resumed_study_goes_on_as_one_that_never_stopped() {
    let whole = open_seeded(&MemoryStorage::new());
    whole.optimize(square, 20).unwrap();
    let storage = MemoryStorage::new();
    for _ in 0..4 {
        open_seeded(&storage).optimize(square, 5).unwrap();
    }
    let points = |study: &Study<Params>| -> Vec<_> {
        study.history().unwrap().trials().map(|trial| trial.point().clone()).collect()
    };
    assert_eq!(points(&whole), points(&open_seeded(&storage)));
}

fn open_seeded(storage: &MemoryStorage) -> Study<Params> {
    let start = line(5.0).params([("x", 0.5.into())]).unwrap();
    // The start config is only for the study's beginning, not for each time it is resumed.
    Study::in_space(line(5.0))
        .seed(4)
        .sampler(SobolSampler::new())
        .storage(storage.clone())
        .start_from(start)
        .build()
        .unwrap()
}

/// The mistake is mended and the study built again: what it starts from is not lost.
#[test]
fn a_start_that_may_not_be_tried_leaves_no_study_behind() {
    let storage = MemoryStorage::new();
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let build = |x: f64, most: f64| {
        let start = space.params([("x", x.into())]).unwrap();
        let small = move |p: &Params| p.float("x").map(|x| x <= most);
        let builder = Study::in_space(space.clone()).storage(storage.clone());
        builder.constraint("x is small", small).start_from(start).start_from_default().build()
    };
    assert!(matches!(build(0.9, 0.5), Err(Error::ConstraintViolated { .. })));
    assert!(storage.names().unwrap().is_empty());
    let study = build(0.9, 1.0).unwrap();
    let first = study.ask().unwrap();
    assert_eq!(first.config().float("x").unwrap(), 0.9);
    assert_eq!(study.ask().unwrap().config().float("x").unwrap(), 0.5);
}

#[test]
fn a_revision_of_another_storage_has_seen_nothing() {
    let storage = MemoryStorage::new();
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).storage(storage).seed(1).build().unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.float("x"), 3).unwrap();
    let store = study.store();
    assert_eq!(store.changes(&Revision::from("elsewhere")).unwrap().records.len(), 3);
    assert!(store.changes(&Revision::from(u64::MAX)).unwrap().records.is_empty());
}

/// As where each step is a process of its own.
#[test]
fn a_report_of_anybody_is_a_sign_of_life() {
    let storage = MemoryStorage::new();
    let length = std::time::Duration::from_secs(2);
    let open = || {
        let study = Study::in_space(line(5.0)).lease(length).no_pruning();
        study.storage(storage.clone()).build().unwrap()
    };
    let asking = open();
    let number = asking.ask().unwrap().number();
    drop(asking);
    let state = |study: &Study<Params>| {
        study.ask().unwrap();
        study.history().unwrap().trial(number).unwrap().state()
    };
    for step in 1..=6 {
        std::thread::sleep(length / 4);
        let study = open();
        study.report_progress(study.trial_id(number), step, 0.5).unwrap();
        assert_eq!(state(&study), TrialState::Running, "after {step} reports");
    }
    std::thread::sleep(length + length / 4);
    assert_eq!(state(&open()), TrialState::Failed);
}
