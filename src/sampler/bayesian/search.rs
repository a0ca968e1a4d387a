//! The search for the highest point of a landscape.
//!
//! 1. Candidates are ranked by height.
//! 2. Starts are the highest, some drawn with probability proportional to the exponential of their
//!    height, and the incumbent.
//! 3. Each start alternates L-BFGS on the continuous features, measured in lengthscales, with an
//!    exact sweep over every choice and every discrete feature of few levels, until nothing
//!    changes. Discrete features of many levels are relaxed in the former and snapped, if that is
//!    better.
//! 4. The highest result that is allowed is taken, else the highest candidate that is.

use super::candidates::Candidates;
use super::landscape::Landscape;
use crate::math::lbfgs::{Options, minimize};
use crate::math::random::Stream;
use crate::surrogate::{Encoding, Feature};

/// Starts that are drawn, beside the highest candidate and the incumbent.
const DRAWN: usize = 7;
/// Alternations of continuous and discrete steps.
const ROUNDS: usize = 10;
/// Up to this many levels, all of a discrete feature are looked at.
const SWEPT: u64 = 16;
/// Choices beyond this number are not all looked at in a sweep.
const SWEPT_CHOICES: u64 = 256;
/// Scales of the coordinates in the continuous search.
const UNITS: (f64, f64) = (0.02, 1.0);
/// A gain in height that is worth another round.
const WORTHWHILE: f64 = 1e-9;

/// Starts that are refined to the end, the highest after a short climb.
const FINISHED: usize = 3;

/// A short climb, which tells the starts apart.
const SHORT: Options =
    Options { memory: 8, iterations: 8, gradient_tolerance: 1e-2, decrease_tolerance: 1e-3 };

const CLIMB: Options =
    Options { memory: 8, iterations: 50, gradient_tolerance: 1e-4, decrease_tolerance: 1e-10 };

/// Finds the highest place that is `allowed`; `incumbent` is another start. If only repeats are
/// left, the highest of them; `None` if every place that was looked at is forbidden.
pub(super) fn highest(
    landscape: &Landscape<'_>,
    encoding: &Encoding,
    candidates: &Candidates,
    heights: &[f64],
    incumbent: Option<Vec<f64>>,
    mut allowed: impl FnMut(&[f64]) -> Allowed,
    random: &mut Stream,
) -> Option<Vec<f64>> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|&a, &b| heights[b].total_cmp(&heights[a]).then(a.cmp(&b)));
    let mut found: Vec<(f64, Vec<f64>)> = Vec::new();
    for start in starts(&order, heights, random) {
        let latent = candidates.latent[start].clone();
        if allowed(&latent) != Allowed::Never {
            found.push(refine(landscape, encoding, latent, heights[start], 2, &SHORT));
        }
    }
    if let Some(latent) = incumbent {
        let height = height_at(landscape, encoding, &latent);
        found.push(refine(landscape, encoding, latent, height, 2, &SHORT));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.dedup_by(|a, b| a.1 == b.1);
    for (height, latent) in found.iter_mut().take(FINISHED) {
        let start = std::mem::take(latent);
        (*height, *latent) = refine(landscape, encoding, start, *height, ROUNDS, &CLIMB);
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let fallbacks = order.iter().map(|&at| &candidates.latent[at]);
    let mut repeat = None;
    for latent in found.iter().map(|(_, latent)| latent).chain(fallbacks) {
        match allowed(latent) {
            Allowed::Yes => return Some(latent.clone()),
            Allowed::Repeat => repeat = repeat.or(Some(latent.clone())),
            Allowed::Never => {}
        }
    }
    repeat
}

/// Whether a place may be suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    /// It was tried before; what is near may be suggested.
    Repeat,
    /// A constraint forbids it.
    Never,
}

/// The highest candidate, and others drawn without replacement.
fn starts(order: &[usize], heights: &[f64], random: &mut Stream) -> Vec<usize> {
    let Some(&highest) = order.first() else { return Vec::new() };
    let mut weights: Vec<f64> =
        heights.iter().map(|height| (height - heights[highest]).exp()).collect();
    let mut starts = vec![highest];
    weights[highest] = 0.0;
    for _ in 0..DRAWN {
        let Some(drawn) = random.choose_weighted(&weights) else { break };
        weights[drawn] = 0.0;
        starts.push(drawn);
    }
    starts
}

fn height_at(landscape: &Landscape<'_>, encoding: &Encoding, latent: &[f64]) -> f64 {
    let mut single = Candidates::new(encoding.len());
    single.push(encoding, latent.to_vec());
    landscape.heights(&single.codes).first().copied().unwrap_or(f64::NEG_INFINITY)
}

/// Climbs from a place; the height and the place where it ends, which is on all levels.
fn refine(
    landscape: &Landscape<'_>,
    encoding: &Encoding,
    mut latent: Vec<f64>,
    mut height: f64,
    rounds: usize,
    options: &Options,
) -> (f64, Vec<f64>) {
    for _ in 0..rounds {
        let before = height;
        climb(landscape, encoding, &mut latent, &mut height, options);
        let climbed = height;
        sweep(landscape, encoding, &mut latent, &mut height);
        // Without a discrete change another climb would end where this one did.
        if height <= climbed + WORTHWHILE || height <= before + WORTHWHILE {
            break;
        }
    }
    (height, latent)
}

/// L-BFGS on the active numeric features that are not swept.
fn climb(
    landscape: &Landscape<'_>,
    encoding: &Encoding,
    latent: &mut [f64],
    height: &mut f64,
    options: &Options,
) {
    let (mut active, mut codes) = (Vec::new(), Vec::new());
    encoding.activity(latent, &mut active);
    encoding.mask(latent, &active, &mut codes);
    let moving: Vec<usize> = (0..encoding.len())
        .filter(|&at| {
            active[at]
                && match encoding.features()[at] {
                    Feature::Continuous => true,
                    Feature::Discrete { levels } => levels > SWEPT,
                    Feature::Choice { .. } => false,
                }
        })
        .collect();
    if moving.is_empty() {
        return;
    }
    let process = landscape.losses.or(landscape.feasibility.as_ref().map(|f| f.failures));
    let Some(process) = process else { return };
    let lengths = &process.model().lengthscales;
    let units: Vec<f64> = moving.iter().map(|&at| lengths[at].clamp(UNITS.0, UNITS.1)).collect();
    let (mut low, mut high, mut start) = (Vec::new(), Vec::new(), Vec::new());
    for (&at, unit) in moving.iter().zip(&units) {
        let ends = match encoding.features()[at] {
            Feature::Discrete { levels } => (encoding.level(at, 0), encoding.level(at, levels - 1)),
            _ => (0.0, 1.0),
        };
        let ends = landscape.region.bound(at, ends);
        low.push(ends.0 / unit);
        high.push(ends.1 / unit);
        start.push(latent[at] / unit);
    }
    let mut slopes = vec![0.0; encoding.len()];
    let negative = |x: &[f64], gradient: &mut [f64]| {
        for ((&at, unit), x) in moving.iter().zip(&units).zip(x) {
            codes[at] = x * unit;
        }
        let value = landscape.slope(&codes, &mut slopes);
        for ((&at, unit), slope) in moving.iter().zip(&units).zip(gradient) {
            *slope = -slopes[at] * unit;
        }
        -value
    };
    let found = minimize(negative, &start, &low, &high, options);
    let mut moved = latent.to_vec();
    let mut snapped = false;
    for ((&at, unit), x) in moving.iter().zip(&units).zip(&found.point) {
        let exact = encoding.snap(at, (x * unit).clamp(0.0, 1.0));
        snapped |= encoding.features()[at] != Feature::Continuous;
        moved[at] = exact;
    }
    let reached = if snapped { height_at(landscape, encoding, &moved) } else { -found.value };
    if reached > *height {
        *height = reached;
        latent.copy_from_slice(&moved);
    }
}

/// Takes the best value of each choice and of each discrete feature of few levels, one after the
/// other.
fn sweep(landscape: &Landscape<'_>, encoding: &Encoding, latent: &mut [f64], height: &mut f64) {
    let mut active = Vec::new();
    for at in 0..encoding.len() {
        let count = match encoding.features()[at] {
            Feature::Continuous => continue,
            Feature::Discrete { levels } if levels > SWEPT => continue,
            Feature::Discrete { levels } => levels,
            Feature::Choice { choices } => choices.min(SWEPT_CHOICES),
        };
        encoding.activity(latent, &mut active);
        if !active[at] {
            continue;
        }
        let current = encoding.level_of(at, latent[at]);
        let mut alternatives = Candidates::new(encoding.len());
        for level in (0..count).filter(|level| *level != current) {
            let code = encoding.level(at, level);
            if !landscape.region.contains(at, code) {
                continue;
            }
            let mut other = latent.to_vec();
            other[at] = code;
            alternatives.push(encoding, other);
        }
        let heights = landscape.heights(&alternatives.codes);
        for (other, reached) in alternatives.latent.iter().zip(heights) {
            if reached > *height {
                *height = reached;
                latent.copy_from_slice(other);
            }
        }
    }
}
