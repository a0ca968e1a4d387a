//! The one source of random numbers: a ChaCha8 stream addressed by (seed, stream number).
//!
//! A study draws everything random for one trial from `Stream::new(study_seed, trial_number)`, so
//! what a trial gets does not depend on how many threads run or in which order they ask. Streams of
//! one seed share a cipher key and differ in ChaCha's 64-bit stream number; they never overlap.
//!
//! Every conversion from bits to values is written out here rather than taken from `rand` or
//! `rand_distr`, whose distributions may change their values between releases. The sequence of values
//! is part of this crate's reproducibility promise and is held by the tests below.
//!
//! | what is drawn | by | why |
//! |---|---|---|
//! | the bits | `rand`'s `ChaCha8Rng` | the cipher is a standard, so a release cannot change them |
//! | points, steps, orders, joint draws of the Gaussian process, initial weights of controllers | [`Stream`] | they decide suggestions |
//! | bootstrap samples and joint draws of reports | [`Stream`] | the same study gives the same report |
//! | the law of a parameter that a user gives as a distribution | `rand_distr` | it is the user's, and what is kept of it stands in the description of the space |

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::special::normal_quantile;

/// Separates the keys that [`Stream::fork`] derives from the key they are derived with.
const FORK_KEY: [u8; 32] = *b"tunewright: key of a substream..";

/// A reproducible stream of random numbers.
///
/// Two streams with the same seed and number give the same values on every platform. Cloning copies
/// the position: the clone repeats what the original would have given.
///
/// ```
/// use tunewright::sampler::Stream;
///
/// let mut a = Stream::new(7, 0);
/// let mut b = Stream::new(7, 0);
/// assert_eq!(a.unit(), b.unit());
/// assert_ne!(a.bits(), Stream::new(7, 1).bits());
/// ```
#[derive(Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Clone for Stream {
    // The generator itself is not Clone; key, stream number and word position are its whole state.
    fn clone(&self) -> Stream {
        let mut copy = Stream::from_key(self.rng.get_seed(), self.rng.get_stream());
        copy.rng.set_word_pos(self.rng.get_word_pos());
        copy
    }
}

impl Stream {
    /// Opens stream number `stream` of `seed` at its beginning.
    ///
    /// The 256-bit cipher key is four successive SplitMix64 outputs from `seed`, little-endian
    /// (Steele, Lea and Flood 2014, OOPSLA); `stream` is ChaCha's stream number and the block
    /// counter starts at zero.
    pub fn new(seed: u64, stream: u64) -> Stream {
        let mut key = [0; 32];
        for (i, bytes) in (1..).zip(key.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&split_mix(seed, i).to_le_bytes());
        }
        Stream::from_key(key, stream)
    }

    /// A substream that is independent of this stream and of its other substreams.
    ///
    /// It depends on the seed, the stream number and `label`, not on how much has been drawn, and
    /// drawing from it leaves this stream where it is. Substreams may be forked again. The
    /// substream's key is the first 32 bytes of a ChaCha8 stream whose key differs from this one's
    /// by a constant and whose number is this one's; `label` is its stream number.
    pub fn fork(&self, label: u64) -> Stream {
        let mut key = self.rng.get_seed();
        for (byte, mask) in key.iter_mut().zip(FORK_KEY) {
            *byte ^= mask;
        }
        let mut child = [0; 32];
        Stream::from_key(key, self.rng.get_stream()).rng.fill_bytes(&mut child);
        Stream::from_key(child, label)
    }

    fn from_key(key: [u8; 32], stream: u64) -> Stream {
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Stream { rng }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A uniform value in [0, 1): a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    /// A uniform value strictly inside (0, 1): the centre of one of 2⁵² equal cells, so at least
    /// 2⁻⁵³ away from both ends.
    pub fn open_unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * 2f64.powi(-52)
    }

    /// A uniform integer in 0..`n`, without bias; `n` = 0 gives 0 and draws nothing.
    ///
    /// Multiplication with rejection (Lemire 2019, ACM TOMACS 29, 3): one draw, and with
    /// probability below n/2⁶⁴ another.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        // The 2⁶⁴ mod n products whose low half falls short are the ones that would favour some
        // results.
        let reject = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= reject {
                return (product >> 64) as u64;
            }
        }
    }

    /// A standard normal value, by inversion of one [`open_unit`](Stream::open_unit) draw.
    ///
    /// Inversion keeps one draw per value and order between the two. Values reach ±8.2; what lies
    /// beyond has probability 2⁻⁵³ a side.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.open_unit())
    }

    /// Puts `items` into random order, every order equally likely (Fisher and Yates; Knuth, TAOCP
    /// 2, algorithm 3.4.2P).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }

    /// An index drawn with probability proportional to its weight; `None` if no weight is positive
    /// and finite.
    ///
    /// Zero, negative, infinite and NaN weights are never chosen. One draw, or none for `None`.
    pub fn choose_weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let usable = |w: f64| if w.is_finite() && w > 0.0 { w } else { 0.0 };
        let largest = weights.iter().fold(0.0, |largest, &w| f64::max(largest, usable(w)));
        if largest == 0.0 {
            return None;
        }
        // Relative to the largest, so that the sum cannot overflow.
        let total: f64 = weights.iter().map(|&w| usable(w) / largest).sum();
        let mut rest = self.unit() * total;
        let mut chosen = None;
        for (i, &w) in weights.iter().enumerate() {
            let share = usable(w) / largest;
            if share > 0.0 {
                // Rounding can leave a rest beyond the last share; the last usable index takes it.
                chosen = Some(i);
                if rest < share {
                    break;
                }
                rest -= share;
            }
        }
        chosen
    }
}

/// Output number `index` (from 1) of SplitMix64 started at `seed`; a good mixer of two words into
/// one.
pub(super) fn split_mix(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::special::normal_cdf;
    use super::super::statistics::fit::{chi_square, kolmogorov_smirnov};
    use super::*;

    fn draws<T>(stream: &mut Stream, n: usize, draw: impl Fn(&mut Stream) -> T) -> Vec<T> {
        (0..n).map(|_| draw(stream)).collect()
    }

    /// Does Kolmogorov's test accept these values at the level 0.001?
    fn follows(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) -> bool {
        kolmogorov_smirnov(&mut values, cdf) > 0.001
    }

    // The literal values come from tests/reference/stream.py, an independent ChaCha8.
    #[test]
    fn values_are_stable() {
        let mut s = Stream::new(42, 7);
        let bits = [0x350c1ab0888777d6, 0x7893117c8e0c49cb, 0x6410ac657b346f92];
        assert_eq!(draws(&mut s, 3, Stream::bits), bits);
        let unit = [0.6028031558224252, 0.05227964414254094, 0.37473326233652415];
        assert_eq!(draws(&mut s, 3, Stream::unit), unit);
        let open = [0.44144961268417904, 0.2306197652332419, 0.5809498134106276];
        assert_eq!(draws(&mut s, 3, Stream::open_unit), open);
        assert_eq!(draws(&mut s, 6, |s| s.below(1000)), [632, 931, 524, 786, 16, 651]);
        // Half of all draws are rejected here.
        let large = [7770479140368978736, 1624472505203631826, 5447733350667588232];
        assert_eq!(draws(&mut s, 3, |s| s.below((1 << 63) + 1)), large);
        let mut items = [0, 1, 2, 3, 4, 5, 6, 7];
        s.shuffle(&mut items);
        assert_eq!(items, [3, 0, 4, 2, 1, 6, 5, 7]);
        assert_eq!(Stream::new(0, 0).bits(), 0xbf94d1332d8ee5e8);
        assert_eq!(Stream::new(42, 7).fork(3).bits(), 0x3ead14e6060a5005);
        assert_eq!(Stream::new(42, 7).fork(3).fork(0).bits(), 0x7302ead5cb87fc50);
        let mut s = Stream::new(42, 7);
        assert_eq!(
            draws(&mut s, 3, Stream::normal),
            [-0.816119324276052, -0.07277122601611483, -0.2770277054324705]
        );
        let weights = [1.0, 0.0, 2.0, 5.0];
        assert_eq!(
            draws(&mut s, 8, |s| s.choose_weighted(&weights).unwrap()),
            [3, 0, 2, 3, 2, 3, 3, 3]
        );
    }

    #[test]
    fn clones_continue_from_any_position() {
        let mut s = Stream::new(3, u64::MAX);
        for _ in 0..80 {
            let mut copy = s.clone();
            let expected = draws(&mut copy, 40, Stream::bits);
            assert_eq!(draws(&mut s.clone(), 40, Stream::bits), expected);
            assert_eq!(s.bits(), expected[0]);
        }
    }

    #[test]
    fn continuous_draws_follow_their_distributions() {
        let mut s = Stream::new(1, 0);
        assert!(follows(draws(&mut s, 20_000, Stream::unit), |x| x));
        assert!(follows(draws(&mut s, 20_000, Stream::open_unit), |x| x));
        assert!(follows(draws(&mut s, 20_000, Stream::normal), normal_cdf));
    }

    /// Does the chi-square test accept equal frequencies at the level 0.001?
    fn even(counts: &[u64]) -> bool {
        let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
        chi_square(counts, &vec![expected; counts.len()]) > 0.001
    }

    #[test]
    fn below_is_uniform() {
        for n in [1, 2, 3, 7, 10] {
            let mut counts = vec![0; n];
            let mut s = Stream::new(2, n as u64);
            for _ in 0..10_000 {
                counts[s.below(n as u64) as usize] += 1;
            }
            assert!(even(&counts), "{counts:?}");
        }
        let mut s = Stream::new(2, 0);
        assert_eq!(s.below(0), 0);
        assert_eq!(s.bits(), Stream::new(2, 0).bits());
        // Without rejection, 2^64 draws over three quarters as many results would favour every
        // third one.
        let n = 3 << 62;
        let mut counts = [0; 3];
        for _ in 0..9_000 {
            counts[(s.below(n) % 3) as usize] += 1;
        }
        assert!(even(&counts), "{counts:?}");
    }

    #[test]
    fn streams_are_independent() {
        // Numbers next to each other, seeds next to each other, and forks: pairwise uncorrelated.
        let parent = Stream::new(5, 0);
        let mut streams = vec![parent.clone(), Stream::new(5, 1), Stream::new(6, 0)];
        streams.extend([
            parent.fork(0),
            parent.fork(1),
            parent.fork(0).fork(0),
            Stream::new(5, 1).fork(0),
        ]);
        let samples: Vec<_> =
            streams.iter_mut().map(|s| draws(s, 10_000, Stream::normal)).collect();
        for (i, a) in samples.iter().enumerate() {
            for b in &samples[..i] {
                let correlation: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / 10_000.0;
                // Five standard deviations of a sample correlation.
                assert!(correlation.abs() < 0.05, "{correlation}");
            }
        }
        // First draws of consecutive streams are as uniform as one stream's draws.
        assert!(follows((0..10_000).map(|i| Stream::new(5, i).unit()).collect(), |x| x));
        assert!(follows((0..10_000).map(|i| parent.fork(i).unit()).collect(), |x| x));
    }

    #[test]
    fn forks_ignore_the_position() {
        let mut parent = Stream::new(9, 9);
        let before = parent.fork(4).bits();
        draws(&mut parent, 100, Stream::bits);
        assert_eq!(parent.fork(4).bits(), before);
    }

    #[test]
    fn shuffles_reach_every_order_equally_often() {
        let mut s = Stream::new(4, 0);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..12_000 {
            let mut items = [0, 1, 2, 3];
            s.shuffle(&mut items);
            *counts.entry(items).or_insert(0u64) += 1;
        }
        assert_eq!(counts.len(), 24);
        assert!(even(&counts.into_values().collect::<Vec<_>>()));
        s.shuffle::<u8>(&mut []);
    }

    #[test]
    fn weighted_choice_follows_weights_and_skips_unusable_ones() {
        let mut s = Stream::new(8, 0);
        let weights = [f64::NAN, 1.0, f64::INFINITY, 0.0, 3.0, -2.0];
        let mut counts = [0u64; 6];
        for _ in 0..10_000 {
            counts[s.choose_weighted(&weights).unwrap()] += 1;
        }
        // An index without weight that is chosen all the same gives p = 0.
        let p = chi_square(&counts, &[0.0, 2_500.0, 0.0, 0.0, 7_500.0, 0.0]);
        assert!(p > 0.001, "{counts:?}");
        for none in [&[][..], &[0.0], &[f64::NAN, -1.0, f64::INFINITY]] {
            assert_eq!(s.choose_weighted(none), None);
        }
        // The extremes of the exponent range.
        assert!(s.choose_weighted(&[f64::MAX, f64::MAX]).is_some());
        assert_eq!(s.choose_weighted(&[0.0, 5e-324, -0.0]), Some(1));
    }
}
