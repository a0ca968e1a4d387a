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

/// The nodes that count, each after those that it reads, with both directions of what reads what.
struct Graph {
    labels: Vec<u64>,
    reads: Vec<Vec<usize>>,
    read_by: Vec<Vec<usize>>,
}

/// A colour for every node: nodes that some matching may exchange have the same one.
type Colours = Vec<u64>;

/// A graph with its nodes, each with its colour and what it reads, in an order that does not depend
/// on how it was written. Equal ones have a matching of nodes that keeps all colours.
type Certificate = Vec<(u64, Vec<usize>)>;

impl Graph {
    fn reached_from(nodes: &[Node], root: usize) -> Graph {
        let mut reached = vec![false; nodes.len()];
        reached[root] = true;
        let mut left = vec![root];
        while let Some(node) = left.pop() {
            for &read in &nodes[node].reads {
                if !std::mem::replace(&mut reached[read], true) {
                    left.push(read);
                }
            }
        }
        let order: Vec<usize> = (0..nodes.len()).filter(|&node| reached[node]).collect();
        let mut position = vec![0; nodes.len()];
        for (place, &node) in order.iter().enumerate() {
            position[node] = place;
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

    /// Nodes take the colours of those that they read into their own, and then of those that read
    /// them, until no more of them differ. Going forwards and backwards, one sweep carries every
    /// difference as far as it reaches.
    fn refine(&self, mut colours: Colours) -> Colours {
        let mut classes = count(&colours);
        loop {
            for node in 0..colours.len() {
                colours[node] = mixed(&colours, node, &self.reads[node]);
            }
            for node in (0..colours.len()).rev() {
                colours[node] = mixed(&colours, node, &self.read_by[node]);
            }
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
            (colours[node], reads)
        };
        order.iter().map(entry).collect()
    }
}

/// Spreads the bits of a colour: the finalizer of MurmurHash3, which is one to one.
fn mix(colour: u64) -> u64 {
    let mut mixed = colour.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    mixed ^ (mixed >> 33)
}

/// A node's colour with those around it, in whatever order.
fn mixed(colours: &Colours, node: usize, around: &[usize]) -> u64 {
    let sum = around.iter().fold(0, |sum: u64, &other| sum.wrapping_add(mix(colours[other])));
    mix(colours[node].rotate_left(32) ^ mix(sum))
}

fn count(colours: &Colours) -> usize {
    let mut sorted = colours.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// The nodes of the largest class of more than one, of the least colour if several are as large.
fn ambiguous(colours: &Colours) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..colours.len()).collect();
    order.sort_unstable_by_key(|&node| (colours[node], node));
    let classes = order.chunk_by(|&one, &other| colours[one] == colours[other]);
    let several = classes.filter(|nodes| nodes.len() > 1);
    // Of the largest, the last; going backwards, that is the one of the least colour.
    several.rev().max_by_key(|nodes| nodes.len()).map(<[usize]>::to_vec)
}

fn singled_out(colours: &Colours, node: usize) -> Colours {
    let mut colours = colours.clone();
    colours[node] = mix(!colours[node]);
    colours
}
