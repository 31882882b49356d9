//! The application: long-lived, cheap to clone, and there may be several in one process.

#[cfg(feature = "web")]
mod announcements;
mod clock;
pub(crate) mod context;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod credential_cache;
#[cfg(feature = "web")]
mod custom_pages;
mod entropy;
mod freshness;
mod gate;
mod hashing;
mod hooks;
mod limited_persons;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod live;
mod mail;
mod media_cache;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "requests are counted by the router")
)]
mod metrics;
mod page_layout;
mod pages;
mod parts;
mod peers;
mod recent;
mod recent_reads;
mod recipients;
#[cfg(feature = "web")]
mod response_cache;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod seats;
pub(crate) mod server_key;
mod settings;
mod sign_in;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod single_flight;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the pages only")
)]
pub(crate) mod texts;
mod transport;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "answers are sent by the router")
)]
mod unread;
mod wake;

use std::sync::Arc;

use object_store::ObjectStore;
#[cfg(feature = "web")]
use tokio::sync::Semaphore;
use tokio::sync::{Mutex, Notify, watch};

#[cfg(feature = "web")]
use self::announcements::Announcements;
use self::freshness::SyncedStore;
use crate::{model::Urls, storage::Storage};
pub use clock::{Clock, ManualClock, SystemClock};
pub use context::{Caller, Context};
pub(crate) use credential_cache::{CachedBearerToken, CredentialCache};
#[cfg(feature = "web")]
pub use custom_pages::{CustomPages, CustomPagesError};
#[cfg(feature = "web")]
pub(crate) use custom_pages::{Fragment, FragmentFacts, STYLE};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub(crate) use gate::{Gate, Pass};
pub(crate) use hashing::{Hashing, HashingFor};
pub use hooks::{Event, Hook, HookError, PerformedActivity};
pub(crate) use limited_persons::LimitedPersons;
use limited_persons::LimitedPersonsCache;
use live::LiveHub;
#[cfg(feature = "web")]
pub(crate) use live::LiveSubscription;
pub use mail::{Mail, MailError, Mailer};
pub(crate) use mail::{is_address, mail_address};
pub(crate) use media_cache::MediaCacheState;
#[cfg(feature = "web")]
pub(crate) use metrics::Measured;
pub(crate) use metrics::{DeliveryEnd, Metrics};
pub use page_layout::{FramedPage, PageLayout};
pub use parts::AppParts;
pub(crate) use peers::{Blocks, Dated, FetchOutcome, PeerState, REGISTRATION};
pub use peers::{Fetched, PeerAnswer, PeerError, PeerFailure};
#[cfg(all(test, feature = "web"))]
pub(crate) use recent::MAX_RECENT_KEYS;
pub(crate) use recent::Recent;
pub(crate) use recent_reads::RecentReads;
pub(crate) use recipients::RecipientLimiter;
#[cfg(feature = "web")]
pub(crate) use response_cache::{CachedResponse, Lookup, ResponseCache};
#[cfg(feature = "web")]
pub(crate) use seats::{Holder, SubscriptionLimit};
pub use settings::{
    ApiSettings, CacheSettings, ConnectionSettings, DeliverySettings, FederationSettings,
    LiveSettings, MailSettings, OAuthSettings, PageSettings, RegistrationMode,
    RegistrationSettings, Settings, UploadSettings,
};
pub use sign_in::{SignIn, SignInError};
#[cfg(feature = "smtp")]
pub use smtp::{Smtp, SmtpSettings, SmtpSettingsError, Tls};
pub use transport::{FinalUrl, Incoming, NoTransport, Transport, TransportError};
pub(crate) use unread::Unread;

/// Everything the services need, in one box.
#[derive(Clone)]
pub struct App(Arc<AppInner>);

/// Behind one pointer, since every request takes and leaves some handles on it.
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
#[derive(Clone)]
struct AppInner {
    parts: Arc<AppParts>,
    mailer: Option<Arc<dyn Mailer>>,
    sign_in: Option<Arc<dyn SignIn>>,
    page_layout: Option<Arc<dyn PageLayout>>,
    #[cfg(feature = "web")]
    custom_pages: Arc<CustomPages>,
    texts: Arc<texts::Texts>,
    hooks: Vec<Arc<dyn Hook>>,
    images: Arc<Gate>,
    #[cfg(feature = "web")]
    turns: Arc<Gate>,
    #[cfg(feature = "web")]
    rendering_permits: Arc<Semaphore>,
    uploads: Arc<Gate>,
    proxies: Arc<Gate>,
    peers: Arc<PeerState>,
    hashing_permits: Arc<Hashing>,
    recipients: Arc<RecipientLimiter>,
    token_issue_lock: Arc<Mutex<()>>,
    hub: Arc<LiveHub>,
    credential_cache: Arc<CredentialCache>,
    recent_reads: Arc<RecentReads>,
    limited_persons: Arc<LimitedPersonsCache>,
    #[cfg(feature = "web")]
    announcements: Arc<Announcements>,
    #[cfg(feature = "web")]
    response_cache: Arc<ResponseCache>,
    unread: Arc<Unread>,
    cleanup_requests: Arc<Notify>,
    queue_signal: watch::Sender<()>,
    outgoing_signal: watch::Sender<()>,
    metrics: Arc<Metrics>,
    server_key: Arc<server_key::ServerKey>,
}

#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
impl App {
    /// Puts an application together.
    pub fn new(parts: AppParts) -> Self {
        let store = SyncedStore::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock));
        let store = Arc::new(store);
        let cache_bytes = parts.settings.cache.response_bytes;
        Self(Arc::new(AppInner {
            hub: LiveHub::new(Arc::clone(&parts.storage)),
            credential_cache: Arc::new(CredentialCache::new(
                Arc::clone(&parts.storage),
                Arc::clone(&parts.clock),
            )),
            recent_reads: Arc::new(RecentReads::new(Arc::clone(&store), cache_bytes)),
            server_key: Arc::new(server_key::ServerKey::new(Arc::clone(&store))),
            #[cfg(feature = "web")]
            announcements: Arc::new(Announcements::new(
                Arc::clone(&parts.storage),
                Arc::clone(&parts.clock),
            )),
            limited_persons: Arc::new(LimitedPersonsCache::new(Arc::clone(&store))),
            #[cfg(feature = "web")]
            response_cache: Arc::new(ResponseCache::new(store, cache_bytes)),
            unread: Arc::default(),
            metrics: Arc::new(Metrics::new(parts.settings.has_metrics)),
            uploads: Arc::new(gate::of_uploads(&parts.settings.uploads)),
            proxies: Arc::new(gate::of_proxies()),
            peers: Arc::default(),
            #[cfg(feature = "web")]
            custom_pages: Arc::default(),
            texts: Arc::new(texts::Texts::new(&parts.settings.pages, &[])),
            parts: Arc::new(parts),
            mailer: None,
            sign_in: None,
            page_layout: None,
            hooks: Vec::new(),
            images: Arc::new(gate::of_images()),
            #[cfg(feature = "web")]
            turns: Arc::new(gate::of_turns()),
            #[cfg(feature = "web")]
            rendering_permits: Arc::new(Semaphore::new(rendering_threads())),
            hashing_permits: Arc::new(Hashing::new()),
            recipients: Arc::default(),
            token_issue_lock: Arc::default(),
            cleanup_requests: Arc::default(),
            queue_signal: watch::Sender::new(()),
            outgoing_signal: watch::Sender::new(()),
        }))
    }

    /// The application with a way to send mail. Without one nobody is told anything by mail, and
    /// what can't be done without it is refused.
    #[must_use]
    pub fn with_mailer(mut self, mailer: Arc<dyn Mailer>) -> Self {
        Arc::make_mut(&mut self.0).mailer = Some(mailer);
        self
    }

    /// The application with a way to sign in of its own, in place of passwords that are kept here.
    #[must_use]
    pub fn with_sign_in(mut self, sign_in: Arc<dyn SignIn>) -> Self {
        Arc::make_mut(&mut self.0).sign_in = Some(sign_in);
        self
    }

    /// The application with one more that listens to what people do, and may have a say in it.
    #[must_use]
    pub fn with_hook(mut self, hook: Arc<dyn Hook>) -> Self {
        Arc::make_mut(&mut self.0).hooks.push(hook);
        self
    }

    /// The light context of one request or task, for someone.
    pub fn context(&self, caller: Caller) -> Context {
        Context::new(self.clone(), caller, Arc::clone(&self.0.parts.storage))
    }

    /// The store.
    pub fn storage(&self) -> &dyn Storage {
        &*self.0.parts.storage
    }

    /// The blob store.
    pub fn blobs(&self) -> &dyn ObjectStore {
        &*self.0.parts.blobs
    }

    /// The way to send mail, if there is one.
    pub(crate) fn mailer(&self) -> Option<&dyn Mailer> {
        self.0.mailer.as_deref()
    }

    /// The way to sign in, if it is not by passwords that are kept here.
    pub(crate) fn sign_in(&self) -> Option<&dyn SignIn> {
        self.0.sign_in.as_deref()
    }

    /// Those who listen to what people do.
    pub(crate) fn hooks(&self) -> &[Arc<dyn Hook>] {
        &self.0.hooks
    }

    /// The bytes of answers that wait to be read.
    pub(crate) fn unread(&self) -> &Arc<Unread> {
        &self.0.unread
    }

    /// The turns of reads of the API that are not answered from memory, and of large writes.
    #[cfg(feature = "web")]
    pub(crate) fn turns(&self) -> &Gate {
        &self.0.turns
    }

    /// Permits to put an answer in another form.
    #[cfg(feature = "web")]
    pub(crate) fn rendering_permits(&self) -> &Arc<Semaphore> {
        &self.0.rendering_permits
    }

    /// Admits the decoding of a picture, see [`Gate::enter`].
    pub(crate) async fn admit_image(&self, account: &str) -> Option<Pass> {
        self.0.images.enter(account, 1).await
    }

    /// Admits so many bytes of an upload, see [`Gate::enter`].
    pub(crate) async fn admit_upload(&self, account: &str, bytes: usize) -> Option<Pass> {
        self.0
            .uploads
            .enter(account, gate::upload_units(bytes))
            .await
    }

    /// Admits a file of another host, see [`Gate::enter`].
    pub(crate) async fn admit_proxy(&self, account: &str) -> Option<Pass> {
        self.0.proxies.enter(account, 1).await
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.parts.clock
    }

    /// The source of chance.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.0.parts.entropy
    }

    /// The queue for hashing passwords.
    pub(crate) fn hashing_permits(&self) -> &Hashing {
        &self.0.hashing_permits
    }

    /// Limit of the mails with codes to one address.
    pub(crate) fn recipients(&self) -> &RecipientLimiter {
        &self.0.recipients
    }

    /// Lock under which an access token is looked up or created.
    pub(crate) fn token_issue_lock(&self) -> &Mutex<()> {
        &self.0.token_issue_lock
    }

    /// Cached clients and tokens.
    pub(crate) fn credential_cache(&self) -> &CredentialCache {
        &self.0.credential_cache
    }

    /// Returns the cache of the write path.
    pub(crate) fn recent_reads(&self) -> &RecentReads {
        &self.0.recent_reads
    }

    /// Returns the persons whom a moderator limited.
    pub(crate) fn limited_persons(&self) -> &LimitedPersonsCache {
        &self.0.limited_persons
    }

    /// Returns the response cache.
    #[cfg(feature = "web")]
    pub(crate) fn response_cache(&self) -> &ResponseCache {
        &self.0.response_cache
    }

    /// Returns the hub of live subscriptions.
    pub(crate) fn hub(&self) -> &Arc<LiveHub> {
        &self.0.hub
    }

    /// Ends all live feeds and refuses new ones, for good: a server that stops waits for its
    /// answers to end, and these don't by themselves. [`serve`](crate::http::serve) does it.
    pub fn end_live_feeds(&self) {
        self.0.hub.shut_down();
    }

    /// Returns the metrics.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The way to other hosts.
    pub fn transport(&self) -> &dyn Transport {
        &*self.0.parts.transport
    }

    /// State of requests to other hosts.
    pub(crate) fn peers(&self) -> &PeerState {
        &self.0.peers
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    /// The URLs and ids of this server.
    pub fn urls(&self) -> &Urls {
        &self.0.parts.settings.urls
    }
}

/// How many threads put answers in another form: half of the processors, as these read and write
/// as well.
#[cfg(feature = "web")]
fn rendering_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().div_ceil(2))
}
