//! A model that follows a growing history at little cost.
//!
//! Up to a number of observations the constants are fitted from nothing at every one. Beyond, a fit
//! follows the one before when the history has grown by a share, and in between the factorization
//! is extended row by row. Each time the history has doubled, a fit begins from nothing again. All
//! of it is a function of the observations in their order, to the last bit: what was kept from the
//! previous call is what a fresh tracker computes, which goes through the fits since the last
//! doubling.

use std::sync::Arc;

use super::earlier::EarlierModels;
use super::effort::prediction_cost;
use crate::surrogate::{
    Codes, Encoding, Fit, FittedTransform, Inputs, Kernel, Noise, Observations, OutcomeTransform,
    Posterior, Shape, TargetTransform, kernel_candidates, representative, step_cost, unselected,
};

/// Up to this many observations the constants are fitted at every one, from nothing. Fits are cheap up to
/// there; not varied.
const ALWAYS: usize = 50;
/// Most trials by which earlier studies are judged.
const MOST_COMPARED: usize = 150;
/// Beyond, when the observations have grown by a thirtieth …
const GROWTH: usize = 30;
/// … or by this many. Fits from nothing at every tenth, and longer ones at every twentieth, end at the same
/// losses (`benches/bayesian.md`).
const LONGEST: usize = 100;
/// Most observations that the constants are fitted to, as long as a step of the fit costs no more than it
/// does for the second number of parameters; of more parameters, as many observations as cost the same. With
/// 300 the losses are the same within their errors.
const MOST_FITTED: (usize, usize) = (150, 50);
/// Up to this many observations all are modelled at a fit, and beyond it only half as many. With more
/// parameters than the second number, it is as many observations as a prediction from them costs the same. It
/// bounds the time of a suggestion.
const MOST_EXACT: (usize, usize) = (1000, 20);
/// Operations of the steps of one search in a fit from nothing. Not reached with fewer than 37
/// parameters.
const SEARCH_WORK: f64 = 2e7;

/// A posterior that is brought up to date.
#[derive(Debug)]
pub(super) struct IncrementalModel {
    /// Among which the fits choose.
    shapes: Vec<Shape>,
    noise: Noise,
    output: TargetTransform,
    pessimistic: bool,
    /// The observations that were seen last.
    rows: Vec<Codes>,
    targets: Vec<f64>,
    /// The standard deviations of the targets that are known.
    deviations: Vec<Option<f64>>,
    /// The fits that later ones follow, and how many observations each has seen; ascending.
    fits: Vec<(usize, Fit)>,
    modelled: Option<Modelled>,
    /// What says beforehand what the targets will be.
    earlier: Arc<EarlierModels>,
    /// What each earlier study predicts of each observation.
    predicted: Vec<Vec<f64>>,
    /// How much each is believed.
    believed: Vec<f64>,
}

/// A posterior and what is in it.
#[derive(Debug)]
struct Modelled {
    /// The number of observations at the time of the fit.
    count: usize,
    posterior: Posterior,
    /// The observations that are modelled, in the order of the posterior's rows.
    indices: Vec<usize>,
    /// The transform at the time of the fit, which known deviations go through as long as the
    /// factorization is kept.
    transform: FittedTransform,
}

impl IncrementalModel {
    pub(super) fn new(
        kernel: Option<Kernel>,
        noise: Noise,
        output: impl Into<TargetTransform>,
        pessimistic: bool,
    ) -> Self {
        IncrementalModel {
            shapes: kernel_candidates(&kernel).iter().map(|&kernel| kernel.into()).collect(),
            noise,
            output: output.into(),
            pessimistic,
            rows: Vec::new(),
            targets: Vec::new(),
            deviations: Vec::new(),
            fits: Vec::new(),
            modelled: None,
            earlier: Arc::default(),
            predicted: Vec::new(),
            believed: Vec::new(),
        }
    }

    /// The same, beside what earlier studies say.
    pub(super) fn beside(self, earlier: Arc<EarlierModels>) -> Self {
        IncrementalModel { earlier, ..self }
    }

    /// How much each earlier study is believed, by name, given the observations of the last update.
    pub(super) fn believed(&self) -> impl Iterator<Item = (&str, f64)> {
        self.earlier.names().iter().map(String::as_str).zip(self.believed.iter().copied())
    }

    /// How much each earlier study is believed, given the transformed values of the first observations.
    fn weights(&self, encoding: &Encoding, values: &[f64]) -> Vec<f64> {
        let chosen = representative(values, MOST_COMPARED);
        let inputs = self.gather(encoding, &chosen);
        let predicted: Vec<Vec<f64>> =
            chosen.iter().map(|&at| self.predicted[at].clone()).collect();
        let values: Vec<f64> = chosen.iter().map(|&at| values[at]).collect();
        self.earlier.weights(encoding, inputs, &predicted, &values, &[])
    }

    /// Whether losses are a sum of functions of one parameter each is the question here. Losses are
    /// not warped, because a sum that is warped is no sum any more.
    pub(super) fn of_sums(noise: Noise) -> Self {
        let kernel = Kernel::Matern52;
        let shapes = vec![kernel.into(), Shape::sum(kernel)];
        IncrementalModel {
            shapes,
            ..IncrementalModel::new(Some(kernel), noise, OutcomeTransform::Standardized, true)
        }
    }

    /// Whether the fit to the observations is a sum of functions of one parameter each.
    pub(super) fn finds_a_sum(
        &mut self,
        encoding: &Encoding,
        rows: &[Codes],
        targets: &[f64],
        deviations: &[Option<f64>],
    ) -> bool {
        self.sync(rows, targets, deviations);
        self.fit(encoding, last_fit(rows.len())).is_some_and(|fit| fit.kernel.additive)
    }

    pub(super) fn noise(&self) -> Noise {
        self.noise
    }

    /// The posterior given `targets` at `rows` of codes, without anything that was anticipated, and
    /// the transformed targets. `deviations` are the standard deviations that the targets say of
    /// themselves. `None` if there are none, or no covariance factorizes.
    pub(super) fn update(
        &mut self,
        encoding: &Encoding,
        rows: &[Codes],
        targets: &[f64],
        deviations: &[Option<f64>],
    ) -> Option<(&mut Posterior, Vec<f64>)> {
        self.sync(rows, targets, deviations);
        let count = last_fit(rows.len());
        if self.modelled.as_ref().is_none_or(|modelled| modelled.count != count) {
            self.modelled = self.model(encoding, count);
        }
        let (_, values) = FittedTransform::fit(self.output, targets);
        let is_led = !self.earlier.is_empty();
        if is_led {
            self.believed = self.weights(encoding, &values);
        }
        let modelled = self.modelled.as_mut()?;
        // What was anticipated comes after the observations.
        modelled.posterior.truncate(modelled.indices.len());
        let next = modelled.indices.last().map_or(0, |last| last + 1).max(count);
        for (index, codes) in rows.iter().enumerate().skip(next) {
            let deviation = self.deviations[index];
            let noise = deviation.and_then(|own| modelled.transform.variance(targets[index], own));
            modelled.posterior.extend(codes, noise);
            modelled.indices.push(index);
        }
        let observed: Vec<f64> = modelled.indices.iter().map(|&index| values[index]).collect();
        if is_led {
            modelled.posterior.set_prior_mean(self.earlier.prior_mean(&self.believed));
        }
        modelled.posterior.observe(&observed, self.pessimistic);
        Some((&mut modelled.posterior, values))
    }

    /// Fits as far as the observations go, so that an update that comes late has not all fits before
    /// it to catch up with.
    pub(super) fn advance_fits(
        &mut self,
        encoding: &Encoding,
        rows: &[Codes],
        targets: &[f64],
        deviations: &[Option<f64>],
    ) {
        // Before, no fit follows from another.
        if rows.len() >= ALWAYS {
            self.sync(rows, targets, deviations);
            self.fit(encoding, last_fit(rows.len()));
        }
    }

    /// Takes note of the observations. What followed from others is forgotten.
    fn sync(&mut self, rows: &[Codes], targets: &[f64], deviations: &[Option<f64>]) {
        let deviations: Vec<Option<f64>> =
            deviations.iter().map(|own| self.noise.deviation(*own)).collect();
        let row = |&at: &usize| {
            self.rows[at] == rows[at]
                && self.targets[at] == targets[at]
                && self.deviations[at] == deviations[at]
        };
        let known = (0..self.rows.len().min(rows.len())).take_while(row).count();
        self.rows.truncate(known);
        self.rows.extend_from_slice(&rows[known..]);
        self.targets.truncate(known);
        self.targets.extend_from_slice(&targets[known..]);
        self.deviations.truncate(known);
        self.deviations.extend_from_slice(&deviations[known..]);
        self.predicted.truncate(known);
        if !self.earlier.is_empty() {
            self.predicted.extend(rows[known..].iter().map(|row| self.earlier.predict(row)));
        }
        self.fits.retain(|(count, _)| *count <= known);
        self.modelled = self.modelled.take().filter(|modelled| modelled.count <= known);
        if let Some(modelled) = &mut self.modelled {
            let same = modelled.indices.partition_point(|index| *index < known);
            modelled.posterior.truncate(same);
            modelled.indices.truncate(same);
        }
    }

    /// The posterior of the first observations, whose constants are fitted to them.
    fn model(&mut self, encoding: &Encoding, count: usize) -> Option<Modelled> {
        let Fit { kernel, model, .. } = self.fit(encoding, count)?;
        let most = most_exact(encoding.len());
        let modelled = if count > most { most / 2 } else { count };
        let indices = self.chosen(count, modelled);
        let (transform, _) = FittedTransform::fit(self.output, &self.targets[..count]);
        let noises = self.noises(&transform, &indices);
        let inputs = self.gather(encoding, &indices);
        let posterior = Posterior::new(kernel, encoding.features(), model, inputs, &noises)?;
        Some(Modelled { count, posterior, indices, transform })
    }

    /// The fit to the first observations, of which there are as many as for some fit. `None` if
    /// there are none.
    fn fit(&mut self, encoding: &Encoding, count: usize) -> Option<Fit> {
        self.fits.retain(|(fitted, _)| *fitted == count || *fitted >= ALWAYS);
        while self.fits.last().is_none_or(|(fitted, _)| *fitted < count) {
            let start = from_nothing(count);
            let before = self.fits.last().filter(|(before, _)| *before >= start);
            let fitted = before.map_or(start, |(before, _)| following(*before));
            let (transform, mut values) =
                FittedTransform::fit(self.output, &self.targets[..fitted]);
            if !self.earlier.is_empty() {
                let weights = self.weights(encoding, &values);
                EarlierModels::left(&weights, &self.predicted, &mut values);
            }
            let chosen = self.chosen(fitted, most_fitted(encoding.len()));
            let values: Vec<f64> = chosen.iter().map(|&index| values[index]).collect();
            let observations = Observations {
                features: encoding.features(),
                inputs: &self.gather(encoding, &chosen),
                values: &values,
                noise: self.noise,
                noises: &self.noises(&transform, &chosen),
            };
            let fit = match self.fits.last() {
                Some((_, before)) if fitted > start => before.follow(observations),
                _ => Fit::within(SEARCH_WORK, &self.shapes, observations),
            };
            self.fits.push((fitted, fit));
        }
        self.fits.last().filter(|(fitted, _)| *fitted > 0).map(|(_, fit)| fit.clone())
    }

    /// At most `most` of the first `count` observations, which represent all.
    fn chosen(&self, count: usize, most: usize) -> Vec<usize> {
        match self.noise.incumbent_is_noisy() {
            true => unselected(count, most),
            false => representative(&self.targets[..count], most),
        }
    }

    /// The variances of some observations after a transform, where they are known.
    fn noises(&self, transform: &FittedTransform, indices: &[usize]) -> Vec<Option<f64>> {
        let noise = |&at: &usize| transform.variance(self.targets[at], self.deviations[at]?);
        indices.iter().map(noise).collect()
    }

    fn gather(&self, encoding: &Encoding, indices: &[usize]) -> Inputs {
        let mut inputs = Inputs::new(encoding.len());
        inputs.reserve(indices.len());
        indices.iter().for_each(|&index| inputs.push(&self.rows[index]));
        inputs
    }
}

/// The most observations that constants of d parameters are fitted to.
fn most_fitted(d: usize) -> usize {
    let (most, free) = MOST_FITTED;
    let budget = step_cost(most, free);
    most_of(most, |n| step_cost(n, d) <= budget)
}

/// The most observations of d parameters that are all modelled.
fn most_exact(d: usize) -> usize {
    let (most, free) = MOST_EXACT;
    let budget = prediction_cost(most, free);
    most_of(most, |n| prediction_cost(n, d) <= budget)
}

/// The largest number up to `most` that is affordable.
fn most_of(most: usize, affordable: impl Fn(usize) -> bool) -> usize {
    (1..=most).rev().find(|n| affordable(*n)).unwrap_or(1)
}

/// With how many observations the constants were fitted last when there are `n`.
fn last_fit(n: usize) -> usize {
    let mut at = from_nothing(n);
    while at >= ALWAYS && following(at) <= n {
        at = following(at);
    }
    at
}

/// With how many observations the constants were fitted from nothing last when there are `n`.
fn from_nothing(n: usize) -> usize {
    let doublings = (n / ALWAYS).checked_ilog2();
    doublings.map_or(n, |doublings| ALWAYS << doublings)
}

/// With how many observations the constants are fitted after a fit to `count`.
fn following(count: usize) -> usize {
    let next = count + (count / GROWTH).clamp(1, LONGEST);
    let start = from_nothing(next);
    if start > count { start } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};

    #[test]
    fn fits_become_rarer() {
        assert_eq!((0..=50).map(last_fit).collect::<Vec<_>>(), (0..=50).collect::<Vec<_>>());
        assert_eq!([51, 60, 61, 62, 63].map(last_fit), [51, 60, 60, 62, 62]);
        assert_eq!(last_fit(100_000) % 100, last_fit(99_900) % 100);
        assert!((0..2000).all(|n| n - last_fit(n) <= (n / 30).max(1)));
        assert_eq!(
            [49, 50, 99, 100, 101, 399, 400].map(from_nothing),
            [49, 50, 50, 100, 100, 200, 400]
        );
        assert_eq!([98, 100, 199, 200].map(last_fit), [96, 100, 195, 200]);
    }

    #[test]
    fn fits_and_models_of_more_parameters_cost_no_more() {
        assert_eq!((most_fitted(2), most_fitted(50), most_exact(20)), (150, 150, 1000));
        for d in [100, 500, 2000] {
            assert!(step_cost(most_fitted(d), d) <= step_cost(150, 50));
            assert!(prediction_cost(most_exact(d), d) <= prediction_cost(1000, 20));
        }
        assert!(most_fitted(500) > 50 && most_exact(500) > 400);
    }

    #[test]
    fn a_tracker_that_ran_all_along_equals_a_fresh_one() {
        let some = |at: usize| (!at.is_multiple_of(3)).then_some(0.01 * at as f64);
        for (noise, deviations) in [
            (Noise::Negligible, vec![None; 75]),
            (Noise::Known(0.2), vec![None; 75]),
            (Noise::PerTrial, (0..75).map(some).collect()),
        ] {
            check_a_tracker_that_ran_all_along(noise, &deviations);
        }
    }

    fn check_a_tracker_that_ran_all_along(noise: Noise, deviations: &[Option<f64>]) {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(5, 0);
        let rows: Vec<Codes> = (0..75).map(|_| vec![random.unit(), random.unit()].into()).collect();
        let targets: Vec<f64> = rows.iter().map(|row| (5.0 * row[0]).sin() + row[1]).collect();
        let new = || IncrementalModel::new(None, noise, OutcomeTransform::Warped, true);
        let mut old = new();
        for n in 40..=75 {
            let place = [0.3, 0.8];
            let mut fresh = new();
            let (posterior, _) =
                fresh.update(&encoding, &rows[..n], &targets[..n], &deviations[..n]).unwrap();
            let expected = posterior.predict(&place);
            let (posterior, values) =
                old.update(&encoding, &rows[..n], &targets[..n], &deviations[..n]).unwrap();
            assert_eq!(posterior.predict(&place), expected, "{n}");
            assert_eq!(values.len(), n);
            // What was anticipated is forgotten.
            posterior.condition_on_mean(&[0.5, 0.5]);
        }
        // So does one that only kept pace, and was not asked since.
        let mut silent = new();
        silent.update(&encoding, &rows[..62], &targets[..62], &deviations[..62]).unwrap();
        for n in 63..=75 {
            silent.advance_fits(&encoding, &rows[..n], &targets[..n], &deviations[..n]);
        }
        let (posterior, _) = silent.update(&encoding, &rows, &targets, deviations).unwrap();
        let late = posterior.predict(&[0.1, 0.1]);
        let (posterior, _) = old.update(&encoding, &rows, &targets, deviations).unwrap();
        assert_eq!(posterior.predict(&[0.1, 0.1]), late);
        // A trial that ended late comes in between.
        let order: Vec<usize> = (0..60).chain(61..70).chain([60]).collect();
        let shuffled: Vec<Codes> = order.iter().map(|&i| rows[i].clone()).collect();
        let losses: Vec<f64> = order.iter().map(|&i| targets[i]).collect();
        let deviations: Vec<Option<f64>> = order.iter().map(|&i| deviations[i]).collect();
        let (posterior, _) = old.update(&encoding, &shuffled, &losses, &deviations).unwrap();
        let kept = posterior.predict(&[0.1, 0.1]);
        let mut fresh = new();
        let (posterior, _) = fresh.update(&encoding, &shuffled, &losses, &deviations).unwrap();
        assert_eq!(posterior.predict(&[0.1, 0.1]), kept);
        silent.advance_fits(&encoding, &shuffled, &losses, &deviations);
        let (posterior, _) = silent.update(&encoding, &shuffled, &losses, &deviations).unwrap();
        assert_eq!(posterior.predict(&[0.1, 0.1]), kept);
        // One observation after the last fit becomes another.
        let (mut other, n) = (rows[..63].to_vec(), 63);
        silent.update(&encoding, &other, &targets[..n], &deviations[..n]).unwrap();
        other[62] = vec![0.9, 0.9].into();
        silent.advance_fits(&encoding, &other, &targets[..n], &deviations[..n]);
        let (posterior, _) =
            silent.update(&encoding, &other, &targets[..n], &deviations[..n]).unwrap();
        let changed = posterior.predict(&[0.1, 0.1]);
        let mut fresh = new();
        let (posterior, _) =
            fresh.update(&encoding, &other, &targets[..n], &deviations[..n]).unwrap();
        assert_eq!(posterior.predict(&[0.1, 0.1]), changed);
    }
}
