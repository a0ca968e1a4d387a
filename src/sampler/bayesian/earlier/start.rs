//! The first suggestions: configs that the earlier studies together believe in.
//!
//! Each is the place that adds most to what was tried: where the sum over the studies of the lowest loss
//! that each of them foretells of a tried place falls most. So the first is good in all of them, and the
//! next ones are good in those in which it is not (greedy, as the portfolios of Feurer et al. 2015, NeurIPS 28;
//! the sum is submodular, so that greedy choices are near the best ones).

use super::{EarlierModels, knob};
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::sampler::bayesian::candidates::{Candidates, Spread, complete, perturb};
use crate::sampler::bayesian::effort::Effort;
use crate::sampler::bayesian::suggesting::allowed;
use crate::sampler::bayesian::search::Allowed;
use crate::sampler::bayesian::training_data::TrainingData;
use crate::sampler::bayesian::trust_box::TrustBox;
use crate::space::Point;
use crate::surrogate::Encoding;

/// Trials of each study that are candidates themselves.
const BEST: usize = 10;
/// Trials of each study whose surroundings are.
const CENTRES: usize = 3;

impl EarlierModels {
    /// How many trials follow the earlier studies alone.
    pub(in super::super) fn start(&self) -> usize {
        if self.is_empty() { 0 } else { knob("TW_START", 3.0) as usize }
    }

    pub(in super::super) fn first(
        &self,
        context: &Context<'_>,
        encoding: &Encoding,
        past: &TrainingData,
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Point> {
        let mut candidates = Candidates::new(encoding.len());
        for codes in self.best(BEST) {
            candidates.push(encoding, complete(encoding, codes, random));
        }
        if knob("TW_CAND", 1.0) > 0.0 {
            let effort = Effort::new(encoding, &[]);
            let whole = TrustBox::whole(encoding.len());
            spread.fill(&effort, encoding, &whole, random, &mut candidates);
            for codes in self.best(CENTRES) {
                perturb(encoding, &whole, &effort, codes, random, &mut candidates);
            }
        }
        let lowest = |at: usize| {
            let process = &self.studies[at].process;
            process.means_at(&past.tried).into_iter().fold(f64::INFINITY, f64::min)
        };
        let mut totals = vec![0.0; candidates.latent.len()];
        for (at, study) in self.studies.iter().enumerate() {
            let lowest = lowest(at);
            let means = study.process.means_at(&candidates.codes);
            totals.iter_mut().zip(means).for_each(|(total, mean)| *total += mean.min(lowest));
        }
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by(|&a, &b| totals[a].total_cmp(&totals[b]).then(a.cmp(&b)));
        let allowed = allowed(context, encoding, past);
        let chosen = order.into_iter().find(|&at| allowed(&candidates.latent[at]) == Allowed::Yes)?;
        Some(encoding.decode(&candidates.latent[chosen]))
    }
}
