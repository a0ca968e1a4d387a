use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::attributes::Attributes;
use super::distribution::{Internal, StoredDistribution};
use super::json::{ObjectWriter, Raw, array, number, quoted};
use crate::trial::Timestamp;

/// Where a stored trial stands, in Optuna's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoredState {
    /// Somebody runs it.
    #[default]
    Running,
    /// It has values.
    Complete,
    /// It was ended early.
    Pruned,
    /// It has no result.
    Fail,
    /// It is to be run.
    Waiting,
}

impl StoredState {
    const ALL: [(StoredState, &'static str); 5] = [
        (StoredState::Running, "RUNNING"),
        (StoredState::Complete, "COMPLETE"),
        (StoredState::Pruned, "PRUNED"),
        (StoredState::Fail, "FAIL"),
        (StoredState::Waiting, "WAITING"),
    ];

    /// Optuna's number for it.
    pub(crate) fn code(self) -> usize {
        self as usize
    }

    pub(crate) fn from_code(code: usize) -> Option<Self> {
        StoredState::ALL.get(code).map(|(state, _)| *state)
    }

    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        StoredState::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }

    /// Optuna's name for it.
    pub fn name(self) -> &'static str {
        StoredState::ALL[self.code()].1
    }

    pub(crate) fn is_finished(self) -> bool {
        !matches!(self, StoredState::Running | StoredState::Waiting)
    }
}

impl fmt::Display for StoredState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A trial as it is stored, whoever wrote it: also one that does not fit the space of any study here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredTrial {
    pub(crate) number: u64,
    pub(crate) state: StoredState,
    pub(crate) values: Vec<f64>,
    pub(crate) params: Vec<Param>,
    pub(crate) intermediate: BTreeMap<i64, f64>,
    pub(crate) user_attrs: Attributes,
    pub(crate) system_attrs: Attributes,
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
}

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Param {
    pub(crate) name: Arc<str>,
    pub(crate) value: Internal,
    pub(crate) distribution: Arc<StoredDistribution>,
}

/// What is changed of a trial.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Param(Param),
    State {
        state: StoredState,
        values: Vec<f64>,
        at: Timestamp,
    },
    Intermediate {
        step: i64,
        value: f64,
    },
    /// Name and value, both JSON.
    UserAttr(String, String),
    SystemAttr(String, String),
}

impl Change {
    pub(crate) fn system(name: &str, json: String) -> Self {
        Change::SystemAttr(quoted(name), json)
    }
}

impl StoredTrial {
    /// Its number within the study.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where it stands.
    pub fn state(&self) -> StoredState {
        self.state
    }

    /// Its values; empty where it has none.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The trial as one JSON object in Python's dialect, in which NaN and the infinities are bare
    /// words: `number`, `state`, `values`, `params` (as the user sees them), `intermediate`,
    /// `user_attrs`, `system_attrs`.
    pub fn to_json(&self) -> String {
        let values = if self.values.is_empty() {
            "null".into()
        } else {
            array(self.values.iter().map(|&value| number(value)))
        };
        let mut params = ObjectWriter::new();
        for param in &self.params {
            let external = param.distribution.external(&param.value);
            params.raw(&param.name, external.as_deref().unwrap_or("null"));
        }
        let mut intermediate = ObjectWriter::new();
        for (step, &value) in &self.intermediate {
            intermediate.raw(&step.to_string(), &number(value));
        }
        ObjectWriter::new()
            .int("number", self.number)
            .text("state", self.state.name())
            .raw("values", &values)
            .raw("params", &params.end())
            .raw("intermediate", &intermediate.end())
            .raw("user_attrs", &self.user_attrs.json())
            .raw("system_attrs", &self.system_attrs.json())
            .end()
    }

    /// Enters a change.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Param(param) => self.set_param(param),
            Change::State { state, values, at } => {
                self.state = state;
                self.values = values;
                if state == StoredState::Running {
                    self.started = at;
                } else {
                    self.finished = at;
                }
            }
            Change::Intermediate { step, value } => {
                self.intermediate.insert(step, value);
            }
            Change::UserAttr(key, json) => set(&mut self.user_attrs, &key, &json),
            Change::SystemAttr(key, json) => set(&mut self.system_attrs, &key, &json),
        }
    }

    /// Gives back room for more than it has, because there may be a hundred thousand trials.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn shrink(&mut self) {
        self.values.shrink_to_fit();
        self.params.shrink_to_fit();
        self.user_attrs.shrink();
        self.system_attrs.shrink();
    }

    fn set_param(&mut self, param: Param) {
        match self.params.iter_mut().find(|known| known.name == param.name) {
            Some(known) => *known = param,
            None => self.params.push(param),
        }
    }
}

fn set(attributes: &mut Attributes, key: &str, json: &str) {
    if let (Some(key), Some(value)) = (Raw::parse(key), Raw::parse(json)) {
        attributes.set(key, value);
    }
}
