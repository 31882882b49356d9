//! Passwords: which are good enough, and keeping and checking them (argon2id).

use std::time::Duration;

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use http::HeaderMap;
use tokio::task::spawn_blocking;
use zxcvbn::zxcvbn;

use super::{Error, Result, access::require_active};
use crate::{
    Context,
    app::HashingFor,
    context::Caller,
    model::{Account, Nickname, Secret},
};

/// The fewest characters of a password (pump-api 6.1).
const MIN_PASSWORD_CHARS: usize = 8;

/// The most bytes of a new password.
const MAX_PASSWORD_BYTES: usize = 1024;

/// The fewest guesses that a new password may take, by the estimate of zxcvbn.
const MIN_GUESSES: u64 = 100_000;

/// The most characters that are estimated: the time for it grows with the square of their number
/// and faster.
const MAX_ESTIMATED_CHARS: usize = 20;

/// How long a client waits before it tries again what found no place in the queue.
const QUEUE_RETRY_AFTER: Duration = Duration::from_secs(2);

/// Refuses a password that is too short or too long, all letters, all digits, or well known.
pub(crate) fn check_strength(password: &str) -> Result<()> {
    let bad = password.chars().count() < MIN_PASSWORD_CHARS
        || password.chars().all(char::is_alphabetic)
        || password.chars().all(char::is_numeric)
        || password.len() > MAX_PASSWORD_BYTES
        || is_common(password);
    if bad {
        Err(Error::bad_request("Bad password").phrased("register-weak-password"))
    } else {
        Ok(())
    }
}

/// Whether a password is among the first that anyone tries. A longer one is as good as its
/// beginning.
fn is_common(password: &str) -> bool {
    let beginning: String = password.chars().take(MAX_ESTIMATED_CHARS).collect();
    zxcvbn(&beginning, &[]).guesses() < MIN_GUESSES
}

/// Makes the PHC string of a password, to be kept in its account. Does not judge it, see
/// [`check_strength`].
#[tracing::instrument(name = "hash_password", level = "debug", skip_all)]
pub(crate) async fn hash(ctx: &Context, password: &str) -> Result<Secret> {
    let mut salt = [0; 16];
    ctx.app().entropy().fill(&mut salt);
    let (work, password) = (ctx.app().settings().hashing.clone(), password.to_owned());
    let purpose = match ctx.caller() {
        Caller::Server => HashingFor::Operator,
        _ => HashingFor::Account,
    };
    run_blocking(ctx, purpose, move || {
        hash_with(work, &password, &salt).map(|hash| Secret::new(hash.to_string()))
    })
    .await?
}

/// The account of whoever is signed in already, by what the headers of a request say;
/// `None` without a [`SignIn`](crate::app::SignIn).
pub(crate) async fn current_user(ctx: &Context, headers: &HeaderMap) -> Result<Option<Account>> {
    let Some(sign_in) = ctx.app().sign_in() else {
        return Ok(None);
    };
    let recognised = sign_in.current_user(ctx.app(), headers).await;
    match recognised.map_err(Error::internal)? {
        Some(nickname) => {
            let account = ctx.storage().find_account(&nickname).await?;
            Ok(account.filter(|account| require_active(account).is_ok()))
        }
        None => Ok(None),
    }
}

/// Refuses what has to do with passwords that are kept here, if people sign in another way.
pub(crate) fn require_local_passwords(ctx: &Context) -> Result<()> {
    match ctx.app().sign_in() {
        None => Ok(()),
        Some(_) => Err(Error::forbidden(format!(
            "Passwords are not kept here: see {}",
            ctx.urls().absolute("/")
        ))
        .phrased("failure-no-passwords")),
    }
}

/// The account of that name, if that is its password. Takes as long for names that are not there.
/// That is no sign-in yet: an account may want a code besides.
///
/// Errors: 403 for an account that waits for a moderator, or is suspended.
pub async fn check(ctx: &Context, nickname: &str, password: &str) -> Result<Option<Account>> {
    let nickname = Nickname::parse(nickname).ok();
    if let Some(sign_in) = ctx.app().sign_in() {
        let Some(nickname) = nickname else {
            return Ok(None);
        };
        let password = Secret::new(password);
        let checked = sign_in
            .check_password(ctx.app(), &nickname, &password)
            .await;
        if !checked.map_err(Error::internal)? {
            return Ok(None);
        }
        let account = ctx.storage().find_account(&nickname).await?;
        account.as_ref().map(require_active).transpose()?;
        return Ok(account);
    }
    let account = match nickname {
        Some(nickname) => ctx.storage().find_account(&nickname).await?,
        None => None,
    };
    let kept = account
        .as_ref()
        .and_then(|account| account.password.clone());
    let (work, password) = (ctx.app().settings().hashing.clone(), password.to_owned());
    let good = run_blocking(ctx, HashingFor::SignIn, move || {
        verify(work, &password, kept.as_ref())
    })
    .await??;
    let account = account.filter(|_| good);
    account.as_ref().map(require_active).transpose()?;
    Ok(account)
}

fn verify(work: Params, password: &str, kept: Option<&Secret>) -> Result<bool> {
    let Some(kept) = kept else {
        hash_with(work, password, b"as long as a salt")?;
        return Ok(false);
    };
    let kept = PasswordHash::new(kept.expose()).map_err(|error| {
        Error::internal(format!("an account's password is unreadable: {error}"))
    })?;
    Ok(Argon2::default()
        .verify_password(password.as_bytes(), &kept)
        .is_ok())
}

fn hash_with(work: Params, password: &str, salt: &[u8]) -> Result<PasswordHash> {
    Argon2::from(work)
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::internal(format!("a password can't be hashed: {error}")))
}

/// Runs costly work aside, a few at a time; 503 if too much of it waits.
async fn run_blocking<T: Send + 'static>(
    ctx: &Context,
    purpose: HashingFor,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let turn = ctx
        .app()
        .hashing_permits()
        .turn(purpose)
        .await
        .map_err(|_| {
            let sentence = "Too many passwords are being checked at this moment. Try again soon.";
            Error::busy(sentence, QUEUE_RETRY_AFTER)
        })?;
    spawn_blocking(move || {
        let result = work();
        drop(turn);
        result
    })
    .await
    .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_mixed_and_uncommon_passwords_are_good() {
        for good in ["sekrit-9", "correct horse battery", "ünïcødé 1", "x7f-k29q"] {
            assert!(check_strength(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn short_plain_and_common_passwords_are_refused() {
        for bad in [
            "",
            "s-9",
            "abcdefgh",
            "éèàüöäßß",
            "12345678",
            "password1",
            "PassW0rd",
            "rush2112",
            "1234567890x",
            "NCC1701D",
            "1qaz@wsx",
            &"long-9 ".repeat(200),
        ] {
            assert_eq!(
                check_strength(bad).unwrap_err().message(),
                "Bad password",
                "{bad}"
            );
        }
    }

    #[test]
    fn a_hash_verifies_its_own_password_only() {
        let kept = Secret::new(
            hash_with(Params::default(), "sekrit-9", &[7; 16])
                .unwrap()
                .to_string(),
        );
        assert!(kept.expose().starts_with("$argon2id$v=19$"));
        assert!(verify(Params::default(), "sekrit-9", Some(&kept)).unwrap());
        assert!(!verify(Params::default(), "sekrit-8", Some(&kept)).unwrap());
        assert!(!verify(Params::default(), "sekrit-9", None).unwrap());
    }
}
