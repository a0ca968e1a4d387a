//! Sampling many sequences from one policy: what sequences have in common at their beginning is
//! computed once.

use std::cell::RefCell;

use super::decisions::{Decisions, Mask};
use super::policy::{Hidden, Policy};
use super::softmax::softmax;
use crate::math::random::Stream;
use crate::space::Point;

/// The policy's states along all sequences that were sampled.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    policy: &'a Policy,
    weights: &'a [f64],
    decisions: &'a Decisions,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    decision: usize,
    parent: Option<usize>,
    hidden: Hidden,
    logits: Vec<f64>,
    /// Per option taken here, the node of the decision that followed.
    children: Vec<Option<usize>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(policy: &'a Policy, weights: &'a [f64], decisions: &'a Decisions) -> Self {
        Tree { policy, weights, decisions, nodes: Vec::new() }
    }

    /// The number of decisions of the space.
    pub(super) fn len(&self) -> usize {
        self.decisions.all().len()
    }

    /// A point drawn from the policy; `None` where nothing is legal at some step.
    pub(super) fn sample(&mut self, mask: &Mask<'_>, random: &mut Stream) -> Option<Point> {
        let random = RefCell::new(random);
        self.walk(
            mask,
            |probabilities| {
                let mut rest = random.borrow_mut().unit();
                let mut drawn = None;
                for (option, &probability) in probabilities.iter().enumerate() {
                    if probability > 0.0 {
                        // Rounding can leave a rest beyond the last one.
                        drawn = Some(option);
                        if rest < probability {
                            break;
                        }
                        rest -= probability;
                    }
                }
                drawn
            },
            || random.borrow_mut().unit(),
        )
    }

    /// The point of the most likely option at each step, in the middle of cells; `None` where
    /// nothing is legal at some step.
    pub(super) fn most_likely(&mut self, mask: &Mask<'_>) -> Option<Point> {
        let largest = |probabilities: &[f64]| {
            let options = (0..probabilities.len()).rev();
            options.max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
        };
        self.walk(mask, largest, || 0.5)
    }

    fn walk(
        &mut self,
        mask: &Mask<'_>,
        mut pick: impl FnMut(&[f64]) -> Option<usize>,
        place: impl FnMut() -> f64,
    ) -> Option<Point> {
        let mut before: Option<(usize, usize)> = None;
        let decisions = self.decisions;
        let choose = |decision: usize, legal: u64| {
            if legal == 0 {
                return None;
            }
            let node = self.node(before, decision);
            let option = pick(&softmax(&self.nodes[node].logits, legal))?;
            before = Some((node, option));
            Some(option)
        };
        decisions.walk(mask, choose, place)
    }

    fn node(&mut self, before: Option<(usize, usize)>, decision: usize) -> usize {
        let known = match before {
            None => (!self.nodes.is_empty()).then_some(0),
            Some((parent, option)) => self.nodes[parent].children[option],
        };
        if let Some(node) = known {
            return node;
        }
        let (hidden, parent) = match before {
            None => (self.policy.advance(self.weights, &self.policy.start(), 0), None),
            Some((parent, option)) => {
                let row = self.policy.row_of(self.nodes[parent].decision, option);
                let hidden = self.policy.advance(self.weights, &self.nodes[parent].hidden, row);
                (hidden, Some(parent))
            }
        };
        let anchor = |to: usize| {
            let mut at = parent;
            while let Some(node) = at {
                if self.nodes[node].decision <= to {
                    return Some(self.nodes[node].hidden.top());
                }
                at = self.nodes[node].parent;
            }
            None
        };
        let logits = self.policy.scores(self.weights, decision, hidden.top(), anchor);
        let children = vec![None; logits.len()];
        let node = self.nodes.len();
        self.nodes.push(Node { decision, parent, hidden, logits, children });
        if let Some((parent, option)) = before {
            self.nodes[parent].children[option] = Some(node);
        }
        node
    }
}
