//! Searches a normal cell and a reduction cell that a small network stacks, and compares what the
//! controller found with random search.
//!
//! ```text
//! cargo run --release -p tunewright-networks --bin search_cell
//! ```

use std::process::ExitCode;

use tunewright::ControllerSampler;
use tunewright::nas::CellSpace;
use tunewright_networks::{Arguments, Failure, compare, operations, run};

/// Of a child.
const PARAMETERS: u64 = 8_000;

fn main() -> ExitCode {
    run("search_cell", 40, search)
}

fn search(arguments: &Arguments) -> Result<(), Failure> {
    let space = CellSpace::pairs(3).operations(operations()).with_reduction().build()?;
    let comparison = compare(&space, ControllerSampler::new(), PARAMETERS, arguments)?;
    println!("{comparison}\nDrawings are in {}.", arguments.output.display());
    Ok(())
}
