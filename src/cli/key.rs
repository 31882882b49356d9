//! `hydraulics key …`

use clap::Subcommand;

use super::{Setup, output::print};
use crate::service::federation::server_key;

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make new key pairs, with which the server signs from now on
    ///
    /// Do this if somebody else may have the old ones, such as those of a lost backup. Most servers
    /// fetch the new key by themselves; some refuse what comes from here until their operator
    /// removes the old one.
    Rotate,
}

pub(super) async fn run(setup: &Setup, command: KeyCommand) -> anyhow::Result<()> {
    let KeyCommand::Rotate = command;
    setup
        .with_context(async |ctx| {
            server_key::rotate(ctx).await?;
            print("Made new key pairs. The server signs with them from now on.")
        })
        .await
}
