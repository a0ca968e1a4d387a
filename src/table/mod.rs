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
use std::collections::BTreeMap;
use std::fmt;

use crate::text;
use crate::trial::{TrialRecord, Trials};

use columns::{Column, columns};
pub(crate) use names::short_names;
pub use summary::{Failures, Summary};

/// A table of trials to read in a terminal: number, state, the values of all goals (the best trial marked,
/// or with several goals those on the front), whether the trial keeps all limits, time, parameters and
/// metrics.
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

#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    Number,
    /// The best first.
    Value,
    /// By a goal or a metric.
    By(String),
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

    /// Puts the best trial first, or with several goals those on the front, in the order of the first goal;
    /// then the other feasible ones, the infeasible ones, and last those without a value. By default
    /// trials come in the order of their numbers.
    pub fn sorted_by_value(mut self) -> Self {
        self.order = Order::Value;
        self
    }

    /// Sorts by the goal of this name, the best value first, or else by a metric, the lowest first; trials
    /// without it come last.
    pub fn sorted_by(mut self, name: impl Into<String>) -> Self {
        self.order = Order::By(name.into());
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
        let head = match &self.order {
            Order::Number => self.limit.div_ceil(2),
            Order::Value => {
                let ranks = self.ranks();
                trials.sort_by(|left, right| compare(ranks(left), ranks(right)));
                self.limit
            }
            Order::By(name) => {
                let goals = &self.trials.header().goals;
                let goal = goals.position(name);
                let key = |trial: &TrialRecord| {
                    let loss = match goal {
                        Some(at) => goals.losses(trial.values()).get(at).copied(),
                        None => trial.metric(name),
                    };
                    (u8::from(loss.is_none()), 0.0, loss.unwrap_or(0.0), trial.number())
                };
                trials.sort_by(|left, right| compare(key(left), key(right)));
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

    /// Where each trial stands: what kind it is, what it misses, its first loss and its number.
    fn ranks(&self) -> impl Fn(&TrialRecord) -> Key + use<> {
        let goals = self.trials.header().goals.clone();
        let history = self.trials.history();
        let leading = columns::leading(self.trials);
        let missed = history.complete().zip(history.total_violations());
        let missed: BTreeMap<u64, f64> =
            missed.map(|(trial, missed)| (trial.number(), missed)).collect();
        move |trial| {
            let number = trial.number();
            let Some(&missed) = missed.get(&number) else { return (3, 0.0, 0.0, number) };
            let kind = if leading.contains(&number) { 0 } else { 1 + u8::from(missed > 0.0) };
            // Adding zero turns -0 into +0.
            (kind, missed, goals.loss(trial.values()) + 0.0, number)
        }
    }
}

/// What trials are sorted by.
type Key = (u8, f64, f64, u64);

fn compare(left: Key, right: Key) -> Ordering {
    let kinds = left.0.cmp(&right.0).then(left.1.total_cmp(&right.1));
    kinds.then(left.2.total_cmp(&right.2)).then(left.3.cmp(&right.3))
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
