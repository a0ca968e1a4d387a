//! Integers are exact, whatever their size.

use std::collections::HashSet;
use tunewright::sampler::Stream;
use tunewright::space::{
    AxisKind, Domain, DomainSpace, Float, Int, Point, SearchSpace, Space, Value,
};
use tunewright::{
    ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler, SobolSampler, Study,
};

use crate::fit::chi_square;

fn space(domain: &impl Domain) -> Space {
    Space::builder().field("n", domain).build().unwrap()
}

fn integer(space: &Space, point: &Point) -> i64 {
    match space.value(point, 0) {
        Some(Value::Int(value)) => value,
        other => panic!("{other:?} is no integer"),
    }
}

#[test]
fn values_off_the_grid_are_refused() {
    let millions = space(&Int::range(0..=9_000_000).step(1_000_000));
    let refused = |value: Value| millions.params([("n", value)]).unwrap_err().to_string();
    assert_eq!(
        refused(1_000_001.into()),
        "n = 1000001 lies between two values of 0..=9000000 in steps of 1000000; give 1000000 or 2000000"
    );
    assert_eq!(
        refused(4.5.into()),
        "n = 4.5 is not a whole number; give one of 0..=9000000 in steps of 1000000"
    );
    assert!(refused(10_000_000.into()).contains("lies outside"));
    assert!(refused("9".into()).contains("is a text, but the parameter takes numbers"));
    // 3 and 3.0 are the same to many writers.
    assert!(millions.params([("n", 1e6.into())]).is_ok());
    let single = DomainSpace::new("n", Int::range(0u32..=9_000_000).step(1_000_000)).unwrap();
    assert!(single.encode(&1_000_001).is_err());
    assert_eq!(single.decode(&single.encode(&1_000_000).unwrap()).unwrap(), 1_000_000);
    // Real numbers in wide steps have no wide tolerance either.
    let real = space(&Float::range(0.0..=9e6).step(1e6));
    assert!(real.params([("n", 1_000_000.5.into())]).is_err());
    assert!(real.params([("n", (1e6 + 1e-9).into())]).is_ok());
}

#[test]
fn numbers_beyond_the_type_are_refused_with_their_digits() {
    let small = DomainSpace::new("n", Int::range(0u64..=9)).unwrap();
    assert_eq!(
        small.encode(&u64::MAX).unwrap_err().to_string(),
        "n = 18446744073709551615 lies outside 0..=9; widen the parameter or change the value"
    );
    let huge = DomainSpace::new("n", Int::range(0..=u64::MAX)).unwrap_err().to_string();
    assert_eq!(huge, "n: a bound lies outside the 64-bit signed integers; narrow the range");
}

#[test]
fn a_persons_integer_comes_back_exactly() {
    let exact = [0, 1, -1, (1 << 53) + 1, -(1 << 53) - 1, i64::MAX, i64::MIN, i64::MAX - 511];
    let single = DomainSpace::new("n", Int::range(i64::MIN..=i64::MAX)).unwrap();
    for value in exact {
        let point = single.encode(&value).unwrap();
        single.space().check(&point).unwrap();
        assert_eq!(single.decode(&point).unwrap(), value);
        let text = serde_json::to_string(&point).unwrap();
        let mut from = serde_json::Deserializer::from_str(&text);
        let back = single.space().read_point(&mut from).unwrap();
        assert_eq!(back, point, "{text}");
        assert_eq!(integer(single.space(), &back), value);
        let params = single.space().params([("n", value.into())]).unwrap();
        assert_eq!(params.int::<i64>("n").unwrap(), value);
        assert_eq!(serde_json::to_value(&params).unwrap()["n"].as_i64(), Some(value));
    }
    let keys: HashSet<_> =
        exact.map(|value| single.key(&single.encode(&value).unwrap())).into_iter().collect();
    assert_eq!(keys.len(), exact.len());
    // As a default, and through a study.
    let space = Space::builder()
        .field_with_default("n", &Int::range(0..=i64::MAX), (1 << 60) + 1)
        .build()
        .unwrap();
    let study = Study::in_space(space.clone()).start_from_default().seed(1).build().unwrap();
    assert_eq!(study.ask().unwrap().config().int::<i64>("n").unwrap(), (1 << 60) + 1);
    let config = space.params([("n", ((1_i64 << 60) + 3).into())]).unwrap();
    study.add(config, 1.0).unwrap();
    assert_eq!(study.best().unwrap().config().int::<i64>("n").unwrap(), (1 << 60) + 3);
}

#[test]
fn levels_are_counted_exactly() {
    let levels = |domain: Int| space(&domain).axes()[0].distribution().levels();
    for high in [1_i64 << 50, (1 << 52) + 1, (1 << 53) - 1] {
        assert_eq!(levels(Int::range(0..=high)), Some(high as u64 + 1));
        assert_eq!(levels(Int::range(-high..=high).step(3)), Some((2 * high as u64) / 3 + 1));
        let last = space(&Int::range(0..=high));
        let distribution = last.axes()[0].distribution();
        for level in [0, 1, high as u64 / 2, high as u64 - 1, high as u64] {
            let value = distribution.at_level(level).unwrap();
            assert_eq!(distribution.level_of(value), Some(level));
            assert_eq!(distribution.value(value), Value::Int(level as i64));
        }
    }
    // More than doubles tell apart: an interval to samplers.
    assert_eq!(space(&Int::range(0..=i64::MAX)).axes()[0].kind(), AxisKind::Continuous);
    assert_eq!(space(&Int::range(0..=i64::MAX)).cardinality(), None);
}

/// Every level is drawn as often as the others, and comes back from the unit interval.
#[test]
fn integers_anywhere_are_drawn_evenly() {
    for (low, high, step) in [
        (-3, 4, 1),
        (0, 9_000_000, 1_000_000),
        (i64::MAX - 9, i64::MAX, 1),
        (i64::MIN, i64::MAX, i64::MAX / 4),
        ((1 << 60) + 1, (1 << 60) + 40, 3),
    ] {
        for log in [false, true] {
            let domain = Int::range(low..=high).step(step);
            if log && (low <= 0 || high - low > 100) {
                continue;
            }
            let space = space(&if log { domain.log() } else { domain });
            let mut random = Stream::new(5, 0);
            let count = ((i128::from(high) - i128::from(low)) / i128::from(step)) as usize + 1;
            let mut seen = vec![0; count];
            for _ in 0..4000 {
                let point = space.sample(&mut random);
                let value = integer(&space, &point);
                assert_eq!((i128::from(value) - i128::from(low)) % i128::from(step), 0);
                seen[((i128::from(value) - i128::from(low)) / i128::from(step)) as usize] += 1;
                let back = space.point(&space.coordinates(&point)).unwrap();
                assert_eq!(back, point, "{low} {high} {step}");
            }
            let p = chi_square(&seen, &vec![4000.0 / count as f64; count]);
            assert!(p > 1e-6, "{low}..={high} by {step}, log {log}: {p}, {seen:?}");
        }
    }
}

#[test]
fn draws_of_all_64_bits_are_even() {
    let space = space(&Int::range(i64::MIN..=i64::MAX).step(7));
    let mut random = Stream::new(9, 0);
    let mut tenths = vec![0; 10];
    for _ in 0..20_000 {
        let value = integer(&space, &space.sample(&mut random));
        let above = i128::from(value) - i128::from(i64::MIN);
        assert_eq!(above % 7, 0);
        tenths[((above * 10) >> 64) as usize] += 1;
    }
    assert!(chi_square(&tenths, &[2000.0; 10]) > 1e-6, "{tenths:?}");
}

#[test]
fn every_sampler_keeps_to_the_integers() {
    let space = Space::builder()
        .field("n", &Int::range(0..=i64::MAX).step(1_000_003))
        .field("far", &Int::range(i64::MAX - 90..=i64::MAX).step(9))
        .field("log", &Int::range(1..=i64::MAX).log())
        .field("bell", &Int::range(i64::MIN..=i64::MAX).with_normal(0.0, 1e18))
        .build()
        .unwrap();
    let samplers: [Box<dyn tunewright::Sampler>; 7] = [
        Box::new(SobolSampler::new()),
        Box::new(GridSampler::new()),
        Box::new(GridSampler::coarse_to_fine(40)),
        Box::new(EvolutionSampler::new().population(5)),
        Box::new(LocalSearchSampler::new().start_trials(5)),
        Box::new(ControllerSampler::new()),
        Box::new(tunewright::BayesianSampler::new()),
    ];
    for sampler in samplers {
        let study = Study::in_space(space.clone()).sampler(sampler).seed(3).build().unwrap();
        for _ in 0..40 {
            let asked = study.ask().unwrap();
            let int = |name: &str| asked.config().int::<i64>(name).unwrap();
            assert_eq!(int("n") % 1_000_003, 0);
            assert_eq!((int("far") - (i64::MAX - 90)) % 9, 0);
            let value = (int("n") as f64 / 1e18 - 3.0).powi(2) + (int("far") % 7) as f64;
            study.tell(&asked, value).unwrap();
        }
    }
}
