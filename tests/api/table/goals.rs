//! Several goals and limits in print.

use tunewright::import::Experiments;
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::{Trials, at_most, maximize, minimize};
use tunewright::{RandomSampler, Study};

fn study(values: &[([f64; 2], f64)]) -> Study<Params> {
    let space = Space::builder()
        .float("feasible", 0.0..=1.0, Scale::Linear)
        .float("goal:x", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .goals([maximize("accuracy"), minimize("latency_ms").limit(20.0)])
        .outcome_constraint("memory", at_most(8.0))
        .sampler(RandomSampler::new())
        .seed(1)
        .name("net")
        .build()
        .unwrap();
    for (values, memory) in values {
        let mut asked = study.ask().unwrap();
        asked.trial().record("memory", *memory);
        study.tell(asked, *values).unwrap();
    }
    study
}

fn usual() -> Study<Params> {
    study(&[
        ([0.7, 4.0], 5.0),
        ([0.9, 19.0], 5.0),
        ([0.8, 5.0], 8.0),
        ([0.6, 9.0], 5.0),
        ([0.99, 3.0], 9.0),
    ])
}

#[test]
fn the_summary_names_goals_limits_and_the_front() {
    let summary = usual().summary().unwrap();
    assert_eq!((summary.feasible(), summary.on_front()), (4, 3));
    let text = summary.to_string();
    for line in [
        "net: maximize accuracy, minimize latency_ms (at most 20), seed 1",
        "  trials    5: 5 complete",
        "  limits    memory at most 8",
        "  feasible  4 of 5 complete trials keep all limits",
        "  front     3 trials",
        "            trial 1: accuracy 0.9, latency_ms 19",
        "            trial 2: accuracy 0.8, latency_ms 5 (knee)",
        "            trial 0: accuracy 0.7, latency_ms 4",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    let none = study(&[([0.9, 30.0], 5.0), ([0.8, 22.0], 5.0)]).summary().unwrap().to_string();
    assert!(none.contains("0 of 2 complete trials keep all limits"), "{none}");
    assert!(
        none.contains("trial 1 comes nearest, but latency_ms at most 20 is missed by 2"),
        "{none}"
    );
}

#[test]
fn the_table_marks_the_front_and_sorts_by_goals() {
    let trials = usual().trials().unwrap();
    let rows = |table: String| -> Vec<String> {
        let words = |line: &str| line.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        table.lines().map(words).collect()
    };
    let sorted = rows(trials.table().sorted_by_value().to_string());
    assert!(sorted[0].starts_with("trial state accuracy latency_ms feasible"), "{sorted:?}");
    for (row, start) in sorted[1..].iter().zip([
        "1 complete * 0.9 19 yes",
        "2 complete * 0.8 5 yes",
        "0 complete * 0.7 4 yes",
        "3 complete 0.6 9 yes",
        "4 complete 0.99 3 no",
    ]) {
        assert!(row.starts_with(start), "{row}");
    }
    let numbers = |name: &str| -> Vec<String> {
        let rows = rows(trials.table().sorted_by(name).to_string());
        rows[1..].iter().map(|row| row[..1].to_owned()).collect()
    };
    assert_eq!(numbers("latency_ms"), ["4", "0", "2", "3", "1"]);
    assert_eq!(numbers("accuracy"), ["4", "1", "2", "0", "3"]);
    assert_eq!(numbers("memory")[4], "4");
}

#[test]
fn csv_and_json_come_back_with_names() {
    let study = usual();
    let mut asked = study.ask().unwrap();
    asked.trial().record("memory", 5.0);
    asked.trial().report_goals(0, [("latency_ms", 19.5), ("accuracy", 0.05)]).unwrap();
    asked.trial().report_goals(2, [("latency_ms", f64::NEG_INFINITY)]).unwrap();
    study.tell(asked, [0.1, 19.75]).unwrap();
    let trials = study.trials().unwrap();
    let mut csv = Vec::new();
    trials.to_csv(&mut csv).unwrap();
    let text = String::from_utf8(csv.clone()).unwrap();
    let header = text.lines().next().unwrap();
    assert!(
        header.starts_with(
            "number,state,goal:accuracy,goal:latency_ms,constraint_0,constraint_1,feasible,"
        ),
        "{header}"
    );
    assert!(header.contains("parameter:feasible,parameter:goal:x"), "{header}");
    assert!(text.lines().nth(5).unwrap().contains(",false,"), "{text}");
    assert!(header.contains(",reports,reports_1,"), "{header}");
    assert!(text.contains(",0=0.05,0=19.5 2=-inf,"), "{text}");
    assert_eq!(Trials::from_csv(csv.as_slice(), trials.header()).unwrap(), trials);
    let again = self::study(&[]);
    again.import(&Experiments::from_csv(csv.as_slice()).unwrap()).unwrap();
    let values = |study: &Study<Params>| -> Vec<Vec<f64>> {
        study.front().unwrap().iter().map(|trial| trial.values().to_vec()).collect()
    };
    assert_eq!(values(&again), values(&study));
    let mut json = Vec::new();
    trials.to_json(&mut json).unwrap();
    assert!(String::from_utf8(json.clone()).unwrap().contains("\"feasible\":false"));
    assert_eq!(Trials::from_json(json.as_slice()).unwrap(), trials);
}

#[test]
fn an_analysis_says_which_goal_it_is_about() {
    let study = usual();
    let explained = study.explain().unwrap().to_string();
    assert!(
        explained.starts_with(
            "net: 5 trials, 3 on the front of accuracy, latency_ms\nwhat follows is about accuracy, of \
             which the best is 0.9 in trial 1"
        ),
        "{explained}"
    );
    let analysis = study.analysis().unwrap();
    assert!(analysis.effects().unwrap().to_string().starts_with("the goal here is accuracy"));
    let other = analysis.goal("latency_ms").unwrap();
    assert_eq!(other.effects().unwrap().goal.as_deref(), Some("latency_ms"));
    assert!(other.importance("latency_ms").to_string().starts_with("for latency_ms"));
    let explained = other.explain().unwrap().to_string();
    assert!(
        explained.contains("about latency_ms, of which the best is 4 in trial 0"),
        "{explained}"
    );
    let error = study.analysis().unwrap().goal("size").unwrap_err();
    // The metric of an outcome constraint can be asked for, too.
    let known = "there is no goal `size`; the study has `accuracy`, `latency_ms`, `memory`";
    assert_eq!(error.to_string(), known);
    assert_eq!(study.advise().unwrap().to_string().find("for accuracy: "), Some(0));
    let page = study.page().unwrap().to_html().unwrap();
    for part in ["trial 2: accuracy 0.8, latency_ms 5 (knee)", "4 keep all limits", "\"feasible\""]
    {
        assert!(page.contains(part), "{part}");
    }
}
