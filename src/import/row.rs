//! A row as a trial of a space.

use std::collections::{BTreeMap, HashMap};

use super::cell::{Cell, Stand, is_nothing, seconds};
use super::layout::{Meaning, Source};
use super::reading::Reading;
use super::{Experiments, refused};
use crate::error::{Error, Result};
use crate::space::{Axis, Distribution, Exact, Point, Space, Value};
use crate::trial::{Evaluation, Event, Origin, Outcome, Timestamp, TrialRecord, metric};

/// A table and the space that its rows go into.
pub(in crate::import) struct Rows<'a> {
    pub(super) reading: Reading<'a>,
    space: &'a Space,
    /// The column of each axis.
    columns: Vec<Option<usize>>,
    /// Whether a column is that of an axis.
    used: Vec<bool>,
    /// The labels of each axis that is a choice, as they are written.
    labels: Vec<HashMap<String, usize>>,
    /// Whether rows are taken as they are or not at all, as of an export into its own space.
    exactly: bool,
}

/// Why a row is no trial.
pub(in crate::import) type Reason = String;

impl<'a> Rows<'a> {
    pub(in crate::import) fn new(
        table: &'a Experiments,
        space: &'a Space,
        exactly: bool,
    ) -> Result<Self> {
        let mut reading = Reading::new(table, Some(space))?;
        let named = reading.parameters();
        let column = |axis: &Axis| {
            named.get(axis.name()).or_else(|| named.get(short_name(space, axis)?)).copied()
        };
        let columns: Vec<Option<usize>> = space.axes().iter().map(column).collect();
        if columns.iter().all(Option::is_none) && !space.is_empty() && !table.rows.is_empty() {
            let names = |names: Vec<&str>| names.join(", ");
            let wanted = names(space.axes().iter().map(Axis::name).take(10).collect());
            let known = names(named.keys().copied().collect());
            return Err(refused(format!(
                "no column is named as a parameter of the space, which has {wanted}; the table's \
                 parameters are {known}; `rename` them"
            )));
        }
        let mut used = vec![false; table.columns.len()];
        columns.iter().flatten().for_each(|&at| used[at] = true);
        reading.warn_of_foreign(&used);
        let labels = space.axes().iter().map(labels).collect();
        Ok(Rows { reading, space, columns, used, labels, exactly })
    }

    pub(in crate::import) fn len(&self) -> usize {
        self.reading.table.rows.len()
    }

    /// The names of the columns that hold the goals.
    pub(in crate::import) fn goals(&self) -> Vec<&str> {
        self.reading.goals.iter().map(|&at| self.reading.table.columns[at].as_str()).collect()
    }

    /// The column of a parameter that the space does not have.
    pub(in crate::import) fn foreign_column(&self) -> Option<&str> {
        let foreign = self.reading.parameters().into_values().find(|&at| !self.used[at]);
        foreign.map(|at| self.reading.table.columns[at].as_str())
    }

    /// The trial's number as the table has it.
    pub(in crate::import) fn number(&self, row: usize) -> Result<Option<u64>, Reason> {
        if self.reading.table.source != Source::Export {
            return Ok(None);
        }
        let Some(cell) = self.reading.cell(row, &Meaning::Number) else { return Ok(None) };
        let number = cell.number().filter(|number| *number >= 0.0 && number.fract() == 0.0);
        match number {
            // Numbers that pandas wrote as 12.0 are whole all the same.
            Some(number) => Ok(Some(cell.text.parse().unwrap_or(number as u64))),
            None => Err(format!("its number is `{}`", cell.text)),
        }
    }

    /// The row as a trial. `first` is added to the numbers of trials that it refers to.
    pub(in crate::import) fn record(
        &self,
        row: usize,
        number: u64,
        first: u64,
    ) -> Result<TrialRecord, Reason> {
        let stand = self.reading.stand(row)?;
        let is_export = self.reading.table.source == Source::Export;
        match stand {
            Some(Stand::Waiting) if !is_export => return Err("it was not run".into()),
            Some(Stand::Stopped) if !is_export => {
                return Err("it was stopped, which says nothing of its config".into());
            }
            _ => {}
        }
        let point = self.point(row).map_err(|error| error.to_string())?;
        let (origin, notes) = (self.origin(row, first)?, self.notes(row));
        let mut events = vec![Event::Created { point, origin, notes }];
        let (started, finished) = self.times(row)?;
        let mut metrics = self.metrics(row)?;
        match (stand, started, finished) {
            (Some(Stand::Waiting), ..) => {}
            (Some(Stand::Running), ..) => {
                events.push(Event::Started { at: started.unwrap_or_default(), lease: None });
            }
            (_, Some(at), Some(_)) => events.push(Event::Started { at, lease: None }),
            _ => {
                if let Some(seconds) = self.duration(row) {
                    metrics.entry(metric::SECONDS.into()).or_insert(seconds);
                }
            }
        }
        events.extend(metrics.into_iter().map(|(name, value)| Event::Recorded { name, value }));
        events.extend(self.reports(row)?);
        let outcome = match stand {
            Some(Stand::Running | Stand::Waiting) => None,
            Some(Stand::Pruned) => {
                let reason = self.reason(row).filter(|reason| !reason.is_empty());
                Some(Outcome::Pruned(reason))
            }
            Some(Stand::Failed) => {
                Some(Outcome::Failed(self.reason(row).unwrap_or_else(|| self.says(row))))
            }
            Some(Stand::Stopped) => Some(Outcome::Interrupted),
            None | Some(Stand::Complete) => Some(self.outcome(row)?),
        };
        if self.exactly
            && let (Some(Stand::Complete) | None, Some(Outcome::Failed(reason))) = (stand, &outcome)
        {
            return Err(reason.clone());
        }
        let at = finished.unwrap_or_default();
        events.extend(outcome.map(|outcome| Event::Finished { outcome, at }));
        TrialRecord::from_events(number, events).map_err(|error| error.to_string())
    }

    /// The point of a row. Parameters that the row's choices leave inactive may have a value all the
    /// same; it is left out.
    fn point(&self, row: usize) -> Result<Point> {
        let axes = self.space.axes();
        let mut taken: Vec<Option<f64>> = vec![None; axes.len()];
        let mut values: Vec<Option<Exact>> = vec![None; axes.len()];
        for (index, axis) in axes.iter().enumerate() {
            let cell = self.columns[index].map(|at| &self.reading.table.rows[row][at]);
            let has_value = cell.is_some_and(|cell| cell.value.is_some());
            if !axis.is_active(&taken) {
                if self.exactly && has_value {
                    return Err(self.space.inactive(index));
                }
                continue;
            }
            let value = match self.value(index, cell) {
                Some(value) => value,
                None if has_value => {
                    let value = cell.and_then(|cell| cell.value.clone());
                    return Err(self.space.outside(index, &value.unwrap_or(Value::Int(0))));
                }
                None => return Err(Error::MissingParameter { name: axis.name().to_owned() }),
            };
            taken[index] = Some(value.nearest);
            values[index] = Some(value);
        }
        let point = Point::from_exact(&values);
        self.space.check(&point)?;
        Ok(point)
    }

    /// The natural value of an active axis.
    fn value(&self, index: usize, cell: Option<&Cell>) -> Option<Exact> {
        let axis = &self.space.axes()[index];
        let distribution = axis.distribution();
        let only = || match distribution.levels() {
            Some(1) => distribution.at_level(0).map(Exact::from),
            _ => None,
        };
        let Some(cell) = cell else { return only() };
        if let Distribution::Numeric(_) = distribution {
            return match &cell.value {
                Some(value) => distribution.parse_exact(value),
                None => only(),
            };
        }
        // A label may be a text that looks like a number, a boolean or nothing at all.
        let position = |text: &str| self.labels[index].get(text).copied();
        let trimmed = cell.text.trim();
        let by_text = || position(&cell.text).or_else(|| position(trimmed));
        let by_value = || {
            let value = cell.value.as_ref()?;
            distribution.parse(value).map(|at| at as usize).or_else(|| position(&value.to_string()))
        };
        // What programs make of labels such as `1e-3` and `NA` when they rewrite a table.
        let rewritten = || match &cell.value {
            Some(value) => {
                let number = value.as_f64()?;
                self.only_label(index, |label| label.parse::<f64>().is_ok_and(|it| it == number))
            }
            None => self.only_label(index, is_nothing),
        };
        let present = || self.presence(index, cell.value.is_some());
        let found = by_text().or_else(by_value).or_else(present).or_else(rewritten);
        found.map(|at| Exact::from(at as f64)).or_else(|| cell.value.is_none().then(only).flatten())
    }

    /// The label that is like this, if it is the only one.
    fn only_label(&self, index: usize, is_like: impl Fn(&str) -> bool) -> Option<usize> {
        let mut found = self.labels[index].iter().filter(|(label, _)| is_like(label));
        let (_, &at) = found.next()?;
        found.next().is_none().then_some(at)
    }

    /// Of a choice whether another parameter exists, the label that says so.
    fn presence(&self, index: usize, is_present: bool) -> Option<usize> {
        let axes = self.space.axes();
        let owned = |axis: &Axis| {
            axis.condition().filter(|of| of.axis == index && self.is_same_column(axis, index))
        };
        let present = axes.iter().find_map(owned)?.choice;
        match (is_present, self.labels[index].len()) {
            (true, _) => Some(present),
            (false, 2) => Some(1 - present),
            (false, _) => None,
        }
    }

    fn is_same_column(&self, axis: &Axis, other: usize) -> bool {
        let at = self.space.position(axis.name()).and_then(|at| self.columns[at]);
        at.is_some() && at == self.columns[other]
    }

    fn origin(&self, row: usize, first: u64) -> Result<Origin, Reason> {
        let Some(cell) = self.reading.cell(row, &Meaning::Origin) else { return Ok(Origin::Added) };
        match Origin::parse(&cell.text) {
            Some(Origin::Retry { of, failures }) => {
                Ok(Origin::Retry { of: of.saturating_add(first), failures })
            }
            Some(Origin::Continued { of }) => {
                Ok(Origin::Continued { of: of.saturating_add(first) })
            }
            Some(origin) => Ok(origin),
            None => Err(format!("its origin is `{}`", cell.text)),
        }
    }

    fn duration(&self, row: usize) -> Option<f64> {
        let cell = self.reading.cell(row, &Meaning::Duration)?;
        cell.number().or_else(|| seconds(&cell.text)).filter(|seconds| *seconds >= 0.0)
    }

    /// When the trial began and ended, as far as the table says.
    fn times(&self, row: usize) -> Result<(Option<Timestamp>, Option<Timestamp>), Reason> {
        let moment = |meaning: &Meaning| -> Result<Option<Timestamp>, Reason> {
            let Some(cell) = self.reading.cell(row, meaning) else { return Ok(None) };
            let found = Timestamp::parse(cell.text.trim()).or_else(|| since_1970(cell.number()?));
            match found {
                None if self.exactly && !cell.text.is_empty() => {
                    Err(format!("`{}` is not a date and time", cell.text))
                }
                found => Ok(found.filter(|moment| moment.0 > 0)),
            }
        };
        let (started, finished) = (moment(&Meaning::Started)?, moment(&Meaning::Finished)?);
        let lasted = self.duration(row).map(|seconds| (seconds * 1e6).round() as u64);
        Ok(match (started, finished, lasted) {
            (Some(started), None, Some(lasted)) => {
                (Some(started), Some(Timestamp(started.0.saturating_add(lasted))))
            }
            (None, Some(finished), Some(lasted)) if finished.0 > lasted => {
                (Some(Timestamp(finished.0 - lasted)), Some(finished))
            }
            (None, _, _) => (None, None),
            known => (known.0, known.1),
        })
    }

    /// The numbers of a row that are neither goals nor parameters.
    fn metrics(&self, row: usize) -> Result<BTreeMap<String, f64>, Reason> {
        let mut metrics = BTreeMap::new();
        for (at, meaning) in self.reading.meanings.iter().enumerate() {
            let name = match meaning {
                Meaning::Metric(name) => name,
                Meaning::Open(name) | Meaning::Parameter(name) if !self.used[at] => name,
                _ => continue,
            };
            let cell = &self.reading.table.rows[row][at];
            match cell.number() {
                Some(value) => {
                    metrics.insert(name.clone(), value);
                }
                None if self.exactly && cell.value.is_some() => {
                    let column = &self.reading.table.columns[at];
                    return Err(format!("`{}` in the column `{column}` is no number", cell.text));
                }
                None => {}
            }
        }
        Ok(metrics)
    }

    fn notes(&self, row: usize) -> BTreeMap<String, Value> {
        let is_export = self.reading.table.source == Source::Export;
        let mut notes = BTreeMap::new();
        for (at, meaning) in self.reading.meanings.iter().enumerate() {
            let cell = &self.reading.table.rows[row][at];
            if let (Meaning::Note(name), Some(value)) = (meaning, &cell.value) {
                // Some identifiers of runs would read as numbers.
                let value = if is_export { value.clone() } else { cell.text.trim().into() };
                notes.insert(name.clone(), value);
            }
        }
        notes
    }

    /// The rows in the order in which their trials ran: some programs write the last one first.
    pub(in crate::import) fn in_order(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.len()).collect();
        if matches!(self.reading.table.source, Source::Mlflow | Source::MlflowPage | Source::Wandb)
        {
            let started = |row: usize| self.times(row).ok()?.0;
            let known: Option<Vec<Timestamp>> = rows.iter().map(|&row| started(row)).collect();
            if let Some(known) = known {
                rows.sort_by_key(|&row| known[row]);
            }
        }
        rows
    }

    fn reports(&self, row: usize) -> Result<Vec<Event>, Reason> {
        let mut reports = Vec::new();
        for (at, meaning) in self.reading.meanings.iter().enumerate() {
            let cell = &self.reading.table.rows[row][at];
            match meaning {
                Meaning::Report(step) => {
                    reports.extend(cell.number().map(|value| Event::reported(0, *step, value)));
                }
                Meaning::Reports(goal) => {
                    let read = parsed_reports(&cell.text).ok_or_else(|| {
                        format!("its reports `{}` are not `step=value`", cell.text)
                    })?;
                    let reported = |(step, value)| Event::reported(*goal, step, value);
                    reports.extend(read.into_iter().map(reported));
                }
                _ => {}
            }
        }
        Ok(reports)
    }

    /// Why the trial failed or was pruned.
    fn reason(&self, row: usize) -> Option<String> {
        self.reading.cell(row, &Meaning::Reason).map(|cell| cell.text.clone())
    }

    /// What stands for the reason of a failure where the table has none.
    fn says(&self, row: usize) -> String {
        let state = self.reading.cell(row, &Meaning::State);
        format!("the table says {}", state.map_or("so", |cell| cell.text.trim()))
    }

    /// What the goals of a row say.
    fn outcome(&self, row: usize) -> Result<Outcome, Reason> {
        let mut values = Vec::new();
        for &goal in &self.reading.goals {
            let cell = &self.reading.table.rows[row][goal];
            match (cell.number(), &cell.value) {
                (Some(value), _) if value.is_finite() || self.exactly => values.push(value),
                (_, Some(value)) => {
                    return Ok(Outcome::Failed(format!("the goal is `{value}` in the table")));
                }
                (_, None) => {
                    let reason = "the table has no value of the goal".to_owned();
                    return Ok(Outcome::Failed(reason));
                }
            }
        }
        Ok(Outcome::Complete(Evaluation::from(values).with_constraints(&self.constraints(row)?)))
    }

    /// The values of outcome constraints, as many as the row has.
    fn constraints(&self, row: usize) -> Result<Vec<f64>, Reason> {
        let mut constraints = Vec::new();
        while let Some(cell) = self.reading.cell(row, &Meaning::Constraint(constraints.len())) {
            match (cell.number(), &cell.value) {
                (Some(value), _) => constraints.push(value),
                (None, Some(value)) => {
                    let at = constraints.len();
                    return Err(format!("its constraint {at} is `{value}`, which is not a number"));
                }
                (None, None) => break,
            }
        }
        Ok(constraints)
    }
}

fn labels(axis: &Axis) -> HashMap<String, usize> {
    match axis.distribution() {
        Distribution::Choice(choice) => {
            choice.labels().iter().enumerate().map(|(at, label)| (label.to_string(), at)).collect()
        }
        Distribution::Numeric(_) => HashMap::new(),
    }
}

/// The label of a choice that stands for a cell without a value.
pub(super) const NO_VALUE: &str = "None";

/// The name of a conditional parameter without that of its choice, as tables have it: `momentum` for
/// `optimizer.Sgd.momentum`, `dropout` for `dropout.some`. `None` if another parameter is named so.
fn short_name<'a>(space: &'a Space, axis: &'a Axis) -> Option<&'a str> {
    let condition = axis.condition()?;
    let parent = &space.axes()[condition.axis];
    let label = parent.distribution().value(condition.choice as f64).to_string();
    let rest = axis.name().strip_prefix(parent.name())?.strip_prefix('.')?.strip_prefix(&label)?;
    match rest.strip_prefix('.') {
        Some(short) => space.position(short).is_none().then_some(short),
        None => rest.is_empty().then_some(parent.name()),
    }
}

/// Milliseconds or seconds since 1970, as programs write moments that they give as numbers.
fn since_1970(number: f64) -> Option<Timestamp> {
    let micros = if number > 1e11 { number * 1e3 } else { number * 1e6 };
    (number > 1e8).then_some(Timestamp(micros as u64))
}

/// The reports in one cell, `step=value` separated by spaces.
fn parsed_reports(text: &str) -> Option<Vec<(u64, f64)>> {
    let report = |report: &str| {
        let (step, value) = report.split_once('=')?;
        Some((step.parse().ok()?, value.parse().ok()?))
    };
    text.split_whitespace().map(report).collect()
}
