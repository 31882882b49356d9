//! Accounts, in either database.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    driver::{Column, SqlConnection, args},
    entries::ensure_stream,
    key,
    record::{ColumnValue, Record, record},
    store::SqlStore,
    write::{WriteResult, delete_one, ensure_found},
};
use crate::{
    model::{Account, Nickname, Secret, Stream},
    storage::{Accounts, Expect, Result, StorageError},
};

const SELECT_ACCOUNT_SQL: &str = "\
    SELECT a.nickname, o.id AS person, a.password, a.email, a.unconfirmed_email, \
    a.notifications, a.role, a.standing, a.second_factor, a.published, a.updated, a.version, \
    a.extra \
    FROM accounts a JOIN objects o ON o.pk = a.person";

/// The accounts of a nickname ($1) and of a person, by key ($2).
const FIND_OWN_SQLITE: &str = "\
    SELECT nickname, version FROM accounts WHERE nickname = $1 \
    OR person = (SELECT pk FROM objects WHERE key = $2)";

/// The same, locked. Not OR: that can't be read in the order of an index, as all is to be.
const FIND_OWN_POSTGRES: &str = "\
    SELECT nickname, version FROM accounts WHERE nickname = ANY(ARRAY( \
    SELECT $1 UNION ALL SELECT nickname FROM accounts \
    WHERE person = (SELECT pk FROM objects WHERE key = $2))) FOR NO KEY UPDATE";

/// Takes a nickname ($2), by its text without case ($1), unless another spelling was taken; tells
/// which was.
const CLAIM_NICKNAME_SQL: &str = "\
    INSERT INTO nicknames (folded, nickname) VALUES ($1, $2) \
    ON CONFLICT (folded) DO UPDATE SET nickname = nicknames.nickname RETURNING nickname";

const PUT_ACCOUNT_SQL: &str = "\
    INSERT INTO accounts \
    (nickname, person, inbox, password, email, published, updated, version, extra, \
    unconfirmed_email, notifications, role, standing, second_factor) \
    SELECT $1, o.pk, s.pk, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13 FROM objects o, streams s \
    WHERE o.key = $2 AND s.key = $3 \
    ON CONFLICT (nickname) DO UPDATE SET person = excluded.person, inbox = excluded.inbox, \
    password = excluded.password, email = excluded.email, published = excluded.published, \
    updated = excluded.updated, version = accounts.version + 1, extra = excluded.extra, \
    unconfirmed_email = excluded.unconfirmed_email, notifications = excluded.notifications, \
    role = excluded.role, standing = excluded.standing, second_factor = excluded.second_factor";

record!(Account {
    nickname,
    person,
    password,
    email,
    unconfirmed_email,
    notifications,
    role,
    standing,
    second_factor,
    published,
    updated,
    version,
    extra,
});

#[async_trait]
impl<S: SqlStore> Accounts for S {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        let sql = format!("{SELECT_ACCOUNT_SQL} WHERE a.nickname = $1");
        let arguments = args![nickname.as_str()];
        self.pool().find(&sql, &arguments, Account::decode).await
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        let of_persons = S::DIALECT.is_among_keys("o.key", "$1");
        let sql = format!("{SELECT_ACCOUNT_SQL} WHERE {of_persons}");
        let keys = args![key::digest_keys(persons)];
        let found = self.pool().list(&sql, &keys, Account::decode).await?;
        let by_person: HashMap<&str, &Account> = found.iter().map(|a| (&*a.person, a)).collect();
        Ok(persons
            .iter()
            .map(|id| by_person.get(id).copied().cloned())
            .collect())
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        let sql =
            "SELECT count(*) FROM accounts WHERE email IS NULL AND unconfirmed_email IS NOT NULL";
        let count: i64 = self.pool().scalar(sql, &[]).await?;
        Ok(count.unsigned_abs())
    }
}

/// Stores an account.
pub(super) async fn put_account<C: SqlConnection>(
    connection: &mut C,
    account: &Account,
    expect: Expect,
) -> WriteResult {
    let (name, person) = (account.nickname.as_str(), key::digest_key(&account.person));
    let find = C::DIALECT.choose(FIND_OWN_SQLITE, FIND_OWN_POSTGRES);
    let rows = connection.all(find, &args![name, person]).await?;
    let mut own: Option<i64> = None;
    for row in &rows {
        let nickname: String = row.at(0)?;
        if nickname == name {
            own = Some(row.at(1)?);
        }
    }
    expect.check(own, name)?;
    if rows.len() > usize::from(own.is_some()) {
        return Err(StorageError::AlreadyExists(account.person.clone()).into());
    }
    if own.is_none() {
        claim_nickname(connection, name, expect).await?;
    }
    let inbox = Stream::Inbox(account.person.clone());
    ensure_stream(connection, &inbox).await?;
    let arguments = args![
        name,
        person,
        key::stream_key(&inbox),
        account.password.as_ref().map(Secret::expose),
        &account.email,
        account.published.timestamp(),
        account.updated.timestamp(),
        Value::from(account.extra.clone()),
        &account.unconfirmed_email,
        account.notifications.to_space_separated(),
        account.role.as_str(),
        account.standing.as_str(),
        ColumnValue::argument(Some(&account.second_factor)),
    ];
    let stored = connection.run(PUT_ACCOUNT_SQL, &arguments).await?;
    ensure_found(stored, &account.person)
}

/// Keeps other spellings of the nickname of a new account from being given.
async fn claim_nickname(
    connection: &mut impl SqlConnection,
    name: &str,
    expect: Expect,
) -> WriteResult {
    let arguments = args![name.to_ascii_lowercase(), name];
    let given: Option<String> = connection.scalar(CLAIM_NICKNAME_SQL, &arguments).await?;
    match given {
        Some(given) if expect == Expect::Absent && given != name => {
            Err(StorageError::AlreadyExists(given).into())
        }
        _ => Ok(()),
    }
}

/// Removes an account with its tokens. Access tokens go by their foreign key.
pub(super) async fn remove_account(
    connection: &mut impl SqlConnection,
    nickname: &Nickname,
) -> WriteResult {
    let name = nickname.as_str();
    let tokens = "DELETE FROM request_tokens WHERE nickname = $1";
    connection.run(tokens, &args![name]).await?;
    let account = "DELETE FROM accounts WHERE nickname = $1";
    delete_one(connection, account, name, name).await
}
