//! Leaving: an account goes at once, and what its owner made goes after it, a part at a time.

use std::sync::Arc;

use crate::{
    Context,
    model::{Cursor, Nickname, Object, Stream},
    service::{
        Error, Result,
        activity::{bury, counted},
        attempt::attempt,
        sweep,
    },
    storage::{Change, Changes, Duplicate, Expect},
};

/// How many things are made tombstones of at a time.
const AT_ONCE: u32 = 100;

/// Out of how many streams a person is taken at a time.
const STREAMS_AT_ONCE: u32 = 500;

/// How long something may still come of what was under way when the account went, in seconds.
const AFTERMATH: i64 = 3600;

/// Removes an account with all its tokens, which ends all access, and makes a tombstone of its person:
/// others can still name them, and their nickname is never given to anyone again. What they made goes
/// with the next [`sweep`](crate::service::sweep), which is asked for.
///
/// Errors: 404 if there is no such account.
pub async fn remove(ctx: &Context, nickname: &Nickname) -> Result<()> {
    attempt(ctx, || async { Ok((farewell(ctx, nickname).await?, ())) }).await?;
    ctx.app().sweep_soon();
    Ok(())
}

async fn farewell(ctx: &Context, nickname: &Nickname) -> Result<Changes> {
    let account = ctx.storage().find_account(nickname).await?;
    let account =
        account.ok_or_else(|| Error::not_found(format!("There is no account '{nickname}'.")))?;
    let id = account.person;
    let person = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
    let person = person.ok_or_else(|| Error::internal(format!("{nickname} has no person")))?;
    let mut person = Arc::unwrap_or_clone(person);
    let mut changes = vec![
        Change::RemoveAccount(nickname.clone()),
        push(Stream::Departed, &id),
    ];
    if ctx.storage().contains(&[(Stream::Users, &id)]).await? == [true] {
        changes.push(pull(Stream::Users, &id));
    }
    bury(&mut person, &ctx.timestamp());
    changes.push(put(person));
    Ok(changes)
}

/// Clears away what is left of those who left.
pub(in crate::service) async fn sweep(ctx: &Context) -> Result<()> {
    sweep::each(ctx, &Stream::Departed, clear_away).await
}

async fn clear_away(ctx: Context, person: Arc<Object>) -> Result<()> {
    let (ctx, id) = (&ctx, &person.id);
    while bury_some(ctx, id).await? {}
    // First out of the streams of others, then the others out of the person's: whoever undoes
    // something meanwhile finds both ends of it or neither.
    while ctx.storage().is_held(id, &Stream::Departed).await? {
        let gone = Change::Withdraw {
            item: id.clone(),
            but: Stream::Departed,
            most: STREAMS_AT_ONCE,
        };
        ctx.storage().commit(vec![gone]).await?;
    }
    for stream in own(id) {
        while empty_some(ctx, &stream).await? {}
    }
    if sweep::is_past(ctx, &person, "deleted", AFTERMATH) {
        let done = vec![pull(Stream::Departed, id)];
        ctx.storage().commit(done).await?;
    }
    Ok(())
}

/// Makes tombstones of some of what a person made, each as if they had deleted it; whether there was
/// anything.
async fn bury_some(ctx: &Context, person: &str) -> Result<bool> {
    attempt(ctx, || async {
        let made = ctx.storage().list_objects_by(person, AT_ONCE).await?;
        if made.is_empty() {
            return Ok((Changes::new(), false));
        }
        Ok((burial(ctx, made).await?, true))
    })
    .await
}

async fn burial(ctx: &Context, made: Vec<Object>) -> Result<Changes> {
    let streams: Vec<(Stream, &str)> = made
        .iter()
        .flat_map(|object| {
            counted(object)
                .into_iter()
                .map(|stream| (stream, &*object.id))
        })
        .collect();
    let held = ctx.storage().contains(&streams).await?;
    let mut changes = Changes::new();
    for ((stream, id), _) in streams.into_iter().zip(held).filter(|(_, held)| *held) {
        if matches!(stream, Stream::Uploads(_)) {
            changes.push(push(Stream::Loose, id));
        }
        changes.push(pull(stream, id));
    }
    let now = ctx.timestamp();
    for mut object in made {
        if object.body.contains_key("objectTypes") {
            changes.push(Change::Clear(Stream::Members(object.id.clone())));
        }
        bury(&mut object, &now);
        changes.push(put(object));
    }
    Ok(changes)
}

/// The streams of a person, all but their lists, which go with what is in them.
fn own(person: &str) -> [Stream; 6] {
    let id = || person.to_owned();
    [
        Stream::Followers(id()),
        Stream::Following(id()),
        Stream::Favorites(id()),
        Stream::Uploads(id()),
        Stream::Inbox(id()),
        Stream::Outbox(id()),
    ]
}

/// Takes some of what is in a stream out of it; whether there was anything.
async fn empty_some(ctx: &Context, stream: &Stream) -> Result<bool> {
    let page = sweep::read(ctx, stream, Cursor::Newest).await?;
    let pulls = page.items.iter().map(|item| pull(stream.clone(), &item.id));
    let pulls: Changes = pulls.collect();
    if pulls.is_empty() {
        return Ok(false);
    }
    ctx.storage().commit(pulls).await?;
    Ok(true)
}

fn put(object: Object) -> Change {
    Change::PutObject {
        expect: Expect::Version(object.version),
        object,
    }
}

fn push(stream: Stream, item: &str) -> Change {
    Change::Push {
        stream,
        item: item.into(),
        class: None,
        duplicate: Duplicate::Ignore,
    }
}

fn pull(stream: Stream, item: &str) -> Change {
    Change::Pull {
        stream,
        item: item.into(),
    }
}
