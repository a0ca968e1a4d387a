//! That what explanations say is true, where the truth is known, and that one explanation does not
//! contradict itself.

use tunewright::analysis::{Effects, GOAL, Trend};
use tunewright::report::Explanation;
use tunewright::sampler::Stream;
use tunewright::space::{Choices, Params, Scale, Space, Value};
use tunewright::trial::metric;
use tunewright::{RandomSampler, Study, Trial};

/// Fifty trials of a small network, found by the default sampler. Number 42 diverged.
const NET: &str = include_str!("../../reference/net_50_trials.csv");
const DIVERGED: usize = 42;

fn net_space() -> Space {
    Space::builder()
        .float("learning_rate", 1e-4..=1.0, Scale::Log)
        .int("width", 4..=64, Scale::Log)
        .int("layers", 1..=3, Scale::Linear)
        .field("batch", &Choices::of([8i64, 16, 32, 64].map(Value::Int)).ordered())
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .float("weight_decay", 1e-6..=1e-1, Scale::Log)
        .choices("activation", ["Relu", "Tanh"])
        .build()
        .unwrap()
}

/// The study of some of these trials.
fn net(numbers: impl Iterator<Item = usize>) -> Study<Params> {
    let space = net_space();
    let study = Study::in_space(space.clone()).seed(1).allow_repeats().build().unwrap();
    let rows: Vec<Vec<&str>> = NET.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for number in numbers {
        let row = &rows[number];
        let float = |at: usize| row[at].parse::<f64>().unwrap();
        let int = |at: usize| Value::Int(row[at].parse().unwrap());
        let config = [
            ("learning_rate", float(5).into()),
            ("width", int(6)),
            ("layers", int(7)),
            ("batch", int(8)),
            ("dropout", float(9).into()),
            ("weight_decay", float(10).into()),
            ("activation", row[11].into()),
        ];
        let metrics = [(metric::SECONDS, float(4)), (metric::TRAIN_ERROR, float(14))];
        let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
        study.add_with_metrics(space.params(config).unwrap(), float(2), metrics).unwrap();
    }
    study
}

fn trends(effects: &Effects) -> Vec<(String, String, std::mem::Discriminant<Trend>)> {
    let effects = effects.effects.iter();
    effects
        .map(|one| (one.parameter.clone(), one.metric.clone(), std::mem::discriminant(&one.trend)))
        .collect()
}

#[test]
fn a_searched_network_is_explained_as_retraining_shows_it() {
    let study = net(0..50);
    let explanation = study.explain().unwrap();
    let text = explanation.to_string();
    // Retrained: learning rate 1e-3 gives 2.32, 0.1 gives 0.31, 0.9 gives 0.20.
    let rate = explanation.effects.of("learning_rate", GOAL).unwrap();
    assert!(!matches!(rate.trend, Trend::Rises(_) | Trend::Flat), "{text}");
    // Weight decay 1e-6 gives 0.202, 1e-3 0.199, and only 1e-2 more: 0.33.
    let decay = explanation.effects.of("weight_decay", GOAL).unwrap();
    match &decay.trend {
        Trend::Rises(reach) => {
            let above = reach.above.as_ref().and_then(Value::as_f64);
            assert!(above.is_some_and(|above| above >= 3e-4), "{text}");
        }
        trend => assert!(matches!(trend, Trend::NotShown), "{text}"),
    }
    // The best was luck: run again, its config has 0.202.
    let luck = explanation.luck.as_ref().unwrap();
    assert!((0.17..0.24).contains(&luck.expected), "{text}");
    assert!(text.contains("probably lucky") && text.contains("`Study::recommend` takes"), "{text}");
    let ends: Vec<(&str, bool)> =
        explanation.ends.iter().map(|end| (end.parameter.as_str(), end.upper)).collect();
    assert!(
        ends.contains(&("weight_decay", false)) && ends.contains(&("dropout", false)),
        "{text}"
    );
    assert!(
        !ends.iter().any(|(name, _)| ["width", "batch", "activation"].contains(name)),
        "{text}"
    );
    assert!(text.contains("trial 42 counts as failed"), "{text}");
}

#[test]
fn one_diverged_trial_changes_hardly_a_word() {
    let without = net((0..50).filter(|number| *number != DIVERGED));
    let (with, without) = (net(0..50).explain().unwrap(), without.explain().unwrap());
    assert_eq!(trends(&with.effects), trends(&without.effects), "{with}\n{without}");
    let found = |explanation: &Explanation| -> Vec<_> {
        explanation.capacity.rows.iter().map(|row| row.found).collect()
    };
    assert_eq!(found(&with), found(&without));
    let (with, without) = (with.next.unwrap(), without.next.unwrap());
    assert_eq!(with.changes, without.changes);
    assert!((with.probability_of_improvement - without.probability_of_improvement).abs() < 1e-9);
}

/// What an explanation says twice must agree.
fn check(explanation: &Explanation) {
    let text = explanation.to_string();
    for row in explanation.capacity.rows.iter().filter(|row| row.found.is_some()) {
        let train = explanation.effects.of(&row.parameter, metric::TRAIN_ERROR).unwrap();
        let evidence = row.evidence.as_str();
        match train.trend {
            Trend::Rises(_) => assert!(!evidence.contains("training error falls"), "{text}"),
            Trend::Falls(_) => assert!(!evidence.contains("training error rises"), "{text}"),
            _ => {}
        }
    }
    let Some(next) = &explanation.next else { return };
    for change in &next.changes {
        let Some(goal) = explanation.effects.of(&change.parameter, GOAL) else { continue };
        let name = &change.parameter;
        let near = next.text.split(&format!("with {name} near ")).nth(1);
        let Some(near) = near.and_then(|rest| rest.split(',').next()) else { continue };
        let Ok(near) = near.parse::<f64>() else { continue };
        let (from, to) = match &goal.trend {
            Trend::Falls(reach) => (reach.up_to.as_ref(), None),
            Trend::Rises(reach) => (None, reach.above.as_ref()),
            Trend::Valley { at } => (Some(at), Some(at)),
            Trend::Peak { .. } | Trend::Flat | Trend::NotShown => {
                panic!("{name} is said to be best near {near}:\n{text}")
            }
            _ => (None, None),
        };
        // Written with few digits.
        let about = |value: &Value| value.as_f64().map(|value| (value * 0.95, value * 1.05));
        assert!(from.and_then(about).is_none_or(|(low, _)| near >= low), "{text}");
        assert!(to.and_then(about).is_none_or(|(_, high)| near <= high), "{text}");
    }
}

#[test]
fn no_explanation_contradicts_itself() {
    for trials in [5, 10, 15, 20, 30, 40, 50] {
        check(&net(0..trials).explain().unwrap());
    }
}

#[test]
fn what_changed_together_is_not_told_apart() {
    let space = Space::builder()
        .float("rate", 0.0..=1.0, Scale::Linear)
        .float("width", 0.0..=1.0, Scale::Linear)
        .float("other", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let explain = |together: bool| {
        let study = Study::in_space(space.clone()).seed(1).build().unwrap();
        let mut random = Stream::new(5, 0);
        for at in 0..24 {
            let rate = f64::from(at) / 23.0;
            let width = if together { 0.995 * rate + 0.005 * random.unit() } else { random.unit() };
            let config = [("rate", rate), ("width", width), ("other", random.unit())];
            let config = space.params(config.map(|(name, value)| (name, value.into()))).unwrap();
            study.add(config, 1.0 - rate + 0.01 * random.normal()).unwrap();
        }
        study.explain().unwrap()
    };
    let together = explain(true);
    for (name, other) in [("rate", "width"), ("width", "rate")] {
        let effect = together.effects.of(name, GOAL).unwrap();
        assert_eq!(effect.trend, Trend::NotShown, "{together}");
        assert_eq!(effect.confounded_with.as_deref(), Some(other));
        let next_experiment = effect.next_experiment.as_ref().unwrap();
        let value = |name: &str| {
            let found = next_experiment.parameters.iter().find(|(parameter, _)| parameter == name);
            found.unwrap().1.as_f64().unwrap()
        };
        // A trial that changes one without the other tells.
        assert!((value("rate") - value("width")).abs() > 0.2, "{next_experiment:?}");
        let said = format!("cannot tell the effect of {name} from that of {other}");
        assert!(together.to_string().contains(&said), "{together}");
    }
    let apart = explain(false);
    assert!(matches!(apart.effects.of("rate", GOAL).unwrap().trend, Trend::Falls(_)), "{apart}");
}

fn square() -> Space {
    Space::builder()
        .float("x", -1.0..=1.0, Scale::Linear)
        .float("y", -1.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

fn bowl(noise: f64, trials: usize, seed: u64) -> Study<Params> {
    let sampler = RandomSampler::new();
    let study = Study::in_space(square()).sampler(sampler).seed(seed).build().unwrap();
    let objective = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let random = Stream::new(trial.seed(), 0).normal();
        Ok(1.0 + p.float("x")?.powi(2) + p.float("y")?.powi(2) + noise * random)
    };
    study.optimize(objective, trials).unwrap();
    study
}

#[test]
fn the_best_is_called_lucky_where_runs_differ_and_only_there() {
    let mut lucky = 0;
    for seed in 0..8 {
        let noisy = bowl(0.3, 60, seed).explain().unwrap();
        if let Some(luck) = &noisy.luck {
            lucky += 1;
            // No config has less than 1, and 60 runs tell that within 0.2.
            assert!(luck.best < luck.expected && luck.expected > 0.8, "{noisy}");
        }
        assert_eq!(bowl(0.0, 40, seed).explain().unwrap().luck, None);
    }
    assert!(lucky >= 5, "{lucky}");
    // One config again and again.
    let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space.clone()).allow_repeats().seed(1).build().unwrap();
    for at in 0..12 {
        let config = space.params([("x", 0.5.into())]).unwrap();
        study.add(config, 2.0 + 0.1 * Stream::new(at, 0).normal()).unwrap();
    }
    let luck = study.explain().unwrap().luck.unwrap();
    assert!((luck.expected - 2.0).abs() < 0.1 && luck.best < 1.95, "{luck:?}");
}

#[test]
fn the_best_at_the_end_of_a_range_is_told() {
    let space = Space::builder()
        .float("rate", 1e-4..=1e-1, Scale::Log)
        .int("layers", 2..=8, Scale::Linear)
        .field("batch", &Choices::of([8i64, 16, 32].map(Value::Int)).ordered())
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .choices("kind", ["a", "b", "c"])
        .build()
        .unwrap();
    // Best at the upper ends of rate and layers, at the lower ones of dropout and batch.
    let run = |rate: f64, inner: bool| {
        let study = Study::in_space(space.clone()).seed(1).build().unwrap();
        let objective = move |p: Params, _: &mut Trial| -> tunewright::Result<f64> {
            let layers = p.float("layers")? - if inner { 5.0 } else { 8.0 };
            let batch = p.value("batch")?.as_f64().unwrap_or(0.0) - if inner { 16.0 } else { 8.0 };
            let dropout = p.float("dropout")? - if inner { 0.3 } else { 0.0 };
            let rate = (p.float("rate")? / rate).log10();
            Ok(rate.powi(2) + layers.powi(2) / 9.0 + batch.powi(2) / 200.0 + 9.0 * dropout.powi(2))
        };
        study.optimize(objective, 40).unwrap();
        study.explain().unwrap()
    };
    let explanation = run(1e-1, false);
    let ends: Vec<(&str, bool)> =
        explanation.ends.iter().map(|end| (end.parameter.as_str(), end.upper)).collect();
    let expected = [("rate", true), ("layers", true), ("batch", false), ("dropout", false)];
    assert_eq!(ends, expected, "{explanation}");
    let text = explanation.to_string();
    assert!(text.contains("upper end of rate (") && text.contains("widen the ranges"), "{text}");
    let inside = run(3e-3, true);
    assert!(inside.ends.is_empty(), "{inside}");
}

#[test]
fn goals_that_say_nothing_promise_nothing() {
    for goal in [|_: f64| 3.0, |_: f64| 1e300, |x: f64| (2.0 * x - 1.0) * 1.7e308] {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let study = Study::in_space(space).sampler(RandomSampler::new()).seed(1).build().unwrap();
        let objective = |p: Params, _: &mut Trial| p.float("x").map(goal);
        study.optimize(objective, 12).unwrap();
        let text = format!("{}\n{}", study.explain().unwrap(), study.advise().unwrap());
        for word in ["probability", " sure", "inf", "NaN", "worth a try", "lucky"] {
            assert!(!text.contains(word), "{word} in\n{text}");
        }
    }
}

#[test]
fn a_diverged_trial_costs_advice_no_more_than_a_failed_one() {
    let advise = |diverged: Option<f64>| {
        let study = bowl(0.02, 80, 3);
        let config = square().params([("x", 0.11.into()), ("y", (-0.07).into())]).unwrap();
        if let Some(value) = diverged {
            study.add(config, value).unwrap();
        }
        study.advise().unwrap().proposal().clone()
    };
    let failed = advise(None);
    for value in [60.0, 1e12, 1e300] {
        let diverged = advise(Some(value));
        assert_eq!(diverged.changes, failed.changes);
        assert!(
            (diverged.probability_of_improvement - failed.probability_of_improvement).abs() < 1e-9,
            "{value}"
        );
    }
}

#[test]
fn many_silent_parameters_share_a_line() {
    let space = (0..12).fold(Space::builder(), |space, at| {
        space.float(&format!("d_{at}"), 0.0..=1.0, Scale::Linear)
    });
    let study = Study::in_space(space.build().unwrap()).sampler(RandomSampler::new()).seed(1);
    let study = study.build().unwrap();
    study
        .optimize(|_: Params, trial: &mut Trial| Stream::new(trial.seed(), 1).normal(), 15)
        .unwrap();
    let explanation = study.explain().unwrap();
    let text = explanation.effects.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("the effects of 12 parameters are not shown yet: d_0, d_1"), "{text}");
    assert!(explanation.to_string().contains(&text));
    assert_eq!(explanation.effects.sentences.len(), 12);
}
