//! Scrambled Sobol sequences: points that fill the unit cube more evenly than random ones.
//!
//! Any coordinate of any point is computed from (seed, index, dimension) alone, so a study can take
//! the points in any order, from any thread, and resume in the middle.
//!
//! 1. The Gray code of the index selects direction numbers, whose exclusive or is the coordinate as
//!    a 32-bit integer (Antonov and Saleev 1979). The numbers are those of Joe and Kuo (2008, SIAM
//!    J. Sci. Comput. 30, 2635–2654), set new-joe-kuo-6, which care for the two-dimensional
//!    projections.
//! 2. Owen's nested scrambling flips each bit depending on the bits above it, which keeps the even
//!    spread and makes every point uniform, so that different seeds give independent designs. A
//!    hash keyed by (seed, dimension) stands in for the stored tree of flips: Laine and Karras
//!    (2011, Computer Graphics Forum 30, 4), as used by Burley (2020, Journal of Computer Graphics
//!    Techniques 9, 4), with the stronger mixing by Vegdahl (2021).
//! 3. The integer x becomes (x + ½)/2³², strictly inside (0, 1).
//!
//! The table ends at 1,024 dimensions. Later coordinates come in blocks of 1,024: each block is
//! again a Sobol sequence, but takes the points in an order of its own (the index goes through a
//! nested scrambling too, which is Burley's padding). Within a block everything above holds;
//! between blocks, coordinates pair at random.

use std::sync::OnceLock;

use super::random::split_mix;

/// Direction numbers of one dimension, for the index bits from the lowest up.
type Directions = [u32; 32];

/// Labels that keep the keys of index orders apart from those of coordinates.
const ORDER_KEY: u64 = 0x6f72_6465_7200_0000;

/// A Sobol sequence in a fixed number of dimensions.
///
/// The first 2ᵏ points put exactly one point into each of 2ᵏ equal intervals on every axis, and
/// points 2ᵏ..2ᵏ⁺¹ do so again; take powers of two where there is a choice. Coordinate `d` is the
/// same whatever the number of dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sobol {
    dimensions: usize,
    seed: Option<u64>,
}

impl Sobol {
    /// A sequence whose scrambling is determined by `seed`.
    ///
    /// Free of cost: the table of direction numbers is read when a process takes its first point,
    /// which takes a few milliseconds at most. A coordinate costs some 20 ns.
    pub fn new(dimensions: usize, seed: u64) -> Sobol {
        Sobol { dimensions, seed: Some(seed) }
    }

    /// The plain sequence, in the order of the published generator. Point 0 is the corner, moved to
    /// the centre of its 2⁻³² cell. Beyond 1,024 dimensions coordinates are scrambled even here, by
    /// a fixed key.
    #[cfg(test)]
    pub fn unscrambled(dimensions: usize) -> Sobol {
        Sobol { dimensions, seed: None }
    }

    /// The number of coordinates of each point.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Point number `index`, from 0; every coordinate in (0, 1).
    pub fn point(&self, index: u32) -> Vec<f64> {
        let mut point = vec![0.0; self.dimensions];
        self.fill(index, &mut point);
        point
    }

    /// Writes the first coordinates of point number `index` to `out`, as many as fit; if `out` is
    /// longer than the point, the rest of it stays as it is.
    pub fn fill(&self, index: u32, out: &mut [f64]) {
        for (dimension, x) in out.iter_mut().take(self.dimensions).enumerate() {
            *x = self.coordinate(index, dimension);
        }
    }

    /// One coordinate of point number `index`, in (0, 1). Coordinates beyond the number of
    /// dimensions are as good as the others.
    pub fn coordinate(&self, index: u32, dimension: usize) -> f64 {
        let table = directions();
        let directions = &table[dimension % table.len()];
        let block = (dimension / table.len()) as u64;
        let seed = if block == 0 { self.seed } else { Some(self.seed.unwrap_or(0)) };
        let position = match block {
            0 => index,
            _ => scramble(index, split_mix(self.seed.unwrap_or(0) ^ ORDER_KEY, block)),
        };
        let plain = coordinate(position, directions);
        let bits = match seed {
            Some(seed) => scramble(plain, split_mix(seed, dimension as u64 + 1)),
            None => plain,
        };
        (f64::from(bits) + 0.5) * 2f64.powi(-32)
    }
}

/// Exclusive or of the direction numbers that the Gray code of `index` selects.
fn coordinate(index: u32, directions: &Directions) -> u32 {
    let mut gray = index ^ (index >> 1);
    let mut x = 0;
    for direction in directions {
        if gray == 0 {
            break;
        }
        // All ones if the lowest bit is set.
        x ^= direction & (gray & 1).wrapping_neg();
        gray >>= 1;
    }
    x
}

/// Owen's nested uniform scrambling: a permutation of 32-bit integers under which each bit of the
/// result depends on the bit itself and those above it.
fn scramble(x: u32, key: u64) -> u32 {
    // On reversed bits, "above" is "below": the direction in which additions and products carry.
    let mixed = laine_karras(x.reverse_bits(), (key >> 32) as u32);
    mixed.reverse_bits()
}

/// Each bit of the result depends on the bits below it, and flips or not with near-equal chance.
/// Every step is invertible and carries upwards only: products by odd numbers, additions, and
/// exclusive or with a product by an even number. Multipliers by Vegdahl (2021), "Building a better
/// LK hash".
fn laine_karras(mut x: u32, key: u32) -> u32 {
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(key);
    x = x.wrapping_mul((key >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x
}

/// The direction numbers of the first 1,024 dimensions, read from the published table on first use.
fn directions() -> &'static [Directions] {
    static TABLE: OnceLock<Vec<Directions>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("joe_kuo_1024.txt");
        let rows = text.lines().filter_map(parse);
        // The first dimension is the binary fraction of the index reversed: van der Corput's
        // sequence.
        std::iter::once(std::array::from_fn(|i| 1 << (31 - i))).chain(rows).collect()
    })
}

/// Direction numbers from a row `d s a m₁ … mₛ` of the table; `None` for comments and the heading.
///
/// The recurrence is equation (2) of Joe and Kuo's notes on generating Sobol sequences (2008), with
/// vᵢ = mᵢ 2³²⁻ⁱ: vᵢ = a₁vᵢ₋₁ ⊕ … ⊕ aₛ₋₁vᵢ₋ₛ₊₁ ⊕ vᵢ₋ₛ ⊕ (vᵢ₋ₛ >> s), where a₁ is the highest bit of
/// `a`.
fn parse(row: &str) -> Option<Directions> {
    let numbers: Option<Vec<u32>> = row.split_whitespace().map(|word| word.parse().ok()).collect();
    let numbers = numbers?;
    let [_, degree, inner, initial @ ..] = numbers.as_slice() else {
        return None;
    };
    let degree = *degree as usize;
    if degree == 0 || degree > 32 || initial.len() != degree {
        return None;
    }
    let mut v = [0; 32];
    for (i, m) in initial.iter().enumerate() {
        v[i] = m << (31 - i);
    }
    for i in degree..32 {
        v[i] = v[i - degree] ^ (v[i - degree] >> degree);
        for k in 1..degree {
            if (inner >> (degree - 1 - k)) & 1 == 1 {
                v[i] ^= v[i - k];
            }
        }
    }
    Some(v)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../tests/reference/sobol.csv");

    #[test]
    fn table_is_complete() {
        assert_eq!(directions().len(), 1024);
        // Each vᵢ ends in its own bit, so every dimension alone is a permutation of the cells.
        for v in directions() {
            assert!(v.iter().enumerate().all(|(i, v)| v.trailing_zeros() as usize == 31 - i));
        }
    }

    #[test]
    fn unscrambled_points_match_scipy() {
        let mut lines = REFERENCE.lines();
        let dimensions: Vec<usize> =
            lines.next().unwrap().split(',').skip(1).map(|x| x[1..].parse().unwrap()).collect();
        let sobol = Sobol::unscrambled(1024);
        let mut rows = 0;
        for line in lines {
            let numbers: Vec<u32> = line.split(',').map(|x| x.parse().unwrap()).collect();
            let point = sobol.point(numbers[0]);
            for (&d, &expected) in dimensions.iter().zip(&numbers[1..]) {
                assert_eq!(point[d] * 2f64.powi(32) - 0.5, f64::from(expected), "{numbers:?} {d}");
            }
            rows += 1;
        }
        assert!(rows > 20);
    }

    #[test]
    fn every_axis_is_stratified() {
        // 64 points from the start, and the 64 after them, in every dimension including padded
        // ones.
        for sobol in [Sobol::new(2500, 3), Sobol::unscrambled(2500)] {
            for start in [0, 64] {
                let mut seen = vec![0u64; 2500];
                for i in start..start + 64 {
                    for (seen, x) in seen.iter_mut().zip(sobol.point(i)) {
                        *seen |= 1 << (x * 64.0) as u32;
                    }
                }
                assert!(seen.iter().all(|&s| s == u64::MAX));
            }
        }
    }

    #[test]
    fn first_two_axes_form_a_net() {
        // Every elementary rectangle 2⁻ᵃ × 2⁻⁽⁸⁻ᵃ⁾ holds exactly one of 256 points; so it does in a
        // padded block.
        for seed in 0..20 {
            let sobol = Sobol::new(1026, seed);
            let points: Vec<_> = (0..256).map(|i| sobol.point(i)).collect();
            for (x, y) in [(0, 1), (1024, 1025)] {
                for a in 0..=8 {
                    let cell = |p: &Vec<f64>| {
                        let column = (p[x] * 2f64.powi(a)) as usize;
                        column << (8 - a) | (p[y] * 2f64.powi(8 - a)) as usize
                    };
                    let mut cells: Vec<usize> = points.iter().map(cell).collect();
                    cells.sort_unstable();
                    assert!(cells.into_iter().eq(0..256), "seed {seed}, a {a}");
                }
            }
        }
    }

    #[test]
    fn coordinates_stay_inside_and_prefixes_agree() {
        let long = Sobol::new(10_000, 11);
        let short = Sobol::new(3, 11);
        assert_eq!((long.dimensions(), short.dimensions()), (10_000, 3));
        for index in [0, 1, 12_345, u32::MAX] {
            let point = long.point(index);
            assert!(point.iter().all(|&x| x > 0.0 && x < 1.0));
            assert_eq!(point[..3], short.point(index));
            let mut out = [-1.0; 5];
            short.fill(index, &mut out);
            assert_eq!((&out[..3], &out[3..]), (&point[..3], &[-1.0, -1.0][..]));
            short.fill(index, &mut out[..1]);
        }
        // The outermost cells.
        assert_eq!(Sobol::unscrambled(1).point(0), [2f64.powi(-33)]);
        assert!((f64::from(u32::MAX) + 0.5) * 2f64.powi(-32) < 1.0);
        assert!(Sobol::new(0, 0).point(9).is_empty());
    }

    #[test]
    fn values_are_stable() {
        // The values of the first release: scrambled, and in the third padded block.
        let start = [0.7661897832294926, 0.49278187996242195, 0.06767942348960787];
        assert_eq!(Sobol::new(3, 0).point(0), start);
        let padded = [0.7999840896809474, 0.49949750408995897];
        assert_eq!(Sobol::new(2050, 42).point(1000)[2048..], padded);
    }

    /// Root mean square error of the mean of `f` over the first `n` points, over `seeds` seeds.
    fn error(f: impl Fn(&[f64]) -> f64, truth: f64, n: u32, seeds: u64, d: usize) -> f64 {
        let square = |seed| {
            let sobol = Sobol::new(d, seed);
            let mean = (0..n).map(|i| f(&sobol.point(i))).sum::<f64>() / f64::from(n);
            (mean - truth).powi(2)
        };
        ((0..seeds).map(square).sum::<f64>() / seeds as f64).sqrt()
    }

    #[test]
    fn scrambling_is_owens() {
        // On a line, Owen's n points are independent and uniform within their cells of length 1/n,
        // so the mean of x has the standard deviation n^(−3/2)/√12. A scrambling that flips too
        // regularly shows here.
        for n in [1, 2, 8, 64] {
            let expected = f64::from(n).powf(-1.5) / 12f64.sqrt();
            let ratio = error(|p| p[0], 0.5, n, 400, 1) / expected;
            // Four standard deviations of a root mean square over 400 seeds.
            assert!((ratio - 1.0).abs() < 0.15, "{n}: {ratio}");
        }
        // Across seeds, one point is uniform: the chance that all 64 values avoid a given eighth is
        // 2e-4.
        let mut eighths = [0; 8];
        for seed in 0..64 {
            eighths[(Sobol::new(7, seed).point(5)[6] * 8.0) as usize] += 1;
        }
        assert!(eighths.iter().all(|&count| count > 0), "{eighths:?}");
    }

    #[test]
    fn integrates_better_than_random() {
        // ∏ 1.5 √xᵢ over five axes has mean 1 and variance 1.125⁵ − 1.
        let f = |p: &[f64]| p.iter().map(|x| 1.5 * x.sqrt()).product();
        let random = (1.125f64.powi(5) - 1.0).sqrt();
        // Measured ratios: 0.38 at 16 points, 0.077 at 256.
        assert!(error(f, 1.0, 16, 30, 5) < 0.6 * random / 4.0);
        assert!(error(f, 1.0, 256, 10, 5) < 0.15 * random / 16.0);
        // In padded coordinates, which pair across blocks at random, no worse than random.
        let f = |p: &[f64]| 2.25 * (p[0] * p[1024]).sqrt();
        assert!(error(f, 1.0, 64, 10, 1025) < (1.125f64.powi(2) - 1.0).sqrt() / 8.0);
    }

    #[test]
    fn seeds_and_dimensions_differ() {
        // Correlations over 1,024 points between seeds and between an axis and its padded
        // counterpart.
        let (a, b) = (Sobol::new(1025, 1), Sobol::new(1025, 2));
        let (mut seeds, mut blocks) = (0.0, 0.0);
        for i in 0..1024 {
            let (p, q) = (a.point(i), b.point(i));
            seeds += (p[0] - 0.5) * (q[0] - 0.5) * 12.0 / 1024.0;
            blocks += (p[0] - 0.5) * (p[1024] - 0.5) * 12.0 / 1024.0;
        }
        assert!(f64::abs(seeds) < 0.9, "{seeds}");
        assert!(f64::abs(blocks) < 0.16, "{blocks}");
        assert_ne!(a.point(0), b.point(0));
    }
}
