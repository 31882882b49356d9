//! Persons as their own server shows them.

use serde_json::{Map, Value};

use super::objects::{
    account_of, complete_stub, is_newer, is_stub, object_of, refresh, updated_of,
};
use crate::{
    Context,
    model::{AudienceMember, Object},
    protocol::as1::sanitize_received,
    service::{Error, ErrorKind, Result},
    storage::{Change, Expect},
};

/// Most bytes of a person that are stored of what another server says.
const MAX_PERSON_BYTES: usize = 16 * 1024;

/// Stores a person with an id of another host, as that host shows them, if they are new, known by
/// name only, or changed since. A deleted one is 403.
pub(crate) async fn store_person(ctx: &Context, id: &str, shown: Map<String, Value>) -> Result<()> {
    let mut said = sanitize_received(shown)?;
    if serde_json::to_string(&said).map_or(0, |json| json.len()) > MAX_PERSON_BYTES {
        said = Map::new();
    }
    said.insert("id".into(), id.into());
    said.insert("objectType".into(), "person".into());
    let now = ctx.timestamp();
    let known = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let (person, expect) = match known {
        None => (new_person(ctx, said, &now), Expect::Absent),
        Some(known) if known.deleted => {
            return Err(Error::forbidden(format!("{id} was deleted.")));
        }
        Some(known) if !is_newer(&known, updated_of(&said, "")) => return Ok(()),
        Some(known) => {
            let mut person = Object::clone(&known);
            if is_stub(&known) {
                complete_stub(ctx, &mut person, said, None, &now);
            } else {
                refresh(ctx, &mut person, said, &now);
            }
            (person, Expect::Version(known.version))
        }
    };
    let account = account_of(ctx, &person).filter(|_| expect == Expect::Absent);
    let object = Change::PutObject {
        object: person,
        expect,
    };
    let account = account.map(Change::PutRemoteAccount);
    let stored = ctx
        .storage()
        .commit([object].into_iter().chain(account).collect())
        .await;
    match stored.map_err(Error::from) {
        // Another request was quicker, and stored as much.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}

fn new_person(ctx: &Context, said: Map<String, Value>, now: &str) -> Object {
    let mut person = object_of(ctx, said, None, now);
    person.audience = vec![AudienceMember::Public];
    person
}
