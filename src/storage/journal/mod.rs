//! Studies in a file of lines that are only ever appended, in the format of Optuna's journals.

mod file;
mod line;
mod lock;
mod repair;
mod replay;
mod salvage;
mod store;
mod written;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use file::{Journal, failed};
pub use repair::Repaired;
use replay::Replay;
use store::JournalStore;

use super::mutex::lock;
use super::optuna::{StoredStudy, described, goals, read_header};
use super::{Opened, Storage, StudyStore};
use crate::error::{Error, Result};
use crate::trial::StudyHeader;

/// Studies in one file, which any number of processes share.
///
/// The file is a journal of Optuna: its `JournalStorage` opens it, shows the study and continues it,
/// also while this crate writes, and the other way round. A result is on the disk before
/// [`Study::tell`](crate::Study::tell) returns. What a process that dies was writing is left out;
/// everything before is kept.
///
/// ```no_run
/// use tunewright::storage::JournalStorage;
/// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
///
/// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).storage(JournalStorage::new("runs.log")).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 20)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JournalStorage {
    path: PathBuf,
    open: Arc<Mutex<HashMap<String, Weak<JournalStore>>>>,
}

impl JournalStorage {
    /// The journal at this path. The file is made when a study is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        JournalStorage { path: path.into(), open: Arc::default() }
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is damaged, in sentences. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn damage(&self) -> Result<Vec<String>> {
        let replay = self.read(None)?.replay;
        let lines = replay.damage.iter().map(sentence).collect::<Vec<_>>();
        Ok(lines.into_iter().chain(replay.studies().flat_map(lost)).collect())
    }

    /// Leaves out what is damaged, so that Optuna reads the journal again, which this crate does in any
    /// case. Trials whose beginning is lost keep their numbers; those of which nothing else is known
    /// have failed. The journal as it was is kept beside the new one.
    ///
    /// Processes that work on the journal go on with the repaired one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn repair(&self) -> Result<Repaired> {
        let lost = self.damage()?;
        let mut journal = Journal::open_existing(&self.path, "")
            .map_err(|error| failed(&self.path, "read", &error))?;
        Ok(Repaired { lost, kept: journal.repair()? })
    }

    fn read(&self, only: Option<&str>) -> Result<Journal> {
        let read = Journal::read(&self.path, only).and_then(|mut journal| {
            journal.enter_tail()?;
            Ok(journal)
        });
        read.map_err(|error| failed(&self.path, "read", &error))
    }
}

fn stored(study: replay::Study, warnings: Vec<String>) -> StoredStudy {
    let trials = study.trials.into_iter();
    let trials = trials.filter(|entry| !entry.is_lost || entry.state.is_finished());
    StoredStudy {
        name: study.name,
        goals: goals(&study.directions, &study.system_attrs),
        user_attrs: study.user_attrs,
        system_attrs: study.system_attrs,
        trials: trials.filter_map(|entry| entry.trial).collect(),
        warnings,
    }
}

/// What was lost, in sentences.
fn warnings(replay: &Replay, study: &replay::Study) -> Vec<String> {
    replay.damage.iter().map(sentence).chain(lost(study)).collect()
}

fn sentence(damage: &replay::Damage) -> String {
    format!("line {} of the journal was skipped: {}", damage.line, damage.what)
}

fn lost(study: &replay::Study) -> Vec<String> {
    let lost = study.trials.iter().enumerate().filter(|(_, entry)| entry.is_lost);
    let name = &study.name;
    lost.map(|(number, _)| format!("the line that begins trial {number} of `{name}` is lost"))
        .collect()
}

impl Storage for JournalStorage {
    fn open(&self, header: StudyHeader) -> Result<Opened> {
        let mut open = lock(&self.open);
        let known = open.get(&header.name).and_then(Weak::upgrade);
        // Who does not care for the seed has drawn one.
        let is_same = |store: &Arc<JournalStore>| {
            *store.header() == StudyHeader { seed: store.header().seed, ..header.clone() }
        };
        if let Some(store) = known.filter(is_same) {
            return Ok(Opened::found(store));
        }
        let journal = Journal::open(&self.path, &header)
            .map_err(|error| failed(&self.path, "opened", &error))?;
        let (store, created) = JournalStore::open(journal, header)?;
        let store = Arc::new(store);
        open.insert(store.header().name.clone(), Arc::downgrade(&store));
        Ok(if created { Opened::created(store) } else { Opened::found(store) })
    }

    fn names(&self) -> Result<Vec<String>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let journal = self.read(None)?;
        let mut names: Vec<String> =
            journal.replay.studies().map(|study| study.name.clone()).collect();
        names.sort();
        Ok(names)
    }

    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let journal = Journal::open_existing(&self.path, name)
            .map_err(|error| failed(&self.path, "read", &error))?;
        let Some(study) = journal.replay.study(name) else { return Ok(None) };
        let header = match read_header(&study.system_attrs, name, &study.directions)? {
            Some(header) => header,
            None => describe(study)?,
        };
        Ok(Some(Arc::new(JournalStore::new(journal, header))))
    }

    fn stored(&self, name: &str) -> Result<Option<StoredStudy>> {
        let replay = self.read(Some(name))?.replay;
        let Some(study) = replay.study(name) else { return Ok(None) };
        let warnings = warnings(&replay, study);
        Ok(replay.into_study(name).map(|study| stored(study, warnings)))
    }
}

/// The header of a study of Optuna's.
fn describe(study: &replay::Study) -> Result<StudyHeader> {
    let goals = goals(&study.directions, &study.system_attrs).ok_or_else(|| {
        Error::Storage(format!("the study {} has no direction", study.name).into())
    })?;
    let params = study.seen.iter().map(|(name, distribution)| (&**name, &***distribution));
    described(&study.name, goals, params)
}
