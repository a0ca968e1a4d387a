use crate::error::{Error, Result};

/// Which study is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    New,
    Known,
}

impl Wanted {
    /// Whether the study may be opened, given whether there is one of this name, and the names of all.
    pub(super) fn check(self, is_there: bool, name: &str, known: &[String]) -> Result<()> {
        match self {
            Wanted::New if is_there => Err(Error::StudyExists { name: name.into() }),
            Wanted::Known if !is_there => {
                Err(Error::NoSuchStudy { name: name.into(), known: known.to_vec() })
            }
            _ => Ok(()),
        }
    }
}
