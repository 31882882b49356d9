//! Rules of prose: how sentences begin, how long sentences and lines are, and names of constants.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failing test names its cause"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders and files that the rules apply to.
const ROOTS: &[&str] = &[
    "src",
    "tests",
    "benches",
    "examples",
    "docs",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// Relative clauses that may not open a sentence.
const OPENERS: &[&str] = &[
    "what ",
    "what's ",
    "who ",
    "whom ",
    "whose ",
    "whoever ",
    "whatever ",
    "of what ",
    "of whom ",
    "to what ",
    "to whom ",
];

/// Maximum words of a sentence.
const MAX_WORDS: usize = 30;

/// Maximum columns of a line.
const MAX_COLUMNS: usize = 100;

/// Names of constants that say neither subject nor unit.
const VAGUE_CONSTANTS: &[&str] = &[
    "AMONG",
    "ANYTHING",
    "ASKED",
    "ATTEMPTS",
    "AT_ONCE",
    "BATCH",
    "BEFORE",
    "BETWEEN",
    "BUSY",
    "BY",
    "DEPTH",
    "ENOUGH",
    "FEW",
    "FORGET",
    "FRESH",
    "GATHERING",
    "HALF",
    "HEADROOM",
    "HELD",
    "IDLE",
    "KEPT",
    "LARGEST",
    "LEAST",
    "LEFT",
    "LENGTH",
    "LOG",
    "LONG",
    "LONGEST",
    "LOOK",
    "MANY",
    "MOST",
    "OLD",
    "ONE",
    "OTHERS",
    "OVERHEAD",
    "PATIENCE",
    "REST",
    "ROOM",
    "SAMPLE",
    "SHARE",
    "SHORTEST",
    "SHOWN",
    "SILENCE",
    "SLACK",
    "SLICE",
    "SMALL",
    "SOON",
    "SPARE",
    "TRIES",
    "WAITING",
    "WORTH",
];

/// Returns the files below a folder, or the file itself.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flat_map(|entry| files(&entry.expect("a folder can be listed").path()))
        .collect();
    found.sort();
    found
}

/// Returns the paragraphs of the doc comments of Rust code, without code blocks.
fn doc_paragraphs(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        let doc = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"));
        doc.filter(|rest| !rest.starts_with('/'))
    });
    paragraphs(lines)
}

/// Returns the paragraphs of Markdown, without code blocks, tables and headings.
fn markdown_paragraphs(text: &str) -> Vec<String> {
    paragraphs(text.lines().map(Some))
}

/// Joins lines to paragraphs; `None` ends one.
fn paragraphs<'a>(lines: impl Iterator<Item = Option<&'a str>>) -> Vec<String> {
    let (mut found, mut open, mut fenced) = (Vec::new(), String::new(), false);
    for line in lines {
        let text = line.unwrap_or_default().trim();
        let is_fence = text.starts_with("```");
        let begins_item = text.starts_with("- ") || text.starts_with("* ");
        let is_apart =
            is_fence || fenced || text.starts_with(['#', '|', '<', '[']) && !text.contains(' ');
        let is_apart = is_apart || text.starts_with('|') || text.starts_with('#');
        if text.is_empty() || is_apart || begins_item {
            found.push(std::mem::take(&mut open));
        }
        fenced ^= is_fence;
        if line.is_none() {
            fenced = false;
        }
        if !text.is_empty() && !is_apart {
            open.push_str(text.trim_start_matches(['-', '*', ' ']));
            open.push(' ');
        }
    }
    found.push(open);
    found.retain(|paragraph| !paragraph.is_empty());
    found
}

/// Splits a paragraph where a sentence ends and a capital letter, a quote or code follows.
fn sentences(paragraph: &str) -> Vec<&str> {
    let (mut found, mut start) = (Vec::new(), 0);
    let letters: Vec<(usize, char)> = paragraph.char_indices().collect();
    for window in letters.windows(3) {
        let [(_, end), (_, space), (next, first)] = window else {
            continue;
        };
        let ends = matches!(end, '.' | '!' | '?' | ':') && *space == ' ';
        if ends && (first.is_uppercase() || matches!(first, '`' | '[' | '"' | '*')) {
            found.push(paragraph[start..*next].trim());
            start = *next;
        }
    }
    found.push(paragraph[start..].trim());
    found
}

fn has_opener(sentence: &str) -> bool {
    let plain = sentence
        .trim_start_matches(['*', '_', '"', '('])
        .to_lowercase();
    OPENERS.iter().any(|opener| plain.starts_with(opener))
}

fn words(sentence: &str) -> usize {
    let has_letter = |word: &&str| word.chars().any(char::is_alphanumeric);
    sentence.split_whitespace().filter(has_letter).count()
}

/// The text of a heading in Markdown, or of a comment in TOML.
fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?;
    rest.trim_start_matches('#').strip_prefix(' ')
}

/// Returns whether a line may exceed the limit: tables, URLs, and long literals.
fn is_exempt(line: &str, in_markdown: bool) -> bool {
    let literal = line
        .split('"')
        .nth(1)
        .is_some_and(|text| text.chars().count() > 50);
    line.contains("://")
        || line.contains("](")
        || in_markdown && line.trim_start().starts_with('|')
        || !in_markdown && literal
}

fn vague_constants(text: &str) -> impl Iterator<Item = &str> {
    let declared = text.lines().filter_map(|line| {
        let (before, name) = line.trim_start().split_once("const ")?;
        let is_declaration = before.is_empty() || before.starts_with("pub");
        is_declaration.then(|| name.split(':').next().unwrap_or_default())
    });
    declared.filter(|name| VAGUE_CONSTANTS.contains(name))
}

/// Adds the violations of a file.
fn measure(path: &Path, violations: &mut Vec<String>) {
    let place = path.display();
    let in_markdown = path.extension().is_some_and(|ending| ending == "md");
    let text = fs::read_to_string(path).expect("a source file is text");
    let in_settings = path.extension().is_some_and(|ending| ending == "toml");
    let found = if in_markdown {
        markdown_paragraphs(&text)
    } else {
        doc_paragraphs(&text)
    };
    for sentence in found.iter().flat_map(|paragraph| sentences(paragraph)) {
        if has_opener(sentence) {
            violations.push(format!("{place}: opens with a relative clause: {sentence}"));
        }
        if words(sentence) > MAX_WORDS {
            violations.push(format!("{place}: over {MAX_WORDS} words: {sentence}"));
        }
    }
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= in_markdown && line.trim_start().starts_with("```");
        let comment = line.trim_start().strip_prefix("// ");
        let comment = comment.or_else(|| heading(line).filter(|_| !fenced));
        if comment.is_some_and(|text| text.starts_with(char::is_uppercase) && has_opener(text)) {
            violations.push(format!("{place}:{number}: opens with a relative clause"));
        }
        let may_be_long = fenced || in_settings;
        if !may_be_long && line.chars().count() > MAX_COLUMNS && !is_exempt(line, in_markdown) {
            violations.push(format!("{place}:{number}: over {MAX_COLUMNS} columns"));
        }
    }
    if !in_markdown {
        let vague = vague_constants(&text);
        violations.extend(vague.map(|name| format!("{place}: {name} says too little")));
    }
}

#[test]
fn prose_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut violations = Vec::new();
    for file in ROOTS.iter().flat_map(|top| files(&root.join(top))) {
        let is_read = file
            .extension()
            .is_some_and(|ending| ["rs", "md", "toml"].iter().any(|read| ending == *read));
        if is_read && !file.components().any(|part| part.as_os_str() == "target") {
            measure(&file, &mut violations);
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn openers_and_long_sentences_are_found() {
    let text = "/// Returns it. What is there stays. Who asks, gets it.\n///\n/// Fine: `x`. Ends";
    let found = doc_paragraphs(text);
    let found: Vec<&str> = found
        .iter()
        .flat_map(|paragraph| sentences(paragraph))
        .collect();
    assert_eq!(
        found.iter().filter(|sentence| has_opener(sentence)).count(),
        2
    );
    assert_eq!(words("One two -- `three` four."), 4);
    assert_eq!(
        vague_constants("const MOST: usize = 1;\npub(crate) const MAX_ITEMS: u8 = 2;").count(),
        1
    );
}

/// Code spans that look like paths and are names of the reader's own files.
const FOREIGN_PATHS: &[&str] = &[
    "about.md",
    "hydraulics.toml",
    "privacy.md",
    "rules.de.md",
    "rules.md",
    "terms.md",
    "tests/conformance.rs",
];

/// Endings of the files that pages name.
const PATH_ENDINGS: &[&str] = &[".rs", ".sql", ".md", ".toml", "/"];

/// Returns the code spans of Markdown, outside of code blocks, that are relative paths.
fn named_paths(text: &str) -> Vec<&str> {
    let blocks = text.split("```").step_by(2);
    let spans = blocks.flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let is_path = |span: &&str| {
        let of_path = |letter: char| letter.is_alphanumeric() || "_-./".contains(letter);
        !span.starts_with('/')
            && span.chars().all(of_path)
            && PATH_ENDINGS.iter().any(|ending| span.ends_with(ending))
    };
    spans.filter(is_path).collect()
}

#[test]
fn paths_named_in_the_documentation_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = root.join("src");
    let mut pages = files(&root.join("docs"));
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|page| root.join(page)));
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    let (mut count, mut missing) = (0, Vec::new());
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page is text");
        let beside = page.parent().expect("a page is in a folder");
        for named in named_paths(&text) {
            let exists = [root, &source, beside]
                .iter()
                .any(|base| base.join(named).exists());
            count += 1;
            if !exists && !FOREIGN_PATHS.contains(&named) {
                missing.push(format!("{}: {named}", page.display()));
            }
        }
    }
    assert!(count > 100, "the pages were not read");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn paths_are_found_in_prose_only() {
    let text =
        "See `service/retry.rs` and `storage/`, not `/api/` or `a b.rs`.\n\n```\n`x.rs`\n```\n";
    assert_eq!(named_paths(text), ["service/retry.rs", "storage/"]);
}
