//! Sign-in of people of other servers (pump-api 12.10).
//!
//! Their server says who they are: they allow this server an access token there, with which it
//! asks. The token stays here. A browser is known by a random text: the *ticket* while the sign-in
//! is under way, and then the *session*.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::held_tokens::{self, HeldToken, SESSION, SIGN_IN};
use crate::{
    Context,
    app::{PeerAnswer, PeerError, PeerFailure, texts::Phrase},
    federation::{
        EXCHANGE, FetchBudget, access_token, check_host, discover, post_as, request_token, whoami,
    },
    model::{Secret, Urls, host_name, host_of_id, names_host},
    service::{Error, ErrorKind, Result, access, remote},
};

/// Maximum bytes of an address.
const MAX_ADDRESS_BYTES: usize = 320;

/// Link relation of the outbox of a person.
const OUTBOX: &str = "activity-outbox";

/// How long to wait where too much is asked of other hosts.
const BUSY_WAIT: Duration = Duration::from_mins(1);

/// First answer to an address.
pub(crate) enum SignInStart {
    /// It is an address of this server.
    Local,
    /// Its person is to be sent to this page of their server, with this ticket.
    Elsewhere { page: Url, ticket: Secret },
}

/// A person who has signed in.
pub(crate) struct SignedIn {
    /// The session.
    pub(crate) session: Secret,
    /// URL on this server to continue to.
    pub(crate) continue_to: String,
}

/// A session.
pub(crate) struct RemoteSession(HeldToken);

impl RemoteSession {
    /// Returns the id of its person.
    pub(crate) fn person(&self) -> &str {
        &self.0.subject
    }
}

/// Begins the sign-in of an address such as `nick@host`.
///
/// Errors: 400 for what is no address, 403 for a refused host, 429, and 502 with the step that
/// failed at the host.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn begin(ctx: &Context, address: &str, continue_to: &str) -> Result<SignInStart> {
    let urls = ctx.urls();
    let id = parse_address(urls, address).ok_or_else(|| {
        let sentence = "An address has the form nickname@host, as in an e-mail.";
        Error::bad_request(sentence).phrased("follow-bad-address")
    })?;
    let budget = FetchBudget::default();
    if is_own(urls, &id) {
        return Ok(SignInStart::Local);
    }
    let found = match discover(ctx.app(), &id, &budget).await {
        Err(error) if matches!(error.cause, PeerFailure::Own) => return Ok(SignInStart::Local),
        found => found.map_err(|error| failure(&error))?,
    };
    let callback = format!("/main/authorized/{}", Urls::encode(&found.host));
    let asked = request_token(ctx.app(), &found.host, &urls.absolute(&callback), &budget).await;
    let (token, page) = asked.map_err(|error| failure(&error))?;
    let place = urls.local_place(continue_to);
    let ticket = held_tokens::hold(ctx, SIGN_IN, &found.host, &place, token).await?;
    Ok(SignInStart::Elsewhere { page, ticket })
}

/// Ends the sign-in of a browser that its person's server sent back, with the verifier if they
/// allowed it. A ticket is good once.
///
/// Errors: 400 without a verifier, and for a ticket that is unknown, or of another sign-in; 403 for
/// a suspended person, and one of another host; 502.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn finish(
    ctx: &Context,
    host: &str,
    ticket: Option<&Secret>,
    (token, verifier): (&str, &str),
) -> Result<SignedIn> {
    let held = match ticket {
        Some(ticket) => held_tokens::find(ctx, SIGN_IN, ticket).await?,
        None => None,
    };
    let is_it =
        |held: &HeldToken| host_name(host).as_ref() == Some(&held.host) && held.token.name == token;
    let held = held.filter(is_it).ok_or_else(unknown_sign_in)?;
    if !held_tokens::release(ctx, &held).await? {
        return Err(unknown_sign_in());
    }
    let (app, host) = (ctx.app(), &*held.host);
    if verifier.is_empty() {
        let sentence = format!("You are not signed in: it was not allowed at {host}.");
        return Err(Error::bad_request(sentence));
    }
    let budget = FetchBudget::default();
    let token = access_token(app, host, &held.token, verifier, &budget).await;
    let token = token.map_err(|error| failure(&error))?;
    let shown = whoami(app, host, &token, &budget).await;
    let person = person_of(ctx, host, shown.map_err(|error| failure(&error))?).await?;
    tracing::info!(person, "signed in from another server");
    let session = held_tokens::hold(ctx, SESSION, host, &person, token).await?;
    Ok(SignedIn {
        session,
        continue_to: held.subject,
    })
}

/// Returns a session, unless it has ended, its host is refused meanwhile, or its person suspended.
pub(crate) async fn find_session(ctx: &Context, text: &Secret) -> Result<Option<RemoteSession>> {
    let Some(held) = held_tokens::find(ctx, SESSION, text).await? else {
        return Ok(None);
    };
    match check_host(ctx.app(), &held.host).await {
        Ok(())
            if access::require_heard(ctx.app(), &held.subject)
                .await
                .is_err() =>
        {
            Ok(None)
        }
        Ok(()) => Ok(Some(RemoteSession(held))),
        Err(PeerFailure::Storage(error)) => Err(Error::internal(error.to_string())),
        Err(_) => Ok(None),
    }
}

/// Ends a session.
pub(crate) async fn end_session(ctx: &Context, session: &RemoteSession) -> Result<()> {
    held_tokens::release(ctx, &session.0).await.map(drop)
}

/// Posts an activity to the outbox of the person of a session, and returns the answer. A session
/// whose token their server refuses ends.
///
/// Errors: 401 for such a session, 400 for an activity that the server refuses, 502 if it fails.
pub(crate) async fn post_to_outbox(
    ctx: &Context,
    session: &RemoteSession,
    activity: Map<String, Value>,
) -> Result<Value> {
    let HeldToken { host, token, .. } = &session.0;
    let outbox = outbox_of(ctx, session.person()).await?;
    let body = Bytes::from(Value::Object(activity).to_string());
    let posted = post_as(ctx.app(), host, token, &outbox, body).await;
    let error = match posted {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    match error.answer() {
        Some(answer) if is_token_refused(answer) => {
            end_session(ctx, session).await?;
            let sentence = format!("{host} does not know the session any more. Sign in again.");
            Err(Error::unauthorized(sentence))
        }
        Some(answer) if answer.status.is_client_error() => {
            Err(Error::bad_request(error.to_string()))
        }
        _ => Err(failure(&error)),
    }
}

/// Whether an answer means that a token is not good any more, which some say with 400.
fn is_token_refused(answer: &PeerAnswer) -> bool {
    answer.status.as_u16() == 401 || answer.text.contains("Invalid / expired Token")
}

/// Returns the URL of a person's outbox: as they were shown, or as their server says now.
async fn outbox_of(ctx: &Context, person: &str) -> Result<Url> {
    let stored = ctx.storage().find_objects(&[person]).await?.pop().flatten();
    let links = stored.as_ref().and_then(|person| person.body.get("links"));
    let href = links.and_then(|links| links.get(OUTBOX)?.get("href")?.as_str());
    if let Some(url) = href.and_then(|href| Url::parse(href).ok()) {
        return Ok(url);
    }
    let found = discover(ctx.app(), person, &FetchBudget::default()).await;
    let mut found = found.map_err(|error| failure(&error))?;
    found.links.remove(OUTBOX).ok_or_else(|| {
        let sentence = format!("webfinger at {} names no {OUTBOX}", found.host);
        Error::new(ErrorKind::BadGateway, sentence)
    })
}

/// Stores the person whom a host shows to an access token, and returns their id.
async fn person_of(ctx: &Context, host: &str, shown: Value) -> Result<String> {
    let id = shown.get("id").and_then(Value::as_str).unwrap_or_default();
    let id = ctx.urls().canonical_id(id).into_owned();
    let is_person = shown.get("objectType").is_none_or(|kind| kind == "person");
    match shown {
        Value::Object(shown) if is_person && host_of_id(&id).as_deref() == Some(host) => {
            access::require_heard(ctx.app(), &id).await?;
            remote::store_person(ctx, &id, shown).await?;
            Ok(id)
        }
        _ => Err(Error::forbidden(format!(
            "You are not signed in: {host} can't say who you are, as “{id}” is no person of it."
        ))
        .phrased("remote-other-person")),
    }
}

/// Reads an address into an id: `nick@host`, perhaps with `acct:` or `@` before it.
pub(crate) fn parse_address(urls: &Urls, text: &str) -> Option<String> {
    let text = text.trim();
    let id = urls.canonical_id(text);
    let is_address = id.starts_with("acct:") && names_host(&id) || urls.is_local(&id);
    (text.len() <= MAX_ADDRESS_BYTES && is_address).then(|| id.into_owned())
}

/// Whether an id is of this server, also where people write `www.` before its name.
pub(crate) fn is_own(urls: &Urls, id: &str) -> bool {
    host_of_id(id).is_some_and(|host| {
        let bare = host.strip_prefix("www.").unwrap_or(&host);
        urls.is_own_host(&host) || urls.is_own_host(bare)
    })
}

fn unknown_sign_in() -> Error {
    Error::bad_request(
        "This sign-in is not known here, has expired, was completed already, or was begun in \
         another browser. Start again.",
    )
    .phrased("remote-unknown")
}

/// The failure of a sign-in at the server of a person.
fn failure(error: &PeerError) -> Error {
    tracing::info!(%error, "sign-in at another server failed");
    failure_of("Signing in through your server failed.", error)
}

/// The failure of a request to another server: a sentence about what for, and what went wrong.
pub(crate) fn failure_of(what_for: &str, error: &PeerError) -> Error {
    let sentence = format!("{what_for} {error}.");
    let kind = match &error.cause {
        PeerFailure::Storage(error) => return Error::internal(error.to_string()),
        PeerFailure::Busy | PeerFailure::HostLimit => {
            return Error::too_many_requests(sentence, BUSY_WAIT).phrased("failure-peer-busy");
        }
        PeerFailure::Disabled | PeerFailure::Blocked | PeerFailure::NotAllowed => {
            ErrorKind::Forbidden
        }
        PeerFailure::BadAddress(_) => ErrorKind::BadRequest,
        PeerFailure::Status(answer)
            if error.step == EXCHANGE && answer.status.is_client_error() =>
        {
            ErrorKind::BadRequest
        }
        _ => ErrorKind::BadGateway,
    };
    let phrase = Phrase::new(key_of(&error.cause));
    let phrase = phrase.with("host", &*error.host);
    let phrase = phrase.with("detail", error.to_string());
    Error::new(kind, sentence).phrased(phrase)
}

/// Returns the key of a failure of a request to another server.
fn key_of(failure: &PeerFailure) -> &'static str {
    match failure {
        PeerFailure::Disabled => "failure-peer-none",
        PeerFailure::Own => "failure-no-host",
        PeerFailure::Blocked | PeerFailure::NotAllowed | PeerFailure::NotPublic => {
            "failure-peer-refused"
        }
        PeerFailure::BadAddress(_) => "follow-bad-address",
        PeerFailure::Budget | PeerFailure::HostLimit | PeerFailure::Busy => "failure-peer-busy",
        PeerFailure::Certificate(_) => "failure-peer-certificate",
        PeerFailure::Unreachable(_) | PeerFailure::TimedOut(_) => "failure-peer-unreachable",
        PeerFailure::Status(answer) if answer.status == StatusCode::NOT_FOUND => {
            "failure-peer-nobody"
        }
        PeerFailure::Status(_)
        | PeerFailure::TooLarge
        | PeerFailure::Redirected(_)
        | PeerFailure::Unusable(_)
        | PeerFailure::Storage(_) => "failure-peer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        Urls::new(&Url::parse("https://pump.example").unwrap()).unwrap()
    }

    #[test]
    fn address_of_this_server_is_known_in_every_spelling() {
        for (address, own) in [
            ("bob@pump.example", Some(true)),
            ("acct:bob@PUMP.example", Some(true)),
            (" @bob@www.pump.example ", Some(true)),
            ("bob@pump.example:443", Some(true)),
            ("bob@pump.example.", Some(true)),
            ("https://pump.example/bob", Some(true)),
            ("bob@far.example", Some(false)),
            ("bob@www.far.example", Some(false)),
            ("bob@Bücher.example", Some(false)),
            ("bob", None),
            ("@far.example", None),
            ("bob@", None),
            ("bob@far.example/x", None),
            ("https://far.example/bob", None),
            ("bob zed@far.example\n", None),
            ("", None),
        ] {
            let id = parse_address(&urls(), address);
            assert_eq!(id.map(|id| is_own(&urls(), &id)), own, "{address}");
        }
        assert!(parse_address(&urls(), &format!("bob@{}", "a".repeat(400))).is_none());
    }

    #[test]
    fn sign_in_continues_on_this_server_only() {
        for (path, place) in [
            ("/bob?x=1", "https://pump.example/bob?x=1"),
            ("/.//evil.example", "https://pump.example//evil.example"),
            ("", "https://pump.example/"),
            ("bob", "https://pump.example/"),
            ("//evil.example/", "https://pump.example/"),
            ("/\\evil.example", "https://pump.example/"),
            ("/\t/evil.example", "https://pump.example/"),
            ("https://evil.example/", "https://pump.example/"),
            ("javascript:alert(1)", "https://pump.example/"),
            (&format!("/{}", "x".repeat(3000)), "https://pump.example/"),
        ] {
            assert_eq!(urls().local_place(path), place, "{path}");
        }
    }
}
