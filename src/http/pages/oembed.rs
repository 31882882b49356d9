//! `/api/oembed`: how other sites show a link to a public page (<https://oembed.com>).

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{objects::title, view::Thing};
use crate::{
    Context,
    context::Caller,
    http::{api::JsonAnswer, extract::AnyRead},
    model::{ACTIVITY, Urls},
    service::{
        Error, ErrorKind, Result, objects, people,
        present::{self, Detail},
    },
};

/// How long another site may keep what it was told, in seconds.
const CACHE_SECONDS: u32 = 3600;

/// Most characters of a text in the page of another site.
const MAX_TEXT_CHARS: usize = 500;

/// Widest box that is offered, and the sizes by which its height is estimated, in pixels.
const MAX_WIDTH_PX: u64 = 600;
const CHAR_WIDTH_PX: u64 = 9;
const LINE_HEIGHT_PX: u64 = 26;

/// A post as HTML for other sites, without a style, a script or an address to load.
#[derive(Template)]
#[template(path = "pages/oembed.html")]
struct Embedded<'a> {
    url: &'a str,
    title: &'a str,
    author: &'a str,
    text: &'a str,
}

/// Largest width and height that fit, in pixels.
struct Bounds {
    width: u64,
    height: u64,
}

/// `GET /api/oembed?url=…`: a public thing, as strangers may read it whoever asks.
pub(super) async fn oembed(
    AnyRead(ctx): AnyRead,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response> {
    let url = query.get("url");
    let url = url.ok_or_else(|| Error::bad_request("'url' must say which page is meant"))?;
    let bounds = Bounds {
        width: bound(&query, "maxwidth")?,
        height: bound(&query, "maxheight")?,
    };
    if query.get("format").is_some_and(|format| format != "json") {
        // The status is the standard's (oEmbed 1.0, section 2.3.4).
        let error = Error::bad_request("The only format is json.");
        return Ok((StatusCode::NOT_IMPLEMENTED, error).into_response());
    }
    let ctx = ctx.with_caller(Caller::Anonymous);
    let rendered = find(&ctx, url).await.map_err(hidden)?;
    let document = describe(&ctx, Thing::new(&rendered, ctx.urls()), &bounds)?;
    Ok(JsonAnswer::of(Value::from(document)).into_response())
}

fn bound(query: &HashMap<String, String>, name: &str) -> Result<u64> {
    let Some(number) = query.get(name) else {
        return Ok(u64::MAX);
    };
    let number = number.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::bad_request(format!("'{name}' must be a number of pixels")))
}

/// Says of a page that strangers may not read what is said of one that is not there.
fn hidden(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::Gone => missing(),
        _ => error,
    }
}

fn missing() -> Error {
    Error::not_found("There is no public page at this address.")
}

/// Returns the person or thing with a page at a URL.
async fn find(ctx: &Context, url: &str) -> Result<Value> {
    let segments = segments(ctx.urls(), url).ok_or_else(missing)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let rendered = match *segments {
        [nickname] => people::profile(ctx, nickname).await?,
        [nickname, kind, uuid] if kind != ACTIVITY => {
            let object = objects::find_by(ctx, nickname, kind, uuid.to_owned()).await?;
            present::render(ctx, object, Detail::PLAIN).await?
        }
        _ => return Err(missing()),
    };
    Ok(rendered.to_value())
}

/// Returns the segments of the path of a page below the public URL.
fn segments(urls: &Urls, url: &str) -> Option<Vec<String>> {
    let path = url.split(['?', '#']).next()?;
    let path = path.strip_prefix(urls.base())?.strip_prefix('/')?;
    let segments = path.trim_end_matches('/').split('/');
    let decoded = segments.map(|segment| {
        let text = percent_decode_str(segment).decode_utf8().ok()?;
        (!text.contains('\0')).then(|| text.into_owned())
    });
    decoded.collect()
}

/// Returns the document of a thing: of a picture that fits the picture, of other posts their text,
/// of all else a link.
fn describe(ctx: &Context, thing: Thing<'_>, bounds: &Bounds) -> Result<Map<String, Value>> {
    let (urls, language) = (ctx.urls(), ctx.app().texts().default_language());
    let title = match thing.kind() {
        "person" => thing.name(),
        _ => title(thing, language),
    };
    let url = thing.own_page().ok_or_else(missing)?;
    let author = if thing.kind() == "person" {
        Some(thing)
    } else {
        thing.author()
    };
    let name = author.map_or_else(String::new, |author| author.name());
    let mut document = Map::from_iter([
        ("version".into(), "1.0".into()),
        ("title".into(), title.as_str().into()),
        (
            "provider_name".into(),
            ctx.app().settings().site.as_str().into(),
        ),
        ("provider_url".into(), urls.absolute("/").into()),
        ("cache_age".into(), CACHE_SECONDS.into()),
        ("author_name".into(), name.as_str().into()),
    ]);
    if let Some(page) = author.and_then(|author| author.own_page().map(str::to_owned)) {
        document.insert("author_url".into(), page.into());
    }
    let own = match picture(thing, bounds) {
        Some(picture) => picture,
        None if ["person", "group", "collection"].contains(&thing.kind()) => {
            json!({ "type": "link" })
        }
        None => rich(thing, url, &name, &title, bounds)?,
    };
    if let Value::Object(own) = own {
        document.extend(own);
    }
    Ok(document)
}

/// Returns the properties of an image, if a picture of it fits.
fn picture(thing: Thing<'_>, bounds: &Bounds) -> Option<Value> {
    let pictures = [thing.full_picture(), thing.picture()]
        .into_iter()
        .flatten();
    let fits = |width, most| width > 0 && width <= most;
    let mut fitting = pictures
        .filter(|picture| fits(picture.width, bounds.width) && fits(picture.height, bounds.height));
    let picture = fitting.next().filter(|_| thing.kind() == "image")?;
    Some(json!({
        "type": "photo", "url": thing.absolute(&picture.url),
        "width": picture.width, "height": picture.height,
    }))
}

/// Returns the properties of a post as HTML.
fn rich(thing: Thing<'_>, url: &str, author: &str, title: &str, bounds: &Bounds) -> Result<Value> {
    let text = thing.beginning(MAX_TEXT_CHARS);
    let embedded = Embedded {
        url,
        title,
        author,
        text: &text,
    };
    let html = embedded.render().map_err(Error::internal)?;
    let width = bounds.width.min(MAX_WIDTH_PX);
    let per_line = (width / CHAR_WIDTH_PX).max(1);
    let lines = text.lines().map(|line| {
        let chars = u64::try_from(line.chars().count()).unwrap_or(u64::MAX);
        chars.div_ceil(per_line).max(1)
    });
    // Its last line says whose it is; above and below is one of space.
    let height = (lines.sum::<u64>() + 3).saturating_mul(LINE_HEIGHT_PX);
    let height = height.min(bounds.height);
    Ok(json!({ "type": "rich", "html": html, "width": width, "height": height }))
}
