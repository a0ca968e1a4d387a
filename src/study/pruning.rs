//! Asking the pruner about running trials.

use std::sync::{Mutex, MutexGuard};

use super::clock;
use super::guard::catch;
use super::shared::{StudyCore, lock};
use crate::curves::{Curve, Curves, Foresight};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::pruner::{Pruner, Verdict};
use crate::storage::{Revision, StudyStore};
use crate::trial::{Event, Outcome, TrialBackend, TrialRecord, metric};

/// The pruner, and the learning curves as far as they have been read from the storage.
pub(super) struct Pruning {
    pruner: Box<dyn Pruner>,
    seen: Mutex<(Revision, Curves)>,
}

/// The most trials with checkpoints that are kept: those with the best scores, at this many deviations below
/// what is expected.
const MOST_KEPT: usize = 30;
const HOPE: f64 = 0.5;

fn pruner_name() -> String {
    "the pruner".into()
}

impl Pruning {
    /// The curves are those of no trial yet.
    pub(super) fn new(pruner: Box<dyn Pruner>, curves: Curves) -> Self {
        Pruning { pruner, seen: Mutex::new((Revision::START, curves)) }
    }

    /// The curves as they are now.
    fn current(&self, store: &dyn StudyStore) -> Result<MutexGuard<'_, (Revision, Curves)>> {
        let mut seen = lock(&self.seen);
        let (revision, curves) = &mut *seen;
        let changes = store.changes(revision)?;
        *revision = changes.revision;
        changes.records.iter().for_each(|record| curves.update(record));
        Ok(seen)
    }

    /// Which of some trials that were stopped goes on instead of a new one.
    pub(super) fn promote<'a>(
        &self,
        store: &dyn StudyStore,
        stopped: &[&'a TrialRecord],
        random: &mut Stream,
    ) -> Result<Option<&'a TrialRecord>> {
        let seen = self.current(store)?;
        let curves = &seen.1;
        let paused: Vec<&Curve> =
            stopped.iter().filter_map(|record| curves.get(record.number())).collect();
        let promoted = catch(pruner_name, || self.pruner.promote(&paused, curves, random))?;
        Ok(stopped.iter().find(|record| Some(record.number()) == promoted).copied())
    }

    /// Leaves of trials that were stopped those whose checkpoints are worth keeping.
    pub(super) fn keep_promising(
        &self,
        store: &dyn StudyStore,
        stopped: &mut Vec<&TrialRecord>,
    ) -> Result<()> {
        if stopped.len() <= MOST_KEPT {
            return Ok(());
        }
        let seen = self.current(store)?;
        let Some(foresight) = Foresight::learn(&seen.1) else { return Ok(()) };
        // A score that the trial may still come to; low is good.
        let hope = |record: &&TrialRecord| {
            let expected = foresight.expected(record.number());
            expected.map_or(0.0, |expected| expected.mean - HOPE * expected.deviation)
        };
        stopped.sort_by(|left, right| hope(left).total_cmp(&hope(right)));
        stopped.truncate(MOST_KEPT);
        stopped.sort_by_key(|record| record.number());
        Ok(())
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
            let mut seen = match self.current(study.store.as_ref()) {
                Ok(seen) => seen,
                // The report is kept; the next `ask` says that the storage fails.
                Err(error) => {
                    study.defer(error);
                    return Ok(());
                }
            };
            let curves = &mut seen.1;
            curves.reported_at(number, clock::timestamp());
            let Some(curve) = curves.get(number) else { return Ok(()) };
            catch(pruner_name, || self.pruner.decide(curve, curves))?
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
