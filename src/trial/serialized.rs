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
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<String, AnyNumber>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    notes: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reports: BTreeMap<u64, AnyNumber>,
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
            failure: extras.failure,
            constraints: extras.constraints.into(),
            metrics: extras.metrics.into_iter().map(|(k, v)| (k, v.into())).collect(),
            notes: extras.notes,
            reports: extras.reports.into_iter().map(|(k, v)| (k, v.into())).collect(),
        }
    }
}

impl From<Flat> for TrialRecord {
    fn from(flat: Flat) -> Self {
        let extras = Extras {
            origin: flat.origin,
            failure: flat.failure,
            constraints: flat.constraints.into(),
            metrics: flat.metrics.into_iter().map(|(k, v)| (k, v.into())).collect(),
            notes: flat.notes,
            reports: flat.reports.into_iter().map(|(k, v)| (k, v.into())).collect(),
        };
        TrialRecord {
            number: flat.number,
            state: flat.state,
            point: flat.point,
            values: if flat.values.is_empty() { Values::none() } else { flat.values.into() },
            started: flat.started,
            finished: flat.finished,
            extras: (extras != Extras::default()).then(|| Box::new(extras)),
            // Who ran it when it was written does not run it any more.
            lease: None,
        }
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
