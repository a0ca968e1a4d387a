//! The trials of one study in a journal.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use super::file::Journal;
use super::line::LineWriter;
use super::replay::{Entry, Replay, Study};
use crate::error::{Error, Result};
use crate::storage::clock::{SharedClock, file_time};
use crate::storage::mutex::lock;
use crate::storage::optuna::json::Raw;
use crate::storage::optuna::{
    Change, Converter, HEADER, METRIC_NAMES, Reading, advance_each, claim, codes, continued,
    header_of, metric_names, read_header,
};
use crate::storage::queue::{self, Queue, Request};
use crate::storage::syncs::Syncs;
use crate::storage::{Changes, Records, Revision, StudyStore};
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord};

#[derive(Debug)]
pub(super) struct JournalStore {
    header: StudyHeader,
    journal: Mutex<Journal>,
    syncs: Syncs<(u64, u64)>,
    queue: Queue,
    clock: SharedClock,
}

/// Reads the trials of a study as records.
#[derive(Debug)]
pub(super) struct Follower {
    study: String,
    converter: Converter,
    records: Records,
}

impl Follower {
    pub(super) fn new(header: &StudyHeader) -> Self {
        Follower {
            study: header.name.clone(),
            converter: Converter::new(&header.space, header.seed),
            records: Records::default(),
        }
    }

    /// Takes in what has changed.
    pub(super) fn follow(&mut self, replay: &mut Replay) {
        let Some(study) = replay.study_mut(&self.study) else { return };
        for number in std::mem::take(&mut study.changed) {
            let Some(trial) = study.trial(number).and_then(|entry| entry.trial.as_deref()) else {
                continue;
            };
            if let Reading::Fits(record) = self.converter.read(trial) {
                self.records.set(Arc::new(record));
            }
            study.settle(number);
        }
    }
}

impl Journal {
    fn study(&self, name: &str) -> Result<&Study> {
        self.replay.study(name).ok_or_else(|| {
            Error::Storage(format!("the study {name} was deleted from the journal").into())
        })
    }

    /// The follower of a journal that a store has.
    fn followed(&self) -> Result<&Follower> {
        self.follower.as_ref().ok_or_else(|| Error::Storage("the journal is not followed".into()))
    }

    fn records(&self) -> Result<&Records> {
        self.followed().map(|follower| &follower.records)
    }

    fn record(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        Ok(self.records()?.get(number).map(Arc::clone))
    }

    /// A trial that has a record.
    fn known(&self, number: u64) -> Result<Arc<TrialRecord>> {
        self.record(number)?.ok_or(Error::UnknownTrial { number })
    }
}

impl JournalStore {
    /// A study that the journal has, with a header that fits it.
    pub(super) fn new(mut journal: Journal, header: StudyHeader) -> Self {
        let is_new = journal.follower.is_none();
        let follower = journal.follower.get_or_insert_with(|| Follower::new(&header));
        follower.converter.reseed(header.seed);
        if let Some(study) = journal.replay.study_mut(&header.name) {
            if is_new {
                study.changed.extend(0..study.count());
            } else {
                // What waits is completed by the seed.
                study.changed.extend(study.waiting.iter().copied());
            }
        }
        follower.follow(&mut journal.replay);
        JournalStore {
            header,
            journal: Mutex::new(journal),
            syncs: Syncs::default(),
            queue: Queue::default(),
            clock: SharedClock::default(),
        }
    }

    /// Opens a study, and creates it if there is none; whether it has comes with it.
    pub(super) fn open(mut journal: Journal, asked: StudyHeader) -> Result<(Self, bool)> {
        let (header, created) = journal.append(|journal, writer| {
            let Some(study) = journal.replay.study(&asked.name) else {
                let id = journal.replay.next_study();
                writer.create_study(id, &asked.name, &codes(&asked.goals));
                writer.study_system_attr(id, HEADER, &header_of(&asked)?);
                if let Some(names) = metric_names(&asked.goals) {
                    writer.study_system_attr(id, METRIC_NAMES, &names);
                }
                return Ok((asked.clone(), true));
            };
            let params = study.seen.iter().map(|(name, distribution)| (&**name, &***distribution));
            let header = continued(&study.system_attrs, &study.directions, params, &asked)?;
            let known = read_header(&study.system_attrs, &asked.name, &study.directions)?;
            if known.as_ref() != Some(&header) {
                writer.study_system_attr(study.id, HEADER, &header_of(&header)?);
                let names = metric_names(&header.goals);
                let known = study.system_attrs.get(METRIC_NAMES).map(Raw::text);
                if let Some(names) = names.filter(|names| known != Some(names)) {
                    writer.study_system_attr(study.id, METRIC_NAMES, &names);
                }
            }
            Ok((header, false))
        })?;
        let store = JournalStore::new(journal, header);
        if created {
            store.sync()?;
        }
        Ok((store, created))
    }

    /// Waits until all that this process has written is on the disk.
    fn sync(&self) -> Result<()> {
        let (end, file) = {
            let journal = lock(&self.journal);
            (journal.end(), journal.file())
        };
        self.sync_to(end, &file)
    }

    fn sync_to(&self, end: (u64, u64), file: &File) -> Result<()> {
        // What is in another file by now is not brought to the disk by this sync.
        let written =
            || Some(lock(&self.journal).end()).filter(|now| now.0 == end.0).unwrap_or(end);
        let synced: io::Result<()> = self.syncs.wait(end, file, written);
        synced.map_err(|error| lock(&self.journal).failed("synced", &error))
    }

    /// The journal with all lines that are in the file.
    fn current(&self) -> Result<std::sync::MutexGuard<'_, Journal>> {
        let mut journal = lock(&self.journal);
        journal.catch_up().map_err(|error| journal.failed("read", &error))?;
        Ok(journal)
    }

    /// Writes what has happened to running trials.
    fn write(&self, journal: &mut Journal, requests: &[Arc<Request>]) {
        let happened = queue::happened(requests);
        let written = journal.append(|journal, writer| {
            let study = journal.study(&self.header.name)?;
            let converter = &journal.followed()?.converter;
            let advanced =
                advance_each(converter, happened.clone(), |number| journal.known(number));
            let each = advanced.into_iter().map(|(number, changes)| {
                write(writer, self.entry(study, number)?.id, &changes?);
                Ok(())
            });
            Ok(each.collect::<Vec<Result<()>>>())
        });
        let records = written.map(|each| {
            let each = each.into_iter().zip(happened.clone());
            each.map(|(written, (number, events))| {
                written?;
                let record = journal.known(number)?;
                // Lines of others may have come before, where the turn was not ours alone.
                match events.iter().rfind(|event| is_end(event)) {
                    Some(end) if !record.is_ended_by(end) => Err(record.already_told()),
                    _ => Ok(record),
                }
            })
            .collect()
        });
        queue::finish(requests, records);
    }

    fn entry<'a>(&self, study: &'a Study, number: u64) -> Result<&'a Entry> {
        study.trial(number).ok_or(Error::UnknownTrial { number })
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Finished { .. })
}

impl StudyStore for JournalStore {
    fn header(&self) -> &StudyHeader {
        &self.header
    }

    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>> {
        let mut journal = self.current()?;
        if journal.study(&self.header.name)?.waiting.is_empty() {
            return Ok(None);
        }
        let taken = journal.append(|journal, writer| {
            let study = journal.study(&self.header.name)?;
            let waiting = study.waiting.iter().filter_map(|&number| study.trial(number));
            let waiting = waiting.filter_map(|entry| entry.trial.as_deref());
            let converter = &journal.followed()?.converter;
            let (taken, changes) = claim(converter, waiting, at, &lease);
            for (number, changes) in changes {
                write(writer, self.entry(study, number)?.id, &changes);
            }
            Ok(taken)
        })?;
        let Some(number) = taken else { return Ok(None) };
        let record = journal.known(number)?;
        // A line of another may have come before, where the turn was not ours alone.
        Ok((record.started() == Some(at)).then_some(record))
    }

    fn next_number(&self) -> Result<u64> {
        self.current()?.study(&self.header.name).map(Study::count)
    }

    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let record = TrialRecord::from_events(number, events)?;
        let mut journal = lock(&self.journal);
        let stored = journal.append(|journal, writer| {
            let study = journal.study(&self.header.name)?;
            if study.count() != number {
                return Err(Error::Outdated);
            }
            let stored = journal.followed()?.converter.stored(&record);
            writer.create_trial(study.id, journal.replay.next_trial(), &stored);
            Ok(stored)
        })?;
        // A process that was frozen may write when the number is another's.
        let entry = self.entry(journal.study(&self.header.name)?, number)?;
        match entry.trial.as_deref() {
            Some(trial) if trial.system_attrs != stored.system_attrs => Err(Error::Outdated),
            _ => journal.known(number),
        }
    }

    fn add(&self, _wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        let mut journal = lock(&self.journal);
        let number = journal.append(|journal, writer| {
            let study = journal.study(&self.header.name)?;
            let record = TrialRecord::from_events(study.count(), events.clone())?;
            let stored = journal.followed()?.converter.stored(&record);
            writer.create_trial(study.id, journal.replay.next_trial(), &stored);
            Ok(study.count())
        })?;
        drop(journal);
        self.sync()?;
        Ok(number)
    }

    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let mut appended = self.append_each(vec![(number, events)]);
        appended.pop().unwrap_or(Err(Error::UnknownTrial { number }))
    }

    fn append_each(&self, trials: Vec<(u64, Vec<Event>)>) -> Vec<Result<Arc<TrialRecord>>> {
        let ends = trials.iter().any(|(_, events)| events.iter().any(is_end));
        let request = self.queue.push(trials);
        let mut journal = lock(&self.journal);
        // A file system lets nobody write while it syncs, so that others' results have gathered.
        let appended = request.done().unwrap_or_else(|| {
            self.write(&mut journal, &self.queue.take());
            request.done().unwrap_or_default()
        });
        let (end, file) = (journal.end(), journal.file());
        drop(journal);
        if ends
            && appended.iter().any(Result::is_ok)
            && let Err(error) = self.sync_to(end, &file)
        {
            return error.for_each(appended.len());
        }
        appended
    }

    fn time(&self) -> Option<Timestamp> {
        self.clock.now(|| file_time(lock(&self.journal).path()))
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        self.current()?.record(number)
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        Ok(self.current()?.records()?.changes(since))
    }
}

fn write(writer: &mut LineWriter<'_>, id: usize, changes: &[Change]) {
    for change in changes {
        writer.change(id, change);
    }
}
