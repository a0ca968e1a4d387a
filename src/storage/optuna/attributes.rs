use std::borrow::Cow;

use super::json::{ObjectWriter, Raw, quoted};

/// System attribute of a study: its header.
pub(crate) const HEADER: &str = "tunewright:study";
/// System attribute of a trial: who runs it, and until when it is theirs.
pub(crate) const LEASE: &str = "tunewright:lease";
/// The same as JSON.
const QUOTED_LEASE: &str = "\"tunewright:lease\"";
/// Where the config comes from.
pub(super) const ORIGIN: &str = "tunewright:origin";
/// What the sampler notes.
pub(super) const NOTES: &str = "tunewright:notes";
/// The trial failed for Optuna; for this crate it was interrupted.
pub(super) const INTERRUPTED: &str = "tunewright:interrupted";
/// What stands before the number of a goal after the first and the step of a report of it, as in
/// `tunewright:report:1:20`. Optuna keeps one value for each step, which is that of the first goal.
pub(super) const REPORT: &str = "tunewright:report:";
/// Why a trial was pruned.
pub(super) const PRUNE_REASON: &str = "tunewright:prune_reason";

/// Optuna's name for the values of an enqueued trial.
pub(super) const FIXED_PARAMS: &str = "fixed_params";
/// Optuna's name for the names of a study's goals.
pub(crate) const METRIC_NAMES: &str = "study:metric_names";
/// What stands before the name of an outcome constraint, each of which Optuna keeps from version 5 on.
pub(super) const CONSTRAINT: &str = "constraints:";
/// Optuna's name for the values of outcome constraints, up to version 4.
pub(super) const CONSTRAINTS: &str = "constraints";
/// Optuna's name for why a trial failed.
pub(super) const FAIL_REASON: &str = "fail_reason";

/// Attributes of a study or a trial: JSON values by their names, in the order of their first
/// mention.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Attributes(Vec<(Cow<'static, str>, Box<str>)>);

impl Attributes {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Attributes(Vec::with_capacity(count))
    }

    /// Gives back room for more than there are.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Gives an attribute its value. `key` is a JSON text.
    pub(crate) fn set(&mut self, key: Raw<'_>, value: Raw<'_>) {
        let key = spelled(key);
        match self.0.iter_mut().find(|(known, _)| **known == *key) {
            Some((_, known)) => *known = value.text().into(),
            None => self.0.push((shared(key), value.text().into())),
        }
    }

    /// Gives an attribute of a plain name its value, which is JSON.
    pub(crate) fn put(&mut self, name: &str, json: &str) {
        let (key, value) = (quoted(name), Raw::parse(json));
        if let (Some(key), Some(value)) = (Raw::parse(&key), value) {
            self.set(key, value);
        }
    }

    /// The attribute with a plain name.
    pub(crate) fn get(&self, name: &str) -> Option<Raw<'_>> {
        // What this crate asks for has names that are the same in quotes.
        let inner = |key: &str| key.strip_prefix('"')?.strip_suffix('"').map(|key| key == name);
        let found = self.0.iter().find(|(key, _)| inner(key) == Some(true))?;
        Raw::parse(&found.1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, both JSON.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// All of them as one JSON object.
    pub(crate) fn json(&self) -> String {
        let mut object = ObjectWriter::new();
        for (key, value) in self.iter() {
            object.member(key, value);
        }
        object.end()
    }
}

/// A key, without text of its own if it is the one that nearly every trial has.
fn shared(key: String) -> Cow<'static, str> {
    if key == QUOTED_LEASE { QUOTED_LEASE.into() } else { key.into() }
}

/// A JSON text in one spelling.
fn spelled(key: Raw<'_>) -> String {
    match key.string() {
        Some(text) if !text.contains('\\') => quoted(&text),
        // A text with a backslash, or one with escapes that are no characters.
        Some(text) => serde_json::from_str::<String>(key.text())
            .map_or_else(|_| format!("\"{text}\""), |text| quoted(&text)),
        None => key.text().to_owned(),
    }
}
