//! Arrows point one way: no file of a crate uses, directly or through others, one that uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The path of a module from its crate's root.
type Module = Vec<String>;

/// The files of a crate, by the module that each is.
struct Sources(BTreeMap<Module, Source>);

/// What a file says.
struct Source {
    /// What it uses.
    uses: Vec<Module>,
    /// What it passes on, under which name; `None` for all that a module has.
    passed_on: Vec<(Option<String>, Module)>,
    /// The names that it defines.
    names: BTreeSet<String>,
}

impl Source {
    fn read(path: &Path, module: &Module) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let children = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(child) => Some(child.ident.to_string()),
            _ => None,
        });
        let mut uses = Uses {
            module: module.clone(),
            children: children.collect(),
            paths: Vec::new(),
            passed_on: Vec::new(),
        };
        uses.visit_file(&file);
        let names = file.items.iter().filter_map(name_of).collect();
        Source { uses: uses.paths, passed_on: uses.passed_on, names }
    }
}

fn name_of(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

impl Sources {
    fn of(folder: &Path) -> Self {
        let mut sources = Sources(BTreeMap::new());
        sources.add(folder, &Module::new());
        sources
    }

    fn add(&mut self, folder: &Path, module: &Module) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_root = module.is_empty() && (name == "lib" || name == "main");
            let is_folder_itself = is_root || name == "mod";
            let inner =
                [module.clone(), if is_folder_itself { vec![] } else { vec![name] }].concat();
            if path.is_dir() {
                self.add(&path, &inner);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = Source::read(&path, &inner);
                self.0.insert(inner, source);
            }
        }
    }

    /// The file that has the module, or the item, of this path: where it is defined, not where it is passed on.
    fn file_of(&self, path: &[String]) -> &Module {
        let known = (0..=path.len()).rev().find_map(|length| self.0.get_key_value(&path[..length]));
        let (module, source) = known.expect("a crate has a root");
        let Some((name, rest)) = path[module.len()..].split_first() else { return module };
        let through = source.passed_on.iter().find_map(|(passed, from)| match passed {
            Some(passed) => (passed == name).then(|| [from, rest].concat()),
            None => self.has(from, name).then(|| [from, std::slice::from_ref(name), rest].concat()),
        });
        match through {
            Some(through) if !source.names.contains(name) && through != path => {
                self.file_of(&through)
            }
            _ => module,
        }
    }

    fn has(&self, module: &[String], name: &str) -> bool {
        self.0.get(module).is_some_and(|source| source.names.contains(name))
    }

    /// The files that each file uses.
    fn arrows(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let arrows_of = |(module, source): (&'_ Module, &Source)| -> BTreeSet<&Module> {
            let files = source.uses.iter().map(|path| self.file_of(path));
            files.filter(|file| *file != module).collect()
        };
        self.0.iter().map(|entry| (entry.0, arrows_of(entry))).collect()
    }
}

/// What a file uses of its own crate, as paths from the root.
struct Uses {
    module: Module,
    /// The modules that the file declares, with which a path may begin.
    children: BTreeSet<String>,
    paths: Vec<Module>,
    passed_on: Vec<(Option<String>, Module)>,
}

impl Uses {
    /// As [`Uses::note`], where a word alone is a value or a visibility.
    fn note_within(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.note(path);
        }
    }

    /// Notes a path, if it says where in the crate it begins.
    fn note(&mut self, path: &[String]) {
        self.paths.extend(self.resolved(path));
    }

    fn resolved(&self, path: &[String]) -> Option<Module> {
        let mut at = match path.first().map(String::as_str) {
            Some("crate") => Module::new(),
            Some("super" | "self") => self.module.clone(),
            Some(child) if self.children.contains(child) => self.module.clone(),
            _ => return None,
        };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ => at.push(segment.clone()),
            }
        }
        Some(at)
    }

    fn note_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.note_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.note_use(&name.ident, &with(&name.ident)),
            syn::UseTree::Rename(name) => self.note_use(&name.rename, &with(&name.ident)),
            syn::UseTree::Glob(_) => {
                self.note(before);
                self.passed_on.extend(self.resolved(before).map(|path| (None, path)));
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.note_tree(before, tree));
            }
        }
    }

    fn note_use(&mut self, name: &syn::Ident, path: &[String]) {
        self.note(path);
        let path = self.resolved(path);
        self.passed_on.extend(path.map(|path| (Some(name.to_string()), path)));
    }

    /// The tokens of a macro: whatever looks like a path.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path = Module::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 => path.push(ident.to_string()),
                TokenTree::Ident(ident) => {
                    self.note_within(&std::mem::replace(&mut path, vec![ident.to_string()]));
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && colons < 2 => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                _ => self.note_within(&std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.note_within(&path);
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            list.tokens.clone().into_iter().any(has_test)
        }
        _ => false,
    };
    attributes.iter().any(is_test)
}

fn has_test(token: TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == "test",
        TokenTree::Group(group) => group.stream().into_iter().any(has_test),
        _ => false,
    }
}

impl<'a> Visit<'a> for Uses {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if item.content.is_some() && !is_for_tests(&item.attrs) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.note_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Module = path.segments.iter().map(|one| one.ident.to_string()).collect();
        self.note_within(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'a syn::Macro) {
        self.note_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}

/// A way from a file back to it.
fn circle<'a>(
    arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
    from: &'a Module,
) -> Option<Vec<&'a Module>> {
    let mut ways = vec![vec![from]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in &arrows[way.last()?] {
            if *next == from {
                return Some(way);
            }
            if seen.insert(*next) {
                ways.push([way.clone(), vec![*next]].concat());
            }
        }
    }
    None
}

fn name(module: &Module) -> String {
    if module.is_empty() { "the root".into() } else { module.join("::") }
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let crates = ["../crates", "../examples"].into_iter().flat_map(|folder| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
    });
    let mut found = Vec::new();
    let mut files = 0;
    for folder in crates {
        let sources = Sources::of(&folder.join("src"));
        files += sources.0.len();
        let arrows = sources.arrows();
        let circles = arrows.keys().filter_map(|file| circle(&arrows, file));
        // A circle is found from each of its files: it is told once.
        let circles: BTreeSet<BTreeSet<&Module>> =
            circles.map(|way| way.into_iter().collect()).collect();
        for circle in circles {
            let files: Vec<String> = circle.into_iter().map(name).collect();
            found.push(format!("{}: {}", folder.display(), files.join(", ")));
        }
    }
    assert!(files > 100, "{files} files");
    assert!(found.is_empty(), "these files use each other:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_through_macros_and_modules_too() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod one; mod two; mod three;");
    write("one.rs", "use crate::two::Two; pub struct One(Two);");
    write(
        "two.rs",
        "pub struct Two; mod inner { thing! { static X: super::super::three::Three; } }",
    );
    write("three.rs", "#[cfg(test)] mod tests { use crate::one::One; } pub struct Three;");
    let sources = Sources::of(folder.path());
    let one = vec!["one".to_owned()];
    assert_eq!(circle(&sources.arrows(), &one), None);
    write("three.rs", "pub fn three() -> crate::one::One { todo!() } pub struct Three;");
    let sources = Sources::of(folder.path());
    assert_eq!(circle(&sources.arrows(), &one).map(|way| way.len()), Some(3));
}
