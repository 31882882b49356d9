//! One delivery: rendered for its receiver, posted to its inbox, and judged by the answer.

use std::{panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use http::StatusCode;

use super::{
    as2,
    backoff::HostFailure,
    group_shares,
    peers::{FailureKind, Peers, RequestFailure},
    render::Renderer,
};
use crate::{
    Context,
    federation::{person_identity, server_identity},
    model::{Object, Protocol, RemoteAccount},
};

/// How long an account that was gone is not tried again, in seconds.
const GONE_RETRY_SECONDS: i64 = 86_400;

/// End of one attempt.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// The receiver's host has it.
    Delivered,
    /// It will never be delivered; with the reason.
    Dropped(String),
    /// It was not tried, because of a failure here; with the reason.
    Postponed(String),
    /// The host can't take it now; with its answer. That says nothing of others.
    Rejected(HostFailure),
    /// The host failed, and all that waits for it waits.
    HostFailed(HostFailure),
}

/// An attempt, as far as it came.
pub(super) struct Attempt<'a> {
    peers: &'a dyn Peers,
    renderer: &'a Renderer,
    ctx: &'a Context,
    /// The account, as it is known by now.
    pub(super) account: RemoteAccount,
    /// When the work on the lease began: what failed before is tried anew.
    begun: DateTime<Utc>,
    /// `Date` of the host's answer.
    pub(super) date: Option<DateTime<Utc>>,
    /// Whether the host answered at all.
    pub(super) is_answered: bool,
}

impl<'a> Attempt<'a> {
    /// Begins a delivery to an account.
    pub(super) fn new(
        peers: &'a dyn Peers,
        renderer: &'a Renderer,
        ctx: &'a Context,
        account: &RemoteAccount,
        begun: DateTime<Utc>,
    ) -> Self {
        Self {
            peers,
            renderer,
            ctx,
            account: account.clone(),
            begun,
            date: None,
            is_answered: false,
        }
    }

    /// Delivers an activity. The caller stores what it finds out about the account.
    pub(super) async fn deliver(&mut self, activity: Option<&Arc<Object>>) -> Verdict {
        match self.try_deliver(activity).await {
            Ok(()) => {
                self.account.failing_since = None;
                Verdict::Delivered
            }
            Err(verdict) => verdict,
        }
    }

    async fn try_deliver(&mut self, activity: Option<&Arc<Object>>) -> Result<(), Verdict> {
        let dropped = |reason: &str| Verdict::Dropped(reason.into());
        let activity = activity.ok_or_else(|| dropped("the activity is not there any more"))?;
        if self.account.protocol == Protocol::Pump && self.is_by_group(activity) {
            return Err(dropped("Pump servers get what is passed on by itself"));
        }
        let body = self.render(activity).await?;
        let passed = self.passed_on(activity).await?;
        let body = match &passed {
            Some(passed) if body.is_some() => self.render(passed).await?,
            _ => body,
        };
        let body = body.ok_or_else(|| dropped("the receiver may not read it any more"))?;
        let gone = self.account.failing_since;
        if gone.is_some_and(|since| self.seconds_since(since) < GONE_RETRY_SECONDS) {
            return Err(dropped("the account is gone"));
        }
        let mut is_discovered = false;
        if self.account.inbox.is_none() || gone.is_some() {
            self.discover().await?;
            is_discovered = true;
        }
        let identity = self.identity(activity);
        loop {
            let url = self.inbox()?;
            let body = self
                .translate(activity, passed.as_deref(), body.clone())
                .await?;
            let (status, text) = self.post(&identity, &url, body).await?;
            if status.is_success() {
                return Ok(());
            }
            // The account is gone only if its host says so when it is looked up.
            let is_missing = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
            let may_have_moved = is_missing || status.is_redirection();
            let refused = Verdict::Dropped(format!("its host answered {text}"));
            if !may_have_moved || is_discovered {
                return Err(refused);
            }
            self.discover().await?;
            is_discovered = true;
            if self.inbox()? == url {
                return Err(refused);
            }
        }
    }

    /// Renders the activity. A rendering that panics is not tried again.
    async fn render(&self, activity: &Arc<Object>) -> Result<Option<Bytes>, Verdict> {
        let rendering = self.renderer.render(self.ctx, activity, &self.account.id);
        match AssertUnwindSafe(rendering).catch_unwind().await {
            Ok(Ok(rendered)) => Ok(rendered),
            Ok(Err(error)) => Err(Verdict::Postponed(error.to_string())),
            Err(_) => Err(Verdict::Dropped("rendering it panicked".into())),
        }
    }

    fn is_by_group(&self, activity: &Object) -> bool {
        let mut author = activity.author.iter();
        author.any(|id| self.ctx.urls().is_group_id(id))
    }

    /// Returns the activity that a group passes on by an activity.
    async fn passed_on(&self, activity: &Object) -> Result<Option<Arc<Object>>, Verdict> {
        let passed = group_shares::passed_on(self.ctx, activity).await;
        passed.map_err(|error| Verdict::Postponed(error.to_string()))
    }

    /// Puts the body into the words of the account's server. It is that of the activity, or of one
    /// that is passed on with it.
    async fn translate(
        &self,
        activity: &Object,
        passed: Option<&Object>,
        body: Bytes,
    ) -> Result<Bytes, Verdict> {
        if self.account.protocol == Protocol::Pump {
            return Ok(body);
        }
        let (ctx, account) = (self.ctx, &self.account);
        let translated = match passed {
            Some(passed) => group_shares::pass_on(ctx, activity, (passed, &body), account).await,
            None => as2::translate(ctx, activity, &body, account).await,
        };
        let translated = translated.map_err(|error| Verdict::Postponed(error.to_string()))?;
        let none = || Verdict::Dropped("there is no word for it in ActivityPub".into());
        translated.ok_or_else(none)
    }

    /// Posts the body, and returns a status that is about this delivery, and the answer in words.
    async fn post(
        &mut self,
        identity: &str,
        url: &str,
        body: Bytes,
    ) -> Result<(StatusCode, String), Verdict> {
        let answer = match self.account.protocol {
            Protocol::Pump => self.peers.post(identity, url, body, self.begun).await,
            Protocol::ActivityPub => self.peers.post_as2(identity, url, body).await,
        };
        let answer = answer.map_err(|failure| judge(&failure, ""))?;
        self.date = answer.date;
        self.is_answered = true;
        let status = answer.status;
        let failure = HostFailure {
            reason: answer.text,
            is_unreachable: false,
            retry_after: answer.retry_after,
        };
        // The receiver fetches what is passed on, and its origin may be the one that failed.
        let is_passed_on = identity == server_identity(self.ctx.urls());
        if status == StatusCode::CONFLICT
            || status == StatusCode::SERVICE_UNAVAILABLE && is_passed_on
        {
            return Err(Verdict::Rejected(failure));
        }
        let is_of_host = status.is_server_error()
            || matches!(status.as_u16(), 401 | 407 | 408 | 421 | 425 | 429);
        if is_of_host {
            return Err(Verdict::HostFailed(failure));
        }
        Ok((status, failure.reason))
    }

    async fn discover(&mut self) -> Result<(), Verdict> {
        match self.peers.discover(&self.account, self.begun).await {
            Ok(found) => self.account = found,
            Err(failure) => {
                if failure.kind == FailureKind::NoAccount {
                    self.account.failing_since = Some(self.ctx.now());
                }
                return Err(judge(&failure, "the account could not be looked up: "));
            }
        }
        Ok(())
    }

    fn inbox(&self) -> Result<String, Verdict> {
        let account = &self.account;
        let url = account.shared_inbox.as_ref().or(account.inbox.as_ref());
        let none = || Verdict::Dropped("the account has no inbox".into());
        url.cloned().ok_or_else(none)
    }

    /// Identity to post as: the author if they are of this server, or a group, else the server
    /// itself. Deleted persons are no authors, but servers of `ActivityPub` hear of it from nobody
    /// else.
    fn identity(&self, activity: &Object) -> String {
        let urls = self.ctx.urls();
        if let Some(group) = activity.author.as_ref().filter(|id| urls.is_group_id(id)) {
            return group.clone();
        }
        let nickname = match &activity.author {
            Some(author) => urls.nickname_of(author),
            None if self.account.protocol == Protocol::ActivityPub => {
                let actor = activity.reference_property("actor");
                actor.and_then(|actor| urls.nickname_of(&actor.id))
            }
            None => None,
        };
        match nickname {
            Some(nickname) => person_identity(urls, &nickname),
            None => server_identity(urls),
        }
    }

    fn seconds_since(&self, time: DateTime<Utc>) -> i64 {
        (self.ctx.now() - time).num_seconds()
    }
}

/// Judges a request that was not answered. An unknown account is no failure of its host.
fn judge(failure: &RequestFailure, step: &str) -> Verdict {
    let reason = format!("{step}{}", failure.reason);
    match failure.kind {
        FailureKind::NoAccount => Verdict::Dropped(reason),
        FailureKind::Own => Verdict::Postponed(reason),
        FailureKind::Unreachable | FailureKind::Unusable => Verdict::HostFailed(HostFailure {
            reason,
            is_unreachable: failure.kind == FailureKind::Unreachable,
            retry_after: failure.retry_after,
        }),
    }
}
