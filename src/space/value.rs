use std::fmt;

use serde::{Deserialize, Serialize};

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

/// Writes a number the short way: plain digits for everyday sizes, an exponent outside of them.
/// `significant` limits the digits shown; without it the number reads back exactly.
pub(crate) fn number(value: f64, significant: Option<usize>) -> String {
    let rounded = match significant {
        // The exponent form is the only one in which a precision counts significant digits.
        Some(digits) => format!("{:.*e}", digits.max(1) - 1, value).parse().unwrap_or(value),
        None => value,
    };
    let size = rounded.abs();
    if size == 0.0 || (1e-4..1e7).contains(&size) || !size.is_finite() {
        format!("{rounded}")
    } else {
        format!("{rounded:e}")
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
    fn numbers_are_short_and_read_back() {
        assert_eq!(number(0.0, None), "0");
        assert_eq!(number(0.001, None), "0.001");
        assert_eq!(number(1e-5, None), "1e-5");
        assert_eq!(number(-2.5e12, None), "-2.5e12");
        assert_eq!(number(0.123456789, Some(3)), "0.123");
        assert_eq!(number(123456.0, Some(3)), "123000");
        assert_eq!(number(f64::NAN, Some(3)), "NaN");
        for value in [0.1 + 0.2, 1e300, f64::MIN_POSITIVE, 9007199254740993.0] {
            assert_eq!(number(value, None).parse::<f64>().unwrap(), value);
        }
    }

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
