//! `/main/edit` and `/main/delete`: changing what one has written, and taking it back.

use askama::Template;
use axum::response::Response;
use serde_json::json;

use super::{
    compose::properties,
    composer::Typed,
    file_form::FileSubmission,
    frame::{self, Page},
    objects,
    submission::Submission,
    view::Thing,
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::{
        api::IdQuery,
        error::{attach_error, status},
    },
    model::{ACTIVITY, Object},
    protocol::html::TextFormat,
    service::{
        Error, ErrorKind, Result, activity,
        objects::{ObjectName, find_own},
        present::{self, Detail},
    },
};

#[derive(Template)]
#[template(path = "pages/edit.html")]
struct EditPage<'a> {
    t: &'a Language,
    root: &'a str,
    id: &'a str,
    kind: &'a str,
    typed: &'a Typed,
    /// For whom it is, if that is known.
    audience: Option<String>,
    alert: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "pages/delete.html")]
struct DeletePage<'a> {
    t: &'a Language,
    root: &'a str,
    thing: Thing<'a>,
    title: &'a str,
}

/// `GET /main/edit?id=…`: the form, with what is stored.
pub(super) async fn form(visitor: Visitor, IdQuery(id): IdQuery) -> Result<Response> {
    let object = own(&visitor, &id).await?;
    let text = |name| object.text_property(name).unwrap_or_default().to_owned();
    let (format, content) = TextFormat::typed(&object.body);
    let page = object.text_property("url").unwrap_or_default();
    let typed = Typed {
        title: text("displayName"),
        content,
        format,
        alt: text("altText"),
        back: page
            .strip_prefix(visitor.ctx.urls().origin())
            .unwrap_or_default()
            .to_owned(),
        ..Typed::default()
    };
    let audience = objects::audience(&visitor, &object).await?;
    Ok(show(
        &visitor,
        (&id, &object.object_type),
        &typed,
        audience,
        None,
    ))
}

fn show(
    visitor: &Visitor,
    (id, kind): (&str, &str),
    typed: &Typed,
    audience: Option<String>,
    alert: Option<&str>,
) -> Response {
    let title = visitor.language.say("edit-title");
    let main = EditPage {
        t: &visitor.language,
        root: visitor.ctx.urls().path(),
        id,
        kind,
        typed,
        audience,
        alert,
    };
    Page::new(&title, &main).render(visitor)
}

/// `POST /main/edit`: stores what was typed; if that fails, it comes back.
pub(super) async fn save(FileSubmission { form, file }: FileSubmission) -> Response {
    let typed = Typed::of(&form);
    let saved = match file {
        Ok(_) => try_save(&form, &typed).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => form.redirect(&typed.back),
        Err(error) => again(&form, &typed, error),
    }
}

async fn try_save(form: &Submission, typed: &Typed) -> Result<()> {
    form.require_member()?;
    let mut object = properties(typed);
    if form.get("kind") == "comment" {
        // The form has no field for it.
        object.shift_remove("displayName");
    }
    object.insert("id".into(), form.get("id").into());
    object.insert("objectType".into(), form.get("kind").into());
    let update = json!({ "verb": "update", "object": object });
    let done = activity::perform_json(&form.visitor.ctx, update).await;
    done.map(drop)
}

fn again(form: &Submission, typed: &Typed, error: Error) -> Response {
    let t = &form.visitor.language;
    let alert = match error.kind() {
        ErrorKind::Unauthorized => t.say("compose-signed-out"),
        _ => frame::sentence(t, &error).into(),
    };
    let named = (form.get("id"), form.get("kind"));
    let mut response = show(&form.visitor, named, typed, None, Some(&alert));
    *response.status_mut() = status(error.kind());
    attach_error(&mut response, error);
    response
}

/// `GET /main/delete?id=…`: asks once more.
pub(super) async fn ask_delete(visitor: Visitor, IdQuery(id): IdQuery) -> Result<Response> {
    let object = own(&visitor, &id).await?;
    let rendered = present::render(&visitor.ctx, object, Detail::PLAIN).await?;
    let rendered = rendered.to_value();
    let title = visitor.language.say("delete-title");
    let main = DeletePage {
        t: &visitor.language,
        root: visitor.ctx.urls().path(),
        thing: Thing::new(&rendered, visitor.ctx.urls()),
        title: &title,
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

/// Returns a thing of the reader's own.
async fn own(visitor: &Visitor, id: &str) -> Result<Object> {
    visitor.account()?;
    let ctx = &visitor.ctx;
    let stored = objects::stored(ctx, id).await?;
    if matches!(stored.object_type.as_str(), "person" | ACTIVITY) {
        return Err(Error::bad_request("That can't be changed here.").phrased("failure-no-action"));
    }
    let segment = ctx.urls().segment_of(&stored.object_type);
    find_own(ctx, segment, &ObjectName::Id(id.to_owned())).await
}
