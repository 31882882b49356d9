//! Siblings: the modules of one folder must not form an import cycle.
//!
//! A file or a folder is one sibling, and it imports another when anything below the one names
//! anything below the other. A re-export counts as the module that defines the item. Items of
//! `mod.rs` belong to the parent, so a child may use them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use super::source::{ItemPath, Module, modules, names, tokens, without_tests};

/// Maximum re-exports on the way to an item.
const MAX_REEXPORTS: usize = 8;

/// Imports between siblings: folder, importing sibling, imported sibling, and the names imported.
type Imports = BTreeMap<ItemPath, BTreeMap<String, BTreeMap<String, BTreeSet<String>>>>;

/// Returns the module that defines the item of a path, as it is written in a module.
fn defining_module(
    modules: &BTreeMap<ItemPath, Module>,
    scope: &ItemPath,
    path: &[String],
    fuel: usize,
) -> Option<ItemPath> {
    let (mut module, mut rest) = (scope.clone(), path);
    let anchored = path
        .first()
        .is_some_and(|it| ["crate", "self", "super"].contains(&&**it));
    if path.first().is_some_and(|first| first == "crate") {
        (module, rest) = (ItemPath::new(), &path[1..]);
    }
    while let Some(name) = rest.first() {
        match name.as_str() {
            "self" => {}
            "super" => drop(module.pop()?),
            _ => {
                let inner: ItemPath = module.iter().chain([name]).cloned().collect();
                let import = modules.get(&module)?.imports.get(name);
                if modules.contains_key(&inner) {
                    module = inner;
                } else if let Some(import) = import.filter(|_| fuel > 0) {
                    let path: ItemPath = import.iter().chain(&rest[1..]).cloned().collect();
                    return defining_module(modules, &module, &path, fuel - 1);
                } else {
                    let is_known = anchored || module != *scope;
                    return is_known.then_some(module);
                }
            }
        }
        rest = &rest[1..];
    }
    Some(module)
}

fn imports(modules: &BTreeMap<ItemPath, Module>) -> Imports {
    let mut found = Imports::new();
    for (path, module) in modules {
        for named in &module.paths {
            let Some(target) = defining_module(modules, path, named, MAX_REEXPORTS) else {
                continue;
            };
            let shared = path.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (path.get(shared), target.get(shared)) {
                let name = named.last().map_or("", String::as_str);
                let (file, other) = (module.file.display(), modules[&target].file.display());
                let siblings = found.entry(path[..shared].to_vec()).or_default();
                let imported = siblings.entry(from.clone()).or_default();
                let names = imported.entry(to.clone()).or_default();
                names.insert(format!("{file} -> {other}: {name}"));
            }
        }
    }
    found
}

/// Returns the siblings that one imports, directly or through others.
fn reachable<T>(siblings: &BTreeMap<String, BTreeMap<String, T>>, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(sibling) = open.pop() {
        for next in siblings.get(&sibling).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// Returns a paragraph for each cycle, with the imports that close it.
fn cycles(imports: &Imports) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, siblings) in imports {
        let reach = |from: &str| reachable(siblings, from);
        let reached: BTreeMap<&String, BTreeSet<String>> =
            siblings.keys().map(|from| (from, reach(from))).collect();
        let mut seen = BTreeSet::new();
        for from in siblings.keys() {
            let mutual = |to: &&String| reached.get(to).is_some_and(|it| it.contains(from));
            let cycle: BTreeSet<&String> = reached[from].iter().filter(mutual).collect();
            if cycle.len() < 2 || !seen.insert(cycle.clone()) {
                continue;
            }
            let mut text = format!(
                "{}: {cycle:?}\n",
                Path::new("src").join(folder.join("/")).display()
            );
            for (from, imported) in siblings.iter().filter(|(from, _)| cycle.contains(from)) {
                let inner = imported
                    .iter()
                    .filter(|(to, _)| cycle.contains(to) && *to != from);
                for import in inner.flat_map(|(_, names)| names) {
                    let _ = writeln!(text, "  {import}");
                }
            }
            found.push(text);
        }
    }
    found
}

#[test]
fn siblings_have_no_import_cycle() {
    let modules = modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(modules.len() > 20, "the modules were not found");
    let found = cycles(&imports(&modules));
    assert!(
        found.is_empty(),
        "{} cycles\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Returns modules of given text, without files.
fn modules_of(texts: &[(&str, &str)]) -> BTreeMap<ItemPath, Module> {
    let module = |(path, text): &(&str, &str)| {
        let (imports, paths) = names(&without_tests(&tokens(text)));
        let file = path.into();
        let path = path.split('/').filter(|it| !it.is_empty());
        let module = Module {
            file,
            imports,
            paths,
        };
        (path.map(str::to_owned).collect(), module)
    };
    texts.iter().map(module).collect()
}

#[test]
fn cycle_is_found_in_every_form_of_import() {
    for import in [
        "use crate::room::second::Item;",
        "use super::{second::{self, Item}, Other};",
        "use super::Exported as Item;",
        "use super::super::room; fn f() { room::second::go(); }",
        "fn f<'a>(c: char) -> &'a str { if c == '\"' { crate::room::second::go() } else { \"\" } }",
    ] {
        let found = cycles(&imports(&modules_of(&[
            ("", "mod room;"),
            (
                "room",
                "mod first; mod second; pub use second::Exported; pub struct Other;",
            ),
            ("room/first", import),
            ("room/second", "use super::first::First;"),
        ])));
        assert_eq!(found.len(), 1, "{import}");
        assert!(
            found[0].contains("room/first -> room/second"),
            "{}",
            found[0]
        );
    }
}

#[test]
fn parents_tests_and_comments_form_no_cycle() {
    for import in [
        "use super::Other;",
        "#[cfg(test)] mod tests { use crate::room::second::Item; } use super::Other;",
        "#[cfg(all(test, unix))] use super::second::{Item, More};",
        "/// [`crate::room::second`]\nfn f() -> &'static str { \"crate::room::second\" }",
        "fn f() { r#\"\"super::second::go()\"#; second::go(); }",
    ] {
        let found = cycles(&imports(&modules_of(&[
            ("", "mod room;"),
            (
                "room",
                "mod first; mod second; pub use second::Exported; pub struct Other;",
            ),
            ("room/first", import),
            ("room/second", "use super::first::First; use super::Other;"),
        ])));
        assert_eq!(found, Vec::<String>::new(), "{import}");
    }
}
