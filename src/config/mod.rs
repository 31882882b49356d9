//! How the program is set up: built-in defaults, then a file, then the environment, then flags.
//!
//! [`Config::load`] is all or nothing. An unknown key or a bad value is a [`ConfigError`] that
//! names the key, its source and the remedy. This is the only module that reads the environment of
//! the process.

mod environment;
mod error;
mod mail;
mod metrics;
mod print;
mod provision;
mod renamed;
mod sections;
mod sources;
#[cfg(test)]
mod tests;
mod values;

use std::{net::SocketAddr, time::Duration};

use url::Url;

use crate::{app::Settings, model::Urls, service::provision::Provision};
pub(crate) use environment::Environment;
pub(crate) use error::ConfigError;
pub(crate) use mail::MailSection;
pub(crate) use metrics::MetricsSection;
pub(crate) use sections::{Config, LogFormat, LogSection, UploadsSection};
pub(crate) use sources::Flags;
pub(crate) use values::{DatabaseUrl, S3Bucket};

/// The commented file of all settings with their defaults.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

impl Config {
    /// Puts the sources together, and checks every value.
    pub(crate) fn load(flags: &Flags, environment: &Environment) -> Result<Self, ConfigError> {
        sources::load(flags, environment)
    }

    /// The database: the one that is set, or the SQLite file in the data folder.
    pub(crate) fn database(&self) -> DatabaseUrl {
        self.database_url
            .clone()
            .unwrap_or_else(|| DatabaseUrl::in_folder(&self.data_dir))
    }

    /// The URLs of the server, given the address it listens on: the public URL that is set, or the
    /// address itself.
    pub(crate) fn urls(&self, listening: SocketAddr) -> Result<Urls, ConfigError> {
        if let Some(urls) = &self.public_url {
            return Ok(urls.clone());
        }
        Url::parse(&format!("http://{listening}"))
            .ok()
            .and_then(|url| Urls::new(&url).ok())
            .ok_or_else(|| {
                ConfigError::new(format!(
                    "no public URL can be made from {listening}: set `public_url`"
                ))
            })
    }

    /// The clients and users to be created at the start.
    pub(crate) fn provision(&self) -> Provision {
        provision::provision(&self.clients, &self.users)
    }

    /// The settings of the application, for a server of these URLs.
    pub(crate) fn settings(&self, urls: Urls) -> Settings {
        let mut settings = Settings::new(urls);
        settings.site.clone_from(&self.site);
        if !self.server_header.is_empty() {
            settings.server_header.clone_from(&self.server_header);
        }
        settings.trusted_proxies.clone_from(&self.trusted_proxies);
        settings.proxy_strips_path = self.proxy_strips_path;
        // Without a public URL the server is found under any host.
        settings.redirect_to_canonical = self.redirect_to_canonical && self.public_url.is_some();
        settings.hsts.clone_from(&self.http.hsts);
        settings.max_body = self.limits.body_bytes;
        settings.registration.mode = self.registration.mode;
        settings.registration.per_network = self.registration.per_network;
        settings.registration.require_email = self.registration.require_email;
        settings
            .registration
            .welcome_note_html
            .clone_from(&self.registration.welcome_note_html);
        settings.api.anonymous_read = self.api.anonymous_read;
        settings.search.language.clone_from(&self.search.language);
        settings.cache.response_bytes = self.cache.response_bytes;
        settings.oauth.timestamp_window = self.oauth.timestamp_window;
        settings.oauth.request_token_lifetime = self.oauth.request_token_lifetime;
        settings.oauth.plaintext_without_tls = self.oauth.plaintext_without_tls;
        settings.mail.notifications_per_hour = self.mail.notifications_per_hour;
        settings.mail.notifications_per_hour_per_sender =
            self.mail.notifications_per_hour_per_sender;
        settings.uploads.max_bytes = self.uploads.max_bytes;
        settings.uploads.max_pixels = self.uploads.max_pixels;
        settings.uploads.max_bytes_at_once = self.uploads.max_bytes_at_once;
        settings.uploads.account_bytes = self.uploads.account_bytes;
        settings.live.heartbeat = Duration::from_secs(self.live.heartbeat_seconds);
        settings.live.max_connections = self.live.max_connections;
        settings.live.max_connections_per_client = self.live.max_connections_per_client;
        settings.federation.enabled = self.federation.enabled;
        settings.federation.activitypub = self.federation.activitypub;
        settings
            .federation
            .allow_list
            .clone_from(&self.federation.allow_list);
        settings.federation.odd_ports = !self.federation.allowed_networks.is_empty();
        settings.federation.fetches_per_host_per_minute =
            self.federation.fetches_per_host_per_minute;
        settings.federation.media_cache_bytes = self.federation.media_cache_bytes;
        settings.deliveries.parallelism = self.federation.parallelism;
        settings.deliveries.expiry = Duration::from_hours(24 * self.federation.expiry_days);
        settings.deliveries.min_backoff = Duration::from_secs(self.federation.min_backoff_seconds);
        settings.deliveries.max_backoff = Duration::from_secs(self.federation.max_backoff_seconds);
        if !self.metrics.token.expose().is_empty() {
            settings.metrics_token = Some(self.metrics.token.clone());
        }
        settings.has_pages = self.pages.enabled;
        settings.pages = self.pages.settings();
        settings.has_metrics = settings.metrics_token.is_some() || self.metrics.listen.is_some();
        settings.connections.head = Duration::from_secs(self.http.head_seconds);
        settings.connections.idle = Duration::from_secs(self.http.idle_seconds);
        settings.connections.stall = Duration::from_secs(self.http.stall_seconds);
        settings.connections.max = self.http.connections;
        settings.connections.max_per_network = self.http.connections_per_network;
        settings
    }
}
