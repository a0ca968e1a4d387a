use std::collections::HashSet;
use tunewright::sampler::Stream;
use tunewright::space::*;

fn kernel_space() -> Space {
    Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .choice("kernel", |kernel| {
            kernel.unit("linear").variant("rbf", |rbf| {
                rbf.float("gamma", 1e-3..=10.0, Scale::Log).int("degree", 1..=3, Scale::Linear)
            })
        })
        .bool("shrink")
        .build()
        .unwrap()
}

#[test]
fn names_follow_the_tree() {
    let space = kernel_space();
    let names: Vec<_> = space.axes().iter().map(Axis::name).collect();
    assert_eq!(names, ["lr", "kernel", "kernel.rbf.gamma", "kernel.rbf.degree", "shrink"]);
}

#[test]
fn spaces_keep_through_json() {
    let space = kernel_space();
    let text = serde_json::to_string_pretty(&space).unwrap();
    assert_eq!(serde_json::from_str::<Space>(&text).unwrap(), space);
}

#[test]
fn spaces_are_short_to_write_by_hand() {
    let text = r#"[
        {"name": "x", "numeric": {"range": [0, 1]}},
        {"name": "n", "numeric": {"integer": true, "range": [1, 9]}},
        {"name": "k", "choice": {"choices": ["a", "b"]}}
    ]"#;
    let built = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .int("n", 1..=9, Scale::Linear)
        .choices("k", ["a", "b"])
        .build()
        .unwrap();
    assert_eq!(serde_json::from_str::<Space>(text).unwrap(), built);
}

#[test]
fn a_lattice_holds_every_combination_once() {
    let space = Space::builder()
        .int("a", 1..=3, Scale::Linear)
        .choice("b", |b| b.unit("x").variant("y", |y| y.bool("c").bool("d")))
        .int("e", 1..=2, Scale::Linear)
        .build()
        .unwrap();
    assert_eq!(space.cardinality(), Some(3 * 5 * 2));
    let lattice = Lattice::new(
        &space,
        space.axes().iter().map(|a| a.distribution().levels().unwrap()).collect(),
    );
    let all: HashSet<_> = (0..lattice.len()).map(|i| lattice.get(i)).collect();
    assert_eq!(all.len(), 30);
}

#[test]
fn params_are_typed() {
    let space = kernel_space();
    let p = space
        .params([
            ("lr", 0.01.into()),
            ("kernel", "rbf".into()),
            ("kernel.rbf.gamma", 1.0.into()),
            ("kernel.rbf.degree", 2.into()),
            ("shrink", true.into()),
        ])
        .unwrap();
    assert_eq!(p.float("lr").unwrap(), 0.01);
    assert_eq!(p.int::<usize>("kernel.rbf.degree").unwrap(), 2);
    let mut s = Stream::new(1, 1);
    for _ in 0..1000 {
        let q = space.sample(&mut s);
        space.check(&q).unwrap();
        space.check(&space.perturb(&q, 0.1, &mut s)).unwrap();
    }
}

#[test]
fn steps_end_at_the_bound_and_swallow_rounding() {
    let space = Space::builder().field("x", &Float::range(0.1..=0.7).step(0.2)).build().unwrap();
    let distribution = space.axes()[0].distribution();
    let values: Vec<_> = (0..4).map(|level| distribution.at_level(level).unwrap()).collect();
    assert_eq!(values, [0.1, 0.1 + 0.2, 0.5, 0.7]);
    let params = |x: f64| space.params([("x", x.into())]).unwrap();
    assert_eq!(params(0.1 + 3.0 * 0.2), params(0.7));
    assert_eq!(params(0.3), params(0.1 + 0.2));
}

#[test]
fn what_differs_has_another_fingerprint() {
    let chain = |layers: usize| {
        let chain = tunewright::nas::Chain::new().decide("op", ["a", "b"]).depth(1..=layers);
        chain.build().unwrap().space().clone()
    };
    assert_eq!(chain(3).fingerprint(), chain(3).fingerprint());
    assert_ne!(chain(3).fingerprint(), chain(4).fingerprint());
    assert_eq!(chain(3).rules_by_name().len(), 1);
    // Without its rule it is another space.
    let written = serde_json::to_string(&chain(3)).unwrap();
    let read: Space = serde_json::from_str(&written).unwrap();
    assert!(read.rules_by_name().is_empty());
    assert_ne!(read.fingerprint(), chain(3).fingerprint());
}

/// A stored study is known again by the fingerprint of its space, also by later versions.
#[test]
fn fingerprints_do_not_change() {
    let space = Space::builder()
        .float("lr", 1e-5..=0.1, Scale::Log)
        .int("layers", 1..=8, Scale::Linear)
        .choices("op", ["sgd", "adam"])
        .build()
        .unwrap();
    let written = serde_json::to_string(&space).unwrap();
    let mixed = written.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(space.fingerprint(), format!("{mixed:016x}"));
    assert_eq!(space.fingerprint(), "241a3a6c6a9db8e7", "{written}");
}
