//! The tables, as Optuna makes and numbers them.

use super::engine::{Cell, Dialect, Engine, Tried, int, texts};
use crate::error::Error;

/// The form of the tables that this crate makes, by the name of Optuna's migrations; and the one
/// before it, which lacks only an index.
const REVISIONS: [&str; 2] = ["v3.2.0.a", "v3.0.0.d"];

/// Forms that Optuna's own tool brings up to date.
const OLDER: [&str; 9] = [
    "v0.9.0.a",
    "v1.2.0.a",
    "v1.3.0.a",
    "v2.4.0.a",
    "v2.6.0.a_",
    "v2.6.0.a",
    "v3.0.0.a",
    "v3.0.0.b",
    "v3.0.0.c",
];

/// Optuna's number of the form, which has not changed since its migrations have names.
const SCHEMA_VERSION: i64 = 12;

/// The version of Optuna whose tables these are.
const LIBRARY_VERSION: &str = "4.9.0";

const TABLES: [&str; 12] = [
    "studies",
    "version_info",
    "study_directions",
    "study_user_attributes",
    "study_system_attributes",
    "trials",
    "trial_user_attributes",
    "trial_system_attributes",
    "trial_params",
    "trial_values",
    "trial_intermediate_values",
    "trial_heartbeats",
];

/// Whether a database can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// It has Optuna's tables.
    Present,
    /// It has none, or a part of them that a creator which was killed has left.
    Missing,
}

/// Looks what a database has. Alters nothing.
///
/// # Errors
/// What it has is not understood.
pub(super) fn check(engine: &mut dyn Engine) -> Tried<Schema> {
    let tables = engine.tables()?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    let of_optuna = TABLES.iter().filter(|table| has(table)).count();
    let revision = if has("alembic_version") {
        texts(engine, "SELECT version_num FROM alembic_version ORDER BY version_num", &[])?.pop()
    } else {
        None
    };
    let Some(revision) = revision else {
        return unversioned(engine, &tables, of_optuna);
    };
    let name = engine.name();
    if OLDER.contains(&&*revision) {
        return Err(refused(format!(
            "the tables of {name} are of an old version of Optuna ({revision}); run `optuna \
             storage upgrade` on it first"
        ))
        .into());
    }
    if !REVISIONS.contains(&&*revision) {
        return Err(refused(format!(
            "{name} has tables of a form that is not known here ({revision}), of a later version \
             of Optuna or of another program; take a later version of Tunewright, or another \
             database"
        ))
        .into());
    }
    match TABLES.iter().find(|table| !has(table)) {
        None => Ok(Schema::Present),
        Some(lost) => Err(refused(format!(
            "{name} is damaged: it lacks the table `{lost}`; restore it from a copy"
        ))
        .into()),
    }
}

fn unversioned(engine: &mut dyn Engine, tables: &[String], of_optuna: usize) -> Tried<Schema> {
    let name = engine.name();
    let is_alembics = |table: &&String| *table == "alembic_version";
    let others = tables.len() - of_optuna - tables.iter().filter(is_alembics).count();
    if others > 0 && !engine.dialect().is_shared {
        return Err(refused(format!(
            "{name} is a database of another program: it has tables, but no version of Optuna's; \
             give another path"
        ))
        .into());
    }
    let has = |name: &str| tables.iter().any(|table| table == name);
    if has("version_info") {
        let version = int(engine, "SELECT schema_version FROM version_info", &[])?;
        if version.is_some_and(|version| version != SCHEMA_VERSION) {
            return Err(refused(format!(
                "the tables of {name} are of an old version of Optuna; run `optuna storage \
                 upgrade` on it first"
            ))
            .into());
        }
    }
    if has("studies") && int(engine, "SELECT count(*) FROM studies", &[])?.unwrap_or(0) > 0 {
        return Err(refused(format!(
            "{name} has studies, but does not say of which version of Optuna they are; restore it \
             from a copy"
        ))
        .into());
    }
    Ok(Schema::Missing)
}

fn refused(message: String) -> Error {
    Error::Storage(message.into())
}

/// Makes the tables that are missing, within a transaction of the caller's.
pub(super) fn create(engine: &mut dyn Engine) -> Tried<()> {
    let statements = statements(engine.dialect());
    engine.batch(&statements)?;
    if int(engine, "SELECT count(*) FROM version_info", &[])? == Some(0) {
        engine.run(
            "INSERT INTO version_info (version_info_id, schema_version, library_version) \
             VALUES (1, $1, $2)",
            &[Cell::Int(SCHEMA_VERSION), Cell::Text(LIBRARY_VERSION)],
        )?;
    }
    if int(engine, "SELECT count(*) FROM alembic_version", &[])? == Some(0) {
        let revision = &[Cell::Text(REVISIONS[0])];
        engine.run("INSERT INTO alembic_version (version_num) VALUES ($1)", revision)?;
    }
    Ok(())
}

fn statements(dialect: &Dialect) -> String {
    [dialect.types.to_owned(), of_studies(dialect), of_trials(dialect)].concat()
}

fn table(name: &str, columns: &str) -> String {
    format!("CREATE TABLE IF NOT EXISTS {name} (\n{columns}\n);\n")
}

/// A table of attributes that the rows of another one own.
fn attributes(id: &str, name: &str, key: &str, of: &str, owner: &str) -> String {
    let columns = format!(
        "{key} {id} NOT NULL, {owner} INTEGER, \"key\" VARCHAR(512), value_json TEXT, \
         PRIMARY KEY ({key}), UNIQUE ({owner}, \"key\"), \
         FOREIGN KEY({owner}) REFERENCES {of} ({owner})"
    );
    table(name, &columns)
}

const OF_STUDY: &str = "FOREIGN KEY(study_id) REFERENCES studies (study_id)";

fn of_studies(dialect: &Dialect) -> String {
    let Dialect { id, direction, .. } = dialect;
    let attributes = |name: &str, key: &str| attributes(id, name, key, "studies", "study_id");
    [
        table(
            "studies",
            &format!(
                "study_id {id} NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id)"
            ),
        ),
        "CREATE UNIQUE INDEX IF NOT EXISTS ix_studies_study_name ON studies (study_name);\n".into(),
        table(
            "version_info",
            "version_info_id INTEGER NOT NULL, schema_version INTEGER, \
                 library_version VARCHAR(256), PRIMARY KEY (version_info_id), \
                 CHECK (version_info_id=1)",
        ),
        table(
            "study_directions",
            &format!(
                "study_direction_id {id} NOT NULL, direction {direction} NOT NULL, \
                 study_id INTEGER NOT NULL, objective INTEGER NOT NULL, \
                 PRIMARY KEY (study_direction_id), UNIQUE (study_id, objective), {OF_STUDY}"
            ),
        ),
        attributes("study_user_attributes", "study_user_attribute_id"),
        attributes("study_system_attributes", "study_system_attribute_id"),
    ]
    .concat()
}

fn of_trials(dialect: &Dialect) -> String {
    let Dialect { id, float, time, state, value_type, intermediate_type, .. } = dialect;
    let of_trial = "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)";
    let attributes = |name: &str, key: &str| attributes(id, name, key, "trials", "trial_id");
    [
        table(
            "trials",
            &format!(
                "trial_id {id} NOT NULL, number INTEGER, study_id INTEGER, state {state} NOT NULL, \
                 datetime_start {time}, datetime_complete {time}, PRIMARY KEY (trial_id), {OF_STUDY}"
            ),
        ),
        "CREATE INDEX IF NOT EXISTS ix_trials_study_id ON trials (study_id);\n".into(),
        attributes("trial_user_attributes", "trial_user_attribute_id"),
        attributes("trial_system_attributes", "trial_system_attribute_id"),
        table(
            "trial_params",
            &format!(
                "param_id {id} NOT NULL, trial_id INTEGER, param_name VARCHAR(512), \
                 param_value {float}, distribution_json TEXT, PRIMARY KEY (param_id), \
                 UNIQUE (trial_id, param_name), {of_trial}"
            ),
        ),
        table(
            "trial_values",
            &format!(
                "trial_value_id {id} NOT NULL, trial_id INTEGER NOT NULL, \
                 objective INTEGER NOT NULL, value {float}, value_type {value_type} NOT NULL, \
                 PRIMARY KEY (trial_value_id), UNIQUE (trial_id, objective), {of_trial}"
            ),
        ),
        table(
            "trial_intermediate_values",
            &format!(
                "trial_intermediate_value_id {id} NOT NULL, trial_id INTEGER NOT NULL, \
                 step INTEGER NOT NULL, intermediate_value {float}, \
                 intermediate_value_type {intermediate_type} NOT NULL, \
                 PRIMARY KEY (trial_intermediate_value_id), UNIQUE (trial_id, step), {of_trial}"
            ),
        ),
        table(
            "trial_heartbeats",
            &format!(
                "trial_heartbeat_id {id} NOT NULL, trial_id INTEGER NOT NULL, \
                 heartbeat {time} NOT NULL, PRIMARY KEY (trial_heartbeat_id), UNIQUE (trial_id), \
                 {of_trial}"
            ),
        ),
        table(
            "alembic_version",
            "version_num VARCHAR(32) NOT NULL, \
             CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)",
        ),
    ]
    .concat()
}
