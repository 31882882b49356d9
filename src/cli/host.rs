//! `hydraulics host …`

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Setup, block_list,
    output::{print, table},
};
use crate::{
    Context,
    context::timestamp,
    model::host_name,
    service::{ErrorKind, federation::blocks, moderation},
};

#[derive(Subcommand)]
pub(super) enum HostCommand {
    /// Have nothing to do with a host any more
    ///
    /// Nothing is taken from it, asked of it, or sent to it. Follows stay, for when the block ends.
    #[command(after_help = "\
Examples:
  hydraulics host block spam.example
  hydraulics host block spam.example --subdomains --reason 'waves of spam'")]
    Block {
        /// The name of the host, with its port if it has one
        host: String,
        /// Block all hosts below it, too
        #[arg(long)]
        subdomains: bool,
        /// Why, for `host list`
        #[arg(long)]
        reason: Option<String>,
    },
    /// End a block
    #[command(after_help = "Example:\n  hydraulics host unblock spam.example")]
    Unblock {
        /// The name of the host, as `host list` shows it
        host: String,
    },
    /// List the blocked hosts
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Block the hosts of a list as Mastodon exports it, and those below them
    ///
    /// It is CSV with a column `#domain`. Of the other columns `#severity`, `#public_comment` and
    /// `#subdomains` are read. Only hosts with the severity `suspend` are blocked. Blocks that are
    /// there stay as they are.
    #[command(after_help = "\
Examples:
  hydraulics host import domain_blocks.csv
  curl -s https://social.example/blocks.csv | hydraulics host import -")]
    Import {
        /// The file; `-` for standard input
        file: PathBuf,
    },
    /// Print the blocks as a list for `host import`, and for Mastodon
    #[command(after_help = "Example:\n  hydraulics host export > blocks.csv")]
    Export,
    /// Remove what a blocked host brought: notes, comments, likes, follows
    ///
    /// It can't be undone.
    #[command(after_help = "Example:\n  hydraulics host purge spam.example")]
    Purge {
        /// The name of the host, as `host list` shows it
        host: String,
    },
}

pub(super) async fn run(setup: &Setup, command: HostCommand) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match command {
            HostCommand::Block {
                host,
                subdomains,
                reason,
            } => block(ctx, &host, subdomains, reason).await,
            HostCommand::Unblock { host } => unblock(ctx, &host).await,
            HostCommand::List { json } => list(ctx, json).await,
            HostCommand::Import { file } => block_list::import(ctx, &file).await,
            HostCommand::Export => block_list::export(ctx).await,
            HostCommand::Purge { host } => purge(ctx, &host).await,
        })
        .await
}

/// The name of a host in its one spelling.
pub(super) fn parse(host: &str) -> anyhow::Result<String> {
    host_name(host).ok_or_else(|| {
        anyhow!("'{host}' is no name of a host: give one such as social.example, without https://")
    })
}

async fn block(
    ctx: &Context,
    host: &str,
    subdomains: bool,
    reason: Option<String>,
) -> anyhow::Result<()> {
    let host = parse(host)?;
    match moderation::block_host(ctx, &host, subdomains, reason).await {
        Err(error) if error.kind() == ErrorKind::BadRequest => bail!("{host} is this server"),
        done => done?,
    }
    let below = if subdomains {
        " and all hosts below it"
    } else {
        ""
    };
    print(&format!(
        "Blocked {host}{below}. `hydraulics host purge {host}` removes what it brought."
    ))
}

async fn unblock(ctx: &Context, host: &str) -> anyhow::Result<()> {
    let host = parse(host)?;
    match moderation::unblock_host(ctx, &host, "").await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(not_blocked(&host)),
        done => done?,
    }
    print(&format!("Unblocked {host}."))
}

async fn list(ctx: &Context, is_json: bool) -> anyhow::Result<()> {
    let all = blocks::list(ctx).await?;
    if is_json {
        let shown = all.into_iter().map(|block| {
            json!({
                "host": block.host,
                "subdomains": block.subdomains,
                "since": timestamp(block.created),
                "reason": block.reason,
            })
        });
        return print(&format!("{:#}", shown.collect::<Value>()));
    }
    if all.is_empty() {
        return print("No host is blocked.");
    }
    let rows = all.into_iter().map(|block| {
        [
            block.host,
            if block.subdomains { "yes" } else { "no" }.into(),
            block.created.format("%Y-%m-%d").to_string(),
            block.reason.unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    print(&table(["HOST", "SUBDOMAINS", "SINCE", "REASON"], &rows))
}

async fn purge(ctx: &Context, host: &str) -> anyhow::Result<()> {
    let host = parse(host)?;
    let count = match moderation::purge_host(ctx, &host).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(not_blocked(&host)),
        done => done?,
    };
    print(&format!(
        "Removed what {host} brought. Accounts that were there: {count}."
    ))
}

fn not_blocked(host: &str) -> anyhow::Error {
    anyhow!("{host} is not blocked; `hydraulics host list` shows the hosts that are")
}
