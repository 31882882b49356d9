//! Responses, and assertions about them.

use std::collections::HashSet;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The request, for failure messages.
    pub(crate) what: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Panics if the status is another one.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.what,
            self.text()
        );
        self
    }

    /// Panics if it is a page with two elements of one id.
    #[track_caller]
    pub(crate) fn has_each_id_once(&self) {
        if !self.header("content-type").starts_with("text/html") {
            return;
        }
        let page = self.text();
        let mut seen = HashSet::new();
        for id in page.split(" id=\"").skip(1) {
            let id = id.split('"').next().unwrap();
            assert!(
                seen.insert(id),
                "{}: two elements have the id {id}",
                self.what
            );
        }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics if the content type says otherwise.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/json; charset=utf-8",
            "{}",
            self.what
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The sentence of an error.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        self.json()["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{self:?}"))
            .to_owned()
    }

    /// A header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A parameter of an urlencoded body.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> String {
        form_urlencoded::parse(&self.body)
            .find(|(key, _)| key == name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .1
            .into_owned()
    }

    /// The JSON of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        self.is(200).json()
    }

    /// The sentence of a refusal with that status.
    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> String {
        self.is(status).error()
    }
}

/// The ids of the items of a collection.
pub(crate) fn ids(collection: &Value) -> Vec<String> {
    let items = collection["items"]
        .as_array()
        .expect("a collection has items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an item has an id").to_owned())
        .collect()
}
