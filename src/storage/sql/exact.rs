//! Numbers that a column does not keep to the last bit: SQLite writes -0.0 as 0.0, whole numbers over
//! 53 bits are doubles in Optuna's tables, and NaN is null. A system attribute keeps them beside.

use crate::storage::optuna::json::{Object, ObjectWriter, Raw, number};
use crate::storage::optuna::{Change, Internal, StoredTrial};

/// System attribute of a trial: the numbers by parameter, goal and step.
const EXACT: &str = "tunewright:exact";

const PARAMS: &str = "params";
const VALUES: &str = "values";
const INTERMEDIATE: &str = "intermediate";

/// Gives a trial the attribute if it needs one, and tells what that changes.
pub(super) fn keep(trial: &mut StoredTrial) -> Option<Change> {
    let json = exact(trial)?;
    let is_known = trial.system_attrs.get(EXACT).is_some_and(|known| known.text() == json);
    if is_known {
        return None;
    }
    trial.system_attrs.put(EXACT, &json);
    Some(Change::system(EXACT, json))
}

/// The attribute's value for a trial; `None` if the columns keep all its numbers.
fn exact(trial: &StoredTrial) -> Option<String> {
    let params = trial.params.iter().filter(|param| !is_kept(&param.value));
    let params = params.map(|param| (param.name.to_string(), param.value.json()));
    let inexact = |value: f64| value.to_bits() == (-0.0_f64).to_bits();
    let values = trial.values.iter().enumerate().filter(|&(_, &value)| inexact(value));
    let values = values.map(|(goal, &value)| (goal.to_string(), number(value)));
    let steps = trial.intermediate.iter().filter(|&(_, &value)| inexact(value));
    let steps = steps.map(|(step, &value)| (step.to_string(), number(value)));
    let mut whole = ObjectWriter::new();
    let mut is_needed = false;
    let groups: [(&str, Vec<(String, String)>); 3] =
        [(PARAMS, params.collect()), (VALUES, values.collect()), (INTERMEDIATE, steps.collect())];
    for (name, group) in groups {
        if !group.is_empty() {
            is_needed = true;
            let mut object = ObjectWriter::new();
            for (name, value) in group {
                object.raw(&name, &value);
            }
            whole.raw(name, &object.end());
        }
    }
    is_needed.then(|| whole.end())
}

fn is_kept(value: &Internal) -> bool {
    match value {
        Internal::Number(number) => !number.is_nan() && number.to_bits() != (-0.0_f64).to_bits(),
        Internal::Whole(whole) => *whole as f64 as i128 == i128::from(*whole),
        Internal::Huge(_) => false,
    }
}

/// Puts the exact numbers in the place of what the columns told, where these are the same but for
/// what a column loses.
pub(super) fn restore(trial: &mut StoredTrial) {
    let Some(whole) = trial.system_attrs.get(EXACT).and_then(Object::of) else { return };
    let group = |name: &str| whole.get(name).and_then(Object::of);
    if let Some(params) = group(PARAMS) {
        for param in &mut trial.params {
            let known = params.get(&param.name).and_then(Internal::parse);
            if let Some(known) = known.filter(|known| is_same(known.as_f64(), param.value.as_f64()))
            {
                param.value = known;
            }
        }
    }
    let (values, steps) = (group(VALUES), group(INTERMEDIATE));
    let replace = |group: &Option<Object<'_>>, name: String, value: &mut f64| {
        let known = group.as_ref().and_then(|group| group.get(&name)).and_then(Raw::number);
        if let Some(known) = known.filter(|&known| is_same(known, *value)) {
            *value = known;
        }
    };
    for (goal, value) in trial.values.iter_mut().enumerate() {
        replace(&values, goal.to_string(), value);
    }
    for (step, value) in &mut trial.intermediate {
        replace(&steps, step.to_string(), value);
    }
}

fn is_same(exact: f64, column: f64) -> bool {
    exact == column || exact.is_nan() && column.is_nan()
}
