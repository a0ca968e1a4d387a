//! Trials as text: a summary and a table to read in a terminal, CSV and JSON for other programs.
//!
//! [`Study::summary`] says in a few lines how a study went, [`Study::trials`] takes a snapshot of
//! all trials: a [table](Trials::table) to read in a terminal, [CSV](Trials::to_csv) and
//! [JSON](Trials::to_json) for other programs. Both read back ([`Trials::from_csv`],
//! [`Trials::from_json`]); tables of other programs are
//! [`Experiments`](crate::import::Experiments).
//!
//! ```
//! use tunewright::space::{Scale, Space};
//! use tunewright::{Params, Study, Trial};
//!
//! let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
//! let study = Study::in_space(space).seed(1).build()?;
//! study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
//!
//! println!("{}", study.summary()?);
//! println!("{}", study.trials()?.table().sorted_by_value().limit(10));
//! let mut csv = Vec::new(); // or a file
//! study.trials()?.to_csv(&mut csv)?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! [`Study::summary`]: crate::Study::summary
//! [`Study::trials`]: crate::Study::trials

mod columns;
pub(crate) mod csv;
pub(crate) mod json;
mod names;
mod summary;

use std::cmp::Ordering;
use std::fmt;

use crate::text;
use crate::trial::{TrialRecord, Trials};

use columns::{Column, columns};
pub(crate) use names::short_names;
pub use summary::{Failures, Summary};

/// A table of trials to read in a terminal: number, state, value (the best one marked), time,
/// parameters and metrics.
///
/// Parameters have short names where these are unambiguous, numbers six significant digits.
/// Columns without an entry are left out. Of a long table the middle is left out, with a count, but
/// never the best trial; columns beyond the width are named below. Cells longer than 24 columns
/// lose their middle.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    trials: &'a Trials,
    order: Order,
    limit: usize,
    width: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Number,
    Value,
}

/// Rows of a table, unless told otherwise: they fit on a screen.
const ROWS: usize = 20;
/// Columns of a terminal, unless told otherwise.
const WIDTH: usize = 120;
/// How many columns that are left out are named.
const NAMED: usize = 5;
/// Space between two columns.
const GAP: &str = "  ";

impl Trials {
    /// The trials as a table for terminals, with options of its own.
    pub fn table(&self) -> Table<'_> {
        Table::new(self)
    }
}

impl fmt::Display for Trials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

impl<'a> Table<'a> {
    fn new(trials: &'a Trials) -> Self {
        Table { trials, order: Order::Number, limit: ROWS, width: WIDTH }
    }

    /// Puts the best trial first and those without a value last; by default trials come in the
    /// order of their numbers.
    pub fn sorted_by_value(mut self) -> Self {
        self.order = Order::Value;
        self
    }

    /// Shows at most `trials` trials, and the best one in any case; 20 by default. Leaves out the
    /// middle, or the end of a sorted table.
    pub fn limit(mut self, trials: usize) -> Self {
        self.limit = trials;
        self
    }

    /// Shows all trials.
    pub fn all(self) -> Self {
        self.limit(usize::MAX)
    }

    /// Leaves out the last parameters and metrics of a table that is wider than this; 120 by
    /// default, in columns of a terminal. `usize::MAX` shows all.
    pub fn width(mut self, columns: usize) -> Self {
        self.width = columns;
        self
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        if rows.is_empty() {
            return f.write_str("no trials");
        }
        let shown: Vec<&TrialRecord> = rows.iter().filter_map(Row::trial).collect();
        let mut columns = columns(self.trials, &shown);
        let left_out = cut(&mut columns, self.width);
        f.write_str(&line(&columns, |column| &column.name))?;
        let mut next = 0;
        for row in &rows {
            match row {
                Row::Trial(_) => {
                    write!(f, "\n{}", line(&columns, |column| &column.cells[next]))?;
                    next += 1;
                }
                Row::Gap(count) => write!(f, "\n… {}", text::more(*count, "trial"))?,
            }
        }
        if left_out.is_empty() {
            return Ok(());
        }
        let names = left_out.iter().take(NAMED).map(|column| column.name.as_str());
        write!(f, "\nnot shown: {}", names.collect::<Vec<_>>().join(", "))?;
        match left_out.len().saturating_sub(NAMED) {
            0 => Ok(()),
            rest => write!(f, " and {}", text::more(rest, "column")),
        }
    }
}

/// A line of a table.
enum Row<'a> {
    Trial(&'a TrialRecord),
    /// So many trials are left out.
    Gap(usize),
}

impl<'a> Row<'a> {
    fn trial(&self) -> Option<&'a TrialRecord> {
        match self {
            Row::Trial(trial) => Some(trial),
            Row::Gap(_) => None,
        }
    }
}

impl Table<'_> {
    /// The trials that are shown, and how many are left out between them.
    fn rows(&self) -> Vec<Row<'_>> {
        let mut trials: Vec<&TrialRecord> = self.trials.iter().collect();
        let head = match self.order {
            Order::Number => self.limit.div_ceil(2),
            Order::Value => {
                trials.sort_by(|a, b| self.compare(a, b));
                self.limit
            }
        };
        let tail = self.limit - head;
        let best = self.trials.best().map(TrialRecord::number);
        let mut rows = Vec::new();
        for (index, trial) in trials.iter().enumerate() {
            let shown = index < head
                || index >= trials.len().saturating_sub(tail)
                || Some(trial.number()) == best;
            match rows.last_mut() {
                _ if shown => rows.push(Row::Trial(trial)),
                Some(Row::Gap(count)) => *count += 1,
                _ => rows.push(Row::Gap(1)),
            }
        }
        rows
    }

    /// The best first; trials without a value in the order of their numbers.
    fn compare(&self, left: &TrialRecord, right: &TrialRecord) -> Ordering {
        let direction = self.trials.header().goals.first();
        // Adding zero turns -0 into +0.
        let loss = |trial: &TrialRecord| trial.value().map(|value| direction.orient(value) + 0.0);
        match (loss(left), loss(right)) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
        .then(left.number().cmp(&right.number()))
    }
}

/// Takes out the last columns that not every table has until the rest is narrow enough.
fn cut(columns: &mut Vec<Column>, width: usize) -> Vec<Column> {
    let mut used = 0;
    let fits = |column: &Column| {
        used += column.width + GAP.len();
        used <= width.saturating_add(GAP.len()) || column.is_general
    };
    let kept = columns.iter().map(fits).take_while(|&fits| fits).count();
    columns.split_off(kept)
}

/// The cells of a row beside one another.
fn line<'a>(columns: &'a [Column], cell: impl Fn(&'a Column) -> &'a str) -> String {
    let cells = columns.iter().map(|column| text::pad(cell(column), column.width, column.align));
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}
