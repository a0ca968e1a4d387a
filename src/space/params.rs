use std::fmt;

use serde::{Serialize, Serializer};

use super::point::Point;
use super::search_space::SearchSpace;
use super::space::Space;
use super::value::Value;
use crate::error::{Error, Result};

/// The config of a space that exists only at run time: names and values, with typed getters.
///
/// ```
/// use tunewright::space::{Scale, Space};
///
/// let space = Space::builder()
///     .float("lr", 1e-5..=1e-1, Scale::Log)
///     .choices("activation", ["relu", "tanh"])
///     .build()?;
/// let params = space.params([("lr", 0.01.into()), ("activation", "tanh".into())])?;
/// assert_eq!(params.float("lr")?, 0.01);
/// assert_eq!(params.text("activation")?, "tanh");
/// assert!(params.int::<i64>("lr").is_err());
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Params {
    space: Space,
    point: Point,
}

impl Params {
    /// A parameter's value.
    ///
    /// # Errors
    /// There is no parameter of this name, or it is not active.
    pub fn value(&self, name: &str) -> Result<Value> {
        self.get(name)?.ok_or_else(|| match self.space.position(name) {
            Some(axis) => self.space.inactive(axis),
            None => Error::MissingParameter { name: name.into() },
        })
    }

    /// A parameter's value, `None` where it is not active.
    ///
    /// # Errors
    /// There is no parameter of this name.
    pub fn get(&self, name: &str) -> Result<Option<Value>> {
        let axis = self.space.require(name)?;
        let distribution = self.space.axes()[axis].distribution();
        Ok(self.point.exact(axis).map(|value| distribution.exact_value(value)))
    }

    /// A number; integers are numbers too.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the parameter is no number.
    pub fn float(&self, name: &str) -> Result<f64> {
        let value = self.value(name)?;
        value.as_f64().ok_or_else(|| wrong_type(name, "a number", &value))
    }

    /// A whole number of any integer type.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the parameter is no integer or does not fit the type.
    pub fn int<T: TryFrom<i64>>(&self, name: &str) -> Result<T> {
        let value = self.value(name)?;
        match value {
            Value::Int(int) => T::try_from(int).map_err(|_| Error::NotOfType {
                value: int.to_string(),
                kind: std::any::type_name::<T>(),
            }),
            _ => Err(wrong_type(name, "an integer", &value)),
        }
    }

    /// A boolean.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the parameter is no boolean.
    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Ok(flag),
            value => Err(wrong_type(name, "a boolean", &value)),
        }
    }

    /// The label of a choice.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the parameter is no choice among texts.
    pub fn text(&self, name: &str) -> Result<&str> {
        let value = self.value(name)?;
        match self.text_at(name) {
            Some(text) => Ok(text),
            None => Err(wrong_type(name, "a text", &value)),
        }
    }

    /// The variant that a choice with parameters of its own has taken; another name for
    /// [`text`](Self::text).
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn branch(&self, name: &str) -> Result<&str> {
        self.text(name)
    }

    /// The active parameters, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.space.describe(&self.point)
    }

    /// The space that this is a config of.
    pub fn space(&self) -> &Space {
        &self.space
    }

    fn text_at(&self, name: &str) -> Option<&str> {
        let axis = self.space.position(name)?;
        let index = self.point.get(axis)? as usize;
        match self.space.axes()[axis].distribution() {
            super::Distribution::Choice(choice) => match choice.labels().get(index)? {
                Value::Text(text) => Some(text),
                _ => None,
            },
            super::Distribution::Numeric(_) => None,
        }
    }
}

fn wrong_type(name: &str, wanted: &'static str, value: &Value) -> Error {
    Error::WrongType { name: name.into(), wanted, value: value.to_string(), found: value.kind() }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Space {
    /// A config from names and values; parameters that the choices leave inactive stay away.
    ///
    /// # Errors
    /// A name is unknown, a value lies outside its parameter's values, an active parameter is
    /// missing, or an inactive one is given.
    pub fn params<'a>(&self, values: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Params> {
        let mut given = vec![None; self.len()];
        for (name, value) in values {
            let axis = self.require(name)?;
            let parsed = self.axes()[axis].distribution().parse_exact(&value);
            given[axis] = Some(parsed.ok_or_else(|| self.outside(axis, &value))?);
        }
        let point = Point::from_exact(&given);
        self.check(&point)?;
        Ok(Params { space: self.clone(), point })
    }
}

impl SearchSpace for Space {
    type Config = Params;

    fn space(&self) -> &Space {
        self
    }

    fn decode(&self, point: &Point) -> Result<Params> {
        Ok(Params { space: self.clone(), point: point.clone() })
    }

    fn encode(&self, config: &Params) -> Result<Point> {
        self.check(&config.point)?;
        Ok(config.point.clone())
    }
}
