//! Accounts that wait for a moderator.

use super::{Target, find, require_power_over, set_standing};
use crate::{
    Context,
    model::{Account, Standing},
    service::{Error, ErrorKind, Result, accounts, audit, mail::decision_changes},
};

/// Lets somebody in whose account waits, and tells them by mail if they gave an address.
///
/// Errors: 404 for one who is not known here, 409 for an account that does not wait.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn approve(ctx: &Context, nickname: &str, reason: &str) -> Result<()> {
    waiting(ctx, nickname).await?;
    set_standing(ctx, nickname, Standing::Good, reason).await
}

/// Removes an account that waits, and tells its owner. Nobody can have the name again. Errors as
/// [`approve`].
#[tracing::instrument(level = "debug", skip_all)]
pub async fn reject(ctx: &Context, nickname: &str, reason: &str) -> Result<()> {
    let account = waiting(ctx, nickname).await?;
    require_power_over(ctx, &account)?;
    accounts::remove(ctx, &account.nickname).await?;
    audit::write(ctx, "reject", account.nickname.as_str(), reason).await?;
    let mails = decision_changes(ctx, &account, false);
    if !mails.is_empty() {
        ctx.storage().commit(mails).await?;
        ctx.app().wake_workers();
    }
    Ok(())
}

async fn waiting(ctx: &Context, nickname: &str) -> Result<Account> {
    let Target { account, .. } = find(ctx, nickname).await?;
    account
        .filter(|account| account.standing == Standing::Pending)
        .ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "This account does not wait.")
                .phrased("failure-not-pending")
        })
}
