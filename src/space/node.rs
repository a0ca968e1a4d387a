//! What a file holds before anything is asked of it: values within lists and objects.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::value::{Value, special};

/// Any value of a file. Objects keep keys that stand twice, so that they can be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond the signed ones.
    Large(u64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// Deeper than any space file is.
const DEEPEST: usize = 16;

/// Reads a node at a depth.
pub(super) struct Reading {
    depth: usize,
}

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
    Reading { depth: 0 }.deserialize(deserializer)
}

impl Node {
    /// As a number; NaN and infinities too, in the form that values have.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Node::Int(value) => Some(*value as f64),
            Node::Large(value) => Some(*value as f64),
            Node::Float(value) => Some(*value),
            Node::Object(entries) => match entries.as_slice() {
                [(key, Node::Text(text))] if key == "float" => special(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// As a label or default; `None` for lists, null and what fits no value exactly.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Node::Bool(value) => Some(Value::Bool(*value)),
            Node::Int(value) => Some(Value::Int(*value)),
            Node::Text(value) => Some(Value::Text(value.clone())),
            Node::Float(_) | Node::Object(_) => self.number().map(Value::Float),
            Node::Large(_) | Node::Null | Node::List(_) => None,
        }
    }
}

impl fmt::Display for Node {
    /// Short, for messages: texts in quotes, and of lists and objects what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => value.fmt(f),
            Node::Int(value) => value.fmt(f),
            Node::Large(value) => value.fmt(f),
            Node::Float(value) => Value::Float(*value).fmt(f),
            Node::Text(value) => write!(f, "the text {value:?}"),
            Node::List(items) => match items.as_slice() {
                [] => f.write_str("an empty list"),
                [_] => f.write_str("a list of one value"),
                _ => write!(f, "a list of {} values", items.len()),
            },
            Node::Object(_) => f.write_str("an object"),
        }
    }
}

impl Reading {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            return Err(E::custom(format!(
                "lists and objects are nested more than {DEEPEST} deep"
            )));
        }
        Ok(Reading { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Reading {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Large(value), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((key, map.next_value_seed(self.deeper()?)?));
        }
        Ok(Node::Object(entries))
    }
}

/// One text of several problems.
pub(super) fn refuse<E: serde::de::Error>(problems: impl IntoIterator<Item = String>) -> E {
    E::custom(problems.into_iter().collect::<Vec<_>>().join("\n"))
}
