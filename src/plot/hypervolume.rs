//! How the hypervolume of the front grew.

use super::axes::Axes;
use super::figure::{Chart, Figure};
use super::runs::{Mark, Runs, count, thin};
use super::scale::Scale;
use crate::analysis::Reference;
use crate::error::Result;
use crate::svg::Canvas;
use crate::text::{DIGITS, number};

struct Growth {
    /// The trials that added something, with the hypervolume after them.
    grown: Vec<Mark>,
    first: f64,
    last: f64,
    scale: Scale,
}

const TITLE: &str = "Hypervolume over trials";
const HEIGHT: f64 = 250.0;
/// Most marks.
const MOST: usize = 800;

pub(super) fn figure(runs: &Runs<'_>, reference: Reference) -> Result<Figure> {
    let goals = &runs.trials.header().goals;
    let values: Vec<f64> = match &reference {
        Reference::At(values) => values.clone(),
        Reference::Limits => goals.goals().filter_map(|goal| goal.limit).collect(),
    };
    let from = match &reference {
        Reference::At(_) => "the reference",
        Reference::Limits => "the limits",
    };
    let history = runs.trials.hypervolume_history(reference)?;
    let (Some((first, _)), Some((last, volume))) = (history.first(), history.last()) else {
        return Ok(Figure::empty(TITLE, "No trial is complete yet."));
    };
    let measured = format!("measured from {from}, {}", runs.values_in_words(&values));
    let mut grown: Vec<Mark> = Vec::new();
    for (trial, after) in &history {
        let so_far = grown.last().map_or(0.0, |mark| mark.y);
        if *after > so_far {
            let hint = runs.trials.history().trial(*trial);
            let hint = hint.map_or_else(String::new, |one| runs.hint(one));
            let hint = format!("{hint}\nhypervolume {}", number(*after, Some(DIGITS)));
            grown.push(Mark { trial: *trial, x: *trial as f64, y: *after, hint });
        }
    }
    let complete = count(history.len(), "complete trial");
    let caption = match grown.last() {
        Some(latest) => format!(
            "The volume that the front dominates, {measured}: {} after {complete}. {} made it larger, \
             the last one was trial {}.",
            number(*volume, Some(DIGITS)),
            count(grown.len(), "trial"),
            latest.trial
        ),
        None => format!(
            "The volume that the front dominates, {measured}: 0 after {complete}, since no feasible \
             trial is better than {from} in every goal."
        ),
    };
    let finite = grown.iter().map(|mark| mark.y).filter(|volume| volume.is_finite());
    let top = finite.fold(0.0, f64::max);
    let scale = Scale::linear(0.0, if top > 0.0 { 1.05 * top } else { 1.0 });
    let (first, last) = (*first as f64, *last as f64);
    Ok(Figure::new(TITLE, caption, Growth { grown, first, last, scale }))
}

impl Chart for Growth {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let room = 0.02 * self.last.max(1.0);
        let axes = Axes {
            x: Scale::linear(-room, self.last.max(1.0) + room).whole(),
            y: self.scale.clone(),
            x_title: "trial",
            y_title: "hypervolume (higher is better)",
            height: HEIGHT,
            strip: false,
        };
        let frame = axes.draw(&mut canvas, 0.0);
        let mut line = vec![frame.place(self.first, 0.0)];
        for mark in &self.grown {
            let ((x, y), (before, height)) = (frame.place(mark.x, mark.y), line[line.len() - 1]);
            // What is smaller than a pixel is not seen.
            if x - before + height - y < 0.5 {
                continue;
            }
            line.extend([(x, height), (x, y)]);
        }
        let height = line[line.len() - 1].1;
        line.push((frame.place(self.last, 0.0).0, height));
        canvas.path(&line, "l1", None, "hypervolume of the front so far");
        let place = |mark: &Mark| frame.place(mark.x, mark.y);
        for mark in thin(&self.grown, None, place, 2.5, MOST) {
            canvas.dot(place(mark), 3.4, "p", Some(mark.trial), &mark.hint);
        }
        canvas
    }
}
