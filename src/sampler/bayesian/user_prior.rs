//! What a person believes of parameters, as a density over codes (after πBO; Hvarfner et al. 2022, ICLR).
//!
//! A belief is right or wrong, and the trials tell which: where it is right, the best of them lie near what is
//! believed. So a suggestion follows the belief with the probability that it is right, and is made without it
//! otherwise. Multiplying the density into every suggestion costs far more where the belief is wrong, because it
//! goes on against all evidence.

use super::candidates::Candidates;
use crate::earlier::Believed;
use crate::math::random::Stream;
use crate::surrogate::{Codes, Encoding, Feature, Inputs};

/// The odds that a belief is right before there are trials.
const ODDS: f64 = 3.0;
/// The highest probability, so that now and then a suggestion is made without the belief.
const HIGHEST: f64 = 0.9;
/// The share of the complete trials that are the best ones, and the fewest.
const BEST: f64 = 0.25;
const FEWEST: usize = 2;
/// How many widths from what is believed is near.
const NEAR: f64 = 2.0;
/// The share of the density that is the same everywhere.
const ELSEWHERE: f64 = 0.05;
/// Up to this number n of complete trials the power of the density is 1; then it falls as 1/n, as in the paper.
const WORTH: f64 = 20.0;
/// Keeps the draw that decides whether a suggestion follows the belief apart from others.
const FOLLOWED_KEY: u64 = 0x6265_6c69_6566_0000;

/// The density of all beliefs, which is multiplied into the acquisition.
#[derive(Debug)]
pub(super) struct UserPrior {
    features: Vec<BelievedFeature>,
    power: f64,
    /// That the beliefs are right.
    probability: f64,
}

#[derive(Clone, Copy, Debug)]
struct BelievedFeature {
    feature: usize,
    at: f64,
    /// Of numbers.
    width: Option<f64>,
    choices: f64,
    /// The code where the parameter is not active, of one that may be so.
    inactive: Option<f64>,
}

impl UserPrior {
    /// `None` where nothing is believed. The trials are given by their codes without learned conditions, the
    /// best first.
    pub(super) fn new(
        believed: &[Believed],
        encoding: &Encoding,
        trials: &[&Codes],
    ) -> Option<Self> {
        let features: Vec<BelievedFeature> = believed
            .iter()
            .filter_map(|belief| {
                let feature = encoding.feature(belief.axis)?;
                let kind = encoding.features()[feature];
                let choices = match kind {
                    Feature::Choice { choices } => choices as f64,
                    _ => 1.0,
                };
                let inactive = encoding.may_be_inactive(feature).then(|| kind.inactive());
                Some(BelievedFeature {
                    feature,
                    at: belief.at,
                    width: belief.width,
                    choices,
                    inactive,
                })
            })
            .collect();
        if features.is_empty() {
            return None;
        }
        let power = (WORTH / trials.len().max(1) as f64).min(1.0);
        let probability = probability(&features, trials);
        Some(UserPrior { features, power, probability })
    }

    /// The probability that the beliefs are right.
    pub(super) fn probability(&self) -> f64 {
        self.probability
    }

    /// Whether the suggestion of this random stream follows the beliefs.
    pub(super) fn is_followed(&self, random: &Stream) -> bool {
        random.fork(FOLLOWED_KEY).unit() < self.probability
    }

    /// Adds the power's logarithm to the heights of some places.
    pub(super) fn add(&self, places: &Inputs, heights: &mut [f64]) {
        for believed in &self.features {
            let column = places.column(believed.feature);
            for (height, code) in heights.iter_mut().zip(column) {
                *height += self.power * believed.log_density(*code).0;
            }
        }
    }

    /// Appends a copy of each candidate in which the parameters with beliefs are drawn near what is believed.
    pub(super) fn redraw(
        &self,
        encoding: &Encoding,
        random: &mut Stream,
        candidates: &mut Candidates,
    ) {
        for at in 0..candidates.latent.len() {
            let mut latent = candidates.latent[at].clone();
            for believed in &self.features {
                let code = match believed.width {
                    None => believed.at,
                    Some(width) => {
                        let drawn = believed.at + width / self.power.sqrt() * random.normal();
                        encoding.snap(believed.feature, drawn.clamp(0.0, 1.0))
                    }
                };
                latent[believed.feature] = code;
            }
            candidates.push(encoding, latent);
        }
    }

    /// Keeps each of some places with a probability in proportion to the power of the density.
    pub(super) fn thin(&self, places: &Inputs, order: &mut Vec<usize>, random: &mut Stream) {
        let mut heights = vec![0.0; places.len()];
        self.add(places, &mut heights);
        let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        order.retain(|&at| random.unit() < (heights[at] - highest).exp());
    }

    /// The power's logarithm at one place; adds its derivatives by the codes.
    pub(super) fn add_gradient(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for believed in &self.features {
            let (log, slope) = believed.log_density(codes[believed.feature]);
            total += self.power * log;
            gradient[believed.feature] += self.power * slope;
        }
        total
    }
}

/// The probability that the beliefs are right, given which of the best trials lie near all that is believed. With
/// a share s of all trials near, one of the best is near with probability s if the beliefs are wrong, and
/// with (1 + s)/2 if they are right.
fn probability(features: &[BelievedFeature], trials: &[&Codes]) -> f64 {
    let is_near = |codes: &Codes| features.iter().all(|believed| believed.is_near(codes));
    let count = trials.len();
    let near = trials.iter().filter(|codes| is_near(codes)).count();
    let share = (near as f64 + 1.0) / (count as f64 + 2.0);
    let best = ((BEST * count as f64).ceil() as usize).max(FEWEST);
    let ratio = |codes: &Codes| if is_near(codes) { 0.5 * (1.0 + share) / share } else { 0.5 };
    let odds =
        trials.iter().take(best).map(|codes| ratio(codes)).fold(ODDS, |odds, ratio| odds * ratio);
    (odds / (1.0 + odds)).min(HIGHEST)
}

impl BelievedFeature {
    /// Whether a trial agrees with the belief. One in which the parameter is not active does not disagree.
    fn is_near(&self, codes: &Codes) -> bool {
        let code = codes[self.feature];
        !codes.is_active(self.feature)
            || match self.width {
                None => code == self.at,
                Some(width) => (code - self.at).abs() <= NEAR * width,
            }
    }

    /// The logarithm of the density, and its derivative by a number's code. Where the parameter is not active,
    /// nothing is believed.
    fn log_density(&self, code: f64) -> (f64, f64) {
        if self.inactive == Some(code) {
            return (0.0, 0.0);
        }
        let Some(width) = self.width else {
            let others = (self.choices - 1.0).max(1.0);
            let share = if code == self.at { 1.0 - ELSEWHERE } else { ELSEWHERE / others };
            return ((share * self.choices).ln(), 0.0);
        };
        let z = (code - self.at) / width;
        let peak = (1.0 - ELSEWHERE) / (width * (2.0 * std::f64::consts::PI).sqrt());
        let near = peak * (-0.5 * z * z).exp();
        let density = near + ELSEWHERE;
        (density.ln(), -near * z / width / density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

    const NUMBER: BelievedFeature =
        BelievedFeature { feature: 0, at: 0.3, width: Some(0.05), choices: 1.0, inactive: None };

    #[test]
    fn the_slope_of_the_density_is_its_difference() {
        for code in [0.0, 0.25, 0.3, 0.41, 0.9] {
            let difference = NUMBER.log_density(code + 1e-6).0 - NUMBER.log_density(code - 1e-6).0;
            let slope = NUMBER.log_density(code).1;
            assert!((difference / 2e-6 - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{code}");
        }
    }

    #[test]
    fn a_density_is_one_on_average() {
        let sum: f64 =
            (0..1000).map(|i| NUMBER.log_density((f64::from(i) + 0.5) / 1e3).0.exp()).sum();
        assert!((sum / 1e3 - 1.0).abs() < 1e-6);
        let choice = BelievedFeature { at: 1.0, width: None, choices: 3.0, ..NUMBER };
        let sum: f64 = (0..3).map(|i| choice.log_density(f64::from(i)).0.exp()).sum();
        assert!((sum / 3.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn candidates_are_drawn_by_the_density() {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let believed = [Believed { axis: 0, at: 0.3, width: Some(0.05) }];
        let prior = UserPrior::new(&believed, &encoding, &[]).unwrap();
        let mut random = Stream::new(3, 0);
        let mut candidates = Candidates::new(2);
        for _ in 0..4000 {
            let latent = [random.unit(), random.unit()].into_iter().collect();
            candidates.push(&encoding, latent);
        }
        let near = |x: &f64| (x - 0.3).abs() < 2.0 * 0.05;
        let count = |order: &[usize], codes: &Inputs| {
            order.iter().filter(|&&at| near(&codes.column(0)[at])).count() as f64
        };
        // Within two widths lie 0.954 of the normal part and 0.2 of the uniform one.
        let mut order: Vec<usize> = (0..4000).collect();
        prior.thin(&candidates.codes, &mut order, &mut random);
        let share = count(&order, &candidates.codes) / order.len() as f64;
        assert!((share - 0.917).abs() < 0.04, "{share} of {}", order.len());
        prior.redraw(&encoding, &mut random, &mut candidates);
        let copies: Vec<usize> = (4000..candidates.codes.len()).collect();
        assert_eq!(copies.len(), 4000);
        let share = count(&copies, &candidates.codes) / 4000.0;
        assert!((share - 0.954).abs() < 0.02, "{share}");
        let others = candidates.codes.column(1);
        assert_eq!(others[..4000], others[4000..], "of y nothing is believed");
    }

    #[test]
    fn nothing_is_believed_of_what_is_not_active() {
        let conditional = BelievedFeature { inactive: Some(0.5), ..NUMBER };
        assert_eq!(conditional.log_density(0.5), (0.0, 0.0));
        assert!(conditional.log_density(0.51).0 < 0.0);
    }

    #[test]
    fn the_best_trials_tell_how_probable_it_is() {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let encoding = Encoding::new(&space);
        let believed = [Believed { axis: 0, at: 0.3, width: Some(0.05) }];
        let probability = |trials: &[&Codes]| {
            UserPrior::new(&believed, &encoding, trials).map(|prior| prior.probability())
        };
        assert_eq!(probability(&[]), Some(0.75));
        // Of twelve trials the best three count. Those at 3/12 and 4/12 are near: 3 of 14, with one of each kind
        // beforehand, so that a near one speaks for the belief by (1 + 3/14)/(2 · 3/14) = 17/6.
        let rows: Vec<Codes> = (0..12).map(|i| vec![f64::from(i) / 12.0].into()).collect();
        let odds =
            [(0.3, 3.0 * (17.0 / 6.0_f64).powi(2) / 2.0), (0.9, 3.0 / 8.0), (0.2, 17.0 / 8.0)];
        for (at, odds) in odds {
            let mut best_first: Vec<&Codes> = rows.iter().collect();
            let loss = |codes: &Codes| (codes[0] - at).abs();
            best_first.sort_by(|one, other| loss(one).total_cmp(&loss(other)));
            let expected = (odds / (1.0 + odds)).min(HIGHEST);
            assert!((probability(&best_first).unwrap() - expected).abs() < 1e-12, "{at}");
        }
        assert!(UserPrior::new(&[], &encoding, &[]).is_none());
    }
}
