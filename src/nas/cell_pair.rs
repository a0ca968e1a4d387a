use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::cell_space::CellSpace;
use super::stack::BlockKind;
use crate::error::Result;
use crate::space::{Description, Domain, DomainSpace, Reader, Writer};

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
#[non_exhaustive]
pub struct CellPair {
    /// Cells that keep the resolution.
    pub normal: CellSpace,
    /// Cells that halve it.
    pub reduction: CellSpace,
}

impl CellPair {
    /// Two spaces, which may differ.
    pub fn new(normal: CellSpace, reduction: CellSpace) -> Self {
        CellPair { normal, reduction }
    }
}

/// The cells of a network: the config of a [`CellPair`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cells {
    /// Keeps the resolution.
    pub normal: Cell,
    /// Halves the resolution.
    pub reduction: Cell,
}

impl Cells {
    /// Both cells of a network.
    pub fn new(normal: Cell, reduction: Cell) -> Self {
        Cells { normal, reduction }
    }

    /// The cell that stands at such a place of a [`Stack`](super::Stack).
    pub fn of(&self, kind: BlockKind) -> &Cell {
        match kind {
            BlockKind::Normal => &self.normal,
            BlockKind::Reduction => &self.reduction,
        }
    }
}

impl fmt::Display for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cells { normal, reduction } = self;
        write!(f, "normal\n{normal}reduction\n{reduction}")
    }
}

impl CellPair {
    /// The search space of both cells.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    pub fn build(self) -> Result<DomainSpace<CellPair>> {
        DomainSpace::new("", self)
    }
}

impl Domain for CellPair {
    type Value = Cells;

    fn describe(&self, description: &mut Description) {
        description.add("normal", &self.normal);
        description.add("reduction", &self.reduction);
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Cells> {
        Ok(Cells { normal: self.normal.decode(reader)?, reduction: self.reduction.decode(reader)? })
    }

    fn encode(&self, cells: &Cells, writer: &mut Writer<'_>) -> Result<()> {
        self.normal.encode(&cells.normal, writer)?;
        self.reduction.encode(&cells.reduction, writer)
    }
}
