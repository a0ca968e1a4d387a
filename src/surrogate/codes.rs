//! What the surrogate has of a point, and where a search may move.

use std::ops::{Deref, Index, IndexMut};

/// What the model sees of a point: a code per feature, and which features are active.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Codes {
    values: Vec<f64>,
    active: Vec<bool>,
}

impl Codes {
    pub(super) fn new(values: Vec<f64>, active: Vec<bool>) -> Self {
        Codes { values, active }
    }

    /// Whether the point has a value there. Where it has none the code is that of the middle.
    pub(crate) fn is_active(&self, feature: usize) -> bool {
        self.active[feature]
    }

    /// Gives an active feature another code.
    pub(crate) fn set(&mut self, feature: usize, code: f64) {
        self.values[feature] = code;
    }

    /// Takes a feature for not active; `middle` is its code then.
    pub(super) fn leave_out(&mut self, feature: usize, middle: f64) {
        self.values[feature] = middle;
        self.active[feature] = false;
    }
}

/// Numerics take codes as they are.
impl Deref for Codes {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values
    }
}

#[cfg(test)]
impl From<Vec<f64>> for Codes {
    /// Codes of features that are all active.
    fn from(values: Vec<f64>) -> Self {
        Codes { active: vec![true; values.len()], values }
    }
}

/// A place of a search: a code for every feature, active or not, so that a choice that changes finds
/// its parameters. What the model sees of it are the [`Codes`] that an [`Encoding`](super::Encoding)
/// gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Latent(Vec<f64>);

impl Latent {
    /// The codes, feature by feature.
    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<f64> for Latent {
    fn from_iter<I: IntoIterator<Item = f64>>(codes: I) -> Self {
        Latent(codes.into_iter().collect())
    }
}

impl Index<usize> for Latent {
    type Output = f64;

    fn index(&self, feature: usize) -> &f64 {
        &self.0[feature]
    }
}

impl IndexMut<usize> for Latent {
    fn index_mut(&mut self, feature: usize) -> &mut f64 {
        &mut self.0[feature]
    }
}
