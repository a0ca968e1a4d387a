//! What may be optimized.
#![allow(clippy::needless_borrows_for_generic_args, reason = "that they may be borrowed is tested")]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use tunewright::space::{Params, Scale, Space};
use tunewright::{Error, Objective, Study, Trial};

fn line(workers: usize) -> Study<Params> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).workers(workers).seed(1).build().unwrap()
}

struct Data {
    rows: Vec<f64>,
}

impl Objective<Params> for Data {
    type Output = Result<f64, Error>;

    fn evaluate(&self, p: Params, _: &mut Trial) -> Self::Output {
        let x = p.float("x")?;
        Ok(self.rows.iter().map(|row| (row - x).powi(2)).sum())
    }
}

fn square(p: Params, _: &mut Trial) -> Result<f64, Error> {
    Ok(p.float("x")?.powi(2))
}

#[test]
fn structs_come_by_value_reference_and_pointer() {
    let study = line(2);
    let data = Data { rows: vec![1.0, 2.0] };
    study.optimize(&data, 3).unwrap();
    study.optimize(&&data, 3).unwrap();
    let shared = Arc::new(data);
    study.optimize(&shared, 3).unwrap();
    study.optimize(Arc::clone(&shared), 3).unwrap();
    let boxed: Box<dyn Objective<Params, Output = Result<f64, Error>> + Sync> =
        Box::new(Data { rows: vec![3.0] });
    study.optimize(&boxed, 3).unwrap();
    study.optimize(boxed, 3).unwrap();
    study.optimize(Data { rows: Vec::new() }, 3).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 21);
}

#[test]
fn functions_and_closures_come_by_value_reference_and_pointer() {
    let study = line(2);
    study.optimize(square, 2).unwrap();
    study.optimize(&square, 2).unwrap();
    let closure = |p: Params, _: &mut Trial| p.float("x");
    study.optimize(closure, 2).unwrap();
    study.optimize(&closure, 2).unwrap();
    study.optimize(Box::new(closure), 2).unwrap();
    type Boxed = Box<dyn Fn(Params, &mut Trial) -> f64 + Sync>;
    let boxed: Boxed = Box::new(|_, _| 1.0);
    study.optimize(&boxed, 2).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 12);
}

#[test]
fn closures_that_change_what_they_capture_run_on_the_calling_thread() {
    let study = line(1);
    let (mut losses, counter) = (Vec::new(), Rc::new(Cell::new(0)));
    let thread = std::thread::current().id();
    let objective = |p: Params, trial: &mut Trial| {
        assert_eq!(std::thread::current().id(), thread);
        counter.set(counter.get() + 1);
        let loss = square(p, trial)?;
        losses.push(loss);
        Ok::<f64, Error>(loss)
    };
    study.optimize_local(objective, 10).unwrap();
    assert_eq!((losses.len(), counter.get()), (10, 10));

    let other = line(1);
    other.optimize(square, 10).unwrap();
    let points = |study: &Study<Params>| -> Vec<_> {
        study.history().unwrap().trials().map(|trial| trial.point().clone()).collect()
    };
    assert_eq!(points(&study), points(&other), "the same trials as those of `optimize`");

    let error = line(4).optimize_local(|_, _| 1.0, 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "workers is 4; use 1 with `optimize_local`, or `optimize` and an objective that is Sync"
    );
}
