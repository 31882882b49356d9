//! `/main/admin/people`: finding people.

use askama::Template;
use axum::response::Response;

use super::{Head, Staff, answer};
use crate::{
    app::texts::Language,
    http::pages::visitor::Visitor,
    model::{Role, Standing, Urls},
    service::{
        Result,
        moderation::{self, Target},
    },
};

#[derive(Template)]
#[template(path = "pages/admin/people.html")]
struct PeoplePage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    query: &'a str,
    /// Name of the standing of those who are listed; empty for all.
    standing: &'a str,
    standings: [(&'static str, &'static str); 4],
    people: Vec<Row>,
    /// Query of the next page.
    older: Option<String>,
}

/// A person in a list.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) encoded: String,
    /// Keys of what is said of their role and standing; empty for none.
    pub(super) role: &'static str,
    pub(super) standing: &'static str,
}

impl Row {
    pub(super) fn of(target: &Target, urls: &Urls) -> Self {
        let person = &target.person;
        let name = person.scan_text_property("displayName");
        let address = match &target.account {
            Some(account) => format!("{}@{}", account.nickname, urls.authority()),
            None => target.name().to_owned(),
        };
        let role = target.account.as_ref().map(|account| account.role);
        Self {
            name: name
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| address.clone()),
            encoded: Urls::encode(target.name()),
            address,
            role: role_key(role.unwrap_or_default()),
            standing: standing_key(target.standing),
        }
    }
}

/// Returns the key of the name of a role; empty for none.
pub(super) fn role_key(role: Role) -> &'static str {
    match role {
        Role::None => "",
        Role::Moderator => "role-moderator",
        Role::Admin => "role-admin",
    }
}

/// Returns the key of the name of a standing; empty for a good one.
pub(super) fn standing_key(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "",
        Standing::Pending => "standing-pending",
        Standing::Silenced => "standing-silenced",
        Standing::Suspended => "standing-suspended",
    }
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let (t, urls) = (&*visitor.language, visitor.ctx.urls());
    let (query, wanted) = (visitor.query("q"), visitor.query("standing"));
    let standing = Standing::parse(&wanted).filter(|standing| *standing != Standing::Good);
    let before = Some(visitor.query("before")).filter(|id| !id.is_empty());
    let (people, has_older) = moderation::page(&staff.all, &query, standing, before).await?;
    let last = people.last().filter(|_| has_older);
    let older = last.map(|last| {
        let [query, before] = [&query, &last.person.id].map(|text| Urls::encode(text));
        format!("q={query}&standing={wanted}&before={before}")
    });
    let standing = standing.map_or("", Standing::as_str);
    let main = PeoplePage {
        head: staff.head("people"),
        t,
        root: urls.path(),
        query: &query,
        standing,
        standings: [
            ("", "admin-people-all"),
            ("pending", "admin-people-pending"),
            ("silenced", "admin-people-silenced"),
            ("suspended", "admin-people-suspended"),
        ],
        people: people.iter().map(|target| Row::of(target, urls)).collect(),
        older: older.filter(|_| standing.is_empty() || standing == wanted),
    };
    Ok(staff.render(&t.say("admin-people"), &main))
}
