//! Every export reads back into an equal study.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use tunewright::import::Experiments;
use tunewright::space::{Optional, Params, Scale, SearchSpace, Space, Value};
use tunewright::trial::{Event, Origin, Outcome, Timestamp, TrialRecord, TrialState, Trials};
use tunewright::{Error, Study};

fn csv_of(trials: &Trials) -> Vec<u8> {
    let mut csv = Vec::new();
    trials.to_csv(&mut csv).unwrap();
    csv
}

fn json_of(trials: &Trials) -> Vec<u8> {
    let mut json = Vec::new();
    trials.to_json(&mut json).unwrap();
    json
}

/// Texts that a program would take for a number, a boolean, a date or nothing, or would trim.
fn treacherous() -> impl Strategy<Value = String> {
    let known = [
        "",
        "1e-3",
        "True",
        "true",
        "FALSE",
        "007",
        "NA",
        "N/A",
        "null",
        "NaN",
        "nan",
        "inf",
        "-0",
        "0",
        "1",
        "1.0",
        "12.0",
        "+5",
        "0x10",
        " x",
        "x ",
        "\t",
        "a,b",
        "a;b",
        "\"",
        "\"\"",
        "'",
        "x\ny",
        "\r\n",
        "2026-01-31",
        "None",
        "none",
        "some",
        "=1+1",
        "é",
        "\u{feff}",
        "{\"text\": 1}",
    ];
    prop_oneof![
        3 => select(known.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
        1 => any::<String>(),
    ]
}

/// Names of parameters, those of other columns among them; they are neither empty nor end in a dot.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "lr",
        "number",
        "state",
        "value",
        "value_0",
        "value_1",
        "started",
        "seconds",
        "failure",
        "origin",
        "reports",
        "metric:a",
        "note:a",
        "parameter:value",
        "params_x",
        "goal",
        "run",
        "date",
        "train_error",
        "1",
        "True",
        " x",
        "a,b",
    ];
    let odd = treacherous().prop_map(|text| format!("{text}_"));
    prop_oneof![2 => select(known.to_vec()).prop_map(str::to_owned), 1 => odd]
}

fn number() -> impl Strategy<Value = f64> {
    let known = [
        0.0,
        -0.0,
        1.0,
        -3.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        5e-324,
        0.1 + 0.2,
    ];
    prop_oneof![select(known.to_vec()), any::<u64>().prop_map(f64::from_bits)]
}

fn finite() -> impl Strategy<Value = f64> {
    number().prop_filter("finite", |value| value.is_finite())
}

fn label() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => treacherous().prop_map(Value::Text),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (-9_000_i64..9_000).prop_map(Value::Int),
        1 => number().prop_map(Value::Float),
    ]
}

fn note() -> impl Strategy<Value = Value> {
    prop_oneof![
        treacherous().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        number().prop_map(Value::Float),
    ]
}

#[derive(Clone, Debug)]
struct Plan {
    number_gap: u64,
    state: TrialState,
    at: (u64, u64),
    values: (Index, f64, i64, f64),
    value: f64,
    metrics: BTreeMap<String, f64>,
    notes: BTreeMap<String, Value>,
    reports: BTreeMap<u64, f64>,
    reason: String,
    origin: Origin,
}

fn plan() -> impl Strategy<Value = Plan> {
    let states = [
        TrialState::Waiting,
        TrialState::Running,
        TrialState::Complete,
        TrialState::Pruned,
        TrialState::Interrupted,
        TrialState::Failed,
    ];
    let origin = prop_oneof![
        select(vec![Origin::Sampler, Origin::Enqueued, Origin::Added]),
        (0..20_u64, 1..4_u32).prop_map(|(of, failures)| Origin::Retry { of, failures }),
    ];
    let what = (
        prop_oneof![8 => Just(0_u64), 1 => 0..9_u64],
        select(states.to_vec()),
        (prop_oneof![Just(0_u64), 1..1_u64 << 61], 0..1_u64 << 50),
        (any::<Index>(), -1e9..1e9_f64, -20..400_i64, 1e-9..1.0_f64),
        finite(),
    );
    let beside = (
        prop::collection::btree_map(treacherous(), number(), 0..3),
        prop::collection::btree_map(treacherous(), note(), 0..3),
        prop::collection::btree_map(any::<u64>(), number(), 0..3),
        treacherous(),
        origin,
    );
    (what, beside).prop_map(
        |((number_gap, state, at, values, value), (metrics, notes, reports, reason, origin))| {
            Plan { number_gap, state, at, values, value, metrics, notes, reports, reason, origin }
        },
    )
}

/// A space with parameters of all kinds, and conditions.
fn space(names: &BTreeSet<String>, labels: &[Value]) -> Space {
    let names: Vec<&String> = names.iter().collect();
    Space::builder()
        .choices(names[0], labels.to_vec())
        .float(names[1], -1e9..=1e9, Scale::Linear)
        .int(names[2], -20..=400, Scale::Linear)
        .choice("kind of thing", |kind| {
            kind.unit("007")
                .variant(" a, b", |given| given.float("inner", 1e-9..=1.0, Scale::Log).bool("True"))
                .unit("NA")
        })
        .field("optional", &Optional::new(tunewright::space::Float::range(0.0..=1.0).step(0.1)))
        .build()
        .unwrap()
}

/// Keeps a trial as a storage would have it after all that the plan says.
fn keep(study: &Study<Params>, plan: &Plan, number: u64) {
    let space = study.space().space();
    let unit = |axis: usize| match plan.values.0.index(3) {
        0 => 0.0,
        1 => 0.5,
        _ => (axis as f64 * 0.37 + plan.values.3).fract(),
    };
    let units: Vec<f64> = (0..space.len()).map(unit).collect();
    let mut point: Vec<Option<f64>> = space.point(&units).unwrap().iter().collect();
    point[0] =
        Some(plan.values.0.index(space.axes()[0].distribution().levels().unwrap() as usize) as f64);
    point[1] = Some(plan.values.1);
    point[2] = Some(plan.values.2 as f64);
    let (point, notes) = (space.point_at_values(point).unwrap(), plan.notes.clone());
    let mut events = vec![Event::Created { point, origin: plan.origin, notes }];
    events.extend(plan.metrics.iter().map(|(name, value)| Event::recorded(name, *value)));
    let reported = |(step, value): (&u64, &f64)| Event::Reported { step: *step, value: *value };
    events.extend(plan.reports.iter().map(reported));
    let (started, lasted) = plan.at;
    if plan.state != TrialState::Waiting {
        events.push(Event::Started { at: Timestamp(started), lease: None });
    }
    let at = Timestamp(if started == 0 { 0 } else { started + lasted });
    let outcome = match plan.state {
        TrialState::Waiting | TrialState::Running => None,
        TrialState::Complete => Some(Outcome::Complete(plan.value.into())),
        TrialState::Pruned => Some(Outcome::Pruned),
        TrialState::Interrupted => Some(Outcome::Interrupted),
        TrialState::Failed => Some(Outcome::Failed(plan.reason.clone())),
        state => panic!("{state} is no state of these plans"),
    };
    events.extend(outcome.map(|outcome| Event::Finished { outcome, at }));
    study.store().add(Some(number), events).unwrap();
}

/// A study of the plans.
fn planned(names: &BTreeSet<String>, labels: &[Value], plans: &[Plan]) -> Study<Params> {
    let study = Study::in_space(space(names, labels)).maximize().seed(9).build().unwrap();
    let mut number = 0;
    for plan in plans {
        number += plan.number_gap;
        keep(&study, plan, number);
        number += 1;
    }
    study
}

/// Labels of which no two are written alike.
fn labels() -> impl Strategy<Value = Vec<Value>> {
    let by_text = prop::collection::vec(label(), 1..6);
    by_text.prop_map(|labels| {
        let unique: BTreeMap<String, Value> =
            labels.into_iter().map(|label| (label.to_string(), label)).collect();
        // Zeros of both signs are written differently and are equal.
        let mut labels: Vec<Value> = Vec::new();
        for label in unique.into_values() {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    })
}

proptest! {
    #[test]
    fn every_export_reads_back_into_an_equal_study(
        names in prop::collection::btree_set(name(), 3),
        labels in labels(),
        plans in prop::collection::vec(plan(), 0..6),
    ) {
        let study = planned(&names, &labels, &plans);
        let trials = study.trials().unwrap();
        let (csv, json) = (csv_of(&trials), json_of(&trials));

        let read = Trials::from_json(json.as_slice()).unwrap();
        prop_assert_eq!(&read, &trials);
        prop_assert_eq!(json_of(&read), json.clone());
        let read = Trials::from_csv(csv.as_slice(), trials.header()).unwrap();
        prop_assert_eq!(&read, &trials);
        prop_assert_eq!(csv_of(&read), csv.clone());

        // Into a study, from which the search goes on.
        let table = Experiments::from_json(json.as_slice()).unwrap();
        if !table.is_empty() {
            prop_assert_eq!(&table.space().unwrap(), study.space().space());
        }
        for table in [table, Experiments::from_csv(csv.as_slice()).unwrap()] {
            let space = study.space().space().clone();
            let other = Study::in_space(space).maximize().seed(9).build().unwrap();
            let imported = other.import(&table).unwrap();
            prop_assert_eq!(&imported.skipped, &vec![]);
            prop_assert_eq!(&other.trials().unwrap(), &trials);
        }

        // Without the space it is guessed, and nothing else.
        if !plans.is_empty() {
            let table = Experiments::from_csv(csv.as_slice()).unwrap();
            let guessed = table.space().unwrap();
            let other = Study::in_space(guessed).maximize().build().unwrap();
            let imported = other.import(&table).unwrap();
            prop_assert_eq!(&imported.skipped, &vec![]);
            let others = other.trials().unwrap();
            prop_assert_eq!(others.len(), trials.len());
            for (found, trial) in others.iter().zip(trials.iter()) {
                // Debug shows NaN as NaN, and all digits.
                let all_but_the_point = |trial: &TrialRecord| format!(
                    "{:?}",
                    (
                        (trial.number(), trial.state(), trial.origin(), trial.values().to_vec()),
                        (trial.started(), trial.duration(), trial.failure().map(str::to_owned)),
                        (trial.metrics().clone(), trial.notes().clone(), trial.reports().clone()),
                    )
                );
                prop_assert_eq!(all_but_the_point(found), all_but_the_point(trial));
                let values = |trials: &Trials, trial: &TrialRecord| -> Vec<String> {
                    trials.parameters(trial).map(|(_, value)| value.to_string()).collect()
                };
                let (mut found, mut known) = (values(&others, found), values(&trials, trial));
                found.sort();
                known.sort();
                prop_assert_eq!(found, known);
            }
        }
    }
}

fn small_study() -> Study<Params> {
    let space = Space::builder()
        .float("lr", 1e-4..=1.0, Scale::Log)
        .choices("batch", ["007", "8"])
        .bool("early")
        .choices("mode", ["NA", "b"])
        .build()
        .unwrap();
    let study = Study::in_space(space.clone()).seed(3).build().unwrap();
    for (number, early) in [true, false, true].into_iter().enumerate() {
        let config = space
            .params([
                ("lr", 0.01.into()),
                ("batch", ["007", "8"][number % 2].into()),
                ("early", early.into()),
                ("mode", ["b", "NA"][number % 2].into()),
            ])
            .unwrap();
        let point = space.encode(&config).unwrap();
        let number = study.store().reserve().unwrap();
        let notes = BTreeMap::from([("stage".to_owned(), Value::Int(2))]);
        let events = vec![
            Event::Created { point, origin: Origin::Sampler, notes },
            Event::Started { at: Timestamp(5_000_000), lease: None },
            Event::recorded("train_error", 0.1 * number as f64),
        ];
        study.store().begin(number, events, None).unwrap();
        if number < 2 {
            let outcome = if number == 0 { Outcome::Complete(0.5.into()) } else { Outcome::Pruned };
            let finished = Event::Finished { outcome, at: Timestamp(6_000_000) };
            study.store().append(number, vec![finished]).unwrap();
        }
    }
    study
}

#[test]
fn a_study_with_trials_takes_an_export_behind_them() {
    let study = small_study();
    let json = json_of(&study.trials().unwrap());
    let imported = study.import(&Experiments::from_json(json.as_slice()).unwrap()).unwrap();
    assert_eq!((imported.added, imported.pruned, imported.running), (3, 1, 1));
    assert_eq!(
        imported.to_string(),
        "3 rows added, 1 of these as pruned trials, 1 as running ones"
    );
    let trials = study.trials().unwrap();
    let numbers: Vec<u64> = trials.iter().map(|trial| trial.number()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    let states: Vec<TrialState> = trials.iter().map(|trial| trial.state()).collect();
    assert_eq!(states[..3], states[3..]);
}

/// What `pandas.read_csv(..).to_csv(..)` makes of an export: no quotes, 7 for `007`, nothing for `NA`,
/// `True` for `true`, `2.0` for 2, an index, and where Excel had it semicolons and decimal commas.
#[test]
fn exports_that_other_programs_have_rewritten_are_read_all_the_same() {
    let study = small_study();
    let trials = study.trials().unwrap();
    let csv = String::from_utf8(csv_of(&trials)).unwrap();
    assert!(csv.contains("0.01,\"007\",true,b,0,2,"), "{csv}");
    assert!(csv.contains("0.01,\"8\",false,NA,0.1,2,"), "{csv}");
    let pandas = csv.replace("\"007\"", "7").replace("\"8\"", "8").replace(",NA,", ",,");
    let pandas = pandas.replace("true", "True").replace("false", "False");
    let pandas = pandas.replace("0,complete", "0.0,complete");
    let indexed: Vec<String> = pandas
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 0 { format!(",{line}") } else { format!("{},{line}", at - 1) })
        .collect();
    let excel = pandas.replace(',', ";").replace("0.01", "0,01").replace("0.5", "0,5");
    let quoted: Vec<String> = csv
        .lines()
        .map(|line| {
            let fields = line.split(',').map(|field| format!("\"{}\"", field.trim_matches('"')));
            fields.collect::<Vec<_>>().join(",")
        })
        .collect();
    for text in [pandas, indexed.join("\n"), excel, quoted.join("\r\n")] {
        let read = Trials::from_csv(text.as_bytes(), trials.header()).unwrap();
        assert_eq!(read, trials, "{text}");
    }
}

#[test]
fn exports_that_do_not_fit_are_refused_with_the_place() {
    let study = small_study();
    let trials = study.trials().unwrap();
    let csv = String::from_utf8(csv_of(&trials)).unwrap();
    let refused = |from: &str, to: &str| {
        let text = csv.replacen(from, to, 1);
        assert_ne!(text, csv, "{from}");
        match Trials::from_csv(text.as_bytes(), trials.header()) {
            Err(Error::Import(reason)) => reason,
            other => panic!("{from} -> {to}: {other:?}"),
        }
    };
    assert!(refused("lr", "rate").contains("the column `rate` is no parameter of the space"));
    assert!(
        refused("complete", "done").contains("row 1: nobody knows what the state `done` means")
    );
    assert!(refused("0.01", "7").contains("row 1: lr = 7 lies outside"));
    assert!(refused("0.01", "").contains("row 1: lr has no value"));
    assert!(refused("\"007\"", "9").contains("row 1: batch = 9 lies outside"));
    assert!(refused("1,pruned", "0,pruned").contains("two trials have the number 0"));
    assert!(refused("1,pruned", "99999999999,pruned").contains("as high as 99999999999"));
    assert!(refused("1,pruned", "x,pruned").contains("row 2: its number is `x`"));
    assert!(
        refused("complete,0.5", "complete,").contains("row 1: the table has no value of the goal")
    );
    assert!(refused("1970-01-01T00:00:05", "yesterday").contains("row 1: `yesterday"));
    assert!(
        refused("NA,0.1", "NA,low").contains("row 2: `low` in the column `metric:train_error`")
    );
    assert!(refused("sampler", "nowhere").contains("row 1: its origin is `nowhere`"));
    assert!(refused("origin", "source").contains("no table of `Trials::to_csv`"));

    let json = String::from_utf8(json_of(&trials)).unwrap();
    let refused = |from: &str, to: &str| {
        let text = json.replacen(from, to, 1);
        assert_ne!(text, json, "{from}");
        Trials::from_json(text.as_bytes()).unwrap_err().to_string()
    };
    let outside = refused("\"lr\":0.01", "\"lr\":7");
    assert!(outside.contains("trial 0: lr = 7 lies outside"), "{outside}");
    assert!(refused("\"lr\":0.01", "\"rate\":1").contains("trial 0: "));
    assert!(refused("\"started\":\"1970", "\"started\":\"70").contains("trial 0: `70"));
    assert!(refused("\"values\":[0.5]", "\"values\":[]").contains("trial 0: "));
    assert!(refused("\"study\"", "\"stud\"").contains("no export of `to_json`"));
}

#[test]
fn integers_that_no_double_holds_read_back() {
    let space = Space::builder().int("seed", i64::MIN..=i64::MAX, Scale::Linear).build().unwrap();
    let study = Study::in_space(space.clone()).seed(1).build().unwrap();
    let values = [i64::MAX, i64::MIN, i64::MAX - 1, (1 << 53) + 1, -(1 << 53) - 1, 0];
    for (at, value) in values.into_iter().enumerate() {
        let config = space.params([("seed", value.into())]).unwrap();
        study.add(config, at as f64).unwrap();
    }
    let trials = study.trials().unwrap();
    let text = json_of(&trials);
    assert_eq!(Trials::from_json(text.as_slice()).unwrap(), trials);
    let mut csv = Vec::new();
    trials.to_csv(&mut csv).unwrap();
    let read = Trials::from_csv(csv.as_slice(), study.store().header()).unwrap();
    assert_eq!(read, trials);
    let seeds: Vec<i64> =
        read.iter().map(|t| study.config_of(t).unwrap().int("seed").unwrap()).collect();
    assert_eq!(seeds, values);
}
