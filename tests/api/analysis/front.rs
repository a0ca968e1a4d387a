//! What is chosen where there are several goals.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tunewright::analysis::Reference;
use tunewright::space::{Params, Scale, Space};
use tunewright::study::StudyBuilder;
use tunewright::trial::{Goal, TrialRecord, Trials, at_least, at_most, maximize, minimize};
use tunewright::{Error, RandomSampler, Study};

fn builder() -> StudyBuilder<Params> {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    Study::in_space(space).sampler(RandomSampler::new()).seed(1)
}

/// A study of trials with these values.
fn study(goals: impl IntoIterator<Item = Goal>, values: &[&[f64]]) -> Study<Params> {
    let study = builder().goals(goals).build().unwrap();
    for values in values {
        let asked = study.ask().unwrap();
        study.tell(asked, values.to_vec()).unwrap();
    }
    study
}

fn numbers(trials: &[&TrialRecord]) -> Vec<u64> {
    trials.iter().map(|trial| trial.number()).collect()
}

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

/// Error and latency; the last but one misses the limit, the last is dominated.
fn error_and_latency() -> Study<Params> {
    let goals = [minimize("error"), minimize("latency_ms").limit(20.0)];
    let values: [&[f64]; 7] = [
        &[0.30, 2.0],
        &[0.10, 20.0],
        &[0.12, 6.0],
        &[0.20, 4.0],
        &[0.10, 20.0],
        &[0.05, 20.5],
        &[0.30, 21.0],
    ];
    study(goals, &values)
}

#[test]
fn the_front_is_in_the_order_of_the_first_goal_with_all_equal_trials() {
    let study = error_and_latency();
    let front = study.front().unwrap();
    let shown: Vec<String> = front.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "trial 1 with error 0.1, latency_ms 20",
            "trial 4 with error 0.1, latency_ms 20",
            "trial 2 with error 0.12, latency_ms 6",
            "trial 3 with error 0.2, latency_ms 4",
            "trial 0 with error 0.3, latency_ms 2",
        ]
    );
    assert_eq!(front[2].value_of("latency_ms"), Some(6.0));
    assert_eq!(front[2].values(), [0.12, 6.0]);
    assert_eq!(numbers(&study.trials().unwrap().front()), [1, 4, 2, 3, 0]);
}

#[test]
fn one_is_chosen_by_what_a_person_says() {
    let study = error_and_latency();
    assert_eq!(study.knee().unwrap().number(), 2);
    assert_eq!(
        study.best_within("latency_ms", 4.0).unwrap().number(),
        3,
        "the limit itself is kept"
    );
    assert_eq!(study.best_within("latency_ms", 100.0).unwrap().number(), 1, "feasible, and first");
    assert_eq!(study.best_within("error", 0.15).unwrap().number(), 2);
    assert_eq!(study.compromise([1.0, 0.0]).unwrap().number(), 1);
    assert_eq!(study.compromise([("latency_ms", 3.0)]).unwrap().number(), 0);
    assert_eq!(study.compromise([1.0, 1.0]).unwrap().number(), 2);
    assert_eq!(study.lexicographic([("error", 0.02), ("latency_ms", 0.0)]).unwrap().number(), 2);
    assert_eq!(study.lexicographic([("error", 0.1)]).unwrap().number(), 3);
    assert_eq!(study.lexicographic([("latency_ms", 2.0), ("error", 0.0)]).unwrap().number(), 3);
    assert_eq!(study.lexicographic([]).unwrap().number(), 1);
    assert_eq!(study.least_violating().unwrap().number(), 1);
}

#[test]
fn the_hypervolume_is_measured_from_what_was_said() {
    let study = error_and_latency();
    // 0.1 × 15 + 0.18 × 1 + … by hand: stripes of latency below 21 for errors from 0.1 to 0.4.
    let expected = 0.02 * 1.0 + 0.08 * 15.0 + 0.1 * 17.0 + 0.1 * 19.0;
    assert!((study.hypervolume([0.4, 21.0]).unwrap() - expected).abs() < 1e-12);
    let history = study.hypervolume_history([0.4, 21.0]).unwrap();
    assert_eq!(
        history.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6]
    );
    assert!(history.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    assert!((history[6].1 - expected).abs() < 1e-12);
    assert_eq!(history[3].1, history[6].1, "infeasible trials add nothing");
    assert_eq!(study.hypervolume([0.01, 1.0]).unwrap(), 0.0);
    assert_eq!(
        message(study.hypervolume(Reference::Limits)),
        "a reference of limits needs a limit for each goal, and `error` has none; give it one with \
         `limit`, or give the reference as numbers"
    );
    assert_eq!(
        message(study.hypervolume([1.0])),
        "a reference of 1 numbers for 2 goals; give one for each, in this order: error, latency_ms"
    );
    assert!(
        message(study.hypervolume([f64::NAN, 1.0])).contains("a value of the reference is NaN")
    );
    let limited = [maximize("accuracy").limit(0.5), minimize("seconds").limit(10.0)];
    let limited = self::study(limited, &[&[0.9, 4.0], &[0.8, 2.0], &[0.4, 1.0]]);
    let expected = 0.3 * 8.0 + 0.1 * 6.0;
    assert!((limited.hypervolume(Reference::Limits).unwrap() - expected).abs() < 1e-12);
}

#[test]
fn metrics_that_trials_record_are_limits_too() {
    let study = builder()
        .goals([minimize("error"), minimize("latency")])
        .outcome_constraint("memory", at_most(8.0))
        .outcome_constraint("recall", at_least(0.5))
        .build()
        .unwrap();
    let trials = [
        ([0.1, 5.0], 9.0, 0.9),
        ([0.2, 6.0], 7.0, 0.6),
        ([0.3, 7.0], 3.0, 0.9),
        ([0.4, 8.0], 2.0, 0.8),
    ];
    for (values, memory, recall) in trials {
        let mut asked = study.ask().unwrap();
        asked.trial().record("memory", memory);
        asked.trial().record("recall", recall);
        study.tell(asked, values).unwrap();
    }
    assert_eq!(study.best_within("memory", 8.0).unwrap().number(), 1);
    assert_eq!(study.best_within("memory", 3.0).unwrap().number(), 2);
    assert_eq!(study.best_within("recall", 0.7).unwrap().number(), 2);
    assert_eq!(
        message(study.best_within("memory", 1.0)),
        "no feasible trial has memory at most 1; trial 3 comes nearest with 2; run more trials, or \
         loosen the limit"
    );
    assert_eq!(
        message(study.best_within("recal", 1.0)),
        "there is no goal `recal`; the study has `error`, `latency`, `memory`, `recall`"
    );
}

#[test]
fn what_makes_no_sense_is_said() {
    let study = error_and_latency();
    assert_eq!(
        message(study.best_within("latency", 1.0)),
        "there is no goal `latency`; the study has `error`, `latency_ms`"
    );
    assert!(message(study.best_within("latency_ms", 1.0)).contains("trial 0 comes nearest with 2"));
    assert!(message(study.best_within("latency_ms", f64::NAN)).contains("the limit is NaN"));
    assert!(message(study.compromise([1.0])).starts_with("weights of 1 numbers for 2 goals"));
    assert!(message(study.compromise([-1.0, 1.0])).starts_with("`error`: its weight"));
    assert!(message(study.compromise([0.0, 0.0])).contains("one of them must be above 0"));
    assert!(message(study.compromise([("size", 1.0)])).starts_with("there is no goal `size`"));
    assert!(message(study.lexicographic([("size", 1.0)])).starts_with("there is no goal `size`"));
    assert!(message(study.lexicographic([("error", -1.0)])).starts_with("`error`: its tolerance"));
    let twice = [("error", 0.0), ("error", 0.0)];
    assert!(message(study.lexicographic(twice)).contains("it has two places"));
    let best = message(study.best());
    assert!(best.starts_with("a study with several goals (error, latency_ms) has no best trial"));
    assert_eq!(message(study.recommend(Default::default())), best);
    assert_eq!(message(study.regret_bound()), best);

    let goals = || [minimize("error"), minimize("latency_ms").limit(1.0)];
    let none = self::study(goals(), &[&[0.1, 5.0], &[0.2, 3.0]]);
    let nothing = message(none.front());
    assert!(nothing.contains("trial 1 comes nearest, but latency_ms at most 1 is missed by 2"));
    for choice in [none.knee(), none.compromise([1.0, 1.0]), none.lexicographic([])] {
        assert_eq!(message(choice), nothing);
    }
    assert_eq!(message(none.best_within("error", 1.0)), nothing);
    assert_eq!(none.least_violating().unwrap().number(), 1);
    assert!(none.trials().unwrap().front().is_empty());
    assert_eq!(none.hypervolume([1.0, 10.0]).unwrap(), 0.0);
    let empty = self::study(goals(), &[]);
    assert_eq!(message(empty.knee()), "no trial is complete yet; run some first");
    assert_eq!(message(empty.least_violating()), "no trial is complete yet; run some first");

    let small =
        self::study([minimize("a"), minimize("b")], &[&[0.0, 1.0], &[1.0, 0.0], &[1.0, 0.0]]);
    assert!(message(small.knee()).starts_with(
        "the front has 2 different trials, and a knee of 2 goals needs 3 at least; run more trials"
    ));
}

#[test]
fn with_one_goal_every_choice_is_the_best_feasible_trial() {
    let study = study([maximize("accuracy").limit(0.5)], &[&[0.6], &[0.9], &[0.4]]);
    assert_eq!(study.best().unwrap().number(), 1);
    assert_eq!(study.front().unwrap().len(), 1);
    assert_eq!(study.knee().unwrap().number(), 1);
    assert_eq!(study.compromise([1.0]).unwrap().number(), 1);
    assert_eq!(study.best_within("accuracy", 0.7).unwrap().number(), 1);
    assert_eq!(study.lexicographic([("accuracy", 0.0)]).unwrap().number(), 1);
}

/// The values of all choices of a study, without those that find nothing, in units of the first study.
fn choices(trials: &Trials, units: &[f64]) -> BTreeMap<&'static str, Vec<f64>> {
    let within = 0.6 * units[1];
    let chosen = [
        ("knee", trials.knee()),
        ("within", trials.best_within("b", within)),
        ("compromise", trials.compromise(units.iter().map(|_| 1.0).collect::<Vec<_>>())),
        ("weighted", trials.compromise([("a", 2.0), ("b", 1.0)])),
        ("lexicographic", trials.lexicographic([("b", 0.2 * units[1]), ("a", 0.0)])),
    ];
    let front: Vec<u64> = numbers(&trials.front());
    let known = chosen.into_iter().filter_map(|(how, trial)| {
        let trial = trial.ok()?;
        assert!(front.contains(&trial.number()), "{how} is on the front");
        Some((how, trial.values().iter().zip(units).map(|(value, unit)| value / unit).collect()))
    });
    known.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn choices_are_on_the_front_whatever_units_and_order(
        goals in 2_usize..=4,
        values in prop::collection::vec(prop::collection::vec(0_u32..64, 4), 1..24),
        rotate in 0_usize..24,
    ) {
        // Powers of two scale without rounding; the third goal is to be high.
        let values: Vec<Vec<f64>> = values
            .iter()
            .map(|row| row[..goals].iter().map(|&value| f64::from(value) / 64.0).collect())
            .collect();
        let names = ["a", "b", "c", "d"];
        let goal = |at: usize| if at == 2 { maximize(names[at]) } else { minimize(names[at]) };
        let told = |rows: &[Vec<f64>]| {
            let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            study((0..goals).map(goal), &rows).trials().unwrap()
        };
        let ones = vec![1.0; goals];
        let expected = choices(&told(&values), &ones);
        let mut turned = values.clone();
        turned.rotate_left(rotate % values.len());
        prop_assert_eq!(&choices(&told(&turned), &ones), &expected);
        let units = &[1024.0, 0.125, 16.0, 1.0 / 4096.0][..goals];
        let scaled: Vec<Vec<f64>> = values
            .iter()
            .map(|row| row.iter().zip(units).map(|(value, unit)| value * unit).collect())
            .collect();
        prop_assert_eq!(&choices(&told(&scaled), units), &expected);
    }
}
