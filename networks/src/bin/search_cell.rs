//! Searches a normal cell and a reduction cell that a small network stacks, by the controller and at
//! random, with and without early stopping, and compares what was found.
//!
//! ```text
//! cargo run --release -p tunewright-networks --bin search_cell
//! ```

use std::io;
use std::process::ExitCode;

use tunewright::ControllerSampler;
use tunewright::nas::CellSpace;
use tunewright_networks::{Arguments, Failure, Task, compare, operations, run};

fn main() -> ExitCode {
    run("search_cell", search)
}

fn search(arguments: &Arguments) -> Result<(), Failure> {
    let space = CellSpace::pairs(3).operations(operations()).with_reduction().build()?;
    let task = Task {
        space,
        parameters: 16_000,
        multiply_adds: 150_000,
        controller: ControllerSampler::new,
        rate: 1e-2,
    };
    compare(&task, arguments, &mut io::stdout())?;
    Ok(())
}
