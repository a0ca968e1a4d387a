//! Studies that end when more trials are not worth it.

use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::JournalStorage;
use tunewright::study::{RegretBound, RegretThreshold, StudyBuilder};
use tunewright::trial::{NOISE, TrialState};
use tunewright::{
    BayesianSampler, Error, RandomSampler, Result, SobolSampler, StopReason, Study, Trial,
};

fn plane() -> Space {
    let builder = Space::builder().float("x", -5.0..=5.0, Scale::Linear);
    builder.float("y", -5.0..=5.0, Scale::Linear).build().unwrap()
}

fn in_plane() -> StudyBuilder<Params> {
    Study::in_space(plane()).seed(3)
}

fn bowl(config: Params, _: &mut Trial) -> Result<f64> {
    Ok((config.float("x")? - 1.0).powi(2) + (config.float("y")? + 2.0).powi(2))
}

/// A bowl with many others in it.
fn waves(config: Params, trial: &mut Trial) -> Result<f64> {
    let waves: f64 =
        [config.float("x")?, config.float("y")?].map(|x| (2.0 * x).sin().powi(2)).iter().sum();
    Ok(bowl(config, trial)? + 5.0 * waves)
}

#[track_caller]
fn settled(reason: StopReason) -> RegretBound {
    match reason {
        StopReason::Settled(regret) => regret,
        other => panic!("the study is not settled: {other}"),
    }
}

fn complete(study: &Study<Params>) -> usize {
    study.history().unwrap().complete_count()
}

#[test]
fn a_bowl_is_settled_whether_it_is_to_be_low_or_high() {
    let study = in_plane().stop_when_settled().build().unwrap();
    let regret = settled(study.optimize(bowl, 200).unwrap());
    assert!((20..100).contains(&complete(&study)), "{regret}");
    assert!(study.best().unwrap().value() <= regret.threshold());
    assert!(regret.bound() <= regret.threshold() && regret.is_settled());
    assert_eq!(regret.trials(), complete(&study) as u64);
    assert_eq!(study.regret_bound().unwrap(), Some(regret));

    let high = in_plane().maximize().stop_when_settled().build().unwrap();
    let hill = |config: Params, trial: &mut Trial| bowl(config, trial).map(|loss| 7.0 - loss);
    let mirrored = settled(high.optimize(hill, 200).unwrap());
    assert_eq!(mirrored.trials(), regret.trials());
    assert!((mirrored.bound() - regret.bound()).abs() < 1e-6 * regret.threshold());
}

#[test]
fn every_sampler_may_settle_a_study() {
    let of = |builder: StudyBuilder<Params>| {
        let study = builder.stop_at_regret(1.0).build().unwrap();
        let regret = settled(study.optimize(bowl, 400).unwrap());
        assert_eq!(regret.basis(), RegretThreshold::Tolerance);
        assert!(study.best().unwrap().value() < 1.0, "{regret}");
    };
    of(in_plane().sampler(RandomSampler::new()));
    of(in_plane().sampler(SobolSampler::new()));
}

#[test]
fn nothing_is_settled_before_the_initial_design_is_over() {
    let sampler = BayesianSampler::new().start_trials(45);
    let study = in_plane().sampler(sampler).stop_when_settled().build().unwrap();
    settled(study.optimize(bowl, 200).unwrap());
    assert!(complete(&study) > 45);
    let study = in_plane().build().unwrap();
    study.optimize(bowl, 19).unwrap();
    assert_eq!(study.regret_bound().unwrap(), None);
    study.optimize(bowl, 1).unwrap();
    assert!(study.regret_bound().unwrap().is_some());
}

#[test]
fn trials_that_are_all_the_same_say_nothing_of_others() {
    let study = in_plane().stop_when_settled().build().unwrap();
    let constant = |_: Params, _: &mut Trial| 0.5;
    assert_eq!(study.optimize(constant, 40).unwrap(), StopReason::Trials);
    assert_eq!(study.regret_bound().unwrap(), None);
    // Two levels do, but neither must make numbers that are none.
    let study = in_plane().stop_when_settled().build().unwrap();
    let steps = |config: Params, _: &mut Trial| config.float("x").map(|x| f64::from(x > 2.0));
    study.optimize(steps, 40).unwrap();
    let regret = study.regret_bound().unwrap();
    assert!(regret.is_none_or(|regret| regret.bound() >= 0.0 && regret.threshold() >= 0.0));
}

/// Lower and lower towards x = −5, which nobody reaches.
fn slope(config: &Params) -> Result<f64> {
    Ok(config.float("x")? + 0.1 * config.float("y")?.powi(2))
}

#[test]
fn what_a_constraint_forbids_promises_nothing() {
    let builder = in_plane().sampler(RandomSampler::new());
    let study = builder
        .constraint("x >= 0", |config: &Params| config.float("x").map(|x| x >= 0.0))
        .build()
        .unwrap();
    study.optimize(|config: Params, _: &mut Trial| slope(&config), 40).unwrap();
    let regret = study.regret_bound().unwrap().unwrap();
    // The same trials, as if all were allowed.
    let free = in_plane().build().unwrap();
    for trial in study.history().unwrap().complete() {
        let config = study.config_of(trial.record()).unwrap();
        free.add(config, trial.loss()).unwrap();
    }
    let promises = free.regret_bound().unwrap().unwrap();
    assert!(promises.bound() > 2.0 * regret.bound(), "{promises}, and {regret}");
    assert!(!promises.is_settled());
}

#[test]
fn where_trials_fail_nothing_is_to_be_gained() {
    let objective = |config: Params, _: &mut Trial| -> Result<f64, String> {
        let x = config.float("x").map_err(|error| error.to_string())?;
        if x < 0.0 { Err("diverged".into()) } else { slope(&config).map_err(|e| e.to_string()) }
    };
    let study = in_plane().stop_when_settled().build().unwrap();
    let regret = settled(study.optimize(objective, 150).unwrap());
    assert!(study.history().unwrap().failed_count() > 0);
    assert!(study.best().unwrap().value() <= 2.0 * regret.threshold(), "{regret}");
}

#[test]
fn pruned_trials_and_branches_are_taken_in() {
    let space = Space::builder()
        .choice("kind", |kind| {
            kind.unit("flat").variant("deep", |deep| deep.float("x", 0.0..=1.0, Scale::Linear))
        })
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let train = |config: Params, trial: &mut Trial| -> Result<f64> {
        let deep = config.branch("kind")? == "deep";
        let x = if deep { config.float("kind.deep.x")? } else { 0.9 };
        let end = (x - 0.2).powi(2) + (config.float("y")? - 0.7).powi(2);
        for step in 0..20 {
            trial.report(step, end + (-0.3 * step as f64).exp())?;
        }
        Ok(end)
    };
    let mut misses = 0;
    for seed in 20..50 {
        let study = Study::in_space(space.clone()).seed(seed).stop_when_settled().build().unwrap();
        let reason = study.optimize(train, 300).unwrap();
        let StopReason::Settled(regret) = reason else {
            panic!("{:?} {}", study.regret_bound(), complete(&study))
        };
        let history = study.history().unwrap();
        assert!(history.pruned().count() > 0 && history.failed_count() == 0);
        assert_eq!(regret.trials(), (history.complete_count() + history.pruned().count()) as u64);
        // The lowest loss is 0.
        misses += usize::from(study.best().unwrap().value() > regret.threshold());
    }
    assert!(misses <= 2, "{misses} of 30 studies have ended too early");
}

#[test]
fn a_study_that_goes_on_elsewhere_decides_the_same() {
    let folder = tempfile::tempdir().unwrap();
    // A tolerance that takes more than the first look.
    let takes_longer = |tolerance: &f64| {
        let study = in_plane().stop_at_regret(*tolerance).build().unwrap();
        let reason = study.optimize(waves, 150).unwrap();
        matches!(reason, StopReason::Settled(regret) if regret.trials() > 22)
    };
    let tolerance = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].into_iter().find(takes_longer).unwrap();
    let open = |name: &str| {
        let storage = JournalStorage::new(folder.path().join(name));
        in_plane().storage(storage).stop_at_regret(tolerance).build().unwrap()
    };
    let whole = open("whole");
    let reason = whole.optimize_until(waves, 150).unwrap();
    let trials = complete(&whole);
    settled(reason);
    for stop in [19, 21, trials - 1] {
        let name = format!("until {stop}");
        assert_eq!(open(&name).optimize_until(waves, stop).unwrap(), StopReason::Trials);
        for _ in 0..2 {
            let again = open(&name);
            assert_eq!(again.optimize_until(waves, 150).unwrap(), reason);
            assert_eq!(complete(&again), trials, "stopped after {stop}");
        }
    }
    // A person's own wish is granted all the same.
    let wished = open("whole");
    wished.enqueue(wished.space().decode(&plane().default_point()).unwrap()).unwrap();
    settled(wished.optimize(waves, 150).unwrap());
    assert!(complete(&wished) > trials);
    assert!(wished.history().unwrap().trials().all(|t| t.state() == TrialState::Complete));
}

#[test]
fn several_workers_end_together() {
    let study = in_plane().workers(4).stop_when_settled().build().unwrap();
    let regret = settled(study.optimize(bowl, 300).unwrap());
    let history = study.history().unwrap();
    assert_eq!(history.pending().count(), 0);
    assert!(regret.trials() <= history.complete_count() as u64);
    assert!(history.complete_count() < 150);
    // Whoever goes on finds it settled, perhaps a look earlier: trials that end together may pass one over.
    let again = settled(study.optimize(bowl, 300).unwrap());
    assert!(again.trials().abs_diff(regret.trials()) <= 4, "{again} {regret}");
    assert_eq!(complete(&study), history.complete_count());
}

#[test]
fn the_noise_of_the_best_trial_is_the_threshold() {
    let noisy = |config: Params, trial: &mut Trial| -> Result<f64> {
        let chance = 4.0 * Stream::new(trial.seed(), 0).normal();
        trial.record(NOISE, 4.0);
        Ok(bowl(config, trial)? + chance)
    };
    let study = in_plane().stop_when_settled().build().unwrap();
    let regret = settled(study.optimize(noisy, 300).unwrap());
    assert_eq!(regret.basis(), RegretThreshold::Noise);
    assert!((regret.threshold() - 4.0 * 2f64.sqrt()).abs() < 1e-12);
    let text = regret.to_string();
    assert!(text.contains("the noise of the best trial") && text.contains("5.65"), "{text}");
    // A tolerance is what the user says, whatever the noise.
    let study = in_plane().stop_at_regret(0.01).build().unwrap();
    assert_eq!(study.optimize(noisy, 40).unwrap(), StopReason::Trials);
    assert_eq!(study.regret_bound().unwrap().unwrap().threshold(), 0.01);
}

#[test]
fn reasons_are_told_with_their_numbers_and_come_back() {
    let study = in_plane().stop_at_regret(0.5).build().unwrap();
    let reason = study.optimize(bowl, 200).unwrap();
    let regret = settled(reason);
    let text = reason.to_string();
    assert_eq!(text, regret.to_string());
    let begins = "no config is believed to be better than the best trial by more than ";
    assert!(text.starts_with(begins) && text.contains("below 0.5 (the tolerance)"), "{text}");
    let json = serde_json::to_string(&reason).unwrap();
    assert!(json.starts_with(r#"{"settled":{"bound":"#), "{json}");
    assert_eq!(serde_json::from_str::<StopReason>(&json).unwrap(), reason);
}

#[test]
fn a_tolerance_that_is_none_is_refused() {
    for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = in_plane().stop_at_regret(tolerance).build().unwrap_err();
        assert!(matches!(error, Error::InvalidOption { option: "stop_at_regret", .. }), "{error}");
        assert!(error.to_string().contains("stop_when_settled"));
    }
}
