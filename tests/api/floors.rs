//! A room uses only rooms on its own floor and below; prose about that ages, this test does not.

use std::fs;
use std::path::{Path, PathBuf};

/// The house from the ground up.
const FLOORS: [&[&str]; 6] = [
    &["math", "error"],
    &["space"],
    &["trial", "objective", "surrogate", "nas"],
    &["sampler", "pruner", "storage"],
    &["study"],
    &["report"],
];

/// Rooms that may know everything: they serve users and tests, and nothing in the house uses them.
const OUTSIDE: [&str; 4] = ["lib", "prelude", "testing", "guide"];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_room_reaches_above_its_floor() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&source, &mut found);
    let mut reaches = Vec::new();
    for path in found {
        let inner = path.strip_prefix(&source).unwrap().with_extension("");
        let room = inner.iter().next().unwrap().to_str().unwrap().to_owned();
        if OUTSIDE.contains(&room.as_str()) {
            continue;
        }
        let own = floor(&room).unwrap_or_else(|| panic!("room `{room}` has no floor"));
        for line in fs::read_to_string(&path).unwrap().lines() {
            // Links in documentation may point anywhere.
            let code = line.split("//").next().unwrap();
            for (at, _) in code.match_indices("crate::") {
                let rest = &code[at + "crate::".len()..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let other = &rest[..end.unwrap_or(rest.len())];
                let above = floor(other).is_some_and(|floor| floor > own);
                if above {
                    reaches.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(reaches.is_empty(), "{}", reaches.join("\n"));
}
