use serde::{Deserialize, Serialize};

use super::goals::Goals;
use crate::space::Space;

/// What a study is, apart from its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyHeader {
    /// Name of the study within its storage.
    pub name: String,
    /// The goals.
    #[serde(rename = "directions")]
    pub goals: Goals,
    /// The axes and conditions.
    pub space: Space,
    /// Seed of all random decisions.
    pub seed: u64,
}
