//! Checks against `docs/openapi.yaml`.

use std::sync::LazyLock;

use http::Method;
use serde_json::{Map, Value};

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../docs/openapi.yaml");
    serde_saphyr::from_str(text).expect("docs/openapi.yaml is YAML")
});

/// The whole document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// Resolves a reference.
pub(crate) fn resolve(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(name) => {
            let path = name.strip_prefix('#').expect("it is in this document");
            let found = document().pointer(path);
            resolve(found.unwrap_or_else(|| panic!("nothing is called {name}")))
        }
        None => value,
    }
}

/// The paths and what can be done there.
pub(crate) fn paths() -> impl Iterator<Item = (&'static str, &'static Map<String, Value>)> {
    let paths = document()["paths"].as_object().expect("there are paths");
    paths.iter().map(|(path, item)| {
        (
            path.as_str(),
            resolve(item).as_object().expect("a path item"),
        )
    })
}

/// The request.
pub(crate) struct Asked {
    /// In lower case, as in the document.
    method: String,
    path: String,
}

impl Asked {
    pub(crate) fn of<B>(request: &http::Request<B>) -> Self {
        let meant = request.headers().get("x-http-method-override");
        let meant = meant.and_then(|method| method.to_str().ok());
        let method = match (request.method(), meant) {
            (&Method::POST, Some(method)) => method,
            (&Method::HEAD, _) => "get",
            (method, _) => method.as_str(),
        };
        Self {
            method: method.to_lowercase(),
            path: request.uri().path().to_owned(),
        }
    }
}

/// Panics if this is no answer that the document has for such a request.
#[track_caller]
pub(crate) fn check(asked: &Asked, answer: &Answer) {
    // Answers that any operation may give: for other hosts and methods, and malformed addresses.
    let says = |words| answer.status == 400 && answer.text().contains(words);
    let is_everywhere = matches!(answer.status.as_u16(), 301 | 308 | 405 | 408)
        || asked.method == "options"
        || says("The address must be")
        || says("exactly one Host header")
        || says("X-HTTP-Method-Override");
    let Some(item) = find(&asked.path).filter(|_| !is_everywhere) else {
        return;
    };
    // The token endpoints take any method.
    let operation = item.get(&asked.method).or_else(|| item.get("get"));
    let responses = &operation.expect("it is described")["responses"];
    let status = answer.status.as_str();
    let range = format!("{}XX", &status[..1]);
    let response = responses.get(status).or_else(|| responses.get(&range));
    let response = resolve(response.unwrap_or_else(|| {
        panic!(
            "{} answers {status}, which docs/openapi.yaml does not say",
            answer.what
        )
    }));
    let kind = answer
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default();
    let kinds = response.get("content").and_then(Value::as_object);
    let is_described =
        kinds.is_none_or(|kinds| kinds.contains_key(kind) || kinds.contains_key("*/*"));
    assert!(
        is_described,
        "{} answers {status} with {kind}, which docs/openapi.yaml does not say",
        answer.what
    );
}

/// The most particular of the paths that this one is an instance of.
fn find(path: &str) -> Option<&'static Map<String, Value>> {
    let path = path.trim_end_matches('/');
    let fitting = paths().filter(|(template, _)| fits(template.trim_end_matches('/'), path));
    let (_, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    Some(item)
}

fn fits(template: &str, path: &str) -> bool {
    let (mut names, mut segments) = (template.split('/'), path.split('/'));
    loop {
        match (names.next(), segments.next()) {
            // A path is all that is left, slashes and all.
            (None, None) | (Some("{path}"), Some(_)) => return true,
            (Some(name), Some(segment)) if name == segment || name.starts_with('{') => {}
            _ => return false,
        }
    }
}
