//! The complete trials of a study in the order of constrained domination, kept up to date.

use crate::math::pareto::dominance::dominates;
use crate::trial::{History, Observed};

/// A complete trial as selection sees it.
#[derive(Clone, Debug)]
pub(super) struct Individual {
    pub(super) number: u64,
    pub(super) losses: Vec<f64>,
    is_feasible: bool,
}

/// The complete trials. Those that are feasible stand in fronts; what is in the first is dominated by
/// nothing, and what is in another by something in the one before (Deb, Pratap, Agarwal and Meyarivan
/// 2002, A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE Transactions on
/// Evolutionary Computation 6, section III.A).
///
/// A new trial goes to the first front in which nothing dominates it. What it dominates there goes one
/// front back, and so on (Li, Deb, Zhang, Suganthan and Xu 2017, Efficient nondomination level update
/// method for steady-state evolutionary multiobjective optimization, IEEE Transactions on Cybernetics
/// 47). The fronts do not depend on the order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    individuals: Vec<Individual>,
    /// Index of the individual by trial number.
    by_number: Vec<Option<usize>>,
    fronts: Vec<Vec<usize>>,
    infeasible: Vec<usize>,
}

impl Individual {
    /// `None` for a trial with a loss that is no number.
    fn of(trial: &Observed<'_>) -> Option<Self> {
        let losses: Vec<f64> = trial.losses().collect();
        let known = !losses.iter().any(|loss| loss.is_nan());
        let (number, is_feasible) = (trial.number(), trial.is_feasible());
        known.then_some(Individual { number, losses, is_feasible })
    }

    fn is(&self, trial: &Observed<'_>) -> bool {
        trial.losses().eq(self.losses.iter().copied()) && trial.is_feasible() == self.is_feasible
    }
}

impl Pool {
    /// Takes in what is new. Starts over where the history is not the one before with more trials, as
    /// where limits have changed.
    pub(super) fn update(&mut self, history: &History) {
        let (mut known, mut unchanged) = (0, true);
        let mut new = Vec::new();
        for trial in history.complete() {
            match self.index(trial.number()) {
                Some(index) => {
                    known += 1;
                    unchanged &= self.individuals[index].is(&trial);
                }
                None => new.extend(Individual::of(&trial)),
            }
        }
        if !unchanged || known != self.individuals.len() {
            *self = Pool::default();
            new = history.complete().filter_map(|trial| Individual::of(&trial)).collect();
        }
        new.into_iter().for_each(|individual| self.add(individual));
    }

    fn index(&self, number: u64) -> Option<usize> {
        *self.by_number.get(usize::try_from(number).ok()?)?
    }

    fn add(&mut self, individual: Individual) {
        let (index, number) = (self.individuals.len(), individual.number as usize);
        if self.by_number.len() <= number {
            self.by_number.resize(number + 1, None);
        }
        self.by_number[number] = Some(index);
        let feasible = individual.is_feasible;
        self.individuals.push(individual);
        match feasible {
            true => self.place(index),
            false => self.infeasible.push(index),
        }
    }

    /// Puts a feasible individual into its front.
    fn place(&mut self, index: usize) {
        let Pool { individuals, fronts, .. } = self;
        let dominated_by = |other: &usize, by: &[usize]| {
            by.iter().any(|&by| dominates(&individuals[by].losses, &individuals[*other].losses))
        };
        // Whatever is dominated by something in one front is so in all before it.
        let mut at = fronts.partition_point(|front| dominated_by(&index, front));
        let mut moving = vec![index];
        while at < fronts.len() {
            let (beaten, mut kept): (Vec<_>, Vec<_>) =
                fronts[at].iter().partition(|other| dominated_by(other, &moving));
            if kept.is_empty() {
                // All of this front goes back, and so all of those behind it.
                break;
            }
            kept.append(&mut moving);
            fronts[at] = kept;
            if beaten.is_empty() {
                return;
            }
            moving = beaten;
            at += 1;
        }
        fronts.insert(at, moving);
    }

    /// Whether there are no individuals.
    pub(super) fn is_empty(&self) -> bool {
        self.individuals.is_empty()
    }

    /// How many individuals there are.
    pub(super) fn len(&self) -> usize {
        self.individuals.len()
    }

    pub(super) fn get(&self, index: usize) -> &Individual {
        &self.individuals[index]
    }

    /// The feasible individuals, front by front, each in the order of trial numbers.
    pub(super) fn fronts(&self) -> impl Iterator<Item = Vec<usize>> {
        self.fronts.iter().map(|front| {
            let mut front = front.clone();
            front.sort_unstable_by_key(|&index| self.individuals[index].number);
            front
        })
    }

    /// The infeasible individuals with their total violations, the least first; among equal ones the latest.
    pub(super) fn infeasible(&self, history: &History) -> Vec<(usize, f64)> {
        if self.infeasible.is_empty() {
            return Vec::new();
        }
        let trials = history.complete().zip(history.total_violations());
        let mut order: Vec<(usize, f64)> = trials
            .filter_map(|(trial, violation)| Some((self.index(trial.number())?, violation)))
            .filter(|(index, _)| !self.individuals[*index].is_feasible)
            .collect();
        order.reverse();
        order.sort_by(|(_, less), (_, more)| less.total_cmp(more));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::pareto::ranks::ranks;
    use crate::math::random::Stream;

    fn pool(losses: &[Vec<f64>]) -> Pool {
        let mut pool = Pool::default();
        for (number, losses) in (0..).zip(losses) {
            pool.add(Individual { number, losses: losses.clone(), is_feasible: true });
        }
        pool
    }

    #[test]
    fn fronts_are_those_of_sorting_all_at_once() {
        let mut random = Stream::new(8, 0);
        for goals in 1..=4 {
            // Few values, so that many are equal; and infinite ones.
            let losses: Vec<Vec<f64>> = (0..200)
                .map(|_| {
                    let loss = |_| match random.below(12) {
                        11 => f64::INFINITY,
                        loss => loss as f64,
                    };
                    (0..goals).map(loss).collect()
                })
                .collect();
            let expected = ranks(&losses);
            for (rank, front) in pool(&losses).fronts().enumerate() {
                let of_rank: Vec<usize> =
                    (0..losses.len()).filter(|&at| expected[at] == rank).collect();
                assert_eq!(front, of_rank, "{goals} goals, front {rank}");
            }
        }
    }
}
