//! Accounts.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{PgConnection, types::Json};

use super::{Postgres, commit::WriteResult, error::map_error};
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
impl Accounts for Postgres {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        let sql = format!("{SELECT_ACCOUNT_SQL} WHERE a.nickname = $1");
        let row: Option<AccountRow> = sqlx::query_as(&sql)
            .bind(nickname.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.map(AccountRow::decode).transpose()
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        let sql = format!("{SELECT_ACCOUNT_SQL} WHERE o.key = ANY($1)");
        let rows: Vec<AccountRow> = sqlx::query_as(&sql)
            .bind(
                persons
                    .iter()
                    .map(|id| key::digest_key(id))
                    .collect::<Vec<_>>(),
            )
            .fetch_all(&self.pool)
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
        .fetch_one(&self.pool)
        .await
        .map_err(map_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// Stores an account.
pub(super) async fn put_account(
    connection: &mut PgConnection,
    account: &Account,
    expect: Expect,
) -> WriteResult {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        // Not OR: that can't be read in the order of an index, as all is to be.
        "SELECT nickname, version FROM accounts WHERE nickname = ANY(ARRAY( \
         SELECT $1 UNION ALL SELECT nickname FROM accounts \
         WHERE person = (SELECT pk FROM objects WHERE key = $2))) FOR NO KEY UPDATE",
    )
    .bind(account.nickname.as_str())
    .bind(key::digest_key(&account.person))
    .fetch_all(&mut *connection)
    .await?;
    let name = account.nickname.as_str();
    let own = rows.iter().find(|(nickname, _)| nickname == name);
    expect.check(own.map(|(_, version)| *version), name)?;
    if rows.len() > usize::from(own.is_some()) {
        return Err(StorageError::AlreadyExists(account.person.clone()).into());
    }
    if own.is_none() {
        claim(&mut *connection, &account.nickname, expect).await?;
    }
    // It was made at the start of the commit.
    let inbox = Stream::Inbox(account.person.clone());
    let done = sqlx::query(
        "INSERT INTO accounts \
         (nickname, person, inbox, password, email, published, updated, version, extra, \
         unconfirmed_email, notices) \
         SELECT $1, o.pk, s.pk, $4, $5, $6, $7, 1, $8, $9, $10 FROM objects o, streams s \
         WHERE o.key = $2 AND s.key = $3 \
         ON CONFLICT (nickname) DO UPDATE SET person = excluded.person, inbox = excluded.inbox, \
         password = excluded.password, email = excluded.email, published = excluded.published, \
         updated = excluded.updated, version = accounts.version + 1, extra = excluded.extra, \
         unconfirmed_email = excluded.unconfirmed_email, notices = excluded.notices",
    )
    .bind(account.nickname.as_str())
    .bind(key::digest_key(&account.person))
    .bind(key::stream_key(&inbox))
    .bind(account.password.as_ref().map(Secret::expose))
    .bind(&account.email)
    .bind(account.published.timestamp())
    .bind(account.updated.timestamp())
    .bind(Json(&account.extra))
    .bind(&account.unconfirmed_email)
    .bind(account.notifications.to_space_separated())
    .execute(connection)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::Missing(account.person.clone()).into());
    }
    Ok(())
}

/// Keeps other spellings of the nickname of a new account from being given.
async fn claim(connection: &mut PgConnection, nickname: &Nickname, expect: Expect) -> WriteResult {
    let given: String = sqlx::query_scalar(CLAIM_NICKNAME)
        .bind(nickname.as_str().to_ascii_lowercase())
        .bind(nickname.as_str())
        .fetch_one(connection)
        .await?;
    if expect == Expect::Absent && given != nickname.as_str() {
        return Err(StorageError::AlreadyExists(given).into());
    }
    Ok(())
}

/// Removes an account with its tokens. Access tokens go by their foreign key.
pub(super) async fn remove_account(
    connection: &mut PgConnection,
    nickname: &Nickname,
) -> WriteResult {
    sqlx::query("DELETE FROM request_tokens WHERE nickname = $1")
        .bind(nickname.as_str())
        .execute(&mut *connection)
        .await?;
    let removed = sqlx::query("DELETE FROM accounts WHERE nickname = $1")
        .bind(nickname.as_str())
        .execute(connection)
        .await?;
    match removed.rows_affected() {
        0 => Err(StorageError::Missing(nickname.to_string()).into()),
        _ => Ok(()),
    }
}
