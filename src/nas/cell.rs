use std::fmt;

use serde::{Deserialize, Serialize};

use super::computation::{Computation, Terms};
use crate::error::{Error, Result};
use crate::space::Key;

/// A cell: a small graph of operations that a network repeats; the config of a
/// [`CellSpace`](super::CellSpace).
///
/// Each node combines what its edges bring, and each edge is an operation on an input of the cell or
/// on an earlier node. The nodes that are [outputs](Self::outputs) are concatenated. In serialized
/// form a cell is an object with `inputs` (their number), `nodes`, each with a `combination` and
/// `edges`, and `outputs`.
///
/// ```
/// use tunewright::nas::{Cell, Edge, Node, Place};
///
/// let cell = Cell::new(
///     1,
///     [
///         Node::adding([Edge::new("conv3x3", Place::Input(0))]),
///         Node::adding([
///             Edge::new("skip", Place::Input(0)),
///             Edge::new("conv1x1", Place::Node(0)),
///         ]),
///     ],
///     [1],
/// )?;
/// assert_eq!(cell.to_string(), "\
/// node0 = conv3x3(input0)
/// node1 = skip(input0) add conv1x1(node0)
/// output = node1
/// ");
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Cell {
    inputs: usize,
    nodes: Vec<Node>,
    outputs: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    inputs: usize,
    nodes: Vec<Node>,
    outputs: Vec<usize>,
}

impl From<Cell> for Written {
    fn from(cell: Cell) -> Self {
        Written { inputs: cell.inputs, nodes: cell.nodes, outputs: cell.outputs }
    }
}

impl TryFrom<Written> for Cell {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        Cell::new(written.inputs, written.nodes, written.outputs)
    }
}

/// One node of a [`Cell`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Node {
    /// How what the edges bring becomes one value, such as `add`.
    pub combination: String,
    /// What the node reads.
    pub edges: Vec<Edge>,
}

/// An operation on what one place of a cell holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Edge {
    /// The operation.
    pub operation: Operation,
    /// What it reads.
    pub from: Place,
}

/// What an operation of a cell can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// An input of the cell, counted from 0. With two inputs, 0 is the cell before the last and 1
    /// the last cell.
    Input(usize),
    /// A node of the cell, counted from 0.
    Node(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Input(input) => write!(f, "input{input}"),
            Place::Node(node) => write!(f, "node{node}"),
        }
    }
}

impl Edge {
    /// An operation on what a place holds.
    pub fn new(operation: impl Into<Operation>, from: Place) -> Self {
        Edge { operation: operation.into(), from }
    }
}

/// Name of the combination that adds; the one that keys know.
pub(super) const ADD: &str = "add";

impl Node {
    /// A node that combines what its edges bring.
    pub fn new(combination: impl Into<String>, edges: impl IntoIterator<Item = Edge>) -> Self {
        Node { combination: combination.into(), edges: edges.into_iter().collect() }
    }

    /// A node that adds what its edges bring.
    pub fn adding(edges: impl IntoIterator<Item = Edge>) -> Self {
        Node::new(ADD, edges)
    }
}

/// An operation that cells choose among, and what is known of it. Texts are operations with
/// weights.
///
/// What is known shows which cells only look different: an identity may be left out, a zero removes
/// its edge, as does every operation on nothing but zeros, and an operation without weights does the
/// same wherever it reads the same.
/// In serialized form an operation with weights is a text, and the others are as `{"zero": "none"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenOperation", into = "WrittenOperation")]
pub struct Operation {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Zero,
    Identity,
    WithoutWeights,
    WithWeights,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenOperation {
    Zero(String),
    Identity(String),
    WithoutWeights(String),
    #[serde(untagged)]
    WithWeights(String),
}

impl From<WrittenOperation> for Operation {
    fn from(written: WrittenOperation) -> Self {
        match written {
            WrittenOperation::Zero(name) => Operation::zero(name),
            WrittenOperation::Identity(name) => Operation::identity(name),
            WrittenOperation::WithoutWeights(name) => Operation::without_weights(name),
            WrittenOperation::WithWeights(name) => Operation::new(name),
        }
    }
}

impl From<Operation> for WrittenOperation {
    fn from(Operation { name, kind }: Operation) -> Self {
        match kind {
            Kind::Zero => WrittenOperation::Zero(name),
            Kind::Identity => WrittenOperation::Identity(name),
            Kind::WithoutWeights => WrittenOperation::WithoutWeights(name),
            Kind::WithWeights => WrittenOperation::WithWeights(name),
        }
    }
}

impl Operation {
    /// An operation with weights, which differ wherever it stands: a convolution, say.
    pub fn new(name: impl Into<String>) -> Self {
        Operation { name: name.into(), kind: Kind::WithWeights }
    }

    /// An operation without weights, such as pooling.
    pub fn without_weights(name: impl Into<String>) -> Self {
        Operation { name: name.into(), kind: Kind::WithoutWeights }
    }

    /// The operation that passes on what it reads.
    pub fn identity(name: impl Into<String>) -> Self {
        Operation { name: name.into(), kind: Kind::Identity }
    }

    /// The operation that gives zeros, as if the edge were not there.
    pub fn zero(name: impl Into<String>) -> Self {
        Operation { name: name.into(), kind: Kind::Zero }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl From<&str> for Operation {
    fn from(name: &str) -> Self {
        Operation::new(name)
    }
}

impl From<String> for Operation {
    fn from(name: String) -> Self {
        Operation::new(name)
    }
}

impl Cell {
    /// A cell.
    ///
    /// # Errors
    /// [`Error::InvalidNetwork`]: there is no input, node or output, an edge reads a place that does
    /// not come before its node, or an output is no node or stands twice.
    pub fn new(
        inputs: usize,
        nodes: impl IntoIterator<Item = Node>,
        outputs: impl IntoIterator<Item = usize>,
    ) -> Result<Self> {
        let cell = Cell {
            inputs,
            nodes: nodes.into_iter().collect(),
            outputs: outputs.into_iter().collect(),
        };
        match cell.mistake() {
            Some(reason) => Err(Error::InvalidNetwork { reason }),
            None => Ok(cell),
        }
    }

    /// A cell that is known to be sound.
    pub(super) fn unchecked(inputs: usize, nodes: Vec<Node>, outputs: Vec<usize>) -> Self {
        Cell { inputs, nodes, outputs }
    }

    pub(super) fn nodes_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    fn mistake(&self) -> Option<String> {
        let count = self.nodes.len();
        if self.inputs == 0 || count == 0 || self.outputs.is_empty() {
            return Some("a cell needs at least one input, one node and one output".into());
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let known = |place: Place| match place {
                Place::Input(input) => input < self.inputs,
                Place::Node(node) => node < index,
            };
            if let Some(edge) = node.edges.iter().find(|edge| !known(edge.from)) {
                let from = edge.from;
                return Some(format!(
                    "node{index} reads {from}, which does not come before it; read an earlier place"
                ));
            }
        }
        for (at, output) in self.outputs.iter().enumerate() {
            if *output >= count {
                return Some(format!("output {output} is none of its {count} nodes"));
            }
            if self.outputs[..at].contains(output) {
                return Some(format!("output {output} stands twice; name it once"));
            }
        }
        None
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The nodes, each after those that it reads.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes that make the output; several are concatenated.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The operation on the edge between two places; `None` if there is no such edge, or several.
    pub fn operation(&self, from: Place, node: usize) -> Option<&Operation> {
        let edges = &self.nodes.get(node)?.edges;
        let mut found = edges.iter().filter(|edge| edge.from == from);
        found.next().filter(|_| found.next().is_none()).map(|edge| &edge.operation)
    }

    /// What tells cells apart that compute differently. In a strided cell operations on inputs have a
    /// stride, and identities are none there.
    pub(super) fn key(&self, strided: bool) -> Key {
        let mut computation = Computation::default();
        let inputs: Vec<Terms> = (0..self.inputs).map(|input| computation.input(input)).collect();
        let mut nodes: Vec<Terms> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let values: Vec<Terms> = node
                .edges
                .iter()
                .map(|edge| {
                    let read = match edge.from {
                        Place::Input(input) => &inputs[input],
                        Place::Node(node) => &nodes[node],
                    };
                    let on_input = matches!(edge.from, Place::Input(_));
                    match edge.operation.kind {
                        Kind::Identity if strided && on_input => {
                            computation.apply(&edge.operation.name, true, read)
                        }
                        Kind::Zero => Terms::new(),
                        Kind::Identity => read.clone(),
                        Kind::WithoutWeights => {
                            computation.apply(&edge.operation.name, false, read)
                        }
                        Kind::WithWeights => computation.apply(&edge.operation.name, true, read),
                    }
                })
                .collect();
            nodes.push(match node.combination.as_str() {
                ADD => values.concat(),
                other => computation.combine(&other, &values),
            });
        }
        let outputs: Vec<Terms> =
            self.outputs.iter().map(|&output| nodes[output].clone()).collect();
        match outputs.as_slice() {
            [output] => computation.key(output.clone()),
            several => {
                let output = computation.combine(&"concat", several);
                computation.key(output)
            }
        }
    }
}

/// One line for each node.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.nodes.iter().enumerate() {
            let edge = |edge: &Edge| format!("{}({})", edge.operation.name, edge.from);
            let edges: Vec<String> = node.edges.iter().map(edge).collect();
            writeln!(f, "node{index} = {}", edges.join(&format!(" {} ", node.combination)))?;
        }
        let outputs: Vec<String> = self.outputs.iter().map(|node| format!("node{node}")).collect();
        writeln!(f, "output = {}", outputs.join(", "))
    }
}
