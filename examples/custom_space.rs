//! A search space with a config type, a legality and an equality of its own: how much of each of
//! five forecasts goes into a blend?
//!
//! ```text
//! cargo run --release --example custom_space
//! ```

use std::f64::consts::TAU;

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::Key;
use tunewright::testing;

const MODELS: usize = 5;

/// How much each model counts, in proportion: 1 : 2 : 0 : 0 : 0 takes a third of the first model
/// and two thirds of the second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Blend {
    shares: [u32; MODELS],
}

impl Blend {
    fn weights(&self) -> [f64; MODELS] {
        let sum: u32 = self.shares.iter().sum();
        self.shares.map(|share| f64::from(share) / f64::from(sum))
    }

    fn models(&self) -> usize {
        self.shares.iter().filter(|&&share| share > 0).count()
    }
}

/// All blends of a few models.
struct Blends {
    /// What samplers see: one axis for the share of each model.
    axes: Space,
    most_models: usize,
}

impl Blends {
    fn new(most_models: usize) -> Result<Self> {
        let axes = (0..MODELS).fold(Space::builder(), |builder, model| {
            builder.int(&format!("share{model}"), 0..=6, Scale::Linear)
        });
        Ok(Blends { axes: axes.build()?, most_models })
    }
}

impl SearchSpace for Blends {
    type Config = Blend;

    fn space(&self) -> &Space {
        &self.axes
    }

    /// From a point of the axes to what the objective receives.
    fn decode(&self, point: &Point) -> Result<Blend> {
        self.axes.check(point)?;
        Ok(Blend { shares: std::array::from_fn(|model| point.get(model).unwrap_or(0.0) as u32) })
    }

    /// And back, for blends that a person wants to be tried.
    fn encode(&self, blend: &Blend) -> Result<Point> {
        self.axes.point_at_values(blend.shares.map(|share| Some(f64::from(share))))
    }

    /// What no range can say. The name is for messages.
    fn violated(&self, blend: &Blend) -> Option<&str> {
        match blend.models() {
            0 => Some("some model"),
            models if models > self.most_models => Some("few models"),
            _ => None,
        }
    }

    /// 1 : 2 and 2 : 4 are the same blend: with the same key only one of them is tried.
    fn key(&self, point: &Point) -> Key {
        let shares: Vec<u32> = point.iter().map(|share| share.unwrap_or(0.0) as u32).collect();
        let divisor = shares.iter().copied().fold(0, greatest_common_divisor).max(1);
        Key::of(&shares.iter().map(|share| share / divisor).collect::<Vec<_>>())
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A year of daily values, and what each model forecast for it.
struct Forecasts {
    truth: Vec<f64>,
    by_model: [Vec<f64>; MODELS],
}

impl Forecasts {
    fn made_up() -> Self {
        let mut random = Stream::new(1, 0);
        let mut series = |value: &dyn Fn(f64) -> f64, noise: f64| -> Vec<f64> {
            (0..365).map(|day| value(f64::from(day)) + noise * random.normal()).collect()
        };
        let season = |day: f64| 10.0 + 5.0 * (TAU * day / 365.0).sin();
        let week = |day: f64| 2.0 * (TAU * day / 7.0).cos();
        Forecasts {
            truth: series(&|day| season(day) + week(day), 0.5),
            by_model: [
                series(&season, 0.3),                               // knows no weeks
                series(&|day| 10.0 + 2.0 * week(day), 0.5),         // knows no seasons
                series(&|day| season(day) + week(day) + 2.0, 0.5),  // too high
                series(&|day| season(day) + week(day) - 1.0, 1.5),  // too low, and noisy
                series(&|day| season(day - 20.0) + week(day), 0.8), // three weeks late
            ],
        }
    }

    /// Root of the mean squared error of a blend.
    fn error(&self, blend: &Blend) -> f64 {
        let weights = blend.weights();
        let squares = self.truth.iter().enumerate().map(|(day, truth)| {
            let parts =
                weights.iter().zip(&self.by_model).map(|(weight, model)| weight * model[day]);
            (parts.sum::<f64>() - truth).powi(2)
        });
        (squares.sum::<f64>() / self.truth.len() as f64).sqrt()
    }
}

fn main() -> Result<()> {
    // The suite for spaces; it belongs into a test of yours.
    testing::space(&Blends::new(3)?);

    let forecasts = Forecasts::made_up();
    let equal_parts_of_three = Blend { shares: [1, 0, 1, 0, 1] };
    let study = Study::in_space(Blends::new(3)?)
        .minimize()
        .seed(1)
        .start_from(equal_parts_of_three)
        .build()?;
    study.optimize(|blend: Blend, _: &mut Trial| forecasts.error(&blend), 400)?;
    let best = study.best()?;

    println!("error  blend");
    for model in 0..MODELS {
        let mut alone = Blend { shares: [0; MODELS] };
        alone.shares[model] = 1;
        println!("{:.3}  {:?}", forecasts.error(&alone), alone.shares);
    }
    println!("{:.3}  {:?}", forecasts.error(&equal_parts_of_three), equal_parts_of_three.shares);
    println!(
        "{:.3}  {:?}  the best of {} trials",
        best.value(),
        best.config().shares,
        study.history()?.complete_count()
    );

    // What is not legal is refused from people, too.
    let everything = Blend { shares: [1; MODELS] };
    if let Err(error) = study.enqueue(everything) {
        println!("\n{:?}: {error}", everything.shares);
    }
    Ok(())
}
