//! Parameters follow any distribution that draws numbers.

use std::f64::consts::{FRAC_PI_2, PI};

use tunewright::rand::Rng;
use tunewright::rand_distr::{
    Beta, Binomial, Cauchy, Distribution as Draws, Exp, Gamma, Geometric, LogNormal, Normal,
    Pareto, Poisson, StandardNormal, StandardUniform, Triangular, Uniform, Weibull, Zipf,
};
use tunewright::sampler::Stream;
use tunewright::space::{
    AxisKind, Distribution, Domain, DomainSpace, Float, Int, Law, Repeated, SearchSpace, Space,
    Value,
};

use crate::fit::{chi_square, kolmogorov_smirnov};
use crate::support::sample::normal_cdf;

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
    assert!(distance < 1e-3, "{name}: the quantiles are off by {distance}");
    assert!(p > LEVEL, "{name}: p = {p}");
}

/// A user's own law: the sine of a random angle, most of it near ±1.
struct Arcsine;

impl Draws<f64> for Arcsine {
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f64 {
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
    follows("beta of two ends", &Float::law(Beta::new(0.5, 0.5)), |x| x.sqrt().asin() / FRAC_PI_2);
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
    follows("a law of one's own", &Float::law(Arcsine), |x| 0.5 + x.asin() / PI);
}

/// The probability of each value of a whole number, in ascending order from `low`.
fn follows_weights(name: &str, domain: &impl Domain, low: i64, weights: &[f64]) {
    let space = space_of(domain);
    let mut random = Stream::new(29, 7);
    let mut observed = vec![0; weights.len()];
    for _ in 0..DRAWS {
        let value = space.sample(&mut random).get(0).unwrap();
        assert_eq!(value.fract(), 0.0, "{name}");
        observed[(value as i64 - low) as usize] += 1;
    }
    let total: f64 = weights.iter().sum();
    let expected: Vec<f64> = weights.iter().map(|w| w / total * DRAWS as f64).collect();
    let p = chi_square(&observed, &expected);
    assert!(p > LEVEL, "{name}: p = {p}, {observed:?} for {expected:?}");
}

fn poisson(mean: f64, values: std::ops::Range<u32>) -> Vec<f64> {
    let weight = |value| (1..=value).fold((-mean).exp(), |w, k| w * mean / f64::from(k));
    values.map(weight).collect()
}

#[test]
fn whole_numbers_follow_any_law() {
    let within = Int::range(0..=9).with_law(Poisson::new(3.0));
    follows_weights("poisson", &within, 0, &poisson(3.0, 0..10));
    let cut = Int::range(2..=4u8).with_law(Poisson::new(3.0));
    follows_weights("a cut poisson", &cut, 2, &poisson(3.0, 2..5));
    let steps = Float::law(Poisson::new(3.0)).within(0.0..=9.0).step(1.0);
    follows_weights("real steps", &steps, 0, &poisson(3.0, 0..10));
    // Of u64: what a constructor returns, and a distribution itself.
    let geometric: Vec<f64> = (0..12).map(|k| 0.5f64.powi(k)).collect();
    let law = Int::range(0..=11).with_law(Geometric::new(0.5).unwrap());
    follows_weights("geometric", &law, 0, &geometric);
    let binomial = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0];
    follows_weights("binomial", &Int::law(Binomial::new(5, 0.5)), 0, &binomial);
    // A continuous law is rounded.
    let cdf = |x: f64| if x <= 0.0 { 0.0 } else { 1.0 - (-x / 2.0).exp() };
    let cells: Vec<f64> =
        (1..=6).map(|v| cdf(f64::from(v) + 0.5) - cdf(f64::from(v) - 0.5)).collect();
    follows_weights("exponential", &Int::range(1..=6).with_law(Exp::new(0.5)), 1, &cells);
    // All values have a probability, and half of it lies below the middle of each.
    let distribution = distribution_of(&within);
    assert_eq!(distribution.kind(), AxisKind::Discrete { levels: 10 });
    let below_two = (-3f64).exp() * (1.0 + 3.0 + 0.5 * 4.5);
    assert!((distribution.to_unit(2.0) - below_two).abs() < 2e-3);
}

/// More values than are listed one by one.
#[test]
fn long_laws_of_whole_numbers_keep_every_value() {
    let law = Int::law(Geometric::new(1e-4));
    let distribution = distribution_of(&law);
    let cdf = |value: f64| 1.0 - (1.0 - 1e-4f64).powf(value + 1.0);
    for at in 1..2000 {
        let unit = f64::from(at) / 2000.0;
        let value = distribution.from_unit(unit);
        assert_eq!(value.fract(), 0.0);
        assert!((cdf(value) - unit).abs() < 3e-3, "{unit}: {value}");
    }
    let zipf = distribution_of(&Int::range(1..=1_000_000).with_law(Zipf::new(1e6, 1.2)));
    // The probability of 1 is 1/ζ, ζ = Σ k^-1.2 up to a million.
    let zeta: f64 = (1..=1_000_000).map(|k| f64::from(k).powf(-1.2)).sum();
    assert_eq!([zipf.from_unit(1.0 / zeta - 1e-3), zipf.from_unit(1.0 / zeta + 1e-3)], [1.0, 2.0]);
}

/// Where doubles cannot count the integers.
#[test]
fn laws_reach_beyond_doubles() {
    let space = space_of(&Int::range(0..=i64::MAX).with_law(Exp::new(1e-17)));
    let distribution = space.axes()[0].distribution();
    assert_eq!(distribution.kind(), AxisKind::Continuous);
    for unit in [0.01, 0.5, 0.99] {
        let value = distribution.from_unit(unit);
        assert!((1.0 - (-1e-17 * value).exp() - unit).abs() < 1e-3, "{unit}: {value}");
        assert!((distribution.to_unit(value) - unit).abs() < 1e-6);
    }
}

#[test]
fn bounds_cut_a_law_off() {
    let between = |low: f64, high: f64, cdf: fn(f64) -> f64| {
        move |x: f64| (cdf(x) - cdf(low)) / (cdf(high) - cdf(low))
    };
    let cauchy: fn(f64) -> f64 = |x| 0.5 + x.atan() / PI;
    let law = || Float::law(Cauchy::new(0.0, 1.0));
    follows("cauchy", &law().within(-1.0..=5.0), between(-1.0, 5.0, cauchy));
    follows("the tail", &law().within(10.0..=100.0), between(10.0, 100.0, cauchy));
    follows("one bound", &law().within(0.0..=f64::MAX), |x| 2.0 * x.atan() / PI);
    let distribution = distribution_of(&law().within(-1.0..=5.0));
    assert!(!distribution.contains(5.1) && distribution.contains(5.0));
    assert_eq!(distribution.to_string(), "-1..=5, law Cauchy");
    // Without them every number is legal.
    let free = distribution_of(&law());
    assert!(free.contains(1e300));
    assert_eq!([free.to_unit(-1e300), free.to_unit(1e300)], [0.0, 1.0]);
    // What a law never draws is not suggested, whatever the range.
    let beta = distribution_of(&Float::law(Beta::new(2.0, 2.0)).within(-5.0..=5.0));
    assert!(
        (0.0..0.05).contains(&beta.from_unit(0.0)) && (0.95..=1.0).contains(&beta.from_unit(1.0))
    );
    // Infinite draws may lie beyond the range.
    let inverse = StandardUniform.map(|unit: f64| 1.0 / (unit * 8.0).floor());
    assert_eq!(distribution_of(&Float::law(inverse).within(0.0..=2.0).step(0.5)).levels(), Some(5));
    // Of a single value a law says nothing.
    let single = distribution_of(&Int::range(7..=7).with_law(Poisson::new(3.0)));
    assert_eq!(single.levels(), Some(1));
}

/// Zero with a probability of its own, and otherwise an exponential law.
struct OftenZero;

impl Draws<f64> for OftenZero {
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f64 {
        let unit: f64 = StandardUniform.sample(random);
        if unit < 0.25 { 0.0 } else { Exp::new(1.0).map_or(f64::NAN, |law| law.sample(random)) }
    }
}

#[test]
fn a_value_may_have_a_probability_of_its_own() {
    let distribution = distribution_of(&Float::law(OftenZero));
    assert_eq!(distribution.kind(), AxisKind::Continuous);
    assert_eq!([0.0, 0.1, 0.2495].map(|unit| distribution.from_unit(unit)), [0.0; 3]);
    assert!((distribution.to_unit(0.0) - 0.125).abs() < 1e-4);
    for unit in [0.26, 0.5, 0.9] {
        let value = -(1.0 - (unit - 0.25) / 0.75f64).ln();
        assert!((distribution.from_unit(unit) - value).abs() < 2e-3 * value.max(1.0), "{unit}");
    }
}

#[test]
fn units_and_values_map_back_and_forth() {
    let laws: [&dyn Fn() -> Distribution; 4] = [
        &|| distribution_of(&Float::law(Weibull::new(1.0, 0.5))),
        &|| distribution_of(&Float::law(Cauchy::new(-1e9, 1e-3))),
        &|| distribution_of(&Float::law(StandardNormal).within(-1.0..=2.0)),
        &|| distribution_of(&Float::law(Pareto::new(1e-300, 0.05))),
    ];
    for law in laws {
        let distribution = law();
        let mut last = f64::NEG_INFINITY;
        for at in 0..=1000 {
            let value = distribution.from_unit(f64::from(at) / 1000.0);
            assert!(value >= last && distribution.contains(value), "{value} after {last}");
            let unit = distribution.to_unit(value);
            let again = distribution.from_unit(unit);
            let off = (again - value).abs();
            assert!(off <= 1e-12 * value.abs().max(again.abs()), "{value}, then {again}");
            last = value;
        }
    }
}

#[test]
fn configs_come_back_exactly() {
    let single = DomainSpace::new("x", Float::law(Gamma::new(2.0, 1.0))).unwrap();
    let mut random = Stream::new(3, 1);
    for _ in 0..1000 {
        let point = single.space().sample(&mut random);
        let value = single.decode(&point).unwrap();
        assert_eq!(single.encode(&value).unwrap(), point);
    }
    for value in [0.0, -3.0, 1e300, 0.1 + 0.2] {
        assert_eq!(single.decode(&single.encode(&value).unwrap()).unwrap(), value);
    }
    // Numbers of a narrower type stay finite in it.
    let narrow = DomainSpace::new("x", Float::<f32>::typed_law(Cauchy::new(0.0, 1e36))).unwrap();
    for unit in [0.0, 1e-9, 0.5, 1.0] {
        assert!(narrow.decode(&narrow.space().point(&[unit]).unwrap()).unwrap().is_finite());
    }
}

#[test]
fn a_described_law_is_the_same_law() {
    let space = Space::builder()
        .field("beta", &Float::law(Beta::new(2.0, 5.0)).within(0.1..=0.5))
        .field("cauchy", &Float::law(Cauchy::new(0.0, 1.0)))
        .field("poisson", &Int::law(Poisson::new(3.0)))
        .field("mixed", &Repeated::<_, 2>::new(Float::law(OftenZero)))
        .build()
        .unwrap();
    let text = serde_json::to_string(&space).unwrap();
    assert!(text.len() < 30_000, "{}", text.len());
    let read: Space = serde_json::from_str(&text).unwrap();
    assert_eq!(read, space);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let draws = |space: &Space| {
        let mut random = Stream::new(1, 1);
        (0..100).map(|_| space.sample(&mut random)).collect::<Vec<_>>()
    };
    assert_eq!(draws(&read), draws(&space));
    // The name is for people only; another law is another space.
    let law = |law: Law| Space::builder().field("x", &Float::law(law)).build().unwrap();
    let beta = || Law::of(Beta::new(2.0, 5.0));
    assert_eq!(law(beta()), law(beta().named("Beta(2, 5)")));
    assert_eq!(
        law(beta().named("Beta(2, 5)")).to_string(),
        "x: the finite numbers, law Beta(2, 5)"
    );
    assert_ne!(law(beta()), law(Law::of(Beta::new(2.0, 5.1))));
    let named = law(beta().named("a \"usual\" law"));
    assert_eq!(law(beta()).fingerprint(), named.fingerprint());
    assert_ne!(law(beta()).fingerprint(), law(Law::of(Beta::new(2.0, 5.1))).fingerprint());
}

#[test]
fn a_law_may_be_described_by_hand() {
    let text = r#"[{"name": "x", "numeric": {"law": {"quantiles": [[0, 1], [0.5, 2], [1, 10]]}}}]"#;
    let space: Space = serde_json::from_str(text).unwrap();
    assert_eq!(space.to_string(), "x: the finite numbers, law by its quantiles");
    let distribution = space.axes()[0].distribution();
    let units = [0.0, 0.25, 0.5, 0.75, 1.0];
    assert_eq!(units.map(|unit| distribution.from_unit(unit)), [1.0, 1.5, 2.0, 6.0, 10.0]);
    // A range cuts the lines.
    let text = text.replace(r#""law""#, r#""range": [1.5, 6], "law""#);
    let space: Space = serde_json::from_str(&text).unwrap();
    let distribution = space.axes()[0].distribution();
    assert_eq!(units.map(|unit| distribution.from_unit(unit)), [1.5, 1.75, 2.0, 4.0, 6.0]);
    let again: Space = serde_json::from_str(&serde_json::to_string(&space).unwrap()).unwrap();
    assert_eq!(again, space);
}

#[test]
fn what_is_wrong_in_a_file_is_said() {
    for (numeric, told) in [
        (
            r#"{"law": {"quantiles": [[0, 1], [0.5, 0], [1, 10]]}}"#,
            "x: the quantiles of a law are pairs [probability, value] that ascend in both, from \
             probability 0 to 1; here [0.5, 0] comes after [0, 1]",
        ),
        (
            r#"{"law": {"quantiles": [[0.1, 1], [1, 10]]}}"#,
            "x: the quantiles of a law are pairs [probability, value] that ascend in both, from \
             probability 0 to 1; here the probabilities go from 0.1 to 1",
        ),
        (
            r#"{"law": {"quantiles": [[0, 1], [1, 1]]}}"#,
            "x: the quantiles of a law are pairs [probability, value] that ascend in both, from \
             probability 0 to 1; here all values are 1",
        ),
        (
            r#"{"law": {"quantiles": []}}"#,
            "x: the quantiles of a law are pairs [probability, value] that ascend in both, from \
             probability 0 to 1; here there are none",
        ),
        (r#"{"law": {"name": "b"}}"#, "x: the key `quantiles` is missing in `law`; add it"),
        (
            r#"{"law": {"quantile": [[0, 1], [1, 2]]}}"#,
            "x: there is no key `quantile` in `law`; did you mean `quantiles`?",
        ),
        (
            r#"{"law": {"quantiles": [[0, 1], [1, 2]]}, "normal": [0, 1]}"#,
            "x: `normal` and the law by its quantiles are two laws; drop one",
        ),
        (
            r#"{"law": {"quantiles": [[0, 1], [1, 2]]}, "range": [3, 4]}"#,
            "x: the law by its quantiles has no mass within 3..=4; move the range or the law",
        ),
    ] {
        let text = format!(r#"[{{"name": "x", "numeric": {numeric}}}]"#);
        let error = serde_json::from_str::<Space>(&text).unwrap_err().to_string();
        assert_eq!(error, told, "{numeric}");
    }
}

fn mistake(domain: &impl Domain) -> String {
    Space::builder().field("p", domain).build().unwrap_err().to_string()
}

#[test]
fn what_cannot_be_a_law_is_said() {
    assert_eq!(
        mistake(&Float::law(Beta::new(2.0, -5.0))),
        "p: the law Beta is impossible: beta is not positive in beta distribution; change its numbers"
    );
    assert_eq!(
        mistake(&Float::law(StandardUniform.map(|unit: f64| (unit - 0.5).sqrt()))),
        "p: the law Map has drawn NaN, which is not a finite number; check its numbers"
    );
    let infinite = || Law::of(StandardUniform.map(|unit: f64| (1e6 * unit).exp())).named("wide");
    assert_eq!(
        mistake(&Float::law(infinite())),
        "p: the law wide has drawn inf, which is not a finite number; give a range, which excludes \
         it, or another law"
    );
    let constant = Float::law(Uniform::new_inclusive(2.0, 2.0));
    assert_eq!(
        mistake(&constant),
        "p: the law Uniform draws no value but 2; give a law that varies, or fix the value"
    );
    assert_eq!(
        mistake(&Int::law(Normal::new(7.0, 0.01))),
        "p: the law Normal draws no value but 7; give a law that varies, or fix the value"
    );
    assert_eq!(
        mistake(&Float::law(Poisson::new(3.0))),
        "p: the law Poisson draws whole numbers only; make the parameter an integer, or give it a \
         step and a range"
    );
    assert_eq!(
        mistake(&Float::law(StandardUniform.map(|unit: f64| (100.0 * unit).floor() / 100.0))),
        "p: the law Map draws few different values; give the parameter a step and a range, or list \
         the values as choices with weights"
    );
    assert_eq!(
        mistake(&Float::law(StandardNormal).within(7.0..=8.0)),
        "p: only 0 of 2097152 draws of the law StandardNormal lie within 7..=8, too few to describe it \
         there; move the range or the law"
    );
    assert_eq!(
        mistake(&Float::law(StandardNormal).within(2.0..=1.0)),
        "p: the range 2..=1 holds no value, because low is above high; swap the bounds"
    );
    assert_eq!(
        mistake(&Int::<u8>::typed_law(Normal::new(3.0, 2.0))).split(" from ").next(),
        Some("p: the law Normal draws numbers")
    );
    assert!(
        mistake(&Int::<u8>::typed_law(Normal::new(3.0, 2.0)))
            .ends_with(", which u8 cannot hold; give a range as well")
    );
    assert_eq!(
        mistake(&Float::law(Gamma::new(1.0, 1.0)).log()),
        "p: the law Gamma says how likely each value is, on any scale; drop the log scale, and for a \
         law of the logarithm take the exponential of what it draws: `.map(f64::exp)`"
    );
    assert_eq!(
        mistake(&Float::law(StandardNormal).step(0.1)),
        "p: values in steps need bounds under a law; give a range as well"
    );
}

/// An array asks for the same law again and again, and the law is drawn once.
#[test]
fn laws_of_arrays_are_drawn_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let count = Arc::new(AtomicUsize::new(0));
    let counted = {
        let count = count.clone();
        StandardUniform.map(move |unit: f64| {
            count.fetch_add(1, Ordering::Relaxed);
            unit
        })
    };
    let array = Repeated::<_, 5>::new(Float::law(counted));
    let space = Space::builder().field("x", &array).build().unwrap();
    let single = count.load(Ordering::Relaxed);
    assert_eq!(single, 1 << 17);
    assert_eq!(space.axes()[0].distribution(), space.axes()[4].distribution());
    assert_eq!(space.axes()[0].distribution().value(0.5), Value::Float(0.5));
}
