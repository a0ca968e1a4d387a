//! The Bayesian sampler with several goals and with outcome constraints.

use std::sync::Arc;

use tunewright::space::{Params, Scale, Space};
use tunewright::storage::MemoryStorage;
use tunewright::study::StudyBuilder;
use tunewright::trial::{Goals, Recorded, at_most, maximize, minimize};
use tunewright::{BayesianSampler, RandomSampler, Result, Study, Trial};

fn plane() -> Space {
    Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

fn place(p: &Params) -> (f64, f64) {
    (p.float("x").unwrap(), p.float("y").unwrap())
}

/// The front is the line y = 0.3, along which one goal falls as the other rises.
fn bent(p: &Params) -> [f64; 2] {
    let (x, y) = place(p);
    let far = 1.0 + 4.0 * (y - 0.3).powi(2);
    [far * x * x, far * (1.0 - x) * (1.0 - x)]
}

fn two_goals() -> StudyBuilder<Params> {
    Study::in_space(plane()).goals([minimize("left"), minimize("right")])
}

/// The area between the front and (1.2, 1.2).
fn area(study: &Study<Params>) -> f64 {
    let history = study.history().unwrap();
    let front = history.front();
    let mut right = 1.2;
    let mut area = 0.0;
    for trial in front {
        let &[x, y] = trial.record().values() else { panic!() };
        if x < 1.2 && y < right {
            area += (1.2 - x) * (right - y);
            right = y;
        }
    }
    area
}

#[test]
fn the_front_is_found_sooner_than_by_chance() {
    for seed in 0..3 {
        let run = |study: StudyBuilder<Params>, trials| {
            let study = study.seed(seed).build().unwrap();
            study.optimize(|p: Params, _: &mut Trial| bent(&p), trials).unwrap();
            area(&study)
        };
        let bayesian = run(two_goals(), 30);
        let random = run(two_goals().sampler(RandomSampler::new()), 45);
        assert!(bayesian > random, "seed {seed}: {bayesian} {random}");
        let beside_others = run(two_goals().workers(4), 36);
        assert!(beside_others > random, "seed {seed}: {beside_others} {random}");
    }
}

#[test]
fn a_limit_keeps_the_search_to_what_counts() {
    let objective = |p: Params, _: &mut Trial| bent(&p);
    let limited = Study::in_space(plane())
        .goals([minimize("left").limit(0.1), minimize("right")])
        .seed(1)
        .build()
        .unwrap();
    limited.optimize(objective, 20).unwrap();
    let history = limited.history().unwrap();
    let within = |history: &tunewright::trial::History| {
        history.complete().filter(|trial| trial.loss() <= 0.1).count()
    };
    let free = two_goals().seed(1).build().unwrap();
    free.optimize(objective, 20).unwrap();
    assert!(within(&history) > within(&free.history().unwrap()) + 3);
    assert!(history.front().iter().all(|trial| trial.record().values()[0] <= 0.1));
}

#[test]
fn outcome_constraints_hold_of_the_best_trial_and_are_learned() {
    let study = Study::in_space(plane())
        .maximize()
        .outcome_constraint("memory", at_most(0.5))
        .seed(2)
        .build()
        .unwrap();
    // The best that may be is on the boundary.
    let objective = |p: Params, trial: &mut Trial| {
        let (x, y) = place(&p);
        trial.record("memory", x + y);
        x + 0.5 * y
    };
    study.optimize(objective, 25).unwrap();
    let best = study.best().unwrap();
    assert!(best.record().metrics()["memory"] <= 0.5);
    assert!(best.value() > 0.49, "{}", best.value());
}

#[test]
fn nothing_feasible_yet_is_no_reason_to_stop_looking() {
    let study = Study::in_space(plane())
        .goals([maximize("score"), minimize("size")])
        .outcome_constraint("distance", at_most(0.0))
        .seed(3)
        .build()
        .unwrap();
    let objective = |p: Params, trial: &mut Trial| -> Recorded {
        let (x, y) = place(&p);
        trial.record("score", x);
        trial.record("size", y);
        trial.record("distance", ((x - 0.83).powi(2) + (y - 0.17).powi(2)).sqrt() - 0.04);
        Recorded
    };
    study.optimize(objective, 30).unwrap();
    assert!(study.history().unwrap().feasible().count() > 3);
}

#[test]
fn failures_and_ties_are_avoided() {
    let study = two_goals().seed(4).build().unwrap();
    let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2], String> {
        let (x, y) = place(&p);
        if x > 0.7 {
            return Err("out of memory".into());
        }
        Ok([(x * 4.0).floor(), (1.0 - x) * (1.0 + (y - 0.3).abs())])
    };
    study.optimize(objective, 40).unwrap();
    let history = study.history().unwrap();
    let late = history.failed().filter(|trial| trial.number() >= 20).count();
    assert!(late <= 6, "{late} of the last 20 failed");
    assert!(!history.front().is_empty());
}

#[test]
fn more_goals_than_boxes_are_good_for_are_weighed() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let study = Study::in_space(plane()).goals(names.map(minimize)).seed(5).build().unwrap();
    let objective = |p: Params, _: &mut Trial| {
        let (x, y) = place(&p);
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|at: f64| (x - at).powi(2) + (y - 0.5).abs())
    };
    study.optimize(objective, 25).unwrap();
    let history = study.history().unwrap();
    let near = |trial: &tunewright::trial::Observed<'_>| {
        let p = study.space().decode(trial.point()).unwrap();
        (place(&p).1 - 0.5).abs() < 0.05
    };
    let late = history.complete().filter(|trial| trial.number() >= 10);
    assert!(late.filter(near).count() >= 8);
}

/// How much farther from the ideal the nearest trial is than the compromise of the true front.
fn missed(study: &Study<Params>, weights: [f64; 2]) -> f64 {
    let worst = |values: &[f64]| (weights[0] * values[0]).max(weights[1] * values[1]);
    let best = (0..=10_000).map(|at| f64::from(at) / 10_000.0);
    let best = best.map(|x| worst(&[x * x, (1.0 - x) * (1.0 - x)])).fold(f64::MAX, f64::min);
    let history = study.history().unwrap();
    let trials = history.complete().map(|trial| worst(trial.record().values()));
    trials.fold(f64::MAX, f64::min) - best
}

#[test]
fn what_a_person_prefers_is_found_more_exactly_and_the_rest_not_lost() {
    let weights = [5.0, 1.0];
    let (mut exact, mut even, mut areas) = (0.0, 0.0, [0.0; 2]);
    for seed in 0..4 {
        let run = |study: StudyBuilder<Params>| {
            let study = study.seed(seed).build().unwrap();
            study.optimize(|p: Params, _: &mut Trial| bent(&p), 40).unwrap();
            (missed(&study, weights), area(&study))
        };
        let (with, without) = (run(two_goals().prefer(weights)), run(two_goals()));
        exact += with.0;
        even += without.0;
        areas = [areas[0] + with.1, areas[1] + without.1];
    }
    assert!(exact < 0.8 * even, "{exact} {even}");
    assert!(areas[0] > 0.97 * areas[1], "{areas:?}");
}

#[test]
fn a_preference_keeps_to_limits_and_outcome_constraints() {
    let study = Study::in_space(plane())
        .goals([minimize("left"), minimize("right").limit(0.3)])
        .outcome_constraint("x", at_most(0.7))
        .prefer([("left", 5.0), ("right", 1.0)])
        .seed(1)
        .build()
        .unwrap();
    let objective = |p: Params, trial: &mut Trial| {
        trial.record("x", place(&p).0);
        bent(&p)
    };
    study.optimize(objective, 25).unwrap();
    // Left alone is best where right is beyond its limit.
    let chosen = study.compromise([5.0, 1.0]).unwrap();
    let values = chosen.record().values();
    assert!(values[1] <= 0.3 && values[0] < 0.3, "{values:?}");
    let history = study.history().unwrap();
    let late = history.complete().filter(|trial| trial.number() >= 10);
    let kept = late.filter(|trial| trial.is_feasible()).count();
    assert!(kept >= 7, "{kept}");
}

#[test]
fn a_preference_is_checked_and_is_no_part_of_a_stored_study() {
    let message = |study: StudyBuilder<Params>| study.build().unwrap_err().to_string();
    let refused = message(two_goals().prefer([("error", 1.0)]));
    assert_eq!(refused, "there is no goal `error`; the study has `left`, `right`");
    let refused = message(two_goals().prefer([1.0, 2.0, 3.0]));
    assert!(refused.contains("weights of 3 numbers for 2 goals"), "{refused}");
    // Before or after the goals.
    let study = Study::in_space(plane()).prefer([("left", 2.0)]);
    let study = study.goals([minimize("left"), minimize("right")]).seed(1).build().unwrap();
    assert_eq!(study.history().unwrap().goals().preferred(), Some(vec![2.0, 0.0]));
    let same = two_goals().seed(1).build().unwrap();
    assert_eq!(study.trials().unwrap().header(), same.trials().unwrap().header());
    // One goal is what it was.
    let alone = |study: StudyBuilder<Params>| {
        let study = study.seed(3).build().unwrap();
        study.optimize(|p: Params, _: &mut Trial| bent(&p)[0], 8).unwrap();
        let trials = study.trials().unwrap();
        trials.iter().map(|trial| trial.point().clone()).collect::<Vec<_>>()
    };
    let one = || Study::in_space(plane()).goals([minimize("left")]);
    assert_eq!(alone(one().prefer([("left", 2.0)])), alone(one()));
}

#[test]
fn a_study_that_goes_on_suggests_what_an_uninterrupted_one_does() {
    let storage = MemoryStorage::new();
    let study = || {
        two_goals().outcome_constraint("c", at_most(0.3)).seed(6).storage(storage.clone()).build()
    };
    let objective = |p: Params, trial: &mut Trial| {
        trial.record("c", place(&p).1 - 0.2);
        bent(&p)
    };
    for _ in 0..4 {
        study().unwrap().optimize(objective, 5).unwrap();
    }
    let whole = two_goals().outcome_constraint("c", at_most(0.3)).seed(6).build().unwrap();
    whole.optimize(objective, 20).unwrap();
    let values = |study: &Study<Params>| -> Vec<Vec<f64>> {
        let history = study.history().unwrap();
        history.complete().map(|trial| trial.record().values().to_vec()).collect()
    };
    assert_eq!(values(&study().unwrap()), values(&whole));
}

#[test]
fn one_goal_with_a_name_is_searched_as_one_without() {
    let run = |study: StudyBuilder<Params>| {
        let study = study.seed(7).sampler(BayesianSampler::new()).build().unwrap();
        study.optimize(|p: Params, _: &mut Trial| bent(&p)[0] + bent(&p)[1], 15).unwrap();
        let history: Arc<_> = study.history().unwrap();
        history.complete().map(|trial| trial.loss()).collect::<Vec<f64>>()
    };
    let named = Study::in_space(plane()).goals([minimize("sum")]);
    assert_eq!(run(named), run(Study::in_space(plane())));
    assert!(Goals::of([minimize("sum")]).is_some_and(|goals| !goals.are_limited()));
}
