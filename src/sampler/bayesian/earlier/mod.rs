//! What earlier studies say.
//!
//! A process is fitted to each earlier study, and for each goal. Their means, weighed, are the prior mean of
//! the process that models the losses of this study, which so learns how it differs from them. The weights
//! follow from how well each study predicts the trials (see `surrogate::weights`): one that misleads
//! loses its voice, and without any the model is the usual one.
//!
//! Trials that all lie where the earlier studies led cannot tell whether it is better elsewhere. So one suggestion in
//! `ALONE` is made without the earlier studies, and of the first ones of these every second is a point of the initial
//! design. With several goals or outcome constraints the others of these are made with them.

mod start;

use std::sync::Arc;

use crate::earlier::{Matched, Place};
use crate::math::linalg::dot;
use crate::surrogate::{
    Codes, Encoding, Fit, FittedTransform, Hyperparameters, Inputs, Kernel, Noise, Observations,
    OutcomeTransform, Posterior, PriorMean, representative, weights,
};

/// Most trials that are modelled of one study, and of all together; of each at least the last number.
const MOST_OF_ONE: usize = 60;
const MOST_OF_ALL: usize = 400;
const FEWEST: usize = 20;
/// Scale and noise of the process that is no earlier study's, where weights are sought.
const REST: (f64, f64) = (0.2, 0.1);
/// A lengthscale beside which no distance counts.
const ENDLESS: f64 = 1e6;
/// One suggestion in this many is made without the earlier studies. With two and four the losses are somewhat
/// higher (`benches/earlier_studies.md`).
const ALONE: u64 = 3;
/// How many of these are points of the initial design. With none of them misleading studies cost much more, and with
/// six the losses are somewhat higher.
const DESIGNED: u64 = 3;

/// The earlier studies as the sampler sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct Earlier {
    goals: Vec<Arc<EarlierModels>>,
    /// The nearest codes in this space to those of the trials of each study, the best in the first goal first.
    best: Vec<Vec<Codes>>,
}

/// The processes of one goal.
#[derive(Debug, Default)]
pub(super) struct EarlierModels {
    names: Vec<String>,
    processes: Vec<Arc<Posterior>>,
    /// How smooth they are together: the geometric mean of their lengthscales.
    lengthscales: Vec<f64>,
}

impl Earlier {
    pub(super) fn new(studies: &[Matched], encoding: &Encoding, goals: usize) -> Self {
        let studies: Vec<&Matched> = studies.iter().filter(|study| study.is_used()).collect();
        if studies.is_empty() || encoding.len() == 0 {
            return Earlier::default();
        }
        let of_goal = |goal| Arc::new(EarlierModels::new(&studies, encoding, goal));
        let best = studies.iter().map(|study| best(study, encoding)).collect();
        Earlier { goals: (0..goals).map(of_goal).collect(), best }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.goals.is_empty()
    }

    /// What is said of one goal.
    pub(super) fn of_goal(&self, goal: usize) -> Arc<EarlierModels> {
        self.goals.get(goal).cloned().unwrap_or_default()
    }

    /// The best trials of each study.
    pub(super) fn best(&self, count: usize) -> impl Iterator<Item = &Codes> {
        self.best.iter().flat_map(move |study| study.iter().take(count))
    }
}

/// Whether the suggestion for the trial with this number is made without the earlier studies.
pub(super) fn is_silent(number: u64) -> bool {
    number % ALONE == ALONE / 2
}

/// Which point of the initial design the trial with this number is, if it is one.
pub(super) fn designed(number: u64) -> Option<usize> {
    let is_due = is_silent(number) && (number / ALONE) % 2 == 1;
    let index = number / (2 * ALONE);
    (is_due && index < DESIGNED).then_some(index as usize)
}

fn best(study: &Matched, encoding: &Encoding) -> Vec<Codes> {
    let mut trials: Vec<_> = study.trials().iter().collect();
    trials.sort_by(|a, b| a.loss().total_cmp(&b.loss()));
    trials.iter().filter_map(|trial| trial.point()).map(|point| encoding.encode(point)).collect()
}

impl EarlierModels {
    fn new(studies: &[&Matched], encoding: &Encoding, goal: usize) -> Self {
        let most = (MOST_OF_ALL / studies.len().max(1)).clamp(FEWEST, MOST_OF_ONE);
        let processes: Vec<(String, Arc<Posterior>)> = studies
            .iter()
            .filter_map(|study| {
                Some((study.name().to_owned(), process(study, encoding, goal, most)?.into()))
            })
            .collect();
        let (names, processes): (Vec<_>, Vec<Arc<Posterior>>) = processes.into_iter().unzip();
        let count = processes.len().max(1) as f64;
        let mean_log = |at: usize| {
            let lengths = processes.iter().map(|process| process.model().lengthscales[at]);
            lengths.map(|length| if length == ENDLESS { 0.0 } else { length.ln() }).sum::<f64>()
                / count
        };
        let lengthscales = (0..encoding.len()).map(|at| mean_log(at).exp()).collect();
        EarlierModels { names, processes, lengthscales }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// What each study predicts of a place.
    pub(super) fn predict(&self, codes: &[f64]) -> Vec<f64> {
        self.processes.iter().map(|process| process.mean_at(codes)).collect()
    }

    /// How much each study is believed, given the transformed losses of some trials, what was predicted of
    /// them, and what adds to the variance of each.
    pub(super) fn weights(
        &self,
        encoding: &Encoding,
        inputs: Inputs,
        predicted: &[Vec<f64>],
        values: &[f64],
        excess: &[f64],
    ) -> Vec<f64> {
        let (lengthscales, (scale, noise)) = (self.lengthscales.clone(), REST);
        let model = Hyperparameters { lengthscales, scale, noise };
        let noises: Vec<Option<f64>> = excess.iter().map(|excess| Some(noise + excess)).collect();
        let rest = Posterior::new(Kernel::Matern52, encoding.features(), model, inputs, &noises);
        match rest {
            Some(rest) if !values.is_empty() => weights(&rest, predicted, values),
            _ => self.beforehand(),
        }
    }

    /// How much each study is believed before there are trials.
    pub(super) fn beforehand(&self) -> Vec<f64> {
        let count = self.processes.len();
        vec![1.0 / count.max(1) as f64; count]
    }

    pub(super) fn prior_mean(&self, weights: &[f64]) -> PriorMean {
        let parts = weights.iter().zip(&self.processes);
        PriorMean::new(parts.map(|(weight, process)| (*weight, process.clone())))
    }

    /// What is left of transformed losses beside what was predicted of them.
    pub(super) fn left(weights: &[f64], predicted: &[Vec<f64>], values: &mut [f64]) {
        let predicted = predicted.iter().map(|means| dot(weights, means));
        values.iter_mut().zip(predicted).for_each(|(value, predicted)| *value -= predicted);
    }
}

/// The process of an earlier study; `None` where nothing can be learned.
fn process(study: &Matched, encoding: &Encoding, goal: usize, most: usize) -> Option<Posterior> {
    let losses: Option<Vec<f64>> =
        study.trials().iter().map(|trial| trial.losses().get(goal).copied()).collect();
    let losses = losses?;
    if losses.iter().all(|loss| *loss == losses[0]) {
        return None;
    }
    let places = |feature: usize| {
        let axis = encoding.axis_of(feature);
        study.trials().iter().map(move |trial| trial.places()[axis])
    };
    let codes: Vec<Vec<f64>> = (0..encoding.len())
        .map(|feature| {
            let elsewhere = encoding.features()[feature].inactive();
            let code = |place| if let Place::At(code) = place { code } else { elsewhere };
            places(feature).map(code).collect()
        })
        .collect();
    let (_, values) = FittedTransform::fit(OutcomeTransform::Warped, &losses);
    let chosen = representative(&losses, most);
    let mut inputs = Inputs::new(encoding.len());
    for &at in &chosen {
        inputs.push(&codes.iter().map(|column| column[at]).collect::<Vec<_>>());
    }
    let values: Vec<f64> = chosen.iter().map(|&at| values[at]).collect();
    let observations = Observations {
        features: encoding.features(),
        inputs: &inputs,
        values: &values,
        noise: Noise::Negligible,
        noises: &[],
    };
    let mut fit = Fit::new(&[Kernel::Matern52], observations);
    for (feature, length) in fit.model.lengthscales.iter_mut().enumerate() {
        if places(feature).all(|place| place == Place::Unknown) {
            *length = ENDLESS;
        }
    }
    let mut process = Posterior::new(fit.kernel, encoding.features(), fit.model, inputs, &[])?;
    process.observe(&values, true);
    Some(process)
}
