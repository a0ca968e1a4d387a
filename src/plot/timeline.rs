//! When trials ran, and how many at a time.

use super::axes::Axes;
use super::figure::{Chart, Figure};
use super::legend::Key;
use super::runs::{Runs, count};
use super::scale::Scale;
use crate::math::statistics::median;
use crate::svg::Canvas;
use crate::text::duration;
use crate::trial::TrialState;

struct Timeline {
    lanes: usize,
    bars: Vec<Bar>,
    /// In the unit.
    end: f64,
    unit: &'static str,
    states: Vec<TrialState>,
}

#[derive(Clone)]
struct Bar {
    lane: usize,
    from: f64,
    to: f64,
    state: TrialState,
    trial: u64,
    hint: String,
}

const TITLE: &str = "Timeline";
/// Heights of a lane, and of all of them.
const LANE: (f64, f64) = (6.0, 26.0);
const HEIGHT: f64 = 320.0;
/// Units of time, in seconds.
const UNITS: [(f64, &str); 6] = [
    (86_400.0, "days"),
    (3600.0, "hours"),
    (60.0, "minutes"),
    (1.0, "seconds"),
    (1e-3, "milliseconds"),
    (1e-6, "microseconds"),
];

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    let mut spans: Vec<_> = runs
        .trials
        .iter()
        .filter_map(|trial| {
            let from = trial.started()?.0;
            let length = trial.duration()?;
            Some((trial, from, from.saturating_add(length.as_micros() as u64)))
        })
        .collect();
    spans.sort_by_key(|(trial, from, _)| (*from, trial.number()));
    let Some(begin) = spans.first().map(|(_, from, _)| *from) else {
        return Figure::empty(TITLE, "No trial that ended has a time.");
    };
    let end = spans.iter().map(|(_, _, to)| *to).max().unwrap_or(begin);
    let seconds = (end - begin).max(1) as f64 * 1e-6;
    let (unit, name) =
        UNITS.into_iter().find(|(unit, _)| seconds >= 2.0 * unit).unwrap_or((1e-6, "microseconds"));
    // Each trial takes the first lane that is free: records do not say which worker ran them.
    let mut free: Vec<u64> = Vec::new();
    let in_unit = |at: u64| (at - begin) as f64 * 1e-6 / unit;
    let bars: Vec<Bar> = spans
        .iter()
        .map(|(trial, from, to)| {
            let lane = free.iter().position(|free| free <= from).unwrap_or(free.len());
            match free.get_mut(lane) {
                Some(free) => *free = *to,
                None => free.push(*to),
            }
            let time = trial.duration().map(duration).unwrap_or_default();
            Bar {
                lane,
                from: in_unit(*from),
                to: in_unit(*to),
                state: trial.state(),
                trial: trial.number(),
                hint: format!("{}\n{time}", runs.hint(trial)),
            }
        })
        .collect();
    let times: Vec<f64> = spans.iter().map(|(_, from, to)| (to - from) as f64 * 1e-6).collect();
    let busy = times.iter().sum::<f64>() / (seconds * free.len().max(1) as f64);
    let caption = format!(
        "{} in {}, at most {} at a time; a trial took {} in the median. Trials filled {:.0} % of \
         the time of their lanes.",
        count(spans.len(), "trial"),
        duration(std::time::Duration::from_secs_f64(seconds)),
        free.len(),
        duration(std::time::Duration::from_secs_f64(median(&times).max(0.0))),
        100.0 * busy.min(1.0)
    );
    let mut states: Vec<TrialState> = Vec::new();
    let all =
        [TrialState::Complete, TrialState::Pruned, TrialState::Interrupted, TrialState::Failed];
    for state in all {
        if bars.iter().any(|bar| bar.state == state) {
            states.push(state);
        }
    }
    let end = in_unit(end).max(f64::MIN_POSITIVE);
    Figure::new(TITLE, caption, Timeline { lanes: free.len(), bars, end, unit: name, states })
}

fn class(state: TrialState) -> &'static str {
    match state {
        TrialState::Complete => "ok",
        TrialState::Pruned | TrialState::Interrupted => "cut",
        _ => "bad",
    }
}

impl Chart for Timeline {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let name = |state: &TrialState| match state {
            TrialState::Pruned => "pruned",
            TrialState::Interrupted => "interrupted",
            TrialState::Failed => "failed",
            _ => "complete",
        };
        let keys: Vec<_> =
            self.states.iter().map(|state| (Key::Box, class(*state), name(state))).collect();
        let top = canvas.legend((0.0, 0.0), &keys);
        let lane = (HEIGHT / self.lanes.max(1) as f64).clamp(LANE.0, LANE.1);
        let title = format!("{} since the first trial began", self.unit);
        let labels: Vec<String> = (1..=self.lanes).rev().map(|lane| lane.to_string()).collect();
        let frame = Axes {
            x: Scale::linear(0.0, self.end),
            y: Scale::bands(labels),
            x_title: &title,
            y_title: "trials at the same time",
            height: lane * self.lanes.max(1) as f64,
            strip: false,
        }
        .draw(&mut canvas, top);
        let gap = (0.18 * lane).min(3.0);
        for bar in self.merged(frame.right - frame.left) {
            let row = (self.lanes - 1 - bar.lane) as f64;
            let (left, middle) = frame.place(bar.from, row);
            let (right, _) = frame.place(bar.to, row);
            let size = ((right - left - 0.6).max(0.8), lane - gap);
            let place = (left, middle - size.1 / 2.0);
            canvas.rect(place, size, class(bar.state), Some(bar.trial), &bar.hint);
        }
        canvas
    }
}

impl Timeline {
    /// Bars that are too narrow to be told apart become one.
    fn merged(&self, pixels: f64) -> Vec<Bar> {
        const NARROW: f64 = 1.5;
        let pixel = self.end / pixels.max(1.0);
        let mut last: Vec<Option<usize>> = vec![None; self.lanes];
        let mut merged: Vec<Bar> = Vec::new();
        for bar in &self.bars {
            if let Some(before) = last[bar.lane].map(|at| &mut merged[at])
                && before.state == bar.state
                && bar.to - before.from < NARROW * pixel
            {
                before.to = bar.to;
                before.hint = format!("trials up to {}", bar.trial);
                continue;
            }
            last[bar.lane] = Some(merged.len());
            merged.push(bar.clone());
        }
        merged
    }
}
