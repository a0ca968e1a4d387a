//! What a person expects of the goal before much was tried, in deviations of the goal: each
//! parameter costs a bowl about where its role is mostly best, and a slope in the direction that
//! the fit of the starting point asks capacity to go.
//!
//! Where learning rates are best differs most between models, in long trainings lower than in short
//! ones, and matters most: that place is not taken for granted, but is one of three that the trials
//! decide between.

use super::FitDiagnosis;
use crate::analysis::Analysis;
use crate::analysis::capacity::CapacityTable;
use crate::analysis::role::Capacity;
use crate::analysis::role::Role;
use crate::space::{Axis, AxisKind, Point};
use crate::trial::{TrialRecord, metric};

/// Over the range of a parameter, from 0 to 1.
struct Belief {
    /// What the bowl costs half a range from its bottom.
    depth: f64,
    bottom: f64,
    /// What the end of the range costs more than its beginning.
    slope: f64,
}

pub(super) struct Prior<'a> {
    analysis: &'a Analysis<'a>,
    /// `None` for choices without an order.
    beliefs: Vec<Option<Belief>>,
}

/// That the bowl of a parameter lies elsewhere than usual.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    axis: usize,
    /// In its range, upwards.
    by: f64,
}

/// How far that may be. The numbers of this prior are judgement; they were not varied one by one.
const SHIFT: f64 = 0.25;

/// What the capacity direction of the whole range is worth where there is nothing but training
/// error, and where there is nothing but gap.
const UNDERFITTING: f64 = 1.0;
const OVERFITTING: f64 = 0.6;
/// Smaller or shorter models gain little where a model overfits: the best models are mostly
/// large ones that are regularized well (Goodfellow et al. 2016, section 11.4.1).
const SMALLER: f64 = 0.3;
/// Where the fit is not known, larger models promise somewhat more, for the same reason.
const UNKNOWN: f64 = 0.3;

/// Depth and bottom of the bowl. The learning rate matters most if there is time to tune one thing
/// only (same source). The figures were chosen on the development tasks of the bench `trained` and
/// four recorded tables; elsewhere they may mislead, as `benches/by_hand.md` shows.
fn bowl(role: Option<Role>) -> (f64, f64) {
    match role {
        Some(Role::LearningRate) => (2.0, 0.4),
        Some(Role::Units) => (1.0, 0.8),
        Some(Role::Layers) => (0.5, 0.6),
        Some(Role::Dropout) => (0.5, 0.25),
        Some(Role::WeightDecay) => (0.5, 0.4),
        Some(Role::Iterations) => (0.5, 0.8),
        Some(Role::Momentum) => (0.5, 0.85),
        Some(Role::BatchSize) => (0.3, 0.35),
        Some(Role::TreeSize) => (0.5, 0.5),
        Some(Role::LeafSize) => (0.4, 0.35),
        Some(Role::SplitInputs) => (0.5, 0.4),
        Some(Role::Subsample) => (0.3, 0.7),
        // With kernels these two matter most (van Rijn and Hutter 2018, KDD, section 5).
        Some(Role::KernelScale) => (1.0, 0.5),
        Some(Role::ErrorCost) => (0.7, 0.6),
        Some(Role::Degree) => (0.5, 0.4),
        Some(Role::KernelWidth) | None => (0.3, 0.5),
    }
}

impl<'a> Prior<'a> {
    pub(super) fn new(
        analysis: &'a Analysis<'a>,
        base: &TrialRecord,
        fit: FitDiagnosis,
        capacity: &CapacityTable,
    ) -> Self {
        let lack = lack(analysis, base, fit);
        let belief = |axis: &Axis| {
            if matches!(axis.kind(), AxisKind::Categorical { .. }) {
                return None;
            }
            // What is usual of errors says nothing of a time, a size, or a sum with these.
            if !analysis.is_of_errors() {
                let (depth, bottom) = bowl(None);
                return Some(Belief { depth, bottom, slope: 0.0 });
            }
            let role = analysis.role(axis.name());
            // That smaller batches take more steps matters where the model underfits. If that is
            // not known, they promise nothing.
            let blind = role == Some(Role::BatchSize) && fit == FitDiagnosis::Unknown;
            let (depth, bottom) = bowl(role.filter(|_| !blind));
            let row = capacity.rows.iter().find(|row| row.parameter == axis.name());
            let sign = match row.and_then(|row| row.found.or(row.expected)) {
                Some(Capacity::Raises) => -1.0,
                Some(Capacity::Lowers) => 1.0,
                Some(Capacity::HighestInside) | None => 0.0,
            };
            let strength = match role {
                _ if blind => 0.0,
                _ if lack > 0.0 => UNDERFITTING,
                Some(Role::Units | Role::Layers | Role::BatchSize | Role::Iterations) => SMALLER,
                _ => OVERFITTING,
            };
            // What is usual must not hold back what is there against a gap. Without its bowl weight
            // decay was raised too far: an elastic net on the diabetes data ended at the 20th
            // hundredth of configs in place of the third.
            let against = role == Some(Role::Dropout) && lack < 0.0;
            let depth = if against { depth * (1.0 + lack) } else { depth };
            Some(Belief { depth, bottom, slope: sign * strength * lack })
        };
        let beliefs = analysis.space().axes().iter().map(belief).collect();
        Prior { analysis, beliefs }
    }

    /// What may be so instead of the usual: nothing, or that a learning rate is best higher or lower.
    pub(super) fn alternatives(&self) -> Vec<Option<Shift>> {
        let axes = self.analysis.space().axes().iter().enumerate();
        let axes = axes.filter(|_| self.analysis.is_of_errors());
        let rates = axes
            .filter(|(_, axis)| self.analysis.role(axis.name()) == Some(Role::LearningRate))
            .flat_map(|(axis, _)| [-SHIFT, SHIFT].map(|by| Some(Shift { axis, by })));
        std::iter::once(None).chain(rates).collect()
    }

    /// What is expected at a point, up to a constant.
    pub(super) fn at(&self, point: &Point, shift: Option<Shift>) -> f64 {
        let axes = self.analysis.space().axes().iter();
        let each = axes.zip(&self.beliefs).enumerate().filter_map(|(index, (axis, belief))| {
            let (belief, value) = belief.as_ref().zip(point.get(index))?;
            let unit = axis.distribution().to_unit(value);
            let moved = shift.filter(|shift| shift.axis == index).map_or(0.0, |shift| shift.by);
            let bottom = belief.bottom + moved;
            Some(belief.depth * 4.0 * (unit - bottom).powi(2) + belief.slope * unit)
        });
        each.sum()
    }
}

/// How much capacity the starting point lacks, from -1 (nothing but gap) to 1 (nothing but
/// training error).
fn lack(analysis: &Analysis<'_>, base: &TrialRecord, fit: FitDiagnosis) -> f64 {
    let share = match fit {
        FitDiagnosis::Underfitting { train, gap }
        | FitDiagnosis::Overfitting { train, gap }
        | FitDiagnosis::Between { train, gap } => super::gap_share(train, gap),
        FitDiagnosis::Unknown => return UNKNOWN,
    };
    let lack = |share: f64| 1.0 - 2.0 * share;
    // Training error that no model gets rid of is no lack: where another trial had less of it and
    // did worse, there is no more to lack than there.
    let errors = |trial: &TrialRecord| {
        trial.metric(metric::TRAIN_ERROR).zip(analysis.validation_error(trial))
    };
    let of_base = lack(share);
    let Some(base) = errors(base) else { return of_base };
    let others = analysis.usable().into_iter().filter_map(errors);
    let worse = others.filter(|other| other.0 < base.0 && other.1 > base.1);
    let of_others =
        worse.map(|(train, validation)| lack(super::gap_share(train, validation - train)).max(0.0));
    of_others.fold(of_base, f64::min)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::space::{Scale, SearchSpace, Space};
    use crate::trial::{Direction, Event, Origin, Outcome, StudyHeader, Timestamp, Trials};

    fn trial(number: u64, point: Point, train: f64, validation: f64) -> TrialRecord {
        let events = vec![
            Event::Created { point, origin: Origin::Added, notes: BTreeMap::new() },
            Event::recorded(metric::TRAIN_ERROR, train),
            Event::Started { at: Timestamp::default(), lease: None },
            Event::Finished { outcome: Outcome::from(validation), at: Timestamp::default() },
        ];
        TrialRecord::from_events(number, events).unwrap()
    }

    #[test]
    fn training_error_that_stays_is_no_lack_of_capacity() {
        let lack_after = |other: Option<(f64, f64)>| {
            let space = Space::builder().int("layers", 1..=8, Scale::Linear).build().unwrap();
            let at = |layers: i64| {
                space.encode(&space.params([("layers", layers.into())]).unwrap()).unwrap()
            };
            let mut records = vec![trial(0, at(2), 0.4, 0.5)];
            if let Some((train, validation)) = other {
                records.push(trial(1, at(5), train, validation));
            }
            let header = StudyHeader::new("study", Direction::Minimize, &space, 0);
            let analysis = Trials::of(header, records).unwrap().analysis();
            let base = analysis.of_the_goal.best().unwrap();
            lack(&analysis, base, analysis.fit_of(base))
        };
        assert!((lack_after(None) - 0.6).abs() < 1e-9);
        // More training error and a worse validation error say nothing of it.
        assert!((lack_after(Some((0.6, 0.7))) - 0.6).abs() < 1e-9);
        assert_eq!(lack_after(Some((0.1, 0.8))), 0.0);
        // A worse one that still has more training error than gap lacks some.
        assert!((lack_after(Some((0.36, 0.6))) - 0.2).abs() < 1e-9);
    }
}
