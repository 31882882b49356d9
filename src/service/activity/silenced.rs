//! Activities of silenced actors: they reach nobody but those who follow the actor.

use super::{audience::Audience, planner::Planner};
use crate::{
    Context,
    model::Stream,
    service::{Error, Result},
};

/// Verbs that other servers have to hear of, or else who follows whom would differ there.
const RELATION_VERBS: [&str; 4] = ["follow", "stop-following", "join", "leave"];

/// Takes out of a delivery all but followers, if the actor is silenced; returns whether it is. The
/// audience stays: who has the link may read it.
pub(super) async fn limit_delivery(
    planner: &Planner<'_>,
    audience: &mut Audience,
    verb: &str,
) -> Result<bool> {
    let (ctx, actor) = (planner.ctx, &planner.actor.id);
    if !is_silenced(ctx, actor).await? {
        return Ok(false);
    }
    let followers = Stream::Followers(actor.clone());
    let delivery = &mut audience.delivery;
    delivery.members.retain(|members| *members == followers);
    audience.groups.clear();
    for persons in [&mut delivery.direct, &mut delivery.persons] {
        let pairs = persons.iter().map(|id| (followers.clone(), id.as_str()));
        let pairs: Vec<(Stream, &str)> = pairs.collect();
        let follow = ctx.storage().contains(&pairs).await?;
        let is_relation = RELATION_VERBS.contains(&verb);
        let mut follow = follow.into_iter();
        persons.retain(|id| {
            let follows = follow.next() == Some(true);
            follows || is_relation && !ctx.urls().is_local(id)
        });
    }
    Ok(true)
}

/// Whether an activity does not reach a person, since its actor is silenced and not followed.
pub(super) async fn misses(ctx: &Context, actor: &str, person: &str) -> Result<bool> {
    if !is_silenced(ctx, actor).await? {
        return Ok(false);
    }
    let followers = [(Stream::Followers(actor.to_owned()), person)];
    Ok(ctx.storage().contains(&followers).await? != [true])
}

async fn is_silenced(ctx: &Context, actor: &str) -> Result<bool> {
    let limited = ctx
        .app()
        .limited_persons()
        .get()
        .await
        .map_err(Error::from)?;
    Ok(limited.is_some_and(|limited| limited.is_silenced(actor)))
}
