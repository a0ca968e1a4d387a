//! Every goal of several, trial by trial.

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::front::standings;
use super::runs::{Mark, Runs, thin};
use super::scale::Scale;
use super::standing::{GoalAxis, Judged, Standing, Standings, class};
use crate::svg::Canvas;

struct Over {
    goal: GoalAxis,
    standings: Standings,
    at: usize,
    last: f64,
}

const TITLE: &str = "Goals over trials";
const HEIGHT: f64 = 170.0;
/// Most panels, and most marks of a kind in one.
const PANELS: usize = 12;
const MOST: usize = 400;

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    let standings = match standings(runs, TITLE) {
        Ok(standings) => standings,
        Err(empty) => return empty,
    };
    let mut caption = standings.in_words();
    caption += " How the front as a whole grew is its hypervolume, which needs a reference: a value for \
                each goal, or a limit of each.";
    if standings.goals.len() > PANELS {
        caption += &format!(" {PANELS} of {} goals are shown.", standings.goals.len());
    }
    caption += &standings.outside_in_words();
    let last = runs.trials.iter().next_back().map_or(0, |trial| trial.number()) as f64;
    let panel = |(at, goal): (usize, &GoalAxis)| {
        let chart = Over { goal: goal.clone(), standings: standings.clone(), at, last };
        (goal.name.clone(), Box::new(chart) as Box<dyn Chart>)
    };
    let charts = standings.goals.iter().enumerate().take(PANELS).map(panel).collect();
    Figure::new(TITLE, caption, Panels { charts, columns: 2 })
}

impl Chart for Over {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let top = canvas.legend((0.0, 0.0), &self.standings.keys(self.goal.limit.is_some()));
        let end = self.last.max(1.0);
        let axes = Axes {
            x: Scale::linear(-0.02 * end, 1.02 * end).whole(),
            y: self.goal.scale.clone(),
            x_title: "trial",
            y_title: &self.goal.title,
            height: HEIGHT,
            strip: false,
        };
        let frame = axes.draw(&mut canvas, top);
        if let Some(limit) = self.goal.limit {
            let down = frame.place(0.0, limit).1;
            canvas.path(&[(frame.left, down), (frame.right, down)], "bound", None, "limit");
        }
        let place = |mark: &Mark| frame.place(mark.x, mark.y);
        let mark = |trial: &Judged| Mark {
            trial: trial.trial,
            x: trial.trial as f64,
            y: trial.values[self.at],
            hint: trial.hint.clone(),
        };
        for standing in [Standing::Infeasible, Standing::Dominated, Standing::Front] {
            let marks: Vec<Mark> = self.standings.of(standing).map(mark).collect();
            let knee = self.standings.knee;
            // Marks of the front have a border in the colour of the paper.
            let radius = if standing == Standing::Front { 4.0 } else { 3.0 };
            for mark in thin(&marks, knee, place, 2.5, MOST) {
                canvas.dot(place(mark), radius, class(standing), Some(mark.trial), &mark.hint);
                if Some(mark.trial) == knee {
                    canvas.dot(place(mark), 7.0, "w", Some(mark.trial), &mark.hint);
                }
            }
        }
        canvas
    }
}
