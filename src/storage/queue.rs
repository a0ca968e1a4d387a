//! What workers want to write while another one is writing. Whoever comes next writes all of it
//! together.

use std::sync::{Arc, Mutex};

use crate::error::Result;
use crate::storage::mutex::lock;
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
    /// What has come of it; `None` if it is still to be written.
    pub(super) fn done(&self) -> Option<Appended> {
        lock(&self.done).take()
    }

    fn finish(&self, appended: Appended) {
        *lock(&self.done) = Some(appended);
    }
}

/// All that has happened, in the order of the requests.
pub(super) fn happened(requests: &[Arc<Request>]) -> impl Iterator<Item = (u64, &[Event])> + Clone {
    let all = requests.iter().flat_map(|request| &request.happened);
    all.map(|(number, events)| (*number, events.as_slice()))
}

/// Tells every request what has come of it. `all` has what has come of all, or why nothing was
/// written.
pub(super) fn finish(requests: &[Arc<Request>], all: Result<Appended>) {
    let count = requests.iter().map(|request| request.happened.len()).sum();
    let mut all = all.unwrap_or_else(|error| error.for_each(count)).into_iter();
    for request in requests {
        request.finish(all.by_ref().take(request.happened.len()).collect());
    }
}
