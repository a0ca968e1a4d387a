//! The pictures of a page that rest on its explanation.

use super::{CROSSED, Figure, Pictures, parallel, slice};
use crate::analysis::{Effects, Importance};

/// The pictures of the parameters, the most important ones first.
pub(crate) struct Gallery {
    pub(crate) importance: Figure,
    /// By metric.
    pub(crate) effects: Vec<(String, Figure)>,
    pub(crate) slices: Figure,
    pub(crate) parallel: Figure,
    /// The parameters among whose pairs the contours are.
    pub(crate) crossed: Vec<(usize, String)>,
    /// By the indices of two parameters with a space between, the lower one first.
    pub(crate) contours: Vec<(String, Figure)>,
}

impl Pictures<'_> {
    pub(crate) fn gallery(&self, effects: &Effects, importance: &Importance) -> Gallery {
        let runs = self.runs();
        let mut axes = runs.varying();
        let rank = |axis: usize| {
            let name = self.analysis.space().axes()[axis].name();
            importance.parameters.iter().position(|one| one.parameter == name)
        };
        axes.sort_by_key(|(axis, _)| rank(*axis).unwrap_or(usize::MAX));
        let metrics = effects.metrics();
        let of_metrics = metrics
            .iter()
            .map(|metric| ((*metric).to_owned(), self.effects_of(effects, metric, &axes)));
        let mut crossed: Vec<(usize, String)> = axes.iter().take(CROSSED).cloned().collect();
        // Pairs have their parameters in the order of the space.
        let ordered = {
            let mut ordered: Vec<usize> = crossed.iter().map(|(axis, _)| *axis).collect();
            ordered.sort_unstable();
            ordered
        };
        let mut contours: Vec<(String, Figure)> = self
            .contours(&ordered)
            .into_iter()
            .map(|([x, y], figure)| (format!("{x} {y}"), figure))
            .collect();
        if contours.is_empty() {
            crossed.clear();
        }
        // What the selects show first comes first, for those without scripts.
        if let [first, second, ..] = crossed.as_slice() {
            let key = format!("{} {}", first.0.min(second.0), first.0.max(second.0));
            contours.sort_by_key(|(own, _)| *own != key);
        }
        Gallery {
            importance: self.importance_in(importance),
            effects: of_metrics.collect(),
            slices: slice::figure(&runs, &axes),
            parallel: parallel::figure(&runs, &axes),
            crossed,
            contours,
        }
    }
}
