//! Progress as plain lines.

use std::fmt;
use std::io::{self, Write};

use super::tally::{Tally, minutes, short};
use super::{Observer, RunInfo, StopReason};
use crate::error::Error;
use crate::trial::{Direction, TrialRecord};

/// Writes a line for every trial that has ended, and one that says how the run went:
///
/// ```text
/// trial 0: 17.2187; 1/50 trials in 0:00, best 17.2187 in trial 0
/// trial 1: failed: out of memory; 2/50 trials in 0:03, best 17.2187 in trial 0, 1 failed
/// …
/// study: 50 trials in 2:31, best 0.000021 in trial 44, 1 failed; all trials were run
/// ```
///
/// With several goals it says how many trials are on the front in place of the best one:
///
/// ```text
/// trial 7: error 0.08, latency_ms 12; 8/50 trials in 0:21, 3 on the front, 2 infeasible
/// ```
///
/// For log files, batch systems and services, where a progress bar is of no use. Lines that cannot
/// be written are lost, and the study goes on.
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::study::progress_log;
/// use tunewright::{Params, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).observer(progress_log()).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
pub struct ProgressLog {
    writer: Box<dyn Write + Send>,
    run: Option<Tally>,
    /// As the last run's plan has it; `None` with several goals.
    direction: Option<Direction>,
}

/// A [`ProgressLog`] on the standard error stream, for
/// [`StudyBuilder::observer`](super::StudyBuilder::observer).
pub fn progress_log() -> ProgressLog {
    ProgressLog::new(io::stderr())
}

impl ProgressLog {
    /// A log that is written elsewhere, such as into a file.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        ProgressLog { writer: Box::new(writer), run: None, direction: None }
    }

    fn write(&mut self, line: &str) {
        // A closed pipe or a full disk must not end the study. One call, so that lines of several
        // programs do not mix.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes());
        let _ = self.writer.flush();
    }

    fn end(&mut self, reason: &dyn fmt::Display) {
        if let Some(run) = self.run.take() {
            self.write(&run.summary(reason));
        }
    }
}

impl Observer for ProgressLog {
    fn study_started(&mut self, plan: &RunInfo<'_>) {
        let goals = &plan.study.goals;
        self.direction = Some(goals.first()).filter(|_| goals.len() == 1);
        self.run = Some(Tally::new(plan));
    }

    fn trial_finished(&mut self, trial: &TrialRecord) {
        let values = self.run.as_ref().and_then(|run| run.values_of(trial));
        let told = values.unwrap_or_else(|| result(trial));
        let mut line = format!("trial {}: {told}", trial.number());
        if let Some(run) = &mut self.run {
            run.count(trial);
            // That it is the best one is told only afterwards.
            if let (Some(value), Some(direction)) = (trial.value(), self.direction)
                && run.is_feasible(trial)
                && run.best().is_none_or(|best| direction.is_better(value, best))
            {
                run.set_best(trial);
            }
            let (trials, time) = (run.trials(), minutes(run.passed()));
            line.push_str(&format!("; {trials} in {time}, {}", run.results()));
        }
        self.write(&line);
    }

    fn study_finished(&mut self, reason: StopReason) {
        self.end(&reason);
    }

    fn study_failed(&mut self, error: &Error) {
        self.end(&format_args!("ended by an error: {error}"));
    }
}

/// What became of a trial, on one line.
fn result(trial: &TrialRecord) -> String {
    match (trial.state(), trial.value(), trial.reason()) {
        (_, Some(value), _) => short(value),
        (state, _, Some(reason)) => {
            let mut lines = reason.lines();
            let first = lines.next().unwrap_or_default();
            format!("{state}: {first}{}", if lines.next().is_some() { " …" } else { "" })
        }
        (state, ..) => state.to_string(),
    }
}

impl fmt::Debug for ProgressLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.run.as_ref().map(Tally::finished);
        f.debug_struct("ProgressLog").field("finished", &finished).finish_non_exhaustive()
    }
}
