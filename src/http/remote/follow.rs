//! `/main/follow`: a person of another server follows somebody of this one, through their own.

use std::collections::HashMap;

use askama::Template;
use axum::{
    Extension,
    extract::Query,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{limits::RemoteLimiter, visit::Visit};
use crate::{
    Context,
    app::texts::Language,
    http::{
        extract::Fields,
        page::{self, leading_away, render, visitor::Visitor},
    },
    model::{Nickname, Urls, uuid_of_group},
    service::{
        Error, Result,
        federation::remote_sign_in::post_to_outbox,
        group_names::{find_group, group_name},
        lookup,
    },
};

#[derive(Template)]
#[template(path = "remote/follow.html")]
struct FollowPage<'a> {
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    title: &'a str,
    nickname: &'a str,
    /// Name of the button.
    button: String,
    /// Page of the person or group.
    place: &'a str,
    /// The person of another server who has signed in.
    principal: Option<&'a str>,
    /// Where a sign-in leads to.
    continue_to: String,
    is_done: bool,
    has_pages: bool,
}

/// A person here who can be followed, or a group here that can be joined.
struct Followed {
    name: Nickname,
    /// The page.
    place: String,
    verb: &'static str,
    object: Value,
}

impl Followed {
    /// Finds a person by nickname, or a group by name.
    async fn find(ctx: &Context, name: &str) -> Result<Self> {
        let urls = ctx.urls();
        if uuid_of_group(name).is_some() {
            let group = find_group(ctx, name).await?;
            return Ok(Self {
                name: group_name(ctx, &group).ok_or_else(Error::gone)?,
                place: group.text_property("url").unwrap_or(&group.id).to_owned(),
                verb: "join",
                object: group.reference().to_value(),
            });
        }
        let account = lookup::account(ctx, name).await?;
        Ok(Self {
            place: urls.page(&account.nickname),
            name: account.nickname,
            verb: "follow",
            object: json!({ "objectType": "person", "id": account.person }),
        })
    }
}

/// `GET /main/follow?nickname=…`: asks who has signed in, and who has not for their address. A
/// member is led to the profile. A group is joined in the same way.
pub(super) async fn form(
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let nickname = query.get("nickname").map_or("", String::as_str);
    let shown = show(&visitor, nickname, false).await;
    shown.unwrap_or_else(|error| page::failure(&visitor, error))
}

async fn show(visitor: &Visitor, nickname: &str, is_done: bool) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    if !ctx.app().settings().federation.enabled {
        return Err(Error::not_found("This server asks no others.").phrased("failure-peer-none"));
    }
    let followed = Followed::find(ctx, nickname).await?;
    let nickname = followed.name.as_str();
    let urls = ctx.urls();
    if ctx.account().is_some() && ctx.app().settings().has_pages {
        let place = [(header::LOCATION, followed.place)];
        return Ok((StatusCode::FOUND, place).into_response());
    }
    let address = format!("{nickname}@{}", urls.authority());
    let key = if is_done {
        "follow-done"
    } else {
        "follow-whom"
    };
    let title = t.with(key, "name", &address);
    let page = FollowPage {
        t,
        root: urls.path(),
        title: &title,
        nickname,
        button: t.say(followed.verb).into_owned(),
        place: &followed.place,
        principal: visitor.principal.as_deref(),
        continue_to: format!(
            "{}/main/follow?nickname={}",
            urls.path(),
            Urls::encode(nickname)
        ),
        is_done,
        has_pages: ctx.app().settings().has_pages,
    };
    Ok(leading_away(render(visitor, StatusCode::OK, &title, &page)))
}

/// `POST /main/follow`: posts the `follow` to the outbox of who has signed in. One whose session
/// has ended is asked for their address again.
pub(super) async fn follow(
    visitor: Visitor,
    visit: Visit,
    Extension(limits): Extension<RemoteLimiter>,
    fields: Result<Fields>,
) -> Response {
    let fields = fields.map(|fields| fields.0).unwrap_or_default();
    let nickname = fields.get("nickname").and_then(Value::as_str);
    let nickname = nickname.unwrap_or_default();
    let followed = try_follow(&visitor, &visit, &limits, nickname).await;
    let shown = match followed {
        Ok(is_done) => show(&visitor, nickname, is_done).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| page::failure(&visitor, error))
}

/// Returns whether there is a session, in whose name it was done.
async fn try_follow(
    visitor: &Visitor,
    visit: &Visit,
    limits: &RemoteLimiter,
    nickname: &str,
) -> Result<bool> {
    visit.check_site()?;
    let ctx = visitor.anyone();
    let followed = Followed::find(&ctx, nickname).await?;
    let Some(session) = visit.session().await? else {
        return Ok(false);
    };
    limits.admit_activity(visit.address)?;
    let Followed { verb, object, .. } = followed;
    let follow = [("verb".into(), verb.into()), ("object".into(), object)];
    post_to_outbox(&ctx, &session, Map::from_iter(follow)).await?;
    Ok(true)
}
