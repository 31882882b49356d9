//! Public URLs that other servers can't use, and databases that were made under another one.

use crate::{
    config::Config,
    model::{Stream, Urls, Viewer},
    storage::Storage,
};

/// Warns at the start if other Pump servers can't find the people here, and says why. A server that
/// deals with private networks is tried out, or among others there.
pub(super) fn warn_if_unreachable(config: &Config, urls: &Urls) {
    if !config.federation.enabled || !config.federation.allowed_networks.is_empty() {
        return;
    }
    if let Some(reason) = unreachable_reason(urls) {
        tracing::warn!(
            public_url = urls.base(),
            reason,
            "people on other Pump servers can't find those here: set `public_url` to https:// and a \
             host name, or `federation.enabled` to false"
        );
    }
}

/// Returns why other Pump servers can't find the people of this public URL.
fn unreachable_reason(urls: &Urls) -> Option<&'static str> {
    let is_address =
        urls.host().starts_with('[') || urls.host().parse::<std::net::Ipv4Addr>().is_ok();
    if is_address {
        Some("it has an IP address in place of a host name")
    } else if urls.host() == "localhost" {
        Some("localhost is another machine for each")
    } else if urls.authority() != urls.host() {
        Some("it has a port, and addresses such as NICK@HOST have none")
    } else if urls.scheme() == "http" {
        Some("it is plain HTTP, which many servers refuse")
    } else {
        None
    }
}

/// Returns the newest account, if its id does not belong to this public URL.
pub(super) async fn account_of_other_public_url(
    storage: &dyn Storage,
    urls: &Urls,
) -> Option<String> {
    let heads = storage
        .previews(&[Stream::Users], 1, Viewer::Unrestricted)
        .await
        .ok()?;
    let newest = heads.into_iter().next()?.items.into_iter().next()?;
    (!urls.is_local(&newest)).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_without_tls_or_host_name_is_unreachable() {
        for (url, is_reachable) in [
            ("https://pump.example", true),
            ("https://pump.example/below", true),
            ("https://pump.example:443", true),
            ("http://pump.example", false),
            ("https://pump.example:8443", false),
            ("https://192.0.2.1", false),
            ("https://[2001:db8::1]", false),
            ("https://localhost", false),
        ] {
            let urls = Urls::new(&url.parse().unwrap()).unwrap();
            assert_eq!(unreachable_reason(&urls).is_none(), is_reachable, "{url}");
        }
    }
}
