//! The settings, one struct per section of the file.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    MailSection, MetricsSection,
    provision::{ClientEntry, UserEntry},
    values::{self, DatabaseUrl, S3Bucket},
};
use crate::{
    app::{PageSettings, RegistrationMode},
    model::{Secret, Urls},
};

/// All settings. [`DEFAULT`](super::DEFAULT) says what each is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The address and port to listen on.
    #[serde(deserialize_with = "values::address")]
    pub listen: SocketAddr,
    /// Where the world finds this server, if it was said.
    #[serde(with = "values::public_url")]
    pub public_url: Option<Urls>,
    /// The folder for uploads and the SQLite file.
    #[serde(deserialize_with = "values::folder")]
    pub data_dir: PathBuf,
    /// The database, if it was said.
    #[serde(with = "values::database_url")]
    pub database_url: Option<DatabaseUrl>,
    /// The name of the site.
    #[serde(deserialize_with = "values::line")]
    pub site: String,
    /// The `Server` header; empty for the built-in one.
    #[serde(deserialize_with = "values::header")]
    pub server_header: String,
    /// Reverse proxies that are believed.
    #[serde(deserialize_with = "values::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Whether a reverse proxy takes the path of the public URL off.
    pub proxy_strips_path: bool,
    /// Whether requests to other hosts are sent to the public URL, if one was said.
    pub redirect_to_canonical: bool,
    /// Logs.
    pub log: LogSection,
    /// Settings of HTTP.
    pub http: HttpSection,
    /// Settings of registration.
    pub registration: RegistrationSection,
    /// Settings of the API.
    pub api: ApiSection,
    /// OAuth.
    pub oauth: OAuthSection,
    /// Uploads.
    pub uploads: UploadsSection,
    /// Mail.
    pub mail: MailSection,
    /// Live feeds.
    pub live: LiveSection,
    /// Other hosts.
    pub federation: FederationSection,
    /// Metrics.
    pub pages: PagesSection,
    pub metrics: MetricsSection,
    /// Search.
    pub search: SearchSection,
    /// Caches.
    pub cache: CacheSection,
    /// Limits.
    pub limits: LimitsSection,
    /// Clients to be made at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) clients: Vec<ClientEntry>,
    /// Users to be made at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) users: Vec<UserEntry>,
}

/// Logs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    /// Log filter, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    #[serde(deserialize_with = "values::log_filter")]
    pub filter: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people on a terminal, else JSON.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Settings of HTTP.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSection {
    /// The `Strict-Transport-Security` header; empty for none.
    #[serde(deserialize_with = "values::header")]
    pub hsts: String,
    /// How long the head of a request may take, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 3600>")]
    pub head_seconds: u64,
    /// How long a connection is kept between two requests, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 3600>")]
    pub idle_seconds: u64,
    /// How long a client may send or take next to nothing, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 3600>")]
    pub stall_seconds: u64,
    /// How many connections there may be at once.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000>")]
    pub connections: usize,
    /// How many of them may come from one network.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000>")]
    pub connections_per_network: usize,
}

/// Settings of registration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationSection {
    /// The people who can make an account.
    #[serde(deserialize_with = "values::registration_mode")]
    pub mode: RegistrationMode,
    /// The most registrations from one network at once.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000>")]
    pub per_network: u32,
    /// Whether an account needs a mail address that is known to be its owner's.
    pub require_email: bool,
    /// The HTML of the note that welcomes who has a new account; empty for none.
    #[serde(deserialize_with = "values::short_text")]
    pub welcome_note_html: String,
}

/// Settings of the API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiSection {
    /// Whether what is public can be read without any credentials.
    pub anonymous_read: bool,
}

/// How strict OAuth is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuthSection {
    /// How far a timestamp may be from our clock, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 86_400>")]
    pub timestamp_window: i64,
    /// How long a request token is good, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 30, 86_400>")]
    pub request_token_lifetime: i64,
    /// Whether PLAINTEXT signatures are taken without TLS.
    pub plaintext_without_tls: bool,
}

/// Bounds on uploads.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadsSection {
    /// The most bytes of a file.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_073_741_824>")]
    pub max_bytes: usize,
    /// The most pixels of an image.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000_000>")]
    pub max_pixels: u64,
    /// The most bytes of uploads that are under way at once.
    #[serde(deserialize_with = "values::within::<_, _, 1_048_576, 1_099_511_627_776>")]
    pub max_bytes_at_once: usize,
    /// The most bytes of all uploads of an account; 0 for any number.
    pub account_bytes: u64,
    /// Where the bytes are kept, if not in the data folder.
    #[serde(with = "values::s3_bucket")]
    pub store: Option<S3Bucket>,
    /// Where a store that speaks S3 is; empty for Amazon's own.
    #[serde(deserialize_with = "values::endpoint")]
    pub s3_endpoint: String,
    /// In which region.
    #[serde(deserialize_with = "values::line")]
    pub s3_region: String,
    /// Access key id.
    #[serde(deserialize_with = "values::header")]
    pub s3_key_id: String,
    /// With what secret.
    #[serde(serialize_with = "values::redacted")]
    pub s3_secret: Secret,
}

/// Pages for people with a browser.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PagesSection {
    /// Whether there are more than those of OAuth.
    pub enabled: bool,
    /// The folder with changes to them; empty for `pages` in the data folder, if it is there.
    pub folder: PathBuf,
    /// One paragraph about the site; empty for the usual one.
    #[serde(deserialize_with = "values::short_text")]
    pub description: String,
    /// How to reach the operator; may be empty.
    #[serde(deserialize_with = "values::short_text")]
    pub contact: String,
    /// A line at the foot of each page; may be empty.
    #[serde(deserialize_with = "values::short_text")]
    pub footer: String,
    /// The language of those who want none of the others.
    #[serde(deserialize_with = "values::line")]
    pub language: String,
    /// The languages that are offered; empty for all.
    pub languages: Vec<String>,
    /// Whether strangers see the newest public posts.
    pub public_posts: bool,
}

impl PagesSection {
    /// Settings of the pages.
    pub(super) fn settings(&self) -> PageSettings {
        let mut settings = PageSettings::default();
        settings.description.clone_from(&self.description);
        settings.contact.clone_from(&self.contact);
        settings.footer.clone_from(&self.footer);
        settings.language.clone_from(&self.language);
        settings.languages.clone_from(&self.languages);
        settings.public_posts = self.public_posts;
        settings
    }
}

/// Live feeds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiveSection {
    /// How often a feed where nothing comes shows that it is alive, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 3600>")]
    pub heartbeat_seconds: u64,
    /// How many live feeds may be open at once.
    #[serde(deserialize_with = "values::within::<_, _, 0, 1_000_000>")]
    pub max_connections: usize,
    /// How many of them may be one person's.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000>")]
    pub max_connections_per_client: usize,
}

/// Other hosts.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FederationSection {
    /// Whether this server talks to others.
    pub(crate) enabled: bool,
    /// Whether servers that speak `ActivityPub` are among them.
    pub(crate) activitypub: bool,
    /// The only hosts it has to do with; empty for all.
    #[serde(deserialize_with = "values::hosts")]
    pub(crate) allow_list: Vec<String>,
    /// The most requests for documents to one host within a minute.
    #[serde(deserialize_with = "values::within::<_, _, 1, 1_000_000>")]
    pub(crate) fetches_per_host_per_minute: u32,
    /// The most bytes of media of other hosts that are kept.
    pub(crate) media_cache_bytes: u64,
    /// How many hosts are delivered to at once.
    #[serde(deserialize_with = "values::within::<_, _, 2, 1024>")]
    pub(crate) parallelism: u32,
    /// How long a delivery may wait, in days.
    #[serde(deserialize_with = "values::within::<_, _, 1, 365>")]
    pub(crate) expiry_days: u64,
    /// How long a host is left alone after its first failure, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 86_400>")]
    pub(crate) min_backoff_seconds: u64,
    /// How long a host is left alone at most, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 604_800>")]
    pub(crate) max_backoff_seconds: u64,
    /// Networks that may be asked though they are not the public Internet.
    #[serde(deserialize_with = "values::networks")]
    pub allowed_networks: Vec<IpNet>,
    /// The file with certificates of authorities that are trusted beside those of the web, in PEM;
    /// empty for none.
    pub ca_file: PathBuf,
}

/// Search.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchSection {
    /// The language by which words are reduced to stems; `simple` for none.
    #[serde(deserialize_with = "values::line")]
    pub language: String,
}

/// Caches.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheSection {
    /// Maximum bytes of responses in memory.
    #[serde(deserialize_with = "values::within::<_, _, 0, 1_099_511_627_776>")]
    pub response_bytes: u64,
}

/// Limits.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSection {
    /// The most bytes of the body of a request that is no upload.
    #[serde(deserialize_with = "values::within::<_, _, 1024, 104_857_600>")]
    pub body_bytes: usize,
    /// How long requests in flight may take to finish at the end, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 0, 3600>")]
    pub shutdown_timeout_seconds: u64,
}
