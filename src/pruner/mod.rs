//! When a trial is not worth going on.
//!
//! A [`Pruner`] is asked after each report of a trial. Where it says [`Verdict::Stop`], the report
//! fails with [`Error::Pruned`](crate::Error::Pruned), which leaves the objective by `?`, and the trial
//! ends as [pruned](crate::trial::TrialState::Pruned), with the reason.

mod marginal_value;

pub use marginal_value::MarginalValuePruner;

use std::fmt;

use crate::curves::{Curve, Curves};
use crate::error::Result;

/// Decides whether a trial goes on.
pub trait Pruner: Send + Sync + fmt::Debug {
    /// Decides after the last report of `trial`, which is one of `curves`: those of all trials of the
    /// study that were begun, as far as they have come. All losses are oriented: smaller is better.
    ///
    /// A pruner keeps no state, so that a study goes on after its process has died, and others may
    /// work on it.
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict;

    /// Whether the options make sense. Asked once, when a study is built.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption).
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

impl<P: Pruner + ?Sized> Pruner for Box<P> {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        (**self).decide(trial, curves)
    }

    fn check(&self) -> Result<()> {
        (**self).check()
    }
}

/// What a [`Pruner`] decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The trial goes on.
    Continue,
    /// The trial is stopped, for this reason.
    Stop(String),
    /// The trial goes on to its end, whatever it reports from now on, because how it ends is to be
    /// known; for this reason.
    Audit(String),
}
