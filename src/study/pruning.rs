//! Asking the pruner about running trials.

use std::sync::Mutex;

use super::clock;
use super::guard::catch;
use super::shared::{StudyCore, lock};
use crate::curves::Curves;
use crate::error::{Error, Result};
use crate::pruner::{Pruner, Verdict};
use crate::storage::Revision;
use crate::trial::{Direction, Event, Outcome, TrialBackend, metric};

/// The pruner, and the learning curves as far as they have been read from the storage.
pub(super) struct Pruning {
    pruner: Box<dyn Pruner>,
    seen: Mutex<(Revision, Curves)>,
}

impl Pruning {
    /// `direction` is that of the first goal.
    pub(super) fn new(
        pruner: Box<dyn Pruner>,
        direction: Direction,
        last_step: Option<u64>,
    ) -> Self {
        Pruning { pruner, seen: Mutex::new((Revision::START, Curves::new(direction, last_step))) }
    }

    /// Fails if the trial is to leave after a report.
    pub(super) fn judge(
        &self,
        study: &StudyCore,
        number: u64,
        step: u64,
        value: f64,
    ) -> Result<()> {
        let loss = study.direction().orient(value);
        if loss.is_nan() || loss == f64::INFINITY {
            let error = Error::Diverged { step, value };
            study.leave(number, Outcome::Failed(error.to_string()));
            return Err(error);
        }
        let verdict = {
            let mut seen = lock(&self.seen);
            let (revision, curves) = &mut *seen;
            let changes = study.store.changes(revision)?;
            *revision = changes.revision;
            changes.records.iter().for_each(|record| curves.update(record));
            curves.reported_at(number, clock::timestamp());
            let Some(curve) = curves.get(number) else { return Ok(()) };
            catch(|| "the pruner".into(), || self.pruner.decide(curve, curves))?
        };
        match verdict {
            Verdict::Continue => Ok(()),
            Verdict::Audit(reason) => {
                study.store.append(number, vec![Event::noted(metric::AUDITED, &reason)])?;
                Ok(())
            }
            Verdict::Stop(reason) => {
                study.leave(number, Outcome::Pruned(Some(reason.clone())));
                Err(Error::Pruned { reason })
            }
        }
    }
}
