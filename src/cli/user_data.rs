//! `hydraulics user export` and `import-follows`: what a person has here, as files; and
//! `hydraulics user alias` and `move`.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use tokio::{fs, time::sleep};

use super::output::print;
use crate::{
    Context,
    model::Account,
    service::{
        aliases, export, follow,
        import::{as_owner, may_pass, parse},
        moving,
    },
};

/// Attempts at an address whose host is busy.
const MAX_ATTEMPTS: u32 = 5;

/// Wait before another attempt, in seconds.
const RETRY_AFTER: Duration = Duration::from_secs(15);

/// Writes the archive of an account into a new file.
pub(super) async fn export(ctx: &Context, account: &Account, file: &Path) -> anyhow::Result<()> {
    let named = || format!("{} can't be written", file.display());
    let mut archive = fs::File::create_new(file).await.with_context(named)?;
    export::write_to(ctx, account, &mut archive).await?;
    archive.sync_all().await.with_context(named)?;
    print(&format!(
        "Wrote what {} has here to {}.",
        account.nickname,
        file.display()
    ))?;
    Ok(())
}

/// Follows the people of a list in the name of an account, and says who could not be followed.
pub(super) async fn import_follows(
    ctx: &Context,
    account: &Account,
    file: &Path,
) -> anyhow::Result<()> {
    let list = fs::read(file).await;
    let list = list.with_context(|| format!("{} can't be read", file.display()))?;
    let owner = &as_owner(ctx, account);
    let (mut followed, mut failed) = (0, 0);
    for address in parse(&list)? {
        match follow_patiently(owner, &address).await {
            Ok(_) => followed += 1,
            Err(error) => {
                failed += 1;
                print(&format!("{address}: {error}"))?;
            }
        }
    }
    print(&format!(
        "{} follows {followed} people of the list; {failed} could not be followed.",
        account.nickname
    ))?;
    Ok(())
}

/// Adds another account of a person, or takes it away, and prints all of them.
pub(super) async fn change_alias(
    ctx: &Context,
    account: &Account,
    address: &str,
    adds: bool,
) -> anyhow::Result<()> {
    let aliases = aliases::change(&as_owner(ctx, account), address, adds).await?;
    for alias in &aliases {
        print(alias)?;
    }
    if aliases.is_empty() {
        print(&format!("{} has no other accounts.", account.nickname))?;
    }
    Ok(())
}

/// Moves a person to an account elsewhere.
pub(super) async fn move_to(ctx: &Context, account: &Account, address: &str) -> anyhow::Result<()> {
    let new = moving::move_to(&as_owner(ctx, account), address).await?;
    let new = new.trim_start_matches("acct:");
    print(&format!(
        "{} has moved to {new}; followers are told.",
        account.nickname
    ))?;
    Ok(())
}

async fn follow_patiently(ctx: &Context, address: &str) -> crate::service::Result<String> {
    let mut attempts = 1;
    loop {
        match follow::follow(ctx, address).await {
            Err(error) if may_pass(&error) && attempts < MAX_ATTEMPTS => sleep(RETRY_AFTER).await,
            outcome => return outcome,
        }
        attempts += 1;
    }
}
