//! Parameters follow any distribution that draws numbers.

use std::f64::consts::{FRAC_PI_2, PI};

use rand_distr::{
    Beta, Binomial, Cauchy, Distribution as Draws, Exp, Gamma, Geometric, LogNormal, Normal, Pareto,
    Poisson, StandardUniform, Triangular, Uniform, Weibull, Zipf,
};
use tunewright::math::random::Stream;
use tunewright::math::special::normal_cdf;
use tunewright::math::statistics::{chi_square, kolmogorov_smirnov};
use tunewright::rand_distr;
use tunewright::space::{AxisKind, Distribution, Domain, Float, Int, Law, Space, Value};

const DRAWS: usize = 100_000;
/// Fixed seeds; a right law fails one of these tests once in a thousand choices of the seed.
const LEVEL: f64 = 1e-3;

fn space_of(domain: &impl Domain) -> Space {
    Space::builder().field("p", domain).build().unwrap()
}

fn distribution_of(domain: &impl Domain) -> Distribution {
    space_of(domain).axes()[0].distribution().clone()
}

/// The largest distance of the quantile function from the law, in probability.
fn miss(distribution: &Distribution, cdf: &impl Fn(f64) -> f64) -> f64 {
    let units = (0..=20_000).map(|at| (f64::from(at) + 0.5) / 20_001.0);
    units.map(|u| (cdf(distribution.from_unit(u)) - u).abs()).fold(0.0, f64::max)
}

fn follows(name: &str, domain: &impl Domain, cdf: impl Fn(f64) -> f64) {
    let space = space_of(domain);
    let mut random = Stream::new(23, 5);
    let mut sample: Vec<f64> =
        (0..DRAWS).map(|_| space.sample(&mut random).get(0).unwrap()).collect();
    let distance = miss(space.axes()[0].distribution(), &cdf);
    let p = kolmogorov_smirnov(&mut sample, &cdf);
    eprintln!("{name}: quantiles off by {distance:.1e}, p = {p:.3}, {} bytes", serde_json::to_string(&space).unwrap().len());
    assert!(distance < 1e-3, "{name}: {distance}");
    assert!(p > LEVEL, "{name}: p = {p}");
}

/// A user's own law: the sine of a random angle, most of it near ±1.
struct Arcsine;

impl Draws<f64> for Arcsine {
    fn sample<R: rand::Rng + ?Sized>(&self, random: &mut R) -> f64 {
        let unit: f64 = StandardUniform.sample(random);
        (PI * (unit - 0.5)).sin()
    }
}

#[test]
fn real_numbers_follow_any_law() {
    follows("beta", &Float::law(Beta::new(2.0, 5.0)), |x| {
        // I_x(2, 5) = P(at least 2 of 6 successes).
        1.0 - (1.0 - x).powi(6) - 6.0 * x * (1.0 - x).powi(5)
    });
    follows("beta of two ends", &Float::law(Beta::new(0.5, 0.5)), |x| {
        x.sqrt().asin() / FRAC_PI_2
    });
    follows("gamma", &Float::law(Gamma::new(3.0, 2.0)), |x| {
        let x = x / 2.0;
        1.0 - (-x).exp() * (1.0 + x + 0.5 * x * x)
    });
    follows("triangular", &Float::law(Triangular::new(-1.0, 3.0, 0.0)), |x| {
        if x < 0.0 { (x + 1.0).powi(2) / 4.0 } else { 1.0 - (3.0 - x).powi(2) / 12.0 }
    });
    follows("weibull", &Float::law(Weibull::new(2.0, 1.5)), |x| 1.0 - (-(x / 2.0).powf(1.5)).exp());
    follows("normal", &Float::law(Normal::new(-3.0, 0.25)), |x| normal_cdf((x + 3.0) / 0.25));
    follows("log-normal", &Float::law(LogNormal::new(-7.0, 1.5)), |x| {
        normal_cdf((x.ln() + 7.0) / 1.5)
    });
    follows("exponential", &Float::law(Exp::new(1e6)), |x| 1.0 - (-1e6 * x).exp());
    follows("uniform", &Float::law(Uniform::new(2.0, 3.0)), |x| x - 2.0);
    follows("cauchy", &Float::law(Cauchy::new(0.0, 1.0)), |x| 0.5 + x.atan() / PI);
    follows("pareto", &Float::law(Pareto::new(1.0, 0.3)), |x| 1.0 - x.powf(-0.3));
    follows("tiny", &Float::law(Gamma::new(0.01, 1.0)), |x| {
        // The lower end of the incomplete gamma function; close enough where x is small.
        (0.01 * x.ln() - tunewright_lgamma(1.01)).exp() * (1.0 - 0.01 / 1.01 * x).max(0.0)
    });
    follows("a law of one's own", &Float::law(Arcsine), |x| 0.5 + x.asin() / PI);
}
fn tunewright_lgamma(_: f64) -> f64 { -0.00569030794606439 }
