//! The values of settings: what each must be, and the sentence when it isn't.
//!
//! A message here ends the sentence "`key` …", and never repeats what may be a secret.

#[cfg(test)]
mod tests;

use std::{fmt, net::SocketAddr, path::Path, path::PathBuf};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::{
    app::RegistrationMode,
    model::{Nickname, Secret, host_name},
};

/// The URL of a database. It may hold a password, so it shows itself only through
/// [`expose`](Self::expose); `Display` and `Debug` leave the password out.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// The SQLite file of a data folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let file = folder.join("hydraulics.sqlite");
        Self(Secret::new(format!("sqlite:{}", file.display())))
    }

    /// Reads `sqlite:FILE`, `sqlite::memory:` or `postgres://…`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let good = if postgres {
            Url::parse(text).is_ok()
        } else {
            text.strip_prefix("sqlite:")
                .is_some_and(|file| !file.is_empty())
        };
        good.then(|| Self(Secret::new(text)))
    }

    /// The URL with its password, to connect with.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.expose();
        if text.starts_with("sqlite:") {
            return f.write_str(text);
        }
        match Url::parse(text) {
            Ok(url) => write!(f, "{}", without_password(url)),
            Err(_) => f.write_str("postgres://..."),
        }
    }
}

/// The URL with no password in it. The driver takes one from the query too, with a host or without.
fn without_password(mut url: Url) -> Url {
    if url.password().is_some() {
        // A URL that has a password takes another.
        let _ = url.set_password(Some("REDACTED"));
    }
    let is_secret = |key: &str| key.to_ascii_lowercase().contains("password");
    if url.query_pairs().any(|(key, _)| is_secret(&key)) {
        let rest: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| !is_secret(key))
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
    }
    url
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!(
            "must be an address and a port, such as 127.0.0.1:8080 or [::]:8080, not \"{text}\""
        ))
    })
}

pub(super) mod public_url {
    //! Where the world finds this server; empty when that isn't said.

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use url::Url;

    use crate::model::Urls;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Urls>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        let urls = Url::parse(&text)
            .ok()
            .and_then(|url| Urls::new(&url).ok())
            .ok_or_else(|| {
                D::Error::custom(
                    "must be http:// or https:// and a host, and after it nothing or a plain path, \
                     such as https://pump.example",
                )
            })?;
        Ok(Some(urls))
    }

    #[allow(clippy::ref_option, reason = "the signature is serde's")]
    pub(in super::super) fn serialize<S: Serializer>(
        urls: &Option<Urls>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(urls.as_ref().map_or("", Urls::base))
    }
}

pub(super) mod database_url {
    //! The database; empty when it isn't said.

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    use super::DatabaseUrl;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<DatabaseUrl>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        let url = DatabaseUrl::parse(&text).ok_or_else(|| {
            D::Error::custom(
                "must be sqlite:FILE, sqlite::memory: or postgres://USER:PASSWORD@HOST/NAME",
            )
        })?;
        Ok(Some(url))
    }

    #[allow(clippy::ref_option, reason = "the signature is serde's")]
    pub(in super::super) fn serialize<S: Serializer>(
        url: &Option<DatabaseUrl>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&url.as_ref().map(ToString::to_string).unwrap_or_default())
    }
}

pub(super) fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Err(D::Error::custom("must be the path of a folder, not empty"));
    }
    Ok(text.into())
}

/// The people who can make an account; `true` and `false` are everyone and nobody.
pub(super) fn registration_mode<'de, D>(from: D) -> Result<RegistrationMode, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        IsOpen(bool),
        Named(String),
    }
    let name = match Given::deserialize(from) {
        Ok(Given::IsOpen(is_open)) => is_open.to_string(),
        Ok(Given::Named(name)) => name,
        Err(_) => String::new(),
    };
    RegistrationMode::parse(&name).ok_or_else(|| {
        let names = "\"open\", \"closed\", \"invitation\" or \"approval\"";
        D::Error::custom(format!("must be {names}, not \"{name}\""))
    })
}

pub(super) fn line<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(D::Error::custom("must be one line of text"));
    }
    Ok(text)
}

/// A bucket of a store that speaks S3, and what stands before the names in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Bucket {
    /// Its name.
    pub name: String,
    /// Prefix of all names; may be empty.
    pub prefix: String,
}

pub(super) mod s3_bucket {
    //! Where uploads are kept; empty for the data folder.

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    use super::S3Bucket;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<S3Bucket>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        let plain = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_/".contains(&b))
        };
        let found = text.strip_prefix("s3://").filter(|rest| plain(rest));
        let (name, prefix) =
            found.map_or(("", ""), |rest| rest.split_once('/').unwrap_or((rest, "")));
        if name.is_empty() {
            return Err(D::Error::custom(
                "must be empty, s3://BUCKET or s3://BUCKET/PREFIX",
            ));
        }
        Ok(Some(S3Bucket {
            name: name.into(),
            prefix: prefix.trim_matches('/').into(),
        }))
    }

    #[allow(clippy::ref_option, reason = "the signature is serde's")]
    pub(in super::super) fn serialize<S: Serializer>(
        bucket: &Option<S3Bucket>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let text = match bucket {
            Some(S3Bucket { name, prefix }) if prefix.is_empty() => format!("s3://{name}"),
            Some(S3Bucket { name, prefix }) => format!("s3://{name}/{prefix}"),
            None => String::new(),
        };
        to.serialize_str(&text)
    }
}

pub(super) fn endpoint<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let good = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.query().is_none()
    });
    if !text.is_empty() && !good {
        return Err(D::Error::custom(
            "must be empty or an http:// or https:// URL, such as http://10.0.0.5:9000",
        ));
    }
    Ok(text)
}

/// Shows whether there is a secret, and nothing of it.
pub(super) fn redacted<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    let is_set = !secret.expose().is_empty();
    to.serialize_str(if is_set { "REDACTED" } else { "" })
}

/// The most bytes of a text for people.
const MAX_TEXT_BYTES: usize = 20_000;

pub(super) fn short_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.len() > MAX_TEXT_BYTES || text.contains('\0') {
        return Err(D::Error::custom(format!(
            "must be text of at most {MAX_TEXT_BYTES} bytes"
        )));
    }
    Ok(text)
}

pub(super) fn header<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(D::Error::custom("must be one line of plain ASCII"));
    }
    Ok(text)
}

/// Names of hosts, in the one spelling that each has.
pub(super) fn hosts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let name = |text: &String| {
        host_name(text).ok_or_else(|| {
            D::Error::custom(format!(
                "must hold names of hosts, such as social.example.org, not \"{text}\""
            ))
        })
    };
    texts.iter().map(name).collect()
}

pub(super) fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts
        .iter()
        .map(|text| {
            text.parse()
                .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
                .map(canonical)
                .map_err(|_| {
                    D::Error::custom(format!(
                        "must hold addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, not \
                         \"{text}\""
                    ))
                })
        })
        .collect()
}

/// A network of IPv4 in IPv6 (`::ffff:0:0/96`) as one of IPv4: addresses are compared in that form.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let v4 = v6
        .addr()
        .to_ipv4_mapped()
        .zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok())
        .map_or(network, IpNet::V4)
}

pub(super) fn log_filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    EnvFilter::try_new(&text).map_err(|_| {
        D::Error::custom(format!(
            "must be a level (error, warn, info, debug or trace), perhaps by part, such as \
             \"info,sqlx=warn\", not \"{text}\""
        ))
    })?;
    Ok(text)
}

pub(super) fn nickname<'de, D: Deserializer<'de>>(from: D) -> Result<Nickname, D::Error> {
    let text = String::deserialize(from)?;
    Nickname::parse(&text).map_err(|_| {
        D::Error::custom(format!(
            "must be 1 to 64 letters, digits, dots, dashes and underscores, and no reserved word, \
             not \"{text}\""
        ))
    })
}

pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Err(D::Error::custom("must not be empty"));
    }
    Ok(Secret::new(text))
}

/// A whole number from `MIN` to `MAX`.
pub(super) fn within<'de, D, T, const MIN: i64, const MAX: i64>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    let number = i64::deserialize(from)?;
    Some(number)
        .filter(|number| (MIN..=MAX).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| {
            D::Error::custom(format!(
                "must be a whole number from {MIN} to {MAX}, not {number}"
            ))
        })
}
