//! Functions with known optima, as objectives for samplers to be measured on.
//!
//! Definitions and optima as in Surjanovic and Bingham, Virtual library of simulation experiments.
//! All are to be minimized.

use std::f64::consts::{E, PI};

use crate::space::{Params, Scale, Space};

/// A function over a box.
#[derive(Clone, Debug)]
pub struct Problem {
    name: &'static str,
    space: Space,
    evaluate: fn(&[f64]) -> f64,
    optimum: f64,
}

impl Problem {
    fn new(
        name: &'static str,
        bounds: &[(f64, f64)],
        optimum: f64,
        evaluate: fn(&[f64]) -> f64,
    ) -> Self {
        let builder = bounds.iter().enumerate().fold(Space::builder(), |builder, (i, bounds)| {
            builder.float(&format!("x{i}"), bounds.0..=bounds.1, Scale::Linear)
        });
        let space = builder.build().unwrap_or_else(|error| panic!("{name}: {error}"));
        Problem { name, space, evaluate, optimum }
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its box.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Its least value.
    pub fn optimum(&self) -> f64 {
        self.optimum
    }

    /// Its value at the natural coordinates `x`.
    pub fn at(&self, x: &[f64]) -> f64 {
        (self.evaluate)(x)
    }

    /// Its value at a config of its space.
    pub fn evaluate(&self, config: &Params) -> f64 {
        let x: Vec<f64> = config.iter().filter_map(|(_, value)| value.as_f64()).collect();
        self.at(&x)
    }
}

/// Branin, 2 dimensions, three global minima.
pub fn branin() -> Problem {
    Problem::new("Branin", &[(-5.0, 10.0), (0.0, 15.0)], 0.397_887_357_729_739, |x| {
        let a = x[1] - 5.1 / (4.0 * PI * PI) * x[0] * x[0] + 5.0 / PI * x[0] - 6.0;
        a * a + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x[0].cos() + 10.0
    })
}

/// Hartmann, 6 dimensions, six local minima.
pub fn hartmann6() -> Problem {
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    Problem::new("Hartmann6", &[(0.0, 1.0); 6], -3.322_368_011_415_515, |x| {
        let term = |i: usize| {
            let square = |j: usize| A[i][j] * (x[j] - P[i][j]).powi(2);
            ALPHA[i] * (-(0..6).map(square).sum::<f64>()).exp()
        };
        -(0..4).map(term).sum::<f64>()
    })
}

/// Ackley on [-32.768, 32.768] in `dimensions` dimensions: a deep hole in a rippled plain.
pub fn ackley(dimensions: usize) -> Problem {
    Problem::new("Ackley", &vec![(-32.768, 32.768); dimensions], 0.0, |x| {
        let mean = |f: fn(f64) -> f64| x.iter().map(|&v| f(v)).sum::<f64>() / x.len() as f64;
        let radius = mean(|v| v * v).sqrt();
        let ripples = mean(|v| (2.0 * PI * v).cos());
        -20.0 * (-0.2 * radius).exp() - ripples.exp() + 20.0 + E
    })
}

/// Levy on [-10, 10] in `dimensions` dimensions.
pub fn levy(dimensions: usize) -> Problem {
    Problem::new("Levy", &vec![(-10.0, 10.0); dimensions], 0.0, |x| {
        let w: Vec<f64> = x.iter().map(|v| 1.0 + (v - 1.0) / 4.0).collect();
        let (first, last) = (w[0], w[w.len() - 1]);
        let inner: f64 = w[..w.len() - 1]
            .iter()
            .map(|w| (w - 1.0).powi(2) * (1.0 + 10.0 * (PI * w + 1.0).sin().powi(2)))
            .sum();
        (PI * first).sin().powi(2)
            + inner
            + (last - 1.0).powi(2) * (1.0 + (2.0 * PI * last).sin().powi(2))
    })
}

/// Styblinski–Tang on [-5, 5] in `dimensions` dimensions; 2^dimensions local minima.
pub fn styblinski_tang(dimensions: usize) -> Problem {
    let optimum = -39.166_165_703_771_41 * dimensions as f64;
    Problem::new("Styblinski-Tang", &vec![(-5.0, 5.0); dimensions], optimum, |x| {
        0.5 * x.iter().map(|v| v.powi(4) - 16.0 * v * v + 5.0 * v).sum::<f64>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optima_are_where_they_are_said_to_be() {
        let cases: [(Problem, Vec<f64>); 5] = [
            (branin(), vec![PI, 2.275]),
            (hartmann6(), vec![0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]),
            (ackley(7), vec![0.0; 7]),
            (levy(4), vec![1.0; 4]),
            (styblinski_tang(3), vec![-2.903534; 3]),
        ];
        for (problem, at) in cases {
            let value = problem.at(&at);
            assert!(
                (value - problem.optimum()).abs() < 1e-5,
                "{}: {value} is not {}",
                problem.name(),
                problem.optimum()
            );
        }
    }
}
