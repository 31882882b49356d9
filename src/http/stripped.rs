//! A server below a path that a reverse proxy takes off (the reference's `urlPath`).

use axum::{
    Router,
    extract::{OriginalUri, Request, State},
    http::{Uri, uri::PathAndQuery},
    middleware::{Next, from_fn_with_state},
    response::Response,
};

/// Path that the proxy leaves at the root: it belongs to the host, not to the server below it.
const WELL_KNOWN: &str = "/.well-known/";

/// The router of a server whose proxy takes the path off. The URIs that clients signed have it.
pub(super) fn below(path: String, whole: Router) -> Router {
    Router::new()
        .fallback_service(whole)
        .layer(from_fn_with_state(path, restore))
}

/// Puts the URI that the client used in the place of the one that arrived.
async fn restore(State(path): State<String>, mut request: Request, next: Next) -> Response {
    if let Some(uri) = sent(&path, request.uri()) {
        request.extensions_mut().insert(OriginalUri(uri));
    }
    next.run(request).await
}

/// The URI as it was before the proxy took the path off. None if it did not.
fn sent(path: &str, arrived: &Uri) -> Option<Uri> {
    let rest = arrived.path_and_query()?.as_str();
    if rest.starts_with(WELL_KNOWN) {
        return None;
    }
    let whole = PathAndQuery::try_from(format!("{path}{rest}")).ok()?;
    let mut parts = arrived.clone().into_parts();
    parts.path_and_query = Some(whole);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_put_back_in_front_of_all_but_what_is_well_known() {
        let sent = |arrived: &'static str| {
            sent("/pump", &Uri::from_static(arrived)).map(|uri| uri.to_string())
        };
        for (arrived, before) in [
            ("/", "/pump/"),
            ("/api/users?count=1", "/pump/api/users?count=1"),
            ("http://h/api/users", "http://h/pump/api/users"),
        ] {
            assert_eq!(sent(arrived).as_deref(), Some(before));
        }
        assert_eq!(sent("/.well-known/webfinger?resource=x"), None);
    }
}
