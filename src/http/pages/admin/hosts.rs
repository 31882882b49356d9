//! `/main/admin/hosts`: blocked hosts.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{Head, Moment, Staff, answer, finish};
use crate::{
    app::texts::Language,
    http::pages::{file_form::FileSubmission, submission::Submission, visitor::Visitor},
    model::host_name,
    service::{Error, ErrorKind, Result, federation::blocks, moderation},
};

#[derive(Template)]
#[template(path = "pages/admin/hosts.html")]
struct HostsPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    hosts: Vec<Blocked>,
}

struct Blocked {
    host: String,
    subdomains: bool,
    reason: String,
    since: Moment,
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let t = &*visitor.language;
    let hosts = blocks::list(&staff.all).await?.into_iter();
    let hosts = hosts.map(|block| Blocked {
        host: block.host,
        subdomains: block.subdomains,
        reason: block.reason.unwrap_or_default(),
        since: Moment::of(block.created, t),
    });
    let main = HostsPage {
        head: staff.head("hosts"),
        t,
        root: visitor.ctx.urls().path(),
        hosts: hosts.collect(),
    };
    Ok(staff.render(&t.say("admin-hosts"), &main))
}

/// `GET /main/admin/hosts.csv`: all blocks, for other servers.
pub(super) async fn export(visitor: Visitor) -> Response {
    let list = match Staff::of(&visitor) {
        Ok(staff) => moderation::export_hosts(&staff.all).await,
        Err(error) => Err(error),
    };
    let file = list.map(|list| {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        let name = HeaderValue::from_static("attachment; filename=\"blocked-hosts.csv\"");
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
        ];
        (headers, list).into_response()
    });
    answer(&visitor, file)
}

/// `POST /main/admin/hosts`: blocks a host, or ends a block.
pub(super) async fn change(form: Submission) -> Response {
    let done = perform(&form).await;
    finish(&form, "/main/admin/hosts", done)
}

async fn perform(form: &Submission) -> Result<()> {
    Staff::of(&form.visitor)?;
    let ctx = &form.visitor.ctx;
    let host = host_name(form.get("host"))
        .ok_or_else(|| Error::saying(ErrorKind::BadRequest, "admin-bad-host"))?;
    let reason = form.get("reason");
    match form.get("do") {
        "block" => {
            let below = !form.get("subdomains").is_empty();
            let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
            moderation::block_host(ctx, &host, below, reason).await
        }
        "unblock" => moderation::unblock_host(ctx, &host, reason).await,
        _ => Err(Error::bad_request("That can't be done here.").phrased("failure-no-action")),
    }
}

/// `POST /main/admin/hosts/import`: blocks the hosts of a list.
pub(super) async fn import(FileSubmission { form, file }: FileSubmission) -> Response {
    let visitor = &form.visitor;
    let imported = async {
        Staff::of(visitor)?;
        let missing = || Error::saying(ErrorKind::BadRequest, "admin-no-file");
        let file = file?.ok_or_else(missing)?;
        moderation::import_hosts(&visitor.ctx, &file.bytes).await
    };
    let done = imported.await.map(drop);
    finish(&form, "/main/admin/hosts", done)
}
