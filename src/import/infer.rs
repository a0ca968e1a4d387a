//! A space for a table that has none.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::cell::{Cell, Stand};
use super::layout::Source;
use super::reading::Reading;
use super::refused;
use super::row::NO_VALUE;
use crate::error::Result;
use crate::space::{Space, Value};

/// Positive numbers whose largest is this many times the smallest are on a log scale.
const WIDE: f64 = 50.0;
/// Integers beyond are not all numbers of a double, and no hyperparameters.
const LARGEST: f64 = 9_007_199_254_740_992.0;
/// A column of a person's own that lacks a value in at least one row of this many may not exist
/// there; one that lacks fewer has gaps.
const GAPS: usize = 5;

/// A column that becomes a parameter.
struct Parameter<'a> {
    at: usize,
    name: &'a str,
}

/// When a parameter exists.
enum Existence {
    Always,
    /// When another one, by its place among the parameters, has one of these labels.
    Under(usize, Vec<Value>),
    /// In some rows for no reason that the table shows.
    Sometimes,
}

pub(super) fn space(reading: &Reading<'_>) -> Result<Space> {
    let table = reading.table;
    if table.rows.is_empty() {
        return Err(refused("the table has no rows to make a space from".into()));
    }
    let mut parameters: Vec<Parameter<'_>> = Vec::new();
    for (name, at) in reading.parameters() {
        let is_used = table.rows.iter().any(|row| row[at].value.is_some());
        if reading.is_parameter(at) && is_used {
            parameters.push(Parameter { at, name });
        }
    }
    // In the order of the table.
    parameters.sort_by_key(|parameter| parameter.at);
    if parameters.is_empty() {
        let mut reason =
            "every column is a goal, a metric or left out, so no parameter is left".to_owned();
        reading.warnings.iter().for_each(|warning| reason.push_str(&format!("\n{warning}")));
        return Err(refused(reason));
    }
    let rows = whole_rows(reading, &parameters);
    let guess = Guess { reading, parameters, rows };
    // Serialized form is the one in which a conditional parameter keeps a name of its own.
    let described = Json::Array(guess.describe());
    serde_json::from_value(described).map_err(|error| refused(error.to_string()))
}

/// The rows that have all parameters which their choices leave active: a run that failed or runs yet
/// may have told some of them only.
fn whole_rows<'a>(reading: &Reading<'a>, parameters: &[Parameter<'_>]) -> Vec<&'a [Cell]> {
    let rows = &reading.table.rows;
    let all = || rows.iter().map(Vec::as_slice);
    if reading.table.source == Source::Export {
        return all().collect();
    }
    let is_whole = |row: usize| match reading.stand(row) {
        Ok(stand) => matches!(stand, None | Some(Stand::Complete | Stand::Pruned)),
        Err(_) => false,
    };
    let has_any = |row: &[Cell]| parameters.iter().any(|at| row[at.at].value.is_some());
    let whole: Vec<&[Cell]> = all()
        .enumerate()
        .filter(|(at, row)| is_whole(*at) && has_any(row))
        .map(|(_, row)| row)
        .collect();
    if whole.is_empty() { all().collect() } else { whole }
}

struct Guess<'a> {
    reading: &'a Reading<'a>,
    parameters: Vec<Parameter<'a>>,
    rows: Vec<&'a [Cell]>,
}

impl Guess<'_> {
    fn describe(&self) -> Vec<Json> {
        let existence = self.existence();
        let mut described = Vec::new();
        for (index, Parameter { name, .. }) in self.parameters.iter().enumerate() {
            let values = self.values(index);
            let named = |name: String, mut values: Json, when: Option<(&str, &Value)>| {
                values["name"] = json!(name);
                if let Some((parent, label)) = when {
                    values["when"] = json!({ "parameter": parent, "is": label });
                }
                values
            };
            let is_choice = values.get("choice").is_some();
            match &existence[index] {
                Existence::Always => described.push(named((*name).to_owned(), values, None)),
                Existence::Under(parent, labels) => {
                    let parent = self.parameters[*parent].name;
                    for label in labels {
                        let name = match labels.len() {
                            1 => (*name).to_owned(),
                            _ => format!("{parent}.{label}.{name}"),
                        };
                        described.push(named(name, values.clone(), Some((parent, label))));
                    }
                }
                Existence::Sometimes if is_choice => {
                    let mut values = values;
                    if let Some(Json::Array(labels)) = values.pointer_mut("/choice/choices")
                        && !labels.contains(&json!(NO_VALUE))
                    {
                        labels.push(json!(NO_VALUE));
                    }
                    described.push(named((*name).to_owned(), values, None));
                }
                Existence::Sometimes => {
                    let optional = json!({ "choice": { "choices": ["none", "some"] } });
                    let some = Value::Text("some".into());
                    described.push(named((*name).to_owned(), optional, None));
                    described.push(named(format!("{name}.some"), values, Some((name, &some))));
                }
            }
        }
        described
    }

    fn cells(&self, index: usize) -> impl Iterator<Item = &Cell> {
        let at = self.parameters[index].at;
        self.rows.iter().map(move |row| &row[at])
    }

    /// The values that occur, in rows of all kinds.
    fn values(&self, index: usize) -> Json {
        let at = self.parameters[index].at;
        let table = self.reading.table;
        let cells = || table.rows.iter().map(|row| &row[at]).filter(|cell| cell.value.is_some());
        // An infinite label of an export is one; elsewhere it is a slip.
        let is_export = table.source == Source::Export;
        let is_usable = |cell: &&Cell| is_export || cell.number().is_none_or(f64::is_finite);
        let numbers: Option<Vec<f64>> = cells().filter(is_usable).map(Cell::number).collect();
        let Some(numbers) = numbers.filter(|numbers| is_range(numbers)) else {
            let mut labels: BTreeMap<String, &Value> = BTreeMap::new();
            for value in cells().filter_map(|cell| cell.value.as_ref()) {
                labels.entry(value.to_string()).or_insert(value);
            }
            let labels: Vec<&Value> = labels.into_values().collect();
            return json!({ "choice": { "choices": labels } });
        };
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = if low > 0.0 && high >= WIDE * low { "log" } else { "linear" };
        // pandas writes whole numbers as 12.0 where some rows have none.
        let has_gaps = table.rows.iter().any(|row| row[at].value.is_none());
        let may_be_whole = has_gaps || matches!(table.source, Source::Optuna | Source::Mlflow);
        let is_whole = |cell: &Cell| match &cell.value {
            Some(Value::Int(_)) => true,
            Some(Value::Float(value)) => {
                // -0 is no integer.
                let is_zero = *value == 0.0 && value.is_sign_negative();
                may_be_whole && value.fract() == 0.0 && !is_zero && !cell.text.contains(['e', 'E'])
            }
            _ => false,
        };
        let integer =
            cells().filter(is_usable).all(is_whole) && low.abs().max(high.abs()) < LARGEST;
        json!({ "numeric": { "integer": integer, "scale": scale, "range": [low, high] } })
    }

    /// When each parameter exists. A parent has values in more rows than what it owns, so that those
    /// with the most come first.
    fn existence(&self) -> Vec<Existence> {
        let count = |index: usize| self.cells(index).filter(|cell| cell.value.is_some()).count();
        let counts: Vec<usize> = (0..self.parameters.len()).map(count).collect();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&index| usize::MAX - counts[index]);
        let mut known: Vec<Existence> = counts.iter().map(|_| Existence::Always).collect();
        // A parameter under several labels has several names, and can be no parent.
        let mut parents: Vec<usize> = Vec::new();
        for index in order {
            let absent = self.rows.len() - counts[index];
            if absent > 0 {
                let mut owned: Vec<(usize, Vec<Value>)> = parents
                    .iter()
                    .filter_map(|&parent| Some((parent, self.owners(parent, index)?)))
                    .collect();
                owned.sort_by_key(|(parent, labels)| (labels.len(), *parent));
                let is_program = self.reading.table.source.is_program();
                let is_often = absent >= 2 && absent * GAPS >= self.rows.len();
                known[index] = match owned.into_iter().next() {
                    Some((parent, labels)) => Existence::Under(parent, labels),
                    None if is_program || is_often => Existence::Sometimes,
                    None => Existence::Always,
                };
            }
            if !matches!(&known[index], Existence::Under(_, labels) if labels.len() > 1) {
                parents.push(index);
            }
        }
        known
    }

    /// The labels of `parent` in whose rows `child` has values, if it has them in all of these and in
    /// no others, and others have none.
    fn owners(&self, parent: usize, child: usize) -> Option<Vec<Value>> {
        let mut with: BTreeMap<String, &Value> = BTreeMap::new();
        let mut without: BTreeMap<String, &Value> = BTreeMap::new();
        for (owner, owned) in self.cells(parent).zip(self.cells(child)) {
            match (&owner.value, owned.value.is_some()) {
                (Some(label @ (Value::Text(_) | Value::Bool(_))), true) => {
                    with.entry(label.to_string()).or_insert(label);
                }
                (Some(label @ (Value::Text(_) | Value::Bool(_))), false) => {
                    without.entry(label.to_string()).or_insert(label);
                }
                (None, false) => {}
                _ => return None,
            }
        }
        let is_told_apart = !with.is_empty() && !without.is_empty();
        (is_told_apart && with.keys().all(|label| !without.contains_key(label)))
            .then(|| with.into_values().cloned().collect())
    }
}

/// Whether the numbers span a range that holds each of them as it is.
fn is_range(numbers: &[f64]) -> bool {
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_one = low == high;
    // 0 and -0 are one number and two texts.
    let is_finite = numbers.iter().all(|number| number.is_finite()) && (high - low).is_finite();
    is_finite && !(is_one && numbers.iter().any(|n| n.to_bits() != low.to_bits()))
}
