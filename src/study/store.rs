//! A storage of the application's own: its panics become failures of the storage.

use std::sync::Arc;

use super::guard::catch;
use crate::error::{Error, Result};
use crate::storage::{Changes, Opened, Revision, Storage, StudyStore};
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord};

/// Passes every call on.
#[derive(Debug)]
pub(super) struct Guarded(Arc<dyn StudyStore>);

/// Opens a study.
pub(super) fn open(storage: &dyn Storage, header: StudyHeader) -> Result<Opened> {
    let opened = guarded(|| storage.open(header))?;
    let store = Arc::new(Guarded(Arc::clone(&opened.store)));
    Ok(Opened { store, ..opened })
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

    fn reserve(&self) -> Result<u64> {
        guarded(|| self.0.reserve())
    }

    fn release(&self, number: u64) -> Result<()> {
        guarded(|| self.0.release(number))
    }

    fn begin(
        &self,
        number: u64,
        events: Vec<Event>,
        since: Option<&Revision>,
    ) -> Result<Arc<TrialRecord>> {
        guarded(|| self.0.begin(number, events, since))
    }

    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        guarded(|| self.0.add(wanted, events))
    }

    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        guarded(|| self.0.append(number, events))
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        guarded(|| self.0.trial(number))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        guarded(|| self.0.changes(since))
    }
}
