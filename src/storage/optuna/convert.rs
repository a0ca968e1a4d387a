//! Between a trial's record and its stored form.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attributes::{
    Attributes, CONSTRAINT, CONSTRAINTS, FAIL_REASON, FIXED_PARAMS, INTERRUPTED, LEASE, NOTES,
    ORIGIN, PRUNE_REASON, REPORT,
};
use super::distribution::{Distribution, StoredDistribution, json_value, value_json};
use super::json::{Object, ObjectWriter, Raw, array, number, quoted};
use super::trial::{Change, Param, StoredState, StoredTrial};
use crate::math::random::Stream;
use crate::space::{Exact, Point, Space, Value};
use crate::trial::{Evaluation, Event, Lease, Origin, Outcome, Timestamp, TrialRecord};

/// Converts the trials of one space.
#[derive(Debug)]
pub(crate) struct Converter {
    space: Space,
    seed: u64,
    /// Name and distribution of every axis.
    axes: Vec<(Arc<str>, Arc<StoredDistribution>)>,
}

/// What a stored trial is to a study.
#[derive(Debug)]
pub(crate) enum Reading {
    Fits(TrialRecord),
    /// Its config is not known whole yet.
    Unready,
    /// Its config is none of the space, for this reason.
    Unfit(String),
}

impl Converter {
    pub(crate) fn new(space: &Space, seed: u64) -> Self {
        let axes = space.axes().iter().map(|axis| {
            (axis.name().into(), Arc::new(Distribution::of(axis.distribution()).into()))
        });
        Converter { space: space.clone(), seed, axes: axes.collect() }
    }

    /// The same with another seed.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// The distributions under the names of their parameters.
    pub(crate) fn axes(&self) -> impl Iterator<Item = (&str, &Distribution)> {
        self.axes.iter().map(|(name, distribution)| (&**name, &***distribution))
    }

    /// The stored form of a whole record.
    pub(crate) fn stored(&self, record: &TrialRecord) -> StoredTrial {
        let mut stored = StoredTrial { number: record.number(), ..StoredTrial::default() };
        for event in record.events() {
            if let Event::Created { point, origin, notes } = &event {
                stored.state = StoredState::Waiting;
                self.create(&mut stored, point, *origin, notes);
            }
            for change in self.changes(&event, record) {
                stored.apply(change);
            }
        }
        if stored.state == StoredState::Waiting {
            // Optuna's workers take what waits by its fixed values, and set the parameters then.
            stored.params.clear();
            stored.system_attrs.put(FIXED_PARAMS, &self.fixed(record.point()));
        }
        stored
    }

    fn create(
        &self,
        stored: &mut StoredTrial,
        point: &Point,
        origin: Origin,
        notes: &BTreeMap<String, Value>,
    ) {
        stored.params = self.params(point);
        if origin == Origin::Enqueued {
            stored.system_attrs.put(FIXED_PARAMS, &self.fixed(point));
        } else if origin != Origin::default() {
            put_json(stored, ORIGIN, &origin);
        }
        if !notes.is_empty() {
            let mut object = ObjectWriter::new();
            for (name, value) in notes {
                object.raw(name, &value_json(value));
            }
            stored.system_attrs.put(NOTES, &object.end());
        }
    }

    /// The parameters of a point.
    pub(crate) fn params(&self, point: &Point) -> Vec<Param> {
        let axes = self.axes.iter().enumerate();
        let params = axes.filter_map(|(axis, (name, distribution))| {
            let value = distribution.internal(&self.space.value(point, axis)?)?;
            Some(Param { name: Arc::clone(name), value, distribution: Arc::clone(distribution) })
        });
        params.collect()
    }

    /// The values of a point as Optuna's users see them.
    fn fixed(&self, point: &Point) -> String {
        let mut object = ObjectWriter::new();
        for (name, value) in self.space.describe(point) {
            object.raw(name, &value_json(&value));
        }
        object.end()
    }

    /// What an event changes, but for the one that gives a trial its config. `after` is the record
    /// with all that happened.
    pub(crate) fn changes(&self, event: &Event, after: &TrialRecord) -> Vec<Change> {
        match event {
            Event::Created { .. } => Vec::new(),
            Event::Started { at, lease } => {
                let state = StoredState::Running;
                let mut changes = vec![Change::State { state, values: Vec::new(), at: *at }];
                changes.extend(lease.as_ref().map(leased));
                changes
            }
            Event::Renewed { lease } => vec![leased(lease)],
            Event::Reported { step, value } => {
                let step = i64::try_from(*step).unwrap_or(i64::MAX);
                vec![Change::Intermediate { step, value: *value }]
            }
            Event::GoalReported { goal: 0, step, value } => {
                self.changes(&Event::Reported { step: *step, value: *value }, after)
            }
            Event::GoalReported { goal, step, value } => {
                vec![Change::system(&format!("{REPORT}{goal}:{step}"), number(*value))]
            }
            Event::Recorded { name, value } => vec![Change::UserAttr(quoted(name), number(*value))],
            Event::Noted { name, text } => vec![Change::UserAttr(quoted(name), quoted(text))],
            Event::Finished { outcome, at } => {
                let mut changes = ending(outcome, *at);
                if let (Outcome::Pruned(_), Some(Change::State { values, .. })) =
                    (outcome, changes.last_mut())
                {
                    // Optuna's value of a pruned trial is its last report; of several goals it needs all.
                    let last = after.reports().values().next_back();
                    let last = last.filter(|_| after.further_reports().next().is_none());
                    values.extend(last.filter(|value| !value.is_nan()));
                }
                changes
            }
        }
    }

    /// The record of a stored trial.
    pub(crate) fn read(&self, stored: &StoredTrial) -> Reading {
        match self.read_or_reason(stored) {
            Ok(Some(record)) => Reading::Fits(record),
            Ok(None) => Reading::Unready,
            Err(reason) => Reading::Unfit(reason),
        }
    }

    fn read_or_reason(&self, stored: &StoredTrial) -> Result<Option<TrialRecord>, String> {
        let point = if stored.state == StoredState::Waiting {
            self.fixed_point(stored)?
        } else {
            match self.point(stored)? {
                Some(point) => point,
                None if stored.state.is_finished() => {
                    return Err("it lacks parameters of the space".into());
                }
                None => return Ok(None),
            }
        };
        let fixed = stored.system_attrs.get(FIXED_PARAMS).is_some();
        let known = if fixed { Origin::Enqueued } else { Origin::Sampler };
        let origin = from_json(stored, ORIGIN).unwrap_or(known);
        let mut events = vec![Event::Created { point, origin, notes: notes(stored) }];
        if stored.started > Timestamp::default() || stored.state == StoredState::Running {
            events.push(Event::Started { at: stored.started, lease: lease_of(stored) });
        }
        for (name, value) in stored.user_attrs.iter() {
            let name = Raw::parse(name).and_then(Raw::string);
            let (Some(name), Some(value)) = (name, Raw::parse(value)) else { continue };
            if let Some(value) = value.number() {
                events.push(Event::Recorded { name: name.into_owned(), value });
            } else if let Some(text) = value.string() {
                events.push(Event::Noted { name: name.into_owned(), text: text.into_owned() });
            }
        }
        for (&step, &value) in &stored.intermediate {
            if let Ok(step) = u64::try_from(step) {
                events.push(Event::Reported { step, value });
            }
        }
        events.extend(further_reports(&stored.system_attrs));
        if let Some(outcome) = outcome(stored) {
            events.push(Event::Finished { outcome, at: stored.finished });
        }
        let record = TrialRecord::from_events(stored.number, events);
        record.map(Some).map_err(|error| error.to_string())
    }

    /// The point of a trial that has parameters; `None` if one is missing.
    fn point(&self, stored: &StoredTrial) -> Result<Option<Point>, String> {
        let mut values: Vec<Option<Exact>> = vec![None; self.space.len()];
        for param in &stored.params {
            // What the space does not have any more says nothing.
            let Some(axis) = self.space.position(&param.name) else { continue };
            let value = param.distribution.value(&param.value);
            let distribution = self.space.axes()[axis].distribution();
            let exact = value.as_ref().and_then(|value| distribution.parse_exact(value));
            if exact.is_none() {
                let value = param.distribution.external(&param.value);
                let value = value.unwrap_or_else(|| param.value.json());
                return Err(format!("{} = {value} is not a value of the space", param.name));
            }
            values[axis] = exact;
        }
        let mut chosen: Vec<Option<f64>> = vec![None; values.len()];
        for axis in 0..values.len() {
            let parameter = &self.space.axes()[axis];
            if !parameter.is_active(&chosen) {
                values[axis] = None;
                continue;
            }
            // A parameter that is new to the study had its default before.
            let default = || parameter.default().map(Exact::from);
            values[axis] =
                values[axis].or_else(|| default().filter(|_| stored.state.is_finished()));
            let Some(value) = values[axis] else { return Ok(None) };
            chosen[axis] = Some(value.nearest);
        }
        Ok(Some(Point::from_exact(&values)))
    }

    /// The point of a trial that waits: its fixed values, and random ones for what is not fixed.
    fn fixed_point(&self, stored: &StoredTrial) -> Result<Point, String> {
        let fixed = stored.system_attrs.get(FIXED_PARAMS).and_then(Object::of);
        let mut random = Stream::new(self.seed, stored.number).fork(UNFIXED);
        let mut values: Vec<Option<Exact>> = vec![None; self.space.len()];
        let mut chosen: Vec<Option<f64>> = vec![None; values.len()];
        for (axis, parameter) in self.space.axes().iter().enumerate() {
            if !parameter.is_active(&chosen) {
                continue;
            }
            let given = fixed.as_ref().and_then(|fixed| fixed.get(parameter.name()));
            let value = match given {
                Some(given) => {
                    let value = json_value(given);
                    let exact =
                        value.and_then(|value| parameter.distribution().parse_exact(&value));
                    let (name, text) = (parameter.name(), given.text());
                    exact.ok_or_else(|| format!("{name} = {text} is not a value of the space"))?
                }
                None => {
                    let sampled = parameter.distribution().from_unit(random.unit());
                    sampled.into()
                }
            };
            values[axis] = Some(value);
            chosen[axis] = Some(value.nearest);
        }
        Ok(Point::from_exact(&values))
    }
}

/// Tells the random stream of values that nobody has fixed from the sampler's.
const UNFIXED: u64 = u64::MAX - 1;

fn put_json(stored: &mut StoredTrial, name: &str, value: &impl serde::Serialize) {
    if let Ok(json) = serde_json::to_string(value) {
        stored.system_attrs.put(name, &json);
    }
}

fn from_json<T: serde::de::DeserializeOwned>(stored: &StoredTrial, name: &str) -> Option<T> {
    serde_json::from_str(stored.system_attrs.get(name)?.text()).ok()
}

fn leased(lease: &Lease) -> Change {
    let mut object = ObjectWriter::new();
    object.text("worker", &lease.worker);
    if let Some(until) = lease.until {
        object.int("until", until.0);
    }
    Change::system(LEASE, object.end())
}

fn lease_of(stored: &StoredTrial) -> Option<Lease> {
    let object = Object::of(stored.system_attrs.get(LEASE)?)?;
    let lease = Lease::of(&*object.get("worker")?.string()?);
    Some(match object.given("until").and_then(Raw::int) {
        Some(until) => lease.until(Timestamp(until)),
        None => lease,
    })
}

fn notes(stored: &StoredTrial) -> BTreeMap<String, Value> {
    let members = stored.system_attrs.get(NOTES).and_then(Raw::members).unwrap_or_default();
    let notes = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.string()?.into_owned(), json_value(value)?)));
    notes.collect()
}

/// The reports of the goals after the first.
fn further_reports(attributes: &Attributes) -> impl Iterator<Item = Event> {
    attributes.iter().filter_map(|(key, value)| {
        let key = Raw::parse(key)?.string()?;
        let (goal, step) = key.strip_prefix(REPORT)?.split_once(':')?;
        let (goal, step) = (goal.parse().ok()?, step.parse().ok()?);
        Some(Event::GoalReported { goal, step, value: Raw::parse(value)?.number()? })
    })
}

/// What the end of a trial changes; its state comes last.
pub(crate) fn ending(outcome: &Outcome, at: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    let (state, values) = match outcome {
        Outcome::Complete(evaluation) => {
            if !evaluation.constraints().is_empty() {
                let values = evaluation.constraints().iter().map(|&value| number(value));
                changes.push(Change::system(CONSTRAINTS, array(values)));
            }
            (StoredState::Complete, evaluation.values().to_vec())
        }
        Outcome::Pruned(reason) => {
            changes.extend(reason.as_deref().map(|why| Change::system(PRUNE_REASON, quoted(why))));
            (StoredState::Pruned, Vec::new())
        }
        Outcome::Interrupted => {
            changes.push(Change::system(INTERRUPTED, "true".into()));
            (StoredState::Fail, Vec::new())
        }
        Outcome::Failed(reason) => {
            changes.push(Change::system(FAIL_REASON, quoted(reason)));
            (StoredState::Fail, Vec::new())
        }
    };
    changes.push(Change::State { state, values, at });
    changes
}

fn outcome(stored: &StoredTrial) -> Option<Outcome> {
    let attributes = &stored.system_attrs;
    Some(match stored.state {
        StoredState::Running | StoredState::Waiting => return None,
        StoredState::Complete => match stored.values.iter().find(|value| !value.is_finite()) {
            // Optuna keeps infinite values, from which no sampler learns.
            Some(value) => Outcome::Failed(format!("the value is {value}")),
            None if stored.values.is_empty() => Outcome::Failed("it has no value".into()),
            None => {
                let constraints = constraints(attributes);
                let evaluation = Evaluation::from(stored.values.clone());
                Outcome::Complete(evaluation.with_constraints(&constraints))
            }
        },
        StoredState::Pruned => {
            let reason = attributes.get(PRUNE_REASON).and_then(Raw::string);
            Outcome::Pruned(reason.map(std::borrow::Cow::into_owned))
        }
        StoredState::Fail if attributes.get(INTERRUPTED).is_some() => Outcome::Interrupted,
        StoredState::Fail => {
            let reason = attributes.get(FAIL_REASON).and_then(Raw::string);
            Outcome::Failed(reason.unwrap_or_default().into_owned())
        }
    })
}

/// The values of outcome constraints: those without names, and then those with names in their order, so
/// that trials that were told them in another order have them alike.
fn constraints(attributes: &Attributes) -> Vec<f64> {
    let unnamed = attributes.get(CONSTRAINTS).and_then(Raw::elements);
    let mut named = BTreeMap::new();
    for (key, value) in attributes.iter() {
        let Some(key) = Raw::parse(key).and_then(Raw::string) else { continue };
        if let Some(name) = key.strip_prefix(CONSTRAINT) {
            named.insert(name.to_owned(), Raw::parse(value).and_then(Raw::number));
        }
    }
    let unnamed = unnamed.into_iter().flatten().map(Raw::number);
    // What is no number is not known to hold.
    unnamed.chain(named.into_values()).map(|value| value.unwrap_or(f64::NAN)).collect()
}
