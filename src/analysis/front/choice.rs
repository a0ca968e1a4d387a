//! One trial of the front, chosen by what a person says.

use std::cmp::Ordering;

use super::knee::knee;
use super::units::in_units_of_the_front;
use crate::error::{Error, GoalError, Result};
use crate::text::number;
use crate::trial::{Direction, Observed, TrialRecord, Trials, Weights};

/// How much of a value rounding may take.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Trials {
    /// The feasible trials that no other one dominates, in the order of the first goal: the Pareto front.
    /// Trials with equal values are on it together. Empty while no trial is feasible; with one goal the
    /// best trials.
    pub fn front(&self) -> Vec<&TrialRecord> {
        self.history().front().iter().map(Observed::record).collect()
    }

    /// The trial of the front after which more of one goal costs too much of the others: with two goals
    /// the one farthest below the line between the ends of the front, with more the one farthest below
    /// the plane through its extreme trials. Where no trial lies below it, the trial nearest to the best
    /// values of all goals. Goals are measured in units of the front's ranges, so that their own units
    /// do not matter. With one goal it is the best trial.
    ///
    /// # Errors
    /// [`GoalError::NoKnee`] if fewer trials with different values are on the front than there are goals,
    /// and one; [`Error::NoCompleteTrial`], and [`GoalError::NothingFeasible`].
    pub fn knee(&self) -> Result<&TrialRecord> {
        let mut front = self.candidates()?;
        let goals = self.history().goals().len();
        if goals > 1 {
            front.retain(|trial| trial.losses.iter().all(|loss| loss.is_finite()));
            // Equal trials stand together, the one with the lower number first.
            front.dedup_by(|second, first| second.losses == first.losses);
            if front.len() <= goals {
                return Err(GoalError::NoKnee { different: front.len(), goals }.into());
            }
        }
        let losses: Vec<Vec<f64>> = front.iter().map(|trial| trial.losses.clone()).collect();
        Ok(front[knee(&losses).unwrap_or(0)].record)
    }

    /// The best trial that keeps a limit: of all feasible trials with the named goal within `limit`, in
    /// the goal's own direction, the one with the best first other goal. The limit includes itself.
    ///
    /// The name may also be that of a metric that trials record: it is to be at most `limit`, or at
    /// least, if the study has an outcome constraint that says so.
    ///
    /// # Errors
    /// [`GoalError::Unknown`], [`GoalError::NothingWithin`] with the trial that comes nearest,
    /// [`Error::NotFinite`], [`Error::NoCompleteTrial`], and [`GoalError::NothingFeasible`].
    pub fn best_within(&self, name: &str, limit: f64) -> Result<&TrialRecord> {
        if !limit.is_finite() {
            return Err(Error::NotFinite { what: "the limit", value: limit });
        }
        let goals = self.history().goals();
        let goal = goals.position(name);
        let direction = self.direction_of(name)?;
        self.history().has_feasible()?;
        let value = |trial: &Observed<'_>| match goal {
            Some(at) => trial.record().values().get(at).copied(),
            None => trial.record().metric(name),
        };
        let known = self.history().feasible();
        let mut known: Vec<(f64, Candidate<'_>)> = known
            .filter_map(|trial| {
                let value = value(&trial)?;
                Some((direction.orient(value), Candidate::new(&trial)))
            })
            .collect();
        let nearest = known.iter().min_by(|(left, _), (right, _)| left.total_cmp(right));
        let Some((nearest, loss)) = nearest.map(|(loss, trial)| (trial.record.number(), *loss))
        else {
            return Err(unknown(self, name));
        };
        known.retain(|(loss, _)| *loss <= direction.orient(limit));
        // The named goal counts last.
        let others = (0..goals.len()).filter(|at| Some(*at) != goal).chain(goal);
        let order: Vec<usize> = others.collect();
        let best = known.iter().min_by(|(_, left), (_, right)| left.compare(right, &order));
        match best {
            Some((_, trial)) => Ok(trial.record),
            None => {
                let side = match direction {
                    Direction::Minimize => "at most",
                    Direction::Maximize => "at least",
                };
                let limit = format!("{name} {side} {}", number(limit, None));
                let value = direction.orient(loss);
                Err(GoalError::NothingWithin { limit, nearest, value }.into())
            }
        }
    }

    /// The trial of the front that comes nearest to the best values of all goals, where the worst of the
    /// weighted distances counts (Chebyshev). Distances are in units of the front's ranges, so that
    /// equal weights mean equal shares of what can be had at all.
    ///
    /// # Errors
    /// [`Error::Goals`] for weights that are negative, missing, all 0 or of an unknown goal;
    /// [`Error::NoCompleteTrial`], and [`GoalError::NothingFeasible`].
    pub fn compromise(&self, weights: impl Into<Weights>) -> Result<&TrialRecord> {
        let weights = weights.into().of(self.history().goals())?;
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let front = self.candidates()?;
        let losses: Vec<Vec<f64>> = front.iter().map(|trial| trial.losses.clone()).collect();
        let scaled = in_units_of_the_front(&losses);
        // The worst distance and, between equals, their sum.
        let distance = |at: usize| {
            let parts = weights.iter().zip(&scaled[at]).filter(|(weight, _)| **weight > 0.0);
            let parts = parts.map(|(weight, loss)| weight / largest * loss);
            parts.fold((0.0, 0.0), |(worst, sum), part| (f64::max(worst, part), sum + part))
        };
        let chosen = (0..front.len()).min_by(|&left, &right| {
            let (left, right) = (distance(left), distance(right));
            left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1))
        });
        Ok(front[chosen.unwrap_or(0)].record)
    }

    /// The trial of the front that is best in the first named goal; of those that are worse in it by no
    /// more than its tolerance, in the goal's own units, the best in the second one, and so on. Goals
    /// that are not named follow in their order, without tolerance.
    ///
    /// # Errors
    /// [`Error::Goals`] for a goal that is unknown or named twice, or a tolerance below 0;
    /// [`Error::NoCompleteTrial`], and [`GoalError::NothingFeasible`].
    pub fn lexicographic<'a>(
        &self,
        priorities: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<&TrialRecord> {
        let goals = self.history().goals();
        let mut order: Vec<(usize, f64)> = Vec::new();
        for (name, tolerance) in priorities {
            let at = goals.require(name)?;
            let wrong = |problem| GoalError::Invalid { name: name.to_owned(), problem };
            if order.iter().any(|(known, _)| *known == at) {
                return Err(wrong("it has two places in the order; give it one").into());
            }
            if tolerance.is_nan() || tolerance < 0.0 {
                return Err(wrong("its tolerance must be a number of 0 or more").into());
            }
            order.push((at, tolerance));
        }
        let rest = (0..goals.len()).filter(|at| !order.iter().any(|(known, _)| known == at));
        let rest: Vec<(usize, f64)> = rest.map(|at| (at, 0.0)).collect();
        order.extend(rest);
        let mut left = self.candidates()?;
        for &(goal, tolerance) in &order {
            let best = left.iter().map(|trial| trial.losses[goal]).fold(f64::INFINITY, f64::min);
            let most = best + tolerance;
            let most = most + ROUNDING * (best.abs() + tolerance);
            left.retain(|trial| {
                let loss = trial.losses[goal];
                loss == best || (tolerance > 0.0 && loss <= most)
            });
        }
        let order: Vec<usize> = order.into_iter().map(|(goal, _)| goal).collect();
        let chosen = left.into_iter().min_by(|left, right| left.compare(right, &order));
        chosen.map(|trial| trial.record).ok_or_else(|| unknown(self, "value"))
    }

    /// The complete trial that comes nearest to keeping all limits and outcome constraints, each measured
    /// in units of how far trials are from it; where several are equal, the one with the better first goal. A feasible
    /// one if there is any.
    ///
    /// # Errors
    /// [`Error::NoCompleteTrial`].
    pub fn least_violating(&self) -> Result<&TrialRecord> {
        match self.history().least_violating() {
            Some(trial) => Ok(trial.record()),
            None => Err(match self.history().has_feasible() {
                Err(error) => error,
                Ok(()) => Error::NoCompleteTrial { failed: 0, reason: None },
            }),
        }
    }

    /// The trials of the front, of which there is one at least.
    fn candidates(&self) -> Result<Vec<Candidate<'_>>> {
        self.history().has_feasible()?;
        Ok(self.history().front().iter().map(Candidate::new).collect())
    }

    /// Whether a goal or a metric is to be low or high.
    fn direction_of(&self, name: &str) -> Result<Direction> {
        let goals = self.history().goals();
        if let Some(goal) = goals.position(name).and_then(|at| goals.goals().nth(at)) {
            return Ok(goal.direction);
        }
        let constraint = goals.outcome_constraints().iter().find(|known| known.name == name);
        match constraint.map(|constraint| constraint.bounds) {
            Some(bounds) if bounds.high.is_none() => Ok(Direction::Maximize),
            Some(_) => Ok(Direction::Minimize),
            None if self.iter().any(|trial| trial.metric(name).is_some()) => {
                Ok(Direction::Minimize)
            }
            None => Err(unknown(self, name)),
        }
    }
}

/// There is neither a goal nor a metric of this name.
fn unknown(trials: &Trials, name: &str) -> Error {
    let goals = trials.history().goals();
    let mut known = goals.names();
    known.extend(goals.outcome_constraints().iter().map(|constraint| constraint.name.clone()));
    for name in trials.iter().flat_map(|trial| trial.metrics().keys()) {
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
    GoalError::Unknown { name: name.to_owned(), known }.into()
}

/// A trial that may be chosen.
struct Candidate<'a> {
    record: &'a TrialRecord,
    losses: Vec<f64>,
}

impl<'a> Candidate<'a> {
    fn new(trial: &Observed<'a>) -> Self {
        // Adding zero turns -0 into +0.
        Candidate {
            record: trial.record(),
            losses: trial.losses().map(|loss| loss + 0.0).collect(),
        }
    }

    /// By the goals in this order, then by number.
    fn compare(&self, other: &Self, order: &[usize]) -> Ordering {
        let goals = order.iter().map(|&at| self.losses[at].total_cmp(&other.losses[at]));
        let numbers = self.record.number().cmp(&other.record.number());
        goals.fold(Ordering::Equal, Ordering::then).then(numbers)
    }
}
