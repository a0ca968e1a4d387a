//! The standard names of what is measured beside the goal.
//!
//! An objective records what it knows with [`Trial::record`](crate::Trial::record). Reports look for
//! these names; any other name is shown as it is.
//!
//! ```
//! use tunewright::Trial;
//! use tunewright::trial::metric;
//!
//! fn train(rate: f64, trial: &mut Trial) -> f64 {
//!     trial.record(metric::TRAIN_ERROR, 0.5 * rate);
//!     trial.record(metric::VALIDATION_ERROR, rate);
//!     rate
//! }
//! ```

/// The error on the examples that the model was trained with; lower is better.
pub const TRAIN_ERROR: &str = "train_error";

/// The error on examples that the model was not trained with, in the unit of [`TRAIN_ERROR`]; lower
/// is better. Where it is not recorded, the goal of a study that minimizes stands for it.
pub const VALIDATION_ERROR: &str = "validation_error";

/// The generalization gap: [`VALIDATION_ERROR`] minus [`TRAIN_ERROR`]. Made of the two where it is
/// not recorded.
pub const GAP: &str = "generalization_gap";

/// How long the trial took, in seconds. Measured by the study where it is not recorded: from the
/// start of the trial to its end ([`TrialRecord::duration`](super::TrialRecord::duration)).
pub const SECONDS: &str = "seconds";

/// Name of the note that a trial has which its [pruner](crate::pruner) would have stopped, and which
/// goes on to its end, because how it ends is to be known.
pub const AUDITED: &str = "audited";

/// Name of the note that a sampler makes when a model of early reports has chosen the trial. How such a trial
/// ends does not tell what early reports are worth in general, so it is not [audited](AUDITED).
pub const CHOSEN_BY_MODEL: &str = "chosen_by_model";

/// Name of the note that a trial has which has saved a [checkpoint](super::Checkpoint): its step.
pub const SAVED_AT: &str = "saved_at_step";

/// For a trial that goes on with an earlier one: how long that took, in seconds. [`SECONDS`] that are
/// measured by the study have it in them.
pub const EARLIER_SECONDS: &str = "earlier_seconds";

/// The most memory that the trial held at a time, in bytes.
///
/// Where it is not recorded, a study with one worker measures it on Linux: how far the resident
/// memory of the process rose above where it was when the trial began, as seen at reports, at the
/// end of the trial, and by the kernel's own maximum if the trial raised that. So it is a lower
/// bound, and the better the more often a trial reports. What other threads of the process allocate
/// meanwhile is part of it, what the trial takes from memory that the allocator kept is not. Trials
/// of a few milliseconds, trials that leave no trace, several workers and other platforms: absent.
pub const PEAK_MEMORY: &str = "peak_memory";
