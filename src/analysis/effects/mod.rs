//! What each hyperparameter does to each metric.

mod curve;
mod flat;
mod next_experiment;
mod shape;
mod support;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::known::{Known, stopped_in_words};
use super::reading::MetricScale;
use super::{Analysis, GOAL};
use crate::error::Result;
use crate::space::{Point, Value};
use crate::surrogate::Encoding;
use crate::trial::{Direction, TrialRecord, metric};

pub(super) use curve::Curve;
pub(crate) use flat::in_words as flat_in_words;
pub use flat::{FlatOver, FlatPart};
pub(super) use words::short;

/// The effects of all hyperparameters on all metrics, as the trials show them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effects {
    /// The goal that they are about, where the study has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// How many complete trials there are.
    pub trials: usize,
    /// How many trials that were stopped early count for the goal, each by what it was expected to come
    /// to and by how far its reports tell that.
    #[serde(default)]
    pub stopped: usize,
    /// By metric and then by parameter, in the order of the space.
    pub effects: Vec<Effect>,
    /// A plain sentence for each parameter that can vary, in the order of the space.
    pub sentences: Vec<Sentence>,
    /// Where hyperparameters do nothing at the best value, in the order of the space: goals tie there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat_parts: Vec<FlatPart>,
}

/// What a hyperparameter does, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sentence {
    /// Full name of the parameter.
    pub parameter: String,
    /// What it does to training error, gap, goal and time, or that the trials do not show it yet.
    pub text: String,
    /// Whether it says more than that nothing is shown yet.
    #[serde(default)]
    pub shown: bool,
}

/// The effect of one hyperparameter on one metric: what the metric is on average over the other
/// hyperparameters, as they are in the trials (partial dependence; Friedman 2001, section 8.2),
/// under a Gaussian process. For a parameter that exists only under a choice, the trials in which it
/// exists count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// Full name of the parameter.
    pub parameter: String,
    /// Name of the metric.
    pub metric: String,
    /// On which scale the effect is to be read.
    pub scale: MetricScale,
    /// Whether neighbouring points belong together, or each is a choice of its own.
    pub ordered: bool,
    /// The curve, over the parameter's range or its choices.
    pub points: Vec<EffectPoint>,
    /// What the curve does between the lowest and the highest value that were tried.
    pub trend: Trend,
    /// The probability that it does just that: from 0.5 to 1; 0 for a trend that is not shown.
    pub certainty: f64,
    /// How many standard deviations the curve at the highest value tried lies above that at the
    /// lowest; 0 for choices without an order.
    pub rise: f64,
    /// In how many trials the parameter existed and the metric is known, or expected of trials that
    /// were stopped.
    pub trials: usize,
    /// Where the trend is not shown: which trial would tell most.
    pub next_experiment: Option<NextExperiment>,
    /// Where the trend is not shown because another parameter changed together with this one, so
    /// that either explains the trials as well: the full name of that one.
    #[serde(default)]
    pub confounded_with: Option<String>,
    /// Whether nearly all of the better half of the trials have about the same value.
    #[serde(default)]
    pub hardly_varied: bool,
}

/// A point of an effect's curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EffectPoint {
    /// The parameter's value.
    pub value: Value,
    /// Its place in the parameter's range, from 0 to 1; the index for choices without an order.
    pub position: f64,
    /// The metric on average.
    pub mean: f64,
    /// The lower end of the band that holds the average with a probability of 95 %.
    pub low: f64,
    /// The upper end of that band.
    pub high: f64,
    /// Whether it lies between values that were tried.
    pub tried: bool,
}

/// What a curve does as its parameter rises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trend {
    /// It rises, and most of that above or below some value, if these are given.
    Rises(Interval),
    /// It falls, and most of that above or below some value, if these are given.
    Falls(Interval),
    /// It falls and rises again; lowest near this value.
    Valley {
        /// Where it is lowest.
        at: Value,
    },
    /// It rises and falls again; highest near this value.
    Peak {
        /// Where it is highest.
        at: Value,
    },
    /// Choices without an order differ.
    Differs {
        /// The choice with the lowest metric.
        lowest: Value,
        /// The choice with the highest.
        highest: Value,
    },
    /// It changes so little that it hardly matters.
    Flat,
    /// The trials do not show it yet.
    NotShown,
}

/// Where most of a rise or fall takes place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// Above this value; `None` if from the beginning.
    pub above: Option<Value>,
    /// Up to this value; `None` if to the end.
    pub up_to: Option<Value>,
}

/// The trial that would tell most about an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextExperiment {
    /// The config: the parameters that exist, with their values.
    pub parameters: Vec<(String, Value)>,
    /// The expected reduction of the effect's standard deviation, from 0 to 1.
    pub deviation_reduction: f64,
}

impl Analysis<'_> {
    /// What each hyperparameter does to each metric.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`](crate::Error::UnknownParameter) for a role of a parameter that
    /// does not exist.
    pub fn effects(&self) -> Result<Effects> {
        self.check()?;
        let encoding = Encoding::new(self.space());
        let series = self.series();
        let metrics: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
        let effects = self.effects_over(&metrics, |_| true);
        let mut all = Effects {
            goal: self.about(),
            trials: self.complete().len(),
            stopped: self.stopped(),
            effects,
            sentences: Vec::new(),
            flat_parts: self.flat_parts(),
        };
        let axes = self.space().axes().iter().enumerate();
        let varying = axes.filter(|(axis, _)| encoding.feature(*axis).is_some());
        all.sentences = varying
            .map(|(_, axis)| {
                let (mut text, mut shown) = words::sentence(self, &all, axis);
                if let Some(flat) = all.flat_part(axis.name()) {
                    text = format!("{}; {text}", flat.in_words());
                    shown = true;
                }
                Sentence { parameter: axis.name().to_owned(), text, shown }
            })
            .collect();
        Ok(all)
    }

    /// The effects on some metrics, averaged over some of the trials. All trials inform the model.
    pub(super) fn effects_over(
        &self,
        metrics: &[&str],
        over: impl Fn(&TrialRecord) -> bool,
    ) -> Vec<Effect> {
        let encoding = Encoding::new(self.space());
        let goals = self.usable_for(GOAL);
        let candidates = self.candidates();
        let spread = self.spread();
        let mut effects = Vec::new();
        for series in self.series().into_iter().filter(|one| metrics.contains(&one.name.as_str())) {
            let Some(response) = self.response(&encoding, &series) else { continue };
            let known = self.usable_for(&series.name);
            for (axis, parameter) in self.space().axes().iter().enumerate() {
                let active: Vec<&Known<'_>> =
                    known.iter().filter(|known| known.point().is_active(axis)).collect();
                let points: Vec<&Point> = active.iter().map(|known| known.point()).collect();
                let chosen = active.iter().filter(|known| over(known.trial));
                let background: Vec<&Point> = chosen.map(|known| known.point()).collect();
                let curve_over = |background: &[&Point]| {
                    Curve::new(&encoding, &response, axis, &points, background)
                };
                let Some(curve) = curve_over(&background) else { continue };
                let mut shape = curve.shape();
                let mut confounder = None;
                let half = self.better_half(&active, &goals);
                let hardly_varied = support::is_hardly_varied(&encoding, axis, &half);
                if !shape.claims.is_empty() {
                    let wide = spread.iter().filter(|point| point.is_active(axis));
                    let mut others: Vec<Vec<&Point>> = vec![wide.collect()];
                    if background.len() < points.len() {
                        others.push(points.clone());
                    }
                    let others: Vec<Curve<'_>> =
                        others.iter().filter_map(|one| curve_over(one)).collect();
                    let told = support::holds(&shape, &curve, &others)
                        && (!hardly_varied || support::is_needed(&encoding, &response, axis));
                    if !told {
                        shape = shape::not_shown(0.0);
                    }
                }
                if shape.trend != Trend::Flat {
                    confounder = support::confounder(&encoding, &response, axis, &points);
                    if confounder.is_some() {
                        shape = shape::not_shown(0.0);
                    }
                }
                let next_experiment = (shape.trend == Trend::NotShown)
                    .then(|| {
                        next_experiment::most_informative(
                            self,
                            &encoding,
                            &curve,
                            &candidates,
                            &points,
                        )
                    })
                    .flatten();
                effects.push(Effect {
                    parameter: parameter.name().to_owned(),
                    metric: series.name.clone(),
                    scale: response.reading.scale,
                    ordered: curve.is_ordered(),
                    points: curve.points(),
                    trend: shape.trend,
                    certainty: shape.certainty,
                    rise: shape.rise,
                    trials: points.len(),
                    next_experiment,
                    confounded_with: confounder.map(|axis| self.space().axes()[axis].name().into()),
                    hardly_varied,
                });
            }
        }
        effects
    }
}

/// The sentences, one a line: a table in words.
impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(goal) = &self.goal {
            write!(f, "the goal here is {goal}, one of several")?;
        }
        for (at, (name, text)) in self.lines().iter().enumerate() {
            let start = if at > 0 || self.goal.is_some() { "\n" } else { "" };
            match name {
                Some(name) => write!(f, "{start}{name}: {text}")?,
                None => write!(f, "{start}{text}")?,
            }
        }
        if let Some(stopped) = stopped_in_words(self.stopped) {
            write!(f, "\n{stopped}")?;
        }
        Ok(())
    }
}

/// From this many parameters without a shown effect on, they share a line.
const FOLDED: usize = 5;
/// How many of them are named then.
const NAMED: usize = 8;

impl Effects {
    /// The sentences, each with its parameter. Parameters of which nothing is known share the last
    /// line if there are many, without the configs that would tell more of each.
    pub(crate) fn lines(&self) -> Vec<(Option<String>, String)> {
        let silent = |one: &&Sentence| !one.shown;
        let fold = self.sentences.iter().filter(silent).count() >= FOLDED;
        let told = self.sentences.iter().filter(|one| one.shown || !fold);
        let mut lines: Vec<(Option<String>, String)> =
            told.map(|one| (Some(one.parameter.clone()), one.text.clone())).collect();
        if fold {
            let names: Vec<&str> =
                self.sentences.iter().filter(silent).map(|one| one.parameter.as_str()).collect();
            let more = if names.len() > NAMED { ", …" } else { "" };
            let first = names.iter().take(NAMED).copied().collect::<Vec<&str>>().join(", ");
            let mut line = format!(
                "the effects of {} parameters are not shown yet: {first}{more}",
                names.len()
            );
            if let Some(next_experiment) =
                words::next_experiment(self, names[0]).filter(|_| self.sentences.len() <= NAMED)
            {
                line.push_str("; ");
                line.push_str(&next_experiment);
            }
            lines.push((None, line));
        }
        lines
    }

    /// The effect of a parameter on a metric; `None` if there is none, because the metric is
    /// unknown or the same in all trials, or the parameter cannot vary. The goal, which is called
    /// [`GOAL`], stands for a validation error that was not recorded.
    pub fn of(&self, parameter: &str, metric: &str) -> Option<&Effect> {
        let find = |metric: &str| {
            self.effects.iter().find(|one| one.parameter == parameter && one.metric == metric)
        };
        find(metric).or_else(|| find(GOAL).filter(|_| metric == metric::VALIDATION_ERROR))
    }

    /// Where a parameter does nothing at the best value.
    pub(super) fn flat_part(&self, parameter: &str) -> Option<&FlatPart> {
        self.flat_parts.iter().find(|part| part.parameter == parameter)
    }

    /// The names of the metrics, in the order of the effects.
    pub fn metrics(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.effects.iter().map(|one| one.metric.as_str()).collect();
        names.dedup();
        names
    }
}

impl Effect {
    /// Where between the values tried the metric is best, by what the curve is said to do: the
    /// first and the last of these values, which are the same unless it is flat there. `None` of
    /// what is flat or not shown, and where both ends are better than what lies between.
    pub(super) fn best(&self, direction: Direction) -> Option<(&Value, &Value)> {
        let (first, last) = self.ends()?;
        let minimize = direction == Direction::Minimize;
        match &self.trend {
            Trend::Rises(reach) if minimize => {
                Some((&first.value, reach.above.as_ref().unwrap_or(&first.value)))
            }
            Trend::Falls(reach) if !minimize => {
                Some((&first.value, reach.above.as_ref().unwrap_or(&first.value)))
            }
            Trend::Rises(reach) | Trend::Falls(reach) => {
                Some((reach.up_to.as_ref().unwrap_or(&last.value), &last.value))
            }
            Trend::Valley { at } if minimize => Some((at, at)),
            Trend::Peak { at } if !minimize => Some((at, at)),
            Trend::Differs { lowest, .. } if minimize => Some((lowest, lowest)),
            Trend::Differs { highest, .. } => Some((highest, highest)),
            _ => None,
        }
    }

    /// Whether the trials show what the curve does.
    pub fn is_shown(&self) -> bool {
        self.trend != Trend::NotShown
    }

    /// The points at the lowest and the highest value that were tried.
    pub(crate) fn ends(&self) -> Option<(&EffectPoint, &EffectPoint)> {
        let mut tried = self.points.iter().filter(|point| point.tried);
        let first = tried.next()?;
        Some((first, tried.next_back().unwrap_or(first)))
    }
}
