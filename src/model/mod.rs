//! Pure types of the domain: they parse, validate and compare, and know no I/O.

mod account;
mod audience;
mod body;
mod canonical;
mod client;
mod code;
mod draft;
mod grant;
mod job;
mod media;
mod network;
mod nickname;
mod notification;
mod object;
mod page;
mod scope;
mod secret;
mod stream;
mod text;
mod token;
mod urls;

pub use account::Account;
pub use audience::{Access, AudienceMember, Viewer, access};
pub use body::{Body, members_of};
pub use canonical::{is_derived, names_host};
pub use client::{Client, ClientKind};
pub use code::{Code, CodePurpose};
pub use draft::{Draft, Recipients};
pub use grant::{Authorization, BearerToken, Grant};
pub use job::Job;
pub use media::{Media, Uploaded};
pub use network::{MAX_NETWORKS, NETWORK_FACTORS, network_of, networks_of};
pub use nickname::{BadNickname, Nickname};
pub use notification::{NotificationKind, NotificationPreferences};
pub(crate) use object::ACTOR_TYPES;
pub use object::{ACTIVITY, KNOWN_TYPES, OTHER, Object, PUBLIC, Reference};
pub use page::{
    ByteBudget, Class, Cursor, DEFAULT_SEARCH_WINDOW, Filter, MAX_COUNT, MAX_PAGE_BYTES,
    MAX_SEARCHED_CHARS, Page, PageRequest, StreamPreview, case_fold, search_name,
};
pub use scope::Scope;
pub use secret::Secret;
pub use stream::Stream;
pub use text::{is_blank, is_invisible, single_line};
pub use token::{AccessToken, Nonce, RequestToken};
pub use urls::{BadPublicUrl, Urls};
