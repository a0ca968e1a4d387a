//! What in a table is no hyperparameter, though it looks like one to a program: dates, hosts,
//! names of runs. It is left out, and the person is told.

use std::collections::BTreeSet;

use super::cell::{Cell, Stand, is_date, seconds};
use super::layout::Meaning;
use super::reading::{METRICS, Reading};
use super::refused;
use crate::error::Result;
use crate::space::{Space, Value};

/// From this many rows on, a text that no two of them share is a name of the row.
const ROWS: usize = 5;
/// Choices among more texts than this are few to a row or none.
const MANY: usize = 12;

/// Columns that say where, when or by whom something was run.
const CIRCUMSTANCES: [&str; 20] = [
    "host",
    "hostname",
    "machine",
    "node",
    "user",
    "username",
    "author",
    "run_name",
    "runname",
    "run_id",
    "trial_id",
    "uuid",
    "date",
    "time",
    "timestamp",
    "comment",
    "comments",
    "notes",
    "logdir",
    "path",
];

/// Columns that may count the rows.
const COUNTERS: [&str; 10] =
    ["run", "id", "trial", "number", "index", "row", "no", "nr", "experiment", "#"];

/// Columns of random numbers, which a search cannot learn.
const SEEDS: [&str; 4] = ["seed", "random_seed", "random_state", "rng_seed"];

/// The last words of names of what is measured.
const MEASURES: [&str; 21] = [
    "loss",
    "error",
    "err",
    "accuracy",
    "acc",
    "auc",
    "auroc",
    "f1",
    "rmse",
    "mse",
    "mae",
    "mape",
    "r2",
    "precision",
    "recall",
    "score",
    "perplexity",
    "ppl",
    "bleu",
    "nll",
    "runtime",
];

/// Whether the goal holds numbers.
pub(super) fn check_goal(reading: &Reading<'_>) -> Result<()> {
    let table = reading.table;
    for &goal in &reading.goals {
        let told = |row: &usize| !matches!(reading.stand(*row), Ok(Some(stand)) if stand != Stand::Complete);
        let rows = (0..table.rows.len()).filter(told);
        let cells: Vec<&Cell> = rows.map(|row| &table.rows[row][goal]).collect();
        if cells.iter().any(|cell| cell.number().is_some()) {
            continue;
        }
        if let Some(text) = cells.iter().find(|cell| cell.value.is_some()) {
            let name = &table.columns[goal];
            return Err(refused(format!(
                "the column `{name}` cannot be the goal: it holds no numbers, but `{}`",
                text.text
            )));
        }
    }
    Ok(())
}

/// Takes away the meaning of columns that cannot be parameters, unless the space has them.
pub(super) fn leave_out(reading: &mut Reading<'_>, space: Option<&Space>) {
    let table = reading.table;
    let mut warnings = Vec::new();
    for at in 0..table.columns.len() {
        let (name, is_open) = match &reading.meanings[at] {
            Meaning::Open(name) => (name, true),
            Meaning::Parameter(name) => (name, false),
            _ => continue,
        };
        let is_told = table.renamed.contains_key(&table.columns[at]);
        if is_told || space.is_some_and(|space| space.position(name).is_some()) {
            continue;
        }
        let cells: Vec<&Cell> =
            table.rows.iter().map(|row| &row[at]).filter(|cell| cell.value.is_some()).collect();
        if let Some(reason) = reason(name, is_open, &cells, table.rows.len()) {
            warnings.push(format!("the column `{}` is left out: {reason}", table.columns[at]));
            reading.meanings[at] = Meaning::Nothing;
        } else if is_open && is_measure(name) && cells.iter().all(|cell| cell.number().is_some()) {
            let column = &table.columns[at];
            warnings.push(format!("the column `{column}` is taken for a metric, by its name"));
            reading.meanings[at] = Meaning::Metric(name.clone());
        }
    }
    for &goal in &reading.goals {
        let values: BTreeSet<u64> =
            table.rows.iter().filter_map(|row| row[goal].number()).map(f64::to_bits).collect();
        if values.len() == 1 && table.rows.len() > 1 {
            let name = &table.columns[goal];
            warnings.push(format!("the goal `{name}` has one value in all rows"));
        }
    }
    if table.rows.len() == 1 {
        warnings.push("the table has one row, which says nothing about any parameter".into());
    }
    reading.warnings.extend(warnings);
}

/// Why a column is no parameter.
fn reason(name: &str, is_open: bool, cells: &[&Cell], rows: usize) -> Option<String> {
    if cells.is_empty() {
        return None;
    }
    let plain = name.to_lowercase().replace([' ', '-'], "_");
    if cells.iter().all(|cell| cell.number().is_some()) {
        let counts = is_open && rows > 1 && COUNTERS.contains(&plain.as_str()) && ascends(cells);
        if SEEDS.contains(&plain.as_str()) {
            return Some("a seed is no hyperparameter".into());
        }
        return counts.then(|| "it counts the rows".to_owned());
    }
    let texts: Vec<&str> = cells.iter().map(|cell| cell.text.trim()).collect();
    if texts.iter().all(|text| is_date(text)) {
        return Some("it holds dates".into());
    }
    let is_time = |cell: &&Cell| cell.number().is_none() && seconds(&cell.text).is_some();
    if cells.iter().all(is_time) {
        return Some("it holds times".into());
    }
    if is_open && CIRCUMSTANCES.contains(&plain.as_str()) {
        return Some("its name says where, when or by whom a row was made".into());
    }
    let different = texts.iter().collect::<BTreeSet<_>>().len();
    let names_rows = different == texts.len() && different >= ROWS;
    let too_many = different > MANY && 2 * different > texts.len();
    (names_rows || too_many).then(|| {
        format!("it has {different} different texts in {} rows, too many for a choice", texts.len())
    })
}

/// Whether the name ends like those of losses and scores.
fn is_measure(name: &str) -> bool {
    let plain = name.to_lowercase();
    let last = plain.rsplit(|c: char| !c.is_alphanumeric()).next();
    last.is_some_and(|last| MEASURES.contains(&last)) && !METRICS.contains(&name)
}

/// Whether the numbers go up by one from row to row, or down.
fn ascends(cells: &[&Cell]) -> bool {
    let step = |pair: &[&Cell]| match (&pair[0].value, &pair[1].value) {
        (Some(Value::Int(left)), Some(Value::Int(right))) => right.checked_sub(*left),
        _ => None,
    };
    let mut steps = cells.windows(2).map(step);
    match steps.next() {
        Some(Some(first)) if first.abs() == 1 => steps.all(|step| step == Some(first)),
        _ => false,
    }
}
