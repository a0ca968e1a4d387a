//! Files that describe spaces: what they may say, and what is said of each mistake.

use proptest::prelude::*;
use tunewright::space::{Choices, Distribution, Float, Int, Scale, Space, SpaceBuilder, Value};

fn read(text: &str) -> Result<Space, String> {
    serde_json::from_str::<Space>(text).map_err(|error| error.to_string())
}

fn mistakes(text: &str) -> Vec<String> {
    read(text).unwrap_err().lines().map(str::to_owned).collect()
}

/// What is said of one parameter called x.
fn mistake(parameter: &str) -> String {
    let found = mistakes(&format!("[{{\"name\": \"x\", {parameter}}}]"));
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].strip_prefix("x: ").unwrap().to_owned()
}

#[test]
fn misspelt_keys_are_told_with_the_nearest() {
    for (parameter, told) in [
        (
            r#""numeric": {"range": [1e-5, 0.1], "scal": "log"}"#,
            "there is no key `scal` in `numeric`; did you mean `scale`?",
        ),
        (
            r#""numeric": {"range": [1, 9], "stepp": 2}"#,
            "there is no key `stepp` in `numeric`; did you mean `step`?",
        ),
        (
            r#""numeric": {"rnage": [1, 9]}"#,
            "there is no key `rnage` in `numeric`; did you mean `range`?",
        ),
        (
            r#""numeric": {"Range": [1, 9]}"#,
            "there is no key `Range` in `numeric`; did you mean `range`?",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "scale": "log""#,
            "there is no key `scale` in a parameter; it belongs in `numeric`",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "if": {"parameter": "k", "is": 1}"#,
            "there is no key `if` in a parameter; did you mean `when`?",
        ),
        (
            r#""numeric": {"range": [0, 1], "log": true}"#,
            "there is no key `log` in `numeric`; did you mean `\"scale\": \"log\"`?",
        ),
        (
            r#""numeric": {"low": 1, "range": [0, 1]}"#,
            "there is no key `low` in `numeric`; did you mean `\"range\": [low, high]`?",
        ),
        (
            r#""numeric": {"range": [0, 1], "default": 0.5}"#,
            "there is no key `default` in `numeric`; it belongs one level further out",
        ),
        (
            r#""choice": {"values": ["a"]}"#,
            "there is no key `values` in `choice`; did you mean `choices`?",
        ),
        (
            r#""choice": {"choices": ["a"], "wieghts": [1]}"#,
            "there is no key `wieghts` in `choice`; did you mean `weights`?",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "comment": "rate""#,
            "there is no key `comment` in a parameter; its keys are name, numeric, choice, default, \
             when, refers_to",
        ),
        (
            r#""numeric": {"range": [0, 1], "range": [0, 2]}"#,
            "the key `range` stands twice in `numeric`; remove one",
        ),
    ] {
        assert_eq!(mistake(parameter), told);
    }
}

#[test]
fn values_of_another_form_are_told() {
    for (parameter, told) in [
        (
            r#""numeric": {"range": ["0", 1]}"#,
            "`range` is a list of 2 values, but must be [low, high], two numbers",
        ),
        (r#""numeric": {"range": 3}"#, "`range` is 3, but must be [low, high], two numbers"),
        (
            r#""numeric": {"range": [0, 1, 2]}"#,
            "`range` is a list of 3 values, but must be [low, high], two numbers",
        ),
        (
            r#""numeric": {"range": [0, 1], "scale": "lgo"}"#,
            "`scale` is the text \"lgo\", but must be \"linear\" or \"log\"",
        ),
        (
            r#""numeric": {"range": [0, 1], "step": "0.1"}"#,
            "`step` is the text \"0.1\", but must be a number",
        ),
        (
            r#""numeric": {"range": [0, 1], "integer": "yes"}"#,
            "`integer` is the text \"yes\", but must be true or false",
        ),
        (
            r#""numeric": [0, 1]"#,
            "`numeric` is a list of 2 values, but must be an object with the keys integer, scale, \
             normal, law, range, step",
        ),
        (
            r#""choice": {"choices": "a"}"#,
            "`choices` is the text \"a\", but must be a list of values",
        ),
        (
            r#""choice": {"choices": ["a", null]}"#,
            "a choice is null, but must be a text, a number or a boolean; name it by a text",
        ),
        (
            r#""choice": {"choices": [18446744073709551615]}"#,
            "a choice is 18446744073709551615, but must be a text, a number or a boolean; name it by \
             a text",
        ),
        (r#""choice": {"ordered": true}"#, "the key `choices` is missing in `choice`; add it"),
        (r#""default": 3"#, "there is neither `numeric` nor `choice`; give one of them"),
        (
            r#""numeric": {"range": [0, 1]}, "choice": {"choices": [1]}"#,
            "there are both `numeric` and `choice`; keep one of them",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "when": "k = a""#,
            "`when` is the text \"k = a\", but must be an object with the keys parameter, is",
        ),
        (
            r#""numeric": {"range": [0, {"float": "NaN"}]}"#,
            "the high bound is NaN, which is not a finite number; write a finite one",
        ),
        (
            r#""numeric": {"integer": true, "range": [0, 1e30]}"#,
            "a bound lies outside the 64-bit signed integers; narrow the range",
        ),
        (
            r#""numeric": {"integer": true, "range": [0, 18446744073709551615]}"#,
            "a bound lies outside the 64-bit signed integers; narrow the range",
        ),
        (
            r#""numeric": {"integer": true, "range": [0, 9], "step": 0.5}"#,
            "the step of an integer is 0.5, which is not a whole number",
        ),
        (r#""numeric": {"integer": true}"#, "there is neither a range nor a law; give one of them"),
        (
            r#""numeric": {"integer": true, "range": [1, 6]}, "default": 4.5"#,
            "the default is no value of it: x = 4.5 is not a whole number; give one of 1..=6",
        ),
        (
            r#""numeric": {"integer": true, "range": [0, 9000000], "step": 1000000},
                "default": 1000001"#,
            "the default is no value of it: x = 1000001 lies between two values of 0..=9000000 in \
             steps of 1000000; give 1000000 or 2000000",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "default": "half""#,
            "the default is no value of it: x = half is a text, but the parameter takes numbers: \
             0..=1",
        ),
    ] {
        assert_eq!(mistake(parameter), told);
    }
}

#[test]
fn all_mistakes_come_at_once_with_the_names() {
    let found = mistakes(
        r#"[
            {"name": "lr", "numeric": {"range": [1, 0.1], "scale": "log"}},
            {"name": "n", "numeric": {"integer": true, "range": [1, 9], "stepp": 2, "lo": 1}},
            {"numeric": {"range": [0, 1]}},
            {"name": 5, "choice": {"choices": [1]}},
            "momentum",
            {"name": "k", "choice": {"choices": ["a", "a"]}},
            {"name": "below", "numeric": {"range": [0, 1]}, "when": {"parameter": "k", "is": "a"}},
            {"name": "lost", "numeric": {"range": [0, 1]}, "when": {"parameter": "kk", "is": "a"}},
            {"name": "of number", "numeric": {"range": [0, 1]}, "when": {"parameter": "z", "is": 1}},
            {"name": "z", "numeric": {"range": [0, 1]}},
            {"name": "z", "numeric": {"range": [0, 1]}},
            {"name": "half", "numeric": {"range": [0, 1]}, "when": {"parameter": "z"}}
        ]"#,
    );
    let wanted = [
        "lr: the range 1..=0.1 holds no value, because low is above high; swap the bounds",
        "n: there is no key `stepp` in `numeric`; did you mean `step`?",
        "n: there is no key `lo` in `numeric`; its keys are integer, scale, normal, law, range, step",
        "parameter 3 of the list: the key `name` is missing in a parameter; add it",
        "parameter 4 of the list: `name` is 5, but must be a text",
        "parameter 5 of the list: a parameter is the text \"momentum\", but must be an object with \
         the keys name, numeric, choice, default, when, refers_to",
        "k: the choice `a` stands twice; remove one, or give it another label",
        "half: the key `is` is missing in `when`; add it",
        "z: another parameter has this name; rename one of them",
        "lost: its condition kk = a matches no choice: there is no parameter `kk`; there are k, \
         lr, n, z, lost and 3 more",
        "of number: its condition z = 1 matches no choice: `z` is a number; only a choice has \
         conditions",
    ];
    assert_eq!(found, wanted);
    assert_eq!(
        mistakes(r#"{"lr": {"range": [0, 1]}}"#),
        ["a space is a list of parameters, but this is an object"]
    );
}

#[test]
fn conditions_that_lead_nowhere_are_told() {
    let number = r#""numeric": {"range": [0, 1]}"#;
    let choice = r#""choice": {"choices": ["a", 1]}"#;
    let found = mistakes(&format!(
        r#"[
            {{"name": "k", {choice}}},
            {{"name": "x", {number}, "when": {{"parameter": "k", "is": "b"}}}},
            {{"name": "p", {choice}, "when": {{"parameter": "q", "is": "a"}}}},
            {{"name": "q", {choice}, "when": {{"parameter": "p", "is": "a"}}}},
            {{"name": "under", {number}, "when": {{"parameter": "q", "is": 1}}}}
        ]"#
    ));
    let circle = "matches no choice: the conditions go round in a circle";
    assert_eq!(
        found,
        [
            "x: its condition k = b matches no choice: `k` may be `a` or `1`".to_owned(),
            format!("p: its condition q = a {circle}"),
            format!("q: its condition p = a {circle}"),
            format!("under: its condition q = 1 {circle}"),
        ]
    );
    // A choice of 1 is also found as 1.0, and a choice may come after what it activates.
    let space = read(&format!(
        r#"[
            {{"name": "x", {number}, "when": {{"parameter": "k", "is": 1.0}}}},
            {{"name": "k", {choice}}},
            {{"name": "y", {number}, "when": {{"parameter": "k", "is": "a"}}}}
        ]"#
    ));
    let space = space.unwrap();
    let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
    assert_eq!(names, ["k", "y", "x"]);
    assert_eq!(space.axes()[0].branches(), [1..2, 2..3]);
}

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
    let mut built = Space::builder()
        .field_with_default("n", &Int::range(2..=60).log(), 7)
        .field("x", &Float::range(-1.0..=1.0).with_normal(0.0, 1.0));
    let choices = Choices::of(labels).weights([1.0, 2.0, 3.0, 4.0]).distribution();
    let quarter = Float::range(0.0..=1.0).step(0.25);
    built.flat_branches("k", choices, |branch, builder| {
        if branch == 1 {
            builder.add("y", &quarter);
        }
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
            builder.flat_branches(&name, Ok(distribution), |branch, builder| {
                if branch == usize::from(under) % labels.max(1)
                    && let Some((inner, distribution, ..)) = below.take()
                    && !inner.ends_with('.')
                    && seen.insert(inner.clone())
                {
                    builder.add_distribution(&inner, distribution);
                }
                if branch == 0 && unit % 2 == 0 && labels > 0 {
                    builder.default_branch();
                }
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
        let again = serde_json::from_str::<tunewright::space::Point>(&text).unwrap();
        prop_assert_eq!(&again, &point, "{}", text);
        space.check(&again).unwrap();
        // And what a config says of itself names it.
        let values = space.describe(&point).collect::<Vec<_>>();
        prop_assert_eq!(&space.params(values).unwrap(), &{
            use tunewright::SearchSpace as _;
            space.decode(&point).unwrap()
        });
        prop_assert!(!space.to_string().contains("\n\n"));
    }
}
