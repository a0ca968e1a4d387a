//! The routines of `math::linalg` at the sizes of a study: compare with and without the feature
//! `lapack`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tunewright::math::linalg::{Cholesky, Matrix};
use tunewright::sampler::Stream;

const SIZES: [usize; 6] = [20, 50, 100, 200, 500, 1000];

/// A squared-exponential covariance of random points with a little noise.
fn covariance(n: usize) -> Matrix {
    let mut random = Stream::new(1, n as u64);
    let points: Vec<[f64; 3]> =
        (0..n).map(|_| [random.unit(), random.unit(), random.unit()]).collect();
    Matrix::from_fn(n, n, |i, j| {
        let squared: f64 = points[i].iter().zip(&points[j]).map(|(a, b)| (a - b) * (a - b)).sum();
        (-5.0 * squared).exp() + if i == j { 1e-4 } else { 0.0 }
    })
}

fn routines(criterion: &mut Criterion) {
    for n in SIZES {
        let k = covariance(n);
        let factor = Cholesky::new(k.clone()).unwrap();
        let mut bench = |name: &str, routine: &mut dyn FnMut()| {
            criterion.bench_with_input(BenchmarkId::new(name, n), &(), |bencher, ()| {
                bencher.iter(&mut *routine);
            });
        };
        bench("factorize", &mut || {
            black_box(Cholesky::new(black_box(k.clone())).unwrap());
        });
        bench("invert", &mut || {
            black_box(factor.inverse());
        });
        bench("solve one", &mut || {
            let mut x = vec![1.0; n];
            factor.solve(&mut x);
            black_box(x);
        });
        bench("solve 128", &mut || {
            let mut b = Matrix::from_fn(n, 128, |_, _| 1.0);
            factor.solve_lower_many(&mut b);
            black_box(b);
        });
    }
}

criterion_group!(benches, routines);
criterion_main!(benches);
