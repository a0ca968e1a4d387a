//! The front of several goals, two goals at a time.

use super::axes::{Axes, Frame};
use super::figure::{Chart, Figure, Panels};
use super::legend::Key;
use super::runs::{Mark, Runs, thin};
use super::standing::{Judged, Standing, Standings, class};
use crate::svg::{Anchor, Canvas, SMALL, width};
use crate::trial::Direction;

/// Two of the goals.
struct Front {
    standings: Standings,
    x: usize,
    y: usize,
    height: f64,
    /// Whether the marks are explained and the front's steps are drawn: they are those of two goals.
    alone: bool,
}

const TITLE: &str = "Front";
const HEIGHT: f64 = 380.0;
/// Height of one of several panels.
const PANEL: f64 = 210.0;
/// Most marks of a kind.
const MOST: usize = 900;

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    let standings = match standings(runs, TITLE) {
        Ok(standings) => standings,
        Err(empty) => return empty,
    };
    let mut caption = standings.in_words();
    if standings.goals.len() == 2 {
        if !standings.front.is_empty() {
            caption += " Whatever lies behind its steps is dominated.";
        }
        caption += &standings.outside_in_words();
        let front = Front { standings, x: 0, y: 1, height: HEIGHT, alone: true };
        return Figure::new(TITLE, caption, front);
    }
    caption += " Each panel shows two of the goals; the front is that of all of them, so that in one \
                panel a trial of the front may lie behind another one.";
    caption += &standings.outside_in_words();
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let panel = |(x, y)| {
        let name = |at: usize| standings.goals[at].name.as_str();
        let title = format!("{} and {}", name(x), name(y));
        let chart = Front { standings: standings.clone(), x, y, height: PANEL, alone: false };
        (title, Box::new(chart) as Box<dyn Chart>)
    };
    Figure::new(TITLE, caption, Panels { charts: pairs.map(panel).into(), columns: 3 })
}

/// The trials of several goals, or a picture that says why there are none to show.
pub(super) fn standings(runs: &Runs<'_>, title: &str) -> Result<Standings, Figure> {
    if !runs.has_several_goals() {
        return Err(Figure::empty(title, "The study has one goal; a front needs several."));
    }
    let standings = Standings::new(runs);
    if standings.trials.is_empty() {
        return Err(Figure::empty(title, "No trial is complete yet."));
    }
    Ok(standings)
}

impl Standings {
    /// Names of the marks that there are.
    pub(super) fn keys(&self, limits: bool) -> Vec<(Key, &'static str, &'static str)> {
        let there = |standing, key, name| self.has(standing).then(|| (key, class(standing), name));
        let limits = limits && self.goals.iter().any(|goal| goal.limit.is_some());
        let keys = [
            there(Standing::Front, Key::Dot, "on the front"),
            self.knee.map(|_| (Key::Ring, "w", "knee")),
            there(Standing::Dominated, Key::Dot, "dominated"),
            there(Standing::Infeasible, Key::Ring, "infeasible"),
            limits.then_some((Key::Line, "bound", "limit")),
        ];
        keys.into_iter().flatten().collect()
    }
}

impl Chart for Front {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let Standings { goals, knee, .. } = &self.standings;
        let (x, y) = (&goals[self.x], &goals[self.y]);
        let top = canvas.legend((0.0, 0.0), &self.standings.keys(true));
        let axes = Axes {
            x: x.scale.clone(),
            y: y.scale.clone(),
            x_title: &x.title,
            y_title: &y.title,
            height: self.height,
            strip: false,
        };
        let frame = axes.draw(&mut canvas, top);
        self.draw_limits(&mut canvas, &frame);
        if self.alone {
            self.draw_steps(&mut canvas, &frame);
        }
        let place = |mark: &Mark| frame.place(mark.x, mark.y);
        let radius = if self.alone { 3.2 } else { 2.6 };
        for standing in [Standing::Infeasible, Standing::Dominated] {
            for mark in thin(&self.marks(standing), None, place, 3.0, MOST) {
                canvas.dot(place(mark), radius, class(standing), Some(mark.trial), &mark.hint);
            }
        }
        let front = self.marks(Standing::Front);
        let shown = thin(&front, *knee, place, 2.0, MOST);
        for mark in &shown {
            canvas.dot(place(mark), radius + 1.3, "best", Some(mark.trial), &mark.hint);
        }
        for mark in shown.iter().filter(|mark| Some(mark.trial) == *knee) {
            canvas.dot(place(mark), radius + 5.0, "w", Some(mark.trial), &mark.hint);
        }
        if self.alone {
            self.draw_numbers(&mut canvas, &frame, &shown);
        }
        canvas
    }
}

impl Front {
    fn marks(&self, standing: Standing) -> Vec<Mark> {
        let mark = |trial: &Judged| Mark {
            trial: trial.trial,
            x: trial.values[self.x],
            y: trial.values[self.y],
            hint: trial.hint.clone(),
        };
        self.standings.of(standing).map(mark).collect()
    }

    fn draw_limits(&self, canvas: &mut Canvas, frame: &Frame) {
        let words = |at: usize| {
            let goal = &self.standings.goals[at];
            let side = if goal.direction == Direction::Minimize { "at most" } else { "at least" };
            let limit = goal.limit.map(|limit| crate::text::number(limit, None));
            format!("limit: {} {side} {}", goal.name, limit.unwrap_or_default())
        };
        if let Some(limit) = self.standings.goals[self.x].limit {
            let across = frame.place(limit, 0.0).0;
            let ends = [(across, frame.bottom), (across, frame.top)];
            canvas.path(&ends, "bound", None, &words(self.x));
        }
        if let Some(limit) = self.standings.goals[self.y].limit {
            let down = frame.place(0.0, limit).1;
            let ends = [(frame.left, down), (frame.right, down)];
            canvas.path(&ends, "bound", None, &words(self.y));
        }
    }

    /// The border of what the front dominates, up to the limits, or to the ends of the axes.
    fn draw_steps(&self, canvas: &mut Canvas, frame: &Frame) {
        let goals = &self.standings.goals;
        let places: Vec<(f64, f64)> = self
            .standings
            .front
            .iter()
            .map(|&at| &self.standings.trials[at].values)
            .map(|values| frame.place(values[self.x], values[self.y]))
            .collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let low = |at: usize| goals[at].direction == Direction::Minimize;
        let worst_x = match goals[self.x].limit {
            Some(limit) => frame.place(limit, 0.0).0,
            None if low(self.x) => frame.right,
            None => frame.left,
        };
        let worst_y = match goals[self.y].limit {
            Some(limit) => frame.place(0.0, limit).1,
            None if low(self.y) => frame.top,
            None => frame.bottom,
        };
        let mut steps = vec![(first.0, worst_y)];
        for place in &places {
            let (_, before) = steps[steps.len() - 1];
            // Along the goal that gets worse, then along the one that gets better.
            let corner = (place.0, before);
            let moved = |one: (f64, f64), other: (f64, f64)| {
                (one.0 - other.0).abs() + (one.1 - other.1).abs() > 0.3
            };
            if moved(corner, steps[steps.len() - 1]) {
                steps.push(corner);
            }
            if moved(*place, steps[steps.len() - 1]) {
                steps.push(*place);
            }
        }
        steps.push((worst_x, last.1));
        canvas.path(&steps, "l1", None, "the front");
    }

    /// The numbers of trials beside their marks, on the side that no trial dominates, where nothing is
    /// in their way.
    fn draw_numbers(&self, canvas: &mut Canvas, frame: &Frame, shown: &[&Mark]) {
        let goals = &self.standings.goals;
        let left = goals[self.x].direction == Direction::Minimize;
        let below = goals[self.y].direction == Direction::Minimize;
        let marks: Vec<Place> = shown
            .iter()
            .map(|mark| frame.place(mark.x, mark.y))
            .map(|(x, y)| [x - 5.0, x + 5.0, y - 5.0, y + 5.0])
            .collect();
        let mut taken: Vec<Place> = Vec::new();
        let knee = self.standings.knee;
        let first = shown.iter().filter(|mark| Some(mark.trial) == knee);
        for mark in first.chain(shown.iter().filter(|mark| Some(mark.trial) != knee)) {
            let (x, y) = frame.place(mark.x, mark.y);
            let text = match Some(mark.trial) == knee {
                true => format!("{} (knee)", mark.trial),
                false => mark.trial.to_string(),
            };
            let wide = width(&text, SMALL);
            let away = if Some(mark.trial) == knee { 10.0 } else { 7.0 };
            let start = if left { x - away - wide } else { x + away };
            let line = if below { y + away + 0.7 * SMALL } else { y - away };
            let own = [start - 2.0, start + wide + 2.0, line - SMALL, line + 3.0];
            let inside = own[0] > frame.left
                && own[1] < frame.right
                && own[2] > frame.top
                && own[3] < frame.bottom;
            if inside && !marks.iter().chain(&taken).any(|other| overlap(&own, other)) {
                canvas.text((start, line), Anchor::Start, "m halo", &text);
                taken.push(own);
            }
        }
    }
}

/// Left, right, top and bottom.
type Place = [f64; 4];

fn overlap(one: &Place, other: &Place) -> bool {
    one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]
}
