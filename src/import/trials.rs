//! What [`Trials`] has written as CSV or JSON, read back.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Experiments, Rows};
use crate::error::{Error, GoalError, Result};
use crate::space::{Axis, Distribution, Exact, Point, Space, Value};
use crate::table::json::{AnyValue, SPECIAL};
use crate::trial::{
    AnyNumber, Evaluation, Event, Goals, Origin, Outcome, StudyHeader, Timestamp, TrialRecord,
    TrialState, Trials,
};

/// What [`Trials::to_json`] has written.
#[derive(Deserialize)]
struct Export {
    study: StudyHeader,
    trials: Vec<Exhibit>,
}

/// A trial as it is read.
#[derive(Deserialize)]
struct Exhibit {
    number: u64,
    state: TrialState,
    #[serde(default)]
    values: Vec<AnyNumber>,
    #[serde(default)]
    constraints: Vec<AnyNumber>,
    params: BTreeMap<String, Json>,
    #[serde(default)]
    metrics: BTreeMap<String, AnyNumber>,
    #[serde(default)]
    notes: BTreeMap<String, Json>,
    #[serde(default)]
    reports: BTreeMap<u64, AnyNumber>,
    #[serde(default)]
    further_reports: BTreeMap<usize, BTreeMap<u64, AnyNumber>>,
    started: Option<String>,
    seconds: Option<f64>,
    #[serde(alias = "failure")]
    reason: Option<String>,
    #[serde(default)]
    origin: Origin,
}

impl Experiments {
    /// The rows as trials of a study in the table's own [space](Experiments::space), to look at or to
    /// [learn from](crate::study::StudyBuilder::learn_from). Rows that are no trials are left out.
    ///
    /// ```
    /// use tunewright::earlier::EarlierStudy;
    /// use tunewright::import::Experiments;
    /// use tunewright::space::{Scale, Space};
    /// use tunewright::trial::Direction;
    /// use tunewright::Study;
    ///
    /// let table = "lr,layers,loss\n0.1,2,0.9\n0.01,3,0.4\n0.001,3,0.6\n";
    /// let table = Experiments::from_csv(table.as_bytes())?.goal("loss");
    /// let sheet = EarlierStudy::new(table.trials("sheet", Direction::Minimize)?);
    ///
    /// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
    /// let study = Study::in_space(space).learn_from(sheet).build()?;
    /// assert!(study.earlier()[0].is_used());
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`space`](Experiments::space), and [`Error::Import`] if the table has another number of goals.
    pub fn trials(&self, name: &str, goals: impl Into<Goals>) -> Result<Trials> {
        let (space, goals) = (self.space()?, goals.into());
        let rows = Rows::new(self, &space, false)?;
        if rows.goals().len() != goals.len() {
            let (found, wanted) = (rows.goals().len(), goals.len());
            return Err(Error::Import(format!("it has {found} goals and not {wanted}")));
        }
        let numbered = (0..).zip(rows.in_order());
        let records =
            numbered.filter_map(|(number, row)| rows.record(row, number, 0).ok()).collect();
        Trials::of(StudyHeader::new(name, goals, &space, 0), records)
    }
}

impl Trials {
    /// Reads what [`to_csv`](Self::to_csv) has written, as it was. The header says what the table
    /// does not hold: the space with the ranges, the directions, the name and the seed.
    ///
    /// ```
    /// use tunewright::trial::Trials;
    /// use tunewright::{Study, Trial, space::{Params, Scale, Space}};
    ///
    /// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).build()?;
    /// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 5)?;
    /// let mut csv = Vec::new(); // or a file
    /// study.trials()?.to_csv(&mut csv)?;
    ///
    /// let trials = Trials::from_csv(csv.as_slice(), study.store().header())?;
    /// assert_eq!(trials, study.trials()?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// Texts are the labels that the space has, so that they may look like anything. Where a program
    /// has rewritten the table, `12.0` is read as 12 and `True` as `true` all the same, but notes may
    /// be taken for numbers.
    ///
    /// # Errors
    /// [`Error::Import`], with the row and the column, if the table is none of `to_csv` or does not
    /// fit the header.
    pub fn from_csv(reader: impl Read, header: &StudyHeader) -> Result<Self> {
        let table = Experiments::from_csv(reader)?.exported()?;
        let rows = Rows::new(&table, &header.space, true)?;
        if let Some(column) = rows.foreign_column() {
            let known = header.space.axes().iter().map(|axis| axis.name()).collect::<Vec<_>>();
            return Err(Error::Import(format!(
                "the column `{column}` is not a parameter of the space, which has {}",
                known.join(", ")
            )));
        }
        let (goals, wanted) = (rows.goals().len(), header.goals.len());
        if goals != wanted {
            return Err(Error::Import(format!("it has {goals} goals and the study {wanted}")));
        }
        let record = |row| {
            let number = rows.number(row)?.ok_or("it has no number")?;
            rows.record(row, number, 0)
        };
        let records = (0..rows.len()).map(|row| {
            record(row).map_err(|reason| Error::Import(format!("row {}: {reason}", row + 1)))
        });
        Self::of(header.clone(), records.collect::<Result<Vec<_>>>()?)
    }

    /// Reads what [`to_json`](Self::to_json) has written, as it was: the study's name, directions,
    /// space and seed, and its trials with all that they had.
    ///
    /// ```
    /// use tunewright::import::Experiments;
    /// use tunewright::trial::Trials;
    /// use tunewright::{Study, Trial, space::{Params, Scale, Space}};
    ///
    /// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).build()?;
    /// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 5)?;
    /// let mut json = Vec::new(); // or a file
    /// study.trials()?.to_json(&mut json)?;
    ///
    /// let trials = Trials::from_json(json.as_slice())?; // to look at
    /// assert_eq!(trials, study.trials()?);
    /// let table = Experiments::from_json(json.as_slice())?; // to go on
    /// let again = Study::in_space(table.space()?).seed(study.seed()).build()?;
    /// again.import(&table)?;
    /// assert_eq!(again.trials()?, trials);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Import`], with the trial and the parameter, if it is no such export.
    pub fn from_json(mut reader: impl Read) -> Result<Self> {
        let mut text = String::new();
        reader
            .read_to_string(&mut text)
            .map_err(|error| Error::Import(format!("the export cannot be read: {error}")))?;
        let export: Export = serde_json::from_str(&text).map_err(|error| {
            Error::Import(format!("this is not an export of `to_json`: {error}"))
        })?;
        export.study.check_format()?;
        let record = |trial: Exhibit| {
            let number = trial.number;
            let refused = |reason| Error::Import(format!("trial {number}: {reason}"));
            trial.record(&export.study).map_err(refused)
        };
        let records = export.trials.into_iter().map(record).collect::<Result<Vec<_>>>()?;
        Self::of(export.study, records)
    }
}

/// The inverse of [`AnyValue`].
fn value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64()?),
        },
        Json::String(text) if SPECIAL.contains(&text.as_str()) => Value::Float(text.parse().ok()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(object) if object.len() == 1 => {
            Value::Text(object.get("text")?.as_str()?.to_owned())
        }
        _ => return None,
    })
}

/// Whether a text is what [`Trials::to_json`] writes, and no table.
pub(super) fn is_export(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Outline {
        #[serde(rename = "study")]
        _study: serde::de::IgnoredAny,
        #[serde(rename = "trials")]
        _trials: serde::de::IgnoredAny,
    }
    serde_json::from_str::<Outline>(text).is_ok()
}

impl Exhibit {
    fn record(self, study: &StudyHeader) -> Result<TrialRecord, String> {
        let point = point(&study.space, &self.params).map_err(|error| error.to_string())?;
        let started = match &self.started {
            Some(text) => {
                Timestamp::parse(text).ok_or_else(|| format!("`{text}` is not a date and time"))?
            }
            None => Timestamp::default(),
        };
        let mut notes = BTreeMap::new();
        for (name, json) in self.notes {
            let value = value(&json).ok_or_else(|| format!("the note `{name}` is {json}"))?;
            notes.insert(name, value);
        }
        let mut events = vec![Event::Created { point, origin: self.origin, notes }];
        let recorded = |(name, value): (String, AnyNumber)| Event::recorded(&name, value.into());
        events.extend(self.metrics.into_iter().map(recorded));
        for (goal, reports) in std::iter::once((0, self.reports)).chain(self.further_reports) {
            let reported = reports.into_iter();
            events.extend(reported.map(|(step, value)| Event::reported(goal, step, value.into())));
        }
        if self.state != TrialState::Waiting {
            events.push(Event::Started { at: started, lease: None });
        }
        let seconds = self.seconds.unwrap_or(0.0);
        if !(seconds >= 0.0 && seconds.is_finite()) {
            return Err(format!("it lasted {seconds} seconds"));
        }
        let micros = (seconds * 1e6).round() as u64;
        let finished = Timestamp(started.0.saturating_add(micros));
        let outcome = match self.state {
            TrialState::Waiting | TrialState::Running => None,
            TrialState::Pruned => Some(Outcome::Pruned(self.reason)),
            TrialState::Interrupted => Some(Outcome::Interrupted),
            TrialState::Failed => Some(Outcome::Failed(self.reason.unwrap_or_default())),
            TrialState::Complete => {
                let values: Vec<f64> = self.values.into_iter().map(f64::from).collect();
                let (goals, given) = (study.goals.len(), values.len());
                if goals != given {
                    return Err(GoalError::Count { goals, given }.to_string());
                }
                let constraints: Vec<f64> = self.constraints.into_iter().map(f64::from).collect();
                Some(Outcome::Complete(Evaluation::from(values).with_constraints(&constraints)))
            }
        };
        events.extend(outcome.map(|outcome| Event::Finished { outcome, at: finished }));
        TrialRecord::from_events(self.number, events).map_err(|error| error.to_string())
    }
}

fn point(space: &Space, params: &BTreeMap<String, Json>) -> Result<Point> {
    for name in params.keys() {
        space.require(name)?;
    }
    let mut values: Vec<Option<Exact>> = vec![None; space.len()];
    for (index, axis) in space.axes().iter().enumerate() {
        let Some(json) = params.get(axis.name()) else { continue };
        let read = || value(json).unwrap_or_else(|| Value::Text(json.to_string()));
        let outside = || space.outside(index, &read());
        values[index] = Some(natural_value(axis, json).ok_or_else(outside)?);
    }
    let point = Point::from_exact(&values);
    space.check(&point)?;
    Ok(point)
}

/// The value as the axis has it; a label is first of all what is written like it.
fn natural_value(axis: &Axis, json: &Json) -> Option<Exact> {
    if let Distribution::Choice(choice) = axis.distribution() {
        let is_written = |label: &Value| {
            serde_json::to_value(AnyValue::from(label.clone())).is_ok_and(|label| label == *json)
        };
        if let Some(at) = choice.labels().iter().position(is_written) {
            return Some((at as f64).into());
        }
    }
    axis.distribution().parse_exact(&value(json)?)
}
