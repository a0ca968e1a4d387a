//! What a person believes of parameters.

use tunewright::earlier::Belief;
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::{TrialRecord, TrialState, at_most, minimize};
use tunewright::{Error, Result, Study, Trial};

fn space() -> Space {
    let axis =
        |space: tunewright::space::SpaceBuilder, name| space.float(name, 1e-4..=1.0, Scale::Log);
    let numbers = axis(axis(axis(Space::builder(), "x"), "y"), "z");
    numbers.choices("kind", ["a", "b", "c", "d"]).build().unwrap()
}

/// Lowest at x = 0.01 of kind c.
fn loss(p: Params, _: &mut Trial) -> Result<f64> {
    let far = |name: &str, at: f64| Ok::<_, Error>((p.float(name)? / at).log10().powi(2));
    let kind = f64::from(u8::from(p.branch("kind")? != "c"));
    Ok(far("x", 0.01)? + far("y", 0.3)? + far("z", 0.001)? + 3.0 * kind)
}

fn mean_after(trials: usize, beliefs: &[(&str, Belief)]) -> f64 {
    let run = |seed| {
        let new = Study::in_space(space()).seed(seed);
        let new =
            beliefs.iter().fold(new, |new, (name, belief)| new.believe(*name, belief.clone()));
        let study = new.build().unwrap();
        study.optimize(loss, trials).unwrap();
        study.best().unwrap().value()
    };
    (0..5).map(run).sum::<f64>() / 5.0
}

#[test]
fn a_right_belief_saves_trials_and_a_wrong_one_costs_few() {
    let right = [("x", 0.015.into()), ("y", 0.2.into()), ("kind", "c".into())];
    let wrong = [("x", 1.0.into()), ("y", 1e-4.into()), ("kind", "a".into())];
    let early = (mean_after(6, &right), mean_after(6, &[]));
    assert!(early.0 < 0.5 * early.1, "{early:?}");
    let late = (mean_after(40, &wrong), mean_after(40, &[]));
    assert!(late.0 < late.1 + 0.05, "{late:?}");
}

/// How probably the beliefs are right, as the last trial notes it.
fn probability(study: &Study<Params>) -> f64 {
    let trials = study.trials().unwrap();
    let noted = trials.iter().rev().find_map(|trial| trial.notes().get("belief")?.as_f64());
    noted.unwrap()
}

#[test]
fn trials_tell_how_probably_it_is_right() {
    let run = |at: f64| {
        let study = Study::in_space(space()).seed(3).believe("x", at).believe("kind", "c");
        let study = study.build().unwrap();
        study.optimize(loss, 30).unwrap();
        study
    };
    let (right, wrong) = (run(0.02), run(1.0));
    assert!(probability(&right) > 0.8, "{}", probability(&right));
    assert!(probability(&wrong) < 0.3, "{}", probability(&wrong));
    let said = right.explain().unwrap().to_string();
    assert!(
        said.contains("what was believed of parameters is right with a probability of"),
        "{said}"
    );
    // A study of which nothing is believed says nothing.
    let silent = Study::in_space(space()).seed(3).build().unwrap();
    silent.optimize(loss, 12).unwrap();
    assert!(silent.trials().unwrap().iter().all(|trial| !trial.notes().contains_key("belief")));
}

#[test]
fn a_belief_counts_beside_trials_that_were_stopped() {
    let train = |p: Params, trial: &mut Trial| -> Result<f64> {
        let end = loss(p, trial)?;
        for epoch in 0..10_i32 {
            trial.report(epoch as u64, end + 2.0 * 0.6_f64.powi(epoch))?;
        }
        Ok(end)
    };
    // How many trials after the first stopped one lie near what is right, and the last probability.
    let run = |seed: u64, believed: f64| {
        let study = Study::in_space(space()).seed(seed).believe("x", believed).build().unwrap();
        study.optimize(train, 30).unwrap();
        let trials = study.trials().unwrap();
        let stopped = trials.iter().position(|trial| trial.state() == TrialState::Pruned).unwrap();
        let x = |trial: &TrialRecord| trial.point().get(0).unwrap();
        let near = |trial: &&TrialRecord| (x(trial) / 0.01).log10().abs() < 0.5;
        (trials.iter().skip(stopped + 1).filter(near).count(), probability(&study))
    };
    let (mut right, mut wrong) = ((0, 0.0), (0, 0.0));
    for seed in 0..4 {
        let (near, probability) = run(seed, 0.01);
        right = (right.0 + near, right.1 + probability / 4.0);
        let (near, probability) = run(seed, 1.0);
        wrong = (wrong.0 + near, wrong.1 + probability / 4.0);
    }
    assert!(right.1 > 0.7 && wrong.1 < 0.35, "{right:?} {wrong:?}");
    assert!(2 * right.0 > 3 * wrong.0, "{right:?} {wrong:?}");
}

#[test]
fn a_belief_counts_with_several_goals_and_limits() {
    // How many of the last twenty trials lie near x = 0.01, where both studies are best, and the last probability.
    let run = |seed: u64, believed: f64, several: bool| {
        let study = match several {
            true => Study::in_space(space()).goals([minimize("loss"), minimize("y")]),
            false => Study::in_space(space()).outcome_constraint("z", at_most(0.1)),
        };
        let study = study.seed(seed).believe("x", believed).build().unwrap();
        let limited = |p: Params, trial: &mut Trial| {
            trial.record("z", p.float("z")?);
            loss(p, trial)
        };
        let two = |p: Params, trial: &mut Trial| -> Result<[f64; 2]> {
            let y = p.float("y")?;
            Ok([loss(p, trial)?, y])
        };
        match several {
            true => study.optimize(two, 30).unwrap(),
            false => study.optimize(limited, 30).unwrap(),
        };
        let trials = study.trials().unwrap();
        let near =
            |trial: &&TrialRecord| (trial.point().get(0).unwrap() / 0.01).log10().abs() < 0.5;
        (trials.iter().skip(10).filter(near).count(), probability(&study))
    };
    for several in [true, false] {
        let (mut right, mut wrong) = ((0, 0.0), (0, 0.0));
        for seed in 0..3 {
            let (near, probability) = run(seed, 0.01, several);
            right = (right.0 + near, right.1 + probability / 3.0);
            let (near, probability) = run(seed, 1.0, several);
            wrong = (wrong.0 + near, wrong.1 + probability / 3.0);
        }
        assert!(right.1 > 0.7 && wrong.1 < 0.4, "{several}: {right:?} {wrong:?}");
        assert!(right.0 > wrong.0, "{several}: {right:?} {wrong:?}");
    }
}

#[test]
fn a_belief_about_a_parameter_of_one_branch_leaves_the_other_alone() {
    // SGD is better, and the momentum is believed to be where it is worst; Adam has none.
    let space = Space::builder()
        .choice("optimizer", |choice| {
            choice
                .unit("adam")
                .variant("sgd", |sgd| sgd.float("momentum", 0.0..=1.0, Scale::Linear))
        })
        .float("rate", 1e-4..=1.0, Scale::Log)
        .build()
        .unwrap();
    let loss = |p: Params, _: &mut Trial| -> Result<f64> {
        let rate = (p.float("rate")? / 0.01).log10().powi(2);
        Ok(rate
            + if p.branch("optimizer")? == "sgd" {
                (p.float("optimizer.sgd.momentum")? - 0.9).abs()
            } else {
                0.5
            })
    };
    let new = || Study::in_space(space.clone()).seed(5).believe("optimizer.sgd.momentum", 0.0);
    let study = new().build().unwrap();
    study.optimize(loss, 40).unwrap();
    assert!(study.best().unwrap().value() < 0.1, "{}", study.best().unwrap());
    // Workers in parallel, and the same again where they are not.
    let parallel = new().workers(3).build().unwrap();
    parallel.optimize(loss, 30).unwrap();
    assert_eq!(parallel.trials().unwrap().len(), 30);
    let again = new().build().unwrap();
    again.optimize(loss, 40).unwrap();
    assert_eq!(again.best().unwrap().value(), study.best().unwrap().value());
}

#[test]
fn the_first_trial_is_at_what_is_believed() {
    let study = Study::in_space(space()).seed(1).believe("x", 0.03).believe("kind", "d").build();
    let asked = study.unwrap().ask().unwrap();
    assert!((asked.config().float("x").unwrap() / 0.03 - 1.0).abs() < 1e-6);
    assert_eq!(asked.config().branch("kind").unwrap(), "d");
}

#[test]
fn what_cannot_be_believed_is_refused() {
    let refused = |name: &str, belief: Belief| {
        Study::in_space(space()).believe(name, belief).build().unwrap_err()
    };
    assert!(matches!(refused("q", 0.1.into()), Error::UnknownParameter { .. }));
    assert!(matches!(refused("x", 7.0.into()), Error::OutsideSpace { .. }));
    assert!(matches!(refused("x", "high".into()), Error::NotANumber { .. }));
    let outside = refused("x", 7.0.into()).to_string();
    assert_eq!(outside, "x = 7 lies outside 0.0001..=1; widen the parameter or change the value");
    assert!(matches!(refused("kind", "e".into()), Error::OutsideSpace { .. }));
    for width in [0.0, -1.0, 2.0, f64::NAN] {
        let error = refused("x", Belief::near(0.1).width(width));
        assert!(matches!(error, Error::InvalidOption { option: "width", .. }), "{error}");
    }
}
