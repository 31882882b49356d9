//! Reads that are signed by an actor.

use super::{
    keys::{Evidence, authenticated, welcome_actor},
    take::caller,
};
use crate::{
    App, Context,
    context::Caller,
    model::{AudienceMember, Object, PUBLIC, Stream},
    protocol::{
        as1::received_references,
        as2::{Addressees, PUBLIC_ADDRESS},
        http_signature::Claim,
    },
    service::{Result, access},
};

/// Returns the actor who signed a read, as its caller. `None` for one whom nobody here knows, where
/// everyone may read: nothing else was ever for them.
///
/// Errors: 401 for a signature that is not the actor's, 403 for one of a refused host or a
/// suspended actor, 503 if the key can't be had now.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn reader(app: &App, claim: Claim) -> Result<Option<Caller>> {
    let ctx = app.context(Caller::Anonymous);
    let evidence = Evidence::of(claim);
    let url = welcome_actor(&ctx, &evidence).await?;
    let known = ctx.storage().find_actors(&[&url]).await?.pop().flatten();
    if known.is_none() && app.settings().api.anonymous_read {
        return Ok(None);
    }
    let actor = authenticated(&ctx, known, &url, &evidence).await?;
    access::require_heard(app, &actor.id).await?;
    Ok(Some(caller(&ctx, &actor)))
}

/// Returns to whom an object is addressed when its reader sees it by itself: everyone, the
/// followers of its author, or else no more than the reader. Everyone is in `cc` where they are in
/// that of the post: such a thing is in no public timeline of other servers.
pub(crate) async fn addressees(ctx: &Context, object: &Object) -> Result<Addressees> {
    let author = object.author.as_deref().unwrap_or_default();
    let nickname = ctx.urls().nickname_of(author);
    let for_followers = AudienceMember::Members(Stream::Followers(author.to_owned()));
    let nickname = nickname.filter(|_| object.audience.contains(&for_followers));
    let followers = nickname
        .iter()
        .map(|nickname| ctx.urls().actor_followers(nickname));
    let followers: Vec<String> = followers.collect();
    if object.audience.contains(&AudienceMember::Public) {
        let everyone = vec![PUBLIC_ADDRESS.to_owned()];
        let (to, cc) = if is_unlisted(ctx, object).await? {
            (followers, everyone)
        } else {
            (everyone, followers)
        };
        return Ok(Addressees { to, cc });
    }
    let mut to = followers;
    // By their former URL, too, as in what is delivered.
    to.extend(nickname.map(|nickname| ctx.urls().user(&nickname, "/followers")));
    if to.is_empty() {
        let reader: Vec<&str> = ctx.person().into_iter().collect();
        let known = ctx.storage().find_remote_accounts(&reader).await?;
        let urls = known.iter().flatten().filter_map(|known| known.actor_id());
        to.extend(urls.map(str::to_owned));
    }
    Ok(Addressees { to, cc: Vec::new() })
}

/// Whether the post of an object names everyone, but not in its `to`.
async fn is_unlisted(ctx: &Context, object: &Object) -> Result<bool> {
    let post: Vec<&str> = object.published_by.as_deref().into_iter().collect();
    let post = ctx.storage().find_objects(&post).await?.pop().flatten();
    let names_everyone = |list: &str| {
        let list = post.as_ref()?.body.get(list)?;
        Some(received_references(list).iter().any(|one| one.id == PUBLIC))
    };
    Ok(names_everyone("cc") == Some(true) && names_everyone("to") != Some(true))
}
