//! Values as PostgreSQL sends and takes them.

use std::error::Error;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::engine::{Cell, Row};
use crate::trial::Timestamp;

/// A cell that can be sent to the connection's thread.
#[derive(Clone, Debug)]
pub(super) enum Owned {
    Int(i64),
    Real(f64),
    Text(String),
    Time(Timestamp),
    Null,
}

impl From<&Cell<'_>> for Owned {
    fn from(cell: &Cell<'_>) -> Self {
        match *cell {
            Cell::Int(value) => Owned::Int(value),
            Cell::Real(value) => Owned::Real(value),
            Cell::Text(text) => Owned::Text(text.to_owned()),
            Cell::Time(moment) if moment > Timestamp::default() => Owned::Time(moment),
            Cell::Time(_) | Cell::Null => Owned::Null,
        }
    }
}

/// Microseconds from 1970 to 2000, from when PostgreSQL counts.
const EPOCH: i64 = 946_684_800_000_000;

impl ToSql for Owned {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Owned::Null => return Ok(IsNull::Yes),
            Owned::Int(value) if *ty == Type::INT4 => {
                let small = i32::try_from(*value);
                let small = small.map_err(|_| {
                    format!("{value} is larger than the whole numbers of Optuna's tables")
                })?;
                out.extend_from_slice(&small.to_be_bytes());
            }
            Owned::Int(value) => out.extend_from_slice(&value.to_be_bytes()),
            Owned::Real(value) => out.extend_from_slice(&value.to_be_bytes()),
            Owned::Time(Timestamp(micros)) => {
                let micros = i64::try_from(*micros).unwrap_or(i64::MAX) - EPOCH;
                out.extend_from_slice(&micros.to_be_bytes());
            }
            // Texts and the words of Optuna's own types alike.
            Owned::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What a column tells.
enum Told<'a> {
    Int(i64),
    Real(f64),
    Text(&'a str),
}

impl<'a> FromSql<'a> for Told<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT4 => Told::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Told::Int(i64::from_sql(ty, raw)?),
            Type::FLOAT8 => Told::Real(f64::from_sql(ty, raw)?),
            _ => Told::Text(std::str::from_utf8(raw)?),
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn told(row: &postgres::Row, column: usize) -> Option<Told<'_>> {
    row.try_get::<_, Option<Told<'_>>>(column).ok()?
}

impl Row for postgres::Row {
    fn int(&self, column: usize) -> Option<i64> {
        match told(self, column)? {
            Told::Int(value) => Some(value),
            Told::Real(_) | Told::Text(_) => None,
        }
    }

    fn real(&self, column: usize) -> Option<f64> {
        match told(self, column)? {
            Told::Real(value) => Some(value),
            Told::Int(value) => Some(value as f64),
            Told::Text(_) => None,
        }
    }

    fn text(&self, column: usize) -> Option<&str> {
        match told(self, column)? {
            Told::Text(text) => Some(text),
            Told::Int(_) | Told::Real(_) => None,
        }
    }
}
