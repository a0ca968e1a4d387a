use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use super::trials::Trials;
use crate::error::{Error, Result};
use crate::math::text::number;
use crate::space::Value;
use crate::trial::TrialRecord;

/// What stands before the parameters.
const BEFORE: [&str; 2] = ["number", "state"];
/// What stands after the notes.
const AFTER: [&str; 2] = ["failure", "origin"];
/// What stands before a metric's, a note's and where need be a parameter's name.
const METRIC: &str = "metric:";
const NOTE: &str = "note:";
const PARAMETER: &str = "parameter:";

impl Trials {
    /// Writes all trials as comma-separated values: a line of names, and a line for each trial in
    /// the order of their numbers.
    ///
    /// Columns: `number`; `state`; `value` (of several goals `value_0`, `value_1`, …); `started`
    /// (RFC 3339, UTC); `seconds`; every parameter under its full name; every metric as
    /// `metric:<name>`; every note of the sampler as `note:<name>`; `failure`, the reason; `origin`.
    /// A parameter that has the name of another column is written as `parameter:<name>`. Progress
    /// reports are not part of it; [`to_json`](Self::to_json) has them.
    ///
    /// A field is empty where a trial has no such entry, such as a parameter that is not active; an
    /// empty text is `""`. Numbers read back exactly; metrics may be `NaN`, `inf` and `-inf`.
    /// Quoted as RFC 4180 says, in UTF-8, with lines that end in `\n`.
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
        write_line(writer, self.names(&metrics, &notes).into_iter().map(Some))?;
        for trial in self.iter() {
            let mut fields = self.general_fields(trial);
            let axes = self.space().axes().iter().zip(trial.point().iter());
            fields.extend(
                axes.map(|(axis, value)| {
                    value.map(|value| exact(&axis.distribution().value(value)))
                }),
            );
            let metric = |&name: &&String| trial.metrics().get(name).map(|&v| number(v, None));
            fields.extend(metrics.iter().map(metric));
            fields.extend(notes.iter().map(|&name| trial.notes().get(name).map(exact)));
            fields.push(trial.failure().map(str::to_owned));
            fields.push(Some(trial.origin().to_string()));
            write_line(writer, fields)?;
        }
        Ok(())
    }

    fn names(&self, metrics: &BTreeSet<&String>, notes: &BTreeSet<&String>) -> Vec<String> {
        let goals = self.header().directions.len();
        let mut names: Vec<String> = BEFORE.map(String::from).into();
        match goals {
            1 => names.push("value".into()),
            _ => names.extend((0..goals).map(|goal| format!("value_{goal}"))),
        }
        names.extend(["started".into(), "seconds".into()]);
        let mut general: BTreeSet<String> = names.iter().cloned().collect();
        general.extend(AFTER.map(String::from));
        names.extend(self.space().axes().iter().map(|axis| {
            let name = axis.name();
            let is_taken = general.contains(name)
                || [METRIC, NOTE, PARAMETER].iter().any(|prefix| name.starts_with(prefix));
            format!("{}{name}", if is_taken { PARAMETER } else { "" })
        }));
        names.extend(metrics.iter().map(|metric| format!("{METRIC}{metric}")));
        names.extend(notes.iter().map(|note| format!("{NOTE}{note}")));
        names.extend(AFTER.map(String::from));
        names
    }

    /// The fields from `number` to `seconds`.
    fn general_fields(&self, trial: &TrialRecord) -> Vec<Option<String>> {
        let mut fields = vec![Some(trial.number().to_string()), Some(trial.state().to_string())];
        let goals = 0..self.header().directions.len();
        fields.extend(goals.map(|goal| trial.values().get(goal).map(|&value| number(value, None))));
        fields.push(trial.started().map(|started| started.to_string()));
        fields.push(trial.duration().map(|time| number(time.as_secs_f64(), None)));
        fields
    }
}

/// The value with all its digits.
fn exact(value: &Value) -> String {
    match value {
        Value::Float(value) => number(*value, None),
        other => other.to_string(),
    }
}

fn write_line(
    writer: &mut impl Write,
    fields: impl IntoIterator<Item = Option<String>>,
) -> io::Result<()> {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            writer.write_all(b",")?;
        }
        match field {
            None => {}
            Some(field) if needs_quotes(&field) => {
                write!(writer, "\"{}\"", field.replace('"', "\"\""))?;
            }
            Some(field) => writer.write_all(field.as_bytes())?,
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
