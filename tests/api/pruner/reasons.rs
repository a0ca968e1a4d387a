use tunewright::pruner::{
    MedianPruner, PatientPruner, PercentilePruner, ThresholdPruner, Verdict, WilcoxonPruner,
};
use tunewright::trial::Direction;

use super::{Trials, steps};

/// Five complete trials, worse and worse, and a sixth that is worse than most.
fn falling(direction: Direction) -> (Trials, u64) {
    let sign = direction.orient(1.0);
    let mut trials = Trials::new(direction, None);
    for end in [0.1, 0.2, 0.3, 0.4, 0.5] {
        trials.completed(&steps(&[1.0, 0.6 + end, 0.5 + end, end].map(|value| sign * value)));
    }
    let number = trials.running(&steps(&[sign * 1.0, sign * 0.95]));
    (trials, number)
}

#[test]
fn reasons_name_values_as_they_were_reported() {
    let (trials, number) = falling(Direction::Minimize);
    assert_eq!(
        trials.reason(&MedianPruner::new(), number).unwrap(),
        "its best value 0.95 is above the median 0.9 of 5 trials at step 1"
    );
    let (trials, number) = falling(Direction::Maximize);
    assert_eq!(
        trials.reason(&MedianPruner::new(), number).unwrap(),
        "its best value -0.95 is below the median -0.9 of 5 trials at step 1"
    );
    assert_eq!(
        trials.reason(&PercentilePruner::new(25.0), number).unwrap(),
        "its best value -0.95 is below -0.8, the limit of the best 25 % of 5 trials at step 1"
    );
    // Among the best 75 % it is.
    assert_eq!(trials.decide(&PercentilePruner::new(75.0), number), Verdict::Continue);
    assert_eq!(trials.decide(&MedianPruner::new().start_trials(6), number), Verdict::Continue);
    assert_eq!(trials.decide(&MedianPruner::new().min_trials(6), number), Verdict::Continue);
}

#[test]
fn the_latest_earlier_report_stands_for_a_missing_one() {
    let mut trials = Trials::new(Direction::Minimize, Some(1000));
    for end in [0.1, 0.2, 0.3] {
        trials.completed(&[(0, 1.0), (100, 0.5 + end), (1000, end)]);
    }
    // This one begins later than step 250.
    trials.completed(&[(300, 5.0), (1000, 0.4)]);
    let number = trials.running(&[(0, 1.0), (250, 0.75)]);
    let median = MedianPruner::new().start_trials(3);
    assert_eq!(
        trials.reason(&median, number).unwrap(),
        "its best value 0.75 is above the median 0.7 of 3 trials at step 250"
    );
    trials.audit(number);
    assert_eq!(trials.decide(&median, number), Verdict::Continue);
}

#[test]
fn bounds_are_on_reported_values() {
    for direction in [Direction::Minimize, Direction::Maximize] {
        let mut trials = Trials::new(direction, None);
        trials.completed(&steps(&[0.5; 20]));
        let number = trials.running(&steps(&[0.5, 7.0, 0.01]));
        let pruner = ThresholdPruner::new().lower(0.1).upper(2.0);
        assert_eq!(
            trials.reason(&pruner, number).unwrap(),
            "its value 0.01 at step 2 is below the lower bound 0.1"
        );
        assert_eq!(trials.decide(&pruner.clone().warmup_steps(3), number), Verdict::Continue);
        trials.report(number, 3, 2.5);
        assert_eq!(
            trials.reason(&pruner, number).unwrap(),
            "its value 2.5 at step 3 is above the upper bound 2"
        );
        // The second report in the interval from 2 to 5.
        assert_eq!(
            trials.decide(&pruner.clone().warmup_steps(2).interval_steps(4), number),
            Verdict::Continue
        );
        assert_eq!(trials.decide(&ThresholdPruner::new().lower(0.1), number), Verdict::Continue);
    }
}

#[test]
fn patience_ends_when_the_best_value_does_not_come_back() {
    let mut trials = Trials::new(Direction::Maximize, None);
    trials.completed(&steps(&[0.5; 20]));
    let number = trials.running(&steps(&[0.5, 0.8, 0.7, 0.75]));
    assert_eq!(
        trials.reason(&PatientPruner::new(1), number).unwrap(),
        "its best value in the latest 2 reports is 0.75, which is below 0.8, its best before them"
    );
    assert_eq!(trials.decide(&PatientPruner::new(2), number), Verdict::Continue);
    assert_eq!(trials.decide(&PatientPruner::new(1).min_delta(0.06), number), Verdict::Continue);
    assert_eq!(
        trials.reason(&PatientPruner::new(1).min_delta(0.02), number).unwrap(),
        "its best value in the latest 2 reports is 0.75, which is below 0.8, its best before them by \
         more than 0.02"
    );
    // The other pruner has the last word.
    let bound = |lower| ThresholdPruner::new().lower(lower);
    let wrapping = |lower| PatientPruner::new(1).wrapping(bound(lower));
    assert_eq!(trials.decide(&wrapping(0.7), number), Verdict::Continue);
    let reason = trials.reason(&wrapping(0.76), number).unwrap();
    assert_eq!(reason, "its value 0.75 at step 3 is below the lower bound 0.76");
    trials.report(number, 4, 0.8);
    assert_eq!(trials.decide(&wrapping(0.9), number), Verdict::Continue);
}

#[test]
fn folds_are_compared_with_those_of_the_best_trial() {
    let mut trials = Trials::new(Direction::Maximize, None);
    let folds = [0.9, 0.5, 0.8, 0.7, 0.6, 0.85];
    let report = |trials: &mut Trials, number, fold: usize, worse: f64| {
        trials.report(number, fold as u64, folds[fold] - worse);
    };
    for worse in [0.0, 0.3] {
        let number = trials.begin();
        (0..6).for_each(|fold| report(&mut trials, number, fold, worse));
        trials.complete(number, 0.725 - worse);
    }
    let pruner = WilcoxonPruner::new();
    let number = trials.begin();
    // Shuffled: the last fold comes early, and is not the end.
    for (fold, worse) in [(5, 0.1), (1, 0.12), (3, 0.14)] {
        report(&mut trials, number, fold, worse);
        assert_eq!(trials.decide(&pruner, number), Verdict::Continue);
    }
    report(&mut trials, number, 0, 0.2);
    // 1/16 by chance. Folds 0, 1, 3 and 5 have a mean of 0.7375 at the best trial.
    assert_eq!(
        trials.reason(&pruner, number).unwrap(),
        "its mean 0.5975 is below 0.725, the mean of trial 0, and a signed-rank test over 4 common steps \
         has p = 0.0625"
    );
    assert_eq!(trials.decide(&pruner.clone().start_steps(5), number), Verdict::Continue);
    assert_eq!(trials.decide(&pruner.clone().p_threshold(0.05), number), Verdict::Continue);
    for fold in [2, 4] {
        report(&mut trials, number, fold, 0.2);
    }
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue, "all folds have been run");
    // Worse on each fold, but the folds were easy ones: the mean is better than the best trial's.
    let number = trials.begin();
    for fold in [0, 2, 3, 5] {
        report(&mut trials, number, fold, 0.01);
    }
    assert_eq!(trials.decide(&pruner, number), Verdict::Continue);
}
