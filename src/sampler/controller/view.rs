//! What the policy believes, for people and reports.

use super::decisions::Decisions;
use super::policy::Tape;
use super::softmax::entropy;

/// The policy's probabilities along the way to one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyView {
    decisions: Vec<DecisionView>,
    log_probability: f64,
}

/// One decision: what could be taken, how probable it was, and what was taken.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecisionView {
    /// Full name of the parameter. A parameter with more than 64 values has two decisions, the
    /// second within what the first leaves.
    pub parameter: String,
    /// The options: values, or ranges of values.
    pub options: Vec<String>,
    /// Their probabilities; 0 for what may not be taken here.
    pub probabilities: Vec<f64>,
    /// Index of the option on the way.
    pub taken: usize,
    /// −Σ p ln p, in nats.
    pub entropy: f64,
}

impl PolicyView {
    pub(super) fn new(decisions: &Decisions, tape: &Tape) -> Self {
        let views = tape.steps().map(|(taken, probabilities)| DecisionView {
            parameter: {
                let axis = decisions.all()[taken.decision].axis;
                decisions.space().axes()[axis].name().to_owned()
            },
            options: (0..probabilities.len())
                .map(|option| decisions.option_in_words(taken.decision, option))
                .collect(),
            probabilities: probabilities.to_vec(),
            taken: taken.option,
            entropy: entropy(probabilities),
        });
        PolicyView { decisions: views.collect(), log_probability: tape.log_probability() }
    }

    /// The decisions in their order. Parameters that are not active or have only one value are not
    /// among them.
    pub fn decisions(&self) -> &[DecisionView] {
        &self.decisions
    }

    /// ln of the probability of the whole way.
    pub fn log_probability(&self) -> f64 {
        self.log_probability
    }
}

/// Mean entropy per decision, in nats; 0 without decisions.
pub(super) fn mean_entropy(tape: &Tape) -> f64 {
    let entropies: Vec<f64> =
        tape.steps().map(|(_, probabilities)| entropy(probabilities)).collect();
    entropies.iter().sum::<f64>() / entropies.len().max(1) as f64
}
