//! Points of a space as rows of numbers between which there are distances.
//!
//! | axis | code | squared distance δ² |
//! |---|---|---|
//! | continuous, discrete | coordinate u in the unit cube | (u − u′)² |
//! | categorical, k choices | index of the choice | 0 or 1 |
//! | inactive, numeric | ½ | as for the number ½ |
//! | inactive, categorical | −1 | ½(1 − 1/k) to every choice |
//!
//! Every δ is a Euclidean distance: categories are the corners of a simplex with edge 1, and what
//! is not active sits in the middle of its axis, of the interval or of the simplex. So a kernel
//! that is positive definite in Euclidean space is so here, whatever is active where. Two points in
//! which an axis is inactive are not told apart by it; two points in different branches are mostly
//! told apart by the choice itself.

use super::codes::{Codes, Latent};
use crate::space::{Axis, AxisKind, Point, Space};

/// The code of a categorical axis that is not active.
pub(super) const INACTIVE_CHOICE: f64 = -1.0;

/// What an axis that can vary looks like to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// A coordinate of the unit interval.
    Continuous,
    /// One of `levels` coordinates of the unit interval.
    Discrete { levels: u64 },
    /// An index below `choices`.
    Choice { choices: u64 },
}

impl Feature {
    /// Squared distance of an inactive axis to an active one, for choices.
    pub(crate) fn half_way(choices: u64) -> f64 {
        0.5 * (1.0 - 1.0 / choices as f64)
    }

    /// The code where it is not active.
    pub(crate) fn inactive(self) -> f64 {
        if self.is_choice() { INACTIVE_CHOICE } else { 0.5 }
    }

    /// Whether codes are indices of choices.
    pub(crate) fn is_choice(self) -> bool {
        matches!(self, Feature::Choice { .. })
    }
}

/// The claim that a feature does nothing where a choice has an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LearnedInactivity {
    /// The feature of the choice.
    pub(crate) choice: usize,
    /// The code of the option.
    pub(crate) option: f64,
    /// The feature that does nothing.
    pub(crate) feature: usize,
}

/// The axes of a space with more than one value, in their order, and the way from points to codes
/// and back.
#[derive(Clone, Debug)]
pub(crate) struct Encoding {
    space: Space,
    features: Vec<Feature>,
    /// The axis of each feature.
    axes: Vec<usize>,
    /// The feature of each axis.
    positions: Vec<Option<usize>>,
    conditional: bool,
    /// What does nothing although the space does not say so.
    idle: Vec<LearnedInactivity>,
}

impl Encoding {
    pub(crate) fn new(space: &Space) -> Self {
        let mut features = Vec::new();
        let mut axes = Vec::new();
        let mut positions = Vec::with_capacity(space.len());
        for (index, axis) in space.axes().iter().enumerate() {
            let feature = match axis.kind() {
                AxisKind::Continuous => Some(Feature::Continuous),
                AxisKind::Discrete { levels: 1 } | AxisKind::Categorical { choices: 1 } => None,
                AxisKind::Discrete { levels } => Some(Feature::Discrete { levels }),
                AxisKind::Categorical { choices } => Some(Feature::Choice { choices }),
            };
            positions.push(feature.map(|_| features.len()));
            if let Some(feature) = feature {
                features.push(feature);
                axes.push(index);
            }
        }
        let conditional = space.axes().iter().any(|axis| axis.condition().is_some());
        let idle = Vec::new();
        Encoding { space: space.clone(), features, axes, positions, conditional, idle }
    }

    /// Features that are called idle count as not active where they are.
    pub(crate) fn with_idle(self, idle: Vec<LearnedInactivity>) -> Self {
        Encoding { idle, ..self }
    }

    /// The space.
    pub(crate) fn space(&self) -> &Space {
        &self.space
    }

    /// The features in the order of their axes; d in all.
    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The number of features, d.
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    /// The axis of a feature.
    pub(crate) fn axis(&self, feature: usize) -> &Axis {
        &self.space.axes()[self.axes[feature]]
    }

    /// The number of a feature's axis.
    pub(crate) fn axis_of(&self, feature: usize) -> usize {
        self.axes[feature]
    }

    /// The feature of an axis; `None` if the axis has one value only.
    pub(crate) fn feature(&self, axis: usize) -> Option<usize> {
        self.positions.get(axis).copied().flatten()
    }

    /// Whether there are points in which a feature does nothing.
    pub(crate) fn may_be_inactive(&self, feature: usize) -> bool {
        let conditional = self.axis(feature).condition().is_some();
        conditional || self.idle.iter().any(|idle| idle.feature == feature)
    }

    /// The codes of a point, one per feature.
    pub(crate) fn encode(&self, point: &Point) -> Codes {
        let values = (0..self.len()).map(|feature| self.given(point, feature)).collect();
        let active = self.axes.iter().map(|axis| point.is_active(*axis)).collect();
        self.idle_masked(Codes::new(values, active))
    }

    /// The code that [`encode`](Self::encode) gives for one feature.
    pub(crate) fn encode_one(&self, point: &Point, feature: usize) -> f64 {
        let is_idle = |idle: &LearnedInactivity| {
            idle.feature == feature && self.given(point, idle.choice) == idle.option
        };
        match self.idle.iter().any(is_idle) {
            true => self.features[feature].inactive(),
            false => self.given(point, feature),
        }
    }

    /// A feature's code, whatever is idle.
    fn given(&self, point: &Point, feature: usize) -> f64 {
        let axis = self.axes[feature];
        let value = match self.features[feature].is_choice() {
            true => point.get(axis),
            false => self.space.coordinate(point, axis),
        };
        value.unwrap_or_else(|| self.features[feature].inactive())
    }

    /// Codes in which what is idle counts as not active.
    pub(crate) fn idle_masked(&self, mut codes: Codes) -> Codes {
        let taken = |idle: &&LearnedInactivity| codes[idle.choice] == idle.option;
        let idle: Vec<usize> = self.idle.iter().filter(taken).map(|idle| idle.feature).collect();
        idle.into_iter().for_each(|feature| self.leave_out(&mut codes, feature));
        codes
    }

    /// Takes a feature for not active.
    pub(crate) fn leave_out(&self, codes: &mut Codes, feature: usize) {
        codes.leave_out(feature, self.features[feature].inactive());
    }

    /// The point of a place.
    pub(crate) fn decode(&self, latent: &Latent) -> Point {
        let unit: Vec<f64> = self
            .space
            .axes()
            .iter()
            .zip(&self.positions)
            .map(|(axis, position)| match position {
                Some(at) if self.features[*at].is_choice() => {
                    axis.distribution().to_unit(latent[*at])
                }
                Some(at) => latent[*at],
                None => 0.5,
            })
            .collect();
        // One coordinate per axis, as asked for: this does not fail.
        self.space.point(&unit).unwrap_or_else(|_| self.space.default_point())
    }

    /// The place of some codes: what is not active is in the middle of its axis, or at its first choice.
    pub(crate) fn latent(&self, codes: &Codes) -> Latent {
        codes.iter().map(|code| if *code == INACTIVE_CHOICE { 0.0 } else { *code }).collect()
    }

    /// Which features may move about a point with these codes, by the options that the codes show. A choice that
    /// was learned to do nothing shows none: the features that depend on it do not move, and no feature is
    /// learned to do nothing because of it.
    pub(crate) fn movable(&self, codes: &Codes) -> Vec<bool> {
        self.activity(&codes.iter().copied().collect())
    }

    /// The codes that [`encode`](Self::encode) gives for the point of a place.
    pub(crate) fn codes(&self, latent: &Latent) -> Codes {
        let active = self.activity(latent);
        let seen = self.features.iter().zip(latent.iter().zip(&active));
        let seen = seen.map(|(kind, (code, active))| if *active { code } else { kind.inactive() });
        Codes::new(seen.collect(), active)
    }

    /// Which features are active at a place.
    pub(crate) fn activity(&self, latent: &Latent) -> Vec<bool> {
        let mut active = vec![true; self.len()];
        if self.conditional {
            self.conditions(latent, &mut active);
        }
        // Claims are of codes as they are seen, in which a choice may be inactive itself.
        let taken =
            |idle: &&LearnedInactivity| active[idle.choice] && latent[idle.choice] == idle.option;
        let idle: Vec<usize> = self.idle.iter().filter(taken).map(|idle| idle.feature).collect();
        idle.into_iter().for_each(|feature| active[feature] = false);
        active
    }

    /// Takes back what a condition of the space leaves inactive.
    fn conditions(&self, latent: &Latent, active: &mut [bool]) {
        // A choice that cannot vary takes its only value, number 0.
        let mut choices = vec![0.0; self.space.len()];
        for (index, axis) in self.space.axes().iter().enumerate() {
            let is_active = axis.condition().is_none_or(|of| choices[of.axis] == of.choice as f64);
            let at = self.positions[index];
            if let Some(at) = at {
                active[at] = is_active;
            }
            choices[index] = match at {
                _ if !is_active => INACTIVE_CHOICE,
                Some(at) => latent[at],
                None => 0.0,
            };
        }
    }

    /// The code at `unit` in `[0, 1]` of a feature: snapped to levels, or the index of a choice.
    pub(crate) fn snap(&self, feature: usize, unit: f64) -> f64 {
        let distribution = self.axis(feature).distribution();
        match self.features[feature] {
            Feature::Continuous => unit.clamp(0.0, 1.0),
            Feature::Discrete { .. } => distribution.to_unit(distribution.from_unit(unit)),
            Feature::Choice { .. } => distribution.from_unit(unit),
        }
    }

    /// The code of a level of a feature, counted from 0.
    pub(crate) fn level(&self, feature: usize, level: u64) -> f64 {
        let distribution = self.axis(feature).distribution();
        match self.features[feature] {
            Feature::Choice { .. } => level as f64,
            _ => distribution.at_level(level).map_or(0.5, |value| distribution.to_unit(value)),
        }
    }

    /// The level of a feature's code, counted from 0.
    pub(crate) fn level_of(&self, feature: usize, code: f64) -> u64 {
        let distribution = self.axis(feature).distribution();
        match self.features[feature] {
            Feature::Choice { .. } => code.max(0.0) as u64,
            _ => distribution.level_of(distribution.from_unit(code)).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::Scale;
    use crate::surrogate::Inputs;

    fn space() -> Space {
        Space::builder()
            .float("lr", 1e-4..=1.0, Scale::Log)
            .int("layers", 1..=4, Scale::Linear)
            .choice("kind", |kind| {
                kind.unit("plain").variant("deep", |deep| {
                    deep.float("rate", 0.0..=1.0, Scale::Linear)
                        .choice("inner", |inner| inner.unit("a").unit("b"))
                })
            })
            .int("fixed", 3..=3, Scale::Linear)
            .build()
            .unwrap()
    }

    #[test]
    fn codes_are_coordinates_and_indices() {
        let encoding = Encoding::new(&space());
        assert_eq!(encoding.len(), 5);
        let deep = encoding.decode(&[0.5, 0.7, 1.0, 0.25, 1.0].into_iter().collect());
        let codes = encoding.encode(&deep);
        // Four levels: 0.7 belongs to the third, whose middle is 0.625.
        assert!((codes[0] - 0.5).abs() < 1e-12 && (codes[1] - 0.625).abs() < 1e-12);
        assert_eq!(codes[2..], [1.0, 0.25, 1.0]);
        let plain = encoding.decode(&[0.5, 0.7, 0.0, 0.25, 1.0].into_iter().collect());
        assert_eq!(encoding.encode(&plain)[2..], [0.0, 0.5, INACTIVE_CHOICE]);
    }

    #[test]
    fn every_so_many_points_are_a_part() {
        let mut inputs = Inputs::new(1);
        (0..7).for_each(|i| inputs.push(&[f64::from(i)]));
        let part = |first: usize| inputs.every(3, first);
        assert_eq!((part(0).len(), part(0).column(0)), (3, &[0.0, 3.0, 6.0][..]));
        assert_eq!((part(2).len(), part(2).column(0)), (2, &[2.0, 5.0][..]));
        assert_eq!(part(9).len(), 0);
    }

    fn assert_are_near(a: &Codes, b: &Codes) {
        for (at, (one, other)) in a.iter().zip(b.iter()).enumerate() {
            assert!((one - other).abs() < 1e-12);
            assert_eq!(a.is_active(at), b.is_active(at));
        }
    }

    #[test]
    fn masks_are_the_codes_of_decoded_points() {
        let encoding = Encoding::new(&space());
        let mut random = Stream::new(1, 0);
        for _ in 0..100 {
            let latent: Latent =
                (0..encoding.len()).map(|at| encoding.snap(at, random.unit())).collect();
            let codes = encoding.codes(&latent);
            assert_are_near(&encoding.encode(&encoding.decode(&latent)), &codes);
        }
    }

    #[test]
    fn what_is_idle_is_masked_where_it_is() {
        let idle = |choice, option, feature| LearnedInactivity { choice, option, feature };
        // Under "plain" the rate of learning is idle, under the inner "b" the number of layers.
        let encoding = Encoding::new(&space()).with_idle(vec![idle(2, 0.0, 0), idle(4, 1.0, 1)]);
        let mut random = Stream::new(2, 0);
        for _ in 0..100 {
            let latent: Latent =
                (0..encoding.len()).map(|at| encoding.snap(at, random.unit())).collect();
            let codes = encoding.codes(&latent);
            assert_eq!(codes.is_active(0), latent[2] == 1.0);
            assert_eq!(codes.is_active(1), !(latent[2] == 1.0 && latent[4] == 1.0));
            let point = encoding.decode(&latent);
            let encoded = encoding.encode(&point);
            assert_are_near(&encoded, &codes);
            for (at, code) in encoded.iter().enumerate() {
                assert_eq!(encoding.encode_one(&point, at), *code);
            }
            // A place of the codes has the same codes.
            assert_are_near(&encoding.codes(&encoding.latent(&encoded)), &encoded);
        }
    }

    #[test]
    fn levels_and_codes_are_inverse() {
        let encoding = Encoding::new(&space());
        for (feature, count) in [(1, 4), (2, 2)] {
            for level in 0..count {
                let code = encoding.level(feature, level);
                assert_eq!(encoding.level_of(feature, code), level);
                if feature == 1 {
                    assert!((encoding.snap(1, code) - code).abs() < 1e-15);
                }
            }
        }
    }
}
