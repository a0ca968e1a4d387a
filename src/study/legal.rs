//! What a study may try: its space, and the constraints of the application.

use std::fmt;
use std::sync::Arc;

use super::guard::{catch, catch_further_out};
use crate::error::{Error, Result};
use crate::space::{Key, KeySet, Legality, Point, SearchSpace};

/// A condition that a config must meet, with the name that messages give it.
pub(super) struct Constraint<C> {
    name: String,
    judge: Judge<C>,
}

/// Whether a config may be tried, or why that cannot be said.
type Judge<C> = Box<dyn Fn(&C) -> Result<bool, String> + Send + Sync>;

impl<C> Constraint<C> {
    pub(super) fn new<R: IntoVerdict>(
        name: impl Into<String>,
        holds: impl Fn(&C) -> R + Send + Sync + 'static,
    ) -> Self {
        let judge = Box::new(move |config: &C| holds(config).into_verdict());
        Constraint { name: name.into(), judge }
    }

    /// Whether a config meets it. The one place where constraints are asked.
    fn holds(&self, config: &C) -> Result<bool> {
        let name = || format!("the constraint `{}`", self.name);
        let verdict = catch(name, || (self.judge)(config))?;
        verdict.map_err(|reason| Error::ConstraintFailed { constraint: self.name.clone(), reason })
    }
}

/// What a [constraint](super::StudyBuilder::constraint) may return: `bool`, or a `Result<bool>` with any
/// error.
#[diagnostic::on_unimplemented(
    message = "a constraint cannot return `{Self}`",
    label = "neither `bool` nor `Result<bool, _>`",
    note = "return whether the config may be tried: `bool`, or a `Result<bool, _>` with an error that \
            implements Display"
)]
pub trait IntoVerdict {
    /// Whether the config may be tried.
    ///
    /// # Errors
    /// Why that cannot be said.
    fn into_verdict(self) -> Result<bool, String>;
}

impl IntoVerdict for bool {
    fn into_verdict(self) -> Result<bool, String> {
        Ok(self)
    }
}

impl<E: fmt::Display> IntoVerdict for Result<bool, E> {
    fn into_verdict(self) -> Result<bool, String> {
        self.map_err(|error| format!("{error:#}"))
    }
}

/// A space with the constraints on its configs.
pub(super) struct Legal<C> {
    pub(super) space: Arc<dyn SearchSpace<Config = C>>,
    pub(super) constraints: Vec<Constraint<C>>,
    /// The keys of the points that the space lists.
    listed: Option<KeySet>,
}

/// What messages call the points of a space that lists them.
const LIST: &str = "the list of points";

impl<C> Legal<C> {
    pub(super) fn new(
        space: Arc<dyn SearchSpace<Config = C>>,
        constraints: Vec<Constraint<C>>,
    ) -> Result<Self> {
        let listed = catch(space_name, || {
            space.points().map(|points| points.iter().map(|point| space.key(point)).collect())
        })?;
        Ok(Legal { space, constraints, listed })
    }

    /// The config of a point.
    pub(super) fn decode(&self, point: &Point) -> Result<C> {
        catch(space_name, || self.space.decode(point))?
    }

    /// The point of a config, if that may be tried.
    pub(super) fn encode(&self, config: &C) -> Result<Point> {
        let point = catch(space_name, || self.space.encode(config))??;
        self.check(&point)?;
        Ok(point)
    }

    /// Refuses what may not be tried.
    pub(super) fn check(&self, point: &Point) -> Result<()> {
        match self.violated(point)? {
            Some(constraint) => Err(Error::ConstraintViolated { constraint }),
            None => Ok(()),
        }
    }
}

impl<C> Legality for Legal<C> {
    fn violated(&self, point: &Point) -> Result<Option<String>> {
        if let Some(rule) = catch(space_name, || self.space.space().violated(point))? {
            return Ok(Some(rule));
        }
        if let Some(listed) = &self.listed
            && !listed.contains(&self.key(point))
        {
            return Ok(Some(LIST.into()));
        }
        let config = self.decode(point)?;
        let violated = catch(space_name, || self.space.violated(&config).map(str::to_owned))?;
        if violated.is_some() {
            return Ok(violated);
        }
        for constraint in &self.constraints {
            if !constraint.holds(&config)? {
                return Ok(Some(constraint.name.clone()));
            }
        }
        Ok(None)
    }

    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        catch_further_out(&space_name(), || self.space.mask(chosen, axis, legal));
    }

    fn key(&self, point: &Point) -> Key {
        catch_further_out(&space_name(), || self.space.key(point))
    }

    fn points(&self) -> Option<&[Point]> {
        catch_further_out(&space_name(), || self.space.points())
    }

    fn place(&self, constraint: &str) -> usize {
        // What the space itself forbids is checked first.
        self.constraints.iter().position(|own| own.name == constraint).map_or(0, |at| at + 1)
    }
}

/// What messages call a search space of the application's own.
pub(super) fn space_name() -> String {
    "the search space".into()
}
