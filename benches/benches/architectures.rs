//! Searches of large spaces with a cheap reward that has structure.
//!
//! | setting | space | reward |
//! |---|---|---|
//! | `large` | twelve layers with an operation each and skips to the five layers before, 6e20 networks | effects of operations, neighbours and skips, other ones in every layer |
//! | `growth` | the same | the same effects in every layer |
//! | `transfer` | the same | as `large`, with 300 results of a related instance given (correlation 0.9) |
//! | `words` | 24 symbols of four, 3e14 sequences | only six words of three symbols count, by themselves and by the word before; no symbol's change leads from word to word |
//!
//! Prints regret at checkpoints: 0 is the best that annealing finds, 100 the mean of random points.
//! `cargo bench -p tunewright-benches --bench architectures [-- SETTING REPEATS TRIALS]`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a program, not an interface")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::SpaceBuilder;

const LAYERS: usize = 12;
const OPERATIONS: usize = 4;
const REACH: usize = 5;
const WANTED_SKIPS: f64 = 15.0;
/// Layers of the shallowest network under the curriculum.
const SHALLOWEST: usize = 4;
const BLOCKS: usize = 8;
const WORDS: [[usize; 3]; 6] = [[0, 1, 2], [1, 0, 3], [2, 3, 0], [3, 2, 1], [0, 3, 1], [1, 2, 0]];
const SOURCE_TRIALS: usize = 300;
const CHECKPOINTS: [usize; 7] = [50, 100, 200, 300, 500, 750, 1000];

/// A reward over the values of a point's decisions, of which each has so many levels.
trait Reward: Sync {
    fn levels(&self) -> Vec<usize>;
    fn of(&self, values: &[usize]) -> f64;

    /// The best of some annealing runs, and the mean of random points.
    fn scale(&self) -> (f64, f64) {
        let mut random = Stream::new(99, 0);
        let levels = self.levels();
        let draw = |random: &mut Stream| -> Vec<usize> {
            levels.iter().map(|&levels| random.below(levels as u64) as usize).collect()
        };
        let mean = (0..2000).map(|_| self.of(&draw(&mut random))).sum::<f64>() / 2000.0;
        let mut best = f64::NEG_INFINITY;
        for _ in 0..60 {
            let mut values = draw(&mut random);
            let mut reward = self.of(&values);
            for step in 0..12_000 {
                let temperature = 2.0 * (1.0 - f64::from(step) / 12_000.0) + 1e-3;
                let mut other = values.clone();
                for _ in 0..1 + random.below(3) {
                    let at = random.below(levels.len() as u64) as usize;
                    other[at] = random.below(levels[at] as u64) as usize;
                }
                let changed = self.of(&other);
                if changed >= reward || random.unit() < ((changed - reward) / temperature).exp() {
                    (values, reward) = (other, changed);
                }
                best = best.max(reward);
            }
        }
        (best, mean)
    }
}

/// Main effects, effects of neighbours, and of skips by the operations at both ends. The values are
/// those of layer after layer: the operation, then the skips from the layers before, nearest first.
struct Layers {
    main: Vec<f64>,
    neighbours: Vec<f64>,
    skip: Vec<f64>,
    ends: Vec<f64>,
}

impl Layers {
    /// The effects of every layer its own, or those of one layer for all.
    fn new(instance: u64, shared: bool) -> Self {
        let mut random = Stream::new(instance, 0);
        let mut normal = |count: usize, sd: f64| -> Vec<f64> {
            if shared {
                let one: Vec<f64> = (0..count).map(|_| sd * random.normal()).collect();
                return one.repeat(LAYERS);
            }
            (0..LAYERS * count).map(|_| sd * random.normal()).collect()
        };
        Layers {
            main: normal(OPERATIONS, 0.8),
            neighbours: normal(OPERATIONS * OPERATIONS, 0.6),
            skip: normal(REACH, 0.4),
            ends: normal(REACH * OPERATIONS * OPERATIONS, 0.35),
        }
    }

    /// Another instance, whose effects have this correlation with these.
    fn related(&self, instance: u64, correlation: f64) -> Self {
        let own = Layers::new(instance, false);
        let mix = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let rest = (1.0 - correlation * correlation).sqrt();
            a.iter().zip(b).map(|(a, b)| correlation * a + rest * b).collect()
        };
        Layers {
            main: mix(&self.main, &own.main),
            neighbours: mix(&self.neighbours, &own.neighbours),
            skip: mix(&self.skip, &own.skip),
            ends: mix(&self.ends, &own.ends),
        }
    }
}

impl Reward for Layers {
    fn levels(&self) -> Vec<usize> {
        (0..LAYERS).flat_map(|i| [OPERATIONS].into_iter().chain(vec![2; REACH.min(i)])).collect()
    }

    fn of(&self, values: &[usize]) -> f64 {
        let (mut sum, mut skips, mut start) = (0.0, 0.0, 0);
        let mut op = Vec::new();
        while start < values.len() {
            let i = op.len();
            op.push(values[start]);
            sum += self.main[i * OPERATIONS + op[i]];
            if i > 0 {
                sum += self.neighbours[(i * OPERATIONS + op[i - 1]) * OPERATIONS + op[i]];
            }
            for k in (0..REACH.min(i)).filter(|k| values[start + 1 + k] == 1) {
                let at = i * REACH + k;
                let ends = (at * OPERATIONS + op[i - 1 - k]) * OPERATIONS + op[i];
                sum += self.skip[at] + self.ends[ends];
                skips += 1.0;
            }
            start += 1 + REACH.min(i);
        }
        // As many skips per layer as the full depth wants.
        let wanted = WANTED_SKIPS * op.len() as f64 / LAYERS as f64;
        sum - 0.02 * (skips - wanted) * (skips - wanted)
    }
}

/// Worths of words, and of a word after another one.
struct Words {
    word: Vec<f64>,
    pair: Vec<f64>,
}

impl Words {
    fn new(instance: u64) -> Self {
        let mut random = Stream::new(instance, 0);
        let word = (0..WORDS.len()).map(|_| 1.0 + 0.3 * random.normal().abs()).collect();
        let pair = (0..WORDS.len() * WORDS.len()).map(|_| 0.5 * random.normal()).collect();
        Words { word, pair }
    }
}

impl Reward for Words {
    fn levels(&self) -> Vec<usize> {
        vec![4; 3 * BLOCKS]
    }

    fn of(&self, values: &[usize]) -> f64 {
        let mut before = None;
        let mut sum = 0.0;
        for block in values.chunks(3) {
            let word = WORDS.iter().position(|word| word == block);
            if let Some(word) = word {
                sum += self.word[word];
                sum += before.map_or(0.0, |before: usize| self.pair[before * WORDS.len() + word]);
            }
            before = word;
        }
        sum
    }
}

/// A layer's operation, then its skips.
fn layer(mut builder: SpaceBuilder, i: usize) -> SpaceBuilder {
    builder = builder.choices(&format!("op{i}"), ["conv3", "conv5", "pool", "identity"]);
    for k in 0..REACH.min(i) {
        builder = builder.bool(&format!("skip{i}_{k}"));
    }
    builder
}

/// Layers one after the other; with links, a skip refers to the operation that it comes from.
fn layers(links: bool) -> Space {
    let mut builder = Space::builder();
    for i in 0..LAYERS {
        builder = builder.choices(&format!("op{i}"), ["conv3", "conv5", "pool", "identity"]);
        for k in 0..REACH.min(i) {
            builder = builder.bool(&format!("skip{i}_{k}"));
            if links {
                builder = builder.refers_to([None, Some(format!("op{}", i - 1 - k).as_str())]);
            }
        }
    }
    builder.build().unwrap()
}

/// The same, where every layer from the shallowest depth on may be absent.
fn growing_layers() -> Space {
    fn rest(builder: SpaceBuilder, i: usize) -> SpaceBuilder {
        builder.choice(&format!("layer{i}"), move |choice| {
            choice.unit("absent").variant("present", move |inner| {
                let inner = layer(inner, i);
                if i + 1 < LAYERS { rest(inner, i + 1) } else { inner }
            })
        })
    }
    rest((0..SHALLOWEST).fold(Space::builder(), layer), SHALLOWEST).build().unwrap()
}

fn symbols() -> Space {
    let symbol =
        |builder: SpaceBuilder, at| builder.choices(&format!("s{at}"), ["a", "b", "c", "d"]);
    (0..3 * BLOCKS).fold(Space::builder(), symbol).build().unwrap()
}

/// The values of the decisions that a reward knows.
fn values(space: &Space, point: &Point) -> Vec<usize> {
    let own = |name: &str| name.rsplit('.').next().is_some_and(|name| !name.starts_with("layer"));
    let axes = space.axes().iter().zip(point.iter()).filter(|(axis, _)| own(axis.name()));
    axes.filter_map(|(_, value)| value).map(|value| value as usize).collect()
}

type NewSampler = fn() -> Box<dyn Sampler>;

const SAMPLERS: [(&str, NewSampler); 6] = [
    ("random", || Box::new(RandomSampler::new())),
    ("evolution 10/3", || Box::new(EvolutionSampler::new().population(10).tournament(3))),
    ("evolution 20/5", || Box::new(EvolutionSampler::new())),
    ("local search", || Box::new(LocalSearchSampler::new())),
    ("controller, without_surrogate", || Box::new(ControllerSampler::without_surrogate())),
    ("controller", || Box::new(ControllerSampler::new())),
];

const GROWING: [(&str, NewSampler); 2] = [
    ("without_surrogate, growing", || {
        Box::new(ControllerSampler::without_surrogate().grow_depth_every(20))
    }),
    ("controller, growing", || Box::new(ControllerSampler::new().grow_depth_every(20))),
];

/// Best rewards at the checkpoints of one study. `source` gives a reward whose random points are
/// known beforehand.
fn search(
    space: &Space,
    reward: &dyn Reward,
    source: Option<&dyn Reward>,
    sampler: Box<dyn Sampler>,
    seed: u64,
    trials: usize,
) -> Vec<f64> {
    let study = Study::in_space(space.clone()).maximize().sampler(sampler).seed(seed);
    let study = study.build().unwrap();
    if let Some(source) = source {
        for (params, value) in known(space, source, seed) {
            study.add(params, value).unwrap();
        }
    }
    let mut found = f64::NEG_INFINITY;
    let mut checked = Vec::new();
    for trial in 1..=trials {
        let asked = study.ask().unwrap();
        let point = space.encode(asked.config()).unwrap();
        let value = reward.of(&values(space, &point));
        study.tell(asked, value).unwrap();
        found = found.max(value);
        if CHECKPOINTS.contains(&trial) {
            checked.push(found);
        }
    }
    checked
}

/// What local search saw of another reward.
fn known(space: &Space, reward: &dyn Reward, seed: u64) -> Vec<(Params, f64)> {
    let sampler = LocalSearchSampler::new();
    let study = Study::in_space(space.clone()).maximize().sampler(sampler).seed(!seed);
    let study = study.build().unwrap();
    (0..SOURCE_TRIALS)
        .map(|_| {
            let asked = study.ask().unwrap();
            let point = space.encode(asked.config()).unwrap();
            let value = reward.of(&values(space, &point));
            let params = asked.config().clone();
            study.tell(asked, value).unwrap();
            (params, value)
        })
        .collect()
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let setting = arguments.first().map_or("large", String::as_str).to_owned();
    let number = |at: usize| arguments.get(at).and_then(|argument| argument.parse().ok());
    let repeats = number(1).unwrap_or(8);
    let trials = number(2).unwrap_or(1000);
    for instance in 1..=2 {
        let source = Layers::new(instance, false);
        let (space, reward): (Space, Box<dyn Reward>) = match setting.as_str() {
            "large" => (layers(true), Box::new(Layers::new(instance, false))),
            "growth" => (layers(false), Box::new(Layers::new(instance, true))),
            "transfer" => (layers(true), Box::new(source.related(instance + 100, 0.9))),
            "words" => (symbols(), Box::new(Words::new(instance))),
            _ => return println!("settings: large, growth, transfer, words"),
        };
        let reward = &*reward;
        let source = (setting == "transfer").then_some(&source as &dyn Reward);
        let (best, mean) = reward.scale();
        println!("{setting} {instance}, regret after {CHECKPOINTS:?} trials, {repeats} repeats");
        let growing = growing_layers();
        let mut rows: Vec<(&str, &Space, NewSampler)> =
            SAMPLERS.iter().map(|(name, new)| (*name, &space, *new)).collect();
        if setting == "growth" {
            rows.extend(GROWING.iter().map(|(name, new)| (*name, &growing, *new)));
        }
        for (name, space, new) in rows {
            let next = AtomicUsize::new(0);
            let runs = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                    scope.spawn(|| {
                        loop {
                            let seed = next.fetch_add(1, Ordering::Relaxed);
                            if seed >= repeats {
                                break;
                            }
                            let run = search(space, reward, source, new(), seed as u64, trials);
                            runs.lock().unwrap().push(run);
                        }
                    });
                }
            });
            let runs: Vec<Vec<f64>> = runs.into_inner().unwrap();
            let n = repeats as f64;
            let cells = (0..runs[0].len()).map(|at| {
                let regrets = runs.iter().map(|run| 100.0 * (best - run[at]) / (best - mean));
                let (sum, squares) = regrets.fold((0.0, 0.0), |(s, q), r| (s + r, q + r * r));
                let mean = sum / n;
                let error = ((squares / n - mean * mean).max(0.0) / (n - 1.0).max(1.0)).sqrt();
                format!("{mean:.1} ± {error:.1}")
            });
            println!("{name:24} {}", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}
