//! What a config type says of good values.

use tunewright::prelude::*;

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Training {
    #[tune(range = 1e-5..=1e-1, log, believed = 3e-4, width = 0.05)]
    learning_rate: f64,
    #[tune(range = 1..=9, believed = 4)]
    layers: u32,
    #[tune(choices = ["sgd", "adam"], believed = "adam")]
    optimizer: String,
    #[tune(range = 0.0..=0.6)]
    dropout: f64,
}

#[test]
fn the_first_config_is_what_is_believed() {
    let study = Study::<Training>::minimize().seed(1).build().unwrap();
    let asked = study.ask().unwrap();
    let config = asked.config();
    assert!((config.learning_rate / 3e-4 - 1.0).abs() < 1e-9, "{config:?}");
    assert_eq!((config.layers, config.optimizer.as_str()), (4, "adam"));
    // What the study is told counts more.
    let told = Study::<Training>::minimize().seed(1).believe("layers", 8).build().unwrap();
    assert_eq!(told.ask().unwrap().config().layers, 8);
}

#[derive(Tunable, Clone, Debug)]
struct Outside {
    #[tune(choices = [1, 2], believed = three())]
    value: u32,
    #[tune(range = 0.0..=1.0, believed = 0.5, width = 7.0)]
    other: f64,
}

fn three() -> u32 {
    3
}

#[test]
fn mistakes_are_told_with_all_others() {
    let error = Study::<Outside>::minimize().build().unwrap_err().to_string();
    assert!(error.contains("value: the believed value is not among its values"), "{error}");
    assert!(error.contains("other: the width of the belief is 7"), "{error}");
}
