use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

use super::cell::{Cell, Place};
use super::network::{Layer, Network, Source};
use crate::error::{Error, Result};

/// What a network costs before anything is trained: a static count, for constraints.
///
/// ```
/// use tunewright::nas::{Chain, Network, Op, Shape};
/// use tunewright::{Study, Trial};
///
/// let space = Chain::convolutional().skip_connections().depth(2..=6).build()?;
/// let small = |network: &Network| {
///     let head = [Op::global_pooling(), Op::dense(10)];
///     let cost = network.cost(Shape::new(3, 32, 32), Op::of_layer, &head);
///     cost.is_ok_and(|cost| cost.parameters <= 200_000)
/// };
/// let study = Study::in_space(space)
///     .seed(1)
///     .constraint("at most 200,000 parameters", small)
///     .build()?;
/// study.optimize(|network: Network, _: &mut Trial| network.depth() as f64, 5)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Trained numbers: weights, biases, and scale and shift of normalizations.
    pub parameters: u64,
    /// Multiplications with an addition each, for one example. Half of what is counted as
    /// floating-point operations elsewhere.
    pub multiply_adds: u64,
}

impl Cost {
    /// A cost that was counted elsewhere.
    pub const fn new(parameters: u64, multiply_adds: u64) -> Self {
        Cost { parameters, multiply_adds }
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            parameters: self.parameters.saturating_add(other.parameters),
            multiply_adds: self.multiply_adds.saturating_add(other.multiply_adds),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

impl Mul<u64> for Cost {
    type Output = Cost;

    fn mul(self, times: u64) -> Cost {
        Cost {
            parameters: self.parameters.saturating_mul(times),
            multiply_adds: self.multiply_adds.saturating_mul(times),
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::default(), Add::add)
    }
}

/// The shape of what flows through a network, for one example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// Channels, or features of a vector.
    pub channels: usize,
    /// Rows, in pixels; 1 for vectors.
    pub height: usize,
    /// Columns, in pixels; 1 for vectors.
    pub width: usize,
}

impl Shape {
    /// Images with `channels` channels, `height` rows and `width` columns.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Shape { channels, height, width }
    }

    /// How many numbers there are.
    pub fn len(&self) -> u64 {
        product(&[self.channels, self.height, self.width])
    }

    /// Whether there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Several shapes concatenated along the channels. Smaller images are padded to the largest, as
    /// Zoph & Le (2017, section 3.3) do.
    pub fn concatenated(shapes: impl IntoIterator<Item = Shape>) -> Shape {
        shapes.into_iter().fold(Shape::new(0, 0, 0), |all, shape| Shape {
            channels: all.channels.saturating_add(shape.channels),
            height: all.height.max(shape.height),
            width: all.width.max(shape.width),
        })
    }

    /// Several shapes added, smaller ones padded to the largest.
    pub fn added(shapes: impl IntoIterator<Item = Shape>) -> Shape {
        shapes.into_iter().fold(Shape::new(0, 0, 0), |all, shape| Shape {
            channels: all.channels.max(shape.channels),
            height: all.height.max(shape.height),
            width: all.width.max(shape.width),
        })
    }
}

/// An operation of a network, as far as costs go. Images are padded so that only strides make them
/// smaller.
///
/// ```
/// use tunewright::nas::{Op, Shape};
///
/// let ops = [Op::convolution(3, 16).stride(2).bias(), Op::normalization()];
/// let (shape, cost) = Op::sequential(&ops, Shape::new(3, 32, 32))?;
/// assert_eq!(shape, Shape::new(16, 16, 16));
/// assert_eq!(cost.parameters, 3 * 3 * 3 * 16 + 16 + 2 * 16);
/// assert_eq!(cost.multiply_adds, 16 * 16 * 16 * (3 * 3 * 3) + 16 * 16 * 16);
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    kind: Kind,
    kernel: (usize, usize),
    stride: (usize, usize),
    groups: usize,
    bias: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Convolution {
        filters: usize,
    },
    /// A convolution of each channel by itself.
    Depthwise,
    Pooling,
    GlobalPooling,
    Dense {
        units: usize,
    },
    Normalization,
}

impl Op {
    fn new(kind: Kind) -> Self {
        Op { kind, kernel: (1, 1), stride: (1, 1), groups: 1, bias: false }
    }

    /// A square convolution, `side` pixels wide, that makes `filters` channels; without bias.
    pub fn convolution(side: usize, filters: usize) -> Self {
        Op::new(Kind::Convolution { filters }).kernel(side, side)
    }

    /// A square convolution of each channel by itself.
    pub fn depthwise(side: usize) -> Self {
        Op::new(Kind::Depthwise).kernel(side, side)
    }

    /// Square pooling with a stride of 1. It has no parameters, and its additions are not counted.
    pub fn pooling(side: usize) -> Self {
        Op::new(Kind::Pooling).kernel(side, side)
    }

    /// Pooling of each channel to one number.
    pub fn global_pooling() -> Self {
        Op::new(Kind::GlobalPooling)
    }

    /// A fully connected layer with bias, on all numbers that it reads.
    pub fn dense(units: usize) -> Self {
        Op::new(Kind::Dense { units }).bias()
    }

    /// Batch normalization with scale and shift: two parameters for each channel, and one
    /// multiply-add for each number.
    pub fn normalization() -> Self {
        Op::new(Kind::Normalization)
    }

    /// Height and width of a kernel that is not square, in pixels.
    pub fn kernel(mut self, height: usize, width: usize) -> Self {
        self.kernel = (height, width);
        self
    }

    /// The step in both directions, in pixels.
    pub fn stride(mut self, stride: usize) -> Self {
        self.stride = (stride, stride);
        self
    }

    /// Splits the channels into `groups` groups that do not see each other.
    pub fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// Adds a number for each channel that is made.
    pub fn bias(mut self) -> Self {
        self.bias = true;
        self
    }

    /// The operations of a layer with the decisions of
    /// [`Chain::convolutional`](super::Chain::convolutional): a convolution with bias of
    /// `filter_height` by `filter_width` (or square, of side `kernel`), with `filters` channels and
    /// `stride`, where 1 is meant if there is none.
    ///
    /// # Errors
    /// A decision is missing, or no whole number.
    pub fn of_layer(layer: &Layer) -> Result<Vec<Op>> {
        let has = |name: &str| layer.decisions().any(|(known, _)| known == name);
        let side = |name| layer.int(if has("kernel") { "kernel" } else { name });
        let stride = if has("stride") { layer.int("stride")? } else { 1 };
        let convolution = Op::convolution(1, layer.int("filters")?)
            .kernel(side("filter_height")?, side("filter_width")?)
            .stride(stride)
            .bias();
        Ok(vec![convolution])
    }

    /// The shape that comes out, and the cost.
    ///
    /// # Errors
    /// [`Error::InvalidOption`]: a size is 0, or the channels cannot be split into the groups.
    pub fn apply(&self, input: Shape) -> Result<(Shape, Cost)> {
        self.check(input)?;
        let spatial = Shape {
            channels: input.channels,
            height: input.height.div_ceil(self.stride.0),
            width: input.width.div_ceil(self.stride.1),
        };
        let (kernel_height, kernel_width) = self.kernel;
        let (shape, weights, uses) = match self.kind {
            Kind::Convolution { filters } => {
                let shape = Shape { channels: filters, ..spatial };
                let inputs = input.channels / self.groups;
                let weights = product(&[kernel_height, kernel_width, inputs, filters]);
                (shape, weights, product(&[shape.height, shape.width]))
            }
            Kind::Depthwise => {
                let weights = product(&[kernel_height, kernel_width, input.channels]);
                (spatial, weights, product(&[spatial.height, spatial.width]))
            }
            Kind::Pooling => (spatial, 0, 0),
            Kind::GlobalPooling => (Shape::new(input.channels, 1, 1), 0, 0),
            Kind::Dense { units } => {
                (Shape::new(units, 1, 1), input.len().saturating_mul(units as u64), 1)
            }
            Kind::Normalization => {
                let cost =
                    Cost { parameters: 2 * input.channels as u64, multiply_adds: input.len() };
                return Ok((input, cost));
            }
        };
        let mut cost = Cost { parameters: weights, multiply_adds: weights.saturating_mul(uses) };
        if self.bias {
            // Sums begin with the bias, so that it takes no multiply-add of its own.
            cost.parameters = cost.parameters.saturating_add(shape.channels as u64);
        }
        Ok((shape, cost))
    }

    /// Operations one after the other.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn sequential(ops: &[Op], input: Shape) -> Result<(Shape, Cost)> {
        let mut total = Cost::default();
        let mut shape = input;
        for op in ops {
            let (next, cost) = op.apply(shape)?;
            shape = next;
            total += cost;
        }
        Ok((shape, total))
    }

    fn check(&self, input: Shape) -> Result<()> {
        let made = match self.kind {
            Kind::Convolution { filters } => ("filters", filters),
            Kind::Dense { units } => ("units", units),
            _ => ("channels", 1),
        };
        let sizes = [
            made,
            ("channels", input.channels),
            ("height", input.height),
            ("width", input.width),
            ("kernel height", self.kernel.0),
            ("kernel width", self.kernel.1),
            ("stride", self.stride.0),
            ("stride", self.stride.1),
            ("groups", self.groups),
        ];
        if let Some(&(option, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(Error::InvalidOption {
                option,
                value: "0".into(),
                remedy: "use 1 or more",
            });
        }
        if let Kind::Convolution { filters } = self.kind
            && (!input.channels.is_multiple_of(self.groups) || !filters.is_multiple_of(self.groups))
        {
            return Err(Error::InvalidOption {
                option: "groups",
                value: self.groups.to_string(),
                remedy: "use a divisor of the channels that are read and of those that are made",
            });
        }
        Ok(())
    }
}

fn product(sizes: &[usize]) -> u64 {
    sizes.iter().fold(1, |product: u64, &size| product.saturating_mul(size as u64))
}

impl Network {
    /// The shape that each layer makes from images of the shape `input`, and what it costs, when a
    /// layer does what `ops` says.
    ///
    /// # Errors
    /// What `ops` fails with, and as [`Op::apply`].
    pub fn layer_costs(
        &self,
        input: Shape,
        ops: impl Fn(&Layer) -> Result<Vec<Op>>,
    ) -> Result<Vec<(Shape, Cost)>> {
        let mut layers: Vec<(Shape, Cost)> = Vec::with_capacity(self.depth());
        for layer in self.layers() {
            let reads = Shape::concatenated(layer.inputs().iter().map(|source| match source {
                Source::Image => input,
                Source::Layer(from) => layers[*from].0,
            }));
            layers.push(Op::sequential(&ops(layer)?, reads)?);
        }
        Ok(layers)
    }

    /// The cost of the whole network for images of the shape `input`: every layer does what `ops`
    /// says, and what is concatenated from the outputs goes through `head`, the classifier.
    ///
    /// # Errors
    /// As [`layer_costs`](Self::layer_costs).
    pub fn cost(
        &self,
        input: Shape,
        ops: impl Fn(&Layer) -> Result<Vec<Op>>,
        head: &[Op],
    ) -> Result<Cost> {
        let layers = self.layer_costs(input, ops)?;
        let reads = Shape::concatenated(self.outputs().into_iter().map(|layer| layers[layer].0));
        let (_, head) = Op::sequential(head, reads)?;
        Ok(layers.into_iter().map(|(_, cost)| cost).sum::<Cost>() + head)
    }
}

impl Cell {
    /// The shape that the cell makes of `inputs`, one for each input, and what it costs when an
    /// operation does what `ops` says of its name, the place that it reads and the shape there.
    /// Nodes add or, where their combination is `concat`, concatenate.
    ///
    /// # Errors
    /// What `ops` fails with, as [`Op::apply`], and [`Error::InvalidOption`] if there is not one shape
    /// for each input.
    pub fn cost(
        &self,
        inputs: &[Shape],
        ops: impl Fn(&str, Place, Shape) -> Result<Vec<Op>>,
    ) -> Result<(Shape, Cost)> {
        if inputs.len() != self.inputs() {
            return Err(Error::InvalidOption {
                option: "inputs",
                value: format!("{} shapes", inputs.len()),
                remedy: "give one shape for each input of the cell",
            });
        }
        let mut total = Cost::default();
        let mut nodes: Vec<Shape> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let mut made = Vec::with_capacity(node.edges.len());
            for edge in &node.edges {
                let read = match edge.from {
                    Place::Input(input) => inputs[input],
                    Place::Node(node) => nodes[node],
                };
                let (shape, cost) =
                    Op::sequential(&ops(edge.operation.name(), edge.from, read)?, read)?;
                made.push(shape);
                total += cost;
            }
            nodes.push(match node.combination.as_str() {
                "concat" => Shape::concatenated(made),
                _ => Shape::added(made),
            });
        }
        let outputs = self.outputs().iter().map(|&output| nodes[output]);
        Ok((Shape::concatenated(outputs), total))
    }
}
