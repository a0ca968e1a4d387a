//! Spaces, parameters and their values for people, and why a value is none of a parameter's.

use std::fmt;

use super::axis::Axis;
use super::distribution::Distribution;
use super::law::Scale;
use super::numeric::Numeric;
use super::params::Params;
use super::space::Space;
use super::value::Value;
use crate::error::Error;
use crate::text::number;

impl Distribution {
    /// The values in words, for messages: `0..=0.6`, `1..=9 in steps of 2`, `"relu" or "tanh"`.
    pub fn values_in_words(&self) -> String {
        match self {
            Distribution::Numeric(numeric) => numbers_in_words(numeric),
            Distribution::Choice(choice) => {
                let labels: Vec<String> =
                    choice.labels().iter().map(|label| format!("`{label}`")).collect();
                labels.join(" or ")
            }
        }
    }

    /// Why `value` is no value of the parameter with this name, and what to do about it.
    pub(crate) fn refuse(&self, parameter: &str, value: &Value) -> Error {
        let (parameter, text) = (parameter.to_owned(), value.to_string());
        let values = self.values_in_words();
        let outside = |parameter, value, values| Error::OutsideSpace { parameter, value, values };
        let Distribution::Numeric(numeric) = self else { return outside(parameter, text, values) };
        let number = match value {
            Value::Int(integer) => *integer as f64,
            Value::Float(number) => *number,
            Value::Bool(_) | Value::Text(_) => {
                let found = value.kind();
                return Error::NotANumber { parameter, value: text, found, values };
            }
        };
        if number.is_nan() {
            return Error::NotANumber { parameter, value: text, found: "no number", values };
        }
        if numeric.is_integer() && number.is_finite() && number.fract() != 0.0 {
            return Error::NotWhole { parameter, value: text, values };
        }
        match numeric.around(number) {
            Some((below, above)) => {
                let nearest = format!("{} or {}", self.value(below), self.value(above));
                Error::BetweenSteps { parameter, value: text, values, nearest }
            }
            None => outside(parameter, text, values),
        }
    }
}

/// Parameters that differ and are told.
const MOST_TOLD: usize = 3;

impl Space {
    /// How this space differs from another one that is the earlier: `layers was 1..=4 and is 1..=8, dropout is
    /// new`.
    /// `is_meant` chooses parameters by their names.
    pub(crate) fn difference_from(
        &self,
        earlier: &Space,
        is_meant: impl Fn(&str) -> bool,
    ) -> String {
        let changed = |axis: &Axis| {
            let name = axis.name();
            let Some(before) = earlier.axes().iter().find(|before| before.name() == name) else {
                return Some(format!("{name} is new"));
            };
            let (was, is) = apart(before.distribution(), axis.distribution());
            match was == is {
                false => Some(format!("{name} was {was} and is {is}")),
                true if before == axis => None,
                true => Some(format!("{name} has another default or condition")),
            }
        };
        let is_gone = |axis: &&Axis| self.position(axis.name()).is_none();
        let gone = earlier.axes().iter().filter(|axis| is_meant(axis.name())).filter(is_gone);
        let gone = gone.map(|axis| format!("{} is gone", axis.name()));
        let meant = self.axes().iter().filter(|axis| is_meant(axis.name()));
        let all: Vec<String> = meant.filter_map(changed).chain(gone).collect();
        match all.len() {
            0 => "its parameters have another order".into(),
            count if count <= MOST_TOLD => all.join(", "),
            count => format!("{}, and {} more", all[..MOST_TOLD].join(", "), count - MOST_TOLD),
        }
    }
}

/// Two distributions in words that differ where they do.
fn apart(was: &Distribution, is: &Distribution) -> (String, String) {
    let (Distribution::Numeric(one), Distribution::Numeric(other)) = (was, is) else {
        return (was.to_string(), is.to_string());
    };
    let are_whole = [one, other].map(|numeric| numeric.integer_range().is_some());
    let are_log = [one, other].map(|numeric| numeric.scale() == Scale::Log);
    let word = |at: usize, distribution: &Distribution| {
        let kind = match are_whole[at] {
            _ if are_whole[0] == are_whole[1] => "",
            true => "whole numbers ",
            false => "real numbers ",
        };
        let scale = if are_log[0] != are_log[1] && !are_log[at] { ", linear scale" } else { "" };
        format!("{kind}{distribution}{scale}")
    };
    (word(0, was), word(1, is))
}

fn numbers_in_words(numeric: &Numeric) -> String {
    let real = |value| number(value, None);
    let (range, steps) = match (numeric.integer_range(), numeric.range(), numeric.step()) {
        (Some((low, high)), _, step) => {
            (format!("{low}..={high}"), step.filter(|step| *step != 1.0))
        }
        (None, Some((low, high)), step) => (format!("{}..={}", real(low), real(high)), step),
        (None, None, _) if numeric.scale() == Scale::Log => ("the numbers above 0".into(), None),
        (None, None, _) => ("the finite numbers".into(), None),
    };
    match steps {
        Some(step) => format!("{range} in steps of {}", real(step)),
        None => range,
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scale::Linear => "linear",
            Scale::Log => "log",
        })
    }
}

impl fmt::Display for Distribution {
    /// The values and how likely they are: `0.001..=10, log scale`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.values_in_words())?;
        match self {
            Distribution::Numeric(numeric) => {
                if numeric.scale() == Scale::Log {
                    f.write_str(", log scale")?;
                }
                if let Some(law) = numeric.law() {
                    write!(f, ", law {law}")?;
                }
                if let Some((mean, sd)) = numeric.normal() {
                    let of = if numeric.scale() == Scale::Log { " of the logarithm" } else { "" };
                    let (mean, sd) = (number(mean, None), number(sd, None));
                    write!(f, ", normal{of} with mean {mean} and standard deviation {sd}")?;
                }
            }
            Distribution::Choice(choice) => {
                if choice.is_ordered() {
                    f.write_str(", ordered")?;
                }
                if let Some(weights) = choice.weights() {
                    let weights: Vec<String> = weights.iter().map(|w| number(*w, None)).collect();
                    write!(f, ", weights {}", weights.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Axis {
    /// Name, values and default: `window: 2..=60, log scale (default 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.distribution)?;
        match self.default {
            Some(default) => write!(f, " (default {})", self.distribution.exact_value(default)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Space {
    /// One parameter in a line; those that exist only under a choice are indented below it, with the
    /// choice that activates them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut depths: Vec<usize> = Vec::with_capacity(self.len());
        for (index, axis) in self.axes().iter().enumerate() {
            let depth = axis.condition().map_or(0, |condition| depths[condition.axis] + 1);
            depths.push(depth);
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{:1$}{axis}", "", 2 * depth)?;
            if let Some(condition) = axis.condition() {
                let parent = &self.axes()[condition.axis];
                write!(f, ", if {} = {}", parent.name(), parent.label(condition.choice))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Params {
    /// `lr = 0.01, kernel = rbf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {value}")?;
        }
        Ok(())
    }
}
