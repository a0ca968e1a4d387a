use std::path::{Path, PathBuf};

/// What a trial has saved so that its training can go on later, in another trial: a folder of files that
/// the objective has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    step: u64,
    folder: PathBuf,
    first: u64,
}

impl Checkpoint {
    pub(crate) fn new(step: u64, folder: PathBuf, first: u64) -> Self {
        Checkpoint { step, folder, first }
    }

    /// The step that it was saved at; training goes on with the next one.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The number of the trial that began the training; [`Trial::seed`](super::Trial::seed) is still that
    /// trial's.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The folder with the files. It is there until the trial ends.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
