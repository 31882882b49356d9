//! `hydraulics config`

use super::{Setup, output::say};

pub(super) fn run(setup: &Setup) {
    say(setup.config.to_commented_toml().trim_end());
}
