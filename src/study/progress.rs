//! A progress bar in the terminal.

use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressDrawTarget, ProgressState, ProgressStyle};

use super::log::{ProgressLog, progress_log};
use super::tally::{Tally, minutes};
use super::{Observer, RunInfo, StopReason};
use crate::error::Error;
use crate::storage::lock;
use crate::trial::TrialRecord;

/// How often the bar moves on its own account, so that time passes during long trials.
const TICK: Duration = Duration::from_millis(250);

/// Shows the progress of a study in the terminal: trials, time passed and left, best value,
/// failures, how many trials were pruned and which share of all steps that has saved; and at the end of
/// a run one line that says how it went.
///
/// Draws to the standard error stream. Where that is no terminal, it writes a plain line for every
/// trial instead, as a [`ProgressLog`] does. The time left is what the remaining trials take at
/// their present pace, or what the study's time limit leaves, whichever is shorter. Without a number
/// of trials there is a spinner instead of a bar.
///
/// A `println!` of the objective would tear the bar; its [`printer`](Self::printer) prints above it:
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::study::progress_bar;
/// use tunewright::{Params, Result, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let bar = progress_bar();
/// let printer = bar.printer();
/// let study = Study::in_space(space).observer(bar).build()?;
/// let objective = |p: Params, trial: &mut Trial| -> Result<f64> {
///     let x = p.float("x")?;
///     printer.println(format!("trial {} is at {x}", trial.number()));
///     Ok(x * x)
/// };
/// study.optimize(objective, 50)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
pub struct ProgressBar {
    target: Box<dyn Fn() -> ProgressDrawTarget + Send>,
    run: Option<Run>,
    /// What the printers print around.
    drawn: Drawn,
    /// In place of the bar where nobody could see it.
    log: Option<ProgressLog>,
}

type Drawn = Arc<Mutex<Option<indicatif::ProgressBar>>>;

/// A [`ProgressBar`] on the standard error stream, for
/// [`StudyBuilder::observer`](super::StudyBuilder::observer).
pub fn progress_bar() -> ProgressBar {
    let log = ProgressDrawTarget::stderr().is_hidden().then(progress_log);
    ProgressBar { log, ..ProgressBar::on(ProgressDrawTarget::stderr) }
}

/// Prints beside a [`ProgressBar`] without tearing it; from [`ProgressBar::printer`]. May be cloned
/// and sent to other threads.
#[derive(Clone)]
pub struct Printer {
    drawn: Drawn,
}

impl Printer {
    /// Prints a line above the bar, to the standard error stream as the bar itself.
    pub fn println(&self, text: impl AsRef<str>) {
        let bar = lock(&self.drawn).clone();
        match bar {
            Some(bar) => bar.println(text),
            None => {
                // Nobody reads a closed stream.
                let _ = io::stderr().write_all(format!("{}\n", text.as_ref()).as_bytes());
            }
        }
    }

    /// Takes the bar off the screen, runs what prints, and draws the bar again: for code that uses
    /// `println!` or a logger. It must not use a printer itself.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        let bar = lock(&self.drawn).clone();
        match bar {
            // A panic within would leave the bar unusable.
            Some(bar) => bar
                .suspend(|| catch_unwind(AssertUnwindSafe(print)))
                .unwrap_or_else(|panic| resume_unwind(panic)),
            None => print(),
        }
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").finish_non_exhaustive()
    }
}

/// What is shown of one run.
struct Run {
    bar: indicatif::ProgressBar,
    tally: Tally,
}

impl ProgressBar {
    fn on(target: impl Fn() -> ProgressDrawTarget + Send + 'static) -> Self {
        ProgressBar { target: Box::new(target), run: None, drawn: Drawn::default(), log: None }
    }

    /// What objectives print with while the bar is drawn.
    pub fn printer(&self) -> Printer {
        Printer { drawn: Arc::clone(&self.drawn) }
    }

    fn begin(&self, tally: Tally, limit: Option<Duration>) -> Run {
        let bar = indicatif::ProgressBar::with_draw_target(tally.trials, (self.target)());
        bar.set_style(style(tally.trials.is_some(), limit));
        bar.set_message(tally.results());
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
            *lock(&self.drawn) = Some(bar.clone());
        }
        Run { bar, tally }
    }

    /// Who asks and tells by hand begins no run: then the first trial does.
    fn run(&mut self) -> &mut Run {
        let run = self.run.take().unwrap_or_else(|| self.begin(Tally::by_hand(), None));
        self.run.insert(run)
    }

    fn end(&mut self, reason: &dyn fmt::Display) {
        let Some(run) = self.run.take() else { return };
        *lock(&self.drawn) = None;
        // A bar that stayed would leave the cursor behind it.
        run.bar.println(run.tally.summary(reason));
        run.bar.finish_and_clear();
    }
}

impl Observer for ProgressBar {
    fn study_started(&mut self, plan: &RunInfo<'_>) {
        if let Some(log) = &mut self.log {
            return log.study_started(plan);
        }
        self.run = None;
        self.run = Some(self.begin(Tally::new(plan), plan.time_limit));
    }

    fn trial_started(&mut self, _: &TrialRecord) {
        if self.log.is_none() {
            self.run();
        }
    }

    fn trial_finished(&mut self, trial: &TrialRecord) {
        if let Some(log) = &mut self.log {
            return log.trial_finished(trial);
        }
        let run = self.run();
        run.tally.count(trial);
        run.bar.set_message(run.tally.results());
        run.bar.inc(1);
    }

    fn new_best(&mut self, trial: &TrialRecord) {
        if self.log.is_none() {
            let run = self.run();
            run.tally.set_best(trial);
            run.bar.set_message(run.tally.results());
        }
    }

    fn study_finished(&mut self, reason: StopReason) {
        match &mut self.log {
            Some(log) => log.study_finished(reason),
            None => self.end(&reason),
        }
    }

    fn study_failed(&mut self, error: &Error) {
        match &mut self.log {
            Some(log) => log.study_failed(error),
            None => self.end(&"ended by an error"),
        }
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
        None => minutes(passed),
        Some(left) => format!("{}, {} left", minutes(passed), minutes(left)),
    }
}

impl fmt::Debug for ProgressBar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.run.as_ref().map(|run| run.tally.finished());
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

    fn line() -> StudyBuilder<Params> {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        Study::in_space(space).seed(1)
    }

    fn bar_on(screen: &Screen) -> ProgressBar {
        let screen = screen.clone();
        ProgressBar::on(move || {
            ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255)
        })
    }

    fn observed(screen: &Screen) -> StudyBuilder<Params> {
        line().observer(bar_on(screen))
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
        let last = screen.last_summary();
        assert!(last.starts_with("study: 0 trials in 0:0"), "{last}");
        assert!(last.ends_with(", no result yet; ended by an error"), "{last}");
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
        let hidden = ProgressBar::on(ProgressDrawTarget::hidden);
        let study = line().observer(hidden).workers(4).build().unwrap();
        study.optimize(objective, 100).unwrap();
    }

    #[test]
    fn what_the_objective_prints_stands_above_the_bar() {
        let screen = Screen::default();
        let (bar, screen_of_bar) = (bar_on(&screen), screen.clone());
        let printer = bar.printer();
        let study = line().observer(bar).build().unwrap();
        let prints = |_: Params, trial: &mut Trial| {
            printer.println(format!("epoch of trial {}", trial.number()));
            if trial.number() == 1 {
                // As a `println!` would: it goes to the terminal without the bar's knowledge.
                printer.suspend(|| screen_of_bar.write("from elsewhere").unwrap());
            }
            1.0
        };
        study.optimize(prints, 3).unwrap();
        let lines = screen.lines();
        for text in ["epoch of trial 0", "epoch of trial 2", "from elsewhere"] {
            let at = lines.iter().position(|line| line == text);
            let at = at.unwrap_or_else(|| panic!("`{text}` is not a line of its own: {lines:#?}"));
            assert!(lines[at + 1].contains("/3 trials"), "the bar is drawn again: {lines:#?}");
        }
    }

    #[test]
    fn a_panic_while_the_bar_is_suspended_leaves_it_whole() {
        let screen = Screen::default();
        let bar = bar_on(&screen);
        let printer = bar.printer();
        let study = line().observer(bar).build().unwrap();
        let panics =
            |_: Params, _: &mut Trial| -> f64 { printer.suspend(|| resume_unwind(Box::new("no"))) };
        assert_eq!(study.optimize(panics, 2).unwrap(), StopReason::Trials);
        assert!(screen.last_summary().contains("2 failed"), "{}", screen.last_summary());
    }
}
