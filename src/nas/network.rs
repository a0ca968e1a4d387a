use std::fmt;

use serde::{Deserialize, Serialize};

use super::computation::{Computation, Terms};
use crate::error::{Error, Result};
use crate::space::{Key, Value};

/// A network layer by layer: the config of a [`Chain`](super::Chain).
///
/// Every layer reads the image or layers before it; what it reads from several is concatenated
/// along the channels. Layers that no other one reads are the [outputs](Self::outputs), which are
/// concatenated for the classifier. In serialized form a network is an object with its `layers`,
/// each with `decisions` and `inputs`.
///
/// ```
/// use tunewright::nas::{Layer, Network, Source};
///
/// let network = Network::new([
///     Layer::new().with("kernel", 3).with("filters", 16),
///     Layer::new().with("kernel", 5).with("filters", 32).with_inputs([0]),
///     Layer::new().with("kernel", 1).with("filters", 32).with_inputs([0]),
/// ])?;
/// assert_eq!(network.layer(1)?.int::<usize>("filters")?, 32);
/// assert_eq!(network.layer(0)?.inputs(), [Source::Image]);
/// assert_eq!(network.outputs(), [1, 2]);
/// assert_eq!(network.to_string(), "\
/// 0: kernel 3, filters 16 <- image
/// 1: kernel 5, filters 32 <- 0
/// 2: kernel 1, filters 32 <- 0
/// classifier <- 1, 2
/// ");
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Network {
    layers: Vec<Layer>,
}

/// The serialized form, in which other programs find the outputs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    layers: Vec<Layer>,
    #[serde(default)]
    outputs: Vec<usize>,
}

impl From<Network> for Written {
    fn from(network: Network) -> Self {
        let outputs = network.outputs();
        Written { layers: network.layers, outputs }
    }
}

impl TryFrom<Written> for Network {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        Network::new(written.layers)
    }
}

/// One layer of a [`Network`]: its decisions by name, and what it reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    #[serde(with = "decisions")]
    decisions: Vec<(String, Value)>,
    inputs: Vec<Source>,
}

/// Where a layer reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The network's input.
    Image,
    /// The layer with this index.
    #[serde(untagged)]
    Layer(usize),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Image => f.write_str("image"),
            Source::Layer(layer) => write!(f, "{layer}"),
        }
    }
}

impl Layer {
    /// A layer without decisions that reads the image.
    pub fn new() -> Self {
        Layer::default()
    }

    /// Adds a decision, or changes it.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        self
    }

    /// Reads these earlier layers, instead of the image.
    pub fn with_inputs(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.inputs = layers.into_iter().map(Source::Layer).collect();
        self
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.decisions.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.decisions.push((name.to_owned(), value)),
        }
    }

    pub(super) fn read(&mut self, source: Source) {
        self.inputs.push(source);
    }

    /// What the layer reads, from the earliest on.
    pub fn inputs(&self) -> &[Source] {
        &self.inputs
    }

    /// Names and values of the decisions, in the order in which they are made.
    pub fn decisions(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.decisions.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A decision's value.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`]: there is no decision of this name.
    pub fn value(&self, name: &str) -> Result<&Value> {
        let found = self.decisions.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value).ok_or_else(|| {
            let known: Vec<&str> = self.decisions().map(|(known, _)| known).collect();
            Error::UnknownParameter { name: name.into(), known: known.join(", ") }
        })
    }

    /// A decision that is a number; integers are numbers too.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the value is no number.
    pub fn float(&self, name: &str) -> Result<f64> {
        let value = self.value(name)?;
        value.as_f64().ok_or_else(|| wrong_type(name, "a number", value))
    }

    /// A decision that is a whole number, as any integer type.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the value is no integer or does not fit the type.
    pub fn int<T: TryFrom<i64>>(&self, name: &str) -> Result<T> {
        match self.value(name)? {
            Value::Int(int) => T::try_from(*int).map_err(|_| Error::NotOfType {
                value: int.to_string(),
                kind: std::any::type_name::<T>(),
            }),
            value => Err(wrong_type(name, "an integer", value)),
        }
    }

    /// A decision that is a text, such as the name of an operation.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the value is no text.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.value(name)? {
            Value::Text(text) => Ok(text),
            value => Err(wrong_type(name, "a text", value)),
        }
    }

    /// A decision that is a boolean.
    ///
    /// # Errors
    /// As [`value`](Self::value), or the value is no boolean.
    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Ok(*flag),
            value => Err(wrong_type(name, "a boolean", value)),
        }
    }
}

fn wrong_type(name: &str, wanted: &'static str, value: &Value) -> Error {
    Error::WrongType { name: name.into(), wanted, value: value.to_string(), found: value.kind() }
}

impl Network {
    /// A network of these layers, repaired as Zoph & Le (2017, section 3.3) do: a layer that reads
    /// nothing reads the image.
    ///
    /// # Errors
    /// [`Error::InvalidNetwork`]: there is no layer, or one reads itself, a later layer, or the
    /// same one twice.
    pub fn new(layers: impl IntoIterator<Item = Layer>) -> Result<Self> {
        let mut layers: Vec<Layer> = layers.into_iter().collect();
        let wrong = |reason: String| Err(Error::InvalidNetwork { reason });
        if layers.is_empty() {
            return wrong("it has no layer; give it at least one".into());
        }
        for (index, layer) in layers.iter_mut().enumerate() {
            layer.inputs.sort_unstable();
            if let Some(twice) = layer.inputs.windows(2).find(|pair| pair[0] == pair[1]) {
                return wrong(format!("layer {index} reads {} twice; read it once", twice[0]));
            }
            let late = layer
                .inputs
                .iter()
                .find(|source| matches!(source, Source::Layer(at) if *at >= index));
            if let Some(late) = late {
                return wrong(format!(
                    "layer {index} reads layer {late}, which does not come before it; read an \
                     earlier one"
                ));
            }
        }
        Ok(Network::repaired(layers))
    }

    /// A network in which every layer reads the one before it.
    ///
    /// # Errors
    /// [`Error::InvalidNetwork`]: there is no layer.
    pub fn sequential(layers: impl IntoIterator<Item = Layer>) -> Result<Self> {
        let layers = layers.into_iter().enumerate();
        Network::new(layers.map(|(index, layer)| match index.checked_sub(1) {
            Some(before) => layer.with_inputs([before]),
            None => layer,
        }))
    }

    /// Layers that read only what comes before them.
    pub(super) fn repaired(mut layers: Vec<Layer>) -> Self {
        for layer in layers.iter_mut().filter(|layer| layer.inputs.is_empty()) {
            layer.inputs.push(Source::Image);
        }
        Network { layers }
    }

    /// The layers, from the image on.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layer with this index.
    ///
    /// # Errors
    /// [`Error::InvalidNetwork`]: there are fewer layers.
    pub fn layer(&self, index: usize) -> Result<&Layer> {
        self.layers.get(index).ok_or_else(|| Error::InvalidNetwork {
            reason: format!("it has no layer {index}, but {} layers from 0 on", self.depth()),
        })
    }

    /// The number of layers.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The layers that no other one reads, which the classifier reads. The last layer is always
    /// among them.
    pub fn outputs(&self) -> Vec<usize> {
        let mut read = vec![false; self.layers.len()];
        for source in self.layers.iter().flat_map(|layer| &layer.inputs) {
            if let Source::Layer(layer) = source {
                read[*layer] = true;
            }
        }
        (0..self.layers.len()).filter(|&layer| !read[layer]).collect()
    }

    /// The number of connections between layers that skip at least one.
    pub fn skips(&self) -> usize {
        let layers = self.layers.iter().enumerate();
        let skips = layers.map(|(index, layer)| {
            let skipping = |source: &&Source| matches!(source, Source::Layer(at) if at + 1 < index);
            layer.inputs.iter().filter(skipping).count()
        });
        skips.sum()
    }

    /// What tells networks apart that compute differently, given what each layer does: `None` for a
    /// layer that passes on what it reads. Layers may stand in another order as long as each reads
    /// the same.
    pub(super) fn key(&self, does: impl Fn(usize, &Layer) -> Option<String>) -> Key {
        let mut computation = Computation::default();
        let image = computation.input(0);
        let mut values: Vec<Terms> = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let reads = layer.inputs.iter().flat_map(|source| match source {
                Source::Image => &image,
                Source::Layer(layer) => &values[*layer],
            });
            let reads = reads.copied().collect();
            values.push(match does(index, layer) {
                Some(what) => computation.apply(&what, true, &reads),
                None => reads,
            });
        }
        let output = self.outputs().into_iter().flat_map(|layer| values[layer].clone());
        computation.key(output.collect())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.decisions().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name} {value}")?;
        }
        Ok(())
    }
}

/// One line for each layer.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, layer) in self.layers.iter().enumerate() {
            writeln!(f, "{index}: {layer} <- {}", listed(layer.inputs()))?;
        }
        writeln!(f, "classifier <- {}", listed(&self.outputs()))
    }
}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Decisions as an object, in their order.
mod decisions {
    use std::fmt;

    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::ser::Serializer;

    use crate::space::Value;

    pub(super) fn serialize<S: Serializer>(
        decisions: &[(String, Value)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(decisions.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, Value)>, D::Error> {
        struct Decisions;

        impl<'de> Visitor<'de> for Decisions {
            type Value = Vec<(String, Value)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of decisions")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut decisions = Vec::new();
                while let Some(decision) = map.next_entry()? {
                    decisions.push(decision);
                }
                Ok(decisions)
            }
        }
        deserializer.deserialize_map(Decisions)
    }
}
