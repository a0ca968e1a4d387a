//! What the axes of a cell space decide, and the way from their values to cells and back.

use super::super::cell::{ADD, Cell, Edge, Kind, Node, Place};
use super::{CellSpace, Outputs, Wiring};
use crate::error::{Error, Result};
use crate::space::{Choices, Description, Domain, Key, Reader, Rule, Writer};

/// What an axis of the space decides.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The place that an operand of a node reads.
    Input(usize, usize),
    /// The operation on an operand of a node.
    Operation(usize, usize),
    Combination(usize),
}

impl CellSpace {
    fn places(&self, node: usize) -> impl Iterator<Item = Place> + Clone + use<> {
        (0..self.inputs).map(Place::Input).chain((0..node).map(Place::Node))
    }

    /// How many operands a node has.
    fn operands(&self, node: usize) -> usize {
        match self.wiring {
            Wiring::Pairs => 2,
            Wiring::Edges => self.inputs + node,
        }
    }

    /// The axes in their order.
    fn steps(&self) -> Vec<Step> {
        let pairs = self.wiring == Wiring::Pairs;
        let mut steps = Vec::new();
        for node in 0..self.nodes {
            let operands = 0..self.operands(node);
            if pairs {
                steps.extend(operands.clone().map(|operand| Step::Input(node, operand)));
            }
            steps.extend(operands.map(|operand| Step::Operation(node, operand)));
            if pairs && self.combinations.len() > 1 {
                steps.push(Step::Combination(node));
            }
        }
        steps
    }

    fn name(&self, step: Step) -> String {
        match step {
            Step::Input(node, operand) => format!("node{node}.input{operand}"),
            Step::Operation(node, operand) if self.wiring == Wiring::Pairs => {
                format!("node{node}.operation{operand}")
            }
            Step::Operation(node, operand) => {
                let place = self.places(node).nth(operand).unwrap_or(Place::Input(operand));
                format!("node{node}.from_{place}")
            }
            Step::Combination(node) => format!("node{node}.combination"),
        }
    }

    /// The last parameter of a node with two operands: where all of it is decided.
    fn last_of(&self, node: usize) -> String {
        self.name(match self.combinations.len() {
            0 | 1 => Step::Operation(node, 1),
            _ => Step::Combination(node),
        })
    }

    /// The labels that an axis chooses among.
    fn labels(&self, step: Step) -> Vec<String> {
        match step {
            Step::Input(node, _) => self.places(node).map(|place| place.to_string()).collect(),
            Step::Operation(..) => self.operations.iter().map(|it| it.name.clone()).collect(),
            Step::Combination(_) => self.combinations.clone(),
        }
    }

    /// The cell that complete values describe. Values out of range, which no space has, count as 0.
    fn cell(&self, values: &[Option<f64>]) -> Cell {
        let first = self.combinations.first().map_or(ADD, String::as_str);
        let mut nodes: Vec<Node> = (0..self.nodes)
            .map(|node| {
                let places = self.places(node).take(self.operands(node));
                Node::new(first, places.map(|place| Edge::new("", place)))
            })
            .collect();
        for (step, value) in self.steps().into_iter().zip(values) {
            let index = value.map_or(0, |value| value as usize);
            match step {
                Step::Input(node, operand) => {
                    if let Some(place) = self.places(node).nth(index) {
                        nodes[node].edges[operand].from = place;
                    }
                }
                Step::Operation(node, operand) => {
                    if let Some(operation) = self.operations.get(index) {
                        nodes[node].edges[operand].operation = operation.clone();
                    }
                }
                Step::Combination(node) => {
                    if let Some(name) = self.combinations.get(index) {
                        nodes[node].combination.clone_from(name);
                    }
                }
            }
        }
        let outputs = self.outputs_of(&nodes);
        Cell::unchecked(self.inputs, nodes, outputs)
    }

    fn outputs_of(&self, nodes: &[Node]) -> Vec<usize> {
        let edges = || nodes.iter().flat_map(|node| &node.edges);
        (0..nodes.len())
            .filter(|&node| match self.outputs {
                Outputs::All => true,
                Outputs::Last => node + 1 == nodes.len(),
                Outputs::Unread => edges().all(|edge| edge.from != Place::Node(node)),
            })
            .collect()
    }

    /// The values of a cell; the inverse of [`cell`](Self::cell).
    fn values(&self, cell: &Cell) -> Result<Vec<Option<f64>>> {
        let wrong = |reason: String| Error::InvalidNetwork { reason };
        let (inputs, nodes) = (cell.inputs(), cell.nodes().len());
        if (inputs, nodes) != (self.inputs, self.nodes) {
            return Err(wrong(format!(
                "it has {inputs} inputs and {nodes} nodes, where the space has {} and {}; change \
                 one of them",
                self.inputs, self.nodes
            )));
        }
        let mut cell = cell.clone();
        for (index, node) in cell.nodes_mut().iter_mut().enumerate() {
            if self.wiring == Wiring::Edges {
                node.edges.sort_by_key(|edge| edge.from);
            }
            let operands = self.operands(index);
            let fits = node.edges.len() == operands
                && (self.wiring == Wiring::Pairs
                    || node.edges.iter().map(|edge| edge.from).eq(self.places(index)));
            if !fits {
                return Err(wrong(match self.wiring {
                    Wiring::Pairs => format!("node{index} needs {operands} edges"),
                    Wiring::Edges => {
                        format!("node{index} needs one edge from every place before it")
                    }
                }));
            }
            if !self.combinations.contains(&node.combination) {
                let known = self.combinations.join(" or ");
                return Err(outside(&format!("node{index}.combination"), &node.combination, known));
            }
        }
        let expected = self.outputs_of(cell.nodes());
        let mut outputs = cell.outputs().to_vec();
        outputs.sort_unstable();
        if outputs != expected {
            return Err(wrong(format!("its outputs are {outputs:?}, not {expected:?}")));
        }
        let value = |step: Step| {
            let label = match step {
                Step::Input(node, operand) => cell.nodes()[node].edges[operand].from.to_string(),
                Step::Operation(node, operand) => {
                    cell.nodes()[node].edges[operand].operation.name.clone()
                }
                Step::Combination(node) => cell.nodes()[node].combination.clone(),
            };
            let labels = self.labels(step);
            match labels.iter().position(|known| *known == label) {
                Some(index) => Ok(Some(index as f64)),
                None => Err(outside(&self.name(step), &label, labels.join(" or "))),
            }
        };
        self.steps().into_iter().map(value).collect()
    }

    /// Whether the output can still depend on an input: the values may end anywhere, and what is
    /// not decided counts as connected.
    fn can_connect(&self, values: &[Option<f64>]) -> bool {
        let steps = self.steps();
        let decided = |wanted: Step| {
            let at = steps.iter().position(|step| *step == wanted)?;
            values.get(at).copied().flatten().map(|value| value as usize)
        };
        let mut live: Vec<bool> = Vec::with_capacity(self.nodes);
        let mut read = vec![false; self.nodes];
        for node in 0..self.nodes {
            let mut alive = false;
            for operand in 0..self.operands(node) {
                let place = match self.wiring {
                    Wiring::Edges => Some(operand),
                    Wiring::Pairs => decided(Step::Input(node, operand)),
                };
                let place = place.and_then(|place| self.places(node).nth(place));
                if let Some(Place::Node(from)) = place {
                    read[from] = true;
                }
                let carries = match decided(Step::Operation(node, operand)) {
                    Some(index) => {
                        self.operations.get(index).is_none_or(|it| it.kind != Kind::Zero)
                    }
                    None => self.operations.iter().any(|it| it.kind != Kind::Zero),
                };
                let holds = match place {
                    Some(Place::Node(from)) => live[from],
                    Some(Place::Input(_)) | None => true,
                };
                alive |= carries && holds;
            }
            live.push(alive);
        }
        // An undecided node may read any place, so that an unread live node can still be reached;
        // and it is unread itself, so that its own life is what counts.
        (0..self.nodes).any(|node| {
            live[node]
                && match self.outputs {
                    Outputs::All => true,
                    Outputs::Last => node + 1 == self.nodes,
                    Outputs::Unread => !read[node],
                }
        })
    }
}

fn outside(parameter: &str, value: &str, values: String) -> Error {
    Error::OutsideSpace { parameter: parameter.into(), value: value.into(), values }
}

impl Domain for CellSpace {
    type Value = Cell;

    fn describe(&self, description: &mut Description) {
        if !self.check(description) {
            return;
        }
        // Once instead of once for each axis.
        for (name, labels) in [
            ("operations", self.labels(Step::Operation(0, 0))),
            ("combinations", self.combinations.clone()),
        ] {
            if let Err(problem) = Choices::of(labels).distribution() {
                return description.mistake(name, problem);
            }
        }
        description.with_rule(self.clone(), |description| {
            for step in self.steps() {
                description.add(&self.name(step), &Choices::of(self.labels(step)));
                if let Step::Input(node, _) = step {
                    let last = self.places(node).map(|place| match place {
                        Place::Input(_) => None,
                        Place::Node(from) => Some(self.last_of(from)),
                    });
                    let last: Vec<Option<String>> = last.collect();
                    description.refers_to(last.iter().map(Option::as_deref));
                }
            }
        });
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Cell> {
        Ok(self.cell(&reader.values(self.steps().len())?))
    }

    fn encode(&self, cell: &Cell, writer: &mut Writer<'_>) -> Result<()> {
        writer.values(&self.values(cell)?)
    }
}

const TWICE: &str = "a node reads different places";
const DISCONNECTED: &str = "the output depends on an input";

impl Rule for CellSpace {
    fn name(&self) -> &str {
        "cells"
    }

    fn violated(&self, values: &[Option<f64>]) -> Option<String> {
        let twice = |node: &Node| match node.edges.as_slice() {
            [first, second] => first.from == second.from,
            _ => false,
        };
        let pairs = self.distinct && self.wiring == Wiring::Pairs;
        if pairs && self.cell(values).nodes().iter().any(twice) {
            return Some(TWICE.into());
        }
        (self.connected && !self.can_connect(values)).then(|| DISCONNECTED.into())
    }

    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        let Some(step) = self.steps().get(axis).copied() else { return };
        if let (true, Step::Input(_, 1), Some(&Some(other))) = (self.distinct, step, chosen.last())
            && let Some(legal) = legal.get_mut(other as usize)
        {
            *legal = false;
        }
        if self.connected {
            let mut values = chosen.to_vec();
            for (level, legal) in legal.iter_mut().enumerate() {
                values.push(Some(level as f64));
                *legal = *legal && self.can_connect(&values);
                values.pop();
            }
        }
    }

    fn key(&self, values: &[Option<f64>]) -> Option<Key> {
        Some(self.cell(values).key(self.strided))
    }

    fn drawing(&self, values: &[Option<f64>]) -> Option<String> {
        Some(self.cell(values).to_svg())
    }
}
