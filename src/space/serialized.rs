//! The serialized form of a space: a flat list of parameters, each with the choice that activates
//! it, so that a person can write it by hand.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::axis::{Axis, Condition};
use super::distribution::Distribution;
use super::space::Space;
use super::value::Value;
use crate::error::Error;
use crate::error::{Mistake, Problem};

#[derive(Serialize, Deserialize)]
struct Parameter {
    name: String,
    #[serde(flatten)]
    distribution: Distribution,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<When>,
    /// Per choice, the name of the parameter that it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Option<String>>,
}

/// The parameter is active when another takes a choice.
#[derive(Serialize, Deserialize)]
struct When {
    parameter: String,
    is: Value,
}

impl Serialize for Space {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.axes().iter().map(|axis| Parameter {
            name: axis.name.clone(),
            distribution: axis.distribution.clone(),
            default: axis.default.map(|value| axis.distribution.value(value)),
            when: axis.condition.map(|condition| {
                let parent = &self.axes()[condition.axis];
                When {
                    parameter: parent.name.clone(),
                    is: parent.distribution.value(condition.choice as f64),
                }
            }),
            links:
                axis.links.iter().map(|link| link.map(|to| self.axes()[to].name.clone())).collect(),
        }))
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parameters = Vec::<Parameter>::deserialize(deserializer)?;
        let mut mistakes = Vec::new();
        let mut axes = Vec::with_capacity(parameters.len());
        append_children(None, &parameters, &mut axes, &mut mistakes);
        if axes.len() < parameters.len() && mistakes.is_empty() {
            mistakes.extend(unreached(&parameters, &axes));
        }
        find_bad_names(&axes, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Space::from_axes(axes))
        } else {
            Err(serde::de::Error::custom(Error::InvalidSpace { mistakes }))
        }
    }
}

/// Appends the parameters that `parent` (an axis and the label of its choice) activates, each
/// followed by those that it activates itself.
fn append_children(
    parent: Option<(Condition, &Value)>,
    parameters: &[Parameter],
    axes: &mut Vec<Axis>,
    mistakes: &mut Vec<Mistake>,
) {
    let parent_name = parent.map(|(condition, _)| axes[condition.axis].name.clone());
    for parameter in parameters {
        let belongs = match (&parameter.when, parent) {
            (None, None) => true,
            (Some(when), Some((_, label))) => {
                Some(&when.parameter) == parent_name.as_ref() && when.is == *label
            }
            _ => false,
        };
        // A repeated name would make its children belong to both and never end.
        if !belongs || axes.iter().any(|axis: &Axis| axis.name == parameter.name) {
            continue;
        }
        let index = axes.len();
        let links = read_links(parameter, axes, mistakes);
        axes.push(Axis {
            name: parameter.name.clone(),
            distribution: parameter.distribution.clone(),
            default: read_default(parameter, mistakes),
            condition: parent.map(|(condition, _)| condition),
            branches: Vec::new(),
            links,
        });
        let Distribution::Choice(choice) = &parameter.distribution else { continue };
        let mut branches = Vec::with_capacity(choice.labels().len());
        for (branch, label) in choice.labels().iter().enumerate() {
            let start = axes.len();
            let condition = Condition { axis: index, choice: branch };
            append_children(Some((condition, label)), parameters, axes, mistakes);
            branches.push(start..axes.len());
        }
        if branches.iter().any(|range| !range.is_empty()) {
            if choice.is_ordered() {
                let parameter = parameter.name.clone();
                mistakes.push(Mistake { parameter, problem: Problem::OrderedBranches });
            }
            axes[index].branches = branches;
        }
    }
}

fn read_default(parameter: &Parameter, mistakes: &mut Vec<Mistake>) -> Option<f64> {
    let default = parameter.default.as_ref()?;
    let parsed = parameter.distribution.parse(default);
    if parsed.is_none() {
        let reason = format!("{default} is not {}", parameter.distribution.values_in_words());
        let problem = Problem::BadDefault { reason };
        mistakes.push(Mistake { parameter: parameter.name.clone(), problem });
    }
    parsed
}

fn read_links(
    parameter: &Parameter,
    axes: &[Axis],
    mistakes: &mut Vec<Mistake>,
) -> Vec<Option<usize>> {
    let mut find = |target: &String| {
        let found = axes.iter().position(|axis| axis.name == *target);
        if found.is_none() {
            let problem = Problem::UnknownLink { target: target.clone() };
            mistakes.push(Mistake { parameter: parameter.name.clone(), problem });
        }
        found
    };
    parameter.links.iter().map(|link| link.as_ref().and_then(&mut find)).collect()
}

/// Parameters that no condition leads to: their names repeat, or their conditions match nothing.
fn unreached(parameters: &[Parameter], axes: &[Axis]) -> Vec<Mistake> {
    let mut names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    let mut mistakes = Vec::new();
    for parameter in parameters {
        if let Some(reached) = names.iter().position(|name| *name == parameter.name) {
            names.swap_remove(reached);
            continue;
        }
        let problem = match &parameter.when {
            Some(when) if !axes.iter().any(|axis| axis.name == parameter.name) => {
                Problem::UnknownCondition {
                    parameter: when.parameter.clone(),
                    choice: when.is.to_string(),
                }
            }
            _ => Problem::DuplicateName,
        };
        mistakes.push(Mistake { parameter: parameter.name.clone(), problem });
    }
    mistakes
}

fn find_bad_names(axes: &[Axis], mistakes: &mut Vec<Mistake>) {
    for axis in axes.iter().filter(|axis| axis.name.is_empty()) {
        mistakes.push(Mistake { parameter: axis.name.clone(), problem: Problem::EmptyName });
    }
}
