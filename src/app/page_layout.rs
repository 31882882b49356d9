//! How pages look, as an argument.

/// Layout of the pages that people see on their way: sign-in, consent, errors, and the pages that
/// mails link to. With one of these they look like the other pages of the application that hosts
/// this.
///
/// A page may load style sheets and pictures of its own origin only, and runs no scripts: each is
/// sent with a `Content-Security-Policy` that says so. `/static/style.css`, below the path of the
/// public URL, has styles for all that is in `main`.
pub trait PageLayout: Send + Sync {
    /// A whole HTML document with `main` in it, which is HTML and has an `<h1>`; `title` is text,
    /// to be escaped, and does not name the site.
    fn render(&self, title: &str, main: &str) -> String;
}
