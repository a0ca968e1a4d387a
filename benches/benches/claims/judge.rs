//! Compares claims with a whole table.
//!
//! A direction is false if it contradicts the means over the whole table and those over its best
//! quarter as well: what holds in either of them may be said.

use tunewright::analysis::{Capacity, CapacityTable, Effect, Effects, GOAL, Trend};
use tunewright::trial::metric;

use crate::table::{Table, ranked, sized};

/// A parameter is right as the most important one if its share falls short by no more.
const AS_MUCH: f64 = 0.05;
/// Effects of at least this many standard deviations over the whole table are worth a sentence.
const WORTH: f64 = 0.25;

/// The whole table's truth of one metric.
pub(crate) struct Truth {
    pub(crate) metric: String,
    /// Mean by level of each parameter, in standard deviations: over all configs, over the good.
    means: Vec<[Vec<Option<f64>>; 2]>,
}

/// What each parameter makes of the goal's variance.
pub(crate) struct Shares {
    sized: Vec<f64>,
    ranked: Vec<f64>,
}

impl Shares {
    pub(crate) fn of(table: &Table) -> Self {
        let (sized, ranked) = (sized(&table.goals), ranked(&table.goals));
        Shares { sized: table.shares(&sized), ranked: table.shares(&ranked) }
    }

    /// Whether a parameter has the largest share, or nearly: of the goal without outliers (as
    /// logarithms where it spans powers of ten), and of its ranks.
    pub(crate) fn may_be_first(&self, axis: usize) -> [bool; 2] {
        [&self.sized, &self.ranked].map(|shares| {
            let largest = shares.iter().copied().fold(0.0, f64::max);
            shares[axis] >= largest - AS_MUCH
        })
    }

    /// Whether `one` is clearly less important than `other` on both scales.
    pub(crate) fn is_clearly_less(&self, one: usize, other: usize) -> bool {
        [&self.sized, &self.ranked].iter().all(|shares| shares[one] + AS_MUCH < shares[other])
    }
}

impl std::fmt::Display for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2?} of sizes, {:.2?} of ranks", self.sized, self.ranked)
    }
}

/// Of claims about directions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) said: usize,
    pub(crate) wrong: usize,
    /// Effects that are worth a sentence and the same over all configs and over the good ones, and
    /// how many of them have a true one.
    pub(crate) worth: usize,
    pub(crate) found: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.said += other.said;
        self.wrong += other.wrong;
        self.worth += other.worth;
        self.found += other.found;
    }
}

impl Truth {
    pub(crate) fn of(table: &Table, metric: &str, values: &[f64]) -> Self {
        let values = sized(values);
        let deviation = tunewright::math::statistics::variance(&values).sqrt();
        let values: Vec<f64> = values.iter().map(|value| value / deviation).collect();
        let good = table.good();
        let means = (0..table.space.axes().len()).map(|axis| {
            [table.means(&values, axis, |_| true), table.means(&values, axis, |place| good[place])]
        });
        Truth { metric: metric.to_owned(), means: means.collect() }
    }

    /// Whether a claim holds over all configs, or over the good ones.
    fn holds(&self, axis: usize, claim: impl Fn(&dyn Fn(usize) -> Option<f64>) -> bool) -> bool {
        self.means[axis].iter().any(|means| claim(&|level| means[level]))
    }

    fn is_true(&self, table: &Table, effect: &Effect) -> bool {
        let axis = table.space.position(&effect.parameter).unwrap();
        let level = |value: &tunewright::space::Value| table.level(&effect.parameter, value).1;
        let mut tried = effect.points.iter().filter(|point| point.tried);
        let first = tried.next().map_or(0, |point| level(&point.value));
        let last = tried.next_back().map_or(first, |point| level(&point.value));
        let above = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a > b);
        match &effect.trend {
            Trend::Rises(reach) | Trend::Falls(reach) => {
                let low = reach.above.as_ref().map_or(first, level);
                let high = reach.up_to.as_ref().map_or(last, level);
                let rises = matches!(effect.trend, Trend::Rises(_));
                let (from, to) = if rises { (low, high) } else { (high, low) };
                self.holds(axis, |mean| above(mean(to), mean(from)))
            }
            Trend::Valley { at } => {
                let at = level(at);
                self.holds(axis, |mean| above(mean(first), mean(at)) && above(mean(last), mean(at)))
            }
            Trend::Peak { at } => {
                let at = level(at);
                self.holds(axis, |mean| above(mean(at), mean(first)) && above(mean(at), mean(last)))
            }
            Trend::Differs { lowest, highest } => {
                let (lowest, highest) = (level(lowest), level(highest));
                self.holds(axis, |mean| above(mean(highest), mean(lowest)))
            }
            Trend::Flat => self.holds(axis, |mean| {
                let known = || (0..table.levels(axis)).filter_map(mean);
                let low = known().fold(f64::INFINITY, f64::min);
                let high = known().fold(f64::NEG_INFINITY, f64::max);
                high - low < 2.0 * WORTH
            }),
            _ => true,
        }
    }

    /// Whether the ends of a parameter's range differ, and in the same way over all configs and
    /// over the good ones.
    fn is_worth_a_sentence(&self, axis: usize) -> bool {
        let rises = self.means[axis].each_ref().map(|means| {
            let ends = means.first().copied().flatten().zip(means.last().copied().flatten());
            ends.map_or(0.0, |(first, last)| last - first)
        });
        rises[0].abs() >= WORTH && rises[0] * rises[1] > 0.0
    }

    pub(crate) fn judge(&self, table: &Table, effects: &Effects) -> Count {
        let mut count = Count::default();
        for (axis, parameter) in table.space.axes().iter().enumerate() {
            let effect = effects.of(parameter.name(), &self.metric).filter(|one| one.is_shown());
            let worth = self.is_worth_a_sentence(axis);
            let said = effect.is_some();
            let holds = effect.is_some_and(|effect| self.is_true(table, effect));
            let speaks = effect.is_some_and(|effect| effect.trend != Trend::Flat);
            if said && !holds && std::env::var_os("VERBOSE").is_some() {
                let trend = effect.map(|effect| &effect.trend);
                println!("  {} {} {trend:?}", self.metric, parameter.name());
                println!("    {:.2?}", self.means[axis]);
            }
            count += Count {
                said: usize::from(said),
                wrong: usize::from(said && !holds),
                worth: usize::from(worth),
                found: usize::from(worth && holds && speaks),
            };
        }
        count
    }

    /// Capacity directions against the means of the training error, where the table knows it.
    pub(crate) fn judge_capacity(&self, table: &Table, capacity: &CapacityTable) -> Count {
        let mut count = Count::default();
        for row in &capacity.rows {
            let axis = table.space.position(&row.parameter).unwrap();
            let last = table.levels(axis) - 1;
            let rise = |mean: &dyn Fn(usize) -> Option<f64>, from: usize, to: usize| {
                mean(to).zip(mean(from)).map_or(0.0, |(to, from)| to - from)
            };
            let best = row.highest_at.as_ref().map(|at| table.level(&row.parameter, at).1);
            let holds = match (row.found, best) {
                (Some(Capacity::Raises), _) => self.holds(axis, |mean| rise(mean, 0, last) < 0.0),
                (Some(Capacity::Lowers), _) => self.holds(axis, |mean| rise(mean, 0, last) > 0.0),
                (Some(Capacity::HighestInside), Some(at)) => {
                    self.holds(axis, |mean| rise(mean, at, 0) > 0.0 && rise(mean, at, last) > 0.0)
                }
                _ => false,
            };
            let worth = self.is_worth_a_sentence(axis);
            count += Count {
                said: usize::from(row.found.is_some()),
                wrong: usize::from(row.found.is_some() && !holds),
                worth: usize::from(worth),
                found: usize::from(worth && holds),
            };
        }
        count
    }
}

/// All that a table knows: the goal first.
pub(crate) fn truths(table: &Table) -> Vec<Truth> {
    let goal = Truth::of(table, GOAL, &table.goals);
    let others = table.metrics.iter().map(|one| Truth::of(table, &one.name, &one.values));
    [goal].into_iter().chain(others).collect()
}

/// Whether a truth is that of the training error, on which capacity rests.
pub(crate) fn is_capacity(truth: &Truth) -> bool {
    truth.metric == metric::TRAIN_ERROR
}
