//! Studies of all kinds, to be drawn.

use tunewright::nas::{Chain, Network};
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::metric;
use tunewright::trial::{Direction, Goal, at_most, maximize, minimize};
use tunewright::{ControllerSampler, GridSampler, RandomSampler, Study, Trial};

/// A training with a conditional parameter, failures, progress and metrics.
pub(crate) fn training(trials: usize) -> Study<Params> {
    let space = Space::builder()
        .float("learning_rate", 1e-5..=1e-1, Scale::Log)
        .int("layers", 1..=6, Scale::Linear)
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .choices("width", [16, 32, 64, 128])
        .choice("optimizer", |optimizer| {
            optimizer
                .variant("Sgd", |sgd| {
                    sgd.float("momentum", 0.0..=0.99, Scale::Linear).bool("nesterov")
                })
                .variant("Adam", |adam| adam.float("one_minus_beta2", 1e-4..=1e-1, Scale::Log))
        })
        .int("batch", 32..=32, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .name("digits")
        .minimize()
        .sampler(RandomSampler::new())
        .workers(3)
        .seed(11)
        .no_pruning()
        .build()
        .unwrap();
    study.optimize(train, trials).unwrap();
    study
}

fn train(config: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    let rate = config.float("learning_rate")?.log10();
    let (layers, dropout) = (config.float("layers")?, config.float("dropout")?);
    let momentum = match config.branch("optimizer")? {
        "Sgd" => config.float("optimizer.Sgd.momentum")?,
        _ => 0.9,
    };
    let train = 0.05 + 0.2 / layers + 0.04 * (rate + 2.5).powi(2) + 0.08 * (momentum - 0.9).abs();
    let gap = 0.015 * layers * (1.0 - dropout);
    for epoch in 0..12 {
        trial.report(epoch, train + gap + 0.8 * (-0.4 * epoch as f64).exp())?;
    }
    trial.record(metric::TRAIN_ERROR, train);
    trial.record(metric::SECONDS, 2.0 * layers + 0.1);
    if rate > -1.3 && layers > 3.0 {
        // NaN fails its trial.
        return Ok(f64::NAN);
    }
    Ok(train + gap)
}

/// Names that no picture has room for, and values from 1e-12 to 1e12.
pub(crate) fn extreme(trials: usize) -> Study<Params> {
    let long =
        "an.extraordinarily.long.name.of.a.hyperparameter.<with>.\"quotes\".&.学習率の初期値";
    let space = Space::builder()
        .float(long, 1e-12..=1e12, Scale::Log)
        .float("tiny", 0.0..=5e-12, Scale::Linear)
        .float("huge", -1e12..=3e12, Scale::Linear)
        .choices(
            "a_choice_among_options_that_nobody_would_want_to_type_twice",
            [
                "the first of the options, which goes on and on and on until it ends",
                "</script><script>alert('the second')</script>",
                "short",
                "x",
            ],
        )
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .name("a study whose name is rather long, with <b>markup</b> & more")
        .maximize()
        .sampler(RandomSampler::new())
        .seed(5)
        .build()
        .unwrap();
    let objective = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let size = config.float(long)?;
        trial.record("a metric with <markup> in its name", size.ln());
        trial.report(0, size)?;
        trial.report(1_000_000_000, size * 0.5)?;
        Ok(size)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// A grid from coarse to fine.
pub(crate) fn grid(trials: usize) -> Study<Params> {
    let space = Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .float("decay", 0.0..=1.0, Scale::Linear)
        .choices("kernel", ["linear", "rbf", "poly"])
        .build()
        .unwrap();
    let sampler = GridSampler::coarse_to_fine(trials as u64);
    let study =
        Study::in_space(space).name("grid").minimize().sampler(sampler).seed(2).build().unwrap();
    let objective = |config: Params, _: &mut Trial| -> tunewright::Result<f64> {
        let kernel = if config.text("kernel")? == "rbf" { 0.0 } else { 0.3 };
        Ok((config.float("lr")?.log10() + 2.2).powi(2)
            + (config.float("decay")? - 0.31).powi(2)
            + kernel)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Architectures, found by a controller.
pub(crate) fn architectures(trials: usize) -> Study<Network> {
    let space = Chain::new()
        .decide("kernel", [1, 3, 5])
        .decide("filters", [8, 16, 32])
        .skip_connections()
        .depth(2..=4)
        .build()
        .unwrap();
    let sampler = ControllerSampler::without_surrogate();
    let study = Study::in_space(space)
        .name("architectures")
        .maximize()
        .sampler(sampler)
        .seed(3)
        .build()
        .unwrap();
    let objective = |network: Network, _: &mut Trial| -> tunewright::Result<f64> {
        let mut score = 0.5;
        for layer in network.layers() {
            score += 0.04 * layer.float("filters")?.log2() / 5.0;
            score -= 0.02 * (layer.float("kernel")? - 3.0).abs();
        }
        Ok(score)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Width and depth of a network, from 1 to 256 and from 1 to 8.
fn network() -> Space {
    let space = Space::builder().float("width", 1.0..=256.0, Scale::Log);
    space.int("depth", 1..=8, Scale::Linear).build().unwrap()
}

/// Error, accuracy, latency and memory of a network.
fn costs(config: &Params) -> tunewright::Result<[f64; 4]> {
    let (width, depth) = (config.float("width")?, config.float("depth")?);
    let error = 0.02 + 0.6 / (1.0 + 0.3 * width.sqrt()) + 0.01 * (depth - 4.0).powi(2);
    let latency = 0.4 + 0.06 * width * depth.sqrt();
    Ok([error, 1.0 - error + 0.02 * depth.sin(), latency, 1e5 * width * width * depth])
}

/// An error and a latency with a limit; one trial in ten fails.
pub(crate) fn two_goals(trials: usize) -> Study<Params> {
    let goals = [minimize("error"), minimize("latency_ms").limit(20.0)];
    let study = Study::in_space(network())
        .name("two goals")
        .goals(goals)
        .sampler(RandomSampler::new())
        .seed(21)
        .build()
        .unwrap();
    let objective = |config: Params, trial: &mut Trial| -> tunewright::Result<[f64; 2]> {
        let [error, _, latency, _] = costs(&config)?;
        Ok([if trial.number() % 10 == 9 { f64::NAN } else { error }, latency])
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Limits for both of two goals, one of which is to be high, and names that no picture has room for.
pub(crate) fn limited_goals(trials: usize) -> Study<Params> {
    let long =
        "accuracy <on> \"the\" images & sounds that nobody has heard or seen before the test";
    let study = Study::in_space(network())
        .name("limits")
        .goals([maximize(long).limit(0.3), minimize("latency_ms").limit(12.0)])
        .sampler(RandomSampler::new())
        .seed(22)
        .build()
        .unwrap();
    let objective = |config: Params, _: &mut Trial| -> tunewright::Result<[f64; 2]> {
        let [_, accuracy, latency, _] = costs(&config)?;
        Ok([accuracy, latency])
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Three goals.
pub(crate) fn three_goals(trials: usize) -> Study<Params> {
    let goals = [maximize("accuracy"), minimize("latency_ms"), minimize("bytes").limit(1e10)];
    let study = Study::in_space(network())
        .name("three goals")
        .goals(goals)
        .sampler(RandomSampler::new())
        .seed(23)
        .build()
        .unwrap();
    let objective = |config: Params, _: &mut Trial| -> tunewright::Result<[f64; 3]> {
        let [_, accuracy, latency, bytes] = costs(&config)?;
        Ok([accuracy, latency, bytes])
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Five goals without names.
pub(crate) fn five_goals(trials: usize) -> Study<Params> {
    let goals = [
        Direction::Minimize,
        Direction::Maximize,
        Direction::Minimize,
        Direction::Minimize,
        Direction::Maximize,
    ];
    let study = Study::in_space(network())
        .name("five goals")
        .goals(goals.map(Goal::from))
        .sampler(RandomSampler::new())
        .seed(24)
        .build()
        .unwrap();
    let objective = |config: Params, _: &mut Trial| -> tunewright::Result<[f64; 5]> {
        let [error, accuracy, latency, bytes] = costs(&config)?;
        Ok([error, accuracy, latency, bytes, config.float("depth")?])
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// One goal and an outcome constraint.
pub(crate) fn constrained(trials: usize) -> Study<Params> {
    let study = Study::in_space(network())
        .name("constrained")
        .goals([minimize("error")])
        .outcome_constraint("latency_ms", at_most(6.0))
        .sampler(RandomSampler::new())
        .seed(25)
        .build()
        .unwrap();
    let objective = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let [error, _, latency, _] = costs(&config)?;
        trial.record("latency_ms", latency);
        Ok(error)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Twenty parameters.
pub(crate) fn large(trials: usize) -> Study<Params> {
    let mut space = Space::builder();
    for at in 0..14 {
        space = space.float(&format!("parameter_{at}"), 0.0..=1.0, Scale::Linear);
    }
    for at in 14..17 {
        space = space.int(&format!("count_{at}"), 1..=100, Scale::Linear);
    }
    for at in 17..20 {
        space = space.choices(&format!("choice_{at}"), ["red", "green", "blue"]);
    }
    let study = Study::in_space(space.build().unwrap())
        .name("large")
        .sampler(RandomSampler::new())
        .seed(1)
        .build()
        .unwrap();
    let objective = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let (a, b) = (config.float("parameter_0")?, config.float("parameter_1")?);
        trial.record(metric::TRAIN_ERROR, 0.5 * a);
        Ok((a - 0.3).powi(2) + 0.5 * a * b + 0.01 * config.float("count_15")?)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// A hundred parameters.
pub(crate) fn wide(trials: usize) -> Study<Params> {
    let mut space = Space::builder();
    for at in 0..100 {
        space = space.float(&format!("parameter_{at}"), 0.0..=1.0, Scale::Linear);
    }
    let sampler = RandomSampler::new();
    let study =
        Study::in_space(space.build().unwrap()).name("wide").sampler(sampler).seed(1).build();
    let study = study.unwrap();
    let objective = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let (a, b) = (config.float("parameter_0")?, config.float("parameter_1")?);
        trial.record(metric::TRAIN_ERROR, 0.5 * a);
        Ok((a - 0.3).powi(2) + 0.5 * a * b + 0.01 * config.float("parameter_2")?)
    };
    study.optimize(objective, trials).unwrap();
    study
}

/// Every trial fails.
pub(crate) fn failing() -> Study<Params> {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).name("failing").seed(1).build().unwrap();
    let objective = |_: Params, _: &mut Trial| Err::<f64, _>("out of <memory>");
    study.optimize(objective, 5).unwrap();
    study
}

/// A parameter that cannot vary and a goal that is always the same.
pub(crate) fn constant() -> Study<Params> {
    let space = Space::builder()
        .float("x", 2.0..=2.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space).name("constant").seed(1).build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| 7.0, 6).unwrap();
    study
}
