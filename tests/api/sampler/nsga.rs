//! The genetic algorithm with several goals, limits, conditions and constraints.

use tunewright::sampler::nsga::Survival;
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::MemoryStorage;
use tunewright::study::StudyBuilder;
use tunewright::trial::{Outcome, at_most, minimize};
use tunewright::{Error, NsgaSampler, RandomSampler, Study, Trial};

/// Five numbers, of which the front wants all but the first to be 0.5 (DTLZ2 with two or three goals).
fn space() -> Space {
    let builder = Space::builder();
    (0..5)
        .fold(builder, |b, i| b.float(&format!("x{i}"), 0.0..=1.0, Scale::Linear))
        .build()
        .unwrap()
}

fn goals(count: usize) -> Vec<tunewright::trial::Goal> {
    (0..count).map(|goal| minimize(format!("f{goal}"))).collect()
}

fn sphere(config: &Params, goals: usize) -> Vec<f64> {
    let x: Vec<f64> = (0..5).map(|i| config.float(&format!("x{i}")).unwrap()).collect();
    let away = 1.0 + x[goals - 1..].iter().map(|x| (x - 0.5).powi(2)).sum::<f64>();
    let angle = |x: f64| x * std::f64::consts::FRAC_PI_2;
    (0..goals)
        .map(|goal| {
            let cosines: f64 = x[..goals - 1 - goal].iter().map(|&x| angle(x).cos()).product();
            let sine = if goal > 0 { angle(x[goals - 1 - goal]).sin() } else { 1.0 };
            away * cosines * sine
        })
        .collect()
}

/// Median distance from the unit sphere, on which the front lies, over the last fifty trials.
fn away(study: StudyBuilder<Params>, count: usize, trials: usize) -> f64 {
    let study = study.goals(goals(count)).seed(3).build().unwrap();
    study.optimize(|config: Params, _: &mut Trial| sphere(&config, count), trials).unwrap();
    let history = study.history().unwrap();
    let distance = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt() - 1.0;
    let last = history.complete().rev().take(50);
    let mut distances: Vec<f64> = last.map(|trial| distance(trial.record().values())).collect();
    distances.sort_by(f64::total_cmp);
    distances[25]
}

#[test]
fn trials_come_near_the_front() {
    for goals in [2, 3] {
        for survival in [Survival::Crowding, Survival::ReferenceDirections] {
            let sampler = NsgaSampler::new().survival(survival);
            let bred = away(Study::in_space(space()).sampler(sampler), goals, 400);
            let random = away(Study::in_space(space()).sampler(RandomSampler::new()), goals, 60);
            assert!(bred < 0.4 * random, "{goals} goals, {survival:?}: {bred} {random}");
        }
    }
}

#[test]
fn the_front_is_covered() {
    let study = Study::in_space(space()).goals(goals(2)).sampler(NsgaSampler::new()).seed(1);
    let study = study.build().unwrap();
    study.optimize(|config: Params, _: &mut Trial| sphere(&config, 2), 500).unwrap();
    let history = study.history().unwrap();
    let mut first: Vec<f64> = history.front().iter().map(|trial| trial.loss()).collect();
    first.sort_by(f64::total_cmp);
    let gap = first.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(first[0] < 0.05 && gap < 0.15, "{gap} {first:?}");
}

/// One per mille of the space is feasible, and bytes stand beside seconds.
#[test]
fn outcome_constraints_are_met() {
    for count in [1, 2] {
        let study = Study::in_space(space())
            .goals(goals(count))
            .outcome_constraint("bytes", at_most(2e9))
            .outcome_constraint("seconds", at_most(0.2))
            .sampler(NsgaSampler::new())
            .seed(2)
            .build()
            .unwrap();
        let objective = |config: Params, trial: &mut Trial| {
            let x = |at: &str| config.float(at).unwrap();
            trial.record("bytes", 1e10 * x("x1").max(x("x2")));
            trial.record("seconds", x("x3"));
            sphere(&config, count)
        };
        study.optimize(objective, 200).unwrap();
        let history = study.history().unwrap();
        let feasible = history.feasible().count();
        assert!(feasible > 60, "{count} goals: {feasible}");
    }
}

/// Results come late, in another order and in part not at all. Of two studies one has the same sampler
/// throughout, and one a fresh sampler for every trial.
#[test]
fn suggestions_follow_from_the_history_alone() {
    let build = |storage: MemoryStorage| {
        let study = Study::in_space(space()).goals(goals(2)).sampler(NsgaSampler::new());
        study.seed(9).storage(storage).build().unwrap()
    };
    let (lasting, storage) = (build(MemoryStorage::new()), MemoryStorage::new());
    let mut running = Vec::new();
    for step in 0..90 {
        let fresh = build(storage.clone());
        let (asked, again) = (lasting.ask().unwrap(), fresh.ask().unwrap());
        assert_eq!(asked.config(), again.config(), "trial {}", asked.number());
        running.push((asked.number(), asked.config().clone()));
        if running.len() > 4 {
            let (trial, config) = running.remove((step * 7) % 5);
            let outcome = || match trial % 9 {
                0 => Outcome::Failed("on purpose".into()),
                1 => Outcome::Pruned(None),
                _ => Outcome::Complete(sphere(&config, 2).into()),
            };
            lasting.tell(lasting.trial_id(trial), outcome()).unwrap();
            fresh.tell(fresh.trial_id(trial), outcome()).unwrap();
        }
    }
}

/// Conditions, choices and a constraint on configs that leaves a tenth.
#[test]
fn conditions_and_constraints_hold() {
    let space = Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .choice("model", |model| {
            model
                .variant("forest", |forest| forest.int("trees", 10..=500, Scale::Log).bool("bag"))
                .variant("svm", |svm| {
                    svm.float("c", 1e-3..=1e3, Scale::Log)
                        .choice("kernel", |kernel| kernel.unit("linear").unit("cubic"))
                })
        })
        .build()
        .unwrap();
    let legal = |config: &Params| {
        config.float("lr").unwrap() < 1e-4 || matches!(config.get("model.svm.c"), Ok(Some(_)))
    };
    for seed in 0..4 {
        let study = Study::in_space(space.clone())
            .goals(goals(2))
            .constraint("small steps for forests", legal)
            .sampler(NsgaSampler::new())
            .seed(seed)
            .build()
            .unwrap();
        let objective = |config: Params, _: &mut Trial| {
            assert!(legal(&config));
            let lr = config.float("lr").unwrap().log10();
            [(lr + 3.0).powi(2), (lr + 2.0).powi(2)]
        };
        study.optimize(objective, 150).unwrap();
        let history = study.history().unwrap();
        assert_eq!(history.distinct(), 150);
        assert_eq!(history.complete_count(), 150);
    }
}

/// With one goal both kinds of survival are the same ordinary genetic algorithm.
#[test]
fn one_goal_is_minimized() {
    for survival in [Survival::Crowding, Survival::ReferenceDirections] {
        let study = Study::in_space(space()).sampler(NsgaSampler::new().survival(survival)).seed(4);
        let study = study.build().unwrap();
        let objective = |config: Params, _: &mut Trial| sphere(&config, 2)[0];
        study.optimize(objective, 300).unwrap();
        assert!(study.best().unwrap().value() < 0.05);
    }
}

#[test]
fn a_population_has_two_parents() {
    let built = Study::in_space(space()).sampler(NsgaSampler::new().population(1)).build();
    assert!(matches!(built, Err(Error::InvalidOption { option: "population", .. })));
}
