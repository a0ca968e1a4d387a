mod goals;
mod kinds;
mod mistake;
mod words;

use std::fmt;

pub use goals::GoalError;
pub use kinds::Error;
pub use mistake::{Mistake, Problem};

use words::with_causes;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The same failure of a storage for each of several trials.
    pub(crate) fn for_each<T>(self, trials: usize) -> Vec<Result<T>> {
        let text = match &self {
            Error::Storage(error) => with_causes(error.as_ref()),
            other => other.to_string(),
        };
        let copies = (1..trials).map(|_| Error::Storage(text.clone().into())).collect::<Vec<_>>();
        std::iter::once(self).chain(copies).take(trials).map(Err).collect()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
