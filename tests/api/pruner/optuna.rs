use std::collections::BTreeMap;

use tunewright::pruner::{
    MedianPruner, PatientPruner, PercentilePruner, Pruner, SuccessiveHalvingPruner,
    ThresholdPruner, Verdict, WilcoxonPruner,
};
use tunewright::trial::{Direction, Outcome};

use super::Trials;

/// The pruner of a case of `tests/reference/pruners.py`. A warm-up of 1 there is none here, since the first
/// report is never judged.
fn pruner(case: &str) -> Box<dyn Pruner> {
    match case {
        "median" | "median_1" => Box::new(MedianPruner::new()),
        "percentile_25" => Box::new(PercentilePruner::new(25.0)),
        "percentile_60" => {
            let pruner = PercentilePruner::new(60.0).start_trials(2).min_trials(4);
            Box::new(pruner.warmup_steps(4).interval_steps(3))
        }
        "patient" => Box::new(PatientPruner::new(2).min_delta(0.02)),
        "patient_0" => Box::new(PatientPruner::new(0)),
        "patient_median" => Box::new(PatientPruner::new(1).wrapping(MedianPruner::new())),
        "threshold" => {
            let pruner = ThresholdPruner::new().lower(-0.9).upper(0.9);
            Box::new(pruner.warmup_steps(2).interval_steps(2))
        }
        "halving" => Box::new(SuccessiveHalvingPruner::new()),
        "halving_2" => {
            let pruner = SuccessiveHalvingPruner::new().reduction_factor(2);
            Box::new(pruner.min_early_stopping_rate(1))
        }
        "wilcoxon" => Box::new(WilcoxonPruner::new()),
        "wilcoxon_ties" => Box::new(WilcoxonPruner::new().p_threshold(0.2).start_steps(4)),
        _ => panic!("there is no case {case}"),
    }
}

/// How the verdicts on one case compare with those of Optuna.
#[derive(Default)]
struct Comparison {
    stopped: usize,
    /// Optuna stops where no pruner of ours does.
    spared: usize,
}

const LAST: u64 = 11;

#[test]
fn verdicts_are_those_of_optuna() {
    let mut reader = csv::Reader::from_path("tests/reference/pruners.csv").unwrap();
    let mut studies: BTreeMap<String, (Trials, Box<dyn Pruner>, Comparison)> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let (number, step): (u64, u64) = (row[2].parse().unwrap(), row[3].parse().unwrap());
        let key = format!("{} {}", &row[0], &row[1]);
        let (trials, pruner, comparison) = studies.entry(key.clone()).or_insert_with(|| {
            let maximize = &row[1] == "max";
            let direction = if maximize { Direction::Maximize } else { Direction::Minimize };
            // The length of a run is known, as from the first complete trial on.
            (Trials::new(direction, Some(LAST)), pruner(&row[0]), Comparison::default())
        });
        while trials.records.len() as u64 <= number {
            trials.begin();
        }
        trials.report(number, step, row[4].parse().unwrap());
        let verdict = trials.decide(pruner.as_ref(), number);
        let ours = matches!(verdict, Verdict::Stop(_));
        let theirs = &row[5] == "1";
        let is_first = trials.records[number as usize].reports().len() == 1;
        let any_complete = trials.curves.finished().next().is_some();
        if is_first || !any_complete || step == LAST {
            // On purpose: Optuna may stop here, which the file shows, and we never do.
            assert!(!ours, "{key}, trial {number}, step {step}: {verdict:?}");
            comparison.spared += usize::from(theirs);
        } else {
            assert_eq!(ours, theirs, "{key}, trial {number}, step {step}: {verdict:?}");
            comparison.stopped += usize::from(ours);
        }
        match &row[6] {
            "complete" => trials.complete(number, row[7].parse().unwrap()),
            "pruned" => trials.finish(number, Outcome::Pruned(None)),
            _ => {}
        }
    }
    assert_eq!(studies.len(), 24);
    for (case, (.., comparison)) in &studies {
        assert!(comparison.stopped >= 10, "{case}: only {} trials are stopped", comparison.stopped);
    }
    // The trap: with its defaults, Optuna's median pruner judges the first report.
    assert!(studies["median min"].2.spared > studies["median_1 min"].2.spared);
}
