//! What a config is worth.

use std::rc::Rc;
use std::sync::Arc;

use crate::trial::{IntoOutcome, Trial};

/// What a config is worth: the training routine that a study tunes.
///
/// Functions and closures `Fn(Config, &mut Trial) -> R` are objectives, where `R` is whatever
/// [`IntoOutcome`] takes: a number, several, or a `Result` of these with any error. A closure needs
/// the types of its parameters written out, and with `?` the type of its error, too:
///
/// ```
/// use tunewright::space::{Params, Scale, Space};
/// use tunewright::{Result, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).build()?;
/// study.optimize(
///     |p: Params, trial: &mut Trial| -> Result<f64> {
///         let loss = p.float("x")?.powi(2);
///         trial.report(0, loss)?;
///         Ok(loss)
///     },
///     10,
/// )?;
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// Closures that change what they have captured, and those that cannot be shared between threads, go
/// to [`Study::optimize_local`](crate::Study::optimize_local). An `async` function is no objective:
/// block on it inside of one, or [drive the study yourself](crate::guide::ask_tell).
///
/// Implement the trait for a struct that holds what training needs, such as the data, and pass the
/// struct or a reference to it:
///
/// ```
/// use tunewright::{Objective, Trial};
/// # use tunewright::space::{Float, DomainSpace};
///
/// struct Ridge {
///     rows: Vec<(f64, f64)>,
/// }
///
/// impl Objective<f64> for Ridge {
///     type Output = f64;
///
///     fn evaluate(&self, slope: f64, _: &mut Trial) -> f64 {
///         self.rows.iter().map(|(x, y)| (y - slope * x).powi(2)).sum()
///     }
/// }
///
/// let ridge = Ridge { rows: vec![(1.0, 2.0), (2.0, 4.0)] };
/// # let space = DomainSpace::new("slope", Float::range(0.0..=4.0))?;
/// # let study = tunewright::Study::in_space(space).build()?;
/// study.optimize(&ridge, 10)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// `K` tells the two kinds of objectives apart and is inferred; leave it out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no objective for configs of type `{C}`",
    label = "neither such a function nor a type that implements `Objective<{C}>`",
    note = "an objective is a function or closure that takes the config and the trial: \
            |config: {C}, trial: &mut Trial| -> f64",
    note = "a closure that changes what it captures goes to `optimize_local`"
)]
pub trait Objective<C, K = Custom> {
    /// What it returns.
    type Output: IntoOutcome;

    /// Trains with the config and returns what is to be minimized or maximized. With several
    /// workers it is called from several threads at once.
    fn evaluate(&self, config: C, trial: &mut Trial) -> Self::Output;
}

/// The kind of objectives whose type implements [`Objective`] itself, and of references to them.
#[derive(Debug)]
pub enum Custom {}

/// The kind of objectives that are functions or closures.
#[derive(Debug)]
pub enum Function {}

impl<C, F, R> Objective<C, Function> for F
where
    F: Fn(C, &mut Trial) -> R,
    R: IntoOutcome,
{
    type Output = R;

    fn evaluate(&self, config: C, trial: &mut Trial) -> R {
        self(config, trial)
    }
}

macro_rules! through_pointers {
    ($($pointer:ty),*) => {$(
        impl<C, O: Objective<C> + ?Sized> Objective<C> for $pointer {
            type Output = O::Output;

            fn evaluate(&self, config: C, trial: &mut Trial) -> O::Output {
                (**self).evaluate(config, trial)
            }
        }
    )*};
}

through_pointers!(&O, Box<O>, Rc<O>, Arc<O>);
