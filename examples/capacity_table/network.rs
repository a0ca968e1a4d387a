//! A small convolutional network for images of handwritten digits, written out: one convolution
//! that keeps the size of the image, pooling, dropout, some fully connected layers, weight decay, and
//! the Adam optimizer.

use smartcore::dataset::digits;
use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::trial::metric;

const SIDE: usize = 8;
const PIXELS: usize = SIDE * SIDE;
const CHANNELS: usize = 4;
/// Of the image after pooling by 2 × 2.
const POOLED: usize = PIXELS / 4;
const CLASSES: usize = 10;

/// What is tuned.
#[derive(Tunable, Clone, Debug)]
pub(crate) struct Training {
    /// Hidden layers after the convolution.
    #[tune(range = 1..=3)]
    pub(crate) layers: usize,
    /// Units of each.
    #[tune(range = 4..=32, log)]
    pub(crate) units: usize,
    /// Width of the convolution's kernels; its output is always as large as the image.
    #[tune(choices = [1, 3, 5, 7], ordered)]
    pub(crate) kernel_width: usize,
    /// Share of the features from the convolution that are left out at each step.
    #[tune(range = 0.0..=0.6)]
    pub(crate) dropout: f64,
    /// Decay of the weights at each step, in units of the learning rate.
    #[tune(range = 1e-2..=10.0, log)]
    pub(crate) weight_decay: f64,
    /// Step size.
    #[tune(range = 1e-4..=1e-1, log)]
    pub(crate) learning_rate: f64,
}

/// Images with their digits.
pub(crate) struct Digits {
    pub(crate) training: Vec<(Vec<f32>, usize)>,
    pub(crate) validation: Vec<(Vec<f32>, usize)>,
}

impl Digits {
    /// So many of the 1797 images to train with, and 600 others.
    pub(crate) fn load(training: usize) -> Self {
        let data = digits::load_dataset();
        let mut images: Vec<(Vec<f32>, usize)> = data
            .data
            .chunks(PIXELS)
            .zip(&data.target)
            .map(|(pixels, &digit)| {
                (pixels.iter().map(|p| p / 8.0 - 0.6).collect(), digit as usize)
            })
            .collect();
        Stream::new(5, 0).shuffle(&mut images);
        let validation = images.split_off(images.len() - 600);
        images.truncate(training);
        Digits { training: images, validation }
    }

    /// The objective. Errors are the mean probability that the network gives to wrong digits.
    pub(crate) fn train(&self, config: &Training, trial: &mut Trial) -> Result<f64> {
        const EPOCHS: u64 = 40;
        const BATCH: usize = 20;
        let mut random = Stream::new(trial.seed(), 0);
        let mut network = Network::new(config, &mut random);
        let mut order: Vec<usize> = (0..self.training.len()).collect();
        for epoch in 0..EPOCHS {
            random.shuffle(&mut order);
            for batch in order.chunks(BATCH) {
                for &index in batch {
                    let (image, digit) = &self.training[index];
                    network.learn(image, *digit, &mut random);
                }
                network.step(batch.len());
            }
            if epoch % 10 == 9 {
                trial.report(epoch, network.error(&self.validation))?;
            }
        }
        let validation = network.error(&self.validation);
        trial.record(metric::TRAIN_ERROR, network.error(&self.training));
        trial.record(metric::VALIDATION_ERROR, validation);
        Ok(validation)
    }
}

/// Numbers that are learned, with their gradients and Adam's moments.
struct Weights {
    values: Vec<f32>,
    gradients: Vec<f32>,
    moments: Vec<(f32, f32)>,
    decays: bool,
}

impl Weights {
    fn new(count: usize, deviation: f64, random: &mut Stream) -> Self {
        let values = (0..count).map(|_| (deviation * random.normal()) as f32).collect();
        let decays = deviation > 0.0;
        Weights { values, gradients: vec![0.0; count], moments: vec![(0.0, 0.0); count], decays }
    }

    /// Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019).
    fn step(&mut self, rate: f32, decay: f32, batch: f32, time: i32) {
        let (first, second) = (1.0 - 0.9f32.powi(time), 1.0 - 0.999f32.powi(time));
        let decay = if self.decays { rate * decay } else { 0.0 };
        let gradients = self.gradients.iter_mut().zip(&mut self.moments);
        for (value, (gradient, moments)) in self.values.iter_mut().zip(gradients) {
            let slope = *gradient / batch;
            moments.0 = 0.9 * moments.0 + 0.1 * slope;
            moments.1 = 0.999 * moments.1 + 0.001 * slope * slope;
            *value -= rate * (moments.0 / first) / ((moments.1 / second).sqrt() + 1e-7);
            *value -= decay * *value;
            *gradient = 0.0;
        }
    }
}

struct Dense {
    inputs: usize,
    weights: Weights,
    biases: Weights,
}

impl Dense {
    fn new(inputs: usize, outputs: usize, random: &mut Stream) -> Self {
        let weights = Weights::new(inputs * outputs, (2.0 / inputs as f64).sqrt(), random);
        Dense { inputs, weights, biases: Weights::new(outputs, 0.0, random) }
    }

    fn forward(&self, input: &[f32]) -> Vec<f32> {
        let rows = self.weights.values.chunks(self.inputs).zip(&self.biases.values);
        rows.map(|(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>())
            .collect()
    }

    /// Adds to the gradients, and returns that of the input.
    fn backward(&mut self, input: &[f32], output: &[f32]) -> Vec<f32> {
        let mut back = vec![0.0; self.inputs];
        for (unit, &slope) in output.iter().enumerate().filter(|(_, slope)| **slope != 0.0) {
            self.biases.gradients[unit] += slope;
            let row = unit * self.inputs..(unit + 1) * self.inputs;
            let gradients = &mut self.weights.gradients[row.clone()];
            for (gradient, x) in gradients.iter_mut().zip(input) {
                *gradient += slope * x;
            }
            for (back, w) in back.iter_mut().zip(&self.weights.values[row]) {
                *back += slope * w;
            }
        }
        back
    }
}

/// A convolution of one image into some channels, with zeros around the image.
struct Convolution {
    width: usize,
    weights: Weights,
    biases: Weights,
}

impl Convolution {
    fn new(width: usize, random: &mut Stream) -> Self {
        let count = width * width;
        let weights = Weights::new(CHANNELS * count, (2.0 / count as f64).sqrt(), random);
        Convolution { width, weights, biases: Weights::new(CHANNELS, 0.0, random) }
    }

    /// Calls with weight, input and output of every product.
    fn each(&self, mut product: impl FnMut(usize, usize, usize)) {
        let reach = (self.width / 2) as isize;
        let side = SIDE as isize;
        for channel in 0..CHANNELS {
            for (tap, down, across) in (0..self.width * self.width).map(|tap| {
                let (row, column) = ((tap / self.width) as isize, (tap % self.width) as isize);
                (tap, row - reach, column - reach)
            }) {
                let weight = channel * self.width * self.width + tap;
                for y in 0.max(-down)..side.min(side - down) {
                    for x in 0.max(-across)..side.min(side - across) {
                        let input = ((y + down) * side + x + across) as usize;
                        product(weight, input, channel * PIXELS + (y * side + x) as usize);
                    }
                }
            }
        }
    }

    fn forward(&self, image: &[f32]) -> Vec<f32> {
        let biases = self.biases.values.iter();
        let mut out: Vec<f32> = biases.flat_map(|bias| [*bias; PIXELS]).collect();
        self.each(|weight, input, output| {
            out[output] += self.weights.values[weight] * image[input]
        });
        out
    }

    fn backward(&mut self, image: &[f32], output: &[f32]) {
        let mut gradients = std::mem::take(&mut self.weights.gradients);
        self.each(|weight, input, at| gradients[weight] += output[at] * image[input]);
        self.weights.gradients = gradients;
        for (gradient, channel) in self.biases.gradients.iter_mut().zip(output.chunks(PIXELS)) {
            *gradient += channel.iter().sum::<f32>();
        }
    }
}

/// The pooled feature that a pixel of the convolution's output goes to.
fn pool(at: usize) -> usize {
    let (channel, pixel) = (at / PIXELS, at % PIXELS);
    let (row, column) = (pixel / SIDE / 2, pixel % SIDE / 2);
    channel * POOLED + row * (SIDE / 2) + column
}

struct Network {
    convolution: Convolution,
    layers: Vec<Dense>,
    dropout: f64,
    rate: f32,
    decay: f32,
    time: i32,
}

impl Network {
    fn new(config: &Training, random: &mut Stream) -> Self {
        let mut inputs = CHANNELS * POOLED;
        let mut layers = Vec::new();
        for _ in 0..config.layers {
            layers.push(Dense::new(inputs, config.units, random));
            inputs = config.units;
        }
        layers.push(Dense::new(inputs, CLASSES, random));
        Network {
            convolution: Convolution::new(config.kernel_width, random),
            layers,
            dropout: config.dropout,
            rate: config.learning_rate as f32,
            decay: config.weight_decay as f32,
            time: 0,
        }
    }

    /// The convolution's output, and the activations from the pooled features to the
    /// probabilities. With randomness, features are left out, and the others count for more.
    fn forward(&self, image: &[f32], random: Option<&mut Stream>) -> (Vec<f32>, Vec<Vec<f32>>) {
        let mut convolved = self.convolution.forward(image);
        convolved.iter_mut().for_each(|x| *x = x.max(0.0));
        let mut features = vec![0.0; CHANNELS * POOLED];
        for (at, x) in convolved.iter().enumerate() {
            features[pool(at)] += 0.25 * x;
        }
        if let Some(random) = random {
            let scale = 1.0 / (1.0 - self.dropout) as f32;
            for x in &mut features {
                *x *= if random.unit() < self.dropout { 0.0 } else { scale };
            }
        }
        let mut all = vec![features];
        for (index, layer) in self.layers.iter().enumerate() {
            let mut out = layer.forward(&all[index]);
            if index + 1 < self.layers.len() {
                out.iter_mut().for_each(|x| *x = x.max(0.0));
            } else {
                let top = out.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                out.iter_mut().for_each(|x| *x = (*x - top).exp());
                let sum: f32 = out.iter().sum();
                out.iter_mut().for_each(|x| *x /= sum);
            }
            all.push(out);
        }
        (convolved, all)
    }

    /// Adds the gradient of the cross-entropy of one image.
    fn learn(&mut self, image: &[f32], digit: usize, random: &mut Stream) {
        let (convolved, all) = self.forward(image, Some(random));
        let mut slopes = all[self.layers.len()].clone();
        slopes[digit] -= 1.0;
        for index in (0..self.layers.len()).rev() {
            let mut back = self.layers[index].backward(&all[index], &slopes);
            let live = back.iter_mut().zip(&all[index]);
            live.for_each(|(slope, x)| *slope = if *x > 0.0 { *slope } else { 0.0 });
            slopes = back;
        }
        let scale = 0.25 / (1.0 - self.dropout) as f32;
        let pixels = convolved.iter().enumerate();
        let back = pixels.map(|(at, x)| if *x > 0.0 { scale * slopes[pool(at)] } else { 0.0 });
        let back: Vec<f32> = back.collect();
        self.convolution.backward(image, &back);
    }

    fn step(&mut self, batch: usize) {
        self.time += 1;
        let (rate, decay, time) = (self.rate, self.decay, self.time);
        let convolution = [&mut self.convolution.weights, &mut self.convolution.biases];
        let layers = self.layers.iter_mut().flat_map(|one| [&mut one.weights, &mut one.biases]);
        for weights in convolution.into_iter().chain(layers) {
            weights.step(rate, decay, batch as f32, time);
        }
    }

    /// The mean probability of wrong digits.
    fn error(&self, images: &[(Vec<f32>, usize)]) -> f64 {
        let wrong = images.iter().map(|(image, digit)| {
            let (_, all) = self.forward(image, None);
            1.0 - f64::from(all[self.layers.len()][*digit])
        });
        wrong.sum::<f64>() / images.len() as f64
    }
}
