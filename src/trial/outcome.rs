use std::fmt;

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;

/// The values of a trial's goals, one for each goal of the study.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<f64>", into = "Vec<f64>")]
pub struct Values(Few);

/// One value is by far the most frequent case, and needs no allocation.
#[derive(Clone, PartialEq)]
enum Few {
    One(f64),
    Many(Box<[f64]>),
}

impl Values {
    /// All values, in the order of the goals.
    pub fn as_slice(&self) -> &[f64] {
        match &self.0 {
            Few::One(value) => std::slice::from_ref(value),
            Few::Many(values) => values,
        }
    }

    /// No values: the trial has no result.
    pub(super) fn none() -> Self {
        Values(Few::Many(Box::default()))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl From<f64> for Values {
    fn from(value: f64) -> Self {
        Values(Few::One(value))
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        match values.as_slice() {
            [value] => (*value).into(),
            _ => Values(Few::Many(values.into())),
        }
    }
}

impl From<Values> for Vec<f64> {
    fn from(values: Values) -> Self {
        values.as_slice().to_vec()
    }
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// With values.
    Complete(Evaluation),
    /// Ended early because its reports promised little, without a result; for this reason, where it is
    /// known.
    Pruned(Option<String>),
    /// Ended early because the study stopped, without a result: that says nothing of the config.
    Interrupted,
    /// Without a result, for this reason.
    Failed(String),
}

impl From<f64> for Outcome {
    fn from(value: f64) -> Self {
        Outcome::Complete(value.into())
    }
}

/// What an objective may return and a study be told: `f64` or `f32`; an array, tuple or vector for several
/// goals, a struct with [`TypedGoals`](super::TypedGoals), or [`Recorded`]; a `Result` of these, whose error fails the trial and is kept as the reason; or an
/// [`Outcome`].
#[diagnostic::on_unimplemented(
    message = "an objective cannot return `{Self}`",
    label = "no outcome of a trial",
    note = "return f64, [f64; N] or Vec<f64>, or a Result of these with an error that implements \
            Display",
    note = "a struct of your own needs #[derive(Goals)]",
    note = "an `async` function returns a future and not its value: block on it inside the \
            objective, or drive the study with `ask` and `tell`"
)]
pub trait IntoOutcome {
    /// What the trial has come to.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl IntoOutcome for f64 {
    fn into_outcome(self) -> Outcome {
        Outcome::Complete(self.into())
    }
}

impl IntoOutcome for f32 {
    fn into_outcome(self) -> Outcome {
        f64::from(self).into_outcome()
    }
}

impl IntoOutcome for Vec<f64> {
    fn into_outcome(self) -> Outcome {
        Outcome::Complete(self.into())
    }
}

impl<const N: usize> IntoOutcome for [f64; N] {
    fn into_outcome(self) -> Outcome {
        self.to_vec().into_outcome()
    }
}

macro_rules! tuples {
    ($($($name:ident)+),+) => {$(
        impl IntoOutcome for ($(tuples!(@ $name),)+) {
            fn into_outcome(self) -> Outcome {
                let ($($name,)+) = self;
                vec![$($name),+].into_outcome()
            }
        }
    )+};
    (@ $name:ident) => { f64 };
}

tuples!(a b, a b c, a b c d);

/// What an objective returns that has [recorded](super::Trial::record) the values of all goals under their
/// names.
///
/// ```
/// use tunewright::trial::{Recorded, minimize};
/// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
///
/// let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).goals([minimize("error"), minimize("size")]).build()?;
/// let objective = |p: Params, trial: &mut Trial| -> tunewright::Result<Recorded> {
///     let x = p.float("x")?;
///     trial.record("size", x);
///     trial.record("error", 1.0 - x);
///     Ok(Recorded)
/// };
/// study.optimize(objective, 5)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded;

impl IntoOutcome for Recorded {
    fn into_outcome(self) -> Outcome {
        Vec::new().into_outcome()
    }
}

impl IntoOutcome for Evaluation {
    fn into_outcome(self) -> Outcome {
        Outcome::Complete(self)
    }
}

impl<T: IntoOutcome, E: fmt::Display> IntoOutcome for Result<T, E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(value) => value.into_outcome(),
            // The alternate form lets error types that know their causes show them.
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }
}
