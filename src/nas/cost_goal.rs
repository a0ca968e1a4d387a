use crate::error::{Error, Result};

/// A goal for a measured cost, such as latency or energy, as part of the reward.
///
/// A limit that is known before training belongs in a
/// [`constraint`](crate::study::StudyBuilder::constraint), which costs no trial. What has to be
/// measured on the trained or the built network counts here: the objective returns the
/// [`reward`](Self::reward) in place of the score, in a study that maximizes.
///
/// With s the score, c the cost and T the target:
///
/// | goal | reward | source |
/// |---|---|---|
/// | [`factor`](Self::factor) | s (c/T)⁻ʷ | MnasNet, soft: w = 0.07 (Tan et al. 2019, CVPR, eq. 2) |
/// | … [`at_most`](Self::at_most) | s max(1, c/T)⁻ʷ | MnasNet, hard: w = 1 |
/// | [`absolute`](Self::absolute) | s − w \|c/T − 1\| | TuNAS (Bender et al. 2020, CVPR) |
/// | … [`at_most`](Self::at_most) | s − w max(0, c/T − 1) | |
/// | [`feasible_first`](Self::feasible_first) | s up to T, beyond it lowest − (c/T − 1) | Deb 2000, Comput. Methods Appl. Mech. Eng. 186 |
///
/// A factor lets score be traded for cost at all costs. The absolute form draws towards the target
/// from both sides, so that w matters less: networks well below a target give away score. The
/// last one has no weight to tune: every network within the limit is better than all beyond,
/// among which only the cost counts. That is right for samplers that see the order of results only,
/// as [`ControllerSampler`](crate::ControllerSampler), [`EvolutionSampler`](crate::EvolutionSampler)
/// and [`LocalSearchSampler`](crate::LocalSearchSampler) do; a model of the values sees a cliff.
///
/// ```
/// use tunewright::nas::{Chain, CostGoal, Network};
/// use tunewright::{Study, Trial};
///
/// let goal = CostGoal::factor(80.0, 0.07).at_most(); // milliseconds
/// # let accuracy_of = |network: &Network| 0.9 - 0.1 / network.depth() as f64;
/// # let latency_of = |network: &Network| 20.0 * network.depth() as f64;
/// let train = |network: Network, trial: &mut Trial| {
///     let (accuracy, latency) = (accuracy_of(&network), latency_of(&network));
///     trial.record("latency", latency);
///     goal.reward(accuracy, latency)
/// };
/// let space = Chain::new().decide("kernel", [3, 5]).depth(2..=8).build()?;
/// let study = Study::in_space(space).maximize().seed(1).build()?;
/// study.optimize(train, 10)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostGoal {
    target: f64,
    form: Form,
    one_sided: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Factor { weight: f64 },
    Absolute { weight: f64 },
    FeasibleFirst { lowest: f64 },
}

impl CostGoal {
    /// The score times (cost/target)⁻ʷ; scores from 0.
    ///
    /// With w = 0.07, twice the cost is worth 5% of the score.
    pub fn factor(target: f64, weight: f64) -> Self {
        CostGoal { target, form: Form::Factor { weight }, one_sided: false }
    }

    /// The score minus w |cost/target − 1|. For scores in `[0, 1]`, TuNAS has w = 0.07.
    pub fn absolute(target: f64, weight: f64) -> Self {
        CostGoal { target, form: Form::Absolute { weight }, one_sided: false }
    }

    /// The score up to a cost of `limit`; beyond it, less than `lowest`, the lowest score there can
    /// be (0 for an accuracy), by how far the limit is exceeded.
    pub fn feasible_first(limit: f64, lowest: f64) -> Self {
        CostGoal { target: limit, form: Form::FeasibleFirst { lowest }, one_sided: true }
    }

    /// Costs below the target count as the target.
    pub fn at_most(mut self) -> Self {
        self.one_sided = true;
        self
    }

    /// What a network with this score (larger is better) and this cost (in the target's unit) is worth.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if the target or the cost is not a positive number, if a weight is
    /// negative or no number, or if the score is no number, below 0 for
    /// [`factor`](Self::factor), or below the lowest for [`feasible_first`](Self::feasible_first).
    pub fn reward(&self, score: f64, cost: f64) -> Result<f64> {
        let positive = "use a positive number";
        check("target", self.target, self.target > 0.0 && self.target.is_finite(), positive)?;
        check("cost", cost, cost > 0.0 && cost.is_finite(), positive)?;
        check("score", score, score.is_finite(), "use a number")?;
        let ratio = cost / self.target;
        let ratio = if self.one_sided { ratio.max(1.0) } else { ratio };
        Ok(match self.form {
            Form::Factor { weight } => {
                check_weight(weight)?;
                let remedy = "a factor needs scores from 0; use CostGoal::absolute for others";
                check("score", score, score >= 0.0, remedy)?;
                score * ratio.powf(-weight)
            }
            Form::Absolute { weight } => {
                check_weight(weight)?;
                score - weight * (ratio - 1.0).abs()
            }
            Form::FeasibleFirst { lowest } => {
                check("lowest", lowest, lowest.is_finite(), "use a number")?;
                let remedy =
                    "use a score that is at least the lowest one of CostGoal::feasible_first";
                check("score", score, score >= lowest, remedy)?;
                if cost <= self.target { score } else { lowest - (ratio - 1.0) }
            }
        })
    }
}

fn check_weight(weight: f64) -> Result<()> {
    check("weight", weight, weight >= 0.0 && weight.is_finite(), "use a number from 0")
}

fn check(option: &'static str, value: f64, holds: bool, remedy: &'static str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: value.to_string(), remedy })
}
