use std::fmt;

use serde::{Deserialize, Serialize};

use crate::math::text::number;

/// One parameter's value as people write it: what tables, exports and run-time configs hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A name, such as the label of a choice.
    Text(String),
}

impl Value {
    /// The value as a number; switches and texts have none.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            Value::Bool(_) | Value::Text(_) => None,
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a switch",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
        }
    }
}

impl fmt::Display for Value {
    /// With a precision, numbers are rounded to so many significant digits.
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
    fn values_keep_their_kind_through_json() {
        for value in
            [Value::Bool(true), Value::Int(3), Value::Float(3.0), Value::Text("three".into())]
        {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
