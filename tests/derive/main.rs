//! What `#[derive(Tunable)]` and `#[derive(Goals)]` make of a type.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod beliefs;
mod fields;
#[path = "../fit/mod.rs"]
mod fit;
mod goals;
mod hygiene;
mod laws;

use proptest::prelude::*;
use tunewright::nas::{self, Chain, Network};
use tunewright::sampler::Stream;
use tunewright::space::{
    Axis, AxisKind, Description, Float, Reader, SearchSpace, Space, TypedSpace, Value,
};
use tunewright::{Error, Tunable};

fn names<T: Tunable>() -> Vec<String> {
    T::space().unwrap().axes().iter().map(|axis| axis.name().to_owned()).collect()
}

fn axis<T: Tunable>(name: &str) -> Axis {
    let space = T::space().unwrap();
    space.axes()[space.position(name).unwrap()].clone()
}

fn default<T: Tunable>() -> T {
    let typed = TypedSpace::<T>::new().unwrap();
    typed.decode(&typed.space().default_point()).unwrap()
}

const WIDEST: usize = 512;
const WIDTHS: [u16; 3] = [16, 32, 64];

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Training {
    #[tune(range = 1e-5..=1e-1, log, default = 1e-3)]
    learning_rate: f64,
    #[tune(range = 1..=6)]
    layers: usize,
    #[tune(choices = [16, 32, 64, 128, WIDEST], ordered)]
    width: usize,
    #[tune(range = 0.0..=0.6, step = 0.1)]
    dropout: f32,
    optimizer: Optimizer,
}

#[derive(Tunable, Clone, Debug, PartialEq)]
enum Optimizer {
    #[tune(weight = 2)]
    Sgd {
        #[tune(range = 0.0..=0.99)]
        momentum: f64,
        nesterov: bool,
    },
    #[tune(default)]
    Adam {
        #[tune(range = 1e-4..=1e-1, log)]
        one_minus_beta2: f64,
    },
    #[tune(rename = "plain")]
    Plain,
}

#[test]
fn names_follow_the_types() {
    assert_eq!(
        names::<Training>(),
        [
            "learning_rate",
            "layers",
            "width",
            "dropout",
            "optimizer",
            "optimizer.Sgd.momentum",
            "optimizer.Sgd.nesterov",
            "optimizer.Adam.one_minus_beta2",
        ]
    );
    let optimizer = axis::<Training>("optimizer");
    assert_eq!(optimizer.distribution().values_in_words(), "`Sgd` or `Adam` or `plain`");
}

#[test]
fn defaults_come_from_fields_and_variants() {
    let training = default::<Training>();
    assert_eq!(training.learning_rate, 1e-3);
    assert!(matches!(training.optimizer, Optimizer::Adam { .. }));
}

#[test]
fn weights_of_variants_are_one_unless_given() {
    match axis::<Training>("optimizer").distribution() {
        tunewright::space::Distribution::Choice(choice) => {
            let shares: Vec<f64> = (0..3).map(|index| choice.probability(index)).collect();
            assert!((shares[0] - 0.5).abs() < 1e-12);
            assert!((shares[1] - 0.25).abs() < 1e-12);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_enum_may_be_the_whole_config() {
    assert_eq!(names::<Optimizer>()[..2], ["Optimizer", "Optimizer.Sgd.momentum"]);
}

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Rate(#[tune(range = 1e-3..=1.0, log)] f64);

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Pair(Rate, #[tune(range = 1..=3)] u8);

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Nothing;

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Kernel {
    #[tune(range = 1..=7, step = 2)]
    size: u32,
}

#[derive(Tunable, Clone, Debug, PartialEq)]
enum Layer {
    Convolution(Kernel),
    Dense(#[tune(range = 8..=64, log)] usize),
    Both(Kernel, #[tune(range = -1.0..=1.0)] f64),
    Empty(),
}

#[derive(Tunable, Clone, Copy, Debug, PartialEq)]
#[tune(ordered)]
enum Size {
    Small,
    Medium,
    Large,
}

#[test]
fn newtypes_go_by_the_name_of_what_they_stand_in() {
    #[derive(Tunable)]
    #[allow(dead_code, reason = "only the names matter")]
    struct Net {
        first: Layer,
        rate: Rate,
        pair: Pair,
        nothing: Nothing,
    }
    assert_eq!(
        names::<Net>(),
        [
            "first",
            "first.Convolution.size",
            "first.Dense",
            "first.Both.0.size",
            "first.Both.1",
            "rate",
            "pair.0",
            "pair.1"
        ]
    );
    assert_eq!(names::<Rate>(), ["Rate"]);
    assert_eq!(names::<Pair>(), ["0", "1"]);
    assert!(Nothing::space().unwrap().is_empty());
}

#[test]
fn unit_enums_are_choices_perhaps_ordered() {
    assert_eq!(axis::<Size>("Size").kind(), AxisKind::Discrete { levels: 3 });
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
    Leaky(f64),
}

/// A type alias says nothing of what it stands for.
type Share = f32;

/// Every attribute on every kind of field.
#[derive(Tunable, Clone, Debug, PartialEq)]
struct Everything {
    #[tune(range = -5..=5)]
    a: i8,
    #[tune(range = 1..=1000, log)]
    b: i16,
    #[tune(range = -100..=100, step = 10)]
    c: i32,
    #[tune(range = 0..=1_000_000, normal(mean = 500_000, sd = 1e5))]
    d: i64,
    #[tune(range = -3..=3)]
    e: i128,
    #[tune(range = 0..=3)]
    f: isize,
    #[tune(range = 0..=u8::MAX)]
    g: u8,
    #[tune(range = 1..=9, log_normal(mean = 1.0, sd = 1.0))]
    h: u16,
    #[tune(range = 0..=3)]
    i: u64,
    #[tune(range = (0..=3))]
    j: u128,
    #[tune(normal(mean = 0, sd = 2))]
    k: f64,
    #[tune(log_normal(mean = -7.0, sd = 1.5), default = 1e-3)]
    l: f64,
    #[tune(range = 0.0..=0.3, step = 0.1)]
    m: f32,
    #[tune(range = 0.5..=2.0, log_normal(mean = 0.0, sd = 1.0))]
    n: Share,
    #[tune(choices = ["relu", "tanh"], weights = [3, 1.5])]
    o: String,
    #[tune(choices = ["relu", "tanh"], default = "tanh")]
    p: &'static str,
    #[tune(choices = [Activation::Relu, Activation::Leaky(0.1)])]
    q: Activation,
    #[tune(choices = WIDTHS, ordered, weights = [1.0; 3])]
    r: u16,
    #[tune(choices = [0.1, -0.5])]
    s: Option<f64>,
    #[tune(choices = ['a', 'b'])]
    t: char,
    #[tune(default = true)]
    u: bool,
    #[tune(fixed = vec![1, 2])]
    v: Vec<u8>,
    #[tune(range = 0.0..=1.0, default = [None, Some([0.25, 0.5])])]
    w: [Option<[f64; 2]>; 2],
    #[tune(rename = "x-ray", default = Some(Layer::Dense(16)))]
    x: Option<Layer>,
    y: [Size; 2],
    #[tune(default = Some(true))]
    z: Option<bool>,
    r#type: Rate,
    #[tune(default = (Rate(0.5)))]
    rate: Rate,
}

#[test]
fn attributes_apply_to_the_innermost_value() {
    let names = names::<Everything>();
    let w: Vec<_> = names.iter().filter(|name| name.starts_with('w')).collect();
    assert_eq!(w, ["w.0", "w.0.some.0", "w.0.some.1", "w.1", "w.1.some.0", "w.1.some.1"]);
    assert!(names.contains(&"x-ray.some.Dense".to_owned()));
    assert!(names.contains(&"type".to_owned()));
    assert!(!names.contains(&"v".to_owned()));
}

#[test]
fn defaults_reach_into_options_and_arrays() {
    let config = default::<Everything>();
    assert_eq!(config.w, [None, Some([0.25, 0.5])]);
    assert_eq!(config.x, Some(Layer::Dense(16)));
    assert_eq!(config.v, [1, 2]);
    assert_eq!((config.l, config.p, config.u, config.z), (1e-3, "tanh", true, Some(true)));
    assert_eq!(config.rate, Rate(0.5));
}

#[test]
fn choices_are_called_as_they_are_written() {
    let words = |name| axis::<Everything>(name).distribution().values_in_words();
    assert_eq!(words("q"), "`Relu` or `Activation::Leaky(0.1)`");
    assert_eq!(words("r"), "`16` or `32` or `64`");
    assert_eq!(words("s.some"), "`0.1` or `-0.5`");
    assert_eq!(words("t"), "`a` or `b`");
    assert_eq!(axis::<Training>("width").distribution().value(4.0), Value::Text("WIDEST".into()));
    assert_eq!(axis::<Training>("width").distribution().value(0.0), Value::Int(16));
}

#[test]
fn what_lies_outside_is_named() {
    let typed = TypedSpace::<Training>::new().unwrap();
    let outside = Training {
        learning_rate: 0.01,
        layers: 7,
        width: 16,
        dropout: 0.1,
        optimizer: Optimizer::Plain,
    };
    let error = typed.encode(&outside).unwrap_err().to_string();
    assert_eq!(error, "layers = 7 lies outside 1..=6; widen the parameter or change the value");
}

#[test]
fn mistakes_that_only_run_time_knows_come_together() {
    const LOW: f64 = 2.0;
    #[derive(Tunable)]
    #[allow(dead_code, reason = "only the description matters")]
    struct Wrong {
        #[tune(range = LOW..=1.0)]
        rate: f64,
        #[tune(range = 0.0..=1.0, default = LOW)]
        share: f64,
        #[tune(choices = [1, 2], weights = [LOW, -LOW])]
        width: u8,
    }
    let Err(Error::InvalidSpace { mistakes }) = Wrong::space() else { panic!() };
    let parameters: Vec<_> = mistakes.iter().map(|mistake| mistake.parameter.as_str()).collect();
    assert_eq!(parameters, ["rate", "share", "width"]);
    #[derive(Tunable, Debug)]
    struct Alone(
        #[tune(range = 0.0..=1.0, default = LOW)]
        #[allow(dead_code, reason = "")]
        f64,
    );
    let error = Alone::space().unwrap_err().to_string();
    assert!(error.starts_with("Alone: the default is not among its values: Alone = 2"), "{error}");
}

#[test]
fn points_of_other_spaces_are_refused() {
    let typed = TypedSpace::<Training>::new().unwrap();
    let other = Space::builder().bool("other").build().unwrap().default_point();
    assert!(typed.decode(&other).is_err());
}
