//! Progress as lines, for logs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tunewright::space::{Params, Scale, Space};
use tunewright::study::{ProgressLog, StudyBuilder};
use tunewright::trial::Outcome;
use tunewright::{Study, Trial};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn line() -> StudyBuilder<Params> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).seed(1)
}

#[test]
fn every_trial_is_a_line() {
    let buffer = Buffer::default();
    let study = line().maximize().observer(ProgressLog::new(buffer.clone())).build().unwrap();
    let objective = |_: Params, trial: &mut Trial| match trial.number() {
        0 => Outcome::Complete(0.25.into()),
        1 => Outcome::Failed("out of memory\nat layer 3".into()),
        2 => Outcome::Complete(1.0.into()),
        3 => Outcome::Pruned(None),
        _ => Outcome::Complete((1.0 / 3.0).into()),
    };
    study.optimize(objective, 5).unwrap();
    assert_eq!(
        buffer.lines(),
        [
            "trial 0: 0.25; 1/5 trials in 0:00, best 0.25 in trial 0",
            "trial 1: failed: out of memory …; 2/5 trials in 0:00, best 0.25 in trial 0, 1 failed",
            "trial 2: 1; 3/5 trials in 0:00, best 1 in trial 2, 1 failed",
            "trial 3: pruned; 4/5 trials in 0:00, best 1 in trial 2, 1 failed, 1 pruned",
            "trial 4: 0.333333; 5/5 trials in 0:00, best 1 in trial 2, 1 failed, 1 pruned",
            "study: 5 trials in 0:00, best 1 in trial 2, 1 failed, 1 pruned; all trials were run",
        ]
    );
    let asked = study.ask().unwrap();
    study.tell(asked, 2.0).unwrap();
    assert_eq!(buffer.lines(), ["trial 5: 2"]);
    study.stop();
    study.optimize(objective, Study::<Params>::UNLIMITED).unwrap();
    let last = "study: 0 trials in 0:00, best 2 from before; the study was stopped";
    assert_eq!(buffer.lines(), [last]);
}

#[test]
fn an_error_is_the_last_line() {
    let buffer = Buffer::default();
    let study = line().constraint("never", |_| Err("no verdict"));
    let study = study.observer(ProgressLog::new(buffer.clone())).build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| 1.0, 5).unwrap_err();
    let lines = buffer.lines();
    let start = "study: 0 trials in 0:00, no result yet; ended by an error: the constraint `never`";
    assert!(lines.len() == 1 && lines[0].starts_with(start), "{lines:?}");
}

#[test]
fn a_log_that_cannot_be_written_spares_the_study() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let study = line().observer(ProgressLog::new(Closed)).build().unwrap();
    study.optimize(|_: Params, _: &mut Trial| 1.0, 3).unwrap();
}
