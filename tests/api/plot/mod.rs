//! Pictures of studies.

mod goals;
mod pictures;
