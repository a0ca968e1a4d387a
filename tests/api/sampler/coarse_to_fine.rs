//! Grids that become finer around the best points.

use std::collections::HashSet;
use std::time::Duration;

use tunewright::space::{Float, Params, Scale, Space, Value};
use tunewright::trial::TrialRecord;
use tunewright::{Error, GridSampler, StopReason, Study, Trial};

use super::grid::{mixed, plane, points, study, zero};

fn text<'a>(trial: &'a TrialRecord, note: &str) -> Option<&'a str> {
    match trial.notes().get(note)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn whole(trial: &TrialRecord, note: &str) -> Option<u64> {
    trial.notes().get(note).and_then(Value::as_f64).map(|value| value as u64)
}

fn log_plane() -> Space {
    Space::builder()
        .float("a", 1e-6..=1.0, Scale::Log)
        .float("b", 1e-6..=1.0, Scale::Log)
        .build()
        .unwrap()
}

/// Best at a = 2e-4, b = 0.3.
fn valley(p: Params, _: &mut Trial) -> Result<f64, Error> {
    let away = |name: &str, best: f64| p.float(name).map(|x| (x / best).log10().powi(2));
    Ok(away("a", 2e-4)? + away("b", 0.3)?)
}

#[test]
fn stages_are_noted_and_narrow_on_the_scale() {
    let space = log_plane();
    let study = study(&space, GridSampler::coarse_to_fine(50), 3);
    study.optimize(valley, 50).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.distinct(), 50);
    let stages: Vec<u64> = history.trials().map(|trial| whole(trial, "stage").unwrap()).collect();
    assert!(stages.is_sorted() && stages[19] == 1 && stages[20] == 2, "{stages:?}");
    assert!((4..12).contains(&stages[49]), "{stages:?}");
    // Five levels of a and four of b, in the middles of equal parts.
    let spacing = [1.0 / 5.0, 1.0 / 4.0];
    let (combined, in_cells): (Vec<_>, Vec<_>) =
        history.trials().skip(20).partition(|trial| text(trial, "combined").is_some());
    assert!(!combined.is_empty() && in_cells.len() > 20);
    for trial in combined {
        let cell = text(trial, "combined").unwrap().split_once('/').unwrap().0;
        let centre = history.trial(cell.parse().unwrap()).unwrap();
        let moved = |axis| trial.point().get(axis) != centre.point().get(axis);
        assert!(moved(0) && moved(1), "{trial:?}");
    }
    for trial in in_cells {
        let centre = history.trial(whole(trial, "cell").unwrap()).unwrap();
        let cell = format!("{}/", centre.number());
        let cells = text(trial, "cells").unwrap();
        let depth = cells.split(' ').find_map(|c| c.strip_prefix(&cell)).unwrap();
        let reach = 0.5 * 0.5_f64.powi(depth.parse().unwrap());
        let (here, there) = (space.coordinates(trial.point()), space.coordinates(centre.point()));
        let away: Vec<f64> =
            (0..2).map(|axis| (here[axis] - there[axis]).abs() / spacing[axis]).collect();
        let (near, far) = (away[0].min(away[1]), away[0].max(away[1]));
        assert!(near < 1e-9 && (far - reach).abs() < 1e-9, "{trial:?}: {away:?}, {reach}");
    }
    assert!(study.best().unwrap().value() < 0.01, "{}", study.best().unwrap().value());
    let cells = |stage| {
        let of = history.trials().find(|trial| whole(trial, "stage") == Some(stage)).unwrap();
        text(of, "cells").unwrap().split(' ').count()
    };
    assert!(cells(2) >= 2 && cells(stages[49]) == 1);
}

#[test]
fn a_coarse_to_fine_search_resumes_where_it_stopped() {
    for space in [log_plane(), mixed()] {
        let objective = |p: Params, _: &mut Trial| -> f64 {
            p.iter()
                .map(|(name, value)| match value.as_f64() {
                    Some(value) => (value.ln() - name.len() as f64 / 7.0).abs(),
                    None => 0.3 * value.to_string().len() as f64,
                })
                .sum()
        };
        let whole = study(&space, GridSampler::coarse_to_fine(40), 5);
        whole.optimize(objective, 70).unwrap();
        let storage = tunewright::storage::MemoryStorage::new();
        for _ in 0..70 {
            let study = Study::in_space(space.clone())
                .sampler(GridSampler::coarse_to_fine(40))
                .storage(storage.clone())
                .seed(5)
                .build()
                .unwrap();
            study.optimize(objective, 1).unwrap();
            if study.history().unwrap().distinct() == 70 {
                assert_eq!(points(&study), points(&whole));
            }
        }
    }
}

#[test]
fn parallel_workers_repeat_nothing() {
    for seed in 0..3 {
        let study = Study::in_space(mixed())
            .sampler(GridSampler::coarse_to_fine(60))
            .seed(seed)
            .workers(8)
            .build()
            .unwrap();
        let objective = |p: Params, _: &mut Trial| {
            std::thread::sleep(Duration::from_micros(300));
            (p.float("lr").unwrap() / 0.02).ln().abs() + p.float("depth").unwrap()
        };
        study.optimize(objective, 120).unwrap();
        let history = study.history().unwrap();
        assert_eq!((history.complete_count(), history.distinct()), (120, 120));
        assert!(study.best().unwrap().value() < 1.3, "{}", study.best().unwrap().value());
    }
}

#[test]
fn late_results_count_in_the_next_stage() {
    let space = plane();
    let study = study(&space, GridSampler::coarse_to_fine(50), 4);
    let mut late = None;
    let loss = |p: &Params| (p.float("x").unwrap() - 0.7).abs() + p.float("y").unwrap();
    for _ in 0..20 {
        let trial = study.ask().unwrap();
        if trial.number() == 11 {
            late = Some(trial);
        } else {
            let loss = loss(trial.config());
            study.tell(trial, loss).unwrap();
        }
    }
    // The second stage does not wait, and does not count on the trial that is running.
    let trial = study.ask().unwrap();
    let record = |number| study.history().unwrap().trial(number).unwrap().clone();
    let second = record(trial.number());
    assert_eq!(whole(&second, "stage"), Some(2));
    assert!(!text(&second, "cells").unwrap().split(' ').any(|cell| cell.starts_with("11/")));
    study.tell(trial, 1.0).unwrap();
    study.tell(late.unwrap(), -1.0).unwrap();
    let third = loop {
        let trial = study.ask().unwrap();
        let record = record(trial.number());
        let loss = loss(trial.config());
        study.tell(trial, loss).unwrap();
        if whole(&record, "stage") == Some(3) {
            break record;
        }
        let combined = text(&record, "combined").is_some();
        assert!(combined || text(&record, "cells") == text(&second, "cells"));
    };
    assert!(text(&third, "cells").unwrap().starts_with("11/0"), "{third:?}");
}

#[test]
fn failures_are_no_centres_and_added_results_are() {
    let space = plane();
    let study = study(&space, GridSampler::coarse_to_fine(40), 6);
    let config = |x: f64, y: f64| space.params([("x", x.into()), ("y", y.into())]).unwrap();
    let added = study.add(config(0.9, 0.13), -5.0).unwrap();
    let enqueued = study.enqueue(config(0.95, 0.91)).unwrap();
    let objective = |p: Params, _: &mut Trial| -> Result<f64, &str> {
        let (x, y) = (p.float("x").unwrap(), p.float("y").unwrap());
        if x < 0.4 { Err("diverged") } else { Ok(x - y) }
    };
    study.optimize(objective, 40).unwrap();
    let history = study.history().unwrap();
    let failed: HashSet<u64> = history.failed().map(TrialRecord::number).collect();
    assert!(!failed.is_empty());
    let centres: Vec<u64> = history.trials().filter_map(|trial| whole(trial, "cell")).collect();
    assert_eq!(centres[0], added);
    assert!(centres.iter().all(|centre| !failed.contains(centre)));
    assert_eq!(whole(history.trial(enqueued).unwrap(), "stage"), None);
    let nothing = study_of_failures();
    assert_eq!(nothing.history().unwrap().failed_count(), 60);
}

/// Nothing to narrow onto: the first stage goes on.
fn study_of_failures() -> Study<Params> {
    let study = study(&plane(), GridSampler::coarse_to_fine(20), 1);
    study.optimize(|_: Params, _: &mut Trial| Err::<f64, _>("no"), 60).unwrap();
    study
}

#[test]
fn finite_spaces_are_searched_to_their_end() {
    let space = Space::builder()
        .int("n", 1..=12, Scale::Log)
        .choices("c", ["a", "b", "c", "d"])
        .choice("k", |k| k.unit("x").variant("y", |p| p.bool("f").int("m", 0..=2, Scale::Linear)))
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .sampler(GridSampler::coarse_to_fine(40))
        .constraint("no d on x", |p: &Params| {
            p.text("c").unwrap() != "d" || p.branch("k").unwrap() != "x"
        })
        .seed(1)
        .build()
        .unwrap();
    let objective = |p: Params, _: &mut Trial| p.float("n").unwrap();
    assert_eq!(study.optimize(objective, 10_000).unwrap(), StopReason::Exhausted);
    let history = study.history().unwrap();
    assert_eq!(
        (history.trials().count(), history.distinct()),
        (12 * (3 + 4 * 6), 12 * (3 + 4 * 6))
    );
    assert!(history.trials().all(|trial| whole(trial, "stage").is_some()));
}

#[test]
fn choices_keep_to_those_of_the_best_cells() {
    let choices: Vec<String> = (0..6).map(|choice| choice.to_string()).collect();
    let space = Space::builder()
        .choices("a", choices.clone())
        .choices("b", choices.clone())
        .choices("c", choices)
        .build()
        .unwrap();
    let study = study(&space, GridSampler::coarse_to_fine(60), 2);
    let digit = |p: &Params, name: &str| p.text(name).unwrap().parse::<f64>().unwrap();
    let objective = |p: Params, _: &mut Trial| {
        digit(&p, "a")
            + digit(&p, "b")
            + digit(&p, "c")
            + f64::from(digit(&p, "a") == digit(&p, "b"))
    };
    study.optimize(objective, 60).unwrap();
    // Of 216 combinations, the best have a loss of 1.
    assert!(study.best().unwrap().value() <= 1.0, "{}", study.best().unwrap().value());
}

#[test]
fn values_and_levels_that_are_asked_for_hold_in_every_stage() {
    let space = Space::builder()
        .field("x", &Float::normal(0.0, 1.0))
        .float("y", 0.0..=1.0, Scale::Linear)
        .choices("c", ["a", "b", "c"])
        .build()
        .unwrap();
    let sampler = GridSampler::coarse_to_fine(40)
        .levels_of("x", 2)
        .values_of("y", [0.1, 0.2, 0.4])
        .values_of("c", ["a", "c"]);
    let study = study(&space, sampler, 1);
    study.optimize(|p: Params, _: &mut Trial| (p.float("x").unwrap() - 4.0).abs(), 60).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.distinct(), 60);
    let values = |axis: usize| -> HashSet<u64> {
        history.trials().map(|trial| trial.point().get(axis).unwrap().to_bits()).collect()
    };
    let listed: HashSet<u64> = [0.1_f64, 0.2, 0.4].map(f64::to_bits).into();
    assert_eq!(values(1), listed);
    assert_eq!(values(2), [0.0_f64, 2.0].map(f64::to_bits).into());
    let first: HashSet<_> = history
        .trials()
        .filter(|trial| whole(trial, "stage") == Some(1))
        .map(|trial| trial.point().get(0).unwrap().to_bits())
        .collect();
    assert_eq!(first.len(), 2);
    assert!(study.best().unwrap().value() < 0.5, "{}", study.best().unwrap().value());
    let none = Study::in_space(space).sampler(GridSampler::coarse_to_fine(0)).build().unwrap_err();
    assert_eq!(none.to_string(), "coarse_to_fine is 0; plan for at least 1 trial");
}

#[test]
fn coarse_to_fine_takes_any_number_of_parameters() {
    let mut builder = Space::builder();
    for axis in 0..10_000 {
        builder = match axis % 4 {
            0 => builder.float(&format!("x{axis}"), 1e-3..=1.0, Scale::Log),
            1 => builder.int(&format!("x{axis}"), 0..=9, Scale::Linear),
            2 => builder.bool(&format!("x{axis}")),
            _ => builder
                .choice(&format!("x{axis}"), |c| c.unit("off").variant("on", |p| p.bool("f"))),
        };
    }
    let study = study(&builder.build().unwrap(), GridSampler::coarse_to_fine(30), 1);
    study.optimize(|p: Params, _: &mut Trial| p.float("x0").unwrap(), 40).unwrap();
    assert_eq!(study.history().unwrap().distinct(), 40);
    let empty = Study::in_space(Space::builder().build().unwrap())
        .sampler(GridSampler::coarse_to_fine(10))
        .build()
        .unwrap();
    assert_eq!(empty.optimize(zero, 10).unwrap(), StopReason::Exhausted);
    assert_eq!(empty.history().unwrap().distinct(), 1);
}
