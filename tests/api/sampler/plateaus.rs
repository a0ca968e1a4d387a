//! Objectives that are constant on pieces of the space: searches go around the middle of a piece.

use tunewright::prelude::*;
use tunewright::space::{Scale, Value};
use tunewright::trial::History;
use tunewright::{EvolutionSampler, GridSampler, LocalSearchSampler};

const MIDDLE: [f64; 2] = [0.4, 0.6];

fn plane() -> Space {
    Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

fn study(sampler: impl Sampler + 'static, seed: u64) -> Study<Params> {
    Study::in_space(plane()).sampler(sampler).seed(seed).build().unwrap()
}

fn at(x: f64, y: f64) -> Params {
    plane().params([("x", x.into()), ("y", y.into())]).unwrap()
}

/// Errors in steps of a tenth; the best are those of a cell around the middle, the others around it.
fn steps(config: Params, _: &mut Trial) -> f64 {
    let (x, y) = (config.float("x").unwrap(), config.float("y").unwrap());
    let inside = (0.2..=0.6).contains(&x) && (0.3..=0.9).contains(&y);
    if inside { 0.1 } else { 0.2 }
}

fn away(history: &History, number: u64) -> f64 {
    let point = history.trial(number).unwrap().point();
    (point.get(0).unwrap() - MIDDLE[0]).hypot(point.get(1).unwrap() - MIDDLE[1])
}

fn centre(trial: &TrialRecord, note: &str) -> Option<u64> {
    trial.notes().get(note).and_then(Value::as_f64).map(|number| number as u64)
}

#[test]
fn coarse_to_fine_narrows_onto_the_middle() {
    let (mut first, mut last) = (0.0, 0.0);
    for seed in 0..10 {
        let study = study(GridSampler::coarse_to_fine(50), seed);
        study.optimize(steps, 50).unwrap();
        let history = study.history().unwrap();
        // A grid of five by four, of which two by three are in the cell.
        let cells: Vec<u64> = history.trials().filter_map(|trial| centre(trial, "cell")).collect();
        assert!(away(&history, cells[0]) < 0.11, "{seed}: {:?}", history.trial(cells[0]));
        let late = history.trials().skip(40).filter_map(|trial| centre(trial, "cell"));
        let late: Vec<f64> = late.map(|cell| away(&history, cell)).collect();
        last += late.iter().sum::<f64>() / late.len() as f64 / 10.0;
        let best = study.best().unwrap().number();
        first += away(&history, best) / 10.0;
        // The best one stays the first of equals.
        let of_equals = history.complete().find(|trial| trial.loss() == 0.1).unwrap();
        assert_eq!(best, of_equals.number());
    }
    assert!(last < 0.05 && last < 0.3 * first, "{last} {first}");
}

#[test]
fn local_search_steps_from_the_middle() {
    let (mut first, mut last) = (0.0, 0.0);
    for seed in 0..20 {
        let study = study(LocalSearchSampler::new(), seed);
        study.optimize(steps, 60).unwrap();
        let history = study.history().unwrap();
        let centres: Vec<u64> =
            history.trials().skip(40).map(|trial| centre(trial, "centre").unwrap()).collect();
        last += centres.iter().map(|&number| away(&history, number)).sum::<f64>() / 400.0;
        first += away(&history, study.best().unwrap().number()) / 20.0;
    }
    assert!(last < 0.1 && last < 0.6 * first, "{last} {first}");
}

#[test]
fn of_separate_plateaus_the_larger_one_has_the_centre() {
    let study = study(LocalSearchSampler::new().start_trials(1), 1);
    for x in [0.9, 0.8] {
        study.add(at(x, 0.5), 0.3).unwrap();
    }
    study.add(at(0.6, 0.5), 0.4).unwrap();
    let mut middle = None;
    for (x, y) in [(0.1, 0.5), (0.3, 0.3), (0.2, 0.5), (0.3, 0.7), (0.4, 0.5)] {
        // Equal but for rounding, and this one would come last.
        let number = study.add(at(x, y), if x == 0.2 { 0.1 + 0.2 } else { 0.3 }).unwrap();
        middle = if x == 0.2 { Some(number) } else { middle };
    }
    let asked = study.ask().unwrap().number();
    let history = study.history().unwrap();
    assert_eq!(centre(history.trial(asked).unwrap(), "centre"), middle);
    // Something better ends it.
    let better = study.add(at(0.95, 0.9), 0.29).unwrap();
    let asked = study.ask().unwrap().number();
    let history = study.history().unwrap();
    assert_eq!(centre(history.trial(asked).unwrap(), "centre"), Some(better));
}

#[test]
fn evolution_drifts_among_equals_up_to_rounding() {
    let layer = |builder: tunewright::space::SpaceBuilder, index: usize| {
        builder.choices(&format!("op{index}"), ["a", "b", "c", "d"])
    };
    let space = (0..8).fold(Space::builder(), layer).build().unwrap();
    let sampler = EvolutionSampler::new().population(8).tournament(8);
    let study = Study::in_space(space.clone()).sampler(sampler).seed(1).build().unwrap();
    // Any two of them differ in at least six options.
    let parents: Vec<Point> = (0..8)
        .map(|parent: u32| {
            let value = |axis: u32| f64::from((parent % 4 + axis * (parent / 4)) % 4);
            space.point_at_values((0..8).map(|axis| Some(value(axis)))).unwrap()
        })
        .collect();
    for (parent, point) in parents.iter().enumerate() {
        let loss = if parent % 2 == 0 { 0.3 } else { 0.1 + 0.2 };
        study.add(space.decode(point).unwrap(), loss).unwrap();
    }
    let mut children = [0; 8];
    for _ in 0..120 {
        let number = study.ask().unwrap().number();
        let history = study.history().unwrap();
        let child = history.trial(number).unwrap().point();
        let differing = |parent: &Point| (0..8).filter(|&i| parent.get(i) != child.get(i)).count();
        let parent = parents.iter().position(|parent| differing(parent) == 1).unwrap();
        children[parent] += 1;
    }
    assert!(children.iter().all(|&count| count >= 5), "{children:?}");
}

#[test]
fn a_search_that_stops_trials_early_leaves_a_plateau() {
    // Mistakes on 100 examples in five folds, of a learner with steps of an eighth. Without an account of
    // ties every second of the trials that end has the best loss.
    let folds = |config: Params, trial: &mut Trial| -> Result<f64> {
        let off = |value: f64, best: f64| (8.0 * (value - best).abs()).floor() / 8.0;
        let (x, y) = (config.float("x").unwrap(), config.float("y").unwrap());
        let error = 0.05 + off(x, 0.3).powi(2) + 0.4 * off(y, 0.6).powi(2);
        // The examples are the same for all configs; which are hard has no order.
        let hard = |example: u32| f64::from((example * 37) % 100) / 100.0 < error;
        let mut mistakes = 0;
        for fold in 0..5 {
            mistakes += (20 * fold..20 * fold + 20).filter(|&example| hard(example)).count();
            trial.report(u64::from(fold), mistakes as f64 / f64::from(20 * fold + 20))?;
        }
        Ok(mistakes as f64 / 100.0)
    };
    let (mut complete, mut at_best) = (0, 0);
    for seed in 0..8 {
        let study = Study::in_space(plane()).seed(seed).build().unwrap();
        study.optimize(folds, 40).unwrap();
        let history = study.history().unwrap();
        let best = study.best().unwrap().value();
        complete += history.complete_count();
        at_best += history.complete().filter(|trial| trial.loss() == best).count();
    }
    assert!(at_best < 120, "{at_best} of {complete} trials have the best loss");
}
