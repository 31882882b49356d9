//! Former names of settings, which are read as the present ones.

use toml::Table;

use super::ConfigError;

/// Settings that had another name up to 0.1: the former key, and the present one.
pub(super) const RENAMED: [(&str, &str); 7] = [
    ("limits.kept_bytes", "cache.response_bytes"),
    ("limits.stop_seconds", "limits.shutdown_timeout_seconds"),
    ("live.streams", "live.max_connections"),
    ("live.streams_of_one", "live.max_connections_per_client"),
    ("reading.anonymous", "api.anonymous_read"),
    ("registration.open", "registration.mode"),
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
    let value = section.remove(key);
    if section.is_empty() {
        table.remove(name);
    }
    value
}

/// Splits a key into its section and its name. Each setting here is in a section.
fn split(key: &str) -> (&str, &str) {
    key.split_once('.').unwrap_or(("", key))
}

#[cfg(test)]
mod tests {
    use super::super::{
        Flags,
        tests::{load, wrong_file},
    };

    #[test]
    fn former_names_are_read_as_the_present_ones() {
        let file = "[limits]\nkept_bytes = 7\n[live]\nstreams = 3\n[reading]\nanonymous = false";
        let variables = [
            ("HYDRAULICS_LIVE__STREAMS_OF_ONE", "2"),
            ("HYDRAULICS_LIMITS__STOP_SECONDS", "5"),
            ("HYDRAULICS_REGISTRATION__WELCOME", "Hello"),
        ];
        let config = load(file, &variables, Flags::default()).unwrap();
        assert_eq!(config.cache.response_bytes, 7);
        assert_eq!(config.live.max_connections, 3);
        assert!(!config.api.anonymous_read);
        assert_eq!(config.live.max_connections_per_client, 2);
        assert_eq!(config.limits.shutdown_timeout_seconds, 5);
        assert_eq!(config.registration.welcome_note_html, "Hello");
        let printed = config.to_commented_toml();
        assert!(printed.contains("response_bytes = 7") && !printed.contains("kept_bytes"));
    }

    #[test]
    fn former_section_may_be_empty() {
        let file = "[reading]\n# anonymous = true\n[limits]\n";
        assert!(load(file, &[], Flags::default()).is_ok());
        assert!(wrong_file("[reading]\nanything = 1").contains("reading"));
    }

    #[test]
    fn former_name_beside_the_present_one_is_refused() {
        let file = "[live]\nstreams = 3\nmax_connections = 4";
        let wrong = wrong_file(file);
        assert!(
            wrong.contains("`live.streams`") && wrong.contains("`live.max_connections`"),
            "{wrong}"
        );
        let former = ("HYDRAULICS_LIVE__STREAMS", "3");
        let present = ("HYDRAULICS_LIVE__MAX_CONNECTIONS", "4");
        let wrong = load("", &[former, present], Flags::default()).unwrap_err();
        assert!(wrong.to_string().contains(former.0) && wrong.to_string().contains(present.0));
    }
}
