//! `/main/relation`: what a person decides about another, with what it means.

use askama::Template;
use axum::response::Response;

use super::finish;
use crate::{
    app::texts::Language,
    http::{
        api::IdQuery,
        pages::{frame::Page, objects, submission::Submission, view::Thing, visitor::Visitor},
    },
    model::host_of_id,
    service::{
        Error, Result,
        present::{self, Detail},
        relations::{self, Decided, Relation},
    },
};

#[derive(Template)]
#[template(path = "pages/relation.html")]
struct RelationPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    /// Path to come back to.
    back: &'a str,
    person: Thing<'a>,
    decided: Decided,
    /// Host of the person, if that is another.
    host: Option<String>,
}

/// `GET /main/relation?id=…`: asks what is to be done about a person.
pub(super) async fn form(visitor: Visitor, IdQuery(id): IdQuery) -> Result<Response> {
    visitor.account()?;
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let person = objects::stored(ctx, &id).await?;
    if ctx.person() == Some(&id) || person.object_type != "person" {
        return Err(Error::not_found("There is no such person here.").phrased("failure-no-person"));
    }
    let shown = present::render(ctx, person, Detail::BRIEF)
        .await?
        .to_value();
    let person = Thing::new(&shown, ctx.urls());
    let title = t
        .with("relation-title", "name", &person.name())
        .into_owned();
    let main = RelationPage {
        t,
        root: ctx.urls().path(),
        title: &title,
        back: &visitor.place(),
        person,
        decided: relations::decided(ctx, &id).await?,
        host: host_of_id(&id).filter(|_| !ctx.urls().is_local(&id)),
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

/// `POST /main/relation`: blocks, mutes, or undoes it.
pub(super) async fn decide(form: Submission) -> Response {
    let done = try_decide(&form).await;
    finish(&form, done)
}

async fn try_decide(form: &Submission) -> Result<()> {
    form.require_member()?;
    let (ctx, id, host) = (&form.visitor.ctx, form.get("id"), form.get("host"));
    let (relation, undoes) = match form.get("do") {
        "block" => (Relation::Block, false),
        "unblock" => (Relation::Block, true),
        "mute" => (Relation::Mute, false),
        "unmute" => (Relation::Mute, true),
        _ => {
            return Err(Error::bad_request("That can't be done here.").phrased("failure-no-action"));
        }
    };
    match (host, undoes) {
        ("", true) => relations::remove(ctx, relation, id).await,
        ("", false) => relations::add(ctx, relation, id).await.map(drop),
        (host, true) => relations::remove_host(ctx, relation, host).await,
        (host, false) => relations::add_host(ctx, relation, host).await.map(drop),
    }
}
