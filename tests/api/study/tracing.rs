//! What the tracing observer tells a subscriber.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};
use tunewright::space::{Params, Scale, Space};
use tunewright::study::{StudyBuilder, TracingObserver};
use tunewright::{Error, Study, Trial};

/// Writes down every event as one line.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<String>>>);

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tunewright"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            // Times are never the same.
            "seconds" => self.0.push_str(" seconds"),
            "message" => self.0.push_str(&format!(" {value:?}:")),
            name => self.0.push_str(&format!(" {name}={value:?}")),
        }
    }
}

fn study() -> StudyBuilder<Params> {
    let space = Space::builder()
        .field("x", &tunewright::space::Float::range(0.0..=1.0).step(0.5))
        .choice("kernel", |kernel| {
            kernel.variant("rbf", |rbf| rbf.int("degree", 2..=2, Scale::Linear))
        })
        .build()
        .unwrap();
    let default = space.params([
        ("x", 0.5.into()),
        ("kernel", "rbf".into()),
        ("kernel.rbf.degree", 2.into()),
    ]);
    let default = default.unwrap();
    let study = Study::in_space(space).name("svm").seed(7).allow_repeats();
    study.start_from(default).observer(TracingObserver::new())
}

#[test]
fn every_hook_is_an_event() {
    let capture = Capture::default();
    let study = study().start_from_default().start_from_default().build().unwrap();
    let objective = |_: Params, trial: &mut Trial| -> Result<f64, Error> {
        match trial.number() {
            0 => trial.report(2, 0.75)?,
            1 => return Err(Error::UnknownTrial { number: 9 }),
            _ => {}
        }
        Ok(0.5)
    };
    with_default(capture.clone(), || study.optimize(objective, 3).unwrap());
    let events = capture.0.lock().unwrap();
    assert_eq!(
        *events,
        [
            "INFO study started: study=\"svm\" seed=7 trials=3",
            "DEBUG trial started: study=\"svm\" trial=0 params=x=0.5 kernel=rbf kernel.rbf.degree=2",
            "TRACE trial reported: study=\"svm\" trial=0 step=2 value=0.75",
            "INFO trial finished: study=\"svm\" trial=0 value=0.5 seconds",
            "INFO new best: study=\"svm\" trial=0 value=0.5 \
             params=x=0.5 kernel=rbf kernel.rbf.degree=2",
            "DEBUG trial started: study=\"svm\" trial=1 params=x=0.5 kernel=rbf kernel.rbf.degree=2",
            "WARN trial failed: study=\"svm\" trial=1 reason=\"this study has no running trial 9; \
             tell it only trials that its `ask` has returned\" seconds",
            "DEBUG trial started: study=\"svm\" trial=2 params=x=0.5 kernel=rbf kernel.rbf.degree=2",
            "INFO trial finished: study=\"svm\" trial=2 value=0.5 seconds",
            "INFO study finished: study=\"svm\" reason=all trials were run",
        ]
    );
}

#[test]
fn trials_without_a_run_are_told_as_well() {
    let capture = Capture::default();
    let study = study().build().unwrap();
    with_default(capture.clone(), || {
        let asked = study.ask().unwrap();
        study.prune(asked, "hopeless").unwrap();
    });
    let events = capture.0.lock().unwrap();
    assert_eq!(
        *events,
        ["DEBUG trial started: trial=0", "INFO trial pruned: trial=0 seconds reason=\"hopeless\"",]
    );
}

#[test]
fn an_error_of_the_run_is_an_event() {
    let capture = Capture::default();
    let space = Space::builder().bool("on").build().unwrap();
    let study = Study::in_space(space).constraint("never", |_| false);
    let study = study.observer(TracingObserver::new()).build().unwrap();
    with_default(capture.clone(), || {
        study.optimize(|_: Params, _: &mut Trial| 0.0, 3).unwrap_err()
    });
    let events = capture.0.lock().unwrap();
    assert!(events[1].starts_with("ERROR study failed: study=\"study\" error="), "{events:?}");
    assert!(events[1].contains("constraint `never` rejected"), "{events:?}");
}
