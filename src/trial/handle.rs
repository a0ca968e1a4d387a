use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::math::random::Stream;

/// What a running trial can reach of its study. Implemented by the study, which lies above.
pub(crate) trait Link: Send + Sync {
    fn report(&self, number: u64, step: u64, value: f64) -> Result<()>;
    fn record(&self, number: u64, name: &str, value: f64);
    fn is_interrupted(&self) -> bool;
    fn stop(&self);
    fn seed(&self) -> u64;
}

/// The running trial, inside the objective: reports progress, records metrics.
pub struct Trial {
    number: u64,
    link: Arc<dyn Link>,
    left: bool,
}

impl Trial {
    pub(crate) fn new(number: u64, link: Arc<dyn Link>) -> Self {
        Trial { number, link, left: false }
    }

    /// The trial's number, unique in its study.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Reports progress: the value of the goal at a step (an epoch, say). Steps may come in any
    /// order; the last value of a step counts.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the trial is to leave: return it with `?`. The trial then counts
    /// as pruned, not as failed. Other errors come from the storage.
    pub fn report(&mut self, step: u64, value: f64) -> Result<()> {
        self.link.report(self.number, step, value)?;
        if self.link.is_interrupted() {
            self.left = true;
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    /// Keeps a metric with the trial: the training error, the memory used, and so on. The last
    /// value of a name counts. Should the storage fail, the study's next call says so.
    pub fn record(&mut self, name: &str, value: f64) {
        self.link.record(self.number, name, value);
    }

    /// Ends the study: no further trial begins, and those that run come to their end.
    pub fn stop_study(&self) {
        self.link.stop();
    }

    /// A seed for the training itself, made from the study's seed and the trial's number.
    pub fn seed(&self) -> u64 {
        /// Tells this use of the trial's stream apart from the sampler's.
        const TRAINING: u64 = 0x7472_6169_6e69_6e67;
        Stream::new(self.link.seed(), self.number).fork(TRAINING).bits()
    }

    /// Whether a report has told the objective to leave.
    pub(crate) fn has_left(&self) -> bool {
        self.left
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("number", &self.number).finish_non_exhaustive()
    }
}
