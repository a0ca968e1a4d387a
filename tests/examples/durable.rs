//! Studies in a journal survive whatever happens to their processes and to the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tunewright::space::{Scale, Space};
use tunewright::storage::JournalStorage;
use tunewright::{RandomSampler, Study};

use crate::example;

/// A command on a journal.
fn durable(journal: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(example("durable"));
    command.arg("--storage").arg(format!("journal:{}", journal.display())).args(args);
    command
}

fn run(journal: &Path, args: &[&str]) -> Output {
    let output = durable(journal, args).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {errors}");
    output
}

/// What is acknowledged in an output: values by number.
fn acknowledged(output: &str) -> BTreeMap<u64, f64> {
    let lines = output.lines().filter(|line| line.starts_with("ack "));
    let pairs = lines.filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    });
    pairs.collect()
}

/// State and value of every trial, as `--list` shows them.
fn list(journal: &Path) -> BTreeMap<u64, (String, Option<f64>)> {
    let output = run(journal, &["--list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let trials = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, number, state, value] = words[..] else { panic!("{line}") };
        (number.parse().unwrap(), (state.to_owned(), value.parse().ok()))
    });
    trials.collect()
}

/// Small numbers that look random; the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

struct Writer {
    child: Child,
    output: PathBuf,
}

impl Writer {
    fn start(journal: &Path, output: PathBuf) -> Self {
        let args =
            ["--trials", "100000", "--workers", "2", "--delay-us", "300", "--lease-ms", "1500"];
        let mut command = durable(journal, &args);
        let out = File::options().create(true).append(true).open(&output).unwrap();
        let errors = File::options().create(true).append(true).open(output.with_extension("err"));
        let child = command.stdout(Stdio::from(out)).stderr(Stdio::from(errors.unwrap())).spawn();
        Writer { child: child.unwrap(), output }
    }

    fn kill(&mut self) {
        let ended = self.child.try_wait().unwrap();
        let errors = fs::read_to_string(self.output.with_extension("err")).unwrap();
        assert!(ended.is_none(), "a writer ended by itself: {errors}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Kills four writers at random moments, all at once from time to time.
fn kill_9(kills: usize) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("runs.log");
    let output = |at: usize| folder.path().join(format!("{at}.out"));
    let mut writers: Vec<Writer> = (0..4).map(|at| Writer::start(&journal, output(at))).collect();
    let mut numbers = Numbers(7);
    let mut killed = 0;
    while killed < kills {
        std::thread::sleep(Duration::from_micros(numbers.below(30_000)));
        let all = numbers.below(10) == 0;
        let chosen = numbers.below(4) as usize;
        for (at, writer) in writers.iter_mut().enumerate() {
            if all || at == chosen {
                writer.kill();
                killed += 1;
            }
        }
        for (at, writer) in writers.iter_mut().enumerate() {
            if all || at == chosen {
                *writer = Writer::start(&journal, output(at));
            }
        }
    }
    // Nobody waits for a lock whose owner is dead.
    writers.iter_mut().for_each(Writer::kill);
    let before = Instant::now();
    run(&journal, &["--trials", "1", "--lease-ms", "1500"]);
    assert!(before.elapsed() < Duration::from_secs(5), "waited {:?}", before.elapsed());
    std::thread::sleep(Duration::from_millis(1600));
    run(&journal, &["--trials", "1", "--lease-ms", "1500"]);

    let trials = list(&journal);
    assert_eq!(
        trials.keys().copied().collect::<Vec<_>>(),
        (0..trials.len() as u64).collect::<Vec<_>>()
    );
    let mut count = 0;
    for at in 0..4 {
        for (number, value) in acknowledged(&fs::read_to_string(output(at)).unwrap()) {
            assert_eq!(trials[&number], ("COMPLETE".to_owned(), Some(value)), "trial {number}");
            count += 1;
        }
    }
    assert!(count > kills, "{count} trials are too few to say anything");
    let running = trials.iter().find(|(_, (state, _))| state == "RUNNING");
    assert_eq!(running, None, "the trials of dead workers were given up");
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    kill_9(40);
}

#[test]
#[ignore = "takes some minutes"]
fn what_was_acknowledged_survives_a_thousand_kills() {
    kill_9(1000);
}

#[test]
fn many_processes_create_and_share_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("runs.log");
    let start = |trials: &str| {
        let children: Vec<Child> = (0..10)
            .map(|_| {
                durable(&journal, &["--trials", trials]).stdout(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let mut told = Vec::new();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            told.extend(acknowledged(&String::from_utf8(output.stdout).unwrap()));
        }
        told
    };
    let told = start("50");
    let numbers: BTreeSet<u64> = told.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (0..500).collect(), "numbers are unique");

    let space = Space::builder()
        .float("x", -10.0..=10.0, Scale::Linear)
        .float("lr", 1e-5..=1.0, Scale::Log)
        .choices("act", ["relu", "tanh", "gelu"])
        .build()
        .unwrap();
    let study = Study::in_space(space.clone())
        .name("durable")
        .storage(JournalStorage::new(&journal))
        .sampler(RandomSampler::new())
        .resume()
        .unwrap();
    let xs: Vec<f64> = (0..100).map(|at| f64::from(at) / 10.0).collect();
    for &x in &xs {
        let config = [("x", x.into()), ("lr", 1e-3.into()), ("act", "relu".into())];
        study.enqueue(space.params(config).unwrap()).unwrap();
    }
    let told = start("20");
    let waited: Vec<f64> =
        told.iter().filter(|(at, _)| (500..600).contains(at)).map(|t| t.1).collect();
    assert_eq!(waited.len(), 100, "each enqueued trial is run once");
    for (number, value) in told.iter().filter(|(number, _)| (500..600).contains(number)) {
        let x = xs[*number as usize - 500];
        assert!((value - x * x).abs() < 1e-9, "trial {number} ran with x = {x}");
    }
    assert_eq!(list(&journal).len(), 700);
}

/// A journal of some trials, and its content.
fn small(folder: &Path) -> (PathBuf, Vec<u8>) {
    let journal = folder.join("runs.log");
    run(&journal, &["--trials", "8"]);
    let content = fs::read(&journal).unwrap();
    (journal, content)
}

fn complete(journal: &Path) -> BTreeMap<u64, f64> {
    let trials = list(journal).into_iter();
    trials
        .filter(|(_, (state, _))| state == "COMPLETE")
        .map(|(at, (_, v))| (at, v.unwrap()))
        .collect()
}

#[test]
fn a_torn_end_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, content) = small(folder.path());
    let all = complete(&journal);
    let last = content[..content.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
    let before = content[..last - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
    for end in (before..content.len()).step_by(7) {
        fs::write(&journal, &content[..end]).unwrap();
        let kept = complete(&journal);
        assert!(
            kept.len() >= 7 && kept.iter().all(|(at, value)| all[at] == *value),
            "cut at {end}"
        );
        run(&journal, &["--trials", "1"]);
        let going_on = complete(&journal);
        assert!(going_on.len() > kept.len(), "cut at {end}");
        let text = fs::read_to_string(&journal).unwrap();
        assert!(text.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{end}");
    }
    for garbage in
        ["{\"op_code\":6,\"tri", "\0\0\0\0", "garbage", "\u{fffd}\n\n", "{}\n", "[1,2]\n"]
    {
        let mut with = content.clone();
        with.extend(garbage.as_bytes());
        fs::write(&journal, &with).unwrap();
        assert_eq!(complete(&journal), all, "{garbage:?}");
        run(&journal, &["--trials", "1"]);
        assert_eq!(complete(&journal).len(), 9, "{garbage:?}");
    }
}

#[test]
fn damage_in_the_middle_is_named_and_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, content) = small(folder.path());
    let all = complete(&journal);
    let mut numbers = Numbers(3);
    for _ in 0..60 {
        let mut flipped = content.clone();
        let at = numbers.below(content.len() as u64) as usize;
        flipped[at] ^= 1 << numbers.below(8);
        fs::write(&journal, &flipped).unwrap();
        let Some(kept) =
            durable(&journal, &["--list"]).output().ok().filter(|o| o.status.success())
        else {
            // The line that creates the study.
            assert!(at < content.iter().position(|&byte| byte == b'\n').unwrap() + 1);
            continue;
        };
        drop(kept);
        let kept = complete(&journal);
        assert!(kept.len() >= 6, "{} trials are left after a flip at {at}", kept.len());
        assert!(kept.iter().all(|(at, value)| all[at] == *value), "a flip at {at} changed a value");
    }
    // Records behind half a record were acknowledged.
    let lines: Vec<&[u8]> = content.split_inclusive(|&byte| byte == b'\n').collect();
    let mut glued = lines[..4].concat();
    glued.extend(&lines[4][..50]);
    glued.extend(lines[4..].concat());
    fs::write(&journal, &glued).unwrap();
    assert_eq!(complete(&journal), all);
    // A line that begins a trial is lost: later numbers stay.
    let mut lost = lines[..4].concat();
    lost.extend(lines[5..].concat());
    fs::write(&journal, &lost).unwrap();
    let kept = complete(&journal);
    assert!(kept.len() >= 7 && kept.iter().all(|(at, value)| all[at] == *value));
    let storage = JournalStorage::new(&journal);
    assert_eq!(storage.damage().unwrap().len(), 1);
    let shown = run(&journal, &["--list"]);
    let warnings = String::from_utf8(shown.stderr).unwrap();
    assert!(warnings.contains("the line that begins trial 1 of `durable` is lost"), "{warnings}");
    let repaired = storage.repair().unwrap();
    assert_eq!(fs::read(repaired.kept.unwrap()).unwrap(), lost);
    assert_eq!(complete(&journal), kept);
    assert!(storage.damage().unwrap().is_empty());
}

#[test]
fn what_cannot_be_shown_or_continued_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = small(folder.path());
    let fails = |journal: &Path, args: &[&str]| {
        let output = durable(journal, args).output().unwrap();
        let code = output.status.code().unwrap();
        assert!((1..=125).contains(&code) && code != 101, "{code}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!((15..=500).contains(&errors.len()), "{errors}");
        errors
    };
    fails(&folder.path().join("missing.log"), &["--list"]);
    assert!(!folder.path().join("missing.log").exists(), "looking creates nothing");
    fails(&journal, &["--study", "other", "--list"]);
    let missing = fails(&folder.path().join("no/folder/runs.log"), &["--trials", "1"]);
    assert!(missing.contains("create the folder"), "{missing}");
    let space = Space::builder().choices("act", ["relu", "elu"]).build().unwrap();
    let storage = JournalStorage::new(&journal);
    Study::in_space(space).name("theirs").storage(storage).build().unwrap();
    let errors = fails(&journal, &["--study", "theirs", "--trials", "1"]);
    assert!(errors.contains("`theirs` has another space"), "{errors}");
}
