//! Two-factor sign-in: one-time codes of a device (TOTP, RFC 6238), and codes that replace it.

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Totp};

use super::{Error, ErrorKind, Result, lookup, retry::retry_on_conflict};
use crate::{
    Context,
    model::{Account, Nickname, SecondFactor, Secret},
    storage::{Change, Changes, Expect},
};

/// Bytes of the secret of a device, as many as SHA-1 makes (RFC 4226 section 4).
const SECRET_BYTES: usize = 20;

/// Bytes of a recovery code: too many to be guessed by who has read its digest.
const RECOVERY_CODE_BYTES: usize = 10;

/// Recovery codes that are made at once.
pub(crate) const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code between two dashes.
const RECOVERY_GROUP_CHARS: usize = 4;

/// Most bytes of a code that is given.
const MAX_CODE_BYTES: usize = 64;

/// Refuses over the API what the pages ask a code for: 403.
pub(crate) fn refuse_over_api(ctx: &Context) -> Result<()> {
    match ctx.account() {
        Some(account) if account.asks_for_code() => Err(Error::forbidden(format!(
            "This account has two-factor sign-in. This is done with a code, at {}",
            ctx.urls().absolute("/main/account")
        ))),
        _ => Ok(()),
    }
}

/// Gives the account of the caller, whose password was checked, a new secret. It is asked for once
/// it is [confirmed](confirm).
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn begin(ctx: &Context) -> Result<()> {
    let mut bytes = [0; SECRET_BYTES];
    ctx.app().entropy().fill(&mut bytes);
    let secret = base32(&bytes);
    change(ctx, own(ctx)?, |account| {
        if account.asks_for_code() {
            return Err(conflict("Two-factor sign-in is on already."));
        }
        account.second_factor = Some(SecondFactor {
            secret: Secret::new(secret.as_str()),
            is_confirmed: false,
            begun_by: ctx.client().map(|client| client.id.clone()),
            last_step: 0,
            recovery_digests: Vec::new(),
        });
        Ok(())
    })
    .await
}

/// Whether a second factor waits for the first code, and the caller's browser is the one that began
/// it: whoever has another session must not learn the secret.
pub(crate) fn is_pending(ctx: &Context, factor: &SecondFactor) -> bool {
    let client = ctx.client().map(|client| client.id.as_str());
    !factor.is_confirmed && factor.begun_by.as_deref() == client
}

/// Switches two-factor sign-in on by the first code of the device, and returns the recovery codes;
/// `None` if the code is wrong.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn confirm(ctx: &Context, code: &str) -> Result<Option<Vec<Secret>>> {
    let codes = recovery_codes(ctx);
    let nickname = own(ctx)?;
    let is_confirmed = change(ctx, nickname, |account| {
        let factor = account.second_factor.as_mut();
        let factor = factor.filter(|factor| is_pending(ctx, factor));
        let factor = factor.ok_or_else(|| conflict("There is nothing to confirm."))?;
        if !use_device(factor, code, ctx.now())? {
            return Ok(false);
        }
        factor.is_confirmed = true;
        factor.recovery_digests = codes.iter().map(digest).collect();
        Ok(true)
    })
    .await?;
    if is_confirmed {
        // Nobody who gave the password alone before gets a token by it now.
        let pending = Change::RevokePending(nickname.clone());
        ctx.storage().commit(vec![pending]).await?;
    }
    Ok(is_confirmed.then_some(codes))
}

/// Replaces the recovery codes of the caller, who gave a code, and returns them.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn renew_recovery_codes(ctx: &Context) -> Result<Vec<Secret>> {
    let codes = recovery_codes(ctx);
    change(ctx, own(ctx)?, |account| {
        let factor = account.second_factor.as_mut();
        let factor = factor.ok_or_else(|| conflict("Two-factor sign-in is off."))?;
        factor.recovery_digests = codes.iter().map(digest).collect();
        Ok(())
    })
    .await?;
    Ok(codes)
}

/// Switches two-factor sign-in off.
///
/// Errors: 404 for an account that is not there.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn turn_off(ctx: &Context, nickname: &Nickname) -> Result<()> {
    let off = |account: &mut Account| {
        account.second_factor = None;
        Ok(())
    };
    change(ctx, nickname, off).await
}

/// Uses a code of an account, of the device or for recovery, in one commit with more changes;
/// returns whether it was good. It is good once.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn use_code(ctx: &Context, nickname: &Nickname, code: &str) -> Result<bool> {
    change(ctx, nickname, |account| spend(account, code, ctx.now())).await
}

/// Spends a code of an account; returns whether it was good.
pub(super) fn spend(account: &mut Account, code: &str, now: DateTime<Utc>) -> Result<bool> {
    let factor = account.second_factor.as_mut();
    let Some(factor) = factor.filter(|factor| factor.is_confirmed) else {
        return Ok(false);
    };
    Ok(use_device(factor, code, now)? || use_recovery(factor, code))
}

/// Returns whether all of some codes are recovery codes of the caller that were not used.
pub(crate) async fn are_recovery_codes(ctx: &Context, codes: &[Secret]) -> Result<bool> {
    let account = lookup::account(ctx, own(ctx)?.as_str()).await?;
    let known = account.second_factor.map(|factor| factor.recovery_digests);
    let known = known.unwrap_or_default();
    Ok(codes.iter().all(|code| known.contains(&digest(code))))
}

/// Returns the address that carries a secret to a device, as authenticator applications read it.
pub(crate) fn device_address(ctx: &Context, account: &Account, factor: &SecondFactor) -> String {
    let site = ctx.urls().authority().replace(':', " ");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("secret", factor.secret.expose())
        .append_pair("issuer", &site)
        .finish()
        .replace('+', "%20");
    let label = format!("{}@{site}", account.nickname).replace(' ', "%20");
    format!("otpauth://totp/{label}?{query}")
}

fn own(ctx: &Context) -> Result<&Nickname> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    Ok(&account.nickname)
}

fn conflict(sentence: &str) -> Error {
    Error::new(ErrorKind::BadRequest, sentence)
}

/// Changes an account as it is stored, unless the change leaves it as it was.
async fn change<T>(
    ctx: &Context,
    nickname: &Nickname,
    edit: impl Fn(&mut Account) -> Result<T>,
) -> Result<T> {
    retry_on_conflict(ctx, || async {
        let mut account = lookup::account(ctx, nickname.as_str()).await?;
        let before = account.second_factor.clone();
        let outcome = edit(&mut account)?;
        let is_same = account.second_factor == before;
        let changes = if is_same {
            Changes::new()
        } else {
            put(account)
        };
        Ok((changes, outcome))
    })
    .await
}

/// Returns the change that stores an account with what became of its codes.
pub(super) fn put(account: Account) -> Changes {
    let expect = Expect::Version(account.version);
    vec![Change::PutAccount { account, expect }]
}

/// Uses a code of the device. Neither it nor an earlier one is good again (RFC 6238 section 5.2).
fn use_device(factor: &mut SecondFactor, code: &str, now: DateTime<Utc>) -> Result<bool> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = device(&factor.secret)?.check(&code, now);
    let step = step.filter(|step| *step > factor.last_step);
    factor.last_step = step.unwrap_or(factor.last_step);
    Ok(step.is_some())
}

fn device(secret: &Secret) -> Result<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose());
    let secret = secret.map_err(|_| Error::internal("the secret of a device is unreadable"))?;
    // Its defaults are those of all devices: SHA-1, six digits, 30 seconds, one step of skew.
    let device = Builder::new().with_secret(secret).build();
    device.map_err(Error::internal)
}

/// Uses a recovery code.
fn use_recovery(factor: &mut SecondFactor, code: &str) -> bool {
    if code.len() > MAX_CODE_BYTES {
        return false;
    }
    let given = digest(&Secret::new(code));
    let known = factor.recovery_digests.len();
    factor.recovery_digests.retain(|digest| *digest != given);
    factor.recovery_digests.len() < known
}

fn recovery_codes(ctx: &Context) -> Vec<Secret> {
    let code = || {
        let mut bytes = [0; RECOVERY_CODE_BYTES];
        ctx.app().entropy().fill(&mut bytes);
        let text = base32(&bytes).to_lowercase();
        let mut code = String::new();
        for (place, letter) in text.chars().enumerate() {
            if place > 0 && place % RECOVERY_GROUP_CHARS == 0 {
                code.push('-');
            }
            code.push(letter);
        }
        Secret::new(code)
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// Returns the digest of a recovery code, however it is typed.
fn digest(code: &Secret) -> Secret {
    let letters = code.expose().chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    Secret::new(Secret::new(letters).digest())
}

fn base32<const N: usize>(bytes: &[u8; N]) -> String {
    totp_rs::Secret::from(*bytes).to_base32()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn factor() -> SecondFactor {
        SecondFactor {
            secret: Secret::new(base32(b"12345678901234567890")),
            is_confirmed: true,
            begun_by: None,
            last_step: 0,
            recovery_digests: Vec::new(),
        }
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // The last six digits of RFC 6238, appendix B.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081 804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert!(
                use_device(&mut factor(), code, at(second)).unwrap(),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_step_around() {
        let (code, second) = ("050471", 1_111_111_111);
        for (later, is_good) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let good = use_device(&mut factor(), code, at(second + later)).unwrap();
            assert_eq!(good, is_good, "{later} seconds later");
        }
        let mut factor = factor();
        assert!(use_device(&mut factor, code, at(second)).unwrap());
        assert!(!use_device(&mut factor, code, at(second)).unwrap());
        assert!(
            !use_device(&mut factor, "081804", at(second)).unwrap(),
            "it is older"
        );
        for bad in ["", "50471", "0504710", "abcdef", "٠٥٠٤٧١"] {
            assert!(!use_device(&mut factor, bad, at(second)).unwrap(), "{bad}");
        }
    }

    #[test]
    fn a_recovery_code_is_good_once_however_it_is_typed() {
        let mut factor = factor();
        let codes = ["abcd-efgh-2345-6777", "zzzz-zzzz-zzzz-zzzz"].map(Secret::new);
        factor.recovery_digests = codes.iter().map(digest).collect();
        assert!(!use_recovery(&mut factor, "abcd"));
        assert!(use_recovery(&mut factor, " ABCD efgh23456777 "));
        assert!(!use_recovery(&mut factor, "abcd-efgh-2345-6777"));
        assert_eq!(factor.recovery_digests, [digest(&codes[1])]);
    }
}
