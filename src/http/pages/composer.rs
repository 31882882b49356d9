//! The composer: the form by which people write, with what was typed into it.

use askama::Template;
use axum::response::Response;

use super::{
    frame::{self, Page},
    submission::Submission,
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::error::{attach_error, set_retry_after, status},
    protocol::html::TextFormat,
    service::{
        Error, ErrorKind,
        addressing::{self, ListChoice},
    },
};

/// Fields of a form. None is lost while the form comes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) format: TextFormat,
    /// Description of a picture or film for those who can't see it.
    pub(super) alt: String,
    /// Choice of who may read it: see [`addressing::recipients`].
    pub(super) audience: String,
    pub(super) people: String,
    /// Id and type of what it replies to.
    pub(super) reply: String,
    pub(super) reply_kind: String,
    /// Id and type of a file that was uploaded before.
    pub(super) uploaded: String,
    pub(super) uploaded_kind: String,
    /// Path to lead to afterwards; that of the new thing if empty.
    pub(super) back: String,
}

impl Typed {
    /// Reads the fields of a form.
    pub(super) fn of(form: &Submission) -> Self {
        let text = |name| form.get(name).replace("\r\n", "\n");
        Self {
            title: text("title"),
            content: typed_text(form.raw("content")),
            format: TextFormat::named(form.get("format")),
            alt: text("alt"),
            audience: text("audience"),
            people: text("people"),
            reply: text("reply"),
            reply_kind: text("reply-kind"),
            uploaded: text("uploaded"),
            uploaded_kind: text("uploaded-kind"),
            back: text("back"),
        }
    }

    /// A form in which nothing was typed yet.
    pub(super) fn blank(back: &str) -> Self {
        Self {
            audience: "public".into(),
            back: back.into(),
            ..Self::default()
        }
    }
}

/// Returns a text without blank lines around it, with the line breaks of Unix.
fn typed_text(raw: &str) -> String {
    let text = raw.replace("\r\n", "\n");
    text.trim_end().trim_start_matches('\n').to_owned()
}

/// The form, as a part of a page.
#[derive(Template)]
#[template(path = "pages/composer.html")]
pub(super) struct Composer<'a> {
    t: &'a Language,
    root: &'a str,
    /// Path and query of the sign-in that leads here, for who is not signed in.
    sign_in: Option<String>,
    lists: Vec<ListChoice>,
    typed: &'a Typed,
    alert: Option<&'a str>,
    max_bytes: usize,
    /// Whether it stands on a page of its own, where all of it is open.
    is_whole: bool,
}

impl<'a> Composer<'a> {
    /// The form with what was typed.
    pub(super) async fn new(visitor: &'a Visitor, typed: &'a Typed) -> Result<Self, Error> {
        let ctx = &visitor.ctx;
        let is_reply = !typed.reply.is_empty();
        let lists = if is_reply {
            Vec::new()
        } else {
            addressing::own_lists(ctx).await?
        };
        Ok(Self::with_lists(visitor, typed, lists))
    }

    fn with_lists(visitor: &'a Visitor, typed: &'a Typed, lists: Vec<ListChoice>) -> Self {
        let ctx = &visitor.ctx;
        let root = ctx.urls().path();
        let sign_in = || format!("{root}/main/login?continue={root}/main/post");
        Self {
            t: &visitor.language,
            root,
            sign_in: ctx.account().is_none().then(sign_in),
            lists,
            typed,
            alert: None,
            max_bytes: ctx.app().settings().uploads.max_bytes,
            is_whole: false,
        }
    }

    /// Whether a list that was chosen is not among those that are offered.
    fn chose_another(&self) -> bool {
        let choice = self.typed.audience.as_str();
        !matches!(choice, "" | "public" | "followers" | "people")
            && !self.lists.iter().any(|list| list.id == choice)
    }

    fn has_options(&self) -> bool {
        let typed = self.typed;
        let is_filled_in = [&typed.title, &typed.people, &typed.alt];
        self.is_whole || is_filled_in.iter().any(|text| !text.is_empty())
    }
}

/// A page with the form alone.
#[derive(Template)]
#[template(path = "pages/post.html")]
struct PostPage<'a> {
    title: &'a str,
    t: &'a Language,
    /// Link to what is replied to.
    parent: Option<(String, String)>,
    composer: Composer<'a>,
}

/// Returns the page of the form, with a title and a link to what is replied to.
pub(super) fn page(
    visitor: &Visitor,
    composer: Composer<'_>,
    title: &str,
    parent: Option<(String, String)>,
) -> Response {
    let composer = Composer {
        is_whole: true,
        ..composer
    };
    let main = PostPage {
        title,
        t: &visitor.language,
        parent,
        composer,
    };
    Page::new(title, &main).render(visitor)
}

/// Returns the form with what was typed, and says why it came back.
pub(super) async fn again(visitor: &Visitor, typed: &Typed, error: Error) -> Response {
    let t = &*visitor.language;
    let alert = match error.kind() {
        ErrorKind::Unauthorized => t.say("compose-signed-out"),
        _ => frame::sentence(t, &error).into(),
    };
    // That the lists can't be read must not lose what was typed.
    let lists = addressing::own_lists(&visitor.ctx).await;
    let composer = Composer {
        alert: Some(&alert),
        ..Composer::with_lists(visitor, typed, lists.unwrap_or_default())
    };
    let title = if typed.reply.is_empty() {
        "compose-title"
    } else {
        "compose-reply"
    };
    let mut response = page(visitor, composer, &t.say(title), None);
    *response.status_mut() = status(error.kind());
    set_retry_after(&mut response, &error);
    attach_error(&mut response, error);
    response
}
