//! What every error reads like: facts, and what to do.

use tunewright::Error;
use tunewright::space::{Mistake, Problem};
use tunewright::trial::GoalError;

#[test]
fn messages() {
    let boxed = || Box::<dyn std::error::Error + Send + Sync>::from("disk full");
    let mistake = |parameter: &str, problem| Mistake::new(parameter, problem);
    let cases: Vec<(Error, &str)> = vec![
        (
            Error::InvalidSpace {
                mistakes: vec![
                    mistake("lr", Problem::EmptyRange { low: 2.0, high: 1.0 }),
                    mistake("op", Problem::NoChoices),
                ],
            },
            "lr: the range 2..=1 holds no value, because low is above high; swap the bounds\n\
             op: there is no choice; give at least one",
        ),
        (
            Error::InvalidNetwork { reason: "it has no layer; give at least one".into() },
            "the network cannot be built: it has no layer; give at least one",
        ),
        (
            Error::Import("no column is a goal; name one with `.goal(..)`".into()),
            "the table of experiments: no column is a goal; name one with `.goal(..)`",
        ),
        (
            Error::OutsideSpace {
                parameter: "dropout".into(),
                value: "0.9".into(),
                values: "0..=0.6".into(),
            },
            "dropout = 0.9 lies outside 0..=0.6; widen the parameter or change the value",
        ),
        (
            Error::NotANumber {
                parameter: "lr".into(),
                value: "fast".into(),
                found: "a text",
                values: "1e-5..=0.1".into(),
            },
            "lr = fast is a text, but the parameter takes numbers: 1e-5..=0.1",
        ),
        (
            Error::NotWhole {
                parameter: "layers".into(),
                value: "4.5".into(),
                values: "1..=6".into(),
            },
            "layers = 4.5 is not a whole number; give one of 1..=6",
        ),
        (
            Error::BetweenSteps {
                parameter: "n".into(),
                value: "4".into(),
                values: "1..=9 in steps of 2".into(),
                nearest: "3 or 5".into(),
            },
            "n = 4 lies between two values of 1..=9 in steps of 2; give 3 or 5",
        ),
        (
            Error::GridExhausted { points: 25 },
            "the grid is used up: each of its 25 points was tried or is not allowed; ask for more \
             levels, or use `GridSampler::coarse_to_fine` or another sampler",
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
                complete: false,
            },
            "constraint `fits memory` rejected 9000 of 10000 configs that were tried (random draws, \
             corners of the ranges, defaults, and what is near them), and none of them was allowed; \
             loosen it, narrow the ranges, or give a legal config with `start_from`",
        ),
        (
            Error::ConstraintUnsatisfied {
                constraint: "fits memory".into(),
                rejected: 9,
                sampled: 12,
                complete: true,
            },
            "constraint `fits memory` rejected 9 of all 12 configs of the space, and no other \
             config was allowed; loosen it or widen the ranges",
        ),
        (
            Error::NoLegalCombination {
                constraint: "fits memory".into(),
                rejected: 20,
                combinations: 25,
            },
            "none of the 25 combinations of the grid is legal: constraint `fits memory` rejected \
             20; give the grid other levels or values, or take `GridSampler::coarse_to_fine` or \
             another sampler",
        ),
        (
            Error::NothingNew { tried: 12, looked_at: 5000 },
            "no further legal config was found: 12 were tried, and 5000 others were looked at; \
             loosen the constraints, widen the space, or allow repeats if the objective \
             is noisy",
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
            "this study has no running trial 3; tell it only trials that its `ask` has returned",
        ),
        (
            Error::ForeignTrial { number: 3 },
            "trial 3 belongs to another study; tell the study whose `ask` has returned it",
        ),
        (
            Error::Goals(GoalError::Count { goals: 1, given: 2 }),
            "the objective gave 2 values and the study has 1 goal; return one value for each goal",
        ),
        (
            GoalError::Invalid { name: "error".into(), problem: "its name is given twice" }.into(),
            "`error`: its name is given twice",
        ),
        (
            GoalError::OtherGoals {
                given: "minimize error".into(),
                wanted: "maximize accuracy".into(),
            }
            .into(),
            "the objective measures `minimize error`, and the study wants `maximize accuracy`; give the \
             study the goals of what the objective returns with `goals_of`",
        ),
        (
            GoalError::NotRecorded { number: 3, name: "memory".into() }.into(),
            "trial 3 ended without a value of `memory`; call `trial.record(\"memory\", value)` \
             before it ends",
        ),
        (
            GoalError::Unknown {
                name: "eror".into(),
                known: vec!["error".into(), "latency".into()],
            }
            .into(),
            "there is no goal `eror`; the study has `error`, `latency`",
        ),
        (
            GoalError::Several { names: vec!["error".into(), "latency".into()] }.into(),
            "a study with several goals (error, latency) has no best trial; look at its `front`, or \
             choose from it with `knee`, `best_within`, `compromise` or `lexicographic`",
        ),
        (
            GoalError::NothingWithin {
                limit: "latency at most 20".into(),
                nearest: 4,
                value: 25.0,
            }
            .into(),
            "no feasible trial has latency at most 20; trial 4 comes nearest with 25; run more trials, or \
             loosen the limit",
        ),
        (
            GoalError::NoKnee { different: 2, goals: 3 }.into(),
            "the front has 2 different trials, and a knee of 3 goals needs 4 at least; run more trials, or \
             choose with `best_within`, `compromise` or `lexicographic`",
        ),
        (
            GoalError::NoLimit { name: "error".into() }.into(),
            "a reference of limits needs a limit for each goal, and `error` has none; give it one with \
             `limit`, or give the reference as numbers",
        ),
        (
            GoalError::NotOneEach {
                what: "weights",
                given: 1,
                names: vec!["error".into(), "latency".into()],
            }
            .into(),
            "weights of 1 numbers for 2 goals; give one for each, in this order: error, latency",
        ),
        (
            GoalError::OneGoalOnly {
                option: "target",
                names: vec!["error".into(), "latency".into()],
            }
            .into(),
            "`target` needs a study with one goal, and this one has several (error, latency); leave it out",
        ),
        (
            GoalError::NothingFeasible {
                trials: 12,
                nearest: 7,
                missed: "latency at most 20 is missed by 1.5".into(),
            }
            .into(),
            "none of 12 complete trials keeps all limits; trial 7 comes nearest, but latency at most \
             20 is missed by 1.5; run more trials, or loosen the limits",
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
            Error::CheckpointNotSaved("the disk is full".into()),
            "the checkpoint was not saved: the disk is full",
        ),
        (
            Error::LaterFormat { name: "mine".into(), format: 3, known: 1 },
            "the study `mine` is kept in format 3, and this version of tunewright knows formats up \
             to 1; use a later version",
        ),
        (
            Error::StudyExists { name: "mine".into() },
            "the storage has a study `mine` already; continue it with `build`, or use another name",
        ),
        (
            Error::NoSuchStudy { name: "mine".into(), known: vec!["a".into(), "b".into()] },
            "the storage has no study `mine`; it has `a`, `b`; look at the name, or start the study \
             with `build`",
        ),
        (
            Error::NoSuchStudy { name: "mine".into(), known: Vec::new() },
            "the storage has no study `mine`; it has none, so look at what `storage` was given, or \
             begin with `build` and without earlier studies",
        ),
        (
            Error::StudyMismatch {
                name: "mine".into(),
                difference: "space",
                details: "x is new".into(),
            },
            "the storage's study `mine` has another space (x is new); use another name and \
             `learn_from_stored(\"mine\")`, or the same space",
        ),
        (Error::Sampler(boxed()), "the sampler failed: disk full"),
        (Error::Storage(boxed()), "the storage failed: disk full"),
        (Error::Export(boxed()), "the export could not be written: disk full"),
        (
            Error::ConstraintFailed { constraint: "fits".into(), reason: "no such layer".into() },
            "the constraint `fits` failed: no such layer; a constraint has to judge every config \
             of the space",
        ),
        (
            Error::Panicked { what: "the constraint `fits`".into(), message: "oh".into() },
            "the constraint `fits` panicked: oh; trials that have ended are kept",
        ),
        (
            Error::CalledFromWithin { caller: "an observer", call: "ask" },
            "an observer called `ask` of its own study, which would wait for itself; call it after \
             `optimize`, or have another thread do so",
        ),
        (Error::Pruned { reason: "rank 9 of 12".into() }, "the trial was pruned: rank 9 of 12"),
        (Error::Diverged { step: 7, value: f64::NAN }, "it diverged: it reported NaN at step 7"),
        (
            Error::NoteTaken { number: 3, name: "stage".into() },
            "the sampler has already noted `stage` of trial 3; use another name",
        ),
        (
            Error::Outdated,
            "other trials were started since this suggestion was made; suggest again",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
        // What `fn main() -> Result<()>` prints.
        assert_eq!(format!("{error:?}"), message);
        assert!(std::error::Error::source(&error).is_none(), "a cause is shown once: {error}");
    }
}

/// A new error fails this test until its message is among those above.
#[test]
fn every_error_is_among_the_messages() {
    let source = include_str!("../../src/error/kinds.rs");
    let (_, body) = source.split_once("pub enum Error {").unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let name = |line: &str| -> Option<String> {
        let line = line.strip_prefix("    ").filter(|line| line.starts_with(char::is_uppercase))?;
        Some(line.chars().take_while(|c| c.is_alphanumeric()).collect())
    };
    let names: Vec<String> = body.lines().filter_map(name).collect();
    assert!(names.len() > 30, "{names:?}");
    let (messages, _) = include_str!("errors.rs").split_once("fn every_error").unwrap();
    let has_message = |name: &str| {
        messages.match_indices(&format!("Error::{name}")).any(|(at, found)| {
            !messages[at + found.len()..].starts_with(|c: char| c.is_alphanumeric())
        })
    };
    let missing: Vec<&String> = names.iter().filter(|name| !has_message(name)).collect();
    assert!(missing.is_empty(), "no message of {missing:?} is tested");
}

#[test]
fn causes_are_part_of_the_message() {
    #[derive(Debug)]
    struct Write(std::io::Error);
    impl std::fmt::Display for Write {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("/data/study.log")
        }
    }
    impl std::error::Error for Write {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = Error::Storage(Box::new(Write(std::io::Error::other("disk full"))));
    assert_eq!(error.to_string(), "the storage failed: /data/study.log: disk full");
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
