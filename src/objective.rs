//! What a config is worth.

use crate::trial::{IntoOutcome, Trial};

/// What a config is worth: the training routine that a study tunes.
///
/// Functions and closures `Fn(Config, &mut Trial) -> R` are objectives, where `R` is whatever
/// [`IntoOutcome`] takes: a number, several, or a `Result` of these with any error. Closures need
/// their parameter types written out. Implement the trait for a struct that holds what training
/// needs, such as the data:
///
/// ```
/// use tunewright::{Objective, Trial};
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
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no objective for configs of type `{C}`",
    note = "an objective is a function or closure that takes the config and the trial: \
            |config: {C}, trial: &mut Trial| -> f64"
)]
pub trait Objective<C> {
    /// What it returns.
    type Output: IntoOutcome;

    /// Trains with the config and returns what is to be minimized or maximized. With several
    /// workers it is called from several threads at once.
    fn evaluate(&self, config: C, trial: &mut Trial) -> Self::Output;
}

impl<C, F, R> Objective<C> for F
where
    F: Fn(C, &mut Trial) -> R,
    R: IntoOutcome,
{
    type Output = R;

    fn evaluate(&self, config: C, trial: &mut Trial) -> R {
        self(config, trial)
    }
}
