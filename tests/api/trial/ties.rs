//! Objectives that tie: constant on pieces of the space.

use tunewright::space::{Params, Scale, Space};
use tunewright::surrogate::Noise;
use tunewright::trial::{TieBreaker, TrialState};
use tunewright::{BayesianSampler, Result, Study, Trial};

fn four_floats() -> Space {
    let names = ["a", "b", "c", "d"];
    let space = names
        .iter()
        .fold(Space::builder(), |space, name| space.float(name, 0.0..=1.0, Scale::Linear));
    space.build().unwrap()
}

/// A staircase down to a corner of the space, as a small tree's error over its parameters: `d` does
/// nothing, and the others act in steps of an eighth.
fn stairs(p: &Params) -> Result<f64> {
    let step = |name: &str, best: f64| -> Result<f64> {
        Ok(((p.float(name)? - best).abs() * 8.0).floor())
    };
    Ok((3.0 * step("a", 0.82)? + 2.0 * step("b", 0.13)? + step("c", 0.6)?) / 100.0)
}

fn tied(values: &[f64]) -> usize {
    let best = values.iter().copied().fold(f64::INFINITY, f64::min);
    values.iter().filter(|value| **value == best).count()
}

fn values(study: &Study<Params>) -> Vec<f64> {
    study.trials().unwrap().iter().filter_map(|trial| trial.value()).collect()
}

#[test]
fn trials_are_not_spent_on_a_known_plateau() {
    let run = |sampler: BayesianSampler, seed| {
        let study = Study::in_space(four_floats()).sampler(sampler).seed(seed).build().unwrap();
        study.optimize(|p: Params, _: &mut Trial| stairs(&p), 40).unwrap();
        (tied(&values(&study)), study.best().unwrap().value())
    };
    let (mut ties, mut without) = (0, 0);
    for seed in 0..4 {
        let (count, best) = run(BayesianSampler::new(), seed);
        assert!(best <= 0.03, "{best} with seed {seed}");
        ties += count;
        // Where noise is declared, equal losses are chance.
        without += run(BayesianSampler::new().noise(Noise::Known(1e-9)), seed).0;
    }
    assert!(5 * ties < 4 * without, "{ties}, and {without} where ties say nothing");
}

#[test]
fn a_plateau_of_collapsed_runs_is_left_alone() {
    let (mut late, mut worst) = (0, 0.0f64);
    for seed in 0..5 {
        let study = Study::in_space(four_floats()).seed(seed).build().unwrap();
        let objective = |p: Params, _: &mut Trial| -> Result<f64> {
            let x = [p.float("a")?, p.float("b")?, p.float("c")?, p.float("d")?];
            // Most of the space collapses to chance level.
            if x[0] + x[1] > 0.7 {
                return Ok(0.9);
            }
            let centre = [0.2, 0.3, 0.6, 0.5];
            Ok(x.iter().zip(centre).map(|(x, centre)| (x - centre) * (x - centre)).sum())
        };
        study.optimize(objective, 40).unwrap();
        late += values(&study)[20..].iter().filter(|value| **value == 0.9).count();
        worst = worst.max(study.best().unwrap().value());
    }
    assert!(late <= 10, "{late} of the last 100 trials");
    assert!(worst < 1e-3, "{worst}");
}

fn sized(tie_breaker: Option<TieBreaker>) -> Study<Params> {
    let space = Space::builder().int("depth", 1..=20, Scale::Linear).build().unwrap();
    let builder = Study::in_space(space).maximize().seed(1);
    let study = match tie_breaker {
        Some(tie_breaker) => builder.tie_breaker(tie_breaker).build().unwrap(),
        None => builder.build().unwrap(),
    };
    let objective = |p: Params, trial: &mut Trial| -> Result<f64> {
        let depth: i32 = p.int("depth")?;
        // The deepest tree does not say its size.
        if depth < 20 {
            trial.record("leaves", f64::from(depth * depth));
        }
        trial.record("train_error", 1.0 / f64::from(depth));
        Ok(if depth >= 8 { 0.1 + 0.2 } else { 0.01 * f64::from(depth) })
    };
    study.optimize(objective, 20).unwrap();
    study
}

fn depth(study: &Study<Params>) -> i32 {
    study.best().unwrap().config().int("depth").unwrap()
}

#[test]
fn a_tie_breaker_decides_which_trial_is_the_best() {
    assert_eq!(depth(&sized(Some("leaves".into()))), 8);
    assert_eq!(depth(&sized(Some(TieBreaker::highest("leaves")))), 19);
    assert_eq!(depth(&sized(Some("train_error".into()))), 20);
    // A metric that nobody has decides nothing.
    let study = sized(None);
    let first = study.best().unwrap().number();
    assert_eq!(sized(Some("unknown".into())).best().unwrap().number(), first);
    let trials = study.trials().unwrap();
    assert_eq!(trials.tied_for_best().len(), 13);
    assert_eq!(trials.tied_for_best()[0].number(), first);
    // A table can be read with another one.
    let other = trials.tie_breaker("leaves");
    assert_eq!(other.best().unwrap().metrics()["leaves"], 64.0);
    assert!(other.iter().all(|trial| trial.state() == TrialState::Complete));
}

#[test]
fn the_summary_says_what_ties_and_what_would_decide() {
    let study = sized(None);
    let page = study.page().unwrap().to_html().unwrap();
    let note = "13 trials have this value, this one first; `tie_breaker` may decide by";
    assert!(page.contains(note));
    let summary = study.summary().unwrap().to_string();
    let expected = "13 trials have this value, this one first; `tie_breaker` may decide by \
                    \"train_error\"";
    assert!(summary.contains(expected), "{summary}");
    let summary = sized(Some("leaves".into())).summary().unwrap().to_string();
    assert!(
        summary.contains("13 trials have this value, this one with the lowest leaves"),
        "{summary}"
    );
    // Nothing is said where the best has no equal.
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).seed(1).build().unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.float("x"), 5).unwrap();
    let summary = study.summary().unwrap().to_string();
    assert!(!summary.contains("have this value"), "{summary}");
}
