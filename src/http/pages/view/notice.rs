//! Activities that a person is told of.

use askama::Template;

use super::{
    Moment, Thing,
    activity::{link, sentence},
};
use crate::{app::texts::Language, protocol::html::plain};

/// Longest excerpt of what was written, in characters.
const MAX_EXCERPT_CHARS: usize = 200;

/// An activity that a person is told of.
#[derive(Template)]
#[template(path = "pages/notice.html")]
pub(in crate::http::pages) struct Notice<'a> {
    pub(in crate::http::pages) t: &'a Language,
    pub(in crate::http::pages) root: &'a str,
    /// Id of the person.
    pub(in crate::http::pages) viewer: &'a str,
    /// Whether they have not seen it before.
    pub(in crate::http::pages) is_new: bool,
    /// Whether its actor waits for an answer of theirs.
    pub(in crate::http::pages) is_request: bool,
    pub(in crate::http::pages) activity: Thing<'a>,
}

impl<'a> Notice<'a> {
    fn actor(&self) -> Option<Thing<'a>> {
        self.activity.get("actor")
    }

    fn object(&self) -> Option<Thing<'a>> {
        self.activity.get("object")
    }

    fn published(&self) -> Option<Moment> {
        self.activity.published(self.t)
    }

    /// Whether it is about a request that waits.
    fn asks(&self) -> bool {
        self.is_request && self.activity.text("verb") == "follow"
    }

    fn key(&self) -> Option<&'static str> {
        let object = self.object()?;
        let is_mine = |thing: &Thing<'_>| thing.is_by(Some(self.viewer));
        match self.activity.text("verb") {
            "follow" if object.id() != self.viewer => None,
            "follow" if self.is_request => Some("notice-asks"),
            "follow" => Some("notice-follows"),
            "favorite" | "like" if !self.activity.text("reaction").is_empty() => None,
            "favorite" | "like" if is_mine(&object) => Some("notice-likes"),
            "share" if is_mine(&object) => Some("notice-shares"),
            "post" | "create" => match object.get("inReplyTo") {
                Some(parent) if is_mine(&parent) => Some("notice-replies"),
                Some(_) => None,
                None => Some("notice-writes"),
            },
            _ => None,
        }
    }

    /// Returns the sentence of it, as HTML with links.
    fn sentence(&self) -> String {
        let (Some(key), Some(actor)) = (self.key(), self.actor()) else {
            return sentence(self.activity, self.t);
        };
        let link =
            |thing: Option<Thing<'_>>| thing.map_or_else(String::new, |thing| link(thing, self.t));
        let object = self.object();
        let parent = object.and_then(|object| object.get("inReplyTo"));
        let parts = [
            ("actor", &*link(Some(actor))),
            ("object", &*link(object)),
            ("parent", &*link(parent)),
        ];
        self.t.html(key, &parts)
    }

    /// Returns the first words of what was written.
    fn excerpt(&self) -> Option<String> {
        let is_post = matches!(self.activity.text("verb"), "post" | "create");
        let object = self.object().filter(|_| is_post)?;
        let text = plain(object.text("content"));
        let mut chars = text.chars();
        let mut excerpt: String = chars.by_ref().take(MAX_EXCERPT_CHARS).collect();
        excerpt.extend(chars.next().map(|_| '…'));
        (!excerpt.trim().is_empty()).then_some(excerpt)
    }
}
