//! Repeated searches and what came of them.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process, thread};

use tunewright::{Study, Trial};

use crate::arguments::Arguments;
use crate::recorded::RecordedSpace;
use crate::table::Task;

/// The report: for each task, and for all together, a line per mark.
pub(crate) fn repeat(tasks: &[Task], arguments: &Arguments) -> Result<String, String> {
    let jobs = tasks.len() * arguments.repeats;
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![None; jobs]);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs {
                        break;
                    }
                    let (task, repeat) = (job % tasks.len(), job / tasks.len());
                    let regrets = search(tasks, task, arguments, repeat as u64);
                    if let Ok(mut done) = done.lock() {
                        done[job] = Some(regrets);
                    }
                }
            });
        }
    });
    let done = done.into_inner().map_err(|_| "a search did not end".to_owned())?;
    let runs: Vec<Vec<f64>> = done
        .into_iter()
        .map(|run| run.ok_or("a search did not end")?)
        .collect::<Result<_, String>>()?;
    Ok(report(tasks, &runs, arguments))
}

/// What a study has spent and found.
struct Progress<'a> {
    task: &'a Task,
    marks: Vec<usize>,
    used: usize,
    /// The best config that has come to its end.
    finished: Option<usize>,
    /// Before that: the config with the best loss at the highest checkpoint seen, and both.
    furthest: Option<(usize, f64, usize)>,
    /// The regret at each mark that was passed.
    regrets: Vec<f64>,
}

impl Progress<'_> {
    fn step(&mut self, config: usize, checkpoint: usize, loss: f64) {
        self.used += 1;
        let is_further = self.furthest.is_none_or(|(_, best, furthest)| {
            checkpoint > furthest || (checkpoint == furthest && loss < best)
        });
        if is_further {
            self.furthest = Some((config, loss, checkpoint));
        }
        if checkpoint + 1 == self.task.configs[config].curve.len() {
            let end = |config: usize| self.task.configs[config].end();
            if self.finished.is_none_or(|best| end(config) < end(best)) {
                self.finished = Some(config);
            }
        }
        if self.marks.get(self.regrets.len()) == Some(&self.used) {
            self.regrets.push(self.regret());
        }
    }

    fn regret(&self) -> f64 {
        let recommended = self.finished.or(self.furthest.map(|(config, ..)| config));
        recommended.map_or(1.0, |config| self.task.regret(config))
    }

    fn is_over(&self) -> bool {
        self.regrets.len() == self.marks.len()
    }
}

/// A folder for checkpoints that goes with the search.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("replay-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Folder(env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A study of a task by the sampler and the pruner of the search, with so many trials.
fn earlier_study(
    task: &Task,
    arguments: &Arguments,
    seed: u64,
) -> tunewright::Result<Study<usize>> {
    let builder = Study::in_space(RecordedSpace::new(task))
        .name(&task.name)
        .sampler((arguments.new_sampler)())
        .seed(seed);
    let builder = match (arguments.new_pruner)(arguments.kappa) {
        Some(pruner) => builder.pruner(pruner),
        None => builder.no_pruning(),
    };
    let study = builder.build()?;
    let train = |config: usize, trial: &mut Trial| -> tunewright::Result<f64> {
        for (checkpoint, &loss) in (0..).zip(&task.configs[config].curve) {
            trial.report(checkpoint, loss)?;
        }
        Ok(task.configs[config].end())
    };
    study.optimize_local(train, arguments.earlier)?;
    Ok(study)
}

/// The regret at each mark of one search.
fn search(
    tasks: &[Task],
    at: usize,
    arguments: &Arguments,
    repeat: u64,
) -> Result<Vec<f64>, String> {
    let (task, seed) = (&tasks[at], arguments.seed.wrapping_add(repeat));
    let mut builder = Study::in_space(RecordedSpace::new(task))
        .minimize()
        .sampler((arguments.new_sampler)())
        .seed(seed);
    let others = tasks.iter().enumerate().filter(|(other, _)| *other != at);
    for (_, other) in others.filter(|_| arguments.earlier > 0) {
        let study = earlier_study(other, arguments, seed).map_err(|error| error.to_string())?;
        builder = builder.learn_from(&study);
    }
    let builder = match (arguments.new_pruner)(arguments.kappa) {
        Some(pruner) => builder.pruner(pruner),
        None => builder.no_pruning(),
    };
    let folder = arguments.pauses.then(Folder::new);
    let builder = match &folder {
        Some(folder) => builder.checkpoints(&folder.0),
        None => builder,
    };
    let study = builder.build().map_err(|error| error.to_string())?;
    let mut progress = Progress {
        task,
        marks: marks(arguments.steps),
        used: 0,
        finished: None,
        furthest: None,
        regrets: Vec::new(),
    };
    let train = |config: usize, trial: &mut Trial| -> tunewright::Result<f64> {
        let curve = &task.configs[config].curve;
        let first = trial.checkpoint().map_or(0, |saved| saved.step() as usize + 1);
        for (checkpoint, &loss) in curve.iter().enumerate().skip(first) {
            progress.step(config, checkpoint, loss);
            if progress.is_over() {
                trial.stop_study();
            }
            if progress.is_over() || checkpoint + 1 == curve.len() && loss.is_finite() {
                break;
            }
            // A table knows all of the training's state.
            trial.report_resumable(checkpoint as u64, loss, |_| std::io::Result::Ok(()))?;
        }
        Ok(task.configs[config].end())
    };
    study.optimize_local(train, Study::<usize>::UNLIMITED).map_err(|error| error.to_string())?;
    let last = progress.regret();
    // The table was used up.
    progress.regrets.resize(progress.marks.len(), last);
    Ok(progress.regrets)
}

/// 250, 500, 1000, 2000, 4000, … up to the limit.
fn marks(steps: usize) -> Vec<usize> {
    let doubled = std::iter::successors(Some(250_usize), |mark| mark.checked_mul(2));
    doubled.take_while(|mark| *mark <= steps).collect()
}

fn report(tasks: &[Task], runs: &[Vec<f64>], arguments: &Arguments) -> String {
    let mut text = String::from("task,steps,mean_regret,std_error\n");
    let marks = marks(arguments.steps);
    let mut sums = vec![(0.0, 0.0); marks.len()];
    for (at, task) in tasks.iter().enumerate() {
        for (mark, steps) in marks.iter().enumerate() {
            let own = runs.iter().skip(at).step_by(tasks.len());
            let (mean, error) = mean_and_error(&own.map(|run| run[mark]).collect::<Vec<f64>>());
            text += &format!("{},{steps},{mean:.4},{error:.4}\n", task.name);
            sums[mark].0 += mean;
            sums[mark].1 += error * error;
        }
    }
    let count = tasks.len() as f64;
    for (steps, (sum, squares)) in marks.iter().zip(sums) {
        let (mean, error) = (sum / count, squares.sqrt() / count);
        text += &format!("mean,{steps},{mean:.4},{error:.4}\n");
    }
    text
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 };
    (mean, error)
}
