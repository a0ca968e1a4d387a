//! Tables of other programs: frames of the real packages, and what the web pages of some download.

use std::fs;
use std::path::Path;

use tunewright::import::{Experiments, Imported};
use tunewright::space::{AxisKind, Params, Scale, Space, Value};
use tunewright::trial::{TrialRecord, TrialState, Trials, metric};
use tunewright::{Result, Study};

/// A table that `tests/reference/tables.py` has made.
fn table(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/tables");
    fs::read(folder.join(name)).unwrap()
}

fn imported(table: &Experiments) -> (Study<Params>, Imported, Trials) {
    let study = Study::in_space(table.space().unwrap()).seed(1).build().unwrap();
    let imported = study.import(table).unwrap();
    let trials = study.trials().unwrap();
    (study, imported, trials)
}

fn names(space: &Space) -> Vec<&str> {
    space.axes().iter().map(|axis| axis.name()).collect()
}

fn parameter(trials: &Trials, trial: &TrialRecord, name: &str) -> Option<Value> {
    trials.parameters(trial).find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[test]
fn frames_of_optuna_keep_states_types_and_times() {
    let frame = Experiments::from_optuna(table("optuna.csv").as_slice()).unwrap();
    let space = frame.space().unwrap();
    assert_eq!(
        names(&space),
        [
            "bias",
            "class_weight",
            "n_layers",
            "optimizer",
            "beta",
            "optimizer.rmsprop.momentum",
            "optimizer.sgd.momentum",
            "units_0",
            "units_1",
            "units_1.some",
            "units_2",
            "units_2.some",
        ]
    );
    let kind = |name: &str| space.axes()[space.position(name).unwrap()].kind();
    assert_eq!(kind("n_layers"), AxisKind::Discrete { levels: 3 });
    assert!(matches!(kind("units_0"), AxisKind::Discrete { .. }), "12.0 is 12");
    assert!(matches!(kind("units_1.some"), AxisKind::Discrete { .. }));
    assert_eq!(kind("class_weight"), AxisKind::Categorical { choices: 2 });

    let (study, imported, trials) = imported(&frame);
    assert_eq!((imported.added, imported.failed, imported.pruned), (12, 1, 4));
    let reasons: Vec<&str> = imported.skipped.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, ["bias has no value; give it one", "it was not run"]);
    // The pruned trials have lower last reports than any result.
    assert_eq!(study.best().unwrap().value(), 0.125);
    let first = trials.iter().next().unwrap();
    assert_eq!(parameter(&trials, first, "n_layers"), Some(Value::Int(2)));
    assert_eq!(parameter(&trials, first, "units_1.some"), Some(Value::Int(6)));
    assert_eq!(parameter(&trials, first, "units_2"), Some(Value::Text("none".into())));
    assert_eq!(parameter(&trials, first, "class_weight"), Some(Value::Text("None".into())));
    assert_eq!(parameter(&trials, first, "bias"), Some(Value::Bool(false)));
    let second = trials.iter().nth(1).unwrap();
    assert_eq!(second.metrics().keys().collect::<Vec<_>>(), [metric::TRAIN_ERROR]);
    assert_eq!(second.metric(metric::TRAIN_ERROR), Some(0.1));
    assert_eq!(second.notes()["host"], Value::Text("ws-1".into()));
    assert!(second.started().unwrap().to_string().starts_with("2026-"));
    assert!((0.0..1.0).contains(&second.metric(metric::SECONDS).unwrap()));
    let failed = trials.iter().nth(3).unwrap();
    assert_eq!(failed.failure(), Some("the table says FAIL"));
    // Where the frame stands, everything goes on.
    assert!(study.explain().is_ok());

    // The same trials from a frame with two lines of names, and as `from_csv` sees it.
    for again in [
        Experiments::from_optuna(table("optuna_multi_index.csv").as_slice()).unwrap(),
        Experiments::from_csv(table("optuna.csv").as_slice()).unwrap().goal("value"),
        Experiments::from_csv(table("optuna.csv").as_slice()).unwrap().parameter_prefix("params_"),
    ] {
        assert_eq!(again.space().unwrap(), space);
        let other = Study::in_space(again.space().unwrap()).build().unwrap();
        other.import(&again).unwrap();
        let others = other.trials().unwrap();
        let states = |trials: &Trials| trials.iter().map(TrialRecord::state).collect::<Vec<_>>();
        assert_eq!(states(&others), states(&trials));
    }
}

#[test]
fn intermediate_values_become_reports() {
    let frame = Experiments::from_optuna(table("optuna_reports.csv").as_slice()).unwrap();
    let (_, _, trials) = imported(&frame);
    let first = trials.iter().next().unwrap();
    assert_eq!(
        first.reports().iter().map(|(s, v)| (*s, *v)).collect::<Vec<_>>()[..2],
        [(0, 1.0), (1, 0.5)]
    );
    assert_eq!((first.value(), first.started()), (Some(1.0), None));
    let pruned = trials.iter().find(|trial| trial.state() == TrialState::Pruned).unwrap();
    assert!(!pruned.reports().is_empty() && pruned.value().is_none());
}

#[test]
fn a_frame_of_several_goals_asks_which() {
    let text = table("optuna_goals.csv");
    let frame = Experiments::from_optuna(text.as_slice()).unwrap();
    let space = frame.space().unwrap();
    assert_eq!(names(&space), ["k", "x"]);
    let study = Study::in_space(space).maximize().build().unwrap();
    let refused = study.import(&frame).unwrap_err().to_string();
    assert!(refused.contains("2 goals (values_0, values_1) and the study 1"), "{refused}");
    assert!(refused.contains(".goal("), "{refused}");
    study.import(&frame.goal("values_1")).unwrap();
    assert_eq!(study.best().unwrap().value(), 3.0);
    // The other goal is a metric like any.
    let trials = study.trials().unwrap();
    assert!(trials.iter().all(|trial| trial.metrics().contains_key("values_0")));
}

#[test]
fn runs_of_mlflow_keep_their_status() {
    let text = table("mlflow.csv");
    let runs = Experiments::from_mlflow(text.as_slice()).unwrap();
    let refused = runs.space().unwrap_err().to_string();
    assert!(refused.contains("it may be metrics.val_error, metrics.train_error"), "{refused}");
    for goal in ["metrics.val_error", "val_error"] {
        let runs = runs.clone().goal(goal);
        let space = runs.space().unwrap();
        let mut known = names(&space);
        known.sort_unstable();
        assert_eq!(known, ["early", "lr", "momentum", "solver", "units"]);
        let momentum = &space.axes()[space.position("momentum").unwrap()];
        assert!(momentum.condition().is_some());
        let (study, imported, trials) = imported(&runs);
        assert_eq!((imported.added, imported.failed, imported.running), (7, 1, 1));
        assert_eq!(
            imported.skipped,
            [(2, "it was stopped, which says nothing of its config".into())]
        );
        assert_eq!(study.best().unwrap().value(), 0.0);
        // In the order in which they ran, not in that of the table.
        let errors: Vec<_> = trials.iter().map(|trial| trial.metric(metric::TRAIN_ERROR)).collect();
        assert_eq!(errors[..2], [Some(0.0), Some(0.05)]);
        let first = trials.iter().next().unwrap();
        assert_eq!(first.notes().keys().collect::<Vec<_>>(), ["data", "run_id"]);
        assert!(first.metric(metric::SECONDS).unwrap() > 0.0);
        assert_eq!(trials.iter().last().unwrap().state(), TrialState::Running);
    }
    let refused = Experiments::from_mlflow(table("optuna.csv").as_slice()).unwrap_err().to_string();
    assert!(refused.contains("no runs of MLflow"), "{refused}");
    let refused = Experiments::from_optuna(text.as_slice()).unwrap_err().to_string();
    assert!(refused.contains("no data frame of Optuna"), "{refused}");
}

#[test]
fn downloads_of_web_pages_are_read() {
    let mlflow = "\
Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,lr,solver,val_error,train_error,mlflow.note
2026-01-31 09:30:00,1.5min,a1,one,LOCAL,train.py,me,FINISHED,0.1,adam,0.5,0.4,
2026-01-31 09:20:00,20s,a2,two,LOCAL,train.py,me,FAILED,0.2,adam,,,
2026-01-31 09:10:00,250ms,a3,three,LOCAL,train.py,me,FINISHED,0.3,sgd,0.7,0.6,
2026-01-31 09:00:00,1.0h,a4,four,LOCAL,train.py,me,KILLED,0.3,sgd,0.1,0.6,
";
    let runs = Experiments::from_mlflow(mlflow.as_bytes()).unwrap().goal("val_error");
    assert_eq!(names(&runs.space().unwrap()), ["lr", "solver"]);
    let (_, imported, trials) = imported(&runs);
    assert_eq!((imported.added, imported.failed, imported.skipped.len()), (3, 1, 1));
    let seconds: Vec<_> = trials.iter().map(|trial| trial.metric(metric::SECONDS)).collect();
    assert_eq!(seconds, [Some(0.25), Some(20.0), Some(90.0)]);
    assert_eq!(trials.iter().last().unwrap().metric(metric::TRAIN_ERROR), Some(0.4));

    let wandb = "\
\"Name\",\"State\",\"Notes\",\"User\",\"Tags\",\"Created\",\"Runtime\",\"Sweep\",\"lr\",\"units\",\"loss\",\"_step\"
\"fast-fox-1\",\"finished\",\"-\",\"me\",\"\",\"2026-01-31T09:30:00.000Z\",\"12\",\"\",\"0.1\",\"16\",\"0.5\",\"99\"
\"slow-cat-2\",\"crashed\",\"-\",\"me\",\"\",\"2026-01-31T09:31:00.000Z\",\"3\",\"\",\"0.2\",\"32\",\"\",\"\"
\"shy-owl-3\",\"killed\",\"-\",\"me\",\"\",\"2026-01-31T09:32:00.000Z\",\"3\",\"\",\"0.2\",\"32\",\"0.1\",\"7\"
";
    let runs = Experiments::from_csv(wandb.as_bytes()).unwrap().goal("loss");
    assert_eq!(names(&runs.space().unwrap()), ["lr", "units"]);
    let (_, imported, trials) = self::imported(&runs);
    assert_eq!((imported.added, imported.failed, imported.skipped.len()), (2, 1, 1));
    assert_eq!(trials.iter().next().unwrap().metric(metric::SECONDS), Some(12.0));
}

#[test]
fn what_is_no_hyperparameter_is_left_out_and_told() {
    let mut text = "run,when,host,status,seed_name,lr,mode,out,loss\n".to_owned();
    for row in 0..8 {
        let state = if row == 3 { "failed" } else { "completed" };
        let mode = ["a", "b"][row % 2];
        text += &format!(
            "{row},2026-01-0{} 10:00:00,node-{},{state},s{row},0.{row}1,{mode},/runs/{row},{}\n",
            row + 1,
            row % 3,
            0.5 + row as f64
        );
    }
    let table = Experiments::from_csv(text.as_bytes()).unwrap().goal("loss");
    assert_eq!(names(&table.space().unwrap()), ["lr", "mode"]);
    let warnings = table.warnings().unwrap();
    let expected = [
        "the column `run` is left out: it counts the rows",
        "the column `when` is left out: it holds dates",
        "the column `host` is left out: its name says",
        "the column `seed_name` is left out: it has 8 different texts in 8 rows",
        "the column `out` is left out: it has 8 different texts",
    ];
    assert_eq!(warnings.len(), expected.len());
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(warning.starts_with(expected), "{warning}");
    }
    let (_, imported, trials) = imported(&table);
    assert_eq!((imported.added, imported.failed), (8, 1));
    assert!(imported.to_string().contains("note: the column `when` is left out"));
    assert!(trials.iter().all(|trial| trial.metrics().is_empty()), "a counter is no metric");
    // Who wants one has it.
    let table = table.rename("host", "host").rename("seed_name", "seed");
    assert_eq!(names(&table.space().unwrap()), ["host", "seed", "lr", "mode"]);
    // So does a space that has a parameter of this name.
    let space = Space::builder()
        .float("lr", 0.0..=1.0, Scale::Linear)
        .choices("host", ["node-0", "node-1", "node-2"])
        .build()
        .unwrap();
    let study = Study::in_space(space).build().unwrap();
    let table = Experiments::from_csv(text.as_bytes()).unwrap().goal("loss");
    assert_eq!(study.import(&table).unwrap().added, 8);
}

#[test]
fn measures_and_seeds_are_told_by_their_names() {
    let text = "\
lr,seed,val/acc,train_loss,loss_weight,loss,goal
0.1,7,0.5,0.3,1,hinge,0.4
0.2,8,0.6,0.2,2,log,0.3
0.3,9,0.7,0.1,3,hinge,0.2
";
    let table = Experiments::from_csv(text.as_bytes()).unwrap();
    assert_eq!(names(&table.space().unwrap()), ["lr", "loss_weight", "loss"]);
    let (_, imported, trials) = imported(&table);
    assert_eq!(
        imported.warnings,
        [
            "the column `seed` is left out: a seed is no hyperparameter",
            "the column `val/acc` is taken for a metric, by its name",
            "the column `train_loss` is taken for a metric, by its name",
        ]
    );
    let first = trials.iter().next().unwrap();
    assert_eq!(first.metrics().keys().collect::<Vec<_>>(), ["train_loss", "val/acc"]);
    // A space that has such a parameter is right.
    let space = Space::builder().float("train_loss", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).build().unwrap();
    let imported = study.import(&table).unwrap();
    assert_eq!((imported.added, study.best().unwrap().value()), (3, 0.2));
    let told = "the column `loss` is left out: the space has no such parameter";
    assert!(imported.warnings.iter().any(|warning| warning == told), "{imported}");
}

#[test]
fn tables_that_make_no_sense_say_so() {
    let error = |text: &str, goal: &str| -> String {
        let table = Experiments::from_csv(text.as_bytes()).unwrap().goal(goal);
        let result: Result<Space> = table.space();
        result.unwrap_err().to_string()
    };
    let texts = "day,host,model,note\n2026-01-01,a,x,p\n2026-01-02,b,y,q\n";
    let refused = error(texts, "loss");
    assert!(refused.contains("none of them holds numbers that could be a goal"), "{refused}");
    let refused = error(texts, "model");
    assert!(
        refused.contains("`model` cannot be the goal: it holds no numbers, but `x`"),
        "{refused}"
    );
    let rows: String = (1..7).map(|row| format!("2026-01-0{row},name-{row},0.{row}\n")).collect();
    let refused = error(&format!("day,model,loss\n{rows}"), "loss");
    assert!(refused.contains("no parameter is left"), "{refused}");
    assert!(refused.contains("`day` is left out: it holds dates"), "{refused}");
    assert!(refused.contains("`model` is left out: it has 6 different texts"), "{refused}");

    let constant = Experiments::from_csv("lr,goal\n0.1,2\n0.2,2\n0.3,2\n".as_bytes()).unwrap();
    assert_eq!(constant.warnings().unwrap(), ["the goal `goal` has one value in all rows"]);
    let one = Experiments::from_csv("lr,goal\n0.1,2\n".as_bytes()).unwrap();
    assert!(one.warnings().unwrap()[0].contains("one row"));

    let space = Space::builder().float("rate", 0.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).build().unwrap();
    let refused = study.import(&constant).unwrap_err().to_string();
    assert!(refused.contains("no column is named as a parameter of the space"), "{refused}");
    assert!(refused.contains("rate"), "{refused}");
    let odd = "lr,state,goal\n0.1,COMPLETE,1\n0.2,COMPLETE,2\n";
    let table = Experiments::from_csv(odd.as_bytes()).unwrap();
    assert_eq!(names(&table.space().unwrap()), ["lr"]);
    // A column of that name that holds other words is what it was.
    let odd = "state,goal\nsolid,1\nliquid,2\nsolid,3\n";
    let table = Experiments::from_csv(odd.as_bytes()).unwrap();
    assert_eq!(names(&table.space().unwrap()), ["state"]);
}

#[test]
fn exports_of_earlier_versions_are_read() {
    let old = "\
number,state,value,started,seconds,lr,batch,act,metric:train_error,failure,origin
0,complete,2.19,2026-11-28T09:54:00.120845Z,0.508571,0.01,32,Tanh,2.1,,enqueued
1,failed,,2026-11-28T09:54:00.125707Z,2.233044,0.02,8,Relu,,the objective returned NaN,sampler
2,running,,2026-11-28T09:54:00.629459Z,,0.03,64,Relu,,,sampler
3,complete,0.61,,,0.04,16,Tanh,0.5,,added
";
    let space = Space::builder()
        .float("lr", 1e-4..=1.0, Scale::Log)
        .choices("batch", [8, 16, 32, 64])
        .choices("act", ["Relu", "Tanh"])
        .build()
        .unwrap();
    let study = Study::in_space(space).build().unwrap();
    let trials = Trials::from_csv(old.as_bytes(), study.store().header()).unwrap();
    let states: Vec<TrialState> = trials.iter().map(TrialRecord::state).collect();
    use TrialState::{Complete, Failed, Running};
    assert_eq!(states, [Complete, Failed, Running, Complete]);
    let table = Experiments::from_csv(old.as_bytes()).unwrap();
    assert_eq!(names(&table.space().unwrap()), ["lr", "batch", "act"]);
    study.import(&table).unwrap();
    assert_eq!(study.trials().unwrap(), trials);
    assert_eq!(trials.iter().next().unwrap().metric(metric::TRAIN_ERROR), Some(2.1));
}
