//! Former names of settings, which are read as the present ones.

use toml::Table;

use super::ConfigError;

/// Settings that had another name up to 0.1: the former key, and the present one.
pub(super) const RENAMED: [(&str, &str); 6] = [
    ("limits.kept_bytes", "cache.response_bytes"),
    ("limits.stop_seconds", "limits.shutdown_timeout_seconds"),
    ("live.streams", "live.max_connections"),
    ("live.streams_of_one", "live.max_connections_per_client"),
    ("reading.anonymous", "api.anonymous_read"),
    ("registration.welcome", "registration.welcome_note_html"),
];

/// Gives settings of a file their present names. `place` is named in the error if a setting has
/// both.
pub(super) fn rename(mut table: Table, place: &str) -> Result<Table, ConfigError> {
    for (former, present) in RENAMED {
        let Some(value) = take(&mut table, former) else {
            continue;
        };
        let (section, key) = split(present);
        let section = table
            .entry(section)
            .or_insert_with(|| Table::new().into())
            .as_table_mut();
        if section.is_some_and(|section| section.insert(key.into(), value).is_some()) {
            return Err(both(former, present, place));
        }
    }
    Ok(table)
}

/// The error for a setting that has a value under its former and its present name.
pub(super) fn both(former: &str, present: &str, place: &str) -> ConfigError {
    ConfigError::new(format!(
        "`{former}` is the former name of `{present}`, and both are set ({place}): take `{former}` out"
    ))
}

/// Removes a setting, and its section if nothing else is in it.
fn take(table: &mut Table, key: &str) -> Option<toml::Value> {
    let (name, key) = split(key);
    let section = table.get_mut(name)?.as_table_mut()?;
    let value = section.remove(key)?;
    if section.is_empty() {
        table.remove(name);
    }
    Some(value)
}

/// Splits a key into its section and its name. Each setting here is in a section.
fn split(key: &str) -> (&str, &str) {
    key.split_once('.').unwrap_or(("", key))
}
