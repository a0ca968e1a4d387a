use tunewright::pruner::{HyperbandPruner, Pruner, SuccessiveHalvingPruner, Verdict};
use tunewright::trial::Direction;
use tunewright::{Params, RandomSampler, Space, Study, Trial, space::Scale};

use super::{Trials, steps};

/// Seventeen reports.
fn level(value: f64) -> Vec<(u64, f64)> {
    steps(&[value; 17])
}

#[test]
fn the_best_quarter_goes_on_at_each_rung() {
    let mut trials = Trials::new(Direction::Minimize, None);
    for at in 0..7 {
        trials.completed(&level(0.1 * f64::from(at)));
    }
    let pruner = SuccessiveHalvingPruner::new();
    let number = trials.running(&[(0, 0.05), (1, 0.05)]);
    // Second of eight, of which two go on.
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue);
    let other = trials.running(&[(0, 0.0), (1, 0.25)]);
    assert_eq!(
        trials.reason(&pruner, other).unwrap(),
        "its value 0.25 has rank 5 of 9 trials at step 1, of which only the best 2 go on"
    );
    // No rung between the reports 1, 4 and 16.
    for step in 2..4 {
        trials.report(number, step, 9.0);
        assert_eq!(trials.decide(&pruner, number), Verdict::Continue);
    }
    trials.report(number, 4, 9.0);
    assert!(trials.reason(&pruner, number).is_some());
    // The first rungs are left out, or come later.
    for milder in [pruner.clone().min_early_stopping_rate(1), pruner.clone().min_resource(4)] {
        assert_eq!(trials.decide(&milder, other), Verdict::Continue);
        assert!(trials.reason(&milder, number).is_some());
    }
}

#[test]
fn rungs_are_reports_of_the_longest_run_whatever_its_steps() {
    let mut trials = Trials::new(Direction::Maximize, None);
    for at in 1..=8 {
        let value = 0.1 * f64::from(at);
        let uneven: Vec<(u64, f64)> = (0..17).map(|report| (100 * report, value)).collect();
        trials.completed(&uneven);
    }
    let pruner = SuccessiveHalvingPruner::new();
    let number = trials.running(&[(0, 0.35), (30, 0.35), (60, 0.35)]);
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue, "step 100 is the first rung");
    trials.report(number, 170, 0.35);
    assert_eq!(
        trials.reason(&pruner, number).unwrap(),
        "its value 0.35 has rank 6 of 9 trials at step 170, of which only the best 2 go on"
    );
    trials.report(number, 180, 0.0);
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue, "it was at the rung before");
    // Who jumps over rungs is judged at all of them.
    let number = trials.running(&[(0, 0.35), (900, 0.35)]);
    assert!(trials.reason(&pruner, number).is_some());
}

#[test]
fn a_run_of_its_full_length_or_alone_is_not_stopped() {
    let pruner = SuccessiveHalvingPruner::new();
    let mut trials = Trials::new(Direction::Minimize, Some(u64::MAX));
    let number = trials.running(&steps(&[1.0, 2.0]));
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue);
    trials.complete(number, 2.0);
    let other = trials.running(&[(0, 1.0), (u64::MAX, 3.0)]);
    assert_eq!(trials.decide(&pruner, other), Verdict::Continue);
}

/// The steps that 60 random trials of 50 reports spend.
fn spent(pruner: impl Pruner + 'static) -> usize {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).seed(3).sampler(RandomSampler::new()).pruner(pruner);
    let study = study.build().unwrap();
    let train = |params: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let end = params.float("x")?;
        for step in 0..50 {
            trial.report(step, end + 1.0 / (1.0 + step as f64))?;
        }
        Ok(end)
    };
    study.optimize(train, 60).unwrap();
    let history = study.history().unwrap();
    let best = study.best().unwrap().value();
    let lowest = history.trials().flat_map(|trial| trial.reports().values());
    assert!(best < lowest.fold(f64::INFINITY, |low, value| low.min(*value)));
    history.trials().map(|trial| trial.reports().len()).sum()
}

#[test]
fn hyperband_lets_some_trials_go_on_that_halving_stops() {
    let (halving, hyperband) =
        (spent(SuccessiveHalvingPruner::new()), spent(HyperbandPruner::new()));
    assert!(halving < 600, "{halving}");
    assert!(hyperband > halving && hyperband < 1500, "{hyperband}");
    // The last bracket begins at report 27.
    let mut trials = Trials::new(Direction::Minimize, None);
    for at in 0..400 {
        trials.completed(&steps(&[f64::from(at); 50]));
    }
    let pruner = HyperbandPruner::new();
    let mut first_stops = [0; 50];
    for _ in 0..49 {
        let number = trials.running(&steps(&[200.0]));
        let stops = (1..49).find(|step| {
            trials.report(number, *step, 200.0);
            let reason = trials.reason(&pruner, number);
            assert!(reason.iter().all(|reason| reason.contains(" of bracket ")), "{reason:?}");
            reason.is_some()
        });
        first_stops[stops.unwrap() as usize] += 1;
    }
    let [first, second, third, fourth] = [1, 3, 9, 27].map(|step| first_stops[step]);
    assert_eq!(first + second + third + fourth, 49);
    assert!(first > second && second > third && third >= fourth && fourth > 0, "{first_stops:?}");
}
