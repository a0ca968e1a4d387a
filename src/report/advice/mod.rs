//! What to change next, from the best config so far or another good one, one hyperparameter at a
//! time.

mod model;
mod moves;
mod prior;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use super::capacity::CapacityTable;
use super::effects::Effects;
use crate::error::{Error, Result};
use crate::space::{Point, Value};
use crate::study::Study;
use crate::trial::{TrialRecord, metric};

use moves::Move;
use words::Goals;
pub(super) use words::fit as fit_in_words;

/// A config to try next, and why. Displays as its [text](Proposal::text).
#[derive(Clone, Debug)]
pub struct Advice<C> {
    config: C,
    proposal: Proposal,
}

/// What to change, and what that is expected to bring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// Number of the trial that is the starting point: mostly the best one, else one of the
    /// next two.
    pub from: u64,
    /// What is changed. A choice that brings parameters of its own gives them their defaults.
    pub changes: Vec<Change>,
    /// How the starting point fits.
    pub fit: Fit,
    /// The goal at the starting point.
    pub now: f64,
    /// The goal of the best trial.
    pub best: f64,
    /// The goal that is expected. Of many possible changes the most promising one is mostly
    /// promised too much, which is taken off here and from `low`, `high` and `sure`.
    pub expected: f64,
    /// One of ten outcomes is expected to be lower than this.
    pub low: f64,
    /// One of ten outcomes is expected to be higher than this.
    pub high: f64,
    /// The probability that the goal gets better than the best one. The less likely the trials are
    /// under what is expected, against mere chance, the nearer it is to that of one among all as
    /// good. 0 where all goals are the same or overflow, so that nothing can be said.
    pub sure: f64,
    /// All of this in a sentence.
    pub text: String,
}

/// The most promising proposals, with their places.
pub(super) struct Proposals {
    pub(super) single: (Point, Proposal),
    /// Two changes at a time, if they promise clearly more.
    pub(super) pair: Option<(Point, Proposal)>,
}

/// One hyperparameter's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// Full name of the parameter.
    pub parameter: String,
    /// Its value at the starting point.
    pub from: Value,
    /// Its value in the proposal.
    pub to: Value,
    /// Whether that is a higher value; `None` for choices without an order.
    pub raised: Option<bool>,
}

/// How a model fits, by the errors of a trial: what it fails to learn of the training examples
/// against what it fails to carry over to others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fit")]
#[non_exhaustive]
pub enum Fit {
    /// Most of the validation error is training error already: more capacity, or better
    /// optimization, is what may help.
    Underfitting {
        /// The training error.
        train: f64,
        /// Validation error minus training error.
        gap: f64,
    },
    /// Most of the validation error is gap: less capacity, or more data, is what may help.
    Overfitting {
        /// The training error.
        train: f64,
        /// Validation error minus training error.
        gap: f64,
    },
    /// Training error and gap are of one size.
    Between {
        /// The training error.
        train: f64,
        /// Validation error minus training error.
        gap: f64,
    },
    /// The training error was not recorded.
    Unknown,
}

/// Shares of the gap in the validation error from which on a model over- or underfits.
const OVERFITTING: f64 = 0.6;
const UNDERFITTING: f64 = 0.4;

impl<C> Study<C> {
    /// What to change next: one hyperparameter of the best config so far, in the direction and by
    /// the amount that promise most, given all trials. Where another of the three best trials
    /// promises more as a starting point, that one is changed ([`Proposal::from`]): where two
    /// parameters must change together, no single change of the best config is for the better. For
    /// two at a time and for roles see [`Study::advise_with`].
    ///
    /// Where trials say little yet, what is expected of the parameters' roles decides: learning rates
    /// matter most, and are best near the middle of their range unless the trials speak for the
    /// upper or the lower part; what raises capacity is raised if the model underfits, and what keeps
    /// it low if it overfits.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder()
    ///     .float("lr", 1e-4..=1.0, Scale::Log)
    ///     .int("layers", 1..=4, Scale::Linear)
    ///     .build()?;
    /// let start = space.params([("lr", 1e-4.into()), ("layers", 1.into())])?;
    /// let study = Study::in_space(space).start_from(start).build()?;
    /// let train = |p: Params, _: &mut Trial| -> tunewright::Result<f64> {
    ///     Ok((p.float("lr")?.log10() + 2.0).abs() + 1.0 / p.float("layers")?)
    /// };
    /// study.optimize(train, 1)?;
    /// for _ in 0..6 {
    ///     let next = study.advise()?;
    ///     println!("{next}");
    ///     study.enqueue(next.into_config())?;
    ///     study.optimize(train, 1)?;
    /// }
    /// assert!(study.best()?.value() < 1.5);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoCompleteTrial`] before the first result, [`Error::NothingToAdvise`] if every config
    /// that differs from these in one value was tried or is not allowed, and what the storage fails
    /// with.
    pub fn advise(&self) -> Result<Advice<C>> {
        self.advise_with(&self.analysis()?, 1)
    }

    /// Advice from an analysis of this study, which may know roles, that changes up to so many
    /// hyperparameters at a time: 1 or 2.
    ///
    /// # Errors
    /// As [`advise`](Self::advise), and [`Error::UnknownParameter`] for a role of a parameter that
    /// does not exist.
    pub fn advise_with(&self, analysis: &Analysis<'_>, changes: usize) -> Result<Advice<C>> {
        let (point, proposal) = analysis.propose(changes)?;
        Ok(Advice { config: self.space().decode(&point)?, proposal })
    }
}

impl<C> Advice<C> {
    /// The config, as [`Study::enqueue`] takes it.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// The config, taken out.
    pub fn into_config(self) -> C {
        self.config
    }

    /// What is changed and why.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }
}

impl<C> fmt::Display for Advice<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.proposal.text)
    }
}

impl Analysis<'_> {
    /// The proposal that promises most, and its place.
    fn propose(&self, changes: usize) -> Result<(Point, Proposal)> {
        if !(1..=2).contains(&changes) {
            let value = changes.to_string();
            let remedy = "change 1 or 2 hyperparameters at a time";
            return Err(Error::InvalidOption { option: "changes", value, remedy });
        }
        let proposals = self.proposals(&self.effects()?, &self.table())?;
        Ok(match proposals.pair {
            Some(pair) if changes > 1 => pair,
            _ => proposals.single,
        })
    }

    /// What to change, one hyperparameter at a time or two, with the places.
    pub(super) fn proposals(
        &self,
        effects: &Effects,
        capacity: &CapacityTable,
    ) -> Result<Proposals> {
        let Some(base) = self.trials().best() else {
            let reasons: Vec<&str> =
                self.trials().iter().filter_map(TrialRecord::failure).collect();
            let reason = reasons.last().map(|reason| (*reason).to_owned());
            let failed = reasons.len() as u64;
            return Err(Error::NoCompleteTrial { failed, reason });
        };
        let best = moves::best(self, base, self.fit_of(base), capacity);
        let best = best.ok_or(Error::NothingToAdvise)?;
        let goal = |trial: &TrialRecord| trial.value().unwrap_or(f64::NAN);
        let goals = Goals::of(self);
        let proposal = |made: Move<'_>| {
            let mut outlook = made.outlook;
            if goals != Goals::Differ {
                let best = goal(base);
                (outlook.expected, outlook.low, outlook.high) = (best, best, best);
                outlook.sure = 0.0;
            }
            let mut proposal = Proposal {
                from: made.from.number(),
                changes: made.changes,
                fit: self.fit_of(made.from),
                now: goal(made.from),
                best: goal(base),
                expected: outlook.expected,
                low: outlook.low.min(outlook.high),
                high: outlook.low.max(outlook.high),
                sure: outlook.sure,
                text: String::new(),
            };
            proposal.text = words::text(self, effects, capacity, &proposal, base.number(), goals);
            (made.point, proposal)
        };
        Ok(Proposals { single: proposal(best.single), pair: best.pair.map(proposal) })
    }

    /// How a trial's model fits.
    pub fn fit_of(&self, trial: &TrialRecord) -> Fit {
        let train = trial.metric(metric::TRAIN_ERROR);
        match train.zip(self.measured(trial, metric::GAP)) {
            // Nothing is left to be learned or carried over.
            Some((train, gap)) if train == 0.0 && gap <= 0.0 => Fit::Between { train, gap },
            Some((train, gap)) if train >= 0.0 => {
                let share = gap_share(train, gap);
                if share >= OVERFITTING {
                    Fit::Overfitting { train, gap }
                } else if share <= UNDERFITTING {
                    Fit::Underfitting { train, gap }
                } else {
                    Fit::Between { train, gap }
                }
            }
            _ => Fit::Unknown,
        }
    }
}

/// The share of the gap in the validation error.
fn gap_share(train: f64, gap: f64) -> f64 {
    gap.max(0.0) / (gap.max(0.0) + train).max(f64::MIN_POSITIVE)
}
