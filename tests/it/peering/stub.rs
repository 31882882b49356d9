//! A peer that is none of ours, and answers what it is told.

use std::collections::HashMap;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::support::{Network, answer};

/// Answers by path and query; everything else is 404.
#[derive(Clone, Default)]
pub(super) struct Stub {
    answers: HashMap<String, (String, String)>,
}

impl Stub {
    /// Adds an answer.
    pub(super) fn with(mut self, path: &str, media_type: &str, body: &str) -> Self {
        let answer = (media_type.to_owned(), body.to_owned());
        self.answers.insert(path.to_owned(), answer);
        self
    }

    /// Adds a JRD of links by relation; those of which the URL holds `{uri}` are templates.
    pub(super) fn with_links(self, path: &str, links: &[(&str, &str)]) -> Self {
        self.with(path, "application/json", &jrd(links).to_string())
    }

    /// Adds an XRD of the same.
    pub(super) fn with_xrd(self, path: &str, links: &[(&str, &str)]) -> Self {
        let links: Vec<String> = links
            .iter()
            .map(|(rel, url)| {
                let name = attribute_of(url);
                format!("<Link rel='{rel}' {name}='{}'/>", url.replace('&', "&amp;"))
            })
            .collect();
        self.with(
            path,
            "text/plain",
            &format!("<XRD>{}</XRD>", links.concat()),
        )
    }

    /// Puts it into a network.
    pub(super) fn at(self, network: &Network, origin: &str) {
        network.stub(origin, move |request| self.answer(request));
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("", |path| path.as_str());
        match self.answers.get(path) {
            Some((media_type, body)) => answer(200, media_type, body.clone()),
            None => answer(404, "text/html", "<h1>Not found</h1>"),
        }
    }
}

/// The attribute of a link that holds its URL.
fn attribute_of(url: &str) -> &'static str {
    if url.contains("{uri}") {
        "template"
    } else {
        "href"
    }
}

/// Links as JSON.
pub(super) fn jrd(links: &[(&str, &str)]) -> Value {
    let links: Vec<Value> = links
        .iter()
        .map(|(rel, url)| {
            let name = attribute_of(url);
            json!({ "rel": rel, name: url })
        })
        .collect();
    json!({ "links": links })
}
