//! What the controller promises beyond every sampler's contract.

use tunewright::prelude::*;
use tunewright::sampler::controller::PolicyView;
use tunewright::trial::Outcome;
use tunewright::{ControllerSampler, testing};

fn layers(count: usize) -> Space {
    let layer = |builder: tunewright::space::SpaceBuilder, index: usize| {
        builder.choices(&format!("op{index}"), ["a", "b", "c", "d"])
    };
    (0..count).fold(Space::builder(), layer).build().unwrap()
}

/// How many layers are `c`, plus a bonus for `a` followed by `b`.
fn score(config: &Params) -> f64 {
    let ops: Vec<String> = config.iter().map(|(_, value)| value.to_string()).collect();
    let right = ops.iter().filter(|op| *op == "c").count();
    let pairs = ops.windows(2).filter(|pair| pair[0] == "a" && pair[1] == "b").count();
    right as f64 + 1.5 * pairs as f64
}

fn view(study: &Study<Params>, mut sampler: ControllerSampler) -> PolicyView {
    let view = study.with_context(|context| {
        let point = sampler.most_likely(context)?;
        sampler.policy(context, &point)
    });
    view.unwrap().unwrap()
}

fn presets() -> [(&'static str, ControllerSampler); 6] {
    [
        ("default", ControllerSampler::new()),
        ("without_surrogate", ControllerSampler::without_surrogate()),
        ("zoph2017", ControllerSampler::zoph2017()),
        ("nasnet", ControllerSampler::nasnet()),
        ("enas", ControllerSampler::enas()),
        ("reinforce", ControllerSampler::reinforce()),
    ]
}

#[test]
fn the_policy_learns_the_best_arm() {
    // Eight arms, one of them better; the policy's share of it is what learning must raise.
    let arms =
        Space::builder().choices("arm", (0..8).map(|arm| format!("arm{arm}"))).build().unwrap();
    let mut shares = Vec::new();
    for seed in 0..8 {
        let study = Study::in_space(arms.clone())
            .maximize()
            .allow_repeats()
            .sampler(ControllerSampler::reinforce().learning_rate(0.1))
            .seed(seed)
            .build()
            .unwrap();
        let reward = |config: Params, _: &mut Trial| {
            config.text("arm").map(|arm| if arm == "arm5" { 1.0 } else { 0.2 })
        };
        study.optimize(reward, 150).unwrap();
        let view = view(&study, ControllerSampler::reinforce().learning_rate(0.1));
        shares.push(view.decisions()[0].probabilities[5]);
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    // An untrained policy has 0.125 each.
    assert!(mean > 0.8, "{shares:?}");
}

#[test]
fn what_is_learned_beats_chance_in_a_large_space() {
    let run = |sampler: ControllerSampler, seed| {
        let study =
            Study::in_space(layers(10)).maximize().sampler(sampler).seed(seed).build().unwrap();
        study.optimize(|config: Params, _: &mut Trial| score(&config), 150).unwrap();
        study.history().unwrap()
    };
    // Random configs score 3.3 on average, with deviation 1.3; the best of 150 scores about 7.
    for seed in 0..2 {
        let alone = run(ControllerSampler::without_surrogate(), seed);
        let late = alone.complete().skip(120).map(|trial| -trial.loss()).sum::<f64>() / 30.0;
        assert!(late > 5.5, "{late}");
        let screened = run(ControllerSampler::new(), seed);
        let best = -screened.best().unwrap().loss();
        assert!(best >= 8.5, "{best}");
    }
}

#[test]
fn the_policy_does_not_depend_on_the_order_of_results() {
    for (name, _) in presets() {
        let make = || presets().into_iter().find(|(other, _)| *other == name).unwrap().1;
        // Trials of a person's own, so that both studies have the same ones.
        let run = |order: &dyn Fn(usize) -> usize| {
            let study =
                Study::in_space(layers(4)).maximize().sampler(make()).seed(1).build().unwrap();
            let mut random = tunewright::sampler::Stream::new(4, 0);
            for _ in 0..45 {
                let point = study.space().space().sample(&mut random);
                study.enqueue(study.space().decode(&point).unwrap()).unwrap();
            }
            let asked: Vec<_> = (0..45).map(|_| study.ask().unwrap()).collect();
            let mut kept = make();
            for at in 0..45 {
                let trial = &asked[order(at)];
                let number = trial.number();
                let outcome = match number % 9 {
                    7 => Outcome::Failed("on purpose".into()),
                    8 => Outcome::Pruned(None),
                    _ => Outcome::Complete(score(trial.config()).into()),
                };
                study.tell(trial, outcome).unwrap();
                // A sampler that follows all along, and goes back for late results.
                if at % 5 == 0 {
                    study.with_context(|context| kept.suggest(context)).unwrap().unwrap();
                }
            }
            let from_kept = view(&study, kept);
            assert_eq!(from_kept, view(&study, make()), "{name}");
            from_kept
        };
        let in_order = run(&|at| at);
        assert_eq!(in_order, run(&|at| 44 - at), "{name}");
        assert_eq!(in_order, run(&|at| (at * 7) % 45), "{name}");
    }
}

/// The first of two choices decides what the second may be, and in one case that is nothing.
struct DeadEnd {
    axes: Space,
    everything: bool,
}

impl SearchSpace for DeadEnd {
    type Config = Point;

    fn space(&self) -> &Space {
        &self.axes
    }

    fn decode(&self, point: &Point) -> Result<Point> {
        self.axes.check(point)?;
        Ok(point.clone())
    }

    fn encode(&self, config: &Point) -> Result<Point> {
        Ok(config.clone())
    }

    fn violated(&self, config: &Point) -> Option<&str> {
        (self.everything || config.get(0) == Some(1.0)).then_some("no second operation fits")
    }

    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        // Told late: the first choice looks legal, but nothing can follow.
        if axis == 1 && (self.everything || chosen[0] == Some(1.0)) {
            legal.fill(false);
        }
    }
}

fn dead_end(everything: bool) -> DeadEnd {
    let axes = Space::builder().choices("first", ["a", "b"]).choices("second", ["p", "q", "r"]);
    DeadEnd { axes: axes.build().unwrap(), everything }
}

#[test]
fn dead_ends_are_avoided() {
    testing::space(&dead_end(false));
    for (name, sampler) in presets() {
        let study = Study::in_space(dead_end(false)).sampler(sampler).build().unwrap();
        let reason = study.optimize(|point: Point, _: &mut Trial| point.get(1).unwrap_or(9.0), 20);
        assert_eq!(reason.unwrap(), StopReason::Exhausted, "{name}");
        assert_eq!(study.history().unwrap().complete_count(), 3, "{name}");
    }
}

#[test]
fn a_space_without_legal_points_is_an_error() {
    for (name, sampler) in presets() {
        let study = Study::in_space(dead_end(true)).sampler(sampler).build().unwrap();
        let error = study.ask().unwrap_err().to_string();
        assert!(error.contains("no other config was allowed"), "{name}: {error}");
    }
}

#[test]
fn rewards_without_information_leave_the_policy_sound() {
    let rewards: [fn(u64) -> f64; 4] = [
        |_| 0.5,
        |_| f64::NAN,
        |number| if number % 2 == 0 { 1e308 } else { -1e308 },
        |number| 1e-300 * number as f64,
    ];
    for (name, _) in presets() {
        for reward in rewards {
            let make = || presets().into_iter().find(|(other, _)| *other == name).unwrap().1;
            let study = Study::in_space(layers(4)).maximize().sampler(make()).build().unwrap();
            study.optimize(|_: Params, trial: &mut Trial| reward(trial.number()), 45).unwrap();
            for decision in view(&study, make()).decisions() {
                let sum: f64 = decision.probabilities.iter().sum();
                assert!((sum - 1.0).abs() < 1e-9, "{name}: {decision:?}");
            }
        }
    }
}

#[test]
fn depth_grows_with_the_trials() {
    let space = Space::builder()
        .int("depth", 1..=5, Scale::Linear)
        .choices("op", ["a", "b", "c", "d", "e", "f", "g", "h"])
        .float("rate", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let samplers = [
        ControllerSampler::new(),
        ControllerSampler::without_surrogate(),
        ControllerSampler::enas(),
    ];
    for sampler in samplers {
        let sampler = sampler.grow_depth_every(15);
        let study =
            Study::in_space(space.clone()).maximize().seed(1).sampler(sampler).build().unwrap();
        study
            .optimize(
                |config: Params, _: &mut Trial| config.int("depth").map(|d: i64| d as f64),
                75,
            )
            .unwrap();
        let history = study.history().unwrap();
        let depths: Vec<u64> =
            history.trials().map(|trial| trial.point().get(0).unwrap() as u64).collect();
        for (number, depth) in depths.iter().enumerate() {
            assert!(*depth <= 1 + number as u64 / 15, "trial {number} has depth {depth}");
        }
        for (stage, depths) in depths[..60].chunks(15).enumerate() {
            assert!(depths.iter().all(|depth| *depth == 1 + stage as u64), "{depths:?}");
        }
        assert!(depths[60..].iter().any(|depth| *depth >= 4), "{depths:?}");
    }
    let none = Study::in_space(layers(2)).sampler(ControllerSampler::new().grow_depth_every(5));
    let error = none.build().unwrap_err().to_string();
    assert!(error.contains("no depth to grow"), "{error}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let cases = [
        (ControllerSampler::new().learning_rate(0.0), "learning_rate is 0"),
        (ControllerSampler::new().learning_rate(f64::NAN), "learning_rate is NaN"),
        (ControllerSampler::new().entropy(-1.0), "entropy is -1"),
    ];
    for (sampler, message) in cases {
        let built = Study::in_space(layers(2)).sampler(sampler).build();
        let error = built.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn notes_show_how_the_policy_settles() {
    let study = Study::in_space(layers(6))
        .maximize()
        .sampler(ControllerSampler::without_surrogate())
        .seed(2);
    let study = study.build().unwrap();
    study.optimize(|config: Params, _: &mut Trial| score(&config), 120).unwrap();
    let history = study.history().unwrap();
    let entropy: Vec<f64> = history
        .trials()
        .map(|trial| trial.notes().get("entropy").and_then(|value| value.as_f64()).unwrap())
        .collect();
    let (early, late) = (entropy[5], entropy[119]);
    assert!((early - 4f64.ln()).abs() < 0.05, "{early}");
    assert!(late < 0.8 * early, "{early} {late}");
    let origin = |name: &str| {
        let named = |trial: &&TrialRecord| trial.notes().get("proposal") == Some(&name.into());
        history.trials().filter(named).count()
    };
    assert_eq!(origin("random"), 20);
    // As the policy settles, its samples repeat, and edits of them take their place.
    assert!(origin("edit") > 10 && origin("policy") > 10);
    assert_eq!(origin("edit") + origin("policy"), 100);
}

/// Quality and cost of a network that may be deep or cheap.
fn quality_and_cost(config: &Params) -> [f64; 2] {
    let ops: Vec<String> = config.iter().map(|(_, value)| value.to_string()).collect();
    let costs = ops.iter().map(|op| match op.as_str() {
        "a" => 0.0,
        "b" => 1.0,
        "c" => 3.0,
        _ => 4.0,
    });
    [score(config), costs.sum()]
}

#[test]
fn a_front_of_quality_and_cost_is_found_sooner_than_by_chance() {
    let front = |sampler: Box<dyn Sampler>, seed: u64| {
        let study = Study::in_space(layers(8))
            .goals([maximize("quality"), minimize("cost")])
            .sampler(sampler)
            .seed(seed)
            .build()
            .unwrap();
        study.optimize(|p: Params, _: &mut Trial| quality_and_cost(&p), 80).unwrap();
        study.hypervolume([0.0, 32.0]).unwrap()
    };
    let all = |sampler: &dyn Fn() -> Box<dyn Sampler>| {
        (0..3).map(|seed| front(sampler(), seed)).sum::<f64>()
    };
    let random = all(&|| Box::new(RandomSampler::new()));
    let screened = all(&|| Box::new(ControllerSampler::new()));
    let alone = all(&|| Box::new(ControllerSampler::without_surrogate()));
    assert!(screened > 1.15 * random && alone > random, "{screened} {alone} {random}");
    for (name, sampler) in presets() {
        assert!(front(Box::new(sampler), 1) > 0.0, "{name}");
    }
}

#[test]
fn several_goals_are_learned_in_the_order_of_trials() {
    // Three goals, one result that is missing, and results in another order: the policy is the same.
    let build = || {
        let goals = [maximize("quality"), minimize("cost"), minimize("again").limit(20.0)];
        Study::in_space(layers(5))
            .goals(goals)
            .sampler(ControllerSampler::new())
            .seed(4)
            .build()
            .unwrap()
    };
    let values = |p: &Params| {
        let [quality, cost] = quality_and_cost(p);
        [quality, cost, cost + 1.0]
    };
    let (first, second) = (build(), build());
    let ask = |study: &Study<Params>| (0..16).map(|_| study.ask().unwrap()).collect::<Vec<_>>();
    for asked in ask(&first) {
        let values = values(asked.config());
        first.tell(asked, values).unwrap();
    }
    for asked in ask(&second).into_iter().rev() {
        let values = values(asked.config());
        second.tell(asked, values).unwrap();
    }
    assert_eq!(first.trials().unwrap().iter().count(), 16);
    let policy = |study: &Study<Params>| view(study, ControllerSampler::new());
    assert_eq!(policy(&first), policy(&second));
    assert_eq!(first.ask().unwrap().config(), second.ask().unwrap().config());
}
