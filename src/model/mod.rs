//! Pure types of the domain: they parse, validate and compare, and know no I/O.

mod account;
mod audience;
mod body;
mod canonical;
mod client;
mod code;
mod draft;
mod grant;
mod group_name;
mod host;
mod job;
mod media;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod network;
mod nickname;
mod notification;
mod object;
mod page;
mod remote;
mod scope;
mod search;
mod second_factor;
mod secret;
mod site_record;
mod standing;
mod stream;
mod text;
mod token;
mod urls;

pub use account::Account;
#[cfg(feature = "web")]
pub(crate) use account::LANGUAGE;
pub(crate) use account::{APPLICATION, LANGUAGE_OF_APPLICATION};
pub(crate) use audience::{Access, access};
pub use audience::{AudienceMember, Viewer};
pub use body::Body;
pub(crate) use body::members_of;
pub(crate) use canonical::{is_derived, is_plain, names_host};
pub(crate) use client::BROWSER_CLIENT_PREFIX;
pub use client::{Client, ClientKind};
pub use code::{Code, CodePurpose};
pub(crate) use draft::{BLOCKING_VERBS, CHANGING_VERBS, FLAG_VERB, FOLLOW_VERBS};
pub use draft::{Draft, Recipients};
pub use grant::{Authorization, BearerToken, Grant};
pub(crate) use group_name::{group_name, uuid_of_group};
pub(crate) use host::site_of;
pub use host::{host_name, host_of_id, host_of_url};
pub use job::Job;
pub use media::{Media, Uploaded};
#[cfg(feature = "web")]
pub(crate) use network::{MAX_NETWORKS, network_of};
pub(crate) use network::{NETWORK_FACTORS, networks_of};
pub use nickname::{BadNickname, Nickname};
pub use notification::{NotificationKind, NotificationPreferences};
pub(crate) use object::ACTOR_TYPES;
pub use object::{ACTIVITY, Object, PUBLIC, Reference};
pub(crate) use object::{KNOWN_TYPES, OTHER};
pub(crate) use page::ByteBudget;
pub use page::{
    Class, Cursor, DEFAULT_SEARCH_WINDOW, Filter, MAX_COUNT, MAX_PAGE_BYTES, MAX_SEARCHED_CHARS,
    Page, PageRequest, StreamPreview, case_fold, search_name,
};
pub use remote::{
    ActivityPubReach, ClientIdentity, DeliveryState, HostBlock, HostLease, Multikey,
    OutgoingDelivery, Protocol, RemoteAccount, RemoteCredential, RemoteHost, WaitingHost,
};
pub use scope::Scope;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use search::separate_words;
pub use search::{
    BadSearchQuery, MAX_SEARCH_QUERY_CHARS, MAX_SEARCH_TERMS, MAX_TAG_CHARS, SearchQuery,
    SearchRequest, SearchScope, fold_tag,
};
pub(crate) use search::{is_tag_char, search_words};
pub use second_factor::SecondFactor;
pub use secret::Secret;
pub use site_record::{SiteRecord, SiteRecordKind};
pub use standing::{Role, Standing};
pub use stream::Stream;
pub(crate) use text::{is_blank, is_invisible, single_line};
pub use token::{AccessToken, Nonce, RequestToken};
pub use urls::{BadPublicUrl, Urls};
