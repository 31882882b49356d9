//! `vote`: the actor chooses in a poll.

use serde_json::Value;

use super::{Draft, planner::Planner};
use crate::{
    model::{Object, Recipients, Reference, Stream},
    protocol::as1::Poll,
    service::{Error, ErrorKind, Result},
    storage::Duplicate,
};

/// Records a vote, of which the author of the poll alone is told.
///
/// Errors: 400 for a thing without a poll or without that choice, for a poll of the actor's or one
/// that is over, and for a second vote.
pub(super) async fn vote(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Object> {
    let mut object = planner.existing(draft.object.as_ref(), "object")?;
    planner.require_readable(&object).await?;
    let refused = |phrase: &'static str| Error::saying(ErrorKind::BadRequest, phrase);
    let author = object.author.clone();
    let (Some(mut poll), Some(author)) = (Poll::of(&object.body), author) else {
        return Err(refused("vote-no-poll"));
    };
    if author == planner.actor.id {
        return Err(refused("vote-own-poll"));
    }
    if poll.is_over(planner.ctx.now()) {
        return Err(refused("vote-over"));
    }
    let choice = draft.other_properties.get("choice").and_then(Value::as_str);
    let choice = choice.unwrap_or_default().to_owned();
    if poll.choices.iter().all(|known| known.name != choice) {
        return Err(refused("vote-no-choice"));
    }
    let voters = Stream::Voters(object.id.clone());
    let choosers = Stream::VotersFor {
        poll: object.id.clone(),
        choice: choice.clone(),
    };
    let actor = planner.actor.id.clone();
    let pairs = [(voters.clone(), &*actor), (choosers.clone(), &*actor)];
    let voted = planner.ctx.storage().contains(&pairs).await?;
    let has_voted = voted.contains(&true);
    if has_voted && (!poll.is_multiple || voted == [true, true]) {
        return Err(refused("vote-twice"));
    }
    planner.push(voters, &actor, Duplicate::Ignore);
    planner.push(choosers, &actor, Duplicate::Ignore);
    let before = poll.to_html();
    poll.count(&choice, !has_voted);
    if let Some(Value::String(content)) = object.body.get_mut("content") {
        *content = content.replace(&before, &poll.to_html());
    }
    poll.write(&mut object.body);
    // Of two votes at the same time, the second is planned anew.
    planner.replace(object.clone());
    planner.load([author.clone()]).await?;
    draft.recipients = Recipients::to(vec![Reference::new("person", author)]);
    Ok(object)
}
