//! Envelope of collections: their own properties, pages, and paging links.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tracing::{Instrument, debug_span};

use crate::{
    Context,
    model::{Cursor, Object, Page, PageRequest, Stream, Urls, Viewer},
    protocol::as1::one_line,
    service::{
        Error, Result, access, objects,
        present::{JsonNode, JsonObject, RenderedJson},
    },
    storage::StorageError,
};

/// The longest id that stands in a link to another page. Proxies and clients have limits for URLs,
/// and an id takes up to three times as many bytes there.
const MAX_CURSOR_BYTES: usize = 512;

/// Pages in a row that are read on for one on which something is shown.
const MAX_HIDDEN_PAGES: usize = 10;

/// Properties of a collection besides its items.
pub(crate) struct Envelope {
    /// Display name.
    pub(crate) display_name: String,
    /// Its canonical URL, without arguments.
    pub(crate) url: String,
    /// Type of its items, if they have one type.
    pub(crate) object_types: Option<&'static str>,
    /// Author.
    pub(crate) author: Option<Arc<Object>>,
}

impl Envelope {
    /// The whole collection: `items` as shown, `page` as stored, in the same order.
    pub(crate) fn enclose(
        self,
        page: &Page,
        items: Vec<RenderedJson>,
        links: Value,
    ) -> RenderedJson {
        self.enclose_items(items, links, Some(page.total))
    }

    /// The whole collection, if its items were not counted.
    pub(crate) fn enclose_uncounted(self, items: Vec<RenderedJson>, links: Value) -> RenderedJson {
        self.enclose_items(items, links, None)
    }

    fn enclose_items(
        self,
        items: Vec<RenderedJson>,
        links: Value,
        total: Option<u64>,
    ) -> RenderedJson {
        let display_name = one_line(&self.display_name);
        let mut whole = JsonObject::default();
        whole.insert("displayName", &*display_name);
        if let Some(object_type) = self.object_types {
            whole.insert("objectTypes", json!([object_type]));
        }
        whole.insert("url", &*self.url);
        whole.insert("links", links);
        let items: Vec<JsonNode<'_>> = items.into_iter().map(JsonNode::from).collect();
        whole.insert("items", items);
        if let Some(total) = total {
            whole.insert("totalItems", total);
        }
        if let Some(author) = &self.author {
            whole.insert("author", JsonNode::raw(author.body.raw()));
        }
        whole.into()
    }
}

/// `first`, `self`, `prev` and `next`; the last two carry one parameter each, as clients need
/// (clients T13), besides what the URL has of its own. `newest` and `oldest` are what the page
/// begins and ends with; `oldest` is given only when something older exists.
pub(crate) fn links(url: &str, newest: Option<String>, oldest: Option<String>) -> Value {
    let mut links = Map::new();
    let mut link = |rel: &str, href: String| links.insert(rel.into(), json!({ "href": href }));
    let joint = if url.contains('?') { '&' } else { '?' };
    link("first", url.into());
    link("self", url.into());
    if let Some(id) = newest {
        link("prev", format!("{url}{joint}since={}", Urls::encode(&id)));
    }
    if let Some(id) = oldest {
        link("next", format!("{url}{joint}before={}", Urls::encode(&id)));
    }
    links.into()
}

/// The URL of what is found in a collection: that of the collection, if nothing is searched for.
pub(crate) fn search_url(url: &str, request: &PageRequest) -> String {
    match &request.name_query {
        Some(named) => format!("{url}?q={}", Urls::encode(named)),
        None => url.into(),
    }
}

/// [`links`] of a page. A page of nothing else than what came since has older items for sure.
pub(crate) fn page_links(url: &str, page: &Page) -> Value {
    let id = |object: Option<&Arc<Object>>| object.map(|object| cursor_of(object));
    links(
        url,
        id(page.items.first()),
        id(page.items.last()).filter(|_| page.has_older),
    )
}

/// [`page_links`] without `prev`, which these feeds have never had (pump-api 10.5): Dianara asks
/// for nothing but newer items where there is one, and then shows an empty tab. `since` works all
/// the same.
pub(crate) fn older_link(url: &str, page: &Page) -> Value {
    let oldest = page.items.last().filter(|_| page.has_older);
    links(url, None, oldest.map(|object| cursor_of(object)))
}

/// Reads a page, with a cursor's id in any form that clients use, and the reference's words when it
/// is not there.
pub(crate) async fn read_page(
    ctx: &Context,
    stream: &Stream,
    name: &str,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let mut request = request.clone();
    if let Cursor::Before(id) | Cursor::Since(id) = &mut request.cursor {
        *id = objects::stored_id(ctx, id).await?;
    }
    let page = find_page(ctx, stream, &request, viewer);
    if let Some(page) = page.instrument(debug_span!("read_page")).await? {
        return Ok(page);
    }
    let id = request.cursor.item().unwrap_or_default().to_owned();
    if let Some(long) = id_of_cursor(ctx, &id).await? {
        if let Cursor::Before(id) | Cursor::Since(id) = &mut request.cursor {
            *id = long;
        }
        if let Some(page) = find_page(ctx, stream, &request, viewer).await? {
            return Ok(page);
        }
    }
    Err(Error::bad_request(format!(
        "id '{id}' not found in stream '{name}'"
    )))
}

/// A page, unless its cursor names nothing that is or was in the stream and that the viewer may
/// know of.
async fn find_page(
    ctx: &Context,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Option<Page>> {
    if let Some(id) = request.cursor.item() {
        // Else the answer would tell whether something hidden is in there.
        let known = objects::may_read(ctx, viewer, id).await?
            || ctx.storage().was_readable(id, viewer).await?;
        if !known {
            return Ok(None);
        }
    }
    match ctx.storage().list(stream, request, viewer).await {
        Ok(page) => Ok(Some(
            without_hidden(ctx, stream, request, viewer, page).await?,
        )),
        Err(StorageError::NotInStream { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes out of a page what is of suspended persons. Where nothing is left older items follow, so
/// that a page is not the end while there are more.
async fn without_hidden(
    ctx: &Context,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
    mut page: Page,
) -> Result<Page> {
    let Some(limited) = access::limited(ctx, ctx.viewer()).await? else {
        return Ok(page);
    };
    for _ in 0..MAX_HIDDEN_PAGES {
        let oldest = page.items.last().map(|item| item.id.clone());
        page.items.retain(|item| !limited.hides(item));
        let Some(oldest) = oldest.filter(|_| page.items.is_empty() && page.has_older) else {
            break;
        };
        if request.cursor.is_since() {
            break;
        }
        let older = PageRequest {
            cursor: Cursor::Before(oldest),
            ..request.clone()
        };
        page = ctx.storage().list(stream, &older, viewer).await?;
    }
    page.items.retain(|item| !limited.hides(item));
    Ok(page)
}

/// How an item stands in a link: by its id or, if that is long, by its UUID.
fn cursor_of(item: &Object) -> String {
    if item.id.len() > MAX_CURSOR_BYTES {
        item.uuid.clone()
    } else {
        item.id.clone()
    }
}

/// The id of the item that a link names by its UUID.
pub(crate) async fn id_of_cursor(ctx: &Context, uuid: &str) -> Result<Option<String>> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !uuid.bytes().all(letters) {
        return Ok(None);
    }
    let found = ctx.storage().find_object_by_uuid(uuid).await?;
    Ok(found
        .map(|item| item.id.clone())
        .filter(|id| id.len() > MAX_CURSOR_BYTES))
}
