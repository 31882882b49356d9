//! Work on the search index besides that of commits.

/// Work on the search index, in a transaction of its own.
#[derive(Debug)]
pub(crate) enum IndexTask {
    /// Sets the language.
    SetLanguage(String),
    /// Indexes so many of the objects that are not indexed yet.
    IndexOlder(u32),
}
