//! Registrations of clients.

use serde_json::json;

use super::*;

fn parse(value: &Value) -> Result<ClientRegistration> {
    ClientRegistration::parse(value.as_object().unwrap())
}

#[test]
fn a_name_is_one_line_of_what_is_seen() {
    let mut fields = Map::new();
    fields.insert("type".into(), "client_associate".into());
    for (name, kept) in [
        ("Dianara\n\u{202e}<b>x", Some("Dianara <b>x")),
        (" \u{200b}", None),
    ] {
        fields.insert("application_name".into(), name.into());
        let registration = ClientRegistration::parse(&fields).unwrap();
        assert_eq!(registration.name.as_deref(), kept, "{name:?}");
    }
}

#[test]
fn client_registration_ignores_unknown_keys() {
    let registration = parse(&json!({
        "type": "client_associate", "application_type": "web",
        "application_name": "Gar\u{e7}on",
        "logo_url": "https://app.example/l.png", "contacts": "a@b.example  c@d.example",
        "redirect_uris": "https://app.example/cb http://127.0.0.1:80/ org.app.x:/cb urn:ietf:wg:oauth:2.0:oob", "redirect_uri": [1], "x": {},
    }))
    .unwrap();
    assert_eq!(registration.kind, Some(ClientKind::Web));
    assert_eq!(registration.name.as_deref(), Some("Gar\u{e7}on"));
    assert_eq!(
        registration.contacts.unwrap(),
        ["a@b.example", "c@d.example"]
    );
    assert_eq!(registration.redirect_uris.unwrap().len(), 4);
    assert!(parse(&json!({"type": "client_associate", "logo_url": null, "contacts": ""})).is_ok());
}

#[test]
fn overlong_registration_is_rejected() {
    let url = format!("https://a.example/{}", "x".repeat(1_982));
    let contacts = format!("{0}@a.example ", "x".repeat(40)).repeat(38);
    let contacts = format!("{contacts}{}@a.example", "x".repeat(52));
    for (name, longest) in [
        ("application_name", "\u{e7}".repeat(200)),
        ("description", "\u{e7}".repeat(2_000)),
        ("logo_url", url.clone()),
        ("redirect_uris", url),
        ("contacts", contacts),
    ] {
        let fields = json!({ "type": "client_associate", name: &longest });
        assert!(parse(&fields).is_ok(), "{name}");
        let fields = json!({ "type": "client_associate", name: format!("{longest}x") });
        let most = longest.chars().count();
        assert_eq!(
            parse(&fields).unwrap_err().message(),
            format!("{name} can't be longer than {most} characters.")
        );
    }
}

#[test]
fn each_mistake_has_its_sentence() {
    for (fields, message) in [
        (json!({}), "No registration type provided"),
        (json!({"type": null}), "No registration type provided"),
        (json!({"type": "x"}), "Invalid registration type"),
        (json!({"type": 7}), "Invalid registration type"),
        (
            json!({"type": "client_associate", "client_id": "x"}),
            "Only set client_id for update.",
        ),
        (
            json!({"type": "client_associate", "client_secret": "x"}),
            "Only set client_secret for update.",
        ),
        (
            json!({"type": "client_update", "access_token": "x"}),
            "access_token not needed for registration.",
        ),
        (
            json!({"type": "client_update"}),
            "client_id is needed for update.",
        ),
        (
            json!({"type": "client_update", "client_id": 7}),
            "client_id must be a string.",
        ),
    ] {
        assert_eq!(parse(&fields).unwrap_err().message(), message, "{fields}");
    }
    let contacts = "contacts must be a string of space-separated email addresses.";
    let contact = "contacts must be space-separate email addresses.";
    let redirects = "redirect_uris must be space-separated URLs.";
    for (name, value, message) in [
        ("contacts", json!(["a@b.example"]), contacts),
        ("contacts", json!("a@b.example nobody"), contact),
        (
            "application_type",
            json!("toaster"),
            "Unknown application_type.",
        ),
        ("application_type", json!(1), "Unknown application_type."),
        (
            "application_name",
            json!(1),
            "application_name must be a string.",
        ),
        (
            "logo_url",
            json!("http://localhost/x.png"),
            "Invalid logo_url.",
        ),
        ("logo_url", json!("x.png"), "Invalid logo_url."),
        (
            "redirect_uris",
            json!("https://a.example/xhttps://b.example/y"),
            redirects,
        ),
        ("redirect_uris", json!("a.example/x"), redirects),
        ("redirect_uris", json!("ftp://a.example/x"), redirects),
        ("redirect_uris", json!(["https://a.example/"]), redirects),
    ] {
        let fields = json!({"type": "client_associate", name: value});
        assert_eq!(parse(&fields).unwrap_err().message(), message, "{fields}");
    }
}
