//! Helpers of the tests.

pub(crate) mod sample;
pub(crate) mod soon;
