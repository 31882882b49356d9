//! Full-text search, and feeds of hashtags.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Error, ErrorKind, Result, access,
    collections::{Envelope, id_of_cursor, older_link},
    objects,
    present::{self, Detail, Listing, RenderedJson},
    wishes,
};
use crate::{
    Context,
    context::Caller,
    model::{
        Cursor, MAX_PAGE_BYTES, Nickname, Object, Page, PageRequest, SearchQuery, SearchRequest,
        Urls, fold_tag,
    },
    protocol::syndication::SyndicationFeed,
};

/// Public posts that are read at a time to find those of this server.
const RECENT_BATCH_SIZE: u32 = 100;

/// Most batches of them.
const MAX_RECENT_BATCHES: usize = 10;

/// Pages in a row that are read on for one on which something is shown.
const MAX_HIDDEN_PAGES: usize = 10;

/// Reads a query, and finds out who its author is.
pub(crate) async fn parse(ctx: &Context, text: &str) -> Result<SearchQuery> {
    let mut query =
        SearchQuery::parse(text).map_err(|error| Error::bad_request(error.to_string()))?;
    if let Some(author) = &mut query.author {
        *author = author_id(ctx, author).await?;
    }
    Ok(query)
}

/// `GET /api/search`: the posts that match a query and that the caller may read, newest first.
pub(crate) async fn posts(ctx: &Context, text: &str, page: &PageRequest) -> Result<RenderedJson> {
    let query = parse(ctx, text).await?;
    let url = search_url(ctx, "/api/search", text);
    let title = format!("Posts that match {text}");
    let listing = Listing::render_mixed(Detail::FULL);
    collection(ctx, &query, page, (title, url), listing).await
}

/// `GET /api/search/people`: the persons and groups, of this server and of others, whose names have
/// words that begin as those of the query.
pub(crate) async fn people(ctx: &Context, text: &str, page: &PageRequest) -> Result<RenderedJson> {
    let query = parse(ctx, text).await?.of_actors();
    if query.terms.is_empty() {
        return Err(Error::bad_request("'q' must have a name, or part of one"));
    }
    let url = search_url(ctx, "/api/search/people", text);
    let title = format!("People that match {text}");
    let listing = Listing::of(Detail::PERSONS);
    collection(ctx, &query, page, (title, url), listing).await
}

/// `GET /api/tag/NAME/feed`: the public posts with a hashtag, newest first, whoever asks.
pub(crate) async fn tag_feed(
    ctx: &Context,
    name: &str,
    page: &PageRequest,
) -> Result<RenderedJson> {
    let ctx = ctx.with_caller(Caller::Anonymous);
    let (query, url) = tag_query(&ctx, name)?;
    let title = format!("Posts with #{name}");
    let listing = Listing::render_mixed(Detail::FULL);
    collection(&ctx, &query, page, (title, url), listing).await
}

/// Returns a collection of the newest public posts of persons of this server, comments apart; an
/// empty one if the store has no search. They are looked for among the newest public posts, in
/// batches, until there are enough or the last batch was read.
pub(crate) async fn recent_posts(ctx: &Context, count: usize) -> Result<Value> {
    let ctx = &ctx.with_caller(Caller::Anonymous);
    let mut page = match recent_local(ctx, count).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Value::Null),
        page => page?,
    };
    let listing = Listing::render_mixed(Detail::PLAIN);
    let (items, _) = present::page(ctx, &mut page, &Cursor::Newest, listing).await?;
    let envelope = Envelope {
        display_name: "Newest posts".into(),
        url: ctx.urls().absolute("/"),
        object_types: None,
        author: None,
    };
    Ok(envelope.enclose_uncounted(items, json!({})).to_value())
}

async fn recent_local(ctx: &Context, count: usize) -> Result<Page> {
    let mut page = Page {
        items: Vec::new(),
        total: 0,
        has_older: true,
    };
    let is_shown = |item: &Arc<Object>| {
        let author = item.author.as_deref();
        let is_own = author.is_some_and(|author| ctx.urls().is_local(author));
        is_own && item.object_type != "comment"
    };
    let mut request = SearchRequest {
        query: SearchQuery::default(),
        before: None,
        count: RECENT_BATCH_SIZE,
    };
    for _ in 0..MAX_RECENT_BATCHES {
        let ids = ctx.storage().search(&request, ctx.viewer()).await?;
        let mut named: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = listed_objects(ctx, &mut named).await?;
        let missing = count - page.items.len();
        page.items
            .extend(found.into_iter().filter(is_shown).take(missing));
        request.before = named.last().map(|id| (*id).to_owned());
        let is_last = named.len() < RECENT_BATCH_SIZE as usize && named.len() == ids.len();
        if page.items.len() == count || is_last {
            break;
        }
    }
    Ok(page)
}

/// The same for feed readers.
pub(crate) async fn tag_syndication(
    ctx: &Context,
    name: &str,
    page: &PageRequest,
) -> Result<SyndicationFeed> {
    let feed = tag_feed(ctx, name, page).await?;
    let site = &ctx.app().settings().site;
    Ok(SyndicationFeed::of_objects(feed.as_str(), site))
}

/// Returns the objects that match a query and that the caller may read, newest first. Of the
/// cursors, [`Cursor::Newest`] and [`Cursor::Before`] are known. Totals are not counted.
pub(crate) async fn find(ctx: &Context, query: &SearchQuery, page: &PageRequest) -> Result<Page> {
    let before = match &page.cursor {
        Cursor::Newest => None,
        Cursor::Before(id) => Some(known_id(ctx, id).await?),
        Cursor::Offset(_) | Cursor::Since(_) => {
            let sentence = "Results are paged by 'before' and 'count' only";
            return Err(Error::bad_request(sentence));
        }
    };
    let mut request = SearchRequest {
        query: query.clone(),
        before,
        // One more than asked for tells whether there is more.
        count: page.count.saturating_add(1),
    };
    let mut found = Page {
        items: Vec::new(),
        total: 0,
        has_older: true,
    };
    // A page is not the end while there are more.
    for _ in 0..MAX_HIDDEN_PAGES {
        let ids = ctx.storage().search(&request, ctx.viewer()).await?;
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let is_last = ids.len() <= page.count as usize;
        ids.truncate(page.count as usize);
        let asked = ids.len();
        let items = listed_objects(ctx, &mut ids).await?;
        found.has_older = !is_last || ids.len() < asked;
        found.items = wishes::findable(ctx, query, items).await?;
        if !found.has_older || !found.items.is_empty() || ids.is_empty() {
            break;
        }
        request.before = ids.last().map(|id| (*id).to_owned());
    }
    Ok(found)
}

/// Returns the objects with some ids that are in lists for everyone. If they are too large
/// together, the last ids are left out.
async fn listed_objects(ctx: &Context, ids: &mut Vec<&str>) -> Result<Vec<Arc<Object>>> {
    let found = loop {
        let max_bytes = if ids.len() > 1 {
            MAX_PAGE_BYTES
        } else {
            usize::MAX
        };
        let found = ctx.storage().find_objects_within(ids, max_bytes).await?;
        if let Some(found) = found {
            break found;
        }
        ids.truncate(ids.len().div_ceil(2));
    };
    let limited = access::limited(ctx, ctx.viewer()).await?;
    let is_listed = |item: &Object| match &limited {
        Some(limited) => !limited.unlists(item, ctx.person()),
        None => true,
    };
    let items = found.into_iter().flatten();
    let items = items.filter(|item| !item.deleted && is_listed(item));
    Ok(items.collect())
}

/// A page of results as a collection, by title and URL.
async fn collection(
    ctx: &Context,
    query: &SearchQuery,
    request: &PageRequest,
    (display_name, url): (String, String),
    listing: Listing<'_>,
) -> Result<RenderedJson> {
    let mut page = find(ctx, query, request).await?;
    let (items, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let links = older_link(&url, &page);
    let envelope = Envelope {
        display_name,
        url,
        object_types: None,
        author: None,
    };
    Ok(envelope.enclose_uncounted(items, links))
}

fn search_url(ctx: &Context, path: &str, text: &str) -> String {
    format!("{}?q={}", ctx.urls().absolute(path), Urls::encode(text))
}

/// The query and the URL of a feed of a hashtag.
fn tag_query(ctx: &Context, name: &str) -> Result<(SearchQuery, String)> {
    let missing = || Error::not_found(format!("'{name}' can't be a hashtag"));
    let folded = fold_tag(name).ok_or_else(missing)?;
    let query = SearchQuery::of_tag(&folded).ok_or_else(missing)?;
    Ok((query, ctx.urls().tag_feed(&folded)))
}

/// The id of an object that a page goes on before, in any form that clients use, and which the
/// caller may know of.
async fn known_id(ctx: &Context, id: &str) -> Result<String> {
    let stored = objects::stored_id(ctx, id).await?;
    for known in [Some(stored), id_of_cursor(ctx, id).await?]
        .into_iter()
        .flatten()
    {
        let viewer = ctx.viewer();
        if objects::may_read(ctx, viewer, &known).await?
            || ctx.storage().was_readable(&known, viewer).await?
        {
            return Ok(known);
        }
    }
    Err(Error::bad_request(format!("id '{id}' is not known")))
}

/// The id of an author: `me`, a nickname of this server, `NICK@HOST`, or an id.
async fn author_id(ctx: &Context, name: &str) -> Result<String> {
    let name = name.strip_prefix('@').unwrap_or(name);
    if name == "me" {
        return ctx
            .person()
            .map(str::to_owned)
            .ok_or_else(Error::not_logged_in);
    }
    if let Ok(nickname) = Nickname::parse(name) {
        return Ok(ctx.urls().person_id(&nickname));
    }
    let id = match name.split_once('@') {
        Some((nickname, host)) if !name.contains(':') => {
            let nickname = Nickname::parse(nickname);
            let is_own = host.eq_ignore_ascii_case(ctx.urls().authority());
            match nickname.ok().filter(|_| is_own) {
                Some(nickname) => ctx.urls().person_id(&nickname),
                None => format!("acct:{name}"),
            }
        }
        _ => name.to_owned(),
    };
    objects::stored_id(ctx, &id).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{App, app::AppParts};

    #[tokio::test]
    async fn an_author_is_named_in_many_ways() {
        for (base, ids) in [
            (
                "https://pump.test",
                ["acct:alice@pump.test", "acct:bob@other.test"],
            ),
            (
                "http://pump.test:8080",
                [
                    "http://pump.test:8080/api/user/alice/profile",
                    "acct:bob@other.test",
                ],
            ),
        ] {
            let ctx = App::new(AppParts::of_a_test(base)).context(Caller::Anonymous);
            let authority = ctx.urls().authority().to_owned();
            for (name, id) in [
                ("alice".to_owned(), ids[0]),
                ("@alice".to_owned(), ids[0]),
                (format!("alice@{authority}"), ids[0]),
                ("bob@other.test".to_owned(), ids[1]),
                ("acct:bob@other.test".to_owned(), ids[1]),
            ] {
                assert_eq!(author_id(&ctx, &name).await.unwrap(), id, "{name}");
            }
            author_id(&ctx, "me").await.unwrap_err();
        }
    }
}
