//! Tunes a small network with early stopping and without it: the same number of trials, and what each
//! takes and finds.
//!
//! ```text
//! cargo run --release --example early_stopping
//! ```

#![allow(clippy::disallowed_methods, reason = "an example may read the clock")]

use std::time::{Duration, Instant};

use smartcore::dataset::digits;
use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::study::progress_bar;

const TRIALS: usize = 100;
const EPOCHS: u64 = 40;
const PIXELS: usize = 64;
const CLASSES: usize = 10;

#[derive(Tunable, Clone, Debug)]
struct Training {
    #[tune(range = 1e-4..=1.0, log)]
    learning_rate: f64,
    #[tune(range = 0.0..=0.99)]
    momentum: f64,
    #[tune(range = 1e-6..=0.1, log)]
    weight_decay: f64,
    #[tune(range = 4..=64, log)]
    units: usize,
    #[tune(choices = [4, 8, 16, 32, 64], ordered)]
    batch: usize,
}

/// The objective: trains a network, reports its validation loss after each epoch, and returns the last.
fn train(config: &Training, data: &Data, trial: &mut Trial) -> Result<f64> {
    let mut network = Network::new(config.units);
    let mut loss = f64::INFINITY;
    for epoch in 0..EPOCHS {
        network.epoch(config, &data.training, epoch);
        loss = network.loss(&data.validation);
        trial.report(epoch, loss)?; // leaves here when the trial is not worth going on
    }
    Ok(loss)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = Data::load();
    let mut lines = Vec::new();
    for (name, pruning) in [("early stopping", true), ("no pruning", false)] {
        let builder = Study::<Training>::minimize().name(name).seed(1).workers(2);
        let builder = builder.observer(progress_bar());
        let study = if pruning { builder.build()? } else { builder.no_pruning().build()? };
        let began = Instant::now();
        study
            .optimize(|config: Training, trial: &mut Trial| train(&config, &data, trial), TRIALS)?;
        let time = began.elapsed();

        let steps: usize = study.history()?.trials().map(|trial| trial.reports().len()).sum();
        let best = study.best()?;
        let mut network = Network::new(best.config().units);
        (0..EPOCHS).for_each(|epoch| network.epoch(best.config(), &data.training, epoch));
        lines.push(line(name, steps, time, best.value(), network.mistakes(&data.unseen)));
    }
    println!("\n{TRIALS} trials of {EPOCHS} epochs each; mistakes of the best config:\n");
    println!(
        "                epochs  seconds  validation loss  on {} unseen digits",
        data.unseen.len()
    );
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn line(name: &str, steps: usize, time: Duration, loss: f64, mistakes: f64) -> String {
    let (seconds, mistakes) = (time.as_secs_f64(), 100.0 * mistakes);
    format!("{name:14}  {steps:6}  {seconds:7.1}  {loss:15.4}  {mistakes:.1} %")
}

/// Images of handwritten digits, and which digits they are.
type Digits = Vec<([f64; PIXELS], usize)>;

struct Data {
    training: Digits,
    validation: Digits,
    /// Nothing that is tuned sees them.
    unseen: Digits,
}

impl Data {
    fn load() -> Self {
        let all = digits::load_dataset();
        let mut images: Digits = all
            .data
            .chunks_exact(PIXELS)
            .zip(&all.target)
            .map(|(pixels, &digit)| {
                (std::array::from_fn(|at| f64::from(pixels[at]) / 16.0), digit as usize)
            })
            .collect();
        Stream::new(0, 0).shuffle(&mut images);
        let unseen = images.split_off(800);
        let validation = images.split_off(400);
        Data { training: images, validation, unseen }
    }
}

/// One hidden layer of rectified units, trained by stochastic gradient descent.
struct Network {
    units: usize,
    /// The weights of the hidden units, one after the other, and of the classes; the last weight of
    /// each is its bias.
    weights: Vec<f64>,
    velocity: Vec<f64>,
}

impl Network {
    fn new(units: usize) -> Self {
        let mut random = Stream::new(1, 0);
        let hidden = units * (PIXELS + 1);
        let all = hidden + CLASSES * (units + 1);
        let size = |at: usize| if at < hidden { PIXELS } else { units };
        let weights = (0..all).map(|at| random.normal() * (2.0 / size(at) as f64).sqrt()).collect();
        Network { units, weights, velocity: vec![0.0; all] }
    }

    /// The outputs of the hidden units, and the probability of each class.
    fn forward(&self, pixels: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let layer = |weights: &[f64], inputs: &[f64]| -> Vec<f64> {
            let unit = |own: &[f64]| {
                let sum: f64 = own.iter().zip(inputs).map(|(weight, input)| weight * input).sum();
                sum + own[inputs.len()]
            };
            weights.chunks_exact(inputs.len() + 1).map(unit).collect()
        };
        let (first, second) = self.weights.split_at(self.units * (PIXELS + 1));
        let mut hidden = layer(first, pixels);
        hidden.iter_mut().for_each(|output| *output = output.max(0.0));
        let scores = layer(second, &hidden);
        let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let odds: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
        let total: f64 = odds.iter().sum();
        (hidden, odds.into_iter().map(|odds| odds / total).collect())
    }

    /// Goes once through the examples in a new order.
    fn epoch(&mut self, config: &Training, examples: &Digits, epoch: u64) {
        let mut order: Vec<usize> = (0..examples.len()).collect();
        Stream::new(2, epoch).shuffle(&mut order);
        let second = self.units * (PIXELS + 1);
        for batch in order.chunks(config.batch) {
            let mut gradient: Vec<f64> =
                self.weights.iter().map(|weight| config.weight_decay * weight).collect();
            for &at in batch {
                let (pixels, digit) = &examples[at];
                let (hidden, mut errors) = self.forward(pixels);
                errors[*digit] -= 1.0;
                errors.iter_mut().for_each(|error| *error /= batch.len() as f64);
                for (unit, output) in hidden.iter().enumerate() {
                    let mut slope = 0.0;
                    for (class, error) in errors.iter().enumerate() {
                        let weight = second + class * (self.units + 1) + unit;
                        gradient[weight] += error * output;
                        slope += error * self.weights[weight];
                    }
                    if *output > 0.0 {
                        let own = &mut gradient[unit * (PIXELS + 1)..][..PIXELS + 1];
                        own.iter_mut().zip(pixels).for_each(|(own, pixel)| *own += slope * pixel);
                        own[PIXELS] += slope;
                    }
                }
                for (class, error) in errors.iter().enumerate() {
                    gradient[second + class * (self.units + 1) + self.units] += error;
                }
            }
            for ((weight, velocity), slope) in
                self.weights.iter_mut().zip(&mut self.velocity).zip(gradient)
            {
                *velocity = config.momentum * *velocity - config.learning_rate * slope;
                *weight += *velocity;
            }
        }
    }

    /// The mean cross-entropy.
    fn loss(&self, examples: &Digits) -> f64 {
        let each = examples.iter().map(|(pixels, digit)| -self.forward(pixels).1[*digit].ln());
        each.sum::<f64>() / examples.len() as f64
    }

    /// The share of digits that are taken for others.
    fn mistakes(&self, examples: &Digits) -> f64 {
        let is_wrong = |(pixels, digit): &&([f64; PIXELS], usize)| {
            let (_, probabilities) = self.forward(pixels);
            (0..CLASSES).any(|other| probabilities[other] > probabilities[*digit])
        };
        examples.iter().filter(is_wrong).count() as f64 / examples.len() as f64
    }
}
