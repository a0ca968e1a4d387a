//! The first suggestions: configs that the earlier studies together believe in.
//!
//! Each is the place that adds most to what was tried: where the sum over the studies of the lowest loss that
//! each of them predicts of a tried place falls most. So the first is good in all of them, and the next ones
//! are good where it is not. The sum is submodular, so that greedy choices are near the best ones (Nemhauser,
//! Wolsey and Fisher 1978, Mathematical Programming 14; portfolios of configs as in Feurer et al. 2015,
//! NeurIPS 28).

use super::Earlier;
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::sampler::bayesian::candidates::{Candidates, Spread, complete, perturb};
use crate::sampler::bayesian::effort::Effort;
use crate::sampler::bayesian::search::Allowed;
use crate::sampler::bayesian::suggesting::allowed;
use crate::sampler::bayesian::training_data::TrainingData;
use crate::sampler::bayesian::trust_box::TrustBox;
use crate::space::Point;
use crate::surrogate::Encoding;

/// How many trials follow the earlier studies alone.
const START: usize = 3;
/// Trials of each study that are candidates themselves, and those whose surroundings are.
const BEST: usize = 10;
const CENTRES: usize = 3;

impl Earlier {
    /// Whether the next trial is to follow the earlier studies alone.
    pub(in super::super) fn begins(&self, past: &TrainingData) -> bool {
        !self.is_empty() && (past.tried.len() < START || past.is_empty())
    }

    /// `None` where no candidate may be tried.
    pub(in super::super) fn first(
        &self,
        context: &Context<'_>,
        encoding: &Encoding,
        past: &TrainingData,
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Point> {
        let candidates = self.candidates(encoding, spread, random);
        let mut totals = vec![0.0; candidates.latent.len()];
        for process in self.goals.iter().flat_map(|models| &models.processes) {
            let tried = process.means_at(&past.tried);
            let lowest = tried.into_iter().fold(f64::INFINITY, f64::min);
            let means = process.means_at(&candidates.codes);
            totals.iter_mut().zip(means).for_each(|(total, mean)| *total += mean.min(lowest));
        }
        let mut order: Vec<usize> = (0..totals.len()).collect();
        order.sort_by(|&a, &b| totals[a].total_cmp(&totals[b]).then(a.cmp(&b)));
        let allowed = allowed(context, encoding, past);
        let mut latent = order.into_iter().map(|at| &candidates.latent[at]);
        let chosen = latent.find(|latent| allowed(latent) == Allowed::Yes)?;
        Some(encoding.decode(chosen))
    }

    fn candidates(&self, encoding: &Encoding, spread: &Spread, random: &mut Stream) -> Candidates {
        let mut candidates = Candidates::new(encoding.len());
        for codes in self.best(BEST) {
            candidates.push(encoding, complete(encoding, codes, random));
        }
        let (effort, whole) = (Effort::new(encoding, &[]), TrustBox::whole(encoding.len()));
        spread.fill(&effort, encoding, &whole, random, &mut candidates);
        for codes in self.best(CENTRES) {
            perturb(encoding, &whole, &effort, codes, random, &mut candidates);
        }
        candidates
    }
}
