//! Verbs that have a meaning for the server, or in the schema of Activity Streams 1.

/// The verbs, in alphabetical order.
const KNOWN_VERBS: &[&str] = &[
    "accept",
    "access",
    "acknowledge",
    "add",
    "agree",
    "append",
    "approve",
    "archive",
    "assign",
    "at",
    "attach",
    "attend",
    "author",
    "authorize",
    "borrow",
    "build",
    "cancel",
    "checkin",
    "close",
    "complete",
    "confirm",
    "consume",
    "create",
    "delete",
    "deliver",
    "deny",
    "disagree",
    "dislike",
    "experience",
    "favorite",
    "find",
    "flag-as-inappropriate",
    "follow",
    "give",
    "host",
    "ignore",
    "insert",
    "install",
    "interact",
    "invite",
    "join",
    "leave",
    "like",
    "listen",
    "lose",
    "make-friend",
    "open",
    "play",
    "post",
    "present",
    "purchase",
    "qualify",
    "read",
    "receive",
    "reject",
    "remove",
    "remove-friend",
    "replace",
    "request",
    "request-friend",
    "resolve",
    "retract",
    "return",
    "rsvp-maybe",
    "rsvp-no",
    "rsvp-yes",
    "satisfy",
    "save",
    "schedule",
    "search",
    "sell",
    "send",
    "share",
    "sponsor",
    "start",
    "stop-following",
    "submit",
    "tag",
    "terminate",
    "tie",
    "unfavorite",
    "unlike",
    "unsatisfy",
    "unsave",
    "unshare",
    "update",
    "use",
    "vote",
    "watch",
    "win",
];

/// Returns whether a verb is a known one.
pub(super) fn is_known_verb(verb: &str) -> bool {
    KNOWN_VERBS.binary_search(&verb).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_verbs_are_found_and_others_are_not() {
        assert!(KNOWN_VERBS.is_sorted());
        assert!(KNOWN_VERBS.iter().all(|verb| is_known_verb(verb)));
        for verb in ["", "hack-your-account-password", "Post"] {
            assert!(!is_known_verb(verb), "{verb}");
        }
    }
}
