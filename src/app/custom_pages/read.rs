//! The folder of the operator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{CustomPages, CustomPagesError, Document, Fragment, StaticFile};
use crate::{
    app::{PageSettings, texts},
    protocol::html::{TextFormat, escape_stray, plain},
};

/// Names of the pages that the operator writes.
const DOCUMENTS: [&str; 4] = ["about", "privacy", "rules", "terms"];

/// Most bytes of a file, and of all of them.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Types of files below `/static/`, by the end of their names.
const CONTENT_TYPES: [(&str, &str); 11] = [
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// The style sheet of the program, which that of the operator follows.
pub(crate) const STYLE: &str = concat!(
    include_str!("../../../static/style/base.css"),
    include_str!("../../../static/style/posts.css"),
    include_str!("../../../static/style/forms.css"),
);

/// Reads all files of a folder.
pub(super) fn read(folder: &Path) -> Result<CustomPages, CustomPagesError> {
    let mut reader = Reader::default();
    let mut style = None;
    for (path, name) in list(folder)? {
        let fragment = Fragment::ALL
            .into_iter()
            .find(|one| one.file_name() == name);
        match (name.as_str(), fragment) {
            ("text", _) if path.is_dir() => reader.read_messages(&path)?,
            ("static", _) if path.is_dir() => reader.read_files(&path)?,
            ("style.css", _) => style = Some(reader.text(&path)?),
            (_, Some(fragment)) => reader.read_fragment(&path, fragment)?,
            (name, None) if name.strip_suffix(".md").is_some() => {
                reader.read_document(&path, name)?;
            }
            _ => {
                let known = "there may be style.css, head.html, header.html, footer.html, \
                             welcome.html, about.md, privacy.md, rules.md, terms.md, and the \
                             folders text and static";
                return Err(mistake(&path, None, known));
            }
        }
    }
    if let Some(style) = style {
        let mut bytes = match reader.pages.file("style.css") {
            Some(replaced) => replaced.bytes.to_vec(),
            None => STYLE.into(),
        };
        bytes.push(b'\n');
        bytes.extend(style.as_bytes());
        reader.add_file("style.css", "text/css; charset=utf-8", bytes.into());
    }
    Ok(reader.pages)
}

#[derive(Default)]
struct Reader {
    pages: CustomPages,
    /// Bytes that were read.
    bytes: u64,
}

impl Reader {
    fn read_bytes(&mut self, path: &Path) -> Result<Vec<u8>, CustomPagesError> {
        let failed = |error: std::io::Error| mistake(path, None, &error.to_string());
        let length = fs::metadata(path).map_err(failed)?.len();
        self.bytes = self.bytes.saturating_add(length);
        if length > MAX_FILE_BYTES || self.bytes > MAX_BYTES {
            let sentence = format!(
                "a file may have {MAX_FILE_BYTES} bytes, and all of them together {MAX_BYTES}"
            );
            return Err(mistake(path, None, &sentence));
        }
        fs::read(path).map_err(failed)
    }

    fn text(&mut self, path: &Path) -> Result<String, CustomPagesError> {
        let bytes = self.read_bytes(path)?;
        String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            mistake(path, Some(line), "this is no UTF-8")
        })
    }

    fn read_messages(&mut self, folder: &Path) -> Result<(), CustomPagesError> {
        for (path, name) in list(folder)? {
            let tag = name.strip_suffix(".ftl").unwrap_or_default();
            if !texts::is_language(tag) {
                let sentence = "the name must be a language and .ftl, such as de.ftl";
                return Err(mistake(&path, None, sentence));
            }
            let catalogue = self.text(&path)?;
            texts::check(tag, &catalogue)
                .map_err(|(line, sentence)| mistake(&path, Some(line), &sentence))?;
            self.pages.messages.push((tag.to_owned(), catalogue));
        }
        Ok(())
    }

    fn read_files(&mut self, folder: &Path) -> Result<(), CustomPagesError> {
        for (path, name) in list(folder)? {
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let known = CONTENT_TYPES.iter().find(|(known, _)| *known == ending);
            let Some((_, content_type)) = known else {
                let endings = CONTENT_TYPES.map(|(known, _)| known).join(", ");
                let sentence = format!("the name must end in one of {endings}");
                return Err(mistake(&path, None, &sentence));
            };
            let bytes = self.read_bytes(&path)?;
            self.add_file(&name, content_type, bytes.into());
        }
        Ok(())
    }

    fn add_file(&mut self, name: &str, content_type: &'static str, bytes: Bytes) {
        let file = StaticFile {
            content_type,
            bytes,
        };
        self.pages.files.insert(name.to_owned(), file);
    }

    fn read_fragment(&mut self, path: &Path, fragment: Fragment) -> Result<(), CustomPagesError> {
        let source = self.text(path)?;
        let texts = texts::Texts::new(&PageSettings::default(), &[]);
        let added = self
            .pages
            .fragments
            .add(fragment, source, texts.default_language());
        added.map_err(|(line, sentence)| mistake(path, line, &sentence))
    }

    fn read_document(&mut self, path: &Path, name: &str) -> Result<(), CustomPagesError> {
        let name = name.trim_end_matches(".md");
        let (name, language) = match name.split_once('.') {
            Some((name, language)) => (name, Some(language)),
            None => (name, None),
        };
        let name = DOCUMENTS.into_iter().find(|known| *known == name);
        let (Some(name), true) = (name, language.is_none_or(texts::is_language)) else {
            let sentence = "the name must be about, privacy, rules or terms, perhaps a language, \
                            and .md, such as terms.de.md";
            return Err(mistake(path, None, sentence));
        };
        let text = self.text(path)?;
        let (title, rest) = match text.trim_start().strip_prefix("# ") {
            Some(rest) => {
                let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
                (Some(plain(&escape_stray(title))), rest)
            }
            None => (None, text.as_str()),
        };
        self.pages.documents.push(Document {
            name,
            language: language.map(str::to_owned),
            title,
            html: TextFormat::Markdown.render(rest),
        });
        Ok(())
    }
}

/// Returns paths and names of what is in a folder, in their order. Hidden files and READMEs are
/// left out.
fn list(folder: &Path) -> Result<Vec<(PathBuf, String)>, CustomPagesError> {
    let failed = |error: std::io::Error| mistake(folder, None, &error.to_string());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.map(str::to_owned) else {
            return Err(mistake(&path, None, "its name is no UTF-8"));
        };
        if !name.starts_with('.') && !name.starts_with("README") {
            found.push((path, name));
        }
    }
    found.sort();
    Ok(found)
}

fn mistake(path: &Path, line: Option<usize>, reason: &str) -> CustomPagesError {
    CustomPagesError {
        file: path.to_owned(),
        line,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_file_and_line() {
        for (file, contents, sentence) in [
            (
                "footer.html",
                "<p>\n{{ sit }}",
                "footer.html, line 2: undefined value",
            ),
            (
                "header.html",
                "{% if nickname %}",
                "header.html, line 1: syntax error",
            ),
            ("head.html", "\n{{ t('sign-inn') }}", "\"sign-inn\""),
            (
                "text/de.ftl",
                "follow = a\nfolow = b",
                "de.ftl, line 2: there is no message",
            ),
            ("text/german.txt", "", "such as de.ftl"),
            (
                "style.css",
                "a\nb\n\u{fffd}",
                "style.css, line 3: this is no UTF-8",
            ),
            ("static/run.exe", "", "must end in one of"),
            ("imprint.md", "", "such as terms.de.md"),
            ("footer.htm", "", "there may be style.css"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = contents.replace('\u{fffd}', "\u{1}").into_bytes();
            let bytes = bytes
                .iter()
                .map(|byte| if *byte == 1 { 0xff } else { *byte });
            fs::write(&path, bytes.collect::<Vec<u8>>()).unwrap();
            let error = read(folder.path()).err().map(|error| error.to_string());
            let error = error.unwrap_or_else(|| panic!("{file} is taken"));
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn large_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("style.css");
        fs::File::create(&path).unwrap().set_len(2 << 20).unwrap();
        let error = read(folder.path()).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("1048576 bytes")));
    }

    #[test]
    fn folder_of_other_files_only_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("README.md"), "Ours").unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        let pages = read(folder.path()).unwrap();
        assert!(pages.files.is_empty() && pages.documents.is_empty());
    }
}
