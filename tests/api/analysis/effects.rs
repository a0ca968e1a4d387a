use tunewright::analysis::{Capacity, Effect, GOAL, MetricScale, Role, Trend};
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::metric;
use tunewright::{RandomSampler, Result, Study, Trial};

/// A training whose effects are known: more layers fit better, widen the gap above 4 and cost 1.8
/// times as much each; dropout does the opposite; a learning rate of 1e-3 is best; momentum only
/// exists under sgd, which has twice the error; the seed is without effect.
fn space() -> Space {
    Space::builder()
        .int("layers", 1..=8, Scale::Linear)
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .choice("optimizer", |optimizer| {
            optimizer
                .unit("adam")
                .variant("sgd", |sgd| sgd.float("momentum", 0.0..=1.0, Scale::Linear))
        })
        .float("seed", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

fn train(config: &Params) -> Result<[f64; 3]> {
    let layers = config.float("layers")?;
    let dropout = config.float("dropout")?;
    let rate = (config.float("lr")?.log10() + 3.0).powi(2);
    let optimizer = match config.branch("optimizer")? {
        "sgd" => 0.1 - 0.05 * config.float("optimizer.sgd.momentum")?,
        _ => 0.0,
    };
    let train = 0.3 - 0.03 * layers + 0.2 * dropout + 0.03 * rate + optimizer;
    let gap = 0.05 * (layers - 4.0).max(0.0) + 0.15 * (0.6 - dropout);
    Ok([train, train + gap, 0.5 * 1.8f64.powf(layers)])
}

fn objective(config: Params, trial: &mut Trial) -> Result<f64> {
    let mut random = Stream::new(trial.seed(), 0);
    let [train, validation, seconds] = train(&config)?;
    trial.record(metric::TRAIN_ERROR, train + 0.005 * random.normal());
    trial.record(metric::SECONDS, seconds * (0.05 * random.normal()).exp());
    Ok(validation + 0.005 * random.normal())
}

fn study(trials: usize, seed: u64) -> Study<Params> {
    let sampler = RandomSampler::new();
    let study = Study::in_space(space()).sampler(sampler).seed(seed).build().unwrap();
    study.optimize(objective, trials).unwrap();
    study
}

#[test]
fn effects_of_a_known_training_come_out_right() {
    let effects = study(60, 1).effects().unwrap();
    assert_eq!(effects.trials, 60);
    let of = |parameter: &str, metric: &str| effects.of(parameter, metric).unwrap();
    let names = [GOAL, metric::TRAIN_ERROR, metric::GAP, metric::SECONDS];
    assert_eq!(effects.metrics(), names);

    let layers = of("layers", metric::TRAIN_ERROR);
    assert!(matches!(layers.trend, Trend::Falls(_)), "{:?}", layers.trend);
    assert!(layers.certainty > 0.99);
    let widens = of("layers", metric::GAP);
    let Trend::Rises(reach) = &widens.trend else { panic!("{:?}", widens.trend) };
    assert!(matches!(reach.above, Some(Value::Int(3 | 4))), "{reach:?}");
    assert!(matches!(of("dropout", metric::TRAIN_ERROR).trend, Trend::Rises(_)));
    assert!(matches!(of("dropout", metric::GAP).trend, Trend::Falls(_)));
    let Trend::Valley { at } = &of("lr", metric::TRAIN_ERROR).trend else { panic!() };
    assert!((at.as_f64().unwrap().log10() + 3.0).abs() < 0.51, "{at}");
    let Trend::Differs { lowest, .. } = &of("optimizer", GOAL).trend else { panic!() };
    assert_eq!(*lowest, Value::Text("adam".into()));
    assert!(matches!(of("seed", GOAL).trend, Trend::Flat | Trend::NotShown));

    // Only where it exists.
    let momentum = of("optimizer.sgd.momentum", GOAL);
    assert!(momentum.trials < 50 && matches!(momentum.trend, Trend::Falls(_)));

    let time = of("layers", metric::SECONDS);
    assert_eq!(time.scale, MetricScale::Log);
    let (first, last) = (&time.points[0], &time.points[7]);
    let factor = (last.mean / first.mean).powf(1.0 / 7.0);
    assert!((factor - 1.8).abs() < 0.05, "{factor}");

    let sentence = &effects.sentences[0].text;
    assert!(sentence.starts_with("more layers lower training error"), "{sentence}");
    assert!(sentence.contains("but widen the gap above "), "{sentence}");
    assert!(sentence.contains("each costs 1.79×") || sentence.contains("each costs 1.8"));
}

/// The true average of the validation error at a number of layers, over the trials' other
/// parameters.
fn true_average(study: &Study<Params>, layers: i64) -> f64 {
    let history = study.history().unwrap();
    let averages = history.complete().map(|trial| {
        let config = study.config_of(trial.record()).unwrap();
        let changed = config.iter().map(|(name, value)| match name {
            "layers" => (name, Value::Int(layers)),
            _ => (name, value),
        });
        train(&space().params(changed).unwrap()).unwrap()[1]
    });
    crate::support::sample::mean(&averages.collect::<Vec<_>>())
}

#[test]
fn bands_hold_the_true_average_and_shrink_with_trials() {
    let (mut held, mut all) = (0_u32, 0_u32);
    let mut widths = Vec::new();
    for trials in [12, 40] {
        let mut width = 0.0;
        for seed in 0..6 {
            let study = study(trials, seed);
            let effects = study.effects().unwrap();
            for point in &effects.of("layers", GOAL).unwrap().points {
                let Value::Int(layers) = point.value else { panic!() };
                let truth = true_average(&study, layers);
                held += u32::from((point.low..=point.high).contains(&truth));
                all += 1;
                width += point.high - point.low;
            }
        }
        widths.push(width);
    }
    assert!(widths[1] < 0.6 * widths[0], "{widths:?}");
    assert!(f64::from(held) > 0.85 * f64::from(all), "{held} of {all}");
}

#[test]
fn what_the_trials_do_not_show_is_said_and_a_telling_trial_named() {
    let space = Space::builder()
        .float("a", 0.0..=1.0, Scale::Linear)
        .float("b", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space.clone())
        .constraint("b stays low", |p: &Params| p.float("b").is_ok_and(|b| b <= 0.8))
        .seed(1)
        .build()
        .unwrap();
    // a was hardly varied.
    for (a, b) in [(0.5, 0.1), (0.52, 0.7), (0.48, 0.4), (0.5, 0.55)] {
        let config = space.params([("a", a.into()), ("b", b.into())]).unwrap();
        study.add(config, 1.0 - b).unwrap();
    }
    let effects = study.effects().unwrap();
    let effect = effects.of("a", GOAL).unwrap();
    assert_eq!((&effect.trend, effect.certainty), (&Trend::NotShown, 0.0));
    let next_experiment = effect.next_experiment.as_ref().unwrap();
    let value = |name: &str| {
        let found = next_experiment.parameters.iter().find(|(parameter, _)| parameter == name);
        found.unwrap().1.as_f64().unwrap()
    };
    assert!((value("a") - 0.5).abs() > 0.1, "{next_experiment:?}");
    assert!(value("b") <= 0.8, "the constraint holds");
    assert!(next_experiment.deviation_reduction > 0.1);
    assert!(effects.sentences[0].text.contains("do not yet show what a does"));
}

#[test]
fn capacity_is_found_and_stands_beside_the_textbook() {
    let study = study(60, 2);
    let table = study.capacity().unwrap();
    let found: Vec<_> = table.rows.iter().map(|row| (row.parameter.as_str(), row.found)).collect();
    assert_eq!(
        found,
        [
            ("layers", Some(Capacity::Raises)),
            ("dropout", Some(Capacity::Lowers)),
            ("lr", Some(Capacity::HighestInside)),
            ("optimizer.sgd.momentum", Some(Capacity::Raises)),
            ("seed", None),
        ]
    );
    assert!(table.rows[..3].iter().all(|row| row.agrees == Some(true)));
    // A slope alone says nothing against a best value that lies further on.
    assert_eq!(table.rows[3].expected, Some(Capacity::HighestInside));
    assert_eq!(table.rows[3].agrees, None);
    assert_eq!(table.rows[4].expected, None);
    // A role that a person gives overrules the name.
    let analysis =
        study.analysis().unwrap().with_role("seed", Role::Units).with_role("lr", Role::Layers);
    let table = analysis.capacity().unwrap();
    assert_eq!(table.rows[2].agrees, Some(false));
    assert_eq!(table.rows[4].expected, Some(Capacity::Raises));
    assert!(study.analysis().unwrap().with_role("no such", Role::Units).capacity().is_err());
}

#[test]
fn noise_is_no_effect() {
    // At 5 % a side, and with curves that are searched for turns, some are bound to be wrong.
    let (mut wrong, mut all) = (0_u32, 0_u32);
    for seed in 0..20 {
        let space = space();
        let study = Study::in_space(space).sampler(RandomSampler::new()).seed(seed).build();
        let noise = |_: Params, trial: &mut Trial| Stream::new(trial.seed(), 1).normal();
        let study = study.unwrap();
        study.optimize(noise, 25).unwrap();
        for name in ["layers", "dropout", "lr", "optimizer", "seed"] {
            let effect: &Effect = &study.effects().unwrap().of(name, GOAL).unwrap().clone();
            wrong += u32::from(!matches!(effect.trend, Trend::NotShown | Trend::Flat));
            all += 1;
        }
    }
    assert!(f64::from(wrong) < 0.2 * f64::from(all), "{wrong} of {all}");
}

#[test]
fn few_trials_without_a_pattern_show_nothing() {
    // Few values lie on some smooth curve in any case.
    let (mut wrong, mut held, mut points) = (0_u32, 0_u32, 0_u32);
    for seed in 0..60 {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let study = Study::in_space(space).sampler(RandomSampler::new()).seed(seed).build();
        let noise = |_: Params, trial: &mut Trial| Stream::new(trial.seed(), 1).normal();
        let study = study.unwrap();
        study.optimize(noise, 3 + seed as usize % 6).unwrap();
        let effects = study.effects().unwrap();
        let effect = effects.of("x", GOAL).unwrap();
        wrong += u32::from(!matches!(effect.trend, Trend::NotShown | Trend::Flat));
        for point in effect.points.iter().filter(|point| point.tried) {
            held += u32::from((point.low..=point.high).contains(&0.0));
            points += 1;
        }
    }
    assert!(wrong <= 6, "{wrong} of 60");
    assert!(f64::from(held) > 0.88 * f64::from(points), "{held} of {points}");
}

#[test]
fn choices_that_were_tried_once_each_do_not_differ_for_sure() {
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let space = Space::builder().choices("kind", labels).build().unwrap();
    let trend = |repeats: usize, spread: f64| {
        let study = Study::in_space(space.clone()).allow_repeats().seed(1).build().unwrap();
        for (at, label) in labels.iter().cycle().take(8 * repeats).enumerate() {
            let value = (at % 8) as f64 + spread * Stream::new(at as u64, 1).normal();
            study.add(space.params([("kind", (*label).into())]).unwrap(), value).unwrap();
        }
        study.effects().unwrap().of("kind", GOAL).unwrap().trend.clone()
    };
    assert_eq!(trend(1, 0.0), Trend::NotShown);
    let (lowest, highest) = ("a".into(), "h".into());
    assert_eq!(trend(3, 0.1), Trend::Differs { lowest, highest });
    assert_eq!(trend(3, 30.0), Trend::NotShown);
}

#[test]
fn sentences_know_which_way_is_better() {
    // What helps both errors and an accuracy that is to be high.
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let sentence = |recorded: &'static str| {
        let study = Study::in_space(space.clone()).maximize().seed(1).build().unwrap();
        let train = |p: Params, trial: &mut Trial| -> Result<f64> {
            let x = p.float("x")?;
            trial.record(recorded, 0.5 - 0.4 * x);
            Ok(0.4 + 0.3 * x)
        };
        study.optimize(train, 12).unwrap();
        let advice = study.advise().unwrap().to_string();
        assert!(advice.contains("the goal has been higher with x near 1"), "{advice}");
        study.effects().unwrap().sentences[0].text.clone()
    };
    let train = sentence(metric::TRAIN_ERROR);
    assert_eq!(train, "a higher x lowers training error and improves the goal");
    assert_eq!(sentence(metric::VALIDATION_ERROR), "a higher x improves validation error");
}

#[test]
fn odd_studies_are_explained_without_a_word_too_many() {
    let empty = Study::in_space(space()).seed(1).build().unwrap();
    let why = |study: &Study<Params>| study.capacity().unwrap().rows[0].evidence.clone();
    assert_eq!(why(&empty), "no training error is recorded");
    assert_eq!(why(&study(2, 1)), "fewer than three trials record a training error");
    assert!(empty.effects().unwrap().effects.is_empty());
    assert!(empty.capacity().unwrap().rows.iter().all(|row| row.found.is_none()));
    // The same value everywhere, and huge ones.
    for value in [3.0, 1e300] {
        let study = Study::in_space(space()).sampler(RandomSampler::new()).seed(1).build().unwrap();
        study.optimize(|_: Params, _: &mut Trial| value, 12).unwrap();
        assert!(study.effects().unwrap().of("lr", GOAL).is_none());
    }
    // So large that their differences are infinite.
    let study = Study::in_space(space()).sampler(RandomSampler::new()).seed(1).build().unwrap();
    let huge = |p: Params, trial: &mut Trial| -> Result<f64> {
        trial.record(metric::TRAIN_ERROR, 1e308);
        Ok((2.0 * p.float("seed")? - 1.0) * 1.7e308)
    };
    study.optimize(huge, 12).unwrap();
    let text = format!("{}\n{}", study.explain().unwrap(), study.advise().unwrap());
    assert!(!text.contains("inf") && !text.contains("NaN"), "{text}");
    // What is not there is not said.
    let none = Space::builder().int("n", 3..=3, Scale::Linear).build().unwrap();
    let study = Study::in_space(none).seed(1).build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| 1.0, 1).unwrap();
    assert_eq!(study.explain().unwrap().to_string(), "study: 1 trial, the best 1 in trial 0");
    let study = Study::in_space(space()).sampler(RandomSampler::new()).seed(1).build().unwrap();
    let wild = |_: Params, trial: &mut Trial| 10f64.powi((trial.number() as i32 % 30) * 20 - 290);
    study.optimize(wild, 30).unwrap();
    let effects = study.effects().unwrap();
    let text = serde_json::to_string(&effects).unwrap();
    let numbers = ["\"mean\":null", "\"low\":null", "\"high\":null"];
    assert!(!numbers.iter().any(|null| text.contains(null)), "means and bands are finite");
}
