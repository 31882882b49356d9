//! `hydraulics client …`

use clap::Subcommand;

use super::{
    Setup,
    output::{print, table},
};
use crate::{
    Context,
    service::{ErrorKind, clients},
};

#[derive(Subcommand)]
pub(super) enum ClientCommand {
    /// List the clients that registered, oldest first
    List,
    /// Remove a client, and with it the access it was given by people
    #[command(after_help = "Example:\n  hydraulics client remove KW4UDRAYSvSFuRJnqSxmFg")]
    Remove {
        /// The id of the client, as `client list` shows it
        id: String,
    },
}

pub(super) async fn run(setup: &Setup, command: ClientCommand) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match command {
            ClientCommand::List => list(ctx).await,
            ClientCommand::Remove { id } => remove(ctx, id).await,
        })
        .await
}

async fn list(ctx: &Context) -> anyhow::Result<()> {
    let rows: Vec<_> = clients::list(ctx)
        .await?
        .into_iter()
        .map(|client| {
            [
                client.id,
                client.kind.as_str().into(),
                client.created.format("%Y-%m-%d").to_string(),
                client.name.unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        print("No client has registered yet.")?;
    } else {
        print(&table(["ID", "TYPE", "SINCE", "NAME"], &rows))?;
    }
    Ok(())
}

async fn remove(ctx: &Context, id: String) -> anyhow::Result<()> {
    match clients::remove(ctx, &id).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            anyhow::bail!("there is no client '{id}'; `hydraulics client list` shows them all")
        }
        done => done?,
    }
    print(&format!("Removed the client {id} and the access it had."))?;
    Ok(())
}
