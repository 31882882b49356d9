//! Application of changes, within a transaction.

use super::{
    accounts,
    batch::{BatchStep, EntryBatch},
    codes, credentials, entries, files, grants,
    jobs::JOBS,
    objects, recipients, remotes,
    site_records::SITE_RECORDS,
    versioned,
    write::{BatchWrites, WriteResult, check_name, delete_one},
};
use crate::storage::{Bucket, Change};

/// Applies the steps of one or several commits; returns the buckets of the streams that received
/// entries. On an error the caller undoes what was done.
pub(crate) async fn apply_steps(
    connection: &mut impl BatchWrites,
    steps: Vec<BatchStep<'_>>,
) -> WriteResult<Vec<Bucket>> {
    let mut buckets = Vec::new();
    for step in steps {
        match step {
            BatchStep::InsertObjects(objects) => connection.insert_objects(&objects).await?,
            BatchStep::InsertEntries(entries) => {
                buckets.extend(connection.insert_entries(&entries).await?);
            }
            BatchStep::Single(Change::Deliver(delivery)) => {
                let named = recipients::without_excepted(connection, delivery).await?;
                let entries = EntryBatch::of_delivery(&named);
                buckets.extend(connection.insert_entries(&entries).await?);
            }
            BatchStep::Single(change) => apply_single(connection, change).await?,
        }
    }
    Ok(buckets)
}

/// Applies one change.
async fn apply_single(connection: &mut impl BatchWrites, change: &Change) -> WriteResult {
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
        Change::RemoveItem { stream, item } => entries::remove_item(connection, stream, item).await,
        Change::RemoveFromStreams {
            item,
            except,
            limit,
        } => entries::remove_from_streams(connection, item, except, *limit).await,
        Change::Clear(stream) => entries::clear_stream(connection, stream).await,
        Change::CheckName { stream, name } => check_name(connection, stream, name).await,
        Change::PutAccount { account, expect } => {
            accounts::put_account(connection, account, *expect).await
        }
        Change::RemoveAccount(nickname) => accounts::remove_account(connection, nickname).await,
        Change::PutClient(client) => credentials::put_client(connection, client).await,
        Change::RemoveClient(id) => credentials::remove_client(connection, id).await,
        Change::UseClient { id, at } => credentials::use_client(connection, id, *at, false).await,
        Change::PutRequestToken { token, expect } => {
            credentials::put_request_token(connection, token, *expect).await
        }
        Change::RemoveRequestToken(token) => {
            let sql = "DELETE FROM request_tokens WHERE token = $1";
            delete_one(connection, sql, token, "that request token").await
        }
        Change::PutAccessToken(token) => credentials::put_access_token(connection, token).await,
        Change::RemoveAccessToken(token) => {
            let sql = "DELETE FROM access_tokens WHERE token = $1";
            delete_one(connection, sql, token, "that access token").await
        }
        Change::PutAuthorization(asked) => grants::put_authorization(connection, asked).await,
        Change::RemoveAuthorization(digest) => {
            let sql = "DELETE FROM authorizations WHERE digest = $1";
            delete_one(connection, sql, digest, "that authorization").await
        }
        Change::PutBearerToken(token) => grants::put_bearer_token(connection, token).await,
        Change::RemoveBearerToken(digest) => {
            let sql = "DELETE FROM bearer_tokens WHERE digest = $1";
            delete_one(connection, sql, digest, "that bearer token").await
        }
        Change::RevokeCode(digest) => grants::revoke_code(connection, digest).await,
        Change::Revoke(revocation) => grants::revoke_grants(connection, revocation).await,
        Change::RevokePending(user) => grants::revoke_pending(connection, user).await,
        Change::PutCode(code) => codes::put_code(connection, code).await,
        Change::UseCode(digest) => codes::use_code(connection, digest).await,
        Change::PutJob { job, expect } => {
            versioned::put(connection, &JOBS, (&job.id, job), *expect).await
        }
        Change::RemoveJob { id, version } => {
            versioned::remove(connection, &JOBS, id, *version).await
        }
        Change::PutSiteRecord { record, expect } => {
            versioned::put(connection, &SITE_RECORDS, (&record.id, record), *expect).await
        }
        Change::RemoveSiteRecord { id, version } => {
            versioned::remove(connection, &SITE_RECORDS, id, *version).await
        }
        Change::PutMedia(media) => files::put_media(connection, media).await,
        change => remotes::apply(connection, change).await,
    }
}
