//! The config to take in the end.

use super::{BestTrial, Study};
use crate::error::Result;
use crate::surrogate::{Noise, Observation, Surrogate, SurrogateOptions};
use crate::trial::Observed;

impl<C> Study<C> {
    /// The trial whose config to take in the end when the same config may give different values:
    /// the one that a model of all trials believes best.
    ///
    /// Where values scatter, [`best`](Self::best) is a lucky draw: its value is better than what
    /// its config gives on average, and another config may well be better. The model weighs each
    /// value against those of similar configs, and the trial with the best expected value is taken
    /// (Frazier 2018, arXiv 1807.02811, section 5). With learned noise only half of what sets a
    /// value apart from its neighbours counts as luck, since a config may well be better than those
    /// around it. `noise` is what is known of the scatter, usually the same as the sampler was
    /// told; with [`Noise::Unknown`] and [`Noise::Exact`] it is the best trial. Works with every
    /// sampler.
    ///
    /// The value of the returned trial is what was observed of it, luck included. Of more than 1000
    /// trials the best 500 and 500 others are looked at.
    ///
    /// ```
    /// use tunewright::math::random::Stream;
    /// use tunewright::space::{Scale, Space};
    /// use tunewright::surrogate::Noise;
    /// use tunewright::{BayesianSampler, Params, Study, Trial};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let sampler = BayesianSampler::new().noise(Noise::Noisy);
    /// let study = Study::in_space(space).sampler(sampler).seed(1).build()?;
    /// let noisy = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
    ///     let noise = Stream::new(trial.seed(), 0).normal();
    ///     Ok(p.float("x")?.powi(2) + noise)
    /// };
    /// study.optimize(noisy, 30)?;
    /// let x = study.recommend(Noise::Noisy)?.config().float("x")?;
    /// assert!(x.abs() < 1.0);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`best`](Self::best).
    pub fn recommend(&self, noise: Noise) -> Result<BestTrial<C>> {
        let history = self.history()?;
        let trials: Vec<Observed<'_>> = history.complete().collect();
        let observations = trials.iter().map(|trial| Observation {
            point: trial.point(),
            loss: trial.loss(),
            deviation: trial.noise(),
        });
        let options = SurrogateOptions { noise, ..SurrogateOptions::default() };
        let surrogate = Surrogate::fit(self.space.space(), observations, options);
        match surrogate.best_believed() {
            Some(at) => {
                let config = self.decode(trials[at].point())?;
                Ok(BestTrial { record: trials[at].record().clone(), config })
            }
            None => self.best(),
        }
    }
}
