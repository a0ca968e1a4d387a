//! What programs that tune something need: `use tunewright::prelude::*;`.
//!
//! ```
//! use tunewright::prelude::*;
//!
//! fn main() -> Result<()> {
//!     let space = Space::builder()
//!         .float("lr", 1e-5..=1e-1, Scale::Log)
//!         .choices("optimizer", ["sgd", "adam"])
//!         .build()?;
//!     let study = Study::in_space(space).seed(7).build()?;
//!     study.optimize(|p: Params, _: &mut Trial| p.float("lr").map(|lr| (lr - 0.01).abs()), 50)?;
//!     println!("{}\n{:#?}", study.summary()?, study.best()?.config());
//!     Ok(())
//! }
//! ```

pub use crate::error::{Error, Result};
pub use crate::objective::Objective;
pub use crate::sampler::{
    BayesianSampler, Context, ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler,
    NsgaSampler, RandomSampler, Sampler, SobolSampler, Suggestion,
};
pub use crate::space::{Params, Point, Scale, SearchSpace, Space};
#[cfg(feature = "tracing")]
pub use crate::study::TracingObserver;
pub use crate::study::{Observer, RunInfo, StopReason, Study, progress_log};
#[cfg(feature = "progress")]
pub use crate::study::{ProgressBar, progress_bar};
pub use crate::trial::{
    Direction, Goals, Trial, TrialRecord, TrialState, TypedGoals, at_least, at_most, between,
    maximize, minimize,
};
// The trait, and with the feature `derive` the macro of the same name.
pub use crate::Tunable;
