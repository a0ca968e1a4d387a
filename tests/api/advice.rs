use tunewright::report::{Fit, GOAL};
use tunewright::space::{Params, Scale, Space, Value};
use tunewright::trial::metric;
use tunewright::{Error, Result, Study, Trial};

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
        let best = study.best().unwrap();
        let next = study.advise().unwrap();
        assert_eq!(next.proposal().from, best.number());
        assert_eq!(next.proposal().changes.len(), 1);
        // Everything else stays as it is.
        let changed = &next.proposal().changes[0];
        for (name, value) in next.config().iter() {
            let old = best.config().get(name).unwrap();
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
    let study = Study::in_space(space()).seed(2).build().unwrap();
    study.optimize(train, 40).unwrap();
    let next = study.advise().unwrap();
    assert!(next.proposal().sure < 0.1, "{next}");
    assert!(next.to_string().contains("unlikely to improve"), "{next}");
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
    assert!(matches!(under.proposal().fit, Fit::Underfitting { .. }));
    let change = &under.proposal().changes[0];
    assert!(change.raised == Some(change.parameter == "layers"), "{under}");
    assert!(under.to_string().contains("underfits"), "{under}");
    let over = first(0.05, 0.35);
    assert!(matches!(over.proposal().fit, Fit::Overfitting { .. }));
    let change = &over.proposal().changes[0];
    assert!(change.raised == Some(change.parameter == "dropout"), "{over}");
    // Whoever has a learning rate begins with it.
    let study = Study::in_space(space()).start_from(config(1e-5, 3, 0.3)).build().unwrap();
    study.optimize(train, 1).unwrap();
    let advice = study.advise().unwrap();
    assert_eq!(advice.proposal().changes[0].parameter, "learning_rate");
    assert_eq!(advice.proposal().changes[0].raised, Some(true));
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
    // Three neighbours are left: (1, 0), (2, 0), (0, 1).
    for loss in [1.0, 2.0, 3.0] {
        let next = study.advise().unwrap();
        assert_ne!(next.config().value("b").unwrap(), Value::Int(2));
        study.add(next.into_config(), loss).unwrap();
    }
    assert!(matches!(study.advise(), Err(Error::Exhausted { .. })));
    let analysis = study.analysis().unwrap();
    let pair = study.advise_with(&analysis, 2);
    assert!(pair.is_ok_and(|pair| pair.proposal().changes.len() == 2) || study.advise().is_err());
    let refused = study.advise_with(&analysis, 3).unwrap_err().to_string();
    assert!(refused.contains("1 or 2"), "{refused}");
}

#[test]
fn an_explanation_reads_well() {
    let study = Study::in_space(space()).seed(3).build().unwrap();
    assert!(study.explain().unwrap().to_string().contains("no trial is complete yet"));
    study.optimize(train, 25).unwrap();
    let explanation = study.explain().unwrap();
    let text = explanation.to_string();
    for part in ["25 trials", "what each does", "capacity", "importance for the goal", "next\n"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let next = explanation.next.as_ref().unwrap();
    assert!(next.low <= next.expected && next.expected <= next.high);
    assert!(next.sure > 0.0 && next.sure < 1.0);
    assert_eq!(explanation.effects.metrics()[0], GOAL);
    assert!(serde_json::to_string(&explanation).is_ok());
}
