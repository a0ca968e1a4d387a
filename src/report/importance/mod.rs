//! Which hyperparameters matter.

mod fanova;
mod forest;
mod ped_anova;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::analysis::{Analysis, GOAL};
use super::response::{MetricScale, on_scale};
use super::text::{self, Align};
use crate::error::Result;
use crate::space::{Axis, Distribution};
use crate::study::Study;
use crate::surrogate::Encoding;
use crate::trial::TrialRecord;
use forest::Data;

/// How much of a metric's variation is due to each hyperparameter. Displays as a table for
/// terminals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Importance {
    /// Name of the metric.
    pub metric: String,
    /// On which scale it varies.
    pub scale: MetricScale,
    /// How many complete trials know the metric.
    pub trials: usize,
    /// The parameters that can vary, the most important first.
    pub parameters: Vec<ParameterImportance>,
    /// Pairs with more than a trace of interaction, the strongest first.
    pub interactions: Vec<Interaction>,
    /// How much of the variance is foretold of trials from the others, at most 1. Where that is little
    /// or nothing (zero and below), shares are those of chance: more trials may change all of them.
    /// Where parameters exist under some choices only, the most that is foretold under any. `None`
    /// without trials that vary.
    pub foretold: Option<f64>,
}

/// The importance of one hyperparameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParameterImportance {
    /// Full name of the parameter.
    pub parameter: String,
    /// The share of the variance that its main effect makes (fANOVA; Hutter et al. 2014), from 0 to
    /// 1. Of a parameter that exists only under a choice: of the variance where it does.
    pub share: f64,
    /// The standard deviation of the share over the trees of the forest.
    pub deviation: f64,
    /// How much it distinguishes the best tenth of the trials from all (PED-ANOVA; Watanabe et al.
    /// 2023), as a share of the sum over all parameters.
    pub best_region: f64,
    /// In how many trials it exists.
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

/// Interactions below this share are not listed.
const TRACE: f64 = 0.005;
/// Most trials that a forest is grown from; of more, an even part.
const MOST: usize = 1000;
/// The share of the trials that counts as the best.
const BEST: f64 = 0.1;
/// Seed of the forests, so that the same trials give the same shares.
const SEED: u64 = 0x0066_616e_6f76_6121;

impl<C> Study<C> {
    /// Which hyperparameters matter for the goal.
    ///
    /// # Errors
    /// The storage failed.
    pub fn importance(&self) -> Result<Importance> {
        Ok(self.analysis()?.importance(GOAL))
    }
}

impl Analysis<'_> {
    /// Which hyperparameters matter for a metric: [`GOAL`] or the name of a recorded one, for which
    /// low values count as best. Without trials that know it, the shares are zero.
    pub fn importance(&self, metric: &str) -> Importance {
        let encoding = Encoding::new(self.space());
        let complete = self.complete();
        let known: Vec<(&TrialRecord, f64)> = complete
            .into_iter()
            .filter_map(|trial| Some((trial, self.measured(trial, metric)?)))
            .collect();
        let natural: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        let (scale, values) = on_scale(metric, &natural);
        let losses: Vec<f64> = match metric {
            GOAL => natural.iter().map(|value| self.direction().orient(*value)).collect(),
            _ => natural,
        };
        let trials: Vec<&TrialRecord> = known.iter().map(|(trial, _)| *trial).collect();
        let axes = self.space().axes().iter().enumerate();
        let varying: Vec<(usize, &Axis)> =
            axes.filter(|(axis, _)| encoding.feature(*axis).is_some()).collect();
        let best = best(&losses);
        let mut parameters: Vec<ParameterImportance> = varying
            .iter()
            .map(|&(axis, parameter)| ParameterImportance {
                parameter: parameter.name().to_owned(),
                share: 0.0,
                deviation: 0.0,
                best_region: distinction(&encoding, axis, &trials, &best),
                trials: trials.iter().filter(|trial| trial.point().is_active(axis)).count(),
            })
            .collect();
        let sum: f64 = parameters.iter().map(|one| one.best_region).sum();
        if sum > 0.0 {
            parameters.iter_mut().for_each(|one| one.best_region /= sum);
        }
        let mut interactions = Vec::new();
        let mut foretold: Option<f64> = None;
        for group in groups(&varying) {
            let Some(found) = group.shares(&encoding, &trials, &values) else { continue };
            for (at, &axis) in found.axes.iter().enumerate() {
                if group.members.contains(&axis)
                    && let Some(own) = varying.iter().position(|(varying, _)| *varying == axis)
                {
                    parameters[own].share = found.shares.main[at];
                    parameters[own].deviation = found.shares.deviations[at];
                }
            }
            let most = found.shares.foretold.into_iter().chain(foretold);
            foretold = most.max_by(f64::total_cmp);
            interactions.extend(group.interactions(&found, self.space().axes()));
        }
        parameters.sort_by(|one, other| other.share.total_cmp(&one.share));
        interactions.sort_by(|one, other| other.share.total_cmp(&one.share));
        let metric = metric.to_owned();
        Importance { metric, scale, trials: trials.len(), parameters, interactions, foretold }
    }
}

/// Parameters that exist under the same condition, and are compared where they do.
struct Group {
    /// An axis that is active just where the members are; `None` for those that always are.
    members: Vec<usize>,
}

struct Found {
    axes: Vec<usize>,
    shares: fanova::Shares,
}

fn groups(varying: &[(usize, &Axis)]) -> Vec<Group> {
    let mut conditions = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    for (axis, parameter) in varying {
        let condition = parameter.condition();
        match conditions.iter().position(|known| *known == condition) {
            Some(at) => groups[at].members.push(*axis),
            None => {
                conditions.push(condition);
                groups.push(Group { members: vec![*axis] });
            }
        }
    }
    groups
}

impl Group {
    /// The shares of all parameters that exist wherever the members do.
    fn shares(
        &self,
        encoding: &Encoding,
        trials: &[&TrialRecord],
        values: &[f64],
    ) -> Option<Found> {
        let first = *self.members.first()?;
        let rows: Vec<usize> =
            (0..trials.len()).filter(|&row| trials[row].point().is_active(first)).collect();
        let rows: Vec<usize> =
            rows.iter().copied().step_by(rows.len().div_ceil(MOST).max(1)).collect();
        let everywhere =
            |axis: &usize| rows.iter().all(|&row| trials[row].point().is_active(*axis));
        let all = 0..encoding.space().len();
        let axes: Vec<usize> =
            all.filter(|axis| encoding.feature(*axis).is_some()).filter(everywhere).collect();
        let codes: Vec<Vec<f64>> =
            rows.iter().map(|&row| encoding.encode(trials[row].point())).collect();
        let own: Vec<usize> = axes.iter().filter_map(|axis| encoding.feature(*axis)).collect();
        let data = Data {
            features: own.iter().map(|&at| encoding.features()[at]).collect(),
            weights: own.iter().map(|&at| weights(encoding.axis(at))).collect(),
            columns: own.iter().map(|&at| codes.iter().map(|row| row[at]).collect()).collect(),
            values: rows.iter().map(|&row| values[row]).collect(),
        };
        fanova::shares(&data, SEED).map(|shares| Found { axes, shares })
    }

    /// The interactions among the members, and of members with what exists everywhere.
    fn interactions(&self, found: &Found, axes: &[Axis]) -> Vec<Interaction> {
        let mut interactions = Vec::new();
        for i in 1..found.axes.len() {
            for j in 0..i {
                let share = found.shares.pairs[i * (i - 1) / 2 + j];
                let own = [i, j].iter().any(|at| self.members.contains(&found.axes[*at]));
                if own && share >= TRACE {
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

/// The probabilities of choices.
fn weights(axis: &Axis) -> Vec<f64> {
    match axis.distribution() {
        Distribution::Choice(choice) => {
            (0..choice.labels().len()).map(|index| choice.probability(index)).collect()
        }
        Distribution::Numeric(_) => Vec::new(),
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
    pub(in crate::report) fn is_shown(&self) -> bool {
        self.foretold.is_none_or(|share| share >= SHOWS)
    }

    /// The importance of a parameter.
    pub fn of(&self, parameter: &str) -> Option<&ParameterImportance> {
        self.parameters.iter().find(|one| one.parameter == parameter)
    }
}

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let names: Vec<String> =
            self.parameters.iter().map(|one| text::fit(&one.parameter, NAME)).collect();
        let width = names.iter().map(|name| text::width(name)).max().unwrap_or(0).max(9);
        let title = text::pad("parameter", width, Align::Left);
        write!(f, "{title}  of variance  for the best")?;
        for (one, name) in self.parameters.iter().zip(&names) {
            let name = text::pad(name, width, Align::Left);
            write!(f, "\n{name}  {:>11}  {:>12}", percent(one.share), percent(one.best_region))?;
        }
        for pair in self.interactions.iter().take(SHOWN) {
            let (first, second) = (text::fit(&pair.first, NAME), text::fit(&pair.second, NAME));
            write!(f, "\n{first} with {second}: {} more", percent(pair.share))?;
        }
        match self.foretold {
            Some(share) if share >= SHOWS => {
                write!(f, "\n{} of the variance is foretold from other trials", percent(share))
            }
            Some(_) => write!(f, "\n{NOT_SHOWN}"),
            None => Ok(()),
        }
    }
}

/// The share that must be foretold before shares mean something.
const SHOWS: f64 = 0.1;
const NOT_SHOWN: &str =
    "the trials do not show yet what matters: none can be foretold from the others";

/// Widest name, and how many interactions are shown.
const NAME: usize = 30;
const SHOWN: usize = 5;
