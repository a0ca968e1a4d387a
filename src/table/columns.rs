//! The columns of the trials table.

use std::collections::BTreeSet;

use super::names::short_names;
use crate::space::{Distribution, Value};
use crate::text::{self, Align, DIGITS, number};
use crate::trial::{TrialRecord, Trials};

/// A column with its cells, one per trial.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) align: Align,
    pub(super) cells: Vec<String>,
    /// In columns of the terminal, the name included.
    pub(super) width: usize,
    /// Whether it is there in every study.
    pub(super) is_general: bool,
}

/// Columns of the terminal that a cell has at most.
const CELL: usize = 24;

/// The columns in which some of the trials have an entry.
pub(super) fn columns(trials: &Trials, shown: &[&TrialRecord]) -> Vec<Column> {
    let metrics: BTreeSet<&str> =
        shown.iter().flat_map(|trial| trial.metrics().keys().map(String::as_str)).collect();
    let mut columns = general_columns(trials, shown);
    let mut taken: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    taken.extend(metrics.iter().map(|&metric| metric.to_owned()));
    columns.extend(parameter_columns(trials, shown, &taken));
    columns.extend(metrics.into_iter().map(|metric| {
        Column::new(metric, Align::Right, shown, |trial| {
            trial.metrics().get(metric).map(|&value| number(value, Some(DIGITS)))
        })
    }));
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    columns
}

fn general_columns(trials: &Trials, shown: &[&TrialRecord]) -> Vec<Column> {
    let mut columns = vec![
        Column::new("trial", Align::Right, shown, |trial| Some(trial.number().to_string())),
        Column::new("state", Align::Left, shown, |trial| Some(trial.state().to_string())),
    ];
    let leading = leading(trials);
    let goals = &trials.header().goals;
    for goal in 0..goals.len() {
        let name = match goals.goals().nth(goal).and_then(|goal| goal.name.as_deref()) {
            Some(name) => name.to_owned(),
            None if goals.len() == 1 => "value".into(),
            None => format!("value {goal}"),
        };
        columns.push(Column::new(&name, Align::Right, shown, |trial| {
            let leads = goal == 0 && leading.contains(&trial.number());
            let mark = if leads { "* " } else { "" };
            let value = trial.values().get(goal)?;
            Some(format!("{mark}{}", number(*value, Some(DIGITS))))
        }));
    }
    columns.push(Column::new("feasible", Align::Left, shown, |trial| {
        Some(if trials.is_feasible(trial)? { "yes" } else { "no" }.into())
    }));
    columns.push(Column::new("time", Align::Right, shown, |trial| {
        trial.duration().map(text::duration)
    }));
    for column in &mut columns {
        column.is_general = true;
    }
    columns
}

/// The numbers of the best trial or, with several goals, of those on the front.
pub(super) fn leading(trials: &Trials) -> BTreeSet<u64> {
    match trials.header().goals.len() {
        1 => trials.best().into_iter().map(TrialRecord::number).collect(),
        _ => trials.front().into_iter().map(TrialRecord::number).collect(),
    }
}

fn parameter_columns(trials: &Trials, shown: &[&TrialRecord], taken: &[String]) -> Vec<Column> {
    let space = trials.space();
    let names = short_names(space, taken);
    let axes = space.axes().iter().zip(names).enumerate();
    // Before its cells are made: of 10,000 axes most may be inactive.
    let axes = axes.filter(|&(axis, _)| shown.iter().any(|trial| trial.point().is_active(axis)));
    axes.map(|(index, (axis, name))| {
        let distribution = axis.distribution();
        Column::new(name, align(distribution), shown, |trial| {
            space.value(trial.point(), index).map(|value| value.rounded())
        })
    })
    .collect()
}

/// Numbers stand on the right, names on the left.
fn align(distribution: &Distribution) -> Align {
    let is_name = |label: &Value| label.as_f64().is_none();
    match distribution {
        Distribution::Choice(choice) if choice.labels().iter().any(is_name) => Align::Left,
        _ => Align::Right,
    }
}

impl Column {
    fn new(
        name: &str,
        align: Align,
        shown: &[&TrialRecord],
        cell: impl Fn(&TrialRecord) -> Option<String>,
    ) -> Self {
        let name = text::fit(name, CELL);
        let cell = |&trial: &&TrialRecord| text::fit(&cell(trial).unwrap_or_default(), CELL);
        let cells: Vec<String> = shown.iter().map(cell).collect();
        let widest = cells.iter().chain([&name]).map(|cell| text::width(cell)).max();
        Column { name, align, cells, width: widest.unwrap_or(0), is_general: false }
    }
}
