//! `hydraulics queue …`

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Setup, host,
    output::{print, table},
};
use crate::{
    Context,
    context::timestamp,
    model::WaitingHost,
    service::federation::queue_report::{drop_waiting, retry, waiting_hosts},
};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct QueueArgs {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<QueueCommand>,
}

#[derive(Subcommand)]
enum QueueCommand {
    /// Try again soon, without waiting for the next attempt
    #[command(after_help = "\
Examples:
  hydraulics queue retry social.example
  hydraulics queue retry --all")]
    Retry(Which),
    /// Drop what waits: it is never delivered
    #[command(after_help = "\
Examples:
  hydraulics queue drop social.example
  hydraulics queue drop --all")]
    Drop(Which),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The host, as `queue` shows it
    host: Option<String>,
    /// All hosts
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(setup: &Setup, queue: QueueArgs) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match queue.command {
            None if queue.json => list_json(ctx).await,
            None => list(ctx).await,
            Some(QueueCommand::Retry(which)) => retry_now(ctx, which).await,
            Some(QueueCommand::Drop(which)) => drop_now(ctx, which).await,
        })
        .await
}

async fn list(ctx: &Context) -> anyhow::Result<()> {
    let hosts = waiting_hosts(ctx).await?;
    if hosts.is_empty() {
        return print("Nothing waits to be delivered.");
    }
    let time = |time: Option<DateTime<Utc>>| time.map(timestamp).unwrap_or_default();
    let row = |waiting: WaitingHost| {
        let state = waiting.host.delivery;
        [
            waiting.host.name,
            waiting.waiting.to_string(),
            timestamp(waiting.oldest),
            time(state.failing_since),
            time(state.failing_since.and(state.next_attempt)),
            state
                .failing_since
                .and(state.last_error)
                .unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = hosts.into_iter().map(row).collect();
    let headline = [
        "HOST",
        "WAITING",
        "OLDEST",
        "FAILING SINCE",
        "NEXT ATTEMPT",
        "LAST ERROR",
    ];
    print(&table(headline, &rows))
}

async fn list_json(ctx: &Context) -> anyhow::Result<()> {
    let shown = |waiting: WaitingHost| {
        let state = waiting.host.delivery;
        json!({
            "host": waiting.host.name,
            "waiting": waiting.waiting,
            "oldest": timestamp(waiting.oldest),
            "failingSince": state.failing_since.map(timestamp),
            "failures": state.failures,
            "lastError": state.last_error,
            "nextAttempt": state.next_attempt.map(timestamp),
            "lastSuccess": state.last_success.map(timestamp),
            "clockOffset": state.clock_offset,
        })
    };
    let hosts: Vec<Value> = waiting_hosts(ctx).await?.into_iter().map(shown).collect();
    print(&format!("{:#}", Value::from(hosts)))
}

async fn retry_now(ctx: &Context, which: Which) -> anyhow::Result<()> {
    let host = which.name()?;
    let count = retry(ctx, host.as_deref()).await?;
    which.check(count > 0)?;
    print(&match host {
        Some(host) => format!("Deliveries to {host} are tried again."),
        None => format!("Deliveries are tried again, hosts: {count}."),
    })
}

async fn drop_now(ctx: &Context, which: Which) -> anyhow::Result<()> {
    let host = which.name()?;
    let count = drop_waiting(ctx, host.as_deref()).await?;
    which.check(count > 0)?;
    print(&format!("Deliveries that are dropped: {count}."))
}

impl Which {
    /// The name of the host; `None` for all.
    fn name(&self) -> anyhow::Result<Option<String>> {
        self.host.as_deref().map(host::parse).transpose()
    }

    /// Fails where nothing waits for a host that was named.
    fn check(&self, was_waiting: bool) -> anyhow::Result<()> {
        match &self.host {
            Some(host) if !was_waiting => {
                bail!("nothing waits for '{host}'; `hydraulics queue` shows all hosts")
            }
            _ => Ok(()),
        }
    }
}
