//! The goals and outcome constraints of a study, as its builder takes them.

use super::builder::StudyBuilder;
use super::regret::Tolerance;
use crate::error::GoalError;
use crate::trial::{Bounds, Goal, Goals, TypedGoals, Weights};

impl<C> StudyBuilder<C> {
    /// Refuses what makes sense for one goal alone.
    pub(super) fn refuse_one_goal_options(&self, goals: &Goals) -> Result<(), GoalError> {
        let options = [
            ("target", self.rules.target.is_some()),
            ("stop_when_settled", self.rules.regret == Some(Tolerance::Learned)),
            ("stop_at_regret", self.rules.regret.is_some()),
            ("tie_breaker", self.tie_breaker.is_some()),
        ];
        match options.into_iter().find(|(_, is_set)| *is_set) {
            Some((option, _)) => Err(GoalError::OneGoalOnly { option, names: goals.names() }),
            None => Ok(()),
        }
    }

    /// Several goals, or one with a name or a limit, in place of those before. The objective returns their
    /// values in this order: an array, a tuple or a vector; or records each under its name and returns
    /// [`Recorded`](crate::trial::Recorded). For a struct with a field for each goal see
    /// [`goals_of`](Self::goals_of).
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::minimize;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let study = Study::in_space(space)
    ///     .goals([minimize("error"), minimize("latency_ms").limit(20.0)])
    ///     .build()?;
    /// let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
    ///     let width = p.float("width")?;
    ///     Ok([1.0 / width, 0.5 * width])
    /// };
    /// study.optimize(objective, 15)?;
    /// for trial in study.history()?.front() {
    ///     println!("{:?}", trial.record().values());
    /// }
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn goals(mut self, goals: impl IntoIterator<Item = Goal>) -> Self {
        self.goals = self.goals.and_then(|before| before.with_goals(goals));
        self
    }

    /// The goals and outcome constraints of the struct that the objective returns, in place of the goals
    /// before; [`TypedGoals`] shows such a struct.
    ///
    #[cfg_attr(feature = "derive", doc = "```")]
    #[cfg_attr(not(feature = "derive"), doc = "```ignore")]
    /// use tunewright::prelude::*;
    ///
    /// #[derive(Goals)]
    /// struct Measured {
    ///     #[goal(maximize)]
    ///     accuracy: f64,
    ///     #[goal(minimize, limit = 20.0)]
    ///     latency_ms: f64,
    /// }
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let study = Study::in_space(space).goals_of::<Measured>().build()?;
    /// let objective = |p: Params, _: &mut Trial| -> Result<Measured> {
    ///     let width = p.float("width")?;
    ///     Ok(Measured { latency_ms: 0.5 * width, accuracy: 1.0 - 1.0 / width })
    /// };
    /// study.optimize(objective, 15)?;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn goals_of<T: TypedGoals>(mut self) -> Self {
        let typed = T::goals();
        self.goals = self.goals.and_then(|before| {
            let constraints = typed.outcome_constraints().iter();
            let goals = before.with_goals(typed.goals().cloned())?;
            Ok(constraints.fold(goals, |goals, constraint| {
                goals.with_constraint(constraint.name.clone(), constraint.bounds)
            }))
        });
        self
    }

    /// What must hold of a metric that the objective [records](crate::Trial::record): `at_most(8e9)`, `at_least(0.9)` or
    /// `between(1.0, 2.0)`, in the metric's own units, both ends included. A trial for which it does not
    /// hold is never the best one and never on the front; the sampler learns where it holds.
    ///
    /// For what is known of a config before it is tried, see [`constraint`](Self::constraint).
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::at_most;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let study =
    ///     Study::in_space(space).outcome_constraint("latency_ms", at_most(20.0)).build()?;
    /// let objective = |p: Params, trial: &mut Trial| -> Result<f64> {
    ///     let width = p.float("width")?;
    ///     trial.record("latency_ms", 0.5 * width);
    ///     Ok(1.0 / width)
    /// };
    /// study.optimize(objective, 15)?;
    /// assert!(study.best()?.record().metrics()["latency_ms"] <= 20.0);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn outcome_constraint(mut self, name: impl Into<String>, bounds: Bounds) -> Self {
        self.goals = self.goals.map(|goals| goals.with_constraint(name, bounds));
        self
    }
    /// Which goals count more while the study searches: weights as those of
    /// [`compromise`](crate::Study::compromise). [`BayesianSampler`](crate::BayesianSampler) spends up to half of its
    /// suggestions on the compromise, once the ends of the front are known, and the others on all of the front. The
    /// other samplers search the front evenly, and with one goal there is nothing to prefer.
    ///
    /// A preference is that of this process: it is not kept with the study, and can be another one when the study
    /// goes on.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::minimize;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let wanted = [("error", 3.0), ("latency_ms", 1.0)];
    /// let study = Study::in_space(space)
    ///     .goals([minimize("error"), minimize("latency_ms")])
    ///     .prefer(wanted)
    ///     .build()?;
    /// let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
    ///     let width = p.float("width")?;
    ///     Ok([1.0 / width, 0.5 * width])
    /// };
    /// study.optimize(objective, 15)?;
    /// println!("{}", study.compromise(wanted)?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn prefer(mut self, weights: impl Into<Weights>) -> Self {
        self.goals = self.goals.map(|goals| goals.preferring(weights.into()));
        self
    }
}
