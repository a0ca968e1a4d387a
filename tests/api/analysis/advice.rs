use tunewright::analysis::{FitDiagnosis, GOAL, Role};
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::metric;
use tunewright::{Error, RandomSampler, Result, Study, Trial};

fn space() -> Space {
    Space::builder()
        .float("learning_rate", 1e-5..=1.0, Scale::Log)
        .int("layers", 1..=6, Scale::Linear)
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .choice("optimizer", |optimizer| {
            optimizer
                .unit("adam")
                .variant("sgd", |sgd| sgd.float("momentum", 0.0..=1.0, Scale::Linear))
        })
        .build()
        .unwrap()
}

fn config(rate: f64, layers: i64, dropout: f64) -> Params {
    space()
        .params([
            ("learning_rate", rate.into()),
            ("layers", layers.into()),
            ("dropout", dropout.into()),
            ("optimizer", "adam".into()),
        ])
        .unwrap()
}

/// Errors of a training with a best learning rate, and with layers that pay until the gap grows.
fn errors(config: &Params) -> Result<(f64, f64)> {
    let layers = config.float("layers")?;
    let dropout = config.float("dropout")?;
    let rate = (config.float("learning_rate")?.log10() + 2.5).powi(2);
    let train = 0.05 + 0.4 / layers + 0.05 * rate + 0.1 * dropout;
    Ok((train, 0.02 + 0.03 * layers * (1.0 - dropout)))
}

fn train(config: Params, trial: &mut Trial) -> Result<f64> {
    let (train, gap) = errors(&config)?;
    trial.record(metric::TRAIN_ERROR, train);
    Ok(train + gap)
}

#[test]
fn a_poor_start_gets_better_one_change_at_a_time() {
    let start = config(1e-5, 1, 0.6);
    let study = Study::in_space(space()).seed(1).start_from(start.clone()).build().unwrap();
    study.optimize(train, 1).unwrap();
    let before = study.best().unwrap().value();
    for _ in 0..9 {
        let next = study.advise().unwrap();
        let trials = study.trials().unwrap();
        let from = trials.iter().find(|trial| trial.number() == next.proposal().from).unwrap();
        let better = trials.iter().filter(|trial| trial.value() < from.value());
        assert!(better.count() < 3, "{next}");
        let from = study.space().decode(from.point()).unwrap();
        assert_eq!(next.proposal().best, study.best().unwrap().value());
        assert_eq!(next.proposal().changes.len(), 1);
        // Everything else stays as it is.
        let changed = &next.proposal().changes[0];
        for (name, value) in next.config().iter() {
            let old = from.get(name).unwrap();
            if name == changed.parameter {
                assert_eq!((Some(&changed.from), &changed.to), (old.as_ref(), &value));
            } else if let Some(old) = old {
                assert_eq!(old, value);
            }
        }
        study.enqueue(next.into_config()).unwrap();
        study.optimize(train, 1).unwrap();
    }
    // 0.28 is the least there is.
    let after = study.best().unwrap().value();
    assert!(after < 0.36 && after < 0.4 * before, "{before} {after}");
}

#[test]
fn where_nothing_is_left_to_gain_advice_says_so() {
    // What one study says depends on the last digits of its losses, and these on the processor.
    let (mut improvement, mut stays, mut within) = (0.0, 0, 0);
    for seed in 0..8 {
        let study = Study::in_space(space()).seed(seed).build().unwrap();
        study.optimize(train, 40).unwrap();
        let (best, next) = (study.best().unwrap().number(), study.advise().unwrap());
        let (proposal, text) = (next.proposal(), next.to_string());
        improvement += proposal.probability_of_improvement / 8.0;
        let told = text.starts_with(&format!("stay with trial {best}, which had 0.269: "));
        assert_eq!(told, proposal.probability_of_improvement < 0.2, "{text}");
        assert!(!text.contains(" sure"), "{text}");
        // An opposite is expected of gains alone.
        assert!(!text.contains("the opposite") || proposal.expected < proposal.now, "{text}");
        stays += usize::from(told);
        // What the change would bring lies in the range, as eight in ten should.
        let (train, gap) = errors(next.config()).unwrap();
        within += usize::from((proposal.p10..=proposal.p90).contains(&(train + gap)));
    }
    assert!(improvement < 0.25 && stays >= 4, "{improvement} {stays}");
    assert!(within >= 5, "{within}");
}

#[test]
fn ranges_are_of_the_size_of_what_was_seen() {
    // Most trials are near the best one, and many are stopped early: the others are far away beside that.
    for seed in 0..4 {
        let study = Study::in_space(space()).seed(seed).build().unwrap();
        let train = |config: Params, trial: &mut Trial| -> Result<f64> {
            let (train, gap) = errors(&config)?;
            for epoch in 0..20 {
                trial.report(epoch, train + gap + 0.4 * 0.8_f64.powi(epoch as i32))?;
            }
            Ok(train + gap)
        };
        study.optimize(train, 40).unwrap();
        let trials = study.trials().unwrap();
        let values = || trials.iter().filter_map(|trial| trial.value());
        let (best, worst) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
        let next = study.advise_with(&study.analysis().unwrap(), 2).unwrap();
        let proposal = next.proposal();
        assert!(proposal.p10 > best / 20.0 && proposal.p90 < 20.0 * worst, "{next}");
    }
}

#[test]
fn advice_is_not_sure_of_goals_that_do_as_they_like() {
    let noise = |_: Params, trial: &mut Trial| 0.4 + 0.03 * Stream::new(trial.seed(), 1).normal();
    let (mut sure, mut claims) = (0.0, 0);
    for seed in 0..30 {
        let sampler = RandomSampler::new();
        let study = Study::in_space(space()).sampler(sampler).seed(seed).build().unwrap();
        study.optimize(noise, 10).unwrap();
        let next = study.advise().unwrap();
        sure += next.proposal().probability_of_improvement / 30.0;
        claims += usize::from(next.to_string().contains(" sure"));
    }
    // One in eleven is the best by chance.
    assert!(sure < 0.35 && claims <= 3, "{sure} {claims}");
    // Of what is there, it is.
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space.clone()).build().unwrap();
    for x in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5] {
        study.add(space.params([("x", x.into())]).unwrap(), -5.0 - x).unwrap();
    }
    let next = study.advise().unwrap();
    assert!(
        next.proposal().probability_of_improvement > 0.75 && next.proposal().from == 5,
        "{next}"
    );
    assert!(next.to_string().contains(" sure"), "{next}");
}

#[test]
fn the_first_move_follows_the_textbook() {
    let first = |train_error: f64, goal: f64| {
        let space = Space::builder()
            .int("layers", 1..=8, Scale::Linear)
            .float("dropout", 0.0..=0.8, Scale::Linear)
            .build()
            .unwrap();
        let study = Study::in_space(space.clone()).build().unwrap();
        let start = space.params([("layers", 4.into()), ("dropout", 0.4.into())]).unwrap();
        let metrics = [(metric::TRAIN_ERROR.to_owned(), train_error)].into();
        study.add_with_metrics(start, goal, metrics).unwrap();
        study.advise().unwrap()
    };
    let under = first(0.3, 0.35);
    assert!(matches!(under.proposal().fit, FitDiagnosis::Underfitting { .. }));
    let change = &under.proposal().changes[0];
    assert!(change.raised == Some(change.parameter == "layers"), "{under}");
    assert!(under.to_string().contains("underfits"), "{under}");
    let over = first(0.05, 0.35);
    assert!(matches!(over.proposal().fit, FitDiagnosis::Overfitting { .. }));
    let change = &over.proposal().changes[0];
    assert!(change.raised == Some(change.parameter == "dropout"), "{over}");
    // Where nothing is left to learn, nothing is lacking.
    assert!(matches!(first(0.0, 0.0).proposal().fit, FitDiagnosis::Between { .. }));
    // Whoever has a learning rate begins with it.
    let study = Study::in_space(space()).start_from(config(1e-5, 3, 0.3)).build().unwrap();
    study.optimize(train, 1).unwrap();
    let advice = study.advise().unwrap();
    assert_eq!(advice.proposal().changes[0].parameter, "learning_rate");
    assert_eq!(advice.proposal().changes[0].raised, Some(true));
}

#[test]
fn a_move_against_what_the_fit_asks_for_says_so() {
    let space = Space::builder().int("layers", 1..=2, Scale::Linear).build().unwrap();
    let study = Study::in_space(space.clone()).build().unwrap();
    let metrics = [(metric::TRAIN_ERROR.to_owned(), 0.05)].into();
    study.add_with_metrics(space.params([("layers", 1.into())]).unwrap(), 0.35, metrics).unwrap();
    let text = study.advise().unwrap().to_string();
    assert!(text.contains("overfits"), "{text}");
    assert!(text.contains("although raising it usually adds capacity"), "{text}");
}

#[test]
fn what_must_change_together_is_reached_over_a_trial_that_was_no_better() {
    let space = Space::builder()
        .float("a", 0.0..=1.0, Scale::Linear)
        .float("b", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space.clone()).build().unwrap();
    // A narrow valley along the diagonal, deepest at its upper end.
    let loss = |a: f64, b: f64| 0.1 + 10.0 * (a - b).powi(2) + (1.0 - 0.5 * (a + b)).powi(2);
    let add = |a: f64, b: f64| {
        let at = space.params([("a", a.into()), ("b", b.into())]).unwrap();
        study.add(at, loss(a, b)).unwrap();
    };
    add(0.3, 0.3);
    let mut others = 0;
    for _ in 0..12 {
        let next = study.advise().unwrap();
        let proposal = next.proposal();
        if proposal.from != study.best().unwrap().number() {
            others += 1;
            assert!(next.to_string().starts_with(&format!("go back to trial {}", proposal.from)));
        }
        let config = next.config();
        add(config.float("a").unwrap(), config.float("b").unwrap());
    }
    let best = study.best().unwrap().value();
    // 0.59 at the start.
    assert!(others > 0 && best < 0.4, "{others} {best}");
}

#[test]
fn gamma_is_what_stands_beside_it() {
    let role = |other: &str| {
        let space = Space::builder()
            .float("gamma", 1e-3..=1.0, Scale::Log)
            .int(other, 1..=9, Scale::Linear)
            .build()
            .unwrap();
        let study = Study::in_space(space).build().unwrap();
        study.analysis().unwrap().role("gamma")
    };
    assert_eq!(role("degree"), Some(Role::KernelScale));
    assert_eq!(role("max_depth"), Some(Role::WeightDecay));
}

#[test]
fn kinds_of_kernels_have_no_width() {
    let space = Space::builder()
        .choices("kernel", ["linear", "rbf"])
        .int("conv.kernel", 1..=7, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space).build().unwrap();
    let analysis = study.analysis().unwrap();
    assert_eq!(analysis.role("kernel"), None);
    assert_eq!(analysis.role("conv.kernel"), Some(Role::KernelWidth));
}

#[test]
fn constraints_repeats_and_pairs_are_respected() {
    let space = Space::builder()
        .int("a", 0..=2, Scale::Linear)
        .int("b", 0..=2, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space.clone())
        .constraint("b stays low", |p: &Params| p.int::<i64>("b").is_ok_and(|b| b < 2))
        .build()
        .unwrap();
    let Err(Error::NoCompleteTrial { .. }) = study.advise() else { panic!() };
    let at = |a: i64, b: i64| space.params([("a", a.into()), ("b", b.into())]).unwrap();
    study.add(at(0, 0), 0.0).unwrap();
    // Three neighbours are left, (1, 0), (2, 0) and (0, 1), and then those of the next best.
    for loss in 1..6 {
        let next = study.advise().unwrap();
        assert_ne!(next.config().value("b").unwrap(), Value::Int(2));
        study.add(next.into_config(), f64::from(loss)).unwrap();
    }
    assert!(matches!(study.advise(), Err(Error::NothingToAdvise)));
    let analysis = study.analysis().unwrap();
    let refused = study.advise_with(&analysis, 3).unwrap_err().to_string();
    assert!(refused.contains("1 or 2"), "{refused}");
}

#[test]
fn two_changes_at_a_time_are_offered_where_they_promise_more() {
    let start = config(1e-5, 1, 0.6);
    let study = Study::in_space(space()).seed(1).start_from(start).build().unwrap();
    study.optimize(train, 1).unwrap();
    let analysis = study.analysis().unwrap();
    let pair = study.advise_with(&analysis, 2).unwrap();
    let [one, other] = &pair.proposal().changes[..] else { panic!("{pair}") };
    assert_ne!(one.parameter, other.parameter);
    let unchanged = study.best().unwrap().into_config();
    let differ = pair
        .config()
        .iter()
        .filter(|(name, value)| unchanged.get(name).unwrap().as_ref() != Some(value));
    assert_eq!(differ.count(), 2);
    // One at a time is what is told first.
    let explanation = study.explain().unwrap();
    assert_eq!(explanation.next.as_ref().unwrap().changes.len(), 1);
    assert_eq!(explanation.together.as_ref().unwrap(), pair.proposal());
    assert!(explanation.to_string().contains("\nor two at a time: "), "{explanation}");
    // After a search two at a time are as unlikely to improve as one.
    study.optimize(train, 40).unwrap();
    assert_eq!(study.explain().unwrap().together, None);
}

#[test]
fn an_explanation_reads_well() {
    let study = Study::in_space(space()).seed(3).build().unwrap();
    assert!(study.explain().unwrap().to_string().contains("no trial is complete yet"));
    study.optimize(train, 25).unwrap();
    let explanation = study.explain().unwrap();
    let text = explanation.to_string();
    for part in
        ["25 trials", "what each parameter does", "capacity", "importance for the goal", "next\n"]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let next = explanation.next.as_ref().unwrap();
    assert!(next.p10 <= next.expected && next.expected <= next.p90);
    assert!(next.probability_of_improvement > 0.0 && next.probability_of_improvement < 1.0);
    assert_eq!(explanation.effects.metrics()[0], GOAL);
    assert!(serde_json::to_string(&explanation).is_ok());
}

#[test]
fn what_is_told_happens_about_as_often() {
    let names = ["a", "b", "c", "d", "e"];
    let space = names
        .iter()
        .fold(Space::builder(), |space, name| space.float(name, 0.0..=1.0, Scale::Linear))
        .build()
        .unwrap();
    let (mut told, mut improved, mut within, mut changes) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..30 {
        let study = Study::in_space(space.clone()).seed(seed).build().unwrap();
        // Two of the five matter, each at a place of its own, and they interact.
        let place = |at: u64| (seed * (7 + 4 * at) % 31) as f64 / 31.0;
        let loss = |config: Params, _: &mut Trial| -> Result<f64> {
            let [x, y] = [config.float("b")? - place(0), config.float("d")? - place(1)];
            Ok(0.1 + x * x + 2.0 * y * y + x * y)
        };
        study.optimize(loss, 3).unwrap();
        for _ in 0..7 {
            let (best, next) = (study.best().unwrap().value(), study.advise().unwrap());
            let proposal = next.proposal().clone();
            study.enqueue(next.into_config()).unwrap();
            study.optimize(loss, 1).unwrap();
            let value = study.trials().unwrap().iter().next_back().unwrap().value().unwrap();
            told += proposal.probability_of_improvement;
            improved += f64::from(value < best);
            within += f64::from((proposal.p10..=proposal.p90).contains(&value));
            changes += 1.0;
        }
    }
    // What the model believes of the most promising change, taken at its word, is 0.2 too much.
    assert!((told - improved).abs() < 0.15 * changes, "{told} {improved} {changes}");
    assert!(within > 0.65 * changes, "{within} {changes}");
}
