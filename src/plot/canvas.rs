//! An SVG document that is drawn upon: marks, text, and the colours of both.

use std::fmt::Write;

use crate::svg::{escaped, fit, width};

/// Size of the text beside axes, and of all other text.
pub(super) const SMALL: f64 = 11.0;
pub(super) const FONT: f64 = 12.0;
/// Height of a line of text.
pub(super) const LINE: f64 = 17.0;

/// Colours that are told apart in light and dark and by colour-blind people, after Okabe & Ito;
/// `--s0` to `--s8` is a ramp of growing weight. Light and dark follow the reader's setting, or the
/// attribute `data-theme` of the picture or of what surrounds it.
pub(crate) const STYLE: &str = include_str!("picture.css");

/// What has been drawn so far.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Whether marks of trials say in words what they are. A page knows the trials by their
    /// numbers.
    in_words: bool,
    body: String,
}

/// Which side of a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

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
    /// The canvas of a picture of its own.
    pub(super) fn new(width: f64) -> Self {
        Canvas { width, height: 0.0, in_words: true, body: String::new() }
    }

    /// The canvas of a picture on a page that says by itself what each trial is.
    pub(super) fn on_page(width: f64) -> Self {
        Canvas { in_words: false, ..Canvas::new(width) }
    }

    /// An empty canvas for a part of the same picture.
    pub(super) fn another(&self, width: f64) -> Self {
        Canvas { in_words: self.in_words, ..Canvas::new(width) }
    }

    pub(super) fn into_body(self) -> String {
        self.body
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = self.body.write_fmt(text);
    }

    /// Text on its baseline.
    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        self.titled_text((x, y), anchor, class, text, None);
    }

    /// Text that is shortened to the room it has, with all of it for those who point at it.
    pub(super) fn fitted(
        &mut self,
        at: (f64, f64),
        anchor: Anchor,
        class: &str,
        text: &str,
        room: f64,
    ) {
        let short = fit(text, size(class), room);
        let whole = (short != text).then_some(text);
        self.titled_text(at, anchor, class, &short, whole);
    }

    fn titled_text(
        &mut self,
        (x, y): (f64, f64),
        anchor: Anchor,
        class: &str,
        text: &str,
        title: Option<&str>,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let title = titled(title.unwrap_or_default());
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{title}{}</text>\n",
            Px(x),
            Px(y),
            escaped(text)
        ));
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.push(format_args!(
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>\n",
            Px(x1),
            Px(y1),
            Px(x2),
            Px(y2)
        ));
    }

    /// A line through places, or a filled shape, as the class has it.
    pub(super) fn path(
        &mut self,
        places: &[(f64, f64)],
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        if places.len() < 2 {
            return;
        }
        let mut path = String::with_capacity(places.len() * 10);
        for (at, (x, y)) in places.iter().enumerate() {
            let _ = write!(path, "{}{} {}", if at == 0 { 'M' } else { 'L' }, Px(*x), Px(*y));
        }
        self.element("path", class, format_args!(" d=\"{path}\""), trial, title);
    }

    pub(super) fn raw_path(&mut self, path: &str, class: &str, title: &str) {
        self.element("path", class, format_args!(" d=\"{path}\""), None, title);
    }

    pub(super) fn dot(
        &mut self,
        (x, y): (f64, f64),
        radius: f64,
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        let place = format_args!(" cx=\"{}\" cy=\"{}\" r=\"{}\"", Px(x), Px(y), Px(radius));
        self.element("circle", class, place, trial, title);
    }

    pub(super) fn cross(&mut self, (x, y): (f64, f64), trial: Option<u64>, title: &str) {
        let place = format_args!(" d=\"M{} {}l6 6m0-6l-6 6\"", Px(x - 3.0), Px(y - 3.0));
        self.element("path", "x", place, trial, title);
    }

    pub(super) fn rect(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        let (width, height) = (Px(width.max(0.0)), Px(height.max(0.0)));
        let place =
            format_args!(" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"", Px(x), Px(y));
        self.element("rect", class, place, trial, title);
    }

    fn element(
        &mut self,
        name: &str,
        class: &str,
        place: std::fmt::Arguments<'_>,
        trial: Option<u64>,
        title: &str,
    ) {
        self.push(format_args!("<{name} class=\"{class}\"{place}"));
        if let Some(trial) = trial {
            self.push(format_args!(" data-n=\"{trial}\""));
        }
        if title.is_empty() || (trial.is_some() && !self.in_words) {
            self.push(format_args!("/>\n"));
        } else {
            self.push(format_args!(">{}</{name}>\n", titled(title)));
        }
    }

    /// What another canvas has, moved to a place.
    pub(super) fn inset(&mut self, (x, y): (f64, f64), other: Canvas) {
        self.height = self.height.max(y + other.height);
        self.push(format_args!(
            "<g transform=\"translate({} {})\">\n{}</g>\n",
            Px(x),
            Px(y),
            other.body
        ));
    }

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

/// The size of a class of text.
pub(super) fn size(class: &str) -> f64 {
    match class.split(' ').next() {
        Some("m") => SMALL,
        Some("h") => 16.0,
        // Bold text is wider than what its size says.
        Some("n") => 13.0,
        _ => FONT,
    }
}

fn titled(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(title)) }
}

/// A length with a tenth of a pixel, as short as it can be written.
pub(super) struct Px(pub(super) f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() as i64 } else { 0 };
        let sign = if tenths < 0 { "-" } else { "" };
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{tenth}") }
    }
}
