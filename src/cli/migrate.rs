//! `hydraulics migrate`

use super::{Setup, output::say};

pub(super) async fn run(setup: &Setup) -> anyhow::Result<()> {
    setup.context().await?;
    say(&format!(
        "The database {} is up to date.",
        setup.config.database()
    ));
    Ok(())
}
