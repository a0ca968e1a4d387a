//! What a controller decides: the probabilities of its options, and how its choices change.

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::legend::Key;
use super::runs::{Mark, Runs, count, short, thin};
use super::scale::Scale;
use crate::sampler::controller::PolicyView;
use crate::svg::{Anchor, Canvas, SMALL, width as text_width};
use crate::text::number;
use crate::trial::TrialRecord;

/// One decision of a policy.
struct Decision {
    parameter: String,
    /// The options, and the probability of each.
    options: Vec<(String, f64)>,
    /// Index of the option that was taken.
    taken: usize,
}

struct Policy {
    decisions: Vec<Decision>,
}

const TITLE: &str = "Decision probabilities";
const ROW: f64 = 40.0;

/// The probabilities of the policy's decisions on the way to a point, one below the other: a row of
/// options each, the stronger the more probable, with a frame around what was taken.
///
/// ```
/// use tunewright::plot::Figure;
/// use tunewright::space::{Params, Space};
/// use tunewright::{ControllerSampler, Study, Trial};
///
/// let space = Space::builder().choices("op", ["conv", "pool"]).choices("width", [16, 32]).build()?;
/// let study = Study::in_space(space).sampler(ControllerSampler::new()).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("width"), 4)?;
/// let mut controller = ControllerSampler::new();
/// let best = study.best()?;
/// let policy = study.with_context(|context| controller.policy(context, best.record().point()))??;
/// let svg = Figure::from(&policy).to_svg();
/// # assert!(svg.contains("conv"));
/// # Ok::<(), tunewright::Error>(())
/// ```
impl From<&PolicyView> for Figure {
    fn from(policy: &PolicyView) -> Self {
        let decisions: Vec<Decision> = policy
            .decisions()
            .iter()
            .filter(|view| !view.options.is_empty())
            .map(|view| Decision {
                parameter: view.parameter.clone(),
                options: view.options.iter().cloned().zip(view.probabilities.clone()).collect(),
                taken: view.taken,
            })
            .collect();
        if decisions.is_empty() {
            return Figure::empty(TITLE, "The policy decides nothing.");
        }
        let sure = decisions.iter().filter(|one| largest(one) >= 0.5).count();
        let caption = format!(
            "Each row is a decision and each field an option; the stronger the more probable, with \
             a frame around what was taken. In {sure} of {} one option has more than half of the \
             probability.",
            count(decisions.len(), "decision")
        );
        Figure::new(TITLE, caption, Policy { decisions })
    }
}

fn largest(decision: &Decision) -> f64 {
    decision.options.iter().map(|option| option.1).fold(0.0, f64::max)
}

impl Chart for Policy {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let width = canvas.width;
        let gutter = (0.3 * width).clamp(96.0, 220.0);
        let left = gutter + 12.0;
        for (row, decision) in self.decisions.iter().enumerate() {
            let y = row as f64 * ROW;
            canvas.fitted((0.0, y + 15.0), Anchor::Start, "n", &decision.parameter, gutter);
            let wide = (width - left - 2.0) / decision.options.len() as f64;
            for (at, (option, probability)) in decision.options.iter().enumerate() {
                let x = left + at as f64 * wide;
                let percent = format!("{:.0} %", 100.0 * probability);
                let hint = format!("{} = {}: {percent}", decision.parameter, short(option));
                let class = format!("s{}", ((probability * 9.0) as usize).min(8));
                canvas.rect((x + 1.0, y + 2.0), (wide - 2.0, 18.0), &class, None, &hint);
                let place = (x + wide / 2.0, y + 33.0);
                if text_width("100 %", SMALL) < wide - 4.0 {
                    canvas.fitted(place, Anchor::Middle, "m", option, wide - 4.0);
                }
            }
            let x = left + decision.taken as f64 * wide;
            let frame = format!("M{x:.1} {:.1}h{wide:.1}v20h-{wide:.1}Z", y + 1.0);
            canvas.raw_path(&frame, "l1", "taken");
        }
        canvas.height = self.decisions.len() as f64 * ROW;
        canvas
    }
}

/// How often each option was chosen, over time.
struct Shares {
    options: Vec<String>,
    /// For each part of the trials: the number of its first trial and the share of each option.
    parts: Vec<(u64, Vec<f64>)>,
}

struct Entropy {
    marks: Vec<Mark>,
    last: f64,
}

const OVER_TIME: &str = "Decisions over time";
const HEIGHT: f64 = 120.0;
/// Parts into which the trials are divided, and the fewest trials of a part.
const PARTS: usize = 16;
const FEWEST: usize = 8;
/// Options with a colour of their own; the others share one.
const COLOURS: usize = 6;
/// Most parameters.
const PANELS: usize = 24;

/// What the sampler decided as it learned. Only for samplers that note the entropy of their
/// decisions.
pub(super) fn over_time(runs: &Runs<'_>, axes: &[(usize, String)]) -> Figure {
    let entropy = |trial: &TrialRecord| trial.notes().get("entropy")?.as_f64();
    let marks: Vec<Mark> = runs
        .trials
        .iter()
        .filter_map(|trial| {
            let y = entropy(trial).filter(|value| value.is_finite())?;
            let hint = format!("{}\nentropy {}", runs.hint(trial), number(y, Some(3)));
            Some(Mark { trial: trial.number(), x: trial.number() as f64, y, hint })
        })
        .collect();
    if marks.is_empty() {
        return Figure::empty(OVER_TIME, "No trial was suggested by a controller.");
    }
    let trials: Vec<&TrialRecord> =
        runs.trials.iter().filter(|trial| entropy(trial).is_some()).collect();
    let last = marks.iter().map(|mark| mark.x).fold(1.0, f64::max);
    let (first_mean, last_mean) = (mean(&marks, true), mean(&marks, false));
    let mut charts: Vec<(String, Box<dyn Chart>)> =
        vec![("entropy per decision".into(), Box::new(Entropy { marks, last }))];
    for (axis, name) in axes {
        if let Some(shares) = shares(runs, &trials, *axis) {
            charts.push((name.clone(), Box::new(shares)));
        }
        if charts.len() > PANELS {
            break;
        }
    }
    let caption = format!(
        "The policy's mean entropy went from {} to {} nats per decision; low entropy means that it \
         has made up its mind. The areas show which options were chosen as it learned.",
        number(first_mean, Some(2)),
        number(last_mean, Some(2))
    );
    Figure::new(OVER_TIME, caption, Panels { charts, columns: 3 })
}

/// The mean of the first or the last tenth.
fn mean(marks: &[Mark], first: bool) -> f64 {
    let size = marks.len().div_ceil(10);
    let part = if first { &marks[..size] } else { &marks[marks.len() - size..] };
    part.iter().map(|mark| mark.y).sum::<f64>() / size as f64
}

/// `None` for parameters with many values.
fn shares(runs: &Runs<'_>, trials: &[&TrialRecord], axis: usize) -> Option<Shares> {
    let distribution = runs.trials.space().axes()[axis].distribution();
    let levels = usize::try_from(distribution.levels()?).ok().filter(|levels| *levels <= 40)?;
    let active: Vec<(u64, usize)> = trials
        .iter()
        .filter_map(|trial| {
            let level = distribution.level_of(trial.point().get(axis)?)?;
            Some((trial.number(), level as usize))
        })
        .collect();
    if active.len() < 2 * FEWEST {
        return None;
    }
    let colours = levels.min(COLOURS + 1);
    let size = active.len().div_ceil(PARTS).max(FEWEST);
    let parts = active.chunks(size).map(|part| {
        let mut shares = vec![0.0; colours];
        for (_, level) in part {
            shares[(*level).min(colours - 1)] += 1.0 / part.len() as f64;
        }
        (part[0].0, shares)
    });
    let mut options: Vec<String> = (0..colours.min(levels))
        .filter_map(|level| {
            Some(distribution.value(distribution.at_level(level as u64)?).to_string())
        })
        .collect();
    if levels > COLOURS + 1
        && let Some(last) = options.last_mut()
    {
        *last = "others".into();
    }
    Some(Shares { options, parts: parts.collect() })
}

impl Chart for Shares {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let classes: Vec<String> = (0..self.options.len()).map(|at| format!("k{at}")).collect();
        let keys: Vec<(Key, &str, &str)> = self
            .options
            .iter()
            .zip(&classes)
            .map(|(option, class)| (Key::Box, class.as_str(), option.as_str()))
            .collect();
        let top = canvas.legend((0.0, 0.0), &keys);
        let last = self.parts.last().map_or(1, |part| part.0).max(1) as f64;
        let frame = Axes {
            x: Scale::linear(0.0, last).whole(),
            y: Scale::linear(0.0, 100.0),
            x_title: "trial",
            y_title: "% of the choices",
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, top);
        let mut below = vec![0.0; self.parts.len()];
        for (at, class) in classes.iter().enumerate() {
            let above: Vec<f64> = self
                .parts
                .iter()
                .zip(&below)
                .map(|((_, shares), below)| below + 100.0 * shares[at])
                .collect();
            let place =
                |(part, height): (usize, &f64)| frame.place(self.parts[part].0 as f64, *height);
            let outline: Vec<(f64, f64)> = above
                .iter()
                .enumerate()
                .map(place)
                .chain(below.iter().enumerate().rev().map(place))
                .collect();
            canvas.path(&outline, class, None, &self.options[at]);
            below = above;
        }
        canvas
    }
}

impl Chart for Entropy {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let top = self.marks.iter().map(|mark| mark.y).fold(1e-3, f64::max);
        let frame = Axes {
            x: Scale::linear(0.0, self.last).whole(),
            y: Scale::linear(0.0, 1.05 * top),
            x_title: "trial",
            y_title: "nats",
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, 0.0);
        let place = |mark: &Mark| frame.place(mark.x, mark.y);
        for mark in thin(&self.marks, None, place, 3.0, 400) {
            canvas.dot(place(mark), 2.2, "p", Some(mark.trial), &mark.hint);
        }
        canvas
    }
}
