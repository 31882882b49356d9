//! `/main/post`: writing something.

use axum::{
    Extension,
    response::{Html, IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    composer::{Composer, Typed, again, page},
    file_form::{FileSubmission, PostedFile},
    limits::AssistLimiter,
    objects,
    submission::Submission,
    view::Thing,
    visitor::Visitor,
};
use crate::{
    http::api::JsonAnswer,
    protocol::html::{TextFormat, for_page},
    service::{
        Error, ErrorKind, Result, activity, addressing, media,
        present::{self, Detail},
    },
};

/// Most characters of a part of a name for which people are looked up.
const MAX_NAME_CHARS: usize = 100;

/// `GET /main/post`: the form. The query fills it in: `to`, `reply`; and `title`, `text` and `url`
/// of what another application shares.
pub(super) async fn form(visitor: Visitor) -> Result<Response> {
    visitor.account()?;
    let (text, url) = (visitor.query("text"), visitor.query("url"));
    let parts = [text, url].into_iter().filter(|part| !part.is_empty());
    let mut typed = Typed {
        title: visitor.query("title"),
        content: parts.collect::<Vec<_>>().join("\n\n"),
        people: visitor.query("to"),
        reply: visitor.query("reply"),
        ..Typed::blank("")
    };
    if !typed.people.is_empty() {
        typed.audience = "people".into();
    }
    if typed.reply.is_empty() {
        let composer = Composer::new(&visitor, &typed).await?;
        return Ok(page(
            &visitor,
            composer,
            &visitor.language.say("compose-title"),
            None,
        ));
    }
    reply_form(&visitor, typed).await
}

async fn reply_form(visitor: &Visitor, mut typed: Typed) -> Result<Response> {
    let ctx = &visitor.ctx;
    let parent = objects::stored(ctx, &typed.reply).await?;
    let parent = present::render(ctx, parent, Detail::PLAIN)
        .await?
        .to_value();
    let parent = Thing::new(&parent, ctx.urls());
    typed.reply_kind = parent.kind().to_owned();
    typed.back = format!("{}#replies", parent.link());
    let link = (parent.link(), objects::title(parent, &visitor.language));
    let composer = Composer::new(visitor, &typed).await?;
    let title = visitor.language.say("compose-reply");
    Ok(page(visitor, composer, &title, Some(link)))
}

/// `POST /main/post`: uploads the file, if there is one, and posts it with what was typed. If that
/// fails, all comes back: the text as it was typed, and the file by its id.
pub(super) async fn post(FileSubmission { form, file }: FileSubmission) -> Response {
    let mut typed = Typed::of(&form);
    match publish(&form, &mut typed, file).await {
        Ok(place) => form.redirect(&place),
        Err(error) => again(&form.visitor, &typed, error).await,
    }
}

async fn publish(
    form: &Submission,
    typed: &mut Typed,
    file: Result<Option<PostedFile>>,
) -> Result<String> {
    form.require_member()?;
    let visitor = &form.visitor;
    let (ctx, urls) = (&visitor.ctx, visitor.ctx.urls());
    if let Some(file) = file? {
        let account = visitor.account()?;
        let uploaded = media::upload(ctx, account, &file.media_type, file.bytes).await?;
        drop(file.admission);
        (typed.uploaded, typed.uploaded_kind) = (uploaded.id, uploaded.object_type);
    }
    let empty = || Error::saying(ErrorKind::BadRequest, "compose-empty");
    let object = object_of(typed).ok_or_else(empty)?;
    let mut activity = match typed.reply.as_str() {
        "" => addressing::recipients(ctx, &typed.audience, &typed.people).await?,
        _ => Map::new(),
    };
    activity.insert("verb".into(), "post".into());
    activity.insert("object".into(), object.into());
    let done = activity::perform_json(ctx, activity.into()).await?;
    let page = done
        .object
        .as_ref()
        .and_then(|object| object.text_property("url"));
    let page = page.and_then(|page| page.strip_prefix(urls.origin()));
    let back = Some(typed.back.as_str()).filter(|back| !back.is_empty());
    Ok(back.or(page).unwrap_or("/").to_owned())
}

/// Returns what was typed as an object; `None` if that is nothing.
fn object_of(typed: &Typed) -> Option<Map<String, Value>> {
    let mut object = properties(typed);
    object.retain(|_, value| !value.is_null());
    let says_something = object.contains_key("content") || object.contains_key("displayName");
    let kind = match (typed.uploaded.as_str(), typed.reply.as_str()) {
        ("", _) if !says_something => return None,
        ("", "") => "note",
        ("", _) => "comment",
        (uploaded, _) => {
            object.insert("id".into(), uploaded.into());
            typed.uploaded_kind.as_str()
        }
    };
    object.insert("objectType".into(), kind.into());
    if !typed.reply.is_empty() {
        let parent = json!({ "objectType": typed.reply_kind, "id": typed.reply });
        object.insert("inReplyTo".into(), parent);
    }
    Some(object)
}

/// Returns the properties that were typed; those that are empty are `null`.
pub(super) fn properties(typed: &Typed) -> Map<String, Value> {
    let text = |text: &str| match text.trim() {
        "" => Value::Null,
        text => text.into(),
    };
    let is_blank = typed.content.trim().is_empty();
    let (content, source) = if is_blank {
        (Value::Null, Value::Null)
    } else {
        let format = typed.format;
        (
            format.render(&typed.content).into(),
            format.source(&typed.content),
        )
    };
    Map::from_iter([
        ("displayName".to_owned(), text(&typed.title)),
        ("content".to_owned(), content),
        ("source".to_owned(), source),
        ("altText".to_owned(), text(&typed.alt)),
    ])
}

/// `POST /main/preview`: what was typed, as HTML.
pub(super) async fn preview(
    Extension(limits): Extension<AssistLimiter>,
    form: Submission,
) -> Result<Response> {
    form.require_member()?;
    limits.admit(form.address)?;
    let format = TextFormat::named(form.get("format"));
    let html = format.render(&form.raw("content").replace("\r\n", "\n"));
    let origin = form.visitor.ctx.urls().origin();
    Ok(Html(for_page(&html, origin).into_owned()).into_response())
}

/// `POST /main/people`: people with a part of a name, to choose from.
pub(super) async fn people(
    Extension(limits): Extension<AssistLimiter>,
    form: Submission,
) -> Result<JsonAnswer> {
    form.require_member()?;
    limits.admit(form.address)?;
    let part: String = form.get("q").chars().take(MAX_NAME_CHARS).collect();
    let people = addressing::complete(&form.visitor.ctx, &part).await?;
    Ok(JsonAnswer::of(people))
}
