//! Whose table it is, and what its columns therefore hold.

use super::cell::{self, Cell};
use super::read::Table;
use crate::table::csv::{self, FEASIBLE, GOAL, METRIC, NOTE, PARAMETER};

/// A program whose tables are recognised by their header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// [`Trials::to_csv`](crate::trial::Trials::to_csv) or `to_json`.
    Export,
    /// Data frames of Optuna's `study.trials_dataframe()`.
    Optuna,
    /// Data frames of `mlflow.search_runs()`.
    Mlflow,
    /// What the web page of MLflow downloads, in which parameters have no prefix.
    MlflowPage,
    /// What the web page of Weights & Biases downloads.
    Wandb,
    /// A table of a person's own.
    Unknown,
}

impl Source {
    /// Whether a program wrote the table, so that an absent value is meant to be absent.
    pub(super) fn is_program(self) -> bool {
        matches!(self, Source::Export | Source::Optuna | Source::Mlflow)
    }
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A parameter or a metric: the space and the values tell.
    Open(String),
    Parameter(String),
    Metric(String),
    Note(String),
    Goal,
    /// An outcome constraint, by its number.
    Constraint(usize),
    Number,
    State,
    Started,
    Finished,
    Duration,
    Reason,
    Origin,
    /// All reports of a trial in one field, by the number of the goal that they are about.
    Reports(usize),
    /// The report at a step.
    Report(u64),
    /// Nothing that a trial has.
    Nothing,
}

/// Recognises a table, and makes one line of the two that name the columns of Optuna's frames with
/// `multi_index=True`.
pub(super) fn recognise(table: &mut Table) -> (Source, Vec<Meaning>) {
    join_names(table);
    let has = |name: &str| table.columns.iter().any(|column| column == name);
    let begins = |prefix: &str| table.columns.iter().any(|column| column.starts_with(prefix));
    let source = if ["number", "state", "started", "seconds", "origin"].into_iter().all(has) {
        Source::Export
    } else if (begins("params_") && ["number", "state", "datetime_start"].into_iter().any(has))
        || ["number", "state", "datetime_start"].into_iter().all(has)
    {
        Source::Optuna
    } else if has("run_id") && (begins("params.") || begins("metrics.")) {
        Source::Mlflow
    } else if has("Run ID") && has("Status") {
        Source::MlflowPage
    } else if has("Name") && has("State") && ["Runtime", "Created", "Sweep"].into_iter().any(has) {
        Source::Wandb
    } else {
        Source::Unknown
    };
    let meanings = table.columns.iter().enumerate().map(|(at, name)| match source {
        Source::Export => export(name),
        Source::Optuna => optuna(name, is_text(table, at)),
        Source::Mlflow => mlflow(name, is_text(table, at)),
        Source::MlflowPage => mlflow_page(name),
        Source::Wandb => wandb(name),
        Source::Unknown => unknown(name, table, at),
    });
    (source, meanings.collect())
}

fn export(name: &str) -> Meaning {
    match name {
        "number" => Meaning::Number,
        "state" => Meaning::State,
        "started" => Meaning::Started,
        "seconds" => Meaning::Duration,
        csv::REPORTS => Meaning::Reports(0),
        "reason" | "failure" => Meaning::Reason,
        "origin" => Meaning::Origin,
        // It follows from the values and the limits.
        FEASIBLE => Meaning::Nothing,
        _ if name == "value" || csv::goal_number(name).is_some() || name.starts_with(GOAL) => {
            Meaning::Goal
        }
        _ => {
            if let Some(at) = csv::constraint_number(name) {
                Meaning::Constraint(at)
            } else if let Some(goal) = csv::reports_number(name) {
                Meaning::Reports(goal)
            } else if let Some(name) = name.strip_prefix(METRIC) {
                Meaning::Metric(name.to_owned())
            } else if let Some(name) = name.strip_prefix(NOTE) {
                Meaning::Note(name.to_owned())
            } else {
                Meaning::Parameter(name.strip_prefix(PARAMETER).unwrap_or(name).to_owned())
            }
        }
    }
}

fn optuna(name: &str, is_text: bool) -> Meaning {
    match name {
        "number" => Meaning::Number,
        "value" => Meaning::Goal,
        "state" => Meaning::State,
        "datetime_start" => Meaning::Started,
        "datetime_complete" => Meaning::Finished,
        "duration" => Meaning::Duration,
        "trial_id" | "study_id" | "_trial_id" => Meaning::Nothing,
        _ => {
            let parameter =
                name.strip_prefix("params_").map(|name| Meaning::Parameter(name.into()));
            let report = || numbered(name, "intermediate_values_").map(Meaning::Report);
            let goal = || name.starts_with("values_").then_some(Meaning::Goal);
            let attribute = || {
                let name = name.strip_prefix("user_attrs_")?.to_owned();
                Some(if is_text { Meaning::Note(name) } else { Meaning::Metric(name) })
            };
            let internal = || name.starts_with("system_attrs").then_some(Meaning::Nothing);
            parameter
                .or_else(report)
                .or_else(goal)
                .or_else(attribute)
                .or_else(internal)
                .unwrap_or_else(|| Meaning::Open(name.into()))
        }
    }
}

fn mlflow(name: &str, is_text: bool) -> Meaning {
    match name {
        "run_id" => Meaning::Note("run_id".into()),
        "status" => Meaning::State,
        "start_time" => Meaning::Started,
        "end_time" => Meaning::Finished,
        "experiment_id" | "artifact_uri" => Meaning::Nothing,
        _ if name.starts_with("tags.mlflow.") => Meaning::Nothing,
        _ => {
            let parameter =
                name.strip_prefix("params.").map(|name| Meaning::Parameter(name.into()));
            let metric = || name.strip_prefix("metrics.").map(|name| Meaning::Metric(name.into()));
            let tag = || name.strip_prefix("tags.").map(|name| Meaning::Note(name.into()));
            let other = || match is_text {
                true => Meaning::Nothing,
                false => Meaning::Open(name.into()),
            };
            parameter.or_else(metric).or_else(tag).unwrap_or_else(other)
        }
    }
}

fn mlflow_page(name: &str) -> Meaning {
    match name {
        "Run ID" => Meaning::Note("run_id".into()),
        "Status" => Meaning::State,
        "Start Time" => Meaning::Started,
        "End Time" => Meaning::Finished,
        "Duration" => Meaning::Duration,
        "Name" | "Run Name" | "Source Type" | "Source Name" | "Source" | "User" | "Version"
        | "Experiment ID" | "Artifact URI" | "Created" => Meaning::Nothing,
        _ if name.starts_with("mlflow.") => Meaning::Nothing,
        _ => Meaning::Open(name.into()),
    }
}

fn wandb(name: &str) -> Meaning {
    match name {
        "ID" => Meaning::Note("run_id".into()),
        "State" => Meaning::State,
        "Created" => Meaning::Started,
        "Runtime" => Meaning::Duration,
        "Name"
        | "Notes"
        | "User"
        | "Tags"
        | "Sweep"
        | "Description"
        | "Hostname"
        | "Host"
        | "Commit"
        | "GitHub"
        | "Group"
        | "Job Type"
        | "Updated"
        | "End Time"
        | "Relative Time (Process)" => Meaning::Nothing,
        // What the client logs of itself.
        _ if name.starts_with('_') => Meaning::Nothing,
        _ => Meaning::Open(name.into()),
    }
}

/// A column is a person's state of a run by its name and by its words.
fn unknown(name: &str, table: &Table, at: usize) -> Meaning {
    let is_named = ["state", "status"].contains(&name.to_ascii_lowercase().as_str());
    let mut words = table.rows.iter().filter(|row| row[at].value.is_some()).peekable();
    if is_named && words.peek().is_some() && words.all(|row| cell::stand(&row[at].text).is_some()) {
        return Meaning::State;
    }
    Meaning::Open(name.into())
}

fn numbered(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.parse().ok()
}

fn is_text(table: &Table, at: usize) -> bool {
    table.rows.iter().any(|row| row[at].value.is_some() && row[at].number().is_none())
}

/// In such frames the first line has `params` for each parameter, the second line the names.
fn join_names(table: &mut Table) {
    let groups = ["params", "values", "user_attrs", "system_attrs", "intermediate_values"];
    let is_group = |column: &str| groups.contains(&column);
    let Some(second) = table.rows.first() else { return };
    let pairs = || table.columns.iter().zip(second);
    let has_names = pairs().any(|(column, cell)| column == "params" && !cell.text.is_empty());
    let others_are_empty =
        pairs().all(|(column, cell)| is_group(column) || cell.text.trim().is_empty());
    if !(has_names && others_are_empty) {
        return;
    }
    let joined = |(column, cell): (&String, &Cell)| match cell.text.trim() {
        "" => column.clone(),
        name => format!("{column}_{name}"),
    };
    table.columns = pairs().map(joined).collect();
    table.rows.remove(0);
}
