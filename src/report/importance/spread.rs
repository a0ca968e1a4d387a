//! What trials make one believe of the function, evenly spread.
//!
//! Trials of a search are clustered where the goal is good: a forest that is grown from them measures
//! where the search has been, and names what varied there. A Gaussian process of the trials believes
//! something of every config, and how little where nothing was tried. So each tree is grown from a draw
//! of it at places that follow the distributions of the space. What the trials leave open differs from
//! tree to tree, their constants as well.

use super::forest::{Data, TREES, Tree, tree};
use crate::math::linalg::Cholesky;
use crate::math::random::Stream;
use crate::space::Point;
use crate::surrogate::{
    Encoding, Fit, Inputs, Kernel, Noise, Observations, Posterior, representative, sample_constants,
};

/// Most trials that the process knows, and that its constants are drawn from.
const MOST: usize = 300;
const MOST_FITTED: usize = 120;
/// Draws of the constants.
const CONSTANTS: usize = 16;

/// Gaussian processes of the same trials, equally probable.
pub(super) struct Belief {
    processes: Vec<Posterior>,
}

impl Belief {
    /// From points, their losses, by which the most telling are chosen if there are many, and the
    /// losses on the scale on which they are modelled, with mean 0 and deviation 1.
    pub(super) fn new(
        encoding: &Encoding,
        points: &[&Point],
        losses: &[f64],
        values: &[f64],
        seed: u64,
    ) -> Self {
        let gather = |chosen: &[usize]| {
            let mut inputs = Inputs::new(encoding.len());
            chosen.iter().for_each(|&at| inputs.push(&encoding.encode(points[at])));
            (inputs, chosen.iter().map(|&at| values[at]).collect::<Vec<f64>>())
        };
        let (inputs, fitted) = gather(&representative(losses, MOST_FITTED));
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &fitted,
            noise: Noise::Noisy,
            noises: &[],
        };
        let Fit { kernel, model, .. } = Fit::new(&[Kernel::Matern52], observations);
        let mut random = Stream::new(seed, u64::MAX);
        let constants = sample_constants(kernel, observations, &model, CONSTANTS, &mut random);
        let (inputs, targets) = gather(&representative(losses, MOST));
        let processes = constants.into_iter().filter_map(|model| {
            let inputs = inputs.clone();
            let mut process = Posterior::new(kernel, encoding.features(), model, inputs, &[])?;
            process.observe(&targets, false);
            Some(process)
        });
        Belief { processes: processes.collect() }
    }

    /// Trees from draws at some places, whose codes are those of `data` and of whatever else varies.
    pub(super) fn trees(&self, places: &Inputs, mut data: Data, seed: u64) -> Vec<Tree> {
        let m = places.len();
        let rounds = TREES.div_ceil(self.processes.len().max(1) as u64);
        let mut trees = Vec::with_capacity(TREES as usize);
        for (at, process) in self.processes.iter().enumerate() {
            let (means, covariance) = process.predict_jointly(places);
            let Ok(factor) = Cholesky::with_jitter(&covariance) else { continue };
            for round in 0..rounds {
                let mut random = Stream::new(seed, at as u64 * rounds + round);
                let normal: Vec<f64> = (0..m).map(|_| random.normal()).collect();
                let by_chance =
                    |i: usize| (0..=i).map(|j| factor.get(i, j) * normal[j]).sum::<f64>();
                data.values = (0..m).map(|i| means[i] + by_chance(i)).collect();
                trees.push(tree(&data, &mut random));
            }
        }
        trees
    }
}
