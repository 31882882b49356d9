//! Accounts.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{SqliteConnection, types::Json};

use super::{Sqlite, entries::ensure_stream, error::map_error, hex_json_array};
use crate::{
    model::{Account, Nickname, Secret, Stream},
    storage::{
        Accounts, Expect, Result, StorageError,
        sql::{CLAIM_NICKNAME, key, rows::AccountRow},
    },
};

const SELECT_ACCOUNT_SQL: &str = "\
    SELECT a.nickname, o.id AS person, a.password, a.email, a.unconfirmed_email, \
    a.notices, a.published, a.updated, a.version, a.extra \
    FROM accounts a JOIN objects o ON o.pk = a.person";

#[async_trait]
impl Accounts for Sqlite {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        let sql = format!("{SELECT_ACCOUNT_SQL} WHERE a.nickname = $1");
        let row: Option<AccountRow> = sqlx::query_as(&sql)
            .bind(nickname.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(map_error)?;
        row.map(AccountRow::decode).transpose()
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        let sql =
            format!("{SELECT_ACCOUNT_SQL} WHERE o.key IN (SELECT unhex(value) FROM json_each($1))");
        let rows: Vec<AccountRow> = sqlx::query_as(&sql)
            .bind(hex_json_array(persons.iter().map(|id| key::digest_key(id))))
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        let found: Vec<Account> = rows
            .into_iter()
            .map(AccountRow::decode)
            .collect::<Result<_>>()?;
        let by_person: HashMap<&str, &Account> = found.iter().map(|a| (&*a.person, a)).collect();
        Ok(persons
            .iter()
            .map(|id| by_person.get(id).copied().cloned())
            .collect())
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM accounts WHERE email IS NULL AND unconfirmed_email IS NOT NULL",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(map_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// Stores an account.
pub(super) async fn put_account(
    connection: &mut SqliteConnection,
    account: &Account,
    expect: Expect,
) -> Result<()> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT nickname, version FROM accounts WHERE nickname = $1 \
         OR person = (SELECT pk FROM objects WHERE key = $2)",
    )
    .bind(account.nickname.as_str())
    .bind(key::digest_key(&account.person))
    .fetch_all(&mut *connection)
    .await
    .map_err(map_error)?;
    let name = account.nickname.as_str();
    let own = rows.iter().find(|(nickname, _)| nickname == name);
    expect.check(own.map(|(_, version)| *version), name)?;
    if rows.len() > usize::from(own.is_some()) {
        return Err(StorageError::AlreadyExists(account.person.clone()));
    }
    if own.is_none() {
        claim(&mut *connection, &account.nickname, expect).await?;
    }
    let inbox = ensure_stream(connection, &Stream::Inbox(account.person.clone())).await?;
    let done = sqlx::query(
        "INSERT INTO accounts \
         (nickname, person, inbox, password, email, published, updated, version, extra, \
         unconfirmed_email, notices) \
         SELECT $1, pk, $3, $4, $5, $6, $7, 1, $8, $9, $10 FROM objects WHERE key = $2 \
         ON CONFLICT (nickname) DO UPDATE SET person = excluded.person, inbox = excluded.inbox, \
         password = excluded.password, email = excluded.email, published = excluded.published, \
         updated = excluded.updated, version = accounts.version + 1, extra = excluded.extra, \
         unconfirmed_email = excluded.unconfirmed_email, notices = excluded.notices",
    )
    .bind(account.nickname.as_str())
    .bind(key::digest_key(&account.person))
    .bind(inbox)
    .bind(account.password.as_ref().map(Secret::expose))
    .bind(&account.email)
    .bind(account.published.timestamp())
    .bind(account.updated.timestamp())
    .bind(Json(&account.extra))
    .bind(&account.unconfirmed_email)
    .bind(account.notifications.to_space_separated())
    .execute(connection)
    .await
    .map_err(map_error)?;
    if done.rows_affected() == 0 {
        return Err(StorageError::Missing(account.person.clone()));
    }
    Ok(())
}

/// Keeps other spellings of the nickname of a new account from being given.
async fn claim(
    connection: &mut SqliteConnection,
    nickname: &Nickname,
    expect: Expect,
) -> Result<()> {
    let given: String = sqlx::query_scalar(CLAIM_NICKNAME)
        .bind(nickname.as_str().to_ascii_lowercase())
        .bind(nickname.as_str())
        .fetch_one(connection)
        .await
        .map_err(map_error)?;
    if expect == Expect::Absent && given != nickname.as_str() {
        return Err(StorageError::AlreadyExists(given));
    }
    Ok(())
}

/// Removes an account with its tokens. Access tokens go by their foreign key.
pub(super) async fn remove_account(
    connection: &mut SqliteConnection,
    nickname: &Nickname,
) -> Result<()> {
    sqlx::query("DELETE FROM request_tokens WHERE nickname = $1")
        .bind(nickname.as_str())
        .execute(&mut *connection)
        .await
        .map_err(map_error)?;
    let removed = sqlx::query("DELETE FROM accounts WHERE nickname = $1")
        .bind(nickname.as_str())
        .execute(connection)
        .await
        .map_err(map_error)?;
    match removed.rows_affected() {
        0 => Err(StorageError::Missing(nickname.to_string())),
        _ => Ok(()),
    }
}
