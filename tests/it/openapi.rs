//! `docs/openapi.yaml` and the router agree. Each response is checked where it is received.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

use crate::support::{
    Backend, Request, TestServer,
    document::{document, paths, resolve},
};

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// A `.route` or `.nest` in the sources: the function it stands in, the path, and what is nested
/// there.
struct Routed {
    function: String,
    path: String,
    nested: Option<String>,
    /// Whether it is a page for people, which the document does not have to describe.
    is_page: bool,
}

/// All of them. Functions are named with the module they are in.
fn sources() -> Vec<Routed> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let module = match path.file_stem().unwrap().to_str().unwrap() {
                    "mod" => path
                        .parent()
                        .unwrap()
                        .file_name()
                        .unwrap()
                        .to_str()
                        .unwrap(),
                    name => name,
                };
                let mut routes = scan(module, &fs::read_to_string(&path).unwrap());
                let is_page = path.components().any(|part| part.as_os_str() == "pages");
                for route in &mut routes {
                    route.is_page = is_page;
                }
                found.extend(routes);
            }
        }
    }
    found
}

fn scan(module: &str, text: &str) -> Vec<Routed> {
    let mut found = Vec::new();
    for function in text.split("fn ").skip(1) {
        let name = function.split(['(', '<']).next().unwrap_or_default();
        for (call, is_nest) in [(".route(", false), (".nest(", true)] {
            for rest in function.split(call).skip(1) {
                let (path, rest) = rest
                    .trim_start()
                    .strip_prefix('"')
                    .unwrap()
                    .split_once('"')
                    .unwrap();
                let callee = rest
                    .trim_start_matches(',')
                    .split('(')
                    .next()
                    .unwrap()
                    .trim();
                let callee = match callee.rsplit_once("::") {
                    Some((of, name)) => format!("{}::{name}", of.rsplit("::").next().unwrap()),
                    None => format!("{module}::{callee}"),
                };
                found.push(Routed {
                    function: format!("{module}::{name}"),
                    path: path.replace("{*", "{"),
                    nested: is_nest.then_some(callee),
                    is_page: false,
                });
            }
        }
    }
    found
}

/// The paths that are routed, and whether they are those of pages.
fn routed() -> BTreeMap<String, bool> {
    let sources = sources();
    let prefixes: BTreeMap<&str, &str> = sources
        .iter()
        .filter_map(|nest| Some((nest.nested.as_deref()?, nest.path.as_str())))
        .collect();
    let routes = sources.iter().filter(|route| route.nested.is_none());
    routes
        .map(|route| match prefixes.get(route.function.as_str()) {
            Some(prefix) => {
                let path = format!("{prefix}{}", route.path);
                (path.trim_end_matches('/').to_owned(), route.is_page)
            }
            None => (route.path.clone(), route.is_page),
        })
        .collect()
}

#[test]
fn openapi_and_router_agree_on_paths() {
    let routed = routed();
    assert!(
        routed.contains_key("/api/user/{nickname}/inbox/direct/major"),
        "{routed:?}"
    );
    let described: BTreeSet<String> = paths().map(|(path, _)| path.to_owned()).collect();
    let missing = routed
        .iter()
        .filter(|(path, is_page)| !*is_page && !described.contains(path.as_str()));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "docs/openapi.yaml lacks {missing:#?}");
    let wrong = described.iter().filter(|path| !routed.contains_key(*path));
    let wrong: Vec<_> = wrong.collect();
    assert!(
        wrong.is_empty(),
        "docs/openapi.yaml describes what is not routed: {wrong:#?}"
    );
}

#[tokio::test]
async fn openapi_and_router_agree_on_methods() {
    let server = TestServer::on(Backend::Memory).await;
    let mut wrong = Vec::new();
    for (path, item) in paths() {
        let address = path.replace(['{', '}'], "");
        let answer = server.send(Request::new("OPTIONS", &address)).await;
        let allowed: BTreeSet<String> = match answer.header("allow") {
            // Such a route takes any method, and we say so of these two.
            "" => ["get".to_owned(), "post".to_owned()].into(),
            allow => allow
                .split(',')
                .map(str::to_lowercase)
                .filter(|method| method != "head")
                .collect(),
        };
        let described: BTreeSet<String> = item
            .keys()
            .filter(|key| METHODS.contains(&key.as_str()))
            .cloned()
            .collect();
        if allowed != described {
            wrong.push(format!(
                "{path}: has {allowed:?}, described are {described:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn openapi_references_resolve() {
    fn walk(value: &'static Value) {
        if value.get("$ref").is_some_and(Value::is_string) {
            resolve(value);
        }
        match value {
            Value::Array(items) => items.iter().for_each(walk),
            Value::Object(map) => map.values().for_each(walk),
            _ => {}
        }
    }
    assert_eq!(document()["openapi"], "3.1.0");
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
    walk(document());
}

#[test]
fn nested_routes_are_found_in_their_router() {
    let found = scan(
        "api",
        "fn routes() {\n.route(\n\"/a\",\nget(x)).nest(\"/u/{n}\", sub::user())\n}",
    );
    assert_eq!(
        (found[0].path.as_str(), found[0].function.as_str()),
        ("/a", "api::routes")
    );
    assert_eq!(found[1].nested.as_deref(), Some("sub::user"));
}
