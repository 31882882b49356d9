//! Where settings come from, later ones over earlier ones.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use toml::{Table, Value as Toml};

use super::{
    Config, ConfigError, DEFAULT, Environment,
    environment::{self, variable},
    error::did_you_mean,
    provision,
    renamed::{self, RENAMED},
};

/// The file that is read where no other is named, if it is there.
const DEFAULT_FILE: &str = "hydraulics.toml";

/// The settings that can be given as flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// `listen`.
    pub listen: Option<String>,
    /// `public_url`.
    pub public_url: Option<String>,
    /// `data_dir`.
    pub data_dir: Option<String>,
    /// `database_url`.
    pub database_url: Option<String>,
}

/// Settings from one place, with the words that name the place in a sentence.
struct Layer {
    place: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Layer {
    fn table(place: impl Into<String>, table: &Table) -> Result<Self, ConfigError> {
        Ok(Self {
            place: place.into(),
            values: Value::serialize(table)?.into_dict().unwrap_or_default(),
        })
    }

    fn value(place: impl Into<String>, key: &str, value: Value) -> Self {
        Self {
            place: place.into(),
            values: figment::util::nest(key, value)
                .into_dict()
                .unwrap_or_default(),
        }
    }
}

/// Puts the sources together, and checks every value.
pub(super) fn load(flags: &Flags, environment: &Environment) -> Result<Config, ConfigError> {
    let defaults = parse(DEFAULT, "the built-in defaults")?;
    let mut all = Figment::from(Layer::table("in the built-in defaults", &defaults)?);
    if let Some(path) = file(flags, environment) {
        let place = format!("in {}", path.display());
        let table = renamed::rename(read(&path)?, &place)?;
        all = all.merge(Layer::table(place, &table)?);
    }
    for layer in from_environment(environment, &defaults)? {
        all = all.merge(layer);
    }
    for layer in from_flags(flags) {
        all = all.merge(layer);
    }
    let config: Config = all.extract()?;
    provision::check(&config.clients, &config.users)?;
    config.mail.check(config.registration.require_email)?;
    Ok(config)
}

/// The file to read: the one a flag or the environment names, else the usual one if it is there.
fn file(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    flags
        .config
        .clone()
        .or_else(|| environment.file().map(PathBuf::from))
        .or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()))
}

fn read(path: &Path) -> Result<Table, ConfigError> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(format!(
            "the configuration file {place} can't be read: {error}"
        ))
    })?;
    parse(&text, &place)
}

fn parse(text: &str, place: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        ConfigError::new(format!(
            "{place} is no TOML: line {line}: {}",
            error.message().replace('\n', ", ")
        ))
    })
}

/// One layer for each variable. The built-in defaults say which there are, and of what type.
fn from_environment(
    environment: &Environment,
    defaults: &Table,
) -> Result<Vec<Layer>, ConfigError> {
    let mut known = BTreeMap::new();
    leaves(defaults, "", &mut known);
    let present_names: Vec<String> = known.keys().cloned().collect();
    for (former, present) in RENAMED {
        let (former_name, present_name) = (variable(former), variable(present));
        if environment.has(&former_name) && environment.has(&present_name) {
            return Err(renamed::both(
                &former_name,
                &present_name,
                "in the environment",
            ));
        }
        if let Some(setting) = known.get(&present_name).cloned() {
            known.insert(former_name, setting);
        }
    }
    environment
        .settings()
        .map(|setting| {
            let (name, text) = setting?;
            let (key, default) = known.get(name).ok_or_else(|| {
                let known = present_names
                    .iter()
                    .map(String::as_str)
                    .chain([environment::FILE_VARIABLE]);
                ConfigError::new(format!(
                    "there is no setting for the environment variable {name}{}",
                    did_you_mean(name, known)
                ))
            })?;
            let place = format!("in the environment variable {name}");
            Ok(Layer::value(place, key, typed(text, default)))
        })
        .collect()
}

/// All settings that are no sections, by the name of their variable.
fn leaves<'a>(table: &'a Table, section: &str, into: &mut BTreeMap<String, (String, &'a Toml)>) {
    for (name, value) in table {
        let key = if section.is_empty() {
            name.clone()
        } else {
            format!("{section}.{name}")
        };
        match value {
            Toml::Table(inner) => leaves(inner, &key, into),
            leaf => {
                into.insert(variable(&key), (key, leaf));
            }
        }
    }
}

/// Text as a value of the type the default has; text that can't be one stays text, and is refused
/// for that with the same sentence as in a file.
fn typed(text: &str, default: &Toml) -> Value {
    match default {
        Toml::Boolean(_) => text.parse().map_or_else(|_| text.into(), bool::into),
        Toml::Integer(_) => text.parse().map_or_else(|_| text.into(), i64::into),
        Toml::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect::<Vec<_>>()
            .into(),
        _ => text.into(),
    }
}

fn from_flags(flags: &Flags) -> impl Iterator<Item = Layer> {
    [
        ("listen", &flags.listen),
        ("public_url", &flags.public_url),
        ("data_dir", &flags.data_dir),
        ("database_url", &flags.database_url),
    ]
    .into_iter()
    .filter_map(|(key, value)| {
        let value = value.as_deref()?;
        let place = format!("in the flag --{}", key.replace('_', "-"));
        Some(Layer::value(place, key, value.into()))
    })
}
