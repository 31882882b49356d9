//! Default objects of a new account: the person, collections, and first activities (pump-api 6.2).

use serde_json::{Value, json};

use super::welcome::welcome_draft;
use crate::{
    Context,
    context::Caller,
    model::{Account, AudienceMember, Nickname, Object, Reference, Stream},
    service::{
        Result,
        activity::{self, Draft, Recipients},
    },
    storage::{Change, Changes, Duplicate, Expect},
};

/// The lists that every new person gets, in the order in which they are made (pump-api 6.2).
const DEFAULT_LISTS: [&str; 4] = ["Friends", "Family", "Acquaintances", "Coworkers"];

/// The width and the height of the picture of the server.
const MARK_PIXELS: u32 = 96;

/// Everything that comes to be with an account.
pub(super) async fn default_objects(
    ctx: &Context,
    person: Object,
    account: &Account,
) -> Result<Changes> {
    let put = |object: &Object, expect| Change::PutObject {
        object: object.clone(),
        expect,
    };
    let feed = |name: &str| virtual_collection(ctx, &person, &account.nickname, name);
    let (followers, following) = (feed("Followers"), feed("Following"));
    let avatars = avatars(ctx, &person, &account.nickname);
    let pictures = Stream::Lists {
        owner: person.id.clone(),
        object_type: "image".into(),
    };
    let mut changes = vec![
        put(&person, Expect::Absent),
        put(&followers, Expect::Absent),
        put(&following, Expect::Absent),
        put(&avatars, Expect::Absent),
        Change::PutAccount {
            account: account.clone(),
            expect: Expect::Absent,
        },
        Change::Push {
            stream: pictures,
            item: avatars.id,
            class: None,
            duplicate: Duplicate::Reject,
        },
        Change::Push {
            stream: Stream::Users,
            item: person.id.clone(),
            class: None,
            duplicate: Duplicate::Reject,
        },
    ];
    let service = service_object(ctx);
    let stored = ctx.storage().find_objects(&[&service.id]).await?;
    let stored = stored.into_iter().flatten().next();
    // Those of older versions have neither name nor image.
    if stored.is_none_or(|stored| stored.text_property("preferredUsername").is_none()) {
        changes.push(put(&service, Expect::Any));
    }
    let to = Recipients::to(vec![followers.reference()]);
    let lists = DEFAULT_LISTS.map(|name| {
        let list =
            json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": name });
        Draft {
            recipients: to.clone(),
            ..Draft::new("create", list.as_object().cloned().unwrap_or_default())
        }
    });
    let server = ctx.app().context(Caller::Server);
    let known = vec![person.clone(), followers, service.clone()];
    let join = Draft::about("join", &service.reference());
    let own = [join].into_iter().chain(lists);
    let own = own.map(|draft| (person.clone(), draft));
    let welcome = welcome_draft(ctx, account).map(|draft| (service, draft));
    for (actor, draft) in own.chain(welcome) {
        // The future of a plan is large, and would be part of that of each registration.
        let plan = Box::pin(activity::plan(&server, actor, draft, known.clone())).await?;
        changes.extend(plan.changes);
    }
    Ok(changes)
}

/// The person of a new account (pump-api 6.1).
pub(super) fn new_person(ctx: &Context, nickname: &Nickname) -> Object {
    let urls = ctx.urls();
    let id = urls.person_id(nickname);
    let body = json!({
        "preferredUsername": nickname.as_str(),
        "url": urls.page(nickname),
        "displayName": nickname.as_str(),
        "id": id,
        "links": {
            "self": { "href": urls.user(nickname, "/profile") },
            "activity-inbox": { "href": urls.user(nickname, "/inbox") },
            "activity-outbox": { "href": urls.user(nickname, "/feed") },
        },
        "objectType": "person",
        "followers": { "url": urls.user(nickname, "/followers") },
        "following": { "url": urls.user(nickname, "/following") },
        "favorites": { "url": urls.user(nickname, "/favorites") },
        "lists": { "url": urls.user(nickname, "/lists/person") },
        "updated": ctx.timestamp(),
    });
    new_object(ctx, Reference::new("person", id), None, &body)
}

/// A collection that only names a stream: `Followers` or `Following` (pump-api 6.2).
fn virtual_collection(ctx: &Context, owner: &Object, nickname: &Nickname, name: &str) -> Object {
    let (urls, path) = (ctx.urls(), format!("/{}", name.to_lowercase()));
    let id = urls.user(nickname, &path);
    let body = json!({
        "id": id,
        "links": { "self": { "href": id } },
        "url": format!("{}{path}", urls.page(nickname)),
        "displayName": name,
        "members": { "url": id },
        "objectType": "collection",
    });
    new_object(
        ctx,
        Reference::new("collection", id),
        Some(owner.id.clone()),
        &body,
    )
}

/// The list that avatars are kept in.
fn avatars(ctx: &Context, owner: &Object, nickname: &Nickname) -> Object {
    let uuid = ctx.uuid();
    let id = ctx.urls().object("collection", &uuid);
    let body = json!({
        "id": id,
        "links": { "self": { "href": id } },
        "url": ctx.urls().object_page(nickname.as_str(), "list", &uuid),
        "displayName": "Profile Pictures",
        "objectTypes": ["image"],
        "members": { "url": format!("{id}/members") },
        "objectType": "collection",
        "published": ctx.timestamp(),
        "updated": ctx.timestamp(),
    });
    let list = new_object(
        ctx,
        Reference::new("collection", id),
        Some(owner.id.clone()),
        &body,
    );
    Object {
        uuid,
        audience: Vec::new(),
        ..list
    }
}

/// The object that stands for this server, which every new person joins.
fn service_object(ctx: &Context) -> Object {
    let url = ctx.urls().absolute("/");
    let uuid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, url.as_bytes())
        .simple()
        .to_string();
    let id = ctx.urls().object("service", &uuid);
    let body = json!({
        "objectType": "service",
        "id": id,
        "preferredUsername": ctx.urls().host(),
        "displayName": ctx.app().settings().site,
        "image": {
            "url": ctx.urls().absolute("/static/mark.png"),
            "width": MARK_PIXELS,
            "height": MARK_PIXELS,
        },
        "url": url,
        "published": ctx.timestamp(),
        "updated": ctx.timestamp(),
        "links": { "self": { "href": id } },
    });
    Object {
        uuid,
        ..new_object(ctx, Reference::new("service", id), None, &body)
    }
}

fn new_object(ctx: &Context, reference: Reference, author: Option<String>, body: &Value) -> Object {
    let Reference { object_type, id } = reference;
    let body = body.as_object().cloned().unwrap_or_default();
    Object {
        author,
        audience: vec![AudienceMember::Public],
        ..Object::new(object_type, id, ctx.uuid(), body)
    }
}
