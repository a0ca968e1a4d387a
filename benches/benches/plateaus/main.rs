//! How often it is true that a hyperparameter does nothing at the best value, and whether advice
//! leaves the plateau.
//!
//! `cargo bench -p tunewright-benches --bench plateaus` searches objectives that tie with random search
//! and the default sampler, and reads what is said to be flat after 20, 50 and 100 trials. A statement is
//! false if any value within, of 401 over the range or all of an integer, gives the best config another
//! goal. A plateau is worth finding if it takes at least a tenth of the range around the best config,
//! or another choice does the same; found if a true statement is made of it.
//!
//! `SEEDS=100..200` takes other objectives than 0 to 19, `SAMPLERS=sobol,grid,evolution` other samplers,
//! `KINDS=Trained` a part of the kinds, `VERBOSE=1` prints every statement. `ADVICE=1` counts how many
//! proposals have the best goal already. `KEEP=DIR` keeps the trials in a directory, and reads those
//! that are there.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement ends where it goes wrong"
)]

mod objectives;

use std::path::PathBuf;

use objectives::{KINDS, Kind, Objective, space};
use tunewright::analysis::{FlatOver, FlatPart};
use tunewright::space::{AxisKind, Params, Space, Value};
use tunewright::trial::Trials;
use tunewright::{
    BayesianSampler, EvolutionSampler, GridSampler, RandomSampler, Sampler, SobolSampler, Study,
    Trial,
};

const TRIALS: [usize; 3] = [20, 50, 100];
/// Places between the ends that are looked at.
const STEPS: usize = 100;
/// Plateaus of at least this part of a range are worth finding.
const WORTH: f64 = 0.1;

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    said: usize,
    wrong: usize,
    worth: usize,
    found: usize,
    /// Proposals, those that have the best goal already, and those that have a better one.
    proposed: usize,
    stayed: usize,
    improved: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.said += other.said;
        self.wrong += other.wrong;
        self.worth += other.worth;
        self.found += other.found;
        self.proposed += other.proposed;
        self.stayed += other.stayed;
        self.improved += other.improved;
    }
}

/// A config with another value of one parameter.
fn changed(space: &Space, base: &[(String, Value)], axis: usize, value: &Value) -> Params {
    let name = space.axes()[axis].name();
    let all = base
        .iter()
        .map(|(own, old)| (own.as_str(), if own == name { value.clone() } else { old.clone() }));
    space.params(all).unwrap()
}

/// The values of a parameter, in order.
fn values(space: &Space, axis: usize) -> Vec<Value> {
    let distribution = space.axes()[axis].distribution();
    match distribution.levels() {
        Some(levels) => {
            (0..levels).map(|at| distribution.value(distribution.at_level(at).unwrap())).collect()
        }
        None => (0..=4 * STEPS)
            .map(|at| distribution.value(distribution.from_unit(at as f64 / (4 * STEPS) as f64)))
            .collect(),
    }
}

fn judge(objective: &Objective, space: &Space, trials: &Trials) -> Count {
    let best = trials.best().unwrap();
    let base: Vec<(String, Value)> =
        trials.parameters(best).map(|(name, value)| (name.to_owned(), value)).collect();
    let goal = best.value().unwrap();
    let same = |axis: usize, value: &Value| {
        objective.kind != Kind::Noisy
            && (objective.at(&changed(space, &base, axis, value), None).unwrap() - goal).abs()
                < 1e-12
    };
    let parts = trials.analysis().flat_parts();
    let mut count = Count::default();
    for (axis, parameter) in space.axes().iter().enumerate() {
        let unit = |value: &Value| {
            parameter.distribution().to_unit(parameter.distribution().parse(value).unwrap())
        };
        let part = parts.iter().find(|part| part.parameter == parameter.name());
        let holds = part.is_some_and(|FlatPart { over, .. }| match over {
            FlatOver::Between(low, high) => {
                let (low, high) = (unit(low), unit(high));
                let inside =
                    values(space, axis).into_iter().filter(|v| (low..=high).contains(&unit(v)));
                let ends = [low, high].map(|u| {
                    let distribution = parameter.distribution();
                    distribution.value(distribution.from_unit(u))
                });
                inside.chain(ends).all(|value| same(axis, &value))
            }
            FlatOver::AnyOf(choices) => choices.iter().all(|value| same(axis, value)),
            _ => false,
        });
        // How far the true plateau reaches.
        let own = unit(&base[axis].1);
        let all = values(space, axis);
        let worth = match parameter.kind() {
            AxisKind::Categorical { .. } => {
                all.iter().filter(|value| same(axis, value)).count() > 1
            }
            _ => {
                let above = all.iter().filter(|v| unit(v) >= own).take_while(|v| same(axis, v));
                let below =
                    all.iter().rev().filter(|v| unit(v) <= own).take_while(|v| same(axis, v));
                let high = above.map(&unit).fold(own, f64::max);
                let low = below.map(&unit).fold(own, f64::min);
                high - low >= WORTH
            }
        };
        if let Some(part) = part.filter(|_| std::env::var_os("VERBOSE").is_some()) {
            println!(
                "  {:?} {} {} {part:?}",
                objective.kind,
                trials.len(),
                if holds { "true" } else { "FALSE" }
            );
        }
        count += Count {
            said: usize::from(part.is_some()),
            wrong: usize::from(part.is_some() && !holds),
            worth: usize::from(worth),
            found: usize::from(worth && holds),
            ..Count::default()
        };
    }
    if std::env::var_os("ADVICE").is_some() && trials.tied_for_best().len() > 1 {
        count += advised(objective, space, trials);
    }
    count
}

/// Whether the next trial that is proposed has the best goal already, or a better one.
fn advised(objective: &Objective, space: &Space, trials: &Trials) -> Count {
    let explanation = trials.analysis().explain().unwrap();
    let Some(next) = explanation.next else { return Count::default() };
    let from = trials.iter().find(|trial| trial.number() == next.from).unwrap();
    let base: Vec<(String, Value)> =
        trials.parameters(from).map(|(name, value)| (name.to_owned(), value)).collect();
    let config = base.iter().map(|(name, value)| {
        let change = next.changes.iter().find(|change| change.parameter == *name);
        (name.as_str(), change.map_or(value, |change| &change.to).clone())
    });
    let goal = objective.at(&space.params(config).unwrap(), None).unwrap();
    if std::env::var_os("VERBOSE").is_some() {
        println!("  {} -> {goal}: {}", next.best, next.text);
    }
    let stayed = usize::from((goal - next.best).abs() < 1e-12);
    let improved = usize::from(goal < next.best - 1e-12);
    Count { proposed: 1, stayed, improved, ..Count::default() }
}

/// The trials of a study, kept in the directory that `KEEP` names.
fn trials(
    objective: &Objective,
    space: &Space,
    sampler: &str,
    seed: u64,
    n: usize,
    study: &mut Option<Study<Params>>,
) -> Trials {
    let kept = std::env::var_os("KEEP").map(|keep| {
        PathBuf::from(keep).join(format!("{:?}-{sampler}-{seed}-{n}.json", objective.kind))
    });
    if let Some(text) = kept.as_ref().and_then(|path| std::fs::read(path).ok()) {
        return Trials::from_json(text.as_slice()).unwrap();
    }
    let study = study.get_or_insert_with(|| {
        let made: Box<dyn Sampler> = match sampler {
            "random" => Box::new(RandomSampler::new()),
            "sobol" => Box::new(SobolSampler::new()),
            "evolution" => Box::new(EvolutionSampler::new()),
            "grid" => Box::new(GridSampler::coarse_to_fine(100)),
            _ => Box::new(BayesianSampler::new()),
        };
        Study::in_space(space.clone()).sampler(made).seed(seed).build().unwrap()
    });
    let known = study.trials().unwrap().len();
    let run = |params: Params, trial: &mut Trial| objective.at(&params, Some(trial.seed()));
    study.optimize(run, n - known).unwrap();
    let trials = study.trials().unwrap();
    if let Some(path) = kept {
        let mut text = Vec::new();
        trials.to_json(&mut text).unwrap();
        std::fs::write(path, text).unwrap();
    }
    trials
}

fn main() {
    let kinds = std::env::var("KINDS").ok();
    let samplers = std::env::var("SAMPLERS").unwrap_or_else(|_| "random,default".into());
    println!("kind sampler trials: said, false; worth, found");
    let mut all = Count::default();
    let chosen = |kind: &Kind| {
        kinds.as_ref().is_none_or(|kinds| kinds.split(',').any(|name| name == format!("{kind:?}")))
    };
    for kind in KINDS.into_iter().filter(chosen) {
        let space = space(kind).unwrap();
        for sampler in samplers.split(',') {
            let mut counts = [Count::default(); TRIALS.len()];
            for seed in tunewright_benches::seeds() {
                let objective = Objective::new(kind, seed);
                let mut study = None;
                for (count, n) in counts.iter_mut().zip(TRIALS) {
                    let trials = trials(&objective, &space, sampler, seed, n, &mut study);
                    *count += judge(&objective, &space, &trials);
                }
            }
            for (count, n) in counts.iter().zip(TRIALS) {
                let Count { said, wrong, worth, found, proposed, stayed, improved } = *count;
                println!(
                    "{kind:?} {sampler} {n}: {said} said, {wrong} false; {worth} worth, {found} found; \
                     {proposed} proposed, {stayed} stay, {improved} improve"
                );
                all += *count;
            }
        }
    }
    println!("all: {all:?}");
}
