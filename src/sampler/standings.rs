//! How trials compare of which some were stopped early.

use crate::curves::{Curves, Foresight};
use crate::space::Point;
use crate::trial::{History, TrialRecord, TrialState};

/// A trial that has ended, and how good it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    record: &'a TrialRecord,
    /// Low is good: the loss, or where some trials were stopped the score that is expected at the end.
    merit: f64,
}

impl<'a> Standing<'a> {
    pub(super) fn number(&self) -> u64 {
        self.record.number()
    }

    pub(super) fn point(&self) -> &'a Point {
        self.record.point()
    }

    pub(super) fn merit(&self) -> f64 {
        self.merit
    }
}

/// The complete trials, in the order of their numbers, by their losses.
pub(super) fn complete(history: &History) -> Vec<Standing<'_>> {
    let complete = history.complete();
    complete.map(|trial| Standing { record: trial.record(), merit: trial.loss() }).collect()
}

/// The complete trials and those that were stopped with reports, in the order of their numbers.
///
/// A stopped trial has no loss. It stands where its reports let expect it, drawn to the middle by how
/// little they tell. So a complete trial, whose place is known, is compared with what the stopped one
/// would probably have come to.
pub(super) fn standings(history: &History) -> Vec<Standing<'_>> {
    let is_stopped =
        |record: &TrialRecord| record.state() == TrialState::Pruned && !record.reports().is_empty();
    let foresight = match history.pruned().any(is_stopped) {
        true => Foresight::learn(&Curves::of(history)),
        false => None,
    };
    let Some(foresight) = foresight else { return complete(history) };
    let ended = history
        .trials()
        .filter(|record| record.state() == TrialState::Complete || is_stopped(record));
    ended
        .filter_map(|record| {
            Some(Standing { record, merit: foresight.expected(record.number())?.mean })
        })
        .collect()
}
