//! A space that exists only at run time: read from a file, or made by the builder.
//!
//! ```text
//! cargo run --release --example runtime_space [FILE]
//! ```

use std::error::Error;
use std::f64::consts::TAU;

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::Int;

/// What `space.json` beside this program describes, in code.
fn built() -> Result<Space> {
    Space::builder()
        .field_with_default("window", &Int::range(2..=60).log(), 7)
        .choice("rule", |rule| {
            rule.unit("mean")
                .unit("median")
                .variant("smooth", |smooth| smooth.float("decay", 0.5..=0.99, Scale::Linear))
        })
        .bool("weekly")
        .build()
}

/// Forecasts each day of a series from those before it; the objective is the mean absolute error.
/// The config is a map with typed getters: a wrong name or type is an error, and fails the trial.
fn forecast_error(config: &Params, series: &[f64]) -> Result<f64> {
    let window: usize = config.int("window")?;
    let weekly = config.bool("weekly")?;
    let smooth = match config.branch("rule")? {
        // This parameter exists only under this rule.
        "smooth" => Some(config.float("rule.smooth.decay")?),
        _ => None,
    };
    let is_median = config.text("rule")? == "median";

    let first = 7 * 60; // every window has its data
    let errors = (first..series.len()).map(|day| {
        let step = if weekly { 7 } else { 1 };
        let mut past: Vec<f64> = (1..=window).map(|back| series[day - back * step]).collect();
        let forecast = if let Some(decay) = smooth {
            let weights: Vec<f64> = (0..).map(|age| decay.powi(age)).take(window).collect();
            let sum: f64 = past.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
            sum / weights.iter().sum::<f64>()
        } else if is_median {
            past.sort_by(f64::total_cmp);
            past[window / 2]
        } else {
            past.iter().sum::<f64>() / window as f64
        };
        (series[day] - forecast).abs()
    });
    Ok(errors.sum::<f64>() / (series.len() - first) as f64)
}

/// Visitors of three years: seasons, quiet weekends, noise, and now and then a festival.
fn visitors() -> Vec<f64> {
    let mut random = Stream::new(5, 0);
    let day = |day: u32| {
        let season = 100.0 - 40.0 * (TAU * f64::from(day) / 365.0).cos();
        let weekend = if day % 7 >= 5 { 0.5 } else { 1.0 };
        let festival = if random.unit() < 0.02 { 200.0 } else { 0.0 };
        season * weekend + festival + 5.0 * random.normal()
    };
    (0..3 * 365).map(day).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let text = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => include_str!("space.json").to_owned(),
    };
    let space: Space = serde_json::from_str(&text)?;
    println!("{space}\n");
    println!("The file describes the same space as the builder: {}.", space == built()?);

    let series = visitors();
    let study = Study::in_space(space).minimize().seed(1).start_from_default().build()?;
    study.optimize(|config: Params, _: &mut Trial| forecast_error(&config, &series), 200)?;

    println!("\n{}", study.trials()?.table().sorted_by_value().limit(8));
    // Configs are data: they can be written and, by name and value, read.
    println!("Best config as JSON: {}", serde_json::to_string(study.best()?.config())?);

    let mistakes = r#"[
        {"name": "rate", "numeric": {"scale": "log", "range": [0, 1]}},
        {"name": "rate", "numeric": {"range": [2, 1]}}
    ]"#;
    if let Err(error) = serde_json::from_str::<Space>(mistakes) {
        println!("\nA file with mistakes: {error}");
    }
    if let Err(error) = study.best()?.config().float("windows") {
        println!("A misspelt name: {error}");
    }
    Ok(())
}
