//! The library's modules as they stand in `src`, and what names in them mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quote::ToTokens;
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

/// Where something is defined: the path of its module, and its name.
pub(super) type Place = (String, String);

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Item(Place),
    Module(String),
    /// Of another crate.
    Elsewhere(String),
}

/// Items by the path of their module, such as `tunewright::space`.
pub(super) struct Library {
    pub(super) modules: BTreeMap<String, Vec<Item>>,
}

pub(super) const ROOT: &str = "tunewright";

impl Library {
    pub(super) fn read() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut library = Library { modules: BTreeMap::new() };
        library.read_file(ROOT, &source.join("lib.rs"), &source);
        library
    }

    fn read_file(&mut self, path: &str, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let items = syn::parse_file(&text).unwrap().items;
        self.add(path, items, folder);
    }

    fn add(&mut self, path: &str, items: Vec<Item>, folder: &Path) {
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if is_test(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let (path, inner) = (format!("{path}::{name}"), folder.join(&name));
            if self.modules.contains_key(&path) {
                continue;
            }
            match &module.content {
                Some((_, items)) => self.add(&path, items.clone(), &inner),
                None => {
                    let beside = folder.join(format!("{name}.rs"));
                    let file = if beside.exists() { beside } else { inner.join("mod.rs") };
                    self.read_file(&path, &file, &inner);
                }
            }
        }
        self.modules.insert(path.to_owned(), items);
    }

    /// What a path means within a module.
    pub(super) fn meaning(&self, module: &str, path: &[String]) -> Meaning {
        self.meaning_within(module, path, 0)
    }

    fn meaning_within(&self, module: &str, path: &[String], depth: usize) -> Meaning {
        let elsewhere = || Meaning::Elsewhere(path.join("::"));
        let Some((first, rest)) = path.split_first().filter(|_| depth < 20) else {
            return elsewhere();
        };
        let start = match first.as_str() {
            "crate" => Meaning::Module(ROOT.into()),
            "self" => Meaning::Module(module.into()),
            "super" => Meaning::Module(module.rsplit_once("::").unwrap().0.into()),
            name => self.name(module, name, depth),
        };
        match start {
            Meaning::Module(inner) if !rest.is_empty() => {
                self.meaning_within(&inner, rest, depth + 1)
            }
            Meaning::Elsewhere(_) => elsewhere(),
            found => found,
        }
    }

    /// What a name means within a module: a module or an item of it, or what it uses.
    fn name(&self, module: &str, name: &str, depth: usize) -> Meaning {
        let inner = format!("{module}::{name}");
        let items = self.modules.get(module).map_or(&[][..], Vec::as_slice);
        if items.iter().any(|item| ident(item).as_deref() == Some(name)) {
            return Meaning::Item((module.into(), name.into()));
        }
        if self.modules.contains_key(&inner) {
            return Meaning::Module(inner);
        }
        for item in items {
            let Item::Use(used) = item else { continue };
            for (bound, path) in bindings(used) {
                if bound == name && path != [name] {
                    return self.meaning_within(module, &path, depth + 1);
                }
            }
        }
        Meaning::Elsewhere(name.into())
    }

    pub(super) fn item(&self, (module, name): &Place) -> &Item {
        let items = self.modules[module].iter();
        items.into_iter().find(|item| ident(item).as_ref() == Some(name)).unwrap()
    }
}

/// The name of an item, if it is neither a module nor an `impl`.
pub(super) fn ident(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Struct(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        Item::Const(it) => &it.ident,
        Item::Static(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

pub(super) fn visibility(item: &Item) -> Option<(&Visibility, &[Attribute])> {
    Some(match item {
        Item::Struct(it) => (&it.vis, &it.attrs),
        Item::Enum(it) => (&it.vis, &it.attrs),
        Item::Trait(it) => (&it.vis, &it.attrs),
        Item::Type(it) => (&it.vis, &it.attrs),
        Item::Const(it) => (&it.vis, &it.attrs),
        Item::Static(it) => (&it.vis, &it.attrs),
        Item::Fn(it) => (&it.vis, &it.attrs),
        Item::Mod(it) => (&it.vis, &it.attrs),
        Item::Use(it) => (&it.vis, &it.attrs),
        _ => return None,
    })
}

/// Names that a `use` binds, each with its path.
pub(super) fn bindings(used: &ItemUse) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    bind(&used.tree, &mut Vec::new(), &mut found);
    found
}

fn bind(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            bind(&part.tree, path, found);
            path.pop();
        }
        UseTree::Name(part) if part.ident == "self" => {
            found.push((path.last().unwrap().clone(), path.clone()));
        }
        UseTree::Name(part) => {
            let name = part.ident.to_string();
            found.push((name.clone(), path.iter().cloned().chain([name]).collect()));
        }
        UseTree::Rename(part) => {
            let name = part.ident.to_string();
            let path = path.iter().cloned().chain([name]).collect();
            found.push((part.rename.to_string(), path));
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| bind(tree, path, found)),
        UseTree::Glob(_) => {}
    }
}

pub(super) fn is_public(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

pub(super) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| words(attribute).contains("doc(hidden)"))
}

pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| words(attribute).contains("cfg(test)"))
}

/// Tokens as people write them, on one line.
pub(super) fn words(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string().replace('\n', " ");
    for (from, to) in [
        (" :: ", "::"),
        ("# [", "#["),
        ("=(", "= ("),
        ("& ", "&"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" : ", ": "),
        (":: ", "::"),
        (" ::", "::"),
        (" ;", ";"),
        (",)", ")"),
        ("->", "-> "),
        ("->  ", "-> "),
    ] {
        text = text.replace(from, to);
    }
    text
}
