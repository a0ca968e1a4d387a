//! Goals, limits and values in words.

use super::Goals;
use crate::text::number;
use crate::trial::direction::Direction;
use crate::trial::outcome_constraint::OutcomeConstraint;

impl Goals {
    /// The values of a trial, with the names of goals that have some: `error 0.08, latency_ms 12`.
    pub(crate) fn values_in_words(&self, values: &[f64], digits: usize) -> String {
        let value = |(at, value): (usize, &f64)| {
            let value = number(*value, Some(digits));
            match self.has_names() {
                true => format!("{} {value}", self.name(at)),
                false => value,
            }
        };
        values.iter().enumerate().map(value).collect::<Vec<_>>().join(", ")
    }

    /// What is optimized: `minimize error, minimize latency_ms (at most 20)`.
    pub(crate) fn in_words(&self) -> String {
        let words = self.goals().enumerate().map(|(at, goal)| {
            let side = match goal.direction {
                Direction::Minimize => "at most",
                Direction::Maximize => "at least",
            };
            let name = goal.name.as_ref().map_or(String::new(), |_| format!(" {}", self.name(at)));
            let limit = goal.limit.map(|limit| format!(" ({side} {})", number(limit, None)));
            format!("{}{name}{}", goal.direction, limit.unwrap_or_default())
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// What is optimized, and what must hold: `minimize error, memory_mb at most 150`.
    pub(in crate::trial) fn in_words_with_limits(&self) -> String {
        let constraints = Goals { constraints: self.constraints.clone(), ..self.first().into() };
        std::iter::once(self.in_words())
            .chain(constraints.limits_in_words())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What the limits and outcome constraints are, in words, in the order of
    /// [`Observed::violations`](crate::trial::Observed::violations).
    pub fn limits_in_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (at, goal) in self.goals().enumerate() {
            if let Some(limit) = goal.limit {
                let side = match goal.direction {
                    Direction::Minimize => "at most",
                    Direction::Maximize => "at least",
                };
                words.push(format!("{} {side} {}", self.name(at), number(limit, None)));
            }
        }
        for OutcomeConstraint { name, bounds } in &self.constraints {
            let above = bounds.high.map(|high| format!("{name} at most {}", number(high, None)));
            let below = bounds.low.map(|low| format!("{name} at least {}", number(low, None)));
            words.extend(above.into_iter().chain(below));
        }
        words
    }
}
