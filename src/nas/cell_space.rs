mod points;

use super::cell::{ADD, Kind, Operation};
use super::cell_pair::CellPair;
use crate::error::{Problem, Result};
use crate::space::{Description, DomainSpace};

/// Cells: small graphs of operations that a [`Stack`](super::Stack) repeats.
///
/// Two ways to wire them are in use. [`pairs`](Self::pairs): each node takes two inputs, applies an
/// operation to each and combines the results, as in Zoph et al., "Learning Transferable
/// Architectures" (CVPR 2018) and the micro search of ENAS. [`edges`](Self::edges): each node
/// adds an operation on every place before it, as in NAS-Bench-201 (Dong & Yang, ICLR 2020).
///
/// A cell space is a [`Domain`](crate::space::Domain) whose values are [`Cell`](super::Cell)s, alone
/// or as a field of a config.
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
/// The places that are nodes are [linked](crate::space::Axis::refers_to) to the last parameter of that node.
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
#[non_exhaustive]
pub enum Outputs {
    /// Those that no other node reads.
    #[default]
    Unread,
    /// All of them.
    All,
    /// The last one.
    Last,
}

impl CellSpace {
    /// Cells of `nodes` nodes with two operands each. They read two inputs, the last two cells.
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

    /// Cells of `nodes` nodes besides the input, each adding an operation on everything before it;
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
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    pub fn build(self) -> Result<DomainSpace<CellSpace>> {
        DomainSpace::new("", self)
    }

    /// A normal cell and a reduction cell of this kind, which is [strided](Self::strided).
    pub fn with_reduction(self) -> CellPair {
        CellPair { normal: self.clone(), reduction: self.strided() }
    }

    fn check(&self, description: &mut Description) -> bool {
        let mut sound = true;
        let mut mistake = |name: &str, reason: &str| {
            description.mistake(name, Problem::Architecture { reason: reason.into() });
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
