//! How close to the optimum random search, Sobol points, grids and coarse-to-fine search come.
//!
//! `cargo bench -p tunewright-benches --bench grid_quality [-- TRIALS [SEED]]` prints a Markdown
//! table of the regret after so many trials (50), divided by that of random search: the mean of 20
//! seeds from SEED (0) on, with its standard error. All problems have a known optimum. In those that are marked as moved, each seed
//! also moves the optimum (and turns the axes, where that is said), so that no grid can be lucky.
//! The last rows have more than three parameters.
#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]

use std::f64::consts::PI;

use tunewright::math::statistics::{mean, variance};
use tunewright::sampler::Stream;
use tunewright::space::{Scale, Space};
use tunewright::{GridSampler, RandomSampler, Sampler, SobolSampler, Study};

const SEEDS: u64 = 20;
const COLUMNS: usize = 5;

/// Regret at a place, and the place's space.
struct Instance {
    space: Space,
    regret: Regret,
}

type Regret = Box<dyn Fn(&[f64]) -> f64>;
type Make = Box<dyn Fn(u64) -> Instance>;
type Problem = (String, usize, Make);

fn cube(dimensions: usize, low: f64, high: f64) -> Space {
    let mut builder = Space::builder();
    for axis in 0..dimensions {
        builder = builder.float(&format!("x{axis}"), low..=high, Scale::Linear);
    }
    builder.build().unwrap()
}

fn branin(x: &[f64]) -> f64 {
    let (a, b) = (x[0], x[1]);
    let bowl = b - 5.1 * a * a / (4.0 * PI * PI) + 5.0 * a / PI - 6.0;
    bowl * bowl + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * a.cos() + 10.0 - 0.397_887_357_729_739
}

fn six_hump_camel(x: &[f64]) -> f64 {
    let (a, b) = (x[0], x[1]);
    let (a2, b2) = (a * a, b * b);
    (4.0 - 2.1 * a2 + a2 * a2 / 3.0) * a2 + a * b + (4.0 * b2 - 4.0) * b2 + 1.031_628_453_489_877
}

fn hartmann3(x: &[f64]) -> f64 {
    let a = [[3.0, 10.0, 30.0], [0.1, 10.0, 35.0], [3.0, 10.0, 30.0], [0.1, 10.0, 35.0]];
    let p = [
        [0.3689, 0.1170, 0.2673],
        [0.4699, 0.4387, 0.7470],
        [0.1091, 0.8732, 0.5547],
        [0.0381, 0.5743, 0.8828],
    ];
    let peaks = [1.0, 1.2, 3.0, 3.2].iter().zip(a.iter().zip(&p)).map(|(height, (a, p))| {
        height * (-(0..3).map(|i| a[i] * (x[i] - p[i]).powi(2)).sum::<f64>()).exp()
    });
    3.862_779_787_332_66 - peaks.sum::<f64>()
}

/// Functions of the distance to the optimum, on axes of length 10.
#[derive(Clone, Copy)]
enum Shape {
    Sphere,
    Ellipsoid,
    Sector,
    Rosenbrock,
    Rastrigin,
    Ackley,
    Waves,
    Gallagher,
}

fn moved(shape: Shape, turned: bool, dimensions: usize, seed: u64) -> Instance {
    let mut random = Stream::new(seed, 1 << 40);
    let optimum: Vec<f64> = (0..dimensions).map(|_| 8.0 * random.unit() - 4.0).collect();
    let turn = turned.then(|| rotation(dimensions, &mut random));
    // Gallagher's peaks: place, height and steepness along each axis; the first is the highest.
    let peaks: Vec<(Vec<f64>, f64, Vec<f64>)> = (0..21)
        .map(|peak| {
            let place = optimum.iter().map(|&x| match peak {
                0 => x,
                _ => 9.0 * random.unit() - 4.5,
            });
            let place = place.collect();
            let height = if peak == 0 { 10.0 } else { 1.1 + 8.0 * f64::from(peak - 1) / 19.0 };
            let width = 0.05 + 0.25 * random.unit();
            let steep = (0..dimensions).map(|_| width * 10_f64.powf(random.unit() - 0.5));
            (place, height, steep.collect())
        })
        .collect();
    let towards = move |x: &[f64], centre: &[f64]| -> Vec<f64> {
        let away: Vec<f64> = x.iter().zip(centre).map(|(x, c)| x - c).collect();
        match &turn {
            None => away,
            Some(rows) => {
                rows.iter().map(|row| row.iter().zip(&away).map(|(r, z)| r * z).sum()).collect()
            }
        }
    };
    let regret = move |x: &[f64]| -> f64 {
        let z = towards(x, &optimum);
        let n = z.len() as f64;
        let squares: f64 = z.iter().map(|z| z * z).sum();
        let cosines = |rate: f64| z.iter().map(|z| (rate * PI * z).cos()).sum::<f64>();
        match shape {
            Shape::Sphere => squares,
            Shape::Ellipsoid => {
                let power = |i: usize| 3.0 * i as f64 / (n - 1.0).max(1.0);
                z.iter().enumerate().map(|(i, z)| 10_f64.powf(power(i)) * z * z).sum()
            }
            Shape::Sector => {
                let steep =
                    z.iter().zip(&optimum).map(|(z, o)| if z * o > 0.0 { 10.0 * z } else { *z });
                steep.map(|z| z * z).sum::<f64>().powf(0.9)
            }
            Shape::Rosenbrock => z
                .windows(2)
                .map(|pair| {
                    let (a, b) = (pair[0] / 3.0 + 1.0, pair[1] / 3.0 + 1.0);
                    100.0 * (b - a * a).powi(2) + (a - 1.0).powi(2)
                })
                .sum(),
            Shape::Rastrigin => squares + 10.0 * (n - cosines(2.0)),
            Shape::Waves => squares + 4.0 * (n - cosines(0.6)),
            Shape::Ackley => {
                20.0 + 1_f64.exp()
                    - 20.0 * (-0.2 * (squares / n).sqrt()).exp()
                    - (cosines(2.0) / n).exp()
            }
            Shape::Gallagher => {
                let value = |(place, height, steep): &(Vec<f64>, f64, Vec<f64>)| {
                    let z = towards(x, place);
                    let power: f64 = z.iter().zip(steep).map(|(z, s)| s * z * z).sum();
                    height * (-0.5 * power).exp()
                };
                10.0 - peaks.iter().map(value).fold(0.0, f64::max)
            }
        }
    };
    Instance { space: cube(dimensions, -5.0, 5.0), regret: Box::new(regret) }
}

/// A random orthogonal matrix, by Gram and Schmidt.
fn rotation(n: usize, random: &mut Stream) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    while rows.len() < n {
        let mut row: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        for known in &rows {
            let along: f64 = row.iter().zip(known).map(|(a, b)| a * b).sum();
            row.iter_mut().zip(known).for_each(|(a, b)| *a -= along * b);
        }
        let length = row.iter().map(|a| a * a).sum::<f64>().sqrt();
        rows.push(row.iter().map(|a| a / length).collect());
    }
    rows
}

/// A training curve over parameters in log scale, as of a learning rate: a plateau where nothing is
/// learnt, a valley, and a steep wall where training diverges.
fn learning_rates(dimensions: usize, seed: u64) -> Instance {
    let mut random = Stream::new(seed, 1 << 41);
    let valleys: Vec<(f64, f64)> =
        (0..dimensions).map(|_| (-4.0 + 3.0 * random.unit(), 0.4 + random.unit())).collect();
    let mut builder = Space::builder();
    for axis in 0..dimensions {
        builder = builder.float(&format!("rate{axis}"), 1e-6..=1.0, Scale::Log);
    }
    let regret = move |x: &[f64]| {
        let loss = x.iter().zip(&valleys).map(|(x, (centre, width))| {
            let t = (x.log10() - centre) / width;
            let steep = if t < 0.0 { 0.5 } else { 4.0 };
            1.0 - (-steep * t * t).exp() + 0.01 * t * t
        });
        loss.sum::<f64>() / valleys.len() as f64
    };
    Instance { space: builder.build().unwrap(), regret: Box::new(regret) }
}

/// A conditional space: each of three methods has its own number of parameters and its own best.
fn methods(seed: u64) -> Instance {
    let mut random = Stream::new(seed, 1 << 42);
    let place: Vec<f64> = (0..6).map(|_| 0.1 + 0.8 * random.unit()).collect();
    let space = Space::builder()
        .choice("method", |method| {
            method
                .variant("one", |p| p.float("a", 0.0..=1.0, Scale::Linear))
                .variant("two", |p| {
                    p.float("a", 0.0..=1.0, Scale::Linear).float("b", 0.0..=1.0, Scale::Linear)
                })
                .variant("three", |p| {
                    p.float("a", 0.0..=1.0, Scale::Linear)
                        .float("b", 0.0..=1.0, Scale::Linear)
                        .bool("c")
                })
        })
        .build()
        .unwrap();
    let worst = [0.3, 0.1, 0.0];
    let regret = move |x: &[f64]| {
        let method = x[0] as usize;
        let first = [1, 2, 4][method];
        let away = |i: usize| (x[first + i] - place[first + i - 1]).powi(2);
        let distance = match method {
            0 => away(0),
            1 => away(0) + away(1),
            _ => away(0) + away(1) + 0.2 * x[6],
        };
        worst[method] + 2.0 * distance.sqrt()
    };
    Instance { space, regret: Box::new(regret) }
}

fn problems() -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let fixed = |space: fn() -> Space, regret: fn(&[f64]) -> f64| -> Make {
        Box::new(move |_| Instance { space: space(), regret: Box::new(regret) })
    };
    let branin_space = || {
        let builder = Space::builder().float("a", -5.0..=10.0, Scale::Linear);
        builder.float("b", 0.0..=15.0, Scale::Linear).build().unwrap()
    };
    let camel_space = || {
        let builder = Space::builder().float("a", -3.0..=3.0, Scale::Linear);
        builder.float("b", -2.0..=2.0, Scale::Linear).build().unwrap()
    };
    problems.push(("Branin".into(), 2, fixed(branin_space, branin)));
    problems.push(("six-hump camel".into(), 2, fixed(camel_space, six_hump_camel)));
    problems.push(("Hartmann 3".into(), 3, fixed(|| cube(3, 0.0, 1.0), hartmann3)));
    let shapes = [
        ("sphere, moved", Shape::Sphere, false),
        ("ellipsoid, moved and turned", Shape::Ellipsoid, true),
        ("attractive sector, moved and turned", Shape::Sector, true),
        ("Rosenbrock, moved", Shape::Rosenbrock, false),
        ("Rastrigin, moved", Shape::Rastrigin, false),
        ("Rastrigin, moved and turned", Shape::Rastrigin, true),
        ("Ackley, moved", Shape::Ackley, false),
        ("waves, moved and turned", Shape::Waves, true),
        ("Gallagher's 21 peaks, moved and turned", Shape::Gallagher, true),
    ];
    for dimensions in [1, 2, 3, 5, 10] {
        for (name, shape, turned) in shapes {
            if dimensions == 1 && (turned || matches!(shape, Shape::Rosenbrock)) {
                continue;
            }
            let instance = move |seed| moved(shape, turned, dimensions, seed);
            problems.push((name.into(), dimensions, Box::new(instance)));
        }
        let instance = move |seed| learning_rates(dimensions, seed);
        problems.push(("learning rates, moved".into(), dimensions, Box::new(instance)));
    }
    problems.push(("three methods, moved".into(), 3, Box::new(methods)));
    problems.sort_by_key(|problem| problem.1);
    problems
}

/// The lowest regret of so many trials, or of all that the sampler has.
fn search(instance: &Instance, sampler: Box<dyn Sampler>, seed: u64, trials: u64) -> f64 {
    let study = Study::in_space(instance.space.clone()).sampler(sampler).seed(seed);
    let study = study.build().unwrap();
    let mut best = f64::INFINITY;
    for _ in 0..trials {
        let Ok(trial) = study.ask() else { break };
        let x: Vec<f64> = instance
            .space
            .axes()
            .iter()
            .map(|axis| {
                let value = trial.config().get(axis.name()).unwrap();
                value.and_then(|value| axis.distribution().parse(&value)).unwrap_or(0.0)
            })
            .collect();
        let regret = (instance.regret)(&x);
        study.tell(trial, regret).unwrap();
        best = best.min(regret);
    }
    best
}

fn samplers(trials: u64, dimensions: usize) -> [(&'static str, Box<dyn Sampler>); COLUMNS] {
    // As many levels on each axis as the budget allows, and one more.
    let levels = (1..=trials).take_while(|&l| l.saturating_pow(dimensions as u32) <= trials).last();
    let levels = levels.unwrap_or(1).max(2);
    [
        ("random", Box::new(RandomSampler::new())),
        ("Sobol", Box::new(SobolSampler::new())),
        ("whole grid", Box::new(GridSampler::new().levels(levels))),
        ("part of a finer grid", Box::new(GridSampler::new().levels(levels + 1))),
        ("coarse to fine", Box::new(GridSampler::coarse_to_fine(trials))),
    ]
}

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse().ok());
    let (trials, first) = (numbers.next().unwrap_or(50), numbers.next().unwrap_or(0));
    let names = samplers(trials, 1).map(|(name, _)| name);
    println!("| parameters | problem | {} |", names.join(" | "));
    println!("|---|---|{}", "---|".repeat(names.len()));
    let mut totals: Vec<(usize, [f64; COLUMNS])> = Vec::new();
    for (name, dimensions, make) in problems() {
        let mut regrets = [const { Vec::new() }; COLUMNS];
        for seed in first..first + SEEDS {
            let instance = make(seed);
            for (column, (_, sampler)) in samplers(trials, dimensions).into_iter().enumerate() {
                regrets[column].push(search(&instance, sampler, seed, trials));
            }
        }
        let scale = mean(&regrets[0]);
        let cell = |regrets: &Vec<f64>| {
            let error = (variance(regrets) / SEEDS as f64).sqrt();
            format!("{:.3} ± {:.3}", mean(regrets) / scale, error / scale)
        };
        println!("| {dimensions} | {name} | {} |", regrets.each_ref().map(cell).join(" | "));
        totals.push((dimensions, regrets.each_ref().map(|regrets| mean(regrets) / scale)));
    }
    for dimensions in [1, 2, 3, 5, 10] {
        let rows: Vec<_> = totals.iter().filter(|(of, _)| *of == dimensions).collect();
        let column = |column| {
            let values: Vec<f64> = rows.iter().map(|(_, row)| row[column]).collect();
            format!("**{:.3}**", mean(&values))
        };
        let means: Vec<String> = (0..names.len()).map(column).collect();
        println!("| {dimensions} | **mean of {}** | {} |", rows.len(), means.join(" | "));
    }
}
