//! The policy: a recurrent network that scores the options of one decision after the other.
//!
//! With x_t the one-hot code of the option taken before (a row of its own at the start), layer 1 is
//!
//! i, f, g, o = T x_t + U h_{t−1}; c_t = σ(f) c_{t−1} + σ(i) tanh(g); h_t = σ(o) tanh(c_t)
//!
//! (Hochreiter and Schmidhuber 1997), and every further layer has W h and a bias in place of T x.
//! Head d scores its options by V_d h_t + b_d. An option that refers to an earlier decision a is
//! scored by attention over the hidden states, v · tanh(A h_a + B h_t) + b (Zoph and Le 2017,
//! section 3.3). The scores s become logits prior + κ tanh(s/τ)/… as [`Squash`] says; the softmax
//! is over the legal options only. Without layers only the biases are left: independent decisions.
//!
//! | symbol | shape |
//! |---|---|
//! | T | (1 + Σk) × 4H |
//! | U, W | H × 4H, per layer |
//! | A, B, v | H × H, H × H, H |
//! | V_d, b_d | k_d × H, k_d |

use super::decisions::{Decisions, Move};
use super::lstm::{self, Activations};
use super::softmax::{by_logits, softmax};
use crate::math::linalg::{axpy, dot};
use crate::math::random::Stream;

/// The size of the recurrent network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Architecture {
    /// Layers; 0 for independent decisions.
    pub(super) layers: usize,
    /// Hidden units per layer, H.
    pub(super) units: usize,
    /// Weights start uniform in ± this.
    pub(super) spread: f64,
    pub(super) squash: Squash,
}

/// What is done to the scores before the softmax: s ↦ limit · tanh(s/temperature), or s/temperature
/// without a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Squash {
    pub(super) temperature: f64,
    pub(super) limit: Option<f64>,
}

impl Squash {
    pub(super) const NONE: Squash = Squash { temperature: 1.0, limit: None };

    /// The logit of a score, and its derivative.
    fn apply(self, score: f64) -> (f64, f64) {
        let scaled = score / self.temperature;
        match self.limit {
            None => (scaled, 1.0 / self.temperature),
            Some(limit) => {
                let tanh = scaled.tanh();
                (limit * tanh, limit * (1.0 - tanh * tanh) / self.temperature)
            }
        }
    }
}

/// Where the parameters of each part begin in one flat vector.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    architecture: Architecture,
    decisions: Vec<Head>,
    table: usize,
    layers: Vec<Layer>,
    attention: Option<usize>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Head {
    options: usize,
    prior: Vec<f64>,
    links: Vec<Option<usize>>,
    /// First input row of its options.
    row: usize,
    weights: usize,
    biases: usize,
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    recurrent: usize,
    /// W and bias, for all layers but the first.
    input: Option<(usize, usize)>,
}

/// The network after some decisions: hidden and cell states, layer after layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hidden {
    pub(super) h: Vec<Vec<f64>>,
    pub(super) c: Vec<Vec<f64>>,
}

impl Hidden {
    /// What the heads see.
    pub(super) fn top(&self) -> &[f64] {
        self.h.last().map_or(&[], Vec::as_slice)
    }
}

/// How the objective of training depends on one step of a sequence: the derivative is taken of
/// `log_probability` · ln π(option) + `entropy` · H − `divergence` · KL(π ‖ target).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Weights {
    pub(super) log_probability: f64,
    pub(super) entropy: f64,
    /// For decisions with links: weight, and target probability of the options with a link.
    pub(super) divergence: Option<(f64, f64)>,
}

/// What a pass over a sequence leaves for the way back.
#[derive(Debug, Default)]
pub(super) struct Tape {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    taken: Move,
    row: usize,
    layers: Vec<Activations>,
    probabilities: Vec<f64>,
    /// Derivatives of logits by scores.
    slopes: Vec<f64>,
    /// Per linked option: the step of its anchor, and tanh(A h_a + B h_t).
    attended: Vec<Option<(usize, Vec<f64>)>>,
}

impl Tape {
    /// Probabilities of the options at each step, and the option taken.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&Move, &[f64])> {
        self.steps.iter().map(|step| (&step.taken, step.probabilities.as_slice()))
    }

    /// ln π of the whole sequence.
    pub(super) fn log_probability(&self) -> f64 {
        self.steps().map(|(taken, probabilities)| probabilities[taken.option].ln()).sum()
    }
}

impl Policy {
    pub(super) fn new(architecture: Architecture, decisions: &Decisions) -> Self {
        let units = if architecture.layers == 0 { 0 } else { architecture.units };
        let mut len = 0;
        let mut take = |count: usize| {
            len += count;
            len - count
        };
        let rows = 1 + decisions.all().iter().map(|decision| decision.options).sum::<usize>();
        let table = take(rows * 4 * units);
        let layers = (0..architecture.layers)
            .map(|layer| Layer {
                recurrent: take(4 * units * units),
                input: (layer > 0).then(|| (take(4 * units * units), take(4 * units))),
            })
            .collect();
        let linked =
            decisions.all().iter().any(|decision| decision.links.iter().any(Option::is_some));
        let attention = (linked && units > 0).then(|| take(2 * units * units + units));
        let mut row = 1;
        let heads = decisions
            .all()
            .iter()
            .map(|decision| {
                let head = Head {
                    options: decision.options,
                    prior: decision.prior.clone(),
                    links: if units > 0 { decision.links.clone() } else { Vec::new() },
                    row,
                    weights: take(decision.options * units),
                    biases: take(decision.options),
                };
                row += decision.options;
                head
            })
            .collect();
        let architecture = Architecture { units, ..architecture };
        Policy { architecture, decisions: heads, table, layers, attention, len }
    }

    /// Weights before anything was learned: uniform, 1 more for forget gates (Gers, Schmidhuber and
    /// Cummins 2000), biases of the heads 0. The policy is then close to the prior.
    pub(super) fn initial(&self, random: &mut Stream) -> Vec<f64> {
        let spread = self.architecture.spread;
        let mut weights: Vec<f64> =
            (0..self.len).map(|_| spread * (2.0 * random.unit() - 1.0)).collect();
        let units = self.architecture.units;
        if units > 0 {
            let first = self.table..self.table + 4 * units * self.rows();
            let others = self.layers.iter().filter_map(|layer| layer.input);
            let gates = others.map(|(_, bias)| bias..bias + 4 * units).chain([first]);
            for range in gates {
                for row in weights[range].chunks_exact_mut(4 * units) {
                    row[units..2 * units].iter_mut().for_each(|weight| *weight += 1.0);
                }
            }
        }
        for head in &self.decisions {
            weights[head.biases..head.biases + head.options].fill(0.0);
        }
        weights
    }

    fn rows(&self) -> usize {
        1 + self.decisions.iter().map(|head| head.options).sum::<usize>()
    }

    /// The number of weights.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The input row that stands for an option taken.
    pub(super) fn row_of(&self, decision: usize, option: usize) -> usize {
        self.decisions[decision].row + option
    }

    /// The network before the first decision.
    pub(super) fn start(&self) -> Hidden {
        let zeros = vec![vec![0.0; self.architecture.units]; self.architecture.layers];
        Hidden { h: zeros.clone(), c: zeros }
    }

    /// The network one step on, after input row `row`.
    pub(super) fn advance(&self, weights: &[f64], before: &Hidden, row: usize) -> Hidden {
        let layers = self.activations(weights, before, row);
        let (h, c) = layers.into_iter().map(|layer| (layer.h, layer.c)).unzip();
        Hidden { h, c }
    }

    fn activations(&self, weights: &[f64], before: &Hidden, row: usize) -> Vec<Activations> {
        let units = self.architecture.units;
        let mut layers: Vec<Activations> = Vec::with_capacity(self.layers.len());
        for (at, layer) in self.layers.iter().enumerate() {
            let mut gates = match (layer.input, layers.last()) {
                (Some((input, bias)), Some(below)) => {
                    let mut gates = weights[bias..bias + 4 * units].to_vec();
                    lstm::add_product(&weights[input..], &below.h, &mut gates);
                    gates
                }
                _ => {
                    let row = self.table + row * 4 * units;
                    weights[row..row + 4 * units].to_vec()
                }
            };
            lstm::add_product(&weights[layer.recurrent..], &before.h[at], &mut gates);
            layers.push(Activations::new(gates, &before.c[at]));
        }
        layers
    }

    /// The logits of a decision's options, and their derivatives by the scores. `anchor` gives the
    /// hidden state of an earlier decision, or of the last one taken before it.
    fn logits<'a>(
        &self,
        weights: &[f64],
        decision: usize,
        hidden: &[f64],
        mut anchor: impl FnMut(usize) -> Option<(usize, &'a [f64])>,
    ) -> Logits {
        let units = self.architecture.units;
        let head = &self.decisions[decision];
        let mut logits = Logits::default();
        for option in 0..head.options {
            let link = head.links.get(option).copied().flatten();
            let attended = match (self.attention, link.and_then(&mut anchor)) {
                (Some(at), Some((step, state))) => {
                    let (a, b) = (&weights[at..], &weights[at + units * units..]);
                    let mut inner = vec![0.0; units];
                    lstm::add_product(a, state, &mut inner);
                    lstm::add_product(b, hidden, &mut inner);
                    inner.iter_mut().for_each(|x| *x = lstm::tanh(*x));
                    Some((step, inner))
                }
                _ => None,
            };
            let product = match (&attended, self.attention) {
                (Some((_, inner)), Some(at)) => {
                    let v = at + 2 * units * units;
                    dot(&weights[v..v + units], inner)
                }
                _ => {
                    let row = head.weights + option * units;
                    dot(&weights[row..row + units], hidden)
                }
            };
            let score = product + weights[head.biases + option];
            let (logit, slope) = self.architecture.squash.apply(score);
            logits.values.push(head.prior[option] + logit);
            logits.slopes.push(slope);
            logits.attended.push(attended);
        }
        logits
    }

    /// The logits of a decision, for sampling.
    pub(super) fn scores<'a>(
        &self,
        weights: &[f64],
        decision: usize,
        hidden: &[f64],
        mut anchor: impl FnMut(usize) -> Option<&'a [f64]>,
    ) -> Vec<f64> {
        self.logits(weights, decision, hidden, |to| anchor(to).map(|state| (0, state))).values
    }

    /// Goes through a sequence and keeps what the way back needs.
    pub(super) fn forward(&self, weights: &[f64], moves: &[Move]) -> Tape {
        let mut tape = Tape::default();
        let mut hidden = self.start();
        let mut row = 0;
        for taken in moves {
            let layers = self.activations(weights, &hidden, row);
            let top = layers.last().map_or(&[][..], |layer| &layer.h);
            let logits = self.logits(weights, taken.decision, top, |to| {
                let step = tape.steps.iter().rposition(|step| step.taken.decision <= to)?;
                Some((step, tape.steps[step].top()))
            });
            let probabilities = softmax(&logits.values, taken.legal);
            hidden.h = layers.iter().map(|layer| layer.h.clone()).collect();
            hidden.c = layers.iter().map(|layer| layer.c.clone()).collect();
            let Logits { slopes, attended, .. } = logits;
            tape.steps.push(Step { taken: *taken, row, layers, probabilities, slopes, attended });
            row = self.row_of(taken.decision, taken.option);
        }
        tape
    }

    /// Adds the derivatives of the objective of each step, as `by_step` weighs it, to `gradient`.
    pub(super) fn backward(
        &self,
        weights: &[f64],
        tape: &Tape,
        by_step: impl Fn(usize) -> Weights,
        gradient: &mut [f64],
    ) {
        let units = self.architecture.units;
        // Derivatives by the top hidden states, to which later anchors add.
        let mut tops = vec![vec![0.0; units]; tape.steps.len()];
        let mut later: Vec<lstm::Carried> =
            self.layers.iter().map(|_| lstm::Carried::zeros(units)).collect();
        for (at, step) in tape.steps.iter().enumerate().rev() {
            self.head_backward(weights, step, by_step(at), &mut tops, at, tape, gradient);
            let mut from_above = std::mem::take(&mut tops[at]);
            for (layer, shape) in self.layers.iter().enumerate().rev() {
                let activations = &step.layers[layer];
                let before = at.checked_sub(1).map(|before| &tape.steps[before].layers[layer]);
                axpy(1.0, &later[layer].h, &mut from_above);
                let by_gates = activations.backward(
                    &from_above,
                    &mut later[layer].c,
                    before.map(|before| before.c.as_slice()),
                );
                if let Some(before) = before {
                    lstm::add_outer(&before.h, &by_gates, &mut gradient[shape.recurrent..]);
                }
                later[layer].h.fill(0.0);
                lstm::add_transposed(&weights[shape.recurrent..], &by_gates, &mut later[layer].h);
                match (shape.input, layer.checked_sub(1)) {
                    (Some((input, bias)), Some(below)) => {
                        lstm::add_outer(&step.layers[below].h, &by_gates, &mut gradient[input..]);
                        axpy(1.0, &by_gates, &mut gradient[bias..bias + 4 * units]);
                        from_above = vec![0.0; units];
                        lstm::add_transposed(&weights[input..], &by_gates, &mut from_above);
                    }
                    _ => {
                        let row = self.table + step.row * 4 * units;
                        axpy(1.0, &by_gates, &mut gradient[row..row + 4 * units]);
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one step of the way back, split for length")]
    fn head_backward(
        &self,
        weights: &[f64],
        step: &Step,
        wanted: Weights,
        tops: &mut [Vec<f64>],
        at: usize,
        tape: &Tape,
        gradient: &mut [f64],
    ) {
        let units = self.architecture.units;
        let head = &self.decisions[step.taken.decision];
        let by_logits = by_logits(&step.probabilities, &step.taken, wanted, &head.links);
        for (option, by_logit) in by_logits.into_iter().enumerate() {
            let by_score = by_logit * step.slopes[option];
            if by_score == 0.0 {
                continue;
            }
            gradient[head.biases + option] += by_score;
            match (&step.attended[option], self.attention) {
                (Some((anchor, inner)), Some(a)) => {
                    let (b, v) = (a + units * units, a + 2 * units * units);
                    axpy(by_score, inner, &mut gradient[v..v + units]);
                    let by_inner: Vec<f64> = inner
                        .iter()
                        .zip(&weights[v..v + units])
                        .map(|(tanh, v)| by_score * v * (1.0 - tanh * tanh))
                        .collect();
                    lstm::add_outer(tape.steps[*anchor].top(), &by_inner, &mut gradient[a..]);
                    lstm::add_outer(step.top(), &by_inner, &mut gradient[b..]);
                    lstm::add_transposed(&weights[a..], &by_inner, &mut tops[*anchor]);
                    lstm::add_transposed(&weights[b..], &by_inner, &mut tops[at]);
                }
                _ => {
                    let row = head.weights + option * units;
                    axpy(by_score, step.top(), &mut gradient[row..row + units]);
                    axpy(by_score, &weights[row..row + units], &mut tops[at]);
                }
            }
        }
    }
}

impl Step {
    fn top(&self) -> &[f64] {
        self.layers.last().map_or(&[], |layer| &layer.h)
    }
}

#[derive(Default)]
struct Logits {
    values: Vec<f64>,
    slopes: Vec<f64>,
    attended: Vec<Option<(usize, Vec<f64>)>>,
}
