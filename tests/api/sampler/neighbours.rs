//! Evolution and local search: what makes them more than random search.

use std::sync::Arc;

use tunewright::prelude::*;
use tunewright::testing::problems;
use tunewright::trial::History;
use tunewright::{EvolutionSampler, LocalSearchSampler, RandomSampler};

fn layers() -> Space {
    let layer = |builder: tunewright::space::SpaceBuilder, index: usize| {
        builder.choices(&format!("op{index}"), ["a", "b", "c", "d"])
    };
    (0..8).fold(Space::builder(), layer).build().unwrap()
}

/// How many layers are not `c`: every way down is short.
fn wrong(config: &Params) -> f64 {
    config.iter().filter(|(_, value)| value.to_string() != "c").count() as f64
}

fn run(sampler: impl Sampler + 'static, seed: u64, trials: usize) -> Arc<History> {
    let study = Study::in_space(layers()).sampler(sampler).seed(seed).build().unwrap();
    study.optimize(|config: Params, _: &mut Trial| wrong(&config), trials).unwrap();
    study.history().unwrap()
}

fn differing(a: &Point, b: &Point) -> usize {
    (0..a.len()).filter(|&axis| a.get(axis) != b.get(axis)).count()
}

#[test]
fn children_of_evolution_differ_in_one_value_from_a_recent_trial() {
    let history = run(EvolutionSampler::new().population(10).tournament(3), 1, 60);
    let points: Vec<&Point> = history.trials().map(TrialRecord::point).collect();
    for child in 10..60 {
        let parents = points[child - 10..child].iter();
        assert!(parents.clone().any(|parent| differing(parent, points[child]) == 1), "{child}");
    }
}

#[test]
fn local_search_stays_around_the_best_until_it_is_improved() {
    let history = run(LocalSearchSampler::new(), 1, 60);
    let trials: Vec<_> = history.complete().collect();
    for at in 10..60 {
        let best = trials[..at].iter().map(|trial| trial.loss()).fold(f64::INFINITY, f64::min);
        if best == 0.0 {
            break;
        }
        // There is always a better neighbour, so that the centre is one of the best.
        let centres = trials[..at].iter().filter(|trial| trial.loss() == best);
        let near = centres.clone().any(|trial| differing(trial.point(), trials[at].point()) == 1);
        assert!(near, "{at}");
    }
    assert_eq!(history.best().unwrap().loss(), 0.0);
}

#[test]
fn both_find_in_a_hundred_trials_what_chance_does_not() {
    let best = |history: Arc<History>| history.best().unwrap().loss();
    let (mut evolution, mut local, mut random) = (0.0, 0.0, 0.0);
    for seed in 0..10 {
        evolution += best(run(EvolutionSampler::new(), seed, 120)) / 10.0;
        local += best(run(LocalSearchSampler::new(), seed, 120)) / 10.0;
        random += best(run(RandomSampler::new(), seed, 120)) / 10.0;
    }
    assert!(evolution < 0.5 * random && local < 0.3 * random, "{evolution} {local} {random}");
}

#[test]
fn numbers_are_searched_in_steps_that_shrink() {
    let problem = problems::levy(4);
    let regret = |sampler: Box<dyn Sampler>, seed| {
        let study =
            Study::in_space(problem.space().clone()).sampler(sampler).seed(seed).build().unwrap();
        study.optimize(|config: Params, _: &mut Trial| problem.evaluate(&config), 200).unwrap();
        study.best().unwrap().value() - problem.optimum()
    };
    let (mut evolution, mut local, mut random) = (0.0, 0.0, 0.0);
    for seed in 0..10 {
        evolution += regret(Box::new(EvolutionSampler::new()), seed) / 10.0;
        local += regret(Box::new(LocalSearchSampler::new()), seed) / 10.0;
        random += regret(Box::new(RandomSampler::new()), seed) / 10.0;
    }
    assert!(evolution < 0.5 * random && local < 0.5 * random, "{evolution} {local} {random}");
}

#[test]
fn sizes_of_nothing_are_refused() {
    let samplers: [(Box<dyn Sampler>, &str); 3] = [
        (Box::new(EvolutionSampler::new().population(0)), "population is 0"),
        (Box::new(EvolutionSampler::new().tournament(0)), "tournament is 0"),
        (Box::new(LocalSearchSampler::new().start_trials(0)), "start_trials is 0"),
    ];
    for (sampler, message) in samplers {
        let built = Study::in_space(layers()).sampler(sampler).build();
        let error = built.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn children_of_evolution_are_those_of_what_keeps_the_limit() {
    // Each layer that is right costs two, so that five of eight may be.
    let cost = |config: &Params| -> f64 {
        let cost = |op: &str| match op {
            "c" => 2.0,
            "a" => 0.0,
            _ => 3.0,
        };
        config.iter().map(|(_, op)| cost(&op.to_string())).sum()
    };
    let run = |sampler: Box<dyn Sampler>, seed: u64| {
        let study = Study::in_space(layers())
            .outcome_constraint("cost", at_most(10.0))
            .sampler(sampler)
            .seed(seed)
            .build()
            .unwrap();
        let objective = |config: Params, trial: &mut Trial| {
            trial.record("cost", cost(&config));
            wrong(&config)
        };
        study.optimize(objective, 120).unwrap();
        let history = study.history().unwrap();
        let late = history.complete().filter(|trial| trial.number() >= 60);
        (study.best().unwrap().value(), late.filter(|trial| trial.is_feasible()).count())
    };
    let all = |sampler: &dyn Fn() -> Box<dyn Sampler>| {
        let runs = (0..6).map(|seed| run(sampler(), seed));
        runs.fold((0.0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1))
    };
    let evolution = all(&|| Box::new(EvolutionSampler::new()));
    let random = all(&|| Box::new(RandomSampler::new()));
    // Three layers of eight are wrong at best.
    assert!(evolution.0 < 6.0 * 3.4 && evolution.0 < random.0, "{evolution:?} {random:?}");
    assert!(evolution.1 > 2 * random.1, "{evolution:?} {random:?}");
}
