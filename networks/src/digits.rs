use candle_core::{Device, Tensor};
use smartcore::dataset::digits;
use tunewright::sampler::Stream;

use super::{Failure, IMAGE};

/// The largest value of a pixel.
const WHITE: f32 = 16.0;

/// Images with the digits that they show.
#[derive(Clone, Debug, Default)]
pub struct Images {
    pixels: Vec<f32>,
    digits: Vec<u32>,
}

/// 1797 images of handwritten digits in three parts.
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
    const VALIDATION: usize = 400;
    const TEST: usize = 500;

    /// The parts are the same whatever is searched, and each is a random one.
    pub fn load() -> Self {
        let data = digits::load_dataset();
        let side = IMAGE.height * IMAGE.width;
        let mut order: Vec<usize> = (0..data.target.len()).collect();
        Stream::new(8, 8).shuffle(&mut order);
        let part = |indices: &[usize]| {
            let mut images = Images::default();
            for &index in indices {
                let pixels = &data.data[index * side..(index + 1) * side];
                images.pixels.extend(pixels.iter().map(|pixel| 2.0 * pixel / WHITE - 1.0));
                images.digits.push(data.target[index] as u32);
            }
            images
        };
        let (test, rest) = order.split_at(Self::TEST);
        let (validation, training) = rest.split_at(Self::VALIDATION);
        Digits { training: part(training), validation: part(validation), test: part(test) }
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
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// The images with these indices as a tensor `n × 1 × 8 × 8`, and their digits.
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
        let shape = (digits.len(), IMAGE.channels, IMAGE.height, IMAGE.width);
        let pixels = Tensor::from_vec(pixels, shape, &Device::Cpu)?;
        let count = digits.len();
        Ok((pixels, Tensor::from_vec(digits, count, &Device::Cpu)?))
    }
}
