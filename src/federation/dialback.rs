//! Dialback tokens that this server gives: every node knows them again, and none is stored
//! (pump-api 12.3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SubsecRound, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    App,
    model::{RemoteCredential, Secret, host_name},
    protocol::dialback::{Claimed, DialbackHeader, is_current, parse_date},
    storage::{Change, Result},
};

/// Key under which the secret of the tokens is stored among the credentials: no host has that name.
const SECRET_HOST: &str = "";
const SECRET_IDENTITY: &str = "dialback";

/// Why a token is not confirmed, in the sentences of the reference.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unconfirmed {
    /// The request names no identity.
    #[error("No identity")]
    NoIdentity,
    /// The identity is of another host.
    #[error("Incorrect host")]
    IncorrectHost,
    /// The request has no token.
    #[error("No token")]
    NoToken,
    /// The request has no date.
    #[error("No date")]
    NoDate,
    /// The date is too old, or of the future.
    #[error("Invalid date")]
    InvalidDate,
    /// The token is none that was given to that identity for that URL and date.
    #[error("Not my token")]
    NotMyToken,
    /// The secret could not be read.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
}

/// Fields of a request for confirmation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Confirmation<'a> {
    /// The host that claims to be us.
    pub(crate) host: Option<&'a str>,
    /// The person who claims to be ours.
    pub(crate) webfinger: Option<&'a str>,
    /// The token.
    pub(crate) token: Option<&'a str>,
    /// The URL that the token was sent to.
    pub(crate) url: Option<&'a str>,
    /// The date of that request.
    pub(crate) date: Option<&'a str>,
}

/// Confirms that a request to another server came from here.
pub(crate) async fn confirm(app: &App, fields: Confirmation<'_>) -> Result<(), Unconfirmed> {
    let given = |field: Option<&'_ str>| field.filter(|text| !text.is_empty()).map(str::to_owned);
    let claimed = match (given(fields.webfinger), given(fields.host)) {
        (Some(webfinger), _) => Claimed::Webfinger(webfinger),
        (None, Some(host)) => Claimed::Host(host),
        (None, None) => return Err(Unconfirmed::NoIdentity),
    };
    let authority = claimed.value().rsplit('@').next().unwrap_or_default();
    if host_name(authority) != Some(app.urls().host_name()) {
        return Err(Unconfirmed::IncorrectHost);
    }
    let token = given(fields.token).ok_or(Unconfirmed::NoToken)?;
    let date = given(fields.date).ok_or(Unconfirmed::NoDate)?;
    let date = parse_date(&date).ok_or(Unconfirmed::NotMyToken)?;
    if !is_current(date, app.clock().now()) {
        return Err(Unconfirmed::InvalidDate);
    }
    let url = fields.url.unwrap_or_default();
    let secret = stored_secret(app).await?.ok_or(Unconfirmed::NotMyToken)?;
    let is_ours = token.split_once('.').is_some_and(|(nonce, mac)| {
        let mac = URL_SAFE_NO_PAD.decode(mac).unwrap_or_default();
        let signed = mac_of(&secret, &as_ours(app, claimed), url, date, nonce);
        signed.is_some_and(|signed| signed.verify_slice(&mac).is_ok())
    });
    is_ours.then_some(()).ok_or(Unconfirmed::NotMyToken)
}

/// An identity of ours in the one spelling of our host.
fn as_ours(app: &App, claimed: Claimed) -> Claimed {
    let host = app.urls().host_name();
    match claimed {
        Claimed::Host(_) => Claimed::Host(host),
        Claimed::Webfinger(webfinger) => {
            let nickname = webfinger.strip_prefix("acct:").unwrap_or(&webfinger);
            let nickname = nickname
                .rsplit_once('@')
                .map_or("", |(nickname, _)| nickname);
            Claimed::Webfinger(format!("{nickname}@{host}"))
        }
    }
}

/// Makes the header by which a request to that URL, at that date, claims an identity of ours:
/// `acct:NICK@HOST`, or our host.
pub(super) async fn claim(
    app: &App,
    identity: &str,
    url: &str,
    date: DateTime<Utc>,
) -> Result<DialbackHeader> {
    let identity = match identity.strip_prefix("acct:") {
        Some(webfinger) => Claimed::Webfinger(webfinger.to_owned()),
        None => Claimed::Host(identity.to_owned()),
    };
    let secret = match stored_secret(app).await? {
        Some(secret) => secret,
        None => make_secret(app).await?,
    };
    let nonce = app.entropy().token::<12>();
    let mac = mac_of(&secret, &as_ours(app, identity.clone()), url, date, &nonce);
    let mac = mac.map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let token = format!("{nonce}.{}", mac.unwrap_or_default());
    Ok(DialbackHeader { identity, token })
}

fn mac_of(
    secret: &Secret,
    identity: &Claimed,
    url: &str,
    date: DateTime<Utc>,
    nonce: &str,
) -> Option<Hmac<Sha256>> {
    // Keys of any length are good.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    let date = date.timestamp().to_string();
    // None of those that are signed here has a line break.
    let signed = [identity.field(), identity.value(), url, &date, nonce].join("\n");
    mac.update(signed.as_bytes());
    Some(mac)
}

async fn stored_secret(app: &App) -> Result<Option<Secret>> {
    let stored = app
        .storage()
        .find_remote_credential(SECRET_HOST, SECRET_IDENTITY)
        .await?;
    Ok(stored.map(|stored| stored.secret))
}

/// Makes the secret. Of two nodes that do so at once, both get that of the first.
async fn make_secret(app: &App) -> Result<Secret> {
    let _lock = app.peers().secret_lock.lock().await;
    if let Some(secret) = stored_secret(app).await? {
        return Ok(secret);
    }
    let secret = Secret::new(app.entropy().token::<32>());
    let credential = RemoteCredential {
        host: SECRET_HOST.into(),
        identity: SECRET_IDENTITY.into(),
        client_id: SECRET_IDENTITY.into(),
        secret: secret.clone(),
        created: app.clock().now().trunc_subsecs(0),
    };
    let storage = app.storage();
    storage
        .commit(vec![Change::AddRemoteCredential(credential)])
        .await?;
    Ok(stored_secret(app).await?.unwrap_or(secret))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{app::AppParts, protocol::dialback::format_date};

    const URL: &str = "https://peer.test/api/client/register";

    struct Sent {
        token: String,
        date: String,
    }

    async fn sent(app: &App, identity: &str) -> Sent {
        let date = app.clock().now();
        let header = claim(app, identity, URL, date).await.unwrap();
        Sent {
            token: header.token,
            date: format_date(date),
        }
    }

    /// The reason for which a request is not confirmed, empty if it is.
    async fn reason(app: &App, fields: Confirmation<'_>) -> String {
        let failed = confirm(app, fields).await.err();
        failed.map(|failed| failed.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn every_node_confirms_a_token_for_what_it_was_given() {
        let parts = AppParts::of_a_test("https://pump.test");
        let storage = Arc::clone(&parts.storage);
        let alice = sent(&App::new(parts), "acct:alice@pump.test").await;
        let app = App::new(AppParts {
            storage,
            ..AppParts::of_a_test("https://pump.test")
        });
        let good = Confirmation {
            webfinger: Some("alice@pump.test"),
            token: Some(&alice.token),
            url: Some(URL),
            date: Some(&alice.date),
            ..Confirmation::default()
        };
        let later = "Tue, 14 Nov 2023 22:30:00 GMT";
        let forged = format!("{}x", alice.token);
        for (fields, expected) in [
            (good, ""),
            (
                Confirmation {
                    webfinger: Some("acct:alice@PUMP.test:443"),
                    ..good
                },
                "",
            ),
            (
                Confirmation {
                    webfinger: Some("bob@pump.test"),
                    ..good
                },
                "Not my token",
            ),
            (
                Confirmation {
                    webfinger: None,
                    host: Some("pump.test"),
                    ..good
                },
                "Not my token",
            ),
            (
                Confirmation {
                    webfinger: Some("alice@peer.test"),
                    ..good
                },
                "Incorrect host",
            ),
            (
                Confirmation {
                    webfinger: None,
                    ..good
                },
                "No identity",
            ),
            (
                Confirmation {
                    url: Some("https://evil.test/"),
                    ..good
                },
                "Not my token",
            ),
            (Confirmation { url: None, ..good }, "Not my token"),
            (
                Confirmation {
                    token: None,
                    ..good
                },
                "No token",
            ),
            (
                Confirmation {
                    token: Some(&forged),
                    ..good
                },
                "Not my token",
            ),
            (Confirmation { date: None, ..good }, "No date"),
            (
                Confirmation {
                    date: Some("yesterday"),
                    ..good
                },
                "Not my token",
            ),
            (
                Confirmation {
                    date: Some(later),
                    ..good
                },
                "Invalid date",
            ),
        ] {
            assert_eq!(reason(&app, fields).await, expected, "{fields:?}");
        }
    }

    #[tokio::test]
    async fn token_of_the_host_is_confirmed_for_its_spellings() {
        let app = App::new(AppParts::of_a_test("https://pump.test"));
        let host = sent(&app, "pump.test").await;
        let good = Confirmation {
            host: Some("Pump.test."),
            token: Some(&host.token),
            url: Some(URL),
            date: Some(&host.date),
            ..Confirmation::default()
        };
        assert_eq!(reason(&app, good).await, "");
    }

    #[tokio::test]
    async fn tokens_that_are_given_at_once_have_one_secret() {
        let app = App::new(AppParts::of_a_test("https://pump.test"));
        let lock = app.peers().secret_lock.lock().await;
        let free = async {
            // Both have found no secret, and wait.
            tokio::task::yield_now().await;
            drop(lock);
        };
        let (alice, bob, ()) = tokio::join!(
            sent(&app, "acct:alice@pump.test"),
            sent(&app, "acct:bob@pump.test"),
            free
        );
        for (webfinger, sent) in [("alice@pump.test", alice), ("bob@pump.test", bob)] {
            let fields = Confirmation {
                webfinger: Some(webfinger),
                token: Some(&sent.token),
                url: Some(URL),
                date: Some(&sent.date),
                ..Confirmation::default()
            };
            assert_eq!(reason(&app, fields).await, "", "{webfinger}");
        }
    }
}
