use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Changes, Opened, Revision, Storage, StudyStore};
use crate::error::{Error, Result};
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord, TrialState};

/// Studies that live as long as the process. Clones share their studies.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    studies: Arc<Mutex<HashMap<String, Arc<MemoryStore>>>>,
}

impl MemoryStorage {
    /// An empty storage.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Storage for MemoryStorage {
    fn open(&self, header: StudyHeader) -> Result<Opened> {
        let mut studies = lock(&self.studies);
        if let Some(store) = studies.get(&header.name) {
            return Ok(Opened::found(Arc::clone(store) as Arc<dyn StudyStore>));
        }
        let name = header.name.clone();
        let store = Arc::new(MemoryStore { header, trials: Mutex::new(Trials::default()) });
        studies.insert(name, Arc::clone(&store));
        Ok(Opened::created(store))
    }

    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>> {
        let found = lock(&self.studies).get(name).map(Arc::clone);
        Ok(found.map(|store| store as Arc<dyn StudyStore>))
    }

    fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = lock(&self.studies).keys().cloned().collect();
        names.sort();
        Ok(names)
    }
}

#[derive(Debug)]
struct MemoryStore {
    header: StudyHeader,
    trials: Mutex<Trials>,
}

#[derive(Debug, Default)]
struct Trials {
    /// By number; `None` for numbers that are reserved or were given back.
    slots: Vec<Option<Slot>>,
    waiting: VecDeque<u64>,
    /// How many changes there were.
    revision: u64,
    /// Revisions, ascending, each with the number of the trial that changed. Those that are not the
    /// trial's last one are outdated.
    changes: Vec<(u64, u64)>,
    /// The revision at which a trial last got its config.
    placed: u64,
}

#[derive(Debug)]
struct Slot {
    record: Arc<TrialRecord>,
    /// The revision of the last change.
    revision: u64,
}

/// The list of changes is cleared of outdated ones when it has this many entries for each trial.
const MOST_OUTDATED: usize = 2;

/// Numbers that an added trial leaves free before it at most: each costs the memory of a slot.
const FARTHEST: usize = 1 << 24;

/// A panic elsewhere leaves the data whole, because every change is made in one piece.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trials {
    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(number).ok()?)?.as_ref()
    }

    /// Changes a trial by events, all of them or none.
    fn change(&mut self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let slot = usize::try_from(number).ok().and_then(|index| self.slots.get_mut(index));
        let slot = slot.and_then(Option::as_mut).ok_or(Error::UnknownTrial { number })?;
        match <[Event; 1]>::try_from(events) {
            Ok([event]) => Arc::make_mut(&mut slot.record).apply(event)?,
            // Several go into a copy, which counts when all of them are accepted.
            Err(events) => {
                let mut record = TrialRecord::clone(&slot.record);
                events.into_iter().try_for_each(|event| record.apply(event))?;
                slot.record = Arc::new(record);
            }
        }
        let record = Arc::clone(&slot.record);
        self.revision += 1;
        slot.revision = self.revision;
        self.changed(number);
        Ok(record)
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

    /// Puts a new trial into a free slot.
    fn place(&mut self, index: usize, record: TrialRecord) -> Arc<TrialRecord> {
        let record = Arc::new(record);
        self.revision += 1;
        self.placed = self.revision;
        self.slots[index] = Some(Slot { record: Arc::clone(&record), revision: self.revision });
        self.changed(record.number());
        record
    }
}

impl StudyStore for MemoryStore {
    fn header(&self) -> &StudyHeader {
        &self.header
    }

    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>> {
        let mut trials = lock(&self.trials);
        let Some(number) = trials.waiting.pop_front() else { return Ok(None) };
        trials.change(number, vec![Event::Started { at, lease: Some(lease) }]).map(Some)
    }

    fn reserve(&self) -> Result<u64> {
        let mut trials = lock(&self.trials);
        trials.slots.push(None);
        Ok(trials.slots.len() as u64 - 1)
    }

    fn release(&self, number: u64) -> Result<()> {
        let mut trials = lock(&self.trials);
        if number + 1 == trials.slots.len() as u64 && matches!(trials.slots.last(), Some(None)) {
            trials.slots.pop();
        }
        Ok(())
    }

    fn begin(
        &self,
        number: u64,
        events: Vec<Event>,
        since: Option<&Revision>,
    ) -> Result<Arc<TrialRecord>> {
        let mut trials = lock(&self.trials);
        let reserved = usize::try_from(number).ok();
        let reserved = reserved.filter(|&index| matches!(trials.slots.get(index), Some(None)));
        let index = reserved.ok_or(Error::UnknownTrial { number })?;
        // A revision that is not of this storage has seen nothing of it.
        let since = since.map(|since| since.as_number().unwrap_or(0));
        if since.is_some_and(|since| trials.placed > since) {
            return Err(Error::Outdated);
        }
        let record = TrialRecord::from_events(number, events)?;
        Ok(trials.place(index, record))
    }

    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        let mut trials = lock(&self.trials);
        let next = trials.slots.len();
        let wanted = wanted.and_then(|number| usize::try_from(number).ok());
        let free = wanted.filter(|index| (next..=next + FARTHEST).contains(index));
        let index = free.unwrap_or(next);
        let number = index as u64;
        let record = TrialRecord::from_events(number, events)?;
        trials.slots.resize_with(index + 1, || None);
        if record.state() == TrialState::Waiting {
            trials.waiting.push_back(number);
        }
        trials.place(index, record);
        Ok(number)
    }

    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        if let Some(Event::Started { .. }) = events.first() {
            // Only `take` starts what waits.
            return Err(Error::UnknownTrial { number });
        }
        lock(&self.trials).change(number, events)
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        Ok(lock(&self.trials).slot(number).map(|slot| Arc::clone(&slot.record)))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        let trials = lock(&self.trials);
        let since = since.as_number().unwrap_or(0);
        let told = trials.changes.partition_point(|&(revision, _)| revision <= since);
        let latest =
            trials.changes[told..].iter().filter(|&&(at, number)| trials.is_latest(at, number));
        let records = latest.filter_map(|&(_, number)| trials.slot(number));
        let records = records.map(|slot| Arc::clone(&slot.record)).collect();
        Ok(Changes { revision: trials.revision.into(), records })
    }
}
