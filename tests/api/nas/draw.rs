//! What pictures say, and that nothing lies upon anything else.

use tunewright::nas::{Cell, CellSpace, Chain, Edge, Layer, Network, Node, Operation, Place};
use tunewright::prelude::*;
use tunewright::sampler::Stream;

#[derive(Clone, Debug)]
struct Box {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Box {
    fn overlaps(&self, other: &Box) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Box) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

fn number(tag: &str, name: &str) -> f64 {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
    rest.split_once('"').unwrap().0.parse().unwrap()
}

/// All tags of a kind with what stands within.
fn tags<'a>(svg: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    // With the space before the first attribute.
    let open = format!("<{name}");
    svg.split(open.as_str())
        .skip(1)
        .map(|rest| {
            let (tag, rest) = rest.split_once('>').unwrap();
            (tag, rest.split_once('<').map_or("", |(text, _)| text))
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

/// Advance widths of DejaVu Sans, the widest of the usual fonts, in thousandths of the size.
fn width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' => 278.0,
        'f' | 't' | 'r' | 'I' | '.' | ',' | ' ' | '·' | ':' => 412.0,
        'm' | 'M' | 'W' => 989.0,
        'w' | '×' | '+' | '<' | '>' => 838.0,
        'A'..='Z' => 788.0,
        'a'..='z' | '0'..='9' | '_' | '-' => 637.0,
        _ => 1000.0,
    }
}

/// Checks a picture and returns its boxes.
fn check(svg: &str) -> Vec<Box> {
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.contains("role=\"img\"") && svg.contains("<title>") && svg.contains("<desc>"));
    assert!(svg.contains("prefers-color-scheme:dark") && !svg.contains("NaN"));
    let mut boxes: Vec<Box> = tags(svg, "rect")
        .into_iter()
        .map(|(tag, _)| {
            let (left, top) = (number(tag, "x"), number(tag, "y"));
            let (width, height) = (number(tag, "width"), number(tag, "height"));
            Box { left, top, right: left + width, bottom: top + height }
        })
        .collect();
    let paper = boxes.remove(0);
    for (index, one) in boxes.iter().enumerate() {
        assert!(paper.holds(one), "{one:?} lies outside {paper:?}");
        for other in &boxes[index + 1..] {
            assert!(!one.overlaps(other), "{one:?} and {other:?}");
        }
    }
    let mut texts: Vec<Box> = Vec::new();
    for (tag, text) in tags(svg, "text") {
        let (x, baseline) = (number(tag, "x"), number(tag, "y"));
        let wide = 13.0 / 1000.0 * unescaped(text).chars().map(width).sum::<f64>();
        let left = if tag.contains("\"mark\"") { x } else { x - wide / 2.0 };
        let text = Box { left, top: baseline - 10.0, right: left + wide, bottom: baseline + 3.0 };
        assert!(boxes.iter().any(|it| it.holds(&text)), "{text:?} lies in no box");
        assert!(!texts.iter().any(|other| other.overlaps(&text)), "{text:?} lies upon another");
        texts.push(text);
    }
    for (tag, _) in tags(svg, "path") {
        let path = tag.split_once("d=\"").unwrap().1;
        let numbers: Vec<f64> = path
            .split(|c: char| c.is_alphabetic() || c == ' ' || c == '"' || c == '/')
            .filter_map(|number| number.parse().ok())
            .collect();
        // Where lines end; control points of curves may lie outside.
        if !path.contains('V') {
            let end = &numbers[numbers.len() - 2..];
            assert!((paper.left..paper.right).contains(&end[0]), "{path}");
            assert!((paper.top..paper.bottom).contains(&end[1]), "{path}");
        }
    }
    boxes
}

#[test]
fn chains_are_drawn_without_overlap() {
    let chain = Chain::convolutional()
        .decide("activation", ["relu", "a very long name of an activation, with commas"])
        .decide("dropout_rate", [0.1, 1.0 / 3.0])
        .skip_connections()
        .depth(1..=12)
        .build()
        .unwrap();
    let mut random = Stream::new(1, 0);
    for _ in 0..100 {
        let network = chain.decode(&chain.space().sample(&mut random)).unwrap();
        let svg = network.to_svg();
        assert_eq!(check(&svg).len(), network.depth() + 2);
        let connections: usize =
            network.layers().iter().map(|layer| layer.inputs().len()).sum::<usize>()
                + network.outputs().len();
        // A line and a head each.
        assert_eq!(tags(&svg, "path").len(), 2 * connections);
        assert_eq!(svg.matches("class=\"skip ").count(), network.skips());
    }
}

#[test]
fn cells_are_drawn_without_overlap() {
    let operations = [
        Operation::zero("none"),
        Operation::identity("skip"),
        "separable convolution 5×5".into(),
        Operation::without_weights("pool"),
    ];
    let mut random = Stream::new(2, 0);
    for space in [
        CellSpace::edges(4).operations(operations.clone()),
        CellSpace::pairs(6).operations(operations).combinations(["add", "concat"]),
    ] {
        let space = space.build().unwrap();
        for _ in 0..100 {
            let cell = space.decode(&space.space().sample(&mut random)).unwrap();
            let svg = cell.to_svg();
            let edges = || cell.nodes().iter().flat_map(|node| &node.edges);
            let shown = |name: &str| edges().filter(|it| it.operation.name() == name).count();
            let operations = edges().count() - shown("none") - shown("skip");
            let others = cell.inputs() + cell.nodes().len() + 1;
            assert_eq!(check(&svg).len(), operations + others);
            assert!(!svg.contains(">none<"));
        }
    }
}

#[test]
fn any_text_can_be_drawn() {
    let name = "<b> & \"quotes\" \u{7}";
    let layer = Layer::new().with("op", name);
    let svg = Network::new([layer.clone(), Layer::new()]).unwrap().to_svg();
    check(&svg);
    assert!(svg.contains("&lt;b&gt; &amp; &quot;quotes&quot;") && !svg.contains("<b>"));
    let node = Node::adding([Edge::new(name, Place::Input(0))]);
    check(&Cell::new(3, [node], [0]).unwrap().to_svg());
    let dot = Network::new([layer]).unwrap().to_dot();
    assert!(dot.contains("\\\"quotes\\\""), "{dot}");
}

#[test]
fn dot_has_every_connection() {
    let network = Network::new([
        Layer::new().with("kernel", 3),
        Layer::new().with("kernel", 5),
        Layer::new().with_inputs([0, 1]),
    ]);
    let dot = network.unwrap().to_dot();
    let lines: Vec<&str> = dot.lines().filter(|line| line.contains("->")).map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "image -> layer0;",
            "image -> layer1;",
            "layer0 -> layer2;",
            "layer1 -> layer2;",
            "layer2 -> classifier;"
        ]
    );
    assert!(dot.contains("layer1 [label=\"1\\nkernel 5\"];"), "{dot}");
    let node = Node::adding([
        Edge::new("conv", Place::Input(0)),
        Edge::new(Operation::zero("none"), Place::Input(1)),
    ]);
    let dot = Cell::new(2, [node], [0]).unwrap().to_dot();
    let lines: Vec<&str> = dot.lines().filter(|line| line.contains("->")).map(str::trim).collect();
    assert_eq!(lines, ["input0 -> node0 [label=\"conv\"];", "node0 -> output;"]);
}
