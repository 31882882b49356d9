//! A person is asked, and the client is sent a code (RFC 6749 section 4.1, RFC 7636).

use chrono::TimeDelta;

use crate::{
    Context,
    model::{Account, Authorization, Client, ClientKind, Scope, Secret},
    protocol::oauth2::{ErrorCode, Parameters, pkce, redirect},
    service::{Error, Result},
    storage::{Change, StorageError},
};

/// How long a code is good, in seconds: a browser brings it at once, a person has to copy it.
const CODE_LIFETIME_SECONDS: i64 = 300;

/// The most bytes of a `state`.
const MAX_STATE_BYTES: usize = 4096;

/// Authorization request of a client.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    /// The client.
    pub client: Client,
    /// Where to send the person afterwards; known to be the client's own.
    pub redirect_uri: String,
    /// How much it asks for.
    pub scope: Scope,
    state: Option<String>,
    challenge: Option<String>,
}

/// Someone who signed in and is to be asked.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationConsent {
    /// The account.
    pub account: Account,
    /// Secret that proves that the person was asked.
    pub consent_token: Secret,
}

/// Outcome for the person.
#[derive(Clone, Debug)]
pub(crate) enum AuthorizationOutcome {
    /// They are sent to this address, which tells the client.
    SendBack(String),
    /// They are shown this code, to give it to the client themselves.
    Show(Secret),
    /// That was all.
    Denied,
}

/// Why nobody is asked.
#[derive(Debug)]
pub(crate) enum AuthorizationError {
    /// The person is told; nobody knows who it came from, or where to send them.
    ShowError(Error),
    /// The person is told, and may go to this address, where the client is told.
    Offer(&'static str, String),
}

impl From<StorageError> for AuthorizationError {
    fn from(error: StorageError) -> Self {
        Self::ShowError(error.into())
    }
}

/// Reads the request of a client. Client and address are checked first: before both are known to be
/// good, nobody is shown the way to the address. Nobody is sent there before they signed in (RFC
/// 9700 section 4.11.2).
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn parse_request(
    ctx: &Context,
    given: &Parameters,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let stop = |sentence: &str| AuthorizationError::ShowError(Error::bad_request(sentence));
    let id = given
        .get("client_id")
        .ok_or_else(|| stop("The application did not say which it is: client_id is missing."))?;
    let client = ctx
        .storage()
        .find_client(id)
        .await?
        .ok_or_else(|| stop("The application is not known here: its client_id is wrong."))?;
    let redirect_uri = given.get("redirect_uri").ok_or_else(|| {
        stop("The application did not say where to send you back to: redirect_uri is missing.")
    })?;
    if !redirect::is_registered(&client, redirect_uri) {
        return Err(stop(
            "The application wants you to be sent to an address that it did not register: its \
             redirect_uri is none of its redirect_uris.",
        ));
    }
    let asked = parse_scope_and_challenge(given, &client).map_err(|(code, sentence)| {
        let said = [("error", code.as_str()), ("error_description", sentence)];
        let said = said.into_iter().chain(state(given.get("state")));
        match redirect::saying(redirect_uri, said) {
            Some(address) => AuthorizationError::Offer(sentence, address),
            None => stop(sentence),
        }
    });
    let (scope, challenge) = asked?;
    Ok(AuthorizationRequest {
        redirect_uri: redirect_uri.into(),
        scope,
        state: given.get("state").map(Into::into),
        challenge,
        client,
    })
}

/// The scope and the challenge, or what is wrong with the rest.
fn parse_scope_and_challenge(
    given: &Parameters,
    client: &Client,
) -> Result<(Scope, Option<String>), (ErrorCode, &'static str)> {
    let invalid = |sentence| Err((ErrorCode::InvalidRequest, sentence));
    if given.has_unfit() {
        return invalid("A parameter is given more than once, or is no text.");
    }
    match given.get("response_type") {
        Some("code") => {}
        Some(_) => {
            let sentence = "The only response_type is code.";
            return Err((ErrorCode::UnsupportedResponseType, sentence));
        }
        None => return invalid("response_type is missing."),
    }
    if given
        .get("state")
        .is_some_and(|state| state.len() > MAX_STATE_BYTES)
    {
        return invalid("state is too long.");
    }
    let challenge = given.get("code_challenge");
    match (challenge, given.get("code_challenge_method")) {
        (Some(challenge), Some("S256")) if pkce::is_challenge(challenge) => {}
        (Some(_), Some("S256")) => return invalid("code_challenge is no SHA-256 in base64url."),
        (Some(_), _) | (None, Some(_)) => {
            return invalid("The only code_challenge_method is S256.");
        }
        // Its secret, if it can keep one, is all that protects the code of a client that proves
        // nothing.
        (None, None) if client.kind == ClientKind::Native => {
            return invalid("A native application needs a code_challenge.");
        }
        (None, None) => {}
    }
    let scope = Scope::parse_list(given.get("scope").unwrap_or_default()).ok_or((
        ErrorCode::InvalidScope,
        "The scopes are read, writeown and writeall, with blanks between them.",
    ))?;
    Ok((scope, challenge.map(Into::into)))
}

impl AuthorizationRequest {
    /// The parameters that ask it again.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("client_id", self.client.id.clone()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("response_type", "code".to_owned()),
            ("scope", self.scope.list()),
        ];
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        if let Some(challenge) = self.challenge.clone() {
            parameters.push(("code_challenge", challenge));
            parameters.push(("code_challenge_method", "S256".to_owned()));
        }
        parameters
    }

    /// The answer of someone who does not even sign in.
    pub(crate) fn cancelled(&self) -> AuthorizationOutcome {
        denied(&self.redirect_uri, self.state.as_deref())
    }
}

/// Begins to ask someone who has signed in.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn ask(
    ctx: &Context,
    question: &AuthorizationRequest,
    account: Account,
) -> Result<AuthorizationConsent> {
    let ticket = Secret::new(ctx.app().entropy().token::<32>());
    let lifetime = ctx.app().settings().oauth.request_token_lifetime;
    let asked = Authorization {
        digest: ticket.digest(),
        client: question.client.id.clone(),
        user: account.nickname.clone(),
        redirect_uri: question.redirect_uri.clone(),
        state: question.state.clone(),
        challenge: question.challenge.clone(),
        scope: question.scope,
        approved: false,
        expires: ctx.now() + TimeDelta::seconds(lifetime),
    };
    ctx.storage()
        .commit(vec![Change::PutAuthorization(asked)])
        .await?;
    Ok(AuthorizationConsent {
        account,
        consent_token: ticket,
    })
}

/// Allows what the ticket's person was asked, once: the client gets a code.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn allow(ctx: &Context, ticket: &Secret) -> Result<AuthorizationOutcome> {
    let asked = find(ctx, ticket).await?;
    let code = Secret::new(ctx.app().entropy().token::<32>());
    let allowed = Authorization {
        digest: code.digest(),
        state: None,
        approved: true,
        expires: ctx.now() + TimeDelta::seconds(CODE_LIFETIME_SECONDS),
        ..asked.clone()
    };
    let changes = vec![
        Change::RemoveAuthorization(asked.digest),
        Change::PutAuthorization(allowed),
    ];
    commit_answer(ctx, changes).await?;
    let said = [("code", code.expose())];
    let said = said.into_iter().chain(state(asked.state.as_deref()));
    Ok(redirect::saying(&asked.redirect_uri, said).map_or(
        AuthorizationOutcome::Show(code.clone()),
        AuthorizationOutcome::SendBack,
    ))
}

/// Denies what the ticket's person was asked, once.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn deny(ctx: &Context, ticket: &Secret) -> Result<AuthorizationOutcome> {
    let asked = find(ctx, ticket).await?;
    commit_answer(ctx, vec![Change::RemoveAuthorization(asked.digest)]).await?;
    Ok(denied(&asked.redirect_uri, asked.state.as_deref()))
}

fn denied(redirect_uri: &str, with: Option<&str>) -> AuthorizationOutcome {
    let said = [("error", ErrorCode::AccessDenied.as_str())];
    let said = said.into_iter().chain(state(with));
    redirect::saying(redirect_uri, said)
        .map_or(AuthorizationOutcome::Denied, AuthorizationOutcome::SendBack)
}

fn state(state: Option<&str>) -> Option<(&str, &str)> {
    state.map(|state| ("state", state))
}

/// Finds the authorization of a consent token. 400 if it is unknown, expired, or answered.
async fn find(ctx: &Context, ticket: &Secret) -> Result<Authorization> {
    ctx.storage()
        .find_authorization(&ticket.digest())
        .await?
        .filter(|asked| !asked.approved && asked.expires >= ctx.now())
        .ok_or_else(expired_consent)
}

async fn commit_answer(ctx: &Context, changes: Vec<Change>) -> Result<()> {
    match ctx.storage().commit(changes).await {
        // It was answered in the meantime, or the client or the account is gone.
        Err(StorageError::Missing(_)) => Err(expired_consent()),
        result => Ok(result?),
    }
}

fn expired_consent() -> Error {
    Error::bad_request(
        "This request for access is not known here, has expired, or was answered already. \
         Go back to the application and start again.",
    )
    .phrased("failure-request")
}
