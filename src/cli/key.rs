//! `hydraulics key …`

use clap::Subcommand;

use super::{Setup, output::print};
use crate::service::federation::server_key;

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make a new key pair, with which the server signs from now on
    ///
    /// Do this if somebody else may have the old one, such as that of a lost backup. Most servers
    /// fetch the new key by themselves; some refuse what comes from here until their operator
    /// removes the old one.
    Rotate,
}

pub(super) async fn run(setup: &Setup, command: KeyCommand) -> anyhow::Result<()> {
    let KeyCommand::Rotate = command;
    setup
        .with_context(async |ctx| {
            server_key::rotate(ctx).await?;
            print("Made a new key pair. The server signs with it from now on.")
        })
        .await
}
