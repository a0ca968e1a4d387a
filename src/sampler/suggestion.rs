use std::collections::BTreeMap;

use crate::space::{Point, Value};
use crate::trial::TrialRecord;

/// What a sampler suggests: a point, and remarks about it.
///
/// A plain point becomes a suggestion with [`into`](Into::into).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Suggestion {
    point: Point,
    notes: BTreeMap<String, Value>,
    /// The trial to go on with, if it is no new config.
    continued: Option<u64>,
}

impl Suggestion {
    /// To go on with one of the trials that are [paused](super::Context::paused), from its checkpoint, instead
    /// of trying a new config.
    pub fn going_on_with(trial: &TrialRecord) -> Self {
        let (point, notes) = (trial.point().clone(), BTreeMap::new());
        Suggestion { point, notes, continued: Some(trial.number()) }
    }

    /// The number of the trial to go on with; `None` for a new config.
    pub fn continued(&self) -> Option<u64> {
        self.continued
    }

    /// The suggestion with a remark, which is kept in the trial's record. People and later calls of
    /// the sampler find it there: the stage of a grid, say. A number that is NaN or infinite is kept
    /// as a text, because not every storage has such numbers.
    #[must_use]
    pub fn note(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::Float(number) if !number.is_finite() => Value::Text(number.to_string()),
            value => value,
        };
        self.notes.insert(name.to_owned(), value);
        self
    }

    /// Where to look next.
    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The remarks, by name.
    pub fn notes(&self) -> &BTreeMap<String, Value> {
        &self.notes
    }

    /// The point and the remarks.
    pub fn into_parts(self) -> (Point, BTreeMap<String, Value>) {
        (self.point, self.notes)
    }
}

impl From<Point> for Suggestion {
    fn from(point: Point) -> Self {
        Suggestion { point, notes: BTreeMap::new(), continued: None }
    }
}
