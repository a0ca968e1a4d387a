//! The expected improvement of a weighted Chebyshev value, for more goals than the hypervolume can be
//! computed for in time.
//!
//! With losses Yᵢ that are independent and normal, and s(y) = maxᵢ wᵢ(yᵢ − zᵢ) for weights wᵢ and an
//! ideal point z,
//!
//! E max(s* − s(Y), 0) = ∫ P(s(Y) ≤ t) dt up to s* = ∫ Πᵢ Φ((zᵢ + t/wᵢ − μᵢ)/σᵢ) dt.
//!
//! Where only points with Yᵢ ≤ cᵢ count, P(s(Y) ≤ t, Y ≤ c) takes the place of P(s(Y) ≤ t): the lower of
//! zᵢ + t/wᵢ and cᵢ that of zᵢ + t/wᵢ. The integrand falls from t = s* downwards. (Weights drawn anew for each trial, as in Knowles 2006,
//! ParEGO, IEEE Trans. Evol. Comput. 10; there with one process for s.)

use crate::math::special::{inverse_mills, log_normal_cdf};

/// The expected improvement over the lowest s(y) of some points.
#[derive(Clone, Debug)]
pub struct ScalarizedImprovement {
    ideal: Vec<f64>,
    weights: Vec<f64>,
    caps: Vec<f64>,
    lowest: f64,
}

/// Steps of the midpoint rule.
const STEPS: usize = 96;
/// How far down it goes: until the integrand has fallen by this power of e, and how many of the widest
/// weighted deviations below what is expected.
const FALLS: f64 = 12.0;
const SPREADS: f64 = 8.0;

impl ScalarizedImprovement {
    /// Weights are positive, one for each goal. Only points whose losses are `caps` at most count; without any
    /// the improvement is that over `worst`.
    pub fn new<L: AsRef<[f64]>>(
        points: &[L],
        (ideal, weights): (&[f64], &[f64]),
        caps: &[f64],
        worst: &[f64],
    ) -> ScalarizedImprovement {
        let (ideal, weights, caps) = (ideal.to_vec(), weights.to_vec(), caps.to_vec());
        let mut improvement = ScalarizedImprovement { ideal, weights, caps, lowest: f64::INFINITY };
        let points = points.iter().map(AsRef::as_ref);
        let within =
            |losses: &&[f64]| losses.iter().zip(&improvement.caps).all(|(loss, cap)| loss <= cap);
        let values = points.filter(within).map(|losses| improvement.value(losses));
        let lowest = values.fold(f64::INFINITY, f64::min);
        improvement.lowest = if lowest < f64::INFINITY { lowest } else { improvement.value(worst) };
        improvement
    }

    /// The number of goals.
    pub fn goals(&self) -> usize {
        self.weights.len()
    }

    /// s(y).
    pub fn value(&self, losses: &[f64]) -> f64 {
        let scaled = losses.iter().zip(&self.ideal).zip(&self.weights);
        scaled.map(|((loss, ideal), weight)| weight * (loss - ideal)).fold(f64::MIN, f64::max)
    }

    /// What a point with these losses improves, 0 if it does not, or a loss is above its cap.
    pub fn gain(&self, losses: &[f64]) -> f64 {
        let is_capped = losses.iter().zip(&self.caps).any(|(loss, cap)| loss > cap);
        if is_capped { 0.0 } else { (self.lowest - self.value(losses)).max(0.0) }
    }

    /// ln E max(s* − s(Y), 0) for means and deviations of the goals, and its derivatives. Deviations are
    /// positive. Relative accuracy is about 1e-3, with caps 1e-2, which a search does not notice.
    pub fn log_expected_with_gradient(
        &self,
        means: &[f64],
        deviations: &[f64],
        by_mean: &mut [f64],
        by_deviation: &mut [f64],
    ) -> f64 {
        by_mean.fill(0.0);
        by_deviation.fill(0.0);
        let bound = |t: f64, at: usize| self.ideal[at] + t / self.weights[at];
        let z = |t: f64, at: usize| (bound(t, at).min(self.caps[at]) - means[at]) / deviations[at];
        let log_at = |t: f64| -> f64 { (0..self.goals()).map(|at| log_normal_cdf(z(t, at))).sum() };
        // Where the value is expected above the lowest, the integrand falls from its top at a rate; else it
        // is flat down to what is expected, and falls over the widest spread.
        let expected = self.lowest - self.value(means);
        let is_capped = |at: usize| bound(self.lowest, at) > self.caps[at];
        let rates = (0..self.goals())
            .filter(|at| !is_capped(*at))
            .map(|at| inverse_mills(z(self.lowest, at)) / (self.weights[at] * deviations[at]));
        let rate: f64 = rates.sum();
        let reach = if expected > 0.0 || rate == 0.0 {
            let spreads = (0..self.goals()).map(|at| self.weights[at] * deviations[at]);
            expected.abs() + SPREADS * spreads.fold(0.0, f64::max)
        } else {
            FALLS / rate
        };
        let step = reach / STEPS as f64;
        let mut logs = [0.0; STEPS];
        let mut top = f64::NEG_INFINITY;
        for (at, log) in logs.iter_mut().enumerate() {
            *log = log_at(self.lowest - (at as f64 + 0.5) * step);
            top = top.max(*log);
        }
        if !top.is_finite() {
            return f64::NEG_INFINITY;
        }
        let sum: f64 = logs.iter().map(|log| (log - top).exp()).sum();
        for (node, log) in logs.iter().enumerate() {
            let share = (log - top).exp() / sum;
            let t = self.lowest - (node as f64 + 0.5) * step;
            for at in 0..self.goals() {
                let z = z(t, at);
                let slope = share * inverse_mills(z) / deviations[at];
                by_mean[at] -= slope;
                by_deviation[at] -= slope * z;
            }
        }
        top + sum.ln() + step.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::improvement::log_improvement;
    use crate::math::random::Stream;

    #[test]
    fn of_one_goal_it_is_the_expected_improvement() {
        for mean in [-3.0, -0.5, 0.2, 1.0, 4.0, 9.0] {
            let improvement =
                ScalarizedImprovement::new(&[[0.5]], (&[-2.0], &[0.7]), &[f64::INFINITY], &[9.0]);
            let (mut by_mean, mut by_deviation) = ([0.0], [0.0]);
            let found = improvement.log_expected_with_gradient(
                &[mean],
                &[0.8],
                &mut by_mean,
                &mut by_deviation,
            );
            let exact = (0.7 * 0.8f64).ln() + log_improvement((0.5 - mean) / 0.8).0;
            assert!((found - exact).abs() < 5e-3, "{mean}: {found} {exact}");
        }
    }

    #[test]
    fn a_known_point_gains_what_its_value_is_lower_within_the_caps() {
        let points = [[1.0, 0.5], [0.2, 3.0]];
        let (ideal, weights, caps) = ([0.0, 0.0], [1.0, 2.0], [f64::INFINITY, 2.0]);
        let improvement = ScalarizedImprovement::new(&points, (&ideal, &weights), &caps, &[9.0; 2]);
        // The second point is beyond its cap; the first has the value 1.
        assert!((improvement.gain(&[0.4, 0.3]) - 0.4).abs() < 1e-15);
        assert_eq!(improvement.gain(&[0.4, 0.6]), 0.0);
        assert_eq!(improvement.gain(&[-9.0, 2.5]), 0.0);
    }

    #[test]
    fn of_six_goals_it_is_what_draws_give_and_the_gradient_is_that_of_differences() {
        let mut random = Stream::new(4, 0);
        let goals = 6;
        let draw = |random: &mut Stream| (0..goals).map(|_| random.unit()).collect::<Vec<f64>>();
        let points: Vec<Vec<f64>> = (0..20).map(|_| draw(&mut random)).collect();
        let weights: Vec<f64> = draw(&mut random).iter().map(|weight| 0.2 + weight).collect();
        let means: Vec<f64> = draw(&mut random).iter().map(|mean| 0.4 * mean).collect();
        let deviations: Vec<f64> =
            draw(&mut random).iter().map(|spread| 0.1 + 0.2 * spread).collect();
        // Some are capped, and then all where nothing is within the caps.
        let free = [f64::INFINITY; 6];
        let some = [0.5, f64::INFINITY, f64::INFINITY, 0.2, f64::INFINITY, f64::INFINITY];
        for caps in [free, some, [0.3; 6]] {
            let place = (means.as_slice(), deviations.as_slice());
            compare_with_draws(&points, &weights, &caps, place, &mut random);
        }
    }

    fn compare_with_draws(
        points: &[Vec<f64>],
        weights: &[f64],
        caps: &[f64],
        (means, deviations): (&[f64], &[f64]),
        random: &mut Stream,
    ) {
        let goals = weights.len();
        let (ideal, worst) = (vec![-0.1; goals], vec![1.0; goals]);
        let improvement = ScalarizedImprovement::new(points, (&ideal, weights), caps, &worst);
        let log = |means: &[f64], deviations: &[f64]| {
            let mut unused = [vec![0.0; goals], vec![0.0; goals]];
            let [by_mean, by_deviation] = &mut unused;
            improvement.log_expected_with_gradient(means, deviations, by_mean, by_deviation)
        };
        let draws = 200_000;
        let gain: f64 = (0..draws)
            .map(|_| {
                let losses: Vec<f64> =
                    means.iter().zip(deviations).map(|(m, s)| m + s * random.normal()).collect();
                let is_within = losses.iter().zip(caps).all(|(loss, cap)| loss <= cap);
                let gain = (improvement.lowest - improvement.value(&losses)).max(0.0);
                if is_within { gain } else { 0.0 }
            })
            .sum();
        let expected = gain / f64::from(draws);
        let found = log(means, deviations).exp();
        assert!((found / expected - 1.0).abs() < 0.03, "{caps:?}: {found} {expected}");
        let (mut by_mean, mut by_deviation) = (vec![0.0; goals], vec![0.0; goals]);
        improvement.log_expected_with_gradient(means, deviations, &mut by_mean, &mut by_deviation);
        // At a cap the integrand has a kink, which the steps meet differently as they move.
        let close = if caps.iter().all(|cap| *cap == f64::INFINITY) { 0.03 } else { 0.2 };
        for at in 0..goals {
            let h = 1e-5;
            let moved = |values: &[f64], by: f64| {
                let mut values = values.to_vec();
                values[at] += by;
                values
            };
            let slope = (log(&moved(means, h), deviations) - log(&moved(means, -h), deviations))
                / (2.0 * h);
            assert!(
                (slope - by_mean[at]).abs() < close * slope.abs().max(1.0),
                "{slope} {by_mean:?}"
            );
            let slope = (log(means, &moved(deviations, h)) - log(means, &moved(deviations, -h)))
                / (2.0 * h);
            assert!(
                (slope - by_deviation[at]).abs() < close * slope.abs().max(1.0),
                "{slope} {by_deviation:?}"
            );
        }
    }
}
