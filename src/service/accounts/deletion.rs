//! Leaving: an account goes at once, and what its owner made goes after it, a part at a time.

use std::sync::Arc;

use super::announcement::announce;
use crate::{
    Context,
    context::Caller,
    model::{Account, Cursor, Nickname, Object, Role, Standing, Stream},
    service::{
        Error, ErrorKind, Result, batches, queue,
        retry::retry_on_conflict,
        tombstone::{counted_in_streams, make_tombstone},
    },
    storage::{Change, Changes, Duplicate, Expect},
};

/// Maximum objects turned into tombstones in one commit.
const TOMBSTONE_BATCH_SIZE: u32 = 100;

/// Maximum streams that a person is removed from in one commit.
const STREAM_BATCH_SIZE: u32 = 500;

/// Time for which requests in flight at the deletion may still have effects, in seconds.
const RETENTION_AFTER_DELETION_SECONDS: i64 = 3600;

/// Removes an account with all its tokens, and turns its person into a tombstone. References to the
/// person stay valid, and the nickname is never reused. Other servers that know the person hear of
/// it. The person's objects go with the next
/// [cleanup](crate::service::background::run_cleanup), which this requests.
///
/// Errors: 404 if there is no such account, 409 for the last admin.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn remove(ctx: &Context, nickname: &Nickname) -> Result<()> {
    if let Some(account) = ctx.storage().find_account(nickname).await? {
        require_other_admin(ctx, &account).await?;
    }
    retry_on_conflict(ctx, || async {
        Ok((deletion_changes(ctx, nickname).await?, ()))
    })
    .await?;
    ctx.app().request_cleanup();
    Ok(())
}

/// Refuses what would leave the site without an admin who can sign in: 409. The operator, who can
/// make another one, is warned only.
pub(crate) async fn require_other_admin(ctx: &Context, account: &Account) -> Result<()> {
    if !is_last_admin(ctx, account).await? {
        return Ok(());
    }
    if matches!(ctx.caller(), Caller::Server) {
        tracing::warn!(account = %account.nickname, "no other admin can sign in");
        return Ok(());
    }
    Err(Error::saying(ErrorKind::Conflict, "failure-last-admin"))
}

/// Returns whether an account is the only one of an admin who can sign in.
async fn is_last_admin(ctx: &Context, account: &Account) -> Result<bool> {
    if account.role != Role::Admin {
        return Ok(false);
    }
    let is_other = |other: &Account| {
        let is_active = matches!(other.standing, Standing::Good | Standing::Silenced);
        other.role == Role::Admin && is_active && other.person != account.person
    };
    Ok(!super::list(ctx).await?.iter().any(is_other))
}

async fn deletion_changes(ctx: &Context, nickname: &Nickname) -> Result<Changes> {
    let account = ctx.storage().find_account(nickname).await?;
    let account =
        account.ok_or_else(|| Error::not_found(format!("There is no account '{nickname}'.")))?;
    let id = account.person;
    let person = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
    let person = person.ok_or_else(|| Error::internal(format!("{nickname} has no person")))?;
    let mut person = Arc::unwrap_or_clone(person);
    let mut changes = vec![
        Change::RemoveAccount(nickname.clone()),
        push(Stream::DeletedAccounts, &id),
    ];
    if ctx.storage().contains(&[(Stream::Users, &id)]).await? == [true] {
        changes.push(remove_item(Stream::Users, &id));
    }
    make_tombstone(&mut person, &ctx.timestamp());
    changes.extend(queue::bring_forward(ctx, &queue::archive_id(nickname)).await?);
    changes.extend(queue::bring_forward(ctx, &queue::import_id(nickname)).await?);
    let announcement = announce(ctx, &person).await?;
    changes.push(put(person));
    changes.extend(announcement);
    Ok(changes)
}

/// Deletes the remains of deleted accounts.
pub(crate) async fn clean_up(ctx: &Context) -> Result<()> {
    batches::for_each_item(ctx, &Stream::DeletedAccounts, delete_remains).await
}

async fn delete_remains(ctx: Context, person: Arc<Object>) -> Result<()> {
    let (ctx, id) = (&ctx, &person.id);
    remove_traces(ctx, id).await?;
    if batches::is_older_than(ctx, &person, "deleted", RETENTION_AFTER_DELETION_SECONDS) {
        let done = vec![remove_item(Stream::DeletedAccounts, id)];
        ctx.storage().commit(done).await?;
    }
    Ok(())
}

/// Turns all objects of an actor into tombstones, and removes the actor from all streams, and all
/// others from theirs.
pub(crate) async fn remove_traces(ctx: &Context, id: &str) -> Result<()> {
    while tombstone_batch(ctx, id).await? {}
    // First out of the streams of others, then the others out of the person's: whoever undoes
    // something meanwhile finds both ends of it or neither.
    while ctx
        .storage()
        .is_in_other_stream(id, &Stream::DeletedAccounts)
        .await?
    {
        let gone = Change::RemoveFromStreams {
            item: id.to_owned(),
            except: Stream::DeletedAccounts,
            limit: STREAM_BATCH_SIZE,
        };
        ctx.storage().commit(vec![gone]).await?;
    }
    for stream in owned_streams(id) {
        while clear_batch(ctx, &stream).await? {}
    }
    Ok(())
}

/// Turns a batch of a person's objects into tombstones; returns whether there were any.
async fn tombstone_batch(ctx: &Context, person: &str) -> Result<bool> {
    retry_on_conflict(ctx, || async {
        let made = ctx
            .storage()
            .list_objects_by(person, TOMBSTONE_BATCH_SIZE)
            .await?;
        if made.is_empty() {
            return Ok((Changes::new(), false));
        }
        Ok((tombstone_changes(ctx, made).await?, true))
    })
    .await
}

/// Turns one object into a tombstone, without a word to other servers.
pub(crate) async fn remove_object(ctx: &Context, object: Object) -> Result<()> {
    let changes = tombstone_changes(ctx, vec![object]).await?;
    Ok(ctx.storage().commit(changes).await?)
}

async fn tombstone_changes(ctx: &Context, made: Vec<Object>) -> Result<Changes> {
    let streams: Vec<(Stream, &str)> = made
        .iter()
        .flat_map(|object| {
            counted_in_streams(object)
                .into_iter()
                .map(|stream| (stream, &*object.id))
        })
        .collect();
    let held = ctx.storage().contains(&streams).await?;
    let mut changes = Changes::new();
    for ((stream, id), _) in streams.into_iter().zip(held).filter(|(_, held)| *held) {
        if matches!(stream, Stream::Uploads(_)) {
            changes.push(push(Stream::OrphanedUploads, id));
        }
        changes.push(remove_item(stream, id));
    }
    let now = ctx.timestamp();
    for mut object in made {
        if object.body.contains_key("objectTypes") {
            changes.push(Change::Clear(Stream::Members(object.id.clone())));
        }
        make_tombstone(&mut object, &now);
        changes.push(put(object));
    }
    Ok(changes)
}

/// The streams of a person or group, all but their lists, which go with what is in them.
fn owned_streams(person: &str) -> [Stream; 16] {
    let id = || person.to_owned();
    [
        Stream::Followers(id()),
        Stream::Following(id()),
        Stream::Favorites(id()),
        Stream::Uploads(id()),
        Stream::Inbox(id()),
        Stream::Outbox(id()),
        Stream::Members(id()),
        Stream::Documents(id()),
        Stream::Blocked(id()),
        Stream::BlockedBy(id()),
        Stream::Muted(id()),
        Stream::MutedBy(id()),
        Stream::Requests(id()),
        Stream::Notices(id()),
        Stream::Unseen(id()),
        Stream::Read(id()),
    ]
}

/// Removes a batch of items from a stream; returns whether there were any.
async fn clear_batch(ctx: &Context, stream: &Stream) -> Result<bool> {
    let page = batches::read_page(ctx, stream, Cursor::Newest).await?;
    let pulls = page
        .items
        .iter()
        .map(|item| remove_item(stream.clone(), &item.id));
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

fn remove_item(stream: Stream, item: &str) -> Change {
    Change::RemoveItem {
        stream,
        item: item.into(),
    }
}
