use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use super::Survey;
use crate::earlier::{Believed, Matched};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::space::{Key, Legality, Point, Space};
use crate::trial::{History, TrialRecord};

/// What a sampler sees when it suggests a point.
pub struct Context<'a> {
    pub(super) space: &'a Space,
    pub(super) history: &'a History,
    pub(super) legality: &'a dyn Legality,
    pub(super) survey: &'a Survey,
    pub(super) seed: u64,
    number: u64,
    attempt: u64,
    /// Why a constraint could not judge a point.
    failure: RefCell<Option<Error>>,
    /// Whether random points were drawn in vain.
    in_vain: Cell<bool>,
    /// Trials that can go on, if the sampler is to choose among them.
    paused: Vec<u64>,
    earlier: &'a [Matched],
    believed: &'a [Believed],
}

/// How many random points are drawn before legal ones are looked for in other ways. It bounds the time where
/// hardly a point is legal.
const DRAWS: u64 = 10_000;
/// The same where legal points are known to be rare: parts of the space from which no trial comes are only
/// found in this way. Not varied.
const RARE_DRAWS: u64 = 256;
/// How often a legal point is drawn in the hope that it was not tried. It bounds the time in a space that is
/// nearly used up.
const FRESH_DRAWS: usize = 100;
/// The same where legal points are rare. There each draw costs a walk.
const RARE_FRESH_DRAWS: usize = 8;
/// What rejects a point that cannot be completed, in messages.
pub(crate) const DEAD_END: &str = "the space's mask";

impl<'a> Context<'a> {
    pub(crate) fn new(
        space: &'a Space,
        history: &'a History,
        legality: &'a dyn Legality,
        survey: &'a Survey,
        seed: u64,
        (number, attempt): (u64, u64),
    ) -> Self {
        let (failure, in_vain) = (RefCell::default(), Cell::new(attempt > 0));
        let paused = Vec::new();
        Context {
            space,
            history,
            legality,
            survey,
            seed,
            number,
            attempt,
            failure,
            in_vain,
            paused,
            earlier: &[],
            believed: &[],
        }
    }

    /// The same with trials that can go on.
    pub(crate) fn with_paused(self, paused: Vec<u64>) -> Self {
        Context { paused, ..self }
    }

    /// The same with earlier studies, and with what a person believes.
    pub(crate) fn with_earlier(self, earlier: &'a [Matched], believed: &'a [Believed]) -> Self {
        Context { earlier, believed, ..self }
    }

    /// What a person believes of some parameters.
    pub(super) fn believed(&self) -> &'a [Believed] {
        self.believed
    }

    /// The earlier studies that the study [learns from](crate::study::StudyBuilder::learn_from), as its space
    /// sees them.
    pub fn earlier(&self) -> &'a [Matched] {
        self.earlier
    }

    /// The trials that were stopped early and can go on from their checkpoints, for samplers that
    /// [choose](super::Sampler::chooses_paused) among these and new configs.
    pub fn paused(&self) -> impl Iterator<Item = &'a TrialRecord> + '_ {
        self.paused.iter().filter_map(|&number| self.history.trial(number))
    }

    /// The axes and conditions.
    pub fn space(&self) -> &'a Space {
        self.space
    }

    /// The past, with running trials, oriented so that smaller is better.
    pub fn history(&self) -> &'a History {
        self.history
    }

    /// Number of the trial that the suggestion is for. Numbers ascend; not every one need be the
    /// sampler's, because people enqueue configs of their own.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The points to choose among, where the space lists them
    /// ([`SearchSpace::points`](crate::SearchSpace::points)). Constraints may forbid some of them.
    pub fn points(&self) -> Option<&'a [Point]> {
        self.legality.points()
    }

    /// How often this trial's suggestion was turned down before, as illegal or as a repeat.
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// The study's seed, for what a sampler draws once and for all.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The random stream of this trial and attempt, from its beginning.
    pub fn random(&self) -> Stream {
        let stream = Stream::new(self.seed, self.number);
        if self.attempt == 0 { stream } else { stream.fork(self.attempt) }
    }

    /// Whether the constraints allow a point. A config that cannot be decoded is not allowed. Where
    /// a constraint fails to judge, no further point is allowed, and the study fails the suggestion
    /// with its error.
    pub fn is_legal(&self, point: &Point) -> bool {
        self.violated(point).is_none()
    }

    /// What forbids a point; a config that cannot be decoded is forbidden, too.
    pub(super) fn violated(&self, point: &Point) -> Option<String> {
        if let Some(failure) = self.failure.borrow().as_ref() {
            return Some(failure.to_string());
        }
        self.legality.violated(point).unwrap_or_else(|error| {
            let text = error.to_string();
            if matches!(error, Error::ConstraintFailed { .. } | Error::Panicked { .. }) {
                *self.failure.borrow_mut() = Some(error);
            }
            Some(text)
        })
    }

    /// Whether no trial was at this point, or at one that counts as the same.
    pub fn is_new(&self, point: &Point) -> bool {
        !self.history.contains(self.legality.key(point))
    }

    /// Clears the flags of those levels of an axis that must not follow the values before it, for
    /// samplers that build a point axis by axis. `chosen` holds the natural values of the axes
    /// before this one, `None` where not active, and `legal` one flag for each of the axis'
    /// [masked levels](crate::space::Axis::masked_levels). Constraints that only a whole config can
    /// break are not in it.
    pub fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        self.legality.mask(chosen, axis, legal);
    }

    /// What tells a point apart from others; equal for points that count as the same.
    pub fn key(&self, point: &Point) -> Key {
        self.legality.key(point)
    }

    /// A random legal point under the distributions, whether fresh or not.
    ///
    /// Points are drawn until one is legal, 10,000 at most. Where legal points are rarer than that,
    /// the result is the end of a random walk through legal points that begins at a trial's. Without
    /// a trial, up to 600,000 points are looked at for a first legal one: corners of the ranges, the
    /// defaults and what is near them, points that cover the space, and moves among those that meet
    /// the first of several constraints.
    ///
    /// # Errors
    /// [`Error::ConstraintUnsatisfied`] if no legal point is found.
    pub fn sample(&self, random: &mut Stream) -> Result<Point> {
        let mut rejections = Rejections::default();
        if let Some(points) = self.points() {
            return self
                .any_of(points, random, &mut rejections, |_| true)?
                .ok_or_else(|| rejections.into_error(true));
        }
        let few = if self.in_vain.get() { 0 } else { RARE_DRAWS };
        for draw in 0..DRAWS {
            if draw == few && self.is_rare() {
                break;
            }
            let Some(point) = self.legality.draw(self.space, draw, random) else {
                rejections.add(DEAD_END.into());
                continue;
            };
            match self.legality.violated(&point)? {
                None => return Ok(point),
                Some(constraint) => rejections.add(constraint),
            }
        }
        self.in_vain.set(true);
        match self.walk(random, &mut rejections)? {
            Some(point) => Ok(point),
            None => Err(rejections.into_error(false)),
        }
    }

    /// Whether a point is [legal](Self::is_legal) and [fresh](Self::is_new).
    pub(super) fn is_untried(&self, point: &Point) -> bool {
        self.is_new(point) && self.is_legal(point)
    }

    /// A random one of some points, if one is legal and as wanted.
    pub(crate) fn any_of(
        &self,
        points: &[Point],
        random: &mut Stream,
        rejections: &mut Rejections,
        is_wanted: impl Fn(&Point) -> bool,
    ) -> Result<Option<Point>> {
        let mut order: Vec<usize> = (0..points.len()).collect();
        for at in 0..order.len() {
            let other = at + random.below((order.len() - at) as u64) as usize;
            order.swap(at, other);
            let point = &points[order[at]];
            if !is_wanted(point) {
                continue;
            }
            match self.legality.violated(point)? {
                None => return Ok(Some(point.clone())),
                Some(constraint) => rejections.add(constraint),
            }
        }
        Ok(None)
    }

    /// A random legal point that was not tried, if one is found in a few draws.
    pub(super) fn sample_fresh(&self, random: &mut Stream) -> Result<Point> {
        if let Some(points) = self.points() {
            let is_new = |point: &Point| self.is_new(point);
            if let Some(point) = self.any_of(points, random, &mut Rejections::default(), is_new)? {
                return Ok(point);
            }
        }
        let mut point = self.sample(random)?;
        let rare = self.in_vain.get() && self.is_rare();
        let draws = if rare { RARE_FRESH_DRAWS } else { FRESH_DRAWS };
        for _ in 0..draws {
            if self.is_new(&point) {
                break;
            }
            point = self.sample(random)?;
        }
        Ok(point)
    }

    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.failure.borrow_mut().take()
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("number", &self.number)
            .field("attempt", &self.attempt)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Which constraints rejected how many points.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rejections {
    by_constraint: BTreeMap<String, u64>,
    sampled: u64,
}

impl Rejections {
    pub(crate) fn add(&mut self, constraint: String) {
        self.sampled += 1;
        *self.by_constraint.entry(constraint).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, others: Rejections) {
        self.sampled += others.sampled;
        for (constraint, count) in others.by_constraint {
            *self.by_constraint.entry(constraint).or_default() += count;
        }
    }

    /// How many points were looked at.
    pub(crate) fn sampled(&self) -> u64 {
        self.sampled
    }

    /// Names the constraint that rejected most. `complete` says that there are no other points.
    pub(crate) fn into_error(self, complete: bool) -> Error {
        let sampled = self.sampled;
        let (constraint, rejected) = self.most();
        Error::ConstraintUnsatisfied { constraint, rejected, sampled, complete }
    }

    /// The same for all combinations of a grid.
    pub(super) fn into_grid_error(self) -> Error {
        let combinations = self.sampled;
        let (constraint, rejected) = self.most();
        Error::NoLegalCombination { constraint, rejected, combinations }
    }

    fn most(self) -> (String, u64) {
        let most = self.by_constraint.into_iter().max_by_key(|(_, count)| *count);
        most.unwrap_or_default()
    }
}
