use std::fmt;
use std::path::Path;
use std::time::Duration;

use candle_core::{DType, Module};
use cpu_time::ThreadTime;
use tunewright::sampler::Stream;
use tunewright::trial::Checkpoint;

use super::adam::Adam;
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

/// A training as it stands after some passes over the images.
pub struct Training<'a> {
    child: Child,
    optimizer: Adam,
    random: Stream,
    order: Vec<usize>,
    images: &'a Images,
    schedule: Schedule,
    epochs: u64,
}

/// The file of a saved training.
const STATE: &str = "training.safetensors";

impl<'a> Training<'a> {
    /// Before the first pass. Everything random follows from the seed.
    fn new(
        architecture: &impl Architecture,
        images: &'a Images,
        schedule: Schedule,
        seed: u64,
    ) -> Result<Self, Failure> {
        let mut weights = Weights::new(seed);
        let child = Child { network: architecture.build(&mut weights)?, time: Duration::ZERO };
        let (optimizer, random) = (Adam::new(weights.variables())?, Stream::new(seed, 1));
        let order = (0..images.len()).collect();
        Ok(Training { child, optimizer, random, order, images, schedule, epochs: 0 })
    }

    /// As it was when it was saved after so many passes.
    fn restore(&mut self, saved: &Checkpoint) -> Result<(), Failure> {
        self.optimizer.load(&saved.folder().join(STATE))?;
        self.epochs = saved.step();
        (0..self.epochs).for_each(|_| self.random.shuffle(&mut self.order));
        Ok(())
    }

    fn pass(&mut self) -> Result<(), Failure> {
        let Schedule { epochs, batch, rate } = self.schedule;
        self.random.shuffle(&mut self.order);
        let batches = self.images.len().div_ceil(batch);
        let (first, all) = (self.epochs as usize * batches, epochs * batches);
        for (at, batch) in self.order.chunks(batch).enumerate() {
            let done = (first + at) as f64 / all as f64;
            let share = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
            let (pixels, digits) = self.images.batch(batch)?;
            let scores = self.child.network.forward(&pixels)?;
            let loss = candle_nn::loss::cross_entropy(&scores, &digits)?;
            self.optimizer.step(&loss, rate * share)?;
        }
        self.epochs += 1;
        Ok(())
    }

    /// The network as it is.
    pub fn child(&self) -> &Child {
        &self.child
    }

    /// Writes into a folder what the training needs to go on exactly as if it had not stopped: the weights
    /// and the optimizer's state. All else follows from the seed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), Failure> {
        Ok(self.optimizer.save(&folder.join(STATE))?)
    }
}

/// Trains an architecture, from scratch or from where it was [saved](Training::save) with the same images,
/// schedule and seed. Everything random follows from the seed, and everything is computed on one thread.
/// `watch` sees the training after each pass over the images, counted from 1.
///
/// # Errors
/// The architecture cannot be built, training fails, or `watch` does, which ends the training.
pub fn train(
    architecture: &(impl Architecture + Sync),
    images: &Images,
    schedule: Schedule,
    seed: u64,
    saved: Option<&Checkpoint>,
    mut watch: impl FnMut(u64, &Training<'_>) -> Result<(), Failure> + Send,
) -> Result<Child, Failure> {
    on_one_thread(|| {
        let begun = ThreadTime::now();
        let mut training = Training::new(architecture, images, schedule, seed)?;
        if let Some(saved) = saved {
            training.restore(saved)?;
        }
        while training.epochs < schedule.epochs as u64 {
            training.pass()?;
            training.child.time = begun.elapsed();
            watch(training.epochs, &training)?;
        }
        Ok(training.child)
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

impl fmt::Debug for Training<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Training").field("epochs", &self.epochs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tunewright::nas::{Layer, Network};
    use tunewright::space::Space;
    use tunewright::{Error, Study, Trial};

    use super::super::Digits;
    use super::*;

    fn network() -> Network {
        let layer = Layer::new().with("filter_height", 3).with("filter_width", 3);
        Network::sequential([layer.with("filters", 4).with("stride", 2)]).unwrap()
    }

    #[test]
    fn a_training_goes_on_exactly_where_it_was_interrupted() {
        let digits = Digits::load().unwrap();
        let schedule = Schedule { epochs: 4, batch: 64, rate: 2e-2 };
        let folder = std::env::temp_dir().join(format!("tunewright-go-on-{}", std::process::id()));
        let space = Space::builder().bool("only").build().unwrap();
        let study = Study::in_space(space).maximize().seed(1).checkpoints(&folder).build().unwrap();
        let stop = study.stop_handle();
        let passes = Mutex::new(Vec::new());
        let objective = |_, trial: &mut Trial| -> Result<f64, Failure> {
            let saved = trial.checkpoint().cloned();
            let mut accuracy = 0.0;
            let (images, seed) = (&digits.training, trial.seed());
            train(&network(), images, schedule, seed, saved.as_ref(), |epoch, training| {
                passes.lock().unwrap().push(epoch);
                if epoch == 2 {
                    stop.interrupt();
                }
                accuracy = training.child().accuracy(&digits.validation)?;
                Ok(trial.report_resumable(epoch, accuracy, |folder| training.save(folder))?)
            })?;
            Ok(accuracy)
        };
        study.optimize(objective, 1).unwrap();
        assert!(matches!(study.best(), Err(Error::NoCompleteTrial { .. })));
        study.optimize(objective, 1).unwrap();
        let best = study.best().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(*passes.lock().unwrap(), [1, 2, 3, 4]);

        let seed = {
            let mut asked = Study::in_space(Space::builder().bool("only").build().unwrap())
                .seed(1)
                .build()
                .unwrap()
                .ask()
                .unwrap();
            asked.trial().seed()
        };
        let mut whole = Vec::new();
        train(&network(), &digits.training, schedule, seed, None, |_, training| {
            whole.push(training.child().accuracy(&digits.validation)?);
            Ok(())
        })
        .unwrap();
        let reported: Vec<f64> = best.record().reports().values().copied().collect();
        assert_eq!(reported, whole);
        assert!(whole[3] > 0.5, "{whole:?}");
    }
}
