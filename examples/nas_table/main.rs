//! Searches a recorded table of architectures, many times over, and says how far from the best one
//! the search was after so many queries.
//!
//! ```text
//! $ cargo run --release --example nas_table -- --data nb201_cifar10.csv.gz --sampler controller
//! queries,mean_regret,std_error,share_at_optimum
//! 10,...
//! ```
//!
//! Two things are worth a look for spaces of your own: `table.rs` makes the table a `SearchSpace` whose
//! masks leave only what the table has, and `search.rs` runs a study of one's own by ask and tell.

mod arguments;
mod search;
mod table;

use std::process::ExitCode;
use std::sync::Arc;

use arguments::Arguments;
use table::{Table, TableSpace};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::parse(std::env::args_os().skip(1))?;
    let table = TableSpace(Arc::new(Table::read(&arguments.data, arguments.canonical)?));
    let earlier = match &arguments.earlier {
        Some(file) => Some(TableSpace(Arc::new(Table::read(file, arguments.canonical)?))),
        None => None,
    };
    let report = search::repeat(&table, earlier.as_ref(), &arguments)?;
    print!("{report}");
    Ok(())
}
