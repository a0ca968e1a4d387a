//! Where to look next.
//!
//! A [`Sampler`] turns the past of a study into the next point to try. [`Context`] shows it the
//! space, the history and a random stream of the trial's own.

pub mod bayesian;
mod context;
pub mod controller;
mod evolution;
mod grid;
mod head_start;
mod legal;
mod local;
pub mod nsga;
mod plateau;
mod random;
mod sobol;
mod standings;
mod suggestion;

pub use bayesian::{
    Acquisition, BayesianSampler, ExpectedImprovement, ProbabilityOfImprovement,
    UpperConfidenceBound,
};
pub use context::Context;
pub(crate) use context::{DEAD_END, Rejections};
pub use controller::ControllerSampler;
pub use evolution::EvolutionSampler;
pub use grid::GridSampler;
pub(crate) use legal::Survey;
pub use local::LocalSearchSampler;
pub use nsga::NsgaSampler;
pub use random::RandomSampler;
pub use sobol::SobolSampler;
pub use suggestion::Suggestion;

/// The random stream of a trial ([`Context::random`]), and of whatever else is to be reproducible.
#[doc(inline)]
pub use crate::math::random::Stream;

use crate::error::Result;
use crate::space::Space;

/// Decides where to look next.
///
/// A [`Suggestion`] is one whole point, and a function of what the context shows (space, history, seed
/// and trial number): a sampler may keep state to save time, but must bring it up to date from the
/// history, so that a study which was resumed goes on as one that never stopped. The study itself
/// sees to it that no illegal and no repeated point is run; it asks again, and in the end draws at
/// random, should a sampler insist.
///
/// [`testing::sampler`](crate::testing::sampler) checks an implementation.
///
/// ```
/// use tunewright::sampler::{Context, Sampler, Suggestion};
/// use tunewright::Result;
///
/// /// Perturbs the best trial so far.
/// struct HillClimb {
///     width: f64,
/// }
///
/// impl Sampler for HillClimb {
///     fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
///         let mut random = context.random();
///         let point = match context.history().best() {
///             None => context.space().sample(&mut random),
///             Some(best) => context.space().perturb(best.point(), self.width, &mut random),
///         };
///         Ok(point.into())
///     }
/// }
/// ```
pub trait Sampler: Send {
    /// The next point to try.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted), or for a grid
    /// [`Error::GridExhausted`](crate::Error::GridExhausted), when there is nothing left to try, which
    /// ends the study in good order; [`Error::Sampler`](crate::Error::Sampler) for a failure of the
    /// sampler's own. Both leave the study as it was.
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion>;

    /// Whether [`suggest`](Self::suggest) also decides which of the [paused](Context::paused) trials go on.
    /// Where it does not, the [pruner](crate::pruner::Pruner::promote) does, and with several goals, limits
    /// or outcome constraints in any case.
    fn chooses_paused(&self) -> bool {
        false
    }

    /// Whether the options make sense, and fit the space. Asked once, when a study is built.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption), or another error that says what to do.
    fn check(&self, _space: &Space) -> Result<()> {
        Ok(())
    }

    /// How many trials the sampler begins with in this space before it learns from results; 0 unless
    /// it says so. No rule that asks whether more trials are worth it
    /// ([`stop_when_settled`](crate::study::StudyBuilder::stop_when_settled)) ends a run before.
    fn initial_design(&self, _space: &Space) -> usize {
        0
    }
}

impl<S: Sampler + ?Sized> Sampler for Box<S> {
    fn check(&self, space: &Space) -> Result<()> {
        (**self).check(space)
    }

    fn initial_design(&self, space: &Space) -> usize {
        (**self).initial_design(space)
    }

    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        (**self).suggest(context)
    }

    fn chooses_paused(&self) -> bool {
        (**self).chooses_paused()
    }
}
