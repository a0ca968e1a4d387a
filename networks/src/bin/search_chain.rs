//! Searches convolutional networks layer by layer: a controller starts with one layer and lets depth
//! grow, and what it found is compared with random search.
//!
//! ```text
//! cargo run --release -p tunewright-networks --bin search_chain
//! ```

use std::process::ExitCode;

use tunewright::ControllerSampler;
use tunewright::nas::Chain;
use tunewright_networks::{Arguments, Failure, compare, run};

const DEEPEST: usize = 6;

/// What a child may have.
const PARAMETERS: u64 = 6_000;

fn main() -> ExitCode {
    run("search_chain", 80, search)
}

fn search(arguments: &Arguments) -> Result<(), Failure> {
    let space = Chain::new()
        .filter_height([1, 3, 5])
        .filter_width([1, 3, 5])
        .filters([4, 8, 12, 16])
        .stride([1, 2])
        .skip_connections()
        .depth(1..=DEEPEST)
        .build()?;
    // All depths are open for the second half.
    let every = (arguments.children / 2).div_ceil(DEEPEST - 1).max(1);
    let controller = ControllerSampler::new().grow_depth_every(every as u64);
    let comparison = compare(&space, controller, PARAMETERS, arguments)?;
    println!("{comparison}\nDrawings are in {}.", arguments.output.display());
    Ok(())
}
