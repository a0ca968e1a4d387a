use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tunewright::storage::{Revision, Storage, StudyStore};
use tunewright::trial::{TrialRecord, TrialState, Trials};

use crate::Failure;
use crate::mend::{has_run_out, now};

/// The states, in the order in which they are told.
const STATES: [TrialState; 6] = [
    TrialState::Complete,
    TrialState::Running,
    TrialState::Waiting,
    TrialState::Pruned,
    TrialState::Interrupted,
    TrialState::Failed,
];

pub(crate) fn list(storage: &dyn Storage, as_json: bool) -> Result<(), Failure> {
    let mut studies = Vec::new();
    for name in storage.names()? {
        if let Some(store) = storage.find(&name)? {
            studies.push((name, Trials::read(&*store)?));
        }
    }
    let mut out = stdout().lock();
    if as_json {
        let studies = studies.iter().map(|(_, trials)| described(trials));
        writeln!(out, "{:#}", Value::from_iter(studies))?;
        return Ok(());
    }
    let width = studies.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, trials) in &studies {
        let best = trials.best().and_then(TrialRecord::value);
        let summary = trials.summary();
        let best = match best {
            Some(best) => format!(", best {best}"),
            None if summary.on_front() > 0 => format!(", {} on the front", summary.on_front()),
            None if summary.count(TrialState::Complete) > 0 => ", nothing feasible".into(),
            None => String::new(),
        };
        writeln!(out, "{name:width$}  {}{best}", counted(trials))?;
    }
    Ok(())
}

pub(crate) fn show(store: &dyn StudyStore, as_json: bool) -> Result<(), Failure> {
    let trials = Trials::read(store)?;
    let mut out = stdout().lock();
    if as_json {
        writeln!(out, "{:#}", described(&trials))?;
    } else {
        writeln!(out, "{}", trials.summary())?;
        writeln!(out, "{}", trials.table().sorted_by_value().limit(TOP))?;
    }
    Ok(())
}

/// How many trials `show` lists.
const TOP: usize = 10;

pub(crate) fn table(store: &dyn StudyStore, limit: Option<usize>) -> Result<(), Failure> {
    let trials = Trials::read(store)?;
    let table = trials.table().sorted_by_value();
    let table = match limit {
        Some(limit) => table.limit(limit),
        None => table.all(),
    };
    writeln!(stdout().lock(), "{table}")?;
    Ok(())
}

pub(crate) fn explain(store: &dyn StudyStore) -> Result<(), Failure> {
    let trials = Trials::read(store)?;
    writeln!(stdout().lock(), "{}", trials.analysis().explain()?)?;
    Ok(())
}

pub(crate) fn report(store: &dyn StudyStore, output: Option<&Path>) -> Result<(), Failure> {
    let trials = Trials::read(store)?;
    let analysis = trials.analysis();
    match output {
        Some(path) => analysis.page().write(path)?,
        None => write!(stdout().lock(), "{}", analysis.page().to_html()?)?,
    }
    Ok(())
}

/// How often a storage is asked for what is new.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn tail(store: &dyn StudyStore, until_idle: bool, as_json: bool) -> Result<(), Failure> {
    let mut revision = Revision::START;
    let mut open = BTreeMap::new();
    loop {
        let mut changes = store.changes(&revision)?;
        revision = changes.revision;
        changes.records.sort_by_key(|record| record.number());
        let mut out = stdout().lock();
        for record in changes.records {
            let is_new = if record.state().is_finished() {
                open.remove(&record.number());
                true
            } else {
                open.insert(record.number(), record.clone()).is_none()
            };
            // Reports and signs of life are no news.
            if is_new {
                writeln!(out, "{}", news(store, &record, as_json))?;
            }
        }
        out.flush()?;
        drop(out);
        let time = store.time().unwrap_or_else(now);
        if until_idle && open.values().all(|record| has_run_out(record, time)) {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
}

fn news(store: &dyn StudyStore, record: &TrialRecord, as_json: bool) -> String {
    let space = &store.header().space;
    let params = space.describe(record.point());
    if as_json {
        let params: Map<String, Value> =
            params.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let (number, state) = (record.number(), record.state().to_string());
        let values = record.values();
        return json!({"number": number, "state": state, "values": values, "params": params})
            .to_string();
    }
    let params: Vec<String> = params.map(|(name, value)| format!("{name} = {value:.4}")).collect();
    let told = match (record.reason(), record.values()) {
        (Some(reason), _) => format!(": {}", reason.lines().next().unwrap_or("")),
        (None, []) => String::new(),
        (None, [value]) => format!(" {value}"),
        (None, values) => format!(" {values:?}"),
    };
    format!("trial {} {}{told}  {}", record.number(), record.state(), params.join(", "))
}

fn counted(trials: &Trials) -> String {
    let summary = trials.summary();
    let counts = STATES.iter().map(|&state| (state, summary.count(state)));
    let counts = counts.filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {state}")).collect();
    if counts.is_empty() { "no trials".into() } else { counts.join(", ") }
}

fn described(trials: &Trials) -> Value {
    let header = trials.header();
    let summary = trials.summary();
    let counts = STATES.iter().map(|&state| (state.to_string(), json!(summary.count(state))));
    let counts: Map<String, Value> = counts.collect();
    let described = |trial: &TrialRecord| {
        let params: Map<String, Value> =
            trials.parameters(trial).map(|(name, value)| (name.to_owned(), json!(value))).collect();
        json!({"number": trial.number(), "values": trial.values(), "params": params})
    };
    let goals = &header.goals;
    let mut study = json!({
        "name": header.name,
        "directions": goals.iter().collect::<Vec<_>>(),
        "goals": (0..goals.len()).map(|at| goals.name(at)).collect::<Vec<_>>(),
        "trials": counts,
        "best": trials.best().map(described),
    });
    if goals.len() > 1 {
        study["front"] = trials.front().into_iter().map(described).collect();
    }
    if summary.count(TrialState::Complete) > 0 && summary.feasible() == 0 {
        study["least_violating"] = json!(trials.least_violating().ok().map(described));
    }
    study
}
