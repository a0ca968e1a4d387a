use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Result, Tensor, Var, safetensors};

/// AdamW (Loshchilov and Hutter, ICLR 2019) as candle has it, with a state that can be saved: candle's own
/// keeps it to itself.
#[derive(Debug)]
pub(super) struct Adam {
    weights: Vec<Var>,
    /// Running means of the gradients and of their squares.
    moments: Vec<(Tensor, Tensor)>,
    steps: u32,
}

const MEAN: f64 = 0.9;
const SQUARE: f64 = 0.999;
const SMALLEST: f64 = 1e-8;
const DECAY: f64 = 1e-4;

impl Adam {
    pub(super) fn new(weights: Vec<Var>) -> Result<Self> {
        let moments = weights.iter().map(|weight| Ok((weight.zeros_like()?, weight.zeros_like()?)));
        let moments = moments.collect::<Result<_>>()?;
        Ok(Adam { weights, moments, steps: 0 })
    }

    /// One step downhill.
    pub(super) fn step(&mut self, loss: &Tensor, rate: f64) -> Result<()> {
        let gradients = loss.backward()?;
        self.steps += 1;
        let correction = |decay: f64| 1.0 / (1.0 - decay.powi(self.steps as i32));
        for (weight, (mean, square)) in self.weights.iter().zip(&mut self.moments) {
            let Some(gradient) = gradients.get(weight) else { continue };
            *mean = ((&*mean * MEAN)? + (gradient * (1.0 - MEAN))?)?;
            *square = ((&*square * SQUARE)? + (gradient.sqr()? * (1.0 - SQUARE))?)?;
            let spread = ((&*square * correction(SQUARE))?.sqrt()? + SMALLEST)?;
            let change = ((&*mean * correction(MEAN))? / spread)?;
            let decayed = (weight.as_tensor() * (1.0 - rate * DECAY))?;
            weight.set(&(decayed - (change * rate)?)?)?;
        }
        Ok(())
    }

    /// Writes weights and moments to a file.
    pub(super) fn save(&self, file: &Path) -> Result<()> {
        let mut tensors = HashMap::new();
        for (at, (weight, (mean, square))) in self.weights.iter().zip(&self.moments).enumerate() {
            tensors.insert(format!("weight {at}"), weight.as_tensor().clone());
            tensors.insert(format!("mean {at}"), mean.clone());
            tensors.insert(format!("square {at}"), square.clone());
        }
        tensors.insert("steps".to_owned(), Tensor::new(self.steps, &Device::Cpu)?);
        safetensors::save(&tensors, file)
    }

    /// Reads what [`save`](Self::save) has written for weights of the same shapes.
    pub(super) fn load(&mut self, file: &Path) -> Result<()> {
        let mut tensors = safetensors::load(file, &Device::Cpu)?;
        let mut take = |name: String| {
            let tensor = tensors.remove(&name);
            tensor
                .ok_or_else(|| candle_core::Error::Msg(format!("{} lacks {name}", file.display())))
        };
        for (at, (weight, moments)) in self.weights.iter().zip(&mut self.moments).enumerate() {
            weight.set(&take(format!("weight {at}"))?)?;
            *moments = (take(format!("mean {at}"))?, take(format!("square {at}"))?);
        }
        self.steps = take("steps".to_owned())?.to_scalar()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_nn::{AdamW, Optimizer, ParamsAdamW};

    use super::*;

    #[test]
    fn steps_are_those_of_candle() {
        let start = [0.5_f32, -1.0, 2.0];
        let (ours, theirs) =
            (Var::new(&start, &Device::Cpu).unwrap(), Var::new(&start, &Device::Cpu).unwrap());
        let loss = |weight: &Var| (weight.sqr().unwrap() * 1.5).unwrap().sum_all().unwrap();
        let mut adam = Adam::new(vec![ours.clone()]).unwrap();
        let settings = ParamsAdamW { lr: 0.1, weight_decay: DECAY, ..Default::default() };
        let mut candle = AdamW::new(vec![theirs.clone()], settings).unwrap();
        for _ in 0..20 {
            adam.step(&loss(&ours), 0.1).unwrap();
            candle.backward_step(&loss(&theirs)).unwrap();
        }
        assert_eq!(ours.to_vec1::<f32>().unwrap(), theirs.to_vec1::<f32>().unwrap());
        assert_ne!(ours.to_vec1::<f32>().unwrap(), start);
    }
}
