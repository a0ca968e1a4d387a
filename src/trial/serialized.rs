//! The serialized form of a record: one flat object without what the trial does not have. It is only
//! written. What reads trials back checks their points against the space of their study, as
//! [`Trials::from_json`](super::Trials::from_json) does.
//!
//! JSON has no NaN and no infinity. Reports and metrics may be either, and are then written as the
//! texts "NaN", "Infinity" and "-Infinity".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::record::{Origin, TrialRecord, TrialState};
use super::timestamp::Timestamp;
use crate::space::{Point, Value};

#[derive(Serialize)]
struct Flat<'a> {
    number: u64,
    state: TrialState,
    point: &'a Point,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<f64>,
    #[serde(skip_serializing_if = "is_default")]
    started: Timestamp,
    #[serde(skip_serializing_if = "is_default")]
    finished: Timestamp,
    #[serde(skip_serializing_if = "is_default")]
    origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<String, AnyNumber>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    notes: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reports: BTreeMap<u64, AnyNumber>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    further_reports: BTreeMap<usize, BTreeMap<u64, AnyNumber>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Serialize for TrialRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let extras = self.extras.as_deref().cloned().unwrap_or_default();
        let flat = Flat {
            number: self.number,
            state: self.state,
            point: &self.point,
            values: self.values.clone().into(),
            started: self.started,
            finished: self.finished,
            origin: extras.origin,
            reason: extras.reason,
            constraints: extras.constraints.into(),
            metrics: extras.metrics.into_iter().map(|(k, v)| (k, v.into())).collect(),
            notes: extras.notes,
            reports: extras.reports.into_iter().map(|(k, v)| (k, v.into())).collect(),
            further_reports: extras.further_reports.into_iter().map(converted).collect(),
        };
        flat.serialize(serializer)
    }
}

/// The reports of a goal with their numbers in another form.
fn converted<A, B: From<A>>(
    (goal, reports): (usize, BTreeMap<u64, A>),
) -> (usize, BTreeMap<u64, B>) {
    (goal, reports.into_iter().map(|(step, value)| (step, value.into())).collect())
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
