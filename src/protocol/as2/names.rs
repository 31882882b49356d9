//! AS2 names of AS1 object types and verbs.

/// Names of what is read of AS1, wherever it stands. The items of collections are not among them:
/// those of a page are read one by one.
pub(super) const READ: &[&str] = &[
    "activity-inbox",
    "activity-outbox",
    "actor",
    "alsoKnownAs",
    "altitude",
    "attachments",
    "author",
    "banner",
    "bcc",
    "bto",
    "cc",
    "content",
    "deleted",
    "discoverable",
    "displayName",
    "endTime",
    "favorites",
    "fileUrl",
    "first",
    "followers",
    "following",
    "fullImage",
    "generator",
    "height",
    "href",
    "id",
    "image",
    "inReplyTo",
    "indexable",
    "lat",
    "latitude",
    "likes",
    "links",
    "location",
    "lon",
    "longitude",
    "members",
    "mimeType",
    "movedTo",
    "next",
    "nickname",
    "object",
    "objectType",
    "position",
    "preferredUsername",
    "prev",
    "profile",
    "published",
    "replies",
    "self",
    "sensitive",
    "shares",
    "startTime",
    "stream",
    "summary",
    "tags",
    "target",
    "targetUrl",
    "title",
    "to",
    "totalItems",
    "updated",
    "url",
    "verb",
    "width",
];

/// Types of objects with a counterpart of their own. The rest are an `Object`, or what they are
/// most like.
const TYPES: &[(&str, &str)] = &[
    ("application", "Application"),
    ("article", "Article"),
    ("audio", "Audio"),
    ("collection", "Collection"),
    // A comment is a note that replies to something.
    ("comment", "Note"),
    ("event", "Event"),
    ("file", "Document"),
    ("group", "Group"),
    ("image", "Image"),
    ("note", "Note"),
    ("organization", "Organization"),
    ("page", "Page"),
    ("person", "Person"),
    ("place", "Place"),
    ("service", "Service"),
    ("video", "Video"),
];

/// Types of those who act.
const ACTORS: &[&str] = &["application", "group", "organization", "person", "service"];

/// Verbs with a counterpart.
const VERBS: &[(&str, &str)] = &[
    ("accept", "Accept"),
    ("add", "Add"),
    ("attach", "Add"),
    ("author", "Create"),
    ("block", "Block"),
    ("create", "Create"),
    ("delete", "Delete"),
    ("deny", "Reject"),
    ("dislike", "Dislike"),
    ("favorite", "Like"),
    ("flag-as-inappropriate", "Flag"),
    ("follow", "Follow"),
    ("ignore", "Ignore"),
    ("invite", "Invite"),
    ("join", "Join"),
    ("leave", "Leave"),
    ("like", "Like"),
    ("listen", "Listen"),
    ("offer", "Offer"),
    ("play", "View"),
    ("post", "Create"),
    ("read", "Read"),
    ("reject", "Reject"),
    ("remove", "Remove"),
    ("rsvp-maybe", "TentativeAccept"),
    ("rsvp-no", "Reject"),
    ("rsvp-yes", "Accept"),
    ("share", "Announce"),
    ("submit", "Create"),
    ("update", "Update"),
    ("watch", "View"),
];

/// Verbs that take back what another did.
const UNDOING: &[(&str, &str)] = &[
    ("stop-following", "Follow"),
    ("unfavorite", "Like"),
    ("unlike", "Like"),
    ("unshare", "Announce"),
];

/// The AS2 type of an object.
pub(super) fn object(object_type: &str) -> &'static str {
    find(TYPES, object_type).unwrap_or("Object")
}

/// Whether an object is one that acts.
pub(super) fn is_actor(object_type: &str) -> bool {
    ACTORS.contains(&object_type)
}

/// The AS2 type of an activity, with a target or without.
pub(super) fn activity(verb: &str, has_target: bool) -> &'static str {
    match verb {
        "post" | "submit" if has_target => "Add",
        _ => find(VERBS, verb).unwrap_or("Activity"),
    }
}

/// The type of what an activity takes back, if that is what it does.
pub(super) fn undone(verb: &str) -> Option<&'static str> {
    find(UNDOING, verb)
}

fn find(names: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|(_, counterpart)| *counterpart)
}
