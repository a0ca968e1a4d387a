//! What the commands print, on a journal of a real study.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::JournalStorage;
use tunewright::{RandomSampler, Study, Trial};

fn tunewright(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tunewright")).args(args).output().unwrap()
}

fn printed(args: &[&str]) -> String {
    let output = tunewright(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn failure(args: &[&str]) -> String {
    let output = tunewright(args);
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn study(path: &Path, name: &str) -> Study<Params> {
    study_from(1e-4, path, name)
}

/// A study whose learning rates begin here.
fn study_from(lowest: f64, path: &Path, name: &str) -> Study<Params> {
    let space = Space::builder()
        .float("lr", lowest..=1.0, Scale::Log)
        .choices("act", ["relu", "tanh"])
        .build()
        .unwrap();
    let storage = JournalStorage::new(path);
    let builder = Study::in_space(space).sampler(RandomSampler::new()).seed(1);
    builder.name(name).storage(storage).build().unwrap()
}

fn objective(p: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    let lr = p.float("lr")?;
    trial.record("train_error", lr);
    Ok((lr.log10() + 2.0).powi(2))
}

#[test]
fn a_study_is_shown_carried_over_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let url = format!("journal:{}", path.display());
    study(&path, "resnet").optimize(objective, 20).unwrap();

    assert!(printed(&["list", &url]).starts_with("resnet  20 complete, best "));
    let listed: Value = serde_json::from_str(&printed(&["list", &url, "--json"])).unwrap();
    assert_eq!(listed[0]["trials"]["complete"], 20);
    let shown: Value = serde_json::from_str(&printed(&["show", &url, "--json"])).unwrap();
    assert_eq!(shown["name"], "resnet");
    assert!(shown["best"]["params"]["lr"].as_f64().unwrap() > 0.0);
    assert!(printed(&["show", &url, "resnet"]).contains("lr"));
    assert_eq!(printed(&["table", &url, "--limit", "3"]).matches("complete").count(), 3);
    assert!(printed(&["explain", &url]).contains("lr"));
    assert!(printed(&["report", &url]).contains("<html"));
    let page = folder.path().join("page.html");
    printed(&["report", &url, "--output", page.to_str().unwrap()]);
    assert!(fs::read_to_string(page).unwrap().contains("<html"));
    assert_eq!(printed(&["export", &url]).lines().count(), 21);
    let followed = printed(&["tail", &url, "--until-idle", "--json"]);
    assert_eq!(followed.lines().count(), 20);
    assert!(printed(&["tail", &url, "--until-idle"]).contains("trial 7 complete"));

    let unknown = failure(&["show", &url, "vgg"]);
    assert!(unknown.contains("no study `vgg`; it has `resnet`"), "{unknown}");
    assert!(printed(&["show", &url]).ends_with("\n"));

    let json = folder.path().join("resnet.json");
    fs::write(&json, printed(&["export", &url, "--json"])).unwrap();
    let other = format!("journal:{}", folder.path().join("other.log").display());
    printed(&["import", &other, json.to_str().unwrap()]);
    printed(&["copy", &url, "resnet", "--to", &other, "--as", "again"]);
    assert!(failure(&["copy", &url, "--to", &other]).contains("`resnet` already"));
    for name in ["resnet", "again"] {
        assert_eq!(printed(&["export", &other, name]), printed(&["export", &url]));
    }
    assert!(failure(&["show", &other]).contains("name one of again, resnet"));

    let lost = study(&path, "resnet").ask().unwrap().number();
    assert_eq!(printed(&["fail-stale", &url]), "no trial is stale\n");
    assert!(printed(&["show", &url]).contains("running"), "trial {lost} runs");
}

#[test]
fn a_journal_is_verified_and_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let name = path.to_str().unwrap();
    study(&path, "resnet").optimize(objective, 5).unwrap();
    assert_eq!(printed(&["verify", name]), "nothing is damaged\n");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"trial_id\":3", "\"trial_id\":4", 1)).unwrap();
    let verified = tunewright(&["verify", name]);
    assert_eq!(verified.status.code(), Some(1));
    let named = String::from_utf8(verified.stdout).unwrap();
    assert!(named.contains("of the journal was skipped"), "{named}");
    assert!(printed(&["repair", name]).contains("is kept as"));
    assert_eq!(printed(&["verify", name]), "nothing is damaged\n");
}

#[test]
fn mistakes_are_named() {
    assert!(failure(&["list", "runs.log"]).contains("`journal:runs.log`"));
    assert!(failure(&["show", "journal:missing.log"]).contains("has no study"));
    assert!(failure(&["verify", "missing.log"]).contains("missing.log"));
}

#[test]
fn what_is_left_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let url = format!("journal:{}", path.display());
    study(&path, "resnet").optimize(objective, 20).unwrap();
    let fitting = study_from(1e-2, &path, "resnet").history().unwrap().trials().count();
    assert!((1..20).contains(&fitting), "{fitting} trials fit");

    let other = format!("journal:{}", folder.path().join("other.log").display());
    for args in [vec!["show", &url], vec!["export", &url], vec!["copy", &url, "--to", &other]] {
        let output = tunewright(&args);
        assert!(output.status.success(), "{args:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let expected = format!("warning: {} trials do not fit the space", 20 - fitting);
        assert!(told.contains(&expected), "{args:?}: {told}");
    }

    let content = fs::read_to_string(&path).unwrap();
    fs::write(&path, content.replacen("\"trial_id\":3,", "\"trial_id\":4,", 1)).unwrap();
    let told = String::from_utf8(tunewright(&["show", &url]).stderr).unwrap();
    assert!(told.contains("warning: line"), "{told}");
    assert!(!tunewright(&["verify", &url]).status.success());
    assert!(printed(&["repair", &url]).contains("is kept as"));
    assert_eq!(printed(&["verify", path.to_str().unwrap()]), "nothing is damaged\n");
}

#[test]
fn following_ends_where_only_dead_workers_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let url = format!("journal:{}", path.display());
    let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    let dead = Study::in_space(space).storage(JournalStorage::new(&path));
    let dead = dead.lease(std::time::Duration::from_millis(200)).build().unwrap();
    drop((dead.ask().unwrap(), dead));
    assert!(printed(&["tail", &url, "--until-idle"]).contains("trial 0 running"));
}
