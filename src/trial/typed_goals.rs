use super::goals::Goals;
use crate::error::GoalError;

/// What an objective measures, as a struct: each field is a goal, is under an outcome constraint, or is a
/// metric. Made by `#[derive(Goals)]`, which also lets the objective return the struct. A study takes its goals
/// by [`goals_of`](crate::study::StudyBuilder::goals_of), and finds values by their names, never by their order.
///
#[cfg_attr(feature = "derive", doc = "```")]
#[cfg_attr(not(feature = "derive"), doc = "```ignore")]
/// use tunewright::prelude::*;
///
/// #[derive(Tunable)]
/// struct Net {
///     #[tune(range = 8..=512, log)]
///     width: u32,
/// }
///
/// #[derive(Goals)]
/// struct Measured {
///     #[goal(minimize)]
///     error: f64,
///     #[goal(minimize, limit = 20.0)]
///     latency_ms: f64,
///     #[constraint(at_most = 150.0)]
///     memory_mb: f64,
///     weights: u32,
/// }
///
/// fn measure(net: Net, _: &mut Trial) -> Result<Measured> {
///     let width = f64::from(net.width);
///     Ok(Measured {
///         error: 1.0 / width,
///         latency_ms: 0.1 * width,
///         memory_mb: 0.5 * width,
///         weights: 10 * net.width,
///     })
/// }
///
/// let study = Study::<Net>::goals_of::<Measured>().seed(1).build()?;
/// study.optimize(measure, 15)?;
/// let knee = study.knee()?;
/// assert!(knee.record().metrics()["memory_mb"] <= 150.0);
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// # Attributes
///
/// A field without an attribute is a metric: its value is [recorded](super::Trial::record) under its name. So are the
/// values of outcome constraints. All values are `f64`, `f32` or integers ([`Measurement`]); numbers in attributes are
/// any constant expressions, or calls of functions that know them at run time.
///
/// | attribute | key | meaning | example |
/// |---|---|---|---|
/// | `goal` | `minimize`, `maximize` | the field is a goal that is to be low, or high | `#[goal(maximize)]` |
/// | `goal` | `limit` | the value that a trial may have at worst, see [`Goal::limit`](super::Goal::limit) | `#[goal(minimize, limit = 20.0)]` |
/// | `constraint` | `at_most`, `at_least` | an outcome constraint on the field; both make a range | `#[constraint(at_least = 0.9)]` |
/// | `metric` | `skip` | the field is not recorded, and may have any type | `#[metric(skip)]` |
/// | all three | `name` | the name in place of the field's | `#[metric(name = "train_error")]` |
/// | `goal` on the struct | `crate` | where this crate is found, if under another name | `#[goal(crate = facade::tunewright)]` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` says nothing about the goals of a study",
    label = "no goals",
    note = "add #[derive(Goals)] to the struct that the objective returns, and #[goal(minimize)] or \
            #[goal(maximize)] to its goals"
)]
pub trait TypedGoals {
    /// The goals and outcome constraints.
    fn goals() -> Goals;

    /// The values of the goals, in the order of [`goals`](Self::goals).
    fn values(&self) -> Vec<f64>;

    /// What is recorded beside them under a name: the metrics, those under an outcome constraint among them.
    fn metrics(&self) -> Vec<(String, f64)>;
}

/// A number that an objective measures: the type of a goal, of an outcome constraint or of a metric in a struct
/// with [goals](TypedGoals).
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no number that can be measured",
    label = "neither `f64`, `f32` nor an integer",
    note = "leave a field that is no number out with #[metric(skip)]"
)]
pub trait Measurement {
    /// The number.
    fn measured(&self) -> f64;
}

macro_rules! measurements {
    ($($number:ty),*) => {$(
        impl Measurement for $number {
            fn measured(&self) -> f64 {
                *self as f64
            }
        }
    )*};
}

measurements!(f64, f32, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

/// What a struct with goals has said of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) goals: Goals,
    pub(super) metrics: Vec<(String, f64)>,
}

impl Told {
    pub(super) fn metric(&self, name: &str) -> Option<f64> {
        // The last value of a name counts.
        self.metrics.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The values in the order of a study's goals.
    ///
    /// # Errors
    /// The study has other goals, or no limit or outcome constraint where there is one here.
    pub(super) fn ordered(&self, values: &[f64], study: &Goals) -> Result<Vec<f64>, GoalError> {
        let mismatch = || GoalError::OtherGoals {
            given: self.goals.in_words_with_limits(),
            wanted: study.in_words_with_limits(),
        };
        if values.len() != self.goals.len() || study.len() != self.goals.len() {
            return Err(mismatch());
        }
        let alone = study.len() == 1;
        let mut ordered = Vec::with_capacity(values.len());
        for (at, wanted) in study.goals().enumerate() {
            let given = match wanted.name {
                None if alone => Some(0),
                _ => self.goals.position(&study.name(at)),
            };
            let goal =
                given.and_then(|given| self.goals.goals().nth(given)).ok_or_else(mismatch)?;
            let forgets_limit = goal.limit.is_some() && wanted.limit.is_none();
            if goal.direction != wanted.direction || forgets_limit {
                return Err(mismatch());
            }
            ordered.extend(given.map(|given| values[given]));
        }
        let is_kept =
            |name: &str| study.outcome_constraints().iter().any(|known| known.name == name);
        match self.goals.outcome_constraints().iter().all(|constraint| is_kept(&constraint.name)) {
            true => Ok(ordered),
            false => Err(mismatch()),
        }
    }
}
