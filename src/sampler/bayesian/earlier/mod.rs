//! What earlier studies say.
//!
//! A process is fitted to each earlier study. Their means, weighed, are the prior mean of the process that
//! models the losses of this one; it then learns how this study differs from them. The weights follow from
//! how well each study foretells the trials (see `weights`), so that one that misleads loses its voice.

mod start;
mod weights;

use std::sync::Arc;

use crate::earlier::{Matched, MatchedTrial, Place};
use crate::surrogate::{
    Encoding, Fit, FittedTransform, Inputs, Kernel, Noise, Observations, OutcomeTransform,
    Posterior, PriorMean, representative,
};

/// Most trials of one study that are modelled.
const MOST_MODELLED: usize = 60;
/// A lengthscale beside which no distance counts.
const ENDLESS: f64 = 1e6;

pub(super) fn knob(name: &str, or: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or)
}

/// The earlier studies of a study, as its sampler sees them.
#[derive(Debug, Default)]
pub(super) struct EarlierModels {
    studies: Vec<EarlierModel>,
    /// How smooth they are together: the geometric mean of their lengthscales.
    lengthscales: Vec<f64>,
}

#[derive(Debug)]
struct EarlierModel {
    name: String,
    process: Arc<Posterior>,
    /// The nearest codes in this space to those of its trials, the best first.
    best: Vec<Vec<f64>>,
}

impl EarlierModels {
    pub(super) fn new(studies: &[Matched], encoding: &Encoding) -> Self {
        let studies: Vec<EarlierModel> =
            studies.iter().filter_map(|study| EarlierModel::new(study, encoding)).collect();
        let count = studies.len().max(1) as f64;
        let mean_log = |at: usize| {
            let logs = studies.iter().map(|study| {
                let length = study.process.model().lengthscales[at];
                if length == ENDLESS { 0.0 } else { length.ln() }
            });
            logs.sum::<f64>() / count
        };
        let lengthscales = (0..encoding.len()).map(|at| mean_log(at).exp()).collect();
        EarlierModels { studies, lengthscales }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.studies.is_empty()
    }

    /// What each study foretells of a place.
    pub(super) fn foretell(&self, codes: &[f64]) -> Vec<f64> {
        self.studies.iter().map(|study| study.process.mean_at(codes)).collect()
    }

    pub(super) fn prior_mean(&self, weights: &[f64]) -> PriorMean {
        let parts = weights.iter().zip(&self.studies);
        PriorMean::new(parts.map(|(weight, study)| (*weight, study.process.clone())))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.studies.iter().map(|study| study.name.as_str())
    }

    /// The best trials of each study.
    pub(super) fn best(&self, count: usize) -> impl Iterator<Item = &Vec<f64>> {
        self.studies.iter().flat_map(move |study| study.best.iter().take(count))
    }
}

impl EarlierModel {
    /// `None` where nothing can be learned.
    fn new(study: &Matched, encoding: &Encoding) -> Option<Self> {
        let trials = study.trials();
        let losses: Vec<f64> = trials.iter().map(MatchedTrial::loss).collect();
        let mut order: Vec<usize> = (0..losses.len()).collect();
        order.sort_by(|&a, &b| losses[a].total_cmp(&losses[b]).then(a.cmp(&b)));
        let nearest = order.iter().filter_map(|&at| trials[at].point());
        let best = nearest.map(|point| encoding.encode(point)).collect();
        let (_, values) = FittedTransform::fit(OutcomeTransform::Warped, &losses);
        let chosen = representative(&losses, MOST_MODELLED);
        let mut inputs = Inputs::new(encoding.len());
        chosen.iter().for_each(|&at| inputs.push(&codes(&trials[at], encoding)));
        let values: Vec<f64> = chosen.iter().map(|&at| values[at]).collect();
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Negligible,
            noises: &[],
        };
        let mut fit = Fit::new(&[Kernel::Matern52], observations);
        for (at, length) in fit.model.lengthscales.iter_mut().enumerate() {
            if trials.iter().all(|trial| place(trial, encoding, at) == Place::Unknown) {
                *length = ENDLESS;
            }
        }
        let mut process = Posterior::new(fit.kernel, encoding.features(), fit.model, inputs, &[])?;
        process.observe(&values, true);
        Some(EarlierModel { name: study.name().to_owned(), process: Arc::new(process), best })
    }
}

fn place(trial: &MatchedTrial, encoding: &Encoding, feature: usize) -> Place {
    trial.places().get(encoding.axis_of(feature)).copied().unwrap_or(Place::Unknown)
}

/// The codes of an earlier trial. What is beyond a range is beyond the unit interval.
fn codes(trial: &MatchedTrial, encoding: &Encoding) -> Vec<f64> {
    let code = |feature: usize| match place(trial, encoding, feature) {
        Place::At(code) => code,
        Place::Inactive | Place::Unknown => encoding.features()[feature].inactive(),
    };
    (0..encoding.len()).map(code).collect()
}
