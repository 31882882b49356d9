//! How a server is set up, as the services need to know it.

use std::time::Duration;

use argon2::Params;
use ipnet::IpNet;

use crate::model::{Secret, Urls};

/// The settings of an [`App`](super::App). Start from [`Settings::new`] and change what you need.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The URLs and ids of this server.
    pub urls: Urls,
    /// The name of the site, for people.
    pub site: String,
    /// The `Server` header. Clients look for `pump.io/` in it (clients T7).
    pub server_header: String,
    /// Peers whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the path of the URLs is taken off by a proxy before a request arrives here.
    pub proxy_strips_path: bool,
    /// Whether requests to other hosts than that of the URLs are sent there. Addresses and
    /// `localhost` are no other hosts.
    pub redirect_to_canonical: bool,
    /// The `Strict-Transport-Security` header; none is sent if it is empty.
    pub hsts: String,
    /// The most bytes of a JSON or form body.
    pub max_body: usize,
    /// How much work it is to try a password. Those that are kept stay as they were made.
    pub hashing: Params,
    /// Settings of registration.
    pub registration: RegistrationSettings,
    /// Settings of the API.
    pub api: ApiSettings,
    /// Search.
    pub search: SearchSettings,
    /// Settings of caches.
    pub cache: CacheSettings,
    /// OAuth.
    pub oauth: OAuthSettings,
    /// Mail.
    pub mail: MailSettings,
    /// Uploads.
    pub uploads: UploadSettings,
    /// Live feeds.
    pub live: LiveSettings,
    /// Whether there are pages for people with a browser, beside the front page and those of OAuth.
    pub has_pages: bool,
    /// Settings of the pages.
    pub pages: PageSettings,
    /// Whether metrics are recorded.
    pub has_metrics: bool,
    /// The bearer token for which the router shows them at `/metrics`; `None` for nobody.
    pub metrics_token: Option<Secret>,
    /// Deliveries to other hosts.
    pub deliveries: DeliverySettings,
    /// Other servers.
    pub federation: FederationSettings,
    /// Connections, where [`serve`](crate::http::serve) accepts them.
    pub connections: ConnectionSettings,
    /// The most members of a stream who get an activity in the commit that stores it. Where there
    /// are more, it is brought to them afterwards, to so many in one commit.
    pub inline_fanout_limit: u32,
}

/// Settings of registration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RegistrationSettings {
    /// The people who can make an account.
    pub mode: RegistrationMode,
    /// The most clients, and the most accounts, that are registered from one network at once; then
    /// one more every two minutes.
    pub per_network: u32,
    /// Whether an account needs a mail address that is known to be its owner's.
    pub require_email: bool,
    /// The HTML of the note that welcomes who has a new account; none is posted if it is empty. It
    /// may say `{site}`, `{url}` (of the site), `{nickname}`, `{address}`
    /// (`NICK@HOST`) and `{profile}` (the URL of their page, which leads somewhere only if the host
    /// serves pages there).
    pub welcome_note_html: String,
}

/// The people who can make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "lowercase"))]
pub enum RegistrationMode {
    /// Everyone.
    #[default]
    Open,
    /// Nobody but the operator, for others.
    Closed,
    /// Those who were invited.
    Invitation,
    /// Everyone, but a moderator has to approve the account.
    Approval,
}

impl RegistrationMode {
    /// Reads its name; that of `open` and `closed` may also be `true` and `false`.
    #[cfg(feature = "cli")]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "open" | "true" => Some(Self::Open),
            "closed" | "false" => Some(Self::Closed),
            "invitation" => Some(Self::Invitation),
            "approval" => Some(Self::Approval),
            _ => None,
        }
    }
}

/// How mail is sent, whoever sends it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MailSettings {
    /// How long to wait before each new try to send a mail, in seconds. When the list is at its end
    /// the mail is given up.
    pub retry_after: Vec<i64>,
    /// How long the question whether an address is someone's own can be answered, in seconds.
    pub confirmation_lifetime: i64,
    /// How long someone who forgot their password has to get in, in seconds.
    pub recovery_lifetime: i64,
    /// How long one of these mails keeps another of its kind from being asked for, in seconds.
    pub repeat_after: i64,
    /// The most notifications that are mailed to a person one by one in an hour. Later ones are
    /// told in a digest, at most one an hour.
    pub notifications_per_hour: usize,
    /// How many of these one sender may cause.
    pub notifications_per_hour_per_sender: usize,
}

/// The welcome where nothing else is set.
const DEFAULT_WELCOME_NOTE_HTML: &str = "\
    <p>Welcome to <a href=\"{url}\">{site}</a>, {nickname}. Your address is <b>{address}</b>: give \
    it to others, so that they find you.</p>\
    <p>What others write to you arrives here. What you post goes to those who follow you, unless \
    you say otherwise.</p>";

/// Settings of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiSettings {
    /// Whether what is public can be read without any credentials.
    pub anonymous_read: bool,
}

/// Settings of the pages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PageSettings {
    /// Paragraph about the site for its front page; empty for the usual one.
    pub description: String,
    /// How to reach the operator: a mail address, a web address or a text; may be empty.
    pub contact: String,
    /// A line of text at the foot of each page; may be empty.
    pub footer: String,
    /// Tag of the language of those who want none of the others.
    pub language: String,
    /// Tags of the languages that are offered; empty for all that there are.
    pub languages: Vec<String>,
    /// Whether strangers see the newest public posts on the front page.
    pub public_posts: bool,
}

impl Default for PageSettings {
    fn default() -> Self {
        Self {
            description: String::new(),
            contact: String::new(),
            footer: String::new(),
            language: "en".into(),
            languages: Vec::new(),
            public_posts: true,
        }
    }
}

/// Settings of search.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SearchSettings {
    /// The language by which words are reduced to stems; `simple` for none.
    pub language: String,
}

/// Settings of caches.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheSettings {
    /// Maximum bytes of the response cache; 0 for none.
    pub response_bytes: u64,
}

/// How strict OAuth is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuthSettings {
    /// How far a timestamp may be from our clock, in seconds, either way.
    pub timestamp_window: i64,
    /// How long a request token, or the question of OAuth 2.0, is good, in seconds.
    pub request_token_lifetime: i64,
    /// Whether PLAINTEXT signatures are taken without TLS.
    pub plaintext_without_tls: bool,
}

/// Bounds on uploads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UploadSettings {
    /// The most bytes of a file.
    pub max_bytes: usize,
    /// The most pixels (width times height) of an image.
    pub max_pixels: u64,
    /// The most bytes of uploads that are under way at once, and so in memory.
    pub max_bytes_at_once: usize,
    /// The most bytes of all uploads of an account; 0 for any number.
    pub account_bytes: u64,
}

/// Bounds on live feeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveSettings {
    /// How often a feed where nothing comes shows that it is alive, and its credentials are looked
    /// at.
    pub heartbeat: Duration,
    /// How many live feeds may be open at once.
    pub max_connections: usize,
    /// How many of them may be one person's or, with nobody signed in, one address's.
    pub max_connections_per_client: usize,
}

/// Deliveries to other hosts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeliverySettings {
    /// Maximum hosts that are delivered to at once. A quarter of them is reserved for hosts that
    /// answer.
    pub parallelism: u32,
    /// Age at which a delivery that still waits is dropped.
    pub expiry: Duration,
    /// Wait after the first failure of a host; doubled by each further one.
    pub min_backoff: Duration,
    /// Longest wait between two attempts.
    pub max_backoff: Duration,
}

/// Relations to other servers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FederationSettings {
    /// Whether this server talks to others, and they to it.
    pub enabled: bool,
    /// Whether servers that speak `ActivityPub` are among them, see
    /// [`speaks_activitypub`](Self::speaks_activitypub).
    pub activitypub: bool,
    /// The [names](crate::model::host_name) of the only hosts it has to do with; empty for all.
    pub allow_list: Vec<String>,
    /// Whether hosts at other ports than 80 and 443 can prove who they are. If anyone's claim made
    /// this server ask any port, it could be used to look for what is there.
    pub odd_ports: bool,
    /// The most requests for documents to one host within a minute.
    pub fetches_per_host_per_minute: u32,
    /// The most bytes of public media of other hosts that are kept beside the uploads; 0 for none.
    pub media_cache_bytes: u64,
    /// How long a request to another host may take as a whole.
    pub request_timeout: Duration,
}

impl FederationSettings {
    /// Whether servers that speak `ActivityPub` find this one, and the people here.
    pub fn speaks_activitypub(&self) -> bool {
        self.enabled && self.activitypub
    }
}

/// Limits of connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a connection is kept between two requests.
    pub idle: Duration,
    /// How long a peer may send next to nothing of a body, or take next to nothing of an answer.
    pub stall: Duration,
    /// How many connections there may be at once.
    pub max: usize,
    /// How many of them may come from one network: an IPv4 address, or a /64 of IPv6. A /48 may
    /// have four times as many. Trusted proxies and this machine have no limit of their own.
    pub max_per_network: usize,
}

impl Settings {
    /// The defaults, for a server of these URLs.
    pub fn new(urls: Urls) -> Self {
        Self {
            urls,
            site: "Hydraulics".into(),
            server_header: concat!("pump.io/6.0.0 (Hydraulics/", env!("CARGO_PKG_VERSION"), ")")
                .into(),
            trusted_proxies: Vec::new(),
            proxy_strips_path: false,
            redirect_to_canonical: false,
            hsts: String::new(),
            max_body: 100 * 1024,
            hashing: Params::default(),
            registration: RegistrationSettings {
                mode: RegistrationMode::Open,
                per_network: 60,
                require_email: false,
                welcome_note_html: DEFAULT_WELCOME_NOTE_HTML.into(),
            },
            api: ApiSettings {
                anonymous_read: true,
            },
            search: SearchSettings {
                language: "simple".into(),
            },
            cache: CacheSettings {
                response_bytes: 8 * 1024 * 1024,
            },
            oauth: OAuthSettings {
                timestamp_window: 300,
                request_token_lifetime: 600,
                plaintext_without_tls: false,
            },
            mail: MailSettings {
                retry_after: vec![60, 300, 1800, 7200, 28_800, 86_400],
                confirmation_lifetime: 3 * 86_400,
                recovery_lifetime: 3600,
                repeat_after: 600,
                notifications_per_hour: 20,
                notifications_per_hour_per_sender: 5,
            },
            uploads: UploadSettings {
                max_bytes: 16 * 1024 * 1024,
                max_pixels: 50_000_000,
                max_bytes_at_once: 128 * 1024 * 1024,
                account_bytes: 5 * 1024 * 1024 * 1024,
            },
            live: LiveSettings {
                heartbeat: Duration::from_secs(20),
                max_connections: 500,
                max_connections_per_client: 10,
            },
            has_pages: true,
            pages: PageSettings::default(),
            has_metrics: false,
            metrics_token: None,
            deliveries: DeliverySettings {
                parallelism: 64,
                expiry: Duration::from_hours(7 * 24),
                min_backoff: Duration::from_mins(1),
                max_backoff: Duration::from_hours(24),
            },
            federation: FederationSettings {
                enabled: true,
                activitypub: true,
                allow_list: Vec::new(),
                odd_ports: false,
                fetches_per_host_per_minute: 300,
                media_cache_bytes: 512 * 1024 * 1024,
                request_timeout: Duration::from_secs(10),
            },
            connections: ConnectionSettings {
                head: Duration::from_secs(30),
                idle: Duration::from_mins(2),
                stall: Duration::from_secs(30),
                max: 4096,
                max_per_network: 256,
            },
            inline_fanout_limit: 1000,
        }
    }
}
