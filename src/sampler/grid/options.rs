//! What a person asks of a grid, and the levels that follow from it.

use std::collections::BTreeMap;

use super::levels::{Levels, has_bounds};
use crate::error::{Error, Result};
use crate::space::{AxisKind, Space, Value};

/// Wishes for the levels of parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) default: Option<u64>,
    pub(super) by_name: BTreeMap<String, Request>,
}

/// What is wished for one parameter.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Levels(u64),
    Values(Vec<Value>),
}

/// Levels of a parameter of which nobody says anything. The ends, the middle, and one between each; not
/// varied.
const DEFAULT_LEVELS: u64 = 5;

/// A request that was checked against the space.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Count(u64),
    Values(Levels),
}

impl Options {
    /// The levels of every axis of a grid that is walked once.
    pub(super) fn levels(&self, space: &Space) -> Result<Vec<Levels>> {
        let default = self.default.unwrap_or(DEFAULT_LEVELS);
        let axes = space.axes().iter().zip(self.wanted(space)?);
        axes.map(|(axis, wanted)| match wanted {
            Some(Wanted::Values(levels)) => Ok(levels),
            Some(Wanted::Count(count)) => Ok(Levels::spread(axis.distribution(), count)),
            None if has_bounds(axis.distribution()) => {
                Ok(Levels::spread(axis.distribution(), default))
            }
            None => Err(Error::UnboundedGrid { parameter: axis.name().into() }),
        })
        .collect()
    }

    /// Levels of the axes of which nobody says anything else.
    pub(super) fn default(&self) -> Option<u64> {
        self.default
    }

    /// What is asked of the axes that are named; `None` for the others.
    pub(super) fn wanted(&self, space: &Space) -> Result<Vec<Option<Wanted>>> {
        if self.default == Some(0) {
            return Err(no_levels("levels", "0".into()));
        }
        let mut wanted = vec![None; space.len()];
        for (name, request) in &self.by_name {
            let index = space.require(name)?;
            let distribution = space.axes()[index].distribution();
            wanted[index] = Some(match request {
                Request::Levels(0) => return Err(no_levels("levels_of", format!("0 for {name}"))),
                Request::Levels(_)
                    if matches!(distribution.kind(), AxisKind::Categorical { .. }) =>
                {
                    return Err(Error::InvalidOption {
                        option: "levels_of",
                        value: format!("given for {name}, whose choices have no order"),
                        remedy: "a grid takes all choices; name some by `values_of`",
                    });
                }
                Request::Levels(count) => Wanted::Count(*count),
                Request::Values(values) if values.is_empty() => {
                    return Err(no_levels("values_of", format!("empty for {name}")));
                }
                Request::Values(values) => {
                    let parse = |value| {
                        distribution.parse(value).ok_or_else(|| space.outside(index, value))
                    };
                    let values = values.iter().map(parse).collect::<Result<_>>()?;
                    Wanted::Values(Levels::listed(values))
                }
            });
        }
        Ok(wanted)
    }
}

fn no_levels(option: &'static str, value: String) -> Error {
    Error::InvalidOption { option, value, remedy: "a grid needs at least 1 level" }
}
