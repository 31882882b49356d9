//! Where people are sent back to.

use url::Url;

use crate::model::{Client, ClientKind};

/// The address of clients that have nowhere to send people to: they are shown the code.
pub(crate) const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Whether a client registered an address: to the letter, but that a program on someone's machine
/// may listen there on any port (RFC 8252 section 7.3).
pub(crate) fn is_registered(client: &Client, asked: &str) -> bool {
    let is_address = !asked.contains('#') && Url::parse(asked).is_ok();
    let any_port = |registered: &str| {
        client.kind == ClientKind::Native
            && loopback(asked).is_some_and(|parts| loopback(registered) == Some(parts))
    };
    is_address
        && client
            .redirect_uris
            .iter()
            .any(|registered| registered == asked || any_port(registered))
}

/// Host and path of a loopback address, which are all of it but for its port.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let rest = &rest[host.len()..];
    let path = match rest.strip_prefix(':') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (port, path) = rest.split_at(end.unwrap_or(rest.len()));
            port.parse::<u16>().ok().map(|_| path)?
        }
        None => rest,
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
}

/// An address with what is to be said there added to its query; `None` if it is [`OUT_OF_BAND`].
pub(crate) fn saying<'a>(
    address: &str,
    said: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let mut url = Url::parse(address)
        .ok()
        .filter(|_| address != OUT_OF_BAND)?;
    url.query_pairs_mut().extend_pairs(said);
    Some(url.into())
}

/// Whether an application can register an address that is none of the web: its own scheme, named
/// after a domain (RFC 8252 section 7.1), or [`OUT_OF_BAND`].
pub(crate) fn is_of_an_application(text: &str) -> bool {
    let has_own_scheme = || Url::parse(text).is_ok_and(|url| url.scheme().contains('.'));
    text == OUT_OF_BAND || has_own_scheme()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::Secret;

    fn client(kind: ClientKind, registered: &str) -> Client {
        Client {
            redirect_uris: vec!["https://other.example/".into(), registered.into()],
            ..Client::new("c", Secret::new("s"), kind, DateTime::default())
        }
    }

    #[test]
    fn an_address_is_registered_to_the_letter() {
        let client = client(ClientKind::Native, "https://app.example/cb?x=1");
        assert!(is_registered(&client, "https://app.example/cb?x=1"));
        assert!(is_registered(&client, "https://other.example/"));
        for wrong in [
            "",
            "https://app.example/cb",
            "https://app.example/cb?x=1&y=2",
            "https://app.example/cb?x=1#f",
            "https://app.example:443/cb?x=1",
            "https://APP.example/cb?x=1",
            "https://app.example.evil.example/cb?x=1",
            "https://other.example",
            "http://other.example/",
        ] {
            assert!(!is_registered(&client, wrong), "{wrong}");
        }
    }

    #[test]
    fn the_port_of_a_native_client_on_its_own_machine_is_free() {
        for registered in ["http://127.0.0.1/cb", "http://127.0.0.1:80/cb"] {
            let native = client(ClientKind::Native, registered);
            for good in ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"] {
                assert!(is_registered(&native, good), "{good}");
            }
            for wrong in [
                "http://127.0.0.1:49152/",
                "http://127.0.0.1:49152/cb/",
                "http://127.0.0.1:80@evil.example/cb",
                "http://127.0.0.1.evil.example/cb",
                "http://127.0.0.1:99999/cb",
                "http://127.0.0.1:/cb",
                "http://[::1]:49152/cb",
                "https://127.0.0.1:49152/cb",
            ] {
                assert!(!is_registered(&native, wrong), "{wrong}");
            }
            let web = client(ClientKind::Web, registered);
            assert!(!is_registered(&web, "http://127.0.0.1:49152/cb"));
        }
        let bare = client(ClientKind::Native, "http://[::1]");
        assert!(is_registered(&bare, "http://[::1]:7"));
    }

    #[test]
    fn parameters_are_appended_to_the_query() {
        for (address, answer) in [
            ("https://a.example/cb", "https://a.example/cb?code=a%26b"),
            (
                "https://a.example/?x=1",
                "https://a.example/?x=1&code=a%26b",
            ),
            ("org.app.x:/cb", "org.app.x:/cb?code=a%26b"),
        ] {
            let said = saying(address, [("code", "a&b")]);
            assert_eq!(said.as_deref(), Some(answer));
        }
        assert_eq!(saying(OUT_OF_BAND, [("code", "x")]), None);
    }

    #[test]
    fn an_application_has_a_scheme_of_its_own() {
        assert!(is_of_an_application("org.app.x:/cb"));
        assert!(is_of_an_application(OUT_OF_BAND));
        for other in ["javascript:x", "myapp://cb", "https://a.example/", "urn:x"] {
            assert!(!is_of_an_application(other), "{other}");
        }
    }
}
