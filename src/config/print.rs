//! The effective configuration as a file, with the comments of the default one.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::{Config, DEFAULT};
use crate::app::Settings;

impl Config {
    /// The effective configuration as commented TOML, with passwords, secrets and tokens left out.
    pub(crate) fn to_commented_toml(&self) -> String {
        let mut rest = self.effective();
        let mut text = String::new();
        let mut section = String::new();
        for line in DEFAULT.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = name.into();
            }
            let value = line
                .split_once(" = ")
                .filter(|_| !line.starts_with('#'))
                .and_then(|(key, _)| Some((key, take(&mut rest, &section, key)?)));
            match value {
                Some((key, value)) => _ = writeln!(text, "{key} = {value}"),
                None => _ = writeln!(text, "{line}"),
            }
        }
        rest.retain(|_, value| value.is_array());
        if !rest.is_empty() {
            _ = write!(text, "\n{rest}");
        }
        text
    }

    /// All values, those that are made from others among them.
    fn effective(&self) -> Table {
        let mut effective = self.clone();
        effective.database_url = Some(self.database());
        if self.listen.port() != 0 {
            effective.public_url = self.urls(self.listen).ok();
        }
        if let Some(urls) = effective.public_url.clone() {
            let Settings { server_header, .. } = self.settings(urls);
            effective.server_header = server_header;
        }
        Table::try_from(effective).unwrap_or_default()
    }
}

fn take(table: &mut Table, section: &str, key: &str) -> Option<Value> {
    if section.is_empty() {
        return table.remove(key);
    }
    table.get_mut(section)?.as_table_mut()?.remove(key)
}
