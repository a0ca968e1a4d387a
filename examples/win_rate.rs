//! Tunes ten parameters of a program that wins or loses, as engines for chess or go do: a game says
//! one or zero, games are cheap, and the best win rate is not much above the others.
//!
//! ```text
//! cargo run --release --example win_rate                        # 2,000 games, one engine
//! cargo run --release --example win_rate -- 10000 100 20        # GAMES BATCH ENGINES
//! ```
//!
//! A trial is a batch of games against the engine as it is. Its value is the share that was won, and
//! it records the deviation of that share as [`NOISE`]. In the end `recommend` names the config whose
//! expected win rate is best. SPSA (Spall 1998), which such engines are mostly tuned with, plays as
//! many games. It has no fixed opponent: two configs play against each other. With a batch of 1 a
//! trial is one game, and the noise is learned.
//!
//! The games are simulated, so that the true win rate of each config is known.
#![allow(clippy::disallowed_methods, reason = "an example may read the clock")]

use std::process::ExitCode;
use std::time::Instant;

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};
use tunewright::surrogate::{Noise, OutcomeTransform};
use tunewright::trial::NOISE;

const PARAMETERS: usize = 10;

/// An engine whose strength falls with the distance from a config that nobody knows.
struct Engine {
    best: Vec<f64>,
    weights: Vec<f64>,
}

impl Engine {
    fn new(seed: u64) -> Self {
        let mut random = Stream::new(seed, 0);
        let best: Vec<f64> = (0..PARAMETERS).map(|_| 0.15 + 0.7 * random.unit()).collect();
        // Some parameters matter ten times as much as others.
        let rough: Vec<f64> = (0..PARAMETERS).map(|_| 10f64.powf(random.unit())).collect();
        let engine = Engine { best, weights: rough };
        // As it is, the engine loses three quarters of its games against the best config.
        let unit = -3f64.ln() / engine.strength(&[0.5; PARAMETERS]);
        let weights = engine.weights.iter().map(|weight| weight * unit).collect();
        Engine { weights, ..engine }
    }

    /// In logits: two engines that differ by 1 win 73 % and 27 % of their games.
    fn strength(&self, config: &[f64]) -> f64 {
        let apart: Vec<f64> = config.iter().zip(&self.best).map(|(x, best)| x - best).collect();
        let alone: f64 =
            self.weights.iter().zip(&apart).map(|(weight, apart)| weight * apart * apart).sum();
        let joint: f64 = (1..PARAMETERS)
            .map(|i| (self.weights[i] * self.weights[i - 1]).sqrt() * apart[i] * apart[i - 1])
            .sum();
        -(alone + 0.5 * joint)
    }

    /// The probability that one config beats another.
    fn wins(&self, config: &[f64], other: &[f64]) -> f64 {
        1.0 / (1.0 + (self.strength(other) - self.strength(config)).exp())
    }

    /// The probability that a config beats the engine as it is.
    fn win_rate(&self, config: &[f64]) -> f64 {
        self.wins(config, &[0.5; PARAMETERS])
    }

    /// 0 for the engine as it is, 1 for the best config.
    fn gained(&self, config: &[f64]) -> f64 {
        (self.win_rate(config) - 0.5) / (self.win_rate(&self.best) - 0.5)
    }
}

fn numbers(config: &Params) -> Vec<f64> {
    config.iter().filter_map(|(_, value)| value.as_f64()).collect()
}

/// The config that is recommended after so many games in batches.
fn tune(engine: &Engine, games: usize, batch: usize, seed: u64) -> Result<Vec<f64>> {
    let mut space = Space::builder();
    for index in 0..PARAMETERS {
        space = space.float(&format!("x{index}"), 0.0..=1.0, Scale::Linear);
    }
    let noise = if batch > 1 { Noise::PerTrial } else { Noise::Estimated };
    // Shares of games are of one size: no outliers need to be tamed.
    let sampler =
        BayesianSampler::new().noise(noise).outcome_transform(OutcomeTransform::Standardized);
    let study = Study::in_space(space.build()?).maximize().seed(seed).sampler(sampler).build()?;
    let play = |config: Params, trial: &mut Trial| {
        let rate = engine.win_rate(&numbers(&config));
        let mut random = Stream::new(trial.seed(), 0);
        let won = (0..batch).filter(|_| random.unit() < rate).count() as f64;
        // The deviation of a share p of n games is √(p (1 − p)/n). One win and one loss more keep it
        // above zero where all games are won or lost.
        let smoothed = (won + 1.0) / (batch as f64 + 2.0);
        trial.record(NOISE, (smoothed * (1.0 - smoothed) / batch as f64).sqrt());
        won / batch as f64
    };
    study.optimize(play, games / batch)?;
    Ok(numbers(study.recommend(noise)?.config()))
}

/// Simultaneous perturbation stochastic approximation with the gains that engines are tuned with: the
/// step and the perturbation of the last iteration are given. Each iteration plays two games.
fn spsa(engine: &Engine, games: usize, last_step: f64, last_width: f64, seed: u64) -> Vec<f64> {
    const ALPHA: f64 = 0.602;
    const GAMMA: f64 = 0.101;
    let iterations = games / 2;
    let n = iterations as f64;
    let delay = 0.1 * n;
    let c = last_width * n.powf(GAMMA);
    let a = last_step * last_width * last_width * (delay + n).powf(ALPHA);
    let mut random = Stream::new(seed, 1);
    let mut config = vec![0.5; PARAMETERS];
    for iteration in 0..iterations {
        let k = iteration as f64 + 1.0;
        let (gain, width) = (a / (delay + k).powf(ALPHA), c / k.powf(GAMMA));
        let signs: Vec<f64> =
            config.iter().map(|_| if random.unit() < 0.5 { -1.0 } else { 1.0 }).collect();
        let moved = |step: f64| -> Vec<f64> {
            config.iter().zip(&signs).map(|(x, sign)| (x + step * sign).clamp(0.0, 1.0)).collect()
        };
        let rate = engine.wins(&moved(width), &moved(-width));
        let score: f64 = (0..2).map(|_| if random.unit() < rate { 1.0 } else { -1.0 }).sum();
        config = moved(gain / width * score);
    }
    config
}

fn main() -> ExitCode {
    let arguments: Option<Vec<usize>> =
        std::env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let (games, batch, engines) = match arguments.as_deref() {
        Some([]) => (2_000, 50, 1),
        Some(&[games, batch, engines]) if batch > 0 && games >= batch && engines > 0 => {
            (games, batch, engines)
        }
        _ => {
            eprintln!("usage: win_rate [GAMES BATCH ENGINES], three numbers above 0");
            return ExitCode::from(2);
        }
    };
    match compare(games, batch, engines) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(games: usize, batch: usize, engines: usize) -> Result<()> {
    let mut methods: Vec<(String, Vec<f64>, f64)> = Vec::new();
    let mut note = |name: String, gained: f64, seconds: f64| match methods
        .iter_mut()
        .find(|(known, _, _)| *known == name)
    {
        Some((_, all, total)) => {
            all.push(gained);
            *total += seconds;
        }
        None => methods.push((name, vec![gained], seconds)),
    };
    for seed in 0..engines as u64 {
        let engine = Engine::new(seed);
        let clock = Instant::now();
        let taken = tune(&engine, games, batch, seed)?;
        let name = format!("batches of {batch}, recommended");
        note(name, engine.gained(&taken), clock.elapsed().as_secs_f64());
        for step in [0.02, 0.1, 0.5] {
            for width in [0.05, 0.1] {
                let taken = spsa(&engine, games, step, width, seed);
                note(format!("SPSA, step {step}, width {width}"), engine.gained(&taken), 0.0);
            }
        }
    }
    println!("{games} games; 0 is the engine as it is, 1 the best config (75 % of games won)");
    for (name, gained, seconds) in methods {
        let error = if engines > 1 { (variance(&gained) / engines as f64).sqrt() } else { 0.0 };
        let rate = 50.0 + 25.0 * mean(&gained);
        print!("{name:32} {:6.3} ± {error:.3}, wins {rate:.1} %", mean(&gained));
        println!(", {:.1} s", seconds / engines as f64);
    }
    Ok(())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}
