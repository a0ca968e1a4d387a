//! Experiments from elsewhere: a table of configs and metrics becomes the trials of a study.

mod infer;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use super::analysis::GOAL;
use crate::error::{Error, Result};
use crate::space::{Axis, Point, SearchSpace, Space, Value};
use crate::study::Study;
use crate::trial::metric;

/// A table of a person's earlier experiments: one row per training, with the hyperparameters and
/// what was measured by the names of its columns.
///
/// ```
/// use tunewright::Study;
/// use tunewright::report::Experiments;
///
/// let table = "\
/// lr,layers,optimizer,train_error,val_loss
/// 0.001,2,adam,0.10,0.15
/// 0.01,3,sgd,0.05,0.12
/// 0.1,3,sgd,0.30,0.33
/// 0.003,4,adam,0.04,0.14
/// ";
/// let table = Experiments::from_csv(table.as_bytes())?.goal("val_loss");
/// let study = Study::in_space(table.space()?).minimize().seed(1).build()?;
/// let imported = study.import(&table)?;
/// assert_eq!(imported.added, 4);
/// println!("{}", study.explain()?);
/// let next = study.advise()?; // and the search goes on from there
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Experiments {
    columns: Vec<String>,
    rows: Vec<Vec<Option<Value>>>,
    goal: String,
    ignored: BTreeSet<String>,
    metrics: BTreeSet<String>,
    renamed: BTreeMap<String, String>,
    prefix: String,
}

/// What became of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Rows that became trials.
    pub added: usize,
    /// How many of these have no finite goal, and became failed trials.
    pub failed: usize,
    /// Rows that did not, counted from 1 after the header, with the reason.
    pub skipped: Vec<(usize, String)>,
}

/// Columns that are metrics without being told so.
const METRICS: [&str; 5] = [
    metric::TRAIN_ERROR,
    metric::VALIDATION_ERROR,
    metric::GAP,
    metric::SECONDS,
    metric::PEAK_MEMORY,
];

impl Experiments {
    /// Reads comma-separated values with a header (RFC 4180). If the header has no comma, semicolons
    /// or tabs separate; with semicolons, numbers may have decimal commas. Fields that are empty,
    /// `NA`, `N/A`, `NULL` or `NaN` are absent; fields that look like whole numbers, numbers, `true`
    /// or `false` are taken as such, and everything else (`10 %`, `16GB`) is text. Columns without a
    /// name, as the index that pandas writes, are left out.
    ///
    /// # Errors
    /// [`Error::Import`] if there is no header, a name stands twice, a row has another number of
    /// fields, a quote is not closed, or reading fails.
    pub fn from_csv(reader: impl Read) -> Result<Self> {
        let (columns, rows) = read::csv(reader)?;
        Self::new(columns, rows)
    }

    /// Reads a JSON array of flat objects: `[{"lr": 0.01, "layers": 2, "goal": 0.3}, …]`. Nested
    /// objects are taken apart by dots: `{"params": {"lr": 0.01}}` is a column `params.lr`. `null` and
    /// `"NaN"` are absent.
    ///
    /// # Errors
    /// [`Error::Import`] if it is none.
    pub fn from_json(reader: impl Read) -> Result<Self> {
        let (columns, rows) = read::json(reader)?;
        Self::new(columns, rows)
    }

    fn new(columns: Vec<String>, rows: Vec<Vec<Option<Value>>>) -> Result<Self> {
        let named: Vec<bool> = columns.iter().map(|name| !name.is_empty()).collect();
        let (columns, rows) = (
            chosen(columns, &named),
            rows.into_iter().map(|row| chosen(row, &named)).collect::<Vec<_>>(),
        );
        let mut seen = BTreeSet::new();
        if let Some(name) = columns.iter().find(|name| !seen.insert(*name)) {
            return Err(refused(format!("the column `{name}` stands twice; rename one")));
        }
        Ok(Experiments {
            columns,
            rows,
            goal: GOAL.to_owned(),
            ignored: BTreeSet::new(),
            metrics: BTreeSet::new(),
            renamed: BTreeMap::new(),
            prefix: String::new(),
        })
    }

    /// The column of the goal; `goal` by default.
    pub fn goal(mut self, column: &str) -> Self {
        self.goal = column.to_owned();
        self
    }

    /// A column that holds a metric. The standard names are known, and so are all columns that are
    /// no parameters of the space, if they hold numbers.
    pub fn metric(mut self, column: &str) -> Self {
        self.metrics.insert(column.to_owned());
        self
    }

    /// Leaves a column out.
    pub fn ignore(mut self, column: &str) -> Self {
        self.ignored.insert(column.to_owned());
        self
    }

    /// Takes a column under the name of a parameter or metric: `.rename("lr", "learning_rate")`.
    pub fn rename(mut self, column: &str, name: &str) -> Self {
        self.renamed.insert(column.to_owned(), name.to_owned());
        self
    }

    /// Only columns that begin like this are parameters, under the names that follow: `params_` in
    /// data frames of Optuna, `params.` in those of MLflow. Others that hold numbers are metrics.
    ///
    /// ```
    /// use tunewright::report::Experiments;
    ///
    /// let table = "\
    /// number,value,params_lr,params_layers,user_attrs_train_error,state
    /// 0,0.34,0.001,2,0.30,COMPLETE
    /// 1,0.21,0.01,3,0.12,COMPLETE
    /// ";
    /// let table = Experiments::from_csv(table.as_bytes())?
    ///     .goal("value")
    ///     .parameters("params_")
    ///     .rename("user_attrs_train_error", "train_error")
    ///     .ignore("number");
    /// let space = table.space()?;
    /// let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
    /// assert_eq!(names, ["lr", "layers"]);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn parameters(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A space in which all complete rows lie: a parameter for each column that is neither the goal
    /// nor a metric nor left out. Whole numbers and numbers get the range that occurs, on a log scale
    /// if it spans a factor of 50 or more; texts and switches get the choices that occur. A column
    /// that is empty wherever another one holds certain texts exists only under the others.
    ///
    /// Names, numbers and dates of runs are columns, too: [`ignore`](Self::ignore) them, call
    /// whatever was measured a [`metric`](Self::metric), or say how the names of
    /// [`parameters`](Self::parameters) begin. To search further than the table reaches,
    /// build a space of your own with the names of its columns.
    ///
    /// # Errors
    /// [`Error::Import`] if the table has no rows or a column is missing that was named, and
    /// [`Error::InvalidSpace`] for names that no space can have.
    pub fn space(&self) -> Result<Space> {
        self.check()?;
        infer::space(self)
    }

    /// Named columns must be there.
    fn check(&self) -> Result<()> {
        let named = [&self.goal].into_iter().chain(&self.ignored).chain(&self.metrics);
        if !self.columns.iter().any(|column| column.starts_with(&self.prefix)) {
            let (prefix, known) = (&self.prefix, self.columns.join(", "));
            return Err(refused(format!(
                "no column begins with `{prefix}`; the table has {known}"
            )));
        }
        for name in named.chain(self.renamed.keys()) {
            if !self.columns.contains(name) {
                let known = self.columns.join(", ");
                return Err(refused(format!("there is no column `{name}`; the table has {known}")));
            }
        }
        Ok(())
    }

    /// The name under which a column is taken.
    fn name_of<'a>(&'a self, column: &'a str) -> &'a str {
        let own = || column.strip_prefix(&self.prefix).unwrap_or(column);
        self.renamed.get(column).map_or_else(own, String::as_str)
    }

    /// Whether a column is neither goal nor metric nor left out.
    fn is_parameter(&self, column: &str) -> bool {
        column != self.goal
            && column.starts_with(&self.prefix)
            && !self.ignored.contains(column)
            && !self.metrics.contains(column)
            && !METRICS.contains(&self.name_of(column))
    }

    /// Whether a column holds a parameter of this name.
    fn is_of(&self, column: &str, parameter: &str) -> bool {
        column.starts_with(&self.prefix) && self.name_of(column) == parameter
    }

    fn number(&self, row: &[Option<Value>], column: usize) -> Option<f64> {
        row.get(column)?.as_ref()?.as_f64()
    }

    /// The point of a row in a space. Parameters that the row's choices leave inactive may have a
    /// value all the same; it is left out.
    fn point(&self, space: &Space, row: &[Option<Value>]) -> Result<Point> {
        let find = |axis: &Axis| {
            let mut columns = self.columns.iter();
            let column = columns.position(|column| self.is_of(column, axis.name()));
            column.and_then(|column| row[column].clone())
        };
        let mut taken: Vec<Option<f64>> = vec![None; space.len()];
        let mut values = Vec::new();
        for (index, axis) in space.axes().iter().enumerate() {
            let active = axis.condition().is_none_or(|of| taken[of.axis] == Some(of.choice as f64));
            if !active {
                continue;
            }
            let only = (axis.distribution().levels() == Some(1))
                .then(|| axis.distribution().value(axis.distribution().from_unit(0.5)));
            let value = find(axis)
                .or(only)
                .ok_or_else(|| Error::MissingParameter { name: axis.name().to_owned() })?;
            let value = infer::as_of(axis, value);
            taken[index] = axis.distribution().parse(&value);
            values.push((axis.name(), value));
        }
        space.encode(&space.params(values)?)
    }
}

impl<C> Study<C> {
    /// Adds the rows of a table as trials that have ended: the parameters by their full names, the
    /// goal, and as metrics all other columns with numbers. Effects, advice and the search go on
    /// from them. A row without a finite goal becomes a failed trial; one that does not fit the
    /// space or a constraint is skipped and told.
    ///
    /// # Errors
    /// [`Error::Import`] if a column is missing that was named, or the study has several goals, and
    /// what the storage fails with.
    pub fn import(&self, table: &Experiments) -> Result<Imported> {
        table.check()?;
        if self.store().header().directions.len() > 1 {
            return Err(refused("tables have one goal, and the study has several".into()));
        }
        let space = self.space().space();
        let goal = table.columns.iter().position(|column| *column == table.goal);
        let mut imported = Imported::default();
        for (index, row) in table.rows.iter().enumerate() {
            let config = table.point(space, row).and_then(|point| self.space().decode(&point));
            let held = goal.and_then(|goal| row.get(goal)?.as_ref());
            let outcome = match held.map(|value| (value, value.as_f64())) {
                Some((_, Some(value))) if value.is_finite() => Ok(value),
                Some((value, _)) => Err(format!("the goal is `{value}` in the table")),
                None => Err("the table has no value of the goal".to_owned()),
            };
            let failed = outcome.is_err();
            let added = config.and_then(|config| {
                self.add_with_metrics(config, outcome, metrics(table, space, row))
            });
            match added {
                Ok(_) => {
                    imported.added += 1;
                    imported.failed += usize::from(failed);
                }
                Err(error @ Error::Storage(_)) => return Err(error),
                Err(error) => imported.skipped.push((index + 1, error.to_string())),
            }
        }
        Ok(imported)
    }
}

/// The numbers of a row that are neither goal nor parameters.
fn metrics(table: &Experiments, space: &Space, row: &[Option<Value>]) -> BTreeMap<String, f64> {
    let columns = table.columns.iter().enumerate();
    let others = columns.filter(|(_, column)| {
        **column != table.goal
            && !table.ignored.contains(*column)
            && !space.axes().iter().any(|axis| table.is_of(column, axis.name()))
    });
    let known = others.filter_map(|(at, column)| {
        Some((table.name_of(column).to_owned(), table.number(row, at)?))
    });
    known.collect()
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.added == 1 { "row" } else { "rows" };
        write!(f, "{} {plural} added", self.added)?;
        if self.failed > 0 {
            write!(f, ", {} of these as failed trials, for want of a goal", self.failed)?;
        }
        for (row, reason) in &self.skipped {
            write!(f, "\nrow {row} skipped: {reason}")?;
        }
        Ok(())
    }
}

/// The entries that are chosen.
fn chosen<T>(all: Vec<T>, which: &[bool]) -> Vec<T> {
    all.into_iter().zip(which).filter(|(_, chosen)| **chosen).map(|(one, _)| one).collect()
}

fn refused(reason: String) -> Error {
    Error::Import(reason)
}
