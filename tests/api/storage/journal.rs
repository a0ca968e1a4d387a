//! Studies that are kept in a journal.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use tunewright::sampler::Sampler;
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{self, JournalStorage, Storage, StoredState};
use tunewright::study::StudyBuilder;
use tunewright::trial::{Event, Origin, Outcome, Timestamp, TrialState};
use tunewright::{
    BayesianSampler, ControllerSampler, Error, EvolutionSampler, GridSampler, LocalSearchSampler,
    RandomSampler, SobolSampler, Study, Trial,
};

fn space() -> Space {
    Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .int("layers", 1..=6, Scale::Linear)
        .choice("kernel", |kernel| {
            kernel.unit("linear").variant("rbf", |p| p.float("gamma", 0.1..=10.0, Scale::Log))
        })
        .bool("bias")
        .build()
        .unwrap()
}

fn objective(p: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    let gamma = p.get("kernel.rbf.gamma")?.map_or(0.0, |gamma| gamma.as_f64().unwrap_or(0.0));
    trial.record("train_error", gamma);
    trial.report(1, 0.5)?;
    Ok((p.float("lr")?.ln() + 5.0).abs() + p.float("layers")? * 0.1 + (gamma - 1.0).abs())
}

fn study(path: &Path, sampler: impl Sampler + 'static) -> StudyBuilder<Params> {
    let study = Study::in_space(space()).sampler(sampler).seed(5);
    study.no_pruning().storage(JournalStorage::new(path))
}

/// The configs of a study that is opened anew after every few trials.
fn configs<S: Sampler + 'static>(path: &Path, make: impl Fn() -> S, each: usize) -> Vec<String> {
    let mut told = 0;
    while told < 24 {
        let study = study(path, make()).build().unwrap();
        study.optimize(objective, each).unwrap();
        told += each;
    }
    let study = study(path, make()).resume().unwrap();
    let history = study.history().unwrap();
    history.trials().map(|trial| format!("{:?} {:?}", trial.point(), trial.notes())).collect()
}

#[test]
fn a_sampler_goes_on_as_if_it_had_not_stopped() {
    fn check<S: Sampler + 'static>(make: impl Fn() -> S) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let whole = configs(&path("whole.log"), &make, 24);
        let parts = configs(&path("parts.log"), &make, 4);
        let again = configs(&path("again.log"), &make, 24);
        assert_eq!(whole, again, "{}", std::any::type_name::<S>());
        assert_eq!(whole, parts, "{}", std::any::type_name::<S>());
    }
    check(RandomSampler::new);
    check(SobolSampler::new);
    check(|| GridSampler::new().levels(3));
    check(|| GridSampler::coarse_to_fine(24));
    check(BayesianSampler::new);
    check(ControllerSampler::new);
    check(EvolutionSampler::new);
    check(LocalSearchSampler::new);
}

#[test]
fn a_study_is_the_same_as_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let kept = study(&folder.path().join("runs.log"), BayesianSampler::new()).build().unwrap();
    let memory = Study::in_space(space()).sampler(BayesianSampler::new()).seed(5).build().unwrap();
    for study in [&kept, &memory] {
        study.optimize(objective, 20).unwrap();
    }
    let points = |study: &Study<Params>| -> Vec<_> {
        let history = study.history().unwrap();
        history.trials().map(|trial| (trial.point().clone(), trial.value())).collect()
    };
    assert_eq!(points(&kept), points(&memory));
}

#[test]
fn every_state_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let first = study(&path, RandomSampler::new()).build().unwrap();
    let outcomes = [
        Outcome::from(-0.0),
        Outcome::from(5e-324),
        Outcome::Pruned(Some("rank 9 of 12".into())),
        Outcome::Interrupted,
        Outcome::Failed("out of \"memory\"\nλ".into()),
    ];
    for outcome in &outcomes {
        let mut asked = first.ask().unwrap();
        asked.trial().report(3, f64::NAN).unwrap();
        asked.trial().report(7, f64::INFINITY).unwrap();
        asked.trial().record("seconds", f64::NEG_INFINITY);
        asked.trial().note("commit", "1f3c");
        first.tell(asked, outcome.clone()).unwrap();
    }
    let waiting = first.ask().unwrap().config().clone();
    first.enqueue(waiting).unwrap();
    let again = study(&path, RandomSampler::new()).resume().unwrap();
    let (one, other) = (first.history().unwrap(), again.history().unwrap());
    let texts = |history: &tunewright::trial::History| -> Vec<_> {
        history.trials().map(|trial| format!("{trial:?}")).collect()
    };
    assert_eq!(texts(&one), texts(&other));
    assert_eq!(other.trials().count(), 7);
    assert_eq!(other.trial(0).unwrap().value().map(f64::to_bits), Some((-0.0_f64).to_bits()));
    assert_eq!(other.trial(6).unwrap().origin(), Origin::Enqueued);
    assert_eq!(again.ask().unwrap().number(), 6, "what waits is taken");
}

#[test]
fn a_text_names_the_storage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let url = format!("journal:{}", path.display());
    let new = || Study::in_space(space()).storage(url.as_str());
    assert!(matches!(new().resume(), Err(Error::NoSuchStudy { .. })));
    assert!(!path.exists(), "looking creates nothing");
    new().create().unwrap().optimize(objective, 3).unwrap();
    assert!(matches!(new().create(), Err(Error::StudyExists { .. })));
    assert_eq!(new().resume().unwrap().history().unwrap().complete_count(), 3);
    assert_eq!(storage::open(&url).unwrap().names().unwrap(), ["study"]);
    for wrong in ["runs.log", "journal:", "http://x", ""] {
        let error = Study::in_space(space()).storage(wrong).build().unwrap_err().to_string();
        assert!(error.contains("`journal:runs.log`"), "{error}");
    }
}

#[test]
fn all_workers_together_run_so_many_trials() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let study = study(&path, RandomSampler::new()).workers(2).build().unwrap();
                study.optimize_until(objective, 50).unwrap();
            });
        }
    });
    let study = study(&path, RandomSampler::new()).build().unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 50);
    study.optimize_until(objective, 50).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 50);
}

#[test]
fn the_trials_of_a_dead_worker_are_given_up_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let length = Duration::from_millis(200);
    let open = || study(&path, RandomSampler::new()).lease(length).retry(1).build().unwrap();
    let (dead, alive) = (open(), open());
    let lost = dead.ask().unwrap();
    let (number, config) = (lost.number(), lost.config().clone());
    let held = alive.ask().unwrap();
    // Its process dies, and nothing of it is told.
    drop((lost, dead));
    std::thread::sleep(3 * length);
    let next = open();
    let again = next.ask().unwrap();
    assert_eq!(*again.config(), config, "it is tried again");
    let history = next.history().unwrap();
    let record = history.trial(number).unwrap();
    assert_eq!(record.state(), TrialState::Failed);
    assert!(record.failure().unwrap().contains("no sign of life"), "{record:?}");
    assert_eq!(history.trial(held.number()).unwrap().state(), TrialState::Running);
    alive.tell(held, 1.0).unwrap();
    let late = next.tell(next.trial_id(number), 1.0);
    assert!(matches!(late, Err(Error::AlreadyTold { .. })), "a late result is refused");
}

#[test]
fn a_study_that_optuna_has_copied_is_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let open = |name: &str| study(&path, RandomSampler::new()).name(name).build().unwrap();
    open("study").optimize(objective, 3).unwrap();
    // `optuna.copy_study` copies the attributes, with the description that has the old name.
    let mut text = fs::read_to_string(&path).unwrap();
    let start = text.find("{\"tunewright:study\":").unwrap();
    let end = start + text[start..].find(",\"crc\"").unwrap();
    let description = text[start..end].to_owned();
    for line in [
        r#"{"op_code":0,"worker_id":"w","study_name":"copy","directions":[1]}"#.to_owned(),
        format!(r#"{{"op_code":3,"worker_id":"w","study_id":1,"system_attr":{description}}}"#),
    ] {
        text.push_str(&line);
        text.push('\n');
    }
    fs::write(&path, text).unwrap();
    let storage = JournalStorage::new(&path);
    assert_eq!(storage.find("copy").unwrap().unwrap().header().name, "copy");
    open("copy").optimize(objective, 2).unwrap();
    let count = |name: &str| storage.stored(name).unwrap().unwrap().trials().count();
    assert_eq!((count("study"), count("copy")), (3, 2));
}

#[test]
fn a_worker_whose_clock_is_late_keeps_its_trials() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let length = Duration::from_secs(2);
    let open = || study(&path, RandomSampler::new()).lease(length).build().unwrap();
    let (late, watching) = (open(), open());
    let first = watching.ask().unwrap();
    let asked = late.ask().unwrap();
    let store = JournalStorage::new(&path).find(late.name()).unwrap().unwrap();
    let lease = store.trial(asked.number()).unwrap().unwrap().lease().unwrap().clone();
    store
        .append(asked.number(), vec![Event::Renewed { lease: lease.clone().until(Timestamp(9)) }])
        .unwrap();
    std::thread::sleep(length / 10);
    let second = watching.ask().unwrap();
    late.tell(asked, 1.0).unwrap();
    // It dies, and its lease has not changed for long.
    let lost = late.ask().unwrap();
    let number = lost.number();
    drop((lost, late));
    store.append(number, vec![Event::Renewed { lease: lease.until(Timestamp(u64::MAX)) }]).unwrap();
    let mut asked = vec![first, second];
    for _ in 0..8 {
        std::thread::sleep(length / 5);
        asked.push(watching.ask().unwrap());
    }
    let history = watching.history().unwrap();
    assert_eq!(history.trial(number).unwrap().state(), TrialState::Failed);
}

#[test]
fn a_study_goes_on_in_another_space() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let open = |space: tunewright::Result<Space>| {
        Study::in_space(space.unwrap())
            .sampler(BayesianSampler::new())
            .storage(JournalStorage::new(&path))
    };
    let float = |high| Space::builder().float("x", 0.0..=high, Scale::Linear);
    let x = |p: Params, _: &mut Trial| p.float("x");
    open(float(1.0).build()).seed(3).build().unwrap().optimize(x, 12).unwrap();
    let count = |study: &Study<Params>| study.history().unwrap().complete_count();

    let wider = open(float(2.0).build()).build().unwrap();
    assert_eq!((count(&wider), wider.seed()), (12, 3));
    wider.optimize(x, 4).unwrap();
    let narrower = open(float(0.5).build()).build().unwrap();
    let fitting = count(&narrower);
    assert!((1..16).contains(&fitting), "{fitting} trials fit");
    narrower.optimize(x, 2).unwrap();
    let more = float(2.0).field_with_default("y", &tunewright::space::Int::range(0..=3), 0).build();
    let more = open(more).build().unwrap();
    assert_eq!(count(&more), 18, "the old trials had the default");
    more.optimize(x, 1).unwrap();
    assert_eq!(count(&open(float(2.0).build()).build().unwrap()), 19, "one parameter less");

    let other_kind = Space::builder().int("x", 0..=9, Scale::Linear).build();
    let before = fs::read(&path).unwrap();
    let refused = open(other_kind).build().unwrap_err();
    assert!(matches!(refused, Error::StudyMismatch { difference: "space", .. }), "{refused}");
    let told =
        "(x was real numbers 0..=2 and is whole numbers 0..=9); use another name and `learn_from";
    assert!(refused.to_string().contains(told), "{refused}");
    let log = Space::builder().float("x", 0.1..=9.0, Scale::Log).build();
    let refused = open(log).build().unwrap_err().to_string();
    assert!(refused.contains("0..=2, linear scale and is 0.1..=9, log scale"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before, "nothing is written by what is refused");
}

/// A journal of a few trials, and the values of those that are complete.
fn written(path: &Path) -> (Vec<u8>, BTreeMap<u64, Vec<f64>>) {
    let study = study(path, RandomSampler::new()).build().unwrap();
    study.optimize(objective, 6).unwrap();
    let waiting = study.ask().unwrap().config().clone();
    study.enqueue(waiting).unwrap();
    (fs::read(path).unwrap(), complete(path).unwrap())
}

fn complete(path: &Path) -> Option<BTreeMap<u64, Vec<f64>>> {
    let stored = JournalStorage::new(path).stored("study").unwrap()?;
    let complete = stored.trials().filter(|trial| trial.state() == StoredState::Complete);
    Some(complete.map(|trial| (trial.number(), trial.values().to_vec())).collect())
}

/// Changes some bytes of a journal and looks at what is left.
fn damage(cases: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let (content, values) = written(&path);
    let piece = (0..content.len(), 0..40_usize, proptest::collection::vec(any::<u8>(), 0..40));
    let strategy = proptest::collection::vec(piece, 1..4);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&strategy, |pieces| {
            let mut damaged = content.clone();
            for (at, removed, new) in pieces {
                let at = at.min(damaged.len());
                let end = (at + removed).min(damaged.len());
                damaged.splice(at..end, new);
            }
            fs::write(&path, &damaged).unwrap();
            let Some(kept) = complete(&path) else { return Ok(()) };
            for (number, value) in &kept {
                prop_assert_eq!(Some(value), values.get(number));
            }
            let storage = JournalStorage::new(&path);
            let before = storage.damage().unwrap();
            let repaired = storage.repair().unwrap();
            prop_assert_eq!(&repaired.lost, &before);
            prop_assert_eq!(complete(&path), Some(kept.clone()));
            let still = storage.damage().unwrap();
            prop_assert!(still.is_empty(), "{:?}", still);
            for line in fs::read_to_string(&path).unwrap().lines() {
                prop_assert!(line.starts_with('{') && line.ends_with('}'), "{}", line);
            }
            if let Ok(study) = study(&path, RandomSampler::new()).build() {
                study.optimize(objective, 1).unwrap();
                prop_assert!(complete(&path).unwrap().len() > kept.len());
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for content in ["lr 0.1 was good\n", "SQLite format 3\0\u{10}\0", "{\"trials\": []}"] {
        fs::write(&path, content).unwrap();
        let refused = study(&path, RandomSampler::new()).build().unwrap_err().to_string();
        assert!(refused.contains("it is no journal; give another path"), "{refused}");
        let storage = JournalStorage::new(&path);
        assert!(storage.names().is_err() && storage.damage().is_err() && storage.repair().is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "nothing is written");
    }
    // Its first writer was killed, or the disk lost what it wrote.
    for content in ["", "{\"op_c", "{\"op_code\":0,\"worker", "\0\0\0\0"] {
        fs::write(&path, content).unwrap();
        study(&path, RandomSampler::new()).build().unwrap().optimize(objective, 1).unwrap();
        assert_eq!(complete(&path).unwrap().len(), 1);
    }
}

#[test]
fn half_a_record_with_a_bracket_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let (content, values) = written(&path);
    // Optuna's records are ours with another worker and without a checksum.
    let text = String::from_utf8(content).unwrap();
    let theirs = text.lines().map(|line| {
        let end = line.rfind(",\"crc\"").unwrap();
        format!("{}}}\n", line[..end].replace("\"worker_id\":\"tunewright-", "\"worker_id\":\""))
    });
    for content in [text.clone(), theirs.collect()] {
        fs::write(&path, &content).unwrap();
        assert_eq!(complete(&path).unwrap(), values);
        for (at, _) in content.match_indices(',') {
            let damaged = [&content[..at], "}", &content[at..]].concat();
            fs::write(&path, &damaged).unwrap();
            for (number, value) in complete(&path).unwrap_or_default() {
                assert_eq!(values.get(&number), Some(&value), "a bracket at {at}");
            }
        }
    }
}

#[test]
fn damage_changes_no_value_and_can_be_repaired() {
    damage(60);
}

#[test]
#[ignore = "takes minutes"]
fn any_damage_changes_no_value() {
    damage(12_000);
}

#[test]
fn a_line_end_that_an_editor_took_away_loses_no_trial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let open = || study(&path, RandomSampler::new()).build().unwrap();
    open().optimize(objective, 3).unwrap();
    let all = complete(&path).unwrap();
    let mut content = fs::read(&path).unwrap();
    assert_eq!(content.pop(), Some(b'\n'));
    fs::write(&path, &content).unwrap();
    assert_eq!(complete(&path).unwrap(), all, "before anybody writes");

    open().optimize(objective, 1).unwrap();
    let after = complete(&path).unwrap();
    assert_eq!(after.len(), 4);
    assert!(all.iter().all(|(number, values)| after.get(number) == Some(values)));
    assert!(JournalStorage::new(&path).damage().unwrap().is_empty());

    // The next number follows that of a trial whose beginning lacks the line end.
    let begun = open().ask().unwrap().number();
    let mut content = fs::read(&path).unwrap();
    assert_eq!(content.pop(), Some(b'\n'));
    fs::write(&path, &content).unwrap();
    let study = open();
    let next = study.ask().unwrap();
    assert_eq!(next.number(), begun + 1);
    study.tell(next, 1.0).unwrap();
    let stored = JournalStorage::new(&path).stored("study").unwrap().unwrap();
    assert_eq!(stored.trials().len() as u64, begun + 2, "no trial was begun beside them");
}

#[test]
fn any_bytes_are_read_without_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let strategy = proptest::collection::vec(any::<u8>(), 0..300);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&strategy, |bytes| {
            fs::write(&path, &bytes).unwrap();
            let opened = study(&path, RandomSampler::new()).build();
            if let Err(error) = opened {
                prop_assert!(error.to_string().contains("it is no journal"), "{}", error);
                prop_assert_eq!(&fs::read(&path).unwrap(), &bytes);
            }
            fs::write(&path, [b"{\"op_code\"", bytes.as_slice()].concat()).unwrap();
            prop_assert!(JournalStorage::new(&path).stored("study").unwrap().is_none());
            let study = study(&path, RandomSampler::new()).build().unwrap();
            study.optimize(objective, 1).unwrap();
            Ok(())
        })
        .unwrap();
}
