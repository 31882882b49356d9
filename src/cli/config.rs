//! `hydraulics config`

use super::{Setup, output::print};

pub(super) fn run(setup: &Setup) -> anyhow::Result<()> {
    print(setup.config.to_commented_toml().trim_end())
}
