//! Any bytes can be read as a journal, and repaired, without a panic and without losing a trial.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tunewright::storage::{JournalStorage, Storage, StoredTrial};
use tunewright::trial::Trials;

/// Where the bytes of one try are written; in memory where the system has a place for it.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::tempdir_in(folder).expect("a folder for journals")
});

/// The trials of every study by their numbers, as texts: NaN is not equal to itself.
fn trials(storage: &JournalStorage) -> BTreeMap<(String, u64), String> {
    let names = storage.names().expect("the file is there");
    let mut all = BTreeMap::new();
    for name in names {
        let stored = storage.stored(&name).expect("the file is there").expect("it is named");
        all.extend(stored.trials().map(|trial| ((name.clone(), trial.number()), trial.to_json())));
    }
    all
}

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("runs.log");
    fs::write(&path, bytes).expect("the folder is there");
    let storage = JournalStorage::new(&path);
    let damage = storage.damage().expect("the file is there");
    let before = trials(&storage);
    for name in storage.names().expect("the file is there") {
        // A study without directions, or of parameters that no space has, is refused.
        if let Ok(Some(study)) = storage.find(&name) {
            let _ = Trials::read(&*study);
        }
    }
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
