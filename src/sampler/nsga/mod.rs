//! Genetic algorithms for one goal or several: NSGA-II and NSGA-III.
//!
//! *When*: trials are cheap enough for several hundred or thousands of them, there are several goals or
//! outcome constraints, or a suggestion may take no more than a millisecond. Below some two hundred
//! trials [`BayesianSampler`](crate::BayesianSampler) comes much nearer to the front; in spaces of choices
//! alone, such as architectures, [`ControllerSampler`](crate::ControllerSampler) does.
//!
//! 1. All complete trials are sorted into fronts: feasible before infeasible, feasible ones by dominance,
//!    infeasible ones by how much they miss (`pool`).
//! 2. The best of them are the population: by front, and within the last front by how much room they have
//!    on it (`population`): by crowding distance (`crowding`), and from three goals on by reference directions
//!    (`directions`).
//! 3. Two parents win tournaments of two: the better front first, then more room. Their child is crossed
//!    over and mutated on the scales of the parameters (`space/crossover`).
//!
//! There are no generations. Every trial is bred from the results that are there, as in steady-state
//! algorithms (Durillo, Nebro, Luna and Alba 2009, On the effect of the steady-state selection scheme in
//! multi-objective genetic algorithms, EMO): no worker waits for another, and a failed trial leaves no gap. The
//! population grows with the number of trials, so that no budget has to be known: it has 10 trials at
//! first, 15 at 60, 63 at 1,000 and never more than 100, unless [`population`](NsgaSampler::population) says otherwise.
//! Any earlier trial that is good enough belongs to it, those that people have added too.
//!
//! Ten random trials come first. Later ones are random with a probability of ten over the number of trials, so
//! that a valley that was missed in the beginning can still be found.
//!
//! With one goal this is an ordinary genetic algorithm. Running trials are no parents; failed and pruned
//! ones have no children. Trials that another limit makes feasible or infeasible are sorted anew. Nothing is
//! tried twice, and where hardly a child is legal, children are found by moves that stay legal. Cost per
//! suggestion: 0.1 to 0.5 ms, on average over 2,000 trials.
//!
//! ```
//! use tunewright::space::{Params, Scale, Space};
//! use tunewright::trial::minimize;
//! use tunewright::{NsgaSampler, Result, Study, Trial};
//!
//! let space = Space::builder()
//!     .float("x", 0.0..=2.0, Scale::Linear)
//!     .float("y", 0.0..=1.0, Scale::Linear)
//!     .build()?;
//! let study = Study::in_space(space)
//!     .goals([minimize("cost"), minimize("error")])
//!     .sampler(NsgaSampler::new())
//!     .seed(1)
//!     .build()?;
//! let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
//!     let (x, y) = (p.float("x")?, p.float("y")?);
//!     Ok([x * x + y, (x - 2.0).powi(2) + y])
//! };
//! study.optimize(objective, 300)?;
//! assert!(study.history()?.front().len() > 30);
//! # Ok::<(), tunewright::Error>(())
//! ```

pub(super) mod crowding;
mod directions;
mod pool;
mod population;

use self::pool::Pool;
use self::population::{Member, survivors, tournament};
use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::space::crossover::Crossover;
use crate::space::edits::{Edits, WIDTH};
use crate::space::{Point, Space};

/// Random trials at first; the later ones are random with this over the number of trials as probability. Not
/// varied.
const RANDOM: usize = 10;
/// The population has this many trials at least, and this times the root of the number of trials. Not varied.
const SMALLEST: usize = 10;
const PER_ROOT: f64 = 2.0;
const LARGEST: usize = 100;
/// How often a child is bred in the hope that it was not tried. Both bound the time in spaces that are nearly
/// used up.
const BROODS: usize = 30;
/// How often the last child is changed further before chance decides.
const FURTHER: usize = 100;

/// A genetic algorithm for one goal or several, with limits and outcome constraints: NSGA-II, or from three
/// goals on NSGA-III. See the [module](self) for the method, and when to use it.
///
/// ```
/// use tunewright::NsgaSampler;
/// use tunewright::sampler::nsga::Survival;
///
/// let usual = NsgaSampler::new();
/// let nsga2 = NsgaSampler::new().survival(Survival::Crowding).population(100);
/// ```
#[derive(Clone, Debug, Default)]
pub struct NsgaSampler {
    population: Option<usize>,
    survival: Option<Survival>,
    /// What is kept from call to call to save time; all of it follows from the history.
    pool: Pool,
}

/// How the trials of a front are chosen that survive, if not all do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Survival {
    /// Those with the most room between their neighbours: NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, A fast
    /// and elitist multiobjective genetic algorithm: NSGA-II, IEEE Transactions on Evolutionary
    /// Computation 6). The default with one goal and with two.
    Crowding,
    /// Those nearest to directions that are spread evenly: NSGA-III (Deb and Jain 2014, An evolutionary
    /// many-objective optimization algorithm using reference-point-based nondominated sorting approach,
    /// part I, IEEE Transactions on Evolutionary Computation 18). The default from three goals on.
    ReferenceDirections,
}

impl NsgaSampler {
    /// A population that grows with the number of trials; survival by crowding with one or two goals, and by
    /// reference directions with more.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many trials may have children, from 2, in place of a number that grows. As many random trials
    /// come first. A hundred is usual for thousands of trials; a large population learns late, and with
    /// less than twice as many trials hardly anything.
    pub fn population(mut self, trials: usize) -> Self {
        self.population = Some(trials);
        self
    }

    /// How the trials of a front are chosen that survive, whatever the number of goals.
    pub fn survival(mut self, survival: Survival) -> Self {
        self.survival = Some(survival);
        self
    }

    fn size(&self, trials: usize) -> usize {
        let growing = (PER_ROOT * (trials as f64).sqrt()).round() as usize;
        self.population.unwrap_or(growing.clamp(SMALLEST, LARGEST))
    }

    /// Whether the next trial is to be a random one.
    fn explores(&self, trials: usize, random: &mut Stream) -> bool {
        let first = self.population.unwrap_or(RANDOM);
        trials < first || random.unit() * (trials as f64) < RANDOM as f64
    }
}

impl Sampler for NsgaSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check(context.space())?;
        let history = context.history();
        let mut random = context.random();
        self.pool.update(history);
        if self.pool.is_empty() || self.explores(history.distinct(), &mut random) {
            return context.sample_fresh(&mut random).map(Suggestion::from);
        }
        let size = self.size(self.pool.len());
        let survival = self.survival.unwrap_or(match history.goals().len() {
            ..=2 => Survival::Crowding,
            _ => Survival::ReferenceDirections,
        });
        let members = survivors(&self.pool, history, size, survival);
        let parent = |random: &mut Stream| {
            let winner: Option<Member> = tournament(&members, random);
            let record = winner.and_then(|one| history.trial(self.pool.get(one.index).number));
            record.map(|record| record.point())
        };
        let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            context.mask(chosen, axis, legal);
        };
        let crossover = Crossover { space: context.space(), mask: &mask };
        let mut child = None;
        for _ in 0..BROODS {
            let parents = parent(&mut random).zip(parent(&mut random));
            child = parents.and_then(|(first, second)| crossover.child(first, second, &mut random));
            if let Some(child) = child.as_ref().filter(|child| context.is_untried(child)) {
                return Ok(child.clone().into());
            }
        }
        if context.is_rare()
            && let Some(parent) = parent(&mut random)
            && let Some(child) = context.near(parent, WIDTH, &mut random)
        {
            return Ok(child.into());
        }
        match changed_further(
            context,
            child,
            &Edits { space: context.space(), mask: &mask },
            &mut random,
        ) {
            Some(child) => Ok(child.into()),
            None => context.sample_fresh(&mut random).map(Suggestion::from),
        }
    }

    fn check(&self, _space: &Space) -> Result<()> {
        match self.population {
            Some(population) if population < 2 => Err(Error::InvalidOption {
                option: "population",
                value: population.to_string(),
                remedy: "it must be at least 2, because a child has two parents",
            }),
            _ => Ok(()),
        }
    }
}

/// An untried point some edits away from one that was tried.
fn changed_further(
    context: &Context<'_>,
    child: Option<Point>,
    edits: &Edits<'_>,
    random: &mut Stream,
) -> Option<Point> {
    let mut last = child?;
    for _ in 0..FURTHER {
        last = edits.random(&last, random)?;
        if context.is_untried(&last) {
            return Some(last);
        }
    }
    None
}
