//! A rule for one goal, in a study with several.

use super::{Pruner, Verdict, judging};
use crate::curves::{Curve, Curves, GoalCurves};

/// What a pruner decides of the trial with this number in a study with several goals: it is stopped only if
/// the pruner would stop it by each goal alone, and by the ranks of the fronts. Never is one that no other
/// trial dominates at its step.
pub(super) fn decide<P: Pruner + ?Sized>(pruner: &P, number: u64, goals: &GoalCurves) -> Verdict {
    let Some(alone) = goals.of_trial(number) else { return Verdict::Continue };
    // Cheaper than the ranks, which few reports need.
    let mut verdicts = Vec::with_capacity(alone.len());
    for (curve, curves) in alone.into_iter().zip(goals.each()) {
        match pruner.decide(curve, curves) {
            Verdict::Continue => return Verdict::Continue,
            verdict => verdicts.push(verdict),
        }
    }
    let by_front = goals.by_front();
    let Some(trial) = by_front.get(number) else { return Verdict::Continue };
    let Some(front) = front(trial, &by_front) else { return Verdict::Continue };
    let reason = match pruner.decide(trial, &by_front) {
        Verdict::Continue => return Verdict::Continue,
        Verdict::Stop(reason) => format!("{front}; by such ranks, {reason}"),
        Verdict::Audit(reason) => {
            return Verdict::Audit(format!("{front}; by such ranks, {reason}"));
        }
    };
    match verdicts.iter().any(|verdict| matches!(verdict, Verdict::Audit(_))) {
        true => Verdict::Audit(reason),
        false => Verdict::Stop(reason),
    }
}

/// The front on which a trial is at its step, in words; `None` if no other trial dominates it there.
fn front(trial: &Curve, by_front: &Curves) -> Option<String> {
    let (step, rank) = trial.last()?;
    if rank <= 0.0 {
        return None;
    }
    let has_come = |curve: &&Curve| curve.last().is_some_and(|(last, _)| last >= step);
    let there = by_front.iter().filter(has_come).count();
    let rank = judging::number(rank);
    Some(format!("front rank {rank} among {there} trials at step {step}, where 0 is the front"))
}
