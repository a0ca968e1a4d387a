mod goals;

use std::time::{Duration, Instant};

use crate::curves::{Curve, Curves};
use crate::math::random::Stream;
use crate::pruner::{Pruner, Verdict};
use crate::space::Space;
use crate::trial::{Direction, Event, Origin, Outcome, Timestamp, TrialRecord, TrialState, metric};

/// Checks that a pruner keeps its contract: it never stops a trial at its first report, before another
/// trial is complete, at the last step of a whole run or while it is audited; equal trials, uneven
/// and huge steps, reports in any order and infinite values do no harm; verdicts depend on the curves
/// only, not on the direction; they have reasons, and come soon. Only what is paused goes on. What
/// holds with one goal holds with several.
///
/// `make` makes a fresh pruner. Most values lie between 0 and 2 where the study minimizes, and between
/// −2 and 0 where it maximizes: give a pruner with bounds on values bounds that are the same for both, such
/// as −1.5 and 1.5.
///
/// # Panics
/// With a sentence that says what is broken.
pub fn pruner<P: Pruner>(make: impl Fn() -> P) {
    if let Err(error) = make().check() {
        panic!("the pruner refuses its own options: {error}");
    }
    spares_first_reports(&make);
    spares_trials_until_one_is_complete(&make);
    spares_last_reports(&make);
    spares_audited_trials(&make);
    spares_the_best_of_constant_curves(&make);
    survives_uneven_steps(&make);
    takes_reports_in_any_order(&make);
    survives_values_that_are_not_finite(&make);
    depends_on_the_curves_only(&make);
    promotes_only_what_is_paused(&make);
    decides_soon(&make);
    goals::spares_what_it_spares_with_one_goal(&make);
    goals::survives_goals_that_are_not_finite(&make);
}

/// Steps of an ordinary run.
const STEPS: u64 = 12;
/// Far beyond what training steps cost.
const LIMIT: Duration = Duration::from_secs(1);

/// A study that runs one trial after the other, or several in turn, and asks the pruner at every report.
struct Replay<'a> {
    pruner: &'a dyn Pruner,
    direction: Direction,
    curves: Curves,
    trials: Vec<TrialRecord>,
    /// All verdicts, in their order.
    verdicts: Vec<Verdict>,
}

/// How a trial of a replay has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Complete,
    Stopped,
    Diverged,
}

impl<'a> Replay<'a> {
    fn new(pruner: &'a dyn Pruner, direction: Direction, last_step: Option<u64>) -> Self {
        let curves = Curves::new(direction, last_step);
        Replay { pruner, direction, curves, trials: Vec::new(), verdicts: Vec::new() }
    }

    /// Begins a trial and returns its number.
    fn begin(&mut self) -> u64 {
        let number = self.trials.len() as u64;
        let point = Space::builder().build().unwrap().default_point();
        let created = Event::created(point, Origin::Sampler);
        let started = Event::Started { at: Timestamp(number), lease: None };
        let record = TrialRecord::from_events(number, [created, started]).unwrap();
        self.curves.update(&record);
        self.trials.push(record);
        number
    }

    fn apply(&mut self, number: u64, event: Event) {
        let record = &mut self.trials[number as usize];
        record.apply(event).unwrap();
        self.curves.update(record);
    }

    /// Reports a loss, as a value in the study's direction.
    fn report(&mut self, number: u64, step: u64, loss: f64) {
        let value = self.direction.orient(loss);
        self.apply(number, Event::Reported { step, value });
    }

    fn end(&mut self, number: u64, outcome: Outcome) {
        self.apply(number, Event::Finished { outcome, at: Timestamp(number) });
    }

    fn complete(&mut self, number: u64, loss: f64) {
        self.end(number, Outcome::Complete(self.direction.orient(loss).into()));
    }

    fn curve(&self, number: u64) -> &Curve {
        self.curves.get(number).unwrap()
    }

    /// The verdict on a trial as it stands.
    fn decide(&self, number: u64) -> Verdict {
        let verdict = self.pruner.decide(self.curve(number), &self.curves);
        if let Verdict::Stop(reason) | Verdict::Audit(reason) = &verdict {
            assert!(!reason.trim().is_empty(), "a verdict must have a reason");
            assert!(!reason.contains('\n'), "a reason is one line: {reason:?}");
        }
        verdict
    }

    fn must_go_on(&self, number: u64, when: &str) {
        if let Verdict::Stop(reason) = self.decide(number) {
            panic!("a trial must not be stopped {when}: {reason}");
        }
    }

    /// Runs a trial as a study does.
    fn run(&mut self, reports: &[(u64, f64)]) -> End {
        let number = self.begin();
        for (at, &(step, loss)) in reports.iter().enumerate() {
            if let Some(end) = self.step(number, step, loss, at + 1 == reports.len()) {
                return end;
            }
        }
        self.complete(number, 0.0);
        End::Complete
    }

    /// Makes one report as a study does, and ends the trial where it is to be ended.
    fn step(&mut self, number: u64, step: u64, loss: f64, is_last: bool) -> Option<End> {
        self.report(number, step, loss);
        if loss.is_nan() || loss == f64::INFINITY {
            self.end(number, Outcome::Failed("diverged".into()));
            return Some(End::Diverged);
        }
        let verdict = self.decide(number);
        self.verdicts.push(verdict.clone());
        match verdict {
            Verdict::Stop(reason) => {
                self.end(number, Outcome::Pruned(Some(reason)));
                return Some(End::Stopped);
            }
            Verdict::Audit(reason) => self.apply(number, Event::noted(metric::AUDITED, &reason)),
            Verdict::Continue => {}
        }
        if is_last {
            self.complete(number, loss);
            return Some(End::Complete);
        }
        None
    }

    /// Runs trials, `workers` of them in turn.
    fn run_all(&mut self, curves: &[Vec<(u64, f64)>], workers: usize) -> Vec<End> {
        let mut waiting = curves.iter();
        let mut running: Vec<(u64, &[(u64, f64)])> = Vec::new();
        let mut ends = vec![End::Complete; curves.len()];
        loop {
            while running.len() < workers {
                let Some(curve) = waiting.next() else { break };
                running.push((self.begin(), curve));
            }
            if running.is_empty() {
                return ends;
            }
            let (number, reports) = running.remove(0);
            let Some((&(step, loss), rest)) = reports.split_first() else { continue };
            match self.step(number, step, loss, rest.is_empty()) {
                Some(end) => ends[number as usize] = end,
                None => running.push((number, rest)),
            }
        }
    }

    /// A study with this number of complete trials, all of them good.
    fn with_complete(pruner: &'a dyn Pruner, last_step: Option<u64>, trials: usize) -> Self {
        let mut replay = Replay::new(pruner, Direction::Minimize, last_step);
        for trial in 0..trials {
            let number = replay.begin();
            let curve = falling(trial as u64, trials);
            curve.iter().for_each(|&(step, loss)| replay.report(number, step, loss));
            replay.complete(number, curve[curve.len() - 1].1);
        }
        replay
    }
}

/// A curve that falls by some 0.5, to between 0 and 0.3; the higher the number, the worse.
fn falling(trial: u64, trials: usize) -> Vec<(u64, f64)> {
    let end = 0.3 * trial as f64 / trials as f64;
    (0..STEPS).map(|step| (step, end + 0.5 / (1.0 + step as f64))).collect()
}

/// Curves of all kinds: they fall and cross, with jitter.
fn mixed(trials: usize) -> Vec<Vec<(u64, f64)>> {
    let mut random = Stream::new(5, 0);
    let curve = |_| {
        let (end, height) = (random.unit(), random.unit());
        let power = 0.3 + random.unit();
        let loss = |step: u64| end + height * (1.0 + step as f64).powf(-power);
        (0..STEPS).map(|step| (step, loss(step) + 0.05 * random.unit())).collect()
    };
    (0..trials).map(curve).collect()
}

/// Losses that are far worse than those of the complete trials, and rise.
fn hopeless(step: u64) -> f64 {
    1.0 + step as f64 / STEPS as f64
}

fn spares_first_reports<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    for step in [0, 1, 4, STEPS / 2] {
        let mut replay = Replay::with_complete(&pruner, None, 16);
        let number = replay.begin();
        replay.must_go_on(number, "before its first report");
        replay.report(number, step, hopeless(step));
        replay.must_go_on(number, "at its first report");
    }
}

fn spares_trials_until_one_is_complete<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    for last_step in [None, Some(49)] {
        for running in [1, 9] {
            let mut replay = Replay::new(&pruner, Direction::Minimize, last_step);
            let numbers: Vec<u64> = (0..running).map(|_| replay.begin()).collect();
            for step in 0..50 {
                for &number in &numbers {
                    replay.report(number, step, hopeless(step) + number as f64);
                    let when = if running == 1 {
                        "that is the only one"
                    } else {
                        "before another one is complete"
                    };
                    replay.must_go_on(number, when);
                }
            }
        }
    }
}

fn spares_last_reports<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    for last_step in [None, Some(STEPS - 1)] {
        let mut replay = Replay::with_complete(&pruner, last_step, 16);
        let number = replay.begin();
        (0..STEPS).for_each(|step| replay.report(number, step, hopeless(step)));
        replay.must_go_on(number, "at the last step of a whole run");
    }
}

fn spares_audited_trials<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut replay = Replay::with_complete(&pruner, None, 16);
    let number = replay.begin();
    replay.report(number, 0, hopeless(0));
    replay.apply(number, Event::noted(metric::AUDITED, "its end is to be known"));
    for step in 1..STEPS {
        replay.report(number, step, hopeless(step));
        replay.must_go_on(number, "that is audited");
    }
}

fn spares_the_best_of_constant_curves<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let constant = |loss: f64| (0..STEPS).map(|step| (step, loss)).collect::<Vec<_>>();
    for workers in [1, 3] {
        let mut replay = Replay::new(&pruner, Direction::Minimize, None);
        let ends = replay.run_all(&vec![constant(0.5); 24], workers);
        assert!(ends.contains(&End::Complete), "all of many equal trials were stopped");
        let mut replay = Replay::new(&pruner, Direction::Minimize, None);
        // The best one comes in the middle.
        let curves: Vec<_> =
            (0..24).map(|at: i32| constant(0.05 * f64::from((at - 12).abs()))).collect();
        let ends = replay.run_all(&curves, workers);
        assert_eq!(ends[12], End::Complete, "the best of constant curves must not be stopped");
    }
}

fn promotes_only_what_is_paused<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut replay = Replay::new(&pruner, Direction::Minimize, None);
    replay.run_all(&mixed(40), 3);
    let stopped: Vec<&Curve> =
        replay.curves.iter().filter(|curve| curve.state() == TrialState::Pruned).collect();
    for count in [0, 1, stopped.len() / 2, stopped.len()] {
        let paused = &stopped[..count.min(stopped.len())];
        let promote = || pruner.promote(paused, &replay.curves, &mut Stream::new(1, count as u64));
        let promoted = promote();
        assert_eq!(
            promoted,
            promote(),
            "the same curves and random numbers must give the same trial"
        );
        let is_paused = |number| paused.iter().any(|curve| curve.number() == number);
        assert!(
            promoted.is_none_or(is_paused),
            "trial {promoted:?} is not paused and cannot go on"
        );
    }
}

fn survives_uneven_steps<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let steps = [0, 1, 5, 6, 1000, 1 << 40, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    for last_step in [None, Some(7), Some(u64::MAX)] {
        let mut replay = Replay::new(&pruner, Direction::Minimize, last_step);
        // Each trial leaves out some of the steps, and some have none but the end.
        for trial in 0..24 {
            let is_made = |at: usize| (at + trial).is_multiple_of(1 + trial % 4);
            let made = (0..steps.len()).filter(|at| is_made(*at));
            let loss = |at: usize| 0.1 * (trial % 7) as f64 + 1.0 / (1 + at) as f64;
            let reports: Vec<(u64, f64)> = made.map(|at| (steps[at], loss(at))).collect();
            replay.run(if trial % 8 == 7 { &[] } else { &reports });
        }
    }
}

fn takes_reports_in_any_order<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut ordered = Replay::with_complete(&pruner, None, 16);
    let mut reversed = Replay::with_complete(&pruner, None, 16);
    let (number, other) = (ordered.begin(), reversed.begin());
    for step in 0..STEPS - 1 {
        ordered.report(number, step, hopeless(step));
        let from_behind = STEPS - 2 - step;
        reversed.report(other, from_behind, hopeless(from_behind));
        // Whatever it says on the way.
        reversed.decide(other);
    }
    assert_eq!(
        ordered.decide(number),
        reversed.decide(other),
        "the order in which reports are made must make no difference after the last one"
    );
}

fn survives_values_that_are_not_finite<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0];
    for direction in [Direction::Minimize, Direction::Maximize] {
        let mut replay = Replay::new(&pruner, direction, None);
        for trial in 0..30_u64 {
            let at = |step: u64| values[((trial * (step + 1) + step) % 6) as usize];
            let number = replay.begin();
            for step in 0..STEPS {
                let loss =
                    if trial % 5 == 0 { falling(trial, 30)[step as usize].1 } else { at(step) };
                replay.report(number, step, loss);
                replay.decide(number);
            }
            match trial % 3 {
                0 => replay.complete(number, at(trial)),
                1 => replay.end(number, Outcome::Failed("diverged".into())),
                _ => {}
            }
        }
    }
}

fn depends_on_the_curves_only<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let curves = mixed(40);
    for workers in [1, 3] {
        let run = |pruner: &dyn Pruner, direction: Direction| {
            let mut replay = Replay::new(pruner, direction, None);
            replay.run_all(&curves, workers);
            replay.verdicts
        };
        let first = run(&pruner, Direction::Minimize);
        let again = run(&pruner, Direction::Minimize);
        must_agree(&first, &again, "the same curves must give the same verdicts");
        let fresh = run(&make(), Direction::Minimize);
        must_agree(
            &first,
            &fresh,
            "a fresh pruner must give the same verdicts: it may keep no state",
        );
        let mirrored = run(&make(), Direction::Maximize);
        let kinds = |verdicts: &[Verdict]| verdicts.iter().map(kind).collect::<Vec<_>>();
        must_agree(
            &kinds(&first),
            &kinds(&mirrored),
            "minimizing f and maximizing -f must give the same verdicts",
        );
    }
}

/// Names the first difference only, since there are hundreds of verdicts.
fn must_agree<V: PartialEq + std::fmt::Debug>(left: &[V], right: &[V], rule: &str) {
    if let Some((left, right)) = left.iter().zip(right).find(|(left, right)| left != right) {
        panic!("{rule}, but at the first difference {left:?} becomes {right:?}");
    }
}

/// The verdict without its reason, which names values.
fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Continue => "continue",
        Verdict::Stop(_) => "stop",
        Verdict::Audit(_) => "audit",
    }
}

#[allow(clippy::disallowed_methods, reason = "a suite may read the clock")]
fn decides_soon<P: Pruner>(make: &impl Fn() -> P) {
    let pruner = make();
    let mut replay = Replay::new(&pruner, Direction::Minimize, None);
    for trial in 0..1000 {
        let number = replay.begin();
        let end = (trial * 619 % 1000) as f64 / 1000.0;
        (0..50).for_each(|step| replay.report(number, step, end + 1.0 / (1.0 + step as f64)));
        // One in four is complete.
        match trial % 4 {
            0 => replay.complete(number, end),
            _ => replay.end(number, Outcome::Pruned(None)),
        }
    }
    let number = replay.begin();
    for step in 0..5 {
        replay.report(number, step, 1.0);
        let begin = Instant::now();
        replay.decide(number);
        let time = begin.elapsed();
        assert!(time < LIMIT, "one verdict took {time:?} with 1,000 trials of up to 50 reports");
    }
}
