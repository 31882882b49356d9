//! Applications that people allowed to act for them, and their revocation.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Error, Result, generators, lookup};
use crate::{
    Context,
    context::timestamp,
    model::{Client, Nickname, Scope},
    storage::{Change, Revocation},
};

/// An application that may act for someone.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// The client.
    pub client: Client,
    /// The most that it may do.
    pub scope: Scope,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it has access tokens of OAuth 1.0a.
    pub oauth1: bool,
    /// Whether it has bearer tokens of OAuth 2.0.
    pub oauth2: bool,
}

impl Application {
    /// The kinds of OAuth that it uses.
    pub fn kinds(&self) -> Vec<&'static str> {
        let kinds = [(self.oauth1, "oauth1"), (self.oauth2, "oauth2")];
        kinds
            .into_iter()
            .filter_map(|(has, kind)| has.then_some(kind))
            .collect()
    }

    /// The object that stands for it, as in `generator`, and what it may do.
    fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("displayName".into(), self.client.id.clone().into());
        body.extend(generators::client_object(&self.client));
        body.insert("client_id".into(), self.client.id.clone().into());
        let scopes: Vec<&str> = self.scope.contained().map(Scope::as_str).collect();
        body.insert("scopes".into(), scopes.into());
        body.insert("kinds".into(), self.kinds().into());
        body.insert("published".into(), timestamp(self.since).into());
        body.into()
    }
}

/// The applications that may act for someone, that which was allowed last first. The browsers in
/// which they have signed in are none.
pub async fn of(ctx: &Context, user: &Nickname) -> Result<Vec<Application>> {
    let mut applications: Vec<Application> = Vec::new();
    for grant in ctx.storage().list_grants(user).await? {
        if grant.client.is_browser() {
            continue;
        }
        let (scope, oauth1) = (
            grant.scope.unwrap_or(Scope::WriteAll),
            grant.scope.is_none(),
        );
        let known = applications
            .iter_mut()
            .find(|known| known.client.id == grant.client.id);
        if let Some(known) = known {
            known.scope = known.scope.max(scope);
            known.since = known.since.min(grant.since);
            known.oauth1 |= oauth1;
            known.oauth2 |= !oauth1;
        } else {
            applications.push(Application {
                client: grant.client,
                scope,
                since: grant.since,
                oauth1,
                oauth2: !oauth1,
            });
        }
    }
    applications.sort_by_key(|application| std::cmp::Reverse(application.since));
    Ok(applications)
}

/// `GET /api/user/NICK/applications`: one's own.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn list(ctx: &Context, nickname: &str) -> Result<Value> {
    let account = lookup::own_account(ctx, nickname).await?;
    let applications = of(ctx, &account.nickname).await?;
    let items: Vec<Value> = applications.iter().map(Application::to_json).collect();
    let url = ctx.urls().user(&account.nickname, "/applications");
    Ok(json!({
        "displayName": format!("Applications that may act for {}", account.nickname),
        "objectTypes": ["application", "service"],
        "url": url,
        "links": { "first": { "href": url }, "self": { "href": url } },
        "totalItems": items.len(),
        "items": items,
    }))
}

/// `DELETE /api/user/NICK/applications/CLIENT_ID`: one's own.
pub(crate) async fn revoke_own(ctx: &Context, nickname: &str, client: &str) -> Result<()> {
    let account = lookup::own_account(ctx, nickname).await?;
    revoke(ctx, &account.nickname, client).await
}

/// Takes from a client all that someone allowed it; 404 if that is nothing.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn revoke(ctx: &Context, user: &Nickname, client: &str) -> Result<()> {
    let may_act = of(ctx, user)
        .await?
        .iter()
        .any(|application| application.client.id == client);
    let revocation = Revocation {
        client: Some(client.into()),
        ..full_revocation(user)
    };
    // Also where there are no tokens: one may be on its way.
    ctx.storage()
        .commit(vec![Change::Revoke(revocation)])
        .await?;
    if may_act {
        Ok(())
    } else {
        Err(Error::not_found(format!(
            "No application '{client}' may act for '{user}'"
        )))
    }
}

/// Takes from all clients what someone allowed them.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn revoke_all(ctx: &Context, user: &Nickname) -> Result<()> {
    let change = Change::Revoke(full_revocation(user));
    Ok(ctx.storage().commit(vec![change]).await?)
}

/// All that someone allowed.
fn full_revocation(user: &Nickname) -> Revocation {
    Revocation {
        user: user.clone(),
        client: None,
        except_token: None,
    }
}

/// Returns the change that revokes all tokens of the caller but the one in use.
pub(crate) fn revoke_other_tokens(ctx: &Context, user: &Nickname) -> Change {
    Change::Revoke(Revocation {
        except_token: ctx.token().map(Into::into),
        ..full_revocation(user)
    })
}
