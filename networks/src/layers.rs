//! What networks are made of.

use candle_core::{Device, Module, Result, Tensor, Var};
use tunewright::nas::Shape;
use tunewright::sampler::Stream;

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
    fn normal(&mut self, shape: &[usize], inputs: usize) -> Result<Tensor> {
        let spread = (2.0 / inputs as f64).sqrt();
        let values =
            (0..shape.iter().product()).map(|_| (spread * self.random.normal()) as f32).collect();
        self.add(values, shape)
    }

    fn zeros(&mut self, shape: &[usize]) -> Result<Tensor> {
        self.add(vec![0.0; shape.iter().product()], shape)
    }

    fn add(&mut self, values: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
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

/// A convolution with bias, padded so that only its stride makes images smaller.
#[derive(Debug)]
pub struct Convolution {
    kernel: Tensor,
    bias: Tensor,
    stride: usize,
}

impl Convolution {
    /// Of images with so many channels, to so many filters; `kernel` is height and width.
    ///
    /// # Errors
    /// candle cannot make the tensors.
    pub fn new(
        weights: &mut Weights,
        channels: usize,
        filters: usize,
        (height, width): (usize, usize),
        stride: usize,
    ) -> Result<Self> {
        let shape = [filters, channels, height, width];
        let kernel = weights.normal(&shape, channels * height * width)?;
        let bias = weights.zeros(&[1, filters, 1, 1])?;
        Ok(Convolution { kernel, bias, stride })
    }
}

impl Module for Convolution {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = self.kernel.dims4()?;
        let padded = centred(images, 2, height - 1)?;
        let padded = centred(&padded, 3, width - 1)?;
        padded.conv2d(&self.kernel, 0, self.stride, 1, 1)?.broadcast_add(&self.bias)
    }
}

/// A fully connected layer with bias, on all numbers of an image.
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
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        images.flatten_from(1)?.matmul(&self.weights)?.broadcast_add(&self.bias)
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
        let (_, channels, height, width) = image.dims4()?;
        shapes.push(Shape::new(channels, height, width));
    }
    let all = Shape::concatenated(shapes.iter().copied());
    let padded = images.iter().zip(&shapes).map(|(image, shape)| {
        centred(&centred(image, 2, all.height - shape.height)?, 3, all.width - shape.width)
    });
    Tensor::cat(&padded.collect::<Result<Vec<_>>>()?, 1)
}

/// What a window of 3 × 3 pixels is pooled to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pooling {
    Average,
    Max,
}

/// Pools windows of 3 × 3 pixels. candle's own pooling cannot be differentiated where windows
/// overlap, so that rows and then columns are combined from their neighbours.
pub(super) fn pooled(images: &Tensor, pooling: Pooling, stride: usize) -> Result<Tensor> {
    let mut pooled = images.clone();
    for dimension in [2, 3] {
        let length = pooled.dim(dimension)?;
        let padded = pooled.pad_with_same(dimension, 1, 1)?;
        let neighbour = |at| padded.narrow(dimension, at, length);
        pooled = match pooling {
            Pooling::Average => {
                ((neighbour(0)? + neighbour(1)?)? + neighbour(2)?)?.affine(1.0 / 3.0, 0.0)?
            }
            Pooling::Max => neighbour(0)?.maximum(&neighbour(1)?)?.maximum(&neighbour(2)?)?,
        };
        if stride > 1 {
            let kept: Vec<u32> = (0..length as u32).step_by(stride).collect();
            let count = kept.len();
            let kept = Tensor::from_vec(kept, count, images.device())?;
            pooled = pooled.index_select(&kept, dimension)?;
        }
    }
    Ok(pooled)
}
