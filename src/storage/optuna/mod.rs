//! Studies in Optuna's form, which the journal and the databases share.
//!
//! A study of this crate opens in Optuna and goes on there, and the other way round. What Optuna has
//! no place for are system attributes whose names begin with `tunewright:`.

mod attributes;
mod continued;
mod convert;
mod distribution;
pub(crate) mod json;
mod steps;
mod study;
mod trial;

pub(crate) use attributes::{Attributes, HEADER, METRIC_NAMES};
pub(crate) use continued::continued;
pub(crate) use convert::{Converter, Reading};
pub(crate) use distribution::{Distribution, Internal, StoredDistribution};
pub(crate) use steps::{advance_each, claim};
pub use study::StoredStudy;
pub(crate) use study::{codes, described, goals, header_of, metric_names, read_header};
pub(crate) use trial::{Change, Param};
pub use trial::{StoredState, StoredTrial};
