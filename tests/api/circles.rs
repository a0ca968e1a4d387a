//! Files that use each other are one idea in several files; everywhere else one can be read before the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::floors::files;

/// The circles that there are, and why.
const CIRCLES: [&[&str]; 7] = [
    // A space is described by domains, which hold others, and a domain makes a space.
    &[
        "space/believed",
        "space/builder",
        "space/codec",
        "space/description",
        "space/domain",
        "space/float",
        "space/int",
        "space/lattice",
        "space/number",
        "space/rule",
        "space/search_space",
        "space/space",
        "space/tunable",
    ],
    // An evaluation is of goals, and goals judge evaluations.
    &["trial/evaluation", "trial/goals", "trial/outcome", "trial/typed_goals", "trial/weights"],
    // What a study shares with its trials, and the parts of it that look after them.
    &["study/lease", "study/pruning", "study/shared", "study/stop"],
    // A space of cells makes one of pairs.
    &["nas/cell_pair", "nas/cell_space"],
    // The journal wakes who follows it.
    &["storage/journal/file", "storage/journal/store"],
    // Readings of a table, and what is doubtful about them.
    &["import/doubt", "import/reading"],
    // A policy and the way back through its last layer.
    &["sampler/controller/policy", "sampler/controller/softmax"],
];

type Module = Vec<String>;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// `space/mod.rs` and `space.rs` are both the module `space`.
fn module(path: &Path) -> Module {
    let inner = path.strip_prefix(source()).unwrap().with_extension("");
    let mut parts: Module = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["lib"] {
        parts.pop();
    }
    parts
}

/// The paths that `use` declarations name, outside of tests.
fn imports(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
    let code = code.join(" ").replace("#[cfg(test)] use ", "#[cfg(test)] test ");
    let mut found = Vec::new();
    for start in ["use crate::", "use super::", "use self::"] {
        for (at, _) in code.match_indices(start) {
            let declaration = code[at + "use ".len()..].split(';').next().unwrap();
            expand("", &declaration.replace(char::is_whitespace, ""), &mut found);
        }
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(before: &str, path: &str, found: &mut Vec<String>) {
    let Some((head, list)) = path.split_once('{') else {
        return found.push(format!("{before}{path}"));
    };
    let list = &list[..list.rfind('}').unwrap()];
    let (mut depth, mut start) = (0, 0);
    let ends = list.char_indices().chain([(list.len(), ',')]);
    for (at, c) in ends {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if start < at {
                    expand(&format!("{before}{head}"), &list[start..at], found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path of imports in another module leads to.
fn target(path: &str, from: &Module, all: &BTreeSet<Module>) -> Option<Module> {
    let mut parts = path.split("::").peekable();
    let mut base = if parts.peek() == Some(&"crate") { Module::new() } else { from.clone() };
    while let Some(part) = parts.next_if(|part| ["crate", "self", "super"].contains(part)) {
        if part == "super" {
            base.pop();
        }
    }
    base.extend(parts.map(str::to_owned));
    while !base.is_empty() && !all.contains(&base) {
        base.pop();
    }
    // What a module says through one that holds it is its own affair.
    (!from.starts_with(&base)).then_some(base)
}

#[test]
fn files_of_different_ideas_do_not_use_each_other() {
    let mut found = Vec::new();
    files(&source(), &mut found);
    let all: BTreeSet<Module> = found.iter().map(|path| module(path)).collect();
    let uses: BTreeMap<Module, BTreeSet<Module>> = found
        .iter()
        .map(|path| {
            let own = module(path);
            let text = fs::read_to_string(path).unwrap();
            let others = imports(&text).into_iter().filter_map(|path| target(&path, &own, &all));
            (own.clone(), others.collect())
        })
        .collect();
    assert!(uses.values().map(BTreeSet::len).sum::<usize>() > 1000, "imports are found");
    let reached = |from: &Module| -> BTreeSet<Module> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            for other in &uses[module] {
                if seen.insert(other.clone()) {
                    next.push(other);
                }
            }
        }
        seen
    };
    let known = |circle: &[String]| {
        CIRCLES.iter().any(|known| circle.iter().all(|file| known.contains(&file.as_str())))
    };
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        uses.keys().map(|module| (module, reached(module))).collect();
    for (module, others) in &reach {
        let circle = others.iter().filter(|other| reach[other].contains(*module));
        let circle: Vec<String> = circle.map(|module| module.join("/")).collect();
        assert!(known(&circle), "these files use each other: {circle:?}");
    }
}
