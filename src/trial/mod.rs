//! What happened: the handle inside the objective, the record of a trial, and the history as
//! samplers see it.

mod direction;
mod evaluation;
mod event;
mod goals;
mod handle;
mod history;
pub mod metric;
mod outcome;
mod record;
mod serialized;
mod tie_breaker;
mod timestamp;

pub use direction::Direction;
pub use evaluation::Evaluation;
pub use event::{Event, Lease};
pub use goals::Goals;
pub use handle::Trial;
pub(crate) use handle::TrialBackend;
pub use history::{History, Observed};
pub use outcome::{IntoOutcome, Outcome, Values};
pub use record::{NOISE, Origin, TrialRecord, TrialState};
pub(crate) use serialized::AnyNumber;
pub use tie_breaker::TieBreaker;
pub use timestamp::Timestamp;
