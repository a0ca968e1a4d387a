//! What trials take, in seconds, where they differ in that.

use super::judging::audited;
use crate::curves::{Curve, Curves, Rungs};
use crate::trial::TrialState;

/// What trials of a study take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seconds {
    /// A whole run of a new trial.
    pub(super) whole: f64,
    /// The rest of the trial that is judged, at its own pace.
    pub(super) left: f64,
    /// What audited trials have taken, and what all have.
    pub(super) audited: f64,
    pub(super) spent: f64,
}

impl Seconds {
    /// `None` where it is not known what the trial has taken so far, or what others take.
    pub(super) fn of(trial: &Curve, curves: &Curves, rungs: &Rungs) -> Option<Self> {
        let so_far = trial.seconds().filter(|seconds| *seconds > 0.0)?;
        let share = share_of(trial, rungs)?;
        // A trial that was stopped counts with what all of it would have taken: else a new trial would
        // seem the cheaper the more of the slow ones are stopped.
        let wholes: Vec<f64> = curves.iter().filter_map(|curve| whole_of(curve, rungs)).collect();
        let whole = wholes.iter().sum::<f64>() / wholes.len() as f64;
        let taken = |curve: &Curve| {
            let by_share = || share_of(curve, rungs).map(|share| share * whole);
            curve.seconds().or_else(by_share).unwrap_or(0.0)
        };
        let audited = audited(curves).map(taken).sum();
        let spent = curves.iter().map(taken).sum();
        let left = so_far / share * (1.0 - share);
        (whole > 0.0).then_some(Seconds { whole, left, audited, spent })
    }
}

/// The share of a whole run that a trial has done; `None` before its first report.
fn share_of(curve: &Curve, rungs: &Rungs) -> Option<f64> {
    curve.last().map(|(step, _)| rungs.share_until(step))
}

/// What a trial took that has ended, or would have taken if it had come to its end.
fn whole_of(curve: &Curve, rungs: &Rungs) -> Option<f64> {
    match curve.state() {
        TrialState::Complete => curve.seconds(),
        TrialState::Pruned => Some(curve.seconds()? / share_of(curve, rungs)?),
        _ => None,
    }
}
