//! Actors of this server: its people, its groups, and itself.

use chrono::{DateTime, Utc};

use crate::{
    Context,
    app::server_key::ServerKeyError,
    model::{Nickname, Object, Standing, Stream},
    protocol::as2::{self, PublicKeys},
    service::{Error, Result, group_names::group_name, lookup},
};

/// Facts about a person that the API does not show.
pub(crate) use as2::ActorFacts;

/// Returns what `ActivityPub` servers read about a person beyond the profile; `None` if none are
/// spoken to. Errors: 404 and 403 as for the profile.
pub(crate) async fn actor_facts(ctx: &Context, nickname: &str) -> Result<Option<ActorFacts>> {
    if !ctx.app().settings().federation.speaks_activitypub() {
        return Ok(None);
    }
    let account = lookup::account(ctx, nickname).await?;
    let pair = [(Stream::FollowApprovers, account.person.as_str())];
    let approves_followers = ctx.storage().contains(&pair).await? == [true];
    Ok(Some(ActorFacts {
        approves_followers,
        is_discoverable: account.standing == Standing::Good,
        keys: public_keys(ctx).await?,
        published: account.published,
        nickname: account.nickname,
    }))
}

/// Returns what `ActivityPub` servers read about a group beyond what the API shows; `None` for one
/// without a name.
pub(crate) async fn group_facts(ctx: &Context, group: &Object) -> Result<Option<ActorFacts>> {
    let Some(nickname) = group_name(ctx, group) else {
        return Ok(None);
    };
    let published = group.text_property("published").unwrap_or_default();
    let published = DateTime::parse_from_rfc3339(published);
    Ok(Some(ActorFacts {
        nickname,
        published: published.map_or_else(|_| ctx.now(), |time| time.with_timezone(&Utc)),
        approves_followers: false,
        is_discoverable: true,
        keys: public_keys(ctx).await?,
    }))
}

/// Returns whether the person of that name was deleted. Servers of `ActivityPub` hold that for
/// proved by 410.
pub(crate) async fn is_deleted(ctx: &Context, nickname: &str) -> Result<bool> {
    let Ok(nickname) = Nickname::parse(nickname) else {
        return Ok(false);
    };
    let id = ctx.urls().person_id(&nickname);
    let known = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
    Ok(known.is_some_and(|person| person.deleted))
}

/// Returns the document of the actor of this server. Errors: 404 if no `ActivityPub` servers are
/// spoken to.
pub(crate) async fn instance_actor(ctx: &Context) -> Result<String> {
    require_activitypub(ctx)?;
    let keys = public_keys(ctx).await?;
    let site = &ctx.app().settings().site;
    Ok(as2::instance_actor(ctx.urls(), site, &keys))
}

/// Returns the outbox of the actor of this server. Errors: 404 if no `ActivityPub` servers are
/// spoken to.
pub(crate) fn instance_outbox(ctx: &Context) -> Result<String> {
    require_activitypub(ctx)?;
    let outbox = format!("{}/outbox", ctx.urls().instance_actor());
    Ok(as2::empty_collection(&outbox))
}

/// Returns the posts that a person of this server shows first, which are none. Errors: 404 if no
/// `ActivityPub` servers are spoken to, else as for the profile.
pub(crate) async fn featured(ctx: &Context, nickname: &str) -> Result<String> {
    require_activitypub(ctx)?;
    let account = lookup::account(ctx, nickname).await?;
    let id = ctx.urls().actor_featured(&account.nickname);
    Ok(as2::empty_collection(&id))
}

/// Whether a resource is a name of this server itself, and it is an actor: `acct:HOST@HOST`, or its
/// public URL.
pub(crate) fn is_instance(ctx: &Context, resource: &str) -> bool {
    let urls = ctx.urls();
    let account = resource.strip_prefix("acct:").unwrap_or(resource);
    let account = account.strip_prefix('@').unwrap_or(account);
    let is_account = account.split_once('@').is_some_and(|(name, host)| {
        name == urls.host() && [urls.host(), urls.authority()].contains(&host)
    });
    let is_url = resource.strip_suffix('/').unwrap_or(resource) == urls.base();
    let is_on = ctx.app().settings().federation.speaks_activitypub();
    is_on && (is_account || is_url || resource == urls.instance_actor())
}

/// Errors: 404 if no `ActivityPub` servers are spoken to.
pub(crate) fn require_activitypub(ctx: &Context) -> Result<()> {
    let is_on = ctx.app().settings().federation.speaks_activitypub();
    let off = || Error::not_found("This server does not speak ActivityPub.");
    is_on.then_some(()).ok_or_else(off)
}

async fn public_keys(ctx: &Context) -> Result<PublicKeys> {
    let keys = ctx.app().server_keys().await.map_err(|error| match error {
        ServerKeyError::Storage(error) => error.into(),
        error => Error::internal(error),
    })?;
    Ok(PublicKeys {
        rsa_pem: keys.rsa.public_pem().to_owned(),
        ed25519: keys.ed25519.public().to_owned(),
    })
}
