//! What the compiler says of mistakes, most of them under `#[derive(Tunable)]` and `#[derive(Goals)]`.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tunewright::Error;
use tunewright::space::{Choices, Float, Int, Space};

/// The compiler that wrote the expectations in `ui/bound` and `ui/study`, whose messages are its own.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn mistakes_are_explained() {
    let tests = trybuild::TestCases::new();
    for folder in ["attribute", "choice", "goals", "range", "scale", "shape"] {
        tests.compile_fail(format!("tests/ui/{folder}/*.rs"));
    }
    let version = Command::new("rustc").arg("--version").output().unwrap().stdout;
    if String::from_utf8_lossy(&version).starts_with(COMPILER) {
        tests.compile_fail("tests/ui/bound/*.rs");
        tests.compile_fail("tests/ui/study/*.rs");
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The macro lists its keys for those who write another one.
#[test]
fn the_table_has_every_attribute() {
    let docs = read("src/space/tunable.rs");
    let messages = read("tests/ui/attribute/unknown.stderr");
    let lists = messages.lines().filter_map(|line| line.split_once(" takes "));
    let keys: BTreeSet<&str> = lists.flat_map(|(_, keys)| keys.split(", ")).collect();
    assert_eq!(keys.len(), 17, "{keys:?}");
    for key in keys {
        assert!(docs.contains(&format!("/// | `{key}` | ")), "the table lacks `{key}`");
    }
}

/// The macro lists its keys for those who write another one.
#[test]
fn the_table_of_goals_has_every_key() {
    let docs = read("src/trial/typed_goals.rs");
    let messages = ["attribute", "contradictory"];
    let messages = messages.map(|name| read(&format!("tests/ui/goals/{name}.stderr"))).concat();
    for key in ["minimize", "maximize", "limit", "at_most", "at_least", "skip", "name", "crate"] {
        assert!(messages.contains(key), "no message names `{key}`");
        assert!(docs.contains(&format!("`{key}`")), "the table lacks `{key}`");
    }
}

/// A literal that the macro judges and a constant that only the builder can judge.
#[test]
fn mistakes_read_alike_at_compile_time_and_at_run_time() {
    let one = 1.0;
    let space = Space::builder()
        .field("range/bounds", &Int::range(5..=one as i64))
        .field("range/overflow", &Int::range(0..=u64::MAX))
        .field("scale/log", &Float::range(0.0..=one).log())
        .field("scale/step", &Float::range(0.0..=one).step(0.0))
        .field("scale/step", &Float::range(0.0..=one).step(1.5))
        .field("scale/law", &Float::normal(0.0, 0.0))
        .field("choice/choices", &Choices::<i64>::of([]))
        .field("choice/choices", &Choices::of([1, 2, 1]))
        .field("choice/weights", &Choices::of([1, 2, 3]).weights([1.0, 2.0]))
        .field("choice/weights", &Choices::of([1, 2]).weights([1.0, 0.0]))
        .build();
    let Err(Error::InvalidSpace { mistakes }) = space else { panic!("{space:?}") };
    assert_eq!(mistakes.len(), 10);
    for mistake in mistakes {
        let messages = read(&format!("tests/ui/{}.stderr", mistake.parameter));
        assert!(messages.contains(&format!("error: {}\n", mistake.problem)), "{mistake}");
    }
}
