//! One sentence that says what is wrong with the configuration.

use figment::error::{Actual, Kind};

/// Error of the configuration, as a sentence for its author. It names the key, where it came from
/// and what would be right, and shows no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

impl ConfigError {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        let key = key(&error.path);
        let place = error
            .metadata
            .as_ref()
            .map_or("in the built-in defaults", |source| &source.name);
        Self(match &error.kind {
            Kind::UnknownField(name, known) => {
                format!(
                    "there is no setting `{key}` ({place}){}",
                    did_you_mean(name, known.iter().copied())
                )
            }
            Kind::UnknownVariant(text, known) => format!(
                "`{key}` must be {}, not \"{text}\" ({place})",
                one_of(known)
            ),
            Kind::MissingField(name) if key.is_empty() => format!("`{name}` is missing ({place})"),
            Kind::MissingField(name) => format!("`{key}.{name}` is missing ({place})"),
            Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => format!(
                "`{key}` must be {}{} ({place})",
                describe_expected(expected),
                describe_actual(&key, actual)
            ),
            Kind::Message(message) => format!("`{key}` {message} ({place})"),
            other => format!("`{key}` can't be used: {other} ({place})"),
        })
    }
}

/// The path of a key as a person would write it: `users[0].nickname`.
fn key(path: &[String]) -> String {
    let mut key = String::new();
    for part in path {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            key = format!("{key}[{part}]");
        } else if key.is_empty() {
            key.clone_from(part);
        } else {
            key = format!("{key}.{part}");
        }
    }
    key
}

/// Suggests the nearest known name, else lists all of them.
pub(super) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known
        .clone()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness > 0.85 => format!(": is it `{known}`?"),
        _ => format!(
            ": the settings here are {}",
            known.collect::<Vec<_>>().join(", ")
        ),
    }
}

fn one_of(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => quoted.concat(),
    }
}

fn describe_expected(expected: &str) -> &str {
    match expected {
        "i64" | "u64" | "usize" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list in brackets",
        other if other.starts_with("struct ") => "a section of settings",
        other => other,
    }
}

/// Describes the actual value, unless it may be a secret.
fn describe_actual(key: &str, actual: &Actual) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let last = last.split('[').next().unwrap_or(last);
    // Where a list of secrets should be, someone may have put the secret itself.
    if matches!(
        last,
        "database_url" | "password" | "secret" | "token" | "tokens" | "users" | "clients"
    ) {
        return String::new();
    }
    match actual {
        Actual::Str(text) => format!(", not \"{text}\""),
        Actual::Bool(flag) => format!(", not {flag}"),
        Actual::Unsigned(number) => format!(", not {number}"),
        Actual::Signed(number) => format!(", not {number}"),
        Actual::Float(number) => format!(", not {number}"),
        Actual::Seq => ", not a list".into(),
        Actual::Map => ", not a section".into(),
        _ => String::new(),
    }
}
