//! Any bytes can be read as a journal, and repaired, without a panic and without losing a trial.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tunewright::sampler::Stream;
use tunewright::storage::{JournalStorage, Storage, StoredTrial, StudyStore};
use tunewright::trial::{Event, Origin, Outcome, Timestamp, Trials};

/// Where the bytes of one try are written; in memory where the system has a place for it.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::tempdir_in(folder).expect("a folder for journals")
});

/// The trials of every study by their numbers, as texts: NaN is not equal to itself.
type Known = BTreeMap<(String, u64), String>;

fn trials(storage: &JournalStorage) -> Known {
    let names = storage.names().expect("the file is there");
    let mut all = BTreeMap::new();
    for name in names {
        let stored = storage.stored(&name).expect("the file is there").expect("it is named");
        all.extend(stored.trials().map(|trial| ((name.clone(), trial.number()), trial.to_json())));
    }
    all
}

/// Adds a trial, which takes a number of its own and changes no other trial.
fn go_on(storage: &JournalStorage, name: &str, study: &dyn StudyStore, before: Known) -> Known {
    let events = vec![
        Event::created(study.header().space.sample(&mut Stream::new(1, 0)), Origin::Added),
        Event::Started { at: Timestamp(1), lease: None },
        Event::Finished { outcome: Outcome::Failed("it was fuzzed".into()), at: Timestamp(2) },
    ];
    // It is refused where the study is not as our own are, and nothing is written.
    let Ok(number) = study.add(None, events) else { return before };
    let mut after = trials(storage);
    let added = after.remove(&(name.to_owned(), number)).expect("it is in the journal");
    // Trials of which nothing is left but the number may be known from now on.
    after.retain(|trial, text| before.contains_key(trial) || !text.contains("\"FAIL\""));
    assert_eq!(after, before, "a further trial changes no other");
    after.insert((name.to_owned(), number), added);
    after
}

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("runs.log");
    fs::write(&path, bytes).expect("the folder is there");
    let storage = JournalStorage::new(&path);
    let names = match storage.names() {
        Ok(names) => names,
        Err(error) if error.to_string().contains("it is no journal") => return,
        Err(error) => panic!("the file is there: {error}"),
    };
    let mut before = trials(&storage);
    for name in names {
        // A study without directions, or of parameters that no space has, is refused.
        if let Ok(Some(study)) = storage.find(&name) {
            let _ = Trials::read(&*study);
            before = go_on(&storage, &name, &*study, before);
        }
    }
    let damage = storage.damage().expect("the file is there");
    let repaired = storage.repair().expect("the folder may be written to");
    assert_eq!(repaired.lost, damage);
    // A trial of which nothing is left but its number has failed from then on.
    let mut after = trials(&storage);
    after.retain(|trial, text| before.contains_key(trial) || !text.contains("\"FAIL\""));
    assert_eq!(after, before, "repairing changes no trial");
    if let Some(kept) = repaired.kept {
        fs::remove_file(kept).expect("it is the journal as it was");
    }
    // What a later version wrote stays for it.
    let mut left = storage.damage().expect("the file is there");
    left.retain(|what| !what.contains("is not known to this version"));
    assert_eq!(left, Vec::<String>::new());
});
