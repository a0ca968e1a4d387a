//! What workers want to write while another one is writing. Whoever comes next writes all of it in
//! one transaction.

use std::sync::{Arc, Mutex};

use crate::error::{Error, Result};
use crate::storage::memory::lock;
use crate::trial::{Event, TrialRecord};

/// What has happened to running trials, by their numbers.
pub(super) type Happened = Vec<(u64, Vec<Event>)>;
/// The records with it.
pub(super) type Appended = Vec<Result<Arc<TrialRecord>>>;

#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Vec<Arc<Request>>>);

/// What one call wants to write.
#[derive(Debug)]
pub(super) struct Request {
    happened: Happened,
    done: Mutex<Option<Appended>>,
}

impl Queue {
    pub(super) fn push(&self, happened: Happened) -> Arc<Request> {
        let request = Arc::new(Request { happened, done: Mutex::default() });
        lock(&self.0).push(Arc::clone(&request));
        request
    }

    /// All that is to be written now.
    pub(super) fn take(&self) -> Vec<Arc<Request>> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl Request {
    pub(super) fn happened(&self) -> &Happened {
        &self.happened
    }

    /// What has come of it; `None` if it is still to be written.
    pub(super) fn done(&self) -> Option<Appended> {
        lock(&self.done).take()
    }

    pub(super) fn finish(&self, appended: Appended) {
        *lock(&self.done) = Some(appended);
    }
}

/// One error for several.
pub(super) fn failed(error: Error, count: usize) -> Appended {
    let message = error.to_string();
    let copies = (1..count).map(|_| Error::Storage(message.clone().into())).map(Err);
    let mut failed: Appended = copies.collect();
    if count > 0 {
        failed.insert(0, Err(error));
    }
    failed
}
