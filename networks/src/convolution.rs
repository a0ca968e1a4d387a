//! Convolutions as products of matrices.

use candle_core::{Module, Result, Tensor};

use super::Weights;
use super::computed::{Computed, numbers, tensor};

/// A convolution without bias, padded so that only its stride makes images smaller.
#[derive(Debug)]
pub struct Convolution {
    /// A row for each number that the kernel sees, a column for each filter.
    weights: Tensor,
    kernel: (usize, usize),
    stride: usize,
}

impl Convolution {
    /// From `channels` channels to `filters` filters; `kernel` is height and width.
    ///
    /// # Errors
    /// candle cannot make the tensors.
    pub fn new(
        weights: &mut Weights,
        channels: usize,
        filters: usize,
        kernel: (usize, usize),
        stride: usize,
    ) -> Result<Self> {
        let inputs = kernel.0 * kernel.1 * channels;
        let weights = weights.normal(&[inputs, filters], inputs)?;
        Ok(Convolution { weights, kernel, stride })
    }
}

impl Module for Convolution {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let (count, height, width, channels) = images.dims4()?;
        let (kernel, stride) = (self.kernel, self.stride);
        let window = Window { count, height, width, channels, kernel, stride };
        let (rows, columns) = window.places();
        // Without gradients of its own: they take another way.
        let weights = self.weights.detach();
        let patches = window.patches(images)?;
        let made = numbers(&patches.matmul(&weights)?, <[f32]>::to_vec)?;
        let filters = weights.dim(1)?;
        let needed = images.track_op();
        let gradients = move |gradient: &Tensor| {
            let gradient = gradient.reshape(((), filters))?;
            let of_weights = patches.t()?.matmul(&gradient)?;
            let of_images = match needed {
                true => Some(window.gathered(&gradient.matmul(&weights.t()?)?)?),
                false => None,
            };
            Ok([of_images, Some(of_weights)])
        };
        Computed::new("convolution", made, (count, rows, columns, filters), gradients)
            .of_both(images, &self.weights)
    }
}

/// Images and how a kernel moves over them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub count: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub kernel: (usize, usize),
    pub stride: usize,
}

impl Window {
    /// Rows and columns of places.
    pub(super) fn places(&self) -> (usize, usize) {
        (self.height.div_ceil(self.stride), self.width.div_ceil(self.stride))
    }

    /// A matrix with a row for each image and place, and a column for each number that the kernel
    /// sees there.
    fn patches(&self, images: &Tensor) -> Result<Tensor> {
        let (rows, columns) = self.places();
        let (places, length) = (self.count * rows * columns, self.length());
        let mut patches = vec![0.0; places * length];
        numbers(images, |images| {
            self.runs(|patch, pixel, length| {
                patches[patch..patch + length].copy_from_slice(&images[pixel..pixel + length]);
            });
        })?;
        tensor(patches, (places, length))
    }

    /// The way back: every number of the images becomes the sum over all patches that have it.
    fn gathered(&self, patches: &Tensor) -> Result<Tensor> {
        let shape = (self.count, self.height, self.width, self.channels);
        let mut images = vec![0.0_f32; self.count * self.height * self.width * self.channels];
        numbers(patches, |patches| {
            self.runs(|patch, pixel, length| {
                let seen = &patches[patch..patch + length];
                for (sum, number) in images[pixel..pixel + length].iter_mut().zip(seen) {
                    *sum += number;
                }
            });
        })?;
        tensor(images, shape)
    }

    /// Length of a patch.
    fn length(&self) -> usize {
        self.kernel.0 * self.kernel.1 * self.channels
    }

    /// Calls `join(place in the patches, place in the images, length)` for all that a row of the kernel
    /// sees of a row of an image. The rest of the patches is padding.
    fn runs(&self, mut join: impl FnMut(usize, usize, usize)) {
        let (rows, columns) = self.places();
        let (kernel_height, kernel_width) = self.kernel;
        let (above, left) = ((kernel_height - 1) / 2, (kernel_width - 1) / 2);
        let mut patch = 0;
        for image in 0..self.count {
            for row in 0..rows {
                for column in 0..columns {
                    // Columns of the padded image.
                    let begin = (column * self.stride).max(left);
                    let end = (column * self.stride + kernel_width).min(self.width + left);
                    for line in 0..kernel_height {
                        let y = row * self.stride + line;
                        if (above..self.height + above).contains(&y) && begin < end {
                            let skipped = line * kernel_width + begin - column * self.stride;
                            let pixel = (image * self.height + y - above) * self.width;
                            join(
                                patch + skipped * self.channels,
                                (pixel + begin - left) * self.channels,
                                (end - begin) * self.channels,
                            );
                        }
                    }
                    patch += self.length();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::computed::tests::assert_gradient;
    use super::*;

    #[test]
    fn results_are_those_of_candle() {
        for (kernel, stride) in [((3, 3), 1), ((1, 5), 2), ((5, 3), 2), ((1, 1), 2), ((5, 5), 3)] {
            let mut weights = Weights::new(3);
            let ours = Convolution::new(&mut weights, 2, 3, kernel, stride).unwrap();
            let pixels = (0..2 * 7 * 6 * 2).map(|at| (at as f32 * 0.7).sin()).collect();
            let images = tensor(pixels, (2, 7, 6, 2)).unwrap();
            let made = ours.forward(&images).unwrap();
            // candle's order is channels, rows, columns.
            let (above, left) = ((kernel.0 - 1) / 2, (kernel.1 - 1) / 2);
            let theirs = images.permute((0, 3, 1, 2)).unwrap();
            let theirs = theirs.pad_with_zeros(2, above, above).unwrap();
            let theirs = theirs.pad_with_zeros(3, left, left).unwrap().contiguous().unwrap();
            let kernels = ours.weights.reshape((kernel.0, kernel.1, 2, 3)).unwrap();
            let kernels = kernels.permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
            let theirs = theirs.conv2d(&kernels, 0, stride, 1, 1).unwrap();
            let theirs = theirs.permute((0, 2, 3, 1)).unwrap();
            assert_eq!(made.dims(), theirs.dims());
            let apart = (made - theirs).unwrap().abs().unwrap().max_all().unwrap();
            assert!(apart.to_scalar::<f32>().unwrap() < 1e-5);
        }
    }

    #[test]
    fn images_have_the_gradient_of_central_differences() {
        for (kernel, stride) in [((3, 3), 1), ((5, 1), 2), ((5, 5), 1)] {
            let layer = Convolution::new(&mut Weights::new(1), 2, 2, kernel, stride).unwrap();
            assert_gradient((2, 4, 3, 2), |images| layer.forward(images).unwrap());
        }
    }
}
