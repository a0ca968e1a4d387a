//! A network layer by layer: a column of boxes, with arcs for what skips.

use super::diagram::{Diagram, Label, text_width};
use crate::nas::network::{Layer, Network, Source};
use crate::space::Value;

/// Between two boxes of the column.
const GAP: f64 = 30.0;
/// Most text in one line of a box.
const WIDEST: f64 = 250.0;
/// How far arcs swing out for each row that they skip, and where they begin.
const SWING: f64 = 15.0;
const FIRST_SWING: f64 = 22.0;

/// Rows are the image, the layers and the classifier.
struct Column {
    labels: Vec<Label>,
    middles: Vec<f64>,
    width: f64,
}

/// A connection between two rows.
struct Arc {
    from: usize,
    to: usize,
}

pub(super) fn svg(network: &Network) -> String {
    let column = column(network);
    let mut diagram = Diagram::new();
    let (straight, arcs): (Vec<Arc>, Vec<Arc>) =
        connections(network).into_iter().partition(|arc| arc.to == arc.from + 1);
    for arc in &straight {
        let from = column.middles[arc.from] + column.labels[arc.from].height / 2.0;
        let to = column.middles[arc.to] - column.labels[arc.to].height / 2.0;
        let path = format!("M0 {from:.1}V{:.1}", to - 6.0);
        diagram.path(&path, None, &name(network, arc));
        diagram.head((0.0, to), (0.0, 1.0), None);
    }
    let last = network.depth() + 1;
    // What skips layers swings out to the right; what belongs to neither end, to the left.
    let (ends, skips): (Vec<&Arc>, Vec<&Arc>) =
        arcs.iter().partition(|arc| arc.from == 0 || arc.to == last);
    draw_arcs(&mut diagram, network, &column, &skips, 1.0);
    draw_arcs(&mut diagram, network, &column, &ends, -1.0);
    for (row, label) in column.labels.iter().enumerate() {
        let class = if row == 0 || row == last { "end" } else { "box" };
        let label = Label { width: column.width, ..label.clone() };
        diagram.label(&label, class, (0.0, column.middles[row]), "");
    }
    let (depth, skips) = (network.depth(), network.skips());
    let title = format!(
        "Network of {depth} layer{} and {skips} skip connection{}",
        plural(depth),
        plural(skips)
    );
    diagram.finish(&title, &network.to_string())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn column(network: &Network) -> Column {
    let mut labels = vec![Label::new(vec!["image".into()])];
    let layers = network.layers().iter().enumerate();
    labels.extend(layers.map(|(index, layer)| Label::new(words(layer)).marked(index.to_string())));
    labels.push(Label::new(vec!["classifier".into()]));
    let width = labels.iter().map(|label| label.width).fold(120.0, f64::max);
    let mut middles = Vec::with_capacity(labels.len());
    let mut top = 0.0;
    for label in &labels {
        middles.push(top + label.height / 2.0);
        top += label.height + GAP;
    }
    Column { labels, middles, width }
}

/// A layer's decisions as people write them, in lines.
fn words(layer: &Layer) -> Vec<String> {
    let side = |name: &str| layer.int::<u64>(name).ok();
    let kernel = side("filter_height").zip(side("filter_width"));
    let mut parts = Vec::new();
    for (name, value) in layer.decisions() {
        match (name, value, kernel) {
            ("filter_height", _, Some((height, width))) => {
                parts.push(format!("{height} × {width}"))
            }
            ("filter_width", _, Some(_)) => {}
            (_, Value::Text(text), _) => parts.push(text.clone()),
            (_, value, _) => parts.push(format!("{} {value:.4}", name.replace('_', " "))),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if text_width(line) + text_width(&part) < WIDEST => {
                line.push_str(" · ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

fn connections(network: &Network) -> Vec<Arc> {
    let mut arcs = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        arcs.extend(layer.inputs().iter().map(|source| match source {
            Source::Image => Arc { from: 0, to: index + 1 },
            Source::Layer(from) => Arc { from: from + 1, to: index + 1 },
        }));
    }
    let classifier = network.depth() + 1;
    arcs.extend(network.outputs().into_iter().map(|from| Arc { from: from + 1, to: classifier }));
    arcs
}

fn name(network: &Network, arc: &Arc) -> String {
    let name = |row: usize| match row {
        0 => "image".to_owned(),
        row if row > network.depth() => "classifier".to_owned(),
        row => format!("layer {}", row - 1),
    };
    format!("{} to {}", name(arc.from), name(arc.to))
}

/// Arcs on one side, which is 1 for the right and -1 for the left.
fn draw_arcs(diagram: &mut Diagram, network: &Network, column: &Column, arcs: &[&Arc], side: f64) {
    let edge = side * column.width / 2.0;
    for arc in arcs {
        let from = port(column, arcs, arc, arc.from);
        let to = port(column, arcs, arc, arc.to);
        let swing = FIRST_SWING + SWING * (arc.to - arc.from - 1) as f64;
        let out = edge + side * swing * 4.0 / 3.0;
        let tip = edge + side * 6.0;
        let colour = (side > 0.0).then(|| arc.from - 1);
        let path =
            format!("M{edge:.1} {from:.1}C{out:.1} {from:.1} {out:.1} {to:.1} {tip:.1} {to:.1}");
        diagram.path(&path, colour, &name(network, arc));
        diagram.head((edge, to), (-side, 0.0), colour);
        diagram.reach(edge + side * (swing + 4.0), from);
    }
}

/// Where an arc meets the side of a box: what comes in above what goes out, each spread evenly so
/// that short arcs lie within long ones.
fn port(column: &Column, arcs: &[&Arc], arc: &Arc, row: usize) -> f64 {
    let coming = arc.to == row;
    let mut there: Vec<usize> = arcs
        .iter()
        .filter(|other| if coming { other.to == row } else { other.from == row })
        .map(|other| if coming { other.from } else { other.to })
        .collect();
    // Going down the side, the far ones come in last but go out first.
    there.sort_unstable_by_key(|&other| usize::MAX - other);
    let own = if coming { arc.from } else { arc.to };
    let place = there.iter().position(|&other| other == own).unwrap_or(0);
    let height = column.labels[row].height - 6.0;
    let share = (place as f64 + 0.5) / there.len().max(1) as f64;
    let (top, room) = match coming {
        true => (column.middles[row] - height / 2.0, height * 0.5),
        false => (column.middles[row], height * 0.5),
    };
    top + room * share
}
