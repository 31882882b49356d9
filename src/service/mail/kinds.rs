//! Kinds of notifications as the target of a code.

use crate::model::NotificationKind;

/// Returns the target of a code that ends mails of these kinds.
pub(super) fn words(kinds: &[NotificationKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    words.join(" ")
}

/// Returns the kinds that a code ends, from its target.
pub(crate) fn kinds_of(target: &str) -> Vec<NotificationKind> {
    target
        .split(' ')
        .filter_map(NotificationKind::parse)
        .collect()
}
