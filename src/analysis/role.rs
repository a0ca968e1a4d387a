//! What kind of thing a hyperparameter is, and what textbooks expect of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How raising a hyperparameter moves the capacity of the model, its ability to fit the training
/// examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capacity {
    /// Training error falls, or the gap grows.
    Raises,
    /// Training error grows, or the gap narrows.
    Lowers,
    /// Training error is lowest inside the range, and higher on both sides.
    HighestInside,
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Capacity::Raises => "raises it",
            Capacity::Lowers => "lowers it",
            Capacity::HighestInside => "highest inside",
        })
    }
}

/// What a hyperparameter is in the training of a network, of trees or of a kernel method. Reports
/// guess it from usual names and take a person's word for it:
/// [`Analysis::role`](super::Analysis::role).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The number of hidden layers.
    Layers,
    /// The number of units (or channels) of a layer, or of the features or factors that a model is
    /// made of.
    Units,
    /// The width of convolution kernels, where stride and padding keep the size of the output.
    KernelWidth,
    /// The strength of a penalty on large weights.
    WeightDecay,
    /// The share of units that are left out at each step.
    Dropout,
    /// The step size of the optimizer.
    LearningRate,
    /// How much of a step is kept for the next one.
    Momentum,
    /// The number of examples of a step, where the number of passes over them stays.
    BatchSize,
    /// How long training goes on: epochs, rounds of boosting, trees.
    Iterations,
    /// How large decision trees may get: their depth, or the number of their leaves.
    TreeSize,
    /// The least number (or weight) of examples in a leaf of a decision tree, or in a node that is
    /// split.
    LeafSize,
    /// How many inputs, or which share of them, a tree or its splits choose from.
    SplitInputs,
    /// The share of the examples that each tree learns from.
    Subsample,
    /// How fast the similarity of two examples falls with their distance: one over the width of the
    /// kernel, or over its square.
    KernelScale,
    /// The cost of errors against the size of the weights: one over the strength of a penalty.
    ErrorCost,
    /// The degree of polynomials.
    Degree,
}

/// What textbooks expect of a hyperparameter (Goodfellow, Bengio and Courville 2016, Deep Learning,
/// section 11.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Textbook {
    /// How raising it moves the capacity of the model.
    pub capacity: Capacity,
    /// Why.
    pub why: &'static str,
}

/// Last parts of names by which roles are guessed, in lower case without underscores.
const NAMES: [(&str, Role); 97] = [
    ("layers", Role::Layers),
    ("hiddenlayers", Role::Layers),
    ("numlayers", Role::Layers),
    ("nlayers", Role::Layers),
    ("depth", Role::Layers),
    ("units", Role::Units),
    ("hiddenunits", Role::Units),
    ("numunits", Role::Units),
    ("nunits", Role::Units),
    ("width", Role::Units),
    ("hidden", Role::Units),
    ("neurons", Role::Units),
    ("filters", Role::Units),
    ("channels", Role::Units),
    ("features", Role::Units),
    ("nfeatures", Role::Units),
    ("components", Role::Units),
    ("ncomponents", Role::Units),
    ("factors", Role::Units),
    ("nfactors", Role::Units),
    ("rank", Role::Units),
    ("embeddingsize", Role::Units),
    ("hiddensize", Role::Units),
    ("kernelwidth", Role::KernelWidth),
    ("kernelsize", Role::KernelWidth),
    ("kernel", Role::KernelWidth),
    ("filtersize", Role::KernelWidth),
    ("weightdecay", Role::WeightDecay),
    ("decay", Role::WeightDecay),
    ("l2", Role::WeightDecay),
    ("l2penalty", Role::WeightDecay),
    ("regularization", Role::WeightDecay),
    ("penalty", Role::WeightDecay),
    ("alpha", Role::WeightDecay),
    ("lambda", Role::WeightDecay),
    ("regalpha", Role::WeightDecay),
    ("reglambda", Role::WeightDecay),
    ("l1", Role::WeightDecay),
    ("l2regularization", Role::WeightDecay),
    ("wd", Role::WeightDecay),
    ("dropout", Role::Dropout),
    ("dropoutrate", Role::Dropout),
    ("learningrate", Role::LearningRate),
    ("learningrateinit", Role::LearningRate),
    ("initlr", Role::LearningRate),
    ("lr", Role::LearningRate),
    ("stepsize", Role::LearningRate),
    ("eta", Role::LearningRate),
    ("momentum", Role::Momentum),
    ("batch", Role::BatchSize),
    ("batchsize", Role::BatchSize),
    ("minibatchsize", Role::BatchSize),
    ("epochs", Role::Iterations),
    ("numepochs", Role::Iterations),
    ("nepochs", Role::Iterations),
    ("iterations", Role::Iterations),
    ("maxiter", Role::Iterations),
    ("rounds", Role::Iterations),
    ("numrounds", Role::Iterations),
    ("sweeps", Role::Iterations),
    ("trees", Role::Iterations),
    ("ntrees", Role::Iterations),
    ("nestimators", Role::Iterations),
    ("steps", Role::Iterations),
    ("nepoch", Role::Iterations),
    ("nrounds", Role::Iterations),
    ("numtrees", Role::Iterations),
    ("maxiterations", Role::Iterations),
    ("maxdepth", Role::TreeSize),
    ("treedepth", Role::TreeSize),
    ("numleaves", Role::TreeSize),
    ("maxleaves", Role::TreeSize),
    ("maxleafnodes", Role::TreeSize),
    ("minsamplesleaf", Role::LeafSize),
    ("minsamplessplit", Role::LeafSize),
    ("minchildweight", Role::LeafSize),
    ("mindatainleaf", Role::LeafSize),
    ("minleafsize", Role::LeafSize),
    ("leafsize", Role::LeafSize),
    ("nodesize", Role::LeafSize),
    ("minsumhessianinleaf", Role::LeafSize),
    ("maxfeatures", Role::SplitInputs),
    ("mtry", Role::SplitInputs),
    ("inputspersplit", Role::SplitInputs),
    ("featurespersplit", Role::SplitInputs),
    ("featurefraction", Role::SplitInputs),
    ("colsamplebytree", Role::SplitInputs),
    ("colsamplebynode", Role::SplitInputs),
    ("colsamplebylevel", Role::SplitInputs),
    ("subsample", Role::Subsample),
    ("baggingfraction", Role::Subsample),
    ("gamma", Role::KernelScale),
    ("kernelscale", Role::KernelScale),
    ("c", Role::ErrorCost),
    ("cost", Role::ErrorCost),
    ("degree", Role::Degree),
    ("polynomialdegree", Role::Degree),
];

impl Role {
    /// The role that parameters of this name usually have. Numbers at the end do not count:
    /// `n_units_1` is a number of units.
    pub fn guess(name: &str) -> Option<Role> {
        let last = name.rsplit('.').find(|part| part.parse::<u64>().is_err() && *part != "some")?;
        let plain: String = last.chars().filter(|c| c.is_alphanumeric()).collect();
        let plain = plain.to_lowercase();
        // "l2" ends in a digit that is part of it.
        let find = |text: &str| NAMES.iter().find(|(known, _)| *known == text);
        let found = find(&plain).or_else(|| find(plain.trim_end_matches(char::is_numeric)));
        found.map(|(_, role)| *role)
    }

    /// What textbooks expect.
    pub fn textbook(self) -> Textbook {
        let (capacity, why) = match self {
            Role::Layers => (
                Capacity::Raises,
                "every layer composes the features of the one below, so that more functions can \
                 be represented",
            ),
            Role::Units => {
                (Capacity::Raises, "more units represent more functions, at more time and memory")
            }
            Role::KernelWidth => (
                Capacity::Raises,
                "a wider kernel has more weights; if the output keeps its size, nothing is lost \
                 for it",
            ),
            Role::WeightDecay => {
                (Capacity::Lowers, "a stronger penalty keeps the weights from growing large")
            }
            Role::Dropout => (
                Capacity::Lowers,
                "units that are often missing can agree less on how to fit the training examples",
            ),
            Role::LearningRate => (
                Capacity::HighestInside,
                "training fails with a rate that is too high or too low, and unused capacity does \
                 not help",
            ),
            Role::Momentum => (
                Capacity::HighestInside,
                "it speeds up optimization along steady directions, until steps overshoot",
            ),
            Role::BatchSize => (
                Capacity::Lowers,
                "larger batches mean fewer steps in as many passes over the examples",
            ),
            Role::Iterations => {
                (Capacity::Raises, "a model that trains for longer fits its examples more closely")
            }
            Role::TreeSize => (Capacity::Raises, "a larger tree tells more regions apart"),
            Role::LeafSize => {
                (Capacity::Lowers, "leaves that must hold more examples average over them")
            }
            Role::SplitInputs => {
                (Capacity::Raises, "a split that chooses from more inputs fits its examples better")
            }
            Role::Subsample => {
                (Capacity::Raises, "trees that see more of the examples fit them more closely")
            }
            Role::KernelScale => {
                (Capacity::Raises, "a narrower kernel lets neighbouring examples differ more")
            }
            Role::ErrorCost => {
                (Capacity::Raises, "errors that cost more are fitted with larger weights")
            }
            Role::Degree => {
                (Capacity::Raises, "polynomials of a higher degree contain those of lower ones")
            }
        };
        Textbook { capacity, why }
    }

    /// Raising the parameter, as the subject of a sentence, and whether that is a plural.
    pub(super) fn raised(self) -> (&'static str, bool) {
        match self {
            Role::Layers => ("more layers", true),
            Role::Units => ("more units", true),
            Role::KernelWidth => ("a wider kernel", false),
            Role::WeightDecay => ("more weight decay", false),
            Role::Dropout => ("more dropout", false),
            Role::LearningRate => ("a higher learning rate", false),
            Role::Momentum => ("more momentum", false),
            Role::BatchSize => ("a larger batch", false),
            Role::Iterations => ("longer training", false),
            Role::TreeSize => ("larger trees", true),
            Role::LeafSize => ("larger leaves", true),
            Role::SplitInputs => ("more inputs per split", true),
            Role::Subsample => ("a larger subsample", false),
            Role::KernelScale => ("a narrower kernel", false),
            Role::ErrorCost => ("a higher cost of errors", false),
            Role::Degree => ("a higher degree", false),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Layers => "number of layers",
            Role::Units => "number of units",
            Role::KernelWidth => "kernel width",
            Role::WeightDecay => "weight decay",
            Role::Dropout => "dropout rate",
            Role::LearningRate => "learning rate",
            Role::Momentum => "momentum",
            Role::BatchSize => "batch size",
            Role::Iterations => "length of training",
            Role::TreeSize => "size of trees",
            Role::LeafSize => "size of leaves",
            Role::SplitInputs => "inputs per split",
            Role::Subsample => "subsample",
            Role::KernelScale => "scale of the kernel",
            Role::ErrorCost => "cost of errors",
            Role::Degree => "degree of polynomials",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_known_and_others_are_not() {
        for (name, role) in [
            ("layers", Some(Role::Layers)),
            ("net.n_units_2", Some(Role::Units)),
            ("optimizer.Sgd.learning_rate", Some(Role::LearningRate)),
            ("widths.0", None),
            ("l2", Some(Role::WeightDecay)),
            ("lambda_1", Some(Role::WeightDecay)),
            ("dropout.some", Some(Role::Dropout)),
            ("KernelSize", Some(Role::KernelWidth)),
            ("momentum", Some(Role::Momentum)),
            ("batch_size", Some(Role::BatchSize)),
            ("n_estimators", Some(Role::Iterations)),
            ("gamma", Some(Role::KernelScale)),
            ("max_depth", Some(Role::TreeSize)),
            ("min_samples_leaf", Some(Role::LeafSize)),
            ("svm.C", Some(Role::ErrorCost)),
            ("n_components", Some(Role::Units)),
            ("num_leaves", Some(Role::TreeSize)),
            ("reg_lambda", Some(Role::WeightDecay)),
            ("offset", None),
            ("7", None),
        ] {
            assert_eq!(Role::guess(name), role, "{name}");
        }
    }
}
