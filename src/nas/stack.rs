use super::cost::{Cost, Shape};
use crate::error::{Error, Result};

/// A network that repeats cells: stages of normal cells, with a reduction between one stage and the
/// next.
///
/// ```
/// use tunewright::nas::{BlockKind, Stack};
///
/// // NASNet's for small images: six cells three times, and two reductions.
/// let stack = Stack::new(3, 6)?;
/// let kinds: Vec<BlockKind> = stack.blocks().map(|block| block.kind).collect();
/// assert_eq!(kinds.len(), 20);
/// assert_eq!(kinds[6], BlockKind::Reduction);
/// let last = stack.blocks().last().unwrap();
/// assert_eq!((last.stage, last.inputs), (2, [Some(17), Some(18)]));
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stack {
    stages: usize,
    cells: usize,
}

/// One cell of a [`Stack`], in the order in which they are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Which cell, or which block of the network's own, stands here.
    pub kind: BlockKind,
    /// Counted from 0; a reduction begins the stage after it.
    pub stage: usize,
    /// The blocks before the last and last, by their index; `None` for the stem, which the first
    /// blocks read instead.
    pub inputs: [Option<usize>; 2],
}

/// What stands at a place of a [`Stack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A cell that keeps the resolution.
    Normal,
    /// A cell, or a block of the network's own, that halves the resolution and usually doubles the
    /// channels.
    Reduction,
}

impl Stack {
    /// `stages` stages, each of `cells` normal cells.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]: there is no stage, or there are no cells in it.
    pub fn new(stages: usize, cells: usize) -> Result<Self> {
        for (option, value) in [("stages", stages), ("cells", cells)] {
            if value == 0 {
                let remedy = "use 1 or more";
                return Err(Error::InvalidOption { option, value: "0".into(), remedy });
            }
        }
        Ok(Stack { stages, cells })
    }

    /// The number of stages.
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// The number of normal cells in each stage.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// All blocks, from the stem to the classifier.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + use<> {
        let Stack { stages, cells } = *self;
        // A stage and the reduction before it, of which the first stage has none.
        (1..stages * (cells + 1)).map(move |at| {
            let kind = if at % (cells + 1) == 0 { BlockKind::Reduction } else { BlockKind::Normal };
            let index = at - 1;
            let inputs = [index.checked_sub(2), index.checked_sub(1)];
            Block { kind, stage: at / (cells + 1), inputs }
        })
    }

    /// The shape that comes out of all blocks, and what they cost together. `stem` is what the stem
    /// makes, and `block` tells shape and cost of a block from the shapes that it reads.
    ///
    /// # Errors
    /// What `block` fails with.
    pub fn cost(
        &self,
        stem: Shape,
        mut block: impl FnMut(&Block, [Shape; 2]) -> Result<(Shape, Cost)>,
    ) -> Result<(Shape, Cost)> {
        let mut total = Cost::default();
        let mut shapes: Vec<Shape> = Vec::new();
        for it in self.blocks() {
            let reads = it.inputs.map(|input| input.map_or(stem, |at| shapes[at]));
            let (shape, cost) = block(&it, reads)?;
            shapes.push(shape);
            total += cost;
        }
        Ok((shapes.last().copied().unwrap_or(stem), total))
    }
}
