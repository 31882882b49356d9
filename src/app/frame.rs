//! How pages look, as an argument.

/// What the pages that people come to on their way look like: where they sign in, are asked whether a client may act for
/// them, are told of an error, or find themselves by a link in a mail. With one of these they look like the other pages
/// of the application that hosts this.
///
/// A page may load style sheets and pictures of its own origin only, and runs no scripts: each is sent with a
/// `Content-Security-Policy` that says so. `/static/style.css`, below the path of the public URL, has styles for all that is
/// in `main`.
pub trait Frame: Send + Sync {
    /// A whole HTML document with `main` in it, which is HTML and has an `<h1>`; `title` is text, to be escaped, and does not
    /// name the site.
    fn around(&self, title: &str, main: &str) -> String;
}
