//! Tests of goodness of fit, for whatever is random in tests. The unit tests of `math` hold them to their
//! references.

pub(crate) mod chi_square;
pub(crate) mod kolmogorov;

pub(crate) use chi_square::chi_square;
pub(crate) use kolmogorov::kolmogorov_smirnov;
