//! Where trials are kept.
//!
//! A [`Storage`] holds studies by name, a [`StudyStore`] the trials of one study. Several studies,
//! in one process or in many, may share a store: it gives out the trial numbers, hands each waiting
//! trial to one of them only, and shows the running trials of all to all.

mod memory;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use memory::MemoryStorage;

use crate::error::{Error, Result};
use crate::space::{Point, Space, Value};
use crate::trial::{Goals, Origin, Outcome, Timestamp, TrialRecord, TrialState};

/// What a study is, apart from its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyHeader {
    /// Name of the study within its storage.
    pub name: String,
    /// The goals.
    #[serde(rename = "directions")]
    pub goals: Goals,
    /// The axes and conditions.
    pub space: Space,
    /// Seed of all random decisions.
    pub seed: u64,
}

/// A place where studies are kept.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Opens the study with the header's name, and creates it if there is none. The store's own
    /// header may differ from the one given here; the study that asked decides whether that
    /// matters.
    ///
    /// # Errors
    /// The storage cannot be reached.
    fn open(&self, header: StudyHeader) -> Result<Arc<dyn StudyStore>>;

    /// The names of all studies.
    ///
    /// # Errors
    /// The storage cannot be reached.
    fn names(&self) -> Result<Vec<String>>;
}

/// The trials of one study. Every call is atomic, and what it has returned from is kept.
///
/// A trial's life: [`claim`](Self::claim) gives out a number, [`start`](Self::start) its config,
/// [`finish`](Self::finish) its outcome. Or [`add`](Self::add) keeps a config, which a later claim
/// hands out, or a config with its outcome.
///
/// # Errors
/// Methods that name a trial fail with [`Error::UnknownTrial`] if it is
/// not running, with [`Error::AlreadyTold`] if it has ended, and with
/// [`Error::Storage`] if the storage cannot be reached; then nothing was
/// changed.
pub trait StudyStore: Send + Sync + fmt::Debug {
    /// The study's header as it was when the study was created.
    fn header(&self) -> &StudyHeader;

    /// Takes the oldest waiting trial, which runs from this moment on, or else gives out a number
    /// that no trial has.
    fn claim(&self, at: Timestamp) -> Result<Claim>;

    /// Gives back a number that [`claim`](Self::claim) gave out and that was not started.
    fn release(&self, number: u64) -> Result<()>;

    /// Starts a claimed trial at a point.
    ///
    /// With [`Start::since`], fails with [`Error::Outdated`] if another trial
    /// got its point (by `start` or `add`) after that revision. The check and the start are one
    /// atomic step, so that no two studies run the same point.
    fn start(&self, number: u64, start: Start) -> Result<()>;

    /// Keeps a trial that waits to be run, or with an outcome one that needs not be run. Returns
    /// its number.
    fn add(&self, given: Given) -> Result<u64>;

    /// Keeps a trial that is known whole, in whatever state it is, under the number of its record or,
    /// if that was given out already, under the next one. Returns its number.
    ///
    /// A storage that does not say how keeps what [`add`](Self::add) keeps, and refuses trials that
    /// run.
    fn restore(&self, record: TrialRecord) -> Result<u64> {
        let outcome = match record.state() {
            TrialState::Waiting => None,
            TrialState::Running => {
                return Err(Error::Storage("it takes no trials that run elsewhere".into()));
            }
            TrialState::Complete => record.evaluation().map(Outcome::Complete),
            TrialState::Pruned => Some(Outcome::Pruned),
            TrialState::Interrupted => Some(Outcome::Interrupted),
            TrialState::Failed => Some(Outcome::Failed(record.failure().unwrap_or("").to_owned())),
        };
        self.add(Given {
            point: record.point().clone(),
            origin: record.origin(),
            metrics: record.metrics().clone(),
            outcome,
        })
    }

    /// Keeps a running trial's progress at a step.
    fn report(&self, number: u64, step: u64, value: f64) -> Result<()>;

    /// Keeps a running trial's metric.
    fn record(&self, number: u64, name: &str, value: f64) -> Result<()>;

    /// Keeps a text that a running trial notes. A storage without this method keeps none.
    fn note(&self, number: u64, name: &str, text: &str) -> Result<()> {
        let _ = (number, name, text);
        Err(Error::Storage("it keeps no notes of trials; implement `StudyStore::note`".into()))
    }

    /// Ends a running trial and returns its final record.
    fn finish(&self, number: u64, outcome: Outcome, at: Timestamp) -> Result<Arc<TrialRecord>>;

    /// The trial with this number, if it has a config.
    fn trial(&self, number: u64) -> Result<Option<Arc<TrialRecord>>>;

    /// The trials that have changed since an earlier call, which named its `revision`; from 0, all
    /// trials. Each in its latest state, in the order of the changes, and perhaps repeatedly.
    fn changes(&self, since: u64) -> Result<Changes>;
}

/// What [`StudyStore::claim`] hands out.
#[derive(Clone, Debug)]
pub enum Claim {
    /// A number for a trial of the sampler.
    Fresh(u64),
    /// A trial that was waiting.
    Waiting(Arc<TrialRecord>),
}

/// With what a trial starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where.
    pub point: Point,
    /// What the sampler notes about it.
    pub notes: BTreeMap<String, Value>,
    /// When.
    pub at: Timestamp,
    /// The revision of the [changes](StudyStore::changes) that the point was chosen by; the start is
    /// refused if other trials got their points after it. `None` starts in any case.
    pub since: Option<u64>,
}

/// A trial that a person gives, or that is tried again.
#[derive(Clone, Debug)]
pub struct Given {
    /// Where.
    pub point: Point,
    /// Why.
    pub origin: Origin,
    /// What is known beside the outcome.
    pub metrics: BTreeMap<String, f64>,
    /// How it ended; `None` if it is yet to be run.
    pub outcome: Option<Outcome>,
}

impl Given {
    /// A trial to be run.
    pub fn waiting(point: Point, origin: Origin) -> Self {
        Given { point, origin, metrics: BTreeMap::new(), outcome: None }
    }
}

/// What [`StudyStore::changes`] tells.
#[derive(Clone, Debug)]
pub struct Changes {
    /// What to pass to the next call.
    pub revision: u64,
    /// The trials.
    pub records: Vec<Arc<TrialRecord>>,
}
