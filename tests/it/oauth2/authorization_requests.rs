//! Parameters of an authorization request: scopes, redirect URIs, PKCE challenges, errors.

use super::{BACK, PROOF, authorization_query, code, exchange, open, query_parameter, register};
use crate::support::{Answer, Credentials, Request, TestServer};

/// Where a page that says what is wrong leads back to, without sending anyone there.
fn error_page_link(answer: Answer) -> String {
    let answer = answer.is(400);
    assert_eq!(answer.header("location"), "");
    let page = answer.text();
    let link = page.split_once("<a href=\"").unwrap().1;
    link.split('"').next().unwrap().replace("&#38;", "&")
}

on_every_backend!(
    defect_10_granted_scopes_are_named,
    defect_10_unregistered_redirect_uri_gets_an_error_page,
    invalid_authorization_request_is_not_redirected,
);

async fn defect_10_granted_scopes_are_named(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    for (scope, granted) in [
        ("", "read"),
        ("read", "read"),
        ("writeown", "read writeown"),
        ("writeall read", "read writeown writeall"),
    ] {
        let code = code(&server, &client, "alice", scope).await;
        let answer = exchange(&server, &client, &[("code", &code)]).await.ok();
        assert_eq!(answer["scope"], granted);
    }
    for scope in ["0", "length", "read,writeown", "admin"] {
        let target = format!(
            "/oauth2/authz?{}",
            authorization_query(&client, BACK, &[PROOF[0], PROOF[1], ("scope", scope)])
        );
        let address = error_page_link(server.send(Request::get(&target)).await);
        assert_eq!(
            query_parameter(&address, "error").as_deref(),
            Some("invalid_scope")
        );
    }
}

async fn defect_10_unregistered_redirect_uri_gets_an_error_page(server: TestServer) {
    let client = register(
        &server,
        "native",
        "https://app.example/cb?x=1 http://127.0.0.1/cb",
    )
    .await;
    let bare = server.client().await;
    for (client, back) in [
        (&client, "https://app.example/cb"),
        (&client, "https://app.example/cb?x=1&y=2"),
        (&client, "https://evil.example/"),
        (&client, "http://127.0.0.1:8000/other"),
        (&client, ""),
        (&bare, BACK),
    ] {
        for page in ["authz", "authc"] {
            let target = format!(
                "/oauth2/{page}?{}",
                authorization_query(client, back, &PROOF)
            );
            let answer = server.send(Request::get(&target)).await.is(400);
            assert!(answer.header("content-type").starts_with("text/html"));
            assert_eq!(answer.header("location"), "");
        }
    }
    open(&server, &client, "http://127.0.0.1:49152/cb", &PROOF).await;
}

async fn invalid_authorization_request_is_not_redirected(server: TestServer) {
    let native = register(&server, "native", BACK).await;
    let nobody = Credentials {
        key: "nobody".into(),
        ..native.clone()
    };
    for query in [
        authorization_query(&nobody, BACK, &PROOF),
        authorization_query(&native, BACK, &[("client_id", "")]),
        format!("{}&client_id=x", authorization_query(&native, BACK, &PROOF)),
    ] {
        server
            .send(Request::get(&format!("/oauth2/authz?{query}")))
            .await
            .is(400);
    }
    for (more, error) in [
        (
            vec![PROOF[0], PROOF[1], ("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![PROOF[0], PROOF[1], ("response_type", "")],
            "invalid_request",
        ),
        (vec![], "invalid_request"),
        (
            vec![PROOF[0], ("code_challenge_method", "plain")],
            "invalid_request",
        ),
        (vec![PROOF[0]], "invalid_request"),
        (vec![PROOF[1]], "invalid_request"),
        (
            vec![("code_challenge", "short"), PROOF[1]],
            "invalid_request",
        ),
        (
            vec![PROOF[0], PROOF[1], ("scope", "read"), ("scope", "read")],
            "invalid_request",
        ),
    ] {
        for page in ["authz", "authc"] {
            let target = format!(
                "/oauth2/{page}?{}",
                authorization_query(&native, BACK, &more)
            );
            let address = error_page_link(server.send(Request::get(&target)).await);
            assert!(
                address.starts_with("https://app.example/cb?x=1&error="),
                "{address}"
            );
            assert_eq!(
                (
                    query_parameter(&address, "error").as_deref(),
                    query_parameter(&address, "state").as_deref()
                ),
                (Some(error), Some("s&s"))
            );
        }
    }
}
