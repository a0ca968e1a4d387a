//! Drives the `ask_tell` example through pipes, as a program in another language would.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};

const SAMPLERS: [&str; 6] = ["random", "sobol", "grid", "controller", "evolution", "local"];

struct Driver {
    program: Child,
    /// `None` once it is closed.
    requests: Option<ChildStdin>,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    fn new(sampler: &str) -> Self {
        let mut program = Command::new(crate::example("ask_tell"))
            .args(["--sampler", sampler])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = program.stdin.take();
        let replies = BufReader::new(program.stdout.take().unwrap()).lines();
        Driver { program, requests, replies }
    }

    fn send(&mut self, line: &[u8]) -> Json {
        let requests = self.requests.as_mut().unwrap();
        requests.write_all(line).unwrap();
        requests.write_all(b"\n").unwrap();
        serde_json::from_str(&self.replies.next().unwrap().unwrap()).unwrap()
    }

    fn call(&mut self, request: Json) -> Json {
        self.send(request.to_string().as_bytes())
    }

    fn accept(&mut self, request: Json) {
        let reply = self.call(request.clone());
        assert_eq!(reply, json!({"ok": true}), "{request}");
    }

    /// Expects a refusal that contains `part`.
    fn refuse(&mut self, line: &[u8], part: &str) {
        let reply = self.send(line);
        let error = reply["error"].as_str().unwrap_or_else(|| panic!("{reply} is no refusal"));
        assert!(error.contains(part), "`{error}` says nothing of `{part}`");
    }

    fn init(&mut self, seed: u64, space: Json) {
        self.accept(json!({
            "op": "init", "seed": seed, "budget": 50, "direction": "minimize", "space": space
        }));
    }

    fn ask(&mut self) -> (u64, Json) {
        let reply = self.call(json!({"op": "ask"}));
        let id = reply["id"].as_u64().unwrap_or_else(|| panic!("{reply} has no id"));
        (id, reply["params"].clone())
    }

    fn tell(&mut self, id: u64, value: impl Into<Json>) {
        self.accept(json!({"op": "tell", "id": id, "value": value.into()}));
    }

    /// Closes the pipe; the program is to end in peace and without another word.
    fn finish(mut self) {
        self.requests = None;
        assert!(self.replies.next().is_none());
        assert!(self.program.wait().unwrap().success());
    }
}

/// One parameter of every kind, with names and choices that invite confusion.
fn every_kind() -> Json {
    json!([
        {"name": "x", "type": "float", "low": 1e-4, "high": 1.0, "log": true},
        {"name": "a.b", "type": "float", "low": 0.1, "high": 0.7, "step": 0.2},
        {"name": "a.", "type": "int", "low": -3, "high": 20, "step": 4},
        {"name": "", "type": "int", "low": 1, "high": 1000, "log": true},
        {"name": "same", "type": "float", "low": 2, "high": 2},
        {"name": "\"q\"\n", "type": "cat", "choices": [1, 1.0, "1", true, "true", -0.5, "ä\n"]}
    ])
}

/// Of the same JSON type, too, which `==` on JSON numbers asks for.
fn is_one_of(choices: &Json, value: &Json) -> bool {
    choices.as_array().unwrap().contains(value)
}

#[test]
fn params_come_back_as_declared() {
    let space = every_kind();
    for sampler in SAMPLERS {
        let mut driver = Driver::new(sampler);
        driver.init(3, space.clone());
        let mut choices = std::collections::HashSet::new();
        for _ in 0..200 {
            let (id, params) = driver.ask();
            assert_eq!(params.as_object().unwrap().len(), 6);
            assert!(params["x"].is_f64() && (1e-4..=1.0).contains(&params["x"].as_f64().unwrap()));
            let stepped = params["a.b"].as_f64().unwrap();
            assert!((0.1..=0.7).contains(&stepped), "{stepped}");
            assert!(matches!(params["a."].as_i64(), Some(-3 | 1 | 5 | 9 | 13 | 17)), "{params}");
            assert!((1..=1000).contains(&params[""].as_i64().unwrap()));
            assert!(params["same"].is_f64() && params["same"] == 2.0);
            let choice = &params["\"q\"\n"];
            assert!(is_one_of(&space[5]["choices"], choice), "{choice}");
            choices.insert(choice.to_string());
            driver.tell(id, params["x"].clone());
        }
        assert_eq!(choices.len(), 7);
        driver.finish();
    }
}

#[test]
fn a_seed_gives_the_same_run_every_time() {
    for sampler in SAMPLERS {
        let mut driver = Driver::new(sampler);
        let mut run = |seed| {
            driver.init(seed, every_kind());
            let asked = (0..10).map(|_| {
                let (id, params) = driver.ask();
                driver.tell(id, params["x"].clone());
                (id, params)
            });
            asked.collect::<Vec<_>>()
        };
        let first = run(1);
        assert_ne!(run(2), first);
        assert_eq!(run(1), first);
        driver.finish();
    }
}

#[test]
fn tells_come_in_any_order_and_once() {
    let mut driver = Driver::new("random");
    driver.init(1, every_kind());
    let ids: Vec<u64> = (0..5).map(|_| driver.ask().0).collect();
    for &id in [ids[3], ids[0], ids[4]].iter() {
        driver.tell(id, id as f64);
    }
    driver.tell(ids[1], Json::Null);
    driver.refuse(br#"{"op":"tell","id":3,"value":1}"#, "already told 3");
    driver.refuse(br#"{"op":"tell","id":1,"value":1}"#, "already told");
    driver.refuse(br#"{"op":"tell","id":99,"value":1}"#, "no running trial 99");
    driver.tell(ids[2], -1e300);
    driver.finish();
}

#[test]
fn finished_trials_are_added_all_or_none() {
    let mut driver = Driver::new("random");
    driver.init(1, json!([{"name": "k", "type": "cat", "choices": ["a", "b", 1.0]}]));
    driver.refuse(
        br#"{"op":"preload","trials":[{"params":{"k":"a"},"value":1},{"params":{"k":"c"},"value":1}]}"#,
        "trials[1]: \"k\" = \"c\" lies outside",
    );
    driver.refuse(br#"{"op":"preload","trials":[{"params":{},"value":1}]}"#, "\"k\" has no value");
    driver.refuse(
        br#"{"op":"preload","trials":[{"params":{"k":"a","l":1},"value":1}]}"#,
        "no parameter \"l\"",
    );
    driver.refuse(br#"{"op":"preload","trials":[{"params":{"k":"a"}}]}"#, "value");
    // 1 for 1.0, as some JSON writers have it; the same trial twice; a failed one.
    driver.accept(json!({"op": "preload", "trials": [
        {"params": {"k": 1}, "value": 0.5},
        {"params": {"k": 1.0}, "value": 0.25},
        {"params": {"k": "b"}, "value": null}
    ]}));
    // Only "a" is left to try, and then nothing.
    assert_eq!(driver.ask().1, json!({"k": "a"}));
    driver.refuse(br#"{"op":"ask"}"#, "all 3 points of the space were tried");
    driver.finish();
}

#[test]
fn earlier_studies_and_beliefs_come_before_the_first_ask() {
    let mut driver = Driver::new("bayesian");
    let space = json!([{"name": "x", "type": "float", "low": 0.0, "high": 1.0}]);
    driver.init(1, space.clone());
    let trials = [0.1, 0.35, 0.4, 0.9]
        .map(|x: f64| json!({"params": {"x": x}, "value": (x - 0.37).powi(2)}));
    driver.refuse(
        br#"{"op":"earlier","name":"march","trials":[{"params":{"y":1},"value":1}]}"#,
        "no parameter \"y\"",
    );
    // What is told before is kept.
    driver.accept(json!({"op": "preload", "trials": [{"params": {"x": 0.2}, "value": 0.5}]}));
    driver.accept(json!({"op": "earlier", "name": "march", "trials": trials}));
    driver.accept(json!({"op": "earlier", "name": "empty", "trials": []}));
    let (id, params) = driver.ask();
    assert!((params["x"].as_f64().unwrap() - 0.37).abs() < 0.1, "{params}");
    assert_eq!(id, 1);
    driver.refuse(br#"{"op":"earlier","name":"april","trials":[]}"#, "before the first ask");

    let mut believed = space;
    believed[0]["believed"] = json!(0.77);
    driver.init(2, believed.clone());
    assert!((driver.ask().1["x"].as_f64().unwrap() - 0.77).abs() < 1e-9);
    believed[0]["believed"] = json!(7);
    let init = json!({
        "op": "init", "seed": 1, "budget": 5, "direction": "minimize", "space": believed
    });
    driver.refuse(init.to_string().as_bytes(), "lies outside");
    driver.finish();
}

#[test]
fn refusals_change_nothing() {
    let mut driver = Driver::new("sobol");
    driver.refuse(br#"{"op":"ask"}"#, "send init first");
    driver.refuse(br#"{"op":"tell","id":0,"value":1}"#, "send init first");
    driver.init(7, every_kind());
    let first = driver.ask();
    for line in [
        &b""[..],
        b"nonsense",
        b"{\"op\":\"ask\"",
        b"[]",
        b"3",
        b"\xff\xfe{}",
        br#"{"op":"frobnicate"}"#,
        br#"{"OP":"ask"}"#,
        br#"{"op":"tell","id":0}"#,
        br#"{"op":"tell","id":0,"value":NaN}"#,
        br#"{"op":"tell","id":0,"value":1e999}"#,
        br#"{"op":"tell","id":0,"value":"low"}"#,
        br#"{"op":"tell","id":-1,"value":1}"#,
        br#"{"op":"init","budget":9}"#,
        br#"{"op":"init","budget":9,"direction":"sideways","space":[]}"#,
        br#"{"op":"init","budget":9,"space":[{"name":"x","type":"complex"}]}"#,
        br#"{"op":"init","budget":9,"space":[{"name":"x","type":"float","low":NaN,"high":1}]}"#,
        br#"{"op":"init","budget":9,"space":[{"name":"x","type":"int","low":0.5,"high":1}]}"#,
        br#"{"op":"init","budget":9,"space":[{"name":"x","type":"int","low":0,"high":9223372036854775808}]}"#,
        br#"{"op":"init","budget":9,"space":[{"name":"x","type":"cat","choices":[[1],{}]}]}"#,
    ] {
        driver.refuse(line, "no request");
    }
    for (space, part) in [
        (json!([{"name": "x", "type": "float", "low": 1, "high": 0}]), "holds no value"),
        (json!([{"name": "x", "type": "float", "low": 0, "high": 1, "log": true}]), "low > 0"),
        (json!([{"name": "x", "type": "float", "low": -1e308, "high": 1e308}]), "inf"),
        (json!([{"name": "x", "type": "int", "low": 0, "high": 9, "step": 0}]), "above 0"),
        (json!([{"name": "x", "numeric": {"range": [0, 1], "scal": "log"}}]), "`scale`"),
        (json!([{"name": "x", "type": "float", "low": 1, "high": 9, "lgo": true}]), "\"lgo\""),
        (json!([{"name": "x", "type": "cat", "choices": []}]), "no choice"),
        (json!([{"name": "x", "type": "cat", "choices": ["a", "a"]}]), "stands twice"),
        (
            json!([{"name": "x", "type": "int", "low": 0, "high": 9},
                {"name": "x", "type": "int", "low": 0, "high": 9}]),
            "another parameter",
        ),
    ] {
        let init = json!({"op": "init", "seed": 1, "budget": 9, "space": space});
        driver.refuse(init.to_string().as_bytes(), part);
    }
    // The study is where it was: its trial still runs, and the next one is what it would have been.
    driver.tell(first.0, 0.5);
    let second = driver.ask();
    driver.init(7, every_kind());
    assert_eq!([driver.ask(), driver.ask()], [first, second]);
    driver.finish();
}

#[test]
fn small_spaces_end_with_a_refusal() {
    let mut driver = Driver::new("sobol");
    driver.init(1, json!([]));
    assert_eq!(driver.ask().1, json!({}));
    driver.refuse(br#"{"op":"ask"}"#, "all 1 points");
    driver.init(1, json!([{"name": "n", "type": "int", "low": 5, "high": 5}]));
    assert_eq!(driver.ask().1, json!({"n": 5}));
    driver.refuse(br#"{"op":"ask"}"#, "all 1 points");
    driver.finish();
}

#[test]
fn points_are_repeated_where_that_is_allowed() {
    for sampler in SAMPLERS.into_iter().chain(["bayesian"]) {
        let mut driver = Driver::new(sampler);
        let space = json!([
            {"name": "n", "type": "int", "low": 1, "high": 3},
            {"name": "k", "type": "cat", "choices": ["a", "b"]}
        ]);
        let mut init = json!({"op": "init", "seed": 1, "budget": 20, "space": space});
        init["repeats"] = true.into();
        driver.accept(init.clone());
        for _ in 0..14 {
            let (id, params) = driver.ask();
            driver.tell(id, params["n"].clone());
        }
        init["repeats"] = false.into();
        driver.accept(init);
        for _ in 0..6 {
            let (id, params) = driver.ask();
            driver.tell(id, params["n"].clone());
        }
        driver.refuse(br#"{"op":"ask"}"#, "all 6 points of the space were tried");
        driver.finish();
    }
}

#[test]
fn a_space_may_have_the_form_of_a_file() {
    let space = json!([
        {"name": "lr", "numeric": {"range": [1e-5, 0.1], "scale": "log"}, "default": 1e-3},
        {"name": "kernel", "choice": {"choices": ["linear", "rbf"]}},
        {"name": "gamma", "numeric": {"range": [0.1, 1.0]},
         "when": {"parameter": "kernel", "is": "rbf"}},
        {"name": "n", "numeric": {"integer": true, "range": [0, i64::MAX], "step": 1_000_000}},
        {"name": "c", "choice": {"choices": [{"float": "NaN"}, {"float": "Infinity"}, 1.5]}}
    ]);
    for sampler in SAMPLERS {
        let mut driver = Driver::new(sampler);
        driver.init(1, space.clone());
        let mut actives = 0;
        for _ in 0..20 {
            let (id, params) = driver.ask();
            let rbf = params["kernel"] == "rbf";
            assert_eq!(params.get("gamma").is_some(), rbf, "{params}");
            assert_eq!(params["n"].as_i64().unwrap() % 1_000_000, 0, "{params}");
            assert!(is_one_of(&space[4]["choice"]["choices"], &params["c"]), "{params}");
            actives += u32::from(rbf);
            driver.tell(id, params["lr"].clone());
        }
        assert!((1..20).contains(&actives), "{sampler} {actives}");
        let finished = |n: i64| {
            json!({"op": "preload", "trials": [{"value": 1, "params": {
                "lr": 0.01, "kernel": "linear", "n": n, "c": {"float": "NaN"}}}]})
        };
        driver.accept(finished(9_007_199_254_000_000_000));
        driver.refuse(
            finished(1_000_001).to_string().as_bytes(),
            "n = 1000001 lies between two values of 0..=9223372036854000000 in steps of 1000000; \
             give 1000000 or 2000000",
        );
        driver.finish();
    }
}

#[test]
fn misspelt_keys_are_refused() {
    let mut driver = Driver::new("random");
    driver.refuse(
        br#"{"op":"init","budget":9,"repeat":true,"space":[]}"#,
        "there is no key \"repeat\"; did you mean \"repeats\"?",
    );
    driver.refuse(br#"{"op":"init","budget":9,"sede":1,"space":[]}"#, "did you mean \"seed\"?");
    // What drivers send for reasons of their own does no harm.
    driver.accept(json!({"op": "init", "budget": 9, "comment": "first", "space": every_kind()}));
    let (id, _) = driver.ask();
    let line = format!(r#"{{"op":"tell","id":{id},"value":1,"nosie":0.1}}"#);
    driver.refuse(line.as_bytes(), "did you mean \"noise\"?");
    driver.tell(id, 1.0);
    driver.finish();
}

#[test]
fn texts_are_kept() {
    let mut driver = Driver::new("random");
    driver.init(1, every_kind());
    let (id, _) = driver.ask();
    let tell = json!({"op": "tell", "id": id, "value": 1, "text": {"commit": "1f3a"}});
    driver.accept(tell);
    driver.refuse(br#"{"op":"tell","id":0,"value":1,"text":{"commit":1}}"#, "no request");
    driver.refuse(br#"{"op":"tell","id":0,"value":1,"txt":{}}"#, "did you mean \"text\"?");
    driver.finish();
}

#[test]
fn integers_are_exact() {
    let mut driver = Driver::new("random");
    let space = json!([
        {"name": "n", "type": "int", "low": i64::MIN, "high": i64::MAX},
        {"name": "id", "type": "int", "low": i64::MAX - 7, "high": i64::MAX, "step": 3}
    ]);
    driver.init(1, space);
    for _ in 0..50 {
        let (id, params) = driver.ask();
        assert!(params["n"].is_i64());
        let far = params["id"].as_i64().unwrap();
        assert_eq!((far - (i64::MAX - 7)) % 3, 0, "{params}");
        driver.tell(id, 1.0);
    }
    let wrong = json!({"op": "preload", "trials": [
        {"params": {"n": 0, "id": i64::MAX - 6}, "value": 0}]});
    driver.refuse(
        wrong.to_string().as_bytes(),
        "\"id\" = 9223372036854775801 lies between two values of \
         9223372036854775800..=9223372036854775806 in steps of 3",
    );
    driver.finish();
}

#[test]
fn wrong_arguments_give_one_line_and_status_2() {
    for arguments in [
        &[][..],
        &["--sampler"],
        &["--sampler", "no such"],
        &["--smapler", "random"],
        &["--sampler", "random", "more"],
    ] {
        let output = Command::new(crate::example("ask_tell")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(SAMPLERS.iter().all(|sampler| message.contains(sampler)), "{message}");
    }
}
