//! Finds good hyperparameters and neural architectures for a training routine of your own.

pub mod math;
