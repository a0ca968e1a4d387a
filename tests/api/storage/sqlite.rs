//! Studies in a SQLite database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tunewright::space::{Params, Point, Scale, Space, Value};
use tunewright::storage::{Revision, SqliteStorage, Storage, StoredState, StudyStore};
use tunewright::trial::{
    Direction, Event, Goals, Lease, Origin, Outcome, StudyHeader, Timestamp, TrialRecord,
    TrialState,
};
use tunewright::{
    BayesianSampler, ControllerSampler, Error, EvolutionSampler, GridSampler, Sampler,
    SobolSampler, Study, Trial,
};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    (folder, path)
}

fn space() -> Space {
    Space::builder()
        .float("lr", 1e-5..=1.0, Scale::Log)
        .int("depth", 1..=9, Scale::Linear)
        .choice("kernel", |k| k.unit("linear").variant("rbf", |p| p.int("n", 1..=9, Scale::Log)))
        .build()
        .unwrap()
}

fn header(space: &Space) -> StudyHeader {
    StudyHeader::new("study", Direction::Minimize, space, 7)
}

fn open(path: &Path, space: &Space) -> Arc<dyn StudyStore> {
    SqliteStorage::new(path).open(header(space)).unwrap().store
}

fn begun(space: &Space, seed: u64) -> Vec<Event> {
    let point = point(space, seed);
    let lease = Some(Lease::of("worker").until(Timestamp(9)));
    vec![Event::created(point, Origin::Sampler), Event::Started { at: Timestamp(1_000), lease }]
}

fn point(space: &Space, seed: u64) -> Point {
    let study = Study::in_space(space.clone()).seed(seed).build().unwrap();
    study.ask().unwrap();
    study.trials().unwrap().iter().next().unwrap().point().clone()
}

fn records(store: &dyn StudyStore) -> Vec<Arc<TrialRecord>> {
    let mut records = store.changes(&Revision::START).unwrap().records;
    records.sort_by_key(|record| record.number());
    records
}

fn finished(outcome: impl Into<Outcome>) -> Event {
    Event::Finished { outcome: outcome.into(), at: Timestamp(2_000) }
}

#[test]
fn every_state_and_number_comes_back() {
    let (_folder, path) = folder();
    let space = space();
    let store = open(&path, &space);
    let outcomes: [Outcome; 6] = [
        Outcome::Complete((-0.0).into()),
        Outcome::Complete(5e-324.into()),
        Outcome::Complete(f64::MAX.into()),
        Outcome::Pruned(Some("rank 9 of 12".into())),
        Outcome::Interrupted,
        Outcome::Failed("out of memory:\n\"é\" \u{1} \\ud800".into()),
    ];
    for (seed, outcome) in outcomes.into_iter().enumerate() {
        let number = store.next_number().unwrap();
        store.begin(number, begun(&space, seed as u64)).unwrap();
        for (step, value) in
            [(0, f64::NAN), (1, f64::INFINITY), (2, f64::NEG_INFINITY), (3, -0.0), (9, 1e-310)]
        {
            store.append(number, vec![Event::Reported { step, value }]).unwrap();
        }
        let events = vec![
            Event::recorded("seconds", 1.5),
            Event::recorded("", -0.0),
            Event::recorded("odd", f64::NAN),
            Event::noted("commit \"x\"", "1f3c\u{7f}\n"),
            finished(outcome),
        ];
        store.append(number, events).unwrap();
    }
    let before = records(store.as_ref());
    let states: Vec<TrialState> = before.iter().map(|record| record.state()).collect();
    use TrialState::{Complete, Failed, Interrupted, Pruned};
    assert_eq!(states, [Complete, Complete, Complete, Pruned, Interrupted, Failed]);
    assert!(before[0].value().unwrap().is_sign_negative());
    drop(store);
    let after = records(open(&path, &space).as_ref());
    // As text, in which NaN equals NaN and -0.0 differs from 0.0.
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[test]
fn whole_numbers_over_53_bits_come_back() {
    let (_folder, path) = folder();
    let large = 9_007_199_254_740_993_i64;
    let space = Space::builder().int("n", 0..=large + 9, Scale::Linear).build().unwrap();
    let open_study = || {
        let builder = Study::in_space(space.clone()).storage(SqliteStorage::new(&path));
        builder.build().unwrap()
    };
    let study = open_study();
    study.enqueue(space.params([("n", Value::Int(large))]).unwrap()).unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.int::<i64>("n").map(|n| n as f64), 1).unwrap();
    drop(study);
    let study = open_study();
    let trials = study.trials().unwrap();
    let value = space.describe(trials.iter().next().unwrap().point()).next().unwrap().1;
    assert_eq!(value, Value::Int(large));
}

fn objective(p: Params, trial: &mut Trial) -> Result<f64, Error> {
    let n = if p.branch("kernel")? == "rbf" { p.int::<i64>("kernel.rbf.n")? as f64 } else { 0.0 };
    let value = (p.float("lr")?.log10() + 3.0).powi(2) + (p.int::<i64>("depth")? as f64 - n).abs();
    trial.report(1, value + 1.0)?;
    trial.record("twice", 2.0 * value);
    Ok(value)
}

/// Suggestions of a run that is stopped and continued twice are those of one that is not.
#[test]
fn samplers_go_on_as_if_nothing_had_happened() {
    type Make = fn() -> Box<dyn Sampler>;
    let samplers: [Make; 5] = [
        || Box::new(SobolSampler::new()),
        || Box::new(GridSampler::coarse_to_fine(20)),
        || Box::new(BayesianSampler::new().start_trials(5)),
        || Box::new(EvolutionSampler::new().population(6)),
        || Box::new(ControllerSampler::new().start_trials(5)),
    ];
    for make in samplers {
        let (_folder, path) = folder();
        let build = |path: Option<&Path>| {
            let builder = Study::in_space(space()).seed(3).sampler(make());
            match path {
                Some(path) => builder.storage(SqliteStorage::new(path)).build().unwrap(),
                None => builder.build().unwrap(),
            }
        };
        let uninterrupted = build(None);
        uninterrupted.optimize(objective, 24).unwrap();
        for part in [9, 8, 7] {
            build(Some(&path)).optimize(objective, part).unwrap();
        }
        let resumed = build(Some(&path));
        let points = |study: &Study<Params>| -> Vec<Point> {
            study.trials().unwrap().iter().map(|record| record.point().clone()).collect()
        };
        assert_eq!(points(&uninterrupted), points(&resumed));
    }
}

#[test]
fn changes_of_others_are_seen() {
    let (_folder, path) = folder();
    let space = space();
    let (one, other) = (open(&path, &space), open(&path, &space));
    one.begin(0, begun(&space, 1)).unwrap();
    assert_eq!(other.next_number().unwrap(), 1);
    let seen = other.changes(&Revision::START).unwrap();
    assert_eq!(seen.records.len(), 1);
    assert_eq!(seen.records[0].lease(), Some(&Lease::of("worker").until(Timestamp(9))));
    one.append(0, vec![Event::Renewed { lease: Lease::of("worker").until(Timestamp(20)) }])
        .unwrap();
    let renewed = other.changes(&seen.revision).unwrap();
    assert_eq!(renewed.records[0].lease().unwrap().until, Some(Timestamp(20)));
    other.append(0, vec![finished(0.5)]).unwrap();
    let late = one.append(0, vec![finished(0.75)]);
    assert!(matches!(late, Err(Error::AlreadyTold { .. })), "{late:?}");
    assert_eq!(one.trial(0).unwrap().unwrap().value(), Some(0.5));
}

#[test]
fn results_told_together_are_kept_each_for_itself() {
    let (_folder, path) = folder();
    let space = space();
    let store = open(&path, &space);
    for seed in 0..3 {
        store.begin(seed, begun(&space, seed)).unwrap();
    }
    let told = store.append_each(vec![
        (0, vec![finished(0.5)]),
        (9, vec![finished(0.5)]),
        (1, vec![Event::Reported { step: 1, value: 1.0 }]),
        (0, vec![finished(0.75)]),
        (1, vec![finished(0.25)]),
    ]);
    assert_eq!(told[0].as_ref().unwrap().value(), Some(0.5));
    assert!(matches!(told[1], Err(Error::UnknownTrial { number: 9 })));
    assert!(matches!(told[3], Err(Error::AlreadyTold { .. })));
    let again = records(open(&path, &space).as_ref());
    assert_eq!(again[1].value(), Some(0.25));
    assert_eq!(again[1].reports()[&1], 1.0);
    assert_eq!(again[2].state(), TrialState::Running);
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let (_folder, path) = folder();
    let choices = |labels: [&'static str; 2]| {
        Space::builder()
            .choices("act", labels)
            .float("x", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap()
    };
    let first = choices(["relu", "tanh"]);
    let store = open(&path, &first);
    store.begin(0, begun(&first, 1)).unwrap();
    drop(store);
    let refused = |header: StudyHeader, expected: &str| {
        let before = fs::read(&path).unwrap();
        let error = SqliteStorage::new(&path).open(header).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "nothing is written");
    };
    refused(header(&choices(["relu", "gelu"])), "another space");
    let log = Space::builder().float("x", 0.1..=1.0, Scale::Log).build().unwrap();
    refused(header(&log), "another space");
    let goals = Goals::new(&[Direction::Minimize, Direction::Maximize]).unwrap();
    refused(StudyHeader::new("study", goals, &first, 7), "another direction");
    // Another range and a new parameter are no hindrance.
    let wider = Space::builder()
        .choices("act", ["relu", "tanh"])
        .float("x", -1.0..=2.0, Scale::Linear)
        .int("new", 0..=3, Scale::Linear)
        .build()
        .unwrap();
    assert_eq!(open(&path, &wider).header().space, wider);
}

#[test]
fn what_is_not_understood_stays_as_it_is() {
    let (folder, path) = folder();
    let refused = |name: &str, expected: &str| {
        let path = folder.path().join(name);
        let before = fs::read(&path).unwrap();
        let storage = SqliteStorage::new(&path);
        let errors = [
            storage.open(header(&space())).unwrap_err(),
            storage.names().unwrap_err(),
            storage.stored("study").unwrap_err(),
            storage.find("study").unwrap_err(),
        ];
        for error in errors.map(|error| error.to_string()) {
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    };
    fs::write(folder.path().join("text.db"), "These are notes and no database at all.").unwrap();
    refused("text.db", "no SQLite database");
    let other = Connection::open(folder.path().join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE prices (cents INTEGER)").unwrap();
    drop(other);
    refused("other.db", "of another program");
    for (revision, expected) in [("v9.9.0.a", "later version"), ("v2.6.0.a", "storage upgrade")] {
        drop(open(&path, &space()));
        let connection = Connection::open(&path).unwrap();
        connection.execute("UPDATE alembic_version SET version_num = ?1", [revision]).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(connection);
        refused("runs.db", expected);
        fs::remove_file(&path).unwrap();
    }
    let store = open(&path, &space());
    for seed in 0..60 {
        store.begin(seed, begun(&space(), seed)).unwrap();
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    let error = SqliteStorage::new(&path).open(header(&space())).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
    let missing = SqliteStorage::new(folder.path().join("nowhere/runs.db"));
    let error = missing.open(header(&space())).unwrap_err().to_string();
    assert!(error.contains("is its folder there"), "{error}");
}

#[test]
fn reading_makes_and_changes_nothing() {
    let (folder, path) = folder();
    let storage = SqliteStorage::new(&path);
    assert!(storage.names().unwrap().is_empty());
    assert!(storage.find("study").unwrap().is_none());
    assert!(storage.stored("study").is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let store = open(&path, &space());
    store.begin(0, begun(&space(), 1)).unwrap();
    store.append(0, vec![finished(0.5)]).unwrap();
    drop(store);
    let before = fs::read(&path).unwrap();
    for is_read_only in [false, true] {
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(is_read_only);
        fs::set_permissions(&path, permissions).unwrap();
        assert_eq!(storage.names().unwrap(), ["study"]);
        assert_eq!(records(storage.find("study").unwrap().unwrap().as_ref()).len(), 1);
        let stored = storage.stored("study").unwrap().unwrap();
        assert_eq!(stored.trials().next().unwrap().state(), StoredState::Complete);
        assert_eq!(stored.trials().next().unwrap().values(), [0.5]);
        assert!(storage.stored("other").unwrap().is_none());
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no file beside it");
    }
}

#[test]
fn a_lock_of_another_program_is_waited_for() {
    let (_folder, path) = folder();
    let store = open(&path, &space());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_secs(7));
            other.execute_batch("COMMIT").unwrap();
        });
        store.begin(0, begun(&space(), 1)).unwrap();
    });
    assert!(begin.elapsed() > Duration::from_secs(6));
}

#[test]
fn a_file_that_was_removed_acknowledges_nothing() {
    let (_folder, path) = folder();
    let store = open(&path, &space());
    store.begin(0, begun(&space(), 1)).unwrap();
    if cfg!(unix) {
        fs::remove_file(&path).unwrap();
        let error = store.append(0, vec![finished(0.5)]).unwrap_err().to_string();
        assert!(error.contains("removed or replaced"), "{error}");
    }
}

/// Says to this program that it is a worker, and where.
const WORKER: &str = "TUNEWRIGHT_SQLITE_WORKER";

/// What each of several processes does that create a study together.
#[test]
fn worker() {
    let Ok(path) = std::env::var(WORKER) else { return };
    let study = Study::in_space(space()).seed(3).storage(SqliteStorage::new(path)).build().unwrap();
    study.optimize(objective, 20).unwrap();
}

#[test]
fn processes_create_and_share_a_study() {
    let (_folder, path) = folder();
    let program = std::env::current_exe().unwrap();
    let start = || {
        Command::new(&program)
            .args(["--exact", "storage::sqlite::worker"])
            .env(WORKER, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let workers: Vec<_> = (0..5).map(|_| start()).collect();
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    let study = Study::in_space(space()).storage(SqliteStorage::new(&path)).build().unwrap();
    let trials = study.trials().unwrap();
    let numbers: Vec<u64> = trials.iter().map(TrialRecord::number).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    let others: Vec<_> =
        trials.iter().filter(|record| record.state() != TrialState::Complete).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// The tables as Optuna 4.9 and 5.0 make them.
#[test]
fn the_tables_are_optunas() {
    let (_folder, path) = folder();
    drop(open(&path, &space()));
    let connection = Connection::open(&path).unwrap();
    let sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let made = statement.query_map([], |row| {
        Ok(format!("{}: {}", row.get::<_, String>(0)?, squeezed(&row.get::<_, String>(1)?)))
    });
    let made: Vec<String> = made.unwrap().map(Result::unwrap).collect();
    let expected = include_str!("../../optuna/schema.txt");
    assert_eq!(made.join("\n"), expected.trim_end());
    let version: (i64, i64) = connection
        .query_row("SELECT version_info_id, schema_version FROM version_info", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(version, (1, 12));
}

/// A statement without blanks that say nothing.
fn squeezed(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")").replace(" (", "(")
}
