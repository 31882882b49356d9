//! Layering rules: allowed imports between layers and between siblings, and maximum file size.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

mod siblings;
mod source;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Layers from the bottom up; a layer may import those before it.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["protocol"],
    &["storage"],
    &["app"],
    &["federation"],
    &["service"],
    &["http"],
    &["config"],
    &["server"],
    &["cli"],
];

/// Restricted paths: the path, the modules that may use it, and the reason.
const RESTRICTED_PATHS: &[(&str, &[&str], &str)] = &[
    (
        "sqlx::",
        &[
            "storage/sql",
            "storage/sqlite",
            "storage/postgres",
            "storage/connect",
        ],
        "SQL lives in the backends",
    ),
    ("axum::", &["http"], "axum lives in http"),
    (
        "lettre::",
        &["app/smtp", "app/mail"],
        "others send mail through the App's Mailer",
    ),
    ("std::env", &["config"], "the environment is read in config"),
    (
        "reqwest::",
        &["federation/transport", "server/blobs"],
        "one place names the HTTP client for strangers, one that for our own store",
    ),
    ("anyhow::", &["cli"], "elsewhere errors have types"),
    (
        "clap::",
        &["cli", "config"],
        "the command line lives in cli",
    ),
    ("process::exit", &[], "a library never ends the process"),
];

/// Maximum lines of a file before its tests.
const MAX_FILE_LINES: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                let path = path
                    .strip_prefix(&root)
                    .expect("it is below src")
                    .to_owned();
                files.push((
                    path,
                    text.split("#[cfg(test)]")
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                ));
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    files
}

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&name))
}

/// Returns the layers that a file names by `crate::`, alone or in a list.
fn imports(text: &str) -> Vec<&str> {
    let code = text
        .match_indices("crate::")
        .map(|(at, path)| &text[at + path.len()..]);
    code.flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => top_level(list),
        None => vec![rest],
    })
    .map(|path| {
        path.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .next()
            .unwrap_or_default()
    })
    .collect()
}

/// The entries of a list of imports, up to its closing brace.
fn top_level(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut entries) = (0, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '}' if depth == 0 => {
                entries.push(list[start..at].trim());
                break;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                entries.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    entries
}

#[test]
fn lower_layers_never_import_higher_ones() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let first = path
            .iter()
            .next()
            .and_then(|part| part.to_str())
            .unwrap_or_default();
        let Some(room) = layer_of(first.trim_end_matches(".rs")) else {
            continue;
        };
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for import in imports(&code) {
            if layer_of(import).is_some_and(|imported| imported > room) {
                wrong.push(format!("{} imports {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn restricted_paths_are_used_in_their_layer_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for (word, rooms, why) in RESTRICTED_PATHS {
                if line.contains(word)
                    && !rooms.iter().any(|room| {
                        path.starts_with(room) || path.starts_with(format!("{room}.rs"))
                    })
                {
                    wrong.push(format!("{}: {word} ({why})", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_exceeds_the_line_limit() {
    let long = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > MAX_FILE_LINES);
    let long: Vec<String> = long
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn imports_are_read_in_every_form() {
    let text = "use crate::{\n App, context::Caller,\n model::{Account, http}, service,\n};\ncrate::http::go()";
    let mut found = imports(text);
    found.retain(|name| !name.is_empty());
    assert_eq!(found, ["App", "context", "model", "service", "http"]);
}
