//! The one live history of a study.

use std::sync::{Arc, Mutex};

use crate::error::Result;
use crate::space::Legality;
use crate::storage::{Revision, StudyStore, lock};
use crate::trial::{Goals, History};

/// The study's trials as far as they have been read from the storage. A snapshot is shared, not
/// copied: what changes later goes into a copy only while somebody still holds the snapshot.
pub(super) struct View(Mutex<Seen>);

/// The history at a revision of the storage.
struct Seen {
    history: Arc<History>,
    revision: Revision,
}

impl View {
    /// Nothing has been read yet.
    pub(super) fn new(goals: &Goals) -> Self {
        let history = Arc::new(History::new(goals));
        View(Mutex::new(Seen { history, revision: Revision::START }))
    }

    /// Brings the history up to date and hands it out.
    pub(super) fn history(
        &self,
        store: &dyn StudyStore,
        legality: &dyn Legality,
    ) -> Result<Arc<History>> {
        let mut seen = lock(&self.0);
        let changes = store.changes(&seen.revision)?;
        if !changes.records.is_empty() {
            let history = Arc::make_mut(&mut seen.history);
            for record in changes.records {
                history.update(record, |point| legality.key(point));
            }
        }
        seen.revision = changes.revision;
        Ok(Arc::clone(&seen.history))
    }
}
