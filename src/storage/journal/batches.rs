//! Results of several workers that are written and synced together.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::error::Result;
use crate::storage::memory::lock;
use crate::trial::{Event, TrialRecord};

/// Events by the numbers of their trials.
pub(super) type Batch = Vec<(u64, Vec<Event>)>;
type Results = Vec<Result<Arc<TrialRecord>>>;

/// While one worker brings results to the disk, those of others gather, and the next one writes all
/// of them: a file system lets nobody write while it syncs.
#[derive(Debug, Default)]
pub(super) struct Batches {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_busy: bool,
    next: u64,
    /// By whom they are waited for.
    waiting: Vec<(u64, Batch)>,
    done: HashMap<u64, Results>,
}

impl Batches {
    /// Has a batch written, by this worker or by another. `write` writes the batches of several.
    pub(super) fn run(&self, batch: Batch, write: impl Fn(Batch) -> Results) -> Results {
        let mut state = lock(&self.state);
        let own = state.next;
        state.next += 1;
        state.waiting.push((own, batch));
        loop {
            if let Some(results) = state.done.remove(&own) {
                return results;
            }
            if !state.is_busy {
                break;
            }
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_busy = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);

        let sizes: Vec<(u64, usize)> =
            waiting.iter().map(|(at, batch)| (*at, batch.len())).collect();
        let all = waiting.into_iter().flat_map(|(_, batch)| batch).collect();
        let mut results = write(all).into_iter();
        let mut told = Vec::new();
        let mut state = lock(&self.state);
        state.is_busy = false;
        for (at, size) in sizes {
            let each = results.by_ref().take(size).collect();
            if at == own {
                told = each;
            } else {
                state.done.insert(at, each);
            }
        }
        drop(state);
        self.ended.notify_all();
        told
    }
}
