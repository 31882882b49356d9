//! Proof that who brings a code is who asked for it (RFC 7636). `S256` is the only method.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether a text can be a challenge: a SHA-256 in base64url.
pub(crate) fn is_challenge(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// Whether a verifier is the one that a challenge was made of.
pub(crate) fn proves(verifier: &str, challenge: &str) -> bool {
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    is_verifier && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_a_challenge_proves() {
        assert!(is_challenge(CHALLENGE));
        assert!(proves(VERIFIER, CHALLENGE));
    }

    #[test]
    fn nothing_else_does() {
        for wrong in [
            "",
            CHALLENGE,
            &VERIFIER.to_lowercase(),
            &format!("{VERIFIER}="),
        ] {
            assert!(!proves(wrong, CHALLENGE), "{wrong}");
        }
        for no_challenge in ["", "x", &CHALLENGE[1..], &CHALLENGE.replace('-', "+")] {
            assert!(!is_challenge(no_challenge), "{no_challenge}");
        }
    }
}
