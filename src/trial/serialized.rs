//! The serialized form of a record: one flat object without what the trial does not have.
//!
//! JSON has no NaN and no infinity. Reports and metrics may be either, and are then written as the
//! texts "NaN", "Infinity" and "-Infinity", so that a record reads back as it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Values;
use super::record::{Extras, Origin, TrialRecord, TrialState};
use super::timestamp::Timestamp;
use crate::space::{Point, Value};

#[derive(Serialize, Deserialize)]
pub(super) struct Flat {
    number: u64,
    state: TrialState,
    point: Point,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<f64>,
    #[serde(default, skip_serializing_if = "is_default")]
    started: Timestamp,
    #[serde(default, skip_serializing_if = "is_default")]
    finished: Timestamp,
    #[serde(default, skip_serializing_if = "is_default")]
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<String, AnyNumber>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    notes: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reports: BTreeMap<u64, AnyNumber>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    further_reports: BTreeMap<usize, BTreeMap<u64, AnyNumber>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<TrialRecord> for Flat {
    fn from(record: TrialRecord) -> Self {
        let extras = record.extras.map(|extras| *extras).unwrap_or_default();
        Flat {
            number: record.number,
            state: record.state,
            point: record.point,
            values: record.values.into(),
            started: record.started,
            finished: record.finished,
            origin: extras.origin,
            reason: extras.reason,
            constraints: extras.constraints.into(),
            metrics: extras.metrics.into_iter().map(|(k, v)| (k, v.into())).collect(),
            notes: extras.notes,
            reports: extras.reports.into_iter().map(|(k, v)| (k, v.into())).collect(),
            further_reports: extras.further_reports.into_iter().map(converted).collect(),
        }
    }
}

/// The reports of a goal with their numbers in another form.
fn converted<A, B: From<A>>(
    (goal, reports): (usize, BTreeMap<u64, A>),
) -> (usize, BTreeMap<u64, B>) {
    (goal, reports.into_iter().map(|(step, value)| (step, value.into())).collect())
}

impl TryFrom<Flat> for TrialRecord {
    type Error = String;

    /// Refuses what no row of events makes.
    fn try_from(flat: Flat) -> Result<Self, String> {
        let complete = flat.state == TrialState::Complete;
        if complete == flat.values.is_empty() {
            let has = if complete { "has no value" } else { "has a value" };
            return Err(format!("trial {} is {} and {has}", flat.number, flat.state));
        }
        if !complete && !flat.constraints.is_empty() {
            return Err(format!("trial {} is {} and has constraints", flat.number, flat.state));
        }
        let may_have = matches!(flat.state, TrialState::Failed | TrialState::Pruned);
        let must_have = flat.state == TrialState::Failed;
        if flat.reason.is_some() && !may_have || flat.reason.is_none() && must_have {
            let has = if must_have { "has no reason" } else { "has a reason" };
            return Err(format!("trial {} is {} and {has}", flat.number, flat.state));
        }
        let extras = Extras {
            origin: flat.origin,
            reason: flat.reason,
            constraints: flat.constraints.into(),
            metrics: flat.metrics.into_iter().map(|(k, v)| (k, v.into())).collect(),
            notes: flat.notes,
            reports: flat.reports.into_iter().map(|(k, v)| (k, v.into())).collect(),
            further_reports: flat.further_reports.into_iter().map(converted).collect(),
        };
        Ok(TrialRecord {
            number: flat.number,
            state: flat.state,
            point: flat.point,
            values: if complete { flat.values.into() } else { Values::none() },
            started: flat.started,
            finished: flat.finished,
            extras: (extras != Extras::default()).then(|| Box::new(extras)),
            // Who ran it when it was written does not run it any more.
            lease: None,
        })
    }
}

/// A number that survives JSON whatever it is.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum AnyNumber {
    Finite(f64),
    Special(Special),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Special {
    NaN,
    Infinity,
    #[serde(rename = "-Infinity")]
    MinusInfinity,
}

impl From<f64> for AnyNumber {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            AnyNumber::Finite(value)
        } else if value.is_nan() {
            AnyNumber::Special(Special::NaN)
        } else if value > 0.0 {
            AnyNumber::Special(Special::Infinity)
        } else {
            AnyNumber::Special(Special::MinusInfinity)
        }
    }
}

impl From<AnyNumber> for f64 {
    fn from(number: AnyNumber) -> Self {
        match number {
            AnyNumber::Finite(value) => value,
            AnyNumber::Special(Special::NaN) => f64::NAN,
            AnyNumber::Special(Special::Infinity) => f64::INFINITY,
            AnyNumber::Special(Special::MinusInfinity) => f64::NEG_INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_no_events_make_are_refused() {
        let refused = |rest: &str, expected: &str| {
            let text = format!("{{\"number\":3,\"point\":[0.5],{rest}}}");
            let error = serde_json::from_str::<TrialRecord>(&text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        refused("\"state\":\"complete\"", "trial 3 is complete and has no value");
        refused("\"state\":\"pruned\",\"values\":[1.0]", "trial 3 is pruned and has a value");
        refused("\"state\":\"running\",\"constraints\":[1.0]", "trial 3 is running and has constr");
        refused("\"state\":\"failed\"", "trial 3 is failed and has no reason");
        refused(
            "\"state\":\"complete\",\"values\":[1.0],\"reason\":\"x\"",
            "trial 3 is complete and has a reason",
        );
        let text = "{\"number\":3,\"point\":[0.5],\"state\":\"complete\",\"values\":[1.0]}";
        assert_eq!(serde_json::from_str::<TrialRecord>(text).unwrap().value(), Some(1.0));
    }
}
