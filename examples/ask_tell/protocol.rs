//! The requests, and parameters between their two forms: JSON here, a space over there.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use tunewright::Space;
use tunewright::space::{Float, Int, SpaceBuilder, Value};
use tunewright::trial::Direction;

#[derive(Deserialize)]
#[serde(
    tag = "op",
    rename_all = "snake_case",
    expecting = "an object whose `op` is init, ask, tell, recommend or preload"
)]
pub(crate) enum Request {
    Init(Init),
    Ask,
    Tell {
        id: u64,
        #[serde(deserialize_with = "Option::deserialize")] // null is a value, nothing is a mistake
        value: Option<f64>,
        noise: Option<f64>,
    },
    Recommend,
    Preload {
        trials: Vec<Finished>,
    },
}

#[derive(Deserialize)]
pub(crate) struct Init {
    pub(crate) seed: Option<u64>,
    pub(crate) budget: u64,
    #[serde(default = "minimize")]
    pub(crate) direction: Direction,
    pub(crate) space: Vec<Parameter>,
}

fn minimize() -> Direction {
    Direction::Minimize
}

#[derive(Deserialize)]
pub(crate) struct Finished {
    pub(crate) params: serde_json::Map<String, Json>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) value: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    Float {
        low: f64,
        high: f64,
        #[serde(default)]
        log: bool,
        step: Option<f64>,
    },
    Int {
        low: i64,
        high: i64,
        #[serde(default)]
        log: bool,
        step: Option<i64>,
    },
    Cat {
        #[serde(deserialize_with = "scalars")]
        choices: Vec<Json>,
    },
}

fn scalars<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Json>, D::Error> {
    let choices = Vec::<Json>::deserialize(deserializer)?;
    match choices.iter().find(|choice| choice.is_array() || choice.is_object()) {
        Some(choice) => Err(D::Error::custom(format!(
            "{choice} cannot be a choice; name it, and keep what the name stands for"
        ))),
        None => Ok(choices),
    }
}

pub(crate) fn space_of(parameters: &[Parameter]) -> tunewright::Result<Space> {
    let builder = Space::builder();
    parameters.iter().fold(builder, |builder, parameter| parameter.add_to(builder)).build()
}

impl Parameter {
    fn add_to(&self, builder: SpaceBuilder) -> SpaceBuilder {
        match &self.kind {
            &Kind::Float { low, high, log, step } => {
                let float = Float::range(low..=high);
                let float = if log { float.log() } else { float };
                let float = if let Some(step) = step { float.step(step) } else { float };
                builder.field(&self.axis_name(), &float)
            }
            &Kind::Int { low, high, log, step } => {
                let int = Int::range(low..=high);
                let int = if log { int.log() } else { int };
                let int = if let Some(step) = step { int.step(step) } else { int };
                builder.field(&self.axis_name(), &int)
            }
            // A choice's label is its JSON text, which tells 1, 1.0, "1" and true apart.
            Kind::Cat { choices } => {
                builder.choices(&self.axis_name(), choices.iter().map(Json::to_string))
            }
        }
    }

    /// The parameter's name in the space: in quotes, so that any name at all will do, the empty one
    /// included.
    pub(crate) fn axis_name(&self) -> String {
        format!("{:?}", self.name)
    }

    /// A value on its way out.
    pub(crate) fn to_json(&self, value: &Value) -> serde_json::Result<Json> {
        match value {
            Value::Text(label) => serde_json::from_str(label),
            number => serde_json::to_value(number),
        }
    }

    /// A value on its way in. One that the parameter does not have becomes a text that the space
    /// will refuse.
    pub(crate) fn parse(&self, json: &Json) -> Value {
        match (&self.kind, json) {
            (Kind::Cat { choices }, _) => {
                // Not all JSON writers keep 1.0 apart from 1.
                let equal =
                    |choice: &&Json| choice.as_f64().is_some_and(|x| json.as_f64() == Some(x));
                let same = choices.iter().find(|choice| *choice == json);
                same.or_else(|| choices.iter().find(equal)).unwrap_or(json).to_string().into()
            }
            (_, Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => int.into(),
                (None, Some(float)) => float.into(),
                (None, None) => json.to_string().into(),
            },
            _ => json.to_string().into(),
        }
    }
}
