use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::iter;
use std::time::Duration;

use crate::space::Value;
use crate::text::{self, Align, DIGITS, number};
use crate::trial::{Direction, Goals, NOISE, TieBreaker, TrialRecord, TrialState, Trials, metric};

/// How a study went, in a few lines: how many trials there are and how they ended, how many keep all
/// limits, the best one or with several goals the front, the time, and why trials failed. Made to be
/// displayed.
#[derive(Clone, Debug)]
pub struct Summary {
    name: String,
    goals: Goals,
    seed: u64,
    /// In the order of [`STATES`].
    counts: [usize; STATES.len()],
    /// The limits in words and how many complete trials keep all of them, where there are limits.
    limits: Option<(Vec<String>, usize)>,
    /// Which trial comes nearest where none keeps all limits, and what it misses.
    nearest: Option<String>,
    best: Option<Best>,
    /// The trials on the front, where there are several goals, with their values in words.
    front: Vec<(u64, String)>,
    knee: Option<u64>,
    time: Duration,
    timed: usize,
    failures: Vec<Failures>,
}

#[derive(Clone, Debug)]
struct Best {
    number: u64,
    values: Vec<f64>,
    parameters: Vec<(String, Value)>,
    metrics: BTreeMap<String, f64>,
    ties: Option<Ties>,
}

/// The trials that have the value of the best.
#[derive(Clone, Debug)]
struct Ties {
    /// How many there are, the best included.
    count: usize,
    /// The metric that has decided, and whether its lowest or highest.
    decided: Option<TieBreaker>,
    /// Metrics that would tell the trials apart.
    deciding: Vec<String>,
}

/// The trials that failed for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failures {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
    /// The last of them.
    pub last: u64,
}

/// In the order in which they are shown.
const STATES: [TrialState; 6] = [
    TrialState::Complete,
    TrialState::Failed,
    TrialState::Pruned,
    TrialState::Interrupted,
    TrialState::Running,
    TrialState::Waiting,
];

/// Longer lists are cut, and the rest is counted.
const SHOWN_PARAMETERS: usize = 30;
const SHOWN_METRICS: usize = 10;
const SHOWN_FAILURES: usize = 5;
const SHOWN_FRONT: usize = 10;
/// Metrics that are offered to decide between trials that tie.
const SHOWN_DECIDING: usize = 3;

/// Widest name and text.
const NAME_COLUMNS: usize = 40;
const TEXT_COLUMNS: usize = 80;

impl Trials {
    /// How the study went, in a few lines.
    pub fn summary(&self) -> Summary {
        Summary::new(self)
    }
}

impl Summary {
    pub(super) fn new(trials: &Trials) -> Self {
        let header = trials.header();
        let mut counts = [0; STATES.len()];
        let (mut time, mut timed) = (Duration::ZERO, 0);
        for trial in trials.iter() {
            if let Some(index) = STATES.iter().position(|&state| state == trial.state()) {
                counts[index] += 1;
            }
            if let Some(duration) = trial.duration() {
                time += duration;
                timed += 1;
            }
        }
        let history = trials.history();
        let limits = history.are_limited().then(|| {
            let mut limits = header.goals.limits_in_words();
            // Those of goals stand with the goals.
            limits.drain(..header.goals.goals().filter(|goal| goal.limit.is_some()).count());
            (limits, history.feasible().count())
        });
        let nearest = history.least_violating().filter(|trial| !trial.is_feasible());
        let nearest = nearest.map(|trial| {
            format!("trial {} comes nearest, but {}", trial.number(), trial.missed_in_words())
        });
        let several = header.goals.len() > 1;
        let front = if several { trials.front() } else { Vec::new() };
        let front = front.into_iter().map(|trial| {
            (trial.number(), header.goals.values_in_words(trial.values(), DIGITS))
        });
        Summary {
            limits,
            nearest,
            front: front.collect(),
            knee: trials.knee().ok().filter(|_| several).map(TrialRecord::number),
            name: header.name.clone(),
            goals: header.goals.clone(),
            seed: header.seed,
            counts,
            best: trials.best().map(|best| Best::new(trials, best)),
            time,
            timed,
            failures: failures(trials),
        }
    }

    /// The number of trials in a state.
    pub fn count(&self, state: TrialState) -> usize {
        STATES.iter().position(|&s| s == state).map_or(0, |index| self.counts[index])
    }

    /// How many complete trials keep all limits and outcome constraints; all of them where there are none.
    pub fn feasible(&self) -> usize {
        match &self.limits {
            Some((_, feasible)) => *feasible,
            None => self.count(TrialState::Complete),
        }
    }

    /// How many trials are on the front; 0 with one goal, where there is a best one.
    pub fn on_front(&self) -> usize {
        self.front.len()
    }

    /// Which trial comes nearest where none keeps all limits, and what it misses.
    pub(crate) fn nearest_in_words(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// The number of trials in any state.
    pub fn trials(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The times of all trials that have ended, added up. More than what has passed on the clock if
    /// several workers ran trials.
    pub fn total_time(&self) -> Duration {
        self.time
    }

    /// The mean time of a trial that has ended; `None` if none has.
    pub fn mean_time(&self) -> Option<Duration> {
        let timed = u32::try_from(self.timed).unwrap_or(u32::MAX);
        self.time.checked_div(timed)
    }

    /// How many trials have the best value, and what decides or would; `None` where it has no equal.
    pub(crate) fn ties_in_words(&self) -> Option<String> {
        self.best.as_ref()?.ties.as_ref().map(Ties::in_words)
    }

    /// Why trials failed: the most frequent reason first, of equally frequent ones the latest.
    pub fn failures(&self) -> &[Failures] {
        &self.failures
    }
}

impl Best {
    fn new(trials: &Trials, best: &TrialRecord) -> Self {
        let parameters = trials.parameters(best);
        Best {
            number: best.number(),
            values: best.values().to_vec(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).collect(),
            metrics: best.metrics().clone(),
            ties: Ties::of(trials),
        }
    }
}

impl Ties {
    /// `None` where the best trial has no equal.
    fn of(trials: &Trials) -> Option<Self> {
        let tied = trials.tied_for_best();
        let first = tied.first().filter(|_| tied.len() > 1)?;
        let standard = [metric::VALIDATION_ERROR, metric::TRAIN_ERROR, metric::PEAK_MEMORY];
        let recorded = first.metrics().keys().map(String::as_str);
        let mut names: Vec<&str> =
            standard.into_iter().chain(recorded.filter(|name| *name != NOISE)).collect();
        names.push(metric::SECONDS);
        let mut deciding: Vec<String> = Vec::new();
        for name in names {
            let values: Option<Vec<f64>> = tied.iter().map(|trial| trial.metric(name)).collect();
            let differ = values.is_some_and(|values| values.iter().any(|&v| v != values[0]));
            if differ && !deciding.iter().any(|known| known == name) {
                deciding.push(name.to_owned());
            }
        }
        deciding.truncate(SHOWN_DECIDING);
        Some(Ties { count: tied.len(), decided: trials.decides().cloned(), deciding })
    }

    /// How many trials tie, and what decides between them or would:
    /// `3 trials have this value, this one first; `tie_breaker` may decide by "seconds"`
    fn in_words(&self) -> String {
        let count = format!("{} trials have this value", self.count);
        if let Some(tie_breaker) = &self.decided {
            let extreme = match tie_breaker.direction() {
                Direction::Minimize => "lowest",
                Direction::Maximize => "highest",
            };
            return format!("{count}, this one with the {extreme} {}", tie_breaker.metric());
        }
        let quoted: Vec<String> = self.deciding.iter().map(|name| format!("{name:?}")).collect();
        match quoted.as_slice() {
            [] => format!("{count}, this one first"),
            _ => format!(
                "{count}, this one first; `tie_breaker` may decide by {}",
                quoted.join(" or ")
            ),
        }
    }
}

fn failures(trials: &Trials) -> Vec<Failures> {
    let mut by_reason: HashMap<&str, (usize, u64)> = HashMap::new();
    for trial in trials.iter() {
        if let Some(reason) = trial.failure() {
            let (count, last) = by_reason.entry(reason).or_default();
            *count += 1;
            *last = trial.number();
        }
    }
    let groups = by_reason.into_iter();
    let mut failures: Vec<Failures> = groups
        .map(|(reason, (count, last))| Failures { reason: reason.to_owned(), count, last })
        .collect();
    failures.sort_by_key(|failures| Reverse((failures.count, failures.last)));
    failures
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = text::fit(&self.name, TEXT_COLUMNS);
        write!(f, "{name}: {}, seed {}", self.goals.in_words(), self.seed)?;
        fmt_section(f, "trials", [self.counts_in_words()])?;
        if let Some((limits, feasible)) = &self.limits {
            fmt_section(f, "limits", limits.iter().cloned())?;
            let complete = self.count(TrialState::Complete);
            let counts = format!("{feasible} of {complete} complete trials keep all limits");
            fmt_section(f, "feasible", [counts].into_iter().chain(self.nearest.clone()))?;
        }
        if let Some(best) = &self.best {
            best.fmt(&self.goals, f)?;
        }
        if !self.front.is_empty() {
            let trials = if self.front.len() == 1 { "trial" } else { "trials" };
            let count = format!("{} {trials}", self.front.len());
            let lines = self.front.iter().map(|(number, values)| {
                let knee = if self.knee == Some(*number) { " (knee)" } else { "" };
                format!("trial {number}: {values}{knee}")
            });
            let lines = cut(lines, SHOWN_FRONT, "trial");
            fmt_section(f, "front", iter::once(count).chain(lines))?;
        }
        if let Some(mean) = self.mean_time() {
            let (total, mean) = (text::duration(self.time), text::duration(mean));
            fmt_section(f, "time", [format!("{total} in trials, {mean} each")])?;
        }
        let reasons = self.failures.iter().map(|failures| {
            format!("{} × {}", failures.count, text::fit(&failures.reason, TEXT_COLUMNS))
        });
        fmt_section(f, "failures", cut(reasons, SHOWN_FAILURES, "reason"))
    }
}

impl Summary {
    fn counts_in_words(&self) -> String {
        let counts = STATES.iter().zip(self.counts).filter(|&(_, count)| count > 0);
        let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {state}")).collect();
        match counts.as_slice() {
            [] => "none".into(),
            _ => format!("{}: {}", self.trials(), counts.join(", ")),
        }
    }
}

impl Best {
    fn fmt(&self, goals: &Goals, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = goals.values_in_words(&self.values, DIGITS);
        let best = format!("{values} in trial {}", self.number);
        fmt_section(f, "best", iter::once(best).chain(self.ties.as_ref().map(Ties::in_words)))?;
        let parameters = self.parameters.iter().map(|(name, value)| (name, value.rounded()));
        let parameters = in_columns(parameters);
        fmt_section(f, "config", cut(parameters, SHOWN_PARAMETERS, "parameter"))?;
        let metrics = self.metrics.iter().map(|(name, &value)| (name, number(value, Some(DIGITS))));
        fmt_section(f, "metrics", cut(in_columns(metrics), SHOWN_METRICS, "metric"))
    }
}

/// Lines with a title before the first; nothing if there are no lines.
fn fmt_section(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    lines: impl IntoIterator<Item = String>,
) -> fmt::Result {
    for (index, line) in lines.into_iter().enumerate() {
        let title = if index == 0 { title } else { "" };
        write!(f, "\n  {title:<8}  {line}")?;
    }
    Ok(())
}

/// Names and values in two columns.
fn in_columns<'a>(pairs: impl Iterator<Item = (&'a String, String)>) -> Vec<String> {
    let pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| (text::fit(name, NAME_COLUMNS), text::fit(&value, TEXT_COLUMNS)))
        .collect();
    let columns = pairs.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0);
    let line = |(name, value): &(String, String)| {
        format!("{}  {value}", text::pad(name, columns, Align::Left))
    };
    pairs.iter().map(line).collect()
}

/// The first lines, and how many are left out.
fn cut(lines: impl IntoIterator<Item = String>, shown: usize, noun: &str) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().collect();
    let rest = lines.len().saturating_sub(shown);
    if rest > 0 {
        lines.truncate(shown);
        lines.push(format!("… {}", text::more(rest, noun)));
    }
    lines
}
