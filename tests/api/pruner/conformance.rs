use std::sync::atomic::{AtomicUsize, Ordering};

use tunewright::curves::{Curve, Curves};
use tunewright::pruner::{
    HyperbandPruner, MarginalValuePruner, MedianPruner, PatientPruner, PercentilePruner, Pruner,
    SuccessiveHalvingPruner, ThresholdPruner, Verdict, WilcoxonPruner,
};
use tunewright::testing;

#[test]
fn marginal_value_pruner() {
    testing::pruner(MarginalValuePruner::new);
    testing::pruner(|| MarginalValuePruner::new().kappa(1.0).audits(0.0));
}

#[test]
fn median_and_percentile_pruner() {
    testing::pruner(MedianPruner::new);
    testing::pruner(|| PercentilePruner::new(25.0));
    testing::pruner(|| PercentilePruner::new(0.0).start_trials(0));
}

#[test]
fn patient_pruner() {
    testing::pruner(|| PatientPruner::new(3));
    testing::pruner(|| PatientPruner::new(0).min_delta(0.01));
    testing::pruner(|| PatientPruner::new(1).wrapping(MedianPruner::new()));
}

#[test]
fn threshold_pruner() {
    testing::pruner(|| ThresholdPruner::new().lower(-1.2).upper(1.2));
}

#[test]
fn successive_halving_pruner() {
    testing::pruner(SuccessiveHalvingPruner::new);
    testing::pruner(|| SuccessiveHalvingPruner::new().reduction_factor(2).min_resource(2));
}

#[test]
fn hyperband_pruner() {
    testing::pruner(HyperbandPruner::new);
}

#[test]
fn wilcoxon_pruner() {
    testing::pruner(WilcoxonPruner::new);
    testing::pruner(|| WilcoxonPruner::new().p_threshold(1.0));
}

fn when(stops: bool, reason: &'static str) -> Option<&'static str> {
    stops.then_some(reason)
}

fn any_complete(curves: &Curves) -> bool {
    curves.finished().any(|curve| curve.loss().is_some())
}

/// Not at the first report, nor at the last one, and not before a trial is complete.
fn is_open(trial: &Curve, curves: &Curves) -> bool {
    let is_last = match (trial.last(), curves.last_step()) {
        (Some((step, _)), Some(last)) => step >= last,
        _ => true,
    };
    trial.reports().len() > 1 && any_complete(curves) && !is_last
}

/// What the suite says of a pruner that stops where `stops` says so.
fn fault(stops: impl Fn(&Curve, &Curves) -> Option<&'static str> + Send + Sync) -> String {
    struct Broken<F>(F);

    impl<F> std::fmt::Debug for Broken<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Broken")
        }
    }

    impl<F: Fn(&Curve, &Curves) -> Option<&'static str> + Send + Sync> Pruner for Broken<F> {
        fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
            let reason = (self.0)(trial, curves);
            reason.map_or(Verdict::Continue, |reason| Verdict::Stop(reason.into()))
        }
    }

    let run = std::panic::AssertUnwindSafe(|| testing::pruner(|| Broken(&stops)));
    let Err(panic) = std::panic::catch_unwind(run) else { return "no fault".into() };
    let literal = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    panic.downcast_ref::<String>().cloned().or(literal).unwrap_or_default()
}

#[test]
fn faults_are_found() {
    let count = AtomicUsize::new(0);
    let faults = [
        (fault(|_, _| Some("always")), "before its first report: always"),
        (fault(|trial, _| when(!trial.reports().is_empty(), "any")), "at its first report: any"),
        (fault(|trial, _| when(trial.reports().len() > 1, "second")), "the only one: second"),
        (
            fault(|trial, curves| when(trial.reports().len() > 1 && any_complete(curves), "late")),
            "at the last step of a whole run: late",
        ),
        (fault(|trial, curves| when(is_open(trial, curves), "audits")), "that is audited: audits"),
        (
            fault(|trial, curves| when(is_open(trial, curves) && !trial.is_audited(), "")),
            "a verdict must have a reason",
        ),
        (
            fault(|trial, curves| when(is_open(trial, curves) && !trial.is_audited(), "most")),
            "the best of constant curves must not be stopped",
        ),
        (
            fault(|trial, curves| {
                let may = is_open(trial, curves) && !trial.is_audited();
                let bad = trial.last().is_some_and(|(_, loss)| loss > 0.6 && loss < 1.0);
                when(may && bad && count.fetch_add(1, Ordering::Relaxed) % 3 == 1, "with state")
            }),
            "must give the same verdicts",
        ),
    ];
    for (said, expected) in faults {
        assert!(said.contains(expected), "{said:?} instead of {expected:?}");
    }
}
