mod words;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::direction::Direction;
use super::evaluation::Evaluation;
use super::goal::Goal;
use super::outcome_constraint::{Bounds, OutcomeConstraint};
use super::weights::Weights;
use crate::error::{GoalError, Result};
use crate::math::pareto::{dominance, ranks};

/// What a study optimizes: at least one goal, and the outcome constraints that must hold.
///
/// Where a study has limits and outcome constraints of its own, whether a trial keeps them is worked
/// out anew from its values and metrics, so that they may be changed at any time. A study without any,
/// such as one of Optuna, takes the values of constraints that its trials have kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Goals {
    first: Goal,
    others: Vec<Goal>,
    constraints: Vec<OutcomeConstraint>,
    /// What a person prefers in the search; not kept with a study.
    preference: Option<Weights>,
}

impl Goals {
    /// Goals without names, by their directions and in their order; `None` if there are none.
    pub fn new(directions: &[Direction]) -> Option<Self> {
        Goals::of(directions.iter().map(|&direction| direction.into()))
    }

    /// The goals in their order; `None` if there are none.
    pub fn of(goals: impl IntoIterator<Item = Goal>) -> Option<Self> {
        let mut goals = goals.into_iter();
        let first = goals.next()?;
        Some(Goals { others: goals.collect(), ..first.into() })
    }

    /// The same goals with one more.
    #[must_use]
    pub fn with_goal(mut self, goal: Goal) -> Self {
        self.others.push(goal);
        self
    }

    /// The same goals with one more outcome constraint.
    #[must_use]
    pub fn with_constraint(mut self, name: impl Into<String>, bounds: Bounds) -> Self {
        self.constraints.push(OutcomeConstraint { name: name.into(), bounds });
        self
    }

    /// The same outcome constraints with other goals.
    ///
    /// # Errors
    /// There is no goal.
    pub(crate) fn with_goals(self, goals: impl IntoIterator<Item = Goal>) -> Result<Self> {
        let Some(goals) = Goals::of(goals) else {
            let problem = "a study needs at least one, such as `minimize(\"error\")`";
            return Err(GoalError::Invalid { name: "goals".into(), problem }.into());
        };
        Ok(Goals { constraints: self.constraints, preference: self.preference, ..goals })
    }

    /// The same goals, of which a person prefers some.
    pub(crate) fn preferring(self, weights: Weights) -> Self {
        Goals { preference: Some(weights), ..self }
    }

    /// The same goals, of which none is preferred.
    pub(crate) fn without_preference(self) -> Self {
        Goals { preference: None, ..self }
    }

    /// How much each goal counts to the person who [prefers](crate::study::StudyBuilder::prefer) some, in their
    /// order; `None` where nobody has said so.
    pub fn preferred(&self) -> Option<Vec<f64>> {
        self.preference.as_ref()?.of(self).ok()
    }

    /// The same goals, with the names of others where they have none themselves.
    pub(crate) fn with_names_of(mut self, others: &Goals) -> Self {
        let goals = std::iter::once(&mut self.first).chain(&mut self.others);
        for (goal, other) in goals.zip(others.goals()) {
            if goal.name.is_none() {
                goal.name.clone_from(&other.name);
            }
        }
        self
    }

    /// The number of goals; at least 1.
    #[allow(clippy::len_without_is_empty, reason = "there is always a goal")]
    pub fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// The direction of the first goal.
    pub fn first(&self) -> Direction {
        self.first.direction
    }

    /// The directions of all goals, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Direction> + use<'_> {
        self.goals().map(|goal| goal.direction)
    }

    /// All goals, in their order.
    pub fn goals(&self) -> impl Iterator<Item = &Goal> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The outcome constraints, in their order.
    pub fn outcome_constraints(&self) -> &[OutcomeConstraint] {
        &self.constraints
    }

    /// The name of a goal. One that was given none is called `value`, or `value_0`, `value_1` and so on
    /// where there are several.
    pub fn name(&self, goal: usize) -> Cow<'_, str> {
        match self.goals().nth(goal).and_then(|goal| goal.name.as_deref()) {
            Some(name) => name.into(),
            None if self.others.is_empty() => "value".into(),
            None => format!("value_{goal}").into(),
        }
    }

    /// The names of all goals, in their order.
    pub(crate) fn names(&self) -> Vec<String> {
        (0..self.len()).map(|at| self.name(at).into_owned()).collect()
    }

    /// Whether a person gave a goal a name.
    pub(crate) fn has_names(&self) -> bool {
        self.goals().any(|goal| goal.name.is_some())
    }

    /// The number of the goal with this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        (0..self.len()).find(|&at| self.name(at) == name)
    }

    /// As [`position`](Self::position).
    ///
    /// # Errors
    /// There is no such goal.
    pub(crate) fn require(&self, name: &str) -> Result<usize, GoalError> {
        let unknown = || GoalError::Unknown { name: name.to_owned(), known: self.names() };
        self.position(name).ok_or_else(unknown)
    }

    /// Whether the goals have limits, or there are outcome constraints.
    pub fn are_limited(&self) -> bool {
        !self.constraints.is_empty() || self.goals().any(|goal| goal.limit.is_some())
    }

    /// How far each limit and each end of an outcome constraint is missed; it holds where the number is
    /// 0 or less. An outcome constraint on a metric that was not recorded gives NaN, which does not hold.
    pub(crate) fn violations(
        &self,
        values: &[f64],
        metric: impl Fn(&str) -> Option<f64>,
    ) -> Vec<f64> {
        let limits = self.goals().zip(values).filter_map(|(goal, &value)| goal.violation(value));
        let constraints = self.constraints.iter().flat_map(|constraint| {
            let value = metric(&constraint.name).unwrap_or(f64::NAN);
            constraint.bounds.violations(value)
        });
        limits.chain(constraints).collect()
    }

    /// What a trial has found, with the values that it has recorded under the names of the goals, if it
    /// returned none, and what its limits and outcome constraints come to.
    ///
    /// # Errors
    /// A wrong number of values, and a metric that was not recorded.
    pub(crate) fn evaluated(
        &self,
        evaluation: Evaluation,
        number: u64,
        metric: impl Fn(&str) -> Option<f64>,
    ) -> Result<Evaluation, GoalError> {
        let (mut evaluation, told) = evaluation.taken();
        if let Some(told) = &told {
            evaluation = told.ordered(evaluation.values(), self)?.into();
        }
        let metric =
            |name: &str| told.as_ref().and_then(|told| told.metric(name)).or_else(|| metric(name));
        let recorded = |name: &str| {
            metric(name).ok_or_else(|| GoalError::NotRecorded { number, name: name.to_owned() })
        };
        let (goals, given) = (self.len(), evaluation.values().len());
        let evaluation = match evaluation {
            empty if given == 0 && self.goals().all(|goal| goal.name.is_some()) => {
                let values = (0..goals).map(|at| recorded(&self.name(at)));
                let values = values.collect::<Result<Vec<f64>, GoalError>>()?;
                Evaluation::from(values).with_constraints(empty.constraints())
            }
            _ if goals != given => return Err(GoalError::Count { goals, given }),
            told => told,
        };
        if !self.are_limited() {
            return Ok(evaluation);
        }
        for constraint in &self.constraints {
            recorded(&constraint.name)?;
        }
        let violations = self.violations(evaluation.values(), metric);
        Ok(evaluation.with_constraints(&violations))
    }

    /// Whether what a trial has recorded may belong to its evaluation.
    pub(crate) fn need_metrics(&self) -> bool {
        !self.constraints.is_empty() || self.goals().any(|goal| goal.name.is_some())
    }

    /// Refuses names that are given twice or empty, and limits that are no numbers.
    pub(crate) fn check(&self) -> Result<()> {
        let mut names = self.names();
        let wrong = |name: &str, problem: &'static str| {
            Err(GoalError::Invalid { name: name.to_owned(), problem }.into())
        };
        for (at, goal) in self.goals().enumerate() {
            if goal.limit.is_some_and(|limit| !limit.is_finite()) {
                return wrong(&names[at], "its limit must be a finite number");
            }
        }
        for OutcomeConstraint { name, bounds } in &self.constraints {
            let ends = [bounds.low, bounds.high];
            if ends.iter().flatten().any(|end| !end.is_finite()) {
                return wrong(name, "its bounds must be finite numbers");
            }
            if let [Some(low), Some(high)] = ends
                && low > high
            {
                return wrong(name, "its low bound must not lie above its high bound");
            }
            if names.iter().take(self.len()).any(|goal| goal == name) {
                return wrong(name, "it is a goal; give the goal a limit instead of a constraint");
            }
            names.push(name.clone());
        }
        if let Some(name) = names.iter().find(|name| name.trim().is_empty()) {
            return wrong(name, "it needs a name");
        }
        if let Some(weights) = &self.preference {
            weights.of(self)?;
        }
        let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
        twice.map_or(Ok(()), |(_, name)| wrong(name, "its name is given twice"))
    }

    /// Whether the other goals have the same directions and no other names; their limits and constraints
    /// may differ.
    pub(crate) fn are_the_same(&self, others: &Goals) -> bool {
        let differ = |goal: &Goal, other: &Goal| {
            goal.direction != other.direction
                || matches!((&goal.name, &other.name), (Some(name), Some(other)) if name != other)
        };
        let mut pairs = self.goals().zip(others.goals());
        self.len() == others.len() && !pairs.any(|(goal, other)| differ(goal, other))
    }

    /// The value of the first goal, oriented so that smaller is better; NaN without values.
    pub fn loss(&self, values: &[f64]) -> f64 {
        values.first().map_or(f64::NAN, |&value| self.first().orient(value))
    }

    /// All values, oriented so that smaller is better.
    pub fn losses(&self, values: &[f64]) -> Vec<f64> {
        // Adding zero turns -0 into +0, which compare as equal and sort apart.
        self.iter().zip(values).map(|(goal, &value)| goal.orient(value) + 0.0).collect()
    }

    /// Whether the values of one trial are at least as good as those of another in every goal, and
    /// better in one. Values that are NaN neither dominate nor are dominated.
    pub fn dominates(&self, values: &[f64], others: &[f64]) -> bool {
        dominance::dominates(&self.losses(values), &self.losses(others))
    }

    /// Which of some trials no other one [dominates](Self::dominates), in their order: the Pareto
    /// front. Each trial is given by its values; one with NaN among them is left out. Equal trials
    /// are on the front together. 10,000 trials that are all on the front take a tenth of a second.
    pub fn front<'a>(&self, trials: impl IntoIterator<Item = &'a [f64]>) -> Vec<usize> {
        let (known, losses): (Vec<usize>, Vec<Vec<f64>>) = trials
            .into_iter()
            .map(|values| self.losses(values))
            .enumerate()
            .filter(|(_, losses)| !losses.iter().any(|loss| loss.is_nan()))
            .unzip();
        ranks::front(&losses).into_iter().map(|at| known[at]).collect()
    }
}

impl From<Direction> for Goals {
    fn from(direction: Direction) -> Self {
        Goal::from(direction).into()
    }
}

impl From<Goal> for Goals {
    fn from(goal: Goal) -> Self {
        Goals { first: goal, others: Vec::new(), constraints: Vec::new(), preference: None }
    }
}

/// The goals as they are kept: names and limits only where there are any.
#[derive(Serialize, Deserialize)]
struct Written {
    directions: Vec<Direction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    goal_names: Vec<Option<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    limits: Vec<Option<f64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outcome_constraints: Vec<OutcomeConstraint>,
}

impl TryFrom<Written> for Goals {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { directions, goal_names, limits, outcome_constraints } = written;
        let mut names = goal_names.into_iter();
        let mut limits = limits.into_iter();
        let goals = directions.into_iter().map(|direction| Goal {
            name: names.next().flatten(),
            direction,
            limit: limits.next().flatten(),
        });
        let goals = Goals::of(goals).ok_or("a study has at least one goal")?;
        Ok(Goals { constraints: outcome_constraints, ..goals })
    }
}

impl From<Goals> for Written {
    fn from(goals: Goals) -> Self {
        let names: Vec<_> = goals.goals().map(|goal| goal.name.clone()).collect();
        let limits: Vec<_> = goals.goals().map(|goal| goal.limit).collect();
        Written {
            directions: goals.iter().collect(),
            goal_names: if names.iter().any(Option::is_some) { names } else { Vec::new() },
            limits: if limits.iter().any(Option::is_some) { limits } else { Vec::new() },
            outcome_constraints: goals.constraints,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    fn goals() -> Goals {
        Goals::new(&[Direction::Minimize, Direction::Maximize]).unwrap()
    }

    #[test]
    fn better_in_one_goal_and_no_worse_in_the_other_dominates() {
        let goals = goals();
        assert!(goals.dominates(&[1.0, 5.0], &[1.0, 4.0]));
        assert!(goals.dominates(&[0.5, 5.0], &[1.0, 4.0]));
        assert!(!goals.dominates(&[1.0, 5.0], &[1.0, 5.0]));
        assert!(!goals.dominates(&[0.5, 3.0], &[1.0, 4.0]));
        assert!(!goals.dominates(&[f64::NAN, 5.0], &[1.0, 4.0]));
        assert!(!goals.dominates(&[0.5, 5.0], &[1.0, f64::NAN]));
    }

    #[test]
    fn the_front_is_what_nothing_dominates() {
        let mut random = Stream::new(3, 0);
        for (count, directions) in [
            (60, vec![Direction::Minimize, Direction::Maximize]),
            (60, vec![Direction::Maximize; 3]),
            (40, vec![Direction::Minimize]),
        ] {
            let goals = Goals::new(&directions).unwrap();
            // Few values, so that many are equal.
            let trials: Vec<Vec<f64>> = (0..count)
                .map(|_| directions.iter().map(|_| random.below(6) as f64 - 2.0).collect())
                .collect();
            let expected: Vec<usize> = (0..count)
                .filter(|&at| !trials.iter().any(|other| goals.dominates(other, &trials[at])))
                .collect();
            assert_eq!(goals.front(trials.iter().map(Vec::as_slice)), expected);
        }
        let zeros: [&[f64]; 2] = [&[-0.0, 3.0], &[0.0, 5.0]];
        assert_eq!(goals().front(zeros), [1]);
        let nan: [&[f64]; 2] = [&[f64::NAN, 1.0], &[3.0, 0.0]];
        assert_eq!(goals().front(nan), [1]);
    }
}
