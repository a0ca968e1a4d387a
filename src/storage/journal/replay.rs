//! What the lines of a journal come to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::line::{CreateTrial, Line};
use super::salvage::{Record, records};
use crate::storage::optuna::json::Raw;
use crate::storage::optuna::{
    Attributes, Change, Distribution, Internal, Param, StoredDistribution, StoredState, StoredTrial,
};

/// The state that the lines read so far describe.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// By Optuna's ids, which count the lines that create studies; `None` where a study was deleted
    /// or its line is lost.
    pub(super) studies: Vec<Option<Study>>,
    /// Study and number of every trial by Optuna's ids, which count the lines that create trials;
    /// `None` where the line is lost.
    pub(super) trials: Vec<Option<(usize, u64)>>,
    /// Of every study, or only of the one with this name.
    only: Option<String>,
    pub(super) lines: u64,
    /// Whether any line could be read.
    pub(super) has_records: bool,
    /// Whether another program has written lines.
    pub(super) is_shared: bool,
    pub(super) damage: Vec<Damage>,
    pub(super) names: HashMap<Box<str>, Arc<str>>,
    pub(super) distributions: HashMap<Box<str>, Arc<StoredDistribution>>,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// Counted from 1.
    pub(super) line: u64,
    pub(super) what: String,
}

#[derive(Debug)]
pub(super) struct Study {
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) directions: Vec<u64>,
    pub(super) user_attrs: Attributes,
    pub(super) system_attrs: Attributes,
    /// By number; empty if the study is not one that is kept.
    pub(super) trials: Vec<Entry>,
    pub(super) waiting: BTreeSet<u64>,
    /// The first distribution of every parameter that a line of its own has set.
    pub(super) first: HashMap<Arc<str>, Arc<StoredDistribution>>,
    /// All distributions of all parameters.
    pub(super) seen: Vec<(Arc<str>, Arc<StoredDistribution>)>,
    /// The trials that have changed since somebody asked.
    pub(super) changed: BTreeSet<u64>,
    pub(super) count: u64,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// Optuna's id.
    pub(super) id: usize,
    /// `None` once nobody needs it any more.
    pub(super) trial: Option<Box<StoredTrial>>,
    pub(super) state: StoredState,
    /// Whether the line that creates it is lost.
    pub(super) is_lost: bool,
}

impl Study {
    /// How many trials it has.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn trial(&self, number: u64) -> Option<&Entry> {
        self.trials.get(usize::try_from(number).ok()?)
    }

    /// Forgets what a trial that has ended was, to save memory.
    pub(super) fn settle(&mut self, number: u64) {
        let entry = usize::try_from(number).ok().and_then(|index| self.trials.get_mut(index));
        if let Some(entry) = entry.filter(|entry| entry.state.is_finished()) {
            entry.trial = None;
        }
    }
}

impl Replay {
    /// Keeps the trials of one study only.
    pub(super) fn of(name: &str) -> Self {
        Replay { only: Some(name.to_owned()), ..Replay::default() }
    }

    pub(super) fn study(&self, name: &str) -> Option<&Study> {
        self.studies.iter().flatten().find(|study| study.name == name)
    }

    /// Gives away a study.
    pub(super) fn into_study(self, name: &str) -> Option<Study> {
        self.studies.into_iter().flatten().find(|study| study.name == name)
    }

    pub(super) fn study_mut(&mut self, name: &str) -> Option<&mut Study> {
        self.studies.iter_mut().flatten().find(|study| study.name == name)
    }

    /// Forgets which trials have changed.
    pub(super) fn forget_changes(&mut self) {
        self.studies.iter_mut().flatten().for_each(|study| study.changed.clear());
    }

    pub(super) fn studies(&self) -> impl Iterator<Item = &Study> {
        self.studies.iter().flatten()
    }

    /// Optuna's id of the next study.
    pub(super) fn next_study(&self) -> usize {
        self.studies.len()
    }

    /// Optuna's id of the next trial.
    pub(super) fn next_trial(&self) -> usize {
        self.trials.len()
    }

    /// Enters one line, without the byte that ends it.
    pub(super) fn enter(&mut self, line: &[u8]) {
        self.lines += 1;
        let found = records(line);
        let count = found.records.len();
        found.records.into_iter().for_each(|record| self.apply(record));
        if found.is_damaged {
            let what = match count {
                0 => "it is no record".to_owned(),
                1 => "it is torn, but a whole record in it was saved".to_owned(),
                _ => format!("it is torn, but {count} whole records in it were saved"),
            };
            self.damage.push(Damage { line: self.lines, what });
        }
    }

    /// Enters a record.
    pub(super) fn apply(&mut self, record: Record<'_>) {
        self.has_records = true;
        self.is_shared |= !record.is_ours;
        match record.line {
            Line::CreateStudy { name, directions, id } => self.create_study(name, directions, id),
            Line::DeleteStudy { id } => {
                if let Some(study) = self.studies.get_mut(id) {
                    *study = None;
                }
            }
            Line::StudyAttr { id, is_system, key, value } => {
                if let Some(study) = self.studies.get_mut(id).and_then(Option::as_mut) {
                    let attributes =
                        if is_system { &mut study.system_attrs } else { &mut study.user_attrs };
                    attributes.set(key, value);
                }
            }
            Line::CreateTrial(trial) => self.create_trial(&trial),
            Line::Param { id, name, value, distribution } => {
                self.set_param(id, name, value, distribution);
            }
            Line::State { id, state, values, at } => {
                self.change(id, Change::State { state, values, at });
            }
            Line::Intermediate { id, step, value } => {
                self.change(id, Change::Intermediate { step, value });
            }
            Line::TrialAttr { id, is_system, key, value } => {
                let (key, value) = (key.text().to_owned(), value.text().to_owned());
                self.change(
                    id,
                    if is_system {
                        Change::SystemAttr(key, value)
                    } else {
                        Change::UserAttr(key, value)
                    },
                );
            }
            Line::Other(op_code) => {
                let what = format!("its kind, {op_code}, is not known to this version");
                self.damage.push(Damage { line: self.lines, what });
            }
        }
    }

    fn create_study(&mut self, name: Raw<'_>, directions: Vec<u64>, id: Option<usize>) {
        let name = name.string().unwrap_or_default().into_owned();
        if self.study(&name).is_some() {
            return;
        }
        if let Some(id) =
            id.filter(|&id| id > self.studies.len() && id < self.studies.len() + MOST_LOST)
        {
            self.studies.resize_with(id, || None);
        }
        self.studies.push(Some(Study {
            id: self.studies.len(),
            name,
            directions,
            user_attrs: Attributes::default(),
            system_attrs: Attributes::default(),
            trials: Vec::new(),
            waiting: BTreeSet::new(),
            first: HashMap::new(),
            seen: Vec::new(),
            changed: BTreeSet::new(),
            count: 0,
        }));
    }

    fn create_trial(&mut self, created: &CreateTrial<'_>) {
        let Some(study) = self.studies.get(created.study).and_then(Option::as_ref) else { return };
        let (next, count) = (self.trials.len(), study.count);
        let lost = self.lost_before(created);
        if lost.is_empty() {
            // Lines of other studies may be lost, which their next ones tell.
            let id = created.id.filter(|&id| id > next && id < next + MOST_LOST);
            self.trials.resize(id.unwrap_or(next), None);
        }
        for (at, (id, _)) in (0..).zip(lost) {
            self.place(created.study, id, None);
            self.trials.push(Some((created.study, count + at)));
        }
        let Some(number) = self.studies[created.study].as_ref().map(|study| study.count) else {
            return;
        };
        let id = self.trials.len();
        self.trials.push(Some((created.study, number)));
        if self.keeps(created.study) {
            let trial = self.trial(number, created);
            self.place(created.study, id, Some(trial));
        } else {
            self.place(created.study, id, None);
        }
    }

    /// Ids and numbers of the trials whose lines are lost before the one that creates this trial: those
    /// between, if its study lacks as many.
    pub(super) fn lost_before(&self, created: &CreateTrial<'_>) -> Vec<(usize, u64)> {
        let study = self.studies.get(created.study).and_then(Option::as_ref);
        let (Some(study), Some(id), Some(number)) = (study, created.id, created.number) else {
            return Vec::new();
        };
        let (ids, numbers) = (self.trials.len()..id, study.count..number);
        let fits = ids.len() < MOST_LOST && ids.len() as u64 == number.saturating_sub(study.count);
        if fits { ids.zip(numbers).collect() } else { Vec::new() }
    }

    /// Whether a trial has ended.
    pub(super) fn is_finished(&self, id: usize) -> bool {
        let entry = self
            .place_of(id)
            .and_then(|(study, number)| self.studies.get(study)?.as_ref()?.trial(number));
        entry.is_some_and(|entry| entry.state.is_finished())
    }

    /// Puts a trial behind the others of its study; `None` if its line is lost.
    pub(super) fn place(&mut self, study: usize, id: usize, trial: Option<StoredTrial>) {
        let keeps = self.keeps(study);
        let Some(study) = self.studies.get_mut(study).and_then(Option::as_mut) else { return };
        let number = study.count;
        study.count += 1;
        if !keeps {
            return;
        }
        let is_lost = trial.is_none();
        let trial = trial.unwrap_or_else(|| StoredTrial { number, ..StoredTrial::default() });
        if trial.state == StoredState::Waiting {
            study.waiting.insert(number);
        }
        let state = trial.state;
        study.trials.push(Entry { id, trial: Some(Box::new(trial)), state, is_lost });
        study.changed.insert(number);
    }

    pub(super) fn keeps(&self, study: usize) -> bool {
        match (&self.only, self.studies.get(study)) {
            (Some(only), Some(Some(study))) => study.name == *only,
            (_, study) => study.is_some(),
        }
    }

    fn trial(&mut self, number: u64, created: &CreateTrial<'_>) -> StoredTrial {
        let mut trial = StoredTrial {
            number,
            state: created.state,
            values: created.values.clone(),
            started: created.started,
            finished: created.finished,
            // A hundred thousand trials with room for more take a fifth more memory.
            params: Vec::with_capacity(created.params.len()),
            user_attrs: Attributes::with_capacity(created.user_attrs.len()),
            system_attrs: Attributes::with_capacity(created.system_attrs.len()),
            ..StoredTrial::default()
        };
        for (name, value, distribution) in &created.params {
            if let Some(param) = self.param(*name, value.clone(), *distribution) {
                self.see(created.study, &param);
                trial.params.push(param);
            }
        }
        trial.intermediate.extend(created.intermediate.iter().copied());
        for &(key, value) in &created.user_attrs {
            trial.user_attrs.set(key, value);
        }
        for &(key, value) in &created.system_attrs {
            trial.system_attrs.set(key, value);
        }
        trial
    }

    /// A parameter's value. Names and distributions are kept once, because most trials share them.
    fn param(&mut self, name: Raw<'_>, value: Internal, distribution: Raw<'_>) -> Option<Param> {
        let name = match self.names.get(name.text()) {
            Some(known) => Arc::clone(known),
            None => {
                let shared: Arc<str> = name.string()?.into();
                self.names.insert(name.text().into(), Arc::clone(&shared));
                shared
            }
        };
        let distribution = match self.distributions.get(distribution.text()) {
            Some(known) => Arc::clone(known),
            None => {
                let shared: Arc<StoredDistribution> =
                    Arc::new(Distribution::parse(&distribution.string()?)?.into());
                self.distributions.insert(distribution.text().into(), Arc::clone(&shared));
                shared
            }
        };
        Some(Param { name, value, distribution })
    }

    fn set_param(&mut self, id: usize, name: Raw<'_>, value: Internal, distribution: Raw<'_>) {
        let Some(param) = self.param(name, value, distribution) else { return };
        let Some((place, _)) = self.place_of(id) else { return };
        let Some(study) = self.studies.get_mut(place).and_then(Option::as_mut) else { return };
        let first = study.first.entry(Arc::clone(&param.name));
        let first = first.or_insert_with(|| Arc::clone(&param.distribution));
        // Optuna leaves out a value whose distribution is of another kind.
        if first.is_compatible(&param.distribution) {
            self.see(place, &param);
            self.change(id, Change::Param(param));
        }
    }

    /// Keeps which distributions a parameter has had.
    pub(super) fn see(&mut self, study: usize, param: &Param) {
        let Some(study) = self.studies.get_mut(study).and_then(Option::as_mut) else { return };
        let same = |(name, distribution): &(Arc<str>, Arc<StoredDistribution>)| {
            Arc::ptr_eq(name, &param.name) && Arc::ptr_eq(distribution, &param.distribution)
        };
        if !study.seen.iter().any(same) {
            study.seen.push((Arc::clone(&param.name), Arc::clone(&param.distribution)));
        }
    }

    fn place_of(&self, id: usize) -> Option<(usize, u64)> {
        self.trials.get(id).copied().flatten()
    }

    /// Changes a trial, unless it has ended.
    pub(super) fn change(&mut self, id: usize, change: Change) {
        let Some((study, number)) = self.place_of(id) else { return };
        let Some(study) = self.studies.get_mut(study).and_then(Option::as_mut) else { return };
        let entry = usize::try_from(number).ok().and_then(|index| study.trials.get_mut(index));
        let Some(entry) = entry.filter(|entry| !entry.state.is_finished()) else { return };
        if let Change::State { state, .. } = change {
            // Only what waits can be started.
            if state == StoredState::Running && entry.state != StoredState::Waiting {
                return;
            }
            entry.state = state;
            study.waiting.remove(&number);
            if state == StoredState::Waiting {
                study.waiting.insert(number);
            }
        }
        if let Some(trial) = &mut entry.trial {
            trial.apply(change);
        }
        study.changed.insert(number);
    }
}

/// More lost lines in a row than this are not believed.
const MOST_LOST: usize = 1 << 20;
