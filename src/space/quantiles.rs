//! The quantile function of any law, as straight lines between knots.

use std::sync::Arc;

use crate::error::Problem;

/// A law by the name that people know it by and its quantile function.
///
/// The name tells nothing of the values: two laws are equal if their quantiles are.
#[derive(Clone, Debug)]
pub(super) struct NamedLaw {
    pub(super) name: String,
    pub(super) quantiles: Quantiles,
}

impl PartialEq for NamedLaw {
    fn eq(&self, other: &Self) -> bool {
        self.quantiles == other.quantiles
    }
}

/// Knots (probability, value), ascending in both, from probability 0 to 1.
///
/// Between two knots the probability is spread evenly. Two knots of one value are an atom, a value
/// that has a probability of its own; two knots of one probability enclose values that never occur.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quantiles {
    knots: Arc<[(f64, f64)]>,
}

/// A law that gives a range less than this has practically no mass there.
const LEAST_MASS: f64 = 1e-6;

/// By how much a line may miss the probability of a value, at most and in proportion to the
/// probability of the tail that the value cuts off.
const MISS: f64 = 1e-4;
const MISS_IN_TAIL: f64 = 1.0 / 32.0;

/// Knots of a smooth law: this many between a probability and its half, down to 2^-14 on both sides.
const KNOTS_PER_HALVING: i32 = 16;
const HALVINGS: i32 = 13;

/// From this many equal draws on, a value among continuous ones is an atom.
const ATOM: usize = 16;

impl Quantiles {
    /// From knots that come from elsewhere.
    pub(super) fn new(knots: Vec<(f64, f64)>) -> Result<Self, Problem> {
        let malformed = |reason: String| Err(Problem::Quantiles { reason });
        let (Some(first), Some(last)) = (knots.first(), knots.last()) else {
            return malformed("there are none".into());
        };
        if let Some((p, x)) = knots.iter().find(|(p, x)| !p.is_finite() || !x.is_finite()) {
            return malformed(format!("[{p}, {x}] is not a pair of finite numbers"));
        }
        if first.0 != 0.0 || last.0 != 1.0 {
            let (first, last) = (first.0, last.0);
            return malformed(format!("the probabilities go from {first} to {last}"));
        }
        for pair in knots.windows(2) {
            let ((p, x), (next_p, next_x)) = (pair[0], pair[1]);
            if next_p < p || next_x < x {
                return malformed(format!("[{next_p}, {next_x}] comes after [{p}, {x}]"));
            }
        }
        if first.1 == last.1 {
            return malformed(format!("all values are {}", first.1));
        }
        Ok(Quantiles { knots: knots.into() })
    }

    /// From draws in ascending order. `atoms`: each value has a probability of its own.
    pub(super) fn of_draws(draws: &[f64], atoms: bool) -> Self {
        let share = |count: usize| count as f64 / draws.len() as f64;
        let mut knots: Vec<(f64, f64)> = Vec::new();
        let mut smooth_from = 0;
        let mut start = 0;
        while start < draws.len() {
            let value = draws[start];
            let end = start + draws[start..].partition_point(|draw| *draw <= value);
            if atoms || end - start >= ATOM {
                smooth(&draws[smooth_from..start], share(smooth_from), share(start), &mut knots);
                knots.extend([(share(start), value), (share(end), value)]);
                smooth_from = end;
            }
            start = end;
        }
        smooth(&draws[smooth_from..], share(smooth_from), 1.0, &mut knots);
        Quantiles { knots: knots.into() }
    }

    pub(super) fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }

    /// Whether every value that occurs is an atom.
    pub(super) fn is_discrete(&self) -> bool {
        self.knots.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1)
    }

    /// The lowest and the highest value.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.knots[0].1, self.knots[self.knots.len() - 1].1)
    }

    /// The value below which the share `unit` of the probability lies; `unit` in `[0, 1]`.
    pub(super) fn at(&self, unit: f64) -> f64 {
        let above = self.knots.partition_point(|(p, _)| *p <= unit);
        match (above.checked_sub(1).map(|below| self.knots[below]), self.knots.get(above)) {
            (Some((p, x)), Some(&(next_p, next_x))) => {
                let share = (unit - p) / (next_p - p);
                // Not x + share·(next_x − x), which overflows where the tails are far apart.
                (x * (1.0 - share) + next_x * share).clamp(x, next_x)
            }
            (Some((_, x)), None) | (None, Some(&(_, x))) => x,
            (None, None) => f64::NAN,
        }
    }

    /// The share of the probability below `value`, with half of that of the value itself.
    pub(super) fn cumulative(&self, value: f64) -> f64 {
        let (below, up_to) = self.shares(value);
        0.5 * (below + up_to)
    }

    /// The share of the probability below `value`, and up to and including it.
    fn shares(&self, value: f64) -> (f64, f64) {
        let first = self.knots.partition_point(|(_, x)| *x < value);
        let past = self.knots.partition_point(|(_, x)| *x <= value);
        if first < past {
            return (self.knots[first].0, self.knots[past - 1].0);
        }
        let share = match (first.checked_sub(1).map(|at| self.knots[at]), self.knots.get(first)) {
            (Some((p, x)), Some(&(next_p, next_x))) => {
                let share = (0.5 * value - 0.5 * x) / (0.5 * next_x - 0.5 * x);
                p + share * (next_p - p)
            }
            (None, _) => 0.0,
            (_, None) => 1.0,
        };
        (share, share)
    }

    /// The law under the condition that the value lies between `low` and `high`; `None` if it
    /// practically never does.
    pub(super) fn within(&self, low: f64, high: f64) -> Option<Self> {
        let (first, last) = self.ends();
        if low <= first && last <= high {
            return Some(self.clone());
        }
        let (start, end) = (self.shares(low).0, self.shares(high).1);
        let width = end - start;
        if width < LEAST_MASS || low >= high {
            return None;
        }
        let inside = self.knots.iter().copied().filter(|(_, x)| (low..=high).contains(x));
        let mut knots: Vec<(f64, f64)> = Vec::with_capacity(self.knots.len() + 2);
        // Where a line crosses a bound, the bound is a knot.
        let crosses = |value: f64, share: f64| {
            let at = self.knots.partition_point(|(_, x)| *x < value);
            let (before, after) = (at.checked_sub(1).map(|at| self.knots[at]), self.knots.get(at));
            before.zip(after).filter(|(b, a)| b.0 < share && share < a.0).map(|_| (share, value))
        };
        knots.extend(crosses(low, start));
        knots.extend(inside);
        knots.extend(crosses(high, end));
        let last = knots.len().checked_sub(1)?;
        for knot in &mut knots {
            knot.0 = ((knot.0 - start) / width).clamp(0.0, 1.0);
        }
        (knots[0].0, knots[last].0) = (0.0, 1.0);
        Some(Quantiles { knots: knots.into() })
    }
}

/// Adds the knots of draws between which probability is spread, from probability `from` to `to`.
fn smooth(draws: &[f64], from: f64, to: f64, knots: &mut Vec<(f64, f64)>) {
    let (Some(first), Some(last)) = (draws.first(), draws.last()) else { return };
    let mut found = vec![(from, *first)];
    for p in probabilities().filter(|p| from < *p && *p < to) {
        let place = ((p - from) / (to - from) * draws.len() as f64 - 0.5).max(0.0);
        let at = (place as usize).min(draws.len() - 1);
        let next = (at + 1).min(draws.len() - 1);
        let share = place - at as f64;
        let value = draws[at] * (1.0 - share) + draws[next] * share;
        found.push((p, value.clamp(draws[at], draws[next])));
    }
    found.push((to, *last));
    knots.extend(simplified(&found));
}

/// Probabilities that lie the closer the nearer they are to 0 and 1, ascending.
fn probabilities() -> impl Iterator<Item = f64> {
    let tail = |at: i32| {
        let (halving, part) = (at / KNOTS_PER_HALVING, at % KNOTS_PER_HALVING);
        let share = 1.0 + f64::from(part) / f64::from(KNOTS_PER_HALVING);
        share * 2f64.powi(halving - HALVINGS - 1)
    };
    let count = HALVINGS * KNOTS_PER_HALVING;
    (0..count).map(tail).chain([0.5]).chain((0..count).rev().map(move |at| 1.0 - tail(at)))
}

/// As few of the knots as lines need that miss the others by little.
fn simplified(knots: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let hits = |from: usize, to: usize| {
        let ((p, x), (end_p, end_x)) = (knots[from], knots[to]);
        knots[from + 1..to].iter().all(|(mid_p, mid_x)| {
            let share = (0.5 * mid_x - 0.5 * x) / (0.5 * end_x - 0.5 * x);
            let tail = mid_p.min(1.0 - mid_p);
            (p + share * (end_p - p) - mid_p).abs() <= MISS.min(MISS_IN_TAIL * tail)
        })
    };
    let mut kept = vec![knots[0]];
    let mut from = 0;
    while from + 1 < knots.len() {
        let mut to = from + 1;
        while to + 1 < knots.len() && hits(from, to + 1) {
            to += 1;
        }
        kept.push(knots[to]);
        from = to;
    }
    kept
}
