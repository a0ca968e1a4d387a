use std::ops::Range;

use super::distribution::{AxisKind, Distribution};
use super::integers::Exact;
use super::value::Value;

/// One axis of a space: a parameter's full name, its distribution, and when it is active.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub(super) name: String,
    pub(super) distribution: Distribution,
    pub(super) default: Option<Exact>,
    pub(super) condition: Option<Condition>,
    /// For a choice with parameters of its own: the axes of each branch. They follow the choice
    /// directly, branch after branch.
    pub(super) branches: Vec<Range<usize>>,
    /// Per choice, the earlier axis that it refers to. Empty if none does.
    pub(super) refers_to: Vec<Option<usize>>,
}

/// An axis is active when another one, described before it, takes a certain choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// Index of the choice's axis.
    pub axis: usize,
    /// Index of the choice that activates.
    pub choice: usize,
}

/// Most levels of an axis that are judged one by one.
const MOST_MASKED: u64 = 1024;

impl Axis {
    /// The parameter's full name, such as `optimizer.Sgd.momentum`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter's values and their prior probabilities.
    pub fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// Continuous, discrete or categorical.
    pub fn kind(&self) -> AxisKind {
        self.distribution.kind()
    }

    /// The default that the description names, as a natural value.
    pub fn default(&self) -> Option<f64> {
        self.default.map(|default| default.nearest)
    }

    /// What makes the axis active; `None` if it always is.
    pub fn condition(&self) -> Option<Condition> {
        self.condition
    }

    /// Whether the axis is active, given the natural values of the axes before it.
    pub fn is_active(&self, chosen: &[Option<f64>]) -> bool {
        self.condition.is_none_or(|condition| {
            chosen.get(condition.axis).copied().flatten() == Some(condition.choice as f64)
        })
    }

    /// How many levels a [mask](super::SearchSpace::mask) of the axis has; `None` for continuous axes and for those
    /// with too many levels to be listed one by one.
    pub fn masked_levels(&self) -> Option<usize> {
        let levels = self.distribution.levels().filter(|&levels| levels <= MOST_MASKED)?;
        usize::try_from(levels).ok()
    }

    /// For a choice with parameters of its own: the axes of each branch. Empty otherwise.
    pub fn branches(&self) -> &[Range<usize>] {
        &self.branches
    }

    /// What the choices refer to: for each the index of an earlier axis, such as the first decision
    /// of the layer that a skip connection comes from; `None` where a choice stands for itself.
    /// Empty if no choice refers to anything. Samplers may score such choices by what was decided
    /// there.
    pub fn refers_to(&self) -> &[Option<usize>] {
        &self.refers_to
    }

    /// The axis after this one and the parameters of its own, given this one's index.
    pub(super) fn end(&self, index: usize) -> usize {
        self.branches.last().map_or(index + 1, |last| last.end)
    }

    /// The default, or else the median.
    pub(super) fn typical(&self) -> Exact {
        self.default.unwrap_or_else(|| self.distribution.tidy_from_unit(0.5).into())
    }

    /// The label of a choice, `?` if there is none with this index.
    pub(super) fn label(&self, choice: usize) -> String {
        match &self.distribution {
            Distribution::Choice(choices) => {
                choices.labels().get(choice).map_or_else(|| "?".into(), Value::to_string)
            }
            Distribution::Numeric(_) => "?".into(),
        }
    }
}
