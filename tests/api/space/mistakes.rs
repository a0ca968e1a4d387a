//! What a user can get wrong about a space gives one clear sentence, and nothing panics.

use proptest::prelude::*;
use tunewright::Error;
use tunewright::space::{Choices, Domain, Float, Int, Scale, SearchSpace, Space, Value};

fn mistake(domain: &impl Domain) -> String {
    match Space::builder().field("p", domain).build() {
        Err(error) => error.to_string(),
        Ok(space) => panic!("nothing is wrong with {space:?}"),
    }
}

#[test]
fn ranges() {
    assert_eq!(
        mistake(&Float::range(2.0..=1.0)),
        "p: the range 2..=1 holds no value, because low is above high; swap the bounds"
    );
    assert_eq!(
        mistake(&Float::range(f64::NAN..=1.0)),
        "p: the low bound is NaN, which is not a finite number; write a finite one"
    );
    assert_eq!(
        mistake(&Float::range(0.0..=f64::INFINITY)),
        "p: the high bound is inf, which is not a finite number; write a finite one"
    );
    assert_eq!(
        mistake(&Float::range(0.0..=1.0).log()),
        "p: log scale needs low > 0, but low is 0; raise it or use a linear scale"
    );
    assert_eq!(
        mistake(&Int::range(-3..=1).log()),
        "p: log scale needs low > 0, but low is -3; raise it or use a linear scale"
    );
    assert_eq!(
        mistake(&Float::range(-1e308..=1e308)),
        "p: the width of the range is inf, which is not a finite number; write a finite one"
    );
    assert_eq!(
        mistake(&Float::range(0.0..=1e16).step(1.0)),
        "p: the range 0..=1e16 holds more than 2^53 steps, which doubles cannot tell apart; narrow \
         it or use a wider step"
    );
    assert_eq!(
        mistake(&Int::range(0..=9u64).step(u64::MAX)),
        "p: the step lies outside the 64-bit signed integers; use a smaller one"
    );
    assert_eq!(
        mistake(&Int::range(0..=u64::MAX)),
        "p: a bound lies outside the 64-bit signed integers; narrow the range"
    );
}

#[test]
fn steps() {
    assert_eq!(
        mistake(&Float::range(0.0..=1.0).step(0.0)),
        "p: the step is 0, but it must be above 0"
    );
    assert_eq!(
        mistake(&Float::range(0.0..=1.0).step(-0.5)),
        "p: the step is -0.5, but it must be above 0"
    );
    assert_eq!(
        mistake(&Float::range(0.0..=1.0).step(f64::NAN)),
        "p: the step is NaN, which is not a finite number; write a finite one"
    );
    assert_eq!(
        mistake(&Int::range(0..=5).step(6)),
        "p: the step 6 is wider than the range 0..=5; use a smaller step or a wider range"
    );
    assert_eq!(
        mistake(&Float::normal(0.0, 1.0).step(0.1)),
        "p: values in steps need bounds under a law; give a range as well"
    );
}

#[test]
fn laws() {
    assert_eq!(
        mistake(&Float::normal(0.0, 0.0)),
        "p: the standard deviation is 0, but it must be above 0"
    );
    assert_eq!(
        mistake(&Float::normal(f64::NAN, 1.0)),
        "p: the mean is NaN, which is not a finite number; write a finite one"
    );
    assert_eq!(
        mistake(&Float::normal(0.0, 1.0).within(50.0..=60.0)),
        "p: the range 50..=60 lies more than 37 standard deviations from the mean, where the law \
         has no mass; move one of them"
    );
}

#[test]
fn choices() {
    assert_eq!(mistake(&Choices::<i32>::of([])), "p: there is no choice; give at least one");
    assert_eq!(
        mistake(&Choices::of(["a", "b", "a"])),
        "p: the choice `a` stands twice; remove one, or give it another label"
    );
    assert_eq!(
        mistake(&Choices::of(["a", "b"]).weights([1.0, 0.0])),
        "p: the weight of `b` is 0, but it must be above 0; to leave a choice out, remove it"
    );
    assert_eq!(
        mistake(&Choices::of(["a", "b"]).weights([1.0])),
        "p: there are 1 weights for 2 choices; give one for each"
    );
}

#[test]
fn all_mistakes_come_at_once() {
    let error = Space::builder()
        .float("lr", 1.0..=0.1, Scale::Log)
        .int("n", 1..=3, Scale::Linear)
        .int("n", 1..=4, Scale::Linear)
        .bool("")
        .field_with_default("dropout", &Float::range(0.0..=0.6), 0.9)
        .build()
        .unwrap_err();
    let Error::InvalidSpace { mistakes } = &error else { panic!("{error}") };
    assert_eq!(mistakes.len(), 4);
    let text = error.to_string();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "lr: the range 1..=0.1 holds no value, because low is above high; swap the bounds",
            "dropout: the default is not among its values: dropout = 0.9 lies outside 0..=0.6; widen the \
             parameter or change the value",
            "n: another parameter has this name; rename one of them",
            ": the name is empty; give the parameter a name",
        ]
    );
}

fn conditional() -> Space {
    Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .choice("kernel", |kernel| {
            kernel.unit("linear").variant("rbf", |rbf| rbf.float("gamma", 0.1..=1.0, Scale::Log))
        })
        .build()
        .unwrap()
}

#[test]
fn configs_by_name() {
    let space = conditional();
    let wrong = |values: &[(&'static str, Value)]| -> String {
        space.params(values.iter().cloned()).unwrap_err().to_string()
    };
    assert_eq!(
        wrong(&[("lr", 0.01.into()), ("kernal", "rbf".into())]),
        "there is no parameter `kernal`; the space has kernel, lr, kernel.rbf.gamma"
    );
    assert_eq!(
        wrong(&[("lr", 0.01.into()), ("kernel", "poly".into())]),
        "kernel = poly lies outside `linear` or `rbf`; widen the parameter or change the value"
    );
    assert_eq!(
        wrong(&[("lr", 0.01.into()), ("kernel", "rbf".into())]),
        "kernel.rbf.gamma has no value; give it one"
    );
    assert_eq!(
        wrong(&[
            ("lr", 0.01.into()),
            ("kernel", "linear".into()),
            ("kernel.rbf.gamma", 0.5.into())
        ]),
        "kernel.rbf.gamma exists only when kernel = rbf; ask which choice was taken first, or \
         leave the parameter out"
    );
    let linear = space.params([("lr", 0.01.into()), ("kernel", "linear".into())]).unwrap();
    assert!(matches!(linear.float("kernel.rbf.gamma"), Err(Error::InactiveParameter { .. })));
    assert_eq!(linear.get("kernel.rbf.gamma").unwrap(), None);
    assert_eq!(
        linear.int::<u8>("lr").unwrap_err().to_string(),
        "lr = 0.01 is a number, not an integer; use the getter of its own type"
    );
}

#[test]
fn points_of_other_spaces() {
    let (space, other) =
        (conditional(), Space::builder().int("n", 1..=3, Scale::Linear).build().unwrap());
    let foreign = other.default_point();
    assert!(matches!(space.check(&foreign), Err(Error::ForeignPoint { axes: 3, coordinates: 1 })));
    let params = other.decode(&foreign).unwrap();
    assert!(space.encode(&params).is_err());
    assert!(space.point(&[0.5]).is_err());
}

#[test]
fn files_with_mistakes() {
    let read = |text: &str| serde_json::from_str::<Space>(text).unwrap_err().to_string();
    let number = r#""numeric":{"integer":false,"scale":"linear","range":[0.0,1.0]}"#;
    assert!(
        read(r#"[{"name":"x","numeric":{"integer":false,"scale":"log","range":[0.0,1.0]}}]"#)
            .contains("log scale needs low > 0")
    );
    assert!(
        read(r#"[{"name":"n","numeric":{"integer":true,"range":[0.5,3]}}]"#)
            .contains("a bound of an integer is 0.5, which is not a whole number; round it")
    );
    let orphan = format!(r#"[{{"name":"x",{number},"when":{{"parameter":"kernel","is":"rbf"}}}}]"#);
    assert!(read(&orphan).contains("x: its condition kernel = rbf matches no choice"));
    let twice = format!(r#"[{{"name":"x",{number}}},{{"name":"x",{number}}}]"#);
    assert!(read(&twice).contains("x: another parameter has this name"));
    let default = format!(r#"[{{"name":"x",{number},"default":2.0}}]"#);
    assert!(read(&default).contains("x: the default is not among its values"));
}

#[test]
fn ten_thousand_parameters_work() {
    let space = (0..10_000)
        .fold(Space::builder(), |builder, index| {
            builder.float(&format!("x{index}"), 0.0..=1.0, Scale::Linear)
        })
        .build()
        .unwrap();
    let study = tunewright::Study::in_space(space)
        .sampler(tunewright::SobolSampler::new())
        .build()
        .unwrap();
    let first = |p: tunewright::Params, _: &mut tunewright::Trial| p.float("x9999");
    study.optimize(first, 3).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 3);
}

proptest! {
    /// Whatever a file holds, reading it gives a space or an error.
    #[test]
    fn broken_files_do_not_panic(cut in 0usize..900, byte in any::<u8>(), at in 0usize..900) {
        let mut text = serde_json::to_string_pretty(&conditional()).unwrap().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        text.truncate(text.len().saturating_sub(cut % 2 * cut));
        if let Ok(space) = serde_json::from_slice::<Space>(&text) {
            let mut random = tunewright::sampler::Stream::new(1, 1);
            prop_assert!(space.check(&space.sample(&mut random)).is_ok());
        }
    }
}

#[test]
fn points_are_read_only_if_they_fit() {
    let space = conditional();
    let read = |text: &str| space.read_point(&mut serde_json::Deserializer::from_str(text));
    assert_eq!(
        read("[0.01,1.0,0.5]").unwrap(),
        space.point_at_values([0.01, 1.0, 0.5].map(Some)).unwrap()
    );
    let refused = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(
        refused("[0.01,2.0,null]"),
        "kernel = 2 lies outside `linear` or `rbf`; widen the parameter or change the value"
    );
    assert!(refused("[0.01,1.0,null]").starts_with("kernel.rbf.gamma has no value"));
    assert!(
        refused("[0.01,0.0,0.5]").starts_with("kernel.rbf.gamma exists only when kernel = rbf")
    );
    assert_eq!(
        refused("[0.01,0.0]"),
        "a point with 2 coordinates does not belong to this space of 3 axes; use points that this \
         space made"
    );
    assert!(refused("{}").contains("invalid type: map"));
}
