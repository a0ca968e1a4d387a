//! Asking the pruner about running trials.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard};

use super::clock;
use super::guard::catch;
use super::shared::StudyCore;
use crate::curves::{Curve, Curves, Foresight, GoalCurves};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::pruner::{Pruner, Verdict};
use crate::storage::{Revision, StudyStore, lock};
use crate::trial::{Event, Goals, Outcome, Timestamp, TrialBackend, TrialRecord, metric};

/// The pruner, and the learning curves as far as they have been read from the storage.
pub(super) struct Pruning {
    pruner: Box<dyn Pruner>,
    seen: Mutex<(Revision, Learning)>,
}

/// The curves of a study with one goal, or with several.
pub(super) enum Learning {
    One(Curves),
    Several(GoalCurves),
}

impl Learning {
    /// Those of no trial yet.
    pub(super) fn new(goals: &Goals, last_step: Option<u64>, has_checkpoints: bool) -> Self {
        match goals.len() {
            1 => {
                let curves = Curves::new(goals.first(), last_step).of_feasible(goals);
                Learning::One(if has_checkpoints { curves.with_checkpoints() } else { curves })
            }
            _ => {
                let curves = GoalCurves::new(goals, last_step).of_feasible();
                Learning::Several(if has_checkpoints { curves.with_checkpoints() } else { curves })
            }
        }
    }

    fn update(&mut self, record: &TrialRecord) {
        match self {
            Learning::One(curves) => curves.update(record),
            Learning::Several(curves) => curves.update(record),
        }
    }

    fn reported_at(&mut self, number: u64, now: Timestamp) {
        match self {
            Learning::One(curves) => curves.reported_at(number, now),
            Learning::Several(curves) => {
                curves.reported_at(number, now);
                curves.rank();
            }
        }
    }

    /// The curves by which trials compare that were stopped: with several goals those of the front ranks.
    fn comparable(&self) -> Cow<'_, Curves> {
        match self {
            Learning::One(curves) => Cow::Borrowed(curves),
            Learning::Several(curves) => Cow::Owned(curves.by_front()),
        }
    }

    /// What a pruner says of a trial.
    fn verdict(&self, pruner: &dyn Pruner, number: u64) -> Verdict {
        match self {
            Learning::One(curves) => match curves.get(number) {
                Some(curve) => pruner.decide(curve, curves),
                None => Verdict::Continue,
            },
            Learning::Several(curves) => pruner.decide_by_goals(number, curves),
        }
    }
}

/// The most trials with checkpoints that are kept: those with the best scores, at this many deviations below
/// what is expected. It bounds the disk space; not varied.
const MOST_KEPT: usize = 30;
const HOPE: f64 = 0.5;

fn pruner_name() -> String {
    "the pruner".into()
}

impl Pruning {
    /// The curves are those of no trial yet.
    pub(super) fn new(pruner: Box<dyn Pruner>, curves: Learning) -> Self {
        Pruning { pruner, seen: Mutex::new((Revision::START, curves)) }
    }

    /// The curves as they are now.
    fn current(&self, store: &dyn StudyStore) -> Result<MutexGuard<'_, (Revision, Learning)>> {
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
        let curves = &*seen.1.comparable();
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
        let Some(foresight) = Foresight::learn(&seen.1.comparable()) else { return Ok(()) };
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

    /// Fails if the trial is to leave after a report of some goals, each by its number.
    pub(super) fn judge(
        &self,
        study: &StudyCore,
        number: u64,
        step: u64,
        values: &[(usize, f64)],
    ) -> Result<()> {
        for &(goal, value) in values {
            let direction = study.goals.iter().nth(goal).unwrap_or(study.goals.first());
            let loss = direction.orient(value);
            if loss.is_nan() || loss == f64::INFINITY {
                let error = Error::Diverged { step, value };
                study.leave(number, Outcome::Failed(error.to_string()));
                return Err(error);
            }
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
            catch(pruner_name, || curves.verdict(self.pruner.as_ref(), number))?
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
