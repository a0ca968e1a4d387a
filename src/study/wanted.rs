use crate::error::{Error, Result};

/// Which study is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    New,
    Known,
}

impl Wanted {
    pub(super) fn check(self, known: bool, name: &str) -> Result<()> {
        match self {
            Wanted::New if known => Err(Error::StudyExists { name: name.into() }),
            Wanted::Known if !known => Err(Error::NoSuchStudy { name: name.into() }),
            _ => Ok(()),
        }
    }
}
