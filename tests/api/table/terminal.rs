use tunewright::space::{Params, Scale, SearchSpace, Space, Value};
use tunewright::trial::{Event, Origin, Outcome, Timestamp, TrialState};
use tunewright::{Study, Trial};

/// The moment at which the fixed studies begin: 2026-01-31T09:30:00Z.
const BEGIN: u64 = 1_769_851_800_000_000;

fn training() -> Space {
    Space::builder()
        .float("learning_rate", 1e-5..=1e-1, Scale::Log)
        .int("layers", 1..=6, Scale::Linear)
        .choice("optimizer", |optimizer| {
            optimizer
                .variant("Sgd", |sgd| {
                    sgd.float("momentum", 0.0..=0.99, Scale::Linear).bool("nesterov")
                })
                .variant("Adam", |adam| adam.float("one_minus_beta2", 1e-4..=1e-1, Scale::Log))
        })
        .build()
        .unwrap()
}

/// Runs a trial of a fixed config, with a clock of its own that every trial finds at its number of
/// seconds after the beginning.
fn run<'a>(
    study: &Study<Params>,
    config: impl IntoIterator<Item = (&'a str, Value)>,
    metrics: &[(&str, f64)],
    millis: u64,
    outcome: Option<Outcome>,
) {
    let space = study.space().space().clone();
    let point = space.encode(&space.params(config).unwrap()).unwrap();
    let number = study.store().next_number().unwrap();
    let at = Timestamp(BEGIN + number * 1_000_000);
    let created = Event::created(point, Origin::Sampler);
    let events = vec![created, Event::Started { at, lease: None }];
    study.store().begin(number, events).unwrap();
    for (name, value) in metrics {
        study.store().append(number, vec![Event::recorded(name, *value)]).unwrap();
    }
    if let Some(outcome) = outcome {
        let at = Timestamp(at.0 + millis * 1000);
        study.store().append(number, vec![Event::Finished { outcome, at }]).unwrap();
    }
}

fn complete(value: f64) -> Option<Outcome> {
    Some(Outcome::Complete(value.into()))
}

fn failed(reason: &str) -> Option<Outcome> {
    Some(Outcome::Failed(reason.into()))
}

fn sgd(learning_rate: f64, momentum: f64) -> [(&'static str, Value); 5] {
    [
        ("learning_rate", learning_rate.into()),
        ("layers", 2.into()),
        ("optimizer", "Sgd".into()),
        ("optimizer.Sgd.momentum", momentum.into()),
        ("optimizer.Sgd.nesterov", true.into()),
    ]
}

fn adam(learning_rate: f64, one_minus_beta2: f64) -> [(&'static str, Value); 4] {
    [
        ("learning_rate", learning_rate.into()),
        ("layers", 4.into()),
        ("optimizer", "Adam".into()),
        ("optimizer.Adam.one_minus_beta2", one_minus_beta2.into()),
    ]
}

fn small_study() -> Study<Params> {
    let study = Study::in_space(training()).minimize().seed(7).name("digits").build().unwrap();
    run(&study, sgd(0.01, 0.9), &[("train_error", 0.25)], 1250, complete(0.3));
    run(&study, sgd(0.1, 0.123456789), &[], 90, failed("out of memory"));
    run(
        &study,
        adam(0.00123456789, 0.01),
        &[("train_error", 0.03)],
        65_000,
        complete(0.0812345678),
    );
    run(&study, adam(1e-5, 0.02), &[("memory", 2e9)], 40, Some(Outcome::Pruned(None)));
    run(&study, sgd(0.05, 0.5), &[], 10, failed("out of memory"));
    run(&study, sgd(0.05, 0.25), &[], 10, failed("panicked: index\nout of bounds"));
    run(&study, adam(2e-5, 0.02), &[], 0, None);
    study
}

#[test]
fn a_summary_says_how_a_study_went() {
    assert_eq!(
        small_study().summary().unwrap().to_string(),
        "\
digits: minimize, seed 7
  trials    7: 2 complete, 3 failed, 1 pruned, 1 running
  best      0.0812346 in trial 2
  config    learning_rate                   0.00123457
            layers                          4
            optimizer                       Adam
            optimizer.Adam.one_minus_beta2  0.01
  metrics   train_error  0.03
  time      1 min 06 s in trials, 11.07 s each
  failures  2 × out of memory
            1 × panicked: index\\nout of bounds"
    );
}

#[test]
fn a_table_shows_the_trials() {
    let study = small_study();
    let trials = study.trials().unwrap();
    assert_eq!(
        trials.to_string(),
        "\
trial  state           value        time  learning_rate  layers  optimizer  momentum  nesterov  one_minus_beta2  memory
    0  complete          0.3      1.25 s           0.01       2  Sgd             0.9  true
    1  failed                    90.0 ms            0.1       2  Sgd        0.123457  true
    2  complete  * 0.0812346  1 min 05 s     0.00123457       4  Adam                                      0.01
    3  pruned                    40.0 ms           1e-5       4  Adam                                      0.02     2e9
    4  failed                    10.0 ms           0.05       2  Sgd             0.5  true
    5  failed                    10.0 ms           0.05       2  Sgd            0.25  true
    6  running                                     2e-5       4  Adam                                      0.02
not shown: train_error"
    );
    assert_eq!(
        trials.table().width(80).sorted_by_value().limit(4).to_string(),
        "\
trial  state           value        time  learning_rate  layers  optimizer
    2  complete  * 0.0812346  1 min 05 s     0.00123457       4  Adam
    0  complete          0.3      1.25 s           0.01       2  Sgd
    1  failed                    90.0 ms            0.1       2  Sgd
    3  pruned                    40.0 ms           1e-5       4  Adam
… 3 more trials
not shown: momentum, nesterov, one_minus_beta2, memory, train_error"
    );
    assert_eq!(
        trials.table().width(1).limit(2).to_string(),
        "\
trial  state           value        time
    0  complete          0.3      1.25 s
… 1 more trial
    2  complete  * 0.0812346  1 min 05 s
… 3 more trials
    6  running
not shown: learning_rate, layers, optimizer, momentum, nesterov and 2 more columns"
    );
}

fn line() -> Space {
    Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap()
}

fn at(x: f64) -> [(&'static str, Value); 1] {
    [("x", x.into())]
}

#[test]
fn studies_without_trials_and_with_one_have_reports() {
    let study = Study::in_space(line()).maximize().seed(1).build().unwrap();
    assert_eq!(study.summary().unwrap().to_string(), "study: maximize, seed 1\n  trials    none");
    assert_eq!(study.trials().unwrap().to_string(), "no trials");
    assert!(study.trials().unwrap().is_empty());
    assert_eq!(study.summary().unwrap().mean_time(), None);

    run(&study, at(0.5), &[], 2, complete(-1.0));
    assert_eq!(
        study.summary().unwrap().to_string(),
        "\
study: maximize, seed 1
  trials    1: 1 complete
  best      -1 in trial 0
  config    x  0.5
  time      2.0 ms in trials, 2.0 ms each"
    );
    assert_eq!(
        study.trials().unwrap().to_string(),
        "\
trial  state     value    time    x
    0  complete   * -1  2.0 ms  0.5"
    );
}

#[test]
fn values_of_every_size_line_up() {
    let study = Study::in_space(line()).seed(1).build().unwrap();
    for exponent in (-12..=12).step_by(4) {
        run(&study, at(0.0), &[], 1, complete(10_f64.powi(exponent) * 1.23456789));
    }
    run(&study, at(0.0), &[], 1, complete(-0.1));
    assert_eq!(
        study.trials().unwrap().to_string(),
        "\
trial  state           value    time  x
    0  complete  1.23457e-12  1.0 ms  0
    1  complete   1.23457e-8  1.0 ms  0
    2  complete  0.000123457  1.0 ms  0
    3  complete      1.23457  1.0 ms  0
    4  complete      12345.7  1.0 ms  0
    5  complete    1.23457e8  1.0 ms  0
    6  complete   1.23457e12  1.0 ms  0
    7  complete       * -0.1  1.0 ms  0"
    );
}

#[test]
fn of_a_thousand_trials_the_ends_and_the_best_are_shown() {
    let study = Study::in_space(line()).maximize().seed(1).build().unwrap();
    for number in 0..1000 {
        let value = if number == 400 { 9.0 } else { f64::from(number) / 1000.0 };
        run(&study, at(0.0), &[], 1, complete(value));
    }
    let trials = study.trials().unwrap();
    assert_eq!(
        trials.table().limit(5).to_string(),
        "\
trial  state     value    time  x
    0  complete      0  1.0 ms  0
    1  complete  0.001  1.0 ms  0
    2  complete  0.002  1.0 ms  0
… 397 more trials
  400  complete    * 9  1.0 ms  0
… 597 more trials
  998  complete  0.998  1.0 ms  0
  999  complete  0.999  1.0 ms  0"
    );
    assert_eq!(
        trials.table().sorted_by_value().limit(2).to_string(),
        "\
trial  state     value    time  x
  400  complete    * 9  1.0 ms  0
  999  complete  0.999  1.0 ms  0
… 998 more trials"
    );
    assert_eq!(trials.table().all().to_string().lines().count(), 1001);
    assert_eq!(trials.to_string().lines().count(), 1 + 20 + 1 + 1 + 1);
}

#[test]
fn long_and_wide_names_and_values_fit() {
    let long = "a_name_of_quite_unreasonable_length_for_a_parameter";
    let space = Space::builder()
        .choices(long, ["short", "a value that is far too long for a cell of a table"])
        .float("学習率", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space).seed(1).build().unwrap();
    for label in ["short", "a value that is far too long for a cell of a table"] {
        run(&study, [(long, label.into()), ("学習率", 0.5.into())], &[], 1, complete(1.0));
    }
    assert_eq!(
        study.trials().unwrap().to_string(),
        "\
trial  state     value    time  a_name_of_qu…a_parameter  学習率
    0  complete    * 1  1.0 ms  short                        0.5
    1  complete      1  1.0 ms  a value that… of a table     0.5"
    );
    assert_eq!(
        study.summary().unwrap().to_string(),
        "\
study: minimize, seed 1
  trials    2: 2 complete
  best      1 in trial 0
            2 trials have this value, this one first
  config    a_name_of_quite_unre…gth_for_a_parameter  short
            学習率                                    0.5
  time      2.0 ms in trials, 1.0 ms each"
    );
}

#[test]
fn ten_thousand_parameters_do_not_flood_the_terminal() {
    let space = (0..10_000)
        .fold(Space::builder(), |space, i| space.float(&format!("x{i}"), 0.0..=1.0, Scale::Linear))
        .build()
        .unwrap();
    let study = Study::in_space(space).seed(1).build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| 0.5, 3).unwrap();
    let table = study.trials().unwrap().to_string();
    assert!(table.lines().all(|line| line.chars().count() <= 120), "{table}");
    assert!(table.lines().last().unwrap().ends_with("more columns"), "{table}");
    assert!(study.summary().unwrap().to_string().contains("… 9970 more parameters"));
}

#[test]
fn many_reasons_are_counted_and_the_rest_named() {
    let study = Study::in_space(line()).seed(1).build().unwrap();
    let objective = |_: Params, trial: &mut Trial| -> Result<f64, String> {
        Err(if trial.number() < 3 { "often".into() } else { format!("of {}", trial.number()) })
    };
    study.optimize(objective, 10).unwrap();
    let summary = study.summary().unwrap();
    let groups: Vec<_> = summary.failures().iter().map(|f| (f.reason.as_str(), f.count)).collect();
    assert_eq!(groups[..3], [("often", 3), ("of 9", 1), ("of 8", 1)]);
    assert_eq!((summary.trials(), summary.count(TrialState::Failed)), (10, 10));
    let text = summary.to_string();
    assert!(text.contains("failures  3 × often\n            1 × of 9\n"), "{text}");
    assert!(text.ends_with("1 × of 6\n            … 3 more reasons"), "{text}");
    assert!(!text.contains("best"), "{text}");
}
