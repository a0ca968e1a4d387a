//! Normalization and rectifier in one.

use candle_core::{Module, Result, Tensor};

use super::Weights;
use super::computed::{Computed, numbers, tensor};

/// Keeps the division finite where an image is all of one value.
const SMALLEST: f32 = 1e-5;

/// Brings each image to mean 0 and variance 1 over all its numbers, scales and shifts every channel by
/// trained numbers (layer normalization: Ba, Kiros and Hinton, 2016), and rectifies.
#[derive(Debug)]
pub struct Normalization {
    /// A row of scales and one of shifts.
    weights: Tensor,
}

impl Normalization {
    /// Of so many channels.
    ///
    /// # Errors
    /// candle cannot make the tensors.
    pub fn new(weights: &mut Weights, channels: usize) -> Result<Self> {
        let values = [vec![1.0; channels], vec![0.0; channels]].concat();
        Ok(Normalization { weights: weights.add(values, &[2, channels])? })
    }
}

impl Module for Normalization {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let shape = images.dims4()?;
        let (count, height, width, channels) = shape;
        let places = height * width;
        let length = places * channels;
        let weights = numbers(&self.weights, <[f32]>::to_vec)?;
        // Repeated for every place, so that all below are plain loops over an image.
        let (scales, shifts) = weights.split_at(channels);
        let (scales, shifts) = (scales.repeat(places), shifts.repeat(places));
        // The images with mean 0 and variance 1.
        let mut normal = Vec::with_capacity(count * length);
        let mut spreads = Vec::with_capacity(count);
        numbers(images, |images| {
            for image in images.chunks_exact(length) {
                let mean = sum(image, |x| x) / length as f32;
                let variance = sum(image, |x| (x - mean) * (x - mean)) / length as f32;
                let spread = (variance + SMALLEST).sqrt();
                let factor = 1.0 / spread;
                spreads.push(spread);
                normal.extend(image.iter().map(|x| (x - mean) * factor));
            }
        })?;
        let mut made = normal.clone();
        for image in made.chunks_exact_mut(length) {
            multiply(image, &scales);
            add(image, &shifts);
            image.iter_mut().for_each(|x| *x = x.max(0.0));
        }
        let gradients = move |gradient: &Tensor| {
            let (mut of_scales, mut of_shifts) = (vec![0.0_f32; length], vec![0.0_f32; length]);
            let mut of_images = vec![0.0_f32; count * length];
            numbers(gradient, |gradient| {
                let images = normal.chunks_exact(length).zip(gradient.chunks_exact(length));
                let results = of_images.chunks_exact_mut(length).zip(&spreads);
                for ((image, gradient), (result, spread)) in images.zip(results) {
                    rectify(result, image, gradient, (&scales, &shifts));
                    add(&mut of_shifts, result);
                    add_products(&mut of_scales, result, image);
                    multiply(result, &scales);
                    let mean = sum(result, |inner| inner) / length as f32;
                    let along = dot(result, image) / length as f32;
                    finish(result, image, (mean, along, 1.0 / spread));
                }
            })?;
            let mut of_weights = vec![0.0_f32; 2 * channels];
            for (at, (scale, shift)) in of_scales.iter().zip(&of_shifts).enumerate() {
                of_weights[at % channels] += scale;
                of_weights[channels + at % channels] += shift;
            }
            Ok([Some(tensor(of_images, shape)?), Some(tensor(of_weights, (2, channels))?)])
        };
        Computed::new("normalization", made, shape, gradients).of_both(images, &self.weights)
    }
}

// One loop each, of few slices, which the compiler turns into vector instructions.

/// The gradients of what was above 0.
fn rectify(result: &mut [f32], image: &[f32], gradient: &[f32], weights: (&[f32], &[f32])) {
    let weights = weights.0.iter().zip(weights.1);
    for (((result, x), gradient), (scale, shift)) in
        result.iter_mut().zip(image).zip(gradient).zip(weights)
    {
        *result = if scale * x + shift > 0.0 { *gradient } else { 0.0 };
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

fn add_products(sums: &mut [f32], left: &[f32], right: &[f32]) {
    let products = left.iter().zip(right);
    sums.iter_mut().zip(products).for_each(|(sum, (left, right))| *sum += left * right);
}

fn multiply(values: &mut [f32], factors: &[f32]) {
    values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
}

/// What the mean and the variance of the image take off.
fn finish(result: &mut [f32], image: &[f32], (mean, along, factor): (f32, f32, f32)) {
    for (result, x) in result.iter_mut().zip(image) {
        *result = (*result - mean - x * along) * factor;
    }
}

/// Sums are kept apart that do not wait for each other.
const LANES: usize = 16;

fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder().iter().map(|value| of(*value)).sum::<f32>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += of(chunk[lane]);
        }
    }
    rest + sums.iter().sum::<f32>()
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (lefts, rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = lefts.remainder().iter().zip(rights.remainder()).map(|(x, y)| x * y).sum::<f32>();
    for (left, right) in lefts.zip(rights) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    rest + sums.iter().sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::super::computed::tests::assert_gradient;
    use super::*;

    #[test]
    fn images_are_normalized_and_rectified() {
        let mut weights = Weights::new(1);
        let layer = Normalization::new(&mut weights, 2).unwrap();
        weights.variables()[0].set(&tensor(vec![2.0, 1.0, 0.0, 0.5], (2, 2)).unwrap()).unwrap();
        // The mean is 2 and the variance 5 for either image.
        let pixels = vec![-1.0, 1.0, 3.0, 5.0, 5.0, 3.0, 1.0, -1.0];
        let made = layer.forward(&tensor(pixels, (2, 1, 2, 2)).unwrap()).unwrap();
        let x = |value: f32| (value - 2.0) / (5.0_f32 + SMALLEST).sqrt();
        let expected =
            [0.0, x(1.0) + 0.5, 2.0 * x(3.0), x(5.0) + 0.5, 2.0 * x(5.0), x(3.0) + 0.5, 0.0, 0.0];
        let made = made.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (made, expected) in made.iter().zip(expected) {
            assert!((made - expected).abs() < 1e-5, "{made} {expected}");
        }
    }

    #[test]
    fn images_have_the_gradient_of_central_differences() {
        let mut weights = Weights::new(1);
        let layer = Normalization::new(&mut weights, 3).unwrap();
        let values = vec![1.0, 0.7, -0.4, 0.3, 0.2, 0.5];
        weights.variables()[0].set(&tensor(values, (2, 3)).unwrap()).unwrap();
        // More numbers than lanes, and a rest.
        assert_gradient((2, 3, 2, 3), |images| layer.forward(images).unwrap());
    }

    #[test]
    fn an_image_of_one_value_stays_finite() {
        let layer = Normalization::new(&mut Weights::new(1), 1).unwrap();
        let made = layer.forward(&tensor(vec![3.0; 4], (1, 2, 2, 1)).unwrap()).unwrap();
        assert_eq!(made.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [0.0; 4]);
    }
}
