//! Files that describe spaces: what is said of each mistake.

use tunewright::space::Space;

pub(super) fn read(text: &str) -> Result<Space, String> {
    serde_json::from_str::<Space>(text).map_err(|error| error.to_string())
}

pub(super) fn mistakes(text: &str) -> Vec<String> {
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
            "the step of an integer is 0.5, which is not a whole number; round it",
        ),
        (r#""numeric": {"integer": true}"#, "there is neither a range nor a law; give one of them"),
        (
            r#""numeric": {"integer": true, "range": [1, 6]}, "default": 4.5"#,
            "the default is not among its values: x = 4.5 is not a whole number; give one of 1..=6",
        ),
        (
            r#""numeric": {"integer": true, "range": [0, 9000000], "step": 1000000},
                "default": 1000001"#,
            "the default is not among its values: x = 1000001 lies between two values of 0..=9000000 in \
             steps of 1000000; give 1000000 or 2000000",
        ),
        (
            r#""numeric": {"range": [0, 1]}, "default": "half""#,
            "the default is not among its values: x = half is a text, but the parameter takes numbers: \
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
