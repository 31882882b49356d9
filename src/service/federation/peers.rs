//! The requests that deliveries need, as the sender sees them.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::{
    App,
    app::{PeerAnswer, PeerError, PeerFailure},
    context::Caller,
    federation::{Discovered, FetchBudget, check_host, discover, post_as2, signed_post},
    model::{RemoteAccount, host_of_url},
    service::{
        Error, Result,
        remote::{FetchedActor, fetch_actor},
    },
};

/// Link relations of an inbox, and of the object of an account.
const INBOX: &str = "activity-inbox";
const PROFILE: &str = "self";

/// Step of a request to another host that is the delivery itself.
const DELIVERY: &str = "delivery";

/// Answer of another host to an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostAnswer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// The answer in words, with the status.
    pub(crate) text: String,
    /// Its `Retry-After`.
    pub(crate) retry_after: Option<TimeDelta>,
    /// Its `Date`.
    pub(crate) date: Option<DateTime<Utc>>,
}

/// Failure of a request, before an inbox answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestFailure {
    /// Reason, in words for the operator.
    pub(crate) reason: String,
    /// Its kind.
    pub(crate) kind: FailureKind,
    /// Wait that the host asked for.
    pub(crate) retry_after: Option<TimeDelta>,
}

/// Kind of such a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// No connection was made, or no answer came in time.
    Unreachable,
    /// The host answered something that is of no use.
    Unusable,
    /// The host says that there is no such account.
    NoAccount,
    /// This server could not, or would not, make the request.
    Own,
}

/// Other hosts.
#[async_trait]
pub(crate) trait Peers: Send + Sync {
    /// Returns why nothing is sent to a host, if it is refused.
    async fn refusal(&self, host: &str) -> Result<Option<String>>;

    /// Looks up the addresses of an account. Failures from before `since` do not count.
    async fn discover(
        &self,
        account: &RemoteAccount,
        since: DateTime<Utc>,
    ) -> Result<RemoteAccount, RequestFailure>;

    /// Posts a signed body, as an identity of this server: `acct:NICK@HOST`, or the host. Failures
    /// to get credentials from before `since` do not count.
    async fn post(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
        since: DateTime<Utc>,
    ) -> Result<PostAnswer, RequestFailure>;

    /// Posts a body in ActivityStreams 2, signed by an actor of this server: that of an identity.
    async fn post_as2(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
    ) -> Result<PostAnswer, RequestFailure>;
}

/// Other hosts, by the transport of the application.
pub(super) struct Network(pub(super) App);

#[async_trait]
impl Peers for Network {
    async fn refusal(&self, host: &str) -> Result<Option<String>> {
        match check_host(&self.0, host).await {
            Ok(()) => Ok(None),
            Err(PeerFailure::Storage(error)) => Err(Error::internal(error.to_string())),
            Err(refused) => Ok(Some(refused.to_string())),
        }
    }

    async fn discover(
        &self,
        account: &RemoteAccount,
        since: DateTime<Utc>,
    ) -> Result<RemoteAccount, RequestFailure> {
        let budget = FetchBudget::default().since(since);
        let found = discover(&self.0, &account.id, &budget).await;
        let found = found.map_err(|error| failure_of(&error))?;
        match &found.actor {
            Some(actor) if !found.links.contains_key(INBOX) => {
                let ctx = self.0.context(Caller::Server);
                let actor = fetch_actor(&ctx, actor.as_str(), &budget).await;
                with_actor(account, actor.map_err(|error| failure_of(&error))?)
            }
            _ => with_links(account, found),
        }
    }

    async fn post(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
        since: DateTime<Utc>,
    ) -> Result<PostAnswer, RequestFailure> {
        let budget = FetchBudget::default().since(since);
        answered(signed_post(&self.0, identity, url, body, &budget).await)
    }

    async fn post_as2(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
    ) -> Result<PostAnswer, RequestFailure> {
        answered(post_as2(&self.0, identity, url, body).await)
    }
}

/// Returns what an inbox answered. Failures of the steps before are none of it.
fn answered(posted: Result<PeerAnswer, PeerError>) -> Result<PostAnswer, RequestFailure> {
    match posted {
        Ok(answer) => Ok((&answer).into()),
        Err(error) if error.step != DELIVERY => Err(failure_of(&error)),
        Err(error) => match &error.cause {
            PeerFailure::Status(answer) => Ok((&**answer).into()),
            PeerFailure::Redirected(_) => Ok(PostAnswer {
                status: StatusCode::PERMANENT_REDIRECT,
                text: error.to_string(),
                retry_after: None,
                date: None,
            }),
            _ => Err(failure_of(&error)),
        },
    }
}

/// Takes over the addresses that were found. An inbox on another host is not used: what is posted
/// there is signed with credentials of that host, which need not know of it.
fn with_links(account: &RemoteAccount, found: Discovered) -> Result<RemoteAccount, RequestFailure> {
    let Discovered {
        host, mut links, ..
    } = found;
    let inbox = links.remove(INBOX);
    let inbox = inbox.filter(|inbox| host_of_url(inbox).as_ref() == Some(&host));
    let inbox = inbox.ok_or_else(|| RequestFailure {
        reason: format!("webfinger at {host} names no inbox of its own"),
        kind: FailureKind::Unusable,
        retry_after: None,
    })?;
    let profile_url = links.remove(PROFILE).map(String::from);
    Ok(RemoteAccount {
        inbox: Some(inbox.into()),
        profile_url: profile_url.or_else(|| account.profile_url.clone()),
        failing_since: None,
        ..account.clone()
    })
}

/// Takes over the account of an actor, if that is who is meant.
fn with_actor(
    account: &RemoteAccount,
    actor: Option<FetchedActor>,
) -> Result<RemoteAccount, RequestFailure> {
    let actor = actor.and_then(|actor| actor.known_as(&account.id));
    let actor = actor.ok_or_else(|| RequestFailure {
        reason: format!("the actor that {} names is another one", account.host),
        kind: FailureKind::Unusable,
        retry_after: None,
    })?;
    Ok(actor.account)
}

impl From<&PeerAnswer> for PostAnswer {
    fn from(answer: &PeerAnswer) -> Self {
        Self {
            status: answer.status,
            text: answer.to_string(),
            retry_after: wait_of(answer),
            date: answer.date,
        }
    }
}

fn wait_of(answer: &PeerAnswer) -> Option<TimeDelta> {
    TimeDelta::from_std(answer.retry_after?).ok()
}

fn failure_of(error: &PeerError) -> RequestFailure {
    let kind = match &error.cause {
        PeerFailure::Certificate(_)
        | PeerFailure::Unreachable(_)
        | PeerFailure::TimedOut(_)
        | PeerFailure::NotPublic => FailureKind::Unreachable,
        PeerFailure::Own | PeerFailure::BadAddress(_) => FailureKind::NoAccount,
        PeerFailure::Status(answer)
            if matches!(error.step, "webfinger" | "lrdd")
                && matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) =>
        {
            FailureKind::NoAccount
        }
        PeerFailure::Status(_)
        | PeerFailure::TooLarge
        | PeerFailure::Redirected(_)
        | PeerFailure::Unusable(_) => FailureKind::Unusable,
        _ => FailureKind::Own,
    };
    RequestFailure {
        reason: error.to_string(),
        kind,
        retry_after: error.answer().and_then(wait_of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_is_on_the_host_of_its_account() {
        let account = RemoteAccount::named("acct:zed@h.test").unwrap();
        let inbox_of = |inbox: &str| {
            let links = [(INBOX.into(), inbox.parse().unwrap())];
            let found = Discovered {
                id: account.id.clone(),
                host: "h.test".into(),
                links: links.into(),
                actor: None,
                is_shared_name: false,
            };
            with_links(&account, found).map(|account| account.inbox)
        };
        let own = "https://h.test/zed/inbox";
        assert_eq!(inbox_of(own), Ok(Some(own.into())));
        for other in ["https://victim.test/inbox", "https://h.test:81/inbox"] {
            assert!(inbox_of(other).is_err(), "{other}");
        }
    }
}
