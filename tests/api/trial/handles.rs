//! Errors of a trial's handle stay with the handle.

use std::time::Duration;

use tunewright::space::{Params, Scale, Space};
use tunewright::study::StudyBuilder;
use tunewright::trial::TrialState;
use tunewright::{Error, GridSampler, StopReason, Study, Trial};

use crate::support::soon::soon;

fn line() -> StudyBuilder<Params> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).seed(1)
}

#[test]
fn a_trial_that_was_given_up_disturbs_no_other() {
    let study = line().build().unwrap();
    let (mut late, other) = (study.ask().unwrap(), study.ask().unwrap());
    study.fail(&late, "took too long").unwrap();
    late.trial().record("loss", 0.5);
    late.trial().note("weights", "late.bin");
    study.tell(&other, 1.0).unwrap();
    let next = study.ask().unwrap();
    let error = late.trial().report(1, 0.5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "trial 0 was already told that it failed (took too long); each trial is told once"
    );
    assert!(late.trial().report(2, 0.5).is_err(), "it is over for good");
    study.tell(next, 2.0).unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.float("x"), 3).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 5);
    let record = study.store().trial(0).unwrap().unwrap();
    assert!(record.metrics().is_empty() && record.notes().is_empty());
}

#[test]
fn a_watchdog_gives_up_single_trials_of_a_run() {
    for workers in [1, 3] {
        let study = line().workers(workers).build().unwrap();
        let objective = |p: Params, trial: &mut Trial| -> Result<f64, Error> {
            if trial.number() == 2 {
                // What a watchdog does in its own thread when the time is up.
                study.fail(study.trial_id(2), "took too long")?;
                trial.record("loss", 0.5);
            }
            trial.report(1, 0.5)?;
            p.float("x")
        };
        assert_eq!(study.optimize(objective, 10).unwrap(), StopReason::Trials);
        let history = study.history().unwrap();
        assert_eq!((history.complete_count(), history.failed_count()), (9, 1));
        assert_eq!(history.trial(2).unwrap().failure(), Some("took too long"));
    }
}

#[test]
fn a_trial_that_its_objective_told_counts_as_told() {
    let study = line().target(-1.0).build().unwrap();
    let tells = |_: Params, trial: &mut Trial| {
        let value = if trial.number() == 3 { -2.0 } else { 5.0 };
        study.tell(study.trial_id(trial.number()), value).unwrap();
        0.0
    };
    assert_eq!(study.optimize(tells, 10).unwrap(), StopReason::Target);
    assert_eq!(study.best().unwrap().value(), -2.0);
    let study = line().stop_after_failures(2).build().unwrap();
    let gives_up = |_: Params, trial: &mut Trial| {
        study.fail(study.trial_id(trial.number()), "given up").unwrap();
        0.0
    };
    assert_eq!(study.optimize(gives_up, 10).unwrap(), StopReason::Failures);
}

#[test]
fn a_handle_outlives_its_study() {
    let study = line().build().unwrap();
    let (_, mut trial) = study.ask().unwrap().into_parts();
    drop(study);
    trial.report(1, 0.5).unwrap();
    trial.record("loss", f64::NAN);
    trial.stop_study();
}

#[test]
fn an_objective_may_ask_and_tell_its_own_study() {
    let complete = soon(|| {
        let study = line().workers(2).build().unwrap();
        let objective = |p: Params, _: &mut Trial| {
            let asked = study.ask().unwrap();
            study.tell(asked, 1.0).unwrap();
            p.float("x")
        };
        study.optimize(objective, 10).unwrap();
        study.history().unwrap().complete_count()
    });
    assert_eq!(complete, 20);
}

#[test]
fn texts_are_kept_with_the_trial() {
    let study = line().build().unwrap();
    let objective = |_: Params, trial: &mut Trial| {
        trial.note("commit", "1f3c");
        trial.note("commit", String::from("9ab0"));
        trial.note("host", "a \"quoted\"\nname");
        std::thread::sleep(Duration::from_millis(1));
        1.0
    };
    study.optimize(objective, 1).unwrap();
    let history = study.history().unwrap();
    let record = history.trial(0).unwrap();
    assert_eq!(record.state(), TrialState::Complete);
    assert_eq!(record.notes()["commit"], "9ab0".into());
    let json = serde_json::to_value(record).unwrap();
    assert_eq!(json["notes"]["commit"], "9ab0");
    let mut csv = Vec::new();
    study.trials().unwrap().to_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.contains("note:commit,note:host") && csv.contains("9ab0,\"a \"\"quoted"), "{csv}");
}

#[test]
fn notes_of_the_sampler_are_its_own() {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).sampler(GridSampler::coarse_to_fine(20)).build().unwrap();
    let objective = |p: Params, trial: &mut Trial| -> Result<f64, Error> {
        trial.note("stage", "mine");
        trial.report(0, 1.0)?;
        p.float("x")
    };
    study.optimize(objective, 1).unwrap();
    let history = study.history().unwrap();
    let record = history.trial(0).unwrap();
    let reason = "the sampler has already noted `stage` of trial 0; use another name";
    assert_eq!(record.failure(), Some(reason));
    assert!(record.notes()["stage"].as_f64().is_some());
}
