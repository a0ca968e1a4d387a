//! The rows of a table become trials of a study.

use std::fmt;

use super::{Experiments, Rows, refused};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::trial::TrialState;

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

impl<C> Study<C> {
    /// Adds the rows of a table as trials: the parameters by their full names, the goals, and as
    /// metrics all other columns with numbers. Effects, advice and the search go on from them. A
    /// trial keeps the state that the table gives it; where the table gives none or says that a run
    /// is complete, a row without a finite goal becomes a failed trial. A row that does not fit the
    /// space or a constraint is skipped and told.
    ///
    /// Trials of an export keep all that they had, in a new study their numbers, too; in one that has
    /// trials already they are numbered after these.
    ///
    /// # Errors
    /// [`Error::Import`] if a column is missing that was named, no column is named as a parameter, the
    /// goal holds no numbers, or the table has another number of goals than the study, and what the
    /// storage fails with.
    pub fn import(&self, table: &Experiments) -> Result<Imported> {
        let rows = Rows::new(table, self.space().space(), false)?;
        let goals = rows.goals();
        let wanted = self.store().header().goals.len();
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
        let first = self.history()?.trials().next_back().map_or(0, |last| last.number() + 1);
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
            match self.restore(record) {
                Ok(_) => imported.count(state),
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
