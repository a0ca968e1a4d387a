//! The rows of a table become trials of a study.

use std::fmt;

use super::{Experiments, Rows, refused};
use crate::error::{Error, Result};
use crate::space::Space;
use crate::trial::{TrialRecord, TrialState};

/// What became of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Rows that became trials.
    pub added: usize,
    /// How many of these failed or have no finite goal, and became failed trials.
    pub failed: usize,
    /// How many of these were pruned, and became pruned trials.
    pub pruned: usize,
    /// How many of these were interrupted.
    pub interrupted: usize,
    /// How many of these ran when the table was written. Nobody ends them here.
    pub running: usize,
    /// How many of these wait to be run; the study runs them first.
    pub waiting: usize,
    /// Rows that did not, counted from 1 after the header, with the reason.
    pub skipped: Vec<(usize, String)>,
    /// What a person should know of how the table was read: columns that were left out, a goal that
    /// never changes.
    pub warnings: Vec<String>,
}

impl Experiments {
    /// Makes records of the rows for a study of this space with `wanted` goals, numbered from `first`,
    /// and gives them to `keep` one by one.
    pub(crate) fn restore(
        &self,
        space: &Space,
        wanted: usize,
        first: u64,
        mut keep: impl FnMut(TrialRecord) -> Result<()>,
    ) -> Result<Imported> {
        let rows = Rows::new(self, space, false)?;
        let goals = rows.goals();
        if goals.len() != wanted {
            return Err(refused(format!(
                "it has {} ({}) and the study {wanted}; name one with `.goal(..)`",
                match goals.len() {
                    1 => "one goal".to_owned(),
                    count => format!("{count} goals"),
                },
                goals.join(", "),
            )));
        }
        let mut imported =
            Imported { warnings: rows.reading.warnings.clone(), ..Imported::default() };
        for row in rows.in_order() {
            let record = rows.number(row).and_then(|number| {
                rows.record(row, number.unwrap_or(0).saturating_add(first), first)
            });
            let record = match record {
                Ok(record) => record,
                Err(reason) => {
                    imported.skipped.push((row + 1, reason));
                    continue;
                }
            };
            let state = record.state();
            match keep(record) {
                Ok(()) => imported.count(state),
                Err(error @ Error::Storage(_)) => return Err(error),
                Err(error) => imported.skipped.push((row + 1, error.to_string())),
            }
        }
        imported.skipped.sort_by_key(|(row, _)| *row);
        Ok(imported)
    }
}

impl Imported {
    fn count(&mut self, state: TrialState) {
        self.added += 1;
        match state {
            TrialState::Complete => {}
            TrialState::Failed => self.failed += 1,
            TrialState::Pruned => self.pruned += 1,
            TrialState::Interrupted => self.interrupted += 1,
            TrialState::Running => self.running += 1,
            TrialState::Waiting => self.waiting += 1,
        }
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.added == 1 { "row" } else { "rows" };
        write!(f, "{} {plural} added", self.added)?;
        let mut kinds = [
            (self.failed, "failed"),
            (self.pruned, "pruned"),
            (self.interrupted, "interrupted"),
            (self.running, "running"),
            (self.waiting, "waiting"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0);
        if let Some((count, kind)) = kinds.next() {
            write!(f, ", {count} of these as {kind} trials")?;
        }
        for (count, kind) in kinds {
            write!(f, ", {count} as {kind} ones")?;
        }
        for warning in &self.warnings {
            write!(f, "\nnote: {warning}")?;
        }
        for (row, reason) in &self.skipped {
            write!(f, "\nrow {row} skipped: {reason}")?;
        }
        Ok(())
    }
}
