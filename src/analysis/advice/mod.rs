//! What to change next, from the best config so far or another good one, one hyperparameter at a
//! time.

mod model;
mod moves;
mod prior;
mod traded;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Analysis;
use super::capacity::CapacityTable;
use super::effects::Effects;
use crate::error::{Error, Result};
use crate::space::{Point, Value};
use crate::trial::{TrialRecord, metric};

use moves::Move;
pub use traded::TradedGoal;
use words::GoalSpread;
pub(crate) use words::fit as fit_in_words;

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
    pub fit: FitDiagnosis,
    /// The goal at the starting point.
    pub now: f64,
    /// The goal of the best trial.
    pub best: f64,
    /// The expected goal. The most promising of many changes promises too much (the winner's curse);
    /// this is corrected here and in `p10`, `p90` and `probability_of_improvement`.
    pub expected: f64,
    /// One of ten outcomes is expected to be lower than this.
    pub p10: f64,
    /// One of ten outcomes is expected to be higher than this.
    pub p90: f64,
    /// The probability that the goal gets better than the best one, shrunk towards 1/(n + 1), the
    /// chance that one more random trial is the best, where the prior explains the n trials badly. 0
    /// where all goals are the same or overflow, so that nothing can be said.
    pub probability_of_improvement: f64,
    /// How many trials that were stopped early inform this, each by what it was expected to come to.
    #[serde(default)]
    pub stopped: usize,
    /// What becomes of each goal, where goals are [traded](Analysis::trading) for one another.
    #[serde(default)]
    pub goals: Vec<TradedGoal>,
    /// All of this in a sentence.
    pub text: String,
}

/// The most promising proposals, with their places.
pub(crate) struct Proposals {
    pub(crate) single: (Point, Proposal),
    /// Two changes at a time, if they promise clearly more.
    pub(crate) pair: Option<(Point, Proposal)>,
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
pub enum FitDiagnosis {
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
    /// Training error and gap are of similar size.
    Between {
        /// The training error.
        train: f64,
        /// Validation error minus training error.
        gap: f64,
    },
    /// The training error was not recorded.
    Unknown,
}

/// Digits of expectations.
const DIGITS: usize = 3;
/// Shares of the gap in the validation error from which on a model over- or underfits.
const OVERFITTING: f64 = 0.6;
const UNDERFITTING: f64 = 0.4;

impl<C> Advice<C> {
    pub(crate) fn new(config: C, proposal: Proposal) -> Self {
        Advice { config, proposal }
    }

    /// The config, as [`Study::enqueue`](crate::Study::enqueue) takes it.
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
    pub(crate) fn propose(&self, changes: usize) -> Result<(Point, Proposal)> {
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
    pub(crate) fn proposals(
        &self,
        effects: &Effects,
        capacity: &CapacityTable,
    ) -> Result<Proposals> {
        let Some(base) = self.of_the_goal.best() else {
            self.of_the_goal.history().has_feasible()?;
            return Err(Error::NoCompleteTrial { failed: 0, reason: None });
        };
        // How a model fits, and its capacity, speak of errors alone.
        let nothing = CapacityTable { rows: Vec::new(), trials: capacity.trials };
        let capacity = if self.is_of_errors() { capacity } else { &nothing };
        let fit = |trial: &TrialRecord| match self.is_of_errors() {
            true => self.fit_of(trial),
            false => FitDiagnosis::Unknown,
        };
        let best = moves::best(self, base, fit(base), capacity);
        let best = best.ok_or(Error::NothingToAdvise)?;
        let goal = |trial: &TrialRecord| trial.value().unwrap_or(f64::NAN);
        let goals = GoalSpread::of(self);
        let proposal = |made: Move<'_>| {
            let mut outlook = made.outlook;
            if goals != GoalSpread::Differ {
                let best = goal(base);
                (outlook.expected, outlook.low, outlook.high) = (best, best, best);
                outlook.sure = 0.0;
            }
            let mut proposal = Proposal {
                from: made.from.number(),
                changes: made.changes,
                fit: fit(made.from),
                now: goal(made.from),
                best: goal(base),
                expected: outlook.expected,
                p10: outlook.low.min(outlook.high),
                p90: outlook.low.max(outlook.high),
                probability_of_improvement: outlook.sure,
                stopped: effects.stopped,
                goals: self.traded_goals(made.from, &made.point),
                text: String::new(),
            };
            let mut text = words::text(self, effects, capacity, &proposal, base.number(), goals);
            if self.of_the_goal.header().goals.are_limited() {
                text.push_str("; whether all limits hold there is not foreseen");
            }
            proposal.text = match self.about() {
                Some(goal) => format!("for {goal}: {text}"),
                None => text,
            };
            (made.point, proposal)
        };
        Ok(Proposals { single: proposal(best.single), pair: best.pair.map(proposal) })
    }

    /// How a trial's model fits.
    pub fn fit_of(&self, trial: &TrialRecord) -> FitDiagnosis {
        let train = trial.metric(metric::TRAIN_ERROR);
        match train.zip(self.measured(trial, metric::GAP)) {
            // Nothing is left to be learned or carried over.
            Some((train, gap)) if train == 0.0 && gap <= 0.0 => {
                FitDiagnosis::Between { train, gap }
            }
            Some((train, gap)) if train >= 0.0 => {
                let share = gap_share(train, gap);
                if share >= OVERFITTING {
                    FitDiagnosis::Overfitting { train, gap }
                } else if share <= UNDERFITTING {
                    FitDiagnosis::Underfitting { train, gap }
                } else {
                    FitDiagnosis::Between { train, gap }
                }
            }
            _ => FitDiagnosis::Unknown,
        }
    }
}

/// The share of the gap in the validation error.
fn gap_share(train: f64, gap: f64) -> f64 {
    gap.max(0.0) / (gap.max(0.0) + train).max(f64::MIN_POSITIVE)
}
