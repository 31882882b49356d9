//! Environment variables of the process.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use super::ConfigError;

/// Prefix of all variables.
const VARIABLE_PREFIX: &str = "HYDRAULICS_";
/// Variables that steer the project's own tests, and are no settings.
const TEST_VARIABLE_PREFIX: &str = "HYDRAULICS_TEST_";
/// The variable that names the configuration file.
pub(super) const FILE_VARIABLE: &str = "HYDRAULICS_CONFIG";

/// The environment, as an argument.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    settings: BTreeMap<String, OsString>,
    under_cargo: bool,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// An environment of these variables.
    pub(crate) fn new<K: AsRef<OsStr>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Some(name) = name.as_ref().to_str() else {
                continue;
            };
            environment.under_cargo |= name == "CARGO";
            if name.starts_with(VARIABLE_PREFIX) && !name.starts_with(TEST_VARIABLE_PREFIX) {
                environment.settings.insert(name.into(), value.into());
            }
        }
        environment
    }

    /// How the person who started this would start it again.
    pub(crate) fn command(&self) -> &'static str {
        if self.under_cargo {
            "cargo run --"
        } else {
            "hydraulics"
        }
    }

    /// The configuration file it names. An empty name is none.
    pub(super) fn file(&self) -> Option<&OsStr> {
        self.settings
            .get(FILE_VARIABLE)
            .map(OsString::as_os_str)
            .filter(|name| !name.is_empty())
    }

    /// Whether a variable is set.
    pub(super) fn has(&self, name: &str) -> bool {
        self.settings.contains_key(name)
    }

    /// The variables that are settings, by name.
    pub(super) fn settings(&self) -> impl Iterator<Item = Result<(&str, &str), ConfigError>> {
        self.settings
            .iter()
            .filter(|(name, _)| *name != FILE_VARIABLE)
            .map(|(name, value)| match value.to_str() {
                Some(value) => Ok((name.as_str(), value)),
                None => Err(ConfigError::new(format!(
                    "the environment variable {name} is not UTF-8"
                ))),
            })
    }
}

/// The variable for a setting: `oauth.timestamp_window` is `HYDRAULICS_OAUTH__TIMESTAMP_WINDOW`.
pub(super) fn variable(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "__").to_uppercase())
}
