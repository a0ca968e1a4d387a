//! The trials of one study in a database.

#![allow(clippy::disallowed_methods, reason = "how long others are waited for is a matter of time")]

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Engine, Fault, Tried};
use super::read::Read;
use super::schema::{self, Schema};
use super::state::{Plan, State};
use super::study;
use crate::error::{Error, Result};
use crate::storage::clock::SharedClock;
use crate::storage::mutex::lock;
use crate::storage::optuna::{Param, advance_each, claim, continued, read_header};
use crate::storage::queue::{self, Queue, Request};
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
    syncs: Syncs<u64>,
    queue: Queue,
    clock: SharedClock,
}

#[derive(Debug)]
struct Shared {
    engine: Box<dyn Engine>,
    state: State,
    /// Since when the state is known to be up to date.
    followed: Instant,
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

/// Whose rows a call locks in databases that lock rows.
#[derive(Clone, Copy, Debug)]
enum Locks<'a> {
    /// For new numbers and for what waits.
    Study,
    /// For what happens to running trials: others' may end at the same time.
    Trials(&'a [u64]),
}

impl Shared {
    /// Brings the state up to date.
    fn follow(&mut self) -> Tried<()> {
        let now = Instant::now();
        if self.engine.has_changed()? {
            let state = &mut self.state;
            within(&mut *self.engine, |engine| engine.begin_read(), |engine| state.follow(engine))?;
            self.engine.rollback();
            self.engine.seen();
        }
        self.followed = now;
        Ok(())
    }

    fn set_header(&mut self, id: i64, header: &StudyHeader) -> Result<()> {
        let engine = &mut *self.engine;
        patiently(|| {
            let set = |engine: &mut dyn Engine| study::set_header(engine, id, header);
            within(engine, |engine| engine.begin_write(), set)?;
            engine.commit()
        })
    }

    /// Writes what `plan` wants to when the state is up to date and what it locks is nobody else's,
    /// and tells what it tells.
    fn write<T>(
        &mut self,
        locks: Locks<'_>,
        mut plan: impl FnMut(&State) -> Result<(Plan, T)>,
    ) -> Result<T> {
        let mut uncertain = None;
        patiently(|| self.attempt(locks, &mut plan, &mut uncertain))
    }

    /// Writes what has happened to running trials, in one transaction.
    fn append(&mut self, requests: &[Arc<Request>]) {
        let happened = queue::happened(requests);
        let numbers: Vec<u64> = happened.clone().map(|(number, _)| number).collect();
        let written = self.write(Locks::Trials(&numbers), |state| {
            let advanced =
                advance_each(&state.converter, happened.clone(), |number| state.known(number));
            let mut plan = Plan::default();
            let each = advanced.into_iter().map(|(number, changes)| {
                plan.change(number, changes?);
                Ok(number)
            });
            let each: Vec<Result<u64>> = each.collect();
            Ok((plan, each))
        });
        let records = written
            .map(|each| each.into_iter().map(|written| self.state.known(written?)).collect());
        queue::finish(requests, records);
    }

    /// Nothing, or what a commit whose answer was lost would have written, with what it tells.
    fn attempt<T>(
        &mut self,
        locks: Locks<'_>,
        plan: &mut impl FnMut(&State) -> Result<(Plan, T)>,
        uncertain: &mut Option<(Vec<Read>, T)>,
    ) -> Tried<T> {
        let Shared { engine, state, .. } = self;
        let engine = &mut **engine;
        engine.begin_write()?;
        let written = Self::write_within(engine, state, locks, plan, uncertain);
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
        locks: Locks<'_>,
        plan: &mut impl FnMut(&State) -> Result<(Plan, T)>,
        uncertain: &mut Option<(Vec<Read>, T)>,
    ) -> Tried<Option<(Vec<Read>, T)>> {
        // Once this holds the rows, no other transaction that wants them is open, that of a lost
        // connection included: whether it was committed is known then.
        match locks {
            Locks::Study => engine.lock_study(state.id())?,
            Locks::Trials(numbers) => {
                let ids = state.open_ids(numbers);
                if !ids.is_empty() {
                    engine.lock_trials(&ids)?;
                }
            }
        }
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
        let study = patiently(|| study::find(&mut *engine, &asked.name))?;
        let study = study
            .ok_or_else(|| Error::NoSuchStudy { name: asked.name.clone(), known: Vec::new() })?;
        let continued = |params: &[Param]| {
            let params = params.iter().map(|param| (&*param.name, &**param.distribution));
            continued(&study.system_attrs, &study.directions, params, asked)
        };
        // What the header alone refuses need not be read.
        let header = continued(&[])?;
        let store = SqlStore::new(engine, study.id, header)?;
        let mut shared = lock(&store.shared);
        continued(shared.state.params())?;
        let known = read_header(&study.system_attrs, &study.name, &study.directions)?;
        if known.as_ref() != Some(&store.header) {
            shared.set_header(study.id, &store.header)?;
        }
        store.finish(shared, created)?;
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
        let mut shared = Shared { engine, state, followed: Instant::now() };
        patiently(|| shared.follow())?;
        Ok(SqlStore {
            header,
            shared: Mutex::new(shared),
            syncs: Syncs::default(),
            queue: Queue::default(),
            clock: SharedClock::default(),
        })
    }

    /// The store with all that is in the database.
    fn current(&self) -> Result<MutexGuard<'_, Shared>> {
        let called = Instant::now();
        let mut shared = lock(&self.shared);
        // Another thread may have looked while this one was waiting for it.
        if shared.followed <= called {
            patiently(|| shared.follow())?;
        }
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
        let taken = shared.write(Locks::Study, |state| {
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
        shared.write(Locks::Study, |state| {
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
        let number = shared.write(Locks::Study, |state| {
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
        let request = self.queue.push(trials);
        let mut shared = lock(&self.shared);
        let appended = request.done().unwrap_or_else(|| {
            shared.append(&self.queue.take());
            request.done().unwrap_or_default()
        });
        match self.finish(shared, ends && appended.iter().any(Result::is_ok)) {
            Ok(()) => appended,
            Err(error) => error.for_each(appended.len()),
        }
    }

    fn time(&self) -> Option<Timestamp> {
        self.clock.now(|| lock(&self.shared).engine.time())
    }

    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>> {
        Ok(self.current()?.state.record(number))
    }

    fn changes(&self, since: &Revision) -> Result<Changes> {
        Ok(self.current()?.state.records.changes(since))
    }
}
