use std::sync::Arc;

use super::{Changes, Revision};
use crate::trial::TrialRecord;

/// The records of a study by their numbers, and which have changed since when.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// `None` for numbers that have no record.
    slots: Vec<Option<Slot>>,
    /// How many changes there were.
    revision: u64,
    /// Revisions, ascending, each with the number of the trial that changed. Those that are not the
    /// trial's last one are outdated.
    changes: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Slot {
    record: Arc<TrialRecord>,
    /// The revision of the last change.
    revision: u64,
}

/// The list of changes is cleared of outdated ones when it has this many entries for each trial.
const MOST_OUTDATED: usize = 2;

impl Records {
    /// The number after the last record's.
    pub(super) fn len(&self) -> u64 {
        self.slots.len() as u64
    }

    pub(super) fn get(&self, number: u64) -> Option<&Arc<TrialRecord>> {
        self.slot(number).map(|slot| &slot.record)
    }

    /// Keeps a record in place of what its number had.
    pub(super) fn set(&mut self, record: Arc<TrialRecord>) {
        let number = record.number();
        let Ok(index) = usize::try_from(number) else { return };
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || None);
        }
        self.revision += 1;
        self.slots[index] = Some(Slot { record, revision: self.revision });
        self.changed(number);
    }

    /// A record that is about to change.
    pub(super) fn change(&mut self, number: u64) -> Option<&mut Arc<TrialRecord>> {
        let index = usize::try_from(number).ok()?;
        self.slots.get(index)?.as_ref()?;
        self.revision += 1;
        self.changed(number);
        let slot = self.slots[index].as_mut()?;
        slot.revision = self.revision;
        Some(&mut slot.record)
    }

    /// What has changed since a revision, which counts as having seen nothing if it is not of this
    /// kind.
    pub(super) fn changes(&self, since: &Revision) -> Changes {
        let since = since.as_number().unwrap_or(0);
        let told = self.changes.partition_point(|&(revision, _)| revision <= since);
        let latest =
            self.changes[told..].iter().filter(|&&(at, number)| self.is_latest(at, number));
        let records = latest.filter_map(|&(_, number)| self.get(number)).map(Arc::clone).collect();
        Changes { revision: self.revision.into(), records }
    }

    /// Keeps that a trial has changed at this revision.
    fn changed(&mut self, number: u64) {
        // Most changes are outdated soon: a trial may report a thousand times.
        if self.changes.len() >= MOST_OUTDATED * (self.slots.len() + 1) {
            let mut changes = std::mem::take(&mut self.changes);
            changes.retain(|&(revision, number)| self.is_latest(revision, number));
            self.changes = changes;
        }
        self.changes.push((self.revision, number));
    }

    fn is_latest(&self, revision: u64, number: u64) -> bool {
        self.slot(number).is_some_and(|slot| slot.revision == revision)
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(number).ok()?)?.as_ref()
    }
}
