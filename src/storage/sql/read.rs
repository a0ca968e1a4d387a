//! Trials out of the tables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::engine::{Cell, Engine, Row, Tried};
use super::exact;
use crate::storage::optuna::json::Raw;
use crate::storage::optuna::{
    Distribution, Internal, Param, StoredDistribution, StoredState, StoredTrial,
};
use crate::trial::Timestamp;

/// A trial under its id in the tables.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) id: i64,
    pub(super) trial: StoredTrial,
}

/// Reads trials; names and distributions that come again share their memory.
#[derive(Debug, Default)]
pub(super) struct Reader {
    names: HashMap<Box<str>, Arc<str>>,
    /// `None` for a text that is no distribution.
    distributions: HashMap<Box<str>, Option<Arc<StoredDistribution>>>,
    /// Which name and distribution belong to a parameter that was read, by their addresses.
    pairs: HashSet<(usize, usize)>,
    /// Every distribution that a parameter has had, with a value that says nothing.
    pub(super) params: Vec<Param>,
    /// What could not be read, in sentences.
    pub(super) warnings: Vec<String>,
}

/// How many trials are read at once.
const CHUNK: usize = 2_000;

/// The columns of a trial's own row.
const COLUMNS: &str = "trial_id, number, state, CAST(datetime_start AS TEXT), \
                       CAST(datetime_complete AS TEXT)";

impl Reader {
    /// The trials of a study whose ids come after one, in parts: those of a large study do not fit
    /// into memory as well when all are stored trials at once.
    pub(super) fn after(
        &mut self,
        engine: &mut dyn Engine,
        study: i64,
        after: i64,
        mut take: impl FnMut(Vec<Read>),
    ) -> Tried<()> {
        let mut after = after;
        loop {
            let sql = format!(
                "SELECT {COLUMNS} FROM trials WHERE study_id = $1 AND trial_id > $2 \
                 ORDER BY trial_id LIMIT {CHUNK}"
            );
            let rows = heads(engine, &sql, &[Cell::Int(study), Cell::Int(after)])?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            let is_last = rows.len() < CHUNK;
            take(self.filled(engine, rows)?);
            if is_last {
                return Ok(());
            }
        }
    }

    /// The trials with these ids; `is_wanted` is told each one's id and state first.
    pub(super) fn among(
        &mut self,
        engine: &mut dyn Engine,
        ids: &[i64],
        is_wanted: impl Fn(i64, StoredState) -> bool,
    ) -> Tried<Vec<Read>> {
        let mut wanted = Vec::new();
        for ids in ids.chunks(CHUNK) {
            let within = within("trial_id", ids);
            let sql = format!("SELECT {COLUMNS} FROM trials WHERE {within} ORDER BY trial_id");
            let mut rows = heads(engine, &sql, &[])?;
            rows.retain(|row| is_wanted(row.id, row.trial.state));
            if !rows.is_empty() {
                wanted.extend(self.filled(engine, rows)?);
            }
        }
        Ok(wanted)
    }

    /// Reads what the other tables have of trials, whose ids ascend.
    fn filled(&mut self, engine: &mut dyn Engine, mut rows: Vec<Read>) -> Tried<Vec<Read>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let within = within("trial_id", &ids);
        let mut places = Places::new(ids);
        let params = format!(
            "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params \
             WHERE {within} ORDER BY param_id"
        );
        engine.query(&params, &[], &mut |row| {
            let Some(place) = places.of(row) else { return };
            let (Some(name), Some(text)) = (row.text(1), row.text(3)) else { return };
            let trial = &mut rows[place].trial;
            let Some(distribution) = self.distribution(text) else {
                let number = trial.number;
                let known = "its distribution is not known here";
                return self
                    .warn(format!("parameter {name} of trial {number} is left out: {known}"));
            };
            let value = Internal::Number(row.real(2).unwrap_or(f64::NAN));
            let param = Param { name: self.name(name), value, distribution };
            let pair = (Arc::as_ptr(&param.name).addr(), Arc::as_ptr(&param.distribution).addr());
            if self.pairs.insert(pair) {
                self.params.push(param.clone());
            }
            trial.params.push(param);
        })?;
        let values = format!(
            "SELECT trial_id, value, value_type FROM trial_values WHERE {within} \
             ORDER BY trial_id, objective"
        );
        engine.query(&values, &[], &mut |row| {
            let Some(place) = places.of(row) else { return };
            rows[place].trial.values.push(number(row.real(1), row.text(2)));
        })?;
        let steps = format!(
            "SELECT trial_id, step, intermediate_value, intermediate_value_type \
             FROM trial_intermediate_values WHERE {within} ORDER BY trial_id, step"
        );
        engine.query(&steps, &[], &mut |row| {
            let (Some(place), Some(step)) = (places.of(row), row.int(1)) else { return };
            rows[place].trial.intermediate.insert(step, number(row.real(2), row.text(3)));
        })?;
        for (table, is_system) in [("user", false), ("system", true)] {
            let attributes = format!(
                "SELECT trial_id, \"key\", value_json FROM trial_{table}_attributes \
                 WHERE {within} ORDER BY trial_{table}_attribute_id"
            );
            engine.query(&attributes, &[], &mut |row| {
                let (Some(place), Some(key)) = (places.of(row), row.text(1)) else { return };
                let trial = &mut rows[place].trial;
                let json = row.text(2).unwrap_or_default();
                if Raw::parse(json).is_none() {
                    let number = trial.number;
                    let damage = "it is no JSON";
                    self.warn(format!("attribute {key} of trial {number} is left out: {damage}"));
                } else if is_system {
                    trial.system_attrs.put(key, json);
                } else {
                    trial.user_attrs.put(key, json);
                }
            })?;
        }
        for row in &mut rows {
            exact::restore(&mut row.trial);
            row.trial.shrink();
        }
        Ok(rows)
    }

    fn warn(&mut self, warning: String) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(warning);
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = name.into();
        self.names.insert(name.into(), Arc::clone(&shared));
        shared
    }

    fn distribution(&mut self, text: &str) -> Option<Arc<StoredDistribution>> {
        if let Some(known) = self.distributions.get(text) {
            return known.clone();
        }
        let parsed = Distribution::parse(text).map(|parsed| Arc::new(parsed.into()));
        self.distributions.insert(text.into(), parsed.clone());
        parsed
    }
}

/// Nobody reads more than these.
const MOST_WARNINGS: usize = 100;

/// Trials as their own rows tell.
fn heads(engine: &mut dyn Engine, sql: &str, cells: &[Cell<'_>]) -> Tried<Vec<Read>> {
    let mut rows = Vec::new();
    engine.query(sql, cells, &mut |row| {
        let Some(id) = row.int(0) else { return };
        // Only tables of very old versions have no number.
        let Some(number) = row.int(1).and_then(|number| u64::try_from(number).ok()) else { return };
        let moment = |column| row.text(column).and_then(Timestamp::parse).unwrap_or_default();
        let trial = StoredTrial {
            number,
            state: row.text(2).and_then(StoredState::from_name).unwrap_or(StoredState::Fail),
            started: moment(3),
            finished: moment(4),
            ..StoredTrial::default()
        };
        rows.push(Read { id, trial });
    })?;
    Ok(rows)
}

/// A number of a column and the word beside it that says of which kind it is.
fn number(value: Option<f64>, kind: Option<&str>) -> f64 {
    match kind {
        Some("INF_POS") => f64::INFINITY,
        Some("INF_NEG") => f64::NEG_INFINITY,
        Some("NAN") => f64::NAN,
        _ => value.unwrap_or(f64::NAN),
    }
}

/// The condition that a column has one of these ids, which ascend.
fn within(column: &str, ids: &[i64]) -> String {
    if let (Some(first), Some(last)) = (ids.first(), ids.last())
        && last.saturating_sub(*first) < 4 * ids.len() as i64
    {
        return format!("{column} BETWEEN {first} AND {last}");
    }
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!("{column} IN ({})", ids.join(", "))
}

/// Where the trials with some ids are in a list.
struct Places {
    ids: Vec<i64>,
    /// Rows of one trial come together.
    last: usize,
}

impl Places {
    fn new(ids: Vec<i64>) -> Self {
        Places { ids, last: 0 }
    }

    /// The place of the trial whose id is in the first column.
    fn of(&mut self, row: &dyn Row) -> Option<usize> {
        let id = row.int(0)?;
        if self.ids.get(self.last) != Some(&id) {
            self.last = match self.ids.get(self.last + 1) {
                Some(next) if *next == id => self.last + 1,
                _ => self.ids.binary_search(&id).ok()?,
            };
        }
        Some(self.last)
    }
}
