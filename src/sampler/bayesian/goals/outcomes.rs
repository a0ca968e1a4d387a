use super::magnified::magnified;
use crate::math::special::normal_cdf;
use crate::sampler::bayesian::earlier::Earlier;
use crate::sampler::bayesian::incremental_model::IncrementalModel;
use crate::sampler::bayesian::training_data::{Outcomes, TrainingData};
use crate::sampler::bayesian::unfinished::LastFit;
use crate::surrogate::{
    Codes, Compression, Encoding, Noise, OutcomeTransform, Posterior, SurrogateOptions, Target,
};
use crate::trial::Goals;

/// The processes of the goals and of the outcome constraints, kept from call to call.
#[derive(Debug, Default)]
pub(in crate::sampler::bayesian) struct OutcomeModels {
    pub(super) earlier: Earlier,
    goals: Vec<(Target, IncrementalModel)>,
    /// Of a single goal, as seen from the feasible trials.
    magnified: Option<IncrementalModel>,
    constraints: Vec<IncrementalModel>,
    /// Of the scores of each goal, where trials were stopped early.
    pub(super) scores: Vec<LastFit>,
}

/// What is believed of goals and outcome constraints, running trials included.
pub(super) struct Beliefs<'m> {
    pub(super) goals: Vec<Goal<'m>>,
    pub(super) constraints: Vec<Constraint<'m>>,
    /// The transformed losses of what is feasible, or probably will be.
    pub(super) feasible: Vec<Vec<f64>>,
}

pub(super) struct Goal<'m> {
    pub(super) posterior: &'m Posterior,
    pub(super) compression: Compression,
    /// The transformed losses of all observations.
    pub(super) values: Vec<f64>,
}

/// An outcome constraint holds where its process is below the threshold.
pub(super) struct Constraint<'m> {
    pub(super) posterior: &'m Posterior,
    pub(super) threshold: f64,
}

/// How much better than believed a running trial is taken to be in each goal, in standard deviations: else
/// the trials beside it are worth most just beyond what is believed of it.
const PENDING_OPTIMISM: f64 = 1.0;

impl OutcomeModels {
    /// Models that are to learn from earlier studies.
    pub(in crate::sampler::bayesian) fn beside(earlier: &Earlier) -> Self {
        OutcomeModels { earlier: earlier.clone(), ..OutcomeModels::default() }
    }

    /// Brings all processes up to date. `start` is the number of trials that show what is usual, and `believed` are
    /// places that count as observed at what is believed of them.
    pub(super) fn update(
        &mut self,
        options: SurrogateOptions,
        goals: &Goals,
        start: usize,
        encoding: &Encoding,
        past: &TrainingData,
        believed: &[Codes],
    ) -> Beliefs<'_> {
        let SurrogateOptions { kernel, noise, .. } = options;
        let targets: Vec<Target> = goals
            .goals()
            .map(|goal| {
                let reference = goal.limit.map(|limit| goal.direction.orient(limit));
                Target::Goal { reference, start }
            })
            .collect();
        if !self.goals.iter().map(|(target, _)| target).eq(&targets) {
            let new = |(goal, target)| {
                let model = IncrementalModel::new(kernel, noise, target, true);
                (target, model.beside(self.earlier.of_goal(goal)))
            };
            self.goals = targets.into_iter().enumerate().map(new).collect();
            self.magnified = None;
        }
        let ends = past.outcomes.iter().map(|outcomes| outcomes.violations.len()).max();
        self.constraints.resize_with(ends.unwrap_or(0), || {
            IncrementalModel::new(kernel, Noise::Negligible, Target::Constraint, false)
        });

        let magnified = &mut self.magnified;
        let mut modelled = model_goals(&mut self.goals, magnified, options, goals, encoding, past);
        let mut limited = model_constraints(&mut self.constraints, encoding, past);
        let mut feasible = feasible(&modelled, noise, past);
        for codes in believed {
            feasible.extend(anticipate(codes, &mut modelled, &mut limited));
        }
        Beliefs {
            goals: modelled
                .into_iter()
                .map(|(posterior, compression, values)| Goal { posterior, compression, values })
                .collect(),
            constraints: limited
                .into_iter()
                .map(|(posterior, threshold)| Constraint { posterior, threshold })
                .collect(),
            feasible,
        }
    }
}

/// A process, and what its targets became.
type Modelled<'m> = (&'m mut Posterior, Compression, Vec<f64>);

fn model_goals<'m>(
    models: &'m mut [(Target, IncrementalModel)],
    magnified: &'m mut Option<IncrementalModel>,
    options: SurrogateOptions,
    goals: &Goals,
    encoding: &Encoding,
    past: &TrainingData,
) -> Vec<Modelled<'m>> {
    let SurrogateOptions { kernel, noise, .. } = options;
    let mut modelled = Vec::new();
    let mut magnified = Some(magnified);
    for (at, (target, model)) in models.iter_mut().enumerate() {
        let losses: Vec<f64> = past.outcomes.iter().map(|outcomes| outcomes.losses[at]).collect();
        // What a trial says of its noise is that of the first goal.
        let unknown = vec![None; losses.len()];
        let deviations = if at == 0 { &past.deviations } else { &unknown };
        if let Some(seen) = seen_from_feasible(goals, &losses, past)
            && let Some(magnified) = magnified.take()
        {
            let model = magnified.get_or_insert_with(|| {
                IncrementalModel::new(kernel, noise, OutcomeTransform::Standardized, true)
            });
            let known = model.update(encoding, &past.rows, &seen, &unknown);
            modelled.extend(known.map(|(posterior, values)| {
                (posterior, Compression::fit(*target, &losses), values)
            }));
            continue;
        }
        if let Some((posterior, values)) = model.update(encoding, &past.rows, &losses, deviations) {
            modelled.push((posterior, Compression::fit(*target, &losses), values));
        }
    }
    modelled
}

/// The processes of the outcome constraints, with the thresholds below which these hold.
fn model_constraints<'m>(
    models: &'m mut [IncrementalModel],
    encoding: &Encoding,
    past: &TrainingData,
) -> Vec<(&'m mut Posterior, f64)> {
    let mut limited = Vec::new();
    for (at, model) in models.iter_mut().enumerate() {
        let told = |row: &usize| past.outcomes[*row].violations.get(at).copied();
        let known: Vec<(usize, f64)> = (0..past.rows.len())
            .filter_map(|row| Some((row, told(&row).filter(|value| !value.is_nan())?)))
            .collect();
        let rows: Vec<Codes> = known.iter().map(|(row, _)| past.rows[*row].clone()).collect();
        let values: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        if let Some((posterior, _)) =
            model.update(encoding, &rows, &values, &vec![None; rows.len()])
        {
            let threshold = Compression::fit(Target::Constraint, &values).apply(0.0);
            limited.push((posterior, threshold));
        }
    }
    limited
}

/// Takes a trial that runs for observed at what is believed of it. Its losses, if it will probably be
/// feasible.
fn anticipate(
    codes: &[f64],
    goals: &mut [Modelled<'_>],
    constraints: &mut [(&mut Posterior, f64)],
) -> Option<Vec<f64>> {
    let mut chance = 1.0;
    for (posterior, threshold) in constraints {
        let (mean, variance) = posterior.predict(codes);
        chance *= normal_cdf((*threshold - mean) / variance.sqrt());
        posterior.condition_on_mean(codes);
    }
    let believed = goals.iter_mut().map(|(posterior, ..)| {
        let (_, variance) = posterior.predict(codes);
        posterior.condition_on_mean(codes) - PENDING_OPTIMISM * variance.sqrt()
    });
    let believed: Vec<f64> = believed.collect();
    (chance > 0.5).then_some(believed)
}

/// The losses of a single goal under outcome constraints for every second suggestion, as long as a model of
/// them that is made anew costs little.
fn seen_from_feasible(goals: &Goals, losses: &[f64], past: &TrainingData) -> Option<Vec<f64>> {
    let has_limit = goals.goals().any(|goal| goal.limit.is_some());
    let is_constrained = past.outcomes.iter().any(|outcomes| !outcomes.violations.is_empty());
    let is_due = losses.len().is_multiple_of(2) && losses.len() <= MOST_MAGNIFIED;
    if goals.len() > 1 || has_limit || !is_constrained || !is_due {
        return None;
    }
    let feasible: Vec<bool> = past.outcomes.iter().map(Outcomes::are_feasible).collect();
    magnified(losses, &feasible)
}

/// Trials beyond which losses are not seen from the feasible ones: their scale changes with each. It bounds
/// the time, and was not varied.
const MOST_MAGNIFIED: usize = 100;

/// The transformed losses of the feasible observations; under noise, what is believed of them.
fn feasible(goals: &[Modelled<'_>], noise: Noise, past: &TrainingData) -> Vec<Vec<f64>> {
    let believed = |(posterior, _, values): &Modelled<'_>| {
        let believed: Vec<f64> = posterior.believed().collect();
        // Of very many observations a part is modelled.
        if noise.incumbent_is_noisy() && believed.len() == values.len() {
            believed
        } else {
            values.clone()
        }
    };
    let columns: Vec<Vec<f64>> = goals.iter().map(believed).collect();
    let is_feasible = |row: &usize| past.outcomes[*row].are_feasible();
    let rows = (0..past.rows.len()).filter(is_feasible);
    rows.map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}
