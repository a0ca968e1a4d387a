use std::fmt;

use super::summary::Summary;
use super::table::Table;
use crate::error::Result;
use crate::space::{Space, Value};
use crate::storage::StudyHeader;
use crate::study::Study;
use crate::trial::{History, TrialRecord};

/// All trials of a study at one moment, to look at, print and export. Displays as its
/// [table](Self::table).
#[derive(Clone, Debug)]
pub struct Trials {
    header: StudyHeader,
    history: History,
}

impl<C> Study<C> {
    /// A snapshot of all trials so far, those of other processes included.
    ///
    /// # Errors
    /// The storage failed.
    pub fn trials(&self) -> Result<Trials> {
        Ok(Trials { header: self.store().header().clone(), history: self.history()? })
    }
}

impl Trials {
    /// The trials in the order of their numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TrialRecord> {
        self.history.trials()
    }

    /// The number of trials.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are no trials.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The best complete trial; of equals the first.
    pub fn best(&self) -> Option<&TrialRecord> {
        self.history.best().and_then(|best| self.history.trial(best.number()))
    }

    /// What the study is, apart from its trials.
    pub fn header(&self) -> &StudyHeader {
        &self.header
    }

    /// The active parameters of a trial by their full names, in the order of the space.
    pub fn parameters<'a>(
        &'a self,
        trial: &'a TrialRecord,
    ) -> impl Iterator<Item = (&'a str, Value)> {
        self.space().describe(trial.point())
    }

    /// The trials as a table for terminals, with options of its own.
    pub fn table(&self) -> Table<'_> {
        Table::new(self)
    }

    /// How the study went, in a few lines.
    pub fn summary(&self) -> Summary {
        Summary::new(self)
    }

    pub(super) fn space(&self) -> &Space {
        &self.header.space
    }
}

impl fmt::Display for Trials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}
