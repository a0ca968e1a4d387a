use super::{Curve, Curves, Rungs};
use crate::math::special::normal_quantile;
use crate::trial::TrialState;

/// What is expected of trials that have not ended, by comparing their curves with all others.
///
/// Losses are replaced by normal scores: of N trials the one in place p (from 0, the best) has
/// Φ⁻¹((p + ½)/N), so that scale, outliers and any monotone change of the losses make no difference.
/// At first all trials are put in order by their first report. Then, at one [rung](Rungs) after the
/// other, the trials that have reached it are put in order anew among the scores that they hold. A
/// trial that was stopped keeps the score that it had. The last order is that of the results.
///
/// The correlation between the scores at a rung and at the end, the reliability of the rung, is
/// learned from the trials that have gone on: 1 minus half the mean squared change of the scores from
/// each rung to the next, multiplied. Scores are taken for a Markov chain.
#[derive(Clone, Debug)]
pub struct Foresight {
    rungs: Rungs,
    /// In the order of their numbers.
    placed: Vec<Placed>,
    /// The reliability of each rung; 1 for the end.
    reliabilities: Vec<f64>,
}

/// Where a trial stands among the others.
#[derive(Clone, Copy, Debug)]
struct Placed {
    number: u64,
    /// The last rung that it has reached; the number of rungs for the end.
    rung: usize,
    /// Low is good.
    score: f64,
    /// The variance of the scores that it shares with equals.
    shared: f64,
}

/// The score with which a trial would probably end: standard normal scores of all trials, of which
/// the lowest is the best.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Expected {
    /// The expected score.
    pub mean: f64,
    /// The standard deviation of that; 0 for a trial that has ended, unless it has equals.
    pub deviation: f64,
}

/// Reliability from rung to rung before anything is known: ((g + 1)/(h + 1)) to this power, for reports
/// number g and h. With 0.05 recorded curves are searched alike within the errors.
const PRIOR_EXPONENT: f64 = 0.15;
/// How many observed changes that is worth. With 30 they are, too.
const PRIOR_WEIGHT: f64 = 6.0;
/// The most that the correlation is lost from one rung to the next. Not varied.
const MOST_LOST: f64 = 0.95;

impl Foresight {
    /// Learns from the curves of a study; `None` while no trial with reports is complete.
    pub fn learn(curves: &Curves) -> Option<Self> {
        let rungs = curves.rungs()?.clone();
        let curves: Vec<&Curve> = curves.iter().filter(|curve| is_placed(curve)).collect();
        let ends = rungs.len();
        let heights: Vec<Heights> = curves.iter().map(|curve| Heights::of(curve, &rungs)).collect();
        let mut order = Order::first(&heights);
        let mut reliabilities = vec![1.0; ends + 1];
        let mut lost = Vec::with_capacity(ends);
        for rung in 1..=ends {
            let before = order.scores.clone();
            let there: Vec<usize> =
                (0..heights.len()).filter(|&at| heights[at].is_at(rung)).collect();
            order.renew(&there, |at| heights[at].at(rung));
            let changes = there.iter().map(|&at| 0.5 * (order.scores[at] - before[at]).powi(2));
            // One of the trials sets the scale for the others.
            let count = (there.len() as f64 - 1.0).max(0.0);
            let mean = changes.sum::<f64>() / (there.len() as f64).max(1.0);
            let (from, to) = (rungs.reports_until(rung - 1), rungs.reports_until(rung));
            let prior = 1.0 - (from as f64 / to as f64).powf(PRIOR_EXPONENT);
            let weighted = PRIOR_WEIGHT * prior + count * mean;
            lost.push((weighted / (PRIOR_WEIGHT + count)).min(MOST_LOST));
        }
        for rung in (0..ends).rev() {
            reliabilities[rung] = reliabilities[rung + 1] * (1.0 - lost[rung]);
        }
        let placed = curves.iter().zip(&heights).enumerate().map(|(at, (curve, heights))| Placed {
            number: curve.number(),
            rung: heights.last(),
            score: order.scores[at],
            shared: order.shared[at].min(1.0),
        });
        Some(Foresight { placed: placed.collect(), rungs, reliabilities })
    }

    /// The rungs at which trials are compared.
    pub fn rungs(&self) -> &Rungs {
        &self.rungs
    }

    /// What is expected of a trial by its own curve; `None` for one that is not compared. Of equals
    /// nobody knows which is the better one, which adds to the deviation.
    pub fn expected(&self, number: u64) -> Option<Expected> {
        let placed = self.placed(number)?;
        let reliability = self.reliabilities[placed.rung];
        let variance = 1.0 - reliability * reliability * (1.0 - placed.shared);
        Some(Expected { mean: reliability * placed.score, deviation: variance.max(0.0).sqrt() })
    }

    /// The score of a trial where it stands, and the correlation of such scores with those at the end.
    pub fn score(&self, number: u64) -> Option<(f64, f64)> {
        let placed = self.placed(number)?;
        Some((placed.score, self.reliabilities[placed.rung]))
    }

    /// The last rung that a trial has reached, counted from 0; the number of rungs for one that has ended.
    pub fn rung(&self, number: u64) -> Option<usize> {
        Some(self.placed(number)?.rung)
    }

    /// The lowest score of a trial that has ended.
    pub fn best(&self) -> Option<f64> {
        let ended = self.placed.iter().filter(|placed| placed.rung == self.rungs.len());
        ended.map(|placed| placed.score).reduce(f64::min)
    }

    /// The place of a trial among all that are compared, from 1 for the best, and how many they are.
    pub fn rank(&self, number: u64) -> Option<(usize, usize)> {
        let this = self.placed(number)?;
        let better = self.placed.iter().filter(|other| other.score < this.score).count();
        Some((better + 1, self.placed.len()))
    }

    fn placed(&self, number: u64) -> Option<&Placed> {
        let at = self.placed.binary_search_by_key(&number, |placed| placed.number).ok()?;
        self.placed.get(at)
    }
}

/// Whether the trial has a curve, or at least an end. What failed for another reason than its training
/// says nothing by its curve.
fn is_placed(curve: &Curve) -> bool {
    let goes_on = curve.state() != TrialState::Failed && !curve.reports().is_empty();
    curve.is_finished() || goes_on
}

/// The losses of a trial at the rungs, the end last; NaN where it was not.
struct Heights(Vec<f64>);

impl Heights {
    fn of(curve: &Curve, rungs: &Rungs) -> Self {
        // Adding zero turns -0 into +0, which are equal and sort apart.
        let worst = |loss: f64| if loss.is_nan() { f64::INFINITY } else { loss + 0.0 };
        let reports = curve.reports();
        let last = curve.last().map_or(0, |(step, _)| step);
        let diverged = curve.is_finished() && curve.loss().is_none();
        let beyond = if diverged { f64::INFINITY } else { f64::NAN };
        let mut heights = Vec::with_capacity(rungs.len() + 1);
        let mut after = 0;
        for step in rungs.steps() {
            while reports.get(after).is_some_and(|(at, _)| *at <= step) {
                after += 1;
            }
            let known = after.checked_sub(1).map(|before| worst(reports[before].1));
            heights.push(known.filter(|_| step <= last).unwrap_or(beyond));
        }
        if let (Some(first), Some(&(_, loss))) = (heights.first_mut(), reports.first())
            && first.is_nan()
        {
            // Whoever begins to report later is compared by the first report.
            *first = worst(loss);
        }
        heights.push(curve.loss().map_or(beyond, worst));
        Heights(heights)
    }

    fn at(&self, rung: usize) -> f64 {
        self.0.get(rung).copied().unwrap_or(f64::NAN)
    }

    fn is_at(&self, rung: usize) -> bool {
        !self.at(rung).is_nan()
    }

    /// The last rung with a loss.
    fn last(&self) -> usize {
        self.0.iter().rposition(|loss| !loss.is_nan()).unwrap_or(0)
    }
}

/// The order of the trials.
struct Order {
    /// The score of each trial's own place.
    places: Vec<f64>,
    /// The same, where equals share the mean of theirs.
    scores: Vec<f64>,
    /// The variances of what equals share.
    shared: Vec<f64>,
}

impl Order {
    /// The order by the first reports. Who has none is put in the middle.
    fn first(heights: &[Heights]) -> Self {
        let (known, unknown): (Vec<usize>, Vec<usize>) =
            (0..heights.len()).partition(|&at| heights[at].is_at(0));
        let (lower, upper) = known.split_at(known.len() / 2);
        let count = heights.len();
        let mut places = vec![0.0; count];
        let in_order: Vec<usize> = lower.iter().chain(&unknown).chain(upper).copied().collect();
        for (place, (&low, &high)) in in_order.iter().zip(in_order.iter().rev()).enumerate() {
            if 2 * place >= count {
                break;
            }
            let score = normal_quantile((place as f64 + 0.5) / count as f64);
            (places[high], places[low]) = (-score, score);
        }
        let mut order = Order { scores: places.clone(), places, shared: vec![0.0; count] };
        order.renew(&known, |at| heights[at].at(0));
        order
    }

    /// Puts some trials in the order of their losses, in the places that they hold.
    fn renew(&mut self, trials: &[usize], loss: impl Fn(usize) -> f64) {
        let mut held: Vec<i64> = trials.iter().map(|&at| sort_key(self.places[at])).collect();
        held.sort_unstable();
        let mut order: Vec<(i64, usize)> =
            trials.iter().map(|&at| (sort_key(loss(at)), at)).collect();
        order.sort_unstable();
        let mut start = 0;
        for equal in order.chunk_by(|(left, _), (right, _)| left == right) {
            let places = held[start..start + equal.len()].iter().map(|&key| of_sort_key(key));
            start += equal.len();
            let count = equal.len() as f64;
            let mean = places.clone().sum::<f64>() / count;
            let squares: f64 = places.clone().map(|place| (place - mean).powi(2)).sum();
            for (&(_, at), place) in equal.iter().zip(places) {
                self.places[at] = place;
                (self.scores[at], self.shared[at]) = (mean, squares / count);
            }
        }
    }
}

/// An integer that sorts as the number does, without -0 and NaN: sorting these takes half the time.
fn sort_key(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The number of a [`sort_key`].
fn of_sort_key(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Point;
    use crate::trial::{Direction, Event, Origin, Outcome, Timestamp, TrialRecord};

    fn record(number: u64, reports: &[(u64, f64)], outcome: Option<Outcome>) -> TrialRecord {
        let point = Point::from_values([Some(0.5)]);
        let mut events = vec![
            Event::created(point, Origin::Sampler),
            Event::Started { at: Timestamp(1), lease: None },
        ];
        let reported = |&(step, value): &(u64, f64)| Event::Reported { step, value };
        events.extend(reports.iter().map(reported));
        events.extend(outcome.map(|outcome| Event::Finished { outcome, at: Timestamp(2) }));
        TrialRecord::from_events(number, events).unwrap()
    }

    fn curves(records: &[TrialRecord], direction: Direction) -> Curves {
        let mut curves = Curves::new(direction, None);
        records.iter().for_each(|record| curves.update(record));
        curves
    }

    /// The trials of the reference, with values of this sign.
    fn reference(sign: f64) -> Vec<TrialRecord> {
        let text = include_str!("../../tests/reference/foresight.csv");
        let trial = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let reports: Vec<(u64, f64)> = cells[4]
                .split_whitespace()
                .map(|report| report.split_once('=').unwrap())
                .map(|(step, value)| (step.parse().unwrap(), sign * value.parse::<f64>().unwrap()))
                .collect();
            let outcome = match cells[2] {
                "complete" => Outcome::from(sign * cells[3].parse::<f64>().unwrap()),
                "pruned" => Outcome::Pruned(None),
                _ => Outcome::Failed("diverged".into()),
            };
            record(cells[1].parse().unwrap(), &reports, Some(outcome))
        };
        text.lines().filter(|line| line.starts_with("curve")).map(trial).collect()
    }

    #[test]
    fn scores_and_reliabilities_are_those_of_the_reference() {
        for (sign, direction) in [(1.0, Direction::Minimize), (-1.0, Direction::Maximize)] {
            let foresight = Foresight::learn(&curves(&reference(sign), direction)).unwrap();
            let text = include_str!("../../tests/reference/foresight.csv");
            let mut compared = 0;
            for line in text.lines().filter(|line| line.starts_with("score")) {
                let cells: Vec<f64> = line.split(',').skip(1).map(|x| x.parse().unwrap()).collect();
                let number = cells[0] as u64;
                assert_eq!(foresight.rung(number), Some(cells[1] as usize), "{line}");
                let (score, reliability) = foresight.score(number).unwrap();
                let expected = foresight.expected(number).unwrap();
                let found = [score, reliability, expected.mean, expected.deviation];
                for (found, expected) in found.iter().zip(&cells[2..]) {
                    assert!((found - expected).abs() < 1e-9, "{found} {line}");
                }
                compared += 1;
            }
            assert_eq!(compared, 40);
        }
    }

    #[test]
    fn what_does_not_differ_has_the_uncertainty_of_a_new_trial() {
        let flat: Vec<(u64, f64)> = (0..10).map(|step| (step, 0.5)).collect();
        let mut records: Vec<TrialRecord> =
            (0..8).map(|number| record(number, &flat, Some(0.5.into()))).collect();
        records.push(record(8, &flat[..4], None));
        let foresight = Foresight::learn(&curves(&records, Direction::Minimize)).unwrap();
        let expected = foresight.expected(8).unwrap();
        assert!(expected.mean.abs() < 1e-12);
        assert!(expected.deviation > 0.9, "{expected:?}");
    }

    #[test]
    fn nothing_is_foreseen_before_a_trial_has_come_to_its_end() {
        let reports = [(0, 1.0), (1, 0.5)];
        let running = [record(0, &reports, None), record(1, &reports, Some(Outcome::Pruned(None)))];
        assert!(Foresight::learn(&curves(&running, Direction::Minimize)).is_none());
        let without = [record(0, &[], Some(1.0.into()))];
        assert!(Foresight::learn(&curves(&without, Direction::Minimize)).is_none());
    }

    #[test]
    fn a_trial_that_skips_steps_reaches_the_rungs_between() {
        let whole: Vec<(u64, f64)> = (0..20).map(|step| (10 * step, 1.0)).collect();
        let skips = [(0, 1.0), (35, 0.5), (u64::MAX, 0.4)];
        let records = [
            record(0, &whole, Some(1.0.into())),
            record(1, &skips[..2], None),
            record(2, &skips, None),
        ];
        let curves = curves(&records, Direction::Minimize);
        let rungs = curves.rungs().unwrap();
        assert_eq!(rungs.steps().collect::<Vec<_>>(), [0, 10, 20, 30, 40, 60, 80, 110, 160]);
        let reached = |number, step| rungs.reached_by(curves.get(number).unwrap(), step);
        assert_eq!(reached(1, 35), Some(3));
        assert_eq!(reached(1, 0), None, "not its last report");
        assert_eq!(reached(2, u64::MAX), Some(8));
    }
}
