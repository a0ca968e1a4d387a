use std::fmt;

use candle_core::{DType, Module};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use tunewright::sampler::Stream;

use super::{Architecture, Failure, Images, Weights};

/// How long and how fast children are trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images per step.
    pub batch: usize,
    /// Rate of Adam at the beginning; it falls to 0 along half a cosine.
    pub rate: f64,
}

impl Schedule {
    /// Of so many passes.
    pub const fn epochs(epochs: usize) -> Self {
        Schedule { epochs, batch: 32, rate: 5e-3 }
    }
}

/// A trained network.
pub struct Child {
    network: Box<dyn Module + Send + Sync>,
}

/// Trains an architecture from scratch. Everything random follows from the seed, and everything is
/// computed on one thread.
///
/// # Errors
/// The architecture cannot be built, or training fails.
pub fn train(
    architecture: &(impl Architecture + Sync),
    images: &Images,
    schedule: Schedule,
    seed: u64,
) -> Result<Child, Failure> {
    // candle computes on the rayon pool that it finds itself in. With one of its own for each child,
    // children that are trained side by side need not take turns.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| {
        let mut weights = Weights::new(seed);
        let network = architecture.build(&mut weights)?;
        let settings = ParamsAdamW { lr: schedule.rate, weight_decay: 1e-4, ..Default::default() };
        let mut optimizer = AdamW::new(weights.variables(), settings)?;
        let mut random = Stream::new(seed, 1);
        let mut order: Vec<usize> = (0..images.len()).collect();
        let steps = schedule.epochs * images.len().div_ceil(schedule.batch);
        let mut step = 0;
        for _ in 0..schedule.epochs {
            random.shuffle(&mut order);
            for batch in order.chunks(schedule.batch) {
                let done = step as f64 / steps as f64;
                let share = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
                optimizer.set_learning_rate(schedule.rate * share);
                let (pixels, digits) = images.batch(batch)?;
                let loss = candle_nn::loss::cross_entropy(&network.forward(&pixels)?, &digits)?;
                optimizer.backward_step(&loss)?;
                step += 1;
            }
        }
        Ok(Child { network })
    })
}

impl Child {
    /// The share of images whose digit gets the highest score.
    ///
    /// # Errors
    /// There are no images, or candle fails.
    pub fn accuracy(&self, images: &Images) -> Result<f64, Failure> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        pool.install(|| {
            let all: Vec<usize> = (0..images.len()).collect();
            let (pixels, digits) = images.batch(&all)?;
            let found = self.network.forward(&pixels)?.argmax(1)?.eq(&digits)?;
            Ok(f64::from(found.to_dtype(DType::F32)?.mean_all()?.to_scalar::<f32>()?))
        })
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").finish_non_exhaustive()
    }
}
