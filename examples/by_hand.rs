//! Tunes a network by hand, helped: from a poor start, one change at a time, as advised.
//!
//! ```text
//! cargo run --release --example by_hand
//! ```

#[path = "capacity_table/network.rs"]
mod network;

use network::{Digits, Training};
use tunewright::prelude::*;

fn main() -> Result<()> {
    let digits = Digits::load(300);
    let start = Training {
        layers: 1,
        units: 4,
        kernel_width: 1,
        dropout: 0.5,
        weight_decay: 0.1,
        learning_rate: 1e-4,
    };
    let study = Study::<Training>::minimize().start_from(start).seed(1).build()?;
    let train = |config: Training, trial: &mut Trial| digits.train(&config, trial);
    study.optimize(train, 1)?;
    println!("start: {:.3}", study.best()?.value());

    for _ in 0..12 {
        let next = study.advise()?;
        println!("\n{next}");
        study.enqueue(next.into_config())?;
        study.optimize(train, 1)?;
        if let Some(last) = study.trials()?.iter().next_back() {
            println!("  gave {:.3}", last.value().unwrap_or(f64::NAN));
        }
    }
    println!("\n{}\n\n{:#?}", study.explain()?, study.best()?.config());
    Ok(())
}
