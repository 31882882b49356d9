//! The front page, and the timelines of a member.

use askama::Template;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{
    composer::{Composer, Typed},
    frame::{Page, Parts, Preview},
    read::answer,
    submission::Submission,
    view::{Activity, Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::api::PageQuery,
    model::{Cursor, Filter, Urls},
    protocol::html::for_page,
    service::{
        Result, announcements,
        notices::{self, Position},
        search, timelines,
    },
};

/// Posts on the front page of strangers.
const MAX_RECENT_POSTS: usize = 10;

/// The front page for who has not signed in.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each shows a part of its own"
)]
#[derive(Template)]
#[template(path = "pages/welcome.html")]
struct WelcomePage<'a> {
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    site: &'a str,
    authority: &'a str,
    has_tls: bool,
    has_port: bool,
    has_pages: bool,
    may_register: bool,
    federates: bool,
    /// Whether a person of another server has signed in.
    has_guest: bool,
    project: &'static str,
    /// Paragraph about the site.
    description: &'a str,
    has_rules: bool,
    /// HTML of the operator above the newest posts; `None` for the usual.
    own: Option<String>,
    things: Vec<Thing<'a>>,
}

/// A timeline of a member.
#[derive(Template)]
#[template(path = "pages/timeline.html")]
struct TimelinePage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    /// Path of the page.
    path: &'a str,
    empty: &'a str,
    announcements: Vec<Announced>,
    composer: Option<Composer<'a>>,
    activities: Vec<Activity<'a>>,
    pager: Pager,
    /// The newest activity that the reader had seen before the last ones of others came.
    read: Option<String>,
    /// How many ask to follow the reader.
    requests: u64,
}

impl TimelinePage<'_> {
    /// Whether the newest activity that the reader has seen is on the page.
    fn shows_read(&self) -> bool {
        let mut shown = self.activities.iter();
        shown.any(|activity| self.is_read(activity))
    }

    /// Returns where the reader was: on the page, or on one of the pages before.
    fn last_place(&self) -> Option<String> {
        let read = self.read.as_deref()?;
        Some(if self.shows_read() {
            "#read".into()
        } else {
            format!("{}/?since={}", self.root, Urls::encode(read))
        })
    }

    fn is_read(&self, activity: &Activity<'_>) -> bool {
        self.read.as_deref() == Some(activity.id())
    }
}

/// An announcement of the site.
struct Announced {
    id: String,
    html: String,
}

/// Returns what the site tells a member.
async fn announced(visitor: &Visitor) -> Result<Vec<Announced>> {
    let (ctx, origin) = (&visitor.ctx, visitor.ctx.urls().origin());
    let current = announcements::current(ctx, visitor.account()?).await?;
    let shown = current.into_iter().map(|one| Announced {
        html: for_page(&one.html(), origin).into_owned(),
        id: one.id,
    });
    Ok(shown.collect())
}

/// `POST /main/announcements`: the member has seen one.
pub(super) async fn dismiss(form: Submission) -> Response {
    let done = async {
        form.require_member()?;
        announcements::dismiss(&form.visitor.ctx, form.get("id")).await
    };
    let done = done.await.map(|()| form.redirect("/"));
    answer(&form.visitor, "/", done)
}

/// A timeline: its name in the catalogue and in the navigation, and its part of the inbox.
pub(super) struct Timeline {
    name: &'static str,
    title: &'static str,
    empty: &'static str,
    path: &'static str,
    pub(super) filter: Filter,
}

pub(super) const HOME: Timeline = Timeline {
    name: "home",
    title: "home-title",
    empty: "home-empty",
    path: "/",
    filter: Filter {
        major: Some(true),
        direct: false,
    },
};

const MEANWHILE: Timeline = Timeline {
    name: "meanwhile",
    title: "meanwhile-title",
    empty: "meanwhile-empty",
    path: "/main/meanwhile",
    filter: Filter {
        major: Some(false),
        direct: false,
    },
};

const MESSAGES: Timeline = Timeline {
    name: "messages",
    title: "messages-title",
    empty: "messages-empty",
    path: "/main/messages",
    filter: Filter {
        major: Some(true),
        direct: true,
    },
};

/// `GET /`: the home timeline of a member; else what this site is. PyPump looks here for where the
/// pages of OAuth are, and goes where it is sent, so it is an answer and no redirect.
pub(super) async fn front(visitor: Visitor, query: Result<PageQuery>) -> Result<Response> {
    if visitor.ctx.account().is_some() {
        timeline(&visitor, query?, &HOME).await
    } else {
        welcome(&visitor).await
    }
}

/// `GET /main/meanwhile`: what else happened.
pub(super) async fn meanwhile(visitor: Visitor, query: PageQuery) -> Result<Response> {
    timeline(&visitor, query, &MEANWHILE).await
}

/// `GET /main/messages`: what was written to the member directly.
pub(super) async fn messages(visitor: Visitor, query: PageQuery) -> Result<Response> {
    timeline(&visitor, query, &MESSAGES).await
}

async fn welcome(visitor: &Visitor) -> Result<Response> {
    let (app, urls) = (visitor.ctx.app(), visitor.ctx.urls());
    let (settings, t) = (app.settings(), &*visitor.language);
    let shows_posts =
        settings.has_pages && settings.pages.public_posts && settings.api.anonymous_read;
    let recent = if shows_posts {
        search::recent_posts(&visitor.ctx, MAX_RECENT_POSTS).await?
    } else {
        Value::Null
    };
    let description = match settings.pages.description.as_str() {
        "" => t.say("welcome-lead"),
        own => own.into(),
    };
    let main = WelcomePage {
        t,
        root: urls.path(),
        site: &settings.site,
        authority: urls.authority(),
        has_tls: urls.scheme() == "https",
        has_port: urls.authority() != urls.host(),
        has_pages: settings.has_pages,
        may_register: visitor.may_register(),
        federates: settings.federation.enabled,
        has_guest: visitor.principal.is_some(),
        project: env!("CARGO_PKG_REPOSITORY"),
        description: &description,
        has_rules: app.custom_pages().document("rules", t.tag()).is_some(),
        own: Parts::welcome(visitor, &settings.site),
        things: Thing::new(&recent, urls).list("items"),
    };
    let page = Page {
        is_public: true,
        preview: Some(preview(visitor, &description)),
        ..Page::new(&settings.site, &main)
    };
    Ok(page.render(visitor))
}

/// Returns how other sites show a link to this one.
fn preview(visitor: &Visitor, description: &str) -> Preview {
    let (settings, urls) = (visitor.ctx.app().settings(), visitor.ctx.urls());
    Preview {
        kind: "website",
        title: settings.site.clone(),
        text: description.to_owned(),
        url: urls.absolute("/"),
        picture: None,
        published: String::new(),
        updated: String::new(),
        author: None,
        oembed: None,
    }
}

async fn timeline(visitor: &Visitor, query: PageQuery, timeline: &Timeline) -> Result<Response> {
    let nickname = visitor.account()?.nickname.clone();
    let request = query.of(timeline.filter);
    let inbox = timelines::inbox(&visitor.ctx, nickname.as_str(), &request).await?;
    let (inbox, urls, t) = (inbox.to_value(), visitor.ctx.urls(), &*visitor.language);
    let (place, title) = (visitor.place(), t.say(timeline.title));
    let items = Thing::new(&inbox, urls).list("items");
    let viewer = visitor.ctx.person();
    let typed = Typed::blank(&place);
    let composer = match timeline.name {
        "home" => Some(Composer::new(visitor, &typed).await?),
        _ => None,
    };
    let announcements = match timeline.name {
        "home" => announced(visitor).await?,
        _ => Vec::new(),
    };
    let is_top = timeline.name == "home" && request.cursor == Cursor::Newest;
    let newest = items.first().map(Thing::id).filter(|_| is_top);
    let mut position = Position::default();
    let mut read = None;
    if let Some(newest) = newest {
        position = notices::position(&visitor.ctx).await?;
        read = notices::arrive(&visitor.ctx, &mut position, newest).await?;
    }
    let activities: Vec<_> = items
        .into_iter()
        .map(|item| Activity::new(item, t, urls.path(), &place, viewer))
        .collect();
    let read = read.filter(|read| {
        let mut news = activities
            .iter()
            .take_while(|activity| activity.id() != read);
        news.any(|activity| !activity.is_by_viewer())
    });
    let main = TimelinePage {
        t,
        announcements,
        root: urls.path(),
        title: &title,
        path: &format!("{}{}", urls.path(), timeline.path),
        empty: timeline.empty,
        composer,
        activities,
        pager: Pager::of(&inbox, &visitor.uri),
        read,
        requests: position.requests,
    };
    let page = Page {
        place: timeline.name,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor).into_response())
}
