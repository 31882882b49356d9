//! Collections of persons and objects, as the API shows them (pump-api 10).

mod envelope;

use serde_json::{Value, json};

use super::{
    Result, lookup,
    present::{self, Detail, Listing, RenderedJson},
};
use crate::{
    Context,
    model::{Account, Cursor, Object, Page, PageRequest, Stream, Urls, Viewer},
};
pub(super) use envelope::{
    Envelope, id_of_cursor, links, older_link, page_links, read_page, search_url,
};

/// Direction of a collection of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PersonFeed {
    /// Those who follow.
    Followers,
    /// Those who are followed.
    Following,
    /// Those whom the caller blocks, and hosts.
    Blocked,
    /// Those whom the caller muted, and hosts.
    Muted,
    /// Those who asked to follow the caller.
    Requests,
}

impl PersonFeed {
    /// Whether it is for its owner only.
    fn is_private(self) -> bool {
        matches!(self, Self::Blocked | Self::Muted | Self::Requests)
    }
}

/// `GET /api/user/NICK/followers`, `…/following`, and those for NICK only. Groups can be followed
/// too, and not everyone may know of each.
pub(crate) async fn person_collection(
    ctx: &Context,
    nickname: &str,
    feed: PersonFeed,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = if feed.is_private() {
        lookup::own_account(ctx, nickname).await?
    } else {
        lookup::account(ctx, nickname).await?
    };
    let author = lookup::person(ctx, &account).await?;
    let id = author.id.clone();
    let (word, path, stream) = match feed {
        PersonFeed::Followers => ("Followers", "followers", Stream::Followers(id)),
        PersonFeed::Following => ("Following", "following", Stream::Following(id)),
        PersonFeed::Blocked => ("Blocked", "blocked", Stream::Blocked(id)),
        PersonFeed::Muted => ("Muted", "muted", Stream::Muted(id)),
        PersonFeed::Requests => ("Requests", "requests", Stream::Requests(id)),
    };
    let viewer = if feed.is_private() {
        Viewer::Unrestricted
    } else {
        ctx.viewer()
    };
    let page = read_page(ctx, &stream, &format!("{path}:{nickname}"), request, viewer).await?;
    let envelope = Envelope {
        display_name: format!("{word} for {}", name_of(&author, &account)),
        url: ctx.urls().user(&account.nickname, &format!("/{path}")),
        object_types: Some("person"),
        author: Some(author),
    };
    person_feed(ctx, envelope, page, request, Detail::PERSONS).await
}

/// `GET …/likes` of an object.
pub(crate) async fn likes(
    ctx: &Context,
    object: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let page = read_page(
        ctx,
        &Stream::Likes(object.id.clone()),
        "likes",
        request,
        ctx.viewer(),
    )
    .await?;
    let envelope = Envelope {
        display_name: format!(
            "People who like {}",
            object.text_property("displayName").unwrap_or(&object.id)
        ),
        url: feed_url(ctx, object, "likes"),
        object_types: Some("person"),
        author: None,
    };
    person_feed(ctx, envelope, page, request, Detail::PLAIN).await
}

/// Which collection of objects an object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectFeed {
    /// The replies to it.
    Replies,
    /// The persons who shared it.
    Shares,
}

/// `GET …/replies` and `…/shares` of an object.
pub(crate) async fn object_collection(
    ctx: &Context,
    object: &Object,
    feed: ObjectFeed,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let (word, key, stream) = match feed {
        ObjectFeed::Replies => ("Replies to", "replies", Stream::Replies(object.id.clone())),
        ObjectFeed::Shares => ("Shares of", "shares", Stream::Shares(object.id.clone())),
    };
    let mut page = read_page(ctx, &stream, key, request, ctx.viewer()).await?;
    let envelope = Envelope {
        display_name: format!(
            "{word} {}",
            object.text_property("displayName").unwrap_or(&object.id)
        ),
        url: feed_url(ctx, object, key),
        object_types: None,
        author: None,
    };
    // A client that asks for the replies knows to what.
    let listing = Listing::render_mixed(Detail::LISTED).without("inReplyTo");
    let (items, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let links = older_link(&envelope.url, &page);
    Ok(envelope.enclose(&page, items, links))
}

/// `GET /api/user/NICK/favorites`, as far as the caller may read what is in it.
pub(crate) async fn favorites(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::account(ctx, nickname).await?;
    let author = lookup::person(ctx, &account).await?;
    let stream = Stream::Favorites(author.id.clone());
    let page = read_page(
        ctx,
        &stream,
        &format!("favorites:{nickname}"),
        request,
        ctx.viewer(),
    )
    .await?;
    let envelope = Envelope {
        display_name: format!("Things that {} has favorited", name_of(&author, &account)),
        url: ctx.urls().user(&account.nickname, "/favorites"),
        object_types: None,
        author: Some(author),
    };
    object_feed(ctx, envelope, page, request, Detail::FULL, older_link).await
}

/// `GET /api/user/NICK/uploads`, for NICK only.
pub(crate) async fn uploads(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::own_account(ctx, nickname).await?;
    let author = lookup::person(ctx, &account).await?;
    let stream = Stream::Uploads(author.id.clone());
    let page = read_page(
        ctx,
        &stream,
        &format!("uploads:{nickname}"),
        request,
        Viewer::Unrestricted,
    )
    .await?;
    let envelope = Envelope {
        display_name: format!("Uploads by {}", name_of(&author, &account)),
        url: ctx.urls().user(&account.nickname, "/uploads"),
        object_types: None,
        author: None,
    };
    object_feed(ctx, envelope, page, request, Detail::FULL, older_link).await
}

/// `GET /api/user/NICK/lists/TYPE`: the lists for things of a type that the caller may know of.
pub(crate) async fn lists(
    ctx: &Context,
    nickname: &str,
    object_type: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::account(ctx, nickname).await?;
    let author = lookup::person(ctx, &account).await?;
    let stream = Stream::Lists {
        owner: author.id.clone(),
        object_type: object_type.into(),
    };
    let page = read_page(
        ctx,
        &stream,
        &format!("user:{nickname}:lists:{object_type}"),
        request,
        ctx.viewer(),
    )
    .await?;
    let envelope = Envelope {
        display_name: format!(
            "Collections of {object_type}s for {}",
            name_of(&author, &account)
        ),
        url: ctx.urls().user(
            &account.nickname,
            &format!("/lists/{}", Urls::encode(object_type)),
        ),
        object_types: Some("collection"),
        author: Some(author),
    };
    object_feed(ctx, envelope, page, request, Detail::BRIEF, page_links).await
}

/// `GET /api/collection/UUID/members` of a list.
pub(crate) async fn members(
    ctx: &Context,
    list: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let page = read_page(
        ctx,
        &Stream::Members(list.id.clone()),
        &format!("collection:{}", list.id),
        request,
        ctx.viewer(),
    )
    .await?;
    let author = match list.author.as_deref() {
        Some(author) => ctx.storage().find_objects(&[author]).await?.pop().flatten(),
        None => None,
    };
    let by = author
        .as_ref()
        .and_then(|author| author.text_property("displayName"))
        .unwrap_or("someone");
    let envelope = Envelope {
        display_name: format!(
            "Members of {} by {by}",
            list.text_property("displayName").unwrap_or(&list.id)
        ),
        url: feed_url(ctx, list, "members"),
        object_types: None,
        author,
    };
    let persons = page.items.iter().all(|item| item.object_type == "person");
    let detail = if persons {
        Detail::LISTED
    } else {
        Detail::FULL
    };
    object_feed(ctx, envelope, page, request, detail, page_links).await
}

/// Items as shown, with links to other pages.
pub(super) async fn object_feed(
    ctx: &Context,
    envelope: Envelope,
    mut page: Page,
    request: &PageRequest,
    detail: Detail,
    links: fn(&str, &Page) -> Value,
) -> Result<RenderedJson> {
    let listing = Listing::render_mixed(detail);
    let (items, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let links = links(&envelope.url, &page);
    Ok(envelope.enclose(&page, items, links))
}

/// Person feeds say in `self` how they were asked for, and have `current` for `first` (10.4).
pub(super) async fn person_feed(
    ctx: &Context,
    envelope: Envelope,
    mut page: Page,
    request: &PageRequest,
    detail: Detail,
) -> Result<RenderedJson> {
    let listing = Listing::of(detail);
    let (items, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let url = search_url(&envelope.url, request);
    let joint = if url.contains('?') { '&' } else { '?' };
    let mut links = page_links(&url, &page);
    let offset = match request.cursor {
        Cursor::Newest => "0".into(),
        Cursor::Offset(offset) => offset.to_string(),
        Cursor::Before(_) | Cursor::Since(_) => String::new(),
    };
    links["self"] =
        json!({ "href": format!("{url}{joint}offset={offset}&count={}", request.count) });
    links["current"] = json!({ "href": url });
    Ok(envelope.enclose(&page, items, links))
}

/// The address of one of an object's feeds: by its UUID even if the object has an id of its own, so
/// that the arguments of a page can follow.
fn feed_url(ctx: &Context, object: &Object, key: &str) -> String {
    format!(
        "{}/{key}",
        ctx.urls().object(&object.object_type, &object.uuid)
    )
}

/// Returns the display name of a person.
pub(super) fn name_of(person: &Object, account: &Account) -> String {
    let name = person
        .scan_text_property("displayName")
        .filter(|name| !name.is_empty());
    name.unwrap_or_else(|| account.nickname.to_string())
}
