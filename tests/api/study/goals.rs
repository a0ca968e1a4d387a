//! Runs of studies with several goals, or with limits.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tunewright::space::{Params, Scale, Space};
use tunewright::storage::JournalStorage;
use tunewright::study::{Observer, ProgressLog, StudyBuilder};
use tunewright::surrogate::Noise;
use tunewright::trial::{TrialRecord, at_most, minimize};
use tunewright::{Error, RandomSampler, StopReason, Study, Trial};

fn builder() -> StudyBuilder<Params> {
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    Study::in_space(space).sampler(RandomSampler::new()).seed(1)
}

fn two() -> StudyBuilder<Params> {
    builder().goals([minimize("error"), minimize("latency").limit(0.75)])
}

/// What a log has written.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Text {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn options_that_need_one_goal_are_refused() {
    let message = |builder: StudyBuilder<Params>| builder.build().unwrap_err().to_string();
    let refused = [
        ("target", two().target(0.1)),
        ("stop_when_settled", two().stop_when_settled()),
        ("stop_at_regret", two().stop_at_regret(0.1)),
        ("tie_breaker", two().tie_breaker("size")),
    ];
    for (option, builder) in refused {
        assert_eq!(
            message(builder),
            format!(
                "`{option}` needs a study with one goal, and this one has several (error, latency); \
                 leave it out"
            )
        );
    }
    // Nobody prunes by the first goal alone.
    let study = two().build().unwrap();
    let objective = |_: Params, trial: &mut Trial| -> tunewright::Result<[f64; 2]> {
        for step in 0..30 {
            trial.report(step, trial.number() as f64)?;
        }
        Ok([0.5, 0.5])
    };
    study.optimize(objective, 30).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 30);
}

#[test]
fn patience_lasts_as_long_as_the_front_changes() {
    // Trials 0 to 5 join the front, one after another; then come an equal one, a dominated one and one
    // that is better than all but infeasible.
    let values = |number: u64| match number {
        0..=5 => [number as f64, 0.7 - 0.1 * number as f64],
        6 => [0.0, 0.7],
        7 => [9.0, 0.7],
        _ => [-1.0, 0.8],
    };
    let study = two().stop_after_no_improvement(3).build().unwrap();
    let run = |_: Params, trial: &mut Trial| values(trial.number());
    assert_eq!(study.optimize(run, 50).unwrap(), StopReason::NoImprovement);
    assert_eq!(study.history().unwrap().complete_count(), 9);
    assert_eq!(study.front().unwrap().len(), 7);
}

#[test]
fn targets_and_new_bests_are_feasible() {
    #[derive(Clone, Default)]
    struct Bests(Arc<Mutex<Vec<u64>>>);
    impl Observer for Bests {
        fn new_best(&mut self, trial: &TrialRecord) {
            self.0.lock().unwrap().push(trial.number());
        }
    }
    let bests = Bests::default();
    let study = builder()
        .outcome_constraint("memory", at_most(1.0))
        .target(0.25)
        .observer(bests.clone())
        .build()
        .unwrap();
    // Every other trial needs too much memory.
    let run = |_: Params, trial: &mut Trial| {
        trial.record("memory", if trial.number().is_multiple_of(2) { 2.0 } else { 1.0 });
        1.0 / (1.0 + trial.number() as f64)
    };
    assert_eq!(study.optimize(run, 50).unwrap(), StopReason::Target);
    assert_eq!(*bests.0.lock().unwrap(), [1, 3]);
    assert_eq!(study.best().unwrap().number(), 3);
    for noise in [Noise::Negligible, Noise::Estimated] {
        assert!(study.recommend(noise).unwrap().number() % 2 == 1);
    }
    assert!(
        study.estimates(Noise::Estimated, Default::default()).unwrap().best().unwrap() % 2 == 1
    );
}

#[test]
fn the_log_says_how_many_are_on_the_front() {
    let text = Text::default();
    let study = two().observer(ProgressLog::new(text.clone())).name("net").build().unwrap();
    let values = [[0.5, 0.9], [0.5, 0.5], [0.25, 0.75], [0.6, 0.6]];
    let run = |_: Params, trial: &mut Trial| values[trial.number() as usize];
    study.optimize(run, 4).unwrap();
    let lines = text.lines();
    let end = |line: &str, at: usize| assert!(lines[at].ends_with(line), "{}", lines[at]);
    assert!(
        lines[0].starts_with("trial 0: error 0.5, latency 0.9 (infeasible); 1/4"),
        "{}",
        lines[0]
    );
    end("nothing feasible yet, 1 infeasible", 0);
    assert!(lines[1].starts_with("trial 1: error 0.5, latency 0.5; 2/4"), "{}", lines[1]);
    end("1 on the front, 1 infeasible", 1);
    end("2 on the front, 1 infeasible", 2);
    end("2 on the front, 1 infeasible", 3);
    assert!(lines[4].contains("2 on the front"), "{}", lines[4]);
}

#[test]
fn limits_may_change_and_names_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let open = |limit: f64| {
        let goals = [minimize("error"), minimize("latency").limit(limit)];
        builder().goals(goals).storage(JournalStorage::new(&path))
    };
    let run = |p: Params, _: &mut Trial| p.float("x").map(|x| [x, 1.0 - x]);
    open(0.5).build().unwrap().optimize(run, 12).unwrap();
    let loose = open(0.9).build().unwrap();
    let count = |study: &Study<Params>| study.history().unwrap().feasible().count();
    let tight = open(0.3).build().unwrap();
    assert!(count(&tight) < count(&loose), "{} {}", count(&tight), count(&loose));
    assert!(count(&loose) < 12 + 1);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"study:metric_names\":[\"error\",\"latency\"]"));
    // Who names no goals gets the names that the study has.
    let unnamed = [tunewright::trial::Direction::Minimize.into(), minimize("latency")];
    let study = builder().goals(unnamed).storage(JournalStorage::new(&path)).build().unwrap();
    assert_eq!(study.history().unwrap().goals().name(0), "error");
    let other = builder().goals([minimize("latency"), minimize("error")]);
    let refused = other.storage(JournalStorage::new(&path)).build().unwrap_err();
    assert!(
        matches!(refused, Error::StudyMismatch { difference: "set of goal names", .. }),
        "{refused}"
    );
}
