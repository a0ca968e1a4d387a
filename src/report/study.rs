//! What reports a study has, in short: every method of [`Study`] that this room and those below it
//! bring.

use crate::error::Result;
use crate::study::Study;
use crate::trial::Trials;

impl<C> Study<C> {
    /// A snapshot of all trials so far, those of other processes included.
    ///
    /// # Errors
    /// The storage failed.
    pub fn trials(&self) -> Result<Trials> {
        let (header, history) = (self.store().header().clone(), self.history()?);
        Ok(Trials::new(header, history, self.tie_breaker().cloned()))
    }
}
