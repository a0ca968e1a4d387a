//! Graphs in the DOT language of Graphviz.

use std::fmt::Write;

use crate::nas::cell::{Cell, Kind, Place};
use crate::nas::network::{Network, Source};

const HEAD: &str = "node [shape=box, style=rounded, fontname=\"Helvetica\"];\n  edge \
                    [fontname=\"Helvetica\"];\n";

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Writing to a text cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

pub(super) fn network(network: &Network) -> String {
    let mut out = format!("digraph network {{\n  rankdir=TB;\n  {HEAD}");
    out.push_str("  image [shape=ellipse];\n  classifier [shape=ellipse];\n");
    for (index, layer) in network.layers().iter().enumerate() {
        let label = quoted(format!("{index}\n{layer}").trim_end());
        push(&mut out, format_args!("  layer{index} [label={label}];\n"));
    }
    for (index, layer) in network.layers().iter().enumerate() {
        for source in layer.inputs() {
            let from = match source {
                Source::Image => "image".to_owned(),
                Source::Layer(from) => format!("layer{from}"),
            };
            push(&mut out, format_args!("  {from} -> layer{index};\n"));
        }
    }
    for layer in network.outputs() {
        push(&mut out, format_args!("  layer{layer} -> classifier;\n"));
    }
    out.push_str("}\n");
    out
}

pub(super) fn cell(cell: &Cell) -> String {
    let mut out = format!("digraph cell {{\n  rankdir=LR;\n  {HEAD}");
    for input in 0..cell.inputs() {
        push(&mut out, format_args!("  input{input} [shape=ellipse];\n"));
    }
    for (index, node) in cell.nodes().iter().enumerate() {
        let label = quoted(&format!("node{index}\n{}", node.combination));
        push(&mut out, format_args!("  node{index} [shape=ellipse, label={label}];\n"));
    }
    out.push_str("  output [shape=ellipse];\n");
    for (index, node) in cell.nodes().iter().enumerate() {
        for edge in node.edges.iter().filter(|edge| edge.operation.kind != Kind::Zero) {
            let from = match edge.from {
                Place::Input(input) => format!("input{input}"),
                Place::Node(node) => format!("node{node}"),
            };
            let label = quoted(edge.operation.name());
            push(&mut out, format_args!("  {from} -> node{index} [label={label}];\n"));
        }
    }
    for node in cell.outputs() {
        push(&mut out, format_args!("  node{node} -> output;\n"));
    }
    out.push_str("}\n");
    out
}
