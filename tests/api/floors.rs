//! A room uses only rooms on its own floor and below; prose about that ages, this test does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The house from the ground up.
const FLOORS: [&[&str]; 7] = [
    &["math", "error", "text", "svg"],
    &["space"],
    &["trial", "objective", "surrogate", "nas"],
    &["curves", "earlier"],
    &["sampler", "pruner", "storage", "analysis"],
    &["study", "table", "import", "plot"],
    &["report"],
];

/// Rooms that may know everything: they serve users and tests, and nothing in the house uses them.
const OUTSIDE: [&str; 4] = ["lib", "prelude", "testing", "guide"];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// All source files of a folder.
pub(crate) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a file's code names, with the line.
fn uses(path: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        // Links in documentation may point anywhere.
        let code = line.split("//").next().unwrap();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let other = &rest[..end.unwrap_or(rest.len())];
            found.push((other.to_owned(), line.trim().to_owned()));
        }
    }
    found
}

/// All files of the library, each with its room.
fn rooms() -> Vec<(String, PathBuf)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&source, &mut found);
    let room = |path: &Path| -> String {
        let inner = path.strip_prefix(&source).unwrap().with_extension("");
        inner.iter().next().unwrap().to_str().unwrap().to_owned()
    };
    found.into_iter().map(|path| (room(&path), path)).collect()
}

#[test]
fn every_room_has_a_floor_and_every_floor_its_rooms() {
    let present: BTreeSet<String> = rooms().into_iter().map(|(room, _)| room).collect();
    let known: BTreeSet<String> =
        FLOORS.iter().copied().flatten().chain(&OUTSIDE).map(|room| (*room).to_owned()).collect();
    assert_eq!(present, known);
}

#[test]
fn no_room_reaches_above_its_floor() {
    let mut reaches = Vec::new();
    for (room, path) in rooms() {
        let Some(own) = floor(&room) else { continue };
        for (other, line) in uses(&path) {
            if floor(&other).is_some_and(|floor| floor > own) {
                reaches.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(reaches.is_empty(), "{}", reaches.join("\n"));
}

/// Lines of a file.
fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn no_room_has_a_fifth_of_the_house() {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for (room, path) in rooms() {
        *sizes.entry(room).or_default() += lines(&path);
    }
    let all: usize = sizes.values().sum();
    let large: Vec<_> = sizes.iter().filter(|(_, size)| 5 * **size >= all).collect();
    assert!(large.is_empty(), "of {all} lines: {large:?}");
}

#[test]
fn files_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "examples", "derive/src"] {
        files(&root.join(folder), &mut found);
    }
    let long: Vec<_> = found.iter().filter(|path| lines(path) > 450).collect();
    assert!(long.is_empty(), "split these: {long:?}");
}

#[test]
fn functions_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    ["src", "derive/src", "cli/src"]
        .iter()
        .for_each(|folder| files(&root.join(folder), &mut found));
    let mut long = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            if !(code.starts_with("fn ") || code.contains(" fn ") && code.starts_with("pub")) {
                continue;
            }
            // Formatted code closes a function where it began.
            let close = format!("{}}}", &line[..line.len() - code.len()]);
            let length =
                lines[at..].iter().position(|line| *line == close).map_or(1, |end| end + 1);
            if length > 80 && !code.ends_with(';') {
                long.push(format!("{}: {length} lines: {code}", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "split these:\n{}", long.join("\n"));
}

#[test]
fn no_rooms_use_each_other() {
    let mut uses_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, path) in rooms().into_iter().filter(|(room, _)| floor(room).is_some()) {
        let others = uses(&path).into_iter().map(|(other, _)| other);
        let others = others.filter(|other| floor(other).is_some() && *other != room);
        uses_of.entry(room.clone()).or_default().extend(others);
    }
    // A room that uses only rooms that are gone can go, too; what cannot go is part of a circle.
    while let Some(room) = uses_of
        .iter()
        .find(|(_, others)| others.iter().all(|other| !uses_of.contains_key(other)))
        .map(|(room, _)| room.clone())
    {
        uses_of.remove(&room);
    }
    assert!(uses_of.is_empty(), "these rooms use each other: {uses_of:?}");
}
