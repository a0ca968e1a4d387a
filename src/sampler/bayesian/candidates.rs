//! Places at which the search for the best acquisition begins.

use super::effort::Effort;
use super::trust_box::TrustBox;
use crate::math::random::Stream;
use crate::math::sobol::Sobol;
use crate::surrogate::{Codes, Encoding, Feature, Inputs, Latent};

/// Quasi-random candidates. With 256, 1024 or 4096 the losses are the same within their errors; more cost
/// time.
const SPREAD: u32 = 512;
/// Of these, the ones that show what is believed all over the space.
const PROBES: usize = 128;
/// Perturbed copies of each of the best observations, for each width. Without any the losses are the same
/// within their errors; the two widths were not varied.
const COPIES: usize = 24;
/// The fewest of both, however much a prediction costs. Not varied.
const LEAST_SPREAD: usize = 64;
const LEAST_COPIES: usize = 4;
/// Standard deviations of perturbations, in the unit cube.
const WIDTHS: [f64; 2] = [0.1, 0.01];

/// Candidates as places, and as the model sees them.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    pub(super) latent: Vec<Latent>,
    pub(super) codes: Inputs,
}

impl Candidates {
    pub(super) fn new(features: usize) -> Self {
        Candidates { latent: Vec::new(), codes: Inputs::new(features) }
    }

    pub(super) fn push(&mut self, encoding: &Encoding, latent: Latent) {
        self.codes.push(&encoding.codes(&latent));
        self.latent.push(latent);
    }
}

/// The quasi-random points of a space, computed once and shifted anew for each trial.
#[derive(Debug)]
pub(super) struct Spread {
    points: Vec<Vec<f64>>,
}

impl Spread {
    pub(super) fn new(features: usize, seed: u64) -> Self {
        let sobol = Sobol::new(features, seed);
        Spread { points: (0..SPREAD).map(|index| sobol.point(index)).collect() }
    }

    /// Some of the points as they are, which show what is believed all over the space.
    pub(super) fn probes(&self, encoding: &Encoding) -> Inputs {
        let whole = TrustBox::whole(encoding.len());
        let mut probes = Candidates::new(encoding.len());
        for point in &self.points[..PROBES] {
            let units = point.iter().enumerate();
            let latent = units.map(|(at, unit)| whole.at_share(encoding, at, *unit));
            probes.push(encoding, latent.collect());
        }
        probes.codes
    }

    /// Candidates that cover a region, and others near some observed points.
    pub(super) fn candidates<'a>(
        &self,
        effort: &Effort,
        encoding: &Encoding,
        region: &TrustBox,
        near: impl IntoIterator<Item = &'a Codes>,
        random: &mut Stream,
    ) -> Candidates {
        let mut candidates = Candidates::new(encoding.len());
        self.fill(effort, encoding, region, random, &mut candidates);
        for codes in near {
            perturb(encoding, region, effort, codes, random, &mut candidates);
        }
        candidates
    }

    /// Appends the points, shifted by a random vector modulo 1, in a region: as many as the effort
    /// allows.
    pub(super) fn fill(
        &self,
        effort: &Effort,
        encoding: &Encoding,
        region: &TrustBox,
        random: &mut Stream,
        into: &mut Candidates,
    ) {
        let shift: Vec<f64> = (0..encoding.len()).map(|_| random.unit()).collect();
        let points = &self.points[..effort.of(SPREAD as usize, LEAST_SPREAD)];
        into.codes.reserve(points.len());
        for point in points {
            let latent = point
                .iter()
                .zip(&shift)
                .enumerate()
                .map(|(at, (unit, shift))| region.at_share(encoding, at, (unit + shift).fract()))
                .collect();
            into.push(encoding, latent);
        }
    }
}

/// A place with some codes; what is not active is drawn at random.
pub(super) fn complete(encoding: &Encoding, codes: &Codes, random: &mut Stream) -> Latent {
    let mut latent = encoding.latent(codes);
    for at in 0..encoding.len() {
        // The middle of a conditional range counts as not active, be it active or not.
        let conditional = encoding.axis(at).condition().is_some();
        let choice = encoding.features()[at].is_choice();
        if (choice && !codes.is_active(at)) || (conditional && codes[at] == 0.5) {
            latent[at] = encoding.snap(at, random.unit());
        }
    }
    latent
}

/// Appends perturbed copies of an observed point. Steps out of a region go to its centre.
pub(super) fn perturb(
    encoding: &Encoding,
    region: &TrustBox,
    effort: &Effort,
    codes: &Codes,
    random: &mut Stream,
    into: &mut Candidates,
) {
    let d = encoding.len();
    let share = (3.0 / d as f64).clamp(0.3, 1.0);
    for width in WIDTHS {
        for _ in 0..effort.of(COPIES, LEAST_COPIES) {
            let mut latent = complete(encoding, codes, random);
            let certain = random.below(d as u64) as usize;
            for at in 0..d {
                if at == certain || random.unit() < share {
                    latent[at] = step(encoding, at, latent[at], width, random);
                }
            }
            into.push(encoding, region.moved_inside(latent));
        }
    }
}

fn step(encoding: &Encoding, at: usize, code: f64, width: f64, random: &mut Stream) -> f64 {
    match encoding.features()[at] {
        Feature::Choice { choices } => {
            if random.unit() < 0.5 {
                random.below(choices) as f64
            } else {
                code
            }
        }
        Feature::Continuous => reflect(code + width * random.normal()),
        Feature::Discrete { levels } => {
            let moved = encoding.snap(at, reflect(code + width * random.normal()));
            if (moved - code).abs() > 1e-12 || random.unit() < 0.5 {
                return moved;
            }
            let level = encoding.level_of(at, code);
            let up = level == 0 || (level + 1 < levels && random.unit() < 0.5);
            encoding.level(at, if up { level + 1 } else { level - 1 })
        }
    }
}

/// Folds the real line onto `[0, 1]`, as mirrors at 0 and 1 would.
fn reflect(unit: f64) -> f64 {
    let folded = unit.rem_euclid(2.0);
    if folded > 1.0 { 2.0 - folded } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

    #[test]
    fn candidates_are_points_of_the_space() {
        let space = Space::builder()
            .float("x", 1e-3..=1.0, Scale::Log)
            .int("n", 1..=3, Scale::Linear)
            .choice("k", |k| {
                k.unit("a").variant("b", |b| b.int("m", 1..=100, Scale::Log).bool("f"))
            })
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(1, 0);
        let mut candidates = Candidates::new(encoding.len());
        let whole = TrustBox::whole(encoding.len());
        let effort = Effort::new(&encoding, &[10]);
        let spread = Spread::new(encoding.len(), 1);
        spread.fill(&effort, &encoding, &whole, &mut random, &mut candidates);
        let seen = encoding.codes(&candidates.latent[3]);
        perturb(&encoding, &whole, &effort, &seen, &mut random, &mut candidates);
        assert_eq!(candidates.codes.len(), SPREAD as usize + 2 * COPIES);
        for (i, latent) in candidates.latent.iter().enumerate() {
            let point = encoding.decode(latent);
            space.check(&point).unwrap();
            let codes = encoding.encode(&point);
            for (a, b) in codes.iter().zip(candidates.codes.row(i)) {
                assert!((a - b).abs() < 1e-12, "{codes:?}");
            }
        }
    }
}
