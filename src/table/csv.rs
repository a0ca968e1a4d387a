use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use crate::error::{Error, Result};
use crate::space::Value;
use crate::text::number;
use crate::trial::{TrialRecord, Trials};

/// What stands before the parameters.
const BEFORE: [&str; 2] = ["number", "state"];
/// What stands after the notes.
const AFTER: [&str; 2] = ["reason", "origin"];
/// What stands before a metric's, a note's and where need be a parameter's name.
pub(crate) const METRIC: &str = "metric:";
pub(crate) const NOTE: &str = "note:";
pub(crate) const PARAMETER: &str = "parameter:";
/// The column of progress reports, which only tables with such reports have.
pub(crate) const REPORTS: &str = "reports";
/// What stands before the number of a goal after the first, in the name of the column of its reports.
const FURTHER_REPORTS: &str = "reports_";
/// What stands before the name of a goal that has one.
pub(crate) const GOAL: &str = "goal:";
/// The column that says which trials keep all limits, which only tables with limits have.
pub(crate) const FEASIBLE: &str = "feasible";
/// What stands before the number of an outcome constraint.
const CONSTRAINT: &str = "constraint_";

/// A field, and whether quotes are to say that it is text.
struct Field {
    text: String,
    is_text: bool,
}

impl Trials {
    /// Writes all trials as comma-separated values: a line of names, and a line for each trial in
    /// the order of their numbers.
    ///
    /// Columns: `number`; `state`; `value` (of several goals `value_0`, `value_1`, …, and `goal:<name>` for a
    /// goal that has a name); where there are any, the values of outcome constraints as `constraint_0`,
    /// `constraint_1`, …, and whether a complete trial keeps all limits as `feasible`; `started`
    /// (RFC 3339, UTC); `seconds`; every parameter under its full name; every metric as
    /// `metric:<name>`; every note as `note:<name>`; where there are any, progress `reports` as
    /// `step=value`, separated by spaces, and those of the goals after the first as `reports_1`, `reports_2`, …; `reason`, why the trial failed or was pruned; `origin`. A parameter that has the
    /// name of another column is written as `parameter:<name>`.
    ///
    /// A field is empty where a trial has no such entry, such as a parameter that is not active; an
    /// empty text is `""`. Numbers read back exactly; metrics may be `NaN`, `inf` and `-inf`.
    /// Quoted as RFC 4180 says, in UTF-8, with lines that end in `\n`. A text that would read as
    /// something else, such as `"007"` or `"True"`, stands in quotes.
    ///
    /// The table does not hold the space, the directions, the name and the seed of the study. With
    /// these, [`from_csv`](Self::from_csv) reads the trials as they were; without,
    /// [`Experiments::from_csv`](crate::import::Experiments::from_csv) reads all but the space. [`to_json`](Self::to_json) holds everything.
    ///
    /// # Errors
    /// [`Error::Export`] if the writer fails.
    pub fn to_csv(&self, writer: impl Write) -> Result<()> {
        let mut writer = BufWriter::new(writer);
        self.write_csv(&mut writer)
            .and_then(|()| writer.flush())
            .map_err(|error| Error::Export(Box::new(error)))
    }

    fn write_csv(&self, writer: &mut impl Write) -> io::Result<()> {
        let metrics: BTreeSet<&String> =
            self.iter().flat_map(|trial| trial.metrics().keys()).collect();
        let notes: BTreeSet<&String> = self.iter().flat_map(|trial| trial.notes().keys()).collect();
        let reported = |goal: &usize| self.iter().any(|trial| !trial.reports_of(*goal).is_empty());
        let reported: Vec<usize> = (0..self.header().goals.len()).filter(reported).collect();
        let constraints = self.iter().map(|trial| trial.constraints().len()).max().unwrap_or(0);
        let is_limited = self.history().are_limited();
        let names = self.names(constraints, is_limited, &metrics, &notes, &reported);
        write_line(writer, names.into_iter().map(|name| Some(name.into())))?;
        for trial in self.iter() {
            let mut fields = self.general_fields(trial, constraints, is_limited);
            let values =
                (0..self.space().len()).map(|axis| self.space().value(trial.point(), axis));
            fields.extend(values.map(|value| value.as_ref().map(exact)));
            let metric =
                |&name: &&String| trial.metrics().get(name).map(|&v| number(v, None).into());
            fields.extend(metrics.iter().map(metric));
            fields.extend(notes.iter().map(|&name| trial.notes().get(name).map(note)));
            fields.extend(reported.iter().map(|&goal| {
                let reports = trial.reports_of(goal);
                (!reports.is_empty()).then(|| in_one_field(reports).into())
            }));
            fields.push(trial.reason().map(|reason| reason.to_owned().into()));
            fields.push(Some(trial.origin().to_string().into()));
            write_line(writer, fields)?;
        }
        Ok(())
    }

    fn names(
        &self,
        constraints: usize,
        is_limited: bool,
        metrics: &BTreeSet<&String>,
        notes: &BTreeSet<&String>,
        reported: &[usize],
    ) -> Vec<String> {
        let goals = &self.header().goals;
        let mut names: Vec<String> = BEFORE.map(String::from).into();
        names.extend(goals.goals().enumerate().map(|(at, goal)| match &goal.name {
            Some(name) => format!("{GOAL}{name}"),
            None => goals.name(at).into_owned(),
        }));
        names.extend((0..constraints).map(|at| format!("{CONSTRAINT}{at}")));
        names.extend(is_limited.then(|| FEASIBLE.to_owned()));
        names.extend(["started".into(), "seconds".into()]);
        let mut general: BTreeSet<String> = names.iter().cloned().collect();
        general.extend(AFTER.map(String::from));
        // Tables of earlier versions have their reasons under `failure`.
        general.extend(["value", "failure", REPORTS, FEASIBLE].map(String::from));
        names.extend(self.space().axes().iter().map(|axis| {
            let name = axis.name();
            let is_taken = general.contains(name)
                || goal_number(name).is_some()
                || constraint_number(name).is_some()
                || reports_number(name).is_some()
                || [METRIC, NOTE, PARAMETER, GOAL].iter().any(|prefix| name.starts_with(prefix));
            format!("{}{name}", if is_taken { PARAMETER } else { "" })
        }));
        names.extend(metrics.iter().map(|metric| format!("{METRIC}{metric}")));
        names.extend(notes.iter().map(|note| format!("{NOTE}{note}")));
        names.extend(reported.iter().map(|goal| match goal {
            0 => REPORTS.to_owned(),
            goal => format!("{FURTHER_REPORTS}{goal}"),
        }));
        names.extend(AFTER.map(String::from));
        names
    }

    /// The fields from `number` to `seconds`.
    fn general_fields(
        &self,
        trial: &TrialRecord,
        constraints: usize,
        is_limited: bool,
    ) -> Vec<Option<Field>> {
        let mut fields =
            vec![Some(trial.number().to_string().into()), Some(trial.state().to_string().into())];
        let goals = 0..self.header().goals.len();
        fields.extend(
            goals.map(|goal| trial.values().get(goal).map(|&value| number(value, None).into())),
        );
        let constraint = |at: usize| trial.constraints().get(at).map(|&v| number(v, None).into());
        fields.extend((0..constraints).map(constraint));
        if is_limited {
            fields.push(self.is_feasible(trial).map(|is_feasible| is_feasible.to_string().into()));
        }
        fields.push(trial.started().map(|started| started.to_string().into()));
        fields.push(trial.duration().map(|time| number(time.as_secs_f64(), None).into()));
        fields
    }
}

/// The number of the goal whose column this is, if there are several.
pub(crate) fn goal_number(column: &str) -> Option<u64> {
    column.strip_prefix("value_")?.parse().ok()
}

/// The number of the outcome constraint whose column this is.
pub(crate) fn constraint_number(column: &str) -> Option<usize> {
    column.strip_prefix(CONSTRAINT)?.parse().ok()
}

/// The number of the goal after the first whose reports the column has.
pub(crate) fn reports_number(column: &str) -> Option<usize> {
    column.strip_prefix(FURTHER_REPORTS)?.parse().ok()
}

fn in_one_field(reports: &BTreeMap<u64, f64>) -> String {
    let reports = reports.iter().map(|(step, value)| format!("{step}={}", number(*value, None)));
    reports.collect::<Vec<_>>().join(" ")
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field { text, is_text: false }
    }
}

/// What a text without quotes says in a table of our own; empty where there is no value.
pub(crate) fn bare(text: &str, comma: bool) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    // -0 is a number whose sign no integer has.
    if let Ok(int) = text.parse::<i64>()
        && !(int == 0 && text.starts_with('-'))
    {
        return Some(Value::Int(int));
    }
    let decimal = if comma { text.replacen(',', ".", 1) } else { text.to_owned() };
    if let Ok(float) = decimal.parse::<f64>() {
        return Some(Value::Float(float));
    }
    Some(match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => Value::Text(text.to_owned()),
    })
}

/// The value with all its digits.
fn exact(value: &Value) -> Field {
    match value {
        Value::Float(value) => number(*value, None).into(),
        Value::Text(text) => Field {
            text: text.clone(),
            is_text: !matches!(bare(text, false), Some(Value::Text(_))),
        },
        other => other.to_string().into(),
    }
}

/// As [`exact`]; since no space says the type of a note, whole numbers that are no integers are
/// told by a decimal point.
fn note(value: &Value) -> Field {
    let mut field = exact(value);
    if matches!(value, Value::Float(_))
        && !matches!(bare(&field.text, false), Some(Value::Float(_)))
    {
        field.text.push_str(".0");
    }
    field
}

/// By hand, because the crate `csv` decides on quotes for a whole table, and not for each field.
fn write_line(
    writer: &mut impl Write,
    fields: impl IntoIterator<Item = Option<Field>>,
) -> io::Result<()> {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            writer.write_all(b",")?;
        }
        match field {
            None => {}
            Some(Field { text, is_text }) if is_text || needs_quotes(&text) => {
                write!(writer, "\"{}\"", text.replace('"', "\"\""))?;
            }
            Some(Field { text, .. }) => writer.write_all(text.as_bytes())?,
        }
    }
    writer.write_all(b"\n")
}

/// Whether readers would otherwise split the field, trim it, or take it for a missing one.
fn needs_quotes(field: &str) -> bool {
    field.is_empty()
        || field.contains([',', '"', '\n', '\r'])
        || field.starts_with(char::is_whitespace)
        || field.ends_with(char::is_whitespace)
}
