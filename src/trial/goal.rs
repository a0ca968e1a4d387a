use super::direction::Direction;

/// One goal of a study: its name, whether it is to be low or high, and perhaps a limit that must hold.
///
/// ```
/// use tunewright::trial::{maximize, minimize};
///
/// let goals = [maximize("accuracy"), minimize("latency_ms").limit(20.0)];
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Goal {
    /// Its name; `None` if it was given none.
    pub name: Option<String>,
    /// Whether it is to be low or high.
    pub direction: Direction,
    /// The value that a trial may have at worst, itself included, in the goal's own units.
    pub limit: Option<f64>,
}

/// A goal that is to be low: an error, a time, a size.
pub fn minimize(name: impl Into<String>) -> Goal {
    Goal { name: Some(name.into()), ..Direction::Minimize.into() }
}

/// A goal that is to be high: an accuracy, a reward.
pub fn maximize(name: impl Into<String>) -> Goal {
    Goal { name: Some(name.into()), ..Direction::Maximize.into() }
}

impl Goal {
    /// The value that a trial may have at worst, itself included, in the goal's own units: the highest
    /// one of a goal that is to be low, the lowest one of a goal that is to be high. A trial beyond it is
    /// infeasible: it is never the best and never on the front. The sampler looks for trials within the
    /// limit, and measures by it what a trial is worth.
    ///
    /// A study that goes on may have other limits than before: all its trials are judged by the limits of
    /// the program that asks. A storage keeps the limits of the program that opened the study last, by
    /// which the command-line tool judges; what Optuna sees of a trial is by the limits under which it
    /// ended.
    pub fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// How far a value lies beyond the limit, in the goal's units; negative within it.
    pub(super) fn violation(&self, value: f64) -> Option<f64> {
        let limit = self.limit?;
        Some(self.direction.orient(value) - self.direction.orient(limit))
    }
}

impl From<Direction> for Goal {
    /// A goal without a name.
    fn from(direction: Direction) -> Self {
        Goal { name: None, direction, limit: None }
    }
}
