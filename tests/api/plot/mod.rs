//! Pictures of studies.

mod pictures;
