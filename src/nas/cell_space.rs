use super::cell::{ADD, Cell, Edge, Kind, Node, Operation, Place};
use crate::error::{Error, Problem, Result};
use crate::space::{Choices, Domain, Key, Reader, Rule, Single, SpaceBuilder, Writer};

/// Cells: small graphs of operations that a [`Stack`](super::Stack) repeats.
///
/// Two ways to wire them are in use. [`pairs`](Self::pairs): each node takes two inputs, applies an
/// operation to each and combines the results, as in Zoph et al., "Learning Transferable
/// Architectures" (CVPR 2018) and the micro search of ENAS. [`edges`](Self::edges): each node
/// adds an operation on every place before it, as in NAS-Bench-201 (Dong & Yang, ICLR 2020).
///
/// A cell space is a [`Domain`] whose values are [`Cell`]s, alone or as a field of a config.
///
/// ```
/// use tunewright::SearchSpace;
/// use tunewright::nas::{CellSpace, Operation};
///
/// // The 15,625 cells of NAS-Bench-201.
/// let space = CellSpace::edges(3)
///     .operations([
///         Operation::zero("none"),
///         Operation::identity("skip"),
///         Operation::new("conv1x1"),
///         Operation::new("conv3x3"),
///         Operation::without_weights("pool"),
///     ])
///     .build()?;
/// assert_eq!(space.space().cardinality(), Some(15_625));
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// # Parameters
///
/// | name | wiring | what |
/// |---|---|---|
/// | `node1.input0`, `node1.input1` | pairs | which place each operation of node 1 reads |
/// | `node1.operation0`, `node1.operation1` | pairs | the operations |
/// | `node1.combination` | pairs, with several combinations | how they are combined |
/// | `node1.from_input0`, `node1.from_node0` | edges | the operation on what that place holds |
///
/// # Equal cells
///
/// Cells that compute the same count as one: those that differ only in the order of nodes or of a
/// node's inputs, in what does not reach the output, or in how identities and zeros are spread (see
/// [`Operation`]). Operations with weights are the same only if they are one and the same: a
/// convolution that is read twice is not two convolutions.
#[derive(Clone, Debug)]
pub struct CellSpace {
    wiring: Wiring,
    nodes: usize,
    inputs: usize,
    operations: Vec<Operation>,
    combinations: Vec<String>,
    outputs: Outputs,
    strided: bool,
    distinct: bool,
    connected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wiring {
    Pairs,
    Edges,
}

/// Which nodes make the output of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Outputs {
    /// Those that no other node reads.
    #[default]
    Unread,
    /// All of them.
    All,
    /// The last one.
    Last,
}

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
    /// Cells of so many nodes with two operands each. They read two inputs, the last two cells.
    pub fn pairs(nodes: usize) -> Self {
        CellSpace {
            wiring: Wiring::Pairs,
            nodes,
            inputs: 2,
            operations: Vec::new(),
            combinations: vec![ADD.into()],
            outputs: Outputs::Unread,
            strided: false,
            distinct: false,
            connected: false,
        }
    }

    /// Cells of so many nodes besides the input, each adding an operation on everything before it;
    /// the last one is the output.
    pub fn edges(nodes: usize) -> Self {
        let pairs = CellSpace::pairs(nodes);
        CellSpace { wiring: Wiring::Edges, inputs: 1, outputs: Outputs::Last, ..pairs }
    }

    /// The operations to choose among; texts are operations with weights.
    pub fn operations<O: Into<Operation>>(
        mut self,
        operations: impl IntoIterator<Item = O>,
    ) -> Self {
        self.operations = operations.into_iter().map(Into::into).collect();
        self
    }

    /// The combinations that nodes with two operands choose among; `add` alone by default. `add`
    /// is known to be a sum, others such as `concat` only to have no weights and no order.
    pub fn combinations<S: Into<String>>(
        mut self,
        combinations: impl IntoIterator<Item = S>,
    ) -> Self {
        self.combinations = combinations.into_iter().map(Into::into).collect();
        self
    }

    /// How many inputs the cell has.
    pub fn inputs(mut self, inputs: usize) -> Self {
        self.inputs = inputs;
        self
    }

    /// Which nodes make the output.
    pub fn outputs(mut self, outputs: Outputs) -> Self {
        self.outputs = outputs;
        self
    }

    /// The cell halves the resolution: operations on its inputs have a stride, so that even an
    /// identity does something there.
    pub fn strided(mut self) -> Self {
        self.strided = true;
        self
    }

    /// The two operands of a node read different places, as in DARTS (Liu et al., ICLR 2019).
    pub fn distinct_inputs(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Only cells of which the output depends on an input.
    pub fn connected(mut self) -> Self {
        self.connected = true;
        self
    }

    /// The search space of these cells.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`] with every mistake of the description.
    pub fn build(self) -> Result<Single<CellSpace>> {
        Single::new("", self)
    }

    /// A normal cell and a reduction cell of this kind, which is [strided](Self::strided).
    pub fn with_reduction(self) -> CellPair {
        CellPair { normal: self.clone(), reduction: self.strided() }
    }

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

    fn check(&self, builder: &mut SpaceBuilder) -> bool {
        let mut sound = true;
        let mut mistake = |name: &str, reason: &str| {
            builder.mistake(name, Problem::Architecture { reason: reason.into() });
            sound = false;
        };
        if self.nodes == 0 {
            mistake("nodes", "a cell of 0 nodes computes nothing; use 1 or more");
        }
        if self.inputs == 0 {
            mistake("inputs", "a cell of 0 inputs reads nothing; use 1 or more");
        }
        if self.combinations.is_empty() {
            mistake("combinations", "there is no combination; give at least one, such as `add`");
        }
        if self.wiring == Wiring::Edges && self.combinations != [ADD] {
            mistake("combinations", "nodes of cells by edges always add; leave combinations out");
        }
        if self.distinct && self.wiring == Wiring::Pairs && self.inputs == 1 {
            mistake(
                "distinct_inputs",
                "the first node has only one place to read, so that no two are distinct; use 2 \
                 inputs",
            );
        }
        if self.connected
            && !self.operations.is_empty()
            && self.operations.iter().all(|it| it.kind == Kind::Zero)
        {
            mistake("connected", "every operation is zero, so that no cell is connected; add one");
        }
        sound
    }
}

fn outside(parameter: &str, value: &str, values: String) -> Error {
    Error::OutsideSpace { parameter: parameter.into(), value: value.into(), values }
}

impl Domain for CellSpace {
    type Value = Cell;

    fn describe(&self, builder: &mut SpaceBuilder) {
        if !self.check(builder) {
            return;
        }
        // Once instead of once for each axis.
        for (name, labels) in [
            ("operations", self.labels(Step::Operation(0, 0))),
            ("combinations", self.combinations.clone()),
        ] {
            if let Err(problem) = Choices::of(labels).distribution() {
                return builder.mistake(name, problem);
            }
        }
        builder.ruled(self.clone(), |builder| {
            for step in self.steps() {
                builder.add(&self.name(step), &Choices::of(self.labels(step)));
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
}

/// A normal cell and a reduction cell, each of a space of its own: a [`Domain`] whose values are
/// [`Cells`].
///
/// ```
/// use tunewright::SearchSpace;
/// use tunewright::nas::{CellSpace, Operation};
///
/// let operations = [
///     Operation::identity("identity"),
///     Operation::new("separable 3x3"),
///     Operation::new("separable 5x5"),
///     Operation::without_weights("average pooling 3x3"),
///     Operation::without_weights("max pooling 3x3"),
/// ];
/// // The micro search space of ENAS.
/// let space = CellSpace::pairs(5).operations(operations).with_reduction().build()?;
/// assert_eq!(space.space().axes()[0].name(), "normal.node0.input0");
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CellPair {
    /// Cells that keep the resolution.
    pub normal: CellSpace,
    /// Cells that halve it.
    pub reduction: CellSpace,
}

/// The cells of a network: the config of a [`CellPair`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cells {
    /// Keeps the resolution.
    pub normal: Cell,
    /// Halves the resolution.
    pub reduction: Cell,
}

impl CellPair {
    /// The search space of both cells.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`] with every mistake of the description.
    pub fn build(self) -> Result<Single<CellPair>> {
        Single::new("", self)
    }
}

impl Domain for CellPair {
    type Value = Cells;

    fn describe(&self, builder: &mut SpaceBuilder) {
        builder.add("normal", &self.normal);
        builder.add("reduction", &self.reduction);
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Cells> {
        Ok(Cells { normal: self.normal.decode(reader)?, reduction: self.reduction.decode(reader)? })
    }

    fn encode(&self, cells: &Cells, writer: &mut Writer<'_>) -> Result<()> {
        self.normal.encode(&cells.normal, writer)?;
        self.reduction.encode(&cells.reduction, writer)
    }
}
