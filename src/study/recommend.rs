//! The config to take in the end, and what each config gives in the long run.

use std::collections::BTreeMap;

use super::{ChosenTrial, Study};
use crate::analysis::best_estimate;
use crate::curves::Curves;
use crate::error::Result;
use crate::surrogate::{Estimate, Estimates, Noise, Observation, Statistic};
use crate::trial::{Direction, History, Observed};

impl<C> Study<C> {
    /// The trial whose config to take in the end when the same config may give different values:
    /// the one with the best expected value.
    ///
    /// Where values scatter, [`best`](Self::best) is a lucky draw: its value is better than what
    /// its config gives on average, and another config may well be better. A model of all trials
    /// estimates what each config gives on average: repeats of a config are averaged, values are
    /// weighed against those of similar configs on their own scale, and the scatter may differ from
    /// region to region. The trial with the best expected value is taken (Frazier 2018, arXiv
    /// 1807.02811, section 5). `noise` is what is known of the scatter, usually the same as the
    /// sampler was told; with [`Noise::Negligible`] and [`Noise::Exact`] it is the best finished trial. Works
    /// with every sampler. For a median or a quantile in place of the mean see
    /// [`recommend_by`](Self::recommend_by).
    ///
    /// Trials that report their progress may be recommended before they have come to their end: one
    /// that was stopped or is running, if a model of all trials and of where they stand expects it to
    /// end with a better value than the best that has. Then [`ChosenTrial::is_finished`] is false,
    /// [`ChosenTrial::unfinished`] says how far the trial came, [`ChosenTrial::expected`] how it would probably
    /// end, and it has no [`value`](ChosenTrial::value). [`best`](Self::best) is always finished.
    ///
    /// Only a trial that keeps all limits and outcome constraints is recommended. Of one that has not ended
    /// that is not known, so where there are limits the recommended trial has always ended.
    ///
    /// [`ChosenTrial::value`] of the returned trial is what was observed of it, luck included;
    /// [`ChosenTrial::expected`] is what to expect of its config.
    ///
    /// ```
    /// use tunewright::sampler::Stream;
    /// use tunewright::space::{Scale, Space};
    /// use tunewright::surrogate::Noise;
    /// use tunewright::{BayesianSampler, Params, Study, Trial};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let sampler = BayesianSampler::new().noise(Noise::Estimated);
    /// let study = Study::in_space(space).sampler(sampler).seed(1).build()?;
    /// let noisy = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
    ///     let noise = Stream::new(trial.seed(), 0).normal();
    ///     Ok(p.float("x")?.powi(2) + noise)
    /// };
    /// study.optimize(noisy, 30)?;
    /// let taken = study.recommend(Noise::Estimated)?;
    /// assert!(taken.config().float("x")?.abs() < 1.0);
    /// if let Some(expected) = taken.expected() {
    ///     println!("{} in this trial, {} on average", taken.value(), expected.value);
    /// }
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`best`](Self::best).
    pub fn recommend(&self, noise: Noise) -> Result<ChosenTrial<C>> {
        self.recommend_by(noise, Statistic::Mean)
    }

    /// The trial whose config to take in the end when a certain [`Statistic`] of its values counts:
    /// the mean, the median or a quantile.
    ///
    /// ```
    /// use tunewright::surrogate::{Noise, Statistic};
    /// # use tunewright::{Study, Trial, space::{Params, Scale, Space}};
    /// # let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
    /// # let study = Study::in_space(space).seed(1).build()?;
    /// # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 8)?;
    /// // The config whose values stay low in nine runs of ten.
    /// let taken = study.recommend_by(Noise::Estimated, Statistic::Quantile(0.9))?;
    /// # let _ = taken;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`best`](Self::best); [`Error::InvalidOption`](crate::Error::InvalidOption) for a quantile
    /// that does not lie between 0 and 1.
    pub fn recommend_by(&self, noise: Noise, statistic: Statistic) -> Result<ChosenTrial<C>> {
        statistic.check()?;
        noise.check()?;
        let history = self.history()?;
        let goals = history.goals();
        // With several goals, and where nothing is feasible, it says so.
        if goals.len() > 1 || (goals.are_limited() && history.best().is_none()) {
            history.has_no_best()?;
        }
        if statistic == Statistic::Mean
            && !goals.are_limited()
            && let Some(unfinished) = self.unfinished_in(&history, noise)?
        {
            return Ok(unfinished);
        }
        let estimates = self.estimate_in(&history, noise, statistic);
        let taken = estimates.best.and_then(|number| history.trial(number));
        match taken {
            Some(record) if noise.incumbent_is_noisy() => {
                self.chosen(&history, record, estimates.of(record.number()))
            }
            _ => self.best(),
        }
    }

    /// The trial that has not ended and promises more than those that have.
    fn unfinished_in(&self, history: &History, noise: Noise) -> Result<Option<ChosenTrial<C>>> {
        let (space, noisy) = (self.space().space(), noise.incumbent_is_noisy());
        let promising = Curves::of(history).promising(space, history.trials(), noisy);
        let Some(promising) = promising else { return Ok(None) };
        let Some(record) = history.trial(promising.number) else { return Ok(None) };
        let value = history.goals().first().orient(promising.loss);
        let expected = Estimate { value, deviation: promising.deviation };
        let config = self.legal.decode(record.point())?;
        let goals = history.goals();
        Ok(Some(ChosenTrial::promising(record.clone(), config, goals, expected, &promising)))
    }

    /// What the config of each complete trial gives in the long run: the estimates that
    /// [`recommend_by`](Self::recommend_by) compares. With [`Noise::Negligible`] and [`Noise::Exact`]
    /// they are the values themselves.
    ///
    /// ```
    /// use tunewright::surrogate::{Noise, Statistic};
    /// # use tunewright::{Study, Trial, space::{Params, Scale, Space}};
    /// # let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
    /// # let study = Study::in_space(space).seed(1).build()?;
    /// # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 8)?;
    /// let estimates = study.estimates(Noise::Estimated, Statistic::Mean)?;
    /// let luckiest = study.best()?;
    /// if let Some(expected) = estimates.of(luckiest.number()) {
    ///     println!("{} observed, {} expected", luckiest.value(), expected.value);
    /// }
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// The storage failed, or [`Error::InvalidOption`](crate::Error::InvalidOption) for a quantile
    /// that does not lie between 0 and 1.
    pub fn estimates(&self, noise: Noise, statistic: Statistic) -> Result<TrialEstimates> {
        statistic.check()?;
        noise.check()?;
        let history = self.history()?;
        Ok(self.estimate_in(&history, noise, statistic))
    }

    fn estimate_in(&self, history: &History, noise: Noise, statistic: Statistic) -> TrialEstimates {
        let goal = history.goals().first();
        let trials: Vec<Observed<'_>> = history.complete().collect();
        let observations = trials.iter().map(|trial| Observation {
            point: trial.point(),
            loss: trial.loss(),
            deviation: trial.noise(),
        });
        let statistic = match goal {
            Direction::Minimize => statistic,
            Direction::Maximize => statistic.mirrored(),
        };
        let estimates = Estimates::new(self.space().space(), observations, noise, statistic);
        let natural = |own: Estimate| Estimate { value: goal.orient(own.value), ..own };
        let numbered = trials.iter().zip(&estimates.all);
        let all = numbered.filter_map(|(trial, own)| Some((trial.number(), natural((*own)?))));
        let best = best_estimate(&estimates, &trials).filter(|_| history.goals().len() == 1);
        TrialEstimates { all: all.collect(), best }
    }
}

/// What the configs of a study's trials give in the long run; see [`Study::estimates`].
#[derive(Clone, Debug, PartialEq)]
pub struct TrialEstimates {
    all: BTreeMap<u64, Estimate>,
    best: Option<u64>,
}

impl TrialEstimates {
    /// The estimate for the config of a trial; `None` for a trial without a finite value.
    pub fn of(&self, number: u64) -> Option<Estimate> {
        self.all.get(&number).copied()
    }

    /// The number of the feasible trial whose config has the best estimate, which
    /// [`Study::recommend_by`] takes. `None` with several goals.
    pub fn best(&self) -> Option<u64> {
        self.best
    }

    /// Trial numbers and estimates, in the order of the numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Estimate)> + '_ {
        self.all.iter().map(|(&number, &estimate)| (number, estimate))
    }
}
