//! Trials as if one thing alone counted, for what looks at one goal at a time.

use std::sync::Arc;

use super::direction::Direction;
use super::goal::Goal;
use super::goals::Goals;
use super::header::StudyHeader;
use super::history::History;
use super::outcome_constraint::{Bounds, at_least, at_most};
use super::record::TrialRecord;
use super::snapshot::Trials;
use crate::error::{GoalError, Result};
use crate::space::Key;
use crate::text::number;

/// What alone counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    /// A goal, by its number.
    Goal(usize),
    /// The metric of an outcome constraint, by the number of that.
    Constraint(usize),
    /// All goals as one sum, in units of the goal `of`: the others count by these factors.
    Trade { of: usize, factors: Vec<f64> },
}

impl Subject {
    /// The goal of this name, or the metric of an outcome constraint.
    ///
    /// # Errors
    /// There is neither.
    pub(crate) fn named(name: &str, goals: &Goals) -> Result<Self, GoalError> {
        let mut constraints = goals.outcome_constraints().iter();
        if let Some(at) = goals.position(name) {
            return Ok(Subject::Goal(at));
        }
        if let Some(at) = constraints.clone().position(|constraint| constraint.name == name) {
            return Ok(Subject::Constraint(at));
        }
        let mut known = goals.names();
        known.extend(constraints.by_ref().map(|constraint| constraint.name.clone()));
        Err(GoalError::Unknown { name: name.to_owned(), known })
    }

    /// The sum of goals of which a person would give up these amounts for each other.
    ///
    /// # Errors
    /// A goal is unknown or named twice, an amount is not above 0, or there are fewer than two.
    pub(crate) fn trade<'a>(
        amounts: impl IntoIterator<Item = (&'a str, f64)>,
        goals: &Goals,
    ) -> Result<Self> {
        let mut known: Vec<Option<f64>> = vec![None; goals.len()];
        let mut first = None;
        for (name, amount) in amounts {
            let at = goals.require(name)?;
            let wrong = |problem| GoalError::Invalid { name: name.to_owned(), problem };
            if !(amount > 0.0 && amount.is_finite()) {
                return Err(wrong("the amount to trade must be a number above 0").into());
            }
            if known[at].replace(amount).is_some() {
                return Err(wrong("it is traded twice; give it one amount").into());
            }
            first = first.or(Some((at, amount)));
        }
        let Some((of, unit)) = first.filter(|_| known.iter().flatten().count() > 1) else {
            let problem =
                "it takes at least two goals, such as `[(\"error\", 0.01), (\"latency_ms\", 1.0)]`";
            return Err(GoalError::Invalid { name: "trading".into(), problem }.into());
        };
        let directions: Vec<Direction> = goals.iter().collect();
        let factor = |(at, amount): (usize, &Option<f64>)| match amount {
            None => 0.0,
            Some(amount) if directions[at] == directions[of] => unit / amount,
            Some(amount) => -unit / amount,
        };
        Ok(Subject::Trade { of, factors: known.iter().enumerate().map(factor).collect() })
    }

    /// What it is called: `latency_ms`, or `error + 0.01 latency_ms`. `None` for the only goal.
    pub(crate) fn name(&self, goals: &Goals) -> Option<String> {
        match self {
            Subject::Goal(at) => (goals.len() > 1).then(|| goals.name(*at).into_owned()),
            Subject::Constraint(at) => {
                goals.outcome_constraints().get(*at).map(|constraint| constraint.name.clone())
            }
            Subject::Trade { of, factors } => {
                let mut name = goals.name(*of).into_owned();
                let others = factors.iter().enumerate().filter(|(at, _)| at != of);
                for (at, factor) in others.filter(|(_, factor)| **factor != 0.0) {
                    let sign = if *factor < 0.0 { '-' } else { '+' };
                    let factor = match factor.abs() {
                        1.0 => String::new(),
                        factor => format!("{} ", number(factor, Some(4))),
                    };
                    name.push_str(&format!(" {sign} {factor}{}", goals.name(at)));
                }
                Some(name)
            }
        }
    }

    fn goal(&self, goals: &Goals) -> Option<Goal> {
        match self {
            Subject::Goal(at) => goals.goals().nth(*at).cloned(),
            Subject::Constraint(at) => {
                let bounds = goals.outcome_constraints().get(*at)?.bounds;
                let direction = match bounds.high {
                    Some(_) => Direction::Minimize,
                    None => Direction::Maximize,
                };
                Some(Goal { name: self.name(goals), ..direction.into() })
            }
            Subject::Trade { of, .. } => {
                let direction = goals.goals().nth(*of)?.direction;
                Some(Goal { name: self.name(goals), ..direction.into() })
            }
        }
    }

    fn value(&self, trial: &TrialRecord, goals: &Goals) -> Option<f64> {
        let values = trial.values();
        match self {
            Subject::Goal(at) => values.get(*at).copied(),
            Subject::Constraint(_) if values.is_empty() => None,
            Subject::Constraint(at) => trial.metric(&goals.outcome_constraints().get(*at)?.name),
            Subject::Trade { .. } if values.is_empty() => None,
            Subject::Trade { of, factors } => {
                let counted = values.iter().zip(factors).enumerate();
                let counted = counted.filter(|(at, (_, factor))| at != of && **factor != 0.0);
                let others: f64 = counted.map(|(_, (value, factor))| factor * value).sum();
                Some(values.get(*of)? + others)
            }
        }
    }
}

impl Trials {
    /// The same trials as if they had this goal alone: the goals are metrics under their names, and their
    /// limits outcome constraints.
    pub(crate) fn about(&self, subject: &Subject) -> Self {
        let goals = &self.header().goals;
        let only = matches!(subject, Subject::Goal(_)) && goals.len() == 1;
        let Some(kept) = subject.goal(goals).filter(|_| !only) else { return self.clone() };
        let names = goals.names();
        let mut alone = Goals::from(kept);
        for (at, other) in goals.goals().enumerate() {
            if *subject == Subject::Goal(at) {
                continue;
            }
            let bounds = other.limit.map(|limit| match other.direction {
                Direction::Minimize => at_most(limit),
                Direction::Maximize => at_least(limit),
            });
            if let Some(bounds) = bounds {
                alone = alone.with_constraint(names[at].clone(), bounds);
            }
        }
        for constraint in goals.outcome_constraints() {
            let bounds: Bounds = constraint.bounds;
            alone = alone.with_constraint(constraint.name.clone(), bounds);
        }
        // What trials reported is about goals.
        let reports_of = match subject {
            Subject::Goal(goal) => Some(*goal),
            _ => None,
        };
        let mut history = History::new(&alone);
        for trial in self.iter() {
            let metrics = names.iter().zip(trial.values()).enumerate();
            let metrics = metrics.filter(|(at, _)| *subject != Subject::Goal(*at));
            let metrics = metrics.map(|(_, (name, value))| (name.as_str(), *value));
            let about = trial.about(subject.value(trial, goals), metrics, reports_of);
            history.update(Arc::new(about), Key::of_point);
        }
        let header = StudyHeader { goals: alone, ..self.header().clone() };
        Trials::new(header, Arc::new(history), None)
    }
}
