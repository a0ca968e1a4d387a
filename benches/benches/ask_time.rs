//! Processor time of each ask, over the number of parameters and trials, in spaces of several kinds
//! and for every sampler.
//!
//! ```text
//! cargo bench -p tunewright-benches --bench ask_time
//! cargo bench -p tunewright-benches --bench ask_time -- --kinds floats,chain --sizes 100 \
//!     --samplers bayesian --trials 300 --with failures
//! ```
//!
//! `--with` is one of `nothing`, `failures` (a third of the trials fails), `constraint` (a third of
//! the points is illegal), `running` (eight trials run at a time) and `noise` (it is declared).
//! `--known` adds that many random trials with their losses before the first ask. `--seconds` ends a
//! row that takes longer, whose number of trials then says how far it came.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and ends where it goes wrong"
)]

use std::collections::{HashMap, VecDeque};

use tunewright::math::statistics::quantile;
use tunewright::nas::{CellSpace, Chain};
use tunewright::prelude::*;
use tunewright::sampler::{Sampler, Stream};
use tunewright::space::{SpaceBuilder, Value};
use tunewright::surrogate::Noise;

const KINDS: &str = "floats,choice,choices,enum,booleans,conditional,nested,options,chain,cells";
const SIZES: &str = "10,100,500";
const SAMPLERS: &str = "bayesian,controller,evolution,local,grid,sobol,random";

/// The options of the command line, each with a value.
struct Options(HashMap<String, String>);

impl Options {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
        let pair = |pair: &[String]| (pair[0].replace("--", ""), pair[1].clone());
        Options(arguments.chunks_exact(2).map(pair).collect())
    }

    fn get<'a>(&'a self, name: &str, usual: &'a str) -> &'a str {
        self.0.get(name).map_or(usual, String::as_str)
    }

    fn number(&self, name: &str, usual: usize) -> usize {
        self.0.get(name).map_or(usual, |text| text.parse().unwrap())
    }
}

fn float(builder: SpaceBuilder, name: &str) -> SpaceBuilder {
    builder.float(name, 0.0..=1.0, Scale::Linear)
}

fn floats(builder: SpaceBuilder, prefix: &str, count: usize) -> SpaceBuilder {
    (0..count).fold(builder, |builder, at| float(builder, &format!("{prefix}{at}")))
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("option{at}")).collect()
}

/// A flag under which the next one comes, and a number beside it.
fn nest(builder: SpaceBuilder, depth: usize) -> SpaceBuilder {
    if depth == 0 {
        return builder;
    }
    builder.choice("deeper", |choice| {
        choice.unit("no").variant("yes", move |inner| nest(float(inner, "x"), depth - 1))
    })
}

/// A space of one kind with about `size` parameters.
fn space(kind: &str, size: usize) -> Space {
    let builder = Space::builder();
    let builder = match kind {
        "floats" => floats(builder, "x", size),
        "choice" => floats(builder.choices("kind", labels(4)), "x", size - 1),
        "choices" => (0..size)
            .fold(builder, |builder, at| builder.choices(&format!("choice{at}"), labels(20))),
        // As many numbers in all, in thirty variants, and a few beside them.
        "enum" => floats(builder, "x", size / 5).choice("variant", |mut choice| {
            for at in 0..30 {
                let own = (size - size / 5).div_ceil(30);
                choice = choice.variant(&format!("v{at}"), move |inner| floats(inner, "y", own));
            }
            choice
        }),
        "booleans" => (0..size).fold(builder, |builder, at| builder.bool(&format!("flag{at}"))),
        // A switch for every number.
        "conditional" => (0..size / 2).fold(builder, |builder, at| {
            builder.choice(&format!("switch{at}"), |choice| {
                choice.unit("off").variant("on", |inner| float(inner, "x"))
            })
        }),
        "nested" => nest(builder, size / 2),
        // Networks of up to 20 layers, or of as many as give about that many parameters.
        "chain" => {
            let depth = (1..=size).take_while(|n| n * (n + 5) / 2 <= size).last().unwrap_or(1);
            let chain = Chain::new()
                .decide("kernel", [1, 3, 5, 7])
                .decide("filters", [8, 16, 32, 64])
                .skip_connections()
                .depth(1..=depth);
            builder.field("net", &chain)
        }
        "cells" => {
            let cells = CellSpace::pairs((size / 4).max(2)).operations(["a", "b", "c", "d", "e"]);
            builder.field("cell", &cells)
        }
        // One choice of very many options.
        "options" => floats(builder.choices("kind", labels(1000)), "x", size - 1),
        _ => panic!("no space of the kind {kind}: they are {KINDS}"),
    };
    builder.build().unwrap()
}

/// The processor time of this thread, in seconds.
fn processor_time() -> f64 {
    // The kernel brings the account up to date when it looks for another thread.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    1e-9 * text.split(' ').next().unwrap().parse::<f64>().unwrap()
}

fn sampler(name: &str, noisy: bool) -> Box<dyn Sampler> {
    match name {
        "bayesian" if noisy => Box::new(BayesianSampler::new().noise(Noise::PerTrial)),
        "bayesian" => Box::new(BayesianSampler::new()),
        "controller" => Box::new(ControllerSampler::new()),
        "evolution" => Box::new(EvolutionSampler::new()),
        "local" => Box::new(LocalSearchSampler::new()),
        "grid" => Box::new(GridSampler::coarse_to_fine(1000)),
        "sobol" => Box::new(SobolSampler::new()),
        "random" => Box::new(RandomSampler::new()),
        _ => panic!("no sampler {name}: they are {SAMPLERS}"),
    }
}

/// A number in `[0, 1)` that follows from text.
fn hash(text: &str) -> f64 {
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Stream::new(mixed, 0).unit()
}

/// A cheap loss of which every parameter has a part, some a larger one than others.
fn loss(config: &Params) -> f64 {
    let part = |(name, value): (&str, Value)| {
        let (weight, best) = (hash(name).powi(3), hash(&format!("{name}!")));
        weight
            * match value {
                Value::Float(x) => (x - best).powi(2),
                Value::Int(n) => (n as f64 / 10.0 - best).powi(2),
                other => 0.3 * hash(&format!("{name} {other}")),
            }
    };
    config.iter().map(part).sum()
}

/// What makes the asks harder.
#[derive(Clone, Copy, PartialEq)]
enum With {
    Nothing,
    Failures,
    Constraint,
    Running,
    Noise,
}

impl With {
    fn read(options: &Options) -> Self {
        match options.get("with", "nothing") {
            "nothing" => With::Nothing,
            "failures" => With::Failures,
            "constraint" => With::Constraint,
            "running" => With::Running,
            "noise" => With::Noise,
            other => panic!("nothing is called {other}"),
        }
    }
}

/// A third of the configs, by a rule that many parameters have a part in.
fn is_bad(config: &Params) -> bool {
    let sum: f64 = config
        .iter()
        .take(10)
        .map(|(name, value)| match value {
            Value::Float(x) => x,
            other => hash(&format!("{name}?{other}")),
        })
        .sum();
    sum > 0.55 * config.iter().take(10).count() as f64
}

/// The processor times of the asks of one study, in seconds.
fn times(options: &Options, name: &str, space: Space) -> Vec<f64> {
    let with = With::read(options);
    let trials = options.number("trials", 1000);
    let seconds = options.number("seconds", 600) as f64;
    let mut builder =
        Study::in_space(space.clone()).seed(1).sampler(sampler(name, with == With::Noise));
    if with == With::Constraint {
        builder = builder.constraint("not bad", |config: &Params| !is_bad(config));
    }
    let study = builder.build().unwrap();
    let mut random = Stream::new(1, 0);
    for _ in 0..options.number("known", 0) {
        let config = space.decode(&space.sample(&mut random)).unwrap();
        if with != With::Constraint || !is_bad(&config) {
            let known = loss(&config);
            study.add(config, known).unwrap();
        }
    }
    let at_a_time = if with == With::Running { 8 } else { 1 };
    let mut running = VecDeque::new();
    let mut times = Vec::new();
    while times.len() < trials && times.iter().sum::<f64>() < seconds {
        let before = processor_time();
        let Ok(asked) = study.ask() else { break };
        times.push(processor_time() - before);
        running.push_back(asked);
        if running.len() < at_a_time {
            continue;
        }
        if let Some(mut asked) = running.pop_front() {
            let mut value = loss(asked.config());
            if with == With::Noise {
                value += 0.1 * random.normal();
                asked.trial().record(tunewright::trial::NOISE, 0.1);
            }
            if with == With::Failures && is_bad(asked.config()) {
                study.fail(asked, "on purpose").unwrap();
            } else {
                study.tell(asked, value).unwrap();
            }
        }
    }
    times
}

fn main() {
    let options = Options::read();
    println!(
        "| space | parameters | sampler | asks | median, ms | 99th percentile | longest | which |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let kinds = options.get("kinds", KINDS).split(',');
    let sizes = || options.get("sizes", SIZES).split(',').map(|size| size.parse().unwrap());
    for (kind, size) in kinds.flat_map(|kind| sizes().map(move |size| (kind, size))) {
        for name in options.get("samplers", SAMPLERS).split(',') {
            let space = space(kind, size);
            let parameters = space.len();
            let times = times(&options, name, space);
            let milliseconds = |share: f64| 1e3 * quantile(&times, share);
            let longest = (0..times.len()).max_by(|&a, &b| times[a].total_cmp(&times[b]));
            println!(
                "| {kind} | {parameters} | {name} | {} | {:.1} | {:.1} | {:.1} | {} |",
                times.len(),
                milliseconds(0.5),
                milliseconds(0.99),
                milliseconds(1.0),
                longest.unwrap_or(0),
            );
        }
    }
}
