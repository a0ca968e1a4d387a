//! What a store writes for what happens to a trial, whatever it writes to.

use std::collections::HashMap;
use std::sync::Arc;

use super::convert::{Converter, Reading, ending};
use super::trial::{Change, StoredState, StoredTrial};
use crate::error::{Error, Result};
use crate::trial::{Event, Lease, Outcome, Timestamp, TrialRecord};

/// What taking the first fitting one of the trials that wait changes: its number, and the changes by
/// number. Trials before it whose configs are none of the space fail.
pub(crate) fn claim<'a>(
    converter: &Converter,
    waiting: impl IntoIterator<Item = &'a StoredTrial>,
    at: Timestamp,
    lease: &Lease,
) -> (Option<u64>, Vec<(u64, Vec<Change>)>) {
    let mut failed = Vec::new();
    for trial in waiting {
        let number = trial.number;
        match converter.read(trial) {
            Reading::Fits(record) => {
                let started = Event::Started { at, lease: Some(lease.clone()) };
                let mut changes = converter.changes(&started, &record);
                changes.extend(converter.params(record.point()).into_iter().map(Change::Param));
                failed.push((number, changes));
                return (Some(number), failed);
            }
            Reading::Unready => {}
            Reading::Unfit(reason) => failed.push((number, ending(&Outcome::Failed(reason), at))),
        }
    }
    (None, failed)
}

/// What events change of a running trial, whose record takes them in. What ends it comes last,
/// because Optuna ignores what follows.
///
/// # Errors
/// As [`TrialRecord::apply`].
fn advance(
    converter: &Converter,
    record: &mut TrialRecord,
    events: &[Event],
) -> Result<Vec<Change>> {
    if let Some(Event::Started { .. }) = events.first() {
        // Only taking starts what waits.
        return Err(Error::UnknownTrial { number: record.number() });
    }
    events.iter().cloned().try_for_each(|event| record.apply(event))?;
    let changes = events.iter().flat_map(|event| converter.changes(event, record));
    let (mut changes, ends): (Vec<_>, Vec<_>) = changes.partition(|change| !is_end(change));
    changes.extend(ends);
    Ok(changes)
}

/// What events change of running trials, each for itself. Of events of the same trial, later ones
/// follow on earlier ones.
pub(crate) fn advance_each<'a>(
    converter: &Converter,
    happened: impl IntoIterator<Item = (u64, &'a [Event])>,
    known: impl Fn(u64) -> Result<Arc<TrialRecord>>,
) -> Vec<(u64, Result<Vec<Change>>)> {
    let mut advanced: HashMap<u64, TrialRecord> = HashMap::new();
    let mut advance = |number, events| {
        let mut record = match advanced.get(&number) {
            Some(record) => record.clone(),
            None => TrialRecord::clone(&*known(number)?),
        };
        let changes = advance(converter, &mut record, events)?;
        advanced.insert(number, record);
        Ok(changes)
    };
    happened.into_iter().map(|(number, events)| (number, advance(number, events))).collect()
}

fn is_end(change: &Change) -> bool {
    matches!(change, Change::State { state, .. } if *state != StoredState::Running)
}
