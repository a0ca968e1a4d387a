use serde::{Deserialize, Serialize};

use super::goals::Goals;
use crate::error::{Error, Result};
use crate::space::Space;

/// What a study is, apart from its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StudyHeader {
    /// The version of the form in which the study is kept; see [`FORMAT`](Self::FORMAT).
    #[serde(default = "first_format")]
    pub format: u32,
    /// Name of the study within its storage.
    pub name: String,
    /// The goals, with their limits and the outcome constraints.
    #[serde(flatten)]
    pub goals: Goals,
    /// The axes and conditions. A space that was written has lost its rules.
    pub space: Space,
    /// The names of the rules that the space had, as in [`Space::rules_by_name`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What tells the space and its rules apart from others, as [`Space::fingerprint`] gives it.
    /// Empty in what was written without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// Seed of all random decisions.
    pub seed: u64,
}

fn first_format() -> u32 {
    1
}

impl StudyHeader {
    /// The version of the form in which this version of the crate keeps studies. It reads this one
    /// and all before it.
    pub const FORMAT: u32 = 1;

    /// The header of a new study.
    pub fn new(name: impl Into<String>, goals: impl Into<Goals>, space: &Space, seed: u64) -> Self {
        StudyHeader {
            format: StudyHeader::FORMAT,
            name: name.into(),
            goals: goals.into(),
            space: space.clone(),
            rules: space.rules_by_name(),
            fingerprint: space.fingerprint(),
            seed,
        }
    }

    /// Refuses what a later version of the crate has written.
    pub(crate) fn check_format(&self) -> Result<()> {
        if self.format > StudyHeader::FORMAT {
            let (name, format) = (self.name.clone(), self.format);
            return Err(Error::LaterFormat { name, format, known: StudyHeader::FORMAT });
        }
        Ok(())
    }
}
