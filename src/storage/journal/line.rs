//! One line of a journal: what Optuna calls a log record.

use std::fmt::Write as _;

use crate::storage::optuna::json::{Object, ObjectWriter, Raw, array, number};
use crate::storage::optuna::{Change, Internal, StoredState, StoredTrial};
use crate::trial::Timestamp;

const CREATE_STUDY: u64 = 0;
const DELETE_STUDY: u64 = 1;
const STUDY_USER_ATTR: u64 = 2;
const STUDY_SYSTEM_ATTR: u64 = 3;
const CREATE_TRIAL: u64 = 4;
const TRIAL_PARAM: u64 = 5;
const TRIAL_STATE: u64 = 6;
const TRIAL_INTERMEDIATE: u64 = 7;
const TRIAL_USER_ATTR: u64 = 8;
const TRIAL_SYSTEM_ATTR: u64 = 9;

/// With what every line begins, ours and Optuna's.
pub(super) const START: &str = "{\"op_code\"";

/// With what the names of our workers begin.
pub(super) const OURS: &str = "tunewright-";

/// The last member of our lines: a checksum of all before it.
const CHECKSUM: &str = ",\"crc\":\"";

/// A line that is as it was written.
#[derive(Clone, Debug)]
pub(super) enum Line<'a> {
    CreateStudy {
        name: Raw<'a>,
        directions: Vec<u64>,
        /// Our lines name the number that the order of lines gives in Optuna.
        id: Option<usize>,
    },
    DeleteStudy {
        id: usize,
    },
    StudyAttr {
        id: usize,
        is_system: bool,
        key: Raw<'a>,
        value: Raw<'a>,
    },
    CreateTrial(CreateTrial<'a>),
    Param {
        id: usize,
        name: Raw<'a>,
        value: Internal,
        distribution: Raw<'a>,
    },
    State {
        id: usize,
        state: StoredState,
        values: Vec<f64>,
        at: Timestamp,
    },
    Intermediate {
        id: usize,
        step: i64,
        value: f64,
    },
    TrialAttr {
        id: usize,
        is_system: bool,
        key: Raw<'a>,
        value: Raw<'a>,
    },
    /// Of a later version, or of another program.
    Other(u64),
}

/// A new trial, perhaps with all that is known of it.
#[derive(Clone, Debug)]
pub(super) struct CreateTrial<'a> {
    pub(super) study: usize,
    /// Our lines name both numbers that the order of lines gives in Optuna.
    pub(super) id: Option<usize>,
    pub(super) number: Option<u64>,
    pub(super) state: StoredState,
    pub(super) values: Vec<f64>,
    pub(super) params: Vec<(Raw<'a>, Internal, Raw<'a>)>,
    pub(super) intermediate: Vec<(i64, f64)>,
    pub(super) user_attrs: Vec<(Raw<'a>, Raw<'a>)>,
    pub(super) system_attrs: Vec<(Raw<'a>, Raw<'a>)>,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

impl<'a> Line<'a> {
    /// Reads a line, and whether it is one of ours; `None` if it is damaged. Ours end with their
    /// checksum: without it, a part of one would pass for a whole one.
    pub(super) fn parse(text: &'a str) -> Option<(Self, bool)> {
        let line = Object::parse(text)?;
        let sum = line.last().filter(|(key, _)| key.text() == "\"crc\"");
        if let Some((_, sum)) = sum {
            let sum = u32::from_str_radix(&sum.string()?, 16).ok()?;
            let end = text.rfind(CHECKSUM)?;
            (crc32fast::hash(&text.as_bytes()[..end]) == sum).then_some(())?;
        }
        let worker = line.get("worker_id").and_then(Raw::string);
        let is_ours = worker.is_some_and(|worker| worker.starts_with(OURS));
        (sum.is_some() || !is_ours).then_some(())?;
        Some((Line::read(&line)?, is_ours))
    }

    fn read(line: &Object<'a>) -> Option<Self> {
        let int = |name: &str| line.get(name).and_then(Raw::int::<usize>);
        let op_code = line.get("op_code")?.int()?;
        Some(match op_code {
            CREATE_STUDY => {
                let directions = line.get("directions")?.elements()?;
                let directions = directions.into_iter().map(Raw::int).collect::<Option<_>>()?;
                Line::CreateStudy { name: line.get("study_name")?, directions, id: int("study_id") }
            }
            DELETE_STUDY => Line::DeleteStudy { id: int("study_id")? },
            STUDY_USER_ATTR | STUDY_SYSTEM_ATTR => {
                let is_system = op_code == STUDY_SYSTEM_ATTR;
                let (key, value) = attribute(line, is_system)?;
                Line::StudyAttr { id: int("study_id")?, is_system, key, value }
            }
            CREATE_TRIAL => Line::CreateTrial(create_trial(line)?),
            TRIAL_PARAM => Line::Param {
                id: int("trial_id")?,
                name: line.get("param_name")?,
                value: Internal::parse(line.get("param_value_internal")?)?,
                distribution: line.get("distribution")?,
            },
            TRIAL_STATE => {
                let state = StoredState::from_code(int("state")?)?;
                let moment = if state == StoredState::Running {
                    "datetime_start"
                } else {
                    "datetime_complete"
                };
                Line::State {
                    id: int("trial_id")?,
                    state,
                    values: line.given("values").map_or(Some(Vec::new()), numbers)?,
                    at: timestamp(line, moment),
                }
            }
            TRIAL_INTERMEDIATE => Line::Intermediate {
                id: int("trial_id")?,
                step: line.get("step")?.int()?,
                value: line.get("intermediate_value")?.number()?,
            },
            TRIAL_USER_ATTR | TRIAL_SYSTEM_ATTR => {
                let is_system = op_code == TRIAL_SYSTEM_ATTR;
                let (key, value) = attribute(line, is_system)?;
                Line::TrialAttr { id: int("trial_id")?, is_system, key, value }
            }
            other => Line::Other(other),
        })
    }
}

fn attribute<'a>(line: &Object<'a>, is_system: bool) -> Option<(Raw<'a>, Raw<'a>)> {
    let members = line.get(if is_system { "system_attr" } else { "user_attr" })?.members()?;
    members.first().copied()
}

fn numbers(array: Raw<'_>) -> Option<Vec<f64>> {
    array.elements()?.into_iter().map(Raw::number).collect()
}

fn timestamp(line: &Object<'_>, name: &str) -> Timestamp {
    let text = line.given(name).and_then(Raw::string);
    text.and_then(|text| Timestamp::parse(&text)).unwrap_or_default()
}

fn create_trial<'a>(line: &Object<'a>) -> Option<CreateTrial<'a>> {
    let members = |name: &str| line.given(name).map_or(Some(Vec::new()), Raw::members);
    let state = match line.get("state") {
        Some(state) => StoredState::from_code(state.int()?)?,
        None => StoredState::Running,
    };
    let values = match (line.given("values"), line.given("value")) {
        (Some(values), _) => numbers(values)?,
        (None, Some(value)) => vec![value.number()?],
        (None, None) => Vec::new(),
    };
    let distributions = members("distributions")?;
    let params = members("params")?.into_iter().map(|(name, value)| {
        let distribution = distributions.iter().find(|(known, _)| *known == name)?.1;
        Some((name, Internal::parse(value)?, distribution))
    });
    let steps = members("intermediate_values")?
        .into_iter()
        .map(|(step, value)| Some((step.string()?.parse().ok()?, value.number()?)));
    Some(CreateTrial {
        study: line.get("study_id")?.int()?,
        id: line.get("trial_id").and_then(Raw::int),
        number: line.get("number").and_then(Raw::int),
        state,
        values,
        params: params.collect::<Option<_>>()?,
        intermediate: steps.collect::<Option<_>>()?,
        user_attrs: members("user_attrs")?,
        system_attrs: members("system_attrs")?,
        started: timestamp(line, "datetime_start"),
        finished: timestamp(line, "datetime_complete"),
    })
}

/// How many bytes a line has room for at first, which is enough for a trial of some ten parameters.
const USUAL: usize = 2048;

/// What a line says that was just written.
#[derive(Debug)]
pub(super) enum Written {
    Trial {
        study: usize,
        id: usize,
        trial: StoredTrial,
    },
    Change {
        id: usize,
        change: Change,
    },
    /// Known only to who reads it.
    Other,
}

/// Writes the lines of one worker.
#[derive(Debug)]
pub(super) struct LineWriter<'a> {
    worker: &'a str,
    lines: String,
    /// One for each line.
    written: Vec<Written>,
}

impl<'a> LineWriter<'a> {
    pub(super) fn new(worker: &'a str) -> Self {
        LineWriter { worker, lines: String::new(), written: Vec::new() }
    }

    /// The lines, and what each of them says.
    pub(super) fn finish(self) -> (String, Vec<Written>) {
        (self.lines, self.written)
    }

    pub(super) fn create_study(&mut self, id: usize, name: &str, directions: &[u64]) {
        let directions = array(directions.iter().map(u64::to_string));
        self.line(CREATE_STUDY, |line| {
            line.text("study_name", name).raw("directions", &directions).int("study_id", id);
        });
        self.written.push(Written::Other);
    }

    pub(super) fn study_system_attr(&mut self, id: usize, key: &str, value: &str) {
        let attribute = ObjectWriter::new().raw(key, value).end();
        self.line(STUDY_SYSTEM_ATTR, |line| {
            line.int("study_id", id).raw("system_attr", &attribute);
        });
        self.written.push(Written::Other);
    }

    pub(super) fn create_trial(&mut self, study: usize, id: usize, trial: &StoredTrial) {
        let mut distributions = ObjectWriter::with_capacity(USUAL);
        let mut params = ObjectWriter::new();
        for param in &trial.params {
            distributions.raw(&param.name, param.distribution.quoted());
            params.raw(&param.name, &param.value.json());
        }
        let mut steps = ObjectWriter::new();
        for (step, &value) in &trial.intermediate {
            steps.raw(&step.to_string(), &number(value));
        }
        self.line(CREATE_TRIAL, |line| {
            line.int("study_id", study);
            line.raw("datetime_start", &moment(trial.started));
            line.int("state", trial.state.code());
            match trial.values.as_slice() {
                [] => {}
                [value] => {
                    line.raw("value", &number(*value));
                }
                values => {
                    line.raw("values", &array(values.iter().map(|&value| number(value))));
                }
            }
            if trial.finished > Timestamp::default() {
                line.raw("datetime_complete", &moment(trial.finished));
            }
            line.raw("distributions", &distributions.end()).raw("params", &params.end());
            // Optuna takes what is left out for empty.
            if !trial.user_attrs.is_empty() {
                line.raw("user_attrs", &trial.user_attrs.json());
            }
            if !trial.system_attrs.is_empty() {
                line.raw("system_attrs", &trial.system_attrs.json());
            }
            if !trial.intermediate.is_empty() {
                line.raw("intermediate_values", &steps.end());
            }
            line.int("trial_id", id).int("number", trial.number);
        });
        self.written.push(Written::Trial { study, id, trial: trial.clone() });
    }

    pub(super) fn change(&mut self, id: usize, change: &Change) {
        match change {
            Change::Param(param) => self.line(TRIAL_PARAM, |line| {
                line.int("trial_id", id).text("param_name", &param.name);
                line.raw("param_value_internal", &param.value.json());
                line.raw("distribution", param.distribution.quoted());
            }),
            Change::State { state, values, at } => self.line(TRIAL_STATE, |line| {
                let values = if values.is_empty() {
                    "null".to_owned()
                } else {
                    array(values.iter().map(|&value| number(value)))
                };
                line.int("trial_id", id).int("state", state.code()).raw("values", &values);
                let name = if *state == StoredState::Running {
                    "datetime_start"
                } else {
                    "datetime_complete"
                };
                line.raw(name, &moment(*at));
            }),
            Change::Intermediate { step, value } => self.line(TRIAL_INTERMEDIATE, |line| {
                line.int("trial_id", id).int("step", step);
                line.raw("intermediate_value", &number(*value));
            }),
            Change::UserAttr(key, value) => {
                let attribute = ObjectWriter::new().member(key, value).end();
                self.line(TRIAL_USER_ATTR, |line| {
                    line.int("trial_id", id).raw("user_attr", &attribute);
                });
            }
            Change::SystemAttr(key, value) => {
                let attribute = ObjectWriter::new().member(key, value).end();
                self.line(TRIAL_SYSTEM_ATTR, |line| {
                    line.int("trial_id", id).raw("system_attr", &attribute);
                });
            }
        }
        self.written.push(match change {
            // A reader leaves out a parameter that had values of another kind before.
            Change::Param(_) => Written::Other,
            change => Written::Change { id, change: change.clone() },
        });
    }

    fn line(&mut self, op_code: u64, members: impl FnOnce(&mut ObjectWriter)) {
        let mut line = ObjectWriter::with_capacity(USUAL);
        line.int("op_code", op_code).text("worker_id", self.worker);
        members(&mut line);
        let mut line = line.end();
        line.pop();
        let sum = crc32fast::hash(line.as_bytes());
        // Writing to a string does not fail.
        let _ = writeln!(line, "{CHECKSUM}{sum:08x}\"}}");
        if self.lines.is_empty() {
            self.lines = line;
        } else {
            self.lines.push_str(&line);
        }
    }
}

/// A moment as Optuna writes it; null where it is not known.
fn moment(at: Timestamp) -> String {
    if at == Timestamp::default() {
        return "null".into();
    }
    let text = at.to_string();
    format!("\"{}+00:00\"", text.trim_end_matches('Z'))
}
