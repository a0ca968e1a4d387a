//! When a trial is not worth going on.
//!
//! A [`Pruner`] is asked after each report of a trial. Where it says [`Verdict::Stop`], the report
//! fails with [`Error::Pruned`](crate::Error::Pruned), which leaves the objective by `?`, and the trial
//! ends as [pruned](crate::trial::TrialState::Pruned), with the reason.
//!
//! | pruner | when |
//! |---|---|
//! | [`MarginalValuePruner`] | the default: learns in the study how much early reports say |
//! | [`SuccessiveHalvingPruner`] | hundreds of trials whose early reports can be trusted |
//! | [`HyperbandPruner`] | the same, with some trials that are judged late |
//! | [`MedianPruner`], [`PercentilePruner`] | simple and mild, or as strict as you like |
//! | [`WilcoxonPruner`] | reports are the values of folds or repeats, and no curve |
//! | [`ThresholdPruner`] | values that you know to be hopeless; nothing else is stopped |
//! | [`PatientPruner`] | jittery curves, around another pruner; or stops what gets worse |
//!
//! `.no_pruning()` on the study's builder stops nothing; so there is no pruner that does nothing.
//!
//! With several goals, they judge the [rank of the front](crate::curves::GoalCurves::by_front) on which a trial
//! is at its step ([`Pruner::decide_by_goals`]).
//!
//! None of them stops a trial at its first report, before another trial is complete, at the last step of a
//! whole run ([`Curves::last_step`]), or while it is audited. The suite
//! [`testing::pruner`](crate::testing::pruner) checks this for pruners of your own.
//!
//! ```
//! use tunewright::curves::{Curve, Curves};
//! use tunewright::pruner::{MedianPruner, Pruner, Verdict};
//! use tunewright::{Params, Study, Trial, space::{Scale, Space}};
//!
//! let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
//! let study = Study::in_space(space).seed(1).pruner(MedianPruner::new()).build()?;
//! let train = |params: Params, trial: &mut Trial| -> tunewright::Result<f64> {
//!     let end = (params.float("lr")?.log10() + 2.0).abs();
//!     for epoch in 0..20 {
//!         trial.report(epoch, end + 1.0 / (1 + epoch) as f64)?; // leaves here when it is stopped
//!     }
//!     Ok(end)
//! };
//! study.optimize(train, 30)?;
//! let history = study.history()?;
//! let stopped = history.pruned().next().and_then(|trial| trial.reason());
//! assert!(stopped.is_some_and(|reason| reason.starts_with("its best value")));
//!
//! /// A pruner of one's own.
//! #[derive(Debug)]
//! struct WorseThanFirst;
//!
//! impl Pruner for WorseThanFirst {
//!     fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
//!         let first = curves.get(0).filter(|first| first.is_finished());
//!         let (Some((step, loss)), Some(first)) = (trial.last(), first) else {
//!             return Verdict::Continue;
//!         };
//!         let is_last = curves.last_step().is_some_and(|last| step >= last);
//!         if trial.reports().len() < 2 || is_last || trial.is_audited() {
//!             return Verdict::Continue;
//!         }
//!         match first.loss_at(step) {
//!             Some(theirs) if loss > theirs => Verdict::Stop("worse than trial 0".into()),
//!             _ => Verdict::Continue,
//!         }
//!     }
//! }
//! tunewright::testing::pruner(|| WorseThanFirst);
//! # Ok::<(), tunewright::Error>(())
//! ```

mod goals;
mod hyperband;
mod judging;
mod marginal_value;
mod patient;
mod percentile;
mod seconds;
mod successive_halving;
mod threshold;
mod wilcoxon;

pub use hyperband::HyperbandPruner;
pub use marginal_value::MarginalValuePruner;
pub use patient::PatientPruner;
pub use percentile::{MedianPruner, PercentilePruner};
pub use successive_halving::SuccessiveHalvingPruner;
pub use threshold::ThresholdPruner;
pub use wilcoxon::WilcoxonPruner;

use std::fmt;

use crate::curves::{Curve, Curves, GoalCurves};
use crate::error::Result;
use crate::math::random::Stream;

/// Decides whether a trial goes on.
pub trait Pruner: Send + Sync + fmt::Debug {
    /// Decides after the last report of `trial`, which is one of `curves`: those of all trials of the
    /// study that were begun, as far as they have come. All losses are oriented: smaller is better.
    ///
    /// A pruner keeps no state, so that a study goes on after its process has died, and others may
    /// work on it.
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict;

    /// The same in a study with several goals, of the trial with this number.
    ///
    /// By default [`decide`](Self::decide) is asked about the curves of the
    /// [front ranks](GoalCurves::by_front), as if these were the losses of a single goal. A trial goes on in
    /// any case where no other one dominates it at its step, and where nothing is known of one of its goals.
    fn decide_by_goals(&self, trial: u64, curves: &GoalCurves) -> Verdict {
        goals::decide(self, trial, curves)
    }

    /// Which of the trials that were stopped, and can go on from their checkpoints, is to go on instead of a
    /// new one; `None` for a new one. `paused` are some of `curves`, with several goals those of the front
    /// ranks. Only a study with [checkpoints](crate::study::StudyBuilder::checkpoints) asks this. By default
    /// none ever goes on.
    fn promote(&self, paused: &[&Curve], curves: &Curves, random: &mut Stream) -> Option<u64> {
        let _ = (paused, curves, random);
        None
    }

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

    fn decide_by_goals(&self, trial: u64, curves: &GoalCurves) -> Verdict {
        (**self).decide_by_goals(trial, curves)
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, random: &mut Stream) -> Option<u64> {
        (**self).promote(paused, curves, random)
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
