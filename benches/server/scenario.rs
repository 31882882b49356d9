//! Requests of typical clients.

use clap::ValueEnum;
use serde_json::json;

use super::{
    baseline::Bare,
    fixture::{BenchFixture, PUBLIC, USER_COUNT, post},
    signing::{Ask, Credentials},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// A page of 20 of one's own inbox
    Inbox,
    /// A page of 20 of the outbox of whom one follows
    Outbox,
    /// The profile of someone else
    Profile,
    /// A note
    Object,
    /// The caller's own profile
    Whoami,
    /// The page of one's own timeline, in a browser
    HomePage,
    /// The page of a public note, for a stranger
    Permalink,
    /// The page of the profile of whom all follow, for a stranger
    PublicProfile,
    /// A public note by someone without followers
    Post,
    /// A note for 50 followers
    FanOut,
    /// Nine pages of an inbox, one public note
    Mixed,
    /// A client and an account are registered, and post. Last, since hashing passwords takes much
    /// memory
    Register,
}

impl Scenario {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Outbox => "outbox",
            Self::Profile => "profile",
            Self::Object => "object",
            Self::Whoami => "whoami",
            Self::HomePage => "home page",
            Self::Permalink => "permalink",
            Self::PublicProfile => "public profile",
            Self::Post => "post",
            Self::FanOut => "fan-out",
            Self::Register => "register",
            Self::Mixed => "mixed",
        }
    }

    /// The request of that number to a server. Each is of another person than the one before.
    pub(crate) fn ask(self, world: &BenchFixture, number: usize) -> Ask {
        let (first, followers) = (&world.users[0], &world.users[1..]);
        let user = &followers[number % followers.len()];
        let by = &user.credentials;
        let signer = &world.signer;
        match self {
            Self::Inbox => signer.get(&user.path("inbox?count=20"), by),
            Self::Outbox => signer.get(&first.path("feed?count=20"), by),
            Self::Profile => {
                let other = &world.users[(number * 7 + 3) % world.users.len()];
                signer.get(&other.path("profile"), by)
            }
            Self::Object => signer.get(&world.notes[(number * 7 + 3) % world.notes.len()], by),
            Self::Whoami => signer.get("/api/whoami", by).answered(302),
            Self::HomePage => {
                let cookies = &world.cookies;
                signer.browse("/", Some(&cookies[number % cookies.len()]))
            }
            Self::Permalink => {
                signer.browse(&world.pages[(number * 7 + 3) % world.pages.len()], None)
            }
            Self::PublicProfile => signer.browse(&format!("/{}", first.nickname), None),
            Self::FanOut => {
                let by = Some(&first.credentials);
                signer.post(&first.path("feed"), by, &world.note(number, false))
            }
            Self::Post | Self::Register => {
                let mut activity = post(number);
                activity["to"] = json!([{ "objectType": "collection", "id": PUBLIC }]);
                signer.post(&user.path("feed"), Some(by), &activity)
            }
            Self::Mixed if is_post(number) => Self::Post.ask(world, number),
            Self::Mixed => Self::Inbox.ask(world, number),
        }
    }

    /// The same request as the floor knows it, with a signature to be read over. The baseline never
    /// gets requests that it does not implement.
    pub(crate) fn ask_floor(self, bare: &Bare, by: &Credentials, number: usize) -> Ask {
        let key = (number * 7 + 3) % USER_COUNT;
        match self {
            Self::Inbox => {
                let path = format!("/page/inbox/{}?count=20", number % USER_COUNT);
                bare.signer.get(&path, by)
            }
            Self::Outbox => bare.signer.get("/page/outbox/0?count=20", by),
            Self::Profile => bare.signer.get(&format!("/one/profile/{key}"), by),
            Self::Object => bare.signer.get(&format!("/one/object/{key}"), by),
            Self::Whoami => bare.signer.get(&format!("/one/whoami/{key}"), by),
            Self::HomePage => bare.signer.browse(&format!("/one/home/{key}"), None),
            Self::Permalink => bare.signer.browse(&format!("/one/permalink/{key}"), None),
            Self::PublicProfile => bare.signer.browse(&format!("/one/page/{key}"), None),
            Self::Mixed if !is_post(number) => Self::Inbox.ask_floor(bare, by, number),
            _ => bare.signer.post("/post", Some(by), &post(number)),
        }
    }

    /// Whether it only reads what the server may keep.
    pub(crate) fn is_read(self) -> bool {
        matches!(
            self,
            Self::Inbox
                | Self::Outbox
                | Self::Profile
                | Self::Object
                | Self::HomePage
                | Self::Permalink
                | Self::PublicProfile
        )
    }

    /// Whether the floor has something like it.
    pub(crate) fn has_floor(self) -> bool {
        !matches!(self, Self::FanOut | Self::Register)
    }
}

/// Whether a request of the mixed load is a post.
fn is_post(number: usize) -> bool {
    number % 10 == 9
}
