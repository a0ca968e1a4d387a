//! Sampled values follow the stated law, and what is encoded decodes to itself.

use proptest::num;
use proptest::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::{
    AxisKind, Bool, Choices, Distribution, Domain, DomainSpace, Float, Int, Scale, SearchSpace,
    Space, Value,
};

use crate::fit::{chi_square, kolmogorov_smirnov};
use crate::support::sample::normal_cdf;

const DRAWS: usize = 20_000;
/// Fixed seeds; a right law fails one of these tests once in a million choices of the seed.
const LEVEL: f64 = 1e-6;

fn space_of(domain: &impl Domain) -> Space {
    Space::builder().field("p", domain).build().unwrap()
}

fn distribution_of(domain: &impl Domain) -> Distribution {
    space_of(domain).axes()[0].distribution().clone()
}

fn draws(domain: &impl Domain) -> Vec<f64> {
    let space = space_of(domain);
    let mut random = Stream::new(17, 3);
    (0..DRAWS).map(|_| space.sample(&mut random).get(0).unwrap()).collect()
}

fn follows_density(name: &str, domain: &impl Domain, cdf: impl Fn(f64) -> f64) {
    let mut sample = draws(domain);
    let p = kolmogorov_smirnov(&mut sample, cdf);
    assert!(p > LEVEL, "{name}: p = {p}");
}

/// `weights[i]` is in proportion to the probability of `values[i]`.
fn follows_weights(name: &str, domain: &impl Domain, values: &[f64], weights: &[f64]) {
    let sample = draws(domain);
    let count = |value: &f64| sample.iter().filter(|draw| *draw == value).count() as u64;
    let observed: Vec<u64> = values.iter().map(count).collect();
    assert_eq!(observed.iter().sum::<u64>(), DRAWS as u64, "{name}: other values were drawn");
    let total: f64 = weights.iter().sum();
    let expected: Vec<f64> = weights.iter().map(|w| w / total * DRAWS as f64).collect();
    let p = chi_square(&observed, &expected);
    assert!(p > LEVEL, "{name}: p = {p}, {observed:?} for {expected:?}");
}

#[test]
fn continuous_values_follow_their_laws() {
    follows_density("uniform", &Float::range(-2.0..=6.0), |x| (x + 2.0) / 8.0);
    follows_density("log-uniform", &Float::range(1e-5..=1e-1).log(), |x| {
        (x.ln() - 1e-5f64.ln()) / (1e-1f64.ln() - 1e-5f64.ln())
    });
    follows_density("normal", &Float::normal(3.0, 0.5), |x| normal_cdf((x - 3.0) / 0.5));
    follows_density("log-normal", &Float::log_normal(-2.0, 1.5), |x| {
        normal_cdf((x.ln() + 2.0) / 1.5)
    });
    let truncated = |low: f64, high: f64| {
        move |x: f64| (normal_cdf(x) - normal_cdf(low)) / (normal_cdf(high) - normal_cdf(low))
    };
    let standard = |low, high| Float::normal(0.0, 1.0).within(low..=high);
    follows_density("truncated normal", &standard(-1.0, 0.5), truncated(-1.0, 0.5));
    follows_density("lower tail", &standard(-9.0, -8.0), truncated(-9.0, -8.0));
    // By symmetry: the upper tail has no digits left in the cumulative distribution itself.
    follows_density("upper tail", &standard(8.0, 9.0), |x| 1.0 - truncated(-9.0, -8.0)(-x));
    follows_density("truncated log-normal", &Float::log_normal(0.0, 1.0).within(1.0..=3.0), |x| {
        (normal_cdf(x.ln()) - 0.5) / (normal_cdf(3f64.ln()) - 0.5)
    });
}

#[test]
fn stepped_values_have_the_probability_of_their_cells() {
    let numbers = |low: i64, high: i64, step: i64| -> Vec<f64> {
        (low..=high).step_by(step as usize).map(|value| value as f64).collect()
    };
    let log_cells = |values: &[f64], step: f64| -> Vec<f64> {
        let edge = |value: f64| ((value + 0.5 * step) / (value - 0.5 * step)).ln();
        values.iter().map(|&value| edge(value)).collect()
    };
    let values = numbers(-3, 4, 1);
    follows_weights("integers", &Int::range(-3..=4), &values, &[1.0; 8]);
    let values = numbers(2, 17, 3);
    follows_weights("integer steps", &Int::range(2..=18).step(3), &values, &[1.0; 6]);
    let values = numbers(1, 30, 1);
    follows_weights("log integers", &Int::range(1..=30).log(), &values, &log_cells(&values, 1.0));
    let values = numbers(4, 40, 4);
    follows_weights(
        "log integer steps",
        &Int::range(4..=40).step(4).log(),
        &values,
        &log_cells(&values, 4.0),
    );
    let values: Vec<f64> = (0..=10).map(|level| f64::from(level) / 10.0).collect();
    follows_weights("steps", &Float::range(0.0..=1.0).step(0.1), &values, &[1.0; 11]);
    let values = [0.5, 1.0, 1.5, 2.0];
    follows_weights(
        "log steps",
        &Float::range(0.5..=2.0).step(0.5).log(),
        &values,
        &log_cells(&values, 0.5),
    );
    let values = numbers(-4, 4, 1);
    let bells: Vec<f64> =
        values.iter().map(|v| normal_cdf(v + 0.5 - 1.0) - normal_cdf(v - 0.5 - 1.0)).collect();
    follows_weights("normal integers", &Int::range(-4..=4).with_normal(1.0, 1.0), &values, &bells);
}

/// No number of a narrower type overflows it, however wide the law.
#[test]
fn numbers_stay_finite_in_their_type() {
    let wide: [Float<f32>; 4] = [
        Float::typed_normal(0.0, 1e38),
        Float::typed_normal(0.0, 30.0).log(),
        Float::typed_normal(1e38, 1e300),
        Float::typed_normal(-80.0, 2.0).log(),
    ];
    for domain in wide {
        let single = DomainSpace::new("x", domain.clone()).unwrap();
        let mut random = Stream::new(4, 0);
        let corners = [0.0, 1e-300, 0.5, 1.0].map(|unit| single.space().point(&[unit]).unwrap());
        let drawn = (0..2000).map(|_| single.space().sample(&mut random));
        for point in corners.into_iter().chain(drawn.collect::<Vec<_>>()) {
            let value = single.decode(&point).unwrap();
            assert!(value.is_finite() && (value != 0.0 || is_linear(&single)), "{value}");
            single.encode(&value).unwrap();
        }
        assert!(single.encode(&f32::INFINITY).is_err());
    }
    // A law that never gets so far is left as it is.
    assert_eq!(
        distribution_of(&Float::<f32>::typed_normal(0.0, 1.0)).values_in_words(),
        "the finite numbers"
    );
    let double = distribution_of(&Float::normal(0.0, 1e308));
    for unit in [0.0, 1e-16, 1.0] {
        assert!(double.contains(double.from_unit(unit)));
    }
    // Values in steps that single precision has rounded are taken.
    let steps = DomainSpace::new("x", Float::<f32>::range(0.0..=1.0).step(0.1)).unwrap();
    assert_eq!(steps.decode(&steps.encode(&(0.1f32 + 0.2)).unwrap()).unwrap(), 0.3);
    assert!(steps.encode(&0.31).is_err());
}

fn is_linear(single: &DomainSpace<Float<f32>>) -> bool {
    match single.space().axes()[0].distribution() {
        Distribution::Numeric(numeric) => numeric.scale() == Scale::Linear,
        _ => false,
    }
}

#[test]
fn choices_follow_their_weights() {
    follows_weights("flag", &Bool::new(), &[0.0, 1.0], &[1.0, 1.0]);
    follows_weights("choices", &Choices::of(["a", "b", "c"]), &[0.0, 1.0, 2.0], &[1.0, 1.0, 1.0]);
    let weighted = Choices::of([16, 32, 64, 128]).weights([5.0, 1e-1, 3.0, 1.9]).ordered();
    follows_weights("weights", &weighted, &[0.0, 1.0, 2.0, 3.0], &[5.0, 1e-1, 3.0, 1.9]);
}

#[test]
fn kinds_are_what_samplers_expect() {
    let kind = |domain: &dyn Fn() -> Distribution| domain().kind();
    assert_eq!(kind(&|| distribution_of(&Float::range(0.0..=1.0))), AxisKind::Continuous);
    assert_eq!(
        kind(&|| distribution_of(&Float::range(2.0..=2.0))),
        AxisKind::Discrete { levels: 1 }
    );
    assert_eq!(
        kind(&|| distribution_of(&Float::range(0.0..=0.3).step(0.1))),
        AxisKind::Discrete { levels: 4 },
        "rounding must not cost the last level"
    );
    assert_eq!(
        kind(&|| distribution_of(&Choices::of(["a", "b"]))),
        AxisKind::Categorical { choices: 2 }
    );
    assert_eq!(
        kind(&|| distribution_of(&Choices::of(["a", "b"]).ordered())),
        AxisKind::Discrete { levels: 2 }
    );
    assert_eq!(distribution_of(&Float::range(0.0..=0.3).step(0.1)).at_level(3), Some(0.3));
}

#[test]
fn values_that_people_see_have_no_stray_digits() {
    let log = distribution_of(&Float::range(1e-4..=1.0).log());
    assert_eq!(
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|u| log.tidy_from_unit(u)),
        [1e-4, 1e-3, 1e-2, 0.1, 1.0]
    );
    let linear = distribution_of(&Float::range(-1.0..=1.0));
    assert_eq!(linear.tidy_from_unit(0.35), -0.3);
    // A narrow range keeps the digits that tell its values apart.
    let narrow = distribution_of(&Float::range(1e6..=1e6 + 1e-6));
    assert_eq!(narrow.tidy_from_unit(0.3), narrow.from_unit(0.3));
}

/// Any description of a numeric parameter that is right.
fn numeric() -> impl Strategy<Value = Distribution> {
    let float =
        (-1e6..1e6f64, 1e-3..1e6f64, any::<bool>(), 0u32..4).prop_map(|(low, width, log, law)| {
            let low = if log { low.abs() + 1e-6 } else { low };
            let high = low + width;
            let mut float = Float::range(low..=high);
            if log {
                float = float.log();
            }
            let centre = if log { low.ln() } else { low };
            let width = if log { (high / low).ln() } else { width };
            distribution_of(&match law {
                0 => float.with_normal(centre + 0.3 * width, width),
                1 => float.step((high - low) / 7.3),
                _ => float,
            })
        });
    let int =
        (-1000i64..1000, 0i64..5000, any::<bool>(), 1i64..9).prop_map(|(low, width, log, step)| {
            let low = if log { low.abs() + 1 } else { low };
            let int = Int::range(low..=low + width).step(step.min(width).max(1));
            distribution_of(&if log { int.log() } else { int })
        });
    prop_oneof![float, int]
}

proptest! {
    #[test]
    fn units_and_values_are_inverse(distribution in numeric(), unit in 0.0..=1.0f64) {
        let value = distribution.from_unit(unit);
        prop_assert!(distribution.contains(value), "{value} in {distribution:?}");
        let back = distribution.from_unit(distribution.to_unit(value));
        match distribution.levels() {
            Some(_) => prop_assert_eq!(back, value),
            None => {
                let scale = value.abs().max(1e-6);
                prop_assert!((back - value).abs() <= 1e-9 * scale.max(1.0), "{} {}", back, value);
                prop_assert!((distribution.to_unit(value) - unit).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn levels_and_values_are_inverse(distribution in numeric(), at in 0.0..1.0f64) {
        if let Some(levels) = distribution.levels() {
            let level = (at * levels as f64) as u64;
            let value = distribution.at_level(level).unwrap();
            prop_assert_eq!(distribution.level_of(value), Some(level));
            prop_assert!(distribution.contains(value));
            prop_assert_eq!(distribution.parse(&distribution.value(value)), Some(value));
            prop_assert_eq!(distribution.at_level(levels), None);
        }
    }

    #[test]
    fn units_ascend_with_values(distribution in numeric(), a in 0.0..=1.0f64, b in 0.0..=1.0f64) {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        prop_assert!(distribution.from_unit(low) <= distribution.from_unit(high));
    }

    #[test]
    fn descriptions_keep_through_json(distribution in numeric()) {
        let text = serde_json::to_string(&distribution).unwrap();
        prop_assert_eq!(serde_json::from_str::<Distribution>(&text).unwrap(), distribution);
    }

    #[test]
    fn a_persons_config_comes_back_exactly(lr in 1e-5..=1e-1f64, n in 1i64..=1000, k in 0usize..3) {
        let space = Space::builder()
            .float("lr", 1e-5..=1e-1, Scale::Log)
            .int("n", 1..=1000, Scale::Log)
            .choices("k", ["a", "b", "c"])
            .build()
            .unwrap();
        let label = ["a", "b", "c"][k];
        let given: [(&str, Value); 3] = [("lr", lr.into()), ("n", n.into()), ("k", label.into())];
        let params = space.params(given).unwrap();
        let back = space.decode(&space.encode(&params).unwrap()).unwrap();
        prop_assert_eq!(back.float("lr").unwrap(), lr);
        prop_assert_eq!(back.int::<i64>("n").unwrap(), n);
        prop_assert_eq!(back.text("k").unwrap(), label);
    }

    /// No description of numbers panics, whatever the numbers.
    #[test]
    fn any_numbers_give_a_space_or_an_error(
        low in num::f64::ANY, high in num::f64::ANY, step in num::f64::ANY,
        mean in num::f64::ANY, sd in num::f64::ANY, log in any::<bool>(), parts in 0u8..4,
        unit in num::f64::ANY,
    ) {
        let mut float = Float::range(low..=high);
        if log {
            float = float.log();
        }
        if parts & 1 == 1 {
            float = float.step(step);
        }
        if parts & 2 == 2 {
            float = float.with_normal(mean, sd);
        }
        if let Ok(space) = Space::builder().field("p", &float).build() {
            let distribution = space.axes()[0].distribution();
            let value = distribution.from_unit(unit);
            prop_assert!(distribution.contains(value), "{value} in {distribution:?}");
            prop_assert!((0.0..=1.0).contains(&distribution.to_unit(value)));
        }
    }
}
