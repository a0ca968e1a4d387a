use std::sync::Arc;

use super::{Revision, StudyStore};
use crate::error::Result;
use crate::space::Key;
use crate::trial::{History, Trials};

impl Trials {
    /// All trials of a stored study, for programs that do not know its config type. What the study
    /// alone knows, its constraints and its tie breaker, is not stored; a
    /// [tie breaker](Self::tie_breaker) may be set here.
    ///
    /// ```
    /// use tunewright::storage::{MemoryStorage, Storage};
    /// use tunewright::trial::Trials;
    /// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
    ///
    /// fn show(storage: &dyn Storage) -> tunewright::Result<()> {
    ///     for name in storage.names()? {
    ///         if let Some(store) = storage.find(&name)? {
    ///             println!("{}", Trials::read(&*store)?.summary());
    ///         }
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let storage = MemoryStorage::new();
    /// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).storage(storage.clone()).build()?;
    /// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 5)?;
    /// show(&storage)?;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// The storage failed.
    pub fn read(store: &dyn StudyStore) -> Result<Self> {
        let header = store.header().clone();
        let mut history = History::new(&header.goals);
        for record in store.changes(&Revision::START)?.records {
            history.update(record, Key::of_point);
        }
        Ok(Trials::new(header, Arc::new(history), None))
    }
}
