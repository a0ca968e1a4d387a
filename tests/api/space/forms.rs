//! Spaces as text: what a file may say, and what comes back.

use proptest::prelude::*;
use tunewright::space::{
    Choices, Description, Distribution, Float, Int, Scale, Space, SpaceBuilder, Value,
};

use super::file::{mistakes, read};

#[test]
fn files_of_the_first_form_are_read() {
    let text = r#"[
        {"name":"n","numeric":{"integer":true,"scale":"log","range":[2.0,60.0],"step":1.0},
         "default":7},
        {"name":"x","numeric":{"integer":false,"scale":"linear","normal":[0.0,1.0],
         "range":[-1.0,1.0]}},
        {"name":"k","choice":{"choices":["a",true,1,2.5],"weights":[1.0,2.0,3.0,4.0],
         "ordered":false}},
        {"name":"y","numeric":{"integer":false,"scale":"linear","range":[0.0,1.0],"step":0.25},
         "when":{"parameter":"k","is":true},"refers_to":[]}
    ]"#;
    let labels: [Value; 4] = ["a".into(), true.into(), 1.into(), 2.5.into()];
    let built = Space::builder()
        .field_with_default("n", &Int::range(2..=60).log(), 7)
        .field("x", &Float::range(-1.0..=1.0).with_normal(0.0, 1.0));
    let choices = Choices::of(labels).weights([1.0, 2.0, 3.0, 4.0]).distribution();
    let quarter = Float::range(0.0..=1.0).step(0.25);
    let built = built.describe(|description| {
        description.flat_branches("k", choices, |branch, description| {
            if branch == 1 {
                description.add("y", &quarter);
            }
        });
    });
    assert_eq!(read(text).unwrap(), built.build().unwrap());
}

#[test]
fn equal_spaces_are_equal_whatever_their_labels() {
    let space = || {
        let labels = [f64::NAN, f64::INFINITY, -0.0, f64::NEG_INFINITY, 5e-324];
        Space::builder().choices("c", labels).build().unwrap()
    };
    assert_eq!(space(), space());
    let text = serde_json::to_string(&space()).unwrap();
    assert_eq!(read(&text).unwrap(), space());
    let params = |value: f64| space().params([("c", value.into())]).unwrap();
    assert_eq!(params(f64::NAN), params(-f64::NAN));
    assert_ne!(params(f64::NAN), params(f64::INFINITY));
    // Two zeros are one choice.
    let zeros = Space::builder().choices("c", [0.0, -0.0]).build().unwrap_err().to_string();
    assert!(zeros.contains("stands twice"), "{zeros}");
}

/// How deep the conditions go, each in a branch of the one before.
fn nested(depth: usize) -> String {
    let parameters = (0..depth).map(|level| {
        let when = match level {
            0 => String::new(),
            _ => format!(r#", "when": {{"parameter": "c{}", "is": "on"}}"#, level - 1),
        };
        format!(r#"{{"name": "c{level}", "choice": {{"choices": ["off", "on"]}}{when}}}"#)
    });
    format!("[{}]", parameters.collect::<Vec<_>>().join(","))
}

fn nest(builder: SpaceBuilder, depth: usize) -> SpaceBuilder {
    builder.choice("c", move |choice| {
        let deeper = move |builder| if depth > 0 { nest(builder, depth - 1) } else { builder };
        choice.unit("off").variant("on", deeper)
    })
}

#[test]
fn deep_conditions_overflow_no_stack() {
    let deep = || {
        let error = mistakes(&nested(3000));
        assert_eq!(error, ["c129: more than 128 conditions stand within each other; nest fewer"]);
        let error = nest(Space::builder(), 3000).build().unwrap_err().to_string();
        assert!(error.ends_with("more than 128 conditions stand within each other; nest fewer"));
        let groups = |mut builder: SpaceBuilder| {
            let domain = Float::range(0.0..=1.0);
            for level in 0..3000 {
                builder = builder.group("g", |b| b.field(&level.to_string(), &domain));
            }
            builder.build().unwrap().len()
        };
        assert_eq!(groups(Space::builder()), 3000);
        // What is allowed works, with every sampler.
        let space = read(&nested(129)).unwrap();
        assert_eq!(nest(Space::builder(), 128).build().unwrap().len(), 129);
        assert_eq!(space.cardinality(), Some(130));
        let text = serde_json::to_string(&space).unwrap();
        assert_eq!(read(&text).unwrap(), space);
        let on = (0..129).map(|level| (format!("c{level}"), Value::from("on")));
        let on: Vec<_> = on.collect();
        let params = space.params(on.iter().map(|(name, value)| (name.as_str(), value.clone())));
        assert_eq!(params.unwrap().iter().count(), 129);
        assert_eq!(space.to_string().lines().count(), 129);
        let samplers: [Box<dyn tunewright::Sampler>; 5] = [
            Box::new(tunewright::RandomSampler::new()),
            Box::new(tunewright::GridSampler::new()),
            Box::new(tunewright::GridSampler::coarse_to_fine(10)),
            Box::new(tunewright::EvolutionSampler::new().population(3)),
            Box::new(tunewright::LocalSearchSampler::new().start_trials(3)),
        ];
        for sampler in samplers {
            let study = tunewright::Study::in_space(space.clone())
                .sampler(sampler)
                .seed(1)
                .build()
                .unwrap();
            for value in 0..5 {
                let asked = study.ask().unwrap();
                study.tell(&asked, f64::from(value)).unwrap();
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(512 << 10);
    small.spawn(deep).unwrap().join().unwrap();
}

#[test]
fn spaces_print() {
    let space = Space::builder()
        .field_with_default("window", &Int::range(2..=60).log(), 7)
        .choice("rule", |rule| {
            rule.unit("mean").variant("smooth", |s| s.float("decay", 0.5..=0.99, Scale::Linear))
        })
        .field("width", &Choices::of([16, 32]).ordered().weights([2.0, 1.0]))
        .field("x", &Float::normal(0.0, 2.0))
        .field("n", &Int::range(0..=i64::MAX).step(1_000_000))
        .build()
        .unwrap();
    assert_eq!(
        space.to_string().lines().collect::<Vec<_>>(),
        [
            "window: 2..=60, log scale (default 7)",
            "rule: `mean` or `smooth`",
            "  rule.smooth.decay: 0.5..=0.99, if rule = smooth",
            "width: `16` or `32`, ordered, weights 2, 1",
            "x: the finite numbers, normal with mean 0 and standard deviation 2",
            "n: 0..=9223372036854000000 in steps of 1000000",
        ]
    );
    let lr = Space::builder().float("lr", 0.1..=1.0, Scale::Log).bool("b").build().unwrap();
    let params = lr.params([("lr", 0.5.into()), ("b", true.into())]).unwrap();
    assert_eq!(params.to_string(), "lr = 0.5, b = true");
}

fn label() -> impl Strategy<Value = Value> {
    let special = prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(0.0),
        any::<f64>(),
    ];
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        Just(Value::Int(i64::MIN)),
        Just(Value::Int(i64::MAX)),
        special.prop_map(Value::Float),
        "\\PC{0,8}".prop_map(Value::Text),
    ]
}

fn distribution() -> impl Strategy<Value = Distribution> {
    let one =
        |space: tunewright::Result<Space>| space.ok().map(|s| s.axes()[0].distribution().clone());
    let float =
        (any::<f64>(), any::<f64>(), any::<bool>(), 0u8..4).prop_map(move |(a, b, log, law)| {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            let mut float = Float::range(low..=high);
            if log {
                float = float.log();
            }
            if law & 1 == 1 {
                float = float.step((high - low) / 16.0);
            }
            if law & 2 == 2 {
                float = float.with_normal(low, high);
            }
            one(Space::builder().field("p", &float).build())
        });
    let int = (any::<i64>(), any::<i64>(), any::<i64>(), any::<bool>()).prop_map(
        move |(a, b, step, log)| {
            let int = Int::range(a.min(b)..=a.max(b)).step(step.saturating_abs());
            one(Space::builder().field("p", &if log { int.log() } else { int }).build())
        },
    );
    let choice = (prop::collection::vec(label(), 1..6), any::<bool>(), any::<bool>()).prop_map(
        move |(labels, ordered, weighted)| {
            let count = labels.len();
            let mut choices = Choices::of(labels);
            if ordered {
                choices = choices.ordered();
            }
            if weighted {
                choices = choices.weights((1..=count).map(|w| w as f64 * 0.3));
            }
            one(Space::builder().field("p", &choices).build())
        },
    );
    prop_oneof![float, int, choice].prop_filter_map("a right description", |found| found)
}

/// Any space, conditions included.
fn space() -> impl Strategy<Value = Space> {
    let parameter = ("\\PC{1,8}", distribution(), any::<u16>(), any::<u64>());
    prop::collection::vec(parameter, 0..8).prop_map(|parameters| {
        let mut builder = Space::builder();
        let mut seen = std::collections::HashSet::new();
        let mut rest = parameters.into_iter();
        while let Some((name, distribution, under, unit)) = rest.next() {
            if name.ends_with('.') || !seen.insert(name.clone()) {
                continue;
            }
            let labels = match &distribution {
                Distribution::Choice(choice) if !choice.is_ordered() => choice.labels().len(),
                _ => 0,
            };
            let mut below = (labels > 0 && under % 3 > 0).then(|| rest.next()).flatten();
            let branches = |branch: usize, description: &mut Description| {
                if branch == usize::from(under) % labels.max(1)
                    && let Some((inner, distribution, ..)) = below.take()
                    && !inner.ends_with('.')
                    && seen.insert(inner.clone())
                {
                    description.add_distribution(&inner, distribution);
                }
                if branch == 0 && unit % 2 == 0 && labels > 0 {
                    description.default_branch();
                }
            };
            builder = builder.describe(|description| {
                description.flat_branches(&name, Ok(distribution), branches);
            });
        }
        builder.build().unwrap()
    })
}

proptest! {
    #[test]
    fn spaces_come_back_from_json(space in space(), seed in any::<u64>()) {
        let text = serde_json::to_string(&space).unwrap();
        let back = serde_json::from_str::<Space>(&text).unwrap();
        prop_assert_eq!(&back, &space, "{}", text);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        // So do its points.
        let mut random = tunewright::sampler::Stream::new(seed, 0);
        let point = space.sample(&mut random);
        space.check(&point).unwrap();
        let text = serde_json::to_string(&point).unwrap();
        let again = space.read_point(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        prop_assert_eq!(&again, &point, "{}", text);
        // And what a config says of itself names it.
        let values = space.describe(&point).collect::<Vec<_>>();
        prop_assert_eq!(&space.params(values).unwrap(), &{
            use tunewright::SearchSpace as _;
            space.decode(&point).unwrap()
        });
        prop_assert!(!space.to_string().contains("\n\n"));
    }
}
