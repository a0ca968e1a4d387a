//! An analysis of one of several goals, of a metric under an outcome constraint, and of what goals are worth to a
//! person.

use tunewright::analysis::{Analysis, FitDiagnosis, GOAL};
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::{at_least, at_most, between, maximize, metric, minimize};
use tunewright::{Error, RandomSampler, Study, Trial};

fn measured(p: &Params) -> tunewright::Result<[f64; 2]> {
    let (width, rate) = (p.float("width")?, p.float("rate")?);
    Ok([0.02 + 0.4 / width.sqrt() + 0.05 * (rate.log10() + 2.0).powi(2), 0.5 * width])
}

/// Wider networks make fewer errors, take longer, and need more memory; the rate matters for the error alone.
fn study() -> Study<Params> {
    let space = Space::builder()
        .float("width", 1.0..=100.0, Scale::Log)
        .float("rate", 1e-4..=1.0, Scale::Log)
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .goals([minimize("error"), minimize("latency_ms").limit(45.0)])
        .outcome_constraint("memory_mb", at_most(80.0))
        .sampler(RandomSampler::new())
        .seed(2)
        .build()
        .unwrap();
    let objective = |p: Params, trial: &mut Trial| -> tunewright::Result<[f64; 2]> {
        let [error, latency] = measured(&p)?;
        trial.record(metric::TRAIN_ERROR, 0.9 * error);
        trial.record("memory_mb", 10.0 + p.float("width")?);
        Ok([error, latency])
    };
    study.optimize(objective, 40).unwrap();
    study
}

/// The share of a parameter in the variance of what an analysis is about.
fn share(analysis: &Analysis<'_>, parameter: &str) -> f64 {
    let importance = analysis.importance(GOAL);
    importance.parameters.iter().find(|one| one.parameter == parameter).unwrap().share
}

#[test]
fn a_metric_under_an_outcome_constraint_is_asked_as_a_goal_is() {
    let study = study();
    let memory = study.analysis().unwrap().goal("memory_mb").unwrap();
    assert_eq!(memory.about().as_deref(), Some("memory_mb"));
    assert!(share(&memory, "width") > 0.8 && share(&memory, "rate") < 0.2);
    let error = study.analysis().unwrap().goal("error").unwrap();
    assert!(share(&error, "rate") > share(&memory, "rate"));
    // Its own importance is the same under its name, and it is no metric beside itself.
    assert_eq!(memory.importance("memory_mb"), memory.importance(GOAL));
    let metrics: Vec<String> =
        memory.effects().unwrap().effects.iter().map(|effect| effect.metric.clone()).collect();
    assert!(metrics.contains(&"error".into()) && !metrics.contains(&"memory_mb".into()));
    // Advice is about memory alone: what an error has to do with it is not told.
    let advice = study.advise_with(&memory, 1).unwrap();
    let proposal = advice.proposal();
    assert!(proposal.text.starts_with("for memory_mb: "), "{}", proposal.text);
    assert_eq!(proposal.fit, FitDiagnosis::Unknown);
    assert!(!proposal.text.contains("capacity"), "{}", proposal.text);
    let least = study.trials().unwrap();
    let least = least.iter().map(|trial| trial.metrics()["memory_mb"]).fold(f64::MAX, f64::min);
    assert_eq!(proposal.best, least);
    let explained = memory.explain().unwrap().to_string();
    assert!(
        explained.contains("what follows is about memory_mb, of which the best is"),
        "{explained}"
    );
}

#[test]
fn the_side_of_a_metric_is_that_of_its_bounds() {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space)
        .outcome_constraint("recall", at_least(0.2))
        .outcome_constraint("size", between(0.1, 0.9))
        .sampler(RandomSampler::new())
        .seed(1)
        .build()
        .unwrap();
    let objective = |p: Params, trial: &mut Trial| {
        let x = p.float("x")?;
        trial.record("recall", x);
        trial.record("size", x);
        Ok::<_, Error>(x)
    };
    study.optimize(objective, 20).unwrap();
    let best = |name: &str| {
        let analysis = study.analysis().unwrap().goal(name).unwrap();
        study.advise_with(&analysis, 1).unwrap().proposal().best
    };
    // The best among those that keep all bounds.
    let trials = study.trials().unwrap();
    let kept = trials.iter().map(|trial| trial.metrics()["size"]);
    let kept: Vec<f64> = kept.filter(|size| (0.2..=0.9).contains(size)).collect();
    assert_eq!(best("recall"), kept.iter().copied().fold(f64::MIN, f64::max));
    assert_eq!(best("size"), kept.iter().copied().fold(f64::MAX, f64::min));
    // A study of one goal says what an analysis is about only where that is not the goal.
    assert_eq!(study.analysis().unwrap().about(), None);
    let explained = study.analysis().unwrap().goal("size").unwrap().explain().unwrap().to_string();
    assert!(explained.starts_with("study: 20 trials\nwhat follows is about size"), "{explained}");
}

#[test]
fn advice_weighs_goals_by_what_a_person_would_give_up() {
    let study = study();
    let advised = |amounts: [(&str, f64); 2]| {
        let analysis = study.analysis().unwrap().trading(amounts).unwrap();
        study.advise_with(&analysis, 1).unwrap()
    };
    let sum = |price: f64, values: &[f64]| values[0] + price * values[1];
    for (amounts, price, about) in [
        ([("error", 0.01), ("latency_ms", 1.0)], 0.01, "error + 0.01 latency_ms"),
        ([("error", 0.01), ("latency_ms", 10.0)], 0.001, "error + 0.001 latency_ms"),
        ([("error", 0.02), ("latency_ms", 0.02)], 1.0, "error + latency_ms"),
    ] {
        let advice = advised(amounts);
        let proposal = advice.proposal();
        assert!(proposal.text.starts_with(&format!("for {about}: ")), "{}", proposal.text);
        let trials = study.trials().unwrap();
        let feasible = trials.iter().filter(|trial| trials.is_feasible(trial) == Some(true));
        let best = feasible.map(|trial| sum(price, trial.values())).fold(f64::MAX, f64::min);
        assert!((proposal.best - best).abs() < 1e-12, "{} {best}", proposal.best);
        // Each goal is told apart, and together they are the sum.
        let [error, latency] = proposal.goals.as_slice() else { panic!("{:?}", proposal.goals) };
        let from = trials.iter().find(|trial| trial.number() == proposal.from).unwrap();
        assert_eq!([error.now, latency.now], from.values());
        assert!((sum(price, &[error.now, latency.now]) - proposal.now).abs() < 1e-12);
        for (goal, truth) in [error, latency].into_iter().zip(measured(advice.config()).unwrap()) {
            assert!((goal.expected - truth).abs() < 0.3 * truth.abs(), "{goal:?} {truth}");
        }
        let told = "error is expected to go from ";
        assert!(proposal.text.contains(told) && proposal.text.contains(", and latency_ms from "));
    }
    // Where time is dear the network narrows, and where it is cheap it does not.
    let width = |amounts: [(&str, f64); 2]| advised(amounts).config().float("width").unwrap();
    let (dear, cheap) = (
        width([("error", 0.01), ("latency_ms", 0.1)]),
        width([("error", 0.01), ("latency_ms", 20.0)]),
    );
    assert!(dear < 8.0 && cheap > 12.0, "{dear} {cheap}");
    // The importance of the width follows the price of time.
    let shares = [0.1, 100.0].map(|amount| {
        let amounts = [("error", 0.01), ("latency_ms", amount)];
        share(&study.analysis().unwrap().trading(amounts).unwrap(), "width")
    });
    assert!(shares[0] > shares[1], "{shares:?}");
}

#[test]
fn goals_of_both_directions_are_traded_in_units_of_the_first() {
    let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build().unwrap();
    let study = Study::in_space(space)
        .goals([minimize("latency_ms"), maximize("accuracy"), minimize("size")])
        .sampler(RandomSampler::new())
        .seed(1)
        .build()
        .unwrap();
    let objective = |p: Params, _: &mut Trial| -> tunewright::Result<[f64; 3]> {
        let width = p.float("width")?;
        Ok([0.5 * width, 1.0 - 0.3 / width.sqrt(), width])
    };
    study.optimize(objective, 20).unwrap();
    let analysis = study.analysis().unwrap();
    let analysis = analysis.trading([("accuracy", 0.01), ("latency_ms", 2.0)]).unwrap();
    assert_eq!(analysis.about().as_deref(), Some("accuracy - 0.005 latency_ms"));
    let advice = study.advise_with(&analysis, 1).unwrap();
    let values = study.trials().unwrap();
    let values = values.iter().map(|trial| trial.values()[1] - 0.005 * trial.values()[0]);
    // High is good.
    assert_eq!(advice.proposal().best, values.fold(f64::MIN, f64::max));
    assert!(matches!(advice.proposal().changes[0].to, Value::Float(_)));
}

#[test]
fn what_cannot_be_traded_is_refused() {
    let study = study();
    let refused = |amounts: &[(&'static str, f64)]| {
        let analysis = study.analysis().unwrap();
        analysis.trading(amounts.iter().copied()).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&[("error", 0.01), ("memory", 1.0)]),
        "there is no goal `memory`; the study has `error`, `latency_ms`"
    );
    assert_eq!(
        refused(&[("error", 0.01), ("latency_ms", 0.0)]),
        "`latency_ms`: the amount to trade must be a number above 0"
    );
    assert_eq!(
        refused(&[("error", 0.01), ("error", 1.0)]),
        "`error`: it is traded twice; give it one amount"
    );
    assert!(refused(&[("error", 0.01)]).contains("it takes at least two goals"));
    let unknown = study.analysis().unwrap().goal("seconds").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "there is no goal `seconds`; the study has `error`, `latency_ms`, `memory_mb`"
    );
}

#[test]
fn slices_and_contours_show_what_the_analysis_is_about() {
    let study = study();
    let captions = |analysis: Analysis<'_>| {
        let pictures = analysis.pictures();
        let contour = pictures.contour("width", "rate").unwrap();
        assert!(!contour.is_empty());
        (pictures.slices().caption().to_owned(), contour.caption().to_owned())
    };
    for (name, analysis) in [
        ("error", study.analysis().unwrap()),
        ("latency_ms", study.analysis().unwrap().goal("latency_ms").unwrap()),
        ("memory_mb", study.analysis().unwrap().goal("memory_mb").unwrap()),
        (
            "error + 0.01 latency_ms",
            study.analysis().unwrap().trading([("error", 0.01), ("latency_ms", 1.0)]).unwrap(),
        ),
    ] {
        let (slices, contour) = captions(analysis);
        assert!(
            slices.starts_with(&format!("{name} of 40 trials over each parameter")),
            "{slices}"
        );
        assert!(
            contour.starts_with(&format!("What the model expects of {name} over")),
            "{contour}"
        );
    }
    // The slice of a time rises where that of the error falls: the highest mark is another trial.
    let slice = |name: &str| {
        let analysis = study.analysis().unwrap().goal(name).unwrap();
        analysis.pictures().slice("width").unwrap().to_svg()
    };
    assert_ne!(slice("error"), slice("latency_ms"));
}

#[test]
fn advice_begins_at_trials_that_keep_the_limits() {
    for seed in 0..4 {
        let axis = -5.0..=5.0;
        let space = Space::builder().float("x", axis.clone(), Scale::Linear);
        let space = space.float("y", axis, Scale::Linear).build().unwrap();
        let study = Study::in_space(space).outcome_constraint("x", at_most(0.0));
        let study = study.sampler(RandomSampler::new()).seed(seed).build().unwrap();
        let objective = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
            let (x, y) = (p.float("x")?, p.float("y")?);
            trial.record("x", x);
            Ok((x - 2.0).powi(2) + y * y)
        };
        study.optimize(objective, 30).unwrap();
        let advice = study.advise().unwrap();
        let (proposal, history) = (advice.proposal(), study.history().unwrap());
        let from = history.trial(proposal.from).unwrap();
        assert!(from.metric("x").unwrap() <= 0.0, "{}", proposal.text);
        assert!(proposal.text.ends_with("whether all limits hold there is not foreseen"));
    }
}
