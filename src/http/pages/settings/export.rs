//! `/main/settings/export`: an archive of what a person posted.

use askama::Template;
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Outcome, finish, opened, root};
use crate::{
    App,
    app::texts::Language,
    http::pages::{frame::Page, read, submission::Submission, view::Moment, visitor::Visitor},
    service::{
        Result,
        export::{self, ExportState},
    },
};

/// Path of the page.
const PAGE: &str = "/main/settings/export";

/// Parts of the page whose forms lead back to it, and what is said then.
const PARTS: [(&str, &str); 1] = [("export", "export-begun")];

/// The routes of the export.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/main/settings/export", get(form).post(begin))
        .route("/main/settings/export/archive.tar.gz", get(download))
}

#[derive(Template)]
#[template(path = "pages/export.html")]
struct ExportPage<'a> {
    t: &'a Language,
    root: &'a str,
    outcome: Option<Outcome>,
    /// Items that are in the archive, and those that the present collection has.
    progress: Option<(u64, u64)>,
    archive: Option<ArchiveRow>,
}

struct ArchiveRow {
    made: Moment,
    expires: Moment,
    megabytes: u64,
}

/// `GET /main/settings/export`.
async fn form(visitor: Visitor) -> Response {
    let visitor = &visitor;
    opened(visitor, &PARTS, |status, outcome| {
        show(visitor, status, outcome)
    })
    .await
}

async fn show(visitor: &Visitor, status: StatusCode, outcome: Option<Outcome>) -> Result<Response> {
    let t = &*visitor.language;
    let state = export::state(&visitor.ctx).await?;
    let title = t.say("export-title");
    let main = ExportPage {
        t,
        root: root(visitor),
        outcome,
        progress: match state {
            ExportState::Running { done, total } => Some((done, total)),
            _ => None,
        },
        archive: match state {
            ExportState::Ready {
                made,
                expires,
                bytes,
            } => Some(ArchiveRow {
                made: Moment::of(made, t),
                expires: Moment::of(expires, t),
                megabytes: bytes.div_ceil(1_000_000),
            }),
            _ => None,
        },
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/settings/export`: begins an export.
async fn begin(form: Submission) -> Response {
    let begun = export::begin(&form.visitor.ctx).await;
    let again = |status, outcome| show(&form.visitor, status, Some(outcome));
    finish(&form, (PAGE, "export"), begun, again).await
}

/// `GET /main/settings/export/archive.tar.gz`: the archive, for its owner only.
async fn download(visitor: Visitor) -> Response {
    let place = visitor.place();
    read::answer(&visitor, &place, archive(&visitor).await)
}

async fn archive(visitor: &Visitor) -> Result<Response> {
    let (bytes, stream) = export::download(&visitor.ctx).await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/gzip"),
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"archive.tar.gz\""),
        ),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}
