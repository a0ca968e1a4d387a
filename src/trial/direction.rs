use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a goal is to be low or high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smaller is better: losses, errors, times.
    Minimize,
    /// Larger is better: accuracies, rewards.
    Maximize,
}

impl Direction {
    /// The value oriented so that smaller is better; its own inverse.
    pub fn orient(self, value: f64) -> f64 {
        match self {
            Direction::Minimize => value,
            Direction::Maximize => -value,
        }
    }

    /// Whether `left` is better than `right`; nothing is better than itself or than NaN.
    pub fn is_better(self, left: f64, right: f64) -> bool {
        self.orient(left) < self.orient(right)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Minimize => "minimize",
            Direction::Maximize => "maximize",
        })
    }
}
