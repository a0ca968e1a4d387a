//! What the axes of a chain decide, and the way from their values to networks and back.

use std::fmt;
use std::ops::Range;

use super::super::network::{Layer, Network, Source};
use super::{Chain, Decision, Skips};
use crate::error::{Error, Result};
use crate::space::{Bool, Choices, Description, Domain, Key, Reader, Rule, Writer};

/// What an axis of the space decides; they follow each other in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Whether there is this layer.
    Present(usize),
    /// The decision with this index.
    Decide(usize, usize),
    /// Whether the first layer reads the second.
    Read(usize, usize),
}

const PRESENCE: [&str; 2] = ["absent", "present"];

impl Chain {
    /// The axes in their order.
    fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let (least, most) = self.depths();
        (0..most).flat_map(move |layer| {
            let present = (layer >= least).then_some(Step::Present(layer));
            let decide = (0..self.decisions.len()).map(move |which| Step::Decide(layer, which));
            let reads = self.choosable(layer).map(move |from| Step::Read(layer, from));
            present.into_iter().chain(decide).chain(reads)
        })
    }

    pub(super) fn depths(&self) -> (usize, usize) {
        self.depth.unwrap_or((1, 1))
    }

    /// The earlier layers of which a layer decides whether to read them.
    fn choosable(&self, layer: usize) -> Range<usize> {
        match self.skips {
            Skips::None => 0..0,
            Skips::Within(reach) => {
                let end = if self.keep_previous { layer.saturating_sub(1) } else { layer };
                layer.saturating_sub(reach).min(end)..end
            }
        }
    }

    /// Whether a layer reads the one before it whatever is decided.
    fn reads_previous(&self, layer: usize) -> bool {
        layer > 0 && (self.keep_previous || self.skips == Skips::None)
    }

    /// The layers that the values describe, which may end anywhere.
    fn layers(&self, values: &[Option<f64>]) -> Vec<Layer> {
        let mut layers: Vec<Layer> = Vec::with_capacity(self.depths().1);
        for (step, value) in self.steps().zip(values) {
            let Some(value) = *value else { break };
            match step {
                Step::Present(_) if value == 0.0 => break,
                Step::Present(layer) => self.begin(layer, &mut layers),
                Step::Decide(layer, which) => {
                    self.begin(layer, &mut layers);
                    let Decision { name, distribution } = &self.decisions[which];
                    layers[layer].set(name, distribution.value(value));
                }
                Step::Read(layer, from) => {
                    self.begin(layer, &mut layers);
                    if value == 1.0 {
                        layers[layer].read(Source::Layer(from));
                    }
                }
            }
        }
        // Layers without any parameter leave no trace in the values.
        if values.len() == self.steps().count() && self.decisions.is_empty() {
            (layers.len()..self.depths().0).for_each(|layer| self.begin(layer, &mut layers));
        }
        for (index, layer) in layers.iter_mut().enumerate() {
            if self.reads_previous(index) {
                layer.read(Source::Layer(index - 1));
            }
        }
        layers
    }

    /// Adds the layers up to this one.
    fn begin(&self, layer: usize, layers: &mut Vec<Layer>) {
        while layers.len() <= layer {
            layers.push(Layer::new());
        }
    }

    /// The values of a network; the inverse of [`layers`](Self::layers).
    fn values(&self, network: &Network) -> Result<Vec<Option<f64>>> {
        let (least, most) = self.depths();
        let depth = network.depth();
        if !(least..=most).contains(&depth) {
            return Err(outside("depth", &depth, &format!("{least}..={most}")));
        }
        for (index, layer) in network.layers().iter().enumerate() {
            let fixed = self.reads_previous(index).then(|| index - 1);
            for source in layer.inputs() {
                let known = match *source {
                    Source::Image => layer.inputs().len() == 1 && fixed.is_none(),
                    Source::Layer(from) => {
                        Some(from) == fixed || self.choosable(index).contains(&from)
                    }
                };
                if !known {
                    let values = "the layers that it may read";
                    return Err(outside(&format!("layer{index}.from"), source, values));
                }
            }
            if fixed.is_some_and(|from| !layer.inputs().contains(&Source::Layer(from))) {
                let reads = "what it reads, without the layer before it,";
                return Err(outside(&format!("layer{index}.from"), &reads, "the described layers"));
            }
            let unknown = layer
                .decisions()
                .find(|(name, _)| !self.decisions.iter().any(|decision| decision.name == *name));
            if let Some((name, _)) = unknown {
                let known: Vec<&str> =
                    self.decisions.iter().map(|decision| decision.name.as_str()).collect();
                let known = known.join(", ");
                return Err(Error::UnknownParameter {
                    name: format!("layer{index}.{name}"),
                    known,
                });
            }
        }
        self.steps().map(|step| self.value(step, network)).collect()
    }

    fn value(&self, step: Step, network: &Network) -> Result<Option<f64>> {
        let flag = |flag: bool| Some(f64::from(u8::from(flag)));
        let (layer, at) = match step {
            // Beyond the first absent layer nothing is asked.
            Step::Present(at) => {
                return Ok((at <= network.depth()).then(|| flag(at < network.depth())).flatten());
            }
            Step::Decide(at, _) | Step::Read(at, _) => (network.layers().get(at), at),
        };
        let Some(layer) = layer else { return Ok(None) };
        match step {
            Step::Decide(_, which) => {
                let Decision { name, distribution } = &self.decisions[which];
                let full = || format!("layer{at}.{name}");
                let value =
                    layer.value(name).map_err(|_| Error::MissingParameter { name: full() })?;
                match distribution.parse(value) {
                    Some(parsed) => Ok(Some(parsed)),
                    None => Err(distribution.refuse(&full(), value)),
                }
            }
            Step::Read(_, from) => Ok(flag(layer.inputs().contains(&Source::Layer(from)))),
            Step::Present(_) => Ok(None),
        }
    }

    /// The name of what forbids these layers, complete or not.
    fn breaks(&self, layers: Vec<Layer>) -> Option<String> {
        let most = self.most_inputs.unwrap_or(usize::MAX);
        if layers.iter().any(|layer| layer.inputs().len() > most) {
            return Some(format!("a layer reads at most {most}"));
        }
        let network = Network::repaired(layers);
        let forbidden = self.forbidden.iter().find(|forbidden| (forbidden.applies)(&network));
        forbidden.map(|forbidden| forbidden.name.clone())
    }

    fn describe_from(&self, layer: usize, description: &mut Description) {
        let (least, most) = self.depths();
        for layer in layer..most {
            if layer >= least && layer > 0 {
                let weights = [1.0, (most - layer) as f64];
                let presence = Choices::of(PRESENCE).weights(weights).distribution();
                description.flat_branches(
                    &format!("layer{layer}"),
                    presence,
                    |branch, description| {
                        if branch == 1 {
                            self.describe_layer(layer, description);
                            self.describe_from(layer + 1, description);
                        }
                    },
                );
                return;
            }
            self.describe_layer(layer, description);
        }
    }

    fn describe_layer(&self, layer: usize, description: &mut Description) {
        for Decision { name, distribution } in &self.decisions {
            let name = format!("layer{layer}.{name}");
            description.add_distribution(&name, distribution.clone());
        }
        for from in self.choosable(layer) {
            description.add(&format!("layer{layer}.from{from}"), &Bool::new());
            description.refers_to([None, self.last_of(from).as_deref()]);
        }
    }

    /// The last parameter of a layer: where all of it is decided.
    fn last_of(&self, layer: usize) -> Option<String> {
        let last = match (self.choosable(layer).last(), self.decisions.last()) {
            (Some(from), _) => format!("layer{layer}.from{from}"),
            (None, Some(Decision { name, .. })) => format!("layer{layer}.{name}"),
            (None, None) if layer > 0 && layer >= self.depths().0 => format!("layer{layer}"),
            (None, None) => return None,
        };
        Some(last)
    }
}

fn outside(parameter: &str, value: &impl fmt::Display, values: &str) -> Error {
    Error::OutsideSpace {
        parameter: parameter.into(),
        value: value.to_string(),
        values: values.into(),
    }
}

impl Domain for Chain {
    type Value = Network;

    fn describe(&self, description: &mut Description) {
        if self.check(description) {
            description.with_rule(self.clone(), |description| self.describe_from(0, description));
        }
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Network> {
        Ok(Network::repaired(self.layers(&reader.values(self.steps().count())?)))
    }

    fn encode(&self, network: &Network, writer: &mut Writer<'_>) -> Result<()> {
        writer.values(&self.values(network)?)
    }
}

impl Rule for Chain {
    fn name(&self) -> &str {
        "chain"
    }

    fn violated(&self, values: &[Option<f64>]) -> Option<String> {
        self.breaks(self.layers(values))
    }

    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        if self.forbidden.is_empty() && self.most_inputs.is_none() {
            return;
        }
        let Some(step) = self.steps().nth(axis) else { return };
        // Only what is read counts as an input.
        if self.forbidden.is_empty() && !matches!(step, Step::Read(..)) {
            return;
        }
        let distribution = match step {
            Step::Decide(_, which) => Some(&self.decisions[which].distribution),
            Step::Present(_) | Step::Read(..) => None,
        };
        let mut values = chosen.to_vec();
        for (level, legal) in legal.iter_mut().enumerate() {
            let value = match distribution {
                Some(distribution) => distribution.at_level(level as u64),
                None => Some(level as f64),
            };
            values.push(value);
            *legal = *legal && self.breaks(self.layers(&values)).is_none();
            values.pop();
        }
    }

    fn key(&self, values: &[Option<f64>]) -> Option<Key> {
        let network = Network::repaired(self.layers(values));
        Some(network.key(|index, layer| match &self.computes {
            Some(computes) => computes(index, layer),
            None => Some(layer.to_string()),
        }))
    }

    fn drawing(&self, values: &[Option<f64>]) -> Option<String> {
        Some(Network::repaired(self.layers(values)).to_svg())
    }
}
