//! What happened: the handle inside the objective, the record of a trial, the history as samplers
//! see it, and a snapshot of all [`Trials`] for everybody else.

mod checkpoint;
mod direction;
mod evaluation;
mod event;
mod goal;
mod goals;
mod handle;
mod header;
mod history;
mod lease;
pub mod metric;
mod outcome;
mod outcome_constraint;
mod record;
mod serialized;
mod snapshot;
mod subject;
mod tie_breaker;
mod timestamp;
mod typed_goals;
mod violations;
mod weights;

pub use crate::error::GoalError;
pub use checkpoint::Checkpoint;
pub use direction::Direction;
pub use evaluation::Evaluation;
pub use event::Event;
pub use goal::{Goal, maximize, minimize};
pub use goals::Goals;
pub use handle::Trial;
pub(crate) use handle::{Save, TrialBackend};
pub use header::StudyHeader;
pub use history::{History, Observed};
pub use lease::Lease;
pub use outcome::{IntoOutcome, Outcome, Recorded, Values};
pub use outcome_constraint::{Bounds, OutcomeConstraint, at_least, at_most, between};
pub use record::{NOISE, Origin, TrialRecord, TrialState};
pub(crate) use serialized::AnyNumber;
pub use snapshot::Trials;
pub(crate) use subject::Subject;
pub use tie_breaker::TieBreaker;
pub use timestamp::Timestamp;
pub use typed_goals::{Measurement, TypedGoals};
pub(crate) use violations::total_violations;
pub use weights::Weights;

/// Makes the struct that an objective returns say what its goals are; the trait [`TypedGoals`] lists the
/// attributes.
#[cfg(feature = "derive")]
pub use tunewright_derive::Goals;
