//! What trials reported on their way.

use std::collections::BTreeSet;

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::legend::Key;
use super::runs::{Runs, count, short};
use super::scale::Scale;
use crate::space::Value;
use crate::svg::Canvas;
use crate::text::number;
use crate::trial::{Origin, TrialRecord, TrialState, metric};

struct Curves {
    lines: Vec<Line>,
    y: Scale,
    steps: (f64, f64),
    title: String,
}

struct Line {
    trial: u64,
    places: Vec<(f64, f64)>,
    hint: String,
    class: &'static str,
}

const TITLE: &str = "Learning curves";
const HEIGHT: f64 = 250.0;
/// Most lines, and most places of each.
const LINES: usize = 150;
const PLACES: usize = 160;

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    // One that goes on has the reports of the earlier trial.
    let continued: BTreeSet<u64> = runs.trials.iter().filter_map(continues).collect();
    let stands = |trial: &&TrialRecord| !continued.contains(&trial.number());
    let reported = |trial: &&TrialRecord| trial.has_reports();
    let all: Vec<_> = runs.trials.iter().filter(reported).filter(stands).collect();
    if all.is_empty() {
        return Figure::empty(TITLE, "No trial reported its progress.");
    }
    let step = all.len().div_ceil(LINES).max(1);
    let shown = all.iter().enumerate();
    let shown = shown.filter(|(at, trial)| at % step == 0 || Some(trial.number()) == runs.best);
    let shown: Vec<&TrialRecord> = shown.map(|(_, trial)| *trial).collect();
    let goals = &runs.trials.header().goals;
    let chart = |goal: usize| {
        let title = match goals.len() {
            1 => "reported value".into(),
            _ => format!("reported {}", goals.name(goal)),
        };
        Curves::of(runs, &shown, goal, title)
    };
    let charts: Vec<(String, Curves)> = (0..goals.len())
        .filter_map(|goal| Some((goals.name(goal).into_owned(), chart(goal)?)))
        .collect();
    let Some(lines) = charts.iter().map(|(_, chart)| chart.lines.len()).max() else {
        return Figure::empty(TITLE, "No trial reported a finite value.");
    };
    let pruned = all.iter().filter(|trial| trial.state() == TrialState::Pruned).count();
    let mut caption = format!("What {} reported, step by step", count(all.len(), "trial"));
    if lines < all.len() {
        caption += &format!(", of which {lines} are shown");
    }
    caption += match pruned {
        0 => ".".into(),
        pruned => format!("; {} pruned.", count(pruned, "trial")),
    }
    .as_str();
    if charts.len() > 1 {
        let charts =
            charts.into_iter().map(|(name, chart)| (name, Box::new(chart) as Box<dyn Chart>));
        return Figure::new(TITLE, caption, Panels { charts: charts.collect(), columns: 2 });
    }
    match charts.into_iter().next() {
        Some((_, chart)) => Figure::new(TITLE, caption, chart),
        None => Figure::empty(TITLE, "No trial reported a finite value."),
    }
}

impl Curves {
    /// What some trials reported of a goal; `None` if nothing that is finite.
    fn of(runs: &Runs<'_>, trials: &[&TrialRecord], goal: usize, title: String) -> Option<Self> {
        let lines = trials.iter().map(|trial| Line::of(runs, trial, goal));
        let mut lines: Vec<Line> = lines.filter(|line| !line.places.is_empty()).collect();
        lines.sort_by_key(|line| line.class == "l1");
        let places = || lines.iter().flat_map(|line| &line.places);
        let first = places().map(|place| place.0).reduce(f64::min)?;
        let last = places().map(|place| place.0).fold(first, f64::max);
        let y = Scale::over(places().map(|place| place.1));
        Some(Curves { lines, y, steps: (first, last), title })
    }
}

impl Line {
    fn of(runs: &Runs<'_>, trial: &TrialRecord, goal: usize) -> Self {
        let finite = trial.reports_of(goal).iter().filter(|(_, value)| value.is_finite());
        let places: Vec<(f64, f64)> = finite.map(|(step, value)| (*step as f64, *value)).collect();
        let hint = match places.last() {
            Some((step, value)) => {
                let value = number(*value, Some(5));
                format!("{}\n{value} at step {step:.0}", runs.hint(trial))
            }
            None => runs.hint(trial),
        };
        let hint = match (continues(trial), trial.saved_at()) {
            (Some(of), _) => format!("{hint}\ngoes on with trial {of}"),
            (None, Some(step)) => format!("{hint}\nsaved at step {step}"),
            (None, None) => hint,
        };
        let audited = trial.notes().get(metric::AUDITED).map(Value::to_string);
        let hint = match &audited {
            Some(reason) => format!("{hint}\naudited: {}", short(reason)),
            None => hint,
        };
        let class = match trial.state() {
            _ if Some(trial.number()) == runs.best => "l1",
            TrialState::Pruned if trial.saved_at().is_some() => "paused",
            TrialState::Pruned => "pruned",
            _ if audited.is_some() => "audited",
            _ => "thin",
        };
        Line { trial: trial.number(), places: evenly(places), hint, class }
    }
}

/// The number of the trial with which a trial goes on.
fn continues(trial: &TrialRecord) -> Option<u64> {
    match trial.origin() {
        Origin::Continued { of } => Some(of),
        _ => None,
    }
}

/// At most `PLACES` places, the last one among them.
fn evenly(places: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = places.len().div_ceil(PLACES).max(1);
    let last = places.len().saturating_sub(1);
    let kept = places.into_iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
    kept.map(|(_, place)| place).collect()
}

impl Chart for Curves {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let mut keys = vec![(Key::Line, "l", "trial")];
        let others = [
            ("l1", "best trial"),
            ("pruned", "pruned"),
            ("paused", "pruned, with a checkpoint"),
            ("audited", "audited: would have been pruned"),
        ];
        let drawn = |class: &str| self.lines.iter().any(|line| line.class == class);
        let others = others.into_iter().filter(|(class, _)| drawn(class));
        keys.extend(others.map(|(class, name)| (Key::Line, class, name)));
        let top = canvas.legend((0.0, 0.0), &keys);
        let frame = Axes {
            x: Scale::linear(self.steps.0, self.steps.1).whole(),
            y: self.y.clone(),
            x_title: "step",
            y_title: &self.title,
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, top);
        for line in &self.lines {
            let places: Vec<(f64, f64)> =
                line.places.iter().map(|(x, y)| frame.place(*x, *y)).collect();
            if let [place] = places.as_slice() {
                let class = if line.class == "l1" { "best" } else { "p" };
                canvas.dot(*place, 3.0, class, Some(line.trial), &line.hint);
            }
            canvas.path(&places, line.class, Some(line.trial), &line.hint);
        }
        canvas
    }
}
