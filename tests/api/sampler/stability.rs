//! The same seed gives the same suggestions as in the last release. A change here is one that the
//! changelog tells under **Results**.
//!
//! To print the table anew: `cargo test --test api stability -- --nocapture`.

use tunewright::prelude::*;
use tunewright::space::Value;

/// The trials that are compared.
const TRIALS: [usize; 5] = [0, 1, 6, 11, 15];

fn space() -> Space {
    Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .int("units", 8..=256, Scale::Log)
        .choice("optimizer", |optimizer| {
            optimizer
                .unit("adam")
                .variant("sgd", |sgd| sgd.float("momentum", 0.0..=0.99, Scale::Linear))
        })
        .bool("bias")
        .build()
        .unwrap()
}

/// Smooth in the numbers, with a term of each choice.
fn loss(config: &Params) -> f64 {
    let lr = config.float("lr").unwrap().log10() + 3.0;
    let units = (config.float("units").unwrap() / 64.0).log2();
    let optimizer = match config.branch("optimizer").unwrap() {
        "sgd" => 0.3 + (config.float("optimizer.sgd.momentum").unwrap() - 0.9).powi(2),
        _ => 0.5,
    };
    let bias = if config.bool("bias").unwrap() { 0.0 } else { 0.1 };
    lr * lr + 0.2 * units * units + optimizer + bias
}

fn line(config: &Params) -> String {
    let value = |(name, value): (&str, Value)| match value {
        Value::Float(number) => format!("{name}={number:.6e}"),
        other => format!("{name}={other}"),
    };
    config.iter().map(value).collect::<Vec<_>>().join(" ")
}

/// Numbers as close as different mathematical libraries leave them, and everything else alike.
fn same(left: &str, right: &str) -> bool {
    let parts = |line: &str| -> Vec<String> { line.split([' ', '=']).map(str::to_owned).collect() };
    let (left, right) = (parts(left), parts(right));
    left.len() == right.len()
        && left.iter().zip(&right).all(|(left, right)| {
            match (left.parse::<f64>(), right.parse::<f64>()) {
                (Ok(left), Ok(right)) => (left - right).abs() <= 1e-5 * right.abs(),
                _ => left == right,
            }
        })
}

fn suggestions(sampler: impl Sampler + 'static) -> Vec<String> {
    let study = Study::in_space(space()).sampler(sampler).seed(42).build().unwrap();
    let mut lines = Vec::new();
    for number in 0..16 {
        let asked = study.ask().unwrap();
        if TRIALS.contains(&number) {
            lines.push(line(asked.config()));
        }
        let value = loss(asked.config());
        study.tell(asked, value).unwrap();
    }
    lines
}

fn check(name: &str, sampler: impl Sampler + 'static, expected: [&str; 5]) -> Result<(), String> {
    let found = suggestions(sampler);
    println!("{name}");
    found.iter().for_each(|line| println!("            \"{line}\","));
    match found.iter().zip(expected).find(|(found, expected)| !same(found, expected)) {
        None => Ok(()),
        Some((found, expected)) => Err(format!("{name}: {found}\n    instead of {expected}")),
    }
}

#[test]
fn the_same_seed_gives_the_same_suggestions() {
    let all = [
        check(
            "RandomSampler",
            RandomSampler::new(),
            [
                "lr=5.847155e-5 units=10 optimizer=sgd optimizer.sgd.momentum=7.159203e-1 bias=false",
                "lr=1.457461e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=5.355905e-3 units=22 optimizer=adam bias=true",
                "lr=1.096395e-4 units=57 optimizer=sgd optimizer.sgd.momentum=5.314387e-2 bias=true",
                "lr=2.355271e-2 units=75 optimizer=sgd optimizer.sgd.momentum=4.623685e-1 bias=true",
            ],
        ),
        check(
            "SobolSampler",
            SobolSampler::new(),
            [
                "lr=7.131517e-4 units=210 optimizer=sgd optimizer.sgd.momentum=6.289033e-1 bias=false",
                "lr=2.044245e-3 units=33 optimizer=adam bias=true",
                "lr=7.185009e-3 units=164 optimizer=adam bias=true",
                "lr=2.245911e-5 units=40 optimizer=sgd optimizer.sgd.momentum=3.494882e-1 bias=true",
                "lr=4.071878e-4 units=17 optimizer=adam bias=true",
            ],
        ),
        check(
            "GridSampler",
            GridSampler::new().levels(3),
            [
                "lr=1.000000e-5 units=45 optimizer=adam bias=false",
                "lr=1.000000e-1 units=45 optimizer=sgd optimizer.sgd.momentum=0.000000e0 bias=true",
                "lr=1.000000e-5 units=8 optimizer=adam bias=true",
                "lr=1.000000e-5 units=256 optimizer=sgd optimizer.sgd.momentum=0.000000e0 bias=true",
                "lr=1.000000e-3 units=8 optimizer=sgd optimizer.sgd.momentum=0.000000e0 bias=true",
            ],
        ),
        check(
            "GridSampler::coarse_to_fine",
            GridSampler::coarse_to_fine(16),
            [
                "lr=1.000000e-4 units=106 optimizer=adam bias=false",
                "lr=1.000000e-2 units=18 optimizer=sgd optimizer.sgd.momentum=2.475000e-1 bias=true",
                "lr=1.000000e-4 units=106 optimizer=sgd optimizer.sgd.momentum=4.950000e-1 bias=false",
                "lr=1.000000e-3 units=106 optimizer=sgd optimizer.sgd.momentum=7.425000e-1 bias=false",
                "lr=1.000000e-3 units=28 optimizer=sgd optimizer.sgd.momentum=9.900000e-1 bias=false",
            ],
        ),
        check(
            "LocalSearchSampler",
            LocalSearchSampler::new().start_trials(4),
            [
                "lr=5.847155e-5 units=10 optimizer=sgd optimizer.sgd.momentum=7.159203e-1 bias=false",
                "lr=1.457461e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=1.457461e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.217179e-1 bias=false",
                "lr=1.457461e-2 units=69 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=1.457461e-2 units=62 optimizer=sgd optimizer.sgd.momentum=7.451750e-1 bias=false",
            ],
        ),
        check(
            "EvolutionSampler",
            EvolutionSampler::new().population(6),
            [
                "lr=5.847155e-5 units=10 optimizer=sgd optimizer.sgd.momentum=7.159203e-1 bias=false",
                "lr=1.457461e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=5.988581e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=9.614764e-3 units=93 optimizer=sgd optimizer.sgd.momentum=3.951754e-1 bias=true",
                "lr=9.614764e-3 units=93 optimizer=adam bias=true",
            ],
        ),
        check(
            "ControllerSampler",
            ControllerSampler::new().start_trials(5),
            [
                "lr=5.847155e-5 units=10 optimizer=sgd optimizer.sgd.momentum=7.159203e-1 bias=false",
                "lr=1.457461e-2 units=13 optimizer=sgd optimizer.sgd.momentum=9.136807e-1 bias=false",
                "lr=4.951194e-2 units=216 optimizer=sgd optimizer.sgd.momentum=9.368792e-1 bias=false",
                "lr=1.801964e-5 units=246 optimizer=adam bias=false",
                "lr=1.503338e-4 units=13 optimizer=adam bias=true",
            ],
        ),
        check(
            "BayesianSampler",
            BayesianSampler::new(),
            [
                "lr=1.000000e-3 units=44 optimizer=adam bias=false",
                "lr=3.271552e-3 units=11 optimizer=sgd optimizer.sgd.momentum=1.329478e-1 bias=true",
                "lr=4.138572e-3 units=87 optimizer=sgd optimizer.sgd.momentum=5.825777e-1 bias=false",
                "lr=5.796176e-4 units=65 optimizer=adam bias=false",
                "lr=8.840450e-4 units=65 optimizer=sgd optimizer.sgd.momentum=9.900000e-1 bias=false",
            ],
        ),
    ];
    let wrong: Vec<String> = all.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
