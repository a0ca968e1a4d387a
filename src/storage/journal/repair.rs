//! Makes a journal whole in which lines are damaged.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::line::{Line, LineWriter};
use super::replay::Replay;
use super::salvage::records;
use crate::storage::optuna::{StoredState, StoredTrial};
use crate::storage::syncs::sync_folder;

/// What [`JournalStorage::repair`](super::JournalStorage::repair) has done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// What was lost, in sentences. Empty if the journal was whole and nothing was written.
    pub lost: Vec<String>,
    /// Where the journal as it was is kept.
    pub kept: Option<PathBuf>,
}

/// The whole records of a journal, a line each. Trials whose beginning is lost get one, because the
/// numbers of all others follow from the order of lines.
pub(super) fn whole_lines(content: &[u8], worker: &str) -> String {
    // What becomes of a trial is known at the end.
    let mut all = Replay::default();
    let mut replay = Replay::default();
    content.split(|&byte| byte == b'\n').for_each(|line| all.enter(line));
    let mut lines = String::new();
    for line in content.split(|&byte| byte == b'\n') {
        for record in records(line).records {
            if let Line::CreateTrial(created) = &record.line {
                let lost = replay.lost_before(created);
                let mut writer = LineWriter::new(worker);
                for (id, number) in lost {
                    let is_told = all.is_finished(id);
                    let state = if is_told { StoredState::Running } else { StoredState::Fail };
                    let trial = StoredTrial { number, state, ..StoredTrial::default() };
                    writer.create_trial(created.study, id, &trial);
                }
                lines.push_str(&writer.finish().0);
            }
            lines.push_str(record.text);
            lines.push('\n');
            replay.apply(record);
        }
    }
    lines
}

/// Puts other lines in the place of a journal, which is kept under another name.
pub(super) fn replace(path: &Path, lines: &str) -> io::Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let kept = (1..).map(|at| named(&format!(".damaged-{at}"))).find(|path| !path.exists());
    let kept = kept.ok_or_else(|| io::Error::other("no name is left for the damaged journal"))?;
    let new = named(".repaired");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&new)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    fs::copy(path, &kept)?;
    fs::rename(&new, path)?;
    sync_folder(path)?;
    Ok(kept)
}
