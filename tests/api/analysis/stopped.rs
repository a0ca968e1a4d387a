//! What trials that were stopped early say.

use tunewright::analysis::{GOAL, Trend};
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::{Direction, Outcome, TrialState, metric};
use tunewright::{RandomSampler, Study, Trial};

const EPOCHS: u64 = 30;

fn space() -> Space {
    let names = ["a", "b", "c", "idle"];
    let builder = names
        .into_iter()
        .fold(Space::builder(), |builder, name| builder.float(name, 0.0..=1.0, Scale::Linear));
    builder.build().unwrap()
}

/// What each parameter adds to the final loss; the shares of the variance are 0.79, 0.12, 0.09 and 0.
fn parts(p: &Params) -> [f64; 3] {
    let value = |name: &str| p.float(name).unwrap();
    [1.5 * value("a"), 2.0 * (value("b") - 0.6).powi(2), 0.5 * (1.0 - value("c"))]
}

fn study(goal: Direction, seed: u64, pruning: bool) -> Study<Params> {
    let builder = Study::in_space(space()).direction(goal).sampler(RandomSampler::new()).seed(seed);
    let study = if pruning { builder.build() } else { builder.no_pruning().build() }.unwrap();
    let train = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let end = 0.1 + parts(&p).iter().sum::<f64>();
        let mut random = Stream::new(trial.seed(), 0);
        for epoch in 0..EPOCHS {
            let left = (-0.25 * (epoch + 1) as f64).exp();
            let loss = end + left * (2.0 + 0.2 * random.normal());
            trial.report(epoch, goal.orient(loss))?;
        }
        trial.record(metric::TRAIN_ERROR, 0.5 * end);
        Ok(goal.orient(end))
    };
    study.optimize(train, 60).unwrap();
    study
}

/// The same study without the trials that were stopped.
fn complete_ones(study: &Study<Params>, goal: Direction) -> Study<Params> {
    let only = Study::in_space(space()).direction(goal).build().unwrap();
    let history = study.history().unwrap();
    for trial in history.complete() {
        let config = study.config_of(trial.record()).unwrap();
        only.add(config, trial.record().value().unwrap()).unwrap();
    }
    only
}

/// The mean error of the shares.
fn error(study: &Study<Params>) -> f64 {
    let importance = study.importance().unwrap();
    let truth = [("a", 0.79), ("b", 0.12), ("c", 0.09), ("idle", 0.0)];
    let errors = truth.map(|(name, share)| (importance.of(name).unwrap().share - share).abs());
    errors.iter().sum::<f64>() / 4.0
}

#[test]
fn stopped_trials_show_what_matters_nearly_as_whole_ones_do() {
    let (mut with, mut without, mut whole) = (0.0, 0.0, 0.0);
    for goal in [Direction::Minimize, Direction::Maximize] {
        for seed in 0..3 {
            let pruned = study(goal, seed, true);
            let importance = pruned.importance().unwrap();
            assert!(importance.stopped > 30, "{importance}");
            assert_eq!(importance.parameters[0].parameter, "a", "{importance}");
            let says = format!("{} stopped trials count with the goal", importance.stopped);
            assert!(importance.to_string().contains(&says), "{importance}");
            with += error(&pruned) / 6.0;
            without += error(&complete_ones(&pruned, goal)) / 6.0;
            whole += error(&study(goal, seed, false)) / 6.0;
        }
    }
    assert!(with < 0.08 && with < 0.5 * without, "{with}, {without} and {whole}");
}

#[test]
fn effects_and_advice_count_stopped_trials_and_say_so() {
    for goal in [Direction::Minimize, Direction::Maximize] {
        let study = study(goal, 1, true);
        let effects = study.effects().unwrap();
        assert_eq!((effects.trials, effects.stopped), {
            let history = study.history().unwrap();
            (history.complete_count(), history.pruned().count())
        });
        let effect = effects.of("a", GOAL).unwrap();
        let is_right = match goal {
            Direction::Minimize => matches!(effect.trend, Trend::Rises(_)),
            Direction::Maximize => matches!(effect.trend, Trend::Falls(_)),
        };
        assert!(is_right, "{:?}", effect.trend);
        let (first, last) = (&effect.points[0], &effect.points[effect.points.len() - 1]);
        assert!((goal.orient(last.mean - first.mean) - 1.5).abs() < 0.5, "{first:?} {last:?}");
        // Nobody foresees what was recorded beside the goal.
        let train = effects.of("a", metric::TRAIN_ERROR).map_or(0, |effect| effect.trials);
        assert!(train <= effects.trials && effect.trials == effects.trials + effects.stopped);
        assert!(effects.to_string().contains("stopped trials count"), "{effects}");
        let advice = study.advise().unwrap();
        assert_eq!(advice.proposal().stopped, effects.stopped);
        assert!(advice.to_string().contains("stopped trials"), "{advice}");
        // It starts from a trial with a value.
        let from = study.history().unwrap().trial(advice.proposal().from).unwrap().state();
        assert_eq!(from, TrialState::Complete);
        let explanation = study.explain().unwrap().to_string();
        assert!(explanation.contains("stopped trials count with the goal"), "{explanation}");
    }
}

#[test]
fn a_trial_that_was_stopped_without_a_report_changes_nothing() {
    let study = study(Direction::Minimize, 2, false);
    let before = (study.importance().unwrap(), study.explain().unwrap().to_string());
    let asked = study.ask().unwrap();
    study.tell(asked, Outcome::Pruned(None)).unwrap();
    let after = study.importance().unwrap();
    assert_eq!((before.0.stopped, &before.0), (0, &after));
    assert!(!before.1.contains("stopped"));
}

#[test]
fn nothing_is_expected_before_three_trials_have_ended() {
    let study = Study::in_space(space()).no_pruning().build().unwrap();
    let mut told = 0;
    let train = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let end = parts(&p).iter().sum();
        for epoch in 0..4 {
            trial.report(epoch, end)?;
        }
        told += 1;
        if told > 2 {
            return Err(tunewright::Error::Pruned { reason: "a test".into() });
        }
        Ok(end)
    };
    study.optimize_local(train, 20).unwrap();
    let importance = study.importance().unwrap();
    assert_eq!((importance.trials, importance.stopped), (2, 0));
}
