//! Pooling. candle's own cannot be differentiated where windows overlap.

use candle_core::{Result, Tensor};

use super::computed::{Computed, numbers, tensor};

/// What a window of 3 × 3 pixels is pooled to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pooling {
    Average,
    Max,
}

/// Pools windows of 3 × 3 pixels, centred on every pixel or, with a stride of 2, every other one. What
/// lies outside the image does not count.
pub(super) fn pooled(images: &Tensor, pooling: Pooling, stride: usize) -> Result<Tensor> {
    let shape = images.dims4()?;
    let (count, height, width, channels) = shape;
    let (rows, columns) = (height.div_ceil(stride), width.div_ceil(stride));
    // Where the pixels of each window begin in an image.
    let mut windows: Vec<Vec<usize>> = Vec::with_capacity(rows * columns);
    for row in (0..height).step_by(stride) {
        for column in (0..width).step_by(stride) {
            let lines = row.saturating_sub(1)..(row + 2).min(height);
            let pixel = |y: usize, x: usize| (y * width + x) * channels;
            let seen = lines.flat_map(|y| {
                (column.saturating_sub(1)..(column + 2).min(width)).map(move |x| pixel(y, x))
            });
            windows.push(seen.collect());
        }
    }
    let (size, result) = (height * width * channels, (count, rows, columns, channels));
    let mut made = vec![0.0_f32; count * windows.len() * channels];
    match pooling {
        Pooling::Average => {
            numbers(images, |images| {
                let mut places = made.chunks_exact_mut(channels);
                for image in images.chunks_exact(size) {
                    for (window, place) in windows.iter().zip(&mut places) {
                        for &pixel in window {
                            let pixel = &image[pixel..pixel + channels];
                            place.iter_mut().zip(pixel).for_each(|(sum, number)| *sum += number);
                        }
                        place.iter_mut().for_each(|sum| *sum /= window.len() as f32);
                    }
                }
            })?;
            let gradients = move |gradient: &Tensor| {
                let mut of_images = vec![0.0_f32; count * size];
                numbers(gradient, |gradient| {
                    let mut places = gradient.chunks_exact(channels);
                    for image in of_images.chunks_exact_mut(size) {
                        for (window, place) in windows.iter().zip(&mut places) {
                            let weight = 1.0 / window.len() as f32;
                            for &pixel in window {
                                let pixel = &mut image[pixel..pixel + channels];
                                for (sum, number) in pixel.iter_mut().zip(place) {
                                    *sum += weight * number;
                                }
                            }
                        }
                    }
                })?;
                Ok([Some(tensor(of_images, shape)?), None])
            };
            Computed::new("average pooling", made, result, gradients).of(images)
        }
        Pooling::Max => {
            // Where the largest numbers are, in all images.
            let mut largest = vec![0_usize; made.len()];
            numbers(images, |images| {
                let mut places =
                    made.chunks_exact_mut(channels).zip(largest.chunks_exact_mut(channels));
                for begin in (0..count).map(|image| image * size) {
                    for (window, (place, largest)) in windows.iter().zip(&mut places) {
                        place.fill(f32::NEG_INFINITY);
                        for pixel in window.iter().map(|pixel| begin + pixel) {
                            let numbers = images[pixel..pixel + channels].iter().enumerate();
                            let kept = place.iter_mut().zip(largest.iter_mut());
                            for ((channel, number), (most, at)) in numbers.zip(kept) {
                                if number > most {
                                    (*most, *at) = (*number, pixel + channel);
                                }
                            }
                        }
                    }
                }
            })?;
            let gradients = move |gradient: &Tensor| {
                let mut of_images = vec![0.0_f32; count * size];
                numbers(gradient, |gradient| {
                    for (number, &at) in gradient.iter().zip(&largest) {
                        of_images[at] += number;
                    }
                })?;
                Ok([Some(tensor(of_images, shape)?), None])
            };
            Computed::new("max pooling", made, result, gradients).of(images)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::computed::tests::assert_gradient;
    use super::*;

    fn made(pooling: Pooling, stride: usize) -> Vec<f32> {
        let images =
            tensor(vec![1.0, 2.0, 6.0, 4.0, 8.0, 3.0, -7.0, 0.0, 1.0], (1, 3, 3, 1)).unwrap();
        pooled(&images, pooling, stride).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn what_lies_outside_does_not_count() {
        assert_eq!(made(Pooling::Max, 1), [8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]);
        assert_eq!(made(Pooling::Max, 2), [8.0; 4]);
        assert_eq!(made(Pooling::Average, 2), [3.75, 4.75, 1.25, 3.0]);
        assert_eq!(made(Pooling::Average, 1)[4], 2.0);
    }

    #[test]
    fn images_have_the_gradient_of_central_differences() {
        for pooling in [Pooling::Average, Pooling::Max] {
            for stride in [1, 2] {
                assert_gradient((2, 4, 3, 2), |images| pooled(images, pooling, stride).unwrap());
            }
        }
    }
}
