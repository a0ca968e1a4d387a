//! The trials of one study in a database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Engine, Fault, Tried};
use super::read::{Read, Reader};
use super::schema::{self, Schema};
use super::state::{Plan, State};
use super::study;
use crate::error::{Error, Result};
use crate::storage::memory::lock;
use crate::storage::optuna::{advance, claim, continued, read_header};
use crate::storage::syncs::Syncs;
use crate::storage::{Changes, Revision, StudyStore};
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord};

/// How long a database that is gone is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// And how long between two attempts.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct SqlStore {
    header: StudyHeader,
    shared: Mutex<Shared>,
    syncs: Syncs,
}

#[derive(Debug)]
struct Shared {
    engine: Box<dyn Engine>,
    state: State,
}

/// Calls again as long as the connection gets lost.
pub(super) fn patiently<T>(mut call: impl FnMut() -> Tried<T>) -> Result<T> {
    let begin = Instant::now();
    loop {
        match call() {
            Err(Fault::Lost(_)) if begin.elapsed() < PATIENCE => thread::sleep(PAUSE),
            done => return Ok(done?),
        }
    }
}

/// Runs a call within a transaction that is given up if it fails.
fn within<T>(
    engine: &mut dyn Engine,
    begin: impl FnOnce(&mut dyn Engine) -> Tried<()>,
    call: impl FnOnce(&mut dyn Engine) -> Tried<T>,
) -> Tried<T> {
    begin(engine)?;
    let done = call(engine);
    if done.is_err() {
        engine.rollback();
    }
    done
}

impl Shared {
    /// Brings the state up to date.
    fn follow(&mut self) -> Tried<()> {
        if !self.engine.has_changed()? {
            return Ok(());
        }
        let state = &mut self.state;
        within(&mut *self.engine, |engine| engine.begin_read(), |engine| state.follow(engine))?;
        self.engine.rollback();
        self.engine.seen();
        Ok(())
    }

    /// Writes what `plan` wants to when the state is up to date and nobody else's writing can come
    /// between, and tells what it tells.
    fn write<T>(&mut self, mut plan: impl FnMut(&State) -> Result<(Plan, T)>) -> Result<T> {
        let mut uncertain = None;
        patiently(|| self.attempt(&mut plan, &mut uncertain))
    }

    /// Nothing, or what a commit whose answer was lost would have written, with what it tells.
    fn attempt<T>(
        &mut self,
        plan: &mut impl FnMut(&State) -> Result<(Plan, T)>,
        uncertain: &mut Option<(Vec<Read>, T)>,
    ) -> Tried<T> {
        let Shared { engine, state } = self;
        let engine = &mut **engine;
        engine.begin_write()?;
        let written = Self::write_within(engine, state, plan, uncertain);
        let (written, told) = match written {
            Ok(Some(written)) => written,
            Ok(None) => {
                engine.rollback();
                return match uncertain.take() {
                    Some((_, told)) => Ok(told),
                    None => Err(Error::Storage("nothing was written".into()).into()),
                };
            }
            Err(fault) => {
                engine.rollback();
                return Err(fault);
            }
        };
        match engine.commit() {
            Ok(()) => {
                state.committed(written);
                Ok(told)
            }
            Err(fault) => {
                engine.rollback();
                if let Fault::Lost(_) = &fault {
                    *uncertain = Some((written, told));
                }
                Err(fault)
            }
        }
    }

    /// `None` if an earlier attempt has been committed.
    fn write_within<T>(
        engine: &mut dyn Engine,
        state: &mut State,
        plan: &mut impl FnMut(&State) -> Result<(Plan, T)>,
        uncertain: &mut Option<(Vec<Read>, T)>,
    ) -> Tried<Option<(Vec<Read>, T)>> {
        // Nobody else's transaction on this study is open once this holds its row, that of the lost
        // connection included: whether it was committed is known then.
        engine.lock_study(state.id())?;
        if engine.has_changed()? {
            state.follow(engine)?;
            engine.seen();
        }
        if let Some((written, _)) = uncertain {
            if state.holds(written) {
                return Ok(None);
            }
            *uncertain = None;
        }
        let (plan, told) = plan(state)?;
        Ok(Some((state.write(engine, plan)?, told)))
    }
}

impl SqlStore {
    /// Opens a study, and creates it if there is none; whether it has comes with it. The database
    /// has Optuna's tables.
    pub(super) fn open(mut engine: Box<dyn Engine>, asked: &StudyHeader) -> Result<(Self, bool)> {
        let created = Self::create(&mut *engine, asked)?;
        let header = patiently(|| {
            let read = |engine: &mut dyn Engine| {
                let study = study::find(engine, &asked.name)?;
                let study = study.ok_or_else(|| Error::NoSuchStudy { name: asked.name.clone() })?;
                let params = Reader::default().params(engine, study.id)?;
                let header = continued(&study.system_attrs, &study.directions, &params, asked)?;
                let known = read_header(&study.system_attrs)?;
                Ok((study.id, (known.as_ref() != Some(&header)).then(|| header.clone()), header))
            };
            let read = within(&mut *engine, |engine| engine.begin_read(), read)?;
            engine.rollback();
            Ok(read)
        });
        let (id, new_header, header) = header?;
        if let Some(header) = new_header {
            patiently(|| {
                let set = |engine: &mut dyn Engine| study::set_header(engine, id, &header);
                within(&mut *engine, |engine| engine.begin_write(), set)?;
                engine.commit()
            })?;
        }
        let store = SqlStore::new(engine, id, header)?;
        if created {
            store.finish(lock(&store.shared), true)?;
        }
        Ok((store, created))
    }

    /// Creates the study, and the tables before, if they are not there.
    fn create(engine: &mut dyn Engine, asked: &StudyHeader) -> Result<bool> {
        let is_there = patiently(|| {
            Ok(schema::check(engine)? == Schema::Present
                && study::find(engine, &asked.name)?.is_some())
        })?;
        if is_there {
            return Ok(false);
        }
        asked.check_format()?;
        let mut is_uncertain = false;
        patiently(|| {
            let create = |engine: &mut dyn Engine| {
                engine.lock_schema()?;
                if schema::check(engine)? == Schema::Missing {
                    schema::create(engine)?;
                }
                if study::create(engine, asked)? {
                    return Ok(true);
                }
                // A commit whose answer was lost may have created it.
                let found = study::find(engine, &asked.name)?;
                let found = found.map(|study| study::header(engine, &study)).transpose()?;
                Ok(is_uncertain && found.is_some_and(|header| header == *asked))
            };
            let created = within(engine, |engine| engine.begin_write(), create)?;
            let committed = engine.commit();
            is_uncertain = matches!(committed, Err(Fault::Lost(_)));
            committed?;
            Ok(created)
        })
    }

    /// A study that is there, with a header that fits it.
    pub(super) fn new(engine: Box<dyn Engine>, id: i64, header: StudyHeader) -> Result<Self> {
        let state = State::new(id, &header);
        let mut shared = Shared { engine, state };
        patiently(|| shared.follow())?;
        Ok(SqlStore { header, shared: Mutex::new(shared), syncs: Syncs::default() })
    }

    /// The store with all that is in the database.
    fn current(&self) -> Result<MutexGuard<'_, Shared>> {
        let mut shared = lock(&self.shared);
        patiently(|| shared.follow())?;
        Ok(shared)
    }

    /// Lets others in, and waits until what was written is on the disk if it has to be.
    fn finish(&self, mut shared: MutexGuard<'_, Shared>, must_last: bool) -> Result<()> {
        if !must_last {
            return Ok(());
        }
        let Some(unsynced) = shared.engine.unsynced()? else { return Ok(()) };
        drop(shared);
        let written = || lock(&self.shared).engine.commits();
        let synced = self.syncs.wait(unsynced.commits, &unsynced.file, written);
        synced.map_err(|error| {
            let name = lock(&self.shared).engine.name();
            Error::Storage(format!("{name} could not be synced: {error}").into())
        })
    }
}

impl StudyStore for SqlStore {
    fn header(&self) -> &StudyHeader {
        &self.header
    }

    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>> {
        let mut shared = self.current()?;
        if shared.state.waiting().next().is_none() {
            return Ok(None);
        }
        let taken = shared.write(|state| {
            let (taken, changes) = claim(&state.converter, state.waiting(), at, &lease);
            Ok((Plan { created: None, changes }, taken))
        })?;
        taken.map(|number| shared.state.known(number)).transpose()
    }

    fn next_number(&self) -> Result<u64> {
        Ok(self.current()?.state.next())
    }

    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let record = TrialRecord::from_events(number, events)?;
        let mut shared = lock(&self.shared);
        shared.write(|state| {
            if state.next() != number {
                return Err(Error::Outdated);
            }
            let created = Some(state.converter.stored(&record));
            Ok((Plan { created, changes: Vec::new() }, ()))
        })?;
        shared.state.known(number)
    }

    fn add(&self, _wanted: Option<u64>, events: Vec<Event>) -> Result<u64> {
        let mut shared = lock(&self.shared);
        let number = shared.write(|state| {
            let number = state.next();
            let record = TrialRecord::from_events(number, events.clone())?;
            let created = Some(state.converter.stored(&record));
            Ok((Plan { created, changes: Vec::new() }, number))
        })?;
        self.finish(shared, true)?;
        Ok(number)
    }

    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>> {
        let mut appended = self.append_each(vec![(number, events)]);
        appended.pop().unwrap_or(Err(Error::UnknownTrial { number }))
    }

    fn append_each(&self, trials: Vec<(u64, Vec<Event>)>) -> Vec<Result<Arc<TrialRecord>>> {
        let is_end = |event: &Event| matches!(event, Event::Finished { .. });
        let ends = trials.iter().any(|(_, events)| events.iter().any(is_end));
        let mut shared = lock(&self.shared);
        let written = shared.write(|state| {
            let mut plan = Plan::default();
            let mut records: HashMap<u64, TrialRecord> = HashMap::new();
            let mut each = Vec::with_capacity(trials.len());
            for (number, events) in &trials {
                let record = match records.remove(number) {
                    Some(record) => Ok(record),
                    None => state.known(*number).map(|known| TrialRecord::clone(&known)),
                };
                let advanced = record.and_then(|mut record| {
                    let changes = advance(&state.converter, &mut record, events)?;
                    Ok((record, changes))
                });
                each.push(advanced.map(|(record, changes)| {
                    records.insert(*number, record);
                    match plan.changes.iter_mut().find(|(known, _)| known == number) {
                        Some((_, known)) => known.extend(changes),
                        None => plan.changes.push((*number, changes)),
                    }
                }));
            }
            Ok((plan, each))
        });
        let numbers = trials.iter().map(|(number, _)| *number);
        let records = written.and_then(|each| {
            let each = each.into_iter().zip(numbers.clone());
            let records: Vec<_> = each
                .map(|(written, number)| written.and_then(|()| shared.state.known(number)))
                .collect();
            self.finish(shared, ends)?;
            Ok(records)
        });
        records.unwrap_or_else(|error| {
            let message = error.to_string();
            let copies = numbers.skip(1).map(|_| Error::Storage(message.clone().into()));
            std::iter::once(error).chain(copies).map(Err).collect()
        })
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        Ok(self.current()?.state.record(number))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        Ok(self.current()?.state.records.changes(since))
    }
}
