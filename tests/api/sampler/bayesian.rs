//! What Bayesian optimization promises, through the public interface.

use tunewright::sampler::{
    ProbabilityOfImprovement, RandomSampler, Sampler, Stream, UpperConfidenceBound,
};
use tunewright::space::{Params, Scale};
use tunewright::storage::MemoryStorage;
use tunewright::surrogate::{Kernel, Noise, OutcomeTransform};
use tunewright::testing::problems::{Problem, branin, hartmann6};
use tunewright::trial::{NOISE, Outcome};
use tunewright::{BayesianSampler, Space, Study, Trial};

/// Regret of a study after so many trials.
fn regret(problem: &Problem, sampler: impl Sampler + 'static, seed: u64, trials: usize) -> f64 {
    let study =
        Study::in_space(problem.space().clone()).seed(seed).sampler(sampler).build().unwrap();
    for _ in 0..trials {
        let asked = study.ask().unwrap();
        let loss = problem.evaluate(asked.config());
        study.tell(asked, loss).unwrap();
    }
    study.history().unwrap().best().unwrap().loss() - problem.optimum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn branin_is_solved_in_every_run() {
    for seed in 0..5 {
        let regret = regret(&branin(), BayesianSampler::new(), seed, 45);
        assert!(regret < 1e-3, "seed {seed}: {regret}");
    }
}

#[test]
fn hartmann_is_far_better_than_at_random() {
    let run = |seed| regret(&hartmann6(), BayesianSampler::new(), seed, 40);
    let at_random = |seed| regret(&hartmann6(), RandomSampler::new(), seed, 40);
    let (ours, random) =
        (median((0..5).map(run).collect()), median((0..5).map(at_random).collect()));
    assert!(ours < 0.25 * random, "{ours} against {random}");
}

#[test]
fn every_option_optimizes() {
    let samplers: Vec<(&str, BayesianSampler)> = vec![
        ("bound", BayesianSampler::new().acquisition(UpperConfidenceBound::default())),
        ("probability", BayesianSampler::new().acquisition(ProbabilityOfImprovement::default())),
        ("thompson", BayesianSampler::new().thompson_sampling()),
        ("matern 3/2", BayesianSampler::new().kernel(Kernel::Matern32)),
        ("exponential", BayesianSampler::new().kernel(Kernel::SquaredExponential)),
        ("exact", BayesianSampler::new().noise(Noise::Exact)),
        ("noisy", BayesianSampler::new().noise(Noise::Estimated)),
        ("known", BayesianSampler::new().noise(Noise::Known(0.1))),
        ("per trial", BayesianSampler::new().noise(Noise::PerTrial)),
        ("plain", BayesianSampler::new().outcome_transform(OutcomeTransform::Standardized)),
        ("explorer", BayesianSampler::new().exploration(0.2)),
        ("eager", BayesianSampler::new().start_trials(1)),
    ];
    for (name, sampler) in samplers {
        let regret = regret(&branin(), sampler, 3, 40);
        // Random search reaches about 2 in as many trials.
        assert!(regret < 1.0, "{name}: {regret}");
    }
}

/// Michalewicz's function in five dimensions: narrow grooves, which a model takes for noise.
fn grooves(x: &[f64]) -> f64 {
    let groove = |(i, x): (usize, &f64)| {
        let angle = (i + 1) as f64 * x * x / std::f64::consts::PI;
        -x.sin() * angle.sin().powi(20)
    };
    x.iter().enumerate().map(groove).sum()
}

#[test]
fn what_looks_like_noise_is_looked_into() {
    let names = ["a", "b", "c", "d", "e"];
    let mut space = Space::builder();
    for name in names {
        space = space.float(name, 0.0..=std::f64::consts::PI, Scale::Linear);
    }
    let space = space.build().unwrap();
    let best = |sampler: BayesianSampler, seed: u64| {
        let study = Study::in_space(space.clone()).seed(seed).sampler(sampler).build().unwrap();
        for _ in 0..50 {
            let asked = study.ask().unwrap();
            let x = names.map(|name| asked.config().float(name).unwrap());
            study.tell(asked, grooves(&x)).unwrap();
        }
        study.history().unwrap().best().unwrap().loss()
    };
    let mean = |best: &dyn Fn(u64) -> f64| (0..8).map(best).sum::<f64>() / 8.0;
    let ours = mean(&|seed| best(BayesianSampler::new(), seed));
    // Where losses are known to be noisy, none is taken at its word.
    let noisy = mean(&|seed| best(BayesianSampler::new().noise(Noise::Estimated), seed));
    // The mean is -4.1 where no second model is asked.
    assert!(ours < -4.2 && ours < noisy - 0.5, "{ours} against {noisy}");
}

#[test]
fn what_trials_show_of_single_parameters_is_put_together() {
    let names = ["a", "b", "c", "d", "e"];
    let mut space = Space::builder();
    for name in names {
        space = space.float(name, 0.0..=1.0, Scale::Linear);
    }
    let space = space.build().unwrap();
    // Each parameter has two valleys, at about 0.19 and 0.69; the second one is worse by a quarter.
    let valley = |x: f64| (4.0 * std::f64::consts::PI * (x + 0.06)).cos() + 0.5 * x;
    let lowest = (0..=10_000).map(|at| valley(f64::from(at) / 1e4)).fold(f64::INFINITY, f64::min);
    let best = |sampler: BayesianSampler, seed: u64| {
        let study = Study::in_space(space.clone()).seed(seed).sampler(sampler).build().unwrap();
        let loss = |params: Params, _: &mut Trial| {
            names.iter().map(|name| valley(params.float(name).unwrap()) - lowest).sum::<f64>()
        };
        study.optimize(loss, 50).unwrap();
        study.best().unwrap().value()
    };
    let mean = |best: &dyn Fn(u64) -> f64| (0..6).map(best).sum::<f64>() / 6.0;
    let ours = mean(&|seed| best(BayesianSampler::new(), seed));
    // A kernel that was asked for is kept to, so that this one sees joint functions only.
    let joint = mean(&|seed| best(BayesianSampler::new().kernel(Kernel::Matern52), seed));
    assert!(ours < 0.5 * joint, "{ours} against {joint}");
}

/// A study of x² from -1 to 1 whose trials have deviation 0.3, and say so if `told`.
fn noisy_study(sampler: impl Sampler + 'static, seed: u64, told: bool) -> Study<Params> {
    let space = Space::builder().float("x", -1.0..=1.0, Default::default()).build().unwrap();
    let study = Study::in_space(space).seed(seed).sampler(sampler).build().unwrap();
    let square = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        if told {
            trial.record(NOISE, 0.3);
        }
        Ok(config.float("x")?.powi(2) + 0.3 * Stream::new(trial.seed(), 0).normal())
    };
    study.optimize(square, 40).unwrap();
    study
}

#[test]
fn the_recommended_trial_is_not_the_luckiest() {
    let true_loss = |config: &Params| config.float("x").unwrap().powi(2);
    let (mut lucky, mut known, mut told) = (0.0, 0.0, 0.0);
    for seed in 0..10 {
        let study = noisy_study(RandomSampler::new(), seed, true);
        lucky += true_loss(study.best().unwrap().config());
        known += true_loss(study.recommend(Noise::Known(0.3)).unwrap().config());
        told += true_loss(study.recommend(Noise::PerTrial).unwrap().config());
        let trusting = study.recommend(Noise::Negligible).unwrap();
        assert_eq!(trusting.number(), study.best().unwrap().number());
    }
    assert_eq!(known, told);
    assert!(known < 0.5 * lucky, "{known} against {lucky}");
}

#[test]
fn recorded_noise_reaches_the_sampler() {
    let suggestions = |noise: Noise, told: bool| -> Vec<f64> {
        let study = noisy_study(BayesianSampler::new().noise(noise), 1, told);
        study.history().unwrap().trials().map(|trial| trial.point().get(0).unwrap()).collect()
    };
    let told = suggestions(Noise::PerTrial, true);
    assert_eq!(told, suggestions(Noise::Known(0.3), false));
    assert_eq!(suggestions(Noise::PerTrial, false), suggestions(Noise::Estimated, true));
    assert_ne!(told, suggestions(Noise::Estimated, true));
}

#[test]
fn without_trials_nothing_is_recommended() {
    let study = Study::in_space(branin().space().clone()).build().unwrap();
    assert!(study.recommend(Noise::Estimated).is_err());
}

#[test]
fn a_failing_region_is_learned_and_avoided() {
    let space = branin().space().clone();
    let study = Study::in_space(space).seed(1).sampler(BayesianSampler::new()).build().unwrap();
    let fails = |config: &Params| config.iter().next().unwrap().1.as_f64().unwrap() > 2.5;
    let mut late_failures = 0;
    for number in 0..40 {
        let asked = study.ask().unwrap();
        let outcome = if fails(asked.config()) {
            late_failures += u32::from(number >= 20);
            Outcome::Failed("out of memory".into())
        } else {
            Outcome::Complete(branin().evaluate(asked.config()).into())
        };
        study.tell(&asked, outcome).unwrap();
    }
    // Half of the space fails, and the rest is solved by then.
    assert!(late_failures <= 7, "{late_failures} of the last 20 trials failed");
    let best = study.history().unwrap().best().unwrap().loss();
    assert!(best - branin().optimum() < 0.05, "{best}");
}

#[test]
fn parallel_workers_spread() {
    let study = Study::in_space(branin().space().clone())
        .seed(2)
        .sampler(BayesianSampler::new())
        .build()
        .unwrap();
    for _ in 0..12 {
        let asked = study.ask().unwrap();
        let loss = branin().evaluate(asked.config());
        study.tell(asked, loss).unwrap();
    }
    let asked: Vec<_> = (0..8).map(|_| study.ask().unwrap()).collect();
    let places: Vec<Vec<f64>> = asked
        .iter()
        .map(|asked| asked.config().iter().filter_map(|(_, value)| value.as_f64()).collect())
        .collect();
    for (i, a) in places.iter().enumerate() {
        for b in &places[..i] {
            let apart = a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!(apart > 0.05, "{a:?} {b:?}");
        }
    }
}

/// Keeps eight trials running and tells the oldest first, until so many have ended.
fn eight_at_once(study: &Study<Params>, trials: usize, objective: impl Fn(&Params) -> f64) {
    let mut running = std::collections::VecDeque::new();
    for trial in 0..trials {
        while running.len() < 8.min(trials - trial) {
            running.push_back(study.ask().unwrap());
        }
        let asked = running.pop_front().unwrap();
        study.tell(&asked, objective(asked.config())).unwrap();
    }
}

#[test]
fn eight_workers_solve_branin() {
    for seed in 0..3 {
        let study = Study::in_space(branin().space().clone())
            .seed(seed)
            .sampler(BayesianSampler::new())
            .build()
            .unwrap();
        eight_at_once(&study, 48, |config| branin().evaluate(config));
        let regret = study.history().unwrap().best().unwrap().loss() - branin().optimum();
        assert!(regret < 0.05, "seed {seed}: {regret}");
    }
}

#[test]
fn eight_workers_try_all_of_a_small_space() {
    let space = Space::builder()
        .int("n", 1..=6, Scale::Linear)
        .int("m", 1..=5, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space).seed(3).sampler(BayesianSampler::new()).build().unwrap();
    eight_at_once(&study, 30, |config| {
        let number = |name: &str| config.int::<i32>(name).map(f64::from).unwrap();
        (number("n") - 2.0).powi(2) + (number("m") - 4.0).powi(2)
    });
    let history = study.history().unwrap();
    let tried: std::collections::BTreeSet<String> =
        history.trials().map(|trial| format!("{:?}", trial.point())).collect();
    assert_eq!(tried.len(), 30);
}

/// A space of scikit-learn's kind: parameters that do nothing under some choices, and no condition
/// that says so.
fn machine(config: &Params) -> f64 {
    let value = |name: &str| config.float(name).unwrap();
    let (x, y) = (value("c"), value("gamma"));
    match config.text("kernel").unwrap() {
        "linear" => 0.4 + (x - 0.2).abs(),
        "poly" => 0.6 + (x - 0.5).abs() * (value("degree") - 0.5).abs(),
        _ => (x - 0.6).powi(2) + (y - 0.3).powi(2),
    }
}

fn machines(seed: u64, storage: &MemoryStorage) -> Study<Params> {
    let space = Space::builder()
        .float("c", 0.0..=1.0, Scale::Linear)
        .float("gamma", 0.0..=1.0, Scale::Linear)
        .float("degree", 0.0..=1.0, Scale::Linear)
        .choices("kernel", ["linear", "poly", "rbf"])
        .build()
        .unwrap();
    let study = Study::in_space(space.clone()).seed(seed).sampler(BayesianSampler::new());
    // A beginning from which it can be seen what "linear" does not depend on.
    (0..8)
        .fold(study.storage(storage.clone()), |study, at| {
            let other = 0.1 + 0.1 * f64::from(at);
            let config = [
                ("c", (0.2 + 0.5 * f64::from(at % 2)).into()),
                ("gamma", other.into()),
                ("degree", (1.0 - other).into()),
                ("kernel", "linear".into()),
            ];
            study.start_from(space.params(config).unwrap())
        })
        .build()
        .unwrap()
}

fn train_machine(config: Params, _: &mut Trial) -> f64 {
    machine(&config)
}

#[test]
fn a_new_sampler_suggests_what_one_that_ran_all_along_does() {
    let whole = machines(4, &MemoryStorage::new());
    whole.optimize(train_machine, 27).unwrap();
    let storage = MemoryStorage::new();
    for trials in [14, 1, 7, 5] {
        machines(4, &storage).optimize(train_machine, trials).unwrap();
    }
    let points = |study: &Study<Params>| -> Vec<_> {
        study.history().unwrap().trials().map(|trial| trial.point().clone()).collect()
    };
    assert_eq!(points(&whole), points(&machines(4, &storage)));
}

#[test]
fn branches_that_share_nothing_are_searched_together() {
    let space = Space::builder()
        .choice("model", |model| {
            model
                .variant("a", |a| a.float("x", 0.0..=1.0, Default::default()))
                .variant("b", |b| {
                    b.float("y", 0.0..=1.0, Default::default()).float(
                        "z",
                        0.0..=1.0,
                        Default::default(),
                    )
                })
                .unit("c")
        })
        .build()
        .unwrap();
    let loss = |config: &Params| {
        let values: Vec<f64> = config.iter().filter_map(|(_, value)| value.as_f64()).collect();
        match values.as_slice() {
            [x] => 0.3 + (x - 0.4).powi(2),
            [y, z] => (y - 0.7).powi(2) + (z - 0.2).powi(2),
            _ => 0.5,
        }
    };
    for seed in 0..3 {
        let study = Study::in_space(space.clone())
            .seed(seed)
            .sampler(BayesianSampler::new())
            .build()
            .unwrap();
        for _ in 0..30 {
            let asked = study.ask().unwrap();
            let loss = loss(asked.config());
            study.tell(asked, loss).unwrap();
        }
        let best = study.history().unwrap().best().unwrap().loss();
        assert!(best < 1e-3, "{seed}: {best}");
    }
}
