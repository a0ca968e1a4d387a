//! A progress bar in the terminal.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Observer, Plan, StopReason};
use crate::error::Error;
use crate::math::text::number;
use crate::trial::{TrialRecord, TrialState};

/// How often the bar moves on its own account, so that time passes during long trials.
const TICK: Duration = Duration::from_millis(250);
/// Significant digits of values.
const DIGITS: usize = 6;

/// Shows the progress of a study in the terminal: trials, time passed and left, best value,
/// failures; and at the end of a run one line that says how it went.
///
/// Draws to the standard error stream, and nothing at all when that is no terminal. The time left
/// is what the remaining trials take at their present pace, or what the study's time limit leaves,
/// whichever is shorter. Without a number of trials there is a spinner instead of a bar.
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::study::progress_bar;
/// use tunewright::{Params, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).observe(progress_bar()).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
pub struct ProgressBar {
    target: Box<dyn Fn() -> ProgressDrawTarget + Send>,
    run: Option<Run>,
}

/// A [`ProgressBar`] on the standard error stream, for
/// [`StudyBuilder::observe`](super::StudyBuilder::observe).
pub fn progress_bar() -> ProgressBar {
    ProgressBar { target: Box::new(ProgressDrawTarget::stderr), run: None }
}

/// What is shown of one run.
struct Run {
    bar: indicatif::ProgressBar,
    study: String,
    finished: u64,
    failed: u64,
    pruned: u64,
    /// The best value, and its trial unless an earlier run has left it.
    best: Option<(f64, Option<u64>)>,
}

impl ProgressBar {
    fn begin(
        &self,
        study: String,
        trials: Option<u64>,
        limit: Option<Duration>,
        best: Option<f64>,
    ) -> Run {
        let bar = indicatif::ProgressBar::with_draw_target(trials, (self.target)());
        bar.set_style(style(trials.is_some(), limit));
        let best = best.map(|value| (value, None));
        let run = Run { bar, study, finished: 0, failed: 0, pruned: 0, best };
        run.bar.set_message(run.results());
        if !run.bar.is_hidden() {
            run.bar.enable_steady_tick(TICK);
        }
        run
    }

    /// Who asks and tells by hand begins no run: then the first trial does.
    fn run(&mut self) -> &mut Run {
        let run = self.run.take().unwrap_or_else(|| self.begin("study".into(), None, None, None));
        self.run.insert(run)
    }
}

impl Observer for ProgressBar {
    fn study_started(&mut self, plan: &Plan<'_>) {
        let trials = plan.trials.map(|trials| trials as u64);
        self.run = None;
        self.run = Some(self.begin(plan.study.name.clone(), trials, plan.time_limit, plan.best));
    }

    fn trial_started(&mut self, _: &TrialRecord) {
        self.run();
    }

    fn trial_finished(&mut self, trial: &TrialRecord) {
        let run = self.run();
        run.finished += 1;
        match trial.state() {
            TrialState::Failed => run.failed += 1,
            TrialState::Pruned => run.pruned += 1,
            TrialState::Complete | TrialState::Running | TrialState::Waiting => {}
        }
        run.bar.set_message(run.results());
        run.bar.inc(1);
    }

    fn new_best(&mut self, trial: &TrialRecord) {
        let run = self.run();
        run.best = trial.value().map(|value| (value, Some(trial.number())));
        run.bar.set_message(run.results());
    }

    fn study_finished(&mut self, reason: StopReason) {
        self.end(&reason);
    }

    fn study_failed(&mut self, _: &Error) {
        self.end(&"ended by an error");
    }
}

impl ProgressBar {
    fn end(&mut self, reason: &dyn fmt::Display) {
        let Some(run) = self.run.take() else { return };
        let plural = if run.finished == 1 { "" } else { "s" };
        let line = format!(
            "{}: {} trial{plural} in {}, {}; {reason}",
            run.study,
            run.finished,
            clock(run.bar.elapsed()),
            run.results(),
        );
        // A bar that stayed would leave the cursor behind it.
        run.bar.println(line);
        run.bar.finish_and_clear();
    }
}

impl Run {
    /// The best value and what came to nothing.
    fn results(&self) -> String {
        let mut text = match self.best {
            None => String::from("no result yet"),
            Some((value, None)) => format!("best {} from before", number(value, Some(DIGITS))),
            Some((value, Some(trial))) => {
                format!("best {} in trial {trial}", number(value, Some(DIGITS)))
            }
        };
        for (count, how) in [(self.failed, "failed"), (self.pruned, "pruned")] {
            if count > 0 {
                text.push_str(&format!(", {count} {how}"));
            }
        }
        text
    }
}

fn style(is_bar: bool, limit: Option<Duration>) -> ProgressStyle {
    let style = template(if is_bar {
        "{bar:12} {pos}/{len} trials, {time}, {wide_msg}"
    } else {
        "{spinner} {pos} trials, {time}, {wide_msg}"
    });
    style.with_key("time", move |state: &ProgressState, f: &mut dyn fmt::Write| {
        // A formatter that fails leaves the line incomplete, which the next one repairs.
        let _ = f.write_str(&time(state.elapsed(), left(state, limit)));
    })
}

/// A template of this file is never wrong; if it were, the default style would do.
fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// How long the run will go on, as far as is known.
fn left(state: &ProgressState, limit: Option<Duration>) -> Option<Duration> {
    let limit = limit.map(|limit| limit.saturating_sub(state.elapsed()));
    // Zero stands for unknown while nothing has been done.
    let is_known = state.len().is_some() && state.pos() > 0;
    let trials = is_known.then(|| state.eta());
    trials.into_iter().chain(limit).min()
}

fn time(passed: Duration, left: Option<Duration>) -> String {
    match left {
        None => clock(passed),
        Some(left) => format!("{}, {} left", clock(passed), clock(left)),
    }
}

/// Minutes and seconds, after an hour with hours.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

impl fmt::Debug for ProgressBar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.run.as_ref().map(|run| run.finished);
        f.debug_struct("ProgressBar").field("finished", &finished).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;
    use crate::space::{Params, Scale, Space};
    use crate::study::{Study, StudyBuilder};
    use crate::trial::Trial;

    /// A terminal of 100 columns that keeps every line that was drawn.
    #[derive(Clone, Debug, Default)]
    struct Screen {
        lines: Arc<Mutex<Vec<String>>>,
    }

    impl Screen {
        fn write(&self, text: &str) -> io::Result<()> {
            let text = text.trim();
            if !text.is_empty() {
                self.lines.lock().unwrap().push(text.to_owned());
            }
            Ok(())
        }

        fn lines(&self) -> Vec<String> {
            self.lines.lock().unwrap().clone()
        }

        /// The line that stays at the end of a run.
        fn last_summary(&self) -> String {
            let lines = self.lines();
            let last = lines.iter().rev().find(|line| line.starts_with("study: "));
            last.unwrap().clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn observed(screen: &Screen) -> StudyBuilder<Params> {
        let screen = screen.clone();
        let target = move || ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let bar = ProgressBar { target: Box::new(target), run: None };
        Study::in_space(space).seed(1).observe(bar)
    }

    fn objective(_: Params, trial: &mut Trial) -> Result<f64, &'static str> {
        match trial.number() {
            1 => Err("no"),
            number => Ok(1.0 / (number + 3) as f64),
        }
    }

    #[test]
    fn a_bar_shows_trials_time_and_best() {
        let screen = Screen::default();
        let study = observed(&screen).build().unwrap();
        study.optimize(objective, 4).unwrap();
        let lines = screen.lines();
        assert_eq!(lines[0], "░░░░░░░░░░░░ 0/4 trials, 0:00, no result yet", "{lines:#?}");
        let bar = |line: &&String| line.contains("2/4 trials, 0:00, 0:00 left, best 0.333333 in");
        assert!(lines.iter().any(|line| bar(&line)), "{lines:#?}");
        assert_eq!(
            screen.last_summary(),
            "study: 4 trials in 0:00, best 0.166667 in trial 3, 1 failed; all trials were run"
        );
        study.optimize(objective, 0).unwrap();
        assert_eq!(
            screen.last_summary(),
            "study: 0 trials in 0:00, best 0.166667 from before; all trials were run"
        );
    }

    #[test]
    fn a_spinner_shows_what_a_time_limit_leaves() {
        let screen = Screen::default();
        let study = observed(&screen).time_limit(Duration::from_secs(3700)).build().unwrap();
        let stops = |p: Params, trial: &mut Trial| {
            if trial.number() == 2 {
                trial.stop_study();
            }
            objective(p, trial)
        };
        study.optimize(stops, Study::<Params>::UNLIMITED).unwrap();
        let lines = screen.lines();
        assert!(lines[0].ends_with(" 0 trials, 0:00, 1:01:39 left, no result yet"), "{lines:#?}");
        assert!(screen.last_summary().ends_with("; the study was stopped"), "{lines:#?}");
    }

    #[test]
    fn an_error_ends_the_bar() {
        let screen = Screen::default();
        let study = observed(&screen).constraint("never", |_| false).build().unwrap();
        study.optimize(objective, 4).unwrap_err();
        let last = "study: 0 trials in 0:00, no result yet; ended by an error";
        assert_eq!(screen.last_summary(), last);
    }

    #[test]
    fn asking_and_telling_by_hand_is_shown_too() {
        let screen = Screen::default();
        let study = observed(&screen).build().unwrap();
        let asked = study.ask().unwrap();
        study.tell(asked, 0.25).unwrap();
        let lines = screen.lines();
        assert!(lines.last().unwrap().ends_with("1 trials, 0:00, best 0.25 in trial 0"));
    }

    #[test]
    fn nothing_is_drawn_when_nobody_looks() {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let hidden = ProgressBar { target: Box::new(ProgressDrawTarget::hidden), run: None };
        let study = Study::in_space(space).observe(hidden).workers(4).build().unwrap();
        study.optimize(objective, 100).unwrap();
    }

    #[test]
    fn clocks_show_hours_only_after_the_first() {
        let text = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!([0, 61, 3599, 3661].map(text), ["0:00", "1:01", "59:59", "1:01:01"]);
    }
}
