use super::direction::Direction;
use super::record::TrialRecord;

/// Which of several trials with the same best value is the best: the one that has least, or most, of
/// a metric.
///
/// Accuracies on small validation sets tie often. A metric from [`metric`](super::metric) or any
/// other that trials [record](super::Trial::record) decides between them; the time in seconds is
/// always known.
///
/// ```
/// use tunewright::trial::TieBreaker;
///
/// assert_eq!(TieBreaker::from("seconds"), TieBreaker::lowest("seconds"));
/// let confident = TieBreaker::highest("mean_margin");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieBreaker {
    metric: String,
    direction: Direction,
}

impl TieBreaker {
    /// The trial with the lowest metric wins.
    pub fn lowest(metric: impl Into<String>) -> Self {
        TieBreaker { metric: metric.into(), direction: Direction::Minimize }
    }

    /// The trial with the highest metric wins.
    pub fn highest(metric: impl Into<String>) -> Self {
        TieBreaker { metric: metric.into(), direction: Direction::Maximize }
    }

    /// The metric's name.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// Whether the metric is to be low or high.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Of some trials, the one that the metric prefers; among equal ones, and where none has the metric, the
    /// first. A trial without the metric, or with NaN, comes after those that have it.
    pub(super) fn choose<'a>(
        &self,
        trials: impl Iterator<Item = &'a TrialRecord>,
    ) -> Option<&'a TrialRecord> {
        let cost = |trial: &TrialRecord| {
            let value = trial.metric(&self.metric).filter(|value| !value.is_nan());
            value.map_or((true, 0.0), |value| (false, self.direction.orient(value)))
        };
        trials.min_by(|left, right| {
            let ((left_lacks, left), (right_lacks, right)) = (cost(left), cost(right));
            left_lacks.cmp(&right_lacks).then(left.total_cmp(&right))
        })
    }
}

/// The trial with the lowest metric of this name wins.
impl From<&str> for TieBreaker {
    fn from(metric: &str) -> Self {
        TieBreaker::lowest(metric)
    }
}

/// The trial with the lowest metric of this name wins.
impl From<String> for TieBreaker {
    fn from(metric: String) -> Self {
        TieBreaker::lowest(metric)
    }
}
