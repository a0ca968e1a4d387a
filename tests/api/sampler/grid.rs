use std::collections::HashSet;
use std::time::{Duration, Instant};

use tunewright::space::{Float, Params, Point, Scale, Space};
use tunewright::trial::Outcome;
use tunewright::{Error, GridSampler, StopReason, Study, Trial};

pub(super) fn study(space: &Space, sampler: GridSampler, seed: u64) -> Study<Params> {
    Study::in_space(space.clone()).sampler(sampler).seed(seed).build().unwrap()
}

pub(super) fn zero(_: Params, _: &mut Trial) -> f64 {
    0.0
}

pub(super) fn points(study: &Study<Params>) -> Vec<Point> {
    study.history().unwrap().trials().map(|trial| trial.point().clone()).collect()
}

/// A float in log scale, a coarse integer, a fine one, a boolean and a conditional branch.
pub(super) fn mixed() -> Space {
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

pub(super) fn plane() -> Space {
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
        "c = d lies outside `a` or `b` or `c`; widen the parameter or change the value"
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
