//! Result of a write, before errors of the database are mapped to the contract.

use crate::storage::StorageError;

/// Error of a part of a commit.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The request can't be fulfilled.
    Rejected(StorageError),
    /// Error of the database.
    Database(sqlx::Error),
}

impl WriteError {
    /// Maps an error of the database to the contract.
    pub(crate) fn map(self, map_error: fn(sqlx::Error) -> StorageError) -> StorageError {
        match self {
            Self::Rejected(error) => error,
            Self::Database(error) => map_error(error),
        }
    }
}

/// The result of a part of a commit.
pub(crate) type WriteResult<T = ()> = std::result::Result<T, WriteError>;

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        Self::Rejected(error)
    }
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Returns an error unless a statement affected a row: then its target is missing.
pub(crate) fn ensure_found(rows: u64, target: &str) -> WriteResult {
    match rows {
        0 => Err(StorageError::Missing(target.into()).into()),
        _ => Ok(()),
    }
}

/// Defines `apply_single`, which applies one change by the functions of the backend's modules.
/// `apply_changes` applies a delivery, which is a batch.
macro_rules! define_apply_single {
    ($connection:ty) => {
        /// Applies one change.
        async fn apply_single(
            connection: &mut $connection,
            change: &$crate::storage::Change,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{Change, sql::grants::REVOKE_CODE_SQL};

            use super::{accounts, credentials, entries, files, grants, jobs, objects};

            match change {
                Change::PutObject { object, expect } => {
                    objects::put_object(connection, object, *expect).await?;
                }
                Change::Push {
                    stream,
                    item,
                    class,
                    duplicate,
                } => entries::push_item(connection, stream, item, *class, *duplicate).await?,
                // Steps have none, but it is the same.
                Change::Deliver(_) => {
                    Box::pin(apply_changes(connection, &[change])).await?;
                }
                Change::RemoveItem { stream, item } => {
                    entries::remove_item(connection, stream, item).await?;
                }
                Change::RemoveFromStreams {
                    item,
                    except,
                    limit,
                } => entries::remove_from_streams(connection, item, except, *limit).await?,
                Change::Clear(stream) => entries::clear_stream(connection, stream).await?,
                Change::CheckName { stream, name } => {
                    entries::check_name(connection, stream, name).await?;
                }
                Change::PutAccount { account, expect } => {
                    accounts::put_account(connection, account, *expect).await?;
                }
                Change::RemoveAccount(nickname) => {
                    accounts::remove_account(connection, nickname).await?;
                }
                Change::PutClient(client) => credentials::put_client(connection, client).await?,
                Change::RemoveClient(id) => credentials::remove_client(connection, id).await?,
                Change::PutRequestToken { token, expect } => {
                    credentials::put_request_token(connection, token, *expect).await?;
                }
                Change::RemoveRequestToken(token) => {
                    credentials::remove_request_token(connection, token).await?;
                }
                Change::PutAccessToken(token) => {
                    credentials::put_access_token(connection, token).await?;
                }
                Change::RemoveAccessToken(token) => {
                    credentials::remove_access_token(connection, token).await?;
                }
                Change::PutAuthorization(authorization) => {
                    grants::put_authorization(connection, authorization).await?;
                }
                Change::RemoveAuthorization(digest) => {
                    grants::remove_authorization(connection, digest).await?;
                }
                Change::PutBearerToken(token) => {
                    grants::put_bearer_token(connection, token).await?;
                }
                Change::RemoveBearerToken(digest) => {
                    grants::remove_bearer_token(connection, digest).await?;
                }
                Change::RevokeCode(digest) => {
                    grants::delete_by_digest(connection, REVOKE_CODE_SQL, digest).await?;
                }
                Change::Revoke(revocation) => grants::revoke_grants(connection, revocation).await?,
                Change::RevokePending(user) => grants::revoke_pending(connection, user).await?,
                Change::PutCode(code) => jobs::put_code(connection, code).await?,
                Change::UseCode(digest) => jobs::use_code(connection, digest).await?,
                Change::PutJob { job, expect } => jobs::put_job(connection, job, *expect).await?,
                Change::RemoveJob { id, version } => {
                    jobs::remove_job(connection, id, *version).await?;
                }
                Change::PutMedia(media) => files::put_media(connection, media).await?,
            }
            Ok(())
        }
    };
}

pub(crate) use define_apply_single;
