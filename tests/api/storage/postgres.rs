//! Studies in a PostgreSQL database: of the server that `TUNEWRIGHT_POSTGRES` names, an address as
//! `postgres://user@host:port/database` whose user may make schemas.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{PostgresStorage, Revision, Storage, StudyStore};
use tunewright::trial::{
    Direction, Event, Lease, Origin, Outcome, StudyHeader, Timestamp, TrialRecord,
};
use tunewright::{BayesianSampler, Error, Study, Trial, testing};

/// A schema of a test's own, which goes with it.
pub(super) struct Schema {
    address: String,
    name: String,
}

impl Schema {
    /// `None` where no server is named, which is printed.
    pub(super) fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(address) = std::env::var("TUNEWRIGHT_POSTGRES") else {
            println!("skipped: TUNEWRIGHT_POSTGRES names no PostgreSQL server");
            return None;
        };
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("tunewright_test_{}_{made}", std::process::id());
        let schema = Schema { address, name };
        schema.run(&format!("CREATE SCHEMA {}", schema.name));
        Some(schema)
    }

    fn run(&self, sql: &str) {
        Client::connect(&self.address, NoTls).unwrap().batch_execute(sql).unwrap();
    }

    pub(super) fn storage(&self) -> PostgresStorage {
        let options = format!("options=-c%20search_path%3D{}", self.name);
        let mark = if self.address.contains('?') { '&' } else { '?' };
        PostgresStorage::new(&format!("{}{mark}{options}", self.address)).unwrap()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.run(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

fn space() -> Space {
    Space::builder()
        .float("x", -1.0..=1.0, Scale::Linear)
        .choice("kernel", |k| k.unit("linear").variant("rbf", |p| p.int("n", 1..=9, Scale::Log)))
        .build()
        .unwrap()
}

fn open(storage: &PostgresStorage) -> Arc<dyn StudyStore> {
    let header = StudyHeader::new("study", Direction::Maximize, &space(), 7);
    storage.open(header).unwrap().store
}

fn records(store: &dyn StudyStore) -> Vec<Arc<TrialRecord>> {
    let mut records = store.changes(&Revision::START).unwrap().records;
    records.sort_by_key(|record| record.number());
    records
}

#[test]
fn conformance() {
    if Schema::new().is_none() {
        return;
    }
    let schemas = std::cell::RefCell::new(Vec::new());
    testing::storage(|| {
        let schema = Schema::new().unwrap();
        let storage = schema.storage();
        schemas.borrow_mut().push(schema);
        storage
    });
}

#[test]
fn every_number_comes_back() {
    let Some(schema) = Schema::new() else { return };
    let store = open(&schema.storage());
    let study = Study::in_space(space()).build().unwrap();
    study.ask().unwrap();
    let point = study.trials().unwrap().iter().next().unwrap().point().clone();
    for outcome in [
        Outcome::Complete((-0.0).into()),
        Outcome::Complete(5e-324.into()),
        Outcome::Pruned(Some("rank 9 of 12".into())),
        Outcome::Interrupted,
        Outcome::Failed("out of memory:\n\"é\" \u{1}".into()),
    ] {
        let number = store.next_number().unwrap();
        let lease = Some(Lease::of("worker").until(Timestamp(9)));
        let begun = vec![
            Event::created(point.clone(), Origin::Sampler),
            Event::Started { at: Timestamp(1_000), lease },
        ];
        store.begin(number, begun).unwrap();
        let mut events = vec![Event::recorded("odd", f64::NAN), Event::noted("commit", "1f3c\n")];
        for (step, value) in [(0, f64::NAN), (1, f64::INFINITY), (2, f64::NEG_INFINITY), (3, -0.0)]
        {
            events.push(Event::Reported { step, value });
        }
        events.push(Event::Finished { outcome, at: Timestamp(2_000) });
        store.append(number, events).unwrap();
    }
    let large = store.next_number().unwrap();
    let begun = vec![
        Event::created(point, Origin::Sampler),
        Event::Started { at: Timestamp(1_000), lease: None },
    ];
    store.begin(large, begun).unwrap();
    let step = Event::Reported { step: 1 << 40, value: 1.0 };
    let error = store.append(large, vec![step]).unwrap_err().to_string();
    assert!(error.contains("larger than the whole numbers"), "{error}");
    store.append(large, vec![Event::Reported { step: 1, value: 1.0 }]).unwrap();
    // As text, in which NaN equals NaN and -0.0 differs from 0.0.
    let (before, after) = (records(store.as_ref()), records(open(&schema.storage()).as_ref()));
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

fn square(p: Params, _: &mut Trial) -> Result<f64, Error> {
    Ok(p.float("x")?.powi(2))
}

#[test]
fn a_study_goes_on_as_if_nothing_had_happened() {
    let Some(schema) = Schema::new() else { return };
    let builder =
        || Study::in_space(space()).seed(3).sampler(BayesianSampler::new().start_trials(5));
    let uninterrupted = builder().build().unwrap();
    uninterrupted.optimize(square, 16).unwrap();
    for part in [7, 9] {
        builder().storage(schema.storage()).build().unwrap().optimize(square, part).unwrap();
    }
    let resumed = builder().storage(schema.storage()).build().unwrap();
    let points = |study: &Study<Params>| -> Vec<_> {
        study.trials().unwrap().iter().map(|record| record.point().clone()).collect()
    };
    assert_eq!(points(&uninterrupted), points(&resumed));
}

#[test]
fn thousands_of_trials_are_read() {
    let Some(schema) = Schema::new() else { return };
    let storage = schema.storage();
    let store = open(&storage);
    schema.run(&format!(
        "SET search_path = {}; \
         INSERT INTO trials (number, study_id, state) \
         SELECT i, 1, 'COMPLETE' FROM generate_series(0, 4999) i ORDER BY i; \
         INSERT INTO trial_values (trial_id, objective, value, value_type) \
         SELECT trial_id, 0, number, 'FINITE' FROM trials",
        schema.name
    ));
    assert_eq!(store.next_number().unwrap(), 5_000);
    let stored = storage.stored("study").unwrap().unwrap();
    assert_eq!(stored.trials().len(), 5_000);
    assert!(stored.trials().all(|trial| trial.values() == [trial.number() as f64]));
}

#[test]
fn it_works_within_a_tokio_runtime() {
    let Some(schema) = Schema::new() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let study = Study::in_space(space()).storage(schema.storage()).build().unwrap();
        study.optimize(square, 5).unwrap();
        assert_eq!(study.trials().unwrap().len(), 5);
    });
}

#[test]
fn what_is_wrong_is_said() {
    let unreachable = PostgresStorage::new("not an address");
    assert!(matches!(unreachable, Err(Error::InvalidOption { .. })));
    let Some(schema) = Schema::new() else { return };
    drop(open(&schema.storage()));
    let set = "UPDATE alembic_version SET version_num = 'v9.9.0.a'";
    schema.run(&format!("SET search_path = {}; {set}", schema.name));
    let error = schema.storage().names().unwrap_err().to_string();
    assert!(error.contains("later version"), "{error}");
    let text = format!("{:?}", PostgresStorage::new("postgres://me:secret@host/runs").unwrap());
    assert!(text.contains("runs") && !text.contains("secret"), "{text}");
}
