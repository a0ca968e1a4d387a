//! What a study learns from.

use std::collections::BTreeMap;

use super::{Study, StudyBuilder, store};
use crate::earlier::{Belief, Believed, EarlierStudy, IntoEarlierStudy, Matched};
use crate::error::{Error, Result};
use crate::space::Space;
use crate::storage::Storage;
use crate::trial::Goals;

/// Where an earlier study comes from.
pub(super) enum Source {
    Given(Box<Result<EarlierStudy>>),
    Stored(String),
    AllStored,
}

impl<C> StudyBuilder<C> {
    /// Learns from an earlier study of the same or a similar training, so that the new one begins where it
    /// ended; may be called repeatedly. Takes a study, its [`Trials`](crate::trial::Trials), or an
    /// [`EarlierStudy`] with renamed parameters.
    ///
    /// Parameters are matched by name, and values by value: ranges, scales and choices may differ, what is
    /// new begins without knowledge, and what is gone is ignored. [`Study::earlier`] says in one line for
    /// each study what can be used of it. Losses of other data have other scales; only which configs are
    /// better than which carries over.
    ///
    /// The Bayesian sampler first tries configs that the earlier studies together believe in. Then each of
    /// them is believed as far as it predicts the new trials, and one that misleads is soon forgotten; the
    /// notes of a trial say how much (`believed:march` from 0, not at all, to about 1). The controller begins
    /// with a policy that has learned from them; evolution and local search begin with their best configs.
    /// Other samplers do not look at them.
    ///
    /// A study that is [continued](Self::resume) is given the same earlier studies again.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder().float("learning_rate", 1e-5..=1e-1, Scale::Log).build()?;
    /// let loss = |best: f64| {
    ///     move |p: Params, _: &mut Trial| {
    ///         Ok::<_, tunewright::Error>((p.float("learning_rate")? / best).ln().abs())
    ///     }
    /// };
    /// let march = Study::in_space(space.clone()).name("march").seed(1).build()?;
    /// march.optimize(loss(3e-4), 20)?;
    ///
    /// let april = Study::in_space(space).name("april").learn_from(&march).seed(2).build()?;
    /// println!("{}", april.earlier()[0]); // march: 20 trials; learning_rate can be used
    /// april.optimize(loss(4e-4), 3)?;
    /// assert!(april.best()?.value() < 0.5);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn learn_from(mut self, earlier: impl IntoEarlierStudy) -> Self {
        self.earlier.push(Source::Given(Box::new(earlier.into_earlier_study())));
        self
    }

    /// [Learns](Self::learn_from) from the study of this name in the [storage](Self::storage).
    pub fn learn_from_stored(mut self, name: impl Into<String>) -> Self {
        self.earlier.push(Source::Stored(name.into()));
        self
    }

    /// [Learns](Self::learn_from) from all other studies in the [storage](Self::storage) whose spaces share
    /// parameters with this one, in the order in which the storage names them. A study that is continued then
    /// also learns from those that were added since.
    pub fn learn_from_all_stored(mut self) -> Self {
        self.earlier.push(Source::AllStored);
        self
    }
}

impl<C> StudyBuilder<C> {
    /// Believes that good values of a parameter are near this one, or that this choice is good. Every other trial
    /// of the Bayesian sampler's initial design is drawn by it. A later suggestion follows it with the probability
    /// that it is right: then the acquisition is multiplied with its density, to a power that falls from the
    /// twentieth trial on (after Hvarfner et al. 2022, πBO, ICLR). That probability is ¾ before there are trials,
    /// and then follows from how many of the best quarter of the trials lie within two widths of all that is
    /// believed; trials have it in their notes (`belief`). Under limits, suggestions do not follow it
    /// before a trial is feasible. Other samplers do not look at it.
    ///
    /// The last belief about a parameter counts, before that of the config type. A config that is to be tried as it is
    /// belongs to [`start_from`](Self::start_from).
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder().float("learning_rate", 1e-5..=1e-1, Scale::Log).build()?;
    /// let study = Study::in_space(space).believe("learning_rate", 3e-4).seed(1).build()?;
    /// let loss = |p: Params, _: &mut Trial| Ok::<_, tunewright::Error>((p.float("learning_rate")? / 2e-4).ln().abs());
    /// study.optimize(loss, 5)?;
    /// assert!(study.best()?.value() < 0.5);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn believe(mut self, parameter: impl Into<String>, belief: impl Into<Belief>) -> Self {
        self.beliefs.push((parameter.into(), belief.into()));
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

/// The earlier studies as the space and the goals of the study called `own` see them.
pub(super) fn matched(
    sources: Vec<Source>,
    storage: &dyn Storage,
    own: &str,
    (space, goals): (&Space, &Goals),
) -> Result<Vec<Matched>> {
    let stored = |name: &str| -> Result<Matched> {
        match store::trials(storage, name) {
            Ok(trials) => EarlierStudy::new(trials).matched(space, goals),
            Err(error @ Error::LaterFormat { .. }) => Ok(Matched::refused(name, error.to_string())),
            Err(error) => Err(error),
        }
    };
    let mut studies = Vec::new();
    for source in sources {
        match source {
            Source::Given(study) => studies.push((*study)?.matched(space, goals)?),
            Source::Stored(name) if name == own => {
                return Err(Error::InvalidOption {
                    option: "learn_from_stored",
                    value: format!("`{name}`"),
                    remedy: "it is the study itself, which goes on with its own trials anyway; name another one",
                });
            }
            Source::Stored(name) => studies.push(stored(&name)?),
            Source::AllStored => {
                for name in store::names(storage)?.iter().filter(|name| *name != own) {
                    let study = stored(name)?;
                    if study.shares_parameters() {
                        studies.push(study);
                    }
                }
            }
        }
    }
    // Notes name them.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for study in &mut studies {
        let count = seen.entry(study.name().to_owned()).or_default();
        *count += 1;
        if *count > 1 {
            study.add_to_name(&format!(" ({count})"));
        }
    }
    Ok(studies)
}

/// What a person believes, as the space sees it: what the study was told, and beside it what the config type
/// says.
pub(super) fn placed(beliefs: &[(String, Belief)], space: &Space) -> Result<Vec<Believed>> {
    let mut placed: Vec<Believed> = Vec::new();
    for (parameter, belief) in beliefs {
        let believed = belief.placed(parameter, space)?;
        // The last word counts.
        placed.retain(|other| other.axis != believed.axis);
        placed.push(believed);
    }
    for belief in space.beliefs() {
        if placed.iter().all(|other| other.axis != belief.axis) {
            placed.push(Believed::of_type(belief, space));
        }
    }
    Ok(placed)
}
