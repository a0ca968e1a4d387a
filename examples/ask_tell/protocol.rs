//! The requests, and parameters between their two forms: JSON here, a space over there.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use tunewright::space::{Float, Int, SpaceBuilder, Value};
use tunewright::trial::{Direction, Goal, Outcome};
use tunewright::{Params, Space};

#[derive(Deserialize)]
#[serde(
    tag = "op",
    rename_all = "snake_case",
    expecting = "an object whose `op` is init, earlier, ask, tell, recommend or preload"
)]
pub(crate) enum Request {
    Init(Init),
    Earlier {
        name: String,
        trials: Vec<Finished>,
    },
    Ask,
    Tell {
        id: u64,
        #[serde(flatten)]
        told: Told,
        noise: Option<f64>,
        /// Texts to keep with the trial, by name.
        #[serde(default)]
        text: BTreeMap<String, String>,
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
    direction: Option<Direction>,
    directions: Option<Vec<Direction>>,
    /// Beyond it a value is worth nothing, in the goals' own directions.
    reference: Option<Vec<f64>>,
    #[serde(default)]
    pub(crate) outcome_constraints: Vec<String>,
    #[serde(default)]
    pub(crate) repeats: bool,
    pub(crate) space: Described,
}

impl Init {
    /// The goals: with the reference as their limits, where there is one.
    pub(crate) fn goals(&self) -> Result<Vec<Goal>, String> {
        let mut goals: Vec<Goal> = match (&self.directions, self.direction) {
            (Some(_), Some(_)) => return Err("give `direction` or `directions`, not both".into()),
            (Some(several), None) => several.iter().map(|&goal| goal.into()).collect(),
            (None, one) => vec![one.unwrap_or(Direction::Minimize).into()],
        };
        if let Some(reference) = &self.reference {
            if reference.len() != goals.len() {
                return Err("give `reference` one number for each goal".into());
            }
            goals = goals.into_iter().zip(reference).map(|(goal, &at)| goal.limit(at)).collect();
        }
        Ok(goals)
    }
}

/// The result of a trial: `value` or `values`, where null tells that it failed.
#[derive(Clone, Deserialize)]
pub(crate) struct Told {
    #[serde(default, deserialize_with = "told")]
    value: Option<Option<f64>>,
    #[serde(default, deserialize_with = "told")]
    values: Option<Option<Vec<f64>>>,
    /// Those of the outcome constraints.
    constraints: Option<Vec<f64>>,
}

/// Null is a value, nothing is none.
fn told<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Told {
    pub(crate) fn outcome(self) -> Result<Outcome, &'static str> {
        let values = match (self.value, self.values) {
            (Some(value), None) => value.map(|value| vec![value]),
            (None, Some(values)) => values,
            _ => return Err("this line is no request: give `value` or `values`"),
        };
        Ok(values.map_or_else(
            || Outcome::Failed("the driver told no value".into()),
            |values| Outcome::Complete(values.into()),
        ))
    }

    /// The values of the outcome constraints by their names.
    pub(crate) fn constraints<'a>(
        &self,
        names: &'a [String],
    ) -> impl Iterator<Item = (&'a str, f64)> + use<'a> {
        let values = self.constraints.clone().unwrap_or_default();
        names.iter().map(String::as_str).zip(values)
    }
}

#[derive(Clone, Deserialize)]
pub(crate) struct Finished {
    pub(crate) params: Map<String, Json>,
    #[serde(flatten)]
    pub(crate) told: Told,
}

/// Keys of each request, to tell which one a misspelt key stands for.
const KEYS: [(&str, &[&str]); 4] = [
    (
        "init",
        &[
            "op",
            "seed",
            "budget",
            "direction",
            "directions",
            "outcome_constraints",
            "reference",
            "repeats",
            "space",
        ],
    ),
    ("tell", &["op", "id", "value", "values", "constraints", "noise", "text"]),
    ("earlier", &["op", "name", "trials"]),
    ("preload", &["op", "trials"]),
];

/// Reads a line. A key that is nearly one of the request's is refused, because it would be without
/// effect; other keys, which drivers may have reasons for, are passed over.
pub(crate) fn read(line: &[u8]) -> Result<Request, String> {
    let no_request = |error: serde_json::Error| format!("this line is no request: {error}");
    let given: Map<String, Json> = match serde_json::from_slice(line).map_err(no_request)? {
        Json::Object(given) => given,
        _ => Map::new(),
    };
    let op = given.get("op").and_then(Json::as_str);
    let keys = KEYS.iter().find(|(name, _)| Some(*name) == op).map_or(&[][..], |(_, keys)| keys);
    for key in given.keys().filter(|key| !keys.contains(&key.as_str())) {
        if let Some(meant) = keys.iter().find(|known| is_near(key, known)) {
            return Err(format!(
                "this line is no request: there is no key {key:?}; did you mean {meant:?}?"
            ));
        }
    }
    serde_json::from_slice(line).map_err(no_request)
}

/// Whether one letter too many, too few or wrong makes one of the other, or capitals do.
fn is_near(written: &str, known: &str) -> bool {
    let (written, known) = (written.to_lowercase(), known.to_lowercase());
    let (written, known): (Vec<char>, Vec<char>) =
        (written.chars().collect(), known.chars().collect());
    let start = written.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let (written, known) = (&written[start..], &known[start..]);
    let end = written.iter().rev().zip(known.iter().rev()).take_while(|(a, b)| a == b).count();
    let (written, known) = (written.len() - end, known.len() - end);
    written <= 1 && known <= 1 || written == 2 && known == 2
}

/// A space in one of its two forms: that of the protocol, or that of a space file.
pub(crate) enum Described {
    Protocol(Vec<Parameter>),
    File(Box<Space>),
}

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<Json>::deserialize(deserializer)?;
        let of_file = |entry: &Json| entry.get("numeric").or(entry.get("choice")).is_some();
        if entries.iter().any(|entry| entry.get("type").is_none() && of_file(entry)) {
            let space = Space::deserialize(Json::Array(entries)).map_err(D::Error::custom)?;
            return Ok(Described::File(Box::new(space)));
        }
        let mut mistakes = Vec::new();
        let mut parameters = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            let name = entry.get("name").and_then(Json::as_str);
            let name =
                name.map_or_else(|| format!("parameter {index}"), |name| format!("{name:?}"));
            let unknown = entry.as_object().into_iter().flat_map(Map::keys);
            mistakes.extend(unknown.filter(|key| !PARAMETER.contains(&key.as_str())).map(|key| {
                format!("{name}: there is no key {key:?}; there are {}", PARAMETER.join(", "))
            }));
            match serde_json::from_value(entry) {
                Ok(parameter) => parameters.push(parameter),
                Err(error) => mistakes.push(format!("{name}: {error}")),
            }
        }
        if mistakes.is_empty() {
            Ok(Described::Protocol(parameters))
        } else {
            Err(D::Error::custom(mistakes.join("\n")))
        }
    }
}

/// Keys of a parameter in the form of the protocol.
const PARAMETER: [&str; 8] = ["name", "type", "low", "high", "log", "step", "choices", "believed"];

#[derive(Deserialize)]
pub(crate) struct Parameter {
    name: String,
    /// A value near which good ones are believed to be.
    believed: Option<Json>,
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

impl Described {
    pub(crate) fn space(&self) -> tunewright::Result<Space> {
        match self {
            Described::Protocol(parameters) => {
                let builder = Space::builder();
                parameters.iter().fold(builder, |builder, it| it.add_to(builder)).build()
            }
            Described::File(space) => Ok(Space::clone(space)),
        }
    }

    /// What is believed of parameters.
    pub(crate) fn beliefs(&self) -> Vec<(String, Value)> {
        let Described::Protocol(parameters) = self else { return Vec::new() };
        let believed = parameters.iter().filter_map(|parameter| {
            let value = parameter.parse(parameter.believed.as_ref()?);
            Some((parameter.axis_name(), value))
        });
        believed.collect()
    }

    /// The values of a config by name; parameters that its choices leave inactive are not there.
    pub(crate) fn to_json(&self, config: &Params) -> serde_json::Result<Map<String, Json>> {
        match self {
            // No parameter of the protocol's form depends on another, so that all have values.
            Described::Protocol(parameters) => parameters
                .iter()
                .zip(config.iter())
                .map(|(parameter, (_, value))| {
                    Ok((parameter.name.clone(), parameter.to_json(&value)?))
                })
                .collect(),
            Described::File(_) => config
                .iter()
                .map(|(name, value)| Ok((name.to_owned(), serde_json::to_value(value)?)))
                .collect(),
        }
    }

    /// The config of these values.
    pub(crate) fn params(
        &self,
        space: &Space,
        given: &Map<String, Json>,
    ) -> Result<Params, Box<dyn std::error::Error>> {
        let Described::Protocol(parameters) = self else {
            let values = given.iter().map(|(name, value)| {
                let value =
                    Value::deserialize(value).map_err(|error| format!("{name}: {error}"))?;
                Ok((name.as_str(), value))
            });
            return Ok(space.params(values.collect::<Result<Vec<_>, String>>()?)?);
        };
        let known = |name: &String| parameters.iter().any(|parameter| parameter.name == *name);
        if let Some(name) = given.keys().find(|name| !known(name)) {
            return Err(format!("there is no parameter {name:?}").into());
        }
        let names: Vec<_> = parameters.iter().map(Parameter::axis_name).collect();
        let values = names.iter().zip(parameters).filter_map(|(name, parameter)| {
            let value = given.get(&parameter.name)?;
            Some((name.as_str(), parameter.parse(value)))
        });
        Ok(space.params(values)?)
    }
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
    fn axis_name(&self) -> String {
        format!("{:?}", self.name)
    }

    /// A value on its way out.
    fn to_json(&self, value: &Value) -> serde_json::Result<Json> {
        match value {
            Value::Text(label) => serde_json::from_str(label),
            number => serde_json::to_value(number),
        }
    }

    /// A value on its way in. One that the parameter does not have becomes a text that the space
    /// will refuse.
    fn parse(&self, json: &Json) -> Value {
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
