//! Lists of people: `/NICK/lists` and `/NICK/list/UUID`.

use askama::Template;
use axum::{extract::Path, response::Response};
use serde_json::json;

use super::{
    frame,
    frame::Page,
    read,
    submission::Submission,
    view::{Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::api::PageQuery,
    model::Filter,
    service::{
        Error, ErrorKind, Result, activity, collections, follow, lookup,
        objects::{self, ObjectName},
        present::{self, Detail},
    },
};

#[derive(Template)]
#[template(path = "pages/lists.html")]
struct ListsPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    path: &'a str,
    lists: Vec<Thing<'a>>,
    pager: Pager,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListPage<'a> {
    t: &'a Language,
    root: &'a str,
    path: &'a str,
    /// Path of all lists of their owner.
    lists: String,
    list: Thing<'a>,
    members: Vec<Thing<'a>>,
    pager: Pager,
    is_own: bool,
}

/// `GET /NICK/lists`.
pub(super) async fn all(
    visitor: Visitor,
    Path(nickname): Path<String>,
    query: PageQuery,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let found = collections::lists(ctx, &nickname, "person", &request).await?;
    let (found, urls) = (found.to_value(), ctx.urls());
    let author = Thing::new(&found, urls).author();
    let name = author.map_or_else(|| nickname.clone(), |author| author.name());
    let title = t.with("lists-of", "name", &name).into_owned();
    let main = ListsPage {
        t,
        root: urls.path(),
        title: &title,
        path: &visitor.path(),
        lists: Thing::new(&found, urls).list("items"),
        pager: Pager::of(&found, &visitor.uri),
        is_own: is_own(&visitor, &nickname),
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

/// `GET /NICK/list/UUID`: who is in it.
pub(super) async fn one(
    visitor: Visitor,
    Path((nickname, uuid)): Path<(String, String)>,
    query: PageQuery,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let owner = lookup::account(ctx, &nickname).await?.person;
    let list = objects::find(ctx, "collection", &ObjectName::Uuid(uuid)).await?;
    if list.author.as_deref() != Some(owner.as_str()) {
        return Err(
            Error::not_found(format!("It is not by '{nickname}'.")).phrased("failure-no-thing")
        );
    }
    let request = query.of(Filter::default());
    let members = collections::members(ctx, &list, &request).await?.to_value();
    let shown = present::render(ctx, list, Detail::BRIEF).await?.to_value();
    let urls = ctx.urls();
    let list = Thing::new(&shown, urls);
    let title = list.title();
    let main = ListPage {
        t,
        root: urls.path(),
        path: &visitor.path(),
        lists: format!("{}/{nickname}/lists", urls.path()),
        list,
        members: Thing::new(&members, urls).list("items"),
        pager: Pager::of(&members, &visitor.uri),
        is_own: is_own(&visitor, &nickname),
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

fn is_own(visitor: &Visitor, nickname: &str) -> bool {
    let account = visitor.ctx.account();
    account.is_some_and(|account| account.nickname.as_str() == nickname)
}

/// `POST /main/lists`: makes, renames or deletes a list, or changes who is in it.
pub(super) async fn change(form: Submission) -> Response {
    match try_change(&form).await {
        Ok(()) => form.redirect(form.get("back")),
        Err(error) => {
            let visitor = &form.visitor;
            match error.kind() {
                ErrorKind::Unauthorized => read::answer(visitor, form.get("back"), Err(error)),
                _ => frame::failure(visitor, error),
            }
        }
    }
}

async fn try_change(form: &Submission) -> Result<()> {
    form.require_member()?;
    let ctx = &form.visitor.ctx;
    let (name, list) = (form.get("name"), form.get("list"));
    let named = json!({ "objectType": "collection", "id": list });
    let person = |id: &str| json!({ "objectType": "person", "id": id });
    let change = match form.get("do") {
        "create" if name.is_empty() => {
            return Err(Error::saying(ErrorKind::BadRequest, "list-needs-name"));
        }
        "create" => {
            let list = json!({
                "objectType": "collection", "objectTypes": ["person"], "displayName": name,
            });
            json!({ "verb": "create", "object": list })
        }
        "rename" => {
            let list = json!({ "objectType": "collection", "id": list, "displayName": name });
            json!({ "verb": "update", "object": list })
        }
        "delete" => json!({ "verb": "delete", "object": named }),
        "add" => {
            let id = follow::find_person(ctx, form.get("address")).await?;
            json!({ "verb": "add", "object": person(&id), "target": named })
        }
        "remove" => json!({ "verb": "remove", "object": person(form.get("id")), "target": named }),
        _ => {
            return Err(Error::bad_request("That can't be done here.").phrased("failure-no-action"));
        }
    };
    activity::perform_json(ctx, change).await.map(drop)
}
