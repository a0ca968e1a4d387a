//! A picture in space that the page's script turns.

use std::fmt::Write;

use crate::plot::Rotatable;
use crate::svg::{Px, SMALL, escaped, fit, width};

/// Width and height, and half the edge of the cube.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 460.0;
const HALF: f64 = 130.0;
/// Widest name of an axis.
const NAME: f64 = 150.0;
/// How the cube is turned at first: around the upright axis, and towards the reader.
const TURNED: (f64, f64) = (-0.65, 0.42);

/// The figure, as it is seen without scripts.
pub(super) fn figure(rotatable: &Rotatable) -> String {
    let mut body = String::new();
    let corner = |at: usize, bit: usize| if at >> bit & 1 == 1 { 1.0 } else { 0.0 };
    let corners: Vec<[f64; 3]> =
        (0..8).map(|at| [corner(at, 0), corner(at, 1), corner(at, 2)]).collect();
    for (at, from) in corners.iter().enumerate() {
        for bit in (0..3).filter(|bit| at >> bit & 1 == 0) {
            let to = corners[at | 1 << bit];
            let class = if at == 0 { "w" } else { "g" };
            let ((x1, y1, _), (x2, y2, _)) = (placed(*from), placed(to));
            let _ = writeln!(
                body,
                "<line class=\"{class}\" data-a=\"{}\" data-b=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" \
                 y2=\"{}\"/>",
                triple(*from),
                triple(to),
                Px(x1),
                Px(y1),
                Px(x2),
                Px(y2)
            );
        }
    }
    for spot in &rotatable.marks {
        let (x, y, near) = placed(spot.at);
        let mut dot = |class: &str, radius: f64| {
            let _ = writeln!(
                body,
                "<circle class=\"{class}\" data-n=\"{}\" data-a=\"{}\" data-r=\"{radius}\" cx=\"{}\" \
                 cy=\"{}\" r=\"{}\"/>",
                spot.trial,
                triple(spot.at),
                Px(x),
                Px(y),
                Px(radius * near)
            );
        };
        dot(spot.class, if spot.class == "best" { 4.6 } else { 3.2 });
        if spot.is_knee {
            dot("w", 8.5);
        }
    }
    let ends = [[1.12, 0.0, 0.0], [0.0, 1.12, 0.0], [0.0, 0.0, 1.12]];
    let names = rotatable.names.iter().zip(ends).map(|(name, end)| (name.as_str(), end));
    for (name, end) in names.chain([("best", [-0.07; 3])]) {
        let short = fit(name, SMALL, NAME);
        let half = width(&short, SMALL) / 2.0;
        let (x, y, _) = placed(end);
        let (x, y) = (x.clamp(half, WIDTH - half), (y + 4.0).clamp(12.0, HEIGHT - 4.0));
        let _ = writeln!(
            body,
            "<text class=\"m halo\" text-anchor=\"middle\" data-a=\"{}\" data-half=\"{}\" x=\"{}\" \
             y=\"{}\">{}</text>",
            triple(end),
            Px(half),
            Px(x),
            Px(y),
            escaped(&short)
        );
    }
    let title = "Front in space";
    let caption = escaped(&rotatable.caption);
    format!(
        "<figure><h3>{title}</h3><figcaption>{caption}</figcaption><div class=\"draw\"><svg class=\"tw \
         space\" role=\"img\" tabindex=\"0\" aria-label=\"{title}. {caption}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" data-yaw=\"{}\" data-pitch=\"{}\" \
         data-half=\"{HALF}\">\n{body}</svg></div></figure>\n",
        TURNED.0, TURNED.1
    )
}

fn triple(at: [f64; 3]) -> String {
    let digits = |value: f64| ((value * 1000.0).round() / 1000.0 + 0.0).to_string();
    at.map(digits).join(" ")
}

/// Where a place of the cube lies on the paper, and how large it looks there. The script does the same.
fn placed(at: [f64; 3]) -> (f64, f64, f64) {
    let (yaw, pitch) = TURNED;
    let [x, z, y] = at.map(|value| 2.0 * value - 1.0);
    let (across, deep) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
    let (up, deep) = (y * pitch.cos() + deep * pitch.sin(), deep * pitch.cos() - y * pitch.sin());
    (WIDTH / 2.0 + HALF * across, HEIGHT / 2.0 - HALF * up, 1.0 - 0.16 * deep)
}
