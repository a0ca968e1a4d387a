//! Trials into the tables.

use super::engine::{Cell, Engine, Fault, Tried, int};
use crate::error::Error;
use crate::storage::optuna::json::Raw;
use crate::storage::optuna::{Change, Param, StoredState, StoredTrial};

/// Writes a new trial and tells its id.
pub(super) fn create(engine: &mut dyn Engine, study: i64, trial: &StoredTrial) -> Tried<i64> {
    let number = i64::try_from(trial.number).unwrap_or(i64::MAX);
    let cells = [
        Cell::Int(number),
        Cell::Int(study),
        Cell::Text(trial.state.name()),
        Cell::Time(trial.started),
        Cell::Time(trial.finished),
    ];
    let insert = "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) \
                  VALUES ($1, $2, $3, $4, $5) RETURNING trial_id";
    let id = int(engine, insert, &cells)?;
    let id = id.ok_or_else(|| Error::Storage("the database gave a trial no id".into()))?;
    for param in &trial.params {
        set_param(engine, id, param)?;
    }
    set_values(engine, id, &trial.values)?;
    for (&step, &value) in &trial.intermediate {
        set_intermediate(engine, id, step, value)?;
    }
    for (is_system, attributes) in [(false, &trial.user_attrs), (true, &trial.system_attrs)] {
        for (key, value) in attributes.iter() {
            set_attribute(engine, id, is_system, key, value)?;
        }
    }
    Ok(id)
}

/// Writes what changes of a trial that is in a state now.
pub(super) fn change(
    engine: &mut dyn Engine,
    id: i64,
    now: StoredState,
    changes: &[Change],
) -> Tried<()> {
    let mut now = now;
    for change in changes {
        match change {
            Change::Param(param) => set_param(engine, id, param)?,
            Change::State { state, values, at } => {
                let update = if *state == StoredState::Running {
                    "UPDATE trials SET state = $1, datetime_start = $2 \
                     WHERE trial_id = $3 AND state = $4"
                } else {
                    "UPDATE trials SET state = $1, datetime_complete = $2 \
                     WHERE trial_id = $3 AND state = $4"
                };
                let [to, from] = [state.name(), now.name()].map(Cell::Text);
                // Optuna's workers lock trials, and not the study.
                if engine.run(update, &[to, Cell::Time(*at), Cell::Int(id), from])? == 0 {
                    let message = "another program has changed a trial at the same moment";
                    return Err(Fault::Lost(Error::Storage(message.into())));
                }
                now = *state;
                set_values(engine, id, values)?;
            }
            Change::Intermediate { step, value } => set_intermediate(engine, id, *step, *value)?,
            Change::UserAttr(key, value) => set_attribute(engine, id, false, key, value)?,
            Change::SystemAttr(key, value) => set_attribute(engine, id, true, key, value)?,
        }
    }
    Ok(())
}

fn set_param(engine: &mut dyn Engine, id: i64, param: &Param) -> Tried<()> {
    let (value, distribution) = (param.value.as_f64(), param.distribution.json());
    let value = if value.is_nan() { Cell::Null } else { Cell::Real(value) };
    engine.run(
        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (trial_id, param_name) DO UPDATE \
         SET param_value = excluded.param_value, distribution_json = excluded.distribution_json",
        &[Cell::Int(id), Cell::Text(&param.name), value, Cell::Text(&distribution)],
    )?;
    Ok(())
}

fn set_values(engine: &mut dyn Engine, id: i64, values: &[f64]) -> Tried<()> {
    // Of a value, unlike of a report, Optuna's tables cannot say that it is NaN.
    for (goal, &value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        let (cell, kind) = cells(value);
        engine.run(
            "INSERT INTO trial_values (trial_id, objective, value, value_type) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (trial_id, objective) DO UPDATE \
             SET value = excluded.value, value_type = excluded.value_type",
            &[Cell::Int(id), Cell::Int(goal as i64), cell, Cell::Text(kind)],
        )?;
    }
    Ok(())
}

fn set_intermediate(engine: &mut dyn Engine, id: i64, step: i64, value: f64) -> Tried<()> {
    let (cell, kind) = cells(value);
    engine.run(
        "INSERT INTO trial_intermediate_values \
         (trial_id, step, intermediate_value, intermediate_value_type) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (trial_id, step) DO UPDATE SET intermediate_value = \
         excluded.intermediate_value, intermediate_value_type = excluded.intermediate_value_type",
        &[Cell::Int(id), Cell::Int(step), cell, Cell::Text(kind)],
    )?;
    Ok(())
}

/// A number as Optuna writes it: the column, and the word beside it.
fn cells(value: f64) -> (Cell<'static>, &'static str) {
    if value.is_nan() {
        (Cell::Null, "NAN")
    } else if value == f64::INFINITY {
        (Cell::Null, "INF_POS")
    } else if value == f64::NEG_INFINITY {
        (Cell::Null, "INF_NEG")
    } else {
        (Cell::Real(value), "FINITE")
    }
}

/// Sets an attribute; name and value are JSON.
fn set_attribute(
    engine: &mut dyn Engine,
    id: i64,
    is_system: bool,
    key: &str,
    value: &str,
) -> Tried<()> {
    let key = Raw::parse(key).and_then(Raw::string).unwrap_or_default();
    let sql = if is_system {
        "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES ($1, $2, $3) \
         ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json"
    } else {
        "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES ($1, $2, $3) \
         ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json"
    };
    engine.run(sql, &[Cell::Int(id), Cell::Text(&key), Cell::Text(value)])?;
    Ok(())
}
