//! Where the loss is probably one that is known already, to the last bit.
//!
//! Trees, thresholds and errors counted on a few hundred examples make losses that are constant on
//! pieces of the space. A smooth process sees a flat bowl there and expects its bottom beside the
//! best trial, where there is nothing to gain.
//!
//! The model: as a parameter moves, the loss steps to another value at random places, like the
//! events of a Poisson process with a rate per parameter. Two places have the same loss with the
//! probability
//!
//! p = c + (1 − c) exp(−Σ rᵢ|Δᵢ|),
//!
//! where rᵢ are the rates, Δᵢ the distances (0 or 1 for choices) and c the chance that losses of two
//! unrelated places agree. This is the law of a Mondrian process, whose covariance is the Laplace
//! kernel (Balog et al. 2016, The Mondrian Kernel, UAI 32, section 2). Rates and c are fitted to all
//! pairs of trials: which tie, and which do not. Pairs with one of the best trials count more,
//! because that is where a search looks next, and steps are not equally frequent everywhere.
//!
//! The probability that a place has the loss of any trial is then kᵀK⁻¹t with k and K made of
//! exp(−Σ rᵢ|Δᵢ|), where t is the probability that losses are constant around each trial. That is 1
//! where a trial ties, and small where it has close neighbours and ties with none of them: losses may
//! be constant in one part of the space and smooth in another. Far from all trials it is 0.
//!
//! Ties may also be chance alone: mistakes counted on fresh examples take few values, and places far
//! apart tie as often as near ones. The probability above is therefore multiplied by that of pieces.

use super::codes::Codes;
use super::encoding::Feature;
use super::inputs::Inputs;
use super::pairs::{Pairs, distance};
use crate::math::linalg::{Cholesky, Matrix};

/// Added to the diagonal of K: trials at one place need not have one loss.
pub(super) const NUGGET: f64 = 1e-3;
/// What bounds the time: the trials beyond which a part speaks for all, whatever the number of parameters, …
const MOST: usize = 150;
/// … and the most distances of pairs, each along one parameter: 150 trials of up to 90.
const DISTANCES: usize = 1_000_000;
/// No place is more certain than this to have a known loss.
const CERTAIN: f64 = 0.999;

/// The probability that a place has the very loss of some trial.
#[derive(Clone, Debug)]
pub(crate) struct Ties {
    features: Vec<Feature>,
    rates: Vec<f64>,
    places: Inputs,
    /// K⁻¹t, times the probability of pieces.
    alpha: Vec<f64>,
}

/// The most trials of d parameters that are modelled.
pub(crate) fn most_tied(d: usize) -> usize {
    MOST.min((2.0 * DISTANCES as f64 / d.max(1) as f64).sqrt() as usize)
}

impl Ties {
    /// Learns from trials which losses tie; `running` are places whose losses will be known soon.
    /// `None` where no two places have the same loss, or all have.
    pub(crate) fn learn(
        features: &[Feature],
        places: &Inputs,
        losses: &[f64],
        running: &[Codes],
    ) -> Option<Self> {
        let pairs = Pairs::new(features, places, losses)?;
        let logs = pairs.most_probable();
        let pieces = pairs.probability_of_pieces(&logs);
        let rates = logs[..features.len()].iter().map(|log| log.exp()).collect();
        let mut tied = pairs.tied;
        let mut places = places.clone();
        for codes in running {
            places.push(codes);
            tied.push(false);
        }
        let mut ties = Ties { features: features.to_vec(), rates, places, alpha: Vec::new() };
        let factor = ties.factor()?;
        ties.alpha = flat(&factor, &tied);
        factor.solve(&mut ties.alpha);
        ties.alpha.iter_mut().for_each(|entry| *entry *= pieces);
        Some(ties)
    }

    /// The factor of K.
    fn factor(&self) -> Option<Cholesky> {
        let n = self.places.len();
        let mut covariance = Matrix::zeros(n, n);
        for i in 0..n {
            let row = &mut covariance.row_mut(i)[..=i];
            correlations(&self.features, &self.rates, &self.places.row(i), &self.places, row);
            row[i] += NUGGET;
        }
        Cholesky::with_jitter(&covariance).ok()
    }

    /// The logarithm of the probability that each of some places has a new loss.
    pub(crate) fn log_new(&self, places: &Inputs) -> Vec<f64> {
        let mut known = vec![0.0; places.len()];
        let mut correlation = vec![0.0; places.len()];
        for (at, alpha) in self.alpha.iter().enumerate() {
            let codes = self.places.row(at);
            correlations(&self.features, &self.rates, &codes, places, &mut correlation);
            known.iter_mut().zip(&correlation).for_each(|(sum, entry)| *sum += alpha * entry);
        }
        known.into_iter().map(|known| (-known.clamp(0.0, CERTAIN)).ln_1p()).collect()
    }

    /// The same at one place, and its derivative by the codes.
    pub(crate) fn log_new_with_gradient(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        let mut correlation = vec![0.0; self.places.len()];
        correlations(&self.features, &self.rates, codes, &self.places, &mut correlation);
        let parts: Vec<f64> =
            correlation.iter().zip(&self.alpha).map(|(entry, alpha)| entry * alpha).collect();
        let known: f64 = parts.iter().sum();
        gradient.fill(0.0);
        if !(0.0..CERTAIN).contains(&known) {
            return (-known.clamp(0.0, CERTAIN)).ln_1p();
        }
        for (at, slope) in gradient.iter_mut().enumerate() {
            let sign = |&other: &f64| match self.features[at] {
                Feature::Choice { .. } => 0.0,
                _ if codes[at] == other => 0.0,
                _ => (codes[at] - other).signum(),
            };
            let column = self.places.column(at).iter().map(sign);
            let sum: f64 = column.zip(&parts).map(|(sign, part)| sign * part).sum();
            *slope = self.rates[at] * sum / (1.0 - known);
        }
        (-known).ln_1p()
    }
}

/// The probability that each trial lies on a piece where losses are constant. Certain of a trial that
/// ties. Of another it is the less probable the nearer it is to others: if losses were constant there,
/// it would tie with the probability 1 − αᵢ/(K⁻¹)ᵢᵢ, its value when it is left out (Rasmussen and
/// Williams 2006, eq. 5.12), where α = K⁻¹1.
fn flat(factor: &Cholesky, tied: &[bool]) -> Vec<f64> {
    let n = tied.len();
    let share = (tied.iter().filter(|tied| **tied).count() as f64 + 1.0) / (n as f64 + 2.0);
    let mut alpha = vec![1.0; n];
    factor.solve(&mut alpha);
    let inverse = factor.inverse();
    let flat = |at: usize| {
        let new = (alpha[at] / inverse.row(at)[at]).clamp(1.0 - CERTAIN, 1.0);
        share * new / (share * new + 1.0 - share)
    };
    (0..n).map(|at| if tied[at] { 1.0 } else { flat(at) }).collect()
}

/// exp(−Σ rᵢ|Δᵢ|) of one place with the first of several, as many as `into` is long.
pub(super) fn correlations(
    features: &[Feature],
    rates: &[f64],
    codes: &[f64],
    places: &Inputs,
    into: &mut [f64],
) {
    into.fill(0.0);
    for (at, feature) in features.iter().enumerate() {
        let (code, rate) = (codes[at], rates[at]);
        for (sum, other) in into.iter_mut().zip(places.column(at)) {
            *sum += rate * distance(*feature, code, *other);
        }
    }
    into.iter_mut().for_each(|entry| *entry = (-*entry).exp());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    const FEATURES: [Feature; 3] =
        [Feature::Continuous, Feature::Continuous, Feature::Choice { choices: 3 }];

    /// A loss with four steps in the first parameter, none in the second, and another level for each
    /// choice.
    fn stairs(codes: &[f64]) -> f64 {
        (4.0 * codes[0]).floor() + 10.0 * codes[2]
    }

    fn data(n: usize, loss: impl Fn(&[f64]) -> f64) -> (Inputs, Vec<f64>) {
        let mut random = Stream::new(7, 0);
        let mut places = Inputs::new(3);
        let mut losses = Vec::new();
        for _ in 0..n {
            let codes = [random.unit(), random.unit(), random.below(3) as f64];
            losses.push(loss(&codes));
            places.push(&codes);
        }
        (places, losses)
    }

    fn known(ties: &Ties, codes: &[f64]) -> f64 {
        let mut one = Inputs::new(3);
        one.push(codes);
        1.0 - ties.log_new(&one)[0].exp()
    }

    #[test]
    fn rates_tell_what_makes_steps() {
        let (places, losses) = data(60, stairs);
        let ties = Ties::learn(&FEATURES, &places, &losses, &[]).unwrap();
        assert!(ties.rates[0] > 2.0 * ties.rates[1], "{:?}", ties.rates);
        assert!(ties.rates[2] > 2.0 * ties.rates[1], "{:?}", ties.rates);
        // At a trial its own loss is known.
        assert!(known(&ties, &places.row(5)) > 0.99);
    }

    #[test]
    fn probabilities_come_true() {
        // Steps that are thrown at random are what the model believes in.
        let mut random = Stream::new(11, 0);
        let (mut expected, mut came) = (0.0, 0.0);
        for _ in 0..40 {
            let cuts: Vec<f64> = (0..4).map(|_| random.unit()).collect();
            let cell = |x: f64| cuts.iter().filter(|cut| **cut < x).count();
            let mut places = Inputs::new(3);
            let mut cells = Vec::new();
            for _ in 0..15 {
                let codes = [random.unit(), random.unit(), 0.0];
                cells.push(cell(codes[0]));
                places.push(&codes);
            }
            // No two cells have one loss.
            let losses: Vec<f64> = cells.iter().map(|cell| (1.7 * *cell as f64).sin()).collect();
            let Some(ties) = Ties::learn(&FEATURES, &places, &losses, &[]) else { continue };
            for _ in 0..50 {
                let codes = [random.unit(), random.unit(), 0.0];
                expected += known(&ties, &codes);
                came += f64::from(cells.contains(&cell(codes[0])));
            }
        }
        // It is cautious: that two trials enclose a place is only part of what a cell is.
        assert!(expected < came && expected > 0.7 * came, "{expected} {came}");
    }

    #[test]
    fn ties_by_chance_are_no_pieces() {
        // Where a search has gathered, losses are as different as elsewhere.
        let mut random = Stream::new(5, 0);
        let (mut places, mut losses) = data(30, |codes| (8.0 * codes[0]).floor());
        for _ in 0..70 {
            places.push(&[0.1 * random.unit(), 0.1 * random.unit(), 0.0]);
            losses.push(random.below(8) as f64);
        }
        let ties = Ties::learn(&FEATURES, &places, &losses, &[]).unwrap();
        assert!(known(&ties, &places.row(5)) < 0.1);
    }

    #[test]
    fn nothing_is_learned_without_ties_or_where_all_tie() {
        let (places, losses) = data(30, |codes| codes[0] + codes[1]);
        assert!(Ties::learn(&FEATURES, &places, &losses, &[]).is_none());
        assert!(Ties::learn(&FEATURES, &places, &[0.3; 30], &[]).is_none());
        assert!(Ties::learn(&FEATURES, &Inputs::new(3), &[], &[]).is_none());
        // The same place twice is no tie.
        let mut twice = places.clone();
        twice.push(&places.row(0));
        let losses: Vec<f64> = losses.iter().copied().chain([losses[0]]).collect();
        assert!(Ties::learn(&FEATURES, &twice, &losses, &[]).is_none());
    }

    #[test]
    fn a_running_trial_makes_its_surroundings_known() {
        let (places, losses) = data(20, stairs);
        let place = [0.9, 0.9, 2.0];
        let without = Ties::learn(&FEATURES, &places, &losses, &[]).unwrap();
        let with = Ties::learn(&FEATURES, &places, &losses, &[place.to_vec().into()]).unwrap();
        assert!(known(&with, &[0.91, 0.9, 2.0]) > known(&without, &[0.91, 0.9, 2.0]));
    }

    #[test]
    fn gradients_match_differences() {
        let (places, losses) = data(25, stairs);
        let ties = Ties::learn(&FEATURES, &places, &losses, &[]).unwrap();
        let mut random = Stream::new(3, 0);
        for _ in 0..20 {
            let codes = [random.unit(), random.unit(), random.below(3) as f64];
            let mut gradient = [0.0; 3];
            let value = ties.log_new_with_gradient(&codes, &mut gradient);
            assert!((value - (1.0 - known(&ties, &codes)).ln()).abs() < 1e-12);
            for at in 0..2 {
                let h = 1e-7;
                let shifted = |h: f64| {
                    let mut moved = codes;
                    moved[at] += h;
                    (1.0 - known(&ties, &moved)).ln()
                };
                let difference = (shifted(h) - shifted(-h)) / (2.0 * h);
                let close = (difference - gradient[at]).abs() < 1e-5 * difference.abs().max(1.0);
                assert!(close, "{at}: {difference} {gradient:?}");
            }
        }
        let pairs = Pairs::new(&FEATURES, &places, &losses).unwrap();
        let logs = [0.3, -0.4, 1.1, -2.0];
        let mut gradient = [0.0; 4];
        pairs.density(&logs, &mut gradient);
        for at in 0..4 {
            let mut unused = [0.0; 4];
            let mut shifted = |h: f64| {
                let mut moved = logs;
                moved[at] += h;
                pairs.density(&moved, &mut unused)
            };
            let difference = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            assert!((difference - gradient[at]).abs() < 1e-5 * difference.abs().max(1.0), "{at}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        assert_eq!([0, 1, 20, 88].map(most_tied), [150; 4]);
        assert!(most_tied(500) >= 60 && most_tied(5000) >= 20);
    }
}
