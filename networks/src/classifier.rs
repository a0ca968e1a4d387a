//! From images to scores.

use candle_core::{Module, Result, Tensor};
use tunewright::nas::{Cost, Op, Shape};

use super::computed::{Computed, numbers, tensor};
use super::{CLASSES, Dense, Weights};

/// Scores of the digits from the mean of each channel in each quarter of the images. Finer features
/// would do without a network in front, and the mean of whole images would ask for a longer training.
#[derive(Debug)]
pub(super) struct Classifier {
    dense: Dense,
}

/// Means of rectified and normalized numbers differ little, so that they are enlarged.
const SCALE: f32 = 4.0;

impl Classifier {
    /// Of images of these shapes.
    pub(super) fn new(weights: &mut Weights, reads: &[Shape]) -> Result<Self> {
        let features = reads.iter().map(features).sum();
        Ok(Classifier { dense: Dense::new(weights, features, CLASSES)? })
    }

    pub(super) fn cost(reads: &[Shape]) -> tunewright::Result<Cost> {
        let features = reads.iter().map(features).sum();
        let (_, cost) = Op::dense(CLASSES).apply(Shape::new(features, 1, 1))?;
        Ok(cost)
    }

    pub(super) fn forward(&self, images: &[&Tensor]) -> Result<Tensor> {
        let means: Result<Vec<Tensor>> = images.iter().map(|images| quarters(images)).collect();
        self.dense.forward(&Tensor::cat(&means?, 1)?)
    }
}

/// Into how many parts this many rows or columns are cut.
fn parts(length: usize) -> usize {
    length.min(2)
}

fn features(shape: &Shape) -> usize {
    shape.channels * parts(shape.height) * parts(shape.width)
}

/// The means of the channels in each quarter, times [`SCALE`], as a row for each image.
fn quarters(images: &Tensor) -> Result<Tensor> {
    let shape = images.dims4()?;
    let (count, height, width, channels) = shape;
    let (above, left) = (parts(height), parts(width));
    let pixels = height * width;
    // Of each pixel: its quarter and its weight in the mean there.
    let mut places = Vec::with_capacity(pixels);
    let mut sizes = vec![0.0_f32; above * left];
    for at in 0..pixels {
        let quarter = (at / width * above / height) * left + at % width * left / width;
        sizes[quarter] += 1.0;
        places.push(quarter);
    }
    let places: Vec<_> = places.into_iter().map(|place| (place, SCALE / sizes[place])).collect();
    let features = above * left * channels;
    let mut means = vec![0.0_f32; count * features];
    numbers(images, |images| {
        let images = images.chunks_exact(pixels * channels);
        for (image, means) in images.zip(means.chunks_exact_mut(features)) {
            for (pixel, (quarter, weight)) in image.chunks_exact(channels).zip(&places) {
                let means = &mut means[quarter * channels..(quarter + 1) * channels];
                means.iter_mut().zip(pixel).for_each(|(mean, number)| *mean += weight * number);
            }
        }
    })?;
    let gradients = move |gradient: &Tensor| {
        let mut of_images = Vec::with_capacity(count * pixels * channels);
        numbers(gradient, |gradient| {
            for means in gradient.chunks_exact(features) {
                for (quarter, weight) in &places {
                    let means = &means[quarter * channels..(quarter + 1) * channels];
                    of_images.extend(means.iter().map(|mean| weight * mean));
                }
            }
        })?;
        Ok([Some(tensor(of_images, shape)?), None])
    };
    Computed::new("quarters", means, (count, features), gradients).of(images)
}

#[cfg(test)]
mod tests {
    use super::super::computed::tests::assert_gradient;
    use super::*;

    #[test]
    fn images_have_the_gradient_of_central_differences() {
        for shape in [(2, 5, 4, 2), (1, 1, 1, 3), (1, 2, 1, 1)] {
            assert_gradient(shape, |images| quarters(images).unwrap());
        }
    }

    #[test]
    fn quarters_have_their_means() {
        // Three rows: one above the middle, two below; two columns; one channel.
        let images = tensor(vec![1.0, 2.0, 3.0, 4.0, 5.0, 8.0], (1, 3, 2, 1)).unwrap();
        let means = quarters(&images).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(means, [[2.0 * SCALE, 3.0 * SCALE, 5.0 * SCALE, 8.0 * SCALE]]);
        let pixel = tensor(vec![1.0, 7.0], (1, 1, 1, 2)).unwrap();
        assert_eq!(quarters(&pixel).unwrap().to_vec2::<f32>().unwrap(), [[SCALE, 7.0 * SCALE]]);
    }
}
