use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use serde::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::space::Value;
use crate::trial::{AnyNumber, Origin, TrialRecord, TrialState, Trials};

/// A trial as other programs want it: parameters by name, as people write their values.
#[derive(Serialize)]
struct Exported<'a> {
    number: u64,
    state: TrialState,
    values: Vec<AnyNumber>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<AnyNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feasible: Option<bool>,
    params: InOrder<'a>,
    metrics: BTreeMap<&'a str, AnyNumber>,
    notes: BTreeMap<&'a str, AnyValue>,
    reports: BTreeMap<u64, AnyNumber>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    further_reports: BTreeMap<usize, BTreeMap<u64, AnyNumber>>,
    started: Option<String>,
    seconds: Option<f64>,
    reason: Option<&'a str>,
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

/// A value that survives JSON whatever it is: numbers that JSON does not have are texts, and a text
/// that is one of these is an object.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum AnyValue {
    Number(AnyNumber),
    Text { text: String },
    Other(Value),
}

/// The texts that [`AnyNumber`] writes.
pub(crate) const SPECIAL: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

impl From<Value> for AnyValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Float(value) => AnyValue::Number(value.into()),
            Value::Text(text) if SPECIAL.contains(&text.as_str()) => AnyValue::Text { text },
            other => AnyValue::Other(other),
        }
    }
}

impl Trials {
    /// Writes the study and all its trials as one JSON object:
    ///
    /// ```json
    /// {
    ///   "study": { "format": 1, "name": "study", "directions": ["minimize"], "space": [{…}],
    ///              "fingerprint": "3f2a…", "seed": 7 },
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
    ///       "reason": null,
    ///       "origin": "sampler"
    ///     }
    ///   ]
    /// }
    /// ```
    ///
    /// with each trial on a line of its own, in the order of their numbers. Where there are limits, a
    /// complete trial also says whether it keeps them, as `"feasible": true`. Where trials
    /// [report](crate::Trial::report_goals) several goals, `reports` are those of the first, and
    /// `further_reports` those of the others, by the number of the goal: `{"1": {"0": 12.5}}`. `values` is empty
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
        let by_step = |reports: &BTreeMap<u64, f64>| {
            reports.iter().map(|(&step, &value)| (step, value.into())).collect()
        };
        let by_name = |(name, value): (&'a String, &f64)| (name.as_str(), (*value).into());
        Exported {
            number: trial.number(),
            state: trial.state(),
            values: trial.values().iter().map(|&value| value.into()).collect(),
            constraints: trial.constraints().iter().map(|&value| value.into()).collect(),
            feasible: self.is_feasible(trial),
            params: InOrder { trials: self, trial },
            metrics: trial.metrics().iter().map(by_name).collect(),
            notes: trial
                .notes()
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone().into()))
                .collect(),
            reports: by_step(trial.reports()),
            further_reports: trial
                .further_reports()
                .map(|(goal, reports)| (goal, by_step(reports)))
                .collect(),
            started: trial.started().map(|started| started.to_string()),
            seconds: trial.duration().map(|time| time.as_secs_f64()),
            reason: trial.reason(),
            origin: trial.origin(),
        }
    }
}
