//! Where trials are kept.
//!
//! A [`Storage`] holds studies by name, a [`StudyStore`] the trials of one study. Several studies,
//! in one process or in many, may share a store: it gives out the trial numbers, hands each waiting
//! trial to one of them only, and shows the running trials of all to all.
//!
//! What is kept of a trial are its [events](Event), and its record is their sum
//! ([`TrialRecord::apply`]): no storage decides by itself what may happen to a trial.
//!
//! Storages are synchronous on purpose. A study's other work, which is suggesting, keeps a processor
//! busy, so that a worker needs a thread of its own anyway.

mod clock;
mod journal;
mod memory;
mod mutex;
mod optuna;
mod queue;
mod records;
mod revision;
mod snapshot;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
mod syncs;
mod url;

use std::fmt;
use std::sync::Arc;

pub use journal::{JournalStorage, Repaired};
pub use memory::MemoryStorage;
pub(crate) use mutex::lock;
pub use optuna::{StoredState, StoredStudy, StoredTrial};
use records::Records;
pub use revision::Revision;
#[cfg(feature = "postgres")]
pub use sql::PostgresStorage;
#[cfg(feature = "sqlite")]
pub use sql::SqliteStorage;
pub use url::{IntoStorage, open};

use crate::error::Result;
use crate::trial::{Event, Lease, StudyHeader, Timestamp, TrialRecord};

/// A place where studies are kept.
///
/// [`testing::storage`](crate::testing::storage) checks an implementation, and
/// [`testing::lasting_storage`](crate::testing::lasting_storage) one that outlives its processes.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Opens the study with the header's name, and creates it if there is none. The store's own
    /// header may differ from the one given here; the study that asked decides whether that
    /// matters.
    ///
    /// # Errors
    /// The storage cannot be reached.
    fn open(&self, header: StudyHeader) -> Result<Opened>;

    /// Whether studies outlive the process that works on them, so that a worker may die and leave its
    /// trials to others.
    fn outlives_process(&self) -> bool {
        true
    }

    /// The names of all studies.
    ///
    /// # Errors
    /// The storage cannot be reached.
    fn names(&self) -> Result<Vec<String>>;

    /// The study with this name, if there is one.
    ///
    /// # Errors
    /// The storage cannot be reached.
    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>>;

    /// The study with this name as it is stored, with what only other programs understand. Alters
    /// nothing.
    ///
    /// # Errors
    /// The storage cannot be reached or is not there.
    fn stored(&self, name: &str) -> Result<Option<StoredStudy>> {
        let Some(store) = self.find(name)? else { return Ok(None) };
        let records = store.changes(&Revision::START)?.records;
        StoredStudy::of(store.header(), &records).map(Some)
    }
}

/// What [`Storage::open`] has opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The trials.
    pub store: Arc<dyn StudyStore>,
    /// Whether the study was created by this call. Of several that open a new study at the same
    /// time, one creates it.
    pub created: bool,
}

impl Opened {
    /// A study that was there.
    pub fn found(store: Arc<dyn StudyStore>) -> Self {
        Opened { store, created: false }
    }

    /// A study that has been created just now.
    pub fn created(store: Arc<dyn StudyStore>) -> Self {
        Opened { store, created: true }
    }
}

/// The trials of one study. Every call is atomic.
///
/// A trial of the sampler: [`next_number`](Self::next_number) tells its number, by which it is
/// suggested, [`begin`](Self::begin) keeps its config and its start, [`append`](Self::append) what
/// follows, and its end. A trial that a
/// person gives: [`add`](Self::add) keeps it, and if it is to be run [`take`](Self::take) hands it
/// out.
///
/// What a call has returned from is kept, whatever is killed afterwards. A storage for which writing
/// is slow may write later what `append` takes, but for what changes a trial's state: that is kept
/// when the call returns, and everything before it, too.
///
/// # Errors
/// Methods that name a trial fail as [`TrialRecord::apply`] does, and with
/// [`Error::Storage`](crate::Error::Storage) if the storage cannot be reached. Nothing was changed
/// then.
pub trait StudyStore: Send + Sync + fmt::Debug {
    /// The study's header as it was when the study was created.
    fn header(&self) -> &StudyHeader;

    /// Starts the oldest waiting trial under a lease and hands it out; `None` if none waits. Of
    /// several takers, one gets it.
    fn take(&self, at: Timestamp, lease: Lease) -> Result<Option<Arc<TrialRecord>>>;

    /// The number that the next new trial gets. Numbers ascend.
    fn next_number(&self) -> Result<u64>;

    /// Keeps the first events of a trial, its config and its start, under the number that
    /// [`next_number`](Self::next_number) told.
    ///
    /// Fails with [`Error::Outdated`](crate::Error::Outdated) if another trial got that number
    /// meanwhile. The check and the start are one atomic step. So no two studies suggest by the same
    /// history and number, and none misses a trial that began before its own.
    fn begin(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>>;

    /// Keeps a trial of which all is known: one that waits to be run, or one with its result. It gets
    /// the wanted number if that is free and the storage may leave numbers out, and else the next
    /// one. Returns the number.
    fn add(&self, wanted: Option<u64>, events: Vec<Event>) -> Result<u64>;

    /// Keeps what happens to a running trial, all of it or nothing, and returns the record with it. A
    /// trial that waits does not run: it is refused with
    /// [`Error::UnknownTrial`](crate::Error::UnknownTrial), and starts by [`take`](Self::take) only.
    fn append(&self, number: u64, events: Vec<Event>) -> Result<Arc<TrialRecord>>;

    /// As [`append`](Self::append) for several trials, each for itself. A storage for which writing is
    /// slow brings them to the disk together.
    fn append_each(&self, trials: Vec<(u64, Vec<Event>)>) -> Vec<Result<Arc<TrialRecord>>> {
        trials.into_iter().map(|(number, events)| self.append(number, events)).collect()
    }

    /// The time in microseconds by a clock that all who use the storage share, such as the server's.
    /// Leases end by it. `None` if there is no such clock: leases then end by the clock of their holder.
    ///
    /// Every `ask` and every report calls this. Read a clock on another machine rarely, and add the
    /// time that has passed since.
    fn time(&self) -> Option<Timestamp> {
        None
    }

    /// The trial with this number, if it has a config.
    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>>;

    /// The trials that have changed since an earlier call, which named its revision; since
    /// [`Revision::START`], all trials. Each once, in its latest state, in any order.
    fn changes(&self, since: &Revision) -> Result<Changes>;
}

/// What [`StudyStore::changes`] tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Changes {
    /// What to pass to the next call.
    pub revision: Revision,
    /// The trials.
    pub records: Vec<Arc<TrialRecord>>,
}

impl Changes {
    /// What has changed up to `revision`.
    pub fn new(revision: Revision, records: Vec<Arc<TrialRecord>>) -> Self {
        Changes { revision, records }
    }
}
