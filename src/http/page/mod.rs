//! A page for people: its reader, and the frame around it.

mod failure;
mod parts;
mod preview;
pub(super) mod visitor;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::{
    app::{FramedPage, texts::Language},
    model::Role,
    service::Error,
};
pub(super) use failure::{explain, failure, sentence};
pub(super) use parts::{Parts, documents};
pub(super) use preview::{Preview, PreviewPicture};
use visitor::Visitor;

/// Policy of pages: scripts, styles, pictures and requests of this server only.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// The policy of pages without `form-action`, which browsers apply to redirects after the form
/// too; where those lead is unknown.
const LEADING_AWAY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// A page without its frame.
pub(super) struct Page<'a, T> {
    pub(super) status: StatusCode,
    pub(super) title: &'a str,
    /// Which entry of the navigation it is: `home`, `meanwhile`, `messages` or
    /// `notifications`; empty for none.
    pub(super) place: &'a str,
    /// Address of a feed of it, without the ending of its format.
    pub(super) feed: Option<String>,
    /// Whether search engines may keep it, as strangers see it.
    pub(super) is_public: bool,
    /// Its address, if it has others; that of its preview if it has one.
    pub(super) canonical: Option<String>,
    /// Description of it for other sites.
    pub(super) preview: Option<Preview>,
    pub(super) main: &'a T,
}

impl<'a, T: Template> Page<'a, T> {
    /// A page that is found, for members.
    pub(super) fn new(title: &'a str, main: &'a T) -> Self {
        Self {
            status: StatusCode::OK,
            title,
            place: "",
            feed: None,
            is_public: false,
            canonical: None,
            preview: None,
            main,
        }
    }

    /// Renders the page in its frame, or in that of the host application.
    pub(super) fn render(&self, visitor: &Visitor) -> Response {
        let app = visitor.ctx.app();
        let html = self.main.render().and_then(|main| {
            let head = self.head(visitor).render()?;
            if let Some(layout) = app.page_layout() {
                return Ok(layout.render(&FramedPage {
                    language: visitor.language.tag(),
                    title: self.title,
                    head: &head,
                    main: &main,
                }));
            }
            let parts = Parts::of(visitor, self.title, self.place);
            self.framed(visitor, &parts, (&head, &main)).render()
        });
        let html = match html {
            Ok(html) => html,
            Err(error) => return Error::internal(error).into_response(),
        };
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
        response
    }

    fn head<'b>(&'b self, visitor: &'b Visitor) -> Head<'b> {
        let is_stranger = visitor.ctx.account().is_none();
        // Programs that read it are strangers. For others it could say what strangers may not read.
        let preview = self.preview.as_ref().filter(|_| is_stranger);
        let canonical = preview.map(|preview| preview.url.as_str());
        Head {
            t: &visitor.language,
            site: &visitor.ctx.app().settings().site,
            title: self.title,
            feed: self.feed.as_deref(),
            is_public: self.is_public && is_stranger,
            canonical: canonical.or(self.canonical.as_deref()),
            preview,
        }
    }

    fn framed<'b>(
        &'b self,
        visitor: &'b Visitor,
        parts: &'b Parts,
        (head, main): (&'b str, &'b str),
    ) -> Frame<'b> {
        let settings = visitor.ctx.app().settings();
        let account = visitor.ctx.account();
        Frame {
            t: &visitor.language,
            root: visitor.ctx.urls().path(),
            site: &settings.site,
            title: self.title,
            place: self.place,
            unseen: visitor.unseen,
            nickname: account.map(|account| account.nickname.as_str()),
            is_staff: account.is_some_and(|account| account.role > Role::None),
            has_pages: settings.has_pages,
            principal: visitor.principal.as_deref(),
            may_register: visitor.may_register(),
            project: env!("CARGO_PKG_REPOSITORY"),
            footer: &settings.pages.footer,
            parts,
            head,
            main,
        }
    }
}

/// Elements of the `<head>` in which a page describes itself to programs.
#[derive(Template)]
#[template(path = "pages/head.html")]
struct Head<'a> {
    t: &'a Language,
    site: &'a str,
    title: &'a str,
    feed: Option<&'a str>,
    is_public: bool,
    canonical: Option<&'a str>,
    preview: Option<&'a Preview>,
}

#[derive(Template)]
#[template(path = "pages/frame.html")]
struct Frame<'a> {
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    site: &'a str,
    title: &'a str,
    place: &'a str,
    /// How many notices the reader has not seen.
    unseen: u64,
    nickname: Option<&'a str>,
    is_staff: bool,
    has_pages: bool,
    /// Id of a person of another server who has signed in.
    principal: Option<&'a str>,
    may_register: bool,
    project: &'static str,
    /// Line of text at the foot.
    footer: &'a str,
    parts: &'a Parts,
    head: &'a str,
    main: &'a str,
}

/// Renders a page of a status.
pub(super) fn render(
    visitor: &Visitor,
    status: StatusCode,
    title: &str,
    main: &impl Template,
) -> Response {
    let page = Page {
        status,
        ..Page::new(title, main)
    };
    page.render(visitor)
}

/// A page with a form that may be answered with a way to elsewhere.
pub(super) fn leading_away(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, LEADING_AWAY_POLICY);
    response
}

/// Says to caches that a page depends on who reads it, in which language.
pub(super) fn depending_on_reader(is_known: bool, mut response: Response) -> Response {
    let cache = if is_known { "no-store" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let vary = HeaderValue::from_static("Accept, Accept-Language, Cookie");
    headers.append(header::VARY, vary);
    response
}
