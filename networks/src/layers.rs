//! What networks are made of.

use candle_core::{Device, Module, Result, Tensor, Var};
use tunewright::nas::{Op, Shape};
use tunewright::sampler::Stream;

use super::{Convolution, Normalization};

/// The trained numbers of a network. Their initial values come from a stream of our own, because
/// candle's generator on the CPU takes no seed.
#[derive(Debug)]
pub struct Weights {
    random: Stream,
    all: Vec<Var>,
}

impl Weights {
    /// No weights; those to come follow from the seed.
    pub fn new(seed: u64) -> Self {
        Weights { random: Stream::new(seed, 0), all: Vec::new() }
    }

    /// Weights of a layer with rectified inputs, of which each output reads so many: normal with
    /// variance 2 / inputs (He et al., ICCV 2015).
    pub(super) fn normal(&mut self, shape: &[usize], inputs: usize) -> Result<Tensor> {
        let spread = (2.0 / inputs as f64).sqrt();
        let values =
            (0..shape.iter().product()).map(|_| (spread * self.random.normal()) as f32).collect();
        self.add(values, shape)
    }

    fn zeros(&mut self, shape: &[usize]) -> Result<Tensor> {
        self.add(vec![0.0; shape.iter().product()], shape)
    }

    pub(super) fn add(&mut self, values: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
        let variable = Var::from_vec(values, shape, &Device::Cpu)?;
        let tensor = variable.as_tensor().clone();
        self.all.push(variable);
        Ok(tensor)
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.all.iter().map(|variable| variable.elem_count()).sum()
    }

    /// The variables, for an optimizer.
    pub fn variables(&self) -> Vec<Var> {
        self.all.clone()
    }
}

/// A convolution, normalization and a rectifier.
#[derive(Debug)]
pub(super) struct Layer {
    convolution: Convolution,
    normalization: Normalization,
}

impl Layer {
    /// As [`Convolution::new`].
    pub(super) fn new(
        weights: &mut Weights,
        channels: usize,
        filters: usize,
        kernel: (usize, usize),
        stride: usize,
    ) -> Result<Self> {
        let convolution = Convolution::new(weights, channels, filters, kernel, stride)?;
        Ok(Layer { convolution, normalization: Normalization::new(weights, filters)? })
    }

    /// The same, for its static cost.
    pub(super) fn ops(filters: usize, kernel: (usize, usize), stride: usize) -> Vec<Op> {
        let convolution = Op::convolution(1, filters).kernel(kernel.0, kernel.1).stride(stride);
        vec![convolution, Op::normalization()]
    }
}

impl Module for Layer {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        self.normalization.forward(&self.convolution.forward(images)?)
    }
}

/// A fully connected layer with bias.
#[derive(Debug)]
pub struct Dense {
    weights: Tensor,
    bias: Tensor,
}

impl Dense {
    /// From so many features to so many units.
    ///
    /// # Errors
    /// candle cannot make the tensors.
    pub fn new(weights: &mut Weights, features: usize, units: usize) -> Result<Self> {
        let bias = weights.zeros(&[1, units])?;
        Ok(Dense { weights: weights.normal(&[features, units], features)?, bias })
    }
}

impl Module for Dense {
    fn forward(&self, features: &Tensor) -> Result<Tensor> {
        features.matmul(&self.weights)?.broadcast_add(&self.bias)
    }
}

/// Images with so many more zeros along a dimension, half of them at either side.
fn centred(images: &Tensor, dimension: usize, more: usize) -> Result<Tensor> {
    match more {
        0 => Ok(images.clone()),
        _ => images.pad_with_zeros(dimension, more / 2, more.div_ceil(2)),
    }
}

/// Images one after the other along the channels, smaller ones padded with zeros to the largest: the
/// repair of Zoph & Le (2017, section 3.3). [`Shape::concatenated`] is the shape.
pub(super) fn concatenated(images: &[&Tensor]) -> Result<Tensor> {
    if let [image] = images {
        return Ok((*image).clone());
    }
    let mut shapes = Vec::with_capacity(images.len());
    for image in images {
        let (_, height, width, channels) = image.dims4()?;
        shapes.push(Shape::new(channels, height, width));
    }
    let all = Shape::concatenated(shapes.iter().copied());
    let padded = images.iter().zip(&shapes).map(|(image, shape)| {
        centred(&centred(image, 1, all.height - shape.height)?, 2, all.width - shape.width)
    });
    Tensor::cat(&padded.collect::<Result<Vec<_>>>()?, 3)
}
