//! Runs the `nas_table` example on small tables.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;

/// A table of three decisions; the third is not reached after 1, and some combinations are lacking.
fn table() -> String {
    let mut text = String::from("d_0,d_1,d_2,key,valid,valid_0,valid_1\n");
    for a in 0..3 {
        for b in 0..3 {
            for c in 0..4 {
                if (b == 1 && c > 0) || (a == 2 && b == 2 && c < 3) {
                    continue;
                }
                let third = if b == 1 { String::new() } else { c.to_string() };
                let valid = f64::from(10 * a + 5 * (2 - b) + c);
                let key = a * 100 + b * 10 + c / 2;
                writeln!(text, "{a},{b},{third},{key},{valid},{},{}", valid - 1.0, valid + 1.0)
                    .unwrap();
            }
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
    Command::new(crate::example("nas_table")).args(arguments).output().unwrap()
}

fn search(path: &std::path::Path, more: &[&str]) -> String {
    let path = path.to_str().unwrap();
    let output = run(&[&["--data", path, "--repeats", "4", "--queries", "25"], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_earlier_table_helps() {
    let path = file("now.csv.gz", &table());
    let earlier = file("earlier.csv.gz", &table());
    for sampler in ["controller", "evolution", "local", "bayesian"] {
        let earlier = earlier.to_str().unwrap();
        let report = search(&path, &["--sampler", sampler, "--earlier", earlier]);
        // Of 24 architectures the earlier search has found the best one, which is tried among the first.
        assert!(report.contains("\n10,0.0000,0.0000,1.00\n"), "{sampler}: {report}");
    }
}

#[test]
fn all_samplers_find_the_best_row_of_a_small_table() {
    let path = file("table.csv.gz", &table());
    for sampler in ["controller", "evolution", "local", "random", "bayesian"] {
        let report = search(&path, &["--sampler", sampler]);
        assert_eq!(report.lines().next(), Some("queries,mean_regret,std_error,share_at_optimum"));
        assert_eq!(report.lines().count(), 4, "{report}");
        // There are 24 architectures, so that 25 queries find all.
        assert!(report.ends_with("25,0.0000,0.0000,1.00\n"), "{sampler}: {report}");
    }
    for preset in ["unscreened", "without_surrogate", "zoph2017", "nasnet", "enas", "reinforce"] {
        let report = search(&path, &["--sampler", "controller", "--preset", preset]);
        assert!(report.ends_with("25,0.0000,0.0000,1.00\n"), "{preset}: {report}");
    }
    let one = search(&path, &["--sampler", "evolution", "--preset", "rea-10-3", "--reward", "one"]);
    assert_eq!(
        one,
        search(&path, &["--sampler", "evolution", "--preset", "rea-10-3", "--reward", "one"])
    );
    // Equal networks count once: half as many remain, and ten queries come further.
    let canonical = search(&path, &["--sampler", "random", "--canonical"]);
    assert_ne!(canonical, search(&path, &["--sampler", "random"]));
}

#[test]
fn mistakes_get_one_clear_line() {
    let good = file("good.csv.gz", &table());
    let good = good.to_str().unwrap();
    let bad = |name: &str, text: &str| file(name, text).to_str().unwrap().to_owned();
    let no_decisions = bad("a.gz", "x,valid\n1,2\n");
    let no_valid = bad("b.gz", "d_0,test\n1,2\n");
    let no_number = bad("c.gz", "d_0,valid\n1,high\n");
    let repeated = bad("d.gz", "d_0,valid\n1,2\n1,3\n");
    let empty = bad("e.gz", "d_0,valid\n");
    let plain = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plain.csv");
    std::fs::write(&plain, table()).unwrap();
    let plain = plain.to_str().unwrap();
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec![], "--data is missing"),
        (vec!["--data", good], "--sampler is missing"),
        (vec!["--data", good, "--sampler", "tpe"], "there is no sampler `tpe`"),
        (vec!["--data", good, "--sampler", "controller", "--preset", "x"], "has no preset `x`"),
        (vec!["--data", good, "--sampler", "random", "--queries", "0"], "whole number from 1"),
        (vec!["--data", good, "--sampler", "random", "--reward", "two"], "use mean or one"),
        (vec!["--data", good, "--sampler"], "--sampler needs a value"),
        (vec!["--dat", good], "there is no argument `--dat`"),
        (vec!["--data", "/no/such/file", "--sampler", "random"], "/no/such/file"),
        (vec!["--data", plain, "--sampler", "random"], "plain.csv"),
        (vec!["--data", &no_decisions, "--sampler", "random"], "no column `d_0`"),
        (vec!["--data", &no_valid, "--sampler", "random"], "no column `valid`"),
        (vec!["--data", &no_number, "--sampler", "random"], "line 2: the score `high`"),
        (vec!["--data", &repeated, "--sampler", "random"], "line 3: a repeated architecture"),
        (vec!["--data", &empty, "--sampler", "random"], "no architectures"),
        (vec!["--data", &empty, "--sampler", "random", "--canonical"], "needs a column `key`"),
    ];
    for (arguments, message) in cases {
        let output = run(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(message), "{arguments:?}: {error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    }
}
