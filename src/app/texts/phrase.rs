//! Messages that are said later, in the language of their reader.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Key of a message, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Phrase {
    pub(super) key: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) arguments: Vec<(Cow<'static, str>, String)>,
}

impl Phrase {
    /// A message without arguments.
    pub(crate) fn new(key: &'static str) -> Self {
        Self {
            key: key.into(),
            arguments: Vec::new(),
        }
    }

    /// The message with one more argument.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.push((name.into(), value.into()));
        self
    }
}

impl From<&'static str> for Phrase {
    fn from(key: &'static str) -> Self {
        Self::new(key)
    }
}
