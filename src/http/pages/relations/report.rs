//! `/main/report`: tells the moderators of a person or a thing.

use askama::Template;
use axum::{Extension, http::StatusCode, response::Response};

use crate::{
    app::texts::Language,
    http::{
        error::{attach_error, status},
        pages::{
            frame::{self, Page},
            limits::ReportLimiter,
            objects, read,
            submission::Submission,
            view::{Thing, kind},
            visitor::Visitor,
        },
    },
    model::ACTOR_TYPES,
    service::{
        Error, ErrorKind, Result,
        present::{self, Detail},
        reports::{self, Reason},
    },
};

#[derive(Template)]
#[template(path = "pages/report.html")]
struct ReportPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    thing: Thing<'a>,
    /// Name of the person, or kind of the thing.
    name: String,
    is_person: bool,
    /// Names of the reasons, each with the key of its words and whether it is chosen.
    reasons: Vec<(&'static str, &'static str, bool)>,
    words: &'a str,
    max_chars: usize,
    /// The host that can get a copy, and whether it is to.
    forward: Option<(String, bool)>,
    alert: Option<&'a str>,
    is_done: bool,
}

/// Returns the key of the words for a reason.
fn words_for(reason: Reason) -> &'static str {
    match reason {
        Reason::Spam => "report-spam",
        Reason::Abuse => "report-abuse",
        Reason::Illegal => "report-illegal",
        Reason::Other => "report-other",
    }
}

/// `GET /main/report?about=…`: the form; with `done`, that the report has come.
pub(super) async fn form(visitor: Visitor) -> Result<Response> {
    let is_done = !visitor.query("done").is_empty();
    let about = visitor.query("about");
    show(&visitor, &about, ("", "", false), None, is_done).await
}

async fn show(
    visitor: &Visitor,
    about: &str,
    (reason, words, forwards): (&str, &str, bool),
    alert: Option<(StatusCode, &str)>,
    is_done: bool,
) -> Result<Response> {
    visitor.account()?;
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let thing = objects::stored(ctx, about).await?;
    let is_person = ACTOR_TYPES.contains(&thing.object_type.as_str());
    let forward = reports::forwarding_host(ctx, &thing).await?;
    let shown = present::render(ctx, thing, Detail::PLAIN).await?.to_value();
    let thing = Thing::new(&shown, ctx.urls());
    let title = t.say(if is_done {
        "report-done"
    } else {
        "report-title"
    });
    let name = if is_person {
        thing.name()
    } else {
        kind(thing.kind(), t)
    };
    let main = ReportPage {
        t,
        root: ctx.urls().path(),
        title: &title,
        thing,
        name,
        is_person,
        reasons: Reason::ALL
            .map(|one| (one.as_str(), words_for(one), one.as_str() == reason))
            .into(),
        words,
        max_chars: reports::MAX_WORDS_CHARS,
        forward: forward.map(|host| (host, forwards)),
        alert: alert.map(|(_, alert)| alert),
        is_done,
    };
    let page = Page {
        status: alert.map_or(StatusCode::OK, |(status, _)| status),
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/report`: stores the report; if that fails, what was typed comes back.
pub(super) async fn file(
    Extension(limits): Extension<ReportLimiter>,
    form: Submission,
) -> Response {
    let (visitor, about) = (&form.visitor, form.get("about"));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("about", about)
        .finish();
    let root = visitor.ctx.urls().path();
    let place = format!("{root}/main/report?{query}");
    let error = match try_file(&form, &limits).await {
        Ok(()) => return form.redirect(&format!("{place}&done=1")),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::Unauthorized || !status(error.kind()).is_client_error() {
        return read::answer(visitor, &place, Err(error));
    }
    let typed = (form.get("reason"), form.get("words"), forwards(&form));
    let said = frame::sentence(&visitor.language, &error);
    let alert = Some((status(error.kind()), said.as_str()));
    let shown = show(visitor, about, typed, alert, false).await;
    let mut response = read::answer(visitor, &place, shown);
    attach_error(&mut response, error);
    response
}

async fn try_file(form: &Submission, limits: &ReportLimiter) -> Result<()> {
    form.require_member()?;
    let reason = Reason::parse(form.get("reason"));
    let reason =
        reason.ok_or_else(|| Error::saying(ErrorKind::BadRequest, "report-needs-reason"))?;
    limits.admit(&form.visitor.account()?.nickname)?;
    let words = form.raw("words").replace("\r\n", "\n");
    let (about, forwards) = (form.get("about"), forwards(form));
    reports::file(&form.visitor.ctx, about, (reason, &words), forwards).await
}

/// Whether the server of the person is to get a copy.
fn forwards(form: &Submission) -> bool {
    !form.get("forward").is_empty()
}
