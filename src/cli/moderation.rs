//! Subcommands of `hydraulics user` about roles and limits, and `hydraulics audit`.

use anyhow::{anyhow, bail};
use clap::Args;

use super::{
    Setup,
    output::{print, table},
};
use crate::{
    Context,
    model::{Role, Standing},
    service::{Error, ErrorKind, audit, moderation},
};

/// Entries of the audit log that are read at a time.
const PAGE_SIZE: u32 = 200;

/// A person who is limited, or is not any more.
#[derive(Args)]
pub(super) struct LimitArgs {
    /// The name of the account, or the address of a person of another server
    name: String,
    /// Why, for the audit log
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
}

/// Gives an account a role.
pub(super) async fn role(ctx: &Context, nickname: &str, role: &str) -> anyhow::Result<()> {
    let role = Role::parse(role)
        .ok_or_else(|| anyhow!("there is no role '{role}': there are admin, moderator and none"))?;
    let done = moderation::set_role(ctx, nickname, role, "").await;
    done.map_err(|error| explained(error, nickname))?;
    match role {
        Role::None => print(&format!("{nickname} has no role any more.")),
        role => print(&format!("{nickname} has the role {} now.", role.as_str())),
    }
}

/// Limits a person, or ends the limit.
pub(super) async fn limit(
    ctx: &Context,
    args: &LimitArgs,
    standing: Standing,
) -> anyhow::Result<()> {
    let name = &args.name;
    let done = moderation::set_standing(ctx, name, standing, &args.reason).await;
    done.map_err(|error| explained(error, name))?;
    print(&match standing {
        Standing::Silenced => format!("{name} is heard by followers only."),
        Standing::Suspended => format!("{name} is suspended, and nothing of {name} is shown."),
        Standing::Good | Standing::Pending => format!("{name} is not limited."),
    })
}

/// Approves an account that waits.
pub(super) async fn approve(ctx: &Context, args: &LimitArgs) -> anyhow::Result<()> {
    let name = &args.name;
    match moderation::approve(ctx, name, &args.reason).await {
        Err(error) if error.kind() == ErrorKind::Conflict => {
            bail!("the account '{name}' does not wait for approval")
        }
        done => done.map_err(|error| explained(error, name))?,
    }
    print(&format!("{name} can sign in now."))
}

/// Removes an account that waits.
pub(super) async fn reject(ctx: &Context, args: &LimitArgs) -> anyhow::Result<()> {
    let name = &args.name;
    match moderation::reject(ctx, name, &args.reason).await {
        Err(error) if error.kind() == ErrorKind::Conflict => {
            bail!("the account '{name}' does not wait for approval")
        }
        done => done.map_err(|error| explained(error, name))?,
    }
    print(&format!(
        "Removed the account {name}. The name stays taken."
    ))
}

fn explained(error: Error, name: &str) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("nobody with the name '{name}' is known; `hydraulics user list` shows who is")
        }
        _ => error.into(),
    }
}

/// Prints the audit log.
pub(super) async fn audit(setup: &Setup) -> anyhow::Result<()> {
    setup.with_context(async |ctx| print_log(ctx).await).await
}

async fn print_log(ctx: &Context) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let page = audit::log(ctx, before.as_deref(), PAGE_SIZE).await?;
        let Some(last) = page.last() else {
            break;
        };
        before = Some(last.id.clone());
        rows.extend(page.into_iter().map(|entry| {
            [
                entry.at.format("%Y-%m-%d %H:%M").to_string(),
                entry.by.unwrap_or_else(|| "(command line)".into()),
                entry.action,
                entry.target,
                entry.reason,
            ]
        }));
    }
    if rows.is_empty() {
        return print("Nothing was done yet.");
    }
    print(&table(["AT", "BY", "ACTION", "TO", "REASON"], &rows))
}
