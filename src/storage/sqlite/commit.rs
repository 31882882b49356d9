//! Commits, change by change; the writer puts them into transactions.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use super::{
    Sqlite, accounts, credentials, entries, entry_batch::insert_entries, files, grants,
    insert::insert_objects, jobs, objects, writer::WriterCommand,
};
use crate::storage::{
    Bucket, Change, Changes, Commit, Result, Subscription,
    sql::{
        batch::{BatchStep, batch_steps},
        grants::{REMOVE_AUTHORIZATION_SQL, REMOVE_BEARER_TOKEN_SQL, REVOKE_CODE_SQL},
    },
};

#[async_trait]
impl Commit for Sqlite {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.writer
            .send(WriterCommand::Commit(changes))
            .await
            .map(drop)
    }

    fn subscribe(&self) -> Subscription {
        self.broadcaster.subscribe()
    }
}

/// Applies changes of one or several commits; returns the buckets of the streams that received
/// entries. On an error the caller undoes what was done.
pub(super) async fn apply_changes(
    connection: &mut SqliteConnection,
    changes: &[&Change],
) -> Result<Vec<Bucket>> {
    let mut buckets = Vec::new();
    for step in batch_steps(changes) {
        match step {
            BatchStep::InsertObjects(objects) => insert_objects(connection, &objects).await?,
            BatchStep::InsertEntries(entries) => {
                buckets.extend(insert_entries(connection, &entries).await?);
            }
            // None of these is a delivery, which is a batch.
            BatchStep::Single(change) => apply_single(connection, change).await?,
        }
    }
    Ok(buckets)
}

/// Applies one change.
async fn apply_single(connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    match change {
        Change::PutObject { object, expect } => {
            objects::put_object(connection, object, *expect).await
        }
        Change::Push {
            stream,
            item,
            class,
            duplicate,
        } => entries::push_item(connection, stream, item, *class, *duplicate).await,
        // Steps have none, but it is the same.
        Change::Deliver(_) => Box::pin(apply_changes(connection, &[change]))
            .await
            .map(drop),
        Change::RemoveItem { stream, item } => entries::remove_item(connection, stream, item).await,
        Change::RemoveFromStreams {
            item,
            except,
            limit: most,
        } => entries::remove_from_streams(connection, item, except, *most).await,
        Change::Clear(stream) => entries::clear_stream(connection, stream).await,
        Change::CheckName { stream, name } => entries::check_name(connection, stream, name).await,
        Change::PutAccount { account, expect } => {
            accounts::put_account(connection, account, *expect).await
        }
        Change::RemoveAccount(nickname) => accounts::remove_account(connection, nickname).await,
        Change::PutClient(client) => credentials::put_client(connection, client).await,
        Change::RemoveClient(id) => credentials::remove_client(connection, id).await,
        Change::PutRequestToken { token, expect } => {
            credentials::put_request_token(connection, token, *expect).await
        }
        Change::RemoveRequestToken(token) => {
            credentials::remove_request_token(connection, token).await
        }
        Change::PutAccessToken(token) => credentials::put_access_token(connection, token).await,
        Change::RemoveAccessToken(token) => {
            credentials::remove_access_token(connection, token).await
        }
        Change::PutAuthorization(authorization) => {
            grants::put_authorization(connection, authorization).await
        }
        Change::RemoveAuthorization(digest) => {
            let removed =
                grants::delete_by_digest(connection, REMOVE_AUTHORIZATION_SQL, digest).await?;
            credentials::ensure_found(removed, "that authorization")
        }
        Change::PutBearerToken(token) => grants::put_bearer_token(connection, token).await,
        Change::RemoveBearerToken(digest) => {
            let removed =
                grants::delete_by_digest(connection, REMOVE_BEARER_TOKEN_SQL, digest).await?;
            credentials::ensure_found(removed, "that bearer token")
        }
        Change::RevokeCode(digest) => {
            grants::delete_by_digest(connection, REVOKE_CODE_SQL, digest).await?;
            Ok(())
        }
        Change::Revoke(revocation) => grants::revoke_grants(connection, revocation).await,
        Change::RevokePending(user) => grants::revoke_pending(connection, user).await,
        Change::PutCode(code) => jobs::put_code(connection, code).await,
        Change::UseCode(digest) => jobs::use_code(connection, digest).await,
        Change::PutJob { job, expect } => jobs::put_job(connection, job, *expect).await,
        Change::RemoveJob { id, version } => jobs::remove_job(connection, id, *version).await,
        Change::PutMedia(media) => files::put_media(connection, media).await,
    }
}
