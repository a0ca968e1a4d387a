//! A storage of the application's own: its panics become failures of the storage.

use std::sync::Arc;

use super::guard::catch;
use crate::error::{Error, Result};
use crate::storage::{Changes, Claim, Given, Start, Storage, StudyHeader, StudyStore};
use crate::trial::{Outcome, Timestamp, TrialRecord};

/// Passes every call on.
#[derive(Debug)]
pub(super) struct Guarded(Arc<dyn StudyStore>);

/// Opens a study.
pub(super) fn open(storage: &dyn Storage, header: StudyHeader) -> Result<Arc<dyn StudyStore>> {
    Ok(Arc::new(Guarded(guarded(|| storage.open(header))?)))
}

fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch(|| "it".into(), call).unwrap_or_else(|panic| Err(Error::Storage(Box::new(panic))))
}

impl StudyStore for Guarded {
    fn header(&self) -> &StudyHeader {
        self.0.header()
    }

    fn claim(&self, at: Timestamp) -> Result<Claim> {
        guarded(|| self.0.claim(at))
    }

    fn release(&self, number: u64) -> Result<()> {
        guarded(|| self.0.release(number))
    }

    fn start(&self, number: u64, start: Start) -> Result<()> {
        guarded(|| self.0.start(number, start))
    }

    fn add(&self, given: Given) -> Result<u64> {
        guarded(|| self.0.add(given))
    }

    fn restore(&self, record: TrialRecord) -> Result<u64> {
        guarded(|| self.0.restore(record))
    }

    fn report(&self, number: u64, step: u64, value: f64) -> Result<()> {
        guarded(|| self.0.report(number, step, value))
    }

    fn record(&self, number: u64, name: &str, value: f64) -> Result<()> {
        guarded(|| self.0.record(number, name, value))
    }

    fn note(&self, number: u64, name: &str, text: &str) -> Result<()> {
        guarded(|| self.0.note(number, name, text))
    }

    fn finish(&self, number: u64, outcome: Outcome, at: Timestamp) -> Result<Arc<TrialRecord>> {
        guarded(|| self.0.finish(number, outcome, at))
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        guarded(|| self.0.trial(number))
    }

    fn changes(&self, since: u64) -> Result<Changes> {
        guarded(|| self.0.changes(since))
    }
}
