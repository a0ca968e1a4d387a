use std::collections::BTreeMap;
use std::io;

use proptest::prelude::*;
use tunewright::space::{Params, Scale, SearchSpace, Space, Value};
use tunewright::trial::{Event, Origin, Outcome, StudyHeader, Timestamp};
use tunewright::{Error, Study};

/// 2026-01-31T09:30:00Z.
const BEGIN: Timestamp = Timestamp(1_769_851_800_000_000);

fn kernels() -> Space {
    Space::builder()
        .float("c", 1e-3..=1e3, Scale::Log)
        .choice("kernel", |kernel| {
            kernel
                .unit("linear")
                .variant("rbf", |rbf| rbf.float("gamma", 1e-3..=10.0, Scale::Log).bool("shrink"))
        })
        .build()
        .unwrap()
}

/// Starts a trial at the beginning and returns its number.
fn start<'a>(
    study: &Study<Params>,
    config: impl IntoIterator<Item = (&'a str, Value)>,
    notes: impl IntoIterator<Item = (&'a str, Value)>,
) -> u64 {
    let space = study.space().space().clone();
    let point = space.encode(&space.params(config).unwrap()).unwrap();
    let number = study.store().next_number().unwrap();
    let notes = notes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let created = Event::Created { point, origin: Origin::Sampler, notes };
    let events = vec![created, Event::Started { at: BEGIN, lease: None }];
    study.store().begin(number, events).unwrap();
    number
}

fn finish(study: &Study<Params>, number: u64, outcome: Outcome) {
    let at = Timestamp(BEGIN.0 + 1_250_000);
    study.store().append(number, vec![Event::Finished { outcome, at }]).unwrap();
}

fn fixed_study() -> Study<Params> {
    let study = Study::in_space(kernels()).seed(7).build().unwrap();
    let rbf = [
        ("c", 0.1.into()),
        ("kernel", "rbf".into()),
        ("kernel.rbf.gamma", (0.1_f64 + 0.2).into()),
        ("kernel.rbf.shrink", true.into()),
    ];
    let number = start(&study, rbf, [("stage", 2.into())]);
    study.store().append(number, vec![Event::recorded("gap", f64::NAN)]).unwrap();
    study.store().append(number, vec![Event::Reported { step: 0, value: f64::INFINITY }]).unwrap();
    study.store().append(number, vec![Event::Reported { step: 1, value: 0.5 }]).unwrap();
    finish(&study, number, Outcome::Complete(0.081.into()));
    let linear = [("c", 1e-3.into()), ("kernel", "linear".into())];
    let number = start(&study, linear.clone(), [("remark", "".into())]);
    finish(&study, number, Outcome::Failed("said \"no\",\nand left".into()));
    let point = study.store().trial(number).unwrap().unwrap().point().clone();
    let retry = Origin::Retry { of: 1, failures: 1 };
    study.store().add(None, vec![Event::created(point, retry)]).unwrap();
    study.add(kernels().params(linear).unwrap(), 1e300).unwrap();
    study
}

fn csv_of(study: &Study<Params>) -> String {
    let mut csv = Vec::new();
    study.trials().unwrap().to_csv(&mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

fn json_of(study: &Study<Params>) -> serde_json::Value {
    let mut json = Vec::new();
    study.trials().unwrap().to_json(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn csv_has_a_line_for_each_trial() {
    assert_eq!(
        csv_of(&fixed_study()),
        "\
number,state,value,started,seconds,c,kernel,kernel.rbf.gamma,kernel.rbf.shrink,metric:gap,\
note:remark,note:stage,reports,reason,origin
0,complete,0.081,2026-01-31T09:30:00.000000Z,1.25,0.1,rbf,0.30000000000000004,true,NaN,,2,0=inf 1=0.5,,sampler
1,failed,,2026-01-31T09:30:00.000000Z,1.25,0.001,linear,,,,\"\",,,\"said \"\"no\"\",\nand left\",sampler
2,waiting,,,,0.001,linear,,,,,,,,retry 1 of trial 1
3,complete,1e300,,,0.001,linear,,,,,,,,added
"
    );
}

#[test]
fn json_has_all_there_is() {
    let study = fixed_study();
    let json = json_of(&study);
    let header: StudyHeader = serde_json::from_value(json["study"].clone()).unwrap();
    assert_eq!(&header, study.store().header());
    let trials = json["trials"].as_array().unwrap();
    assert_eq!(
        trials[0],
        serde_json::json!({
            "number": 0,
            "state": "complete",
            "values": [0.081],
            "params": {
                "c": 0.1,
                "kernel": "rbf",
                "kernel.rbf.gamma": 0.1 + 0.2,
                "kernel.rbf.shrink": true,
            },
            "metrics": { "gap": "NaN" },
            "notes": { "stage": 2 },
            "reports": { "0": "Infinity", "1": 0.5 },
            "started": "2026-01-31T09:30:00.000000Z",
            "seconds": 1.25,
            "reason": null,
            "origin": "sampler",
        })
    );
    assert_eq!(trials[1]["reason"], "said \"no\",\nand left");
    assert_eq!(trials[2]["origin"], serde_json::json!({ "retry": { "of": 1, "failures": 1 } }));
    assert_eq!(trials[3]["started"], serde_json::Value::Null);
    assert_eq!(trials.len(), 4);
}

#[test]
fn exports_without_trials_are_whole() {
    let study = Study::in_space(kernels()).seed(7).build().unwrap();
    assert_eq!(json_of(&study)["trials"], serde_json::json!([]));
    assert_eq!(
        csv_of(&study),
        "number,state,value,started,seconds,c,kernel,kernel.rbf.gamma,kernel.rbf.shrink,reason,\
         origin\n"
    );
}

#[test]
fn no_two_columns_share_a_name() {
    let names = ["value", "reason", "metric:a", "note:a", "parameter:value", "a"];
    let space = names
        .iter()
        .fold(Space::builder(), |space, name| space.float(name, 0.0..=1.0, Scale::Linear))
        .build()
        .unwrap();
    let study = Study::in_space(space).seed(1).build().unwrap();
    let number = start(&study, names.map(|name| (name, 0.5.into())), [("a", 1.into())]);
    study.store().append(number, vec![Event::recorded("a", 2.0)]).unwrap();
    assert_eq!(
        csv_of(&study).lines().next().unwrap(),
        "number,state,value,started,seconds,parameter:value,parameter:reason,parameter:metric:a,\
         parameter:note:a,parameter:parameter:value,a,metric:a,note:a,reason,origin"
    );
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let trials = fixed_study().trials().unwrap();
    for result in [trials.to_csv(Full), trials.to_json(Full)] {
        assert!(matches!(result, Err(Error::Export(_))), "{result:?}");
    }
}

/// Texts with everything that separates, quotes, escapes and spaces.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof!["[\",\\\\;'\n\r\t =#a\u{e9}\u{feff}\u{1F680}]{0,8}", any::<String>()]
}

/// Awkward names; those of parameters must not be empty or end in a dot.
fn awkward_name() -> impl Strategy<Value = String> {
    awkward().prop_map(|name| format!("{name}_"))
}

fn any_float() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

fn same(left: f64, right: f64) -> bool {
    left == right || (left.is_nan() && right.is_nan())
}

proptest! {
    #[test]
    fn csv_and_json_read_back(
        parameter in awkward_name(),
        labels in prop::collection::btree_set(awkward(), 1..4),
        x in -1e9..1e9_f64,
        metrics in prop::collection::btree_map(awkward(), any_float(), 0..4),
        notes in prop::collection::btree_map(awkward(), awkward(), 0..3),
        steps in prop::collection::btree_map(any::<u64>(), any_float(), 0..4),
        value in any_float().prop_filter("finite", |value| value.is_finite()),
        reason in awkward(),
    ) {
        let number_name = format!("{parameter}x");
        let space = Space::builder()
            .choices(&parameter, labels.clone())
            .float(&number_name, -1e9..=1e9, Scale::Linear)
            .build()
            .unwrap();
        let study = Study::in_space(space).seed(1).build().unwrap();
        for label in &labels {
            let config =
                [(parameter.as_str(), label.as_str().into()), (number_name.as_str(), x.into())];
            let texts = notes.iter().map(|(k, v)| (k.as_str(), v.as_str().into()));
            let number = start(&study, config, texts);
            for (name, value) in &metrics {
                study.store().append(number, vec![Event::recorded(name, *value)]).unwrap();
            }
            for (&step, &value) in &steps {
                study.store().append(number, vec![Event::Reported { step, value }]).unwrap();
            }
            let outcome = match number {
                0 => Outcome::Complete(value.into()),
                _ => Outcome::Failed(reason.clone()),
            };
            finish(&study, number, outcome);
        }

        let text = csv_of(&study);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let column = |name: &str| names.iter().position(|column| column == name).unwrap();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(records.len(), labels.len());
        let json = json_of(&study);
        for (index, (record, label)) in records.iter().zip(&labels).enumerate() {
            prop_assert_eq!(&record[column(&parameter)], label.as_str());
            prop_assert_eq!(record[column(&number_name)].parse::<f64>().unwrap(), x);
            let trial = &json["trials"][index];
            prop_assert_eq!(&trial["params"][&parameter], label.as_str());
            prop_assert_eq!(trial["params"][&number_name].as_f64(), Some(x));
            for (name, &metric) in &metrics {
                let cell = &record[column(&format!("metric:{name}"))];
                prop_assert!(same(cell.parse().unwrap(), metric));
                prop_assert!(same(number(&trial["metrics"][name]), metric));
            }
            for (name, note) in &notes {
                prop_assert_eq!(&record[column(&format!("note:{name}"))], note.as_str());
                prop_assert_eq!(&trial["notes"][name], note.as_str());
            }
            for (step, &report) in &steps {
                prop_assert!(same(number(&trial["reports"][step.to_string()]), report));
            }
            if index == 0 {
                prop_assert_eq!(record[column("value")].parse::<f64>().unwrap(), value);
                prop_assert_eq!(trial["values"][0].as_f64(), Some(value));
            } else {
                prop_assert_eq!(&record[column("reason")], reason.as_str());
                prop_assert_eq!(&trial["reason"], reason.as_str());
            }
        }
        // What people read never breaks, either.
        let trials = study.trials().unwrap();
        prop_assert!(trials.to_string().lines().count() > labels.len());
        prop_assert!(!trials.summary().to_string().is_empty());
    }
}

/// A number of the export, special ones included.
fn number(json: &serde_json::Value) -> f64 {
    match json.as_str() {
        None => json.as_f64().unwrap(),
        Some(text) => text.parse().unwrap(),
    }
}

#[test]
fn special_numbers_are_the_texts_that_records_have() {
    let names: BTreeMap<&str, f64> =
        [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)].into();
    let study = Study::in_space(kernels()).seed(1).build().unwrap();
    let config = [("c", 1.0.into()), ("kernel", "linear".into())];
    let number = start(&study, config, [("note", f64::NAN.into())]);
    for (name, &value) in &names {
        study.store().append(number, vec![Event::recorded(name, value)]).unwrap();
    }
    let trial = &json_of(&study)["trials"][0];
    for name in names.keys() {
        assert_eq!(&trial["metrics"][name], name);
    }
    assert_eq!(trial["notes"]["note"], "NaN");
}
