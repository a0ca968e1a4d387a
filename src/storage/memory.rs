use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::mutex::lock;
use super::{Changes, Opened, Records, Revision, Storage, StudyStore};
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

    fn outlives_process(&self) -> bool {
        false
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
    records: Records,
    waiting: VecDeque<u64>,
}

/// Numbers that an added trial leaves free before it at most: each costs the memory of a slot.
const FARTHEST: u64 = 1 << 24;

impl Trials {
    /// Changes a trial by events, all of them or none.
    fn change(&mut self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let record = self.records.change(number).ok_or(Error::UnknownTrial { number })?;
        match <[Event; 1]>::try_from(events) {
            Ok([event]) => Arc::make_mut(record).apply(event)?,
            // Several go into a copy, which counts when all of them are accepted.
            Err(events) => {
                let mut copy = TrialRecord::clone(record);
                events.into_iter().try_for_each(|event| copy.apply(event))?;
                *record = Arc::new(copy);
            }
        }
        Ok(Arc::clone(record))
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

    fn next_number(&self) -> Result<u64> {
        Ok(lock(&self.trials).records.len())
    }

    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let mut trials = lock(&self.trials);
        if number != trials.records.len() {
            return Err(Error::Outdated);
        }
        let record = Arc::new(TrialRecord::from_events(number, events)?);
        trials.records.set(Arc::clone(&record));
        Ok(record)
    }

    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        let mut trials = lock(&self.trials);
        let next = trials.records.len();
        let number = wanted.filter(|wanted| (next..=next + FARTHEST).contains(wanted));
        let number = number.unwrap_or(next);
        let record = TrialRecord::from_events(number, events)?;
        if record.state() == TrialState::Waiting {
            trials.waiting.push_back(number);
        }
        trials.records.set(Arc::new(record));
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
        Ok(lock(&self.trials).records.get(number).map(Arc::clone))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        Ok(lock(&self.trials).records.changes(since))
    }
}
