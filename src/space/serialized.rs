//! How a space is read: a flat list of parameters, each with the choice that activates it, so that a
//! person can write it by hand. [`written`](super::written) writes it.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};

use super::axis::{Axis, Condition};
use super::distribution::Distribution;
use super::file_objects::{Object, Place, distribution, list, wrong_form};
use super::integers::Exact;
use super::node::{self, Node};
use super::space::{MOST_NESTED, Space, nearest};
use super::value::Value;
use crate::error::{Mistake, Problem};

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = node::read(deserializer)?;
        let mut problems = Vec::new();
        let object = Object::read(Place::Parameter, &node, &mut problems);
        let read = object.and_then(|object| distribution(&object, &mut problems));
        match read.filter(|_| problems.is_empty()) {
            Some(distribution) => Ok(distribution),
            None => Err(node::refuse(problems.iter().map(Problem::to_string))),
        }
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = node::read(deserializer)?;
        let Some(nodes) = list(&node) else {
            let found = format!("a space is a list of parameters, but this is {node}");
            return Err(serde::de::Error::custom(found));
        };
        let mut mistakes = Vec::new();
        let parameters: Vec<Parameter> = (0..)
            .zip(nodes)
            .map(|(index, node)| Parameter::read(index, node, &mut mistakes))
            .collect();
        let axes = Arrangement::new(&parameters, &mut mistakes).axes(&parameters, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Space::from_axes(axes))
        } else {
            Err(node::refuse(mistakes.iter().map(Mistake::to_string)))
        }
    }
}

/// What a file says of one parameter, as far as it can be read.
struct Parameter {
    name: String,
    distribution: Option<Distribution>,
    default: Option<Exact>,
    when: When,
    refers_to: Vec<Option<String>>,
}

enum When {
    Always,
    /// Another parameter takes a choice.
    Is(String, Value),
    /// What is said of it cannot be read.
    Wrong,
}

impl Parameter {
    fn read(index: usize, node: &Node, mistakes: &mut Vec<Mistake>) -> Self {
        let mut problems = Vec::new();
        let mut parameter = Parameter {
            name: String::new(),
            distribution: None,
            default: None,
            when: When::Always,
            refers_to: Vec::new(),
        };
        let mut named = false;
        if let Some(object) = Object::read(Place::Parameter, node, &mut problems) {
            match object.require("name", &mut problems) {
                Some(Node::Text(name)) => {
                    (parameter.name, named) = (name.clone(), true);
                    if name.is_empty() {
                        problems.push(Problem::EmptyName);
                    }
                }
                Some(node) => problems.push(wrong_form("name", node, "a text")),
                None => {}
            }
            parameter.distribution = distribution(&object, &mut problems);
            if let Some(default) = object.get("default") {
                parameter.read_default(default, &mut problems);
            }
            if let Some(when) = object.get("when") {
                parameter.when = read_when(when, &mut problems);
            }
            if let Some(refers_to) = object.get("refers_to") {
                parameter.read_links(refers_to, &mut problems);
            }
        }
        let name = match named && !parameter.name.is_empty() {
            true => parameter.name.clone(),
            false => format!("parameter {} of the list", index + 1),
        };
        mistakes.extend(
            problems.into_iter().map(|problem| Mistake { parameter: name.clone(), problem }),
        );
        parameter
    }

    fn read_default(&mut self, node: &Node, problems: &mut Vec<Problem>) {
        let Some(value) = node.value() else {
            let wanted = "a value of the parameter: a text, a number or a boolean";
            return problems.push(wrong_form("default", node, wanted));
        };
        let Some(distribution) = &self.distribution else { return };
        self.default = distribution.parse_exact(&value);
        if self.default.is_none() {
            let reason = distribution.refuse(&self.name, &value).to_string();
            problems.push(Problem::BadDefault { reason });
        }
    }

    fn read_links(&mut self, node: &Node, problems: &mut Vec<Problem>) {
        let refers_to = list(node).and_then(|refers_to| {
            let name = |link: &Node| match link {
                Node::Null => Some(None),
                Node::Text(name) => Some(Some(name.clone())),
                _ => None,
            };
            refers_to.iter().map(name).collect::<Option<Vec<_>>>()
        });
        match refers_to {
            Some(refers_to) => self.refers_to = refers_to,
            None => {
                let wanted = "a list with, for each choice, the name of a parameter or null";
                problems.push(wrong_form("refers_to", node, wanted));
            }
        }
    }
}

fn read_when(node: &Node, problems: &mut Vec<Problem>) -> When {
    let Some(object) = Object::read(Place::When, node, problems) else { return When::Wrong };
    let parameter = match object.require("parameter", problems) {
        Some(Node::Text(name)) => Some(name.clone()),
        Some(node) => {
            problems.push(wrong_form("parameter", node, "the name of a parameter, a text"));
            None
        }
        None => None,
    };
    let is = object.require("is", problems).and_then(|node| {
        let value = node.value();
        if value.is_none() {
            problems.push(wrong_form("is", node, "one of the choices of that parameter"));
        }
        value
    });
    parameter.zip(is).map_or(When::Wrong, |(parameter, is)| When::Is(parameter, is))
}

/// The order of the axes: parameters follow the choice that activates them, branch after branch, and
/// within a branch they keep their order. Without recursion, because files may be nested deeply.
struct Arrangement {
    /// Indices of parameters, with the condition that activates each.
    order: Vec<(usize, Option<Condition>)>,
}

impl Arrangement {
    fn new(parameters: &[Parameter], mistakes: &mut Vec<Mistake>) -> Self {
        let mut mistake = |parameter: &Parameter, problem| {
            mistakes.push(Mistake { parameter: parameter.name.clone(), problem });
        };
        let mut named: HashMap<&str, usize> = HashMap::with_capacity(parameters.len());
        let mut roots = Vec::new();
        // Of each choice, the parameters that it activates with the branch.
        let mut children: Vec<Vec<(usize, usize)>> = vec![Vec::new(); parameters.len()];
        let mut settled = vec![false; parameters.len()];
        for (index, parameter) in parameters.iter().enumerate() {
            if parameter.name.is_empty() {
                continue;
            }
            if *named.entry(&parameter.name).or_insert(index) != index {
                mistake(parameter, Problem::DuplicateName);
            }
        }
        for (index, parameter) in parameters.iter().enumerate() {
            match &parameter.when {
                When::Always => roots.push(index),
                When::Wrong => settled[index] = true,
                When::Is(name, choice) => match branch(name, choice, parameters, &named) {
                    Ok(Some((parent, branch))) => children[parent].push((branch, index)),
                    // What is wrong with the other parameter is told already.
                    Ok(None) => settled[index] = true,
                    Err(problem) => {
                        settled[index] = true;
                        mistake(parameter, problem);
                    }
                },
            }
        }
        let mut order = Vec::with_capacity(parameters.len());
        let mut next: Vec<(usize, Option<Condition>, usize)> =
            roots.into_iter().rev().map(|root| (root, None, 0)).collect();
        while let Some((index, condition, depth)) = next.pop() {
            settled[index] = true;
            if depth > MOST_NESTED {
                mistake(&parameters[index], Problem::TooDeep { most: MOST_NESTED });
                continue;
            }
            let axis = order.len();
            order.push((index, condition));
            // A stable order by branch keeps that of the file within each.
            children[index].sort_by_key(|(branch, _)| *branch);
            next.extend(
                children[index]
                    .iter()
                    .rev()
                    .map(|&(choice, child)| (child, Some(Condition { axis, choice }), depth + 1)),
            );
        }
        // What lies below a mistake is not told again; what is left goes round in a circle.
        for (index, parameter) in parameters.iter().enumerate() {
            if settled[index] || is_below(index, parameters, &named, &settled) {
                continue;
            }
            if let When::Is(name, choice) = &parameter.when {
                let (parameter_name, choice) = (name.clone(), choice.to_string());
                let reason = "the conditions go round in a circle".to_owned();
                let problem =
                    Problem::UnknownCondition { parameter: parameter_name, choice, reason };
                mistake(parameter, problem);
            }
        }
        Arrangement { order }
    }

    fn axes(&self, parameters: &[Parameter], mistakes: &mut Vec<Mistake>) -> Vec<Axis> {
        let mut axes: Vec<Axis> = Vec::with_capacity(self.order.len());
        let mut positions: HashMap<&str, usize> = HashMap::with_capacity(self.order.len());
        for &(index, condition) in &self.order {
            let parameter = &parameters[index];
            let mut mistake =
                |problem| mistakes.push(Mistake { parameter: parameter.name.clone(), problem });
            let Some(distribution) = parameter.distribution.clone() else { return Vec::new() };
            let mut refers_to = Vec::with_capacity(parameter.refers_to.len());
            for link in &parameter.refers_to {
                let found = link.as_ref().and_then(|name| positions.get(name.as_str()).copied());
                if let (Some(target), None) = (link, found) {
                    mistake(Problem::UnknownReference { target: target.clone() });
                }
                refers_to.push(found);
            }
            positions.insert(&parameter.name, axes.len());
            axes.push(Axis {
                name: parameter.name.clone(),
                distribution,
                default: parameter.default,
                condition,
                branches: Vec::new(),
                refers_to,
            });
        }
        find_branches(&mut axes, mistakes);
        axes
    }
}

/// The parameter and the choice that a condition names; `None` if what is wrong with the parameter is
/// told already.
fn branch(
    name: &str,
    choice: &Value,
    parameters: &[Parameter],
    named: &HashMap<&str, usize>,
) -> Result<Option<(usize, usize)>, Problem> {
    let unknown = |reason| Problem::UnknownCondition {
        parameter: name.to_owned(),
        choice: choice.to_string(),
        reason,
    };
    let Some(&parent) = named.get(name) else {
        let first = |(index, other): (usize, &Parameter)| named.get(&*other.name) == Some(&index);
        let known = (parameters.iter().enumerate())
            .filter(|known| first(*known))
            .map(|(_, known)| known.name.as_str());
        let known = nearest(name, known);
        return Err(unknown(match known.is_empty() {
            true => format!("there is no parameter `{name}`"),
            false => format!("there is no parameter `{name}`; there are {known}"),
        }));
    };
    match &parameters[parent].distribution {
        None => Ok(None),
        Some(Distribution::Numeric(_)) => {
            Err(unknown(format!("`{name}` is a number; only a choice has conditions")))
        }
        Some(distribution) => match distribution.parse(choice) {
            Some(branch) => Ok(Some((parent, branch as usize))),
            None => Err(unknown(format!("`{name}` may be {}", distribution.values_in_words()))),
        },
    }
}

/// Whether the condition of a parameter leads to one whose mistake is known.
fn is_below(
    index: usize,
    parameters: &[Parameter],
    named: &HashMap<&str, usize>,
    settled: &[bool],
) -> bool {
    let mut at = index;
    for _ in 0..parameters.len() {
        let When::Is(name, _) = &parameters[at].when else { return true };
        match named.get(name.as_str()) {
            Some(&parent) if !settled[parent] => at = parent,
            _ => return true,
        }
    }
    false
}

/// Fills in the axes of each branch. They follow the choice directly, branch after branch.
fn find_branches(axes: &mut [Axis], mistakes: &mut Vec<Mistake>) {
    // Backwards, the axes below an axis are known before it.
    let mut ends: Vec<usize> = (1..=axes.len()).collect();
    for index in (0..axes.len()).rev() {
        if let Some(condition) = axes[index].condition {
            ends[condition.axis] = ends[condition.axis].max(ends[index]);
        }
    }
    for index in 0..axes.len() {
        let Distribution::Choice(choice) = &axes[index].distribution else { continue };
        let count = choice.labels().len();
        if ends[index] == index + 1 {
            continue;
        }
        if choice.is_ordered() {
            let parameter = axes[index].name.clone();
            mistakes.push(Mistake { parameter, problem: Problem::OrderedBranches });
        }
        let mut branches = Vec::with_capacity(count);
        let mut next = index + 1;
        for branch in 0..count {
            let start = next;
            let own = Some(Condition { axis: index, choice: branch });
            while next < ends[index] && axes[next].condition == own {
                next = ends[next];
            }
            branches.push(start..next);
        }
        axes[index].branches = branches;
    }
}
