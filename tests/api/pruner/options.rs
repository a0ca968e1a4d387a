use tunewright::pruner::{
    HyperbandPruner, MedianPruner, PatientPruner, PercentilePruner, Pruner,
    SuccessiveHalvingPruner, ThresholdPruner, WilcoxonPruner,
};
use tunewright::space::{Scale, Space};
use tunewright::{Error, Study};

/// What the study says of a pruner's options.
fn refusal(pruner: impl Pruner + 'static) -> String {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let error = Study::in_space(space).pruner(pruner).build().err().unwrap();
    assert!(matches!(error, Error::InvalidOption { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn senseless_options_are_refused_by_name() {
    let nan = f64::NAN;
    let refusals = [
        (refusal(ThresholdPruner::new()), "bounds is missing; give"),
        (refusal(ThresholdPruner::new().lower(2.0).upper(1.0)), "lower is 2; use a number that"),
        (refusal(ThresholdPruner::new().upper(nan)), "upper is NaN; use a number"),
        (refusal(ThresholdPruner::new().lower(nan).upper(1.0)), "lower is NaN; use a number"),
        (
            refusal(ThresholdPruner::new().upper(1.0).interval_steps(0)),
            "interval_steps is 0; use 1",
        ),
        (refusal(PercentilePruner::new(101.0)), "percentile is 101; use a number from 0 to 100"),
        (refusal(PercentilePruner::new(nan)), "percentile is NaN; use a number from 0 to 100"),
        (refusal(MedianPruner::new().min_trials(0)), "min_trials is 0; use at least 1"),
        (refusal(MedianPruner::new().interval_steps(0)), "interval_steps is 0; use 1"),
        (refusal(PatientPruner::new(1).min_delta(-0.1)), "min_delta is -0.1; use a number from 0"),
        (refusal(PatientPruner::new(1).min_delta(nan)), "min_delta is NaN; use a number from 0"),
        (refusal(PatientPruner::new(1).wrapping(PercentilePruner::new(-1.0))), "percentile is -1;"),
        (refusal(SuccessiveHalvingPruner::new().min_resource(0)), "min_resource is 0; use at"),
        (refusal(SuccessiveHalvingPruner::new().reduction_factor(1)), "reduction_factor is 1; use"),
        (refusal(HyperbandPruner::new().min_resource(0)), "min_resource is 0; use at least 1"),
        (
            refusal(HyperbandPruner::new().reduction_factor(0)),
            "reduction_factor is 0; use at least",
        ),
        (refusal(WilcoxonPruner::new().p_threshold(1.5)), "p_threshold is 1.5; use a probability"),
        (refusal(WilcoxonPruner::new().p_threshold(nan)), "p_threshold is NaN; use a probability"),
    ];
    for (said, expected) in refusals {
        assert!(said.starts_with(expected), "{said}");
    }
}
