//! The application: long-lived, cheap to clone, and there may be several in one process.

mod clock;
mod entropy;
mod frame;
mod gate;
mod hashing;
mod hooks;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "answers are given by the router")
)]
mod kept;
mod known;
mod live;
mod looks;
mod mail;
mod settings;
mod sign_in;
#[cfg(feature = "smtp")]
mod smtp;
mod transport;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "answers are sent by the router")
)]
mod unread;

use std::sync::Arc;

use object_store::ObjectStore;
use tokio::sync::{Mutex, Notify, Semaphore, watch};

use crate::{
    context::{Caller, Context},
    model::Urls,
    storage::Storage,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use frame::Frame;
pub(crate) use gate::Gate;
pub use gate::Pass;
pub(crate) use hashing::{Hashing, HashingFor};
pub use hooks::{Deed, Event, Hook, Refusal};
#[cfg(feature = "web")]
pub(crate) use kept::{Answer, Question};
pub(crate) use kept::{Kept, Watched};
pub(crate) use known::{Bearing, Known};
pub(crate) use live::{Holder, Hub, NoSeat, Seat};
pub use mail::{Mail, MailError, Mailer, is_address, mail_address};
pub use settings::{
    ConnectionSettings, LiveSettings, MailSettings, OAuthSettings, ReadingSettings,
    RegistrationSettings, Settings, UploadSettings,
};
pub use sign_in::{SignIn, SignInError};
#[cfg(feature = "smtp")]
pub use smtp::{BadSmtp, Smtp, SmtpSettings, Tls};
pub use transport::{Incoming, NoTransport, Transport, TransportError};
pub(crate) use unread::Unread;

/// Everything the services need, in one box.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// Behind one pointer, since every request takes and leaves some handles on it.
#[derive(Clone)]
struct Inner {
    parts: Arc<Parts>,
    mailer: Option<Arc<dyn Mailer>>,
    sign_in: Option<Arc<dyn SignIn>>,
    frame: Option<Arc<dyn Frame>>,
    hooks: Vec<Arc<dyn Hook>>,
    pictures: Arc<Semaphore>,
    #[cfg(feature = "web")]
    turns: Arc<Semaphore>,
    uploads: Arc<Gate>,
    proxies: Arc<Gate>,
    hashing: Arc<Hashing>,
    granting: Arc<Mutex<()>>,
    hub: Arc<Hub>,
    known: Arc<Known>,
    kept: Arc<Kept>,
    unread: Arc<Unread>,
    sweeping: Arc<Notify>,
    queued: watch::Sender<()>,
}

/// How many pictures are decoded at once: each may take hundreds of megabytes while it lasts.
const PICTURES_AT_ONCE: usize = 2;

/// How many reads of the API, and writes of much, are worked on at once: each may take a few times as much memory as the
/// largest page.
#[cfg(feature = "web")]
const TURNS: usize = 24;

/// How many files of other hosts are fetched at once, and how many of them for one account.
const MAX_PROXIES: u32 = 128;
const MAX_PROXIES_OF_ONE: u32 = 16;

/// The unit in which the bytes of uploads under way are counted.
const UPLOAD_UNIT_BYTES: usize = 1024;

/// What an [`App`] is made of: [`Parts::new`], and then what is to be another.
#[non_exhaustive]
pub struct Parts {
    /// Where things are stored.
    pub storage: Arc<dyn Storage>,
    /// Where the bytes of uploads are kept.
    pub blobs: Arc<dyn ObjectStore>,
    /// What time it is: what the machine says, unless it is set.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from: from the machine, unless it is set.
    pub entropy: Arc<dyn Entropy>,
    /// The way to other hosts: none, unless it is set.
    pub transport: Arc<dyn Transport>,
    /// How this server is set up.
    pub settings: Settings,
}

impl Parts {
    /// What an application must be given, and what it has if nothing else is set.
    pub fn new(storage: Arc<dyn Storage>, blobs: Arc<dyn ObjectStore>, settings: Settings) -> Self {
        Self {
            storage,
            blobs,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(NoTransport),
            settings,
        }
    }

    /// What the application of a test is made of: all of it in memory and nothing left to chance.
    #[cfg(test)]
    pub(crate) fn of_a_test(url: &str) -> Self {
        let urls = Urls::new(&url.parse().unwrap()).unwrap();
        Self {
            clock: Arc::new(ManualClock::at(1_700_000_000)),
            entropy: Arc::new(SeededEntropy::new(1)),
            ..Self::new(
                Arc::new(crate::storage::memory::Memory::new()),
                Arc::new(object_store::memory::InMemory::new()),
                Settings::new(urls),
            )
        }
    }
}

impl App {
    /// Puts an application together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            hub: Hub::new(Arc::clone(&parts.storage)),
            known: Arc::new(Known::new(
                Arc::clone(&parts.storage),
                Arc::clone(&parts.clock),
            )),
            kept: Arc::new(Kept::new(
                Arc::clone(&parts.storage),
                Arc::clone(&parts.clock),
                parts.settings.reading.kept_bytes,
            )),
            unread: Arc::default(),
            uploads: Arc::new(uploads_gate(&parts.settings.uploads)),
            proxies: Arc::new(Gate::new(MAX_PROXIES, MAX_PROXIES_OF_ONE)),
            parts: Arc::new(parts),
            mailer: None,
            sign_in: None,
            frame: None,
            hooks: Vec::new(),
            pictures: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
            #[cfg(feature = "web")]
            turns: Arc::new(Semaphore::new(TURNS)),
            hashing: Arc::new(Hashing::new()),
            granting: Arc::default(),
            sweeping: Arc::default(),
            queued: watch::Sender::new(()),
        }))
    }

    /// The application with a way to send mail. Without one nobody is told anything by mail, and what
    /// can't be done without it is refused.
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

    /// The application with pages that look like those of whoever hosts it.
    #[must_use]
    pub fn with_frame(mut self, frame: Arc<dyn Frame>) -> Self {
        Arc::make_mut(&mut self.0).frame = Some(frame);
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
        Context::new(self.clone(), caller)
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
    pub fn mailer(&self) -> Option<&dyn Mailer> {
        self.0.mailer.as_deref()
    }

    /// The way to sign in, if it is not by passwords that are kept here.
    pub fn sign_in(&self) -> Option<&dyn SignIn> {
        self.0.sign_in.as_deref()
    }

    /// What pages look like, if it is not as they do here.
    pub fn frame(&self) -> Option<&dyn Frame> {
        self.0.frame.as_deref()
    }

    /// Those who listen to what people do.
    pub fn hooks(&self) -> &[Arc<dyn Hook>] {
        &self.0.hooks
    }

    /// The bytes of answers that wait to be read.
    pub(crate) fn unread(&self) -> &Arc<Unread> {
        &self.0.unread
    }

    /// The turns of reads of the API that are not answered from memory, and of large writes.
    #[cfg(feature = "web")]
    pub(crate) fn turns(&self) -> &Arc<Semaphore> {
        &self.0.turns
    }

    /// Permits to decode a picture.
    pub(crate) fn pictures(&self) -> &Arc<Semaphore> {
        &self.0.pictures
    }

    /// Admits an upload of at most so many bytes, see [`Gate::enter`].
    pub(crate) async fn admit_upload(&self, account: &str, bytes: usize) -> Option<Pass> {
        self.0.uploads.enter(account, units(bytes)).await
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
    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    /// The turn in which an access token is looked for and, if there is none, made.
    pub(crate) fn granting(&self) -> &Mutex<()> {
        &self.0.granting
    }

    /// Who may ask.
    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    /// What was answered, and what was read lately.
    pub(crate) fn kept(&self) -> &Kept {
        &self.0.kept
    }

    /// Where live feeds wait for news.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// Ends all live feeds and refuses new ones, for good: a server that stops waits for its answers to
    /// end, and these don't by themselves. [`serve`](crate::http::serve) does it.
    pub fn end_live_feeds(&self) {
        self.0.hub.end();
    }

    /// Says that there is something to sweep up, see [`sweep`](crate::service::sweep).
    pub(crate) fn sweep_soon(&self) {
        self.0.sweeping.notify_one();
    }

    /// Ready when there is something to sweep up.
    pub(crate) async fn must_sweep(&self) {
        self.0.sweeping.notified().await;
    }

    /// Says that there is something in a queue.
    pub(crate) fn work_soon(&self) {
        self.0.queued.send_replace(());
    }

    /// Changes when there is something in a queue that was put there on this node.
    pub(crate) fn work(&self) -> watch::Receiver<()> {
        self.0.queued.subscribe()
    }

    /// The way to other hosts.
    pub fn transport(&self) -> &dyn Transport {
        &*self.0.parts.transport
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

/// A gate for uploads: an account has a quarter of it, or what one upload takes.
fn uploads_gate(settings: &UploadSettings) -> Gate {
    let total = units(settings.max_bytes_at_once);
    let one = units(settings.max_bytes / 3 * 4 + UPLOAD_UNIT_BYTES);
    Gate::new(total, one.max(total / 4))
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UPLOAD_UNIT_BYTES)).unwrap_or(u32::MAX)
}
