use std::collections::BTreeMap;
use std::io::{BufWriter, Read, Write};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::space::{Axis, Distribution, Exact, Point, Space, Value};
use crate::trial::{
    AnyNumber, Evaluation, Event, Origin, Outcome, StudyHeader, Timestamp, TrialRecord, TrialState,
    Trials,
};

/// A trial as other programs want it: parameters by name, as people write their values.
#[derive(Serialize)]
struct Exported<'a> {
    number: u64,
    state: TrialState,
    values: Vec<AnyNumber>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<AnyNumber>,
    params: InOrder<'a>,
    metrics: BTreeMap<&'a str, AnyNumber>,
    notes: BTreeMap<&'a str, AnyValue>,
    reports: BTreeMap<u64, AnyNumber>,
    started: Option<String>,
    seconds: Option<f64>,
    failure: Option<&'a str>,
    origin: Origin,
}

/// The active parameters by name, in the order of the space.
struct InOrder<'a> {
    trials: &'a Trials,
    trial: &'a TrialRecord,
}

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parameters = self.trials.parameters(self.trial);
        serializer.collect_map(parameters.map(|(name, value)| (name, AnyValue::from(value))))
    }
}

/// What [`Trials::to_json`] has written.
#[derive(Deserialize)]
struct Export {
    study: StudyHeader,
    trials: Vec<Exhibit>,
}

/// An [`Exported`] trial as it is read.
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
    started: Option<String>,
    seconds: Option<f64>,
    failure: Option<String>,
    #[serde(default)]
    origin: Origin,
}

/// A value that survives JSON whatever it is: numbers that JSON does not have are texts, and a text
/// that is one of these is an object.
#[derive(Serialize)]
#[serde(untagged)]
enum AnyValue {
    Number(AnyNumber),
    Text { text: String },
    Other(Value),
}

/// The texts that [`AnyNumber`] writes.
const SPECIAL: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

impl From<Value> for AnyValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Float(value) => AnyValue::Number(value.into()),
            Value::Text(text) if SPECIAL.contains(&text.as_str()) => AnyValue::Text { text },
            other => AnyValue::Other(other),
        }
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

impl Trials {
    /// Writes the study and all its trials as one JSON object:
    ///
    /// ```json
    /// {
    ///   "study": { "name": "study", "directions": ["minimize"], "space": {…}, "seed": 7 },
    ///   "trials": [
    ///     {
    ///       "number": 0,
    ///       "state": "complete",
    ///       "values": [0.081],
    ///       "params": { "lr": 0.001, "optimizer": "Adam" },
    ///       "metrics": { "train_error": 0.034 },
    ///       "notes": {},
    ///       "reports": { "0": 0.5, "1": 0.1 },
    ///       "started": "2026-01-31T09:30:00.000250Z",
    ///       "seconds": 1.25,
    ///       "failure": null,
    ///       "origin": "sampler"
    ///     }
    ///   ]
    /// }
    /// ```
    ///
    /// with each trial on a line of its own, in the order of their numbers. `values` is empty
    /// unless the trial is complete, `params` has the active parameters, `started` and `seconds`
    /// are `null` where they are not known. An origin is `"sampler"`, `"enqueued"`, `"added"` or
    /// `{"retry": {"of": 3, "failures": 1}}`. Numbers read back exactly; those that JSON does not
    /// have are the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, and a label or note that is such a
    /// text is `{"text": "NaN"}`. [`from_json`](Self::from_json) reads it back.
    ///
    /// # Errors
    /// [`Error::Export`] if the writer fails.
    pub fn to_json(&self, writer: impl Write) -> Result<()> {
        let mut writer = BufWriter::new(writer);
        self.write_json(&mut writer).and_then(|()| Ok(writer.flush()?)).map_err(Error::Export)
    }

    fn write_json(
        &self,
        writer: &mut impl Write,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        writer.write_all(b"{\"study\":")?;
        serde_json::to_writer(&mut *writer, self.header())?;
        writer.write_all(b",\n\"trials\":[")?;
        for (index, trial) in self.iter().enumerate() {
            writer.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *writer, &self.exported(trial))?;
        }
        writer.write_all(b"\n]}\n")?;
        Ok(())
    }

    fn exported<'a>(&'a self, trial: &'a TrialRecord) -> Exported<'a> {
        let by_name = |(name, value): (&'a String, &f64)| (name.as_str(), (*value).into());
        Exported {
            number: trial.number(),
            state: trial.state(),
            values: trial.values().iter().map(|&value| value.into()).collect(),
            constraints: trial.constraints().iter().map(|&value| value.into()).collect(),
            params: InOrder { trials: self, trial },
            metrics: trial.metrics().iter().map(by_name).collect(),
            notes: trial
                .notes()
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone().into()))
                .collect(),
            reports: trial.reports().iter().map(|(&step, &value)| (step, value.into())).collect(),
            started: trial.started().map(|started| started.to_string()),
            seconds: trial.duration().map(|time| time.as_secs_f64()),
            failure: trial.failure(),
            origin: trial.origin(),
        }
    }

    /// Reads what [`to_json`](Self::to_json) has written, as it was: the study's name, directions,
    /// space and seed, and its trials with all that they had.
    ///
    /// ```
    /// use tunewright::report::Experiments;
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
        let export: Export = serde_json::from_str(&text)
            .map_err(|error| Error::Import(format!("this is no export of `to_json`: {error}")))?;
        let record = |trial: Exhibit| {
            let number = trial.number;
            let refused = |reason| Error::Import(format!("trial {number}: {reason}"));
            trial.record(&export.study).map_err(refused)
        };
        let records = export.trials.into_iter().map(record).collect::<Result<Vec<_>>>()?;
        Self::of(export.study, records)
    }
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
            Some(text) => Timestamp::parse(text).ok_or_else(|| format!("`{text}` is no moment"))?,
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
        let reported =
            |(step, value): (u64, AnyNumber)| Event::Reported { step, value: value.into() };
        events.extend(self.reports.into_iter().map(reported));
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
            TrialState::Pruned => Some(Outcome::Pruned),
            TrialState::Interrupted => Some(Outcome::Interrupted),
            TrialState::Failed => Some(Outcome::Failed(self.failure.unwrap_or_default())),
            TrialState::Complete => {
                let values: Vec<f64> = self.values.into_iter().map(f64::from).collect();
                let (goals, given) = (study.goals.len(), values.len());
                if goals != given {
                    return Err(Error::GoalCount { goals, given }.to_string());
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
