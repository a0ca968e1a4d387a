//! A rule for one goal, in a study with several.

use super::{Pruner, Verdict, judging};
use crate::curves::{Curve, Curves, GoalCurves};

/// What a pruner decides of the trial with this number by the ranks of the fronts. One that no other trial
/// dominates at its step goes on.
pub(super) fn decide<P: Pruner + ?Sized>(pruner: &P, number: u64, goals: &GoalCurves) -> Verdict {
    if goals.of_trial(number).is_none() {
        return Verdict::Continue;
    }
    let by_front = goals.by_front();
    let Some(trial) = by_front.get(number) else { return Verdict::Continue };
    let Some(front) = front(trial, &by_front) else { return Verdict::Continue };
    let explained = |reason: String| format!("{front}; by such ranks, {reason}");
    match pruner.decide(trial, &by_front) {
        Verdict::Continue => Verdict::Continue,
        Verdict::Stop(reason) => Verdict::Stop(explained(reason)),
        Verdict::Audit(reason) => Verdict::Audit(explained(reason)),
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
