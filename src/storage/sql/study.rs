//! The rows that say what a study is.

use super::engine::{Cell, Engine, Tried, int, texts};
use super::read::{Read, Reader};
use super::schema::{self, Schema};
use crate::error::Error;
use crate::storage::optuna::{
    Attributes, HEADER, METRIC_NAMES, StoredStudy, codes, described, goals, header_of,
    metric_names, read_header,
};
use crate::trial::StudyHeader;

/// A study without its trials.
#[derive(Clone, Debug)]
pub(super) struct StudyRow {
    pub(super) id: i64,
    pub(super) name: String,
    /// By Optuna's numbers.
    pub(super) directions: Vec<u64>,
    pub(super) user_attrs: Attributes,
    pub(super) system_attrs: Attributes,
}

/// The names of all studies, in their order.
pub(super) fn names(engine: &mut dyn Engine) -> Tried<Vec<String>> {
    if schema::check(engine)? == Schema::Missing {
        return Ok(Vec::new());
    }
    let mut names = texts(engine, "SELECT study_name FROM studies", &[])?;
    names.sort();
    Ok(names)
}

/// The study with a name.
pub(super) fn find(engine: &mut dyn Engine, name: &str) -> Tried<Option<StudyRow>> {
    let sql = "SELECT study_id FROM studies WHERE study_name = $1";
    let Some(id) = int(engine, sql, &[Cell::Text(name)])? else { return Ok(None) };
    let sql = "SELECT direction FROM study_directions WHERE study_id = $1 ORDER BY objective";
    let directions = texts(engine, sql, &[Cell::Int(id)])?;
    let code = |direction: &String| match direction.as_str() {
        "MINIMIZE" => 1,
        "MAXIMIZE" => 2,
        _ => 0,
    };
    Ok(Some(StudyRow {
        id,
        name: name.to_owned(),
        directions: directions.iter().map(code).collect(),
        user_attrs: attributes(engine, id, "user")?,
        system_attrs: attributes(engine, id, "system")?,
    }))
}

fn attributes(engine: &mut dyn Engine, id: i64, of: &str) -> Tried<Attributes> {
    let sql = format!(
        "SELECT \"key\", value_json FROM study_{of}_attributes WHERE study_id = $1 \
         ORDER BY study_{of}_attribute_id"
    );
    let mut attributes = Attributes::default();
    engine.query(&sql, &[Cell::Int(id)], &mut |row| {
        if let (Some(key), Some(value)) = (row.text(0), row.text(1)) {
            attributes.put(key, value);
        }
    })?;
    Ok(attributes)
}

/// Makes a study, if there is none of the name; tells whether it has.
pub(super) fn create(engine: &mut dyn Engine, header: &StudyHeader) -> Tried<bool> {
    let sql = "INSERT INTO studies (study_name) VALUES ($1) ON CONFLICT (study_name) DO NOTHING \
               RETURNING study_id";
    let Some(id) = int(engine, sql, &[Cell::Text(&header.name)])? else { return Ok(false) };
    for (goal, code) in codes(&header.goals).into_iter().enumerate() {
        let direction = if code == 1 { "MINIMIZE" } else { "MAXIMIZE" };
        let sql = "INSERT INTO study_directions (direction, study_id, objective) \
                   VALUES ($1, $2, $3)";
        engine.run(sql, &[Cell::Text(direction), Cell::Int(id), Cell::Int(goal as i64)])?;
    }
    set_header(engine, id, header)?;
    Ok(true)
}

pub(super) fn set_header(engine: &mut dyn Engine, id: i64, header: &StudyHeader) -> Tried<()> {
    let json = header_of(header)?;
    let sql = "INSERT INTO study_system_attributes (study_id, \"key\", value_json) \
               VALUES ($1, $2, $3) ON CONFLICT (study_id, \"key\") DO UPDATE \
               SET value_json = excluded.value_json";
    engine.run(sql, &[Cell::Int(id), Cell::Text(HEADER), Cell::Text(&json)])?;
    if let Some(names) = metric_names(&header.goals) {
        engine.run(sql, &[Cell::Int(id), Cell::Text(METRIC_NAMES), Cell::Text(&names)])?;
    }
    Ok(())
}

/// The header of a study, whoever made it.
pub(super) fn header(engine: &mut dyn Engine, study: &StudyRow) -> Tried<StudyHeader> {
    if let Some(header) = read_header(&study.system_attrs, &study.name, &study.directions)? {
        return Ok(header);
    }
    let goals = goals(&study.directions, &study.system_attrs).ok_or_else(|| {
        Error::Storage(format!("the study {} has no direction", study.name).into())
    })?;
    let mut reader = Reader::default();
    reader.after(engine, study.id, 0, |_| {})?;
    let params = reader.params.iter().map(|param| (&*param.name, &**param.distribution));
    Ok(described(&study.name, goals, params)?)
}

/// A study with all its trials as they are stored.
pub(super) fn stored(engine: &mut dyn Engine, name: &str) -> Tried<Option<StoredStudy>> {
    if schema::check(engine)? == Schema::Missing {
        return Ok(None);
    }
    engine.begin_read()?;
    let stored = stored_within(engine, name);
    engine.rollback();
    stored
}

fn stored_within(engine: &mut dyn Engine, name: &str) -> Tried<Option<StoredStudy>> {
    let Some(study) = find(engine, name)? else { return Ok(None) };
    let mut reader = Reader::default();
    let mut trials = Vec::new();
    reader.after(engine, study.id, 0, |read| {
        trials.extend(read.into_iter().map(|Read { trial, .. }| Box::new(trial)));
    })?;
    trials.sort_by_key(|trial| trial.number);
    Ok(Some(StoredStudy {
        name: study.name,
        goals: goals(&study.directions, &study.system_attrs),
        user_attrs: study.user_attrs,
        system_attrs: study.system_attrs,
        trials,
        warnings: reader.warnings,
    }))
}
