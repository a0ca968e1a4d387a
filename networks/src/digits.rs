use std::ops::Range;

use candle_core::{Device, Tensor};

use super::idx::Idx;
use super::{CLASSES, Failure, IMAGE};

const PIXELS: &[u8] = include_bytes!("../data/digits28_images.idx3.gz");
const LABELS: &[u8] = include_bytes!("../data/digits28_labels.idx1.gz");

/// Squares of so many pixels a side become one, so that a child trains in about a second.
const SQUARE: usize = 2;

/// The parts, which lie in random order in the files. The images between them stay unused, so that the
/// test is the last half, as in the figures that the data come with.
const TRAINING: Range<usize> = 0..2_000;
const VALIDATION: Range<usize> = 2_000..3_000;
const TEST: Range<usize> = 5_000..10_000;

/// Images with the digits that they show.
#[derive(Clone, Debug, Default)]
pub struct Images {
    pixels: Vec<f32>,
    digits: Vec<u32>,
}

/// Images of handwritten digits in three parts.
#[derive(Clone, Debug)]
pub struct Digits {
    /// What children are trained with during a search.
    pub training: Images,
    /// What their reward is measured on.
    pub validation: Images,
    /// What no search sees.
    pub test: Images,
}

impl Digits {
    /// The parts are the same whatever is searched.
    ///
    /// # Errors
    /// The files that the package was built with are not those of its `data/`.
    pub fn load() -> Result<Self, Failure> {
        let all = Images::read(
            Idx::from_gzip("digits28_images.idx3.gz", PIXELS)?,
            Idx::from_gzip("digits28_labels.idx1.gz", LABELS)?,
        )?;
        Ok(Digits {
            training: all.part(TRAINING)?,
            validation: all.part(VALIDATION)?,
            test: all.part(TEST)?,
        })
    }

    /// Training and validation images together.
    pub fn seen(&self) -> Images {
        let (training, validation) = (&self.training, &self.validation);
        Images {
            pixels: [training.pixels.as_slice(), &validation.pixels].concat(),
            digits: [training.digits.as_slice(), &validation.digits].concat(),
        }
    }
}

impl Images {
    /// Images of bytes and their digits: smaller by averages of squares, and from -1 to 1.
    fn read(images: Idx, digits: Idx) -> Result<Self, Failure> {
        let (rows, columns) = (IMAGE.height * SQUARE, IMAGE.width * SQUARE);
        let count = digits.values.len();
        if digits.dimensions != [count] || images.dimensions != [count, rows, columns] {
            let found = (images.dimensions, digits.dimensions);
            let expected = format!("n × {rows} × {columns} pixels and n digits");
            return Err(format!("{expected} are expected, not {found:?}").into());
        }
        if let Some(at) = digits.values.iter().position(|&digit| usize::from(digit) >= CLASSES) {
            return Err(format!("image {at} has the label {}", digits.values[at]).into());
        }
        let mut pixels = Vec::with_capacity(count * IMAGE.height * IMAGE.width);
        for image in images.values.chunks_exact(rows * columns) {
            for (row, column) in (0..rows)
                .step_by(SQUARE)
                .flat_map(|row| (0..columns).step_by(SQUARE).map(move |column| (row, column)))
            {
                let square = image[row * columns..].chunks(columns).take(SQUARE);
                let sum: f32 = square
                    .flat_map(|line| &line[column..column + SQUARE])
                    .map(|&pixel| f32::from(pixel))
                    .sum();
                let white = f32::from(u8::MAX) * (SQUARE * SQUARE) as f32;
                pixels.push(2.0 * sum / white - 1.0);
            }
        }
        Ok(Images { pixels, digits: digits.values.into_iter().map(u32::from).collect() })
    }

    fn part(&self, range: Range<usize>) -> Result<Self, Failure> {
        let side = IMAGE.height * IMAGE.width;
        let pixels = self.pixels.get(range.start * side..range.end * side);
        let (Some(pixels), Some(digits)) = (pixels, self.digits.get(range.clone())) else {
            let count = self.len();
            return Err(format!("{} images are needed, and there are {count}", range.end).into());
        };
        Ok(Images { pixels: pixels.to_vec(), digits: digits.to_vec() })
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// The images with these indices as a tensor `n × height × width × 1`, and their digits.
    ///
    /// # Errors
    /// An index is too large.
    pub fn batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor), Failure> {
        let side = IMAGE.height * IMAGE.width;
        let mut pixels = Vec::with_capacity(indices.len() * side);
        let mut digits = Vec::with_capacity(indices.len());
        for &index in indices {
            let image = self.pixels.get(index * side..(index + 1) * side);
            let (Some(image), Some(digit)) = (image, self.digits.get(index)) else {
                return Err(format!("there is no image {index}").into());
            };
            pixels.extend_from_slice(image);
            digits.push(*digit);
        }
        let count = digits.len();
        let shape = (count, IMAGE.height, IMAGE.width, IMAGE.channels);
        let pixels = Tensor::from_vec(pixels, shape, &Device::Cpu)?;
        Ok((pixels, Tensor::from_vec(digits, count, &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_hold_digits_that_look_like_themselves() {
        let digits = Digits::load().unwrap();
        let sizes = [&digits.training, &digits.validation, &digits.test].map(Images::len);
        assert_eq!(sizes, [2_000, 1_000, 5_000]);
        assert_eq!(digits.seen().len(), 3_000);
        assert!(digits.test.pixels.iter().all(|pixel| (-1.0..=1.0).contains(pixel)));
        // The nearest mean image of a class: pixels and labels belong together, and are not mirrored
        // or mixed up between parts.
        let side = IMAGE.height * IMAGE.width;
        let mut means = vec![vec![0.0; side]; CLASSES];
        let mut counts = [0.0; CLASSES];
        let training = &digits.training;
        for (image, &digit) in training.pixels.chunks(side).zip(&training.digits) {
            counts[digit as usize] += 1.0;
            means[digit as usize].iter_mut().zip(image).for_each(|(mean, pixel)| *mean += pixel);
        }
        for (mean, count) in means.iter_mut().zip(counts) {
            assert!(count > 150.0);
            mean.iter_mut().for_each(|mean| *mean /= count);
        }
        let distance = |image: &[f32], mean: &[f32]| -> f32 {
            image.iter().zip(mean).map(|(pixel, mean)| (pixel - mean).powi(2)).sum()
        };
        let read =
            digits.test.pixels.chunks(side).zip(&digits.test.digits).filter(|(image, digit)| {
                let nearest = (0..CLASSES).min_by(|&left, &right| {
                    distance(image, &means[left]).total_cmp(&distance(image, &means[right]))
                });
                nearest == Some(**digit as usize)
            });
        let share = read.count() as f64 / 5_000.0;
        assert!((0.75..0.90).contains(&share), "{share}");
    }

    #[test]
    fn a_square_becomes_its_mean() {
        let mut bytes = vec![0; 28 * 28];
        // The square in row 1 and column 2 of the small image.
        (bytes[2 * 28 + 4], bytes[3 * 28 + 5]) = (255, 255);
        let images = Idx { dimensions: vec![1, 28, 28], values: bytes };
        let digits = Idx { dimensions: vec![1], values: vec![7] };
        let read = Images::read(images, digits).unwrap();
        let expected = (0..14 * 14).map(|at| if at == 14 + 2 { 0.0 } else { -1.0 });
        assert_eq!(read.pixels, expected.collect::<Vec<f32>>());
        assert_eq!(read.digits, [7]);
    }

    #[test]
    fn files_that_do_not_fit_are_told() {
        let images = |sizes: [usize; 3]| Idx { dimensions: sizes.to_vec(), values: Vec::new() };
        let digits = |values: Vec<u8>| Idx { dimensions: vec![values.len()], values };
        for (images, digits, told) in [
            (images([2, 28, 28]), digits(vec![1]), "[2, 28, 28]"),
            (images([1, 8, 8]), digits(vec![1]), "n × 28 × 28 pixels"),
            (images([1, 28, 28]), digits(vec![11]), "image 0 has the label 11"),
        ] {
            let message = Images::read(images, digits).unwrap_err().to_string();
            assert!(message.contains(told), "{message}");
        }
        let message = Images::default().part(0..3).unwrap_err().to_string();
        assert!(message.contains("3 images are needed, and there are 0"), "{message}");
    }
}
