use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Changes, Claim, Given, Start, Storage, StudyHeader, StudyStore};
use crate::error::{Error, Result};
use crate::trial::{Origin, Outcome, Timestamp, TrialRecord, TrialState};

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
    fn open(&self, header: StudyHeader) -> Result<Arc<dyn StudyStore>> {
        let mut studies = lock(&self.studies);
        let store = studies.entry(header.name.clone()).or_insert_with(|| {
            Arc::new(MemoryStore { header, trials: Mutex::new(Trials::default()) })
        });
        Ok(Arc::clone(store) as Arc<dyn StudyStore>)
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
    /// By number; `None` for numbers that are claimed or were given back.
    records: Vec<Option<Arc<TrialRecord>>>,
    waiting: VecDeque<u64>,
    /// The number of every trial that was changed, in order. A revision is a length of this list.
    log: Vec<u32>,
    /// The revision at which a trial last got its point.
    placed: usize,
}

/// Numbers that a restored trial leaves free before it at most: each costs the memory of a pointer.
const FARTHEST: usize = 1 << 24;

/// A panic elsewhere leaves the data whole, because every change is made in one piece.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trials {
    fn changed(&mut self, number: u64) {
        // 2^32 records would fill a terabyte of memory first.
        self.log.push(number as u32);
    }

    fn get(&self, number: u64) -> Option<&Arc<TrialRecord>> {
        self.records.get(usize::try_from(number).ok()?)?.as_ref()
    }

    fn running(&mut self, number: u64) -> Result<&mut TrialRecord> {
        let record = usize::try_from(number)
            .ok()
            .and_then(|index| self.records.get_mut(index))
            .and_then(Option::as_mut)
            .ok_or(Error::UnknownTrial { number })?;
        match record.state() {
            TrialState::Running => Ok(Arc::make_mut(record)),
            TrialState::Waiting => Err(Error::UnknownTrial { number }),
            _ => Err(Error::AlreadyTold { number, outcome: record.outcome_in_words() }),
        }
    }

    fn insert(&mut self, record: TrialRecord) {
        let number = record.number();
        self.records[number as usize] = Some(Arc::new(record));
        self.changed(number);
        self.placed = self.log.len();
    }
}

impl StudyStore for MemoryStore {
    fn header(&self) -> &StudyHeader {
        &self.header
    }

    fn claim(&self, at: Timestamp) -> Result<Claim> {
        let mut trials = lock(&self.trials);
        if let Some(number) = trials.waiting.pop_front()
            && let Some(record) = &mut trials.records[number as usize]
        {
            Arc::make_mut(record).start(at);
            let record = Arc::clone(record);
            trials.changed(number);
            return Ok(Claim::Waiting(record));
        }
        trials.records.push(None);
        Ok(Claim::Fresh(trials.records.len() as u64 - 1))
    }

    fn release(&self, number: u64) -> Result<()> {
        let mut trials = lock(&self.trials);
        if number + 1 == trials.records.len() as u64 && matches!(trials.records.last(), Some(None))
        {
            trials.records.pop();
        }
        Ok(())
    }

    fn start(&self, number: u64, start: Start) -> Result<()> {
        let mut trials = lock(&self.trials);
        match usize::try_from(number).ok().and_then(|index| trials.records.get(index)) {
            Some(None) => {}
            _ => return Err(Error::UnknownTrial { number }),
        }
        if start.since.is_some_and(|since| (trials.placed as u64) > since) {
            return Err(Error::Outdated);
        }
        let mut record = TrialRecord::waiting(number, start.point, Origin::Sampler);
        record.start(start.at);
        record.add_notes(start.notes);
        trials.insert(record);
        Ok(())
    }

    fn add(&self, given: Given) -> Result<u64> {
        let mut trials = lock(&self.trials);
        let number = trials.records.len() as u64;
        trials.records.push(None);
        let mut record = TrialRecord::waiting(number, given.point, given.origin);
        given.metrics.iter().for_each(|(name, value)| record.add_metric(name, *value));
        match given.outcome {
            Some(outcome) => record.finish(outcome, Timestamp::default()),
            None => trials.waiting.push_back(number),
        }
        trials.insert(record);
        Ok(number)
    }

    fn restore(&self, mut record: TrialRecord) -> Result<u64> {
        let mut trials = lock(&self.trials);
        let next = trials.records.len();
        let wanted = usize::try_from(record.number()).unwrap_or(next);
        let index = if (next..=next + FARTHEST).contains(&wanted) { wanted } else { next };
        let number = index as u64;
        trials.records.resize(index + 1, None);
        if record.state() == TrialState::Waiting {
            trials.waiting.push_back(number);
        }
        record.renumber(number);
        trials.insert(record);
        Ok(number)
    }

    fn report(&self, number: u64, step: u64, value: f64) -> Result<()> {
        let mut trials = lock(&self.trials);
        trials.running(number)?.add_report(step, value);
        trials.changed(number);
        Ok(())
    }

    fn record(&self, number: u64, name: &str, value: f64) -> Result<()> {
        let mut trials = lock(&self.trials);
        trials.running(number)?.add_metric(name, value);
        trials.changed(number);
        Ok(())
    }

    fn note(&self, number: u64, name: &str, text: &str) -> Result<()> {
        let mut trials = lock(&self.trials);
        trials.running(number)?.add_note(name, text);
        trials.changed(number);
        Ok(())
    }

    fn finish(&self, number: u64, outcome: Outcome, at: Timestamp) -> Result<Arc<TrialRecord>> {
        let mut trials = lock(&self.trials);
        trials.running(number)?.finish(outcome, at);
        trials.changed(number);
        trials.get(number).map(Arc::clone).ok_or(Error::UnknownTrial { number })
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        Ok(lock(&self.trials).get(number).map(Arc::clone))
    }

    fn changes(&self, since: u64) -> Result<Changes> {
        let trials = lock(&self.trials);
        let start = usize::try_from(since).unwrap_or(usize::MAX).min(trials.log.len());
        let records = trials.log[start..]
            .iter()
            .filter_map(|&number| trials.get(u64::from(number)).map(Arc::clone))
            .collect();
        Ok(Changes { revision: trials.log.len() as u64, records })
    }
}
