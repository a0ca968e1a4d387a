use std::fmt;
use std::time::Duration;

use candle_core::{DType, Module};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use cpu_time::ThreadTime;
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

/// Images that are read at once where nothing is learned: what is computed of them stays in the cache.
const SEEN_AT_ONCE: usize = 125;

/// A trained network.
pub struct Child {
    network: Box<dyn Module + Send + Sync>,
    time: Duration,
}

/// Trains an architecture from scratch. Everything random follows from the seed, and everything is
/// computed on one thread. `watch` sees the child after each epoch, counted from 1.
///
/// # Errors
/// The architecture cannot be built, training fails, or `watch` does, which ends the training.
pub fn train(
    architecture: &(impl Architecture + Sync),
    images: &Images,
    schedule: Schedule,
    seed: u64,
    mut watch: impl FnMut(u64, &Child) -> Result<(), Failure> + Send,
) -> Result<Child, Failure> {
    on_one_thread(|| {
        let mut weights = Weights::new(seed);
        let begun = ThreadTime::now();
        let mut child = Child { network: architecture.build(&mut weights)?, time: Duration::ZERO };
        let settings = ParamsAdamW { lr: schedule.rate, weight_decay: 1e-4, ..Default::default() };
        let mut optimizer = AdamW::new(weights.variables(), settings)?;
        let mut random = Stream::new(seed, 1);
        let mut order: Vec<usize> = (0..images.len()).collect();
        let steps = schedule.epochs * images.len().div_ceil(schedule.batch);
        let mut step = 0;
        for epoch in 1..=schedule.epochs {
            random.shuffle(&mut order);
            for batch in order.chunks(schedule.batch) {
                let done = step as f64 / steps as f64;
                let share = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
                optimizer.set_learning_rate(schedule.rate * share);
                let (pixels, digits) = images.batch(batch)?;
                let loss =
                    candle_nn::loss::cross_entropy(&child.network.forward(&pixels)?, &digits)?;
                optimizer.backward_step(&loss)?;
                step += 1;
            }
            child.time = begun.elapsed();
            watch(epoch as u64, &child)?;
        }
        Ok(child)
    })
}

/// candle computes on the rayon pool that it finds itself in. With one of its own for each child,
/// children that are trained side by side need not take turns.
fn on_one_thread<R: Send>(work: impl FnOnce() -> Result<R, Failure> + Send) -> Result<R, Failure> {
    match rayon::current_thread_index() {
        Some(_) => work(),
        None => rayon::ThreadPoolBuilder::new().num_threads(1).build()?.install(work),
    }
}

impl Child {
    /// The processor time of its training.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The share of images whose digit gets the highest score.
    ///
    /// # Errors
    /// There are no images, or candle fails.
    pub fn accuracy(&self, images: &Images) -> Result<f64, Failure> {
        if images.is_empty() {
            return Err("the accuracy on no images is not defined".into());
        }
        on_one_thread(|| {
            let all: Vec<usize> = (0..images.len()).collect();
            let mut read = 0.0;
            for batch in all.chunks(SEEN_AT_ONCE) {
                let (pixels, digits) = images.batch(batch)?;
                let found = self.network.forward(&pixels)?.argmax(1)?.eq(&digits)?;
                read += found.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
            }
            Ok(f64::from(read) / images.len() as f64)
        })
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").finish_non_exhaustive()
    }
}
