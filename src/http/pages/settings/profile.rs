//! `/main/settings`: the profile.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};
use url::Url;

use super::{Outcome, finish, opened, root};
use crate::{
    app::texts::Language,
    http::pages::{
        frame::Page,
        submission::Submission,
        view::{MAX_WEB_ADDRESSES, Thing},
        visitor::Visitor,
    },
    protocol::html::{escape, plain},
    service::{Error, ErrorKind, Result, people},
};

/// Parts of the page whose forms lead back to it, and what is said then.
const PARTS: [(&str, &str); 3] = [
    ("profile", "saved"),
    ("avatar", "saved"),
    ("banner", "saved"),
];

/// Most characters of a name, of a place, and of what a person says of themselves.
const MAX_NAME_CHARS: usize = 100;
const MAX_BIO_CHARS: usize = 5000;

/// Most characters of the address of a page elsewhere.
const MAX_LINK_CHARS: usize = 500;

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct ProfilePage<'a> {
    t: &'a Language,
    root: &'a str,
    outcome: Option<Outcome>,
    person: Thing<'a>,
    filled_in: Profile,
}

impl ProfilePage<'_> {
    fn outcome_of(&self, part: &str) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|outcome| outcome.part == part)
    }
}

/// A profile as text.
#[derive(PartialEq)]
pub(super) struct Profile {
    name: String,
    bio: String,
    location: String,
    /// Addresses of pages elsewhere, one a line.
    links: String,
    /// Whether the person is in directories.
    discoverable: bool,
    /// Whether other servers may search what the person posts.
    indexable: bool,
}

impl Profile {
    fn of(person: &Thing<'_>) -> Self {
        Self {
            name: person.title(),
            bio: plain(person.text("summary")),
            location: person
                .get("location")
                .map_or_else(String::new, |place| place.title()),
            links: person.web_addresses().join("\n"),
            discoverable: !person.is_not("discoverable"),
            indexable: person.is("indexable"),
        }
    }

    fn typed(form: &Submission) -> Self {
        let text = |name| form.get(name).replace("\r\n", "\n");
        Self {
            name: text("displayName"),
            bio: text("bio"),
            location: text("location"),
            links: text("links"),
            discoverable: !form.get("discoverable").is_empty(),
            indexable: !form.get("indexable").is_empty(),
        }
    }

    fn check(&self) -> Result<()> {
        let is_long = |text: &str, most| text.chars().count() > most;
        if is_long(&self.name, MAX_NAME_CHARS)
            || is_long(&self.location, MAX_NAME_CHARS)
            || is_long(&self.bio, MAX_BIO_CHARS)
        {
            return Err(Error::saying(ErrorKind::BadRequest, "profile-too-long"));
        }
        let links: Vec<&str> = self.links().collect();
        let is_link = |link: &&str| {
            let url = Url::parse(link);
            let is_web = url.is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            is_web && !is_long(link, MAX_LINK_CHARS)
        };
        if links.len() > MAX_WEB_ADDRESSES || !links.iter().all(is_link) {
            return Err(Error::saying(ErrorKind::BadRequest, "profile-bad-links"));
        }
        Ok(())
    }

    fn links(&self) -> impl Iterator<Item = &str> {
        self.links.split_whitespace()
    }

    /// Returns what is other than it was, as properties of a person. So HTML that a client wrote
    /// stays as long as nobody changes its text here.
    fn changes_from(&self, old: &Self) -> Map<String, Value> {
        let mut changes = Map::new();
        let or_none = |text: &str, value: Value| match text {
            "" => Value::Null,
            _ => value,
        };
        if self.name != old.name {
            let name = or_none(&self.name, self.name.as_str().into());
            changes.insert("displayName".into(), name);
        }
        if self.bio != old.bio {
            let bio = or_none(&self.bio, html_of(&self.bio).into());
            changes.insert("summary".into(), bio);
        }
        if self.location != old.location {
            let place = json!({ "objectType": "place", "displayName": self.location });
            changes.insert("location".into(), or_none(&self.location, place));
        }
        for (name, now, before) in [
            ("discoverable", self.discoverable, old.discoverable),
            ("indexable", self.indexable, old.indexable),
        ] {
            if now != before {
                changes.insert(name.into(), now.into());
            }
        }
        if self.links != old.links {
            // As in Portable Contacts.
            let urls: Vec<Value> = self.links().map(|url| json!({ "value": url })).collect();
            let urls = or_none(&self.links, urls.into());
            changes.insert("urls".into(), urls);
        }
        changes
    }
}

/// `GET /main/settings`: the form.
pub(super) async fn form(visitor: Visitor) -> Response {
    let visitor = &visitor;
    opened(visitor, &PARTS, |status, outcome| {
        show(visitor, status, outcome, None)
    })
    .await
}

/// Shows the form, perhaps with what was typed.
pub(super) async fn show(
    visitor: &Visitor,
    status: StatusCode,
    outcome: Option<Outcome>,
    typed: Option<Profile>,
) -> Result<Response> {
    let ctx = &visitor.ctx;
    let nickname = visitor.account()?.nickname.as_str();
    let person = people::profile(ctx, nickname).await?.to_value();
    let person = Thing::new(&person, ctx.urls());
    let title = visitor.language.say("settings");
    let main = ProfilePage {
        t: &visitor.language,
        root: root(visitor),
        outcome,
        person,
        filled_in: typed.unwrap_or_else(|| Profile::of(&person)),
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/settings`: changes the profile.
pub(super) async fn change(form: Submission) -> Response {
    let done = try_change(&form).await;
    let typed = Some(Profile::typed(&form));
    let again = |status, outcome| show(&form.visitor, status, Some(outcome), typed);
    finish(&form, ("/main/settings", "profile"), done, again).await
}

async fn try_change(form: &Submission) -> Result<()> {
    form.require_member()?;
    let ctx = &form.visitor.ctx;
    let nickname = form.visitor.account()?.nickname.as_str();
    let typed = Profile::typed(form);
    typed.check()?;
    let person = people::profile(ctx, nickname).await?.to_value();
    let changes = typed.changes_from(&Profile::of(&Thing::new(&person, ctx.urls())));
    if changes.is_empty() {
        return Ok(());
    }
    people::update_profile(ctx, nickname, changes)
        .await
        .map(drop)
}

/// Returns text as HTML: with its lines, and its web addresses as links.
fn html_of(text: &str) -> String {
    let words = |line: &str| {
        let words = line.split(' ').map(|word| match Url::parse(word) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                let (href, word) = (escape(url.as_str()), escape(word));
                format!("<a href=\"{href}\" rel=\"me\">{word}</a>")
            }
            _ => escape(word),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let lines: Vec<String> = text.lines().map(words).collect();
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_html_that_reads_the_same() {
        let text = "Cats & <dogs>\nat https://h.example/?a=1&b=2 daily";
        let html = html_of(text);
        let link = "<a href=\"https:&#x2F;&#x2F;h.example&#x2F;?a=1&amp;b=2\" rel=\"me\">";
        assert!(html.starts_with("Cats &amp; &lt;dogs&gt;<br>at ") && html.contains(link));
        assert_eq!(plain(&html), text);
        assert_eq!(html_of("javascript:alert(1)"), "javascript:alert(1)");
    }
}
