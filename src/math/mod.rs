//! Numerics that know nothing of studies: random streams, special functions, quasi-random
//! sequences and statistics.
