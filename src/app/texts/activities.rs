//! Keys of messages about what somebody did, and with what kind of thing.

use crate::model::NotificationKind;

/// Returns the key of the sentence about an activity of a verb, which may answer something.
pub(crate) fn key_of_activity(verb: &str, is_reply: bool) -> &'static str {
    match verb {
        "post" | "create" if is_reply => "did-reply",
        "post" => "did-post",
        "create" => "did-create",
        "share" => "did-share",
        "unshare" => "did-unshare",
        "favorite" | "like" => "did-like",
        "unfavorite" | "unlike" => "did-unlike",
        "follow" => "did-follow",
        "stop-following" => "did-unfollow",
        "update" => "did-update",
        "delete" => "did-delete",
        "add" => "did-add",
        "remove" => "did-remove",
        "join" => "did-join",
        "leave" => "did-leave",
        "vote" => "did-vote",
        _ => "did-something",
    }
}

/// Returns the key of a kind of thing, with its article: "a note".
pub(crate) fn key_of_type(object_type: &str) -> &'static str {
    match object_type {
        "note" => "a-note",
        "comment" => "a-comment",
        "image" => "an-image",
        "article" => "an-article",
        "audio" => "an-audio",
        "video" => "a-video",
        "file" => "a-file",
        "group" => "a-group",
        "place" => "a-place",
        "collection" => "a-list",
        "person" => "a-person",
        _ => "something",
    }
}

/// Returns the key of what mails of a kind are about.
pub(crate) fn subject_of_mails(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Direct => "mail-about-direct",
        NotificationKind::Followers => "mail-about-followers",
        NotificationKind::Likes => "mail-about-likes",
        NotificationKind::Shares => "mail-about-shares",
        NotificationKind::Comments => "mail-about-comments",
    }
}
