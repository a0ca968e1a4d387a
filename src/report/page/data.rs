//! The trials as the page's table and hints read them.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::space::Value;
use crate::table::short_names;
use crate::text::{DIGITS, number};
use crate::trial::{Direction, TrialRecord, Trials};

#[derive(Serialize)]
struct Data {
    /// Number of the best trial.
    best: Option<u64>,
    /// Numbers of the trials on the front, where there are several goals.
    front: Vec<u64>,
    /// Index of the column of the first goal, if a trial has a value.
    goal: Option<usize>,
    /// Whether the goal is to be high.
    maximize: bool,
    columns: Vec<Column>,
}

/// A column of the table. Values that are texts are indices of `labels`.
#[derive(Serialize)]
struct Column {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    full: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    text: bool,
    #[serde(skip_serializing_if = "is_false")]
    parameter: bool,
    #[serde(skip)]
    goal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    values: Vec<Option<Cell>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Cell {
    Whole(i64),
    Number(f64),
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Longest text of a cell, in characters.
const LONGEST: usize = 300;

/// The columns as JSON that may stand within a page.
pub(super) fn json(trials: &Trials) -> serde_json::Result<String> {
    let records: Vec<&TrialRecord> = trials.iter().collect();
    let goals = trials.header().goals.len();
    let whole = |value: u64| i64::try_from(value).ok().map(Cell::Whole);
    let mut columns = vec![
        Column::new("trial", records.iter().map(|trial| whole(trial.number())).collect()),
        Column::texts("state", records.iter().map(|trial| Some(trial.state().to_string()))),
    ];
    for goal in 0..goals {
        let known = trials.header().goals.goals().nth(goal).and_then(|goal| goal.name.clone());
        let usual = || if goals == 1 { "goal".into() } else { format!("goal {goal}") };
        let name = known.unwrap_or_else(usual);
        let values = records.iter().map(|trial| cell(*trial.values().get(goal)?));
        columns.push(Column { goal: true, ..Column::new(&name, values.collect()) });
    }
    let feasible = |trial: &&TrialRecord| {
        Some(if trials.is_feasible(trial)? { "yes" } else { "no" }.to_owned())
    };
    columns.push(Column::texts("feasible", records.iter().map(feasible)));
    let seconds = records.iter().map(|trial| cell(trial.duration()?.as_secs_f64()));
    columns.push(Column::new("seconds", seconds.collect()));
    columns.extend(parameters(trials, &records));
    let metrics: BTreeSet<&String> =
        records.iter().flat_map(|trial| trial.metrics().keys()).collect();
    for metric in metrics.into_iter().filter(|metric| *metric != "seconds") {
        let values = records.iter().map(|trial| cell(*trial.metrics().get(metric)?));
        columns.push(Column::new(metric, values.collect()));
    }
    columns.push(Column::texts(
        "reason",
        records.iter().map(|trial| trial.reason().map(str::to_owned)),
    ));
    // Number and state are always there.
    let mut at = 0;
    columns.retain(|column| {
        at += 1;
        at <= 2 || column.values.iter().any(Option::is_some)
    });
    let goal = columns.iter().position(|column| column.goal);
    let maximize = trials.header().goals.first() == Direction::Maximize;
    let best = trials.best().map(TrialRecord::number);
    let front = if goals > 1 { trials.front() } else { Vec::new() };
    let front = front.into_iter().map(TrialRecord::number).collect();
    let data = Data { best, front, goal, maximize, columns };
    // No text can end the element that it stands in.
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

fn parameters<'a>(
    trials: &'a Trials,
    records: &'a [&'a TrialRecord],
) -> impl Iterator<Item = Column> + use<'a> {
    let names: Vec<String> =
        short_names(trials.space(), &[]).into_iter().map(str::to_owned).collect();
    trials.space().axes().iter().zip(names).enumerate().map(|(index, (axis, name))| {
        let values = || {
            records
                .iter()
                .map(move |trial| Some(axis.distribution().value(trial.point().get(index)?)))
        };
        let numbers = values().flatten().all(|value| value.as_f64().is_some());
        let column = if numbers {
            let cells = values().map(|value| match value? {
                Value::Int(value) => Some(Cell::Whole(value)),
                other => cell(other.as_f64()?),
            });
            Column::new(&name, cells.collect())
        } else {
            Column::texts(&name, values().map(|value| value.map(|value| value.to_string())))
        };
        Column { full: Some(axis.name().to_owned()), parameter: true, ..column }
    })
}

/// A number with the digits that people read; JSON has no others than finite ones.
fn cell(value: f64) -> Option<Cell> {
    let short: f64 = number(value, Some(DIGITS)).parse().ok()?;
    if !short.is_finite() {
        return None;
    }
    let is_whole = short.fract() == 0.0 && short.abs() < 1e15;
    Some(if is_whole { Cell::Whole(short as i64) } else { Cell::Number(short) })
}

impl Column {
    fn new(name: &str, values: Vec<Option<Cell>>) -> Self {
        let name = name.to_owned();
        let (full, labels) = (None, None);
        Column { name, full, text: false, parameter: false, goal: false, labels, values }
    }

    fn texts(name: &str, texts: impl Iterator<Item = Option<String>>) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let values = texts.map(|text| {
            let text: String = text?.chars().take(LONGEST).collect();
            let index = *known.entry(text).or_insert_with_key(|text| {
                labels.push(text.clone());
                labels.len() as i64 - 1
            });
            Some(Cell::Whole(index))
        });
        let values = values.collect();
        Column { text: true, labels: Some(labels), ..Column::new(name, values) }
    }
}
