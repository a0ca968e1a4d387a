use std::sync::Arc;

/// A state of a study's trials: what a storage has told so far. Only the storage that made it knows
/// what is in it: a count, a position in a file, the snapshot of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(Mark);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Start,
    Number(u64),
    Text(Arc<str>),
}

impl Revision {
    /// Nothing has been told yet.
    pub const START: Revision = Revision(Mark::Start);

    /// The number that the revision was made of; 0 at the start.
    pub fn as_number(&self) -> Option<u64> {
        match &self.0 {
            Mark::Start => Some(0),
            Mark::Number(number) => Some(*number),
            Mark::Text(_) => None,
        }
    }

    /// The text that the revision was made of; empty at the start.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Mark::Start => Some(""),
            Mark::Number(_) => None,
            Mark::Text(text) => Some(text),
        }
    }
}

impl From<u64> for Revision {
    fn from(number: u64) -> Self {
        Revision(Mark::Number(number))
    }
}

impl From<&str> for Revision {
    fn from(text: &str) -> Self {
        Revision(Mark::Text(text.into()))
    }
}
