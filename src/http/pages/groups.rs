//! The page of a group: its members, and what was posted to it.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;

use super::{
    frame::Page,
    view::{Activity, Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    model::{Object, PageRequest, Stream},
    service::{
        Result,
        group_names::group_address,
        groups,
        present::{self, Detail},
    },
};

#[derive(Template)]
#[template(path = "pages/group.html")]
struct GroupPage<'a> {
    t: &'a Language,
    root: &'a str,
    /// Path of the page.
    path: String,
    back: &'a str,
    group: Thing<'a>,
    title: &'a str,
    viewer: Option<&'a str>,
    is_member: bool,
    /// Address by which people of other servers join it.
    address: Option<String>,
    members: Vec<Thing<'a>>,
    activities: Vec<Activity<'a>>,
    pager: Pager,
}

impl GroupPage<'_> {
    /// Returns the name of the group in its address.
    fn name(&self) -> Option<&str> {
        Some(self.address.as_deref()?.split_once('@')?.0)
    }
}

/// Shows a group to a reader who may read it.
pub(super) async fn show(
    visitor: &Visitor,
    group: &Arc<Object>,
    request: PageRequest,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let rendered = present::render(ctx, Arc::clone(group), Detail::FULL).await?;
    let members = groups::members(ctx, group, &PageRequest::default()).await?;
    let posts = groups::inbox(ctx, group, &request).await?;
    let [rendered, members, posts] = [rendered, members, posts].map(|part| part.to_value());
    let is_member = match ctx.person() {
        Some(person) => {
            let stream = Stream::Members(group.id.clone());
            ctx.storage().contains(&[(stream, person)]).await? == [true]
        }
        None => false,
    };
    let (urls, place) = (ctx.urls(), visitor.place());
    let shown = Thing::new(&rendered, urls);
    let title = match shown.title() {
        title if title.is_empty() => t.say("a-group").into_owned(),
        title => title,
    };
    let items = Thing::new(&posts, urls).list("items").into_iter();
    let activities = items.map(|item| Activity::new(item, t, urls.path(), &place, ctx.person()));
    let main = GroupPage {
        t,
        root: urls.path(),
        path: visitor.path(),
        back: &place,
        group: shown,
        title: &title,
        viewer: ctx.person(),
        is_member,
        address: group_address(ctx, group),
        members: Thing::new(&members, urls).list("items"),
        activities: activities.collect(),
        pager: Pager::of(&posts, &visitor.uri),
    };
    let page = Page {
        is_public: true,
        preview: shown.preview(&title),
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}
