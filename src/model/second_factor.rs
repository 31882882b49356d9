//! The second proof of identity at a sign-in.

use serde::{Deserialize, Serialize};

use super::Secret;

/// A device that makes one-time codes (TOTP, RFC 6238), and the codes that replace it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SecondFactor {
    /// The secret that the device shares, in Base32 (RFC 4648).
    pub secret: Secret,
    /// Whether a code has shown that the device has the secret. Until then no sign-in asks for one.
    pub is_confirmed: bool,
    /// The client that it was begun with: until it is confirmed no other one sees the secret.
    pub begun_by: Option<String>,
    /// Number of the last time step whose code was used: neither it nor earlier ones are again.
    pub last_step: u64,
    /// SHA-256 of the recovery codes that were not used, in hexadecimal.
    pub recovery_digests: Vec<Secret>,
}
