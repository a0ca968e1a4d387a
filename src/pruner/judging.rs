//! What the pruners have in common: which trials they may stop, and when they look at them.

use crate::curves::{Curve, Curves};
use crate::error::{Error, Result};
use crate::text::{self, DIGITS};
use crate::trial::{Direction, TrialState};

/// The latest report of a trial, step and loss; `None` where it must not be stopped: an audited trial,
/// at its first report, before another trial is complete, and at the last step of a whole run.
pub(super) fn latest(trial: &Curve, curves: &Curves) -> Option<(u64, f64)> {
    let (step, loss) = may_stop(trial, curves)?;
    let is_last = curves.last_step().is_some_and(|last| step >= last);
    (!is_last).then_some((step, loss))
}

/// The same, whatever the step: for values of which the last may come at any step.
pub(super) fn may_stop(trial: &Curve, curves: &Curves) -> Option<(u64, f64)> {
    let is_first = trial.reports().len() < 2;
    if is_first || trial.is_audited() || others(trial, curves).next().is_none() {
        return None;
    }
    trial.last()
}

/// The other trials that are complete.
pub(super) fn others<'a>(trial: &Curve, curves: &'a Curves) -> impl Iterator<Item = &'a Curve> {
    let number = trial.number();
    let is_other =
        move |curve: &&Curve| curve.state() == TrialState::Complete && curve.number() != number;
    curves.iter().filter(is_other)
}

/// The trials that were audited, and the first complete one where trials end for good when they are stopped. No comparison
/// could stop that one, so that its end is as fair a sample. Where trials can go on it does not count, because recorded
/// curves are then searched worse (`benches/early_stopping.md`).
pub(super) fn audited(curves: &Curves) -> impl Iterator<Item = &Curve> {
    let is_complete = |curve: &&Curve| curve.state() == TrialState::Complete;
    let first = curves.iter().find(is_complete).map(Curve::number);
    let first = first.filter(|_| !curves.can_go_on());
    curves.iter().filter(move |curve| curve.is_audited() || Some(curve.number()) == first)
}

/// At which steps a trial is judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timing {
    pub(super) warmup_steps: u64,
    pub(super) interval_steps: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Timing { warmup_steps: 0, interval_steps: 1 }
    }
}

impl Timing {
    /// Whether the latest report is due: the first one in an interval, the first of which begins after the
    /// warm-up.
    pub(super) fn is_due(&self, trial: &Curve) -> bool {
        let [.., (before, _), (step, _)] = trial.reports() else { return false };
        let Some(since) = step.checked_sub(self.warmup_steps) else { return false };
        *before < step - since % self.interval_steps.max(1)
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.interval_steps == 0 {
            return Err(Error::InvalidOption {
                option: "interval_steps",
                value: "0".into(),
                remedy: "use 1 to judge every report, or a longer interval",
            });
        }
        Ok(())
    }
}

/// A loss as it was reported.
pub(super) fn reported(loss: f64, direction: Direction) -> String {
    number(direction.orient(loss))
}

/// A number in a sentence.
pub(super) fn number(value: f64) -> String {
    text::number(value, Some(DIGITS))
}

/// Where the worse values are.
pub(super) fn worse(direction: Direction) -> &'static str {
    match direction {
        Direction::Minimize => "above",
        Direction::Maximize => "below",
    }
}
