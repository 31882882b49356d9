//! The contents of an export, piece by piece.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::archive::ArchiveWriter;
use crate::{
    Context,
    model::{Account, Cursor, Filter, MAX_COUNT, Object, PageRequest, Stream, Viewer},
    service::{
        ErrorKind, Result,
        collections::{self, PersonFeed},
        follow::address_of,
        people,
        present::RenderedJson,
        timelines,
    },
};

/// Activities of one file.
const PAGE_ITEMS: u32 = 100;

/// Uploads of one piece.
const UPLOADS_AT_ONCE: u32 = 10;

/// Most pages of persons in one file of addresses, and of members of one list.
const MAX_PAGES: usize = 50;

const README: &str = "\
This is what an account of a Pump server had on the day on which the archive was made.

profile.json    the person
posts.json      posts and shares, newest first; with outbox.json all activities
favorites.json  things that were liked
followers.json, following.json, lists.json  people
following.csv   addresses of those who are followed, for an import at another server
media/          uploaded files

Long collections go on in posts-2.json and so on. The form is ActivityStreams 1.
";

/// A section of the archive. They are written in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Section {
    Profile,
    Posts,
    Outbox,
    Favorites,
    Followers,
    Following,
    Addresses,
    Lists,
    Media,
    End,
}

impl Section {
    fn next(self) -> Self {
        match self {
            Self::Profile => Self::Posts,
            Self::Posts => Self::Outbox,
            Self::Outbox => Self::Favorites,
            Self::Favorites => Self::Followers,
            Self::Followers => Self::Following,
            Self::Following => Self::Addresses,
            Self::Addresses => Self::Lists,
            Self::Lists => Self::Media,
            Self::Media | Self::End => Self::End,
        }
    }

    /// Returns the name of its files, without their ending.
    fn file(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Posts => "posts",
            Self::Outbox => "outbox",
            Self::Favorites => "favorites",
            Self::Followers => "followers",
            Self::Following | Self::Addresses => "following",
            Self::Lists => "lists",
            Self::Media | Self::End => "media",
        }
    }
}

/// Position in the contents: all that is before it is in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Position {
    pub(super) section: Section,
    /// Id of the last item that was written.
    after: Option<String>,
    /// Items of the section that were written, and those that it had.
    pub(super) done: u64,
    pub(super) total: u64,
    /// Files of the section that were written.
    files: u32,
}

impl Position {
    /// The beginning.
    pub(super) fn first() -> Self {
        Self::beginning_of(Section::Profile)
    }

    fn beginning_of(section: Section) -> Self {
        Self {
            section,
            after: None,
            done: 0,
            total: 0,
            files: 0,
        }
    }

    fn request(&self, count: u32) -> PageRequest {
        let after = self.after.clone();
        PageRequest {
            count,
            cursor: after.map_or(Cursor::Newest, Cursor::Before),
            ..PageRequest::default()
        }
    }

    /// Returns the position after so many items, the last of which is named; the next section
    /// without.
    fn after(&self, count: usize, last: Option<String>, total: u64) -> Self {
        match last {
            Some(last) => Self {
                section: self.section,
                after: Some(last),
                done: self.done + count as u64,
                total,
                files: self.files + 1,
            },
            None => Self::beginning_of(self.section.next()),
        }
    }

    /// Returns the path of the next file.
    fn path(&self, account: &Account, ending: &str) -> String {
        let (nickname, name) = (&account.nickname, self.section.file());
        match self.files {
            0 => format!("{nickname}/{name}.{ending}"),
            files => format!("{nickname}/{name}-{}.{ending}", files + 1),
        }
    }
}

/// Writes the piece at a position, as the owner of the account sees it; returns the next position.
pub(super) async fn write_piece(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let written = match position.section {
        Section::Profile => profile(ctx, account, position, archive).await,
        Section::Addresses => addresses(ctx, account, position, archive).await,
        Section::Lists => lists(ctx, account, position, archive).await,
        Section::Media => media(ctx, account, position, archive).await,
        Section::End => return Ok(position.clone()),
        _ => collection(ctx, account, position, archive).await,
    };
    match written {
        // The item from which it goes on was taken out of the collection meanwhile.
        Err(error) if error.kind() == ErrorKind::BadRequest && position.after.is_some() => {
            let mut again = position.clone();
            again.after = None;
            Box::pin(write_piece(ctx, account, &again, archive)).await
        }
        written => written,
    }
}

async fn profile(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let person = people::profile(ctx, account.nickname.as_str()).await?;
    let readme = format!("{}/README.txt", account.nickname);
    archive.add(&readme, README.as_bytes()).await?;
    let path = position.path(account, "json");
    archive.add(&path, person.as_str().as_bytes()).await?;
    Ok(position.after(1, None, 1))
}

/// Writes a page of a collection as the API shows it.
async fn collection(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let nickname = account.nickname.as_str();
    let mut request = position.request(PAGE_ITEMS);
    let page: RenderedJson = match position.section {
        Section::Posts => {
            let major = Some(true);
            let direct = false;
            request.filter = Filter { major, direct };
            timelines::outbox(ctx, nickname, &request).await?
        }
        Section::Outbox => timelines::outbox(ctx, nickname, &request).await?,
        Section::Favorites => collections::favorites(ctx, nickname, &request).await?,
        Section::Followers => {
            let feed = PersonFeed::Followers;
            collections::person_collection(ctx, nickname, feed, &request).await?
        }
        _ => {
            let feed = PersonFeed::Following;
            collections::person_collection(ctx, nickname, feed, &request).await?
        }
    };
    let value = page.to_value();
    let items = value.get("items").and_then(Value::as_array);
    let items = items.map_or(&[][..], Vec::as_slice);
    let last = items.last().and_then(|item| item.get("id")?.as_str());
    if last.is_some() || position.files == 0 {
        let path = position.path(account, "json");
        archive.add(&path, page.as_str().as_bytes()).await?;
    }
    let total = value.get("totalItems").and_then(Value::as_u64);
    let last = last.map(str::to_owned);
    Ok(position.after(items.len(), last, total.unwrap_or_default()))
}

/// Writes the addresses of those who are followed.
async fn addresses(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let stream = Stream::Following(account.person.clone());
    let (people, total) = read(ctx, &stream, position.request(MAX_COUNT)).await?;
    let people = people.iter().map(|person| &person.id);
    let mut rows = String::from("Account address\n");
    for id in people.clone() {
        rows.push_str(address_of(id));
        rows.push('\n');
    }
    let last = people.clone().next_back().cloned();
    if last.is_some() || position.files == 0 {
        let path = position.path(account, "csv");
        archive.add(&path, rows.as_bytes()).await?;
    }
    Ok(position.after(people.count(), last, total))
}

/// Writes a list of people with its members.
async fn lists(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let stream = Stream::Lists {
        owner: account.person.clone(),
        object_type: "person".into(),
    };
    let request = position.request(PAGE_ITEMS);
    let page = ctx.storage().list(&stream, &request, Viewer::Unrestricted);
    let page = page.await?;
    let mut lists = Vec::new();
    for list in &page.items {
        let members = Stream::Members(list.id.clone());
        let request = PageRequest {
            count: MAX_COUNT,
            ..PageRequest::default()
        };
        let (members, _) = read(ctx, &members, request).await?;
        let members = members.iter().map(|member| address_of(&member.id));
        lists.push(json!({
            "id": list.id,
            "displayName": list.scan_text_property("displayName"),
            "members": members.collect::<Vec<_>>(),
        }));
    }
    let last = page.items.last().map(|list| list.id.clone());
    if last.is_some() || position.files == 0 {
        let lists = json!({ "items": lists }).to_string();
        let path = position.path(account, "json");
        archive.add(&path, lists.as_bytes()).await?;
    }
    Ok(position.after(page.items.len(), last, page.total))
}

/// Writes some uploads.
async fn media(
    ctx: &Context,
    account: &Account,
    position: &Position,
    archive: &mut ArchiveWriter<'_>,
) -> Result<Position> {
    let stream = Stream::Uploads(account.person.clone());
    let request = position.request(UPLOADS_AT_ONCE);
    let page = ctx.storage().list(&stream, &request, Viewer::Unrestricted);
    let page = page.await?;
    for upload in &page.items {
        for file in ctx.storage().list_media_of(&upload.id).await? {
            let place = file.path.split_once('/').map_or("", |(_, place)| place);
            let path = format!("{}/media/{place}", account.nickname);
            archive.add_blob(&path, &file.path).await?;
        }
    }
    let last = page.items.last().map(|upload| upload.id.clone());
    Ok(position.after(page.items.len(), last, page.total))
}

/// Reads pages of a stream, and how many items it has.
async fn read(
    ctx: &Context,
    stream: &Stream,
    mut request: PageRequest,
) -> Result<(Vec<std::sync::Arc<Object>>, u64)> {
    let (mut items, mut total) = (Vec::new(), 0);
    for _ in 0..MAX_PAGES {
        let page = ctx.storage().list(stream, &request, Viewer::Unrestricted);
        let page = page.await?;
        total = page.total;
        items.extend(page.items);
        match items.last().filter(|_| page.has_older) {
            Some(last) => request.cursor = Cursor::Before(last.id.clone()),
            None => break,
        }
    }
    Ok((items, total))
}
