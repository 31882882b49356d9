//! Commits, change by change; the writer puts them into transactions.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use super::{
    Sqlite, accounts, add::add, credentials, entries, files, filing::file, grants, jobs, objects,
    writer::Work,
};
use crate::storage::{
    Change, Changes, Commit, Place, Result, Subscription,
    sql::{
        grants::{REMOVE_AUTHORIZATION, REMOVE_BEARER_TOKEN, REVOKE_CODE},
        steps::{Step, steps},
    },
};

#[async_trait]
impl Commit for Sqlite {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.writer.ask(Work::Commit(changes)).await.map(drop)
    }

    fn news(&self) -> Subscription {
        self.bulletin.subscribe()
    }
}

/// Applies changes, of one commit or of several; tells what was filed where. On an error the caller undoes what was
/// done.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    changes: &[&Change],
) -> Result<Vec<Place>> {
    let mut filed = Vec::new();
    for step in steps(changes) {
        match step {
            Step::Add(objects) => add(connection, &objects).await?,
            Step::File(filing) => filed.extend(file(connection, &filing).await?),
            // None of these is a delivery: that is filed.
            Step::Alone(change) => alone(connection, change).await?,
        }
    }
    Ok(filed)
}

/// Applies one change.
async fn alone(connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    match change {
        Change::PutObject { object, expect } => objects::put(connection, object, *expect).await,
        Change::Push {
            stream,
            item,
            class,
            duplicate,
        } => entries::push(connection, stream, item, *class, *duplicate).await,
        // Steps have none, but it is the same.
        Change::Deliver(_) => Box::pin(apply(connection, &[change])).await.map(drop),
        Change::Pull { stream, item } => entries::pull(connection, stream, item).await,
        Change::Withdraw { item, but, most } => {
            entries::withdraw(connection, item, but, *most).await
        }
        Change::Clear(stream) => entries::clear(connection, stream).await,
        Change::CheckName { stream, name } => entries::check_name(connection, stream, name).await,
        Change::PutAccount { account, expect } => accounts::put(connection, account, *expect).await,
        Change::RemoveAccount(nickname) => accounts::remove(connection, nickname).await,
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
            let removed = grants::remove(connection, REMOVE_AUTHORIZATION, digest).await?;
            credentials::some(removed, "that authorization")
        }
        Change::PutBearerToken(token) => grants::put_bearer_token(connection, token).await,
        Change::RemoveBearerToken(digest) => {
            let removed = grants::remove(connection, REMOVE_BEARER_TOKEN, digest).await?;
            credentials::some(removed, "that bearer token")
        }
        Change::RevokeCode(digest) => {
            grants::remove(connection, REVOKE_CODE, digest).await?;
            Ok(())
        }
        Change::Revoke(revocation) => grants::revoke(connection, revocation).await,
        Change::RevokePending(user) => grants::revoke_pending(connection, user).await,
        Change::PutCode(code) => jobs::put_code(connection, code).await,
        Change::UseCode(digest) => jobs::use_code(connection, digest).await,
        Change::PutJob { job, expect } => jobs::put(connection, job, *expect).await,
        Change::RemoveJob { id, version } => jobs::remove(connection, id, *version).await,
        Change::PutMedia(media) => files::put(connection, media).await,
    }
}
