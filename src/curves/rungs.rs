use std::sync::Arc;

use super::Curve;

/// The steps at which trials are compared.
///
/// The steps of the longest complete trial give the schedule: its reports number 0, 1, 2, 3, 4, 6, 8,
/// 11, 16, 23, 33, … (counted from 0, each √2 times the one before), without those that come close
/// before the end. A trial has reached a rung when it has reported its step or a later one, so that
/// other trials may report at other steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Rungs {
    /// Report numbers and steps of the rungs, ascending, without the end.
    rungs: Vec<(usize, u64)>,
    /// The steps of all reports of a whole run.
    schedule: Arc<[u64]>,
}

/// A rung nearer to the end than this share of all reports is left out. Not varied.
const NEAREST: f64 = 0.125;

impl Rungs {
    /// The rungs of runs like that of the longest complete trial, which end at `last_step`.
    pub(super) fn after(longest: &Curve, last_step: Option<u64>) -> Option<Self> {
        let mut steps: Vec<u64> = longest.reports().iter().map(|(step, _)| *step).collect();
        if let Some(last_step) = last_step.filter(|last| !steps.contains(last)) {
            // The schedule goes on as it has been going.
            steps.retain(|step| *step < last_step);
            let gap = match steps.as_slice() {
                [.., before, last] => last - before,
                _ => return None,
            };
            while let Some(next) = steps.last().and_then(|last| last.checked_add(gap))
                && next < last_step
                && steps.len() < MOST
            {
                steps.push(next);
            }
            steps.push(last_step);
        }
        Rungs::over(&steps)
    }

    /// The rungs of a run with these steps.
    fn over(steps: &[u64]) -> Option<Self> {
        let last = steps.len().checked_sub(1)?;
        let most = last as f64 * (1.0 - NEAREST);
        let mut rungs = Vec::new();
        let mut at = 0;
        while at < last && (at == 0 || at as f64 <= most) {
            rungs.push((at, steps[at]));
            at = (at + 1).max((at as f64 * std::f64::consts::SQRT_2).round() as usize);
        }
        (!rungs.is_empty()).then_some(Rungs { rungs, schedule: steps.into() })
    }

    /// The steps, the first report included, the end not.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.rungs.iter().map(|(_, step)| *step)
    }

    /// How many rungs there are; the end comes on top of them.
    pub(crate) fn len(&self) -> usize {
        self.rungs.len()
    }

    /// How many rungs a trial with this last step has reached.
    pub(crate) fn reached(&self, step: u64) -> usize {
        self.rungs.partition_point(|(_, rung)| *rung <= step)
    }

    /// The rung to which the last report of a trial has brought it; `None` if it has brought it to
    /// none, if it was the first one, or one of an earlier step than others.
    pub fn reached_by(&self, curve: &Curve, step: u64) -> Option<usize> {
        let reports = curve.reports();
        let (last, _) = *reports.last()?;
        let (before, _) = *reports.get(reports.len().checked_sub(2)?)?;
        let rung = self.reached(last);
        (last == step && rung > self.reached(before)).then(|| rung - 1)
    }

    /// How many reports a whole run makes.
    pub fn reports(&self) -> usize {
        self.schedule.len()
    }

    /// The steps of all reports of a whole run, the last one included.
    pub(crate) fn schedule(&self) -> &[u64] {
        &self.schedule
    }

    /// Which share of a whole run is done after the report of a step, where the work is proportional to
    /// the steps; above 0.
    pub(crate) fn share_until(&self, step: u64) -> f64 {
        let &[first, second, .., last] = self.schedule() else { return 1.0 };
        // Who counts from 0 has done as much before the first report as before the second one.
        let before = if first == 0 { second as f64 } else { 0.0 };
        let done = |step: u64| step.max(first) as f64 + before;
        (done(step) / done(last)).min(1.0)
    }

    /// How many reports are made up to a rung; all at the end.
    pub(crate) fn reports_until(&self, rung: usize) -> usize {
        self.rungs.get(rung).map_or(self.reports(), |(report, _)| report + 1)
    }
}

/// The most steps that a schedule is continued to.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_of_a_run_is_proportional_to_its_steps() {
        let share = |steps: &[u64], step: u64| Rungs::over(steps).unwrap().share_until(step);
        // Counted from 0, from 1, by tens, and by powers of two.
        assert_eq!(share(&[0, 1, 2, 3], 0), 0.25);
        assert_eq!(share(&[1, 2, 3, 4], 1), 0.25);
        assert_eq!(share(&[10, 20, 30, 40], 20), 0.5);
        assert_eq!(share(&[0, 10, 20, 30], 20), 0.75);
        assert_eq!(share(&[1, 2, 4, 8], 4), 0.5);
        // Another trial may report between and beyond these.
        assert_eq!(share(&[10, 20, 30, 40], 25), 0.625);
        assert_eq!(share(&[10, 20, 30, 40], 90), 1.0);
        assert_eq!(share(&[10, 20, 30, 40], 0), 0.25);
    }
}
