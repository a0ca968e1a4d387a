//! Fields that follow any distribution that draws numbers.

use tunewright::rand::Rng;
use tunewright::rand_distr::{Beta, Distribution, Poisson, StandardUniform, Triangular, Weibull};
use tunewright::sampler::Stream;
use tunewright::space::{SearchSpace, TypedSpace};
use tunewright::{Tunable, rand_distr};

use crate::fit::{chi_square, kolmogorov_smirnov};

const DRAWS: usize = 50_000;

/// Twice as likely at 1 as in the middle.
struct Ramp;

impl Distribution<f64> for Ramp {
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f64 {
        let unit: f64 = StandardUniform.sample(random);
        unit.sqrt()
    }
}

const SHAPE: f64 = 1.5;

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Config {
    #[tune(law = Beta::new(2.0, 2.0))]
    beta: f64,
    #[tune(law = rand_distr::Gamma::new(1.0, 3.0)?, range = 0.0..=9.0, default = 2.5)]
    gamma: f64,
    #[tune(law = Triangular::new(0.0, 1.0, 1.0)?)]
    triangular: f32,
    #[tune(law = Weibull::new(2.0, SHAPE)?.map(|x: f64| -x))]
    weibull: f64,
    #[tune(law = Ramp)]
    own: f64,
    #[tune(law = Poisson::new(2.0), range = 0..=6)]
    bounded: u8,
    #[tune(law = Poisson::new(2.0))]
    free: usize,
    #[tune(law = Ramp, range = 0.0..=1.0, step = 0.25)]
    stepped: f64,
    #[tune(law = Ramp)]
    several: Option<[f64; 2]>,
}

#[derive(Tunable)]
struct Wrong {
    #[tune(law = Beta::new(2.0, -5.0))]
    beta: f64,
    #[tune(law = rand_distr::Gamma::new(0.0, 1.0)?)]
    gamma: f64,
    #[tune(law = Poisson::new(3.0))]
    poisson: f64,
}

#[test]
fn fields_follow_their_laws() {
    let typed = TypedSpace::<Config>::new().unwrap();
    let mut random = Stream::new(31, 0);
    let configs: Vec<Config> =
        (0..DRAWS).map(|_| typed.decode(&typed.space().sample(&mut random)).unwrap()).collect();
    let follows = |name: &str, get: fn(&Config) -> f64, cdf: fn(f64) -> f64| {
        let mut values: Vec<f64> = configs.iter().map(get).collect();
        let p = kolmogorov_smirnov(&mut values, cdf);
        assert!(p > 1e-3, "{name}: p = {p}");
    };
    follows("beta", |c| c.beta, |x| x * x * (3.0 - 2.0 * x));
    follows("gamma", |c| c.gamma, |x| (1.0 - (-x / 3.0).exp()) / (1.0 - (-3f64).exp()));
    follows("triangular", |c| c.triangular.into(), |x| x * x);
    follows("weibull", |c| c.weibull, |x| (-(-x / 2.0).powf(SHAPE)).exp());
    follows("own", |c| c.own, |x| x * x);
    let counts = |get: fn(&Config) -> usize, values: usize| {
        (0..values)
            .map(|value| configs.iter().filter(|config| get(config) == value).count() as u64)
            .collect::<Vec<u64>>()
    };
    let observed = counts(|c| c.bounded.into(), 7);
    let weights = [1.0, 2.0, 2.0, 4.0 / 3.0, 2.0 / 3.0, 4.0 / 15.0, 4.0 / 45.0];
    let total: f64 = weights.iter().sum();
    let p = chi_square(&observed, &weights.map(|weight| weight / total * DRAWS as f64));
    assert!(p > 1e-3, "p = {p}: {observed:?}");
    let mean = configs.iter().map(|config| config.free as f64).sum::<f64>() / DRAWS as f64;
    assert!((mean - 2.0).abs() < 0.03, "{mean}");
    let observed = counts(|c| (4.0 * c.stepped) as usize, 5);
    let edges = [0.0, 0.125, 0.375, 0.625, 0.875, 1.0];
    let weights: Vec<f64> =
        edges.windows(2).map(|e| (e[1] * e[1] - e[0] * e[0]) * DRAWS as f64).collect();
    let p = chi_square(&observed, &weights);
    assert!(p > 1e-3, "p = {p}: {observed:?}");
}

#[test]
fn configs_come_back_and_laws_have_their_names() {
    let typed = TypedSpace::<Config>::new().unwrap();
    let default = typed.decode(&typed.space().default_point()).unwrap();
    assert_eq!(default.gamma, 2.5);
    assert!((default.beta - 0.5).abs() < 1e-3);
    assert_eq!(typed.decode(&typed.encode(&default).unwrap()).unwrap(), default);
    let words = typed.space().to_string();
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines[0], "beta: the finite numbers, law Beta::new(2.0, 2.0)");
    assert_eq!(lines[1], "gamma: 0..=9, law rand_distr::Gamma::new(1.0, 3.0) (default 2.5)");
    assert_eq!(lines[5], "bounded: 0..=6, law Poisson::new(2.0)");
    // The same law by the builder.
    let own = tunewright::space::Float::law(Ramp);
    let built = tunewright::Space::builder().field("own", &own).build().unwrap();
    assert_eq!(built.axes()[0].distribution(), typed.space().axes()[4].distribution());
    let text = serde_json::to_string(typed.space()).unwrap();
    assert_eq!(&serde_json::from_str::<tunewright::Space>(&text).unwrap(), typed.space());
}

#[test]
fn a_law_that_cannot_be_is_a_mistake_of_its_field() {
    assert_eq!(
        Wrong::space().unwrap_err().to_string(),
        "beta: the law Beta::new(2.0, -5.0) is impossible: beta is not positive in beta distribution; \
         change its numbers\n\
         gamma: the law rand_distr::Gamma::new(0.0, 1.0) is impossible: shape is not positive in gamma \
         distribution; change its numbers\n\
         poisson: the law Poisson::new(3.0) draws whole numbers only; make the parameter an integer, \
         or give it a step and a range"
    );
}
