//! What it saves and costs to end a study when more trials are not worth it.
//!
//! `cargo bench -p tunewright-benches --bench worthwhile -- FOLDER [half] [TRIALS]` reads recorded trainings
//! (`.csv.gz`) from a folder, beside functions. Every study goes on to its last trial, so that what stopping
//! loses is known. `half` is `tuned` for the problems that chose the rule's constants, or `reported` (the
//! default) for the others. Prints for each problem the part of the trials that is saved, and the regret that
//! is lost against all trials: 0 is the best config there is and 1 the median. Below stands the rule `no
//! improvement for k trials` with the k that saves as much.
//!
//! `SEEDS=100..120` takes other repeats, `SAMPLER=random` random search. `TRIALS_TO=FILE` writes all trials
//! for `peers/terminator.py`.
#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod problems;
#[path = "../../../examples/replay_curves/table.rs"]
#[allow(dead_code, reason = "an example has other uses for it")]
mod table;

use std::fmt::Write as _;
use std::path::Path;

use problems::{PointSpace, Problem};
use tunewright::math::statistics::mean;
use tunewright::trial::NOISE;
use tunewright::{RandomSampler, Study};
use tunewright_benches::seeds;

const TRIALS: usize = 150;
/// The fewest complete trials, and by which part they grow until the bound is asked for again, as in the
/// study itself.
const FIRST: usize = 20;
const GROWTH: usize = 20;

/// One study.
struct Run {
    /// The regret of the best trial after each trial.
    regrets: Vec<f64>,
    /// After how many trials the rule would have ended it.
    stop: Option<usize>,
    /// The standard error that the best trial tells at the end, on the scale of regret.
    noise: Option<f64>,
    /// What all bounds and all suggestions took, and how many bounds there were.
    seconds: [f64; 2],
    bounds: usize,
}

impl Run {
    fn new(problem: &Problem, seed: u64, trials: usize, written: &mut Option<String>) -> Self {
        let builder =
            Study::in_space(PointSpace::of(problem)).direction(problem.direction).seed(seed);
        let random = std::env::var("SAMPLER").is_ok_and(|name| name == "random");
        let study = if random { builder.sampler(RandomSampler::new()) } else { builder };
        let study = study.build().unwrap();
        let (mut regrets, mut stop, mut due) = (Vec::new(), None, FIRST);
        let (mut seconds, mut bounds) = ([0.0; 2], 0);
        for trial in 0..trials {
            let mut asked = timed(&mut seconds[1], || study.ask().unwrap());
            let found = problem.evaluate(asked.config());
            if let Some(written) = written {
                let value = found.map_or(f64::NAN, |(value, _)| value);
                let error = found.and_then(|(_, error)| error).unwrap_or(f64::NAN);
                problem.write(asked.config(), seed, [value, error], written);
            }
            match found {
                Some((value, error)) => {
                    error.into_iter().for_each(|error| asked.trial().record(NOISE, error));
                    study.tell(asked, value).unwrap();
                }
                None => {
                    study.fail(asked, "diverged").unwrap();
                }
            }
            let history = study.history().unwrap();
            regrets.push(history.best().map_or(1.0, |best| problem.regret(best.loss())));
            let complete = history.complete_count();
            if stop.is_none() && complete >= due {
                due = complete + (complete / GROWTH).max(1);
                bounds += 1;
                let bound = timed(&mut seconds[0], || study.regret_bound().unwrap());
                stop = bound.filter(|bound| bound.is_settled()).map(|_| trial + 1);
            }
        }
        let history = study.history().unwrap();
        let noise = history.best().and_then(|best| best.noise()).map(|noise| problem.share(noise));
        Run { regrets, stop, noise, seconds, bounds }
    }

    /// The part of the trials that is saved by stopping after so many, and the regret that is lost.
    fn outcome(&self, stop: Option<usize>) -> [f64; 2] {
        let all = self.regrets.len();
        let stop = stop.unwrap_or(all);
        let [early, late] = [stop, all].map(|trials| self.regrets[trials - 1].min(1.0));
        [1.0 - stop as f64 / all as f64, early - late]
    }

    /// Where `patience` trials in a row have not improved on the best one.
    fn impatient(&self, patience: usize) -> Option<usize> {
        let mut since = 0;
        for at in 1..self.regrets.len() {
            since = if self.regrets[at] < self.regrets[at - 1] { 0 } else { since + 1 };
            if since >= patience {
                return Some(at + 1);
            }
        }
        None
    }
}

fn timed<R>(seconds: &mut f64, call: impl FnOnce() -> R) -> R {
    let began = std::time::Instant::now();
    let result = call();
    *seconds += began.elapsed().as_secs_f64();
    result
}

/// The part that is saved, the mean and the highest loss.
fn summary(outcomes: &[[f64; 2]]) -> [f64; 3] {
    let column = |at: usize| outcomes.iter().map(|outcome| outcome[at]).collect::<Vec<f64>>();
    let lost = column(1);
    [mean(&column(0)), mean(&lost), lost.iter().copied().fold(0.0, f64::max)]
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some(folder) = arguments.first() else {
        println!("usage: worthwhile FOLDER [tuned | reported] [TRIALS]");
        return;
    };
    let tuned = arguments.get(1).is_some_and(|half| half == "tuned");
    let trials = arguments.get(2).map_or(TRIALS, |trials| trials.parse().unwrap());
    let file = std::env::var("TRIALS_TO").ok();
    let mut written = file.is_some().then(String::new);
    println!(
        "| problem | saved | lost | at most | noise | regret after all |\n|---|---|---|---|---|---|"
    );
    let (mut all, mut seconds, mut bounds) = (Vec::new(), [0.0; 2], 0);
    let problems = problems::all(Path::new(folder));
    for (at, problem) in problems.iter().enumerate() {
        if at.is_multiple_of(2) != tuned {
            continue;
        }
        let runs: Vec<Run> =
            seeds().map(|seed| Run::new(problem, seed, trials, &mut written)).collect();
        let outcomes: Vec<_> = runs.iter().map(|run| run.outcome(run.stop)).collect();
        let [saved, lost, most] = summary(&outcomes);
        let noises: Vec<f64> = runs.iter().filter_map(|run| run.noise).collect();
        let noise = if noises.is_empty() { "–".into() } else { format!("{:.3}", mean(&noises)) };
        let ends: Vec<f64> = runs.iter().map(|run| run.regrets[trials - 1].min(1.0)).collect();
        let end = mean(&ends);
        println!(
            "| {} | {:.0} % | {lost:.4} | {most:.4} | {noise} | {end:.4} |",
            problem.name,
            100.0 * saved
        );
        for run in &runs {
            seconds.iter_mut().zip(run.seconds).for_each(|(sum, own)| *sum += own);
            bounds += run.bounds;
        }
        all.extend(runs);
    }
    let outcomes: Vec<_> = all.iter().map(|run| run.outcome(run.stop)).collect();
    let ours = summary(&outcomes);
    let patient = |patience: usize| {
        let outcomes: Vec<_> = all.iter().map(|run| run.outcome(run.impatient(patience))).collect();
        summary(&outcomes)
    };
    let mut text = String::new();
    let mut row = |name: &str, [saved, lost, most]: [f64; 3]| {
        writeln!(text, "| **{name}** | {:.0} % | {lost:.4} | {most:.4} | | |", 100.0 * saved)
            .unwrap();
    };
    row("all", ours);
    let apart = |patience: &usize| (patient(*patience)[0] - ours[0]).abs();
    let equal = (1..trials).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap();
    row(&format!("no improvement for {equal} trials"), patient(equal));
    print!("{text}");
    let [bound, suggestion] =
        [seconds[0] / bounds as f64, seconds[1] / (all.len() * trials) as f64];
    println!("\na bound takes {:.1} ms, a suggestion {:.1} ms", 1e3 * bound, 1e3 * suggestion);
    if let (Some(file), Some(written)) = (file, written) {
        std::fs::write(file, written).unwrap();
    }
}
