//! What a network computes, whatever way it is written: the form behind keys.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::space::Key;

/// A value that flows through a network: a sum of terms, each the input or the result of an
/// operation. No term at all is zero.
pub(super) type Terms = Vec<usize>;

/// A network as operations on sums.
///
/// Identities add no operation and zeros no term, so that sums are flat. An operation with weights
/// is one of its own each time it is made; one without weights is the same wherever it reads the
/// same. What does not reach the output does not count. Two networks get the same key if and only
/// if their operations can be matched so that matched ones do the same with matched inputs.
#[derive(Debug, Default)]
pub(super) struct Computation {
    nodes: Vec<Node>,
    /// Operations without weights by what they do and read.
    shared: HashMap<(u64, Vec<usize>), usize>,
}

#[derive(Debug)]
struct Node {
    label: u64,
    /// Sorted; a node that is read twice stands twice.
    reads: Vec<usize>,
}

/// What stands for a sum where it is an operand beside others.
const SUM: &str = "+";
const OUTPUT: &str = "output";

impl Computation {
    pub(super) fn input(&mut self, number: usize) -> Terms {
        self.node(hash(&("input", number)), Vec::new(), false)
    }

    /// An operation on the sum of the terms; zero of zero.
    pub(super) fn apply(&mut self, label: &impl Hash, weights: bool, terms: &Terms) -> Terms {
        if terms.is_empty() {
            return Terms::new();
        }
        self.node(hash(label), terms.clone(), weights)
    }

    /// An operation without weights on several values, in any order.
    pub(super) fn combine(&mut self, label: &impl Hash, values: &[Terms]) -> Terms {
        if values.iter().all(Vec::is_empty) {
            return Terms::new();
        }
        let operands = values.iter().map(|terms| match terms.as_slice() {
            [term] => *term,
            _ => self.node(hash(&SUM), terms.clone(), false)[0],
        });
        let operands = operands.collect();
        self.node(hash(label), operands, false)
    }

    fn node(&mut self, label: u64, mut reads: Vec<usize>, weights: bool) -> Terms {
        reads.sort_unstable();
        let next = self.nodes.len();
        if !weights {
            let node = *self.shared.entry((label, reads.clone())).or_insert(next);
            if node < next {
                return vec![node];
            }
        }
        self.nodes.push(Node { label, reads });
        vec![next]
    }

    /// The key of the network with this output.
    pub(super) fn key(mut self, output: Terms) -> Key {
        let root = self.node(hash(&OUTPUT), output, true)[0];
        Graph::reached_from(&self.nodes, root).key()
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The nodes that count, with both directions of what reads what.
struct Graph {
    labels: Vec<u64>,
    reads: Vec<Vec<usize>>,
    read_by: Vec<Vec<usize>>,
}

/// A colour for every node: nodes that some matching may exchange have the same one.
type Colours = Vec<u64>;

/// A graph with its nodes in an order that does not depend on how it was written.
type Certificate = Vec<(u64, Vec<usize>)>;

impl Graph {
    fn reached_from(nodes: &[Node], root: usize) -> Graph {
        let mut position = vec![usize::MAX; nodes.len()];
        let mut order = vec![root];
        position[root] = 0;
        let mut next = 0;
        while next < order.len() {
            for &read in &nodes[order[next]].reads {
                if position[read] == usize::MAX {
                    position[read] = order.len();
                    order.push(read);
                }
            }
            next += 1;
        }
        let reads: Vec<Vec<usize>> = order
            .iter()
            .map(|&node| nodes[node].reads.iter().map(|&read| position[read]).collect())
            .collect();
        let mut read_by = vec![Vec::new(); order.len()];
        for (node, reads) in reads.iter().enumerate() {
            for &read in reads {
                read_by[read].push(node);
            }
        }
        Graph { labels: order.iter().map(|&node| nodes[node].label).collect(), reads, read_by }
    }

    fn key(&self) -> Key {
        Key::of(&self.canonical(self.refine(self.labels.clone())))
    }

    /// Nodes take the colours around them into their own until no more of them differ.
    fn refine(&self, mut colours: Colours) -> Colours {
        let mut classes = count(&colours);
        loop {
            let around = |nodes: &[usize]| {
                let mut around: Vec<u64> = nodes.iter().map(|&node| colours[node]).collect();
                around.sort_unstable();
                around
            };
            let refined: Colours = (0..colours.len())
                .map(|node| {
                    hash(&(colours[node], around(&self.reads[node]), around(&self.read_by[node])))
                })
                .collect();
            colours = refined;
            let finer = count(&colours);
            if finer == classes {
                return colours;
            }
            classes = finer;
        }
    }

    /// Where colours do not tell nodes apart, one of them is singled out: the one that gives the
    /// least certificate. Nodes whose first certificates are equal can be exchanged, so that one
    /// stands for all of them; this keeps the search short for the symmetric networks in which
    /// there is much to exchange.
    fn canonical(&self, colours: Colours) -> Certificate {
        let Some(class) = ambiguous(&colours) else { return self.certificate(&colours) };
        let mut tried: Vec<Certificate> = Vec::new();
        let mut least: Option<Certificate> = None;
        for node in class {
            let single = self.refine(singled_out(&colours, node));
            let first = self.first(single.clone());
            if tried.contains(&first) {
                continue;
            }
            tried.push(first);
            let certificate = self.canonical(single);
            if least.as_ref().is_none_or(|least| certificate < *least) {
                least = Some(certificate);
            }
        }
        least.unwrap_or_default()
    }

    /// The certificate when always the first of those that look alike is singled out.
    fn first(&self, mut colours: Colours) -> Certificate {
        while let Some(class) = ambiguous(&colours) {
            colours = self.refine(singled_out(&colours, class[0]));
        }
        self.certificate(&colours)
    }

    fn certificate(&self, colours: &Colours) -> Certificate {
        let mut order: Vec<usize> = (0..colours.len()).collect();
        order.sort_unstable_by_key(|&node| colours[node]);
        let mut rank = vec![0; order.len()];
        for (place, &node) in order.iter().enumerate() {
            rank[node] = place;
        }
        let entry = |&node: &usize| {
            let mut reads: Vec<usize> = self.reads[node].iter().map(|&read| rank[read]).collect();
            reads.sort_unstable();
            (self.labels[node], reads)
        };
        order.iter().map(entry).collect()
    }
}

fn count(colours: &Colours) -> usize {
    let mut sorted = colours.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// The nodes of the class of most alike, of the least colour if several are as large.
fn ambiguous(colours: &Colours) -> Option<Vec<usize>> {
    let mut classes: HashMap<u64, Vec<usize>> = HashMap::new();
    for (node, &colour) in colours.iter().enumerate() {
        classes.entry(colour).or_default().push(node);
    }
    let several = classes.into_iter().filter(|(_, nodes)| nodes.len() > 1);
    several
        .min_by_key(|(colour, nodes)| (usize::MAX - nodes.len(), *colour))
        .map(|(_, nodes)| nodes)
}

fn singled_out(colours: &Colours, node: usize) -> Colours {
    let mut colours = colours.clone();
    colours[node] = hash(&("singled out", colours[node]));
    colours
}
