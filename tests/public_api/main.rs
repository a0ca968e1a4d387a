//! The public interface, item by item, beside the list in `tests/public_api/interface.txt`: so a change is
//! seen in review before users see it.
//!
//! The list is read off the source, in seconds and with any compiler. It has all public paths with
//! their items, fields, variants, methods and trait implementations; what macros make is not in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type, Visibility};

use source::{
    Library, Meaning, Place, ROOT, bindings, ident, is_hidden, is_public, is_test, visibility,
    words,
};

/// Types that are complete by definition, so that a match over all of them stays right.
const COMPLETE: &[(&str, &str)] = &[
    ("tunewright::nas::BlockKind", "a stack has normal and reduction cells"),
    ("tunewright::nas::Place", "an edge comes from an input or from a node"),
    ("tunewright::nas::Source", "a layer reads the image or other layers"),
    ("tunewright::objective::Custom", "marks implementations, and has no value"),
    ("tunewright::objective::Function", "marks implementations, and has no value"),
    ("tunewright::trial::Direction", "a number is to be low or high"),
    ("tunewright::trial::Timestamp", "a moment is one number"),
];

/// Public paths by what they lead to; the first one is what the list calls it.
struct Interface {
    library: Library,
    items: BTreeMap<Place, Vec<String>>,
    /// Items of other crates.
    foreign: BTreeSet<String>,
}

impl Interface {
    fn read() -> Self {
        let (items, foreign) = (BTreeMap::new(), BTreeSet::new());
        let mut interface = Interface { library: Library::read(), items, foreign };
        let mut open = vec![(ROOT.to_owned(), ROOT.to_owned())];
        while let Some((path, module)) = open.pop() {
            interface.open(&path, &module, &mut open);
        }
        for paths in interface.items.values_mut() {
            // The path in its own module rather than that of a short form.
            paths.sort_by_key(|path| (path.contains("::prelude::"), path.clone()));
            let own = paths.iter().position(|path| path.matches("::").count() > 1);
            let own = own.filter(|own| !paths[*own].contains("::prelude::"));
            paths.swap(0, own.unwrap_or(0));
        }
        interface
    }

    fn open(&mut self, path: &str, module: &str, open: &mut Vec<(String, String)>) {
        let mut found = Vec::new();
        for item in &self.library.modules[module] {
            match visibility(item) {
                Some((visibility, attributes)) if is_public(visibility, attributes) => {}
                _ => continue,
            }
            match (item, ident(item)) {
                (Item::Mod(inner), _) => {
                    let name = &inner.ident;
                    open.push((format!("{path}::{name}"), format!("{module}::{name}")));
                }
                (Item::Use(used), _) => {
                    for (name, target) in bindings(used) {
                        let meaning = self.library.meaning(module, &target);
                        found.push((format!("{path}::{name}"), meaning));
                    }
                }
                (_, Some(name)) => {
                    let place = (module.to_owned(), name.clone());
                    found.push((format!("{path}::{name}"), Meaning::Item(place)));
                }
                _ => {}
            }
        }
        for (path, meaning) in found {
            match meaning {
                Meaning::Item(place) => self.items.entry(place).or_default().push(path),
                Meaning::Module(module) => open.push((path, module)),
                Meaning::Elsewhere(what) => {
                    self.foreign.insert(format!("use {path} = {what}"));
                }
            }
        }
    }

    fn lines(&self) -> BTreeSet<String> {
        let mut lines = self.foreign.clone();
        for (place, paths) in &self.items {
            let path = &paths[0];
            lines.extend(paths[1..].iter().map(|other| format!("use {other} = {path}")));
            describe(path, self.library.item(place), &mut lines);
        }
        for (module, items) in &self.library.modules {
            for item in items {
                if let Item::Impl(block) = item {
                    self.implementations(module, block, &mut lines);
                }
            }
        }
        lines
    }

    /// The public path of the type that an `impl` is for.
    fn path_of(&self, module: &str, of: &Type) -> Option<&str> {
        let of = match of {
            Type::Path(of) => of,
            Type::Reference(of) => return self.path_of(module, &of.elem),
            _ => return None,
        };
        let names: Vec<String> = of.path.segments.iter().map(|it| it.ident.to_string()).collect();
        match self.library.meaning(module, &names) {
            Meaning::Item(place) => self.items.get(&place).map(|paths| paths[0].as_str()),
            _ => None,
        }
    }

    fn implementations(&self, module: &str, block: &ItemImpl, lines: &mut BTreeSet<String>) {
        if is_test(&block.attrs) || is_hidden(&block.attrs) {
            return;
        }
        let Some(path) = self.path_of(module, &block.self_ty) else { return };
        let (generics, bounds) = (words(&block.generics), words(&block.generics.where_clause));
        if let Some((of, _)) = &block.trait_ {
            let header =
                format!("{path}: impl{generics} {} for {}", words(of), words(&block.self_ty));
            lines.insert(format!("{header} {bounds}").trim_end().to_owned());
            return;
        }
        let on = match generics.as_str() {
            "" => String::new(),
            generics => format!(" [impl{generics} {} {bounds}]", words(&block.self_ty)),
        };
        for item in &block.items {
            let signature = match item {
                ImplItem::Fn(it) if is_public(&it.vis, &it.attrs) => words(&it.sig),
                ImplItem::Const(it) if is_public(&it.vis, &it.attrs) => {
                    format!("const {}: {}", it.ident, words(&it.ty))
                }
                _ => continue,
            };
            lines.insert(format!("{path}: {signature}{}", on.trim_end()));
        }
    }
}

/// The attributes that users notice.
fn noticed(attributes: &[Attribute]) -> String {
    let noticed = attributes.iter().map(words).filter(|text| {
        ["#[derive", "#[non_exhaustive", "#[must_use", "#[cfg("]
            .iter()
            .any(|it| text.starts_with(it))
    });
    noticed.map(|text| format!("{text} ")).collect()
}

fn describe(path: &str, item: &Item, lines: &mut BTreeSet<String>) {
    let attributes =
        visibility(item).map(|(_, attributes)| noticed(attributes)).unwrap_or_default();
    let mut add = |text: String| lines.insert(format!("{path}: {attributes}{}", text.trim_end()));
    match item {
        Item::Struct(it) => {
            let (generics, bounds) = (words(&it.generics), words(&it.generics.where_clause));
            add(format!("struct{generics} {bounds}"));
            describe_fields(path, &it.fields, false, lines);
        }
        Item::Enum(it) => {
            add(format!("enum{}", words(&it.generics)));
            for variant in &it.variants {
                let path = format!("{path}::{}", variant.ident);
                lines.insert(format!("{path}: {}variant", noticed(&variant.attrs)));
                describe_fields(&path, &variant.fields, true, lines);
            }
        }
        Item::Trait(it) => {
            let bounds = words(&it.supertraits);
            add(format!("trait{}: {bounds}", words(&it.generics)));
            for item in &it.items {
                let (text, hidden) = match item {
                    TraitItem::Fn(it) => {
                        let provided = if it.default.is_some() { " { .. }" } else { "" };
                        (format!("{}{provided}", words(&it.sig)), is_hidden(&it.attrs))
                    }
                    TraitItem::Type(it) => (words(it), is_hidden(&it.attrs)),
                    TraitItem::Const(it) => (words(it), is_hidden(&it.attrs)),
                    _ => continue,
                };
                // Documentation of associated types stands among their tokens.
                let text = text.rsplit("] ").next().unwrap_or_default();
                if !hidden {
                    lines.insert(format!("{path}: {text}"));
                }
            }
        }
        Item::Type(it) => {
            add(format!("type{} = {}", words(&it.generics), words(&it.ty)));
        }
        Item::Const(it) => {
            add(format!("const {} = {}", words(&it.ty), words(&it.expr)));
        }
        Item::Fn(it) => {
            add(words(&it.sig));
        }
        other => {
            add(words(&other.to_token_stream()));
        }
    }
}

fn describe_fields(path: &str, fields: &Fields, all: bool, lines: &mut BTreeSet<String>) {
    for (at, field) in fields.iter().enumerate() {
        if all || matches!(field.vis, Visibility::Public(_)) {
            let name = field.ident.as_ref().map_or(at.to_string(), ToString::to_string);
            lines.insert(format!("{path}.{name}: {}", words(&field.ty)));
        }
    }
}

#[test]
fn the_public_interface_is_as_it_is_listed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public_api/interface.txt");
    let found = Interface::read().lines();
    if env::var_os("ACCEPT_PUBLIC_API").is_some() {
        let text: String = found.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&file, text).unwrap();
        return;
    }
    let listed = fs::read_to_string(&file).unwrap();
    let listed: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
    let changed: Vec<String> = (listed.difference(&found).map(|line| format!("- {line}")))
        .chain(found.difference(&listed).map(|line| format!("+ {line}")))
        .collect();
    assert!(
        changed.is_empty(),
        "the public interface has changed:\n{}\nIf users may see this, say so in CHANGELOG.md and run\n    \
         ACCEPT_PUBLIC_API=1 cargo test --test public_api",
        changed.join("\n")
    );
}

#[test]
fn what_is_public_can_grow() {
    let interface = Interface::read();
    let mut stiff = Vec::new();
    for (place, paths) in &interface.items {
        let (item, path) = (interface.library.item(place), &paths[0]);
        let attributes = match item {
            Item::Enum(it) => &it.attrs,
            Item::Struct(it) => {
                let is_public = |field: &syn::Field| matches!(field.vis, Visibility::Public(_));
                let is_literal =
                    matches!(&it.fields, Fields::Named(named) if named.named.is_empty());
                if !it.fields.iter().any(is_public) && !is_literal {
                    continue;
                }
                &it.attrs
            }
            _ => continue,
        };
        let grows = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
        if grows == COMPLETE.iter().any(|(complete, _)| complete == path) {
            stiff.push(path.as_str());
        }
    }
    assert!(
        stiff.is_empty(),
        "either `#[non_exhaustive]`, or complete by definition and listed in COMPLETE: {stiff:?}"
    );
}

#[test]
fn a_change_of_an_item_is_seen() {
    let lines = Interface::read().lines();
    let known = |line: &str| assert!(lines.contains(line), "{line}");
    known("tunewright::space::Point: fn len(&self) -> usize");
    known("tunewright::trial::Direction::Minimize: variant");
    known("tunewright::nas::Cost.parameters: u64");
    known("use tunewright::Space = tunewright::space::Space");
    known(
        "tunewright::sampler::Sampler: fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion>",
    );
}
