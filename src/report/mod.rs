//! What a study has found, for people and for other programs.
//!
//! [`Study::summary`] says in a few lines how a study went, [`Study::trials`] takes a snapshot of
//! all trials: a [table](crate::trial::Trials::table) to read in a terminal, [CSV](Trials::to_csv) and
//! [JSON](Trials::to_json) for other programs. Both read back ([`Trials::from_csv`],
//! [`Trials::from_json`]); tables of other programs are [`Experiments`].
//!
//! ```
//! use tunewright::space::{Scale, Space};
//! use tunewright::{Params, Study, Trial};
//!
//! let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
//! let study = Study::in_space(space).seed(1).build()?;
//! study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
//!
//! println!("{}", study.summary()?);
//! println!("{}", study.trials()?.table().sorted_by_value().limit(10));
//! let mut csv = Vec::new(); // or a file
//! study.trials()?.to_csv(&mut csv)?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! [`Study::explain`](crate::Study::explain) shows what each hyperparameter does, and
//! [`Study::advise`](crate::Study::advise) what to try next; both rest on an [`Analysis`].
//!
//! [`Study::report`](crate::Study::report) writes a [page](Page) for the browser, and
//! [`Study::pictures`](crate::Study::pictures) draws single [figures](Figure).
//!
//! [`Study::summary`]: crate::Study::summary
//! [`Study::trials`]: crate::Study::trials

mod advice;
mod analysis;
mod best;
mod capacity;
mod columns;
mod csv;
mod diverged;
mod effects;
mod explain;
mod import;
mod importance;
mod json;
mod names;
mod page;
mod picture;
mod plateau;
mod response;
mod role;
mod study;
mod summary;
mod table;
mod text;

pub use advice::{Advice, Change, Fit, Proposal};
pub use analysis::{Analysis, GOAL};
pub use best::{AtEnd, Luck};
pub use capacity::{Capacity, CapacityRow, CapacityTable};
pub use effects::{
    Effect, EffectPoint, Effects, FlatOver, FlatPart, Reach, Sentence, Telling, Trend,
};
pub use explain::Explanation;
pub use import::{Experiments, Imported};
pub use importance::{Importance, Interaction, ParameterImportance};
pub use page::Page;
pub use picture::{Figure, Pictures};
pub use response::MetricScale;
pub use role::{Role, Textbook};
pub use summary::{Failures, Summary};
pub use table::Table;
