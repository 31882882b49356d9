//! Subcommands of `hydraulics user` about applications.

use anyhow::bail;

use super::output::{print, table};
use crate::{
    Context,
    model::Nickname,
    service::{ErrorKind, applications},
};

pub(super) async fn list(ctx: &Context, nickname: &Nickname) -> anyhow::Result<()> {
    let rows: Vec<_> = applications::of(ctx, nickname)
        .await?
        .into_iter()
        .map(|application| {
            let kinds = application.kinds().join(" ");
            [
                application.client.id,
                application.since.format("%Y-%m-%d").to_string(),
                kinds,
                application.scope.list(),
                application.client.name.unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        print(&format!("No application may act for {nickname}."))?;
    } else {
        print(&table(["ID", "SINCE", "BY", "SCOPES", "NAME"], &rows))?;
    }
    Ok(())
}

pub(super) async fn revoke(
    ctx: &Context,
    nickname: &Nickname,
    client: Option<String>,
) -> anyhow::Result<()> {
    let Some(client) = client else {
        applications::revoke_all(ctx, nickname).await?;
        print(&format!("No application may act for {nickname} any more."))?;
        return Ok(());
    };
    match applications::revoke(ctx, nickname, &client).await {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "no application '{client}' may act for {nickname}; `hydraulics user applications \
             {nickname}` shows those that may"
        ),
        done => done?,
    }
    print(&format!(
        "The application {client} may not act for {nickname} any more."
    ))?;
    Ok(())
}
