use std::collections::HashSet;

use super::value::Value;
use crate::error::Problem;

/// Listed choices, perhaps with weights, perhaps in an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub(super) description: ChoiceDescription,
    /// Upper end of each choice's part of `[0, 1]`; empty when all have the same weight.
    ends: Vec<f64>,
}

/// What a person says of a choice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChoiceDescription {
    pub(super) choices: Vec<Value>,
    pub(super) weights: Option<Vec<f64>>,
    pub(super) ordered: bool,
}

impl Choice {
    pub(super) fn new(description: ChoiceDescription) -> Result<Self, Problem> {
        let labels = &description.choices;
        if labels.is_empty() {
            return Err(Problem::NoChoices);
        }
        // Labels are told apart by their texts, which name parameters, and as values: 0 and -0 are
        // the same number.
        let (mut texts, mut values) = (HashSet::new(), HashSet::new());
        for label in labels {
            if !(texts.insert(label.to_string()) & values.insert(label)) {
                return Err(Problem::DuplicateChoice { label: label.to_string() });
            }
        }
        let mut ends = Vec::new();
        if let Some(weights) = &description.weights {
            if weights.len() != labels.len() {
                return Err(Problem::WeightCount { weights: weights.len(), choices: labels.len() });
            }
            for (label, &weight) in labels.iter().zip(weights) {
                if !(weight > 0.0 && weight.is_finite()) {
                    return Err(Problem::BadWeight { label: label.to_string(), weight });
                }
            }
            // Scaled by the largest first, so that huge weights do not overflow their sum.
            let largest = weights.iter().copied().fold(0.0, f64::max);
            let total: f64 = weights.iter().map(|weight| weight / largest).sum();
            let mut end = 0.0;
            for weight in weights {
                end += weight / largest / total;
                ends.push(end);
            }
        }
        Ok(Choice { description, ends })
    }

    /// The labels of the choices, in order.
    pub fn labels(&self) -> &[Value] {
        &self.description.choices
    }

    /// How likely each choice is before anything was tried, in proportion; `None` if equally.
    pub fn weights(&self) -> Option<&[f64]> {
        self.description.weights.as_deref()
    }

    /// Whether neighbouring choices are alike, as widths 16, 32, 64 are.
    pub fn is_ordered(&self) -> bool {
        self.description.ordered
    }

    /// Probability of the choice with this index; 0 for an index out of range.
    pub fn probability(&self, index: usize) -> f64 {
        if index >= self.description.choices.len() {
            return 0.0;
        }
        let (start, end) = self.cell(index);
        end - start
    }

    pub(super) fn cell(&self, index: usize) -> (f64, f64) {
        if self.ends.is_empty() {
            let count = self.description.choices.len() as f64;
            (index as f64 / count, (index + 1) as f64 / count)
        } else {
            let start = if index == 0 { 0.0 } else { self.ends[index - 1] };
            (start, self.ends[index])
        }
    }

    pub(super) fn at_unit(&self, unit: f64) -> usize {
        let count = self.description.choices.len();
        let index = if self.ends.is_empty() {
            (unit * count as f64) as usize
        } else {
            self.ends.partition_point(|&end| end <= unit)
        };
        index.min(count - 1)
    }
}
