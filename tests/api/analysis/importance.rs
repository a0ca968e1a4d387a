use std::f64::consts::PI;

use tunewright::analysis::{GOAL, Importance, ParameterImportance};
use tunewright::space::{Choices, Params, Scale, Space, Value};
use tunewright::{RandomSampler, Study, Trial};

use crate::support::sample::{mean, ranks};

fn random_study(space: Space, trials: usize, f: impl Fn(&Params) -> f64 + Sync) -> Study<Params> {
    let study = Study::in_space(space).sampler(RandomSampler::new()).seed(3).build().unwrap();
    study.optimize(|p: Params, _: &mut Trial| f(&p), trials).unwrap();
    study
}

fn numbers(d: usize, low: f64, high: f64) -> Space {
    let builder = (0..d).fold(Space::builder(), |builder, at| {
        builder.float(&format!("x{at}"), low..=high, Scale::Linear)
    });
    builder.build().unwrap()
}

fn share(importance: &Importance, name: &str) -> f64 {
    importance.of(name).unwrap().share
}

fn x(p: &Params, at: usize) -> f64 {
    p.float(&format!("x{at}")).unwrap()
}

/// Ishigami and Homma 1990; Sobol' indices with a = 7, b = 0.1: S1 = 0.3139, S2 = 0.4424, S3 = 0,
/// S13 = 0.2437. The trees of a forest see a wave with two humps late, and give a part of it to
/// interactions.
#[test]
fn the_ishigami_function_is_decomposed() {
    let study = random_study(numbers(3, -PI, PI), 1000, |p| {
        x(p, 0).sin() + 7.0 * x(p, 1).sin().powi(2) + 0.1 * x(p, 2).powi(4) * x(p, 0).sin()
    });
    let importance = study.importance().unwrap();
    for (name, truth) in [("x0", 0.3139), ("x1", 0.4424), ("x2", 0.0)] {
        assert!((share(&importance, name) - truth).abs() < 0.12, "{importance}");
    }
    let pair = &importance.interactions[0];
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("x0", "x2"));
    assert!((pair.share - 0.2437).abs() < 0.06, "{importance}");
    assert!(importance.interactions.iter().skip(1).all(|other| other.share < 0.06));
}

/// The g-function of Saltelli and Sobol' 1995: V_i = 1/(3(1 + a_i)²), V = Π(1 + V_i) − 1.
#[test]
fn the_g_function_and_an_additive_one_are_decomposed() {
    const A: [f64; 4] = [0.0, 1.0, 4.5, 9.0];
    let study = random_study(numbers(4, 0.0, 1.0), 1000, |p| {
        (0..4).map(|at| ((4.0 * x(p, at) - 2.0).abs() + A[at]) / (1.0 + A[at])).product()
    });
    let parts = A.map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
    let total = parts.iter().map(|part| 1.0 + part).product::<f64>() - 1.0;
    let importance = study.importance().unwrap();
    for (at, part) in parts.iter().enumerate() {
        let error = share(&importance, &format!("x{at}")) - part / total;
        assert!(error.abs() < 0.07, "x{at}: {error}\n{importance}");
    }
    // Variances of the parts: 9/12, 4/12, 1/12, 0.
    let study =
        random_study(numbers(4, 0.0, 1.0), 400, |p| 3.0 * x(p, 0) + 2.0 * x(p, 1) + x(p, 2));
    let importance = study.importance().unwrap();
    let names: Vec<&str> = importance.parameters.iter().map(|one| one.parameter.as_str()).collect();
    assert_eq!(names, ["x0", "x1", "x2", "x3"]);
    for (at, truth) in [9.0 / 14.0, 4.0 / 14.0, 1.0 / 14.0, 0.0].into_iter().enumerate() {
        assert!((share(&importance, &format!("x{at}")) - truth).abs() < 0.06, "{importance}");
    }
}

#[test]
fn conditional_parameters_count_where_they_exist() {
    let space = Space::builder()
        .choice("model", |model| {
            model.unit("plain").variant("deep", |deep| {
                deep.float("rate", 0.0..=1.0, Scale::Linear).float("idle", 0.0..=1.0, Scale::Linear)
            })
        })
        .float("noise", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = random_study(space, 300, |p| match p.branch("model").unwrap() {
        "deep" => 10.0 + 2.0 * p.float("model.deep.rate").unwrap(),
        _ => 1.0 + 0.1 * p.float("noise").unwrap(),
    });
    let importance = study.importance().unwrap();
    assert!(share(&importance, "model") > 0.9, "{importance}");
    // Of the variance among deep models.
    assert!(share(&importance, "model.deep.rate") > 0.85, "{importance}");
    assert!(share(&importance, "model.deep.idle") < 0.05);
    let rate = importance.of("model.deep.rate").unwrap();
    assert!(rate.trials > 100 && rate.trials < 200);
    // Among the best, which are all plain, it is the noise that counts, and no rate at all.
    assert_eq!(rate.best_region, 0.0);
    assert!(importance.of("noise").unwrap().best_region > 0.3, "{importance}");
}

#[test]
fn without_variation_there_is_no_importance() {
    let study = random_study(numbers(2, 0.0, 1.0), 20, |_| 4.0);
    let importance = study.importance().unwrap();
    assert!(importance.parameters.iter().all(|one| one.share == 0.0));
    let empty = Study::in_space(numbers(2, 0.0, 1.0)).build().unwrap();
    assert_eq!(empty.importance().unwrap().trials, 0);
    assert_eq!(study.analysis().unwrap().importance("no such metric").trials, 0);
}

/// Spearman's rank correlation.
#[test]
fn what_chance_makes_is_told_apart() {
    let text = "the trials do not yet show what matters";
    let shown = |seed: u64, trials: usize, of: &(dyn Fn(&Params) -> f64 + Sync)| {
        let study = Study::in_space(numbers(5, 0.0, 1.0)).sampler(RandomSampler::new()).seed(seed);
        let study = study.build().unwrap();
        study.optimize(|p: Params, _: &mut Trial| of(&p), trials).unwrap();
        let importance = study.importance().unwrap();
        let out_of_bag_r2 = importance.out_of_bag_r2.unwrap();
        assert!(out_of_bag_r2 < 1.0);
        !importance.to_string().contains(text)
    };
    let noise = |p: &Params| (1e4 * x(p, 0) + 3e4 * x(p, 1)).sin();
    let additive = |p: &Params| x(p, 0) + 2.0 * x(p, 1);
    for (trials, least) in [(5, 10), (10, 45), (30, 60)] {
        let claims = (0..60).filter(|&seed| shown(seed, trials, &noise)).count();
        let found = (0..60).filter(|&seed| shown(seed, trials, &additive)).count();
        assert!(claims <= 9 && found >= least, "{trials}: noise {claims}, additive {found} of 60");
    }
}

#[test]
fn what_only_a_branch_foretells_is_shown() {
    let space = Space::builder()
        .choice("model", |model| {
            model
                .variant("one", |one| one.float("x", 0.0..=1.0, Scale::Linear))
                .variant("other", |other| other.float("y", 0.0..=1.0, Scale::Linear))
        })
        .build()
        .unwrap();
    let study = random_study(space, 60, |p| p.float("model.one.x").unwrap_or(0.5));
    let importance = study.importance().unwrap();
    // The choice alone foretells nothing: on average both models are as good.
    assert!(importance.out_of_bag_r2.unwrap() > 0.8, "{importance}");
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let (one, other) = (ranks(one), ranks(other));
    let centre = mean(&one);
    let moment = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().zip(right).map(|(a, b)| (a - centre) * (b - centre)).sum()
    };
    moment(&one, &other) / (moment(&one, &one) * moment(&other, &other)).sqrt()
}

/// The numbers of the reference's rows of one kind and problem.
fn reference(kind: &str, problem: &str) -> Vec<Vec<f64>> {
    let start = format!("{kind},{problem},");
    let table = include_str!("../../reference/importance.csv");
    let rows = table.lines().filter_map(|line| line.strip_prefix(start.as_str()));
    rows.map(|row| row.split(',').filter_map(|field| field.parse().ok()).collect()).collect()
}

fn reference_study(problem: &str, space: &Space) -> Study<Params> {
    let study = Study::in_space(space.clone()).build().unwrap();
    for row in reference("trial", problem) {
        let values = space.axes().iter().zip(&row[1..]).map(|(axis, &value)| {
            let value = match (problem, axis.name()) {
                ("mixed", "x1") => Value::Int(value as i64),
                ("mixed", "x2") => Value::from(["a", "b", "c"][value as usize]),
                _ => Value::Float(value),
            };
            (axis.name(), value)
        });
        study.add(space.params(values).unwrap(), row[0]).unwrap();
    }
    study
}

#[test]
fn importances_agree_with_optunas() {
    let mixed = Space::builder()
        .float("x0", 0.0..=1.0, Scale::Linear)
        .int("x1", 1..=6, Scale::Linear)
        .choices("x2", ["a", "b", "c"])
        .float("x3", 0.0..=1.0, Scale::Linear)
        .float("x4", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    for (problem, space) in [
        ("ishigami", numbers(3, -PI, PI)),
        ("g", numbers(5, 0.0, 1.0)),
        ("additive", numbers(5, 0.0, 1.0)),
        ("mixed", mixed),
    ] {
        let study = reference_study(problem, &space);
        let ours = study.analysis().unwrap().importance(GOAL);
        let in_order = |pick: fn(&ParameterImportance) -> f64| -> Vec<f64> {
            space.axes().iter().map(|axis| pick(ours.of(axis.name()).unwrap())).collect()
        };
        let theirs: Vec<f64> = reference("fanova", problem).iter().map(|row| row[0]).collect();
        let stable = reference("stable", problem)[0][0];
        let fanova = correlation(&in_order(|one| one.share), &theirs);
        assert!(fanova > 0.9 - 1e-9 || stable < 0.9, "{problem}: {fanova}\n{ours}\n{theirs:?}");
        let ped: Vec<f64> = reference("ped", problem).iter().map(|row| row[0]).collect();
        let sum: f64 = ped.iter().sum();
        let best = in_order(|one| one.best_region);
        assert!(correlation(&best, &ped) > 0.9 - 1e-9, "{problem}: {best:?} {ped:?}");
        for (ours, theirs) in best.iter().zip(&ped) {
            assert!((ours - theirs / sum).abs() < 0.02, "{problem}: {best:?} {ped:?} / {sum}");
        }
    }
}

/// Fifty trials of a small network, searched by the default sampler. Trial 42 diverged: its loss is
/// 13 where others have 0.2. Retrained on six seeds, learning rates of 1e-3, 0.1 and 0.9 give 2.32,
/// 0.31 and 0.20, weight decays of 1e-6 and 1e-3 0.202 and 0.199.
fn network(without: Option<&str>) -> Importance {
    let space = Space::builder()
        .float("learning_rate", 1e-4..=1.0, Scale::Log)
        .int("width", 4..=64, Scale::Log)
        .int("layers", 1..=3, Scale::Linear)
        .field("batch", &Choices::of([8, 16, 32, 64]).ordered())
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .float("weight_decay", 1e-6..=1e-1, Scale::Log)
        .choices("activation", ["Relu", "Tanh"])
        .build()
        .unwrap();
    let mut lines = include_str!("../../reference/net_50_trials.csv").lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let study = Study::in_space(space.clone()).build().unwrap();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |name: &str| fields[header.iter().position(|one| *one == name).unwrap()];
        if without == Some(field("number")) {
            continue;
        }
        let values = space.axes().iter().map(|axis| {
            let text = field(axis.name());
            let value = match axis.name() {
                "activation" => Value::from(text),
                "width" | "layers" | "batch" => Value::Int(text.parse().unwrap()),
                _ => Value::Float(text.parse().unwrap()),
            };
            (axis.name(), value)
        });
        study.add(space.params(values).unwrap(), field("value").parse::<f64>().unwrap()).unwrap();
    }
    study.importance().unwrap()
}

#[test]
fn a_search_is_not_taken_for_the_space() {
    let (importance, without) = (network(None), network(Some("42")));
    for importance in [&importance, &without] {
        let cannot_tell = importance.to_string().contains("cannot tell which matters most");
        assert!(cannot_tell || importance.leading == ["learning_rate"], "{importance}");
        assert!(share(importance, "weight_decay") < 0.15, "{importance}");
    }
    // One diverged trial more or less changes little.
    for one in &importance.parameters {
        let other = share(&without, &one.parameter);
        assert!((one.share - other).abs() < 0.1, "{importance}\n{without}");
    }
}
