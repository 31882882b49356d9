//! Clients and users that are given in the configuration.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{ConfigError, values};
use crate::{
    model::{ClientKind, Nickname, Secret},
    service::provision::{FixedClient, FixedToken, FixedUser, Provision},
};

/// A client with a fixed id and secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientEntry {
    id: String,
    #[serde(deserialize_with = "values::secret", serialize_with = "redacted")]
    secret: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(
        default = "native",
        deserialize_with = "application_type",
        serialize_with = "write_application_type"
    )]
    application_type: ClientKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redirect_uris: Vec<String>,
}

/// A user with a fixed name and password.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    #[serde(
        deserialize_with = "values::nickname",
        serialize_with = "write_nickname"
    )]
    nickname: Nickname,
    #[serde(deserialize_with = "values::secret", serialize_with = "redacted")]
    password: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<TokenEntry>,
}

/// An access token of a user.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    client: String,
    #[serde(deserialize_with = "values::secret", serialize_with = "redacted")]
    token: Secret,
    #[serde(deserialize_with = "values::secret", serialize_with = "redacted")]
    secret: Secret,
}

impl ClientEntry {
    fn fixed(&self) -> FixedClient {
        FixedClient {
            id: self.id.clone(),
            secret: self.secret.clone(),
            kind: self.application_type,
            name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
        }
    }
}

impl UserEntry {
    fn fixed(&self) -> FixedUser {
        FixedUser {
            nickname: self.nickname.clone(),
            password: self.password.clone(),
            email: self.email.clone(),
            tokens: self
                .tokens
                .iter()
                .map(|token| FixedToken {
                    client: token.client.clone(),
                    token: token.token.expose().into(),
                    secret: token.secret.clone(),
                })
                .collect(),
        }
    }
}

/// Returns the clients and users to be created at the start.
pub(super) fn provision(clients: &[ClientEntry], users: &[UserEntry]) -> Provision {
    Provision {
        clients: clients.iter().map(ClientEntry::fixed).collect(),
        users: users.iter().map(UserEntry::fixed).collect(),
    }
}

/// Checks the entries against each other: ids, names and tokens are given once, and tokens belong
/// to clients that are given too.
pub(super) fn check(clients: &[ClientEntry], users: &[UserEntry]) -> Result<(), ConfigError> {
    let mut ids = HashSet::new();
    for (index, client) in clients.iter().enumerate() {
        if !ids.insert(client.id.as_str()) {
            return Err(twice(&format!("clients[{index}].id"), &client.id));
        }
    }
    let mut names = HashSet::new();
    let mut tokens = HashSet::new();
    for (index, user) in users.iter().enumerate() {
        if !names.insert(&user.nickname) {
            let name = user.nickname.as_str();
            return Err(twice(&format!("users[{index}].nickname"), name));
        }
        for (number, token) in user.tokens.iter().enumerate() {
            let key = format!("users[{index}].tokens[{number}]");
            if !ids.contains(token.client.as_str()) {
                return Err(ConfigError::new(format!(
                    "`{key}.client` must be the id of one of the [[clients]], not \"{}\"",
                    token.client
                )));
            }
            if !tokens.insert(token.token.expose()) {
                return Err(ConfigError::new(format!(
                    "`{key}.token` is given twice: every token needs a text of its own"
                )));
            }
        }
    }
    Ok(())
}

fn twice(key: &str, value: &str) -> ConfigError {
    ConfigError::new(format!(
        "`{key}` is \"{value}\", which was given before: every one needs its own"
    ))
}

fn native() -> ClientKind {
    ClientKind::Native
}

fn application_type<'de, D: Deserializer<'de>>(from: D) -> Result<ClientKind, D::Error> {
    let text = String::deserialize(from)?;
    ClientKind::parse(&text)
        .ok_or_else(|| D::Error::custom(format!("must be \"native\" or \"web\", not \"{text}\"")))
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn write_application_type<S: Serializer>(kind: &ClientKind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.as_str())
}

fn write_nickname<S: Serializer>(nickname: &Nickname, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(nickname.as_str())
}

fn redacted<S: Serializer>(_: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("[redacted]")
}
