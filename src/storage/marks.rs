//! What was written to lately, for those who keep in memory what they made of what they read.

use std::{
    fmt,
    iter::repeat_with,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use super::{Change, Expect};
use crate::model::{Nickname, Stream};

/// How many places there are: as many as two bytes name.
const PLACES: usize = 1 << 16;

/// When the places of a store were written to last. All that a backend needs that is used by one process only:
/// [`Marks::alone`], [`touch`](Self::touch) after each commit, before it returns, and
/// [`marks`](super::Freshness::marks) is this.
///
/// Time is counted in commits. What was made of reads that began at [`now`](Self::now) is as it would be if it was
/// made anew for as long as all places that were read from [are as they were](Self::hold).
pub struct Marks {
    shared: bool,
    now: AtomicU64,
    everything: AtomicU64,
    places: Box<[AtomicU64]>,
}

/// One of the places that things are kept in. Several things may have the same: then what is made of one may be made
/// anew because another was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(u16);

/// Places that were, or are to be, written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// These.
    Places(Vec<Place>),
    /// All there are: or nobody can say which.
    Everything,
}

impl Marks {
    /// For a store that one process writes to, or others so seldom that nobody reads through one at once what was
    /// written through another.
    pub fn alone() -> Self {
        Self::new(false)
    }

    /// For a store that several nodes write to.
    pub fn shared() -> Self {
        Self::new(true)
    }

    fn new(shared: bool) -> Self {
        Self {
            shared,
            now: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            places: repeat_with(AtomicU64::default).take(PLACES).collect(),
        }
    }

    /// Whether several nodes write to the store, so that each answer needs a
    /// [look](super::Freshness::look_at_marks); else one now and then will do.
    pub fn are_shared(&self) -> bool {
        self.shared
    }

    /// Now, to be asked before anything is read.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    /// Whether none of these places was written to since then.
    pub fn hold(&self, places: &[Place], since: u64) -> bool {
        let untouched = |mark: &AtomicU64| mark.load(Ordering::SeqCst) <= since;
        untouched(&self.everything) && places.iter().all(|place| untouched(self.mark(*place)))
    }

    /// Says that something was written, and can be read.
    pub fn touch(&self, touched: &Touched) {
        // Who asks for the time between these two reads what was written already.
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        match touched {
            Touched::Everything => {
                self.everything.fetch_max(now, Ordering::SeqCst);
            }
            Touched::Places(places) => {
                for place in places {
                    self.mark(*place).fetch_max(now, Ordering::SeqCst);
                }
            }
        }
    }

    fn mark(&self, place: Place) -> &AtomicU64 {
        &self.places[usize::from(place.0)]
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks").finish_non_exhaustive()
    }
}

impl Place {
    /// Where what is in a stream is kept.
    pub fn of_stream(stream: &Stream) -> Self {
        Self::of(&stream.to_string())
    }

    /// Where it is kept what was taken out of a stream.
    pub fn of_losses(stream: &Stream) -> Self {
        Self::of(&format!("losses {stream}"))
    }

    /// Where it is kept which streams a thing is in: on that depends what a person may read.
    pub fn of_holders(item: &str) -> Self {
        Self::of(&format!("holders {item}"))
    }

    /// Where an object is kept.
    pub fn of_object(id: &str) -> Self {
        Self::of(&format!("object {id}"))
    }

    /// Where an account is kept.
    pub fn of_account(nickname: &Nickname) -> Self {
        Self::of(&format!("account {nickname}"))
    }

    /// What all inboxes have in common that get what goes to the members of a stream.
    pub fn of_spreading() -> Self {
        Self::of("spreading")
    }

    /// The first bytes of the key under which the built-in backends find the same thing.
    fn of(name: &str) -> Self {
        let digest = Sha256::digest(name);
        Self::from_bytes([digest[0], digest[1]])
    }

    pub(super) fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }

    #[cfg(feature = "postgres")]
    pub(super) fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl Touched {
    /// What commits of these changes touch, as far as the changes say: for what goes to the members of streams, all
    /// [such inboxes](Place::of_spreading).
    pub fn by<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut spreads = false;
        let named = Self::named(changes, &mut spreads);
        named.and(spreads.then(Place::of_spreading))
    }

    /// What commits of these changes touch, if what was filed with them is known: the places of the streams that got
    /// anything.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn exactly<'a>(
        changes: impl IntoIterator<Item = &'a Change>,
        filed: impl IntoIterator<Item = Place>,
    ) -> Self {
        Self::named(changes, &mut false).and(filed)
    }

    /// These, and more.
    pub(super) fn and(self, more: impl IntoIterator<Item = Place>) -> Self {
        let Self::Places(mut places) = self else {
            return self;
        };
        places.extend(more);
        places.sort_unstable();
        places.dedup();
        Self::Places(places)
    }

    /// What the changes name.
    ///
    /// An object that is replaced may come into view, or go out of it, wherever it is; so may what is taken out of
    /// streams that are not named. That is seldom, compared with what is new, so it touches everything.
    fn named<'a>(changes: impl IntoIterator<Item = &'a Change>, spreads: &mut bool) -> Self {
        let mut places = Vec::new();
        for change in changes {
            match change {
                Change::PutObject {
                    object,
                    expect: Expect::Absent,
                } => places.push(Place::of_object(&object.id)),
                Change::PutAccount {
                    account,
                    expect: Expect::Absent,
                } => {
                    places.push(Place::of_account(&account.nickname));
                    places.push(Place::of_object(&account.person));
                }
                Change::PutObject { .. }
                | Change::PutAccount { .. }
                | Change::RemoveAccount(_)
                | Change::Withdraw { .. }
                | Change::Clear(_) => return Self::Everything,
                Change::Push { stream, item, .. } => {
                    places.push(Place::of_stream(stream));
                    places.push(Place::of_holders(item));
                }
                Change::Pull { stream, item } => {
                    places.push(Place::of_stream(stream));
                    places.push(Place::of_losses(stream));
                    places.push(Place::of_holders(item));
                }
                Change::Deliver(delivery) => {
                    let named = delivery.direct.iter().chain(&delivery.persons);
                    let inboxes = named.map(|id| Place::of_stream(&Stream::Inbox(id.clone())));
                    places.extend(inboxes);
                    *spreads |= !delivery.members.is_empty();
                }
                // Nothing that is shown.
                Change::CheckName { .. }
                | Change::PutClient(_)
                | Change::RemoveClient(_)
                | Change::PutRequestToken { .. }
                | Change::RemoveRequestToken(_)
                | Change::PutAccessToken(_)
                | Change::RemoveAccessToken(_)
                | Change::PutAuthorization(_)
                | Change::RemoveAuthorization(_)
                | Change::PutBearerToken(_)
                | Change::RemoveBearerToken(_)
                | Change::RevokeCode(_)
                | Change::Revoke(_)
                | Change::RevokePending(_)
                | Change::PutCode(_)
                | Change::UseCode(_)
                | Change::PutJob { .. }
                | Change::RemoveJob { .. }
                | Change::PutMedia(_) => {}
            }
        }
        Self::Places(places)
    }

    /// Whether nothing is touched.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Places(places) if places.is_empty())
    }
}
