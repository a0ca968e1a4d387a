//! Where a hyperparameter does nothing at the best value.

use serde::{Deserialize, Serialize};

use super::words::{DIGITS, short};
use crate::analysis::Analysis;
use crate::space::Value;
use crate::text::number;

/// Where one hyperparameter does nothing at the best value: if only this one is changed in the
/// [best](crate::trial::Trials::best) config, to any value within, the goal stays the same, up to
/// rounding.
///
/// Told only where at least three configs have the best goal exactly. The ends were tried: they are
/// values of such configs, which may differ in other parameters. That the best config keeps its goal
/// with these values, and with all that lie between, is judged by a model of where the goal steps,
/// and is told from a [probability](Self::probability) of 0.95 on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlatPart {
    /// Full name of the parameter.
    pub parameter: String,
    /// Where it does nothing.
    pub over: FlatOver,
    /// How many configs with the best goal have the parameter there.
    pub configs: usize,
    /// The probability that the best config keeps its goal, of the least certain place: from 0.95 to 1.
    pub probability: f64,
}

/// Where a hyperparameter does nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FlatOver {
    /// Between two values, both included.
    Between(Value, Value),
    /// With each of these choices, in the order of the space.
    AnyOf(Vec<Value>),
}

impl Analysis<'_> {
    /// Where hyperparameters do nothing at the best value, in the order of the space. Empty where
    /// goals do not tie, where runs of one config differ, and where the trials do not tell.
    pub fn flat_parts(&self) -> Vec<FlatPart> {
        let Some(plateau) = self.plateau() else { return Vec::new() };
        let axes = self.space().axes().iter().enumerate();
        axes.filter_map(|(at, axis)| {
            let flat = plateau.along(at)?;
            let over = match flat.ordered {
                true => {
                    FlatOver::Between(flat.values.first()?.clone(), flat.values.last()?.clone())
                }
                false => FlatOver::AnyOf(flat.values),
            };
            let parameter = axis.name().to_owned();
            let (configs, probability) = (flat.configs, flat.probability);
            Some(FlatPart { parameter, over, configs, probability })
        })
        .collect()
    }
}

/// Choices that are named.
const NAMED: usize = 6;

impl FlatPart {
    /// Whether a value lies there.
    pub(in crate::analysis) fn holds(&self, value: &Value) -> bool {
        match &self.over {
            FlatOver::AnyOf(values) => values.contains(value),
            FlatOver::Between(low, high) => match (value.as_f64(), low.as_f64(), high.as_f64()) {
                (Some(value), Some(low), Some(high)) => (low..=high).contains(&value),
                _ => value == low || value == high,
            },
        }
    }

    /// Where: `between 0.1 and 0.3`, `with relu, tanh and gelu`
    pub(in crate::analysis) fn place(&self) -> String {
        match &self.over {
            FlatOver::Between(low, high) => {
                let (low, high) = ends(low, high);
                format!("between {low} and {high}")
            }
            FlatOver::AnyOf(values) => {
                let named = values.iter().take(NAMED).map(short);
                let more = values.len().saturating_sub(NAMED);
                let rest = (more > 0).then(|| format!("{more} more"));
                let mut names: Vec<String> = named.chain(rest).collect();
                let last = names.pop().unwrap_or_default();
                format!("with {} and {last}", names.join(", "))
            }
        }
    }

    /// `at the best value it is flat between 0.1 and 0.3`
    pub(crate) fn in_words(&self) -> String {
        let what = match self.over {
            FlatOver::Between(..) => "flat",
            FlatOver::AnyOf(_) => "the same",
        };
        format!("at the best value the goal is {what} {}", self.place())
    }
}

/// Parameters that are named.
const PARAMETERS: usize = 4;

/// `at the best value depth does nothing between 3 and 7; rate does nothing between 0.1 and 0.3`;
/// `None` of no parts.
pub(crate) fn in_words(parts: &[FlatPart]) -> Option<String> {
    let told = |part: &FlatPart| format!("{} does nothing {}", part.parameter, part.place());
    let named: Vec<String> = parts.iter().take(PARAMETERS).map(told).collect();
    let more = match parts.len().saturating_sub(PARAMETERS) {
        0 => String::new(),
        1 => "; 1 more parameter does nothing in a part of its range".into(),
        more => format!("; {more} more parameters do nothing in parts of their ranges"),
    };
    (!named.is_empty()).then(|| format!("at the best value {}{more}", named.join("; ")))
}

/// Both ends with few digits, rounded inwards: nothing is said of what was not tried.
fn ends(low: &Value, high: &Value) -> (String, String) {
    let (Value::Float(from), Value::Float(to)) = (low, high) else {
        return (short(low), short(high));
    };
    let inwards = |value: f64, up: bool| -> f64 {
        let rounded: f64 = number(value, Some(DIGITS)).parse().unwrap_or(value);
        let outside = if up { rounded < value } else { rounded > value };
        if !outside {
            return rounded;
        }
        let digit = 10f64.powf(value.abs().log10().floor() + 1.0 - DIGITS as f64);
        rounded + if up { digit } else { -digit }
    };
    let (inner_low, inner_high) = (inwards(*from, true), inwards(*to, false));
    let text = |value: f64| number(value, Some(DIGITS));
    match from <= &inner_low && inner_low < inner_high && inner_high <= *to {
        true => (text(inner_low), text(inner_high)),
        // They differ in digits that are not shown.
        false => (number(*from, None), number(*to, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(over: FlatOver) -> String {
        FlatPart { parameter: "x".into(), over, configs: 3, probability: 0.99 }.place()
    }

    #[test]
    fn ends_are_rounded_inwards() {
        let floats = |low: f64, high: f64| place(FlatOver::Between(low.into(), high.into()));
        assert_eq!(floats(0.1, 0.3), "between 0.1 and 0.3");
        assert_eq!(floats(0.12341, 0.29876), "between 0.124 and 0.298");
        assert_eq!(floats(0.12361, 0.29836), "between 0.124 and 0.298");
        assert_eq!(floats(9.996, 1234.0), "between 10 and 1230");
        assert_eq!(floats(-0.12361, 2.00049e-7), "between -0.123 and 2e-7");
        assert_eq!(floats(0.0, 1.0), "between 0 and 1");
        assert_eq!(floats(0.50001, 0.50002), "between 0.50001 and 0.50002");
        assert_eq!(place(FlatOver::Between(3.into(), 12.into())), "between 3 and 12");
    }

    #[test]
    fn choices_are_listed() {
        let choices = |n: i64| place(FlatOver::AnyOf((0..n).map(Value::Int).collect()));
        assert_eq!(choices(2), "with 0 and 1");
        assert_eq!(choices(3), "with 0, 1 and 2");
        assert_eq!(choices(9), "with 0, 1, 2, 3, 4, 5 and 3 more");
        let flags = FlatOver::AnyOf(vec![false.into(), true.into()]);
        assert_eq!(place(flags), "with false and true");
    }
}
