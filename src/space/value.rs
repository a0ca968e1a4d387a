use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::text::{DIGITS, number};

/// One parameter's value as people write it: what tables, exports and run-time configs hold.
///
/// Equality is total: NaN equals NaN, so that a value always equals itself, and -0.0 equals 0.0.
/// Values of different kinds differ: 1 is not 1.0. Values hash accordingly.
///
/// In serialized form a value is a boolean, a number or a text. NaN and the infinities, which JSON
/// lacks, are written as `{"float": "NaN"}`, `{"float": "Infinity"}` and `{"float": "-Infinity"}`,
/// which no text can be mistaken for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A name, such as the label of a choice.
    Text(String),
}

impl Value {
    /// The value as a number; booleans and texts have none.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            Value::Bool(_) | Value::Text(_) => None,
        }
    }

    /// The bits by which reals are compared: one pattern for all NaNs, and one for both zeros.
    fn bits(value: f64) -> u64 {
        // Adding zero turns -0 into +0.
        if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
        }
    }

    /// The value with as many digits as people read.
    pub(crate) fn rounded(&self) -> String {
        match self {
            Value::Float(value) => number(*value, Some(DIGITS)),
            other => other.to_string(),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Int(one), Value::Int(other)) => one == other,
            (Value::Float(one), Value::Float(other)) => Value::bits(*one) == Value::bits(*other),
            (Value::Text(one), Value::Text(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Value::Bool(value) => value.hash(state),
            Value::Int(value) => value.hash(state),
            Value::Float(value) => Value::bits(*value).hash(state),
            Value::Text(value) => value.hash(state),
        }
    }
}

/// The key under which a real number stands that JSON cannot write.
const FLOAT: &str = "float";

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Float(value) => {
                let text = match *value {
                    f64::INFINITY => "Infinity",
                    f64::NEG_INFINITY => "-Infinity",
                    _ => "NaN",
                };
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(FLOAT, text)?;
                map.end()
            }
            Value::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, a number, a text, or {\"float\": \"NaN\"}")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    /// Beyond the 64-bit signed integers the nearest double.
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, String>()? {
            entries.push(entry);
        }
        match entries.as_slice() {
            [(key, text)] if key == FLOAT => special(text).map(Value::Float),
            _ => None,
        }
        .ok_or_else(|| de::Error::custom(NOT_FLOAT))
    }
}

/// What an object says that is no value.
pub(super) const NOT_FLOAT: &str = "an object is a value only as {\"float\": \"NaN\"}, \
    {\"float\": \"Infinity\"} or {\"float\": \"-Infinity\"}";

/// The number that JSON lacks, by its name.
pub(super) fn special(name: &str) -> Option<f64> {
    match name.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

impl fmt::Display for Value {
    /// A precision rounds numbers to that many significant digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => number(*value, f.precision()),
            Value::Text(value) => value.clone(),
        };
        // `Formatter::pad` would cut the text to the precision, so that only the width is its.
        match f.width() {
            Some(width) => match f.align() {
                Some(fmt::Alignment::Right) => write!(f, "{text:>width$}"),
                Some(fmt::Alignment::Center) => write!(f, "{text:^width$}"),
                _ => write!(f, "{text:<width$}"),
            },
            None => f.write_str(&text),
        }
    }
}

macro_rules! value_from {
    ($variant:ident: $($from:ty),*) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Value::$variant(value.into())
            }
        })*
    };
}
value_from!(Bool: bool);
value_from!(Int: i8, i16, i32, i64, u8, u16, u32);
value_from!(Float: f32, f64);
value_from!(Text: &str, String);

impl From<usize> for Value {
    /// Numbers beyond `i64::MAX` become texts, so that none is changed.
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Int)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_counts_digits_and_cuts_nothing() {
        assert_eq!(format!("{:.3}", Value::Float(0.123_456)), "0.123");
        assert_eq!(format!("{:.3}", Value::Int(1_234_567)), "1234567");
        assert_eq!(format!("{:.2}", Value::Text("linear".into())), "linear");
        assert_eq!(format!("{:>6}|{:<4}|", Value::Int(7), Value::Bool(true)), "     7|true|");
    }

    #[test]
    fn values_keep_through_json() {
        let floats = [3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX, 5e-324];
        let others = [
            Value::Bool(true),
            Value::Int(3),
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            "three".into(),
            "NaN".into(),
            "{\"float\": \"NaN\"}".into(),
        ];
        for value in floats.map(Value::Float).into_iter().chain(others) {
            let text = serde_json::to_string(&value).unwrap();
            let back = serde_json::from_str::<Value>(&text).unwrap();
            assert_eq!(back, value, "{text}");
            assert_eq!(format!("{back:?}"), format!("{value:?}"), "{text}");
        }
        assert_eq!(serde_json::to_string(&Value::Float(f64::NAN)).unwrap(), r#"{"float":"NaN"}"#);
        for wrong in [r#"{"float":"1.5"}"#, r#"{"flot":"NaN"}"#, "{}", "null", "[1]"] {
            assert!(serde_json::from_str::<Value>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn equality_is_total() {
        let hash = |value: &Value| {
            let mut hasher = std::hash::DefaultHasher::new();
            value.hash(&mut hasher);
            hasher.finish()
        };
        let equal = [(f64::NAN, -f64::NAN), (f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001))];
        for (one, other) in equal.into_iter().chain([(0.0, -0.0)]) {
            let (one, other) = (Value::Float(one), Value::Float(other));
            assert_eq!(one, other);
            assert_eq!(hash(&one), hash(&other));
        }
        assert_ne!(Value::Int(1), Value::Float(1.0));
        assert_ne!(Value::Text("NaN".into()), Value::Float(f64::NAN));
    }
}
