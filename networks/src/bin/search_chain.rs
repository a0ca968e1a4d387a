//! Searches convolutional networks layer by layer, by the controller and at random, with and without
//! early stopping, and compares what was found.
//!
//! ```text
//! cargo run --release -p tunewright-networks --bin search_chain
//! ```

use std::io;
use std::process::ExitCode;

use tunewright::ControllerSampler;
use tunewright::nas::Chain;
use tunewright_networks::{Arguments, Failure, Task, compare, run};

fn main() -> ExitCode {
    run("search_chain", search)
}

fn search(arguments: &Arguments) -> Result<(), Failure> {
    let space = Chain::new()
        .filter_height([1, 3, 5])
        .filter_width([1, 3, 5])
        .filters([2, 4, 8, 16])
        .stride([1, 2])
        .skip_connections()
        .depth(1..=8)
        .build()?;
    let task = Task {
        space,
        parameters: 10_000,
        multiply_adds: 120_000,
        controller: ControllerSampler::new,
        rate: 2e-2,
    };
    compare(&task, arguments, &mut io::stdout())?;
    Ok(())
}
