use super::goals::Goals;
use crate::error::{GoalError, Result};

/// How much each goal counts: a number for each, in their order, or by name. A goal that is not named
/// does not count. Only their ratios matter.
///
/// ```
/// use tunewright::trial::Weights;
///
/// let in_order = Weights::from([2.0, 1.0]);
/// let by_name = Weights::from([("error", 2.0), ("latency_ms", 1.0)]);
/// # let _ = (in_order, by_name);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(Given);

#[derive(Clone, Debug, PartialEq)]
enum Given {
    InOrder(Vec<f64>),
    ByName(Vec<(String, f64)>),
}

impl Weights {
    /// A weight for each goal, in their order.
    ///
    /// # Errors
    /// There is no such goal, a weight is missing, given twice, negative or not finite, or none is above
    /// 0.
    pub(crate) fn of(&self, goals: &Goals) -> Result<Vec<f64>> {
        let wrong = |name: &str, problem| GoalError::Invalid { name: name.to_owned(), problem };
        let weights = match &self.0 {
            Given::InOrder(weights) if weights.len() != goals.len() => {
                let (given, names) = (weights.len(), goals.names());
                return Err(GoalError::NotOneEach { what: "weights", given, names }.into());
            }
            Given::InOrder(weights) => weights.clone(),
            Given::ByName(named) => {
                let mut weights = vec![0.0; goals.len()];
                let mut known = vec![false; goals.len()];
                for (name, weight) in named {
                    let at = goals.require(name)?;
                    if std::mem::replace(&mut known[at], true) {
                        return Err(wrong(name, "it has two weights; give it one").into());
                    }
                    weights[at] = *weight;
                }
                weights
            }
        };
        if let Some(at) = weights.iter().position(|weight| !(*weight >= 0.0 && weight.is_finite()))
        {
            return Err(wrong(&goals.name(at), "its weight must be a number of 0 or more").into());
        }
        if weights.iter().all(|weight| *weight == 0.0) {
            return Err(wrong("weights", "one of them must be above 0").into());
        }
        Ok(weights)
    }
}

impl<const N: usize> From<[f64; N]> for Weights {
    fn from(weights: [f64; N]) -> Self {
        Vec::from(weights).into()
    }
}

impl From<Vec<f64>> for Weights {
    fn from(weights: Vec<f64>) -> Self {
        Weights(Given::InOrder(weights))
    }
}

impl From<&[f64]> for Weights {
    fn from(weights: &[f64]) -> Self {
        weights.to_vec().into()
    }
}

impl<S: Into<String>, const N: usize> From<[(S, f64); N]> for Weights {
    fn from(weights: [(S, f64); N]) -> Self {
        Vec::from(weights).into()
    }
}

impl<S: Into<String>> From<Vec<(S, f64)>> for Weights {
    fn from(weights: Vec<(S, f64)>) -> Self {
        let named = weights.into_iter().map(|(name, weight)| (name.into(), weight));
        Weights(Given::ByName(named.collect()))
    }
}
