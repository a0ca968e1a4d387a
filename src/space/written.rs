//! How a space is written: the form that [`serialized`](super::serialized) reads.

use serde::{Serialize, Serializer};

use super::distribution::Distribution;
use super::law::Scale;
use super::numeric::Values;
use super::space::Space;
use super::value::Value;

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    #[serde(flatten)]
    distribution: &'a Distribution,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<WrittenCondition<'a>>,
    /// Per choice, the name of the parameter that it refers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refers_to: Vec<Option<&'a str>>,
}

/// The parameter is active when another takes a choice.
#[derive(Serialize)]
struct WrittenCondition<'a> {
    parameter: &'a str,
    is: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum WrittenDistribution<'a> {
    Numeric(WrittenNumeric<'a>),
    Choice(WrittenChoice<'a>),
}

#[derive(Serialize)]
struct WrittenNumeric<'a> {
    integer: bool,
    scale: Scale,
    #[serde(skip_serializing_if = "Option::is_none")]
    normal: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    law: Option<WrittenLaw<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<(Value, Value)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Value>,
}

#[derive(Serialize)]
struct WrittenLaw<'a> {
    name: &'a str,
    quantiles: &'a [(f64, f64)],
}

#[derive(Serialize)]
struct WrittenChoice<'a> {
    choices: &'a [Value],
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<&'a [f64]>,
    ordered: bool,
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match self {
            Distribution::Numeric(numeric) => {
                fn both<T: Into<Value>>((low, high): (T, T)) -> (Value, Value) {
                    (low.into(), high.into())
                }
                let (integer, range, step) = match numeric.description.values {
                    Values::Real { range, step } => (false, range.map(both), step.map(Value::from)),
                    Values::Whole { range, step } => (true, range.map(both), Some(step.into())),
                };
                let (scale, normal) = (numeric.scale(), numeric.normal());
                let law = numeric
                    .description
                    .law
                    .as_ref()
                    .map(|law| WrittenLaw { name: &law.name, quantiles: law.quantiles.knots() });
                let numeric = WrittenNumeric { integer, scale, normal, law, range, step };
                WrittenDistribution::Numeric(numeric)
            }
            Distribution::Choice(choice) => WrittenDistribution::Choice(WrittenChoice {
                choices: choice.labels(),
                weights: choice.weights(),
                ordered: choice.is_ordered(),
            }),
        };
        written.serialize(serializer)
    }
}

impl Serialize for Space {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.axes().iter().map(|axis| Written {
            name: &axis.name,
            distribution: &axis.distribution,
            default: axis.default.map(|value| axis.distribution.exact_value(value)),
            when: axis.condition.map(|condition| {
                let parent = &self.axes()[condition.axis];
                WrittenCondition {
                    parameter: &parent.name,
                    is: parent.distribution.value(condition.choice as f64),
                }
            }),
            refers_to:
                axis.refers_to.iter().map(|link| link.map(|to| self.axes()[to].name())).collect(),
        }))
    }
}
