use crate::space::Point;

/// An earlier study as the space of the new one sees it. Displays as one line that says what can be
/// used of it, and what not.
#[derive(Clone, Debug)]
pub struct Matched {
    pub(super) name: String,
    pub(super) trials: Vec<MatchedTrial>,
    /// How many trials the study has, complete or not.
    pub(super) all: usize,
    pub(super) parameters: Parameters,
    /// Why nothing of it can be used.
    pub(super) refused: Option<String>,
    /// What a person should know of how it is used.
    pub(super) remarks: Vec<String>,
}

/// A complete and feasible trial of an earlier study.
#[derive(Clone, Debug)]
pub struct MatchedTrial {
    pub(super) point: Option<Point>,
    pub(super) places: Vec<Place>,
    pub(super) losses: Vec<f64>,
}

/// Where a trial of an earlier study lies on an axis of the new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// The coordinate of a number, beyond the unit interval where it is beyond the range; or the index of a
    /// choice, beyond all choices where the new study has no such choice.
    At(f64),
    /// The parameter was not active.
    Inactive,
    /// The earlier study had no such parameter.
    Unknown,
}

/// What became of the parameters, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub(super) same: Vec<String>,
    /// With what differs.
    pub(super) differing: Vec<(String, String)>,
    /// Those that have no value in common, with what differs.
    pub(super) other: Vec<(String, String)>,
    pub(super) new: Vec<String>,
    pub(super) gone: Vec<String>,
}

impl Matched {
    /// A study of which nothing can be used.
    pub(crate) fn refused(name: &str, reason: String) -> Self {
        Matched {
            name: name.to_owned(),
            trials: Vec::new(),
            all: 0,
            parameters: Parameters::default(),
            refused: Some(reason),
            remarks: Vec::new(),
        }
    }

    /// Tells it from others of its name.
    pub(crate) fn add_to_name(&mut self, addition: &str) {
        self.name.push_str(addition);
    }

    /// Whether a parameter of it is one of the new study.
    pub(crate) fn shares_parameters(&self) -> bool {
        !self.parameters.same.is_empty() || !self.parameters.differing.is_empty()
    }

    /// The study's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its complete and feasible trials; none where nothing of it can be used.
    pub fn trials(&self) -> &[MatchedTrial] {
        &self.trials
    }

    /// Whether anything of it can be used.
    pub fn is_used(&self) -> bool {
        self.refused.is_none()
    }
}

impl MatchedTrial {
    /// The nearest point of the new space, with the default of every parameter that the earlier study did not
    /// have; `None` where the trial had a choice that is gone.
    pub fn point(&self) -> Option<&Point> {
        self.point.as_ref()
    }

    /// What it came to in the first goal, oriented: smaller is better.
    pub fn loss(&self) -> f64 {
        self.losses.first().copied().unwrap_or(f64::NAN)
    }

    /// All goals of the new study, oriented.
    pub(crate) fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Where it lies on each axis of the space.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }
}
