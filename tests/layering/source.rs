//! Modules of the library with the paths that their code names, read from the source.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Path of a module or an item, from the crate root.
pub(crate) type ItemPath = Vec<String>;

/// Module of the library.
pub(crate) struct Module {
    /// File, relative to `src`.
    pub(crate) file: PathBuf,
    /// Names that `use` brings into scope, with their paths as written.
    pub(crate) imports: BTreeMap<String, ItemPath>,
    /// Paths that the code names, as written, those of `use` among them.
    pub(crate) paths: Vec<ItemPath>,
}

/// Returns all modules that are compiled without tests, by their paths.
pub(crate) fn modules(root: &Path) -> BTreeMap<ItemPath, Module> {
    let mut found = BTreeMap::new();
    let mut open = vec![(ItemPath::new(), PathBuf::from("lib.rs"))];
    while let Some((path, file)) = open.pop() {
        let text = fs::read_to_string(root.join(&file)).expect("a module has a file");
        let tokens = without_tests(&tokens(&text));
        for pair in tokens.windows(3) {
            if let ["mod", name, ";"] = pair {
                let inner: ItemPath = path.iter().cloned().chain([(*name).into()]).collect();
                let folder: PathBuf = inner.iter().collect();
                let candidates = [folder.with_extension("rs"), folder.join("mod.rs")];
                let file = candidates.into_iter().find(|it| root.join(it).exists());
                open.push((inner, file.expect("a module has a file")));
            }
        }
        let (imports, paths) = names(&tokens);
        found.insert(
            path,
            Module {
                file,
                imports,
                paths,
            },
        );
    }
    found
}

/// Splits Rust code into identifiers, `::` and single characters, without comments and literals.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            length
        } else if is_word(first) {
            let length = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            found.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            found.push("::");
            2
        } else {
            let length = first.len_utf8();
            if !first.is_whitespace() {
                found.push(&rest[..length]);
            }
            length
        };
        at += length;
    }
    found
}

/// Returns the length of the string, character or lifetime that a text begins with.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "r", "b", "c"].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    });
    let start = prefix.map_or(0, str::len);
    let hashes = text[start..].len() - text[start..].trim_start_matches('#').len();
    if prefix.is_some_and(|prefix| prefix.ends_with('r')) {
        let close = format!("\"{}", "#".repeat(hashes));
        let inner = start + hashes + 1;
        return Some(inner + text[inner..].find(&close)? + close.len());
    }
    let quote = text[start..]
        .chars()
        .next()
        .filter(|it| "\"'".contains(*it))?;
    let mut letters = text[start..].char_indices().skip(1);
    if quote == '\'' && !text[1..].starts_with('\\') && text[1..].chars().nth(1) != Some('\'') {
        return Some(1);
    }
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            _ if letter == quote => return Some(start + at + 1),
            _ => {}
        }
    }
    None
}

/// Leaves out the items that are compiled for tests only.
pub(crate) fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let (mut left, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let is_cfg = tokens[at..].starts_with(&["#", "[", "cfg", "("]);
        let end = if is_cfg { closing(tokens, at + 1) } else { at };
        let condition = &tokens[at..end];
        if condition.contains(&"test") && !condition.contains(&"not") {
            at = end_of_item(tokens, end + 1);
        } else {
            left.push(tokens[at]);
            at += 1;
        }
    }
    left
}

/// Returns the place after an item, which ends with a semicolon or a block.
fn end_of_item(tokens: &[&str], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match *token {
            ";" => return at + 1,
            "{" => return closing(tokens, at) + 1,
            "(" | "[" => at = closing(tokens, at),
            _ => {}
        }
        at += 1;
    }
    at
}

/// Returns the place of the bracket that closes the one at a place.
fn closing(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// Returns the imported names and all paths of more than one segment.
pub(crate) fn names(tokens: &[&str]) -> (BTreeMap<String, ItemPath>, Vec<ItemPath>) {
    let (mut imports, mut paths, mut at) = (BTreeMap::new(), Vec::new(), 0);
    while at < tokens.len() {
        if tokens[at] == "use" && tokens.get(at + 1) != Some(&"<") {
            at = read_tree(tokens, at + 1, &[], &mut imports, &mut paths);
        } else if is_name(tokens[at]) && tokens.get(at + 1) == Some(&"::") {
            let mut path = vec![tokens[at].to_owned()];
            while tokens.get(at + 1) == Some(&"::")
                && tokens.get(at + 2).is_some_and(|it| is_name(it))
            {
                path.push(tokens[at + 2].to_owned());
                at += 2;
            }
            paths.push(path);
        }
        at += 1;
    }
    (imports, paths)
}

/// Reads one tree of a `use` declaration, and returns the place after it.
fn read_tree(
    tokens: &[&str],
    mut at: usize,
    outer: &[String],
    imports: &mut BTreeMap<String, ItemPath>,
    paths: &mut Vec<ItemPath>,
) -> usize {
    let mut path = outer.to_vec();
    while let Some(token) = tokens.get(at) {
        match *token {
            "{" => {
                let end = closing(tokens, at);
                at += 1;
                while at < end {
                    at = read_tree(tokens, at, &path, imports, paths) + 1;
                }
                return end + 1;
            }
            "as" => {
                imports.insert(tokens[at + 1].to_owned(), path.clone());
                paths.push(path);
                return at + 2;
            }
            "," | ";" | "}" => break,
            "self" if path.len() > outer.len() || !outer.is_empty() => {}
            name if is_name(name) => path.push(name.to_owned()),
            _ => {}
        }
        at += 1;
    }
    if let Some(name) = path
        .last()
        .filter(|_| path.len() > outer.len() || !outer.is_empty())
    {
        imports.insert(name.clone(), path.clone());
        paths.push(path);
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}
