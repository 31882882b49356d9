//! Pages about the site: what it is, and what the operator wrote of rules, terms and privacy.

use askama::Template;
use axum::response::Response;

use super::{
    frame::{self, Page},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    protocol::html::for_page,
    service::{Error, Result},
};

#[derive(Template)]
#[template(path = "pages/document.html")]
struct DocumentPage<'a> {
    title: &'a str,
    /// Paragraph above the text; may be empty.
    description: &'a str,
    html: &'a str,
    contact: Option<Contact<'a>>,
    /// Addresses and names of the other pages about the site.
    links: Vec<(String, String)>,
    t: &'a Language,
}

/// A way to reach the operator.
struct Contact<'a> {
    text: &'a str,
    /// Address of a link, if it is one.
    link: Option<String>,
}

impl<'a> Contact<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        let link = if is_web {
            Some(text.to_owned())
        } else {
            let is_mail = text.contains('@') && !text.contains(char::is_whitespace);
            is_mail.then(|| format!("mailto:{text}"))
        };
        (!text.is_empty()).then_some(Self { text, link })
    }
}

/// `GET /main/about`: what this site is.
pub(super) async fn about(visitor: Visitor) -> Result<Response> {
    let settings = visitor.ctx.app().settings();
    let mut links = frame::documents(&visitor);
    let own = visitor.path();
    links.retain(|(address, _)| *address != own);
    let description = match settings.pages.description.as_str() {
        "" => visitor.language.say("welcome-lead").into_owned(),
        own => own.to_owned(),
    };
    let contact = Contact::of(&settings.pages.contact);
    let written = find(&visitor, "about");
    let (title, html) = written.unwrap_or_default();
    let title = title.unwrap_or_else(|| settings.site.clone());
    Ok(show(&visitor, &title, &html, &description, contact, links))
}

/// `GET /main/rules`.
pub(super) async fn rules(visitor: Visitor) -> Result<Response> {
    document(&visitor, "rules", "rules-title")
}

/// `GET /main/terms`.
pub(super) async fn terms(visitor: Visitor) -> Result<Response> {
    document(&visitor, "terms", "terms-title")
}

/// `GET /main/privacy`.
pub(super) async fn privacy(visitor: Visitor) -> Result<Response> {
    document(&visitor, "privacy", "privacy-title")
}

fn document(visitor: &Visitor, name: &str, title: &str) -> Result<Response> {
    let missing = || {
        Error::not_found("The operator of this site wrote no such page.")
            .phrased("failure-no-document")
    };
    let (own, html) = find(visitor, name).ok_or_else(missing)?;
    let title = own.unwrap_or_else(|| visitor.language.say(title).into_owned());
    Ok(show(visitor, &title, &html, "", None, Vec::new()))
}

/// Returns the title and the HTML of what the operator wrote.
fn find(visitor: &Visitor, name: &str) -> Option<(Option<String>, String)> {
    let app = visitor.ctx.app();
    let found = app.custom_pages().document(name, visitor.language.tag())?;
    let html = for_page(&found.html, app.urls().origin()).into_owned();
    Some((found.title.clone(), html))
}

fn show(
    visitor: &Visitor,
    title: &str,
    html: &str,
    description: &str,
    contact: Option<Contact<'_>>,
    links: Vec<(String, String)>,
) -> Response {
    let main = DocumentPage {
        title,
        description,
        html,
        contact,
        links,
        t: &visitor.language,
    };
    let page = Page {
        is_public: true,
        canonical: Some(visitor.ctx.urls().absolute(visitor.uri.path())),
        ..Page::new(title, &main)
    };
    page.render(visitor)
}
