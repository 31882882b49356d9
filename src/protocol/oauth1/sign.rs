//! Signatures of requests to other servers, in the form that pump.io sends (pump-api 12.5).

use std::num::NonZeroU64;

use oauth1_request::{Builder, Credentials, ParameterList, signature_method::HMAC_SHA1};
use url::Url;

/// Credentials of an outgoing request, and the values that make it unrepeatable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    /// The client's key and secret.
    pub(crate) client: (&'a str, &'a str),
    /// A token and its secret; none in a two-legged request.
    pub(crate) token: Option<(&'a str, &'a str)>,
    /// The `oauth_callback` of a request for a request token.
    pub(crate) callback: Option<&'a str>,
    /// The `oauth_verifier` of a request for an access token.
    pub(crate) verifier: Option<&'a str>,
    /// The `oauth_nonce`.
    pub(crate) nonce: &'a str,
    /// The `oauth_timestamp`, in seconds since 1970.
    pub(crate) timestamp: u64,
}

impl<'a> Signer<'a> {
    /// A signer of two-legged requests.
    pub(crate) fn two_legged(client: (&'a str, &'a str), nonce: &'a str, timestamp: u64) -> Self {
        Self {
            client,
            token: None,
            callback: None,
            verifier: None,
            nonce,
            timestamp,
        }
    }

    /// Returns the `Authorization` header of a request, signed with HMAC-SHA1. The query of the URL
    /// is signed; a body is not, so it must not be a form.
    pub(crate) fn authorization(&self, method: &str, url: &Url) -> String {
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut bare = url.clone();
        bare.set_query(None);
        bare.set_fragment(None);
        let pair = |(key, secret)| Credentials::new(key, secret);
        let mut builder = Builder::<_, _, &str>::new(pair(self.client), HMAC_SHA1);
        builder
            .token(self.token.map(pair))
            .callback(self.callback)
            .verifier(self.verifier)
            .nonce(self.nonce)
            .timestamp(NonZeroU64::new(self.timestamp))
            .version(true);
        builder.authorize(method, bare.as_str(), &ParameterList::new(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::oauth1::{Method, Request};

    fn signer() -> Signer<'static> {
        Signer::two_legged(("key", "s&cret"), "nonce", 1_795_306_075)
    }

    /// Whether our own verifier takes a signed request.
    fn verifies(signer: &Signer<'_>, url: &str, token_secret: Option<&str>) -> bool {
        let url = Url::parse(url).unwrap();
        let header = signer.authorization("GET", &url);
        let request = Request {
            method: "GET",
            scheme: url.scheme(),
            authority: url.authority(),
            path: url.path(),
            query: url.query(),
            authorization: Some(&header),
            form: None,
            secure: url.scheme() == "https",
        };
        let parsed = request.signed().unwrap();
        assert_eq!(parsed.timestamp.as_deref(), Some("1795306075"));
        parsed.verify(Method::HmacSha1, "s&cret", token_secret)
    }

    #[test]
    fn signature_passes_our_verification() {
        for url in [
            "https://h.example/api/user/alice/inbox",
            "http://h.example:8080/api/note/1?id=acct%3Aa%20b%40x%2F%C3%A9&count=1&count=",
            "https://h.example/a%20b/~c?q=a+b&c=*'()",
            "https://H.example:443/#fragment",
        ] {
            assert!(verifies(&signer(), url, None), "{url}");
            let with_token = Signer {
                token: Some(("token", "hush")),
                callback: Some("https://us.example/main/authorized/h.example"),
                verifier: Some("1234"),
                ..signer()
            };
            assert!(verifies(&with_token, url, Some("hush")), "{url}");
            assert!(!verifies(&with_token, url, Some("other")), "{url}");
        }
    }

    #[test]
    fn two_legged_header_has_the_form_of_pump_io() {
        let url = Url::parse("https://h.example/inbox").unwrap();
        let header = signer().authorization("POST", &url);
        let names: Vec<&str> = header
            .strip_prefix("OAuth ")
            .unwrap()
            .split(',')
            .map(|field| field.split('=').next().unwrap())
            .collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(
            sorted,
            [
                "oauth_consumer_key",
                "oauth_nonce",
                "oauth_signature",
                "oauth_signature_method",
                "oauth_timestamp",
                "oauth_version",
            ]
        );
    }
}
