use super::outcome::Values;
use super::typed_goals::{Told, TypedGoals};

/// What a complete trial has found: the values of its goals and of its outcome constraints.
///
/// A number or a vector of numbers becomes an evaluation without constraints with
/// [`into`](Into::into).
///
/// ```
/// use tunewright::trial::Evaluation;
///
/// let evaluation = Evaluation::from(0.12).with_constraints(&[-3.0, 0.0]);
/// assert!(evaluation.is_feasible());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    values: Values,
    constraints: Box<[f64]>,
    /// Until a study has taken it in.
    told: Option<Box<Told>>,
}

impl Evaluation {
    /// What a struct with goals says: the values of its goals by their names, and its metrics.
    pub fn of(measured: &impl TypedGoals) -> Self {
        fn goals<T: TypedGoals>(_: &T) -> super::Goals {
            T::goals()
        }
        let told = Told { goals: goals(measured), metrics: measured.metrics() };
        Evaluation { told: Some(Box::new(told)), ..measured.values().into() }
    }

    /// What is to be recorded with it.
    pub(crate) fn metrics(&self) -> &[(String, f64)] {
        self.told.as_ref().map_or(&[], |told| &told.metrics)
    }

    /// Itself without names, and what it said by name.
    pub(super) fn taken(mut self) -> (Self, Option<Box<Told>>) {
        let told = self.told.take();
        (self, told)
    }

    /// The same evaluation with the values of outcome constraints; one holds where its value is 0 or
    /// less.
    #[must_use]
    pub fn with_constraints(mut self, constraints: &[f64]) -> Self {
        self.constraints = constraints.into();
        self
    }

    /// The values of the goals, in their order, as the objective returned them.
    pub fn values(&self) -> &[f64] {
        self.values.as_slice()
    }

    /// The values of the outcome constraints, in their order.
    pub fn constraints(&self) -> &[f64] {
        &self.constraints
    }

    /// Whether all outcome constraints hold. A constraint whose value is NaN does not.
    pub fn is_feasible(&self) -> bool {
        self.constraints.iter().all(|&value| value <= 0.0)
    }

    /// The values of goals and of constraints.
    pub(super) fn into_parts(self) -> (Values, Box<[f64]>) {
        (self.values, self.constraints)
    }
}

impl From<Values> for Evaluation {
    fn from(values: Values) -> Self {
        Evaluation { values, constraints: Box::default(), told: None }
    }
}

impl From<f64> for Evaluation {
    fn from(value: f64) -> Self {
        Values::from(value).into()
    }
}

impl From<Vec<f64>> for Evaluation {
    fn from(values: Vec<f64>) -> Self {
        Values::from(values).into()
    }
}
