//! Every export reads back into an equal study.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tunewright::import::Experiments;
use tunewright::space::{Params, Scale, SearchSpace, Space, Value};
use tunewright::trial::{Event, Origin, Outcome, Timestamp, TrialRecord, TrialState, Trials};
use tunewright::{Error, Study};

use super::plans::{labels, name, plan, planned};

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
                        trial.constraints().to_vec(),
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
        let number = study.store().next_number().unwrap();
        let notes = BTreeMap::from([("stage".to_owned(), Value::Int(2))]);
        let events = vec![
            Event::Created { point, origin: Origin::Sampler, notes },
            Event::Started { at: Timestamp(5_000_000), lease: None },
            Event::recorded("train_error", 0.1 * number as f64),
        ];
        study.store().begin(number, events).unwrap();
        if number < 2 {
            let outcome =
                if number == 0 { Outcome::Complete(0.5.into()) } else { Outcome::Pruned(None) };
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
    assert!(refused("lr", "rate").contains("the column `rate` is not a parameter of the space"));
    assert!(refused("complete", "done").contains("row 1: the state `done` is unknown"));
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
    assert!(refused("\"study\"", "\"stud\"").contains("not an export of `to_json`"));
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
