//! Pages of large objects: they end early, and no item is lost or doubled between them. And the
//! pages for people with a browser.

mod account;
mod admin;
mod buttons;
mod directory;
mod exceptions;
mod export;
mod failures;
mod front;
mod hostile;
mod import;
mod languages;
mod lists;
mod notices;
mod oembed;
mod origins;
mod preview;
mod privacy;
pub(crate) mod reader;
mod registration;
pub(crate) mod relations;
mod sessions;
mod site;
mod size;
mod two_factor;

use serde_json::Value;

use crate::support::{Answer, BASE, Request, TestServer};

/// The most bytes of a page: some more than what is counted, for what goes around it.
const MAX_PAGE_BYTES: usize = 4_300_000;

async fn read(server: &TestServer, target: &str, accept: &str) -> Answer {
    let path = target.strip_prefix(BASE).unwrap_or(target);
    let request = Request::get(path).header("accept", accept);
    let answer = server.send(request).await.is(200);
    assert!(
        answer.body.len() < MAX_PAGE_BYTES,
        "{} bytes",
        answer.body.len()
    );
    answer
}

/// All pages from one on, as JSON.
async fn walk(server: &TestServer, first: &str, accept: &str, next: &str) -> Vec<Value> {
    let (mut pages, mut target) = (Vec::new(), first.to_owned());
    loop {
        let answer = read(server, &target, accept).await;
        let page: Value = serde_json::from_slice(&answer.body).unwrap();
        let next = page.pointer(next).and_then(Value::as_str);
        let next = next.map(|next| format!("{next}&count=200"));
        pages.push(page);
        match next {
            Some(next) => target = next,
            None => return pages,
        }
    }
}

/// Returns the values at a JSON pointer in all items of pages.
fn all(pages: &[Value], items: &str, place: &str) -> Vec<String> {
    let items = pages
        .iter()
        .flat_map(|page| page[items].as_array().unwrap());
    items
        .map(|item| {
            item.pointer(place)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        })
        .collect()
}
