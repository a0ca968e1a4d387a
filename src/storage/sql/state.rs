//! What a store knows of its study's trials.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::{Cell, Engine, Tried, int};
use super::exact;
use super::read::{Read, Reader};
use super::write;
use crate::error::{Error, Result};
use crate::storage::Records;
use crate::storage::optuna::{Change, Converter, Param, Reading, StoredState, StoredTrial};
use crate::trial::{StudyHeader, TrialRecord};

/// The trials as far as they were read. Those that have ended do not change and are not read again.
#[derive(Debug)]
pub(super) struct State {
    id: i64,
    name: String,
    pub(super) converter: Converter,
    pub(super) records: Records,
    /// The trials that have not ended, by number.
    open: BTreeMap<u64, Read>,
    /// The number after the highest one and after as many as there are trials: Optuna counts.
    next: u64,
    count: u64,
    /// The highest id that was read.
    last: i64,
    reader: Reader,
}

/// What a call writes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) created: Option<StoredTrial>,
    /// Changes of trials that have not ended, by number.
    pub(super) changes: Vec<(u64, Vec<Change>)>,
}

impl Plan {
    /// Adds changes of a trial, which may have changes already.
    pub(super) fn change(&mut self, number: u64, changes: Vec<Change>) {
        match self.changes.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => known.extend(changes),
            None => self.changes.push((number, changes)),
        }
    }
}

impl State {
    pub(super) fn new(id: i64, header: &StudyHeader) -> Self {
        State {
            id,
            name: header.name.clone(),
            converter: Converter::new(&header.space, header.seed),
            records: Records::default(),
            open: BTreeMap::new(),
            next: 0,
            count: 0,
            last: 0,
            reader: Reader::default(),
        }
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// The number of the next trial.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The ids of those of some trials that have not ended.
    pub(super) fn open_ids(&self, numbers: &[u64]) -> Vec<i64> {
        numbers.iter().filter_map(|number| Some(self.open.get(number)?.id)).collect()
    }

    /// The trials that wait, the oldest first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &StoredTrial> {
        let trials = self.open.values().map(|open| &open.trial);
        trials.filter(|trial| trial.state == StoredState::Waiting)
    }

    /// Every distribution that a parameter of a trial has had.
    pub(super) fn params(&self) -> &[Param] {
        &self.reader.params
    }

    pub(super) fn record(&self, number: u64) -> Option<Arc<TrialRecord>> {
        self.records.get(number).map(Arc::clone)
    }

    /// A trial that has a record.
    pub(super) fn known(&self, number: u64) -> Result<Arc<TrialRecord>> {
        self.record(number).ok_or(Error::UnknownTrial { number })
    }

    /// Reads what has changed, within a transaction of the caller's.
    pub(super) fn follow(&mut self, engine: &mut dyn Engine) -> Tried<()> {
        let sql = "SELECT study_id FROM studies WHERE study_id = $1 AND study_name = $2";
        let cells = [Cell::Int(self.id), Cell::Text(&self.name)];
        if int(engine, sql, &cells)?.is_none() {
            return Err(self.deleted().into());
        }
        let ids: BTreeMap<i64, u64> =
            self.open.iter().map(|(number, open)| (open.id, *number)).collect();
        let open: Vec<i64> = ids.keys().copied().collect();
        let waits = |id: i64| {
            let known = ids.get(&id).and_then(|number| self.open.get(number));
            known.is_some_and(|known| known.trial.state == StoredState::Waiting)
        };
        let seen = std::cell::Cell::new(0);
        let mut reader = std::mem::take(&mut self.reader);
        let changed = reader.among(engine, &open, |id, state| {
            seen.set(seen.get() + usize::from(ids.contains_key(&id)));
            // What waits does not change until it runs.
            ids.contains_key(&id) && !(state == StoredState::Waiting && waits(id))
        });
        let added = changed.and_then(|changed| {
            if seen.get() < open.len() {
                return Err(self.deleted().into());
            }
            changed.into_iter().for_each(|read| self.enter(read));
            reader.after(engine, self.id, self.last, |read| {
                read.into_iter().for_each(|read| self.enter(read));
            })
        });
        self.reader = reader;
        added
    }

    fn deleted(&self) -> Error {
        Error::Storage(format!("the study {} was deleted from the database", self.name).into())
    }

    /// Takes in a trial as it is in the database.
    fn enter(&mut self, read: Read) {
        let number = read.trial.number;
        if read.id > self.last {
            self.last = read.id;
            self.count += 1;
            self.next = self.next.max(number + 1).max(self.count);
        }
        let is_known = self.open.get(&number).is_some_and(|known| known.trial == read.trial);
        if is_known {
            return;
        }
        if let Reading::Fits(record) = self.converter.read(&read.trial) {
            self.records.set(Arc::new(record));
        }
        if read.trial.state.is_finished() {
            self.open.remove(&number);
        } else {
            self.open.insert(number, read);
        }
    }

    /// Writes a plan within a transaction of the caller's, and tells what the trials are then.
    pub(super) fn write(&self, engine: &mut dyn Engine, plan: Plan) -> Tried<Vec<Read>> {
        let mut written = Vec::new();
        if let Some(mut trial) = plan.created {
            exact::keep(&mut trial);
            let id = write::create(engine, self.id, &trial)?;
            written.push(Read { id, trial });
        }
        for (number, mut changes) in plan.changes {
            let open = self.open.get(&number).ok_or(Error::UnknownTrial { number })?;
            let Read { id, mut trial } = open.clone();
            let now = trial.state;
            changes.iter().cloned().for_each(|change| trial.apply(change));
            // Before the others, because the state comes last.
            changes.splice(0..0, exact::keep(&mut trial));
            write::change(engine, id, now, &changes)?;
            written.push(Read { id, trial });
        }
        Ok(written)
    }

    /// Takes in what was written and committed.
    pub(super) fn committed(&mut self, written: Vec<Read>) {
        written.into_iter().for_each(|read| self.enter(read));
    }

    /// Whether what a commit of unknown fate would have written is there.
    pub(super) fn holds(&self, written: &[Read]) -> bool {
        written.iter().all(|Read { trial, .. }| {
            let Reading::Fits(expected) = self.converter.read(trial) else {
                return self.open.get(&trial.number).is_some_and(|open| open.trial == *trial);
            };
            // As text, in which NaN equals NaN.
            self.record(trial.number)
                .is_some_and(|record| format!("{record:?}") == format!("{expected:?}"))
        })
    }
}
