//! A Gaussian process over the points of a space: what is believed of the loss at any config.
//!
//! [`Surrogate`] is fitted to points and their losses and then asked for mean and deviation
//! anywhere, for how far to trust it ([`Surrogate::leave_one_out`]), and for which parameters
//! matter ([`Surrogate::lengthscales`]). The Bayesian sampler is built on it; reports and users ask
//! it on their own.
//!
//! The model, part by part: points become codes with distances between them (`encoding`); losses
//! become values of about one size ([`OutcomeTransform`]); a stationary [`Kernel`] with one lengthscale per
//! parameter says how values go together; its constants are the most probable ones
//! (`hyperparameters`, `evidence`, `fit`); the `posterior` follows. Besides, the Bayesian sampler asks
//! whether the losses are a sum of functions of one parameter each (`shape`). A parameter that is not active
//! costs no distance, and all trials inform the model, whatever was active in them. Which parameters do
//! nothing although they are active can be learned (`idle`), and so can where losses are the same to
//! the last bit (`ties`). Where other processes say something of the function before it is observed, they are its prior
//! mean (`prior_mean`), each as far as it predicts the observations (`weights`).

mod average;
mod codes;
mod compression;
mod encoding;
mod estimates;
mod evidence;
mod excess;
mod fit;
mod hyperparameters;
mod inactivity;
mod inputs;
mod kernel;
mod model;
mod outcome_transform;
mod pairs;
mod plateau;
mod posterior;
mod prior_mean;
mod sample;
mod scores;
mod shape;
mod subset;
mod ties;
mod weights;

pub(crate) use average::Averages;
pub(crate) use codes::{Codes, Latent};
pub(crate) use compression::{Compression, Target};
pub(crate) use encoding::{Encoding, Feature, LearnedInactivity};
pub(crate) use estimates::Estimates;
pub use estimates::{Estimate, Statistic};
pub(crate) use excess::Excess;
pub(crate) use fit::{Fit, Observations, step_cost};
pub(crate) use hyperparameters::Hyperparameters;
pub use hyperparameters::Noise;
pub(crate) use inactivity::learn as learn_inactivity;
pub(crate) use inputs::Inputs;
pub use kernel::Kernel;
pub(crate) use model::candidates as kernel_candidates;
pub use model::{LeaveOneOut, Observation, Prediction, Surrogate, SurrogateOptions};
pub use outcome_transform::OutcomeTransform;
pub(crate) use outcome_transform::{FittedTransform, TargetTransform};
pub(crate) use plateau::Plateau;
pub(crate) use posterior::Posterior;
pub(crate) use prior_mean::PriorMean;
pub(crate) use sample::sample as sample_constants;
pub(crate) use scores::{LEAST_RELIABILITY, ScoreModel, Scores};
pub(crate) use shape::Shape;
pub(crate) use subset::{representative, unselected};
pub(crate) use ties::{Ties, most_tied};
pub(crate) use weights::weights;
