//! What every error reads like: facts, and what to do.

use tunewright::Error;

#[test]
fn messages() {
    let boxed = || Box::<dyn std::error::Error + Send + Sync>::from("disk full");
    let cases: Vec<(Error, &str)> = vec![
        (
            Error::OutsideSpace {
                parameter: "dropout".into(),
                value: "0.9".into(),
                values: "0..=0.6".into(),
            },
            "dropout = 0.9 lies outside 0..=0.6; widen the parameter or change the config",
        ),
        (
            Error::UnknownParameter { name: "lt".into(), known: "lr, layers".into() },
            "there is no parameter `lt`; the space has lr, layers",
        ),
        (
            Error::InactiveParameter {
                name: "kernel.rbf.gamma".into(),
                parent: "kernel".into(),
                choice: "rbf".into(),
            },
            "kernel.rbf.gamma exists only when kernel = rbf; ask which choice was taken first, or \
             leave the parameter out",
        ),
        (Error::MissingParameter { name: "lr".into() }, "lr has no value; give it one"),
        (
            Error::WrongType {
                name: "lr".into(),
                wanted: "an integer",
                value: "0.5".into(),
                found: "a number",
            },
            "lr = 0.5 is a number, not an integer; use the getter of its own type",
        ),
        (
            Error::NotOfType { value: "300".into(), kind: "u8" },
            "300 does not fit u8; narrow the parameter's range",
        ),
        (
            Error::ForeignPoint { axes: 3, coordinates: 2 },
            "a point with 2 coordinates does not belong to this space of 3 axes; use points that \
             this space made",
        ),
        (
            Error::ConstraintUnsatisfied {
                constraint: "fits memory".into(),
                rejected: 9000,
                sampled: 10000,
            },
            "constraint `fits memory` rejected 9000 of 10000 sampled configs, and no other config \
             was allowed; loosen it or narrow the ranges",
        ),
        (
            Error::ConstraintViolated { constraint: "fits memory".into() },
            "the config violates the constraint `fits memory`; change one of them",
        ),
        (
            Error::NothingToAdvise,
            "every allowed change of the best configs was tried; let a sampler go on with \
             `optimize`, or widen the space",
        ),
        (
            Error::Exhausted { points: 12 },
            "all 12 points of the space were tried; widen it, or allow repeats if the objective is \
             noisy",
        ),
        (
            Error::InvalidOption {
                option: "workers",
                value: "0".into(),
                remedy: "use at least 1, the calling thread",
            },
            "workers is 0; use at least 1, the calling thread",
        ),
        (
            Error::UnboundedGrid { parameter: "lr".into() },
            "lr has no bounds, so a grid needs its levels: give it a range, or levels by \
             `GridSampler::levels_of(\"lr\", …)`",
        ),
        (
            Error::AlreadyTold { number: 17, outcome: "0.081".into() },
            "trial 17 was already told 0.081; each trial is told once",
        ),
        (
            Error::UnknownTrial { number: 3 },
            "this study has no running trial 3; tell it trials that it was asked for",
        ),
        (
            Error::ForeignTrial { number: 3 },
            "trial 3 belongs to another study; tell the study that was asked",
        ),
        (
            Error::GoalCount { goals: 1, given: 2 },
            "the objective gave 2 values where the study wants 1; return one for each goal",
        ),
        (
            Error::NotFinite { what: "the value to add", value: f64::NAN },
            "the value to add is NaN, but must be a finite number",
        ),
        (
            Error::NoCompleteTrial { failed: 0, reason: None },
            "no trial is complete yet; run some first",
        ),
        (
            Error::NoCompleteTrial { failed: 4, reason: Some("out of memory".into()) },
            "no trial is complete yet; 4 failed, the last one because: out of memory",
        ),
        (Error::Interrupted, "the trial was interrupted, because the study is stopping"),
        (
            Error::StudyMismatch { name: "mine".into(), difference: "space" },
            "the storage's study `mine` has another space; use another name, or the same space",
        ),
        (Error::Sampler(boxed()), "the sampler failed"),
        (Error::Storage(boxed()), "the storage failed"),
        (Error::Export(boxed()), "the export could not be written"),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
    }
    let source = std::error::Error::source(&Error::Storage(boxed())).unwrap().to_string();
    assert_eq!(source, "disk full", "a cause is shown once, by the one who walks the chain");
}

#[test]
fn errors_travel_between_threads() {
    fn travels<T: Send + Sync + 'static>() {}
    travels::<Error>();
    travels::<tunewright::Study<tunewright::Params>>();
    travels::<tunewright::study::AskedTrial<tunewright::Params>>();
    travels::<tunewright::Trial>();
    travels::<tunewright::study::StopHandle>();
}
