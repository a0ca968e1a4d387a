//! Points as columns of codes, one per feature.

use super::encoding::INACTIVE_CHOICE;

/// The codes of several points, stored feature by feature so that loops over points are
/// contiguous.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    columns: Vec<Vec<f64>>,
    /// Whether each feature may have the code of a choice that is not active.
    inactive: Vec<bool>,
    len: usize,
}

impl Inputs {
    /// No points yet, of d features.
    pub(crate) fn new(features: usize) -> Self {
        Inputs { columns: vec![Vec::new(); features], inactive: vec![false; features], len: 0 }
    }

    /// Makes room for some more points, so that the columns need not grow one by one.
    pub(crate) fn reserve(&mut self, points: usize) {
        self.columns.iter_mut().for_each(|column| column.reserve_exact(points));
    }

    /// The number of points.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The number of features, d.
    pub(crate) fn features(&self) -> usize {
        self.columns.len()
    }

    /// Appends a point.
    pub(crate) fn push(&mut self, codes: &[f64]) {
        let features = self.columns.iter_mut().zip(&mut self.inactive);
        for ((column, inactive), &code) in features.zip(codes) {
            column.push(code);
            *inactive |= code == INACTIVE_CHOICE;
        }
        self.len += 1;
    }

    /// Forgets the points from number `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.columns.iter_mut().for_each(|column| column.truncate(len));
        self.len = self.len.min(len);
    }

    /// A feature's codes, point after point.
    pub(crate) fn column(&self, feature: usize) -> &[f64] {
        &self.columns[feature]
    }

    /// Whether a feature may have the code of a choice that is not active.
    pub(super) fn has_inactive(&self, feature: usize) -> bool {
        self.inactive[feature]
    }

    /// Gives a feature other codes, one per point.
    pub(super) fn set_column(&mut self, feature: usize, codes: Vec<f64>) {
        self.inactive[feature] = codes.contains(&INACTIVE_CHOICE);
        self.columns[feature] = codes;
    }

    /// The codes of one point.
    pub(crate) fn row(&self, point: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column[point]).collect()
    }

    /// Every `step`th point, from number `first` on.
    pub(crate) fn every(&self, step: usize, first: usize) -> Inputs {
        let every = |column: &Vec<f64>| column.iter().skip(first).step_by(step).copied().collect();
        let columns = self.columns.iter().map(every).collect();
        Inputs {
            columns,
            inactive: self.inactive.clone(),
            len: self.len.saturating_sub(first).div_ceil(step),
        }
    }

    /// Whether a point with these codes is among them, up to 1e-7 in every code.
    pub(crate) fn contains(&self, codes: &[f64]) -> bool {
        (0..self.len).any(|point| {
            self.columns.iter().zip(codes).all(|(column, code)| (column[point] - code).abs() < 1e-7)
        })
    }
}
