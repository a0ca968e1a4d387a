//! Pages in a real browser, if there is one.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tunewright::Study;

use super::page::file;
use super::studies;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const CHECK: &str = include_str!("check.js");

fn browser() -> Option<&'static str> {
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found = BROWSERS.into_iter().find(runs);
    if found.is_none() {
        eprintln!("skipped: none of {} is installed", BROWSERS.join(", "));
    }
    found
}

/// The document after its scripts have run, and what they wrote on the console.
fn open(browser: &str, page: &Path, width: u32, dark: bool) -> (String, Vec<String>) {
    let profile = page.with_extension("profile");
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},900"))
        .args(["--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("file://{}", page.display()));
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let output = command.output().unwrap();
    let _ = fs::remove_dir_all(&profile);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned);
    (String::from_utf8_lossy(&output.stdout).into_owned(), console.collect())
}

/// Opens the page of a study, uses it, and returns the titles of its pictures and the rows of its
/// table.
fn check<C: 'static>(study: &Study<C>, width: u32, dark: bool) -> Option<(Vec<String>, u64)> {
    let browser = browser()?;
    let page = study.page().unwrap().to_html().unwrap();
    let page = page.replace("</body>", &format!("<script>{CHECK}</script></body>"));
    let path = file(&format!("{}-{width}.html", study.seed()));
    fs::write(&path, page).unwrap();
    let (document, console) = open(browser, &path, width, dark);
    assert!(console.is_empty(), "{console:#?}");
    let start = document.find("data-check=\"").map(|at| at + 12).unwrap();
    let end = start + document[start..].find('"').unwrap();
    let found = document[start..end].replace("&quot;", "\"").replace("&amp;", "&");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["errors"], Value::Array(Vec::new()), "{found:#}");
    let figures = found["figures"].as_array().unwrap();
    let figures = figures.iter().map(|title| title.as_str().unwrap().to_owned()).collect();
    Some((figures, found["rows"].as_u64().unwrap()))
}

#[test]
fn pages_work_on_large_screens_and_phones() {
    let Some((figures, rows)) = check(&studies::training(120), 1200, false) else { return };
    assert_eq!(
        figures,
        [
            "Optimization history",
            "Learning curves",
            "Timeline",
            "Importance",
            "Effects",
            "Slices",
            "Contours",
            "Parallel coordinates"
        ]
    );
    assert_eq!(rows, 50);
    let (figures, rows) = check(&studies::extreme(30), 500, true).unwrap();
    assert!(figures.len() >= 7, "{figures:?}");
    assert_eq!(rows, 30);
}

#[test]
fn a_picture_in_space_can_be_turned() {
    let Some((figures, rows)) = check(&studies::three_goals(60), 1200, false) else { return };
    for title in ["Front", "Front in space", "Goals side by side", "Goals over trials"] {
        assert!(figures.iter().any(|figure| figure == title), "{title}: {figures:?}");
    }
    assert_eq!(rows, 50);
    assert!(check(&studies::limited_goals(30), 500, true).is_some());
}

#[test]
fn errors_on_the_console_are_seen() {
    let Some(browser) = browser() else { return };
    let path = file("broken.html");
    fs::write(&path, "<!doctype html><title>x</title><script>absent()</script>").unwrap();
    let (_, console) = open(browser, &path, 800, false);
    assert!(console.iter().any(|line| line.contains("absent")), "{console:?}");
}
