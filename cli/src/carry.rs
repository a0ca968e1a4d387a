use std::fs::File;
use std::io::{BufReader, BufWriter, Write, stdout};
use std::path::Path;

use tunewright::storage::{Storage, StudyStore};
use tunewright::trial::{Event, Outcome, StudyHeader, TrialRecord, TrialState, Trials};

use crate::Failure;

pub(crate) fn export(store: &dyn StudyStore, as_json: bool) -> Result<(), Failure> {
    let trials = Trials::read(store)?;
    let mut out = BufWriter::new(stdout().lock());
    if as_json {
        trials.to_json(&mut out)?;
    } else {
        trials.to_csv(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

pub(crate) fn import(
    storage: &dyn Storage,
    file: &Path,
    name: Option<String>,
) -> Result<(), Failure> {
    let opened = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let trials = Trials::from_json(BufReader::new(opened))?;
    put(storage, &trials, name)
}

pub(crate) fn copy(
    from: &dyn StudyStore,
    to: &dyn Storage,
    name: Option<String>,
) -> Result<(), Failure> {
    put(to, &Trials::read(from)?, name)
}

/// Puts trials into a storage as a new study.
fn put(storage: &dyn Storage, trials: &Trials, name: Option<String>) -> Result<(), Failure> {
    let mut header: StudyHeader = trials.header().clone();
    header.name = name.unwrap_or(header.name);
    let name = header.name.clone();
    let taken = || format!("the storage has a study `{name}` already; use `--as NAME`");
    if storage.names()?.contains(&name) {
        return Err(taken().into());
    }
    let opened = storage.open(header)?;
    if !opened.created {
        return Err(taken().into());
    }
    for record in trials.iter() {
        opened.store.add(Some(record.number()), whole(record))?;
    }
    eprintln!("{} trials are now in the study `{name}`", trials.len());
    Ok(())
}

/// The events of a trial. One that runs has been interrupted for the copy.
fn whole(record: &TrialRecord) -> Vec<Event> {
    let mut events = record.events();
    if record.state() == TrialState::Running {
        let at = record.started().unwrap_or_default();
        events.push(Event::Finished { outcome: Outcome::Interrupted, at });
    }
    events
}
