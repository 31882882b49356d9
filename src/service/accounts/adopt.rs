//! People of the application that hosts this.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{defaults, is_taken, may_be_given, nickname_taken, store_new_account};
use crate::{
    App, Context,
    context::Caller,
    model::{Account, Nickname, Object},
    protocol::as1::{merge, sanitize_object},
    service::{ErrorKind, Result, access::require_active, lookup},
    storage::{Change, Expect, StorageError},
};

/// Creates the account of a person in the host's tables, with everything that a [new
/// account](super::register) has but a password. The host's
/// [`SignIn`](crate::app::SignIn) checks passwords. The properties in `profile`, such as
/// `displayName` and `summary`, are set from the start. An existing account stays as it is.
///
/// Errors: 409 for the name of someone who left, or whom the application's tables do not have any
/// more. A name is never given to anyone again, nor one that differs from it in case only. 400 for
/// a name that is the server's own.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn adopt(app: &App, nickname: &Nickname, profile: Map<String, Value>) -> Result<Account> {
    let ctx = &app.context(Caller::Server);
    match ensure_account(ctx, nickname, &profile).await? {
        (account, None) => Ok(account),
        _ => Err(nickname_taken(nickname)),
    }
}

/// Like [`adopt`], but whom the application's tables have lost is put there again, with all that is
/// theirs here. It is for the start of an application, which may have come to its end while someone
/// was made known: see [what is atomic](crate::storage::hosted). The person must be the same as
/// before.
///
/// Errors: 409 for the name of someone who left.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn restore(
    app: &App,
    nickname: &Nickname,
    profile: Map<String, Value>,
) -> Result<Account> {
    let ctx = &app.context(Caller::Server);
    match ensure_account(ctx, nickname, &profile).await? {
        (account, None) => Ok(account),
        (account, Some(person)) => restore_person(ctx, account, person, profile).await,
    }
}

/// An account, which is made if it is not there; and its person, if the hosting application's
/// tables do not have them.
async fn ensure_account(
    ctx: &Context,
    nickname: &Nickname,
    profile: &Map<String, Value>,
) -> Result<(Account, Option<Arc<Object>>)> {
    let Some(account) = ctx.storage().find_account(nickname).await? else {
        let made = create_adopted(ctx, nickname, profile.clone()).await?;
        return Ok((made, None));
    };
    let found = ctx.storage().find_objects(&[&account.person]).await?;
    let lost = found.into_iter().flatten().find(|person| person.deleted);
    Ok((account, lost))
}

async fn create_adopted(
    ctx: &Context,
    nickname: &Nickname,
    profile: Map<String, Value>,
) -> Result<Account> {
    may_be_given(ctx, nickname)?;
    let mut person = defaults::new_person(ctx, nickname);
    if is_taken(ctx, &person.id).await? {
        return Err(nickname_taken(nickname));
    }
    merge(&mut person.body, sanitize_object(profile)?);
    let account = Account::new(nickname.clone(), &*person.id, ctx.now());
    match store_new_account(ctx, person, &account, std::iter::empty()).await {
        // Someone else made them known in the meantime.
        Err(error) if error.kind() == ErrorKind::Conflict => {
            ctx.storage().find_account(nickname).await?.ok_or(error)
        }
        done => done.map(|()| account),
    }
}

/// Puts the person of an account again.
async fn restore_person(
    ctx: &Context,
    account: Account,
    lost: Arc<Object>,
    profile: Map<String, Value>,
) -> Result<Account> {
    let mut body = defaults::new_person(ctx, &account.nickname).body;
    merge(&mut body, sanitize_object(profile)?);
    let person = Object {
        deleted: false,
        body,
        ..Arc::unwrap_or_clone(lost)
    };
    let expect = Expect::Version(person.version);
    let again = vec![
        Change::PutObject {
            object: person,
            expect,
        },
        // A person who left in the meantime is not brought back.
        Change::PutAccount {
            account: account.clone(),
            expect: Expect::Version(account.version),
        },
    ];
    match ctx.storage().commit(again).await {
        Err(StorageError::Conflict(_)) => Ok(account),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Account {
            version: account.version + 1,
            ..account
        }),
    }
}

/// Returns the context of a user who is signed in to the host, and whom it has [adopted](adopt).
/// Actions in it count as the user's own.
///
/// Errors: 404 if there is no such account, 403 for one whose owner can't sign in.
pub async fn signed_in(app: &App, nickname: &Nickname) -> Result<Context> {
    let ctx = app.context(Caller::Server);
    let account = lookup::account(&ctx, nickname.as_str()).await?;
    require_active(&account)?;
    Ok(app.context(Caller::HostUser(Arc::new(account))))
}
