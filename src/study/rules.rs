use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::trial::Direction;

/// When a run ends, apart from its number of trials.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) time_limit: Option<Duration>,
    pub(super) target: Option<f64>,
    pub(super) patience: Option<u64>,
    pub(super) failures: Option<u64>,
    pub(super) retries: u32,
}

impl Rules {
    /// Whether a value is as good as asked for.
    pub(super) fn reaches_target(&self, value: f64, direction: Direction) -> bool {
        self.target.is_some_and(|target| direction.orient(value) <= direction.orient(target))
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All trials were run.
    Trials,
    /// The time limit has passed.
    TimeLimit,
    /// A trial has reached the target.
    Target,
    /// Too many trials in a row brought no improvement.
    NoImprovement,
    /// Too many trials in a row failed.
    Failures,
    /// There is nothing left to try.
    Exhausted,
    /// No legal config was found that was not tried, although not all could be looked at.
    NothingNew,
    /// Somebody stopped the study.
    Stopped,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            StopReason::Trials => "all trials were run",
            StopReason::TimeLimit => "the time limit has passed",
            StopReason::Target => "the target was reached",
            StopReason::NoImprovement => "no improvement for too many trials",
            StopReason::Failures => "too many failures in a row",
            StopReason::Exhausted => {
                "every point of the space, or of the sampler's grid, was tried"
            }
            StopReason::NothingNew => "no untried legal config was found",
            StopReason::Stopped => "the study was stopped",
        })
    }
}
