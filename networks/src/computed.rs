//! Operations with gradients of their own. candle's convolution, sums and rectifiers are several times
//! slower to train than they need be on images this small.

use std::fmt;
use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Result, Shape, Tensor, bail};

/// From the gradient of a value to those of its arguments.
type Gradients = dyn Fn(&Tensor) -> Result<[Option<Tensor>; 2]> + Send + Sync;

/// A value that is computed already, and how its gradient goes back to what it was computed from.
pub(super) struct Computed {
    name: &'static str,
    value: Mutex<Option<(Vec<f32>, Shape)>>,
    gradients: Box<Gradients>,
}

impl Computed {
    pub(super) fn new(
        name: &'static str,
        value: Vec<f32>,
        shape: impl Into<Shape>,
        gradients: impl Fn(&Tensor) -> Result<[Option<Tensor>; 2]> + Send + Sync + 'static,
    ) -> Self {
        let value = Mutex::new(Some((value, shape.into())));
        Computed { name, value, gradients: Box::new(gradients) }
    }

    /// The value as a tensor that depends on one other.
    pub(super) fn of(self, argument: &Tensor) -> Result<Tensor> {
        argument.apply_op1(self)
    }

    /// The value as a tensor that depends on two others.
    pub(super) fn of_both(self, first: &Tensor, second: &Tensor) -> Result<Tensor> {
        first.apply_op2(second, self)
    }

    fn take(&self) -> Result<(CpuStorage, Shape)> {
        match self.value.lock().map(|mut value| value.take()) {
            Ok(Some((value, shape))) => Ok((CpuStorage::F32(value), shape)),
            _ => bail!("the value of {} was taken before", self.name),
        }
    }
}

impl CustomOp1 for Computed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.take()
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let [first, _] = (self.gradients)(gradient)?;
        Ok(first)
    }
}

impl CustomOp2 for Computed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.take()
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [first, second] = (self.gradients)(gradient)?;
        Ok((first, second))
    }
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computed").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What `read` makes of the numbers of a tensor, in the order of its indices.
pub(super) fn numbers<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else {
        bail!("tensors are expected in main memory");
    };
    let all: &[f32] = storage.as_slice()?;
    match layout.contiguous_offsets() {
        Some((begin, end)) => Ok(read(&all[begin..end])),
        None => bail!("a tensor in one piece is expected"),
    }
}

/// A tensor in main memory.
pub(super) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> Result<Tensor> {
    Tensor::from_vec(values, shape.into(), &Device::Cpu)
}

#[cfg(test)]
pub(super) mod tests {
    use candle_core::Var;

    use super::*;

    /// Compares the gradient of a sum of squares of what `layer` makes of images of this shape with
    /// central differences, for every number of the images.
    pub(crate) fn assert_gradient(
        shape: (usize, usize, usize, usize),
        layer: impl Fn(&Tensor) -> Tensor,
    ) {
        let count = shape.0 * shape.1 * shape.2 * shape.3;
        let values: Vec<f32> = (0..count).map(|at| (at as f32 * 1.7).sin()).collect();
        // Squares with weights, so that no two outputs are exchanged unseen.
        let loss = |images: &Tensor| {
            let made = layer(images).flatten_all().unwrap();
            let weights = (0..made.elem_count()).map(|at| 1.0 + (at as f32 * 0.9).cos());
            let weights = tensor(weights.collect(), made.elem_count()).unwrap();
            (made.sqr().unwrap() * weights).unwrap().sum_all().unwrap()
        };
        let images = Var::from_vec(values.clone(), shape, &Device::Cpu).unwrap();
        let gradients = loss(images.as_tensor()).backward().unwrap();
        let gradient = gradients.get(&images).unwrap().flatten_all().unwrap();
        for (at, expected) in gradient.to_vec1::<f32>().unwrap().into_iter().enumerate() {
            let step = 2e-3;
            let moved = |by: f32| {
                let mut values = values.clone();
                values[at] += by;
                f64::from(loss(&tensor(values, shape).unwrap()).to_scalar::<f32>().unwrap())
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
            let error = (difference - f64::from(expected)).abs();
            assert!(
                error < 0.02 * (1.0 + f64::from(expected).abs()),
                "{at}: {difference} {expected}"
            );
        }
    }
}
