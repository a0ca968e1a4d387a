//! Minimization of a smooth function in a box: limited-memory BFGS on the free variables.
//!
//! 1. Variables that sit on a bound with the gradient pushing outwards are held; the others are
//!    free (Bertsekas 1982, SIAM J. Control Optim. 20, 221–246).
//! 2. The direction is −H∇f on the free variables, with H from the last few steps (two-loop
//!    recursion, Nocedal and Wright 2006, algorithm 7.4), or steepest descent where that does not
//!    descend.
//! 3. The step is projected onto the box and shortened until the function has decreased enough
//!    (Armijo's rule along the projected path), or lengthened while it still falls steeply, so
//!    that the next pair of differences has positive curvature.
//!
//! A function value that is not finite counts as too high, so that the search backs off from it. A
//! line search that finds no decrease drops the memory and tries steepest descent; when that fails
//! as well, the best point so far is the result. The function is never asked outside the box.

use super::linalg::{axpy, dot};

/// When to stop, and how much to remember.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Pairs of differences that are kept.
    pub memory: usize,
    /// Most steps.
    pub iterations: usize,
    /// Largest absolute entry of the projected gradient that counts as zero.
    pub gradient_tolerance: f64,
    /// Decrease by a step, relative to max(|f|, 1), below which the search stops.
    pub decrease_tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { memory: 8, iterations: 100, gradient_tolerance: 1e-6, decrease_tolerance: 1e-12 }
    }
}

/// Where a minimization ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The best point, inside the box.
    pub point: Vec<f64>,
    /// The function there; as at the start, perhaps not finite, if nothing better was found.
    pub value: f64,
    /// How often the function was evaluated.
    pub evaluations: usize,
}

/// The smallest accepted decrease, as a share of what the slope predicts.
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// Share of the slope that must be gone for a step to be long enough.
const CURVATURE: f64 = 0.9;
/// Evaluations in one line search.
const STEPS: usize = 20;

/// Minimizes `f` over the box from `lower` to `upper` (inclusive, as long as `start`), beginning at
/// `start`, which is moved into the box. `f(x, gradient)` returns the value and writes the
/// gradient.
pub fn minimize(
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: &[f64],
    lower: &[f64],
    upper: &[f64],
    options: &Options,
) -> Minimum {
    let n = start.len();
    let mut x = start.to_vec();
    project(&mut x, lower, upper);
    let mut gradient = vec![0.0; n];
    let mut value = f(&x, &mut gradient);
    let mut evaluations = 1;
    let mut memory = Memory::new(options.memory);
    let mut direction = vec![0.0; n];
    let mut free = vec![true; n];
    let mut next = Trial::new(n);
    for _ in 0..options.iterations {
        if !value.is_finite() || gradient.iter().any(|slope| !slope.is_finite()) {
            break;
        }
        let mut largest: f64 = 0.0;
        for i in 0..n {
            let held = (x[i] <= lower[i] && gradient[i] > 0.0)
                || (x[i] >= upper[i] && gradient[i] < 0.0)
                || lower[i] >= upper[i];
            free[i] = !held;
            if !held {
                let moved = (x[i] - gradient[i]).clamp(lower[i], upper[i]) - x[i];
                largest = largest.max(moved.abs());
            }
        }
        if largest < options.gradient_tolerance {
            break;
        }
        memory.direction(&gradient, &free, &mut direction);
        let slope = dot(&direction, &gradient);
        let steepest = memory.is_empty() || !(slope < 0.0 && slope.is_finite());
        if steepest {
            memory.clear();
            steepest_descent(&gradient, &free, &mut direction);
        }
        let mut search = LineSearch { x: &x, value, gradient: &gradient, lower, upper };
        let mut found = search.run(&mut f, &direction, &mut next, &mut evaluations);
        if !found && !steepest {
            memory.clear();
            steepest_descent(&gradient, &free, &mut direction);
            found = search.run(&mut f, &direction, &mut next, &mut evaluations);
        }
        if !found {
            break;
        }
        memory.add(&x, &gradient, &next.x, &next.gradient);
        let decrease = value - next.value;
        std::mem::swap(&mut x, &mut next.x);
        std::mem::swap(&mut gradient, &mut next.gradient);
        value = next.value;
        if decrease <= options.decrease_tolerance * value.abs().max(1.0) {
            break;
        }
    }
    Minimum { point: x, value, evaluations }
}

fn project(x: &mut [f64], lower: &[f64], upper: &[f64]) {
    for ((x, &low), &high) in x.iter_mut().zip(lower).zip(upper) {
        // Not clamp, which panics on an empty interval; NaN goes to the lower bound.
        *x = if *x > low { if *x < high { *x } else { high } } else { low };
    }
}

/// −∇f on the free variables, at most of length one: nothing is known of the scale yet.
fn steepest_descent(gradient: &[f64], free: &[bool], direction: &mut [f64]) {
    for i in 0..gradient.len() {
        direction[i] = if free[i] { -gradient[i] } else { 0.0 };
    }
    let length = dot(direction, direction).sqrt();
    if length > 1.0 {
        direction.iter_mut().for_each(|d| *d /= length);
    }
}

struct Trial {
    x: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

impl Trial {
    fn new(n: usize) -> Self {
        Trial { x: vec![0.0; n], gradient: vec![0.0; n], value: f64::INFINITY }
    }
}

struct LineSearch<'a> {
    x: &'a [f64],
    value: f64,
    gradient: &'a [f64],
    lower: &'a [f64],
    upper: &'a [f64],
}

impl LineSearch<'_> {
    /// Looks for a step with sufficient decrease; `false` if there is none. The step's end is left
    /// in `next`.
    fn run(
        &mut self,
        f: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
        direction: &[f64],
        next: &mut Trial,
        evaluations: &mut usize,
    ) -> bool {
        let start_slope = dot(direction, self.gradient);
        let (mut step, mut too_long) = (1.0, f64::INFINITY);
        // The longest step so far with sufficient decrease.
        let mut kept: Option<Trial> = None;
        for _ in 0..STEPS {
            let mut moved = 0.0;
            let mut clipped = false;
            for i in 0..self.x.len() {
                let target = self.x[i] + step * direction[i];
                let inside = target.max(self.lower[i]).min(self.upper[i]);
                clipped |= inside != target;
                next.x[i] = inside;
                moved += (inside - self.x[i]) * self.gradient[i];
            }
            if next.x == self.x {
                break;
            }
            next.value = f(&next.x, &mut next.gradient);
            *evaluations += 1;
            let finite = next.value.is_finite() && next.gradient.iter().all(|g| g.is_finite());
            let enough = finite && next.value <= self.value + SUFFICIENT_DECREASE * moved.min(0.0);
            let improved = kept.as_ref().is_none_or(|kept| next.value < kept.value);
            if !(enough && improved && next.value < self.value) {
                too_long = step;
                if kept.is_some() {
                    break;
                }
                step *= shorter(self.value, start_slope * step, next.value, finite);
                continue;
            }
            let slope = dot(direction, &next.gradient);
            if slope >= CURVATURE * start_slope || clipped || too_long.is_finite() {
                return true;
            }
            // Still falling steeply: remember this one and go on.
            let longer = Trial::new(next.x.len());
            kept = Some(std::mem::replace(next, longer));
            step *= 3.0;
        }
        match kept {
            Some(trial) => {
                *next = trial;
                true
            }
            None => false,
        }
    }
}

/// Factor for the next, shorter step: the minimum of the parabola through both values and the
/// slope, within [0.1, 0.5].
fn shorter(value: f64, slope: f64, next: f64, finite: bool) -> f64 {
    if !finite {
        return 0.1;
    }
    let factor = -slope / (2.0 * (next - value - slope));
    if factor.is_finite() { factor.clamp(0.1, 0.5) } else { 0.5 }
}

/// The last differences of points and gradients.
struct Memory {
    limit: usize,
    pairs: Vec<Pair>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

impl Memory {
    fn new(limit: usize) -> Self {
        Memory { limit, pairs: Vec::with_capacity(limit) }
    }

    fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn clear(&mut self) {
        self.pairs.clear();
    }

    fn add(&mut self, x: &[f64], gradient: &[f64], next_x: &[f64], next_gradient: &[f64]) {
        let step: Vec<f64> = next_x.iter().zip(x).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        // Without positive curvature H would not stay positive definite.
        if self.limit == 0 || curvature <= 1e-10 * dot(&change, &change) || !curvature.is_finite() {
            return;
        }
        if self.pairs.len() == self.limit {
            self.pairs.remove(0);
        }
        self.pairs.push(Pair { step, change });
    }

    /// −H∇f on the free variables; zero on the others.
    fn direction(&self, gradient: &[f64], free: &[bool], out: &mut [f64]) {
        for i in 0..gradient.len() {
            out[i] = if free[i] { -gradient[i] } else { 0.0 };
        }
        let mut factors = vec![(0.0, 0.0); self.pairs.len()];
        let mut scale = None;
        for (pair, factor) in self.pairs.iter().zip(&mut factors).rev() {
            // Curvature as the free variables see it.
            let (mut curvature, mut size) = (0.0, 0.0);
            for i in 0..free.len() {
                if free[i] {
                    curvature += pair.step[i] * pair.change[i];
                    size += pair.change[i] * pair.change[i];
                }
            }
            if curvature <= 1e-10 * size || size == 0.0 {
                continue;
            }
            let a = dot(&pair.step, out) / curvature;
            axpy(-a, &pair.change, out);
            mask(out, free);
            *factor = (a, curvature);
            scale = scale.or(Some(curvature / size));
        }
        let scale = scale.unwrap_or(1.0);
        out.iter_mut().for_each(|d| *d *= scale);
        for (pair, &(a, curvature)) in self.pairs.iter().zip(&factors) {
            if curvature > 0.0 {
                let b = dot(&pair.change, out) / curvature;
                axpy(a - b, &pair.step, out);
                mask(out, free);
            }
        }
    }
}

fn mask(values: &mut [f64], free: &[bool]) {
    for (value, &free) in values.iter_mut().zip(free) {
        if !free {
            *value = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut sum = 0.0;
        for i in 0..x.len() - 1 {
            let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            sum += 100.0 * a * a + b * b;
            gradient[i] += -400.0 * a * x[i] - 2.0 * b;
            gradient[i + 1] += 200.0 * a;
        }
        sum
    }

    fn tight() -> Options {
        Options { iterations: 1000, gradient_tolerance: 1e-9, decrease_tolerance: 0.0, memory: 10 }
    }

    #[test]
    fn rosenbrock_is_solved_in_few_evaluations() {
        let (low, high) = ([-5.0; 10], [5.0; 10]);
        let start: Vec<f64> = (0..10).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
        let found = minimize(rosenbrock, &start, &low, &high, &tight());
        assert!(found.value < 1e-15 || (found.value - 3.986579).abs() < 1e-3, "{found:?}");
        assert!(found.evaluations < 250, "{}", found.evaluations);
    }

    #[test]
    fn bounds_that_are_active_at_the_optimum_are_kept() {
        // min (x − 2)² + (y − x)² with x ≤ 1 has its optimum at (1, 1).
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = 2.0 * (x[0] - 2.0) - 2.0 * (x[1] - x[0]);
            g[1] = 2.0 * (x[1] - x[0]);
            (x[0] - 2.0).powi(2) + (x[1] - x[0]).powi(2)
        };
        let found = minimize(f, &[-3.0, 4.0], &[-5.0, -5.0], &[1.0, 5.0], &tight());
        assert!((found.point[0] - 1.0).abs() < 1e-9 && (found.point[1] - 1.0).abs() < 1e-7);
    }

    #[test]
    fn ill_conditioned_quadratic_with_half_the_bounds_active() {
        let n = 20;
        let weight = |i: usize| 10f64.powf(6.0 * i as f64 / (n - 1) as f64);
        let centre = |i: usize| if i.is_multiple_of(2) { 0.5 } else { 2.0 };
        let f = |x: &[f64], g: &mut [f64]| {
            (0..n)
                .map(|i| {
                    g[i] = 2.0 * weight(i) * (x[i] - centre(i));
                    weight(i) * (x[i] - centre(i)).powi(2)
                })
                .sum()
        };
        let found = minimize(f, &vec![0.1; n], &vec![0.0; n], &vec![1.0; n], &tight());
        let expected: f64 = (0..n).filter(|i| i % 2 == 1).map(weight).sum();
        assert!((found.value - expected).abs() < 1e-8 * expected, "{} {expected}", found.value);
    }

    #[test]
    fn results_are_defined_where_the_function_is_not() {
        let options = Options::default();
        let nan = |_: &[f64], g: &mut [f64]| {
            g.fill(f64::NAN);
            f64::NAN
        };
        let found = minimize(nan, &[0.5], &[0.0], &[1.0], &options);
        assert_eq!((found.point, found.evaluations), (vec![0.5], 1));
        // A wall at 0.6 on the way to the optimum at 1.
        let wall = |x: &[f64], g: &mut [f64]| {
            g[0] = -1.0;
            if x[0] > 0.6 { f64::INFINITY } else { -x[0] }
        };
        let found = minimize(wall, &[0.1], &[0.0], &[1.0], &options);
        assert!(found.value < -0.5 && found.point[0] <= 0.6);
        // A gradient that lies.
        let liar = |x: &[f64], g: &mut [f64]| {
            g[0] = -1.0;
            x[0]
        };
        assert_eq!(minimize(liar, &[0.5], &[0.0], &[1.0], &options).point, [0.5]);
        let flat = |_: &[f64], g: &mut [f64]| {
            g.fill(0.0);
            1.0
        };
        assert_eq!(minimize(flat, &[9.0], &[0.0], &[1.0], &options).point, [1.0]);
        assert_eq!(minimize(flat, &[], &[], &[], &options).evaluations, 1);
    }
}
