use std::collections::HashSet;
use std::time::{Duration, Instant};

use tunewright::space::{Float, Params, Point, Scale, Space, Value};
use tunewright::trial::{Outcome, TrialRecord};
use tunewright::{Error, GridSampler, StopReason, Study, Trial};

fn study(space: &Space, sampler: GridSampler, seed: u64) -> Study<Params> {
    Study::in_space(space.clone()).sampler(sampler).seed(seed).build().unwrap()
}

fn zero(_: Params, _: &mut Trial) -> f64 {
    0.0
}

fn points(study: &Study<Params>) -> Vec<Point> {
    study.history().unwrap().trials().map(|trial| trial.point().clone()).collect()
}

/// A float in log scale, a coarse integer, a fine one, a boolean and a conditional branch.
fn mixed() -> Space {
    Space::builder()
        .float("lr", 1e-4..=1.0, Scale::Log)
        .int("depth", 1..=3, Scale::Linear)
        .choice("kernel", |kernel| {
            kernel.unit("linear").variant("rbf", |rbf| {
                rbf.float("gamma", 1e-3..=10.0, Scale::Log).int("rank", 1..=100, Scale::Linear)
            })
        })
        .bool("bias")
        .build()
        .unwrap()
}

fn plane() -> Space {
    Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap()
}

#[test]
fn a_grid_runs_every_combination_once() {
    let space = mixed();
    let sampler = GridSampler::new().levels(3).levels_of("lr", 5).values_of("kernel.rbf.rank", [7]);
    let study = study(&space, sampler, 1);
    assert_eq!(study.optimize(zero, 10_000).unwrap(), StopReason::Exhausted);
    let points = points(&study);
    // lr × depth × bias × (linear, rbf: gamma).
    assert_eq!(points.len(), 5 * 3 * 2 * (1 + 3));
    let distinct: HashSet<_> = points.iter().map(|point| format!("{point:?}")).collect();
    assert_eq!(distinct.len(), points.len());
    let rates: HashSet<_> = points.iter().map(|p| p.get(0).unwrap().to_bits()).collect();
    assert_eq!(rates.len(), 5);
    for bound in [1e-4, 1.0_f64] {
        assert!(rates.contains(&bound.to_bits()), "the bounds are levels, exactly");
    }
    assert!(points.iter().all(|p| p.is_active(3) == (p.get(2) == Some(1.0))));
    assert!(points.iter().all(|p| p.get(4).is_none_or(|rank| rank == 7.0)));
    assert!(matches!(study.ask().unwrap_err(), Error::GridExhausted { points: 120 }));
}

#[test]
fn early_points_cover_every_level_and_every_branch() {
    let space = mixed();
    for seed in 0..10 {
        let study = study(&space, GridSampler::new(), seed);
        study.optimize(zero, 12).unwrap();
        let points = points(&study);
        let levels = |axis: usize| -> usize {
            points.iter().map(|p| p.get(axis).map(f64::to_bits)).collect::<HashSet<_>>().len()
        };
        let found: Vec<usize> = (0..6).map(levels).collect();
        assert!(found[0] >= 4 && found[1..3] == [3, 2] && found[5] == 2, "{found:?}");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may read the clock")]
fn a_grid_of_a_trillion_points_starts_at_once() {
    let mut builder = Space::builder();
    for axis in 0..12 {
        builder = builder.float(&format!("x{axis}"), 0.0..=1.0, Scale::Linear);
    }
    let study = study(&builder.build().unwrap(), GridSampler::new().levels(10), 1);
    let start = Instant::now();
    for _ in 0..1_000 {
        study.ask().unwrap();
    }
    let elapsed = start.elapsed();
    assert_eq!(study.history().unwrap().distinct(), 1_000);
    // A release build takes 3 ms for this; the limit leaves room for busy machines.
    let limit = if cfg!(debug_assertions) { 400 } else { 40 };
    assert!(elapsed < Duration::from_millis(limit), "{elapsed:?}");
}

#[test]
fn a_fresh_sampler_goes_on_where_another_stopped() {
    let space = mixed();
    let whole = study(&space, GridSampler::new(), 5);
    whole.optimize(zero, 40).unwrap();
    let storage = tunewright::storage::MemoryStorage::new();
    let resumed = |trials| {
        let study = Study::in_space(space.clone())
            .sampler(GridSampler::new())
            .storage(storage.clone())
            .seed(5)
            .build()
            .unwrap();
        study.optimize(zero, trials).unwrap();
        points(&study)
    };
    for trials in [1, 2, 7] {
        resumed(trials);
    }
    assert_eq!(resumed(30), points(&whole));
}

#[test]
fn constraints_outstanding_asks_and_own_configs_leave_no_gap() {
    let space = plane();
    let study = Study::in_space(space.clone())
        .sampler(GridSampler::new().levels(5))
        .constraint("below the diagonal", |p: &Params| {
            p.float("x").unwrap() + p.float("y").unwrap() <= 1.0
        })
        .seed(2)
        .build()
        .unwrap();
    let config = |x: f64, y: f64| space.params([("x", x.into()), ("y", y.into())]).unwrap();
    // One on the grid, one beside it.
    study.enqueue(config(0.25, 0.5)).unwrap();
    study.enqueue(config(0.1, 0.2)).unwrap();
    study.add(config(0.0, 0.0), 1.0).unwrap();
    let mut asked = Vec::new();
    let end = loop {
        match study.ask() {
            Ok(trial) => asked.push(trial),
            Err(error) => break error,
        }
    };
    assert_eq!(
        end.to_string(),
        "the grid is used up: each of its 25 points was tried or is not allowed; ask for more \
         levels, or use `GridSampler::coarse_to_fine` or another sampler"
    );
    // 15 of the 25 are legal; one was added, one lies beside the grid.
    assert_eq!(asked.len(), 15);
    assert_eq!(study.history().unwrap().distinct(), 16);
    assert_eq!(study.history().unwrap().pending().count(), 15);
}

#[test]
fn grids_without_legal_points_end_in_bounded_time() {
    let never = |sampler| {
        let study = Study::in_space(plane())
            .sampler(sampler)
            .constraint("never", |_: &Params| false)
            .build()
            .unwrap();
        study.ask().unwrap_err()
    };
    for sampler in [GridSampler::new(), GridSampler::new().levels(1_000_000)] {
        let error = never(sampler);
        assert!(matches!(error, Error::ConstraintUnsatisfied { .. }), "{error}");
    }
}

/// In the same process as in one that starts anew.
#[test]
fn the_point_of_an_interrupted_trial_is_tried_again() {
    for sampler in [GridSampler::new().levels(2), GridSampler::coarse_to_fine(40).levels(2)] {
        let study = study(&plane(), sampler, 1);
        let trials: Vec<_> = (0..4).map(|_| study.ask().unwrap()).collect();
        let second = trials[1].config().clone();
        for (number, trial) in trials.into_iter().enumerate() {
            let outcome = if number == 1 { Outcome::Interrupted } else { 1.0.into() };
            study.tell(trial, outcome).unwrap();
        }
        assert_eq!(*study.ask().unwrap().config(), second);
    }
}

#[test]
fn wishes_that_make_no_sense_are_refused() {
    let space = Space::builder()
        .field("x", &Float::normal(0.0, 1.0))
        .choices("c", ["a", "b", "c"])
        .build()
        .unwrap();
    let refused = |sampler: GridSampler| {
        Study::in_space(space.clone()).sampler(sampler).build().unwrap_err().to_string()
    };
    assert_eq!(
        refused(GridSampler::new()),
        "x has no bounds, so a grid needs its levels: give it a range, or levels by \
         `GridSampler::levels_of(\"x\", …)`"
    );
    let levels = |count| GridSampler::new().levels_of("x", count);
    assert_eq!(
        refused(levels(3).levels_of("z", 3)),
        "there is no parameter `z`; the space has x, c"
    );
    assert_eq!(refused(levels(0)), "levels_of is 0 for x; a grid needs at least 1 level");
    assert_eq!(refused(levels(3).levels(0)), "levels is 0; a grid needs at least 1 level");
    assert_eq!(
        refused(levels(3).values_of("c", ["d"])),
        "c = d lies outside `a` or `b` or `c`; widen the parameter or change the config"
    );
    assert!(refused(levels(3).levels_of("c", 2)).starts_with("levels_of is given for c, whose"));
    assert!(refused(levels(3).values_of("c", [""; 0])).starts_with("values_of is empty for c;"));
    let chosen = study(&space, levels(2).values_of("c", ["c", "a"]), 1);
    assert_eq!(chosen.optimize(zero, 100).unwrap(), StopReason::Exhausted);
    assert_eq!(chosen.history().unwrap().distinct(), 4);
    let mut builder = Space::builder();
    for axis in 0..100 {
        builder = builder.float(&format!("x{axis}"), 0.0..=1.0, Scale::Linear);
    }
    let large = Study::in_space(builder.build().unwrap());
    let error = large.sampler(GridSampler::new()).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the number of points in the grid is above 2^128; take fewer levels, or another sampler"
    );
}

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
