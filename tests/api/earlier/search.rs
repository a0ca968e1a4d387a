//! What samplers make of earlier studies.

use tunewright::sampler::{Sampler, Stream};
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::TrialState;
use tunewright::{
    BayesianSampler, ControllerSampler, EvolutionSampler, LocalSearchSampler, Result, Study, Trial,
};

fn plane() -> Space {
    let axis =
        |space: tunewright::space::SpaceBuilder, name| space.float(name, 0.0..=1.0, Scale::Linear);
    axis(axis(axis(Space::builder(), "x"), "y"), "z").build().unwrap()
}

/// A bowl around a place, times a scale.
fn bowl(at: [f64; 3], scale: f64) -> impl Fn(Params, &mut Trial) -> Result<f64> + Sync {
    move |p, _| {
        let off = |name: &str, at: f64| Ok::<_, tunewright::Error>((p.float(name)? - at).powi(2));
        Ok(scale * (off("x", at[0])? + 2.0 * off("y", at[1])? + off("z", at[2])?))
    }
}

const TRUE: [f64; 3] = [0.83, 0.21, 0.64];
const NEAR: [f64; 3] = [0.8, 0.25, 0.6];
const FAR: [f64; 3] = [0.1, 0.9, 0.1];

fn study(name: &str, at: [f64; 3], scale: f64) -> Study<Params> {
    let study = Study::in_space(plane()).name(name).seed(5).build().unwrap();
    study.optimize(bowl(at, scale), 25).unwrap();
    study
}

/// The best values of some seeds after a number of trials.
fn after(trials: u64, earlier: &[&Study<Params>], sampler: fn() -> Box<dyn Sampler>) -> Vec<f64> {
    let run = |seed| {
        let new = Study::in_space(plane()).seed(seed).sampler(sampler());
        let study =
            earlier.iter().fold(new, |new, earlier| new.learn_from(*earlier)).build().unwrap();
        study.optimize(bowl(TRUE, 1.0), trials as usize).unwrap();
        study.best().unwrap().value()
    };
    (0..4).map(run).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn believed(trial: &tunewright::trial::TrialRecord, study: &str) -> f64 {
    match trial.notes().get(&format!("believed:{study}")) {
        Some(Value::Float(weight)) => *weight,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_study_begins_where_the_earlier_one_ended() {
    let march = study("march", NEAR, 1000.0);
    let bayesian = || Box::new(BayesianSampler::new()) as Box<dyn Sampler>;
    let (led, cold) = (after(3, &[&march], bayesian), after(3, &[], bayesian));
    assert!(mean(&led) < 0.02 && mean(&cold) > 0.1, "{led:?} {cold:?}");
}

#[test]
fn a_study_that_misleads_loses_its_voice() {
    let (near, far) = (study("near", NEAR, 1.0), study("far", FAR, 1.0));
    let new = Study::in_space(plane()).seed(1).learn_from(&near).learn_from(&far).build().unwrap();
    new.optimize(bowl(TRUE, 1.0), 15).unwrap();
    let history = new.history().unwrap();
    let trials: Vec<_> = history.trials().collect();
    assert_eq!((believed(trials[0], "near"), believed(trials[0], "far")), (0.5, 0.5));
    let last = trials[14];
    assert!(believed(last, "near") > 0.6 && believed(last, "far") < 0.1, "{:?}", last.notes());
    let explained = new.explain().unwrap().to_string();
    assert!(
        explained.contains("earlier studies predict") && explained.contains("near 0."),
        "{explained}"
    );
    // And costs little.
    let bayesian = || Box::new(BayesianSampler::new()) as Box<dyn Sampler>;
    let misled = after(25, &[&far], bayesian);
    assert!(mean(&misled) < 1e-3, "{misled:?}");
}

#[test]
fn some_trials_cover_the_space_wherever_the_earlier_studies_lead() {
    let points = |new: tunewright::study::StudyBuilder<Params>| {
        let study = new.seed(1).build().unwrap();
        study.optimize(bowl(TRUE, 1.0), 17).unwrap();
        let history = study.history().unwrap();
        history.trials().map(|trial| trial.point().clone()).collect::<Vec<_>>()
    };
    let cold = points(Study::in_space(plane()));
    let led = points(Study::in_space(plane()).learn_from(&study("far", FAR, 1.0)));
    assert_eq!([&led[4], &led[10], &led[16]], [&cold[0], &cold[1], &cold[2]]);
}

/// The bowl as a training of ten epochs that may be stopped early.
fn curve(at: [f64; 3]) -> impl Fn(Params, &mut Trial) -> Result<f64> + Sync {
    let end = bowl(at, 1.0);
    move |p, trial| {
        let end = end(p, trial)?;
        for epoch in 0..10_i32 {
            trial.report(epoch as u64, end + 0.5 * 0.6_f64.powi(epoch))?;
        }
        Ok(end)
    }
}

#[test]
fn earlier_studies_are_asked_beside_trials_that_were_stopped() {
    let march = study("march", NEAR, 1000.0);
    let run = |seed, is_led: bool| {
        let new = Study::in_space(plane()).seed(seed);
        let new = if is_led { new.learn_from(&march) } else { new };
        let study = new.build().unwrap();
        study.optimize(curve(TRUE), 25).unwrap();
        study
    };
    let (mut led, mut cold, mut later) = (0.0, 0.0, Vec::new());
    for seed in 0..4 {
        let study = run(seed, true);
        let trials = study.trials().unwrap();
        let stopped = |trial: &tunewright::trial::TrialRecord| trial.state() == TrialState::Pruned;
        let first = trials.iter().position(stopped).unwrap();
        let noted = trials.iter().skip(first + 1);
        later.extend(noted.filter_map(|trial| trial.notes().get("believed:march")?.as_f64()));
        let distance = |trial: &tunewright::trial::TrialRecord| {
            let at = |axis: usize| trial.point().get(axis).unwrap() - TRUE[axis];
            (0..3).map(|axis| at(axis).powi(2)).sum::<f64>().sqrt()
        };
        let after = |study: &Study<Params>| {
            study.trials().unwrap().iter().skip(first + 1).map(distance).sum::<f64>()
        };
        led += after(&study);
        cold += after(&run(seed, false));
    }
    assert!(later.len() > 25 && mean(&later) > 0.5, "{later:?}");
    assert!(led < 0.9 * cold, "{led} {cold}");
}

#[test]
fn a_continued_study_goes_on_as_one_that_did_not_stop() {
    let march = study("march", NEAR, 3.0);
    let storage = tunewright::storage::MemoryStorage::new();
    let open = |name: &str| {
        let new = Study::in_space(plane()).name(name).storage(storage.clone()).seed(9);
        new.learn_from(&march).build().unwrap()
    };
    open("whole").optimize_until(bowl(TRUE, 1.0), 12).unwrap();
    for until in [2, 7, 12] {
        open("parts").optimize_until(bowl(TRUE, 1.0), until).unwrap();
    }
    let (whole, parts) = (open("whole").history().unwrap(), open("parts").history().unwrap());
    for (left, right) in whole.trials().zip(parts.trials()) {
        assert_eq!(left.point(), right.point());
    }
}

#[test]
fn several_workers_try_different_first_configs() {
    let (near, far) = (study("near", NEAR, 1.0), study("far", FAR, 1.0));
    let new = Study::in_space(plane()).seed(4).learn_from(&near).learn_from(&far).build().unwrap();
    let asked: Vec<_> = (0..6).map(|_| new.ask().unwrap()).collect();
    let x: Vec<f64> = asked.iter().map(|asked| asked.config().float("x").unwrap()).collect();
    for (at, left) in x.iter().enumerate() {
        assert!(x[..at].iter().all(|right| left != right), "{x:?}");
    }
    // One near each optimum among the first three.
    for optimum in [NEAR, FAR] {
        assert!(x[..3].iter().any(|x| (x - optimum[0]).abs() < 0.2), "{x:?}");
    }
}

#[test]
fn a_parameter_that_is_new_is_searched_and_other_ranges_are_used() {
    let narrow = Space::builder()
        .float("x", 0.5..=1.5, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let march = Study::in_space(narrow).name("march").seed(2).build().unwrap();
    let part = |p: Params, _: &mut Trial| -> Result<f64> {
        Ok((p.float("x")? - NEAR[0]).powi(2) + 2.0 * (p.float("y")? - NEAR[1]).powi(2))
    };
    march.optimize(part, 20).unwrap();
    let new = Study::in_space(plane()).seed(3).learn_from(&march).build().unwrap();
    let said = new.earlier()[0].to_string();
    assert!(
        said.contains("it was 0.5..=1.5 and is 0..=1") && said.contains("nothing is known of z")
    );
    new.optimize(bowl(TRUE, 1.0), 15).unwrap();
    let first = new.history().unwrap().trial(0).unwrap().point().clone();
    assert!((first.get(0).unwrap() - NEAR[0]).abs() < 0.1, "{first:?}");
    assert!(new.best().unwrap().value() < 0.01);
}

#[test]
fn evolution_local_search_and_controller_begin_with_the_best_configs() {
    let layers = (0..5).fold(Space::builder(), |space, at| {
        space.choices(&format!("layer{at}"), ["conv3", "conv5", "pool", "skip"])
    });
    let layers = layers.build().unwrap();
    let loss = |favourite: usize| {
        move |p: Params, _: &mut Trial| -> Result<f64> {
            let labels: Vec<String> = p.iter().map(|(_, layer)| layer.to_string()).collect();
            let hits = |wanted: &str| labels.iter().filter(|label| *label == wanted).count();
            Ok(5.0 - hits(["conv3", "pool"][favourite]) as f64 - 0.1 * hits("skip") as f64)
        }
    };
    let samplers: [fn() -> Box<dyn Sampler>; 4] = [
        || Box::new(EvolutionSampler::new()),
        || Box::new(LocalSearchSampler::new()),
        || Box::new(ControllerSampler::new()),
        || Box::new(ControllerSampler::without_surrogate()),
    ];
    for sampler in samplers {
        let new = || Study::in_space(layers.clone()).seed(1).sampler(sampler());
        let march = new().build().unwrap();
        march.optimize(loss(0), 120).unwrap();
        let led = new().learn_from(&march).build().unwrap();
        led.optimize(loss(0), 5).unwrap();
        assert_eq!(led.best().unwrap().value(), march.best().unwrap().value());
        // What misleads is overcome.
        let misled = new().learn_from(&march).build().unwrap();
        misled.optimize(loss(1), 150).unwrap();
        assert!(misled.best().unwrap().value() <= 1.0, "{}", misled.best().unwrap().value());
    }
}

#[test]
fn the_policy_begins_where_it_ended() {
    let layers = (0..8).fold(Space::builder(), |space, at| {
        space.choices(&format!("layer{at}"), ["a", "b", "c", "d"])
    });
    let layers = layers.build().unwrap();
    let loss = |p: Params, _: &mut Trial| {
        p.iter().filter(|(_, layer)| layer.to_string() != "a").count() as f64
    };
    let new = || {
        let sampler = ControllerSampler::without_surrogate();
        Study::in_space(layers.clone()).seed(2).sampler(sampler)
    };
    let march = new().build().unwrap();
    march.optimize(loss, 200).unwrap();
    // Beyond the ten configs that are taken over as they are, samples of the policy are good from the start.
    let mean_of_samples = |study: &Study<Params>| {
        study.optimize(loss, 20).unwrap();
        let history = study.history().unwrap();
        mean(&history.complete().skip(10).map(|trial| trial.loss()).collect::<Vec<_>>())
    };
    let led = mean_of_samples(&new().learn_from(&march).build().unwrap());
    let cold = mean_of_samples(&new().build().unwrap());
    assert!(led < 3.0 && cold > 5.0, "{led} {cold}");
}

#[test]
fn several_goals_learn_from_those_of_the_same_name() {
    use tunewright::trial::minimize;
    let both = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
        let (x, y, z) = (p.float("x")?, p.float("y")?, p.float("z")?);
        let off = 4.0 * ((y - 0.3).powi(2) + (z - 0.7).powi(2));
        Ok([x * x + off, (x - 1.0).powi(2) + off])
    };
    let goals = || [minimize("error"), minimize("latency")];
    let march = Study::in_space(plane()).goals(goals()).name("march").seed(1).build().unwrap();
    march.optimize(both, 30).unwrap();
    let volume = |led: bool, seed| {
        let new = Study::in_space(plane()).goals(goals()).seed(seed);
        let new = if led { new.learn_from(&march) } else { new };
        let new = new.build().unwrap();
        new.optimize(both, 8).unwrap();
        new.hypervolume([1.5, 1.5]).unwrap()
    };
    let led: Vec<f64> = (0..3).map(|seed| volume(true, seed)).collect();
    let cold: Vec<f64> = (0..3).map(|seed| volume(false, seed)).collect();
    assert!(mean(&led) > mean(&cold) + 0.1, "{led:?} {cold:?}");
}

#[test]
fn a_sampler_of_ones_own_sees_them() {
    use tunewright::sampler::{Context, Suggestion};
    struct Copies;
    impl Sampler for Copies {
        fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
            let trials = context.earlier()[0].trials();
            let at = Stream::new(context.seed(), context.number()).below(trials.len() as u64);
            Ok(trials[at as usize]
                .point()
                .cloned()
                .unwrap_or_else(|| context.space().default_point())
                .into())
        }
    }
    let march = study("march", NEAR, 1.0);
    let new = Study::in_space(plane()).sampler(Copies).learn_from(&march).build().unwrap();
    let x = new.ask().unwrap().config().float("x").unwrap();
    let known = march.history().unwrap();
    assert!(known.trials().any(|trial| trial.point().get(0) == Some(x)));
}
