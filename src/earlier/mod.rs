//! What earlier studies of the same or a similar training say of a new one.
//!
//! Hardly anyone tunes a model once. [`StudyBuilder::learn_from`](crate::study::StudyBuilder::learn_from)
//! takes the studies that went before. Their parameters are matched by name and their values by value, so
//! that ranges, scales and choices may differ; [`Matched`] says in one line what could be used. Losses of
//! other data have other scales: what carries over is which configs are better than which.

mod belief;
mod matched;
mod matching;
mod words;

pub use belief::Belief;
pub use matched::{Matched, MatchedTrial};

pub(crate) use belief::Believed;
pub(crate) use matched::Place;

/// What the notes of a trial that say how much an earlier study is believed are called, before its name.
pub(crate) const BELIEVED: &str = "believed:";
/// What the note of a trial that says how probably a person's beliefs are right is called.
pub(crate) const BELIEF: &str = "belief";

use crate::error::Result;
use crate::trial::Trials;

/// An earlier study, as [`learn_from`](crate::study::StudyBuilder::learn_from) takes it.
///
/// ```
/// use tunewright::earlier::EarlierStudy;
/// use tunewright::space::{Params, Scale, Space};
/// use tunewright::{Result, Study, Trial};
///
/// let space = |name: &str| Space::builder().float(name, 1e-5..=1.0, Scale::Log).build();
/// let march = Study::in_space(space("lr")?).seed(1).build()?;
/// march.optimize(|p: Params, _: &mut Trial| Ok::<_, tunewright::Error>(p.float("lr")?.ln().abs()), 10)?;
///
/// let earlier = EarlierStudy::new(march.trials()?).name("march").rename("lr", "learning_rate");
/// let study = Study::in_space(space("learning_rate")?).seed(2).learn_from(earlier).build()?;
/// assert_eq!(study.earlier()[0].to_string(), "march: 10 trials; learning_rate can be used");
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EarlierStudy {
    name: String,
    trials: Trials,
    renamed: Vec<(String, String)>,
}

impl EarlierStudy {
    /// The study that these trials are of.
    pub fn new(trials: Trials) -> Self {
        EarlierStudy { name: trials.header().name.clone(), trials, renamed: Vec::new() }
    }

    /// What messages call it; the name of the study by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Says that the earlier study's parameter `earlier` is called `now` in the new one.
    pub fn rename(mut self, earlier: impl Into<String>, now: impl Into<String>) -> Self {
        self.renamed.push((earlier.into(), now.into()));
        self
    }
}

/// What a study can learn from: an [`EarlierStudy`], a study, or the trials of one.
pub trait IntoEarlierStudy {
    /// The earlier study.
    ///
    /// # Errors
    /// Its trials cannot be read.
    fn into_earlier_study(self) -> Result<EarlierStudy>;
}

impl IntoEarlierStudy for EarlierStudy {
    fn into_earlier_study(self) -> Result<EarlierStudy> {
        Ok(self)
    }
}

impl IntoEarlierStudy for Trials {
    fn into_earlier_study(self) -> Result<EarlierStudy> {
        Ok(EarlierStudy::new(self))
    }
}

impl IntoEarlierStudy for &Trials {
    fn into_earlier_study(self) -> Result<EarlierStudy> {
        Ok(EarlierStudy::new(self.clone()))
    }
}
