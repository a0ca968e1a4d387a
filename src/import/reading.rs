//! How a table is read: what each column holds, after what its program is known for and what the
//! person said.

use std::collections::BTreeMap;

use super::cell::{Cell, Stand, stand};
use super::doubt;
use super::layout::{Meaning, Source};
use super::{Experiments, refused};
use crate::error::Result;
use crate::space::Space;
use crate::trial::metric;

/// Columns that are metrics without being told so.
pub(super) const METRICS: [&str; 5] = [
    metric::TRAIN_ERROR,
    metric::VALIDATION_ERROR,
    metric::GAP,
    metric::SECONDS,
    metric::PEAK_MEMORY,
];

/// A table with a meaning for each column.
pub(super) struct Reading<'a> {
    pub(super) table: &'a Experiments,
    pub(super) meanings: Vec<Meaning>,
    /// The columns of the goals, in their order.
    pub(super) goals: Vec<usize>,
    /// What a person should know of how the table is read.
    pub(super) warnings: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Reads for a space, or to make one.
    pub(super) fn new(table: &'a Experiments, space: Option<&Space>) -> Result<Self> {
        check_names(table)?;
        let goals = goals(table)?;
        let meanings =
            (0..table.columns.len()).map(|at| meaning(table, at, goals.contains(&at))).collect();
        let mut reading = Reading { table, meanings, goals, warnings: Vec::new() };
        if let (Source::MlflowPage | Source::Wandb, Some(&goal)) =
            (table.source, reading.goals.first())
        {
            reading.end_parameters_at(goal);
        }
        if table.source != Source::Export {
            doubt::check_goal(&reading)?;
            doubt::leave_out(&mut reading, space);
        }
        Ok(reading)
    }

    /// Where parameters have no prefix, they stand before the metrics.
    fn end_parameters_at(&mut self, goal: usize) {
        for meaning in &mut self.meanings[goal..] {
            if let Meaning::Open(name) = meaning {
                *meaning = Meaning::Metric(std::mem::take(name));
            }
        }
    }

    /// Says which parameters of the table the space does not have.
    pub(super) fn warn_of_foreign(&mut self, used: &[bool]) {
        for (at, meaning) in self.meanings.iter().enumerate() {
            let is_told = matches!(meaning, Meaning::Parameter(_));
            if used[at] || !(is_told || matches!(meaning, Meaning::Open(_))) {
                continue;
            }
            let mut present = self.table.rows.iter().map(|row| &row[at]);
            let holds_texts = present.any(|cell| cell.value.is_some() && cell.number().is_none());
            let column = &self.table.columns[at];
            if is_told || holds_texts {
                let becomes = if holds_texts { "is left out" } else { "becomes a metric" };
                let warning =
                    format!("the column `{column}` {becomes}: the space has no such parameter");
                self.warnings.push(warning);
            }
        }
    }

    /// The column that holds this and that there is one of at most.
    pub(super) fn column(&self, meaning: &Meaning) -> Option<usize> {
        self.meanings.iter().position(|held| held == meaning)
    }

    /// The cell of a row that holds this, if there is a column for it.
    pub(super) fn cell(&self, row: usize, meaning: &Meaning) -> Option<&'a Cell> {
        self.column(meaning).map(|at| &self.table.rows[row][at])
    }

    /// The parameters by the names that they have in spaces.
    pub(super) fn parameters(&self) -> BTreeMap<&str, usize> {
        let named = self.meanings.iter().enumerate().filter_map(|(at, meaning)| match meaning {
            Meaning::Parameter(name) | Meaning::Open(name) => Some((name.as_str(), at)),
            _ => None,
        });
        named.collect()
    }

    /// Whether a column would become a parameter of a space that is made of the table.
    pub(super) fn is_parameter(&self, column: usize) -> bool {
        match &self.meanings[column] {
            Meaning::Parameter(_) => true,
            Meaning::Open(name) => !METRICS.contains(&name.as_str()),
            _ => false,
        }
    }

    /// Where the run of a row stood; `None` if the table does not say.
    ///
    /// # Errors
    /// With the reason, for a word that nobody knows.
    pub(super) fn stand(&self, row: usize) -> Result<Option<Stand>, String> {
        let Some(cell) =
            self.cell(row, &Meaning::State).filter(|cell| !cell.text.trim().is_empty())
        else {
            return Ok(None);
        };
        let known = stand(&cell.text).map(Some);
        known.ok_or_else(|| format!("the state `{}` is unknown", cell.text))
    }
}

/// Named columns must be there.
fn check_names(table: &Experiments) -> Result<()> {
    let known = || table.columns.join(", ");
    if let Some(prefix) = &table.prefix
        && !table.columns.iter().any(|column| column.starts_with(prefix))
    {
        return Err(refused(format!(
            "no column begins with `{prefix}`; the table has {}",
            known()
        )));
    }
    let told = table.ignored.iter().chain(&table.metrics).chain(table.renamed.keys());
    for name in told {
        if !table.columns.contains(name) {
            return Err(refused(format!("there is no column `{name}`; the table has {}", known())));
        }
    }
    Ok(())
}

/// The columns of the goals: as told, as the program has them, or the only one that it can be.
fn goals(table: &Experiments) -> Result<Vec<usize>> {
    let position = |wanted: &str| table.columns.iter().position(|column| column == wanted);
    let metrics = || {
        let held = table.meanings.iter().enumerate();
        held.filter_map(|(at, held)| match held {
            Meaning::Metric(name) => Some((at, name.as_str())),
            _ => None,
        })
    };
    if let Some(goal) = &table.goal {
        let by_metric = || metrics().find(|(_, name)| name == goal).map(|(at, _)| at);
        return match position(goal).or_else(by_metric) {
            Some(at) => Ok(vec![at]),
            None => Err(no_goal(table, goal)),
        };
    }
    let is_goal = |at: &usize| table.meanings[*at] == Meaning::Goal;
    let mut goals: Vec<usize> = (0..table.columns.len()).filter(is_goal).collect();
    // `value_10` stands after `value_9`, wherever its column is.
    goals.sort_by_key(|&at| {
        table.columns[at].rsplit('_').next().and_then(|n| n.parse::<u64>().ok())
    });
    if goals.is_empty() {
        goals.extend(position(super::GOAL));
    }
    if goals.is_empty() && table.source == Source::Mlflow && metrics().count() == 1 {
        goals.extend(metrics().map(|(at, _)| at));
    }
    if goals.is_empty() && table.source != Source::Export {
        return Err(no_goal(table, super::GOAL));
    }
    Ok(goals)
}

fn no_goal(table: &Experiments, wanted: &str) -> crate::Error {
    let holds_numbers = |at: &usize| {
        let is_candidate =
            matches!(table.meanings[*at], Meaning::Open(_) | Meaning::Metric(_) | Meaning::Goal);
        let present = || table.rows.iter().map(|row| &row[*at]).filter(|cell| cell.value.is_some());
        // Some identifiers read as numbers.
        is_candidate
            && 2 * present().filter(|cell| cell.number().is_some()).count() > present().count()
    };
    let candidates: Vec<&str> = (0..table.columns.len())
        .filter(holds_numbers)
        .map(|at| table.columns[at].as_str())
        .collect();
    let advice = match candidates.as_slice() {
        [] => "none of them holds numbers that could be a goal".to_owned(),
        names => format!("name the goal with `.goal(..)`: it may be {}", names.join(", ")),
    };
    let known = table.columns.join(", ");
    refused(format!("there is no column `{wanted}`; the table has {known}; {advice}"))
}

fn meaning(table: &Experiments, at: usize, is_goal: bool) -> Meaning {
    let column = &table.columns[at];
    let told = table.prefix.as_deref().map(|prefix| column.strip_prefix(prefix));
    let renamed = table.renamed.get(column);
    if is_goal {
        return Meaning::Goal;
    }
    if table.ignored.contains(column) {
        return Meaning::Nothing;
    }
    if table.metrics.contains(column) {
        let own = match &table.meanings[at] {
            Meaning::Metric(name) | Meaning::Note(name) => name,
            _ => column,
        };
        return Meaning::Metric(renamed.unwrap_or(own).clone());
    }
    let known = match (told, &table.meanings[at]) {
        (Some(Some(name)), _) => Meaning::Parameter(name.to_owned()),
        // Who says how parameters begin says that nothing else is one.
        (
            Some(None),
            Meaning::Open(_) | Meaning::Parameter(_) | Meaning::Number | Meaning::Nothing,
        ) => Meaning::Metric(column.clone()),
        (_, Meaning::Goal) => Meaning::Metric(column.clone()),
        (_, known) => known.clone(),
    };
    match (renamed.cloned(), known) {
        (None, known) => known,
        (Some(name), Meaning::Parameter(_)) => Meaning::Parameter(name),
        (Some(name), Meaning::Metric(_)) => Meaning::Metric(name),
        (Some(name), Meaning::Note(_)) => Meaning::Note(name),
        (Some(name), _) if METRICS.contains(&name.as_str()) => Meaning::Metric(name),
        (Some(name), _) => Meaning::Open(name),
    }
}
