//! Networks that stack a normal cell and a reduction cell.

use candle_core::{Module, Result, Tensor};
use tunewright::nas::{Block, BlockKind, Cell, Cells, Cost, Op, Operation, Place, Shape, Stack};

use super::classifier::Classifier;
use super::layers::{Layer, concatenated};
use super::pooling::{Pooling, pooled};
use super::{Architecture, Failure, IMAGE, Weights};

/// Channels of the first stage; each reduction doubles them.
const CHANNELS: usize = 8;

/// Of the first convolution: cells begin at half of the resolution.
const STEM_STRIDE: usize = 3;

/// What cells are made of.
const KINDS: [(&str, Kind); 6] = [
    ("identity", Kind::Identity),
    ("conv 1×1", Kind::Convolution(1)),
    ("conv 3×3", Kind::Convolution(3)),
    ("conv 5×5", Kind::Convolution(5)),
    ("average 3×3", Kind::Pooling(Pooling::Average)),
    ("max 3×3", Kind::Pooling(Pooling::Max)),
];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Identity,
    Convolution(usize),
    Pooling(Pooling),
}

/// The operations that a cell may have, for the description of the space.
pub fn operations() -> Vec<Operation> {
    let described = KINDS.iter().map(|(name, kind)| match kind {
        Kind::Identity => Operation::identity(*name),
        Kind::Convolution(_) => Operation::new(*name),
        Kind::Pooling(_) => Operation::without_weights(*name),
    });
    described.collect()
}

impl Kind {
    /// The operation of this name. An identity that halves the resolution is learned.
    fn of(name: &str, stride: usize) -> Option<Kind> {
        let (_, kind) = KINDS.iter().find(|(known, _)| *known == name)?;
        Some(match kind {
            Kind::Identity if stride > 1 => Kind::Convolution(1),
            kind => *kind,
        })
    }

    fn described(self, channels: usize, stride: usize) -> Vec<Op> {
        match self {
            Kind::Identity => Vec::new(),
            Kind::Convolution(side) => Layer::ops(channels, (side, side), stride),
            Kind::Pooling(_) => vec![Op::pooling(3).stride(stride)],
        }
    }
}

/// Operations on the inputs of a reduction cell halve the resolution.
fn stride(kind: BlockKind, from: Place) -> usize {
    match (kind, from) {
        (BlockKind::Reduction, Place::Input(_)) => 2,
        _ => 1,
    }
}

/// One cell of the network, and how its inputs come to its channels and resolution.
struct Plan {
    block: Block,
    channels: usize,
    reads: [Shape; 2],
    strides: [usize; 2],
}

impl Plan {
    fn of(block: Block, reads: [Shape; 2]) -> Self {
        // The input before a reduction is twice as large as the one after it.
        let side = reads[0].height.min(reads[1].height);
        let strides = reads.map(|read| read.height.div_ceil(side));
        Plan { block, channels: CHANNELS << block.stage, reads, strides }
    }

    fn cost(&self, cell: &Cell) -> tunewright::Result<(Shape, Cost)> {
        let mut inputs = [IMAGE; 2];
        let mut total = Cost::default();
        for (at, input) in inputs.iter_mut().enumerate() {
            let adapt = Layer::ops(self.channels, (1, 1), self.strides[at]);
            let (shape, cost) = Op::sequential(&adapt, self.reads[at])?;
            *input = shape;
            total += cost;
        }
        let (shape, cost) = cell.cost(&inputs, |name, from, shape| {
            let stride = stride(self.block.kind, from);
            let kind = Kind::of(name, stride);
            Ok(kind.map_or(Vec::new(), |kind| kind.described(shape.channels, stride)))
        })?;
        Ok((shape, total + cost))
    }
}

/// A normal cell, a reduction cell and another normal one; with the shape in the end and the cost.
fn plan(cells: &Cells) -> tunewright::Result<(Vec<Plan>, Shape, Cost)> {
    let (stem, stem_cost) = Op::sequential(&Layer::ops(CHANNELS, (5, 5), STEM_STRIDE), IMAGE)?;
    let mut plans = Vec::new();
    let (shape, cost) = Stack::new(2, 1)?.cost(stem, |block, reads| {
        let plan = Plan::of(*block, reads);
        let cost = plan.cost(cells.of(block.kind))?;
        plans.push(plan);
        Ok(cost)
    })?;
    let head = Classifier::cost(&[shape])?;
    Ok((plans, shape, stem_cost + cost + head))
}

/// An operation with its weights.
enum Placed {
    Identity,
    Convolution(Layer),
    Pooling(Pooling, usize),
}

impl Placed {
    fn new(weights: &mut Weights, kind: Kind, channels: usize, stride: usize) -> Result<Self> {
        Ok(match kind {
            Kind::Identity => Placed::Identity,
            Kind::Convolution(side) => {
                let kernel = (side, side);
                Placed::Convolution(Layer::new(weights, channels, channels, kernel, stride)?)
            }
            Kind::Pooling(pooling) => Placed::Pooling(pooling, stride),
        })
    }

    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        match self {
            Placed::Identity => Ok(images.clone()),
            Placed::Convolution(convolution) => convolution.forward(images),
            Placed::Pooling(pooling, stride) => pooled(images, *pooling, *stride),
        }
    }
}

/// A cell at one place of the stack.
struct Built {
    reads: [Option<usize>; 2],
    /// Bring each input to the channels and the resolution of the cell.
    adapters: [Layer; 2],
    nodes: Vec<Vec<(Placed, Place)>>,
    outputs: Vec<usize>,
}

impl Built {
    fn new(weights: &mut Weights, plan: &Plan, cell: &Cell) -> std::result::Result<Self, Failure> {
        let mut adapter = |at: usize| {
            let (channels, stride) = (plan.reads[at].channels, plan.strides[at]);
            Layer::new(weights, channels, plan.channels, (1, 1), stride)
        };
        let adapters = [adapter(0)?, adapter(1)?];
        let mut nodes = Vec::with_capacity(cell.nodes().len());
        for node in cell.nodes() {
            let mut edges = Vec::with_capacity(node.edges.len());
            for edge in &node.edges {
                let name = edge.operation.name();
                let stride = stride(plan.block.kind, edge.from);
                let kind = Kind::of(name, stride)
                    .ok_or_else(|| format!("there is no operation `{name}` here"))?;
                edges.push((Placed::new(weights, kind, plan.channels, stride)?, edge.from));
            }
            nodes.push(edges);
        }
        let outputs = cell.outputs().to_vec();
        Ok(Built { reads: plan.block.inputs, adapters, nodes, outputs })
    }

    fn forward(&self, reads: [&Tensor; 2]) -> Result<Tensor> {
        let [first, second] = &self.adapters;
        let inputs = [first.forward(reads[0])?, second.forward(reads[1])?];
        let mut made: Vec<Tensor> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let mut sum: Option<Tensor> = None;
            for (operation, from) in node {
                let value = operation.forward(match from {
                    Place::Input(input) => &inputs[*input],
                    Place::Node(node) => &made[*node],
                })?;
                sum = Some(match sum {
                    Some(sum) => (sum + value)?,
                    None => value,
                });
            }
            // Sums of the same spread, so that they do not grow from node to node.
            if let Some(sum) = sum {
                made.push((sum / (node.len() as f64).sqrt())?);
            }
        }
        let outputs: Vec<&Tensor> = self.outputs.iter().map(|&node| &made[node]).collect();
        concatenated(&outputs)
    }
}

struct Stacked {
    stem: Layer,
    cells: Vec<Built>,
    classifier: Classifier,
}

impl Module for Stacked {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let stem = self.stem.forward(images)?;
        let mut made: Vec<Tensor> = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let output =
                cell.forward(cell.reads.map(|read| read.map_or(&stem, |cell| &made[cell])))?;
            made.push(output);
        }
        self.classifier.forward(&[made.last().unwrap_or(&stem)])
    }
}

impl Architecture for Cells {
    fn build(
        &self,
        weights: &mut Weights,
    ) -> std::result::Result<Box<dyn Module + Send + Sync>, Failure> {
        let (plans, shape, _) = plan(self)?;
        let stem = Layer::new(weights, IMAGE.channels, CHANNELS, (5, 5), STEM_STRIDE)?;
        let cells = plans
            .iter()
            .map(|plan| Built::new(weights, plan, self.of(plan.block.kind)))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let classifier = Classifier::new(weights, &[shape])?;
        Ok(Box::new(Stacked { stem, cells, classifier }))
    }

    fn cost(&self) -> tunewright::Result<Cost> {
        let (_, _, cost) = plan(self)?;
        Ok(cost)
    }

    fn files(&self) -> std::result::Result<Vec<(&'static str, String)>, Failure> {
        Ok(vec![
            ("normal.svg", self.normal.to_svg()),
            ("normal.dot", self.normal.to_dot()),
            ("reduction.svg", self.reduction.to_svg()),
            ("reduction.dot", self.reduction.to_dot()),
            ("cells.json", serde_json::to_string_pretty(self)?),
        ])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use tunewright::SearchSpace;
    use tunewright::nas::CellSpace;
    use tunewright::sampler::Stream;

    use super::super::CLASSES;
    use super::*;

    #[test]
    fn the_static_count_is_that_of_the_trained_numbers() {
        let space = CellSpace::pairs(3).operations(operations()).with_reduction().build().unwrap();
        let mut random = Stream::new(1, 0);
        for _ in 0..20 {
            let cells = space.decode(&space.space().sample(&mut random)).unwrap();
            let mut weights = Weights::new(1);
            let child = cells.build(&mut weights).unwrap();
            assert_eq!(cells.cost().unwrap().parameters, weights.count() as u64);
            let images = Tensor::ones((2, 8, 8, 1), candle_core::DType::F32, &Device::Cpu);
            let scores = child.forward(&images.unwrap()).unwrap();
            assert_eq!(scores.dims(), [2, CLASSES]);
            let gradients = scores.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let stem = &weights.variables()[0];
            assert!(gradients.get(stem).is_some());
        }
    }

    #[test]
    fn unknown_operations_are_told() {
        let space = CellSpace::pairs(1).operations(["conv 7×7"]).with_reduction().build().unwrap();
        let cells = space.decode(&space.space().sample(&mut Stream::new(1, 0))).unwrap();
        let message = cells.build(&mut Weights::new(1)).err().unwrap().to_string();
        assert!(message.contains("conv 7×7"), "{message}");
    }
}
