//! Tunes a classifier of handwritten digits, and writes what was found as a page and as pictures.
//!
//! ```text
//! cargo run --release --example report
//! ```

use std::error::Error;
use std::fs;

use smartcore::dataset::digits;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::model_selection::train_test_split;
use smartcore::svm::Kernels;
use smartcore::svm::svc::{SVC, SVCParameters};
use tunewright::prelude::*;
use tunewright::trial::metric;

#[derive(Tunable, Clone, Debug)]
struct Machine {
    #[tune(range = 1e-2..=1e2, log)]
    penalty: f32,
    kernel: Kernel,
}

#[derive(Tunable, Clone, Debug)]
enum Kernel {
    Linear,
    Gaussian {
        #[tune(range = 1e-5..=1e-1, log)]
        gamma: f64,
    },
    Polynomial {
        #[tune(range = 2..=5)]
        degree: u8,
        #[tune(range = 1e-5..=1e-1, log)]
        gamma: f64,
    },
}

/// Images of two digits that are easily mistaken, and which of them each is.
struct Data {
    pixels: DenseMatrix<f32>,
    labels: Vec<i32>,
}

impl Data {
    fn read() -> Result<(Data, Data), Box<dyn Error>> {
        let digits = digits::load_dataset();
        let images = digits.data.chunks(digits.num_features).zip(&digits.target);
        let chosen: Vec<(Vec<f32>, i32)> = images
            .filter(|(_, digit)| [3.0, 8.0].contains(*digit))
            .map(|(image, digit)| (image.to_vec(), if *digit == 3.0 { -1 } else { 1 }))
            .collect();
        let rows: Vec<Vec<f32>> = chosen.iter().map(|(image, _)| image.clone()).collect();
        let labels: Vec<i32> = chosen.iter().map(|(_, label)| *label).collect();
        let pixels = DenseMatrix::from_2d_vec(&rows)?;
        let (train, test, train_labels, test_labels) =
            train_test_split(&pixels, &labels, 0.4, true, Some(1));
        Ok((
            Data { pixels: train, labels: train_labels },
            Data { pixels: test, labels: test_labels },
        ))
    }
}

impl Machine {
    fn train(&self, train: &Data, test: &Data, trial: &mut Trial) -> Result<f64, Box<dyn Error>> {
        let kernel = match &self.kernel {
            Kernel::Linear => Kernels::linear(),
            Kernel::Gaussian { gamma } => Kernels::rbf().with_gamma(*gamma),
            Kernel::Polynomial { degree, gamma } => Kernels::polynomial()
                .with_degree(f64::from(*degree))
                .with_gamma(*gamma)
                .with_coef0(1.0),
        };
        let options = SVCParameters::default().with_c(self.penalty).with_kernel(kernel);
        let machine = SVC::fit(&train.pixels, &train.labels, &options)?;
        let error = |data: &Data| -> Result<f64, Box<dyn Error>> {
            let scores = machine.predict(&data.pixels)?;
            let wrong = scores
                .iter()
                .zip(&data.labels)
                .filter(|(score, label)| (**score > 0.0) != (**label > 0));
            Ok(wrong.count() as f64 / data.pixels.shape().0 as f64)
        };
        trial.record(metric::TRAIN_ERROR, error(train)?);
        error(test)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = Data::read()?;
    let study = Study::<Machine>::minimize().name("digits 3 and 8").seed(1).build()?;
    study
        .optimize(|machine: Machine, trial: &mut Trial| machine.train(&train, &test, trial), 40)?;
    println!("{}", study.summary()?);

    let folder = std::env::temp_dir().join("tunewright-report");
    fs::create_dir_all(&folder)?;
    let pictures = study.pictures()?;
    let drawn = [
        ("history.svg", pictures.history()),
        ("importance.svg", pictures.importance()),
        ("slices.svg", pictures.slices()),
        ("contour.svg", pictures.contour("penalty", "kernel.Gaussian.gamma")?),
    ];
    for (name, figure) in &drawn {
        fs::write(folder.join(name), figure.to_svg())?;
        println!("{name}: {}", figure.caption());
    }
    study.report(folder.join("report.html"))?;
    println!("written to {}", folder.display());
    Ok(())
}
