//! How the values of a point are written, and how a space reads a point: only what is checked against
//! the space becomes one.

use std::fmt;

use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::integers::Exact;
use super::point::Point;
use super::space::Space;

impl Space {
    /// Reads a point of this space from its serialized form, an array of numbers with `null` for axes
    /// that are not active.
    ///
    /// ```
    /// use tunewright::space::{Scale, Space};
    /// use serde_json::Deserializer;
    ///
    /// let space = Space::builder().float("lr", 1e-4..=1.0, Scale::Log).bool("bias").build()?;
    /// let point = space.point_at_values([Some(0.01), Some(1.0)])?;
    /// let text = serde_json::to_string(&point)?;
    /// assert_eq!(space.read_point(&mut Deserializer::from_str(&text))?, point);
    /// assert!(space.read_point(&mut Deserializer::from_str("[0.01, 2.0]")).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of the deserializer, and those of [`check`](Self::check): the values are no point of this
    /// space.
    pub fn read_point<'de, D: Deserializer<'de>>(&self, from: D) -> Result<Point, D::Error> {
        let point = Point::from_exact(&Vec::<Option<Exact>>::deserialize(from)?);
        self.check(&point).map_err(D::Error::custom)?;
        Ok(point)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole().and_then(|whole| i64::try_from(whole).ok()) {
            Some(integer) if self.rest != 0 => serializer.serialize_i64(integer),
            _ => serializer.serialize_f64(self.nearest),
        }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExactVisitor)
    }
}

struct ExactVisitor;

impl Visitor<'_> for ExactVisitor {
    type Value = Exact;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or null where not active")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Exact, E> {
        Ok(Exact::of(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Exact, E> {
        Ok(i64::try_from(value).map_or_else(|_| (value as f64).into(), Exact::of))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Exact, E> {
        Ok(value.into())
    }
}
