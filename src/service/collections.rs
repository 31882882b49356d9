//! Collections of persons and objects, as the API shows them (pump-api 10).

use serde_json::{Map, Value, json};

use super::{
    Error, Result, objects, people,
    present::{self, Detail},
};
use crate::{
    Context,
    model::{Account, Cursor, Object, Page, PageRequest, Stream, Urls, Viewer, segment_of},
    storage::StorageError,
};

/// What a collection says of itself, besides its items.
pub(super) struct Envelope {
    /// What it is called, for people.
    pub(super) display_name: String,
    /// Its canonical URL, without arguments.
    pub(super) url: String,
    /// What it holds, where that is one thing.
    pub(super) object_types: Option<&'static str>,
    /// Whose it is.
    pub(super) author: Option<Object>,
}

impl Envelope {
    /// The whole collection: `items` as shown, `page` as stored, in the same order.
    pub(super) fn enclose(self, page: &Page, items: Vec<Value>, links: Value) -> Value {
        let mut whole = Map::new();
        whole.insert("displayName".into(), self.display_name.into());
        if let Some(object_type) = self.object_types {
            whole.insert("objectTypes".into(), json!([object_type]));
        }
        whole.insert("url".into(), self.url.into());
        whole.insert("links".into(), links);
        whole.insert("items".into(), items.into());
        whole.insert("totalItems".into(), page.total.into());
        if let Some(author) = self.author {
            whole.insert("author".into(), author.body.into());
        }
        Value::Object(whole)
    }
}

/// `first`, `self`, `prev` and `next`; the last two carry one parameter each, as clients need
/// (clients T13). `newest` and `oldest` are what the page begins and ends with; `oldest` is
/// given only when something older exists.
pub(super) fn links(url: &str, newest: Option<String>, oldest: Option<String>) -> Value {
    let mut links = Map::new();
    let mut link = |rel: &str, href: String| links.insert(rel.into(), json!({ "href": href }));
    link("first", url.into());
    link("self", url.into());
    if let Some(id) = newest {
        link("prev", format!("{url}?since={}", Urls::encode(&id)));
    }
    if let Some(id) = oldest {
        link("next", format!("{url}?before={}", Urls::encode(&id)));
    }
    links.into()
}

/// [`links`] of a page. A page of nothing else than what came since has older items for sure.
pub(super) fn page_links(url: &str, page: &Page) -> Value {
    let id = |object: Option<&Object>| object.map(|object| object.id.clone());
    links(
        url,
        id(page.items.first()),
        id(page.items.last()).filter(|_| page.older),
    )
}

/// Reads a page, with a cursor's id in any form that clients use, and the reference's words when it is
/// not there.
pub(super) async fn read(
    ctx: &Context,
    stream: &Stream,
    name: &str,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let mut request = request.clone();
    if let Cursor::Before(id) | Cursor::Since(id) = &mut request.cursor {
        *id = objects::canonical_id(ctx.urls(), id);
    }
    let missing =
        |item: &str| Error::bad_request(format!("id '{item}' not found in stream '{name}'"));
    if let Cursor::Before(id) | Cursor::Since(id) = &request.cursor {
        // Else the answer would tell whether something hidden is in there.
        if ctx.storage().readable(&[id], viewer).await? != [true] {
            return Err(missing(id));
        }
    }
    ctx.storage()
        .list(stream, &request, viewer)
        .await
        .map_err(|error| match error {
            StorageError::NotInStream { item, .. } => missing(&item),
            error => error.into(),
        })
}

/// Whose collection of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonFeed {
    /// Those who follow.
    Followers,
    /// Those who are followed.
    Following,
}

/// `GET /api/user/NICK/followers` and `…/following`. Groups can be followed too, and not everyone may know
/// of each.
pub async fn persons(
    ctx: &Context,
    nickname: &str,
    feed: PersonFeed,
    request: &PageRequest,
) -> Result<Value> {
    let account = people::account(ctx, nickname).await?;
    let author = people::person(ctx, &account).await?;
    let (word, path, stream) = match feed {
        PersonFeed::Followers => (
            "Followers",
            "followers",
            Stream::Followers(author.id.clone()),
        ),
        PersonFeed::Following => (
            "Following",
            "following",
            Stream::Following(author.id.clone()),
        ),
    };
    let page = read(
        ctx,
        &stream,
        &format!("{path}:{nickname}"),
        request,
        ctx.viewer(),
    )
    .await?;
    let envelope = Envelope {
        display_name: format!("{word} for {}", name_of(&author, &account)),
        url: ctx.urls().user(&account.nickname, &format!("/{path}")),
        object_types: Some("person"),
        author: Some(author),
    };
    person_feed(ctx, envelope, page, request, Detail::PERSONS).await
}

/// `GET …/likes` of an object.
pub async fn likes(ctx: &Context, object: &Object, request: &PageRequest) -> Result<Value> {
    let page = read(
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
            object.text("displayName").unwrap_or(&object.id)
        ),
        url: feed_url(ctx, object, "likes"),
        object_types: Some("person"),
        author: None,
    };
    person_feed(ctx, envelope, page, request, Detail::PLAIN).await
}

/// Which collection of objects an object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFeed {
    /// What answers it.
    Replies,
    /// Who shared it.
    Shares,
}

/// `GET …/replies` and `…/shares` of an object.
pub async fn of_object(
    ctx: &Context,
    object: &Object,
    feed: ObjectFeed,
    request: &PageRequest,
) -> Result<Value> {
    let (word, key, stream) = match feed {
        ObjectFeed::Replies => ("Replies to", "replies", Stream::Replies(object.id.clone())),
        ObjectFeed::Shares => ("Shares of", "shares", Stream::Shares(object.id.clone())),
    };
    let page = read(ctx, &stream, key, request, ctx.viewer()).await?;
    let envelope = Envelope {
        display_name: format!(
            "{word} {}",
            object.text("displayName").unwrap_or(&object.id)
        ),
        url: feed_url(ctx, object, key),
        object_types: None,
        author: None,
    };
    let mut items = present::mixed(ctx, page.items.clone(), Detail::LISTED).await?;
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        // Who asks for the replies knows to what.
        item.shift_remove("inReplyTo");
    }
    let links = page_links(&envelope.url, &page);
    Ok(envelope.enclose(&page, items, links))
}

/// `GET /api/user/NICK/favorites`, as far as the caller may read what is in it.
pub async fn favorites(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<Value> {
    let account = people::account(ctx, nickname).await?;
    let author = people::person(ctx, &account).await?;
    let stream = Stream::Favorites(author.id.clone());
    let page = read(
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
    object_feed(ctx, envelope, page, Detail::FULL).await
}

/// `GET /api/user/NICK/uploads`, for NICK only.
pub async fn uploads(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<Value> {
    let account = people::own_account(ctx, nickname).await?;
    let author = people::person(ctx, &account).await?;
    let stream = Stream::Uploads(author.id.clone());
    let page = read(
        ctx,
        &stream,
        &format!("uploads:{nickname}"),
        request,
        Viewer::Everything,
    )
    .await?;
    let envelope = Envelope {
        display_name: format!("Uploads by {}", name_of(&author, &account)),
        url: ctx.urls().user(&account.nickname, "/uploads"),
        object_types: None,
        author: None,
    };
    object_feed(ctx, envelope, page, Detail::FULL).await
}

/// `GET /api/user/NICK/lists/TYPE`: the lists for things of a type that the caller may know of.
pub async fn lists(
    ctx: &Context,
    nickname: &str,
    object_type: &str,
    request: &PageRequest,
) -> Result<Value> {
    let account = people::account(ctx, nickname).await?;
    let author = people::person(ctx, &account).await?;
    let stream = Stream::Lists {
        owner: author.id.clone(),
        object_type: object_type.into(),
    };
    let page = read(
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
    object_feed(ctx, envelope, page, Detail::BRIEF).await
}

/// `GET /api/collection/UUID/members` of a list.
pub async fn members(ctx: &Context, list: &Object, request: &PageRequest) -> Result<Value> {
    let page = read(
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
        .and_then(|author| author.text("displayName"))
        .unwrap_or("someone");
    let envelope = Envelope {
        display_name: format!(
            "Members of {} by {by}",
            list.text("displayName").unwrap_or(&list.id)
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
    object_feed(ctx, envelope, page, detail).await
}

/// Items as shown, with links to the next ones.
pub(super) async fn object_feed(
    ctx: &Context,
    envelope: Envelope,
    page: Page,
    detail: Detail,
) -> Result<Value> {
    let items = present::mixed(ctx, page.items.clone(), detail).await?;
    let links = page_links(&envelope.url, &page);
    Ok(envelope.enclose(&page, items, links))
}

/// Person feeds say in `self` how they were asked for, and have `current` for `first` (10.4).
pub(super) async fn person_feed(
    ctx: &Context,
    envelope: Envelope,
    page: Page,
    request: &PageRequest,
    detail: Detail,
) -> Result<Value> {
    let items = present::all(ctx, page.items.clone(), detail).await?;
    let mut links = page_links(&envelope.url, &page);
    let offset = match request.cursor {
        Cursor::Newest => "0".into(),
        Cursor::Offset(offset) => offset.to_string(),
        Cursor::Before(_) | Cursor::Since(_) => String::new(),
    };
    links["self"] =
        json!({ "href": format!("{}?offset={offset}&count={}", envelope.url, request.count) });
    links["current"] = json!({ "href": envelope.url });
    Ok(envelope.enclose(&page, items, links))
}

/// The address of one of an object's feeds: by its UUID even if the object has an id of its own, so that
/// the arguments of a page can follow.
fn feed_url(ctx: &Context, object: &Object, key: &str) -> String {
    let segment = segment_of(&object.object_type);
    format!("{}/{key}", ctx.urls().object(segment, &object.uuid))
}

/// What a person is called.
pub(super) fn name_of<'a>(person: &'a Object, account: &'a Account) -> &'a str {
    person
        .text("displayName")
        .filter(|name| !name.is_empty())
        .unwrap_or(account.nickname.as_str())
}
