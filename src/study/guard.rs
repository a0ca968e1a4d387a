//! Code of the application that a study calls: its panics become errors, and its calls back into the
//! study are refused where they would wait for themselves.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::error::{Error, Result};
use crate::trial::{IntoOutcome, Outcome};

/// Runs code of the application; `what` names it in the error that a panic becomes.
///
/// Nothing of the crate's is left half changed by a panic: the application's code touches it only
/// through locks that outlive panics.
pub(super) fn catch<T>(what: impl FnOnce() -> String, run: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| match panic.downcast::<Error>() {
        Ok(named) => *named,
        Err(panic) => Error::Panicked { what: what(), message: message(panic) },
    })
}

/// As [`catch`] where no error can be returned: the next `catch` further out gets it, with its name.
pub(super) fn catch_further_out<T>(what: &str, run: impl FnOnce() -> T) -> T {
    catch(|| what.to_owned(), run).unwrap_or_else(|error| resume_unwind(Box::new(error)))
}

/// An outcome as the application gives it; a panic on the way is a failure.
pub(super) fn outcome<T: IntoOutcome>(give: impl FnOnce() -> T) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| give().into_outcome()))
        .unwrap_or_else(|panic| Outcome::Failed(format!("panicked: {}", message(panic))))
}

fn message(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(message) => (*message).to_owned(),
            Err(payload) => {
                // Dropping it runs code of the application, which could panic again.
                std::mem::forget(payload);
                "without a message".to_owned()
            }
        },
    }
}

/// Whose code a study is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Observer,
    /// A sampler, a constraint or a search space.
    Suggestion,
}

impl Caller {
    fn words(self) -> &'static str {
        match self {
            Caller::Observer => "an observer",
            Caller::Suggestion => "a constraint, sampler or search space",
        }
    }
}

thread_local! {
    /// The calls that this thread is in, with the study that made them.
    static WITHIN: RefCell<Vec<(u64, Caller)>> = const { RefCell::new(Vec::new()) };
}

/// As long as it lives, this thread runs code that a study has called.
pub(super) struct Within;

impl Within {
    pub(super) fn enter(study: u64, caller: Caller) -> Self {
        WITHIN.with_borrow_mut(|calls| calls.push((study, caller)));
        Within
    }

    /// Refuses a method to code that the same study has called on this thread.
    pub(super) fn refuse(study: u64, call: &'static str) -> Result<()> {
        Self::refuse_if(study, call, |_| true)
    }

    /// Refuses a method to the code that makes a suggestion, since it would ask for another one.
    pub(super) fn refuse_suggestion(study: u64, call: &'static str) -> Result<()> {
        Self::refuse_if(study, call, |caller| caller == Caller::Suggestion)
    }

    fn refuse_if(study: u64, call: &'static str, refused: impl Fn(Caller) -> bool) -> Result<()> {
        let caller = WITHIN.with_borrow(|calls| {
            calls.iter().rev().find(|&&(id, caller)| id == study && refused(caller)).copied()
        });
        match caller {
            Some((_, caller)) => Err(Error::CalledFromWithin { caller: caller.words(), call }),
            None => Ok(()),
        }
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        WITHIN.with_borrow_mut(|calls| calls.pop());
    }
}
