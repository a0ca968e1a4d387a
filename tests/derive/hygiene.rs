//! Generated code names everything by its full path and leaks no names of its own.

use tunewright::Tunable;

use super::names;

mod shadowed {
    #![allow(dead_code, non_upper_case_globals, reason = "names that get in the way")]

    pub(super) struct Result;
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Vec;
    pub(super) struct String;
    pub(super) struct Box;
    pub(super) struct Clone;
    pub(super) struct From;
    pub(super) trait Tunable {}
    pub(super) trait Domain {}
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod tunewright {}
    const builder: f64 = 0.1;
    const reader: f64 = 0.2;
    const writer: f64 = 0.3;
    const branch: f64 = 0.4;
    const value0: f64 = 0.5;

    #[derive(::tunewright::Tunable)]
    pub(super) struct Product {
        #[tune(range = builder..=reader, default = (reader))]
        r#fn: f64,
        #[tune(choices = ["a", "b"])]
        text: ::std::string::String,
        #[tune(range = reader..=writer)]
        option: Option<f64>,
        choice: Choice,
    }

    #[derive(::tunewright::Tunable)]
    pub(super) enum Choice {
        r#Self_ {
            #[tune(range = builder..=value0, default = branch)]
            r#in: f64,
            #[tune(fixed = writer)]
            builder: f64,
        },
        Ok(#[tune(range = reader..=writer)] f64),
        #[tune(default)]
        None,
    }

    pub(super) struct Outcome;
    pub(super) struct Evaluation;
    pub(super) trait TypedGoals {}
    pub(super) trait Measurement {}
    #[derive(::tunewright::trial::Goals)]
    pub(super) struct Goals {
        #[goal(minimize, limit = writer)]
        r#fn: f64,
        #[constraint(at_least = builder, at_most = reader)]
        r#in: f64,
        text: f64,
    }
}

#[test]
fn names_in_scope_do_not_get_in_the_way() {
    let names = names::<shadowed::Product>();
    assert_eq!(names[0], "fn");
    assert!(names.contains(&"choice.Self_.in".to_owned()));
}

#[test]
fn the_crate_may_have_another_name() {
    mod facade {
        pub(super) use tunewright as tuning;
    }
    #[derive(Tunable)]
    #[tune(crate = facade::tuning)]
    #[allow(dead_code, reason = "only the names matter")]
    struct Renamed {
        #[tune(range = 0.0..=1.0)]
        rate: f64,
    }
    assert_eq!(names::<Renamed>(), ["rate"]);
}

#[test]
fn types_may_come_from_a_macro() {
    macro_rules! config {
        ($name:ident { $($field:ident: $type:ty = $range:expr),* }) => {
            #[derive(Tunable)]
            #[allow(dead_code, reason = "only the names matter")]
            struct $name { $(#[tune(range = $range)] $field: $type),* }
        };
    }
    config!(Config { a: f64 = 0.0..=1.0, b: Option<u8> = 1..=3 });
    assert_eq!(names::<Config>(), ["a", "b", "b.some"]);
}
