//! Signing in, as an argument.

use std::error::Error;

use async_trait::async_trait;
use http::HeaderMap;

use super::App;
use crate::model::{Nickname, Secret};

/// An error of the host's sign-in. It is logged, and nobody is told of it.
pub type SignInError = Box<dyn Error + Send + Sync>;

/// How people sign in to an application that hosts this: with the passwords, and the sessions, that
/// it has already.
///
/// With a `SignIn` accounts have no passwords of their own: registration over the API and password
/// recovery by mail are off.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Whether someone of that name has that password. They must be
    /// [known](crate::service::accounts::adopt) here when this says so: it may make them known. It
    /// should take as long for names that are not there. How often a name may be tried is counted
    /// before.
    async fn check_password(
        &self,
        app: &App,
        nickname: &Nickname,
        password: &Secret,
    ) -> Result<bool, SignInError>;

    /// Returns the user whom the request's headers, such as a session cookie, identify. They are
    /// not asked for their password, and must be known here. Nobody, unless this is implemented.
    async fn current_user(
        &self,
        _app: &App,
        _headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        Ok(None)
    }
}
