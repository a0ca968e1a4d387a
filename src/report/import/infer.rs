//! A space for a table that has none.

use serde_json::{Value as Json, json};

use super::{Experiments, refused};
use crate::error::Result;
use crate::space::{Axis, Distribution, Space, Value};

/// Positive numbers whose largest is so many times the smallest are on a log scale.
const WIDE: f64 = 50.0;

pub(super) fn space(table: &Experiments) -> Result<Space> {
    if table.rows.is_empty() {
        return Err(refused("the table has no rows, so that no space can be made of it".into()));
    }
    let names = table.columns.iter().enumerate();
    let parameters: Vec<(usize, &str)> = names
        .filter(|(_, column)| table.is_parameter(column))
        .filter(|(at, _)| table.rows.iter().any(|row| row[*at].is_some()))
        .map(|(at, column)| (at, table.name_of(column)))
        .collect();
    if parameters.is_empty() {
        let reason = "every column is goal or metric or left out, and no parameter is left";
        return Err(refused(reason.into()));
    }
    // Serialized form is the one in which a conditional parameter keeps a name of its own.
    let described: Vec<Json> = parameters
        .iter()
        .map(|&(at, name)| {
            let mut described = describe(table, at, name);
            if let Some((parent, label)) = condition(table, &parameters, at) {
                described["when"] = json!({ "parameter": parent, "is": label });
            }
            described
        })
        .collect();
    serde_json::from_value(Json::Array(described)).map_err(|error| refused(error.to_string()))
}

fn describe(table: &Experiments, column: usize, name: &str) -> Json {
    let is_usable = |value: &&Value| value.as_f64().is_none_or(f64::is_finite);
    let values = || table.rows.iter().filter_map(|row| row[column].as_ref()).filter(is_usable);
    let numbers: Option<Vec<f64>> = values().map(Value::as_f64).collect();
    let Some(numbers) = numbers else {
        let mut labels: Vec<Value> = Vec::new();
        for value in values() {
            if !labels.contains(value) {
                labels.push(value.clone());
            }
        }
        labels.sort_by_key(Value::to_string);
        return json!({ "name": name, "choice": { "choices": labels } });
    };
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scale = if low > 0.0 && high >= WIDE * low { "log" } else { "linear" };
    let integer = values().all(|value| matches!(value, Value::Int(_)));
    json!({ "name": name, "numeric": { "integer": integer, "scale": scale, "range": [low, high] } })
}

/// The text column and the text under which alone a column has values.
fn condition<'a>(
    table: &'a Experiments,
    parameters: &[(usize, &'a str)],
    column: usize,
) -> Option<(&'a str, &'a str)> {
    if table.rows.iter().all(|row| row[column].is_some()) {
        return None;
    }
    let others = parameters.iter().filter(|(other, _)| *other != column);
    others.filter_map(|&(other, name)| Some((name, owner(table, other, column)?))).next()
}

/// The one text of column `text` in whose rows `column` has values, if it has them in all of these
/// and in no others.
fn owner(table: &Experiments, text: usize, column: usize) -> Option<&str> {
    let mut owner: Option<&str> = None;
    for row in table.rows.iter().filter(|row| row[column].is_some()) {
        let Some(Value::Text(label)) = &row[text] else { return None };
        if owner.is_some_and(|owner| owner != label) {
            return None;
        }
        owner = Some(label);
    }
    let of_owner = |row: &&Vec<Option<Value>>| matches!(&row[text], Some(Value::Text(label)) if Some(label.as_str()) == owner);
    table.rows.iter().filter(of_owner).all(|row| row[column].is_some()).then_some(owner)?
}

/// A table's value as the parameter has it: the 2 of a column with whole numbers may be the text
/// "2" of a choice.
pub(super) fn as_of(axis: &Axis, value: Value) -> Value {
    match axis.distribution() {
        Distribution::Choice(choice) if axis.distribution().parse(&value).is_none() => {
            let text = value.to_string();
            choice.labels().iter().find(|label| label.to_string() == text).cloned().unwrap_or(value)
        }
        _ => value,
    }
}
