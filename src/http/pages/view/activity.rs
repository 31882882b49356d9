//! Activities.

use askama::Template;

use super::{Moment, Thing, audience};
use crate::{
    app::texts::{Language, key_of_activity, key_of_type},
    protocol::html::escape,
};

/// Types of object that are shown whole.
const SHOWN_TYPES: [&str; 9] = [
    "note", "article", "image", "audio", "video", "file", "comment", "question", "place",
];

/// An activity of a feed.
#[derive(Template)]
#[template(path = "pages/activity.html")]
pub(in crate::http::pages) struct Activity<'a> {
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    /// Path to come back to after a form.
    back: &'a str,
    /// Id of the person who reads, if they have signed in.
    viewer: Option<&'a str>,
    rendered: Thing<'a>,
    object: Option<Thing<'a>>,
}

impl<'a> Activity<'a> {
    pub(in crate::http::pages) fn new(
        activity: Thing<'a>,
        t: &'a Language,
        root: &'a str,
        back: &'a str,
        viewer: Option<&'a str>,
    ) -> Self {
        Self {
            t,
            root,
            back,
            viewer,
            rendered: activity,
            object: activity.get("object"),
        }
    }

    pub(in crate::http::pages) fn id(&self) -> &'a str {
        self.rendered.id()
    }

    /// Whether the reader did it.
    pub(in crate::http::pages) fn is_by_viewer(&self) -> bool {
        let actor = self.rendered.get("actor");
        self.viewer.is_some() && actor.map(|actor| actor.id()) == self.viewer
    }

    /// Returns the thing that is shown whole, if one is.
    fn shown(&self) -> Option<Thing<'a>> {
        let verb = self.rendered.text("verb");
        let is_shown = |object: &Thing<'_>| {
            ["post", "share", "create", "update"].contains(&verb)
                && SHOWN_TYPES.contains(&object.kind())
                && object.text("deleted").is_empty()
                && !(object.text("published").is_empty() && object.text("content").is_empty())
        };
        self.object.filter(is_shown)
    }

    /// Returns who passed on what is shown, if it is another's.
    fn shared_by(&self) -> Option<Thing<'a>> {
        let is_share = self.rendered.text("verb") == "share";
        self.rendered.get("actor").filter(|_| is_share)
    }

    /// Returns who wrote what is shown.
    fn author(&self) -> Option<Thing<'a>> {
        let author = self.object.and_then(|object| object.author());
        let actor = || {
            self.rendered
                .get("actor")
                .filter(|_| self.shared_by().is_none())
        };
        author.or_else(actor)
    }

    fn published(&self) -> Option<Moment> {
        self.rendered.published(self.t)
    }

    /// Returns the sentence of it, as HTML with links.
    fn sentence(&self) -> String {
        sentence(self.rendered, self.t)
    }

    /// Returns for whom it is that is shown.
    fn audience(&self) -> Option<String> {
        let is_post = matches!(self.rendered.text("verb"), "post" | "create");
        is_post.then(|| audience(self.rendered, self.t)).flatten()
    }

    fn is_own(&self, thing: &Thing<'_>) -> bool {
        let author = thing.author().or_else(|| self.author());
        self.viewer.is_some() && author.map(|author| author.id()) == self.viewer
    }
}

/// Returns the sentence of an activity: "Alice likes a note".
pub(super) fn sentence(activity: Thing<'_>, t: &Language) -> String {
    let part = |name| activity.get(name).map(|thing| link(thing, t));
    let something = || escape(&t.say("something"));
    let actor = part("actor").unwrap_or_else(something);
    let object = part("object").unwrap_or_else(something);
    let target = part("target").unwrap_or_else(something);
    let parent = activity
        .get("object")
        .and_then(|object| object.get("inReplyTo"));
    let parent = parent.map(|parent| link(parent, t));
    let parts = [
        ("actor", actor.as_str()),
        ("object", &object),
        ("target", &target),
        ("parent", parent.as_deref().unwrap_or_default()),
    ];
    let key = key_of_activity(activity.text("verb"), parent.is_some());
    let reaction = activity.text("reaction");
    if reaction.is_empty() || key != "did-like" {
        return t.html(key, &parts);
    }
    let reaction = activity.with_emoji(escape(reaction).into());
    let parts = [parts[0], parts[1], ("reaction", &reaction)];
    t.html("did-react", &parts)
}

/// Returns a link to a thing by its name, or by its kind if it has none; without a page only that.
pub(super) fn link(thing: Thing<'_>, t: &Language) -> String {
    let name = match thing.kind() {
        "person" => thing.name_html(),
        _ => escape(&thing.title()),
    };
    let name = if name.is_empty() {
        escape(&kind(thing.kind(), t))
    } else {
        name
    };
    if !thing.has_page() {
        return format!("<bdi>{name}</bdi>");
    }
    let href = escape(&thing.link());
    format!("<a href=\"{href}\"><bdi>{name}</bdi></a>")
}

/// Returns a kind of thing, with its article: "a note".
pub(in crate::http::pages) fn kind(kind: &str, t: &Language) -> String {
    t.say(key_of_type(kind)).into_owned()
}
