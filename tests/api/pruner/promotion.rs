//! Which of the trials that were stopped go on.

use tunewright::curves::Curve;
use tunewright::pruner::{
    HyperbandPruner, MarginalValuePruner, MedianPruner, PatientPruner, Pruner,
    SuccessiveHalvingPruner,
};
use tunewright::sampler::Stream;
use tunewright::trial::{Direction, Outcome};

use super::Trials;

/// One whole run of 17 reports, and trials that were stopped at these steps with these values.
fn stopped(trials: &[(u64, f64)]) -> Trials {
    let mut all = Trials::new(Direction::Minimize, None);
    all.completed(&(0..17).map(|step| (step, 0.9)).collect::<Vec<_>>());
    for &(last, value) in trials {
        let number = all.running(&(0..=last).map(|step| (step, value)).collect::<Vec<_>>());
        all.finish(number, Outcome::Pruned(None));
    }
    all
}

fn promoted(pruner: &dyn Pruner, trials: &Trials) -> Option<u64> {
    let is_stopped = |curve: &&Curve| !curve.is_finished();
    let paused: Vec<&Curve> = trials.curves.iter().filter(is_stopped).collect();
    pruner.promote(&paused, &trials.curves, &mut Stream::new(1, 0))
}

#[test]
fn halving_goes_on_with_the_best_quarter_of_a_rung() {
    let pruner = SuccessiveHalvingPruner::new();
    // With the whole run there are three, then four trials at the first rung, report number 1.
    assert_eq!(promoted(&pruner, &stopped(&[(1, 0.8), (1, 0.7)])), None);
    assert_eq!(promoted(&pruner, &stopped(&[(1, 0.8), (1, 0.7), (1, 1.0)])), Some(2));
    // The best one has gone on already.
    assert_eq!(promoted(&pruner, &stopped(&[(1, 0.8), (1, 0.7), (4, 0.5), (1, 1.0)])), None);
    // Four have come to the second rung, which comes first.
    let higher = stopped(&[(4, 0.8), (4, 0.7), (4, 0.6), (1, 0.5)]);
    assert_eq!(promoted(&pruner, &higher), Some(3));
}

#[test]
fn hyperband_promotes_within_brackets() {
    let trials: Vec<(u64, f64)> = (0..60).map(|at| (1 + at % 3, 0.01 * at as f64)).collect();
    let trials = stopped(&trials);
    let promoted = promoted(&HyperbandPruner::new(), &trials).unwrap();
    assert!(trials.curves.get(promoted).unwrap().last().unwrap().1 < 0.3);
}

#[test]
fn the_default_goes_on_with_what_is_worth_more_than_a_new_trial() {
    let pruner = MarginalValuePruner::new();
    assert_eq!(promoted(&pruner, &stopped(&[(3, 2.0)])), None);
    let mut trials: Vec<(u64, f64)> = (0..40).map(|at| (3, 2.0 + 0.1 * f64::from(at))).collect();
    trials[7] = (3, 0.1);
    assert_eq!(promoted(&pruner, &stopped(&trials)), Some(8));
}

#[test]
fn others_go_on_with_none() {
    let trials = stopped(&[(1, 0.1); 12]);
    assert_eq!(promoted(&MedianPruner::new(), &trials), None);
    assert_eq!(promoted(&PatientPruner::new(1), &trials), None);
    let wrapped = PatientPruner::new(1).wrapping(SuccessiveHalvingPruner::new());
    assert!(promoted(&wrapped, &trials).is_some());
}
