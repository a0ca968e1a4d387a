use tunewright::analysis::Capacity;
use tunewright::import::Experiments;
use tunewright::space::{AxisKind, Params, Scale, Space};
use tunewright::trial::{TrialState, metric};
use tunewright::{Result, Study, Trial};

const TABLE: &str = "\
run,lr,layers,optimizer,momentum,nesterov,train_error,loss,note
1,0.001,2,adam,,,0.10,0.15,first
2,0.01,3,sgd,0.9,true,0.05,0.12,
3,0.1,3,sgd,0.5,false,0.30,0.33,\"too high, surely\"
4,0.003,4,adam,,,0.04,0.14,
5,0.5,2,sgd,0.0,true,0.9,NaN,diverged
";

fn table() -> Experiments {
    Experiments::from_csv(TABLE.as_bytes()).unwrap().goal("loss").ignore("run").ignore("note")
}

#[test]
fn a_space_is_found_and_the_rows_become_trials() {
    let space = table().space().unwrap();
    let kinds: Vec<_> = space.axes().iter().map(|axis| (axis.name(), axis.kind())).collect();
    assert_eq!(
        kinds,
        [
            ("lr", AxisKind::Continuous),
            ("layers", AxisKind::Discrete { levels: 3 }),
            ("optimizer", AxisKind::Categorical { choices: 2 }),
            ("momentum", AxisKind::Continuous),
            ("nesterov", AxisKind::Categorical { choices: 2 }),
        ]
    );
    // On a log scale, because it spans a factor of 500.
    let lr = space.axes()[0].distribution();
    assert!((lr.from_unit(0.5) - (0.001f64 * 0.5).sqrt()).abs() < 1e-12);
    let condition = space.axes()[3].condition().unwrap();
    assert_eq!((condition.axis, condition.choice), (2, 1));

    let study = Study::in_space(space).seed(1).build().unwrap();
    let imported = study.import(&table()).unwrap();
    assert_eq!((imported.added, imported.skipped.len()), (5, 0));
    let trials = study.trials().unwrap();
    let second = trials.iter().nth(1).unwrap();
    assert_eq!((second.value(), second.metric(metric::TRAIN_ERROR)), (Some(0.12), Some(0.05)));
    assert_eq!(second.metric(metric::SECONDS), None);
    let failed: Vec<u64> = trials
        .iter()
        .filter(|trial| trial.state() == TrialState::Failed)
        .map(|trial| trial.number())
        .collect();
    assert_eq!(failed, [4]);
    // Everything goes on from there.
    assert!(study.explain().unwrap().to_string().contains("4 trials"));
    let next = study.advise().unwrap();
    study.enqueue(next.into_config()).unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.float("lr"), 3).unwrap();
    assert_eq!(study.trials().unwrap().len(), 8);
}

#[test]
fn tables_go_into_spaces_that_exist() {
    let space = Space::builder()
        .float("learning_rate", 1e-4..=0.2, Scale::Log)
        .choices("layers", ["2", "3", "4"])
        .build()
        .unwrap();
    let study = Study::in_space(space).maximize().build().unwrap();
    let table = table().rename("lr", "learning_rate").rename("momentum", "extra");
    let imported = study.import(&table).unwrap();
    assert_eq!(imported.added, 4);
    let (row, reason) = &imported.skipped[0];
    assert_eq!(*row, 5);
    assert!(reason.contains("learning_rate = 0.5 lies outside"), "{reason}");
    // What is no parameter is a metric, if it is a number.
    let trials = study.trials().unwrap();
    assert_eq!(trials.iter().nth(1).unwrap().metric("extra"), Some(0.9));
    assert!(imported.to_string().contains("row 5 skipped"));
}

#[test]
fn json_and_an_export_of_ones_own_come_back() {
    let json = r#"[
        {"params": {"units": 8, "act": "relu"}, "train_error": 0.30, "goal": 0.31},
        {"params": {"units": 16, "act": "relu"}, "train_error": 0.20, "goal": 0.25},
        {"params": {"units": 32, "act": "tanh"}, "train_error": 0.10, "goal": 0.20},
        {"params": {"units": 64, "act": "tanh"}, "train_error": 0.05, "goal": 0.21},
        {"params": {"units": 12, "act": "tanh"}, "train_error": 0.24, "goal": 0.27},
        {"params": {"units": 48, "act": "relu"}, "train_error": 0.07, "goal": 0.20}
    ]"#;
    let table = Experiments::from_json(json.as_bytes()).unwrap();
    let study = Study::in_space(table.space().unwrap()).build().unwrap();
    assert_eq!(study.import(&table).unwrap().added, 6);
    let capacity = study.capacity().unwrap();
    assert_eq!(capacity.rows[0].parameter, "params.units");
    assert_eq!(capacity.rows[0].found, Some(Capacity::Raises));
    assert_eq!(capacity.rows[0].agrees, Some(true));

    let mut csv = Vec::new();
    study.trials().unwrap().to_csv(&mut csv).unwrap();
    let again = Experiments::from_csv(csv.as_slice()).unwrap().goal("value");
    let other = Study::in_space(table.space().unwrap()).build().unwrap();
    assert_eq!(other.import(&again).unwrap().added, 6);
    let values = |study: &Study<Params>| -> Vec<Option<f64>> {
        study.trials().unwrap().iter().map(|trial| trial.value()).collect()
    };
    assert_eq!(values(&study), values(&other));
}

#[test]
fn untidy_tables_are_taken_as_far_as_they_go() {
    // The index of pandas, a missing and an infinite rate, a metric and a goal that are not there.
    let csv = "\
,lr,mode,f1,loss
0,0.1,a,0.5,0.3
1,NA,b,0.6,0.2
2,inf,a,0.6,0.2
3,0.3,NA,0.7,0.1
4,0.4,b,nan,0.1
5,0.2,b,-inf,12 %
6,0.2,a,0.5,
";
    let table = Experiments::from_csv(csv.as_bytes()).unwrap().goal("loss").metric("f1");
    let space = table.space().unwrap();
    let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
    assert_eq!(names, ["lr", "mode"]);
    let study = Study::in_space(space).build().unwrap();
    let imported = study.import(&table).unwrap();
    assert_eq!((imported.added, imported.failed), (4, 2));
    let text = imported.to_string();
    assert!(text.starts_with("4 rows added, 2 of these as failed trials"), "{text}");
    assert!(text.contains("row 2 skipped: lr has no value"), "{text}");
    assert!(text.contains("row 3 skipped: lr = inf lies outside"), "{text}");
    assert!(text.contains("row 4 skipped: mode has no value"), "{text}");
    let trials = study.trials().unwrap();
    let reasons: Vec<_> = trials.iter().filter_map(|trial| trial.failure()).collect();
    assert_eq!(reasons, ["the goal is `12 %` in the table", "the table has no value of the goal"]);
    assert_eq!(trials.iter().nth(1).unwrap().metric("f1"), None);
}

#[test]
fn mistakes_in_tables_say_what_to_do() {
    let error = |result: Result<Space>| result.unwrap_err().to_string();
    let wrong = table().goal("accuracy").space();
    assert!(error(wrong).contains("no column `accuracy`; the table has run, lr"));
    let twice = Experiments::from_csv("a,a\n1,2\n".as_bytes()).unwrap_err().to_string();
    assert!(twice.contains("`a` stands twice"), "{twice}");
    let none = Experiments::from_csv("goal\n1\n".as_bytes()).unwrap().space();
    assert!(error(none).contains("no parameter is left"));
    let empty = Experiments::from_csv("a,goal\n".as_bytes()).unwrap().space();
    assert!(error(empty).contains("no rows"));
}

#[test]
fn parameters_may_be_told_by_how_they_begin() {
    let table = "\
number,value,params_lr,params_layers,lr,state,duration
0,0.34,0.001,2,7,COMPLETE,1.5
1,0.21,0.01,3,8,COMPLETE,2.5
2,,0.1,3,9,FAIL,0.5
";
    let table =
        Experiments::from_csv(table.as_bytes()).unwrap().goal("value").parameter_prefix("params_");
    let table = table.rename("params_layers", "depth").rename("duration", metric::SECONDS);
    let space = table.space().unwrap();
    let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
    assert_eq!(names, ["lr", "depth"]);
    let study = Study::in_space(space).build().unwrap();
    let imported = study.import(&table).unwrap();
    assert_eq!((imported.added, imported.failed), (3, 1));
    let trials = study.trials().unwrap();
    let second = trials.iter().nth(1).unwrap();
    assert_eq!(second.point().iter().collect::<Vec<_>>(), [Some(0.01), Some(3.0)]);
    // A metric may have the name of a parameter.
    let metrics = [second.metric("lr"), second.metric("number"), second.metric(metric::SECONDS)];
    assert_eq!(metrics, [Some(8.0), Some(1.0), Some(2.5)]);

    let none =
        Experiments::from_csv("a,goal\n1,2\n".as_bytes()).unwrap().parameter_prefix("params.");
    let refused = none.space().unwrap_err().to_string();
    assert!(
        refused.contains("no column begins with `params.`; the table has a, goal"),
        "{refused}"
    );
}
