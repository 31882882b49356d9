//! The two steps of a sign-in: a password, and a code where its owner wants one to be asked for.
//!
//! Between both the browser has a ticket instead of the password. It is stored as a [`Code`] and
//! ends with the password that it was given for.

use chrono::TimeDelta;

use super::{Error, ErrorKind, Result, access, passwords, retry::retry_on_conflict, second_factor};
use crate::{
    Context,
    model::{Account, Code, CodePurpose, Nickname, Secret},
    storage::{Change, Changes},
};

/// Lifetime of a ticket, in seconds.
const TICKET_LIFETIME_SECONDS: i64 = 300;

/// Outcome of the first step.
pub(crate) enum FirstStep {
    /// The name and the password do not belong together.
    Wrong,
    /// A code is asked for; the ticket says that the password was right.
    Ticket(Secret),
    /// There is nothing else to prove.
    Done(Box<Account>),
}

/// Outcome of the second step.
pub(crate) enum SecondStep {
    /// The code is wrong, or was used.
    Wrong,
    /// The ticket is unknown, used or too old.
    Expired,
    /// The person is known.
    Done(Box<Account>),
}

/// Checks a password.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn by_password(
    ctx: &Context,
    nickname: &str,
    password: &str,
) -> Result<FirstStep> {
    let Some(account) = passwords::check(ctx, nickname, password).await? else {
        return Ok(FirstStep::Wrong);
    };
    if !account.asks_for_code() {
        return Ok(FirstStep::Done(Box::new(account)));
    }
    let ticket = Secret::new(ctx.app().entropy().token::<32>());
    let code = Code {
        digest: Secret::new(ticket.digest()),
        purpose: CodePurpose::SignIn,
        user: account.nickname.clone(),
        target: mark(&account),
        created: ctx.now(),
        expires: ctx.now() + TimeDelta::seconds(TICKET_LIFETIME_SECONDS),
        used: false,
    };
    ctx.storage().commit(vec![Change::PutCode(code)]).await?;
    Ok(FirstStep::Ticket(ticket))
}

/// Returns whose ticket it is; `None` if it is unknown, used or too old.
pub(crate) async fn ticket_owner(ctx: &Context, ticket: &Secret) -> Result<Option<Nickname>> {
    Ok(find(ctx, ticket).await?.map(|code| code.user))
}

/// Checks the code of the owner of a ticket. The ticket ends with a code that is right.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn by_code(ctx: &Context, ticket: &Secret, code: &str) -> Result<SecondStep> {
    retry_on_conflict(ctx, || async {
        let nothing = |outcome| Ok((Changes::new(), outcome));
        let Some(found) = find(ctx, ticket).await? else {
            return nothing(SecondStep::Expired);
        };
        let account = ctx.storage().find_account(&found.user).await?;
        let account = account.filter(|account| mark(account) == found.target);
        let Some(mut account) = account.filter(Account::asks_for_code) else {
            return nothing(SecondStep::Expired);
        };
        access::require_active(&account)?;
        if !second_factor::spend(&mut account, code, ctx.now())? {
            return nothing(SecondStep::Wrong);
        }
        let mut changes = second_factor::put(account.clone());
        changes.push(Change::UseCode(found.digest.expose().to_owned()));
        account.version += 1;
        Ok((changes, SecondStep::Done(Box::new(account))))
    })
    .await
}

/// Refuses a person without a code that is right, where their account asks for one: 403 with a
/// sentence.
pub(crate) async fn require_code(ctx: &Context, account: &Account, code: &str) -> Result<()> {
    let is_right =
        !account.asks_for_code() || second_factor::use_code(ctx, &account.nickname, code).await?;
    is_right
        .then_some(())
        .ok_or_else(|| Error::saying(ErrorKind::Forbidden, "code-wrong"))
}

async fn find(ctx: &Context, ticket: &Secret) -> Result<Option<Code>> {
    let code = ctx.storage().find_code(&ticket.digest()).await?;
    let is_good = |code: &Code| {
        code.purpose == CodePurpose::SignIn && !code.used && code.expires >= ctx.now()
    };
    Ok(code.filter(is_good))
}

/// Returns what is another after a change of the password.
fn mark(account: &Account) -> String {
    let password = account.password.as_ref();
    Secret::new(password.map_or("", Secret::expose)).digest()
}
