//! Searches of a large space: twelve layers with an operation each and skips to the five layers
//! before, 6e20 architectures, and a cheap reward with structure.
//!
//! Prints regret at checkpoints: 0 is the best that annealing finds, 100 the mean of random
//! architectures. `cargo bench -p tunewright-benches --bench architectures [-- REPEATS TRIALS]`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a program, not an interface")]

use tunewright::math::random::Stream;
use tunewright::prelude::*;

const LAYERS: usize = 12;
const OPERATIONS: usize = 4;
const REACH: usize = 5;
const WANTED_SKIPS: f64 = 15.0;
const CHECKPOINTS: [usize; 7] = [50, 100, 200, 300, 500, 750, 1000];

/// Main effects, effects of neighbours, and of skips by the operations at both ends.
struct Reward {
    main: Vec<f64>,
    neighbours: Vec<f64>,
    skip: Vec<f64>,
    ends: Vec<f64>,
}

#[derive(Clone)]
struct Network {
    operations: Vec<usize>,
    /// `skips[i * REACH + k]`: layer i reads layer i − 1 − k.
    skips: Vec<bool>,
}

impl Reward {
    fn new(instance: u64) -> Self {
        let mut random = Stream::new(instance, 0);
        let mut normal = |count: usize, sd: f64| (0..count).map(|_| sd * random.normal()).collect();
        Reward {
            main: normal(LAYERS * OPERATIONS, 0.8),
            neighbours: normal(LAYERS * OPERATIONS * OPERATIONS, 0.6),
            skip: normal(LAYERS * REACH, 0.4),
            ends: normal(LAYERS * REACH * OPERATIONS * OPERATIONS, 0.35),
        }
    }

    fn of(&self, network: &Network) -> f64 {
        let op = &network.operations;
        let mut sum = 0.0;
        let mut skips = 0.0;
        for i in 0..LAYERS {
            sum += self.main[i * OPERATIONS + op[i]];
            if i > 0 {
                sum += self.neighbours[(i * OPERATIONS + op[i - 1]) * OPERATIONS + op[i]];
            }
            for k in (0..REACH.min(i)).filter(|k| network.skips[i * REACH + k]) {
                let at = i * REACH + k;
                let ends = (at * OPERATIONS + op[i - 1 - k]) * OPERATIONS + op[i];
                sum += self.skip[at] + self.ends[ends];
                skips += 1.0;
            }
        }
        sum - 0.02 * (skips - WANTED_SKIPS) * (skips - WANTED_SKIPS)
    }

    /// The best of some annealing runs, and the mean of random networks.
    fn scale(&self) -> (f64, f64) {
        let mut random = Stream::new(99, 0);
        let draw = |random: &mut Stream| Network {
            operations: (0..LAYERS).map(|_| random.below(OPERATIONS as u64) as usize).collect(),
            skips: (0..LAYERS * REACH).map(|_| random.unit() < 0.5).collect(),
        };
        let mean = (0..2000).map(|_| self.of(&draw(&mut random))).sum::<f64>() / 2000.0;
        let mut best = f64::NEG_INFINITY;
        for _ in 0..60 {
            let mut network = draw(&mut random);
            let mut value = self.of(&network);
            for step in 0..12_000 {
                let temperature = 2.0 * (1.0 - f64::from(step) / 12_000.0) + 1e-3;
                let mut other = network.clone();
                let at = random.below((LAYERS * (1 + REACH)) as u64) as usize;
                if at < LAYERS {
                    other.operations[at] = random.below(OPERATIONS as u64) as usize;
                } else {
                    other.skips[at - LAYERS] ^= true;
                }
                let changed = self.of(&other);
                if changed >= value || random.unit() < ((changed - value) / temperature).exp() {
                    (network, value) = (other, changed);
                }
            }
            best = best.max(value);
        }
        (best, mean)
    }
}

/// Each layer's operation, then its skips, which refer to the operations they come from.
fn space() -> Space {
    let mut builder = Space::builder();
    for i in 0..LAYERS {
        builder = builder.choices(&format!("op{i}"), ["conv3", "conv5", "pool", "identity"]);
        for k in 0..REACH.min(i) {
            builder = builder.flag(&format!("skip{i}_{k}"));
            builder.link([None, Some(format!("op{}", i - 1 - k).as_str())]);
        }
    }
    builder.build().unwrap()
}

fn network(space: &Space, point: &Point) -> Network {
    let value = |name: String| point.get(space.position(&name).unwrap()).unwrap();
    let skip = |at: usize| {
        let (i, k) = (at / REACH, at % REACH);
        k < i && value(format!("skip{i}_{k}")) == 1.0
    };
    Network {
        operations: (0..LAYERS).map(|i| value(format!("op{i}")) as usize).collect(),
        skips: (0..LAYERS * REACH).map(skip).collect(),
    }
}

type NewSampler = fn() -> Box<dyn Sampler>;

const SAMPLERS: [(&str, NewSampler); 6] = [
    ("random", || Box::new(RandomSampler::new())),
    ("evolution 10/3", || Box::new(EvolutionSampler::new().population(10).tournament(3))),
    ("evolution 20/5", || Box::new(EvolutionSampler::new())),
    ("local search", || Box::new(LocalSearchSampler::new())),
    ("controller, unscreened", || Box::new(ControllerSampler::unscreened())),
    ("controller", || Box::new(ControllerSampler::new())),
];

fn main() {
    let numbers: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let repeats = numbers.first().copied().unwrap_or(8);
    let trials = numbers.get(1).copied().unwrap_or(1000);
    let space = space();
    for instance in 1..=2 {
        let reward = Reward::new(instance);
        let (best, mean) = reward.scale();
        println!("instance {instance}, regret after {CHECKPOINTS:?} trials, {repeats} repeats");
        for (name, new) in SAMPLERS {
            let mut sums = vec![(0.0, 0.0); CHECKPOINTS.len()];
            for seed in 0..repeats as u64 {
                let study = Study::in_space(space.clone()).maximize().sampler(new()).seed(seed);
                let study = study.build().unwrap();
                let mut found = f64::NEG_INFINITY;
                for trial in 1..=trials {
                    let asked = study.ask().unwrap();
                    let point = space.encode(asked.config()).unwrap();
                    let value = reward.of(&network(&space, &point));
                    study.tell(asked, value).unwrap();
                    found = found.max(value);
                    if let Some(at) = CHECKPOINTS.iter().position(|at| *at == trial) {
                        let regret = 100.0 * (best - found) / (best - mean);
                        sums[at].0 += regret;
                        sums[at].1 += regret * regret;
                    }
                }
            }
            let n = repeats as f64;
            let cells = sums.iter().map(|(sum, squares)| {
                let mean = sum / n;
                let error = ((squares / n - mean * mean).max(0.0) / (n - 1.0).max(1.0)).sqrt();
                format!("{mean:.1} ± {error:.1}")
            });
            println!("{name:24} {}", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}
