//! Two axes with what stands beside them, and places between them.

use super::scale::Scale;
use crate::svg::{Anchor, Canvas, LINE, SMALL, width};

/// What is to be drawn around marks.
#[derive(Clone, Debug)]
pub(super) struct Axes<'a> {
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) x_title: &'a str,
    pub(super) y_title: &'a str,
    /// Height between the axes' ends.
    pub(super) height: f64,
    /// Keeps a strip free at the bottom for trials that have no value.
    pub(super) strip: bool,
}

/// The axes as they were drawn.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// The height of trials without a value.
    pub(super) strip: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

/// Widest label beside the vertical axis.
const WIDEST: f64 = 92.0;
/// Room at the right end, for half a label.
const RIGHT: f64 = 16.0;
/// Height of the strip.
const STRIP: f64 = 18.0;
/// Pixels of the vertical axis for each tick.
const PER_TICK: f64 = 38.0;

impl Axes<'_> {
    /// Draws them over the whole width from `top` on, and says where they lie.
    pub(super) fn draw(self, canvas: &mut Canvas, top: f64) -> Frame {
        let ticks = self.y.ticks((self.height / PER_TICK) as usize + 1);
        let most = if self.y.is_bands() { canvas.width / 3.5 } else { WIDEST };
        let labels = ticks.iter().map(|tick| width(&tick.label, SMALL));
        let gutter = labels.fold(22.0, f64::max).min(most);
        let top = top + LINE;
        canvas.fitted((0.0, top - 6.0), Anchor::Start, "m", self.y_title, canvas.width);
        let (left, right) = (gutter + 8.0, canvas.width - RIGHT);
        let (top, bottom) = (top + 4.0, top + 4.0 + self.height);
        let strip = if self.strip { STRIP } else { 0.0 };
        let frame = Frame {
            left,
            right,
            top,
            bottom,
            strip: bottom - STRIP / 2.0 + 1.0,
            x: self.x,
            y: self.y,
        };
        let frame = Frame { bottom: bottom - strip, ..frame };
        for tick in ticks {
            let y = frame.bottom - tick.at * (frame.bottom - frame.top);
            canvas.line((left, y), (right, y), "g");
            let place = (gutter, y + 0.36 * SMALL);
            canvas.fitted(place, Anchor::End, "m", &tick.label, gutter);
        }
        canvas.line((left, bottom), (right, bottom), "a");
        draw_below(canvas, &frame, bottom);
        let place = ((left + right) / 2.0, bottom + 34.0);
        canvas.fitted(place, Anchor::Middle, "m", self.x_title, right - left);
        let below = if self.x_title.is_empty() { 24.0 } else { 40.0 };
        canvas.height = canvas.height.max(bottom + below);
        frame
    }
}

fn draw_below(canvas: &mut Canvas, frame: &Frame, bottom: f64) {
    let (left, right) = (frame.left, frame.right);
    let ticks = frame.x.ticks_along(right - left, SMALL);
    let room = match frame.x.is_bands() {
        // As much as lies between the labels that are shown.
        true => (right - left) * ticks.get(1).map_or(1.0, |next| next.at - ticks[0].at) - 6.0,
        false => canvas.width,
    };
    for tick in ticks {
        let x = frame.x_of(tick.at);
        canvas.line((x, bottom), (x, bottom + 4.0), "a");
        let half = width(&tick.label, SMALL).min(room) / 2.0;
        let x = x.min(canvas.width - half).max(half);
        canvas.fitted((x, bottom + 17.0), Anchor::Middle, "m", &tick.label, room);
    }
}

impl Frame {
    fn x_of(&self, place: f64) -> f64 {
        self.left + place * (self.right - self.left)
    }

    /// Where a pair of values lies; outside of the scales at their ends.
    pub(super) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let across = self.x_of(self.x.place(x).clamp(0.0, 1.0));
        let up = self.y.place(y).clamp(0.0, 1.0);
        (across, self.bottom - up * (self.bottom - self.top))
    }

    /// As [`place`](Self::place), with the values of one choice spread within its band, the same
    /// way for the same trial.
    pub(super) fn spread(&self, x: f64, y: f64, trial: u64) -> (f64, f64) {
        let (across, down) = self.place(x, y);
        // Multiples of these numbers are spread evenly, also in the plane (Roberts 2018, The
        // unreasonable effectiveness of quasirandom sequences).
        let share = |step: f64| (trial as f64 * step).fract() - 0.5;
        let wide = (0.6 * self.x.band() * (self.right - self.left)).min(60.0);
        let high = (0.6 * self.y.band() * (self.bottom - self.top)).min(60.0);
        (across + share(0.618_033_988_749_895) * wide, down + share(0.754_877_666_246_693) * high)
    }
}
