//! The hypervolume of the front, and what it is measured from.

use crate::error::{Error, GoalError, Result};
use crate::math::pareto::hypervolume::{GrowingHypervolume, hypervolume};
use crate::trial::{Goals, Observed, Trials};

/// What a hypervolume is measured from: what a trial must be better than, in every goal, to count. It
/// decides how much each part of the front is worth, so it is never guessed.
///
/// ```
/// use tunewright::analysis::Reference;
///
/// // An error of 0.5 and 20 ms, in the order and the units of the goals.
/// let told = Reference::from([0.5, 20.0]);
/// let from_limits = Reference::Limits;
/// # let _ = (told, from_limits);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reference {
    /// The limits of the goals; each must have one.
    Limits,
    /// A value for each goal, in their order and in their own units.
    At(Vec<f64>),
}

impl<const N: usize> From<[f64; N]> for Reference {
    fn from(values: [f64; N]) -> Self {
        Reference::At(values.into())
    }
}

impl From<Vec<f64>> for Reference {
    fn from(values: Vec<f64>) -> Self {
        Reference::At(values)
    }
}

impl From<&[f64]> for Reference {
    fn from(values: &[f64]) -> Self {
        Reference::At(values.to_vec())
    }
}

impl Reference {
    /// The values of the reference, oriented so that smaller is better.
    fn losses(self, goals: &Goals) -> Result<Vec<f64>> {
        let values = match self {
            Reference::At(values) => values,
            Reference::Limits => {
                let limit = |(at, limit): (usize, Option<f64>)| {
                    limit.ok_or_else(|| GoalError::NoLimit { name: goals.name(at).into_owned() })
                };
                let limits = goals.goals().map(|goal| goal.limit).enumerate();
                limits.map(limit).collect::<Result<_, _>>()?
            }
        };
        if values.len() != goals.len() {
            let (given, names) = (values.len(), goals.names());
            return Err(GoalError::NotOneEach { what: "a reference", given, names }.into());
        }
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::NotFinite { what: "a value of the reference", value });
        }
        Ok(goals.losses(&values))
    }
}

impl Trials {
    /// The volume that the front dominates below a reference: how good the front is as a whole. The
    /// product of the goals' units; 0 if no feasible trial is better than the reference in every goal.
    ///
    /// # Errors
    /// [`Error::Goals`] if the reference has not one value for each goal, or is to be made of limits that
    /// not every goal has, and [`Error::NotFinite`].
    pub fn hypervolume(&self, reference: impl Into<Reference>) -> Result<f64> {
        let goals = self.history().goals();
        let reference = reference.into().losses(goals)?;
        let losses: Vec<Vec<f64>> =
            self.history().feasible().map(|trial| goals.losses(trial.record().values())).collect();
        Ok(hypervolume(&losses, &reference))
    }

    /// The [`hypervolume`](Self::hypervolume) after each complete trial, with the trial's number, in the
    /// order of the numbers. It never falls; an infeasible trial adds nothing.
    ///
    /// # Errors
    /// As [`hypervolume`](Self::hypervolume).
    pub fn hypervolume_history(&self, reference: impl Into<Reference>) -> Result<Vec<(u64, f64)>> {
        let goals = self.history().goals();
        let mut growing = GrowingHypervolume::new(&reference.into().losses(goals)?);
        let after = |trial: Observed<'_>| {
            if trial.is_feasible() {
                growing.insert(&goals.losses(trial.record().values()));
            }
            (trial.number(), growing.value())
        };
        Ok(self.history().complete().map(after).collect())
    }
}
