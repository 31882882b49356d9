//! `hydraulics invitation …`

use clap::Subcommand;

use super::{
    Setup,
    output::{print, table},
};
use crate::{
    Context,
    service::{ErrorKind, invitations},
};

#[derive(Subcommand)]
pub(super) enum InvitationCommand {
    /// Make an invitation, and print the link to give away
    ///
    /// The link is not shown again: its code is stored as a digest.
    #[command(after_help = "\
Examples:
  hydraulics invitation create
  hydraulics invitation create --uses 30 --days 14 --note 'the choir'")]
    Create {
        /// How many accounts can be made with it
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many days it is good
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// A word about the people it is for
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// List the invitations, newest first
    List,
    /// Revoke an invitation
    #[command(after_help = "Example:\n  hydraulics invitation revoke 3f9a0c11d2e4")]
    Revoke {
        /// The name of the invitation, as `invitation list` shows it
        name: String,
    },
}

pub(super) async fn run(setup: &Setup, command: InvitationCommand) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match command {
            InvitationCommand::Create { uses, days, note } => {
                print(&invitations::create(ctx, uses, days, &note).await?)
            }
            InvitationCommand::List => list(ctx).await,
            InvitationCommand::Revoke { name } => revoke(ctx, &name).await,
        })
        .await
}

async fn list(ctx: &Context) -> anyhow::Result<()> {
    let all = invitations::list(ctx).await?.into_iter();
    let rows: Vec<_> = all
        .map(|one| {
            [
                one.name,
                format!("{} of {}", one.left, one.uses),
                one.expires.format("%Y-%m-%d").to_string(),
                one.by.unwrap_or_default(),
                one.note,
            ]
        })
        .collect();
    if rows.is_empty() {
        return print("There are no invitations. `hydraulics invitation create` makes one.");
    }
    print(&table(["NAME", "LEFT", "UNTIL", "BY", "NOTE"], &rows))
}

async fn revoke(ctx: &Context, name: &str) -> anyhow::Result<()> {
    match invitations::revoke(ctx, name).await {
        Err(error) if error.kind() == ErrorKind::NotFound => anyhow::bail!(
            "there is no invitation '{name}'; `hydraulics invitation list` shows them all"
        ),
        done => done?,
    }
    print(&format!("Revoked the invitation {name}."))
}
