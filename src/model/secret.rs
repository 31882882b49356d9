//! A string that must not be seen in logs.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret: redacted in
/// `Debug`, compared in constant time, and read only through [`Secret::expose`].
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for signing, comparing or handing to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its SHA-256, in hexadecimal: what to keep of a secret that was made by chance and is only
    /// ever looked for.
    pub fn digest(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&self.0) {
            // Writing to a String can't fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}
