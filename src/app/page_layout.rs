//! How pages look, as an argument.

/// Content of a page, to be put into a document.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FramedPage<'a> {
    /// Language of the reader, as a tag for `<html lang>`.
    pub language: &'a str,
    /// Title as text, to be escaped. It does not name the site.
    pub title: &'a str,
    /// Elements for the `<head>`, as HTML: Open Graph, the canonical address, links to feeds, and
    /// whether search engines may keep the page.
    pub head: &'a str,
    /// HTML for the body, which has an `<h1>`.
    pub main: &'a str,
}

/// Layout of the pages that people see on their way: timelines, profiles and posts, sign-in,
/// consent, errors, and the pages that mails link to. With one of these they look like the other
/// pages of the application that hosts this.
///
/// A page may load style sheets, scripts and pictures of its own origin only: each is sent with a
/// `Content-Security-Policy` that says so. `/static/style.css`, below the path of the
/// public URL, has styles for all that is in `main`.
pub trait PageLayout: Send + Sync {
    /// Returns a whole HTML document with the page in it. A document without its `head` works, but
    /// other sites and readers of feeds learn nothing of the page.
    fn render(&self, page: &FramedPage<'_>) -> String;
}
