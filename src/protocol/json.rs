//! JSON as strangers send it.

use std::str::Utf8Error;

use serde_json::Value;

use super::as1::{MAX_DEPTH, is_flat_enough};

/// Why a text is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadJson {
    /// Not UTF-8.
    #[error("The body is not UTF-8: {0}.")]
    Encoding(#[from] Utf8Error),
    /// No JSON.
    #[error("The body is not JSON: {0}.")]
    Syntax(#[from] serde_json::Error),
    /// A NUL, which not every database can store.
    #[error("Text can't contain U+0000.")]
    Nul,
    /// Arrays and objects that stand in each other too deep.
    #[error("JSON may be nested {MAX_DEPTH} levels deep and no deeper.")]
    Depth,
}

/// Reads JSON that can be stored.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, BadJson> {
    let text = str::from_utf8(bytes)?;
    let value: Value = serde_json::from_str(text)?;
    // An escape is the only way to write it, so most bodies need not be walked.
    if text.contains("\\u0000") && has_nul(&value) {
        return Err(BadJson::Nul);
    }
    // Few open as many brackets as may stand in each other.
    let is_opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if bytes.iter().filter(is_opening).count() > MAX_DEPTH && !is_flat_enough(&value) {
        return Err(BadJson::Depth);
    }
    Ok(value)
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(map) => map
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
