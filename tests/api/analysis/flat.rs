//! What is said of hyperparameters that do nothing at the best value.

use tunewright::analysis::{FlatOver, FlatPart};
use tunewright::report::Explanation;
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::{NOISE, Trials};
use tunewright::{RandomSampler, Result, Study, Trial};

fn space() -> Space {
    Space::builder()
        .int("depth", 1..=20, Scale::Linear)
        .float("rate", 1e-4..=1.0, Scale::Log)
        .choices("kernel", ["p", "q", "r"])
        .bool("bias")
        .build()
        .unwrap()
}

/// An error counted on 200 examples: best from a depth of 8 on, between rates of 1e-3 and 1e-1, and
/// with p and q; the bias does nothing.
fn error(p: &Params) -> Result<f64> {
    let depth: i64 = p.int("depth")?;
    let rate = p.float("rate")?;
    let mut wrong = (8 - depth).max(0) * 2;
    wrong += if rate < 1e-3 { 9 } else { 0 } + if rate > 1e-1 { 5 } else { 0 };
    wrong += if p.branch("kernel")? == "r" { 7 } else { 0 };
    Ok((20 + wrong) as f64 / 200.0)
}

fn random(space: Space, seed: u64) -> Study<Params> {
    Study::in_space(space).sampler(RandomSampler::new()).seed(seed).build().unwrap()
}

fn searched(trials: usize, seed: u64) -> Study<Params> {
    let study = random(space(), seed);
    study.optimize(|p: Params, _: &mut Trial| error(&p), trials).unwrap();
    study
}

fn part<'a>(parts: &'a [FlatPart], name: &str) -> Option<&'a FlatPart> {
    parts.iter().find(|part| part.parameter == name)
}

/// The best config with another value of one parameter has the best error.
fn check(study: &Study<Params>, part: &FlatPart) {
    let trials = study.trials().unwrap();
    let best = trials.best().unwrap();
    let space = space();
    let axis = space.position(&part.parameter).unwrap();
    let distribution = space.axes()[axis].distribution();
    let values: Vec<Value> = match &part.over {
        FlatOver::AnyOf(values) => values.clone(),
        FlatOver::Between(low, high) => {
            let unit = |value: &Value| distribution.to_unit(distribution.parse(value).unwrap());
            let (low, high) = (unit(low), unit(high));
            let at = |step: i32| low + (high - low) * f64::from(step) / 60.0;
            (0..=60).map(|step| distribution.value(distribution.from_unit(at(step)))).collect()
        }
        _ => Vec::new(),
    };
    assert!(values.len() > 1, "{part:?}");
    for value in values {
        let params = trials
            .parameters(best)
            .map(|(name, own)| (name, if name == part.parameter { value.clone() } else { own }));
        let error = error(&space.params(params).unwrap()).unwrap();
        assert_eq!(Some(error), best.value(), "{part:?} with {value}");
    }
}

#[test]
fn what_does_nothing_at_the_best_value_is_told_and_true() {
    let mut told = [0; 4];
    for seed in 0..6 {
        let study = searched(60, seed);
        let effects = study.effects().unwrap();
        assert_eq!(effects.flat_parts, study.analysis().unwrap().flat_parts());
        for part in &effects.flat_parts {
            check(&study, part);
            assert!(part.probability >= 0.95 && part.configs >= 2, "{part:?}");
            told[space().position(&part.parameter).unwrap()] += 1;
        }
    }
    let [depth, rate, kernel, bias] = told;
    assert!(depth >= 2 && rate >= 3 && kernel >= 1 && bias >= 1, "{told:?}");
}

#[test]
fn sentences_say_where_it_is_flat() {
    let all_told = |study: &Study<Params>| {
        let parts = study.analysis().unwrap().flat_parts();
        ["depth", "bias"].iter().all(|name| part(&parts, name).is_some())
    };
    let study = (0..40).map(|seed| searched(60, seed)).find(all_told).unwrap();
    let explanation = study.explain().unwrap();
    let text = explanation.to_string();
    let parts = &explanation.effects.flat_parts;
    let FlatOver::Between(low, high) = &part(parts, "depth").unwrap().over else {
        panic!("{text}")
    };
    let between = format!("between {low} and {high}");
    let sentence = |name: &str| {
        explanation.effects.sentences.iter().find(|one| one.parameter == name).unwrap()
    };
    let depth = sentence("depth");
    let flat = format!("at the best value the goal is flat {between}; ");
    assert!(depth.shown && depth.text.starts_with(&flat), "{text}");
    let flag = "at the best value the goal is the same with false and true; ";
    assert!(sentence("bias").text.starts_with(flag), "{text}");
    let nothing = format!("\nat the best value depth does nothing {between}; ");
    assert!(explanation.importance.to_string().contains(&nothing), "{text}");
    let html = study.page().unwrap().to_html().unwrap();
    assert!(html.contains(&flat) && html.contains(&format!("depth does nothing {between}")));
    let json = serde_json::to_string(&explanation.effects).unwrap();
    let back: tunewright::analysis::Effects = serde_json::from_str(&json).unwrap();
    assert_eq!(&back.flat_parts, parts);
}

fn silent(explanation: &Explanation) {
    let json = serde_json::to_string(explanation).unwrap();
    assert!(!json.contains("flat_parts"), "{json}");
    let text = explanation.to_string();
    assert!(!text.contains("at the best value") && !text.contains("does nothing"), "{text}");
}

#[test]
fn nothing_is_said_where_goals_do_not_tie_or_tie_by_luck() {
    let study = random(space(), 1);
    let smooth =
        |p: Params, _: &mut Trial| -> Result<f64> { Ok(error(&p)? + 1e-9 * p.float("rate")?.ln()) };
    study.optimize(smooth, 40).unwrap();
    silent(&study.explain().unwrap());
    // Wins and losses, whose noise is recorded.
    let study = random(space(), 1);
    let game = |p: Params, trial: &mut Trial| -> Result<f64> {
        trial.record(NOISE, 0.5);
        error(&p)
    };
    study.optimize(game, 40).unwrap();
    silent(&study.explain().unwrap());
    // All the same: which parameter does nothing is no question.
    let study = random(space(), 1);
    study.optimize(|_: Params, _: &mut Trial| 0.5, 20).unwrap();
    silent(&study.explain().unwrap());
}

fn line() -> Space {
    Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

#[test]
fn nothing_is_said_across_a_trial_that_is_worse_or_failed() {
    let run = |at_half: Option<f64>| {
        let study = random(line(), 1);
        for step in (0..=40).filter(|step| *step != 20) {
            let x = f64::from(step) / 40.0;
            let config = line().params([("x", x.into()), ("y", 0.5.into())]).unwrap();
            study.add(config, if (0.2..0.8).contains(&x) { 0.25 } else { 0.5 + x }).unwrap();
        }
        let config = line().params([("x", 0.5.into()), ("y", 0.5.into())]).unwrap();
        study.enqueue(config).unwrap();
        let objective = |_: Params, _: &mut Trial| at_half.ok_or("out of memory");
        study.optimize(objective, 1).unwrap();
        study.analysis().unwrap().flat_parts()
    };
    let reach = |parts: &[FlatPart]| match &part(parts, "x").unwrap().over {
        FlatOver::Between(low, high) => (low.as_f64().unwrap(), high.as_f64().unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(reach(&run(Some(0.25))), (0.2, 0.775));
    // The first of the best has the lowest x.
    for at_half in [Some(0.26), Some(100.0), None] {
        let (low, high) = reach(&run(at_half));
        assert!(low >= 0.2 && high < 0.5, "{at_half:?}: {low} to {high}");
    }
    // Nobody varied y.
    assert!(part(&run(Some(0.25)), "y").is_none());
}

#[test]
fn advice_leaves_the_plateau() {
    let study = random(line(), 1);
    for step in 0..=40 {
        let x = f64::from(step) / 40.0;
        let config = line().params([("x", x.into()), ("y", 0.5.into())]).unwrap();
        study.add(config, if (0.2..0.8).contains(&x) { 0.25 } else { 0.5 + x }).unwrap();
    }
    let advice = study.advise().unwrap();
    let change = &advice.proposal().changes[0];
    let text = advice.to_string();
    if change.parameter == "x" {
        let to = change.to.as_f64().unwrap();
        assert!(!(0.2..=0.775).contains(&to), "{text}");
    }
    assert!(text.contains("at the best value x does nothing between 0.2 and 0.775"), "{text}");
}

#[test]
fn a_range_is_not_to_be_widened_where_the_goal_is_flat() {
    let study = random(line(), 3);
    // The best lies at the upper end of x, and as good half way.
    let config = line().params([("x", 1.0.into()), ("y", 0.0.into())]).unwrap();
    study.enqueue(config).unwrap();
    let objective = |p: Params, _: &mut Trial| -> Result<f64> {
        Ok((4.0 * (1.0 - p.float("x")?)).floor().max(1.0) + (6.0 * p.float("y")?).floor())
    };
    study.optimize(objective, 60).unwrap();
    let explanation = study.explain().unwrap();
    let upper = explanation.ends.iter().any(|end| end.parameter == "x");
    assert!(part(&explanation.effects.flat_parts, "x").is_some() && !upper, "{explanation}");
}

#[test]
fn an_export_tells_the_same() {
    let study = searched(60, 2);
    let mut json = Vec::new();
    study.trials().unwrap().to_json(&mut json).unwrap();
    let trials = Trials::from_json(json.as_slice()).unwrap();
    assert_eq!(trials.analysis().flat_parts(), study.analysis().unwrap().flat_parts());
}
