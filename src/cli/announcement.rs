//! `hydraulics announcement …`

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, Utc};
use clap::Subcommand;

use super::{
    Setup,
    output::{print, table},
};
use crate::{
    Context,
    service::{ErrorKind, announcements},
};

/// Characters of an announcement that a table shows.
const MAX_SHOWN_CHARS: usize = 60;

#[derive(Subcommand)]
pub(super) enum AnnouncementCommand {
    /// Tell all members something on their home page
    #[command(after_help = "\
Examples:
  hydraulics announcement add 'We move to a **new server** on Sunday.' --until 2027-01-31")]
    Add {
        /// The text, in Markdown
        text: String,
        /// The last day on which it is shown, as 2027-01-31 [default: until it is removed]
        #[arg(long)]
        until: Option<String>,
    },
    /// List the announcements, newest first
    List,
    /// Remove an announcement
    Remove {
        /// The name of the announcement, as `announcement list` shows it
        name: String,
    },
}

pub(super) async fn run(setup: &Setup, command: AnnouncementCommand) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match command {
            AnnouncementCommand::Add { text, until } => add(ctx, &text, until).await,
            AnnouncementCommand::List => list(ctx).await,
            AnnouncementCommand::Remove { name } => remove(ctx, &name).await,
        })
        .await
}

async fn add(ctx: &Context, text: &str, until: Option<String>) -> anyhow::Result<()> {
    let ends = until.map(|day| end_of(&day)).transpose()?;
    let id = announcements::add(ctx, text, ends).await?;
    print(&format!("Announced: {}.", name_of(&id)))
}

/// Returns the end of a day.
fn end_of(day: &str) -> anyhow::Result<DateTime<Utc>> {
    let parsed = day.parse::<NaiveDate>().ok();
    let next = parsed.and_then(|day| day.succ_opt()?.and_hms_opt(0, 0, 0));
    let end = next.ok_or_else(|| anyhow!("'{day}' is no day: give one such as 2027-01-31"))?;
    Ok(end.and_utc())
}

fn name_of(id: &str) -> &str {
    id.rsplit(' ').next().unwrap_or_default()
}

async fn list(ctx: &Context) -> anyhow::Result<()> {
    let all = announcements::list(ctx).await?.into_iter();
    let rows: Vec<_> = all
        .map(|one| {
            [
                name_of(&one.id).to_owned(),
                one.created.format("%Y-%m-%d").to_string(),
                one.last_second()
                    .map_or_else(String::new, |ends| ends.format("%Y-%m-%d").to_string()),
                one.by.unwrap_or_default(),
                one.text.chars().take(MAX_SHOWN_CHARS).collect(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return print("Nothing is announced.");
    }
    print(&table(["NAME", "SINCE", "ENDS", "BY", "TEXT"], &rows))
}

async fn remove(ctx: &Context, name: &str) -> anyhow::Result<()> {
    match announcements::remove(ctx, name).await {
        Err(error) if error.kind() == ErrorKind::NotFound => anyhow::bail!(
            "there is no announcement '{name}'; `hydraulics announcement list` shows them all"
        ),
        done => done?,
    }
    print(&format!("Removed the announcement {name}."))
}
