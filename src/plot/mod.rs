//! Pictures of a study, drawn as SVG.
//!
//! [`Study::pictures`](crate::Study::pictures) draws single [figures](Figure); architectures and the
//! policy of a controller become figures, too.

// `figure` is the paper, `scale`, `axes` and `legend` what stands around marks; then there is a file for
// each kind of picture.
mod axes;
mod contour;
mod curves;
mod decisions;
mod effects;
mod figure;
mod front;
mod gallery;
mod goals_over_trials;
mod history;
mod hypervolume;
mod importance;
mod isobands;
mod legend;
mod parallel;
mod parallel_goals;
mod rotatable;
mod runs;
mod scale;
mod slice;
mod stages;
mod standing;
mod timeline;

pub use figure::Figure;
pub(crate) use rotatable::Rotatable;

use crate::analysis::{Analysis, Effects, GOAL, Importance, Reference};
use crate::error::{Error, Result};
use crate::surrogate::Encoding;
use contour::Surface;
use runs::Runs;

/// Colours that are told apart in light and dark and by colour-blind people, after Okabe & Ito;
/// `--s0` to `--s8` is a ramp of growing weight. Light and dark follow the reader's setting, or the
/// attribute `data-theme` of the picture or of what surrounds it.
pub(crate) const STYLE: &str = include_str!("picture.css");

/// Pictures of the trials of a study. Each is a [`Figure`], empty and with the reason where the
/// trials have nothing for it.
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::{Params, Study, Trial};
///
/// let space = Space::builder()
///     .float("lr", 1e-5..=1e-1, Scale::Log)
///     .int("layers", 1..=6, Scale::Linear)
///     .build()?;
/// let study = Study::in_space(space).seed(1).build()?;
/// let train = |p: Params, _: &mut Trial| -> tunewright::Result<f64> {
///     Ok((p.float("lr")?.log10() + 3.0).powi(2) + 1.0 / p.float("layers")?)
/// };
/// study.optimize(train, 12)?;
///
/// let pictures = study.pictures()?;
/// let svg = pictures.history().to_svg(); // to be written to a file
/// let contour = pictures.contour("lr", "layers")?;
/// assert!(contour.to_svg().starts_with("<svg"));
/// assert!(pictures.learning_curves().is_empty());
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pictures<'s> {
    analysis: Analysis<'s>,
}

/// Parameters of which all pairs are among the contours of a page.
const CROSSED: usize = 8;

impl<'s> Analysis<'s> {
    /// Pictures of these trials.
    pub fn pictures(&self) -> Pictures<'s> {
        Pictures { analysis: self.clone() }
    }
}

impl Pictures<'_> {
    fn runs(&self) -> Runs<'_> {
        Runs::new(self.analysis.trials())
    }

    /// The goal of every trial in the order of their numbers, the best so far, and what failed; where
    /// there are limits or outcome constraints, the best feasible one so far, with infeasible trials hollow.
    ///
    /// With several goals the [`hypervolume`](Self::hypervolume) below the limits if every goal has one, or
    /// else each goal of every trial.
    pub fn history(&self) -> Figure {
        let runs = self.runs();
        if !runs.has_several_goals() {
            return history::figure(&runs);
        }
        let below_limits = hypervolume::figure(&runs, Reference::Limits);
        below_limits.unwrap_or_else(|_| goals_over_trials::figure(&runs))
    }

    /// The front of several goals. With two goals its steps, up to the limits, with the knee and the
    /// numbers of its trials; with three a panel for each pair of goals; with more the same as
    /// [`parallel_goals`](Self::parallel_goals). Dominated trials are grey, infeasible ones hollow; trials
    /// that are not complete are not shown. Empty with one goal.
    ///
    /// ```
    /// # use tunewright::space::{Params, Scale, Space};
    /// # use tunewright::trial::minimize;
    /// # use tunewright::{Result, Study, Trial};
    /// # let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let goals = [minimize("error"), minimize("latency_ms").limit(20.0)];
    /// let study = Study::in_space(space).goals(goals).seed(1).build()?;
    /// # let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
    /// #     let width = p.float("width")?;
    /// #     Ok([1.0 / width, 0.5 * width])
    /// # };
    /// study.optimize(objective, 15)?;
    /// let pictures = study.pictures()?;
    /// let front = pictures.front();
    /// println!("{}", front.caption());
    /// let grown = pictures.hypervolume([0.5, 20.0])?;
    /// # assert!(front.to_svg().contains("knee") && grown.to_svg().starts_with("<svg"));
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn front(&self) -> Figure {
        let runs = self.runs();
        match runs.trials.header().goals.len() {
            ..4 => front::figure(&runs),
            _ => parallel_goals::figure(&runs),
        }
    }

    /// A line for every trial across the axes of several goals, each with its better end at the top: the
    /// front in colour, dominated trials grey, infeasible ones dashed. Empty with one goal.
    pub fn parallel_goals(&self) -> Figure {
        parallel_goals::figure(&self.runs())
    }

    /// The front of three goals in space, for a page that can turn it.
    pub(crate) fn rotatable(&self) -> Option<Rotatable> {
        rotatable::rotatable(&self.runs())
    }

    /// The volume that the front dominates below a reference, trial by trial; see
    /// [`Trials::hypervolume`](crate::trial::Trials::hypervolume). With one goal it is the distance of the
    /// best feasible value from the reference.
    ///
    /// # Errors
    /// As [`Trials::hypervolume`](crate::trial::Trials::hypervolume).
    pub fn hypervolume(&self, reference: impl Into<Reference>) -> Result<Figure> {
        hypervolume::figure(&self.runs(), reference.into())
    }

    /// A line for every trial across the axes of all parameters; the best ones stand out.
    pub fn parallel_coordinates(&self) -> Figure {
        let runs = self.runs();
        parallel::figure(&runs, &runs.varying())
    }

    /// The goal over each parameter; of several goals the one that the [analysis](Analysis::goal) is about:
    /// `study.analysis()?.goal("latency_ms")?.pictures().slices()`.
    pub fn slices(&self) -> Figure {
        let runs = Runs::about(&self.analysis);
        slice::figure(&runs, &runs.varying())
    }

    /// The goal over one parameter, by its full name; the goal is that of [`slices`](Self::slices).
    ///
    /// # Errors
    /// [`Error::UnknownParameter`].
    pub fn slice(&self, parameter: &str) -> Result<Figure> {
        let axis = self.analysis.space().require(parameter)?;
        let runs = Runs::about(&self.analysis);
        Ok(slice::figure(&runs, &[(axis, runs.name(axis))]).titled(parameter))
    }

    /// What the model of the goal expects over two parameters, by their full names; the others are
    /// as in the best trial. The goal is that of [`slices`](Self::slices).
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], and [`Error::InvalidOption`] if both are the same.
    pub fn contour(&self, x: &str, y: &str) -> Result<Figure> {
        let space = self.analysis.space();
        let (x, y) = (space.require(x)?, space.require(y)?);
        if x == y {
            let value = space.axes()[x].name().to_owned();
            let remedy = "a contour has two different parameters";
            return Err(Error::InvalidOption { option: "y", value, remedy });
        }
        let figures = self.contours(&[x, y]);
        let figure = figures.into_iter().map(|(_, figure)| figure).next();
        Ok(figure.unwrap_or_else(|| {
            Figure::empty(
                contour::TITLE,
                "There are too few trials, or too similar ones, for a model.",
            )
        }))
    }

    /// All pairs of some parameters.
    fn contours(&self, axes: &[usize]) -> Vec<([usize; 2], Figure)> {
        let encoding = Encoding::new(self.analysis.space());
        let runs = Runs::about(&self.analysis);
        let goal = self.analysis.series().into_iter().find(|series| series.name == GOAL);
        let response = goal.and_then(|goal| self.analysis.response(&encoding, &goal));
        let (Some(response), Some(best)) = (response, runs.best_in_the_goal()) else {
            return Vec::new();
        };
        let around = best.point();
        let surface = Surface { runs: &runs, encoding: &encoding, response: &response, around };
        let mut figures = Vec::new();
        for (at, &x) in axes.iter().enumerate() {
            for &y in &axes[at + 1..] {
                let (x_name, y_name) = (runs.name(x), runs.name(y));
                figures.push(([x, y], surface.figure((x, &x_name), (y, &y_name))));
            }
        }
        figures
    }

    /// What each parameter does to a metric, averaged over the others, with bands: the goal under
    /// the name [`GOAL`], or a metric that was recorded.
    ///
    /// # Errors
    /// As [`Analysis::effects`].
    pub fn effects(&self, metric: &str) -> Result<Figure> {
        Ok(self.effects_of(&self.analysis.effects()?, metric, &self.runs().varying()))
    }

    fn effects_of(&self, effects: &Effects, metric: &str, axes: &[(usize, String)]) -> Figure {
        effects::figure(effects, metric, self.analysis.space(), axes)
    }

    /// Which parameters matter for the goal.
    pub fn importance(&self) -> Figure {
        self.importance_in(&self.analysis.importance(GOAL))
    }

    fn importance_in(&self, importance: &Importance) -> Figure {
        let runs = self.runs();
        let name = |full: &str| match self.analysis.space().position(full) {
            Some(axis) => runs.name(axis),
            None => full.to_owned(),
        };
        importance::figure(importance, name)
    }

    /// What trials reported, step by step; of several goals each in a panel of its own.
    pub fn learning_curves(&self) -> Figure {
        curves::figure(&self.runs())
    }

    /// When trials ran, and how many at a time.
    pub fn timeline(&self) -> Figure {
        timeline::figure(&self.runs())
    }

    /// How the stages of a coarse-to-fine [grid](crate::GridSampler) narrow the parameters.
    pub fn stages(&self) -> Figure {
        let runs = self.runs();
        stages::figure(&runs, &runs.varying())
    }

    /// What a controller decided as it learned: the entropy of its policy, and which options were
    /// chosen. The probabilities of one policy are a [`Figure`] made from its
    /// [`PolicyView`](crate::sampler::controller::PolicyView).
    pub fn decisions(&self) -> Figure {
        let runs = self.runs();
        decisions::over_time(&runs, &runs.varying())
    }
}
