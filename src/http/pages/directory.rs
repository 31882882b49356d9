//! `/main/people`: the people of this server, and a box to follow somebody anywhere.

use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::{
    frame::{self, Page},
    read,
    submission::Submission,
    view::{Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::{
        api::PersonPageQuery,
        error::{retry_after_seconds, status},
    },
    model::{PageRequest, Urls},
    service::{Error, ErrorKind, Result, follow, people},
};

#[derive(Template)]
#[template(path = "pages/directory.html")]
struct DirectoryPage<'a> {
    t: &'a Language,
    root: &'a str,
    /// Path of the page.
    path: &'a str,
    /// Path to come back to after a form.
    back: &'a str,
    people: Vec<Thing<'a>>,
    /// Id of the person who reads.
    viewer: &'a str,
    pager: Pager,
    /// Text that the names have in them.
    query: &'a str,
    /// Text that was typed into the box.
    typed: &'a str,
    alert: Option<String>,
    /// Id of the person followed a moment ago.
    followed: Option<String>,
}

/// Contents of the box to follow somebody.
#[derive(Default)]
struct FollowBox<'a> {
    /// Where the page comes back to, if not to where it is.
    back: Option<&'a str>,
    typed: &'a str,
    alert: Option<String>,
    followed: Option<String>,
}

/// `GET /main/people`: the people of this server, for members.
pub(super) async fn directory(
    visitor: Visitor,
    PersonPageQuery(request): PersonPageQuery,
) -> Result<Response> {
    let followed = match followed_of(&visitor) {
        Some(id) if follow::is_followed(&visitor.ctx, &id).await? => Some(id),
        _ => None,
    };
    // Pages of other servers send their readers here with it.
    let address = visitor.query("address");
    let filled_in = FollowBox {
        followed,
        typed: address.trim_start_matches("acct:"),
        ..FollowBox::default()
    };
    show(&visitor, StatusCode::OK, request, filled_in).await
}

async fn show(
    visitor: &Visitor,
    status: StatusCode,
    request: PageRequest,
    filled_in: FollowBox<'_>,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let query = request.name_query.clone().unwrap_or_default();
    let users = people::users(ctx, request).await?.to_value();
    let (urls, title, here) = (ctx.urls(), t.say("people"), visitor.place());
    let accounts = Thing::new(&users, urls).list("items").into_iter();
    let main = DirectoryPage {
        t,
        root: urls.path(),
        path: &format!("{}/main/people", urls.path()),
        back: filled_in.back.unwrap_or(&here),
        people: accounts
            .filter_map(|account| account.get("profile"))
            .collect(),
        viewer: ctx.person().unwrap_or_default(),
        pager: Pager::of(&users, &visitor.uri),
        query: &query,
        typed: filled_in.typed,
        alert: filled_in.alert,
        followed: filled_in
            .followed
            .map(|id| id.trim_start_matches("acct:").to_owned()),
    };
    let page = Page {
        status,
        place: "people",
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/people/follow`: follows the person with an address.
pub(super) async fn follow_address(form: Submission) -> Response {
    let visitor = &form.visitor;
    let place = format!("{}/main/people", visitor.ctx.urls().path());
    let error = match try_follow(&form).await {
        Ok(id) => return form.redirect(&format!("{place}?followed={}", Urls::encode(&id))),
        Err(error) => error,
    };
    let status = status(error.kind());
    let is_mendable = status.is_client_error() || error.kind() == ErrorKind::BadGateway;
    if !is_mendable || error.kind() == ErrorKind::Unauthorized {
        return read::answer(visitor, &place, Err(error));
    }
    let filled_in = FollowBox {
        back: Some(&place),
        typed: form.get("address"),
        alert: Some(sentence(&visitor.language, &error)),
        followed: None,
    };
    let shown = show(visitor, status, PageRequest::default(), filled_in).await;
    let mut response = read::answer(visitor, &place, shown);
    set_wait(response.headers_mut(), &error);
    response
}

fn set_wait(headers: &mut HeaderMap, error: &Error) {
    if let Some(wait) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, retry_after_seconds(wait));
    }
}

async fn try_follow(form: &Submission) -> Result<String> {
    form.require_member()?;
    follow::follow(&form.visitor.ctx, form.get("address")).await
}

/// Returns the sentence about a failure to find or follow somebody.
pub(super) fn sentence(t: &Language, error: &Error) -> String {
    let text = frame::sentence(t, error);
    match error.kind() {
        ErrorKind::BadRequest | ErrorKind::NotFound => text,
        _ => t.with("follow-failed", "why", &text).into_owned(),
    }
}

/// Returns whom the reader followed a moment ago, as the query says.
fn followed_of(visitor: &Visitor) -> Option<String> {
    let query = visitor.uri.query().unwrap_or_default();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let (_, id) = fields.find(|(name, _)| name == "followed")?;
    (!id.contains('\0')).then(|| id.into_owned())
}
