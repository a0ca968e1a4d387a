//! A parameter as a file describes it: from objects with known keys to distributions.
//!
//! Whatever is wrong is noted, and reading goes on, so that all mistakes of a file come at once.

use super::choice::{Choice, ChoiceDescription};
use super::distribution::Distribution;
use super::law::Scale;
use super::node::Node;
use super::numeric::{Numeric, NumericDescription, Values};
use super::quantiles::{NamedLaw, Quantiles};
use super::space::distance;
use super::value::Value;
use crate::error::Problem;

/// The objects of a space file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Parameter,
    Numeric,
    Law,
    Choice,
    When,
}

impl Place {
    const ALL: [Place; 5] =
        [Place::Parameter, Place::Numeric, Place::Law, Place::Choice, Place::When];

    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Place::Parameter => &["name", "numeric", "choice", "default", "when", "refers_to"],
            Place::Numeric => &["integer", "scale", "normal", "law", "range", "step"],
            Place::Law => &["name", "quantiles"],
            Place::Choice => &["choices", "weights", "ordered"],
            Place::When => &["parameter", "is"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Place::Parameter => "a parameter",
            Place::Numeric => "`numeric`",
            Place::Law => "`law`",
            Place::Choice => "`choice`",
            Place::When => "`when`",
        }
    }
}

/// What people write for a key, and the key that they mean.
const MEANT: &[(&str, Place, &str)] = &[
    ("if", Place::Parameter, "`when`"),
    ("condition", Place::Parameter, "`when`"),
    ("only_if", Place::Parameter, "`when`"),
    ("type", Place::Parameter, "`numeric` or `choice`"),
    ("kind", Place::Parameter, "`numeric` or `choice`"),
    ("int", Place::Numeric, "`\"integer\": true` in `numeric`"),
    ("log", Place::Numeric, "`\"scale\": \"log\"` in `numeric`"),
    ("low", Place::Numeric, "`\"range\": [low, high]` in `numeric`"),
    ("high", Place::Numeric, "`\"range\": [low, high]` in `numeric`"),
    ("min", Place::Numeric, "`\"range\": [low, high]` in `numeric`"),
    ("max", Place::Numeric, "`\"range\": [low, high]` in `numeric`"),
    ("bounds", Place::Numeric, "`\"range\": [low, high]` in `numeric`"),
    ("mean", Place::Numeric, "`\"normal\": [mean, sd]` in `numeric`"),
    ("sd", Place::Numeric, "`\"normal\": [mean, sd]` in `numeric`"),
    ("values", Place::Choice, "`choices` in `choice`"),
    ("options", Place::Choice, "`choices` in `choice`"),
    ("probabilities", Place::Choice, "`weights` in `choice`"),
    ("name", Place::When, "`parameter`"),
    ("value", Place::When, "`is`"),
    ("equals", Place::When, "`is`"),
];

/// An object whose keys are known, and what was found wrong with it.
pub(super) struct Object<'a> {
    place: Place,
    entries: &'a [(String, Node)],
}

impl<'a> Object<'a> {
    /// Notes unknown and repeated keys, and that the node is no object at all.
    pub(super) fn read(place: Place, node: &'a Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let Node::Object(entries) = node else {
            problems.push(Problem::WrongForm {
                what: place.name().to_owned(),
                found: node.to_string(),
                wanted: format!("an object with the keys {}", place.keys().join(", ")),
            });
            return None;
        };
        for (at, (key, _)) in entries.iter().enumerate() {
            let (key, place_name) = (key.clone(), place.name());
            if !place.keys().contains(&key.as_str()) {
                let remedy = meant(&key, place);
                problems.push(Problem::UnknownKey { key, place: place_name, remedy });
            } else if entries[..at].iter().any(|(earlier, _)| *earlier == key) {
                problems.push(Problem::DuplicateKey { key, place: place_name });
            }
        }
        Some(Object { place, entries })
    }

    /// What stands under a key; null counts as nothing.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        let (_, node) = self.entries.iter().find(|(known, _)| known == key)?;
        (*node != Node::Null).then_some(node)
    }

    /// What must stand under a key.
    pub(super) fn require(
        &self,
        key: &'static str,
        problems: &mut Vec<Problem>,
    ) -> Option<&'a Node> {
        let node = self.get(key);
        // One that is misspelt is told already.
        let misspelt = |(known, _): &(String, Node)| {
            !self.place.keys().contains(&known.as_str())
                && meant(known, self.place).contains(&format!("`{key}`"))
        };
        if node.is_none() && !self.entries.iter().any(misspelt) {
            problems.push(Problem::MissingKey { key, place: self.place.name() });
        }
        node
    }

    /// Converts what stands under a key; notes where that is not possible.
    fn form<T>(
        &self,
        key: &str,
        wanted: &str,
        problems: &mut Vec<Problem>,
        convert: impl FnOnce(&'a Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(key)?;
        let converted = convert(node);
        if converted.is_none() {
            problems.push(wrong_form(key, node, wanted));
        }
        converted
    }
}

pub(super) fn wrong_form(key: &str, found: &Node, wanted: &str) -> Problem {
    let (what, found, wanted) = (format!("`{key}`"), found.to_string(), wanted.to_owned());
    Problem::WrongForm { what, found, wanted }
}

/// What a person may have meant by a key that is not known here.
fn meant(key: &str, place: Place) -> String {
    let lower = key.to_lowercase();
    let elsewhere = Place::ALL.into_iter().find(|other| {
        *other != place && *other != Place::When && other.keys().contains(&lower.as_str())
    });
    let nearest = place.keys().iter().min_by_key(|known| distance(&lower, known));
    // In a longer key two letters may be wrong, as when two neighbours are exchanged.
    let most = |known: &str| if known.len() < 5 { 1 } else { 2 };
    let near = nearest.filter(|known| distance(&lower, known) <= most(known));
    let known = MEANT.iter().filter(|(written, ..)| *written == lower);
    // The same word may be meant for several objects; the one that it stands in goes first.
    let meant = known.clone().find(|(_, of, _)| *of == place).or_else(|| {
        known.clone().find(|(_, of, _)| *of != Place::When && place == Place::Parameter)
    });
    match (near, meant, elsewhere) {
        // A word of its own, such as `low`, may look like another key, such as `law`.
        (_, Some((_, of, meant)), _) if *of == place => {
            let inside = format!(" in {}", place.name());
            format!("did you mean {}?", meant.strip_suffix(&inside).unwrap_or(meant))
        }
        (Some(near), ..) => format!("did you mean `{near}`?"),
        (None, Some((_, _, meant)), _) => format!("did you mean {meant}?"),
        (None, None, Some(Place::Parameter)) => "it belongs one level further out".to_owned(),
        (None, None, Some(other)) => format!("it belongs in {}", other.name()),
        (None, None, None) => format!("its keys are {}", place.keys().join(", ")),
    }
}

/// The values of a parameter, from `numeric` or `choice`.
pub(super) fn distribution(
    object: &Object<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Distribution> {
    match (object.get("numeric"), object.get("choice")) {
        (Some(numeric), None) => numbers(numeric, problems).map(Distribution::Numeric),
        (None, Some(choice)) => choices(choice, problems).map(Distribution::Choice),
        (Some(_), Some(_)) => {
            problems.push(Problem::TwoKinds);
            None
        }
        (None, None) => {
            problems.push(Problem::NoKind);
            None
        }
    }
}

fn numbers(node: &Node, problems: &mut Vec<Problem>) -> Option<Numeric> {
    let known = problems.len();
    let object = Object::read(Place::Numeric, node, problems)?;
    let integer = object.form("integer", "true or false", problems, boolean).unwrap_or(false);
    let scale = object.form("scale", "\"linear\" or \"log\"", problems, |node| match node {
        Node::Text(text) if text == "linear" => Some(Scale::Linear),
        Node::Text(text) if text == "log" => Some(Scale::Log),
        _ => None,
    });
    let normal = object.form("normal", "[mean, standard deviation], two numbers", problems, pair);
    let normal = normal.and_then(|(mean, sd)| Some((mean.number()?, sd.number()?)));
    let law = object.get("law").and_then(|law| named_law(law, problems));
    let range = object.form("range", "[low, high], two numbers", problems, pair);
    let step = object.form("step", "a number", problems, |node| node.number().map(|_| node));
    if problems.len() > known {
        return None;
    }
    let values = values(integer, range, step);
    let scale = scale.unwrap_or_default();
    let numeric =
        values.and_then(|values| Numeric::new(NumericDescription { scale, normal, law, values }));
    numeric.map_err(|problem| problems.push(problem)).ok()
}

/// A law that is neither uniform nor normal.
fn named_law(node: &Node, problems: &mut Vec<Problem>) -> Option<NamedLaw> {
    let object = Object::read(Place::Law, node, problems)?;
    let name = object.form("name", "a text", problems, |node| match node {
        Node::Text(name) => Some(name.clone()),
        _ => None,
    });
    object.require("quantiles", problems)?;
    let wanted = "a list of pairs [probability, value]";
    let knots = object.form("quantiles", wanted, problems, |node| {
        let pairs = list(node)?.iter().map(|node| {
            let (probability, value) = pair(node)?;
            probability.number().zip(value.number())
        });
        pairs.collect::<Option<Vec<(f64, f64)>>>()
    })?;
    let quantiles = Quantiles::new(knots).map_err(|problem| problems.push(problem)).ok()?;
    Some(NamedLaw { name: name.unwrap_or_else(|| UNNAMED.to_owned()), quantiles })
}

/// A law whose name a file does not tell.
const UNNAMED: &str = "by its quantiles";

fn values(
    integer: bool,
    range: Option<(&Node, &Node)>,
    step: Option<&Node>,
) -> Result<Values, Problem> {
    if !integer {
        let range = range.and_then(|(low, high)| Some((low.number()?, high.number()?)));
        return Ok(Values::Real { range, step: step.and_then(Node::number) });
    }
    let range = match range {
        Some((low, high)) => Some((bound(low)?, bound(high)?)),
        None => None,
    };
    let step = match step {
        // Who describes integers by hand need not say that they are one apart.
        None => 1,
        Some(Node::Int(step)) => *step,
        Some(node) => {
            let step = node.number().unwrap_or(f64::NAN);
            Values::whole_bound(step).map_err(|problem| match problem {
                Problem::NotFinite { value, .. } => Problem::NotFinite { what: "the step", value },
                Problem::FractionalBound { .. } => Problem::FractionalStep { step },
                _ => Problem::StepOverflow,
            })?
        }
    };
    Ok(Values::Whole { range, step })
}

fn bound(node: &Node) -> Result<i64, Problem> {
    match node {
        Node::Int(bound) => Ok(*bound),
        Node::Large(_) => Err(Problem::IntegerOverflow),
        _ => Values::whole_bound(node.number().unwrap_or(f64::NAN)),
    }
}

fn choices(node: &Node, problems: &mut Vec<Problem>) -> Option<Choice> {
    let known = problems.len();
    let object = Object::read(Place::Choice, node, problems)?;
    let choices = object.require("choices", problems);
    let choices = choices.map(|_| object.form("choices", "a list of values", problems, list));
    let mut labels: Vec<Value> = Vec::new();
    for choice in choices.flatten().into_iter().flatten() {
        match choice.value() {
            Some(value) => labels.push(value),
            None => problems.push(Problem::WrongForm {
                what: "a choice".to_owned(),
                found: choice.to_string(),
                wanted: "a text, a number or a boolean; name it by a text".to_owned(),
            }),
        }
    }
    let weights = object.form("weights", "a list of numbers", problems, |node| {
        list(node)?.iter().map(Node::number).collect::<Option<Vec<f64>>>()
    });
    let ordered = object.form("ordered", "true or false", problems, boolean).unwrap_or(false);
    if problems.len() > known {
        return None;
    }
    let choice = Choice::new(ChoiceDescription { choices: labels, weights, ordered });
    choice.map_err(|problem| problems.push(problem)).ok()
}

fn boolean(node: &Node) -> Option<bool> {
    match node {
        Node::Bool(value) => Some(*value),
        _ => None,
    }
}

pub(super) fn list(node: &Node) -> Option<&[Node]> {
    match node {
        Node::List(items) => Some(items),
        _ => None,
    }
}

/// Two numbers.
fn pair(node: &Node) -> Option<(&Node, &Node)> {
    match list(node)? {
        [first, second] if first.number().is_some() && second.number().is_some() => {
            Some((first, second))
        }
        _ => None,
    }
}
