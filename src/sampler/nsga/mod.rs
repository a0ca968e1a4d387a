//! NSGA.

mod crowding;
mod directions;
mod pool;
mod population;

use self::pool::Pool;
use self::population::{Survival, survivors, tournament};
use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::space::Space;
use crate::space::crossover::Crossover;
use crate::space::edits::{Edits, WIDTH};

/// How often a child is bred in the hope that it was not tried.
const BROODS: usize = 30;
/// How often the last child is changed further before chance decides.
const FURTHER: usize = 100;

/// NSGA.
#[derive(Clone, Debug, Default)]
pub struct NsgaSampler {
    population: Option<usize>,
    pool: Pool,
}

impl NsgaSampler {
    /// A.
    pub fn new() -> Self {
        Self::default()
    }

    /// A.
    pub fn population(mut self, trials: usize) -> Self {
        self.population = Some(trials);
        self
    }

    fn size(&self, trials: usize) -> usize {
        let var = |name: &str, default: f64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
        self.population.unwrap_or_else(|| {
            ((var("C", 2.0) * (trials as f64).powf(var("E", 0.5))).round() as usize).clamp(10, var("MAXP", 100.0) as usize)
        })
    }
}

impl Sampler for NsgaSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check(context.space())?;
        let history = context.history();
        let mut random = context.random();
        let var = |name: &str, default: f64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
        let start = self.population.unwrap_or(var("START", 10.0) as usize);
        if history.distinct() < start || random.unit() < var("IMM", 0.0) {
            return context.sample_fresh(&mut random).map(Suggestion::from);
        }
        self.pool.update(history);
        let size = self.size(self.pool.len());
        let survival = match std::env::var("SURV").as_deref() {
            Ok("dir") => Survival::ReferenceDirections,
            _ => Survival::Crowding,
        };
        let members = survivors(&self.pool, size, survival);
        let point = |index: usize| history.trial(self.pool.get(index).number).map(|record| record.point());
        let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            context.mask(chosen, axis, legal);
        };
        let crossover = Crossover { space: context.space(), mask: &mask };
        let edits = Edits { space: context.space(), mask: &mask };
        let mut child = None;
        for _ in 0..BROODS {
            let Some(first) = tournament(&members, &mut random).and_then(|m| point(m.index)) else { break };
            let Some(second) = tournament(&members, &mut random).and_then(|m| point(m.index)) else { break };
            child = crossover.child(first, second, &mut random);
            if let Some(child) = child.as_ref().filter(|child| context.is_untried(child)) {
                return Ok(child.clone().into());
            }
        }
        if context.is_rare()
            && let Some(parent) = tournament(&members, &mut random).and_then(|m| point(m.index))
            && let Some(child) = context.near(parent, WIDTH, &mut random)
        {
            return Ok(child.into());
        }
        for _ in 0..FURTHER {
            let Some(last) = child else { break };
            child = edits.random(&last, &mut random);
            if let Some(child) = child.as_ref().filter(|child| context.is_untried(child)) {
                return Ok(child.clone().into());
            }
        }
        context.sample_fresh(&mut random).map(Suggestion::from)
    }

    fn check(&self, _space: &Space) -> Result<()> {
        if self.population == Some(0) {
            let remedy = "it must be at least 1";
            return Err(Error::InvalidOption { option: "population", value: "0".into(), remedy });
        }
        Ok(())
    }
}
