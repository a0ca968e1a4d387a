//! What explanations claim from trials of a search, judged by the whole table.
//!
//! `cargo bench -p tunewright-benches --bench claims -- TABLE.csv [TABLE.csv ...]` reads complete grids
//! of recorded trainings (also `.csv.gz`): the hyperparameters in the columns before the goal, which
//! is the first column that begins with `val` (or that `GOAL` names); goals that end in `acc` are to be
//! high. `train_seconds`, `train_error` and other numbers after the goal are metrics. From 20, 50 and
//! 100 trials of the default sampler, and as many Sobol points, prints for each table
//!
//! - how often the parameter that is named first is right: its share of the variance over the whole
//!   table is within 0.05 of the largest, for the goal as it is (without outliers, or its logarithm)
//!   and for its ranks; and how often none is named, since the trials cannot tell;
//! - of all pairs whose shares are apart by more than 0.05 and than their deviations, how many contradict
//!   the table;
//! - how many capacity directions are claimed and false; where a table records no training error, the
//!   error that the goal leaves stands for it;
//! - how many explanations contradict themselves;
//! - how many effects are claimed (rises, falls, ...) for the goal and for the other metrics, how many
//!   of them are false, and of the effects that are worth a sentence the share that gets a true one.
//!
//! `SEEDS=8..16` takes other seeds than 0 to 7, `TRIALS=50` other numbers of trials, `EFFECTS=0` leaves
//! the effects out and `SPREAD=0` the Sobol points, `VERBOSE=1` prints the true shares and every false claim.
#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]

mod contradictions;
mod judge;
mod table;

use contradictions::contradictions;
use judge::{Count, Shares, Truth, is_capacity, truths};
use table::Table;
use tunewright::analysis::Importance;
use tunewright::space::Params;
use tunewright::{BayesianSampler, Sampler, SobolSampler, Study, Trial};

/// What importance claims over some studies.
#[derive(Clone, Copy, Debug, Default)]
struct First {
    studies: usize,
    named: usize,
    /// On the scale of sizes, of ranks.
    right: [usize; 2],
    pairs: usize,
    wrong_pairs: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    first: First,
    goal: Count,
    others: Count,
    capacity: Count,
    /// Explanations that contradict themselves.
    contrary: usize,
}

fn study(table: &Table, sampler: Box<dyn Sampler>, seed: u64) -> Study<Params> {
    let study = Study::in_space(table.space.clone()).sampler(sampler).seed(seed);
    let study = if table.maximize { study.maximize() } else { study };
    study.build().unwrap()
}

/// Goes on until a study has so many trials.
fn go_on(study: &Study<Params>, table: &Table, trials: usize) {
    let known = study.trials().unwrap().len();
    let objective = |params: Params, trial: &mut Trial| {
        let place = table.place_of(&params);
        for metric in &table.metrics {
            trial.record(&metric.name, metric.values[place]);
        }
        table.goals[place]
    };
    study.optimize(objective, trials - known).unwrap();
}

/// The parameter that is named as the most important one, if the trials can tell.
fn named(importance: &Importance) -> Option<&str> {
    match &importance.leading[..] {
        [one] => Some(one),
        _ => None,
    }
}

fn judge_importance(table: &Table, shares: &Shares, importance: &Importance) -> First {
    let axis = |name: &str| table.space.position(name).unwrap();
    let mut first = First { studies: 1, ..First::default() };
    if std::env::var_os("VERBOSE").is_some()
        && let Some(top) = importance.parameters.first()
    {
        let right = shares.may_be_first(axis(&top.parameter));
        let out_of_bag_r2 = importance.out_of_bag_r2.unwrap_or(-1.0);
        println!(
            "  {} after {} trials: {} first with probability {:.2}, share {:.2}, out_of_bag_r2 {out_of_bag_r2:.2}, right {right:?}",
            table.name, importance.trials, top.parameter, top.first, top.share
        );
    }
    let Some(name) = named(importance) else { return first };
    first.named = 1;
    first.right = shares.may_be_first(axis(name)).map(usize::from);
    if first.right != [1, 1] && std::env::var_os("VERBOSE").is_some() {
        println!("  {name} named first, {:?} right\n{importance}", first.right);
    }
    for (at, one) in importance.parameters.iter().enumerate() {
        for other in &importance.parameters[at + 1..] {
            let apart = one.share - other.share;
            if apart > 0.05 && apart > one.deviation.hypot(other.deviation) {
                let contrary = shares.is_clearly_less(axis(&one.parameter), axis(&other.parameter));
                first.pairs += 1;
                first.wrong_pairs += usize::from(contrary);
            }
        }
    }
    first
}

fn judge(table: &Table, shares: &Shares, truths: &[Truth], study: &Study<Params>) -> Row {
    let analysis = study.analysis().unwrap();
    let importance = analysis.importance(tunewright::analysis::GOAL);
    let mut row = Row { first: judge_importance(table, shares, &importance), ..Row::default() };
    if std::env::var("EFFECTS").is_ok_and(|text| text == "0") {
        return row;
    }
    let effects = analysis.effects().unwrap();
    row.goal = truths[0].judge(table, &effects);
    let others = truths[1..].iter().filter(|truth| !is_capacity(truth));
    others.for_each(|truth| row.others += truth.judge(table, &effects));
    if let Some(truth) = truths.iter().find(|truth| is_capacity(truth)) {
        row.capacity = truth.judge_capacity(table, &analysis.capacity().unwrap());
    }
    let found = contradictions(&analysis.explain().unwrap(), table.maximize);
    if std::env::var_os("VERBOSE").is_some() {
        found.iter().for_each(|text| println!("  {}: contradiction: {text}", table.name));
    }
    row.contrary = usize::from(!found.is_empty());
    row
}

impl std::ops::AddAssign for Row {
    fn add_assign(&mut self, other: Self) {
        let (one, two) = (&mut self.first, other.first);
        one.studies += two.studies;
        one.named += two.named;
        one.right = [0, 1].map(|at| one.right[at] + two.right[at]);
        one.pairs += two.pairs;
        one.wrong_pairs += two.wrong_pairs;
        self.goal += other.goal;
        self.others += other.others;
        self.capacity += other.capacity;
        self.contrary += other.contrary;
    }
}

impl Row {
    fn print(&self, table: &str, trials: usize, how: &str) {
        let First { studies, named, right, pairs, wrong_pairs } = self.first;
        let silent = studies - named;
        let direction = |count: &Count| {
            format!("{} | {} | {} of {}", count.said, count.wrong, count.found, count.worth)
        };
        println!(
            "| {table} | {trials} {how} | {} and {} of {named}, {silent} cannot tell | {wrong_pairs} of {pairs} | {} of {studies} | {} | {} | {} |",
            right[0],
            right[1],
            self.contrary,
            direction(&self.goal),
            direction(&self.others),
            direction(&self.capacity),
        );
    }
}

/// A name, and what makes a sampler.
type Design = (&'static str, fn() -> Box<dyn Sampler>);

fn main() {
    let paths: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if paths.is_empty() {
        println!("usage: claims TABLE.csv ...");
        return;
    }
    let goal = std::env::var("GOAL").ok();
    let seeds = match std::env::var_os("SEEDS") {
        Some(_) => tunewright_benches::seeds(),
        None => 0..8,
    };
    let trials: Vec<usize> = match std::env::var("TRIALS") {
        Ok(text) => text.split(',').map(|number| number.parse().unwrap()).collect(),
        Err(_) => vec![20, 50, 100],
    };
    let designs: [Design; 2] = [
        ("searched", || Box::new(BayesianSampler::new())),
        ("spread", || Box::new(SobolSampler::new())),
    ];
    let take = if std::env::var("SPREAD").is_ok_and(|text| text == "0") { 1 } else { 2 };
    let columns = "said | false | true of those worth it";
    println!(
        "| table | trials | first right, of sizes and ranks | pairs contrary | contradict themselves | goal: {columns} | other metrics: {columns} | capacity: {columns} |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut totals = vec![[Row::default(); 2]; trials.len()];
    for path in &paths {
        let table = Table::read(path, goal.as_deref());
        let (shares, truths) = (Shares::of(&table), truths(&table));
        if std::env::var_os("VERBOSE").is_some() {
            println!("  {}: {shares}", table.name);
        }
        let mut rows = vec![[Row::default(); 2]; trials.len()];
        for (at, (_, sampler)) in designs.iter().enumerate().take(take) {
            for seed in seeds.clone() {
                let study = study(&table, sampler(), seed);
                for (row, &n) in rows.iter_mut().zip(&trials) {
                    go_on(&study, &table, n);
                    row[at] += judge(&table, &shares, &truths, &study);
                }
            }
        }
        for ((rows, totals), &n) in rows.iter().zip(&mut totals).zip(&trials) {
            for (at, (how, _)) in designs.iter().enumerate().take(take) {
                rows[at].print(&table.name, n, how);
                totals[at] += rows[at];
            }
        }
    }
    for (rows, &n) in totals.iter().zip(&trials) {
        rows.iter().zip(&designs).take(take).for_each(|(row, (how, _))| row.print("all", n, how));
    }
}
