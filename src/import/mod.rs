//! Experiments from elsewhere: a table of configs and metrics becomes the trials of a study.
//!
//! [`Experiments`] are a table of any program; [`Study::import`](crate::Study::import) adds its rows. What
//! [`Trials`] have written reads back as it was ([`Trials::from_csv`], [`Trials::from_json`]).

mod cell;
mod doubt;
mod imported;
mod infer;
mod layout;
mod read;
mod reading;
mod row;
mod trials;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::analysis::GOAL;
use crate::error::{Error, Result};
use crate::space::Space;
use crate::trial::Trials;
use cell::Cell;
pub use imported::Imported;
use layout::{Meaning, Source};
use read::Table;
use reading::Reading;
use row::Rows;

/// A table of a person's earlier experiments: one row per training, with the hyperparameters and
/// what was measured by the names of its columns.
///
/// ```
/// use tunewright::Study;
/// use tunewright::import::Experiments;
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
    rows: Vec<Vec<Cell>>,
    /// Who wrote the table, and what its columns therefore hold.
    source: Source,
    meanings: Vec<Meaning>,
    /// The space, if the table says it.
    space: Option<Space>,
    goal: Option<String>,
    ignored: BTreeSet<String>,
    metrics: BTreeSet<String>,
    renamed: BTreeMap<String, String>,
    prefix: Option<String>,
}

impl Experiments {
    /// Reads comma-separated values with a header (RFC 4180). If the header has no comma, semicolons
    /// or tabs separate; with semicolons, numbers may have decimal commas. Fields that are empty,
    /// `NA`, `N/A`, `NULL` or `NaN` are absent; fields that look like whole numbers, numbers, `true`
    /// or `false` are taken as such, and everything else (`10 %`, `16GB`) is text. Columns without a
    /// name, as the index that pandas writes, are left out.
    ///
    /// Tables of these programs are recognised by their header:
    ///
    /// | table | what is read |
    /// |---|---|
    /// | [`Trials::to_csv`] | everything but the space: numbers, states, goals, metrics, notes, reports, times, origins; with the space, [`Trials::from_csv`] reads the same |
    /// | Optuna, `study.trials_dataframe()` | `params_`, `value` or `values_`, `state`, times, intermediate values, and of the user's attributes numbers as metrics and texts as notes |
    /// | MLflow, `mlflow.search_runs()` | `params.`, `metrics.`, `status`, times, `tags.` as notes; [`goal`](Self::goal) says which metric is the goal |
    /// | MLflow and Weights & Biases, downloads of their web pages | the state and the times; the columns before the goal are parameters, those after it metrics |
    ///
    /// In other tables, a column `state` or `status` that holds the words of these programs is the
    /// state, too. Runs that were pruned become pruned trials, without a value: what such tables give
    /// them is their last report. Failed runs become failed trials, and those that run become running
    /// ones. Runs that somebody stopped or that never began are skipped.
    ///
    /// # Errors
    /// [`Error::Import`] if there is no header, a name stands twice, a row has another number of
    /// fields, a quote is not closed, or reading fails.
    pub fn from_csv(reader: impl Read) -> Result<Self> {
        Self::new(read::csv(reader)?)
    }

    /// Reads a JSON array of flat objects: `[{"lr": 0.01, "layers": 2, "goal": 0.3}, …]`. Nested
    /// objects are taken apart by dots: `{"params": {"lr": 0.01}}` is a column `params.lr`. `null` and
    /// `"NaN"` are absent. Tables are recognised as in [`from_csv`](Self::from_csv).
    ///
    /// Reads what [`Trials::to_json`] has written, too: all of it, and the [space](Self::space) as it
    /// was.
    ///
    /// # Errors
    /// [`Error::Import`] if it is none.
    pub fn from_json(reader: impl Read) -> Result<Self> {
        let text = read::text(reader)?;
        if trials::is_export(&text) {
            let trials = Trials::from_json(text.as_bytes())?;
            let mut csv = Vec::new();
            trials.to_csv(&mut csv)?;
            let table = Self::from_csv(csv.as_slice())?;
            return Ok(Experiments { space: Some(trials.header().space.clone()), ..table });
        }
        Self::new(read::json(&text)?)
    }

    /// Reads the CSV of a data frame of Optuna, written with or without its index:
    /// `study.trials_dataframe().to_csv(path)`. The goal is `value`; of several goals choose one with
    /// [`goal`](Self::goal), such as `values_0`.
    ///
    /// ```
    /// use tunewright::{Study, import::Experiments};
    ///
    /// let frame = "\
    /// number,value,datetime_start,datetime_complete,params_lr,params_units,user_attrs_train_error,state
    /// 0,0.34,2026-01-31 09:30:00.5,2026-01-31 09:31:00.5,0.001,16.0,0.30,COMPLETE
    /// 1,0.12,2026-01-31 09:31:01.2,2026-01-31 09:31:09.2,0.03,,,PRUNED
    /// 2,0.21,2026-01-31 09:31:10.0,2026-01-31 09:32:12.0,0.01,32.0,0.12,COMPLETE
    /// ";
    /// let table = Experiments::from_optuna(frame.as_bytes())?;
    /// let study = Study::in_space(table.space()?).minimize().build()?;
    /// let imported = study.import(&table)?;
    /// assert_eq!((imported.added, imported.pruned), (3, 1));
    /// assert_eq!(study.best()?.value(), 0.21);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_csv`](Self::from_csv), and [`Error::Import`] if it is no such frame.
    pub fn from_optuna(reader: impl Read) -> Result<Self> {
        Self::from_csv(reader)?.of(
            &[Source::Optuna],
            "no data frame of Optuna: these have the columns `number`, `state` and `params_…`",
        )
    }

    /// Reads runs of MLflow as CSV: `mlflow.search_runs(…).to_csv(path)`, or what its web page
    /// downloads. Say which metric is the goal, if there are several: `.goal("metrics.val_error")`,
    /// or `.goal("val_error")`.
    ///
    /// # Errors
    /// As [`from_csv`](Self::from_csv), and [`Error::Import`] if it is no such table.
    pub fn from_mlflow(reader: impl Read) -> Result<Self> {
        Self::from_csv(reader)?.of(
            &[Source::Mlflow, Source::MlflowPage],
            "no runs of MLflow: these have the columns `run_id`, `status`, `params.…` and \
             `metrics.…`, or `Run ID` and `Status`",
        )
    }

    fn of(self, sources: &[Source], otherwise: &str) -> Result<Self> {
        if sources.contains(&self.source) {
            return Ok(self);
        }
        let known = self.columns.join(", ");
        Err(refused(format!("this is {otherwise}; the table has {known}; `from_csv` reads any")))
    }

    /// This table, if it is an export of ours.
    fn exported(self) -> Result<Self> {
        self.of(
            &[Source::Export],
            "no table of `Trials::to_csv`: these have the columns `number`, `state`, `started`, \
             `seconds` and `origin`",
        )
    }

    fn new(mut table: Table) -> Result<Self> {
        let named: Vec<bool> = table.columns.iter().map(|name| !name.is_empty()).collect();
        table.columns = chosen(table.columns, &named);
        table.rows = table.rows.into_iter().map(|row| chosen(row, &named)).collect();
        let (source, meanings) = layout::recognise(&mut table);
        let mut seen = BTreeSet::new();
        if let Some(name) = table.columns.iter().find(|name| !seen.insert(*name)) {
            return Err(refused(format!("the column `{name}` stands twice; rename one")));
        }
        if source == Source::Export {
            take_exactly(&mut table, &meanings);
        }
        Ok(Experiments {
            columns: table.columns,
            rows: table.rows,
            source,
            meanings,
            space: None,
            goal: None,
            ignored: BTreeSet::new(),
            metrics: BTreeSet::new(),
            renamed: BTreeMap::new(),
            prefix: None,
        })
    }

    /// The column of the goal, or the name of the metric that is the goal; if the table is of no
    /// program that has one, `goal` by default.
    pub fn goal(mut self, column: &str) -> Self {
        self.goal = Some(column.to_owned());
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

    /// Takes a column under the name of a parameter or metric: `.rename("lr", "learning_rate")`. A
    /// column that would be left out for its values becomes a parameter if it is renamed, even to its
    /// own name.
    pub fn rename(mut self, column: &str, name: &str) -> Self {
        self.renamed.insert(column.to_owned(), name.to_owned());
        self
    }

    /// Only columns that begin like this are parameters, under the names that follow: `config/` in
    /// the results of Ray Tune. Others that hold numbers are metrics. The tables of
    /// [`from_optuna`](Self::from_optuna) and [`from_mlflow`](Self::from_mlflow) need not be told.
    ///
    /// ```
    /// use tunewright::import::Experiments;
    ///
    /// let table = "\
    /// loss,train/error,config/lr,config/layers,pid
    /// 0.34,0.30,0.001,2,4711
    /// 0.21,0.12,0.01,3,4712
    /// ";
    /// let table = Experiments::from_csv(table.as_bytes())?
    ///     .goal("loss")
    ///     .parameter_prefix("config/")
    ///     .rename("train/error", "train_error")
    ///     .ignore("pid");
    /// let space = table.space()?;
    /// let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
    /// assert_eq!(names, ["lr", "layers"]);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn parameter_prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.to_owned());
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
    /// if it spans a factor of 50 or more; texts and booleans get the choices that occur. A column
    /// that is empty wherever another one holds certain texts exists only under the others, and is
    /// named after them if they are several: `kernel.rbf.gamma`. One that is often empty for no
    /// reason that the table shows may exist or not (`units`, either `none` or `some`, and
    /// `units.some`).
    ///
    /// Dates, times, names of hosts and users, counters of rows, and texts of which nearly every row
    /// has one of its own are no hyperparameters. Such columns are left out, and
    /// [`warnings`](Self::warnings) say so, and so are seeds; [`rename`](Self::rename) brings one back.
    /// What was measured looks like a parameter, too: names that end in `loss`, `accuracy` and the
    /// like are known, others call a [`metric`](Self::metric), or say how the names of
    /// [`parameters`](Self::parameter_prefix) begin. To search further than the table reaches, build a
    /// space of your own with the names of its columns.
    ///
    /// # Errors
    /// [`Error::Import`] if the table has no rows, no parameter or no goal of numbers, or a column is
    /// missing that was named, and [`Error::InvalidSpace`] for names that no space can have.
    pub fn space(&self) -> Result<Space> {
        let reading = Reading::new(self, None)?;
        match &self.space {
            Some(space) if self.renamed.is_empty() && self.ignored.is_empty() => Ok(space.clone()),
            _ => infer::space(&reading),
        }
    }

    /// What a person should know of how the table is read, one sentence each: the columns that are
    /// left out and why, a goal that never changes. [`Imported::warnings`] has them, too.
    ///
    /// # Errors
    /// As [`space`](Self::space).
    pub fn warnings(&self) -> Result<Vec<String>> {
        Ok(Reading::new(self, None)?.warnings)
    }
}

/// Takes the fields of an export as they are meant. A program that has put all fields in quotes says
/// nothing by them.
fn take_exactly(table: &mut Table, meanings: &[Meaning]) {
    let number = meanings.iter().position(|meaning| *meaning == Meaning::Number);
    let quotes = number.is_none_or(|at| !table.rows.iter().any(|row| row[at].quoted));
    for row in &mut table.rows {
        for (cell, meaning) in row.iter_mut().zip(meanings) {
            let has_types = matches!(meaning, Meaning::Parameter(_) | Meaning::Note(_));
            cell.take_exactly(quotes && has_types, table.comma);
        }
    }
}

/// The entries that are chosen.
fn chosen<T>(all: Vec<T>, which: &[bool]) -> Vec<T> {
    all.into_iter().zip(which).filter(|(_, chosen)| **chosen).map(|(one, _)| one).collect()
}

fn refused(reason: String) -> Error {
    Error::Import(reason)
}
