//! Which hyperparameters matter.

mod fanova;
mod forest;
mod group;
mod ped_anova;
mod spread;
mod words;

use serde::{Deserialize, Serialize};

use super::effects::FlatPart;
use super::known::{Known, split};
use super::reading::{MetricScale, Reading};
use super::{Analysis, GOAL};
use crate::math::statistics::{mean, variance};
use crate::space::{Axis, Condition, Point, Space};
use crate::surrogate::{Encoding, Excess};
use crate::trial::{TrialRecord, TrialState};
use group::{Found, Group, groups};
use spread::Belief;

/// How much of a metric's variation over the whole space is due to each hyperparameter. The trials of a
/// search lie close together where it is good; so the shares are those of a Gaussian process of the
/// trials, averaged over the distributions of the space. Displays as a table for terminals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Importance {
    /// The goal that it is about, where the study has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// On which scale it varies.
    pub scale: MetricScale,
    /// How many of the values lay far from the others, as those of trainings that diverged, and
    /// count as less far.
    #[serde(default)]
    pub moved: usize,
    /// How many trials are nothing like what the others say of them, and count for little.
    #[serde(default)]
    pub outliers: usize,
    /// How many complete trials know the metric.
    pub trials: usize,
    /// How many trials that were stopped early count beside them, each by what it was expected to come
    /// to and by how far its reports tell that. Only the goal is expected of them.
    #[serde(default)]
    pub stopped: usize,
    /// The parameters that can vary, the most important first.
    pub parameters: Vec<ParameterImportance>,
    /// Which parameters may be the most important ones: one if the trials tell, and several if they
    /// cannot tell them apart. None if the trials do not show what matters.
    #[serde(default)]
    pub leading: Vec<String>,
    /// Pairs with more than a trace of interaction, the strongest first.
    pub interactions: Vec<Interaction>,
    /// The out-of-bag R² of a random forest: the share of the variance that it predicts of trials that
    /// it was not grown from, at most 1. Near or below zero the shares are those of chance, and more
    /// trials may change all of them. Where parameters exist under some choices only, the highest
    /// under any. `None` without trials that vary.
    pub out_of_bag_r2: Option<f64>,
    /// Of the goal: where parameters do nothing at the best value, whatever they do elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat_parts: Vec<FlatPart>,
}

/// The importance of one hyperparameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParameterImportance {
    /// Full name of the parameter.
    pub parameter: String,
    /// The share of the variance that its main effect makes (fANOVA; Hutter et al. 2014), at most 1.
    /// For a parameter that exists only under a choice it is the share of the variance where the
    /// parameter exists. So the shares of each branch add up to at most 1, as do those of the
    /// parameters that exist everywhere.
    pub share: f64,
    /// The standard deviation of the share over what the trials leave open.
    pub deviation: f64,
    /// The share of the variance over the whole space: of a parameter that exists only under a
    /// choice, it counts as much as that choice is probable. Parameters stand in this order.
    #[serde(default)]
    pub of_all: f64,
    /// The probability that no other parameter has a share that is larger by more than 0.05, over
    /// the whole space.
    #[serde(default)]
    pub first: f64,
    /// The choice under which it exists, as `model = deep`; `None` if it always does.
    #[serde(default)]
    pub within: Option<String>,
    /// How much it distinguishes the best tenth of the trials from all (PED-ANOVA; Watanabe et al.
    /// 2023), as a share of the sum over all parameters.
    pub best_region: f64,
    /// In how many of the trials that count it exists.
    pub trials: usize,
}

/// What two hyperparameters do only together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interaction {
    /// One parameter.
    pub first: String,
    /// The other.
    pub second: String,
    /// The share of the variance, beyond the main effects, from 0 to 1.
    pub share: f64,
}

/// The share of the trials that counts as the best.
const BEST: f64 = 0.1;
/// Shares that differ by less are as good as equal.
const AS_MUCH: f64 = 0.05;
/// How probable it must be that a parameter is the first, to be named as such; and how probable, as a share
/// of the most probable, to be named among those that may be. Not varied.
const SURE: f64 = 0.85;
const POSSIBLE: f64 = 0.25;
/// The out-of-bag R² from which on shares mean something. Not varied.
const SHOWS: f64 = 0.1;
/// Fewest trials that say anything.
const LEAST: usize = 3;
/// The smallest distinct spread, relative to the size of the values.
const ROUNDING: f64 = 1e-12;
/// Seed of the forests, so that the same trials give the same shares.
const SEED: u64 = 0x0066_616e_6f76_6121;

impl Analysis<'_> {
    /// Which hyperparameters matter for a metric: [`GOAL`] or the name of a recorded one, for which
    /// low values count as best. Without trials that know it, or if all of them are the same, the
    /// shares are zero.
    pub fn importance(&self, metric: &str) -> Importance {
        // A goal may also be called by its name.
        let own = self.about().as_deref() == Some(metric)
            || (self.is_of_errors() && self.trials.header().goals.position(metric) == Some(0));
        let metric = if own { GOAL } else { metric };
        let encoding = Encoding::new(self.space());
        let known = self.known(metric);
        let natural: Vec<f64> = known.iter().map(|known| known.value).collect();
        let Modelled { scale, moved, values, observed, excess } = Modelled::of(metric, &known);
        let losses: Vec<f64> = match metric {
            GOAL => natural.iter().map(|value| self.direction().orient(*value)).collect(),
            _ => natural,
        };
        let trials: Vec<&TrialRecord> = known.iter().map(|known| known.trial).collect();
        let complete = trials.iter().filter(|trial| trial.state() == TrialState::Complete).count();
        let axes = self.space().axes().iter().enumerate();
        let varying: Vec<(usize, &Axis)> =
            axes.filter(|(axis, _)| encoding.feature(*axis).is_some()).collect();
        let best = best(&losses);
        let mut parameters = best_regions(&varying, &encoding, &trials, &best);
        let mut interactions = Vec::new();
        let mut out_of_bag_r2: Option<f64> = None;
        let mut parts = Parts::default();
        let points: Vec<&Point> = trials.iter().map(|trial| trial.point()).collect();
        let belief = values
            .as_ref()
            .map(|_| Belief::new(&encoding, &points, &losses, (&observed[..], &excess), SEED));
        let groups = groups(&varying);
        for group in &groups {
            let (Some(values), Some(belief)) = (&values, &belief) else { break };
            // Where nothing varies, there is nothing to be believed either.
            let Some(most) = group.out_of_bag_r2(&encoding, &trials, values, SEED) else {
                continue;
            };
            out_of_bag_r2 = Some(out_of_bag_r2.map_or(most, |known: f64| known.max(most)));
            let Some(found) = group.shares(&encoding, belief, groups.len(), SEED) else { continue };
            let probability = group.probability(self.space());
            for (at, &axis) in found.axes.iter().enumerate() {
                if group.members.contains(&axis)
                    && let Some(own) = varying.iter().position(|(varying, _)| *varying == axis)
                {
                    let main = found.variances.main.iter().map(|parts| parts[at]);
                    (parameters[own].share, parameters[own].deviation) = found.share(at);
                    parts.add(own, probability, main);
                }
            }
            parts.add_whole(group.condition.is_none(), probability, &found.variances.whole);
            interactions.extend(group.interactions(&found, self.space().axes()));
        }
        for (own, one) in parameters.iter_mut().enumerate() {
            (one.of_all, one.first) = (parts.share(own), parts.first(own));
        }
        parameters.sort_by(|one, other| other.of_all.total_cmp(&one.of_all));
        interactions.sort_by(|one, other| other.share.total_cmp(&one.share));
        let shown = out_of_bag_r2.is_some_and(|share| share >= SHOWS);
        let leading = if shown { leading(&parameters) } else { Vec::new() };
        Importance {
            goal: self.about().filter(|_| metric == GOAL),
            metric: metric.to_owned(),
            scale,
            moved,
            outliers: belief.as_ref().map_or(0, |belief| belief.outliers),
            trials: complete,
            stopped: trials.len() - complete,
            parameters,
            leading,
            interactions,
            out_of_bag_r2,
            flat_parts: if metric == GOAL { self.flat_parts() } else { Vec::new() },
        }
    }
}

/// What distinguishes the best trials, parameter by parameter; the shares of the variance are still 0.
fn best_regions(
    varying: &[(usize, &Axis)],
    encoding: &Encoding,
    trials: &[&TrialRecord],
    best: &[bool],
) -> Vec<ParameterImportance> {
    let mut parameters: Vec<ParameterImportance> = varying
        .iter()
        .map(|&(axis, parameter)| ParameterImportance {
            parameter: parameter.name().to_owned(),
            share: 0.0,
            deviation: 0.0,
            of_all: 0.0,
            first: 0.0,
            within: parameter.condition().map(|condition| within(encoding.space(), condition)),
            best_region: distinction(encoding, axis, trials, best),
            trials: trials.iter().filter(|trial| trial.point().is_active(axis)).count(),
        })
        .collect();
    let sum: f64 = parameters.iter().map(|one| one.best_region).sum();
    if sum > 0.0 {
        parameters.iter_mut().for_each(|one| one.best_region /= sum);
    }
    parameters
}

/// A metric as it is modelled.
struct Modelled {
    scale: MetricScale,
    moved: usize,
    /// With mean 0 and deviation 1; `None` of too few, or if they are the same up to rounding.
    values: Option<Vec<f64>>,
    /// What a process takes for the values, and what adds to their variances.
    observed: Vec<f64>,
    excess: Excess,
}

impl Modelled {
    fn of(metric: &str, known: &[Known<'_>]) -> Self {
        let natural: Vec<f64> = known.iter().map(|known| known.value).collect();
        let reading = Reading::of(metric, &natural);
        let scale = reading.scale;
        let values: Vec<f64> = natural.iter().map(|value| reading.cut(*value)).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let unmoved = |value: f64, natural: f64| match scale {
            MetricScale::Linear => value == natural,
            MetricScale::Log => value == natural.ln(),
        };
        let pairs = values.iter().zip(&natural);
        let moved = pairs.filter(|(value, own)| !unmoved(**value, **own)).count();
        let differ = values.len() >= LEAST && high - low > ROUNDING * low.abs().max(high.abs());
        let none =
            Modelled { scale, moved, values: None, observed: vec![], excess: Excess::default() };
        if !differ {
            return none;
        }
        let reach = high - low;
        let scaled: Vec<f64> = values.iter().map(|value| (value - low) / reach).collect();
        let (centre, spread) = (mean(&scaled), variance(&scaled).sqrt());
        let standard = |natural: f64| ((reading.cut(natural) - low) / reach - centre) / spread;
        let (observed, excess) = split(known.iter().map(|known| known.on(standard)));
        Modelled {
            values: Some(scaled.iter().map(|value| (value - centre) / spread).collect()),
            excess,
            observed,
            ..none
        }
    }
}

/// What parameters make of the whole variance, draw by draw.
#[derive(Default)]
struct Parts {
    /// Of each parameter that has any.
    parts: Vec<(usize, Vec<f64>)>,
    /// Of the configs of all conditions, and of those of each.
    whole: Option<Vec<f64>>,
    conditional: Vec<f64>,
}

impl Parts {
    /// The variance that a parameter makes where it exists, and how probable that is.
    fn add(&mut self, own: usize, probability: f64, parts: impl Iterator<Item = f64>) {
        self.parts.push((own, parts.map(|part| probability * part).collect()));
    }

    fn add_whole(&mut self, is_all: bool, probability: f64, variances: &[f64]) {
        if is_all {
            self.whole = Some(variances.to_vec());
        }
        let missing = variances.len().saturating_sub(self.conditional.len());
        self.conditional.extend(std::iter::repeat_n(0.0, missing));
        let sums = self.conditional.iter_mut().zip(variances);
        sums.for_each(|(sum, variance)| *sum += probability * variance);
    }

    fn whole(&self) -> &[f64] {
        self.whole.as_deref().unwrap_or(&self.conditional)
    }

    /// The share of a parameter in the variance of everything.
    fn share(&self, own: usize) -> f64 {
        let Some((_, parts)) = self.parts.iter().find(|(of, _)| *of == own) else { return 0.0 };
        let shares = parts.iter().zip(self.whole()).filter(|(_, whole)| **whole > 0.0);
        mean(&shares.map(|(part, whole)| part / whole).collect::<Vec<f64>>()).clamp(0.0, 1.0)
    }

    /// In how many draws no other parameter makes clearly more.
    fn first(&self, own: usize) -> f64 {
        let Some((_, parts)) = self.parts.iter().find(|(of, _)| *of == own) else { return 0.0 };
        let draws = parts.iter().zip(self.whole()).enumerate();
        let is_first: Vec<f64> = draws
            .map(|(draw, (part, whole))| {
                let all = self.parts.iter().filter_map(|(_, parts)| parts.get(draw));
                let largest = all.copied().fold(0.0, f64::max);
                f64::from(u8::from(*part >= largest - AS_MUCH * whole))
            })
            .collect();
        if is_first.is_empty() { 0.0 } else { mean(&is_first) }
    }
}

/// The parameters that may matter most: the first one, if that is sure.
fn leading(parameters: &[ParameterImportance]) -> Vec<String> {
    let most = parameters.iter().map(|one| one.first).fold(0.0, f64::max);
    let is_sure = |one: &ParameterImportance| one.first >= SURE && one.first >= most;
    match parameters.first() {
        Some(one) if is_sure(one) => vec![one.parameter.clone()],
        _ => {
            let may_be = parameters.iter().filter(|one| one.first >= POSSIBLE * most);
            may_be.filter(|one| one.first > 0.0).map(|one| one.parameter.clone()).collect()
        }
    }
}

/// A condition in words.
fn within(space: &Space, condition: Condition) -> String {
    let axis = &space.axes()[condition.axis];
    let value = axis.distribution().value(condition.choice as f64);
    format!("{} = {}", axis.name(), value.rounded())
}

impl Group {
    /// The interactions among the members, and of members with what exists everywhere.
    fn interactions(&self, found: &Found, axes: &[Axis]) -> Vec<Interaction> {
        let mut interactions = Vec::new();
        for i in 1..found.axes.len() {
            for j in 0..i {
                let share = found.pair(i, j);
                let own = [i, j].iter().any(|at| self.members.contains(&found.axes[*at]));
                if own && share >= group::TRACE {
                    interactions.push(Interaction {
                        first: axes[found.axes[j]].name().to_owned(),
                        second: axes[found.axes[i]].name().to_owned(),
                        share,
                    });
                }
            }
        }
        interactions
    }
}

/// The best tenth, with all that are as good as its last.
fn best(losses: &[f64]) -> Vec<bool> {
    let mut sorted = losses.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = (BEST * losses.len() as f64).ceil() as usize;
    let last = sorted.get(count.saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
    losses.iter().map(|loss| *loss <= last).collect()
}

fn distinction(encoding: &Encoding, axis: usize, trials: &[&TrialRecord], best: &[bool]) -> f64 {
    let Some(feature) = encoding.feature(axis) else { return 0.0 };
    let codes: Vec<Option<f64>> = trials
        .iter()
        .map(|trial| trial.point())
        .map(|point| point.is_active(axis).then(|| encoding.encode_one(point, feature)))
        .collect();
    ped_anova::importance(encoding.features()[feature], &codes, best)
}

impl Importance {
    /// Whether the trials show what matters.
    pub(crate) fn is_shown(&self) -> bool {
        self.out_of_bag_r2.is_some_and(|share| share >= SHOWS)
    }

    /// The importance of a parameter.
    pub fn of(&self, parameter: &str) -> Option<&ParameterImportance> {
        self.parameters.iter().find(|one| one.parameter == parameter)
    }
}
