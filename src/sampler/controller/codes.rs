//! What the filter sees of a point: every parameter, and how often each option was taken.
//!
//! Parameters of the same kind, such as the operations of all layers, or whether skips are taken,
//! have effects that are alike: which operation stands where matters, and how many there are of
//! each. So half of the squared distance between such parameters is one between counts:
//!
//! r²(a, b) = Σ_p δ_p² − ½ Σ_g (Σ_{p∈g} δ_p² − ½ Σ_k (n_gk(a) − n_gk(b))²)
//!
//! where p runs over the parameters, δ_p² is 1 for choices that differ, g over the kinds, and n_gk is how
//! often kind g takes option k. For independent random points both halves have the same mean. Of
//! discrete numbers the sums of unit coordinates take the place of counts, without the ½ before
//! them.
//!
//! A kind is a set of choices or levels with the same options, the last parts of whose names differ in
//! digits only: `layer0.kernel` and `layer1.kernel`, `skip3_1` and `skip4_1`.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::space::{Axis, Point, Space};
use crate::surrogate::{Encoding, Feature};

/// Share of the distance that is one between counts. Not varied.
const COUNTS: f64 = 0.5;

#[derive(Clone, Debug)]
pub(super) struct Codes {
    encoding: Encoding,
    kinds: Vec<Kind>,
    features: Vec<Feature>,
    /// Factors of the squared distances of each feature.
    weights: Vec<f64>,
}

/// Features of the encoding that are counted together.
#[derive(Clone, Debug)]
struct Kind {
    members: Vec<usize>,
    /// 0 for numbers.
    choices: usize,
}

impl Codes {
    pub(super) fn new(space: &Space) -> Self {
        let encoding = Encoding::new(space);
        let mut kinds: Vec<Kind> = Vec::new();
        for (at, feature) in encoding.features().iter().enumerate() {
            let choices = match feature {
                Feature::Continuous => continue,
                Feature::Discrete { .. } => 0,
                Feature::Choice { choices } => *choices as usize,
            };
            let same = |kind: &&mut Kind| {
                let first = kind.members.first();
                first.is_some_and(|first| are_alike(encoding.axis(*first), encoding.axis(at)))
            };
            match kinds.iter_mut().find(same) {
                Some(kind) => kind.members.push(at),
                None => kinds.push(Kind { members: vec![at], choices }),
            }
        }
        kinds.retain(|kind| kind.members.len() > 1);
        let mut features = encoding.features().to_vec();
        let mut weights = vec![1.0; features.len()];
        for kind in &kinds {
            kind.members.iter().for_each(|member| weights[*member] = 1.0 - COUNTS);
            features.extend(vec![Feature::Continuous; kind.sums()]);
        }
        weights.resize(features.len(), COUNTS);
        Codes { encoding, kinds, features, weights }
    }

    /// The number of parameters that can vary.
    pub(super) fn parameters(&self) -> usize {
        self.encoding.len()
    }

    pub(super) fn features(&self) -> &[Feature] {
        &self.features
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The codes of a point, one per feature.
    pub(super) fn of(&self, point: &Point) -> Vec<f64> {
        let seen = self.encoding.encode(point);
        let mut codes = seen.to_vec();
        for kind in &self.kinds {
            let mut sums = vec![0.0; kind.sums()];
            for &member in &kind.members {
                if kind.choices == 0 {
                    sums[0] += seen[member];
                } else if seen.is_active(member)
                    // Choices are indices below the number of sums.
                    && let Some(count) = sums.get_mut(seen[member] as usize)
                {
                    *count += FRAC_1_SQRT_2;
                }
            }
            codes.append(&mut sums);
        }
        codes
    }
}

impl Kind {
    fn sums(&self) -> usize {
        self.choices.max(1)
    }
}

fn are_alike(one: &Axis, other: &Axis) -> bool {
    stem(one.name()).eq(stem(other.name())) && one.distribution() == other.distribution()
}

/// The last part of a name, without digits.
fn stem(name: &str) -> impl Iterator<Item = char> + '_ {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.chars().filter(|character| !character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Scale;

    /// r² of two points.
    fn distance(space: &Space, a: &[f64], b: &[f64]) -> f64 {
        let codes = Codes::new(space);
        let of = |values: &[f64]| codes.of(&Point::from_values(values.iter().copied().map(Some)));
        let (a, b) = (of(a), of(b));
        assert_eq!(a.len(), codes.features().len());
        let square = |at: usize| match codes.features()[at] {
            Feature::Choice { .. } => f64::from(u8::from(a[at] != b[at])),
            _ => (a[at] - b[at]).powi(2),
        };
        (0..a.len()).map(|at| codes.weights()[at] * square(at)).sum()
    }

    fn space() -> Space {
        let ops = ["a", "b", "c"];
        Space::builder()
            .choices("op0", ops)
            .choices("op1", ops)
            .choices("op2", ops)
            .choices("other", ops)
            .float("x0", 0.0..=1.0, Scale::Linear)
            .float("x1", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap()
    }

    #[test]
    fn a_swap_is_nearer_than_two_changes() {
        let from = [0.0, 1.0, 2.0, 0.0, 0.5, 0.5];
        let to = |to: [f64; 6]| distance(&space(), &from, &to);
        assert_eq!(to(from), 0.0);
        // ½ · 2 places, no counts.
        assert!((to([1.0, 0.0, 2.0, 0.0, 0.5, 0.5]) - 1.0).abs() < 1e-12);
        // ½ · 1 place, ½ · ½ (1 + 1) counts.
        assert!((to([0.0, 1.0, 1.0, 0.0, 0.5, 0.5]) - 1.0).abs() < 1e-12);
        // ½ · 2 places, ½ · ½ (4 + 1 + 1) counts: a alone is left.
        assert!((to([0.0, 0.0, 0.0, 0.0, 0.5, 0.5]) - 2.5).abs() < 1e-12);
        // What is not of the kind counts in full.
        assert!((to([0.0, 1.0, 2.0, 1.0, 0.5, 0.5]) - 1.0).abs() < 1e-12);
        assert!((to([0.0, 1.0, 2.0, 0.0, 1.0, 0.0]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn levels_are_summed_and_inactive_choices_not_counted() {
        let space = Space::builder()
            .int("width1", 1..=3, Scale::Linear)
            .int("width2", 1..=3, Scale::Linear)
            .choice("layer", |layer| {
                layer.unit("absent").variant("present", |inner| inner.choices("op1", ["a", "b"]))
            })
            .choices("op2", ["a", "b"])
            .build()
            .unwrap();
        let codes = Codes::new(&space);
        // Five parameters, one sum of widths, two counts.
        assert_eq!((codes.parameters(), codes.features().len()), (5, 8));
        let point = Point::from_values([Some(1.0), Some(3.0), Some(0.0), None, Some(1.0)]);
        let sums = codes.of(&point)[5..].to_vec();
        assert!((sums[0] - 1.0).abs() < 1e-12);
        assert_eq!(sums[1..], [0.0, FRAC_1_SQRT_2]);
    }
}
