#![allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]

use std::hash::{BuildHasher, RandomState};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::trial::Timestamp;

/// The moment, for records.
pub(super) fn timestamp() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

/// The moment, for deadlines.
pub(super) fn now() -> Instant {
    Instant::now()
}

/// A seed for studies that were given none, different in every run. The hasher's keys come from the
/// system's entropy.
pub(super) fn any_seed() -> u64 {
    RandomState::new().hash_one(timestamp().0)
}
