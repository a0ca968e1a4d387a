use super::head_start::head_start;
use super::standings::{Standing, standings};
use super::{Context, Sampler, Suggestion, plateau};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::space::edits::{Edits, WIDTH};
use crate::space::{KeySet, Point, Space, Value};

/// The narrowest steps of numbers; a centre that nothing is better than at this distance is left. Not varied.
const NARROWEST: f64 = 1e-3;
/// The note that says around which trial a suggestion was made.
const CENTRE: &str = "centre";

/// Local search: tries the neighbours of the best trial until one is better, and goes on from there.
///
/// After some random trials, half of which are the best configs of [earlier
/// studies](crate::study::StudyBuilder::learn_from) where there are some, the best one is the centre. Its
/// untried neighbours, which differ in one parameter, are tried in random order; the first that is better is
/// the next centre. When all were tried the search goes on from the next best trial that has untried
/// neighbours (White, Nolen and Savani 2021, Exploring the loss landscape in neural architecture search, UAI;
/// first improvement). Simple, and hard to beat on small architecture spaces, but it stays in the valley in
/// which it starts.
///
/// Where several trials tie for the best, as with accuracies and trees, the centre is the one
/// nearest to the middle of those that no trial of another loss separates. So the search steps from
/// the middle of a plateau, and meets its edges on all sides.
///
/// Where legal points are so rare that a change of one parameter hardly ever gives one, several
/// change together.
///
/// A trial that was stopped early is no result. It takes the place among the others that its reports
/// let expect, and its neighbours are tried when those of better trials have been.
///
/// Feasible trials come before infeasible ones, which are ordered by how much they miss. With several goals
/// the best trial is the one with the most room on the front, so that the search goes on where the front is
/// thin.
///
/// Numbers with more than 64 values have no end of neighbours: they move by normal steps, whose width
/// halves whenever as many neighbours as there are parameters, twice over, were no better. Cost per
/// suggestion: a pass over the history, the distances of at most 200 trials that tie, and a
/// neighbour at a time in large spaces.
#[derive(Clone, Copy, Debug)]
pub struct LocalSearchSampler {
    start: usize,
}

impl Default for LocalSearchSampler {
    fn default() -> Self {
        LocalSearchSampler { start: 10 }
    }
}

impl LocalSearchSampler {
    /// Ten random trials, then local search.
    pub fn new() -> Self {
        Self::default()
    }

    /// Random trials before the search; from 1.
    pub fn start_trials(mut self, trials: usize) -> Self {
        self.start = trials;
        self
    }
}

impl Sampler for LocalSearchSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check(context.space())?;
        let history = context.history();
        let mut random = context.random();
        if history.distinct() < self.start {
            return match head_start(context, self.start.div_ceil(2)) {
                Some(point) => Ok(point.into()),
                None => context.sample_fresh(&mut random).map(Suggestion::from),
            };
        }
        for centre in plateau::ranked(context.space(), standings(history)) {
            if let Some(point) = neighbour(context, centre, &mut random) {
                let centre = Value::Int(centre.number() as i64);
                return Ok(Suggestion::from(point).note(CENTRE, centre));
            }
        }
        context.sample_fresh(&mut random).map(Suggestion::from)
    }

    fn check(&self, _space: &Space) -> Result<()> {
        if self.start == 0 {
            let remedy = "it must be at least 1";
            return Err(Error::InvalidOption { option: "start_trials", value: "0".into(), remedy });
        }
        Ok(())
    }
}

/// A random untried neighbour.
fn neighbour(context: &Context<'_>, centre: Standing<'_>, random: &mut Stream) -> Option<Point> {
    let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
        context.mask(chosen, axis, legal);
    };
    let edits = Edits { space: context.space(), mask: &mask };
    let mut width = WIDTH;
    if edits.has_steps(centre.point()) {
        let note = Value::Int(centre.number() as i64);
        let around = context.history().trials();
        let tried = around.filter(|trial| trial.notes().get(CENTRE) == Some(&note)).count();
        width *= 0.5f64.powi((tried / (2 * context.space().len().max(1))) as i32);
        if width < NARROWEST {
            return None;
        }
    }
    let mut seen = KeySet::default();
    let found = {
        let mut neighbours = edits.shuffled(centre.point(), width, random);
        neighbours.find(|point| seen.insert(context.key(point)) && context.is_untried(point))
    };
    // Where a change of one parameter is never legal, several must change together.
    found.or_else(|| context.is_rare().then(|| context.near(centre.point(), width, random))?)
}
