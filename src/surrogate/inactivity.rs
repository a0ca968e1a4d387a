//! Which parameters do nothing where a choice has a certain option, learned from observations.
//!
//! A kernel's `gamma` does nothing to a linear machine. A space can say so by conditions; often it
//! does not, and then a stationary process takes every value of the idle parameter for something
//! yet to be tried. What is called idle here is masked like a parameter that is not active.
//!
//! A set of claims is worth the log evidence of the process that believes it, less a penalty for
//! each claim, plus what ties tell: losses are taken for draws of which a share q of all pairs
//! agree by chance, so that an observation that repeats another one, point and loss, speaks for
//! the claims that make the points the same with −ln q. Sets are searched option by option: all
//! parameters that varied under it are idle, then those are taken back that were not.
//!
//! That asks for the evidence of some d²/2 sets for each option, each of which takes n²(n + 3d)
//! operations. In large spaces only the parameters with the shortest lengthscales are considered,
//! because what hardly matters anywhere is not worth a claim; then the search ends before all options
//! were looked at twice, and where even a few parameters under one option would cost too much, with 500
//! parameters from some 40 observations on, nothing is claimed.

use super::encoding::{Encoding, Feature, LearnedInactivity};
use super::evidence::Evidence;
use super::fit::{FIRST, Observations, SEARCH, climb, search, start, step_cost};
use super::hyperparameters::Hyperparameters;
use super::inputs::Inputs;
use super::kernel::Kernel;
use crate::math::lbfgs::Options;

/// What each claim must gain in log evidence. At 2 the losses on problems with choices are no lower.
const PENALTY: f64 = 1.5;
/// Observations under an option from which claims are made. From fewer it is written off too soon. Claims
/// from three lead to higher losses (`benches/bayesian.md`).
const FEWEST: usize = 6;
/// Choices whose options are looked at: those that matter most. It bounds the time; not varied.
const CHOICES: usize = 4;
/// Times that all options are gone through. It bounds the time; not varied.
const ROUNDS: usize = 2;
/// Operations of a search for claims, and of those under one option. They bound the time of a suggestion.
const WORK: f64 = 6e8;
const GROUP_WORK: f64 = 3e8;
/// Operations of the steps of the first search for constants.
const SEARCH_WORK: f64 = 1e8;
/// Parameters that are considered under an option, however little they cost; with fewer there are no claims
/// at all. It bounds the time; neither was varied.
const MOST_CONSIDERED: usize = 1000;
const FEWEST_CONSIDERED: usize = 4;
/// The search for the constants of each set of claims, which goes on from those of another one.
const FEW: Options = Options { iterations: 5, ..SEARCH };

/// The claims that the observations support, given by codes without any.
pub(crate) fn learn(
    encoding: &Encoding,
    kernel: Kernel,
    observations: Observations<'_>,
) -> Vec<LearnedInactivity> {
    let Observations { features, inputs, values, noise, noises } = observations;
    if !observations.differ() || !features.iter().any(|feature| feature.is_choice()) {
        return Vec::new();
    }
    let step = step_cost(inputs.len(), features.len());
    let most = most_considered(GROUP_WORK / step);
    if most == 0 {
        return Vec::new();
    }
    let mut worths = EvidenceScore {
        encoding,
        observations,
        bounds: Hyperparameters::bounds(features.len(), noise, noises),
        tie: tie(values),
        evidence: Evidence::new(kernel, features, inputs, values, noises),
        masked: inputs.clone(),
        claims: Vec::new(),
    };
    let constants = start(FIRST, &worths.bounds);
    let mut best = worths.fitted(Vec::new(), &constants, &search(SEARCH_WORK, step));
    let affordable = (WORK / step) as usize;
    let options = options(features, inputs, &best.constants, most);
    'search: for _ in 0..ROUNDS {
        let before = best.claims.clone();
        for option in &options {
            if worths.evidence.evaluations() >= affordable {
                break 'search;
            }
            let all = option.instead_of(&best.claims);
            let mut found = worths.fitted(all, &best.constants, &FEW);
            while worths.evidence.evaluations() < affordable
                && let Some(fewer) = worths.one_less(&found, option)
            {
                let fitted = worths.fitted(fewer.claims.clone(), &fewer.constants, &FEW);
                found = if fitted.worth > fewer.worth { fitted } else { fewer };
            }
            let again = worths.fitted(found.claims.clone(), &best.constants, &FEW);
            for found in [found, again] {
                if found.worth > best.worth {
                    best = found;
                }
            }
        }
        if best.claims == before {
            break;
        }
    }
    best.claims
}

/// How many parameters are considered under an option with a budget of evaluations.
fn most_considered(evaluations: f64) -> usize {
    let needed = |count: usize| (count * count / 2 + 10 * count) as f64;
    let most = (1..MOST_CONSIDERED).take_while(|count| needed(*count) <= evaluations).count();
    if most < FEWEST_CONSIDERED { 0 } else { most }
}

/// An option of a choice, and the features that varied under it.
struct Group {
    choice: usize,
    option: f64,
    varied: Vec<usize>,
}

impl Group {
    fn owns(&self, claim: &LearnedInactivity) -> bool {
        claim.choice == self.choice && claim.option == self.option
    }

    /// Claims that differ from these in what they say of this option: nothing does anything.
    fn instead_of(&self, claims: &[LearnedInactivity]) -> Vec<LearnedInactivity> {
        let others = claims.iter().copied().filter(|claim| !self.owns(claim));
        let own = self.varied.iter().map(|&feature| LearnedInactivity {
            choice: self.choice,
            option: self.option,
            feature,
        });
        others.chain(own).collect()
    }
}

/// The options with enough observations, of the choices with the shortest lengthscales. Under each are the
/// features with the shortest lengthscales, at most `most`.
fn options(features: &[Feature], inputs: &Inputs, constants: &[f64], most: usize) -> Vec<Group> {
    let mut choices: Vec<usize> =
        (0..features.len()).filter(|&at| features[at].is_choice()).collect();
    choices.sort_by(|&a, &b| constants[a].total_cmp(&constants[b]).then(a.cmp(&b)));
    choices.truncate(CHOICES);
    let mut groups = Vec::new();
    for choice in choices {
        let column = inputs.column(choice);
        let mut seen: Vec<f64> = column.to_vec();
        seen.sort_by(f64::total_cmp);
        seen.dedup();
        for option in seen.into_iter().filter(|option| *option >= 0.0) {
            let rows: Vec<usize> = (0..inputs.len()).filter(|&i| column[i] == option).collect();
            let differs = |at: &usize| {
                let codes = inputs.column(*at);
                *at != choice && rows.iter().any(|&i| codes[i] != codes[rows[0]])
            };
            if rows.len() >= FEWEST {
                let mut varied: Vec<usize> = (0..features.len()).filter(differs).collect();
                if varied.len() > most {
                    varied.sort_by(|&a, &b| constants[a].total_cmp(&constants[b]).then(a.cmp(&b)));
                    varied.truncate(most);
                    varied.sort_unstable();
                }
                groups.push(Group { choice, option, varied });
            }
        }
    }
    groups
}

/// A set of claims, the constants of the process that believes them, and its worth.
struct Hypothesis {
    worth: f64,
    claims: Vec<LearnedInactivity>,
    constants: Vec<f64>,
}

/// What sets of claims are worth, given some observations.
struct EvidenceScore<'a> {
    encoding: &'a Encoding,
    observations: Observations<'a>,
    bounds: (Vec<f64>, Vec<f64>),
    /// What a repeated observation adds.
    tie: f64,
    /// The evidence of codes that are masked by some claims, the codes, and the claims.
    evidence: Evidence<'a>,
    masked: Inputs,
    claims: Vec<LearnedInactivity>,
}

impl EvidenceScore<'_> {
    /// Goes on with other claims.
    fn set_claims(&mut self, claims: &[LearnedInactivity]) {
        let differ = |a: &[LearnedInactivity], b: &[LearnedInactivity]| -> Vec<usize> {
            a.iter().filter(|claim| !b.contains(claim)).map(|claim| claim.feature).collect()
        };
        let mut changed = differ(&self.claims, claims);
        changed.extend(differ(claims, &self.claims));
        changed.sort_unstable();
        changed.dedup();
        self.claims = claims.to_vec();
        let inputs = self.observations.inputs;
        for feature in changed {
            let mut column = inputs.column(feature).to_vec();
            for claim in claims.iter().filter(|claim| claim.feature == feature) {
                for (code, option) in column.iter_mut().zip(inputs.column(claim.choice)) {
                    if *option == claim.option {
                        *code = self.encoding.features()[feature].inactive();
                    }
                }
            }
            self.evidence.set_column(feature, &column);
            self.masked.set_column(feature, column);
        }
    }

    /// What is not evidence: the word of the ties, and the penalty.
    fn rest(&self) -> f64 {
        let (values, masked) = (self.observations.values, &self.masked);
        let same = |i: usize, j: usize| {
            values[i] == values[j]
                && (0..masked.features()).all(|at| masked.column(at)[i] == masked.column(at)[j])
        };
        let repeats = (0..values.len()).filter(|&i| (0..i).any(|j| same(i, j))).count();
        self.tie * repeats as f64 - PENALTY * self.claims.len() as f64
    }

    fn fitted(
        &mut self,
        claims: Vec<LearnedInactivity>,
        constants: &[f64],
        options: &Options,
    ) -> Hypothesis {
        self.set_claims(&claims);
        let (evidence, constants) = climb(&mut self.evidence, constants, &self.bounds, options);
        Hypothesis { worth: evidence + self.rest(), claims, constants }
    }

    /// The best set with one claim less on an option, if that is worth more.
    fn one_less(&mut self, believed: &Hypothesis, option: &Group) -> Option<Hypothesis> {
        let own = (0..believed.claims.len()).filter(|&at| option.owns(&believed.claims[at]));
        let without = own.map(|at| {
            let mut claims = believed.claims.clone();
            claims.remove(at);
            self.set_claims(&claims);
            let evidence = self.evidence.evaluate(&believed.constants, None);
            let constants = believed.constants.clone();
            Hypothesis { worth: evidence + self.rest(), claims, constants }
        });
        let best = without.max_by(|a, b| a.worth.total_cmp(&b.worth))?;
        (best.worth > believed.worth).then_some(best)
    }
}

/// What it says that two observations have the same value: minus the logarithm of the share of
/// pairs that have.
fn tie(values: &[f64]) -> f64 {
    let pairs = values.len() * values.len().saturating_sub(1) / 2;
    let tied: usize = (0..values.len())
        .map(|i| values[..i].iter().filter(|other| **other == values[i]).count())
        .sum();
    -((tied as f64 + 0.5) / (pairs as f64 + 1.0)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};
    use crate::surrogate::Noise;

    const KIND: usize = 0;
    const X: usize = 1;
    const Y: usize = 2;

    fn encoding() -> Encoding {
        let space = Space::builder()
            .choices("kind", ["plain", "curved"])
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        Encoding::new(&space)
    }

    fn learned(rows: &[[f64; 3]], values: &[f64]) -> Vec<LearnedInactivity> {
        let encoding = encoding();
        let mut inputs = Inputs::new(3);
        rows.iter().for_each(|row| inputs.push(row));
        let features = encoding.features();
        let noise = Noise::Negligible;
        let observations = Observations { features, inputs: &inputs, values, noise, noises: &[] };
        learn(&encoding, Kernel::Matern52, observations)
    }

    fn says(claims: &[LearnedInactivity], option: f64, feature: usize) -> bool {
        claims.contains(&LearnedInactivity { choice: KIND, option, feature })
    }

    #[test]
    fn what_does_nothing_under_an_option_is_found() {
        for seed in 0..5 {
            let mut random = Stream::new(seed, 0);
            let rows: Vec<[f64; 3]> =
                (0..40).map(|i| [f64::from(i % 2), random.unit(), random.unit()]).collect();
            let wave = |x: f64| (9.0 * x).sin();
            let values: Vec<f64> = rows
                .iter()
                .map(|row| wave(row[X]) + if row[KIND] == 0.0 { 0.5 } else { wave(row[Y]) })
                .collect();
            let claims = learned(&rows, &values);
            assert!(says(&claims, 0.0, Y), "{seed}: {claims:?}");
            assert!(!says(&claims, 0.0, X) && !says(&claims, 1.0, X) && !says(&claims, 1.0, Y));
        }
    }

    #[test]
    fn ties_speak_for_claims_that_explain_them() {
        let mut random = Stream::new(3, 0);
        // Too few to see the shape of anything, but y does nothing at the end x = 0 of "plain".
        let mut rows: Vec<[f64; 3]> =
            (0..6).map(|i| [f64::from(i % 2), random.unit(), random.unit()]).collect();
        let loss = |row: &[f64; 3]| match row[KIND] {
            0.0 => (row[X] * 7.0).cos(),
            _ => (row[X] * 5.0 + row[Y] * 7.0).cos(),
        };
        rows.extend([0.1, 0.35, 0.6, 0.95].map(|y| [0.0, 0.0, y]));
        let values: Vec<f64> = rows.iter().map(loss).collect();
        assert!(says(&learned(&rows, &values), 0.0, Y));
        let apart: Vec<f64> = values.iter().zip(&rows).map(|(v, row)| v + 2.0 * row[Y]).collect();
        assert!(!says(&learned(&rows, &apart), 0.0, Y));
    }

    #[test]
    fn the_work_for_an_option_is_bounded() {
        let considered = |n, d| most_considered(GROUP_WORK / step_cost(n, d)).min(d);
        assert_eq!((considered(50, 20), considered(100, 10)), (20, 10), "all in small spaces");
        assert_eq!(considered(100, 500), 0);
        for (n, d) in [(50, 100), (100, 50), (100, 20), (30, 300)] {
            let count = considered(n, d);
            assert!((4..d).contains(&count), "{n} {d}: {count}");
            assert!((count * count / 2) as f64 * step_cost(n, d) < GROUP_WORK);
        }
    }

    #[test]
    fn nothing_is_claimed_of_nothing() {
        assert!(learned(&[], &[]).is_empty());
        assert!(learned(&[[0.0, 0.1, 0.2]; 5], &[1.0; 5]).is_empty());
        assert!(learned(&[[0.0, 0.1, 0.2], [1.0, 0.3, 0.2]], &[1.0, 2.0]).is_empty());
    }
}
