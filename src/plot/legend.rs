//! Names of the marks of a chart.

use crate::svg::{Anchor, Canvas, LINE, SMALL, fit, width};

/// A class of marks, as the legend shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Dot,
    Ring,
    Cross,
    Line,
    Box,
}

impl Canvas {
    /// Names of the marks, beside one another and on as many lines as it takes. Returns where they
    /// end.
    pub(super) fn legend(&mut self, (left, top): (f64, f64), entries: &[(Key, &str, &str)]) -> f64 {
        const MARK: f64 = 18.0;
        const GAP: f64 = 16.0;
        if entries.is_empty() {
            return top;
        }
        let (mut x, mut y) = (left, top + 11.0);
        for (key, class, name) in entries {
            let name = fit(name, SMALL, self.width - left - MARK);
            let wide = MARK + width(&name, SMALL);
            if x > left && x + wide > self.width {
                (x, y) = (left, y + LINE);
            }
            let middle = (x + 6.0, y - 4.0);
            match key {
                Key::Dot | Key::Ring => self.dot(middle, 4.0, class, None, ""),
                Key::Cross => self.cross(middle, None, ""),
                Key::Line => self.line((x, y - 4.0), (x + 13.0, y - 4.0), class),
                Key::Box => self.rect((x, y - 9.0), (12.0, 10.0), class, None, ""),
            }
            self.text((x + MARK, y), Anchor::Start, "m", &name);
            x += wide + GAP;
        }
        y + 9.0
    }
}
