//! Codes that were sent by mail, in either database.

use async_trait::async_trait;

use super::{
    driver::{SqlConnection, args},
    record::{Record, record},
    store::SqlStore,
    write::{WriteResult, ensure_found},
};
use crate::{
    model::{Code, CodePurpose, Nickname},
    storage::{Codes, Result, StorageError},
};

/// A code, by its digest ($1).
const FIND_CODE_SQL: &str = "SELECT * FROM codes WHERE digest = $1";

record!(Code { digest, purpose, user in nickname, target, created, expires, used });

#[async_trait]
impl<S: SqlStore> Codes for S {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        self.pool()
            .find(FIND_CODE_SQL, &args![digest], Code::decode)
            .await
    }

    async fn find_newest_code(
        &self,
        user: &Nickname,
        purpose: CodePurpose,
    ) -> Result<Option<Code>> {
        let sql = "SELECT * FROM codes WHERE nickname = $1 AND purpose = $2 \
                   ORDER BY created DESC, pk DESC LIMIT 1";
        let arguments = args![user.as_str(), purpose.as_str()];
        self.pool().find(sql, &arguments, Code::decode).await
    }
}

/// Stores a code, if there is such an account.
pub(super) async fn put_code(connection: &mut impl SqlConnection, code: &Code) -> WriteResult {
    let digest = code.digest.expose();
    if connection
        .first(FIND_CODE_SQL, &args![digest])
        .await?
        .is_some()
    {
        return Err(StorageError::AlreadyExists("that code".into()).into());
    }
    let insert = "INSERT INTO codes (digest, purpose, nickname, target, created, expires, used) \
                  SELECT $1, $2, nickname, $4, $5, $6, $7 FROM accounts WHERE nickname = $3";
    let stored = connection.run(insert, &code.arguments()).await?;
    ensure_found(stored, code.user.as_str())
}

/// Uses a code that was not used and has not ended, and with it the others of that person for the
/// same purpose.
pub(super) async fn use_code(connection: &mut impl SqlConnection, digest: &str) -> WriteResult {
    // The row is locked by this, so that of two uses one finds it used.
    let one = "UPDATE codes SET used = true \
               WHERE digest = $1 AND NOT used AND expires >= created";
    if connection.run(one, &args![digest]).await? == 0 {
        let found = connection.first(FIND_CODE_SQL, &args![digest]).await?;
        return Err(match found {
            Some(_) => StorageError::Conflict("that code".into()),
            None => StorageError::Missing("that code".into()),
        }
        .into());
    }
    let others = "UPDATE codes SET used = true WHERE NOT used AND (nickname, purpose) = \
                  (SELECT c.nickname, c.purpose FROM codes c WHERE c.digest = $1)";
    connection.run(others, &args![digest]).await?;
    Ok(())
}
