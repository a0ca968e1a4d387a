//! The search for the highest point of a surface.
//!
//! 1. Candidates are ranked by height.
//! 2. Starts are the highest, some drawn with probability proportional to the exponential of their
//!    height, and the incumbent.
//! 3. Each start alternates L-BFGS on the continuous features, measured in lengthscales, with an
//!    exact sweep over every choice and every discrete feature of few levels, until nothing
//!    changes. Discrete features of many levels are relaxed in the former and snapped, if that is
//!    better.
//! 4. The highest result that is allowed is taken, else the highest candidate that is.
//!
//! Where predictions cost much (see `effort`) there are fewer starts, and climbs are shorter. Where
//! there are very many options, a sweep looks at some features only, and the next one goes on where
//! it ended, from short lengthscales to long ones; the options that promise more are then tried one
//! after the other. Sweeps end when a suggestion has looked at as many options
//! as it may.

use super::candidates::Candidates;
use super::effort::{Effort, SWEPT, levels};
use super::surface::Surface;
use crate::math::lbfgs::{Options, minimize};
use crate::math::random::Stream;
use crate::surrogate::{Encoding, Feature, Latent};

/// Starts that are drawn, beside the highest candidate and the incumbent. With three starts or twenty the
/// losses are the same within their errors.
const DRAWN: usize = 7;
/// Alternations of continuous and discrete steps. Hardly ever reached.
const ROUNDS: usize = 10;
/// Scales of the coordinates in the continuous search. Not varied.
const UNITS: (f64, f64) = (0.02, 1.0);
/// A gain in height that is worth another round.
const WORTHWHILE: f64 = 1e-9;

/// Starts that are refined to the end, the highest after a short climb. Finishing all of them measured no
/// better (`benches/bayesian.md`).
const FINISHED: usize = 3;
/// At least this many starts are drawn and steps are taken, however much a prediction costs. Not varied.
const FEWEST_DRAWN: usize = 2;
const FEWEST_STEPS: [usize; 2] = [3, 8];
/// Options that are tried one after the other in a sweep of a part. Not varied.
const TRIED: usize = 16;

/// A short climb, which tells the starts apart.
const SHORT: Options =
    Options { memory: 8, iterations: 8, gradient_tolerance: 1e-2, decrease_tolerance: 1e-3 };

const CLIMB: Options =
    Options { memory: 8, iterations: 50, gradient_tolerance: 1e-4, decrease_tolerance: 1e-10 };

/// A search of a surface, and what is left of its budget.
pub(super) struct Search<'a> {
    surface: &'a dyn Surface,
    encoding: &'a Encoding,
    effort: Effort,
    /// Where sweeps look at a part.
    parts: Option<Parts>,
}

/// The parts of a space that are swept in turn.
struct Parts {
    /// The features that are swept, those with short lengthscales first.
    order: Vec<usize>,
    /// The next one in the order.
    next: usize,
    /// How many options may still be looked at.
    left: usize,
    /// How many in one sweep.
    share: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(surface: &'a dyn Surface, encoding: &'a Encoding, effort: Effort) -> Self {
        let parts = effort.options().map(|(left, share)| {
            let mut order: Vec<usize> =
                (0..encoding.len()).filter(|&at| levels(encoding, at).is_some()).collect();
            if let Some(lengths) = surface.lengthscales() {
                order.sort_by(|&a, &b| lengths[a].total_cmp(&lengths[b]).then(a.cmp(&b)));
            }
            Parts { order, next: 0, left, share }
        });
        Search { surface, encoding, effort, parts }
    }

    /// Finds the highest place that is `allowed`; `incumbent` is another start. If only repeats are
    /// left, the highest of them; `None` if every place that was looked at is forbidden.
    pub(super) fn highest(
        mut self,
        candidates: &Candidates,
        heights: &[f64],
        incumbent: Option<Latent>,
        mut allowed: impl FnMut(&Latent) -> Allowed,
        random: &mut Stream,
    ) -> Option<Latent> {
        let mut order: Vec<usize> = (0..heights.len()).collect();
        order.sort_by(|&a, &b| heights[b].total_cmp(&heights[a]).then(a.cmp(&b)));
        let mut found: Vec<(f64, Latent)> = Vec::new();
        let drawn = self.effort.of(DRAWN, FEWEST_DRAWN);
        let short = self.shortened(SHORT, FEWEST_STEPS[0]);
        for start in starts(&order, heights, drawn, random) {
            let latent = candidates.latent[start].clone();
            if allowed(&latent) != Allowed::Never {
                found.push(self.refine(latent, heights[start], 2, &short));
            }
        }
        if let Some(latent) = incumbent {
            let height = self.height_at(&latent);
            found.push(self.refine(latent, height, 2, &short));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.dedup_by(|a, b| a.1 == b.1);
        let climb = self.shortened(CLIMB, FEWEST_STEPS[1]);
        for (height, latent) in found.iter_mut().take(self.effort.of(FINISHED, 1)) {
            let start = std::mem::take(latent);
            let rounds = self.effort.of(ROUNDS, 2);
            (*height, *latent) = self.refine(start, *height, rounds, &climb);
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

    fn shortened(&self, options: Options, least: usize) -> Options {
        Options { iterations: self.effort.of(options.iterations, least), ..options }
    }

    fn height_at(&self, latent: &Latent) -> f64 {
        let mut single = Candidates::new(self.encoding.len());
        single.codes.reserve(1);
        single.push(self.encoding, latent.clone());
        self.surface.heights(&single.codes).first().copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// Climbs from a place; the height and the place where it ends, which is on all levels.
    fn refine(
        &mut self,
        mut latent: Latent,
        mut height: f64,
        rounds: usize,
        options: &Options,
    ) -> (f64, Latent) {
        for _ in 0..rounds {
            let before = height;
            self.climb(&mut latent, &mut height, options);
            let climbed = height;
            self.sweep(&mut latent, &mut height);
            // Without a discrete change another climb would end where this one did.
            if height <= climbed + WORTHWHILE || height <= before + WORTHWHILE {
                break;
            }
        }
        (height, latent)
    }

    /// L-BFGS on the active numeric features that are not swept.
    fn climb(&self, latent: &mut Latent, height: &mut f64, options: &Options) {
        let (surface, encoding) = (self.surface, self.encoding);
        let mut codes = encoding.codes(latent);
        let moving: Vec<usize> = (0..encoding.len())
            .filter(|&at| {
                codes.is_active(at)
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
        let Some(lengths) = surface.lengthscales() else { return };
        let units: Vec<f64> =
            moving.iter().map(|&at| lengths[at].clamp(UNITS.0, UNITS.1)).collect();
        let (mut low, mut high, mut start) = (Vec::new(), Vec::new(), Vec::new());
        for (&at, unit) in moving.iter().zip(&units) {
            let ends = match encoding.features()[at] {
                Feature::Discrete { levels } => {
                    (encoding.level(at, 0), encoding.level(at, levels - 1))
                }
                _ => (0.0, 1.0),
            };
            let ends = surface.region().bound(at, ends);
            low.push(ends.0 / unit);
            high.push(ends.1 / unit);
            start.push(latent[at] / unit);
        }
        let mut slopes = vec![0.0; encoding.len()];
        let negative = |x: &[f64], gradient: &mut [f64]| {
            for ((&at, unit), x) in moving.iter().zip(&units).zip(x) {
                codes.set(at, x * unit);
            }
            let value = surface.slope(&codes, &mut slopes);
            for ((&at, unit), slope) in moving.iter().zip(&units).zip(gradient) {
                *slope = -slopes[at] * unit;
            }
            -value
        };
        let found = minimize(negative, &start, &low, &high, options);
        let mut moved = latent.clone();
        let mut snapped = false;
        for ((&at, unit), x) in moving.iter().zip(&units).zip(&found.point) {
            let exact = encoding.snap(at, (x * unit).clamp(0.0, 1.0));
            snapped |= encoding.features()[at] != Feature::Continuous;
            moved[at] = exact;
        }
        let reached = if snapped { self.height_at(&moved) } else { -found.value };
        if reached > *height {
            *height = reached;
            *latent = moved;
        }
    }

    /// Takes the best value of each choice and of each discrete feature of few levels, one after the
    /// other.
    fn sweep(&mut self, latent: &mut Latent, height: &mut f64) {
        if self.parts.is_some() {
            return self.sweep_a_part(latent, height);
        }
        for at in 0..self.encoding.len() {
            if levels(self.encoding, at).is_none() {
                continue;
            }
            if !self.encoding.activity(latent)[at] {
                continue;
            }
            let mut alternatives = Candidates::new(self.encoding.len());
            self.alternatives(at, latent, &mut alternatives);
            let heights = self.surface.heights(&alternatives.codes);
            for (other, reached) in alternatives.latent.iter().zip(heights) {
                if reached > *height {
                    *height = reached;
                    latent.clone_from(other);
                }
            }
        }
    }

    /// Appends the places with another code of a feature.
    fn alternatives(&self, at: usize, latent: &Latent, into: &mut Candidates) {
        let encoding = self.encoding;
        let current = encoding.level_of(at, latent[at]);
        let count = levels(encoding, at).unwrap_or(0);
        for level in (0..count).filter(|level| *level != current) {
            let code = encoding.level(at, level);
            if !self.surface.region().contains(at, code) {
                continue;
            }
            let mut other = latent.clone();
            other[at] = code;
            into.push(encoding, other);
        }
    }

    /// Looks at the options of some features together, and takes those that promise more one after the
    /// other, as long as they do.
    fn sweep_a_part(&mut self, latent: &mut Latent, height: &mut f64) {
        let Some(parts) = self.parts.as_ref().filter(|parts| parts.left > 0) else { return };
        let codes = self.encoding.codes(latent);
        let mut alternatives = Candidates::new(self.encoding.len());
        let share = parts.share.max(1).min(parts.left);
        let mut next = parts.next;
        let mut looked_at = Vec::new();
        for _ in 0..parts.order.len() {
            if looked_at.len() >= share {
                break;
            }
            let at = parts.order[next];
            next = (next + 1) % parts.order.len();
            if codes.is_active(at) {
                self.alternatives(at, latent, &mut alternatives);
                looked_at.resize(alternatives.latent.len(), at);
            }
        }
        let heights = self.surface.heights_beside(&codes, &alternatives.codes);
        let mut better: Vec<usize> = (0..heights.len()).filter(|&i| heights[i] > *height).collect();
        better.sort_by(|&a, &b| heights[b].total_cmp(&heights[a]).then(a.cmp(&b)));
        // The best option of each feature.
        let mut seen = Vec::new();
        better.retain(|&i| {
            let first = !seen.contains(&looked_at[i]);
            seen.push(looked_at[i]);
            first
        });
        better.truncate(TRIED);
        for &i in &better {
            let mut other = latent.clone();
            other[looked_at[i]] = alternatives.latent[i][looked_at[i]];
            let reached = self.height_at(&other);
            if reached > *height {
                *height = reached;
                *latent = other;
            }
        }
        if let Some(parts) = &mut self.parts {
            parts.next = next;
            parts.left = parts.left.saturating_sub(looked_at.len() + better.len());
        }
    }
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
fn starts(order: &[usize], heights: &[f64], drawn: usize, random: &mut Stream) -> Vec<usize> {
    let Some(&highest) = order.first() else { return Vec::new() };
    let mut weights: Vec<f64> =
        heights.iter().map(|height| (height - heights[highest]).exp()).collect();
    let mut starts = vec![highest];
    weights[highest] = 0.0;
    for _ in 0..drawn {
        let Some(drawn) = random.choose_weighted(&weights) else { break };
        weights[drawn] = 0.0;
        starts.push(drawn);
    }
    starts
}
