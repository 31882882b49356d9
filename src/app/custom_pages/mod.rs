//! Changes of the operator to the pages: files in one folder, which are read at the start.

mod fragments;
mod read;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::texts::Messages;
use fragments::Fragments;
pub(crate) use fragments::{Fragment, FragmentFacts};
pub(crate) use read::STYLE;

/// Texts, styles, files, parts of the frame and pages of the operator; by default none.
#[derive(Default)]
pub struct CustomPages {
    messages: Vec<Messages>,
    /// By their names.
    files: HashMap<String, StaticFile>,
    fragments: Fragments,
    documents: Vec<Document>,
}

/// A file below `/static/`.
pub(crate) struct StaticFile {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
}

/// A page of the operator in one language.
pub(crate) struct Document {
    /// `about`, `privacy`, `rules` or `terms`.
    pub(crate) name: &'static str,
    /// Tag of its language; `None` for all that have none of their own.
    language: Option<String>,
    /// Its heading, if it has one.
    pub(crate) title: Option<String>,
    /// The rest, as HTML that does no harm.
    pub(crate) html: String,
}

/// Why a file of the operator can't be used, in a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {reason}", .file.display(), place(*.line))]
pub struct CustomPagesError {
    file: PathBuf,
    /// Line of the mistake, from 1; `None` if the whole file is one.
    line: Option<usize>,
    reason: String,
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

impl CustomPages {
    /// Reads a folder, and checks all that is in it.
    pub fn read(folder: &Path) -> Result<Self, CustomPagesError> {
        read::read(folder)
    }

    /// Returns the messages that take the place of others, by language.
    pub(crate) fn messages(&self) -> &[Messages] {
        &self.messages
    }

    /// Returns a file of `/static/`.
    pub(crate) fn file(&self, name: &str) -> Option<&StaticFile> {
        self.files.get(name)
    }

    /// Returns a part of a page as HTML, if the operator wrote that part.
    pub(crate) fn fragment(&self, fragment: Fragment, facts: &FragmentFacts<'_>) -> Option<String> {
        self.fragments.render(fragment, facts)
    }

    /// Returns a page of the operator in a language, or else the one that is for all.
    pub(crate) fn document(&self, name: &str, language: &str) -> Option<&Document> {
        let of = |tag: Option<&str>| {
            let mut documents = self.documents.iter();
            documents.find(|one| one.name == name && one.language.as_deref() == tag)
        };
        of(Some(language)).or_else(|| of(None))
    }
}
