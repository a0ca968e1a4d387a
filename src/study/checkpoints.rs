//! What trials have saved so that they can go on later: a folder for each, below one of the study's.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::StudyBuilder;
use crate::error::{Error, Result};
use crate::trial::{Checkpoint, History, Origin, Save, TrialRecord};

impl<C> StudyBuilder<C> {
    /// A folder for what trials save, so that they can go on later
    /// ([`Trial::report_resumable`](crate::Trial::report_resumable)). Without one, a trial that is
    /// stopped is stopped for good.
    ///
    /// A trial with a checkpoint that was pruned goes on, as a new trial, when the sampler, or where that
    /// [does not choose](crate::Sampler::chooses_paused) the [pruner](crate::pruner::Pruner::promote),
    /// finds that worth more than a new config; one that was interrupted goes on before anything else
    /// begins. Each study has a folder of its own in it, under its name, and so has each trial. Other
    /// processes that work on the study go on with the trials whose folders they find. The checkpoints
    /// of trials that are no longer among the most promising are deleted, and those of trials that have
    /// ended. A study whose folder cannot be made is refused.
    ///
    /// ```no_run
    /// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
    ///
    /// fn train(config: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    ///     # let _ = (config, trial);
    ///     // … as in the example of `Trial::report_resumable`
    ///     # Ok(0.0)
    /// }
    ///
    /// let space = Space::builder().float("rate", 1e-4..=1.0, Scale::Log).build()?;
    /// let study = Study::in_space(space).checkpoints("checkpoints").build()?;
    /// study.optimize(train, 200)?;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn checkpoints(mut self, folder: impl Into<PathBuf>) -> Self {
        self.checkpoints = Some(folder.into());
        self
    }
}

/// The folders of one study's trials.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// A folder `17/step-4-of-3` in it is the checkpoint of trial 17 after step 4 of the training that
    /// trial 3 began.
    folder: PathBuf,
    /// Whether they are to survive the machine, as the storage does.
    lasting: bool,
}

/// How it is called while its files are written.
const UNFINISHED: &str = "unfinished";

impl Checkpoints {
    /// # Errors
    /// [`Error::InvalidOption`] if the folder cannot be made.
    pub(super) fn new(folder: &Path, study: &str, lasting: bool) -> Result<Self> {
        let folder = folder.join(file_name(study));
        fs::create_dir_all(&folder).map_err(|error| Error::InvalidOption {
            option: "checkpoints",
            value: format!("{} ({error})", folder.display()),
            remedy: "give a folder that can be made and written to",
        })?;
        Ok(Checkpoints { folder, lasting })
    }

    /// Has a checkpoint written, which takes the place of the trial's last one.
    pub(super) fn save(&self, number: u64, first: u64, step: u64, save: Save<'_>) -> Result<()> {
        let failed = Error::CheckpointNotSaved;
        let own = self.of(number);
        let unfinished = own.join(UNFINISHED);
        let named = |error: io::Error| failed(format!("{}: {error}", unfinished.display()));
        remove(&unfinished).map_err(named)?;
        fs::create_dir_all(&unfinished).map_err(named)?;
        save(&unfinished).map_err(failed)?;
        let kept = own.join(format!("{}{first}", prefix(step)));
        let finish = || {
            if self.lasting {
                sync_files(&unfinished)?;
            }
            remove(&kept)?;
            fs::rename(&unfinished, &kept)?;
            if self.lasting {
                sync_folder(&own)?;
            }
            let others = fs::read_dir(&own)?.filter_map(|entry| Some(entry.ok()?.path()));
            others.filter(|other| *other != kept).try_for_each(|other| remove(&other))
        };
        finish().map_err(named)
    }

    /// The trials that have a checkpoint.
    pub(super) fn saved(&self) -> Saved<'_> {
        let number = |entry: io::Result<fs::DirEntry>| {
            entry.ok()?.file_name().to_str().and_then(|name| name.parse().ok())
        };
        let entries = fs::read_dir(&self.folder).into_iter().flatten();
        Saved { checkpoints: self, numbers: entries.filter_map(number).collect() }
    }

    /// What a trial has saved after a step.
    fn own(&self, number: u64, step: u64) -> Option<Checkpoint> {
        let prefix = prefix(step);
        let entries = fs::read_dir(self.of(number)).ok()?.filter_map(|entry| entry.ok());
        let first = |entry: fs::DirEntry| {
            let first = entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()?;
            Some(Checkpoint::new(step, entry.path(), first))
        };
        entries.filter_map(first).next()
    }

    fn of(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }
}

/// The checkpoints that are there at one moment.
#[derive(Debug)]
pub(super) struct Saved<'a> {
    checkpoints: &'a Checkpoints,
    numbers: BTreeSet<u64>,
}

impl Saved<'_> {
    /// Whether a trial that has left can go on.
    pub(super) fn has(&self, record: &TrialRecord, history: &History) -> bool {
        self.place(record, history).is_some()
    }

    /// Where a new trial is to begin, if it goes on with another one.
    pub(super) fn before(&self, record: &TrialRecord, history: &History) -> Option<Checkpoint> {
        self.place_before(record, history).map(|(_, checkpoint)| checkpoint)
    }

    /// The checkpoint at which a trial can go on, and the number of the trial that has saved it: its
    /// own, or that of the trial with which it went on.
    fn place(&self, record: &TrialRecord, history: &History) -> Option<(u64, Checkpoint)> {
        let number = record.number();
        let step = record.saved_at().filter(|_| self.numbers.contains(&number));
        let own = step.and_then(|step| self.checkpoints.own(number, step));
        let own = own.map(|checkpoint| (number, checkpoint));
        own.or_else(|| self.place_before(record, history))
    }

    fn place_before(&self, record: &TrialRecord, history: &History) -> Option<(u64, Checkpoint)> {
        let is_earlier = |trial: &&TrialRecord| trial.number() < record.number();
        match record.origin() {
            Origin::Continued { of } => self.place(history.trial(of).filter(is_earlier)?, history),
            Origin::Retry { of, .. } => {
                let tries = |trial: &&TrialRecord| match trial.origin() {
                    // The first of them, which comes last, may have gone on with another trial.
                    _ if trial.number() == of => true,
                    Origin::Retry { of: its, .. } => its == of && trial.saved_at().is_some(),
                    _ => false,
                };
                let mut tries = history.trials().rev().filter(is_earlier).filter(tries);
                tries.find_map(|trial| self.place(trial, history))
            }
            _ => None,
        }
    }

    /// Deletes the checkpoints that no trial needs, and none of those that may go on.
    pub(super) fn clear(&self, history: &History, may_go_on: &[&TrialRecord]) -> io::Result<()> {
        let needing = history.pending().chain(may_go_on.iter().copied());
        let needed: BTreeSet<u64> =
            needing.filter_map(|trial| Some(self.place(trial, history)?.0)).collect();
        // A running trial may be saving.
        let is_open =
            |number| history.trial(number).is_none_or(|trial| !trial.state().is_finished());
        let idle = self.numbers.difference(&needed).filter(|number| !is_open(**number));
        idle.map(|number| self.checkpoints.of(*number)).try_for_each(|folder| remove(&folder))
    }
}

/// How the folder of a checkpoint is called, before the number of the trial that began the training.
fn prefix(step: u64) -> String {
    format!("step-{step}-of-")
}

/// A study's name as that of a folder: other characters than letters, digits, `-` and `_` by their bytes.
fn file_name(study: &str) -> String {
    let mut name = String::new();
    for byte in study.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(byte.into());
        } else {
            let _ = write!(name, "%{byte:02x}");
        }
    }
    name
}

/// Removes a folder or a file that may have gone already.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Brings the files of a folder, and those of the folders in it, to the disk.
fn sync_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_files(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// Brings the names of a folder to the disk, where the system lets folders be opened.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
