//! What a study learns from.

use super::{Study, StudyBuilder};
use crate::earlier::{EarlierStudy, IntoEarlierStudy, Matched};
use crate::error::Result;
use crate::space::Space;
use crate::trial::Goals;

impl<C> StudyBuilder<C> {
    /// Learns from an earlier study of the same or a similar training.
    pub fn learn_from(mut self, earlier: impl IntoEarlierStudy) -> Self {
        self.earlier = self.earlier.and_then(|mut studies| {
            studies.push(earlier.into_earlier_study()?);
            Ok(studies)
        });
        self
    }
}

impl<C> Study<C> {
    /// The earlier studies that this one [learns from](StudyBuilder::learn_from). Each displays as a line that
    /// says what of it can be used.
    pub fn earlier(&self) -> &[Matched] {
        &self.earlier
    }
}

impl<C> IntoEarlierStudy for &Study<C> {
    fn into_earlier_study(self) -> Result<EarlierStudy> {
        self.trials()?.into_earlier_study()
    }
}

/// The earlier studies as the space sees them.
pub(super) fn matched(
    studies: &[EarlierStudy],
    space: &Space,
    goals: &Goals,
) -> Result<Vec<Matched>> {
    studies.iter().map(|study| study.matched(space, goals)).collect()
}
