//! A cell as a graph in columns: operations are boxes, nodes say how they combine.

use super::diagram::{Diagram, Label};
use super::layers::Layered;
use crate::nas::cell::{ADD, Cell, Kind, Place};

/// What is drawn at a vertex.
struct Vertex {
    label: Label,
    class: &'static str,
    title: String,
}

#[derive(Default)]
struct Picture {
    graph: Layered,
    vertices: Vec<Vertex>,
    titles: Vec<String>,
}

impl Picture {
    fn vertex(&mut self, text: &str, class: &'static str, title: String) -> usize {
        let label = Label::new(vec![text.to_owned()]);
        let vertex = self.graph.vertex((label.width, label.height));
        self.vertices.push(Vertex { label, class, title });
        vertex
    }

    fn edge(&mut self, from: usize, to: usize, title: String) {
        self.graph.edge(from, to);
        self.titles.push(title);
    }
}

pub(super) fn svg(cell: &Cell) -> String {
    let picture = picture(cell);
    let layout = picture.graph.layout();
    let mut diagram = Diagram::new();
    for (line, title) in layout.lines.iter().zip(&picture.titles) {
        let Some(&(tip, y)) = line.last() else { continue };
        line.iter().for_each(|&(x, y)| diagram.reach(x, y));
        diagram.path(&curve(line), None, title);
        diagram.head((tip, y), (1.0, 0.0), None);
    }
    for (vertex, &centre) in picture.vertices.iter().zip(&layout.centres) {
        diagram.label(&vertex.label, vertex.class, centre, &vertex.title);
    }
    let count = cell.nodes().len();
    let plural = if count == 1 { "" } else { "s" };
    diagram.finish(&format!("Cell of {count} node{plural}"), &cell.to_string())
}

fn picture(cell: &Cell) -> Picture {
    let mut picture = Picture::default();
    let inputs: Vec<usize> = (0..cell.inputs())
        .map(|input| {
            let name = match (cell.inputs(), input) {
                (1, _) => "input".to_owned(),
                (2, 0) => "cell before last".to_owned(),
                (2, 1) => "last cell".to_owned(),
                _ => format!("input {input}"),
            };
            picture.vertex(&name, "end", format!("input {input}"))
        })
        .collect();
    let mut nodes: Vec<usize> = Vec::with_capacity(cell.nodes().len());
    for (index, node) in cell.nodes().iter().enumerate() {
        let mut reads = Vec::new();
        for edge in node.edges.iter().filter(|edge| edge.operation.kind != Kind::Zero) {
            let from = match edge.from {
                Place::Input(input) => inputs[input],
                Place::Node(node) => nodes[node],
            };
            let (name, title) = (edge.operation.name(), format!("{} to node {index}", edge.from));
            if edge.operation.kind == Kind::Identity {
                reads.push((from, format!("{name}: {title}")));
            } else {
                let operation = picture.vertex(name, "box", format!("{name}: {title}"));
                picture.edge(from, operation, title.clone());
                reads.push((operation, title));
            }
        }
        let name = match (node.combination.as_str(), reads.len()) {
            (_, 0) => format!("node {index}: zero"),
            (_, 1) => format!("node {index}"),
            (ADD, _) => format!("node {index}: +"),
            (other, _) => format!("node {index}: {other}"),
        };
        let vertex = picture.vertex(&name, "end", format!("node {index}: {}", node.combination));
        for (from, title) in reads {
            picture.edge(from, vertex, title);
        }
        nodes.push(vertex);
    }
    let name = if cell.outputs().len() == 1 { "output" } else { "output: concat" };
    let output = picture.vertex(name, "end", "output".into());
    for &node in cell.outputs() {
        picture.edge(nodes[node], output, format!("node {node} to output"));
    }
    picture
}

/// A line that leaves and arrives level, and is level at every point between.
fn curve(line: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, pair) in line.windows(2).enumerate() {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        // The last one ends within its arrowhead.
        let x1 = if at + 2 == line.len() { x1 - 6.0 } else { x1 };
        if at == 0 {
            path.push_str(&format!("M{x0:.1} {y0:.1}"));
        }
        let middle = (x0 + x1) / 2.0;
        path.push_str(&format!("C{middle:.1} {y0:.1} {middle:.1} {y1:.1} {x1:.1} {y1:.1}"));
    }
    path
}
