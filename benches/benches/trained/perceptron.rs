//! Fully connected networks for classification, written out.

use tunewright::sampler::Stream;

/// Examples of some classes.
pub(crate) struct Examples {
    pub(crate) inputs: Vec<Vec<f32>>,
    pub(crate) classes: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Activation {
    Relu,
    Tanh,
    Sigmoid,
}

#[derive(Clone, Copy)]
pub(crate) enum Optimizer {
    /// Kingma and Ba 2015.
    Adam,
    Momentum(f32),
}

pub(crate) struct Network {
    pub(crate) layers: usize,
    pub(crate) units: usize,
    pub(crate) activation: Activation,
    pub(crate) optimizer: Optimizer,
    pub(crate) rate: f32,
    pub(crate) batch: usize,
    pub(crate) dropout: f32,
    /// Of the weights at each step, in units of the rate.
    pub(crate) decay: f32,
    pub(crate) epochs: usize,
}

struct Layer {
    inputs: usize,
    /// Rows of the units; the last entry of each is the bias.
    weights: Vec<f32>,
    gradients: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Layer {
    fn new(inputs: usize, outputs: usize, random: &mut Stream) -> Self {
        let deviation = (2.0 / inputs as f64).sqrt();
        let row = inputs + 1;
        let weight = |at: usize| match at % row == inputs {
            true => 0.0,
            false => (deviation * random.normal()) as f32,
        };
        let weights: Vec<f32> = (0..row * outputs).map(weight).collect();
        let zeros = vec![0.0; weights.len()];
        Layer { inputs, weights, gradients: zeros.clone(), first: zeros.clone(), second: zeros }
    }

    fn forward(&self, input: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(self.inputs + 1);
        rows.map(|row| {
            row[self.inputs] + row.iter().zip(input).map(|(weight, x)| weight * x).sum::<f32>()
        })
        .collect()
    }

    /// Adds to the gradients; returns the gradient of the input.
    fn backward(&mut self, input: &[f32], slopes: &[f32]) -> Vec<f32> {
        let mut back = vec![0.0; self.inputs];
        let row = self.inputs + 1;
        let rows = self.weights.chunks_exact(row).zip(self.gradients.chunks_exact_mut(row));
        for ((weights, gradients), &slope) in rows.zip(slopes) {
            gradients[self.inputs] += slope;
            for ((gradient, x), (back, weight)) in
                gradients.iter_mut().zip(input).zip(back.iter_mut().zip(weights))
            {
                *gradient += slope * x;
                *back += slope * weight;
            }
        }
        back
    }

    fn step(&mut self, network: &Network, batch: f32, time: i32) {
        let (short, long) = (1.0 - 0.9f32.powi(time), 1.0 - 0.999f32.powi(time));
        let keep = 1.0 - (network.rate * network.decay).min(1.0);
        for at in 0..self.weights.len() {
            let slope = self.gradients[at] / batch;
            let (first, second) = (&mut self.first[at], &mut self.second[at]);
            let step = match network.optimizer {
                Optimizer::Adam => {
                    *first = 0.9 * *first + 0.1 * slope;
                    *second = 0.999 * *second + 0.001 * slope * slope;
                    (*first / short) / ((*second / long).sqrt() + 1e-8)
                }
                Optimizer::Momentum(momentum) => {
                    *first = momentum * *first + slope;
                    *first
                }
            };
            let keep = if at % (self.inputs + 1) == self.inputs { 1.0 } else { keep };
            self.weights[at] = keep * self.weights[at] - network.rate * step;
        }
        self.gradients.fill(0.0);
    }
}

impl Activation {
    fn apply(self, x: f32) -> f32 {
        match self {
            Activation::Relu => x.max(0.0),
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }

    /// The derivative, from the value.
    fn slope(self, y: f32) -> f32 {
        match self {
            Activation::Relu => f32::from(y > 0.0),
            Activation::Tanh => 1.0 - y * y,
            Activation::Sigmoid => y * (1.0 - y),
        }
    }
}

/// What trained layers make of an example: the share of wrong answers and the cross-entropy.
pub(crate) struct Errors {
    pub(crate) wrong: f64,
    pub(crate) entropy: f64,
}

impl Network {
    /// Trains, and returns the errors on the training examples and on others.
    pub(crate) fn train(&self, training: &Examples, others: &Examples) -> [Errors; 2] {
        let mut random = Stream::new(3, 0);
        let classes = 1 + training.classes.iter().copied().max().unwrap_or(0);
        let mut inputs = training.inputs[0].len();
        let mut layers = Vec::new();
        for _ in 0..self.layers {
            layers.push(Layer::new(inputs, self.units, &mut random));
            inputs = self.units;
        }
        layers.push(Layer::new(inputs, classes, &mut random));
        let mut order: Vec<usize> = (0..training.inputs.len()).collect();
        let mut time = 0;
        for _ in 0..self.epochs {
            random.shuffle(&mut order);
            for batch in order.chunks(self.batch) {
                for &at in batch {
                    self.learn(
                        &mut layers,
                        &training.inputs[at],
                        training.classes[at],
                        &mut random,
                    );
                }
                time += 1;
                layers.iter_mut().for_each(|layer| layer.step(self, batch.len() as f32, time));
            }
        }
        [training, others].map(|examples| self.errors(&layers, examples))
    }

    /// The outputs of all layers; the last ones are probabilities. With randomness, hidden units
    /// are left out.
    fn forward(
        &self,
        layers: &[Layer],
        input: &[f32],
        mut random: Option<&mut Stream>,
    ) -> Vec<Vec<f32>> {
        let mut outputs: Vec<Vec<f32>> = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let mut out = layer.forward(outputs.last().map_or(input, Vec::as_slice));
            if index + 1 < layers.len() {
                out.iter_mut().for_each(|x| *x = self.activation.apply(*x));
                if let Some(random) = random.as_deref_mut().filter(|_| self.dropout > 0.0) {
                    for x in &mut out {
                        let drops = random.unit() < f64::from(self.dropout);
                        *x = if drops { 0.0 } else { *x / (1.0 - self.dropout) };
                    }
                }
            } else {
                let top = out.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                out.iter_mut().for_each(|x| *x = (*x - top).exp());
                let sum: f32 = out.iter().sum();
                out.iter_mut().for_each(|x| *x /= sum);
            }
            outputs.push(out);
        }
        outputs
    }

    fn learn(&self, layers: &mut [Layer], input: &[f32], class: usize, random: &mut Stream) {
        let outputs = self.forward(layers, input, Some(random));
        let Some(mut slopes) = outputs.last().cloned() else { return };
        slopes[class] -= 1.0;
        for index in (0..layers.len()).rev() {
            let below = if index == 0 { input } else { &outputs[index - 1] };
            let mut back = layers[index].backward(below, &slopes);
            let scale = 1.0 / (1.0 - self.dropout);
            for (slope, y) in back.iter_mut().zip(below) {
                // A unit that was left out has the output 0, and no slope.
                let kept = self.dropout == 0.0 || *y != 0.0;
                *slope *= if kept { scale * self.activation.slope(*y / scale) } else { 0.0 };
            }
            slopes = back;
        }
    }

    fn errors(&self, layers: &[Layer], examples: &Examples) -> Errors {
        let (mut wrong, mut entropy) = (0.0, 0.0);
        for (input, &class) in examples.inputs.iter().zip(&examples.classes) {
            let outputs = self.forward(layers, input, None);
            let Some(probabilities) = outputs.last() else { continue };
            let right = probabilities[class];
            let top = probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            wrong += f64::from(right.is_nan() || right < top);
            entropy -= f64::from(if right.is_nan() { 0.0 } else { right }).max(1e-12).ln();
        }
        let count = examples.inputs.len() as f64;
        Errors { wrong: wrong / count, entropy: entropy / count }
    }
}
