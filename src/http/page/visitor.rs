//! The reader of a page.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Uri, header, request::Parts},
};

use crate::{
    App, Context,
    app::{RegistrationMode, texts::Language},
    context::Caller,
    http::session,
    model::Account,
    service::{Error, Result, notices},
};

pub(in crate::http) use crate::http::session::{caller, ensure_confirmed};

/// The reader of a page, or the sender of a form.
#[derive(Clone)]
pub(in crate::http) struct Visitor {
    pub(in crate::http) ctx: Context,
    pub(in crate::http) language: Arc<Language>,
    /// Id of the person of another server who has signed in.
    pub(in crate::http) principal: Option<Arc<str>>,
    /// How many notices they have not seen.
    pub(in crate::http) unseen: u64,
    /// Path and query that were asked for.
    pub(in crate::http) uri: Uri,
}

impl Visitor {
    /// Identifies the sender of a request by its headers.
    pub(in crate::http) async fn of(headers: &HeaderMap, uri: Uri, app: &App) -> Result<Self> {
        let caller = caller(headers, app).await?;
        let language = language(headers, &caller, app);
        Ok(Self {
            principal: match caller {
                Caller::Anonymous => session::principal(headers, app).await?,
                _ => None,
            },
            ctx: app.context(caller).in_language(Arc::clone(&language)),
            language,
            unseen: 0,
            uri,
        })
    }

    /// A reader of whom nothing is known but the language.
    pub(in crate::http) fn unknown(headers: &HeaderMap, uri: Uri, app: &App) -> Self {
        Self {
            language: language(headers, &Caller::Anonymous, app),
            principal: None,
            ctx: app.context(Caller::Anonymous),
            unseen: 0,
            uri,
        }
    }

    /// Returns the account of the reader; 401, which leads to the sign-in, if there is none.
    pub(in crate::http) fn account(&self) -> Result<&Account> {
        self.ctx.account().ok_or_else(Error::not_logged_in)
    }

    /// Returns whether the reader can make an account on the pages.
    pub(in crate::http) fn may_register(&self) -> bool {
        let app = self.ctx.app();
        let settings = app.settings();
        let is_closed = settings.registration.mode == RegistrationMode::Closed;
        settings.has_pages && !is_closed && app.sign_in().is_none()
    }

    /// Returns an argument of the query; empty if it is not there.
    pub(in crate::http) fn query(&self, name: &str) -> String {
        let query = self.uri.query().unwrap_or_default();
        let mut arguments = form_urlencoded::parse(query.as_bytes());
        let found = arguments.find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    }

    /// Returns the context of someone who has not signed in.
    pub(in crate::http) fn anyone(&self) -> Context {
        self.ctx.with_caller(Caller::Anonymous)
    }

    /// Returns the path that was asked for, with the prefix of the public URL.
    pub(in crate::http) fn path(&self) -> String {
        format!("{}{}", self.ctx.urls().path(), self.uri.path())
    }

    /// Returns the path that was asked for, with its query and the prefix of the public URL.
    pub(in crate::http) fn place(&self) -> String {
        let place = self
            .uri
            .path_and_query()
            .map_or("/", |place| place.as_str());
        format!("{}{place}", self.ctx.urls().path())
    }
}

/// Returns the language that the caller chose for their account, or else that their browser wants.
fn language(headers: &HeaderMap, caller: &Caller, app: &App) -> Arc<Language> {
    let texts = app.texts();
    let chosen = match caller {
        Caller::User { account, .. } | Caller::HostUser(account) => account.language(),
        _ => None,
    };
    let chosen = chosen.and_then(|tag| texts.find(tag));
    chosen.unwrap_or_else(|| accepted_language(headers, app))
}

/// Returns the language that a program wants for its user.
pub(in crate::http) fn accepted_language(headers: &HeaderMap, app: &App) -> Arc<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    app.texts().preferred(accepted.unwrap_or_default())
}

impl FromRequestParts<Self> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, visitor: &Self) -> Result<Self, Infallible> {
        Ok(visitor.clone())
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let visitor = Self::of(&parts.headers, parts.uri.clone(), app).await?;
        Ok(Self {
            unseen: notices::approximate_unseen(&visitor.ctx).await?,
            ..visitor
        })
    }
}

impl FromRef<Visitor> for App {
    fn from_ref(visitor: &Visitor) -> Self {
        visitor.ctx.app().clone()
    }
}
