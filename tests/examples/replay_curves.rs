//! Runs the `replay_curves` example on small tables.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Two tasks of sixty configs each; one config in ten diverges.
fn table() -> String {
    let mut text = String::from("task,config,p_lr,p_kind");
    (0..12).for_each(|step| write!(text, ",l_{step}").unwrap());
    text.push('\n');
    for task in ["easy", "hard"] {
        for config in 0..60 {
            let lr = (f64::from(config * 37 % 60) - 30.0) / 10.0;
            let kind = if config % 3 == 0 { "sgd" } else { "adam" };
            write!(text, "{task},{config},{:e},{kind}", 10f64.powf(lr)).unwrap();
            let end = (lr + 1.0).powi(2) + if kind == "sgd" { 0.5 } else { 0.0 };
            for step in 0..12 {
                match config % 10 == 9 && step > 3 {
                    true => text.push_str(",nan"),
                    false => {
                        let loss = end + 3.0 * (-0.5 * f64::from(step)).exp();
                        write!(text, ",{loss:.5}").unwrap();
                    }
                }
            }
            text.push('\n');
        }
    }
    text
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut encoder = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    path
}

fn run(arguments: &[&str]) -> Output {
    Command::new(crate::example("replay_curves")).args(arguments).output().unwrap()
}

/// The rows of the report: task, steps, mean regret.
fn replay(path: &Path, sampler: &str, pruner: &str, more: &[&str]) -> Vec<(String, u64, f64)> {
    let path = path.to_str().unwrap();
    let usual = ["--data", path, "--sampler", sampler, "--pruner", pruner, "--repeats", "3"];
    let output = run(&[&usual, more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().next(), Some("task,steps,mean_regret,std_error"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        assert!((0.0..=1.0).contains(&cells[2].parse::<f64>().unwrap()), "{line}");
        (cells[0].to_owned(), cells[1].parse().unwrap(), cells[2].parse().unwrap())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn early_stopping_finds_the_best_sooner() {
    let path = file("curves.csv.gz", &table());
    let rows = replay(&path, "random", "none", &["--steps", "1000"]);
    let marks: Vec<(&str, u64)> = rows.iter().map(|(task, at, _)| (task.as_str(), *at)).collect();
    let expected = ["easy", "hard", "mean"]
        .into_iter()
        .flat_map(|task| [250, 500, 1000].map(|steps| (task, steps)));
    assert_eq!(marks, expected.collect::<Vec<_>>());
    // All 120 runs fit into 1,000 steps.
    assert_eq!(rows[8].2, 0.0);
    let at_250 = |sampler, pruner| replay(&path, sampler, pruner, &["--steps", "250"])[2].2;
    assert!(at_250("random", "default") < rows[6].2);
    assert!(at_250("bayesian", "default") <= rows[6].2);
}

#[test]
fn what_was_paused_goes_on() {
    let path = file("curves_paused.csv.gz", &table());
    let at_250 = |sampler, pruner, mode| {
        replay(&path, sampler, pruner, &["--steps", "250", "--mode", mode])[2].2
    };
    for (sampler, pruner) in [("random", "asha"), ("random", "default"), ("bayesian", "default")] {
        let (none, pause) = (at_250("random", "none", "stop"), at_250(sampler, pruner, "pause"));
        assert!(pause < none, "{sampler} {pruner}: {pause}, {none} without");
    }
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let path = file("curves_again.csv.gz", &table());
    for mode in ["stop", "pause"] {
        let more = ["--steps", "250", "--seed", "1", "--mode", mode];
        let report = || replay(&path, "bayesian", "default", &more);
        assert_eq!(report(), report());
    }
}

#[test]
fn what_is_wrong_is_said_on_one_line() {
    let path = file("curves_wrong.csv.gz", "task,config,p_x\na,0,1\n");
    let good = file("curves_good.csv.gz", &table());
    let (path, good) = (path.to_str().unwrap(), good.to_str().unwrap());
    for (arguments, expected) in [
        (vec!["--sampler", "random"], "--data is missing"),
        (vec!["--data", good, "--sampler", "best", "--pruner", "none"], "no sampler `best`"),
        (vec!["--data", good, "--sampler", "random", "--pruner", "best"], "no pruner `best`"),
        (vec!["--data", path, "--sampler", "random", "--pruner", "none"], "columns p_"),
        (vec!["--data", "/nowhere", "--sampler", "random", "--pruner", "none"], "/nowhere"),
        (vec!["--data", good, "--steps", "few"], "--steps is `few`"),
        (vec!["--data", good, "--mode", "go"], "no mode `go`"),
        (vec!["--speed", "1"], "no argument `--speed`"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(expected) && message.lines().count() == 1, "{message}");
    }
}
