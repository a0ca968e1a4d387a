//! A storage of the application's own: its panics become failures of the storage.

use std::sync::Arc;

use super::guard::catch;
use crate::error::{Error, Result};
use crate::storage::{Changes, Opened, Revision, Storage, StudyStore};
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord, Trials};

/// Passes every call on.
#[derive(Debug)]
pub(super) struct Guarded(Arc<dyn StudyStore>);

/// Opens a study.
pub(super) fn open(storage: &dyn Storage, header: StudyHeader) -> Result<Opened> {
    let opened = guarded(|| storage.open(header))?;
    let store = Arc::new(Guarded(Arc::clone(&opened.store)));
    Ok(Opened { store, ..opened })
}

/// The names of all studies.
pub(super) fn names(storage: &dyn Storage) -> Result<Vec<String>> {
    guarded(|| storage.names())
}

/// The trials of the study of this name.
///
/// # Errors
/// [`Error::NoSuchStudy`].
pub(super) fn trials(storage: &dyn Storage, name: &str) -> Result<Trials> {
    guarded(|| match storage.find(name)? {
        Some(store) => {
            store.header().check_format()?;
            Trials::read(&*store)
        }
        None => Err(Error::NoSuchStudy { name: name.into(), known: storage.names()? }),
    })
}

fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch(|| "it".into(), call).unwrap_or_else(|panic| Err(Error::Storage(Box::new(panic))))
}

impl StudyStore for Guarded {
    fn header(&self) -> &StudyHeader {
        self.0.header()
    }

    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>> {
        guarded(|| self.0.take(at, lease))
    }

    fn next_number(&self) -> Result<u64> {
        guarded(|| self.0.next_number())
    }

    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        guarded(|| self.0.begin(number, events))
    }

    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        guarded(|| self.0.add(wanted, events))
    }

    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        guarded(|| self.0.append(number, events))
    }

    fn append_each(&self, trials: Vec<(u64, Vec<Event>)>) -> Vec<Result<Arc<TrialRecord>>> {
        let count = trials.len();
        let all = guarded(|| Ok(self.0.append_each(trials)));
        all.unwrap_or_else(|error| error.for_each(count))
    }

    fn time(&self) -> Option<Timestamp> {
        guarded(|| Ok(self.0.time())).ok().flatten()
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        guarded(|| self.0.trial(number))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        guarded(|| self.0.changes(since))
    }
}
