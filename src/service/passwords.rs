//! Passwords: which are good enough, and keeping and checking them (argon2id).

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use http::HeaderMap;
use tokio::task::spawn_blocking;

use super::{Error, Result};
use crate::{
    Context,
    model::{Account, Nickname, Secret},
};

/// The fewest characters of a password (pump-api 6.1).
const SHORTEST: usize = 8;

/// Passwords that are long and mixed enough, and among the first that anyone tries. In lower case.
const COMMON: &[&str] = &[
    "11111111a",
    "123456789a",
    "12345678a",
    "123qweasd",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "a1234567",
    "a12345678",
    "aa123456",
    "abc12345",
    "abc123456",
    "abcd1234",
    "admin123",
    "asdf1234",
    "baseball1",
    "blink182",
    "changeme1",
    "charlie1",
    "football1",
    "hello123",
    "iloveyou1",
    "letmein1",
    "letmein!",
    "michael1",
    "monkey123",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "passw0rd",
    "password!",
    "password1",
    "password12",
    "password123",
    "princess1",
    "q1w2e3r4",
    "qwe12345",
    "qwer1234",
    "qwerty12",
    "qwerty123",
    "sunshine1",
    "superman1",
    "test1234",
    "trustno1",
    "welcome1",
    "welcome123",
    "zaq12wsx",
    "zxcv1234",
];

/// Refuses a password that is too short, all letters, all digits, or well known.
pub fn acceptable(password: &str) -> Result<()> {
    let bad = password.chars().count() < SHORTEST
        || password.chars().all(char::is_alphabetic)
        || password.chars().all(char::is_numeric)
        || COMMON.contains(&password.to_lowercase().as_str());
    if bad {
        Err(Error::bad_request("Bad password"))
    } else {
        Ok(())
    }
}

/// Makes the PHC string of a password, to be kept in its account. Does not judge it, see [`acceptable`].
pub async fn hash(ctx: &Context, password: &str) -> Result<Secret> {
    let mut salt = [0; 16];
    ctx.app().entropy().fill(&mut salt);
    let (work, password) = (ctx.app().settings().hashing.clone(), password.to_owned());
    blocking(ctx, move || {
        hash_with(work, &password, &salt).map(|hash| Secret::new(hash.to_string()))
    })
    .await?
}

/// The account of whoever is signed in already, by what the headers of a request say; `None` without a
/// [`SignIn`](crate::app::SignIn).
pub async fn recognise(ctx: &Context, headers: &HeaderMap) -> Result<Option<Account>> {
    let Some(sign_in) = ctx.app().sign_in() else {
        return Ok(None);
    };
    let recognised = sign_in.recognise(ctx.app(), headers).await;
    match recognised.map_err(Error::internal)? {
        Some(nickname) => Ok(ctx.storage().find_account(&nickname).await?),
        None => Ok(None),
    }
}

/// Refuses what has to do with passwords that are kept here, if people sign in another way.
pub fn are_kept(ctx: &Context) -> Result<()> {
    match ctx.app().sign_in() {
        None => Ok(()),
        Some(_) => Err(Error::forbidden(format!(
            "Passwords are not kept here: see {}",
            ctx.urls().absolute("/")
        ))),
    }
}

/// The account of that name, if that is its password. Takes as long for names that are not there.
pub async fn check(ctx: &Context, nickname: &str, password: &str) -> Result<Option<Account>> {
    let nickname = Nickname::parse(nickname).ok();
    if let Some(sign_in) = ctx.app().sign_in() {
        let Some(nickname) = nickname else {
            return Ok(None);
        };
        let password = Secret::new(password);
        let checked = sign_in.check(ctx.app(), &nickname, &password).await;
        if !checked.map_err(Error::internal)? {
            return Ok(None);
        }
        return Ok(ctx.storage().find_account(&nickname).await?);
    }
    let account = match nickname {
        Some(nickname) => ctx.storage().find_account(&nickname).await?,
        None => None,
    };
    let kept = account
        .as_ref()
        .and_then(|account| account.password.clone());
    let (work, password) = (ctx.app().settings().hashing.clone(), password.to_owned());
    let good = blocking(ctx, move || verify(work, &password, kept.as_ref())).await??;
    Ok(account.filter(|_| good))
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

/// Runs costly work aside, a few at a time.
async fn blocking<T: Send + 'static>(
    ctx: &Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let turn = ctx
        .app()
        .hashing()
        .clone()
        .acquire_owned()
        .await
        .map_err(Error::internal)?;
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
        for good in [
            "sekrit-9",
            "correct horse battery",
            "ünïcødé 1",
            "1234567890x",
        ] {
            assert!(acceptable(good).is_ok(), "{good}");
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
        ] {
            assert_eq!(
                acceptable(bad).unwrap_err().message(),
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
