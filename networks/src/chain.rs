//! Networks layer by layer.

use candle_core::{Module, Result, Tensor};
use tunewright::nas::{self, Cost, Network, Op, Shape, Source};

use super::classifier::Classifier;
use super::layers::{Layer, concatenated};
use super::{Architecture, Failure, IMAGE, Weights};

/// Filters of a first convolution that every network has. It halves the resolution, so that a child
/// trains in less than a second whatever follows.
const STEM: usize = 8;

fn stem() -> tunewright::Result<(Shape, Cost)> {
    Op::sequential(&Layer::ops(STEM, (3, 3), 2), IMAGE)
}

struct Layered {
    stem: Layer,
    layers: Vec<(Layer, Vec<Source>)>,
    outputs: Vec<usize>,
    classifier: Classifier,
}

impl Module for Layered {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let stem = self.stem.forward(images)?;
        let mut made: Vec<Tensor> = Vec::with_capacity(self.layers.len());
        for (layer, inputs) in &self.layers {
            let reads: Vec<&Tensor> = inputs
                .iter()
                .map(|source| match source {
                    Source::Image => &stem,
                    Source::Layer(from) => &made[*from],
                })
                .collect();
            made.push(layer.forward(&concatenated(&reads)?)?);
        }
        let outputs: Vec<&Tensor> = self.outputs.iter().map(|&layer| &made[layer]).collect();
        self.classifier.forward(&outputs)
    }
}

/// Filters, kernel and stride.
fn decisions(layer: &nas::Layer) -> tunewright::Result<(usize, (usize, usize), usize)> {
    let kernel = (layer.int("filter_height")?, layer.int("filter_width")?);
    Ok((layer.int("filters")?, kernel, layer.int("stride")?))
}

fn ops(layer: &nas::Layer) -> tunewright::Result<Vec<Op>> {
    let (filters, kernel, stride) = decisions(layer)?;
    Ok(Layer::ops(filters, kernel, stride))
}

impl Architecture for Network {
    fn build(
        &self,
        weights: &mut Weights,
    ) -> std::result::Result<Box<dyn Module + Send + Sync>, Failure> {
        let (image, _) = stem()?;
        let stem = Layer::new(weights, IMAGE.channels, STEM, (3, 3), 2)?;
        let shapes: Vec<Shape> =
            self.layer_costs(image, ops)?.into_iter().map(|(shape, _)| shape).collect();
        let mut layers = Vec::with_capacity(self.depth());
        for layer in self.layers() {
            let reads = Shape::concatenated(layer.inputs().iter().map(|source| match source {
                Source::Image => image,
                Source::Layer(from) => shapes[*from],
            }));
            let (filters, kernel, stride) = decisions(layer)?;
            let built = Layer::new(weights, reads.channels, filters, kernel, stride)?;
            layers.push((built, layer.inputs().to_vec()));
        }
        let outputs = self.outputs();
        let reads: Vec<Shape> = outputs.iter().map(|&layer| shapes[layer]).collect();
        let classifier = Classifier::new(weights, &reads)?;
        Ok(Box::new(Layered { stem, layers, outputs, classifier }))
    }

    fn cost(&self) -> tunewright::Result<Cost> {
        let (image, cost) = stem()?;
        let layers = self.layer_costs(image, ops)?;
        let reads: Vec<Shape> = self.outputs().iter().map(|&layer| layers[layer].0).collect();
        let total: Cost = layers.into_iter().map(|(_, cost)| cost).sum();
        Ok(cost + total + Classifier::cost(&reads)?)
    }

    fn files(&self) -> std::result::Result<Vec<(&'static str, String)>, Failure> {
        Ok(vec![
            ("network.svg", self.to_svg()),
            ("network.dot", self.to_dot()),
            ("network.json", serde_json::to_string_pretty(self)?),
        ])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use tunewright::nas::Layer;

    use super::*;

    fn layer(kernel: (i64, i64), filters: i64, stride: i64) -> Layer {
        Layer::new()
            .with("filter_height", kernel.0)
            .with("filter_width", kernel.1)
            .with("filters", filters)
            .with("stride", stride)
    }

    /// Layers of several resolutions meet in the third one and in the classifier.
    fn network() -> Network {
        Network::new([
            layer((3, 1), 4, 1),
            layer((5, 3), 3, 2).with_inputs([0]),
            layer((1, 5), 6, 2).with_inputs([0, 1]),
            layer((3, 3), 2, 1).with_inputs([0]),
        ])
        .unwrap()
    }

    #[test]
    fn the_static_count_is_that_of_the_trained_numbers() {
        let mut weights = Weights::new(1);
        network().build(&mut weights).unwrap();
        let cost = Architecture::cost(&network()).unwrap();
        assert_eq!(cost.parameters, weights.count() as u64);
    }

    #[test]
    fn every_weight_has_the_gradient_of_central_differences() {
        let mut weights = Weights::new(1);
        let child = network().build(&mut weights).unwrap();
        // Biases begin at zero, where a rectifier of an idle region has no derivative.
        for variable in weights.variables() {
            variable.set(&(variable.as_tensor() + 0.01).unwrap()).unwrap();
        }
        let pixels: Vec<f32> = (0..128).map(|at| (at as f32 * 0.7).sin()).collect();
        let images = Tensor::from_vec(pixels, (2, 8, 8, 1), &Device::Cpu).unwrap();
        let loss = || {
            let scores = child.forward(&images).unwrap();
            scores.sqr().unwrap().sum_all().unwrap()
        };
        let gradients = loss().backward().unwrap();
        for variable in weights.variables() {
            let gradient = gradients.get(&variable).unwrap();
            assert_eq!(gradient.dims(), variable.dims());
            let values = variable.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let expected = gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            // The first and the last one, which a kernel that is shifted or mirrored mixes up.
            for at in [0, values.len() - 1] {
                // Short, because rectifiers have kinks, and not shorter, because of 24 bits.
                let step = 2e-3;
                let moved = |by: f32| {
                    let mut values = values.clone();
                    values[at] += by;
                    let tensor = Tensor::from_vec(values, variable.dims(), &Device::Cpu).unwrap();
                    variable.set(&tensor).unwrap();
                    f64::from(loss().to_dtype(DType::F32).unwrap().to_scalar::<f32>().unwrap())
                };
                let difference = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                moved(0.0);
                let expected = f64::from(expected[at]);
                let error = (difference - expected).abs();
                assert!(error < 0.03 * (1.0 + expected.abs()), "{difference} {expected}");
            }
        }
    }
}
