//! A person's loop, replayed on real trainings: from a poor config, one change at a time as
//! `Study::advise` says, against random search.
//!
//! `cargo bench -p tunewright-benches --bench trained -- DIRECTORY [TASK ...]` keeps 1,000 random
//! trainings of each task in files of the directory, since all repeats share them: what random
//! search finds, what a poor config is, and how good a config is among all are read from these.
//! Without a task by its number, all of them. Prints for each task the median over the repeats of
//! the share of configs that are better than the best one found, and quartiles: by 10 trials of
//! advice from a random config of the worst quarter, and by 40 random ones.
//!
//! `SEEDS=100..120` takes other repeats, `CHANGES=2` allows two changes at a time, `VERBOSE=1` shows
//! what was advised in the first three.
#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]

mod further;
mod methods;
#[path = "../../../examples/capacity_table/network.rs"]
mod network;
mod perceptron;
mod regression;
mod tasks;

use std::path::Path;

use tasks::Task;
use tunewright::sampler::Stream;
use tunewright::space::Params;
use tunewright::{RandomSampler, Study, Trial};
use tunewright_benches::{changes, quartiles, seeds};

const ADVISED: usize = 10;
const RANDOM: usize = 40;
const POOL: usize = 1000;

/// Random configs of a task, trained.
struct Pool {
    task: Task,
    configs: Vec<(Params, f64)>,
    /// Sorted from the best.
    losses: Vec<f64>,
}

impl Pool {
    fn new(task: Task, directory: &Path) -> Self {
        let name: String = task.name.chars().filter(|c| c.is_alphanumeric()).collect();
        let file = directory.join(name + ".txt");
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        let kept: Vec<f64> = kept.lines().map(|line| line.parse().unwrap()).collect();
        let study = Study::in_space(task.space.clone()).sampler(RandomSampler::new()).seed(1);
        let study = study.build().unwrap();
        let objective = |params: Params, trial: &mut Trial| match kept.get(trial.number() as usize)
        {
            Some(loss) => Ok(*loss),
            None => (task.train)(&params, trial),
        };
        study.optimize(objective, POOL).unwrap();
        let trials = study.trials().unwrap();
        let configs: Vec<(Params, f64)> = trials
            .iter()
            .map(|trial| {
                (study.space().decode(trial.point()).unwrap(), trial.value().unwrap_or(f64::MAX))
            })
            .collect();
        let lines: Vec<String> = configs.iter().map(|(_, loss)| loss.to_string()).collect();
        std::fs::write(file, lines.join("\n")).unwrap();
        let mut losses: Vec<f64> = configs.iter().map(|(_, loss)| *loss).collect();
        losses.sort_by(f64::total_cmp);
        Pool { task, configs, losses }
    }

    /// The share of configs that are better.
    fn rank(&self, loss: f64) -> f64 {
        self.losses.partition_point(|other| *other < loss) as f64 / self.losses.len() as f64
    }

    fn poor(&self, seed: u64) -> Params {
        let mut random = Stream::new(seed, 1);
        loop {
            let (config, loss) = &self.configs[random.below(self.configs.len() as u64) as usize];
            if self.rank(*loss) >= 0.75 {
                return config.clone();
            }
        }
    }

    fn advised(&self, seed: u64, verbose: bool) -> f64 {
        let study = Study::in_space(self.task.space.clone())
            .sampler(RandomSampler::new())
            .seed(seed)
            .start_from(self.poor(seed))
            .build()
            .unwrap();
        let objective = |params: Params, trial: &mut Trial| (self.task.train)(&params, trial);
        study.optimize(objective, 1).unwrap();
        if verbose {
            let best = study.best().unwrap();
            println!("  start {:.4} with {:?}", best.value(), best.config());
        }
        for _ in 1..ADVISED {
            let next = study.advise_with(&study.analysis().unwrap(), changes()).unwrap();
            let text = next.to_string();
            study.enqueue(next.into_config()).unwrap();
            study.optimize(objective, 1).unwrap();
            if verbose {
                let trials = study.trials().unwrap();
                let last = trials.iter().next_back().unwrap();
                println!("    {text}");
                println!("      gave {:.4} {:?}", last.value().unwrap(), last.metrics());
            }
        }
        let rank = self.rank(study.best().unwrap().value());
        if verbose {
            println!("  {:.2} %", 100.0 * rank);
        }
        rank
    }

    fn random(&self, seed: u64) -> f64 {
        let mut random = Stream::new(seed, 2);
        let mut losses: Vec<f64> = self.configs.iter().map(|(_, loss)| *loss).collect();
        random.shuffle(&mut losses);
        self.rank(losses[..RANDOM].iter().copied().fold(f64::INFINITY, f64::min))
    }
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let Some((directory, chosen)) = arguments.split_first() else {
        println!("usage: trained DIRECTORY [TASK ...]");
        return;
    };
    let verbose = std::env::var_os("VERBOSE").is_some();
    println!(
        "| task | {ADVISED} advised (quartiles) | {RANDOM} random (quartiles) |\n|---|---|---|"
    );
    for (number, task) in tasks::all().into_iter().chain(further::all()).enumerate() {
        if !chosen.is_empty() && !chosen.contains(&number.to_string()) {
            continue;
        }
        let pool = Pool::new(task, Path::new(directory));
        let first = seeds().start;
        let advised: Vec<f64> =
            seeds().map(|seed| pool.advised(seed, verbose && seed < first + 3)).collect();
        let random: Vec<f64> = seeds().map(|seed| pool.random(seed)).collect();
        println!("| {} | {} | {} |", pool.task.name, quartiles(&advised), quartiles(&random));
    }
}
