//! The worked examples of RFC 5849, and what clients do otherwise.

use super::{signature::HmacSha256, *};

const REQUEST: Request<'_> = Request {
    method: "POST",
    scheme: "http",
    authority: "example.com",
    path: "/request",
    query: Some("b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
    authorization: Some(
        r#"OAuth realm="Example",
                oauth_consumer_key="9djdj82h48djs9d2",
                oauth_token="kkk9d7dh3k39sjv7",
                oauth_signature_method="HMAC-SHA1",
                oauth_timestamp="137131201",
                oauth_nonce="7d8f3e4a",
                oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D""#,
    ),
    form: Some(b"c2&a3=2+q"),
    secure: false,
};

fn photos(authorization: &'static str) -> Request<'static> {
    Request {
        scheme: "https",
        authority: "photos.example.net",
        path: "/initiate",
        query: None,
        authorization: Some(authorization),
        form: None,
        ..REQUEST
    }
}

fn base_of(request: &Request<'_>) -> String {
    request.signed().unwrap().base_string()
}

#[test]
fn section_1_2_temporary_credentials() {
    let signed = photos(
        r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03",
        oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoS",
        oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready",
        oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D""#,
    )
    .signed()
    .unwrap();
    assert_eq!(
        signed.callback.as_deref(),
        Some("http://printer.example.com/ready")
    );
    assert!(signed.verify(Method::HmacSha1, "kd94hf93k423kf44", None));
    assert!(!signed.verify(Method::HmacSha1, "kd94hf93k423kf45", None));
}

#[test]
fn section_1_2_token_credentials() {
    let request = Request {
        path: "/token",
        ..photos(
            r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03",
            oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1",
            oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884",
            oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D""#,
        )
    };
    let signed = request.signed().unwrap();
    assert_eq!(signed.verifier.as_deref(), Some("hfdp7dh39dks9884"));
    assert!(signed.verify(
        Method::HmacSha1,
        "kd94hf93k423kf44",
        Some("hdhd0244k9j7ao03")
    ));
    assert!(!signed.verify(Method::HmacSha1, "kd94hf93k423kf44", None));
}

#[test]
fn section_1_2_photo() {
    let request = Request {
        method: "GET",
        scheme: "http",
        path: "/photos",
        query: Some("file=vacation.jpg&size=original"),
        ..photos(
            r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03",
            oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1",
            oauth_timestamp="137131202", oauth_nonce="chapoH",
            oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#,
        )
    };
    let signed = request.signed().unwrap();
    assert!(signed.verify(
        Method::HmacSha1,
        "kd94hf93k423kf44",
        Some("pfkkdhi9sl3r4s00")
    ));
    assert!(!signed.verify(
        Method::HmacSha256,
        "kd94hf93k423kf44",
        Some("pfkkdhi9sl3r4s00")
    ));
}

#[test]
fn section_2_plaintext_without_timestamp_and_nonce() {
    let first = photos(
        r#"OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js",
        oauth_signature_method="PLAINTEXT",
        oauth_callback="http%3A%2F%2Fclient.example.net%2Fcb%3Fx%3D1",
        oauth_signature="ja893SD9%26""#,
    );
    let signed = first.signed().unwrap();
    assert_eq!(
        signed.callback.as_deref(),
        Some("http://client.example.net/cb?x=1")
    );
    assert!(signed.verify(Method::Plaintext, "ja893SD9", None));
    let second = photos(
        r#"OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js", oauth_token="hdk48Djdsa",
        oauth_signature_method="PLAINTEXT", oauth_verifier="473f82d3",
        oauth_signature="ja893SD9%26xyz4992k83j47x0b""#,
    );
    let signed = second.signed().unwrap();
    assert!(signed.verify(Method::Plaintext, "ja893SD9", Some("xyz4992k83j47x0b")));
    assert!(!signed.verify(Method::Plaintext, "ja893SD9", Some("xyz4992k83j47x0")));
}

#[test]
fn section_3_1_parameters_of_the_header() {
    let signed = REQUEST.signed().unwrap();
    assert_eq!(signed.consumer_key.as_deref(), Some("9djdj82h48djs9d2"));
    assert_eq!(signed.token.as_deref(), Some("kkk9d7dh3k39sjv7"));
    assert_eq!(signed.signature_method.as_deref(), Some("HMAC-SHA1"));
    assert_eq!(signed.timestamp.as_deref(), Some("137131201"));
    assert_eq!(signed.nonce.as_deref(), Some("7d8f3e4a"));
    assert_eq!(
        signed.signature.as_deref(),
        Some("r6/TJjbCOr97/+UU0NsvSne7s5g=")
    );
}

/// The signature is the one of erratum 2550; the RFC prints another.
#[test]
fn section_3_4_1_1_base_string_and_its_signature() {
    assert_eq!(
        base_of(&REQUEST),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D\
         %25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3\
         e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk\
         9d7dh3k39sjv7"
    );
    let signed = REQUEST.signed().unwrap();
    assert!(signed.verify(Method::HmacSha1, "j49sk3j29djd", Some("dh893hdasih9")));
}

#[test]
fn section_3_4_1_2_base_uri() {
    let bare = Request {
        method: "GET",
        authorization: None,
        form: None,
        ..REQUEST
    };
    let upper = Request {
        authority: "EXAMPLE.COM:80",
        path: "/r%20v/X",
        query: Some("id=123"),
        ..bare
    };
    assert_eq!(
        base_of(&upper),
        "GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&id%3D123"
    );
    let port = Request {
        scheme: "https",
        authority: "www.example.net:8080",
        path: "/",
        query: Some("q=1"),
        ..bare
    };
    assert_eq!(
        base_of(&port),
        "GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1"
    );
    let other_port = Request {
        authority: "example.com:443",
        query: None,
        ..bare
    };
    assert_eq!(
        base_of(&other_port),
        "GET&http%3A%2F%2Fexample.com%3A443%2Frequest&"
    );
}

#[test]
fn section_3_4_1_3_1_sources_of_parameters() {
    let decode = |source: &[u8]| {
        parameters::urlencoded(source, Plus::Space)
            .map(|(name, value)| {
                (
                    String::from_utf8(name.into_owned()).unwrap(),
                    String::from_utf8(value.into_owned()).unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        decode(b"b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
        [
            pair("b5", "=%3D"),
            pair("a3", "a"),
            pair("c@", ""),
            pair("a2", "r b")
        ]
    );
    assert_eq!(decode(b"c2&a3=2+q"), [pair("c2", ""), pair("a3", "2 q")]);
}

#[test]
fn section_3_4_1_3_2_normalised_parameters() {
    let base = base_of(&REQUEST);
    let encoded = base.rsplit('&').next().unwrap().as_bytes();
    assert_eq!(
        &*parameters::decode(encoded),
        b"a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2\
          &oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201\
          &oauth_token=kkk9d7dh3k39sjv7"
    );
}

#[test]
fn section_3_5_parameters_in_form_or_query() {
    let parameters = "oauth_consumer_key=0685bd9184jfhq22&oauth_token=ad180jjd733klru7\
        &oauth_signature_method=HMAC-SHA1&oauth_signature=wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D\
        &oauth_timestamp=137131200&oauth_nonce=4572616e48616d6d65724c61686176&oauth_version=1.0";
    let bare = Request {
        authorization: None,
        query: None,
        form: None,
        ..REQUEST
    };
    let in_form = Request {
        form: Some(parameters.as_bytes()),
        ..bare
    };
    let in_query = Request {
        query: Some(parameters),
        ..bare
    };
    for request in [in_form, in_query] {
        let signed = request.signed().unwrap();
        assert_eq!(signed.consumer_key.as_deref(), Some("0685bd9184jfhq22"));
        assert_eq!(
            signed.signature.as_deref(),
            Some("wOJIO9A2W5mFwDgiDvZbTSMK/PY=")
        );
        assert!(signed.base_string().ends_with("oauth_version%3D1.0"));
    }
}

#[test]
fn section_3_6_percent_encoding() {
    let all: Vec<u8> = (0..=255).collect();
    let encoded = parameters::encode(&all);
    assert_eq!(parameters::decode(encoded.as_bytes()), all);
    assert_eq!(
        parameters::encode("a-._~ +*é".as_bytes()),
        "a-._~%20%2B%2A%C3%A9"
    );
}

#[test]
fn decoded_query_matches_signature_of_encoded_form() {
    let sent = Request {
        query: Some("before=https://h:8/api/activity/x_-&count=20"),
        ..REQUEST
    };
    let signed = Request {
        query: Some("before=https%3A%2F%2Fh%3A8%2Fapi%2Factivity%2Fx_-&count=20"),
        ..REQUEST
    };
    assert_eq!(base_of(&sent), base_of(&signed));
}

fn with<'a>(query: &'a str, authorization: &'a str) -> Request<'a> {
    Request {
        method: "GET",
        form: None,
        query: Some(query),
        authorization: Some(authorization),
        ..REQUEST
    }
}

#[test]
fn a_plus_in_a_query_may_be_signed_as_a_space_or_as_itself() {
    let sign = |query: &str| {
        let request = with(query, "OAuth");
        let all: Vec<_> = parameters::urlencoded(query.as_bytes(), Plus::Space).collect();
        let base = BaseString::new(&request, &all);
        let signer = oauth1_request::signature_method::SignatureMethod::sign_with;
        format!(
            "OAuth oauth_signature=\"{}\"",
            base.sign(signer(HmacSha256, "s", None))
        )
    };
    for signed_as in ["q=a%20b", "q=a%2Bb"] {
        let header = sign(signed_as);
        let signed = with("q=a+b", &header).signed().unwrap();
        assert!(signed.verify(Method::HmacSha256, "s", None), "{signed_as}");
        let signed = with("q=a-b", &header).signed().unwrap();
        assert!(!signed.verify(Method::HmacSha256, "s", None), "{signed_as}");
    }
}

#[test]
fn plaintext_may_be_encoded_once_more_as_the_reference_wants_it() {
    for (header, good) in [
        ("s%2526t", true),
        ("s%2526t%2525", false),
        ("s%26t", true),
        ("s%252526t", false),
    ] {
        let header = format!("OAuth oauth_signature=\"{header}\"");
        let signed = Request {
            authorization: Some(&header),
            ..REQUEST
        }
        .signed()
        .unwrap();
        assert_eq!(
            signed.verify(Method::Plaintext, "s", Some("t")),
            good,
            "{header}"
        );
    }
}

#[test]
fn parameters_that_are_doubled_or_no_text_are_malformed() {
    for query in [
        "oauth_nonce=a&oauth_nonce=a",
        "oauth_nonce=%FF",
        "oauth_token=a%00",
    ] {
        let request = Request {
            authorization: None,
            query: Some(query),
            ..REQUEST
        };
        assert!(request.signed().is_err(), "{query}");
    }
    let twice = Request {
        query: Some("oauth_nonce=7d8f3e4a"),
        ..REQUEST
    };
    assert!(twice.signed().is_err());
}
