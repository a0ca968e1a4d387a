//! What a change is expected to do to each of several goals that are traded for one another.

use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Response};
use crate::space::Point;
use crate::surrogate::Encoding;
use crate::text::number;
use crate::trial::{Subject, TrialRecord};

use super::DIGITS;

/// One of the goals that are traded, before and after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TradedGoal {
    /// Name of the goal.
    pub name: String,
    /// Its value at the starting point.
    pub now: f64,
    /// Its expected value, by a model of this goal alone.
    pub expected: f64,
}

impl Analysis<'_> {
    /// What becomes of each goal that is traded; nothing where the analysis is about one of them.
    pub(super) fn traded_goals(&self, from: &TrialRecord, to: &Point) -> Vec<TradedGoal> {
        let Subject::Trade { factors, .. } = &self.subject else { return Vec::new() };
        let encoding = Encoding::new(self.space());
        let goals = &self.trials.header().goals;
        let counted = factors.iter().enumerate().filter(|(_, factor)| **factor != 0.0);
        let traded = counted.filter_map(|(at, _)| {
            let name = goals.name(at).into_owned();
            let now = self.measured(from, &name)?;
            let response = Response::learn(&encoding, &name, &self.usable_for(&name))?;
            let (expected, _) = response.expected(&encoding, to);
            Some(TradedGoal { name, now, expected: response.natural(expected) })
        });
        traded.collect()
    }
}

/// `error is expected to go from 0.031 to 0.028, and latency_ms from 12 to 14`
pub(super) fn in_words(goals: &[TradedGoal]) -> Option<String> {
    let short = |value: f64| number(value, Some(DIGITS));
    let from_to =
        |goal: &TradedGoal| format!("from {} to {}", short(goal.now), short(goal.expected));
    let (first, others) = goals.split_first()?;
    let others = others.iter().map(|goal| format!(", and {} {}", goal.name, from_to(goal)));
    let others: String = others.collect();
    Some(format!("{} is expected to go {}{others}", first.name, from_to(first)))
}
