//! Signing in, as an argument.

use std::error::Error;

use async_trait::async_trait;
use http::HeaderMap;

use super::App;
use crate::model::{Nickname, Secret};

/// Whatever went wrong. It is logged, and nobody is told of it.
pub type SignInError = Box<dyn Error + Send + Sync>;

/// How people sign in to an application that hosts this: with the passwords, and the sessions, that it has already.
///
/// With one of these an account here has no password of its own: there is no registering over the API, no other password is
/// taken for an account, and none is recovered by mail.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Whether someone of that name has that password. They must be [known](crate::service::accounts::adopt) here when this
    /// says so: it may make them known. It should take as long for names that are not there. How often a name may
    /// be tried is counted before.
    async fn check(
        &self,
        app: &App,
        nickname: &Nickname,
        password: &Secret,
    ) -> Result<bool, SignInError>;

    /// Who is signed in to the application already, by what the headers of a request say, a cookie perhaps. They are not
    /// asked for their password, and must be known here. Nobody, unless this is implemented.
    async fn recognise(
        &self,
        _app: &App,
        _headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        Ok(None)
    }
}
