//! OAuth 2.0, and what people allow.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Memory, owned, state::State};
use crate::{
    model::{Authorization, BearerToken, Code, CodePurpose, Grant, Nickname, Scope},
    storage::{Grants, Result, Revocation, StorageError},
};

#[async_trait]
impl Grants for Memory {
    async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>> {
        Ok(owned(self.state().authorizations.get(digest)))
    }

    async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>> {
        Ok(owned(self.state().bearer_tokens.get(digest)))
    }

    async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>> {
        Ok(self.state().grants_of(user))
    }
}

impl State {
    fn grants_of(&self, user: &Nickname) -> Vec<Grant> {
        let mut since: BTreeMap<(&str, Option<Scope>), DateTime<Utc>> = BTreeMap::new();
        let oauth1 = self.access_tokens.values().filter(|t| t.user == *user);
        let oauth1 = oauth1.map(|t| ((&*t.client, None), t.created));
        let bearer = self.bearer_tokens.values();
        let bearer = bearer.filter(|t| t.user.as_ref() == Some(user));
        let bearer = bearer.map(|t| ((&*t.client, Some(t.scope)), t.created));
        for (kind, created) in oauth1.chain(bearer) {
            let oldest = since.entry(kind).or_insert(created);
            *oldest = created.min(*oldest);
        }
        let mut grants: Vec<Grant> = since
            .into_iter()
            .filter_map(|((id, scope), since)| {
                let client = self.clients.get(id)?;
                Some(Grant {
                    client: (**client).clone(),
                    scope,
                    since,
                })
            })
            .collect();
        grants.sort_by_key(|grant| Reverse(grant.since));
        grants
    }

    pub(super) fn put_authorization(&mut self, authorization: Authorization) -> Result<()> {
        self.require_known(&authorization.client, Some(&authorization.user))?;
        let digest: Arc<str> = authorization.digest.as_str().into();
        ensure_new(
            self.authorizations
                .insert(digest, authorization.into())
                .is_none(),
        )
    }

    pub(super) fn put_bearer_token(&mut self, token: BearerToken) -> Result<()> {
        self.require_known(&token.client, token.user.as_ref())?;
        self.use_client(&token.client, token.created, token.user.is_some());
        let digest: Arc<str> = token.digest.as_str().into();
        ensure_new(self.bearer_tokens.insert(digest, token.into()).is_none())
    }

    pub(super) fn revoke_code(&mut self, digest: &str) {
        self.bearer_tokens
            .retain(|_, token| token.code.as_deref() != Some(digest));
    }

    /// Removes what a person allowed.
    pub(super) fn revoke(&mut self, revocation: &Revocation) {
        let Revocation {
            user,
            client,
            except_token: keep,
        } = revocation;
        let covers = |of: Option<&Nickname>, to: &str| {
            of == Some(user) && client.as_deref().is_none_or(|client| client == to)
        };
        let kept = |name: &str| keep.as_deref() == Some(name);
        self.authorizations
            .retain(|_, asked| !covers(Some(&asked.user), &asked.client));
        self.request_tokens
            .retain(|_, token| !covers(token.user.as_ref(), &token.client));
        self.access_tokens
            .retain(|name, token| !covers(Some(&token.user), &token.client) || kept(name));
        self.bearer_tokens
            .retain(|digest, token| !covers(token.user.as_ref(), &token.client) || kept(digest));
        if client.is_none() {
            self.end_codes(user, &[CodePurpose::Recover, CodePurpose::Confirm]);
        }
    }

    /// Removes what can still become access of a person.
    pub(super) fn revoke_pending(&mut self, user: &Nickname) {
        self.authorizations.retain(|_, asked| asked.user != *user);
        self.request_tokens
            .retain(|_, token| token.user.as_ref() != Some(user));
        self.end_codes(user, &[CodePurpose::Recover]);
    }

    fn end_codes(&mut self, user: &Nickname, purposes: &[CodePurpose]) {
        let ends = |code: &&mut Arc<Code>| {
            code.user == *user && purposes.contains(&code.purpose) && !code.used
        };
        for code in self.codes.values_mut().filter(ends) {
            let code = Arc::make_mut(code);
            code.expires = code.expires.min(code.created - TimeDelta::seconds(1));
        }
    }

    pub(super) fn delete_expired_grants(&mut self, timestamp: i64) {
        self.authorizations
            .retain(|_, asked| asked.expires.timestamp() >= timestamp);
        self.bearer_tokens.retain(|_, token| {
            token
                .expires
                .is_none_or(|expires| expires.timestamp() >= timestamp)
        });
    }
}

fn ensure_new(new: bool) -> Result<()> {
    if new {
        Ok(())
    } else {
        Err(StorageError::AlreadyExists(
            "something of that digest".into(),
        ))
    }
}
