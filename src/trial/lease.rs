use std::sync::Arc;

use super::timestamp::Timestamp;

/// For how long a running trial belongs to a worker. When it ends without being renewed, the worker
/// is taken for dead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The worker's name, unique among all that share the study.
    pub worker: Arc<str>,
    /// The end of the lease; `None` if it never ends.
    pub until: Option<Timestamp>,
}

impl Lease {
    /// A lease without an end.
    pub fn of(worker: impl Into<Arc<str>>) -> Self {
        Lease { worker: worker.into(), until: None }
    }

    /// The same lease with an end.
    #[must_use]
    pub fn until(self, end: Timestamp) -> Self {
        Lease { until: Some(end), ..self }
    }
}
