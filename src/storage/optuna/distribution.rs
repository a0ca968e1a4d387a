//! Optuna's distributions, and how a parameter of a space is written as one.

use std::ops::Deref;
use std::sync::Arc;

use super::json::{Object, ObjectWriter, Raw, array, number, quoted};
use crate::space::{self, Scale, Value};

/// The values of a parameter, in Optuna's terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Distribution {
    Float {
        low: f64,
        high: f64,
        step: Option<f64>,
        log: bool,
    },
    /// Wider than the crate's own integers, because Python's have no bounds.
    Int {
        low: i128,
        high: i128,
        step: i128,
        log: bool,
    },
    /// The choices as JSON: null, booleans, numbers, texts.
    Categorical {
        choices: Vec<String>,
    },
}

/// A distribution with its text in a journal. Most trials share both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredDistribution {
    distribution: Distribution,
    quoted: String,
}

impl StoredDistribution {
    /// The text that Optuna reads, as a JSON text.
    pub(crate) fn quoted(&self) -> &str {
        &self.quoted
    }
}

impl From<Distribution> for StoredDistribution {
    fn from(distribution: Distribution) -> Self {
        StoredDistribution { quoted: quoted(&distribution.json()), distribution }
    }
}

impl Deref for StoredDistribution {
    type Target = Distribution;

    fn deref(&self) -> &Distribution {
        &self.distribution
    }
}

/// A parameter's value in Optuna's internal form: the number itself, or the index of a choice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Internal {
    Number(f64),
    /// Kept apart because doubles do not hold all of them.
    Whole(i64),
    /// A whole number that only Python holds. Rare, and so kept behind a thin pointer.
    Huge(Arc<String>),
}

impl Internal {
    pub(crate) fn parse(value: Raw<'_>) -> Option<Self> {
        let number = value.number()?;
        let is_whole = value.text().bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
        Some(match value.int() {
            Some(whole) => Internal::Whole(whole),
            None if is_whole => Internal::Huge(Arc::new(value.text().to_owned())),
            None => Internal::Number(number),
        })
    }

    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Internal::Number(number) => *number,
            Internal::Whole(whole) => *whole as f64,
            Internal::Huge(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    fn whole(&self) -> Option<i64> {
        match self {
            Internal::Whole(whole) => Some(*whole),
            Internal::Number(number) => {
                let fits = number.fract() == 0.0 && number.abs() < MOST_WHOLE;
                fits.then_some(*number as i64)
            }
            Internal::Huge(_) => None,
        }
    }

    pub(crate) fn json(&self) -> String {
        match self {
            Internal::Number(value) => number(*value),
            Internal::Whole(whole) => whole.to_string(),
            Internal::Huge(text) => text.to_string(),
        }
    }
}

impl Distribution {
    /// Reads the text of a distribution, old names and the short form included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let object = Object::of(Raw::parse(text)?)?;
        let (name, attributes) = match object.get("name") {
            Some(name) => (name.string()?, Object::of(object.get("attributes")?)?),
            None => (object.get("type")?.string()?, object),
        };
        let number = |name: &str| attributes.given(name).and_then(Raw::number);
        let bounds = || Some((number("low")?, number("high")?));
        let whole = |name: &str| match attributes.given(name)? {
            value if value.int::<i128>().is_some() => value.int(),
            value => value.number().filter(|number| number.fract() == 0.0).map(|n| n as i128),
        };
        let log = || attributes.given("log").and_then(Raw::bool).unwrap_or(false);
        let float = |step: Option<f64>, log: bool| {
            let (low, high) = bounds()?;
            Some(Distribution::Float { low, high, step, log })
        };
        let int = |log: bool| {
            let step = whole("step").unwrap_or(1);
            Some(Distribution::Int { low: whole("low")?, high: whole("high")?, step, log })
        };
        match &*name {
            "FloatDistribution" | "float" => float(number("step"), log()),
            "UniformDistribution" => float(None, false),
            "LogUniformDistribution" => float(None, true),
            "DiscreteUniformDistribution" => float(number("q"), false),
            "IntDistribution" | "int" => int(log()),
            "IntUniformDistribution" => int(false),
            "IntLogUniformDistribution" => int(true),
            "CategoricalDistribution" | "categorical" => {
                let choices = attributes.get("choices")?.elements()?;
                let choices = choices.into_iter().map(canonical).collect();
                Some(Distribution::Categorical { choices })
            }
            _ => None,
        }
    }

    /// The text that Optuna reads.
    pub(crate) fn json(&self) -> String {
        let (name, attributes) = match self {
            Distribution::Float { low, high, step, log } => {
                let step = step.map_or_else(|| "null".into(), number);
                let mut attributes = ObjectWriter::new();
                attributes.raw("step", &step).raw("low", &number(*low)).raw("high", &number(*high));
                ("FloatDistribution", attributes.int("log", log).end())
            }
            Distribution::Int { low, high, step, log } => {
                let mut attributes = ObjectWriter::new();
                attributes.int("log", log).int("step", step).int("low", low);
                ("IntDistribution", attributes.int("high", high).end())
            }
            Distribution::Categorical { choices } => {
                let choices = array(choices.iter().cloned());
                ("CategoricalDistribution", ObjectWriter::new().raw("choices", &choices).end())
            }
        };
        ObjectWriter::new().text("name", name).raw("attributes", &attributes).end()
    }

    /// The distribution of a parameter. Optuna has no laws and no bounds at infinity: what it is told
    /// of these is where nearly all values lie.
    pub(crate) fn of(distribution: &space::Distribution) -> Self {
        let numeric = match distribution {
            space::Distribution::Choice(choice) => {
                let choices = choice.labels().iter().map(value_json).collect();
                return Distribution::Categorical { choices };
            }
            space::Distribution::Numeric(numeric) => numeric,
        };
        let (low, high) = numeric.range().unwrap_or_else(|| {
            let end = |unit: f64, rest: f64| {
                let end = distribution.from_unit(unit);
                if end.is_finite() { end } else { distribution.from_unit(rest) }
            };
            (end(0.0, NEARLY_ALL), end(1.0, 1.0 - NEARLY_ALL))
        });
        let log = numeric.scale() == Scale::Log;
        if numeric.is_integer() {
            let whole = numeric.integer_range().map(|(low, high)| (low.into(), high.into()));
            let (low, high) = whole.unwrap_or((low as i128, high as i128));
            // Optuna has no steps on a log scale.
            let step = numeric.step().filter(|_| !log).map_or(1, |step| step as i128);
            return Distribution::Int { low, high, step, log };
        }
        let step = numeric.step().filter(|_| !log);
        Distribution::Float { low, high, step, log }
    }

    /// Whether Optuna takes both for the same parameter: it keeps a trial's value only if the
    /// distribution has the kind, the scale and the choices of the first one of that name.
    pub(crate) fn is_compatible(&self, other: &Distribution) -> bool {
        match (self, other) {
            (Distribution::Float { log, .. }, Distribution::Float { log: other, .. })
            | (Distribution::Int { log, .. }, Distribution::Int { log: other, .. }) => log == other,
            (
                Distribution::Categorical { choices },
                Distribution::Categorical { choices: others },
            ) => choices == others,
            _ => false,
        }
    }

    /// The internal form of a value of the space.
    pub(crate) fn internal(&self, value: &Value) -> Option<Internal> {
        match (self, value) {
            (Distribution::Categorical { choices }, value) => {
                let json = value_json(value);
                let index = choices.iter().position(|choice| *choice == json)?;
                Some(Internal::Whole(index as i64))
            }
            (_, Value::Int(value)) => Some(Internal::Whole(*value)),
            (_, Value::Float(value)) => Some(Internal::Number(*value)),
            (_, Value::Bool(_) | Value::Text(_)) => None,
        }
    }

    /// The value of an internal form; `None` where this crate has no such value, as for null.
    pub(crate) fn value(&self, internal: &Internal) -> Option<Value> {
        match self {
            Distribution::Float { .. } => Some(Value::Float(internal.as_f64())),
            Distribution::Int { .. } => internal.whole().map(Value::Int),
            Distribution::Categorical { choices } => {
                let index = usize::try_from(internal.whole()?).ok()?;
                json_value(Raw::parse(choices.get(index)?)?)
            }
        }
    }

    /// The value as Optuna's users see it, as JSON.
    pub(crate) fn external(&self, internal: &Internal) -> Option<String> {
        match self {
            Distribution::Float { .. } => Some(number(internal.as_f64())),
            Distribution::Int { .. } => match internal.whole() {
                Some(whole) => Some(whole.to_string()),
                None => Some(internal.json()),
            },
            Distribution::Categorical { choices } => {
                choices.get(usize::try_from(internal.whole()?).ok()?).cloned()
            }
        }
    }
}

/// Doubles from here on are not all integers of 64 bits.
const MOST_WHOLE: f64 = 9.2e18;
/// What lies outside the range that Optuna is told, on each side.
const NEARLY_ALL: f64 = 1e-12;

/// The same JSON scalar in one spelling.
fn canonical(choice: Raw<'_>) -> String {
    match json_value(choice) {
        Some(value) => value_json(&value),
        None => choice.text().to_owned(),
    }
}

/// A value as JSON.
pub(crate) fn value_json(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => number(*value),
        Value::Text(value) => quoted(value),
    }
}

/// The value of a JSON scalar.
pub(crate) fn json_value(json: Raw<'_>) -> Option<Value> {
    if let Some(value) = json.bool() {
        return Some(value.into());
    }
    if let Some(value) = json.int::<i64>() {
        return Some(Value::Int(value));
    }
    if let Some(value) = json.number() {
        return Some(Value::Float(value));
    }
    json.string().map(|text| Value::Text(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    #[test]
    fn every_form_is_read() {
        let float = |low, high, step, log| Some(Distribution::Float { low, high, step, log });
        let int = |low, high, step, log| Some(Distribution::Int { low, high, step, log });
        let attributes =
            |name: &str, rest: &str| format!(r#"{{"name":"{name}","attributes":{{{rest}}}}}"#);
        let read = |name, rest| Distribution::parse(&attributes(name, rest));
        assert_eq!(
            read("FloatDistribution", r#""step":null,"low":1e-05,"high":1.0,"log":true"#),
            float(1e-5, 1.0, None, true)
        );
        assert_eq!(
            read("UniformDistribution", r#""low":0,"high":1"#),
            float(0.0, 1.0, None, false)
        );
        assert_eq!(
            read("DiscreteUniformDistribution", r#""low":0,"high":1,"q":0.25"#),
            float(0.0, 1.0, Some(0.25), false)
        );
        assert_eq!(
            read("IntDistribution", r#""log":false,"step":2,"low":1,"high":9"#),
            int(1, 9, 2, false)
        );
        assert_eq!(
            read("IntLogUniformDistribution", r#""low":1,"high":9,"step":1"#),
            int(1, 9, 1, true)
        );
        assert_eq!(
            Distribution::parse(r#"{"type":"int","low":1,"high":9e2,"step":1,"log":false}"#),
            int(1, 900, 1, false)
        );
        let choices = read("CategoricalDistribution", r#""choices":["\u0061",null,true,1,2.50]"#);
        let expected = ["\"a\"", "null", "true", "1", "2.5"].map(String::from).to_vec();
        assert_eq!(choices, Some(Distribution::Categorical { choices: expected }));
        assert_eq!(read("NormalDistribution", r#""low":0,"high":1"#), None);
    }

    #[test]
    fn parameters_keep_through_optunas_form() {
        let space = Space::builder()
            .float("lr", 1e-5..=1.0, Scale::Log)
            .int("depth", 1..=9_007_199_254_740_993_i64, Scale::Linear)
            .choices("kind", ["a", "b"])
            .bool("on")
            .build()
            .unwrap();
        let values = [
            Value::Float(1e-5),
            Value::Int(9_007_199_254_740_993),
            Value::Text("b".into()),
            Value::Bool(true),
        ];
        for (axis, value) in space.axes().iter().zip(values) {
            let distribution = Distribution::of(axis.distribution());
            assert_eq!(Distribution::parse(&distribution.json()), Some(distribution.clone()));
            let internal = distribution.internal(&value).unwrap();
            let read = Raw::parse(&internal.json()).and_then(Internal::parse).unwrap();
            assert_eq!(distribution.value(&read), Some(value));
        }
    }
}
