//! `hydraulics mail …`

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;

use super::{Setup, output::print};
use crate::{
    Context,
    app::{Mail, is_address},
};

#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// Send a mail now, and say what the mail server says
    #[command(after_help = "Example:\n  hydraulics mail test alice@example.com")]
    Test {
        /// Where to send it
        address: String,
    },
}

pub(super) async fn run(setup: &Setup, command: MailCommand) -> anyhow::Result<()> {
    let MailCommand::Test { address } = command;
    setup
        .with_context(async |ctx| test(ctx, &address).await)
        .await
}

async fn test(ctx: &Context, address: &str) -> anyhow::Result<()> {
    ensure!(is_address(address), "'{address}' is no mail address");
    let Some(mailer) = ctx.app().mailer() else {
        bail!("no mail is set up: set `host` under `[mail]`");
    };
    let site = &ctx.app().settings().site;
    let words = format!("{site} can send mail.");
    let mail = Mail {
        id: ctx.app().entropy().token::<16>(),
        to: address.into(),
        subject: format!("A test from {site}"),
        html: format!(
            "<!DOCTYPE html><p>{}</p>",
            crate::protocol::html::escape(&words)
        ),
        text: words,
        unsubscribe: None,
        date: ctx.now(),
    };
    mailer.send(&mail).await.context("that did not work")?;
    print(&format!(
        "The mail server took a mail to {address}. See whether it arrives."
    ))?;
    Ok(())
}
