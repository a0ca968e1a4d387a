//! What a study recommends where the same config gives different values.

use tunewright::sampler::{RandomSampler, Sampler, Stream};
use tunewright::space::{Params, Scale};
use tunewright::surrogate::{Noise, Statistic};
use tunewright::trial::{Direction, Outcome, TrialState};
use tunewright::{BayesianSampler, Error, Space, Study, Trial};

/// A study of values that are drawn for each trial, and turned around if they are to be high.
fn study_of(
    space: Space,
    goal: Direction,
    trials: usize,
    seed: u64,
    sampler: impl Sampler + 'static,
    draw: impl Fn(&Params, &mut Stream) -> f64 + Sync,
) -> Study<Params> {
    let study = Study::in_space(space).direction(goal).seed(seed).sampler(sampler);
    let study = study.allow_repeats().build().unwrap();
    let value = |config: Params, trial: &mut Trial| {
        let drawn = draw(&config, &mut Stream::new(trial.seed(), 0));
        match goal {
            Direction::Minimize => drawn,
            Direction::Maximize => 7.0 - drawn,
        }
    };
    study.optimize(value, trials).unwrap();
    study
}

fn line() -> Space {
    Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap()
}

fn x(config: &Params) -> f64 {
    config.float("x").unwrap()
}

/// 0 or 100 with equal chance.
fn all_or_nothing(random: &mut Stream) -> f64 {
    if random.unit() < 0.5 { 0.0 } else { 100.0 }
}

#[test]
fn a_mean_of_fifty_is_never_taken_for_its_lucky_half() {
    let draw = |config: &Params, random: &mut Stream| {
        if x(config) < 0.4 { all_or_nothing(random) } else { 0.5 }
    };
    for goal in [Direction::Minimize, Direction::Maximize] {
        for seed in 0..12 {
            let study = study_of(line(), goal, 50, seed, RandomSampler::new(), draw);
            let taken = study.recommend(Noise::Estimated).unwrap();
            assert!(x(taken.config()) > 0.4, "{goal} {seed}: {:?}", taken.expected());
            let expected = goal.orient(taken.expected().unwrap().value);
            let truth = if goal == Direction::Minimize { 0.5 } else { -6.5 };
            assert!((expected - truth).abs() < 5.0, "{goal} {seed}: {expected}");
            let best = study.best().unwrap();
            assert!(x(best.config()) < 0.4 && best.expected().is_none());
            let luckiest = study.estimates(Noise::Estimated, Statistic::Mean).unwrap();
            assert_eq!(luckiest.best(), Some(taken.number()));
            let lucky = goal.orient(luckiest.of(best.number()).unwrap().value);
            assert!(lucky > truth + 5.0, "{goal} {seed}: {lucky}");
        }
    }
    for seed in 0..2 {
        let sampler = BayesianSampler::new().noise(Noise::Estimated);
        let study = study_of(line(), Direction::Minimize, 30, seed, sampler, draw);
        assert!(x(study.recommend(Noise::Estimated).unwrap().config()) > 0.4, "{seed}");
    }
}

#[test]
fn choices_and_whole_numbers_have_means_too() {
    let choices = || Space::builder().choices("k", ["a", "b", "c"]).build().unwrap();
    let whole = || Space::builder().int("n", 0..=9, Scale::Linear).build().unwrap();
    for seed in 0..12 {
        let goal = Direction::Minimize;
        let draw = |config: &Params, random: &mut Stream| match config.branch("k").unwrap() {
            "a" => all_or_nothing(random),
            "b" => 20.0,
            _ => 40.0 + 20.0 * random.normal(),
        };
        let study = study_of(choices(), goal, 60, seed, RandomSampler::new(), draw);
        let taken = study.recommend(Noise::Estimated).unwrap();
        assert_eq!(taken.config().branch("k").unwrap(), "b", "{seed}");
        let draw = |config: &Params, random: &mut Stream| {
            if config.float("n").unwrap() < 4.0 { all_or_nothing(random) } else { 20.0 }
        };
        let study = study_of(whole(), goal, 80, seed, RandomSampler::new(), draw);
        let taken = study.recommend(Noise::Estimated).unwrap();
        assert!(taken.config().float("n").unwrap() >= 4.0, "{seed}");
    }
}

#[test]
fn the_statistic_decides_under_skewed_noise() {
    // On the left log-normal: median 1, mean 3.1, and one in ten above 6.8. On the right 1.5.
    let draw = |config: &Params, random: &mut Stream| {
        let normal = random.normal();
        if x(config) < 0.5 { (1.5 * normal).exp() } else { 1.5 + 0.1 * normal }
    };
    for goal in [Direction::Minimize, Direction::Maximize] {
        let lower = if goal == Direction::Minimize { 0.1 } else { 0.9 };
        let left = |statistic: Statistic| {
            let taken = |seed| {
                let study = study_of(line(), goal, 100, seed, RandomSampler::new(), draw);
                study.recommend_by(Noise::Estimated, statistic).unwrap()
            };
            (0..6).filter(|&seed| x(taken(seed).config()) < 0.5).count()
        };
        let statistics = [Statistic::Mean, Statistic::Median, Statistic::Quantile(lower)];
        let [mean, median, low] = statistics.map(left);
        assert_eq!(mean, 0, "{goal:?}");
        // A median of 1 against 1.5 is told apart in most studies of 50 trials on each side.
        assert!(median >= 5 && low >= 5, "{median} {low}");
    }
}

#[test]
fn repeats_are_averaged() {
    let space = Space::builder().choices("k", ["a", "b"]).build().unwrap();
    let draw = |config: &Params, random: &mut Stream| {
        let offset = if config.branch("k").unwrap() == "a" { 0.3 } else { 0.0 };
        offset + 4.0 * random.unit().powi(3)
    };
    let study = study_of(space, Direction::Minimize, 400, 1, RandomSampler::new(), draw);
    let mut values = [Vec::new(), Vec::new()];
    let history = study.history().unwrap();
    let option = |config: &Params| usize::from(config.branch("k").unwrap() == "b");
    for trial in history.complete() {
        values[option(&study.config_of(trial.record()).unwrap())].push(trial.loss());
    }
    let estimates = study.estimates(Noise::Estimated, Statistic::Mean).unwrap();
    for trial in history.complete() {
        let own = &values[option(&study.config_of(trial.record()).unwrap())];
        let estimate = estimates.of(trial.number()).unwrap();
        let mean = crate::support::sample::mean(own);
        let error = (crate::support::sample::variance(own) / own.len() as f64).sqrt();
        assert!((estimate.value - mean).abs() < 0.5 * error, "{estimate:?} {mean} ± {error}");
        let ratio = estimate.deviation / error;
        assert!((0.7..1.3).contains(&ratio), "{estimate:?} {error}");
    }
    assert_eq!(estimates.iter().count(), 400);
}

#[test]
fn wins_and_losses_add_up() {
    // The chance of a loss; 400 games.
    let chance = |x: f64| 0.3 + (x - 0.3).powi(2);
    let draw = |config: &Params, random: &mut Stream| f64::from(random.unit() < chance(x(config)));
    let (mut lost, mut lucky) = (0.0, 0.0);
    for seed in 0..6 {
        let study = study_of(line(), Direction::Minimize, 400, seed, RandomSampler::new(), draw);
        lost += chance(x(study.recommend(Noise::Estimated).unwrap().config())) - 0.3;
        lucky += chance(x(study.best().unwrap().config())) - 0.3;
    }
    assert!(lost < 0.4 * lucky && lost / 6.0 < 0.03, "{lost} {lucky}");
}

#[test]
fn many_trials_are_not_selected_by_luck() {
    let draw = |config: &Params, random: &mut Stream| {
        if x(config) < 0.4 { all_or_nothing(random) } else { 30.0 }
    };
    let study = study_of(line(), Direction::Minimize, 1500, 1, RandomSampler::new(), draw);
    assert!(x(study.recommend(Noise::Estimated).unwrap().config()) > 0.4);
}

#[test]
fn broken_configs_do_not_blur_the_others() {
    let draw = |config: &Params, random: &mut Stream| match x(config) {
        x if x > 0.9 => 1e9 * random.unit(),
        x => 10.0 * (x - 0.3).powi(2) + 0.3 * random.normal(),
    };
    for seed in 0..6 {
        let study = study_of(line(), Direction::Minimize, 60, seed, RandomSampler::new(), draw);
        let taken = x(study.recommend(Noise::Estimated).unwrap().config());
        assert!((taken - 0.3).abs() < 0.2, "{seed}: {taken}");
    }
}

#[test]
fn any_values_have_estimates() {
    let statistics = [Statistic::Mean, Statistic::Median, Statistic::Quantile(0.99)];
    let many: [&[f64]; 6] = [
        &[1.0],
        &[1.0, 2.0],
        &[3.0; 12],
        &[0.0, 0.0, 0.0, 0.0, 1.0],
        &[f64::MAX, -f64::MAX, 0.0, 1e300, -1e300, 5.0, 7.0, 1.0, 2.0, 3.0, 4.0],
        &[5e-324, 0.0, 1e-320],
    ];
    for values in many {
        let study = Study::in_space(line()).seed(3).build().unwrap();
        for (at, &value) in values.iter().enumerate() {
            let config = study.space().space().params([("x", (0.05 * at as f64).into())]);
            study.add(config.unwrap(), Outcome::Complete(value.into())).unwrap();
        }
        for statistic in statistics {
            let taken = study.recommend_by(Noise::Estimated, statistic).unwrap();
            let expected = taken.expected().unwrap();
            assert!(expected.value.is_finite(), "{values:?} {statistic:?}");
            assert!(expected.deviation >= 0.0, "{values:?} {statistic:?} {expected:?}");
        }
    }
}

#[test]
fn estimates_are_the_values_where_these_are_exact() {
    let draw = |config: &Params, _: &mut Stream| x(config);
    let study = study_of(line(), Direction::Maximize, 5, 1, RandomSampler::new(), draw);
    let estimates = study.estimates(Noise::Exact, Statistic::Mean).unwrap();
    for trial in study.history().unwrap().complete() {
        let estimate = estimates.of(trial.number()).unwrap();
        assert_eq!((Some(estimate.value), estimate.deviation), (trial.record().value(), 0.0));
    }
    assert_eq!(estimates.best(), Some(study.best().unwrap().number()));
    assert_eq!(estimates.of(99), None);
    let nothing = Study::in_space(line()).build().unwrap();
    assert_eq!(nothing.estimates(Noise::Estimated, Statistic::Median).unwrap().best(), None);
    assert!(matches!(nothing.recommend(Noise::Estimated), Err(Error::NoCompleteTrial { .. })));
}

#[test]
fn a_quantile_needs_a_probability() {
    let draw = |config: &Params, _: &mut Stream| x(config);
    let study = study_of(line(), Direction::Minimize, 5, 1, RandomSampler::new(), draw);
    for share in [0.0, 1.0, -0.5, 90.0, f64::NAN] {
        let statistic = Statistic::Quantile(share);
        let refused = study.recommend_by(Noise::Estimated, statistic).unwrap_err().to_string();
        assert!(refused.contains("above 0 and below 1"), "{refused}");
        assert!(study.estimates(Noise::Estimated, statistic).is_err());
    }
}

/// A study by hand of trials that report a curve; the last ones are still running.
fn of_curves(goal: Direction, running: &[(f64, f64)]) -> Study<Params> {
    let study = Study::in_space(line()).direction(goal).no_pruning().build().unwrap();
    let report = |x: f64, end: f64, steps: u64| {
        let config = study.space().space().params([("x", x.into())]).unwrap();
        study.enqueue(config).unwrap();
        let mut asked = study.ask().unwrap();
        for step in 0..steps {
            let loss = end + 1.0 / (1.0 + step as f64);
            asked.trial().report(step, goal.orient(loss)).unwrap();
        }
        (asked, end + 1.0 / 30.0)
    };
    for at in 0..12 {
        let x = f64::from(at) / 11.0;
        let (asked, end) = report(x, (x - 0.3).powi(2), 30);
        study.tell(asked, goal.orient(end)).unwrap();
    }
    for &(x, end) in running {
        report(x, end, 25);
    }
    study
}

#[test]
fn an_unfinished_trial_may_be_recommended_and_says_that_it_is_none() {
    for goal in [Direction::Minimize, Direction::Maximize] {
        for noise in [Noise::Negligible, Noise::Exact] {
            let study = of_curves(goal, &[(0.31, -0.2), (0.8, 0.5)]);
            let taken = study.recommend(noise).unwrap();
            assert!(!taken.is_finished() && taken.value().is_nan(), "{goal} {noise:?}: {taken}");
            let unfinished = taken.unfinished().unwrap();
            assert_eq!((taken.number(), unfinished.step), (12, 24));
            assert_eq!((unfinished.state, unfinished.last_step), (TrialState::Running, Some(29)));
            let reported = goal.orient(-0.2 + 1.0 / 25.0);
            assert_eq!(unfinished.reported, reported);
            let expected = taken.expected().unwrap();
            assert!(expected.deviation > 0.0 && goal.orient(expected.value) < 0.1, "{taken}");
            let text = taken.to_string();
            assert!(text.starts_with("trial 12, still running after step 24 of 29"), "{text}");
            assert!(text.contains("is expected at its end"), "{text}");
            // The best is finished.
            let best = study.best().unwrap();
            assert!(best.is_finished() && best.unfinished().is_none() && best.value().is_finite());
            // Of other statistics nothing is foreseen.
            let median = study.recommend_by(noise, Statistic::Quantile(0.5)).unwrap();
            assert!(median.is_finished());
        }
    }
}

#[test]
fn an_unfinished_trial_that_promises_less_is_not_recommended() {
    for goal in [Direction::Minimize, Direction::Maximize] {
        let study = of_curves(goal, &[(0.8, 0.25), (0.9, 0.5)]);
        let (taken, best) = (study.recommend(Noise::Negligible).unwrap(), study.best().unwrap());
        assert!(taken.is_finished());
        assert_eq!((taken.number(), taken.value()), (best.number(), best.value()));
        assert!(best.to_string().starts_with(&format!("trial {} with ", best.number())));
    }
}
