//! Kinds of notifications in sentences, and as the target of a code.

use crate::model::NotificationKind;

/// Returns the subject matter of mails of some kinds, for use in a sentence.
pub(crate) fn describe_kind(kinds: &[NotificationKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| about_one(*kind)).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn about_one(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Direct => "what is sent to you in person",
        NotificationKind::Followers => "new followers",
        NotificationKind::Likes => "likes",
        NotificationKind::Shares => "shares",
        NotificationKind::Comments => "comments",
    }
}

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
