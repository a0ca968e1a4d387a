//! A person's loop, replayed on recorded trainings: from a poor config, one change at a time as
//! `Study::advise` says, against random search.
//!
//! `cargo bench -p tunewright-benches --bench by_hand -- GOAL TABLE.csv [TABLE.csv ...]` reads complete
//! grids: comma-separated, the hyperparameters in the columns before GOAL, every combination of
//! their values in one row. A GOAL that ends in `acc` is to be high, any other one low. Prints for
//! each table the median over the repeats of the share of configs that are better than the best one
//! found: by 10 trials of advice from a random config of the worst quarter, and by 40 random ones.
//!
//! `SEEDS=200..220` takes other repeats than 0 to 19, `CHANGES=2` allows two changes at a time.
#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]

use std::collections::HashMap;

use tunewright::sampler::Stream;
use tunewright::space::{Choices, Params, Space, Value};
use tunewright::{RandomSampler, Study, Trial};
use tunewright_benches::{changes, quartiles, seeds};

const ADVISED: usize = 10;
const RANDOM: usize = 40;

struct Table {
    space: Space,
    maximize: bool,
    goals: HashMap<Vec<String>, f64>,
    /// Sorted from the best, smaller is better.
    losses: Vec<f64>,
    rows: Vec<(Vec<String>, f64)>,
}

impl Table {
    fn read(path: &str, goal: &str) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let d = header.iter().position(|name| *name == goal).unwrap();
        let rows: Vec<(Vec<String>, f64)> = lines
            .map(|row| {
                let labels = row[..d].iter().map(|label| (*label).to_owned()).collect();
                (labels, row[d].parse().unwrap())
            })
            .collect();
        let mut builder = Space::builder();
        for (at, name) in header[..d].iter().enumerate() {
            let mut labels: Vec<&String> = rows.iter().map(|row| &row.0[at]).collect();
            labels.sort();
            labels.dedup();
            let ordered = labels.iter().all(|label| label.parse::<f64>().is_ok());
            if ordered {
                let number = |label: &&String| label.parse::<f64>().unwrap();
                labels.sort_by(|a, b| number(a).total_cmp(&number(b)));
            }
            let labels = labels.into_iter().map(|label| Value::Text(label.clone()));
            let choices = Choices::of(labels);
            let choices = if ordered { choices.ordered() } else { choices };
            builder = builder.field(name, &choices);
        }
        let maximize = goal.ends_with("acc");
        let mut losses: Vec<f64> =
            rows.iter().map(|row| if maximize { -row.1 } else { row.1 }).collect();
        losses.sort_by(f64::total_cmp);
        let goals = rows.iter().cloned().collect();
        Table { space: builder.build().unwrap(), maximize, goals, losses, rows }
    }

    fn evaluate(&self, params: &Params) -> f64 {
        let labels: Vec<String> = params.iter().map(|(_, value)| value.to_string()).collect();
        self.goals[&labels]
    }

    /// The share of configs that are better.
    fn rank(&self, goal: f64) -> f64 {
        let loss = if self.maximize { -goal } else { goal };
        self.losses.partition_point(|other| *other < loss) as f64 / self.losses.len() as f64
    }

    fn study(&self, seed: u64) -> tunewright::study::StudyBuilder<Params> {
        let builder = Study::in_space(self.space.clone()).sampler(RandomSampler::new()).seed(seed);
        if self.maximize { builder.maximize() } else { builder }
    }

    fn poor(&self, seed: u64) -> Params {
        let mut random = Stream::new(seed, 1);
        loop {
            let row = &self.rows[random.below(self.rows.len() as u64) as usize];
            if self.rank(row.1) >= 0.75 {
                let named = self.space.axes().iter().zip(&row.0);
                let named = named.map(|(axis, label)| (axis.name(), label.as_str().into()));
                return self.space.params(named).unwrap();
            }
        }
    }

    fn advised(&self, seed: u64, verbose: bool) -> f64 {
        let study = self.study(seed).start_from(self.poor(seed)).build().unwrap();
        let objective = |params: Params, _: &mut Trial| self.evaluate(&params);
        study.optimize(objective, 1).unwrap();
        for _ in 1..ADVISED {
            let next = study.advise_with(&study.analysis().unwrap(), changes()).unwrap();
            if verbose {
                println!("    {next}");
            }
            study.enqueue(next.into_config()).unwrap();
            study.optimize(objective, 1).unwrap();
        }
        self.rank(study.best().unwrap().value())
    }

    fn random(&self, seed: u64) -> f64 {
        let study = self.study(seed).build().unwrap();
        study.optimize(|params: Params, _: &mut Trial| self.evaluate(&params), RANDOM).unwrap();
        self.rank(study.best().unwrap().value())
    }
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let Some((goal, paths)) = arguments.split_first() else {
        println!("usage: by_hand GOAL TABLE.csv ...");
        return;
    };
    println!(
        "| table | {ADVISED} advised (quartiles) | {RANDOM} random (quartiles) |\n|---|---|---|"
    );
    let verbose = std::env::var_os("VERBOSE").is_some();
    for path in paths {
        let table = Table::read(path, goal);
        let advised: Vec<f64> =
            seeds().map(|seed| table.advised(seed, verbose && seed < 3)).collect();
        let random: Vec<f64> = seeds().map(|seed| table.random(seed)).collect();
        println!("| {path} | {} | {} |", quartiles(&advised), quartiles(&random));
    }
}
