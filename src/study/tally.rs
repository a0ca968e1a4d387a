//! What observers that show progress count, and how they say it.

use std::fmt;
use std::time::{Duration, Instant};

use super::{RunInfo, clock};
use crate::text::number;
use crate::trial::{TrialRecord, TrialState};

/// Significant digits of values.
const DIGITS: usize = 6;

/// The course of one run.
pub(super) struct Tally {
    study: String,
    pub(super) trials: Option<u64>,
    began: Instant,
    finished: u64,
    failed: u64,
    pruned: u64,
    interrupted: u64,
    /// The best value, and its trial unless an earlier run has left it.
    best: Option<(f64, Option<u64>)>,
}

impl Tally {
    pub(super) fn new(plan: &RunInfo<'_>) -> Self {
        let trials = plan.trials.map(|trials| trials as u64);
        let best = plan.best.map(|value| (value, None));
        Tally { study: plan.study.name.clone(), trials, best, ..Self::by_hand() }
    }

    /// For trials that are asked for and told by hand, which are no run.
    pub(super) fn by_hand() -> Self {
        let study = "study".into();
        Tally {
            study,
            trials: None,
            began: clock::now(),
            finished: 0,
            failed: 0,
            pruned: 0,
            interrupted: 0,
            best: None,
        }
    }

    pub(super) fn count(&mut self, trial: &TrialRecord) {
        self.finished += 1;
        match trial.state() {
            TrialState::Failed => self.failed += 1,
            TrialState::Pruned => self.pruned += 1,
            TrialState::Interrupted => self.interrupted += 1,
            TrialState::Complete | TrialState::Running | TrialState::Waiting => {}
        }
    }

    pub(super) fn set_best(&mut self, trial: &TrialRecord) {
        self.best = trial.value().map(|value| (value, Some(trial.number())));
    }

    pub(super) fn best(&self) -> Option<f64> {
        self.best.map(|(value, _)| value)
    }

    pub(super) fn finished(&self) -> u64 {
        self.finished
    }

    /// How many trials have ended, of how many.
    pub(super) fn trials(&self) -> String {
        match self.trials {
            Some(trials) => format!("{}/{trials} trials", self.finished),
            None => format!("{} trial{}", self.finished, plural(self.finished)),
        }
    }

    /// The time since the run began.
    pub(super) fn passed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The best value and what came to nothing.
    pub(super) fn results(&self) -> String {
        let mut text = match self.best {
            None => String::from("no result yet"),
            Some((value, None)) => format!("best {} from before", short(value)),
            Some((value, Some(trial))) => format!("best {} in trial {trial}", short(value)),
        };
        for (count, how) in
            [(self.failed, "failed"), (self.pruned, "pruned"), (self.interrupted, "interrupted")]
        {
            if count > 0 {
                text.push_str(&format!(", {count} {how}"));
            }
        }
        text
    }

    /// How the run went, at its end.
    pub(super) fn summary(&self, reason: &dyn fmt::Display) -> String {
        let (study, finished) = (&self.study, self.finished);
        let (plural, time) = (plural(finished), minutes(self.passed()));
        format!("{study}: {finished} trial{plural} in {time}, {}; {reason}", self.results())
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A value with as many digits as people read.
pub(super) fn short(value: f64) -> String {
    number(value, Some(DIGITS))
}

/// Minutes and seconds, after an hour with hours.
pub(super) fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_show_hours_only_after_the_first() {
        let text = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!([0, 61, 3599, 3661].map(text), ["0:00", "1:01", "59:59", "1:01:01"]);
    }
}
