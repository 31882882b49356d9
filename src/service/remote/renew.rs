//! Things of other servers that changed since they were stored.

use serde_json::Value;

use super::{
    complete::MAX_THING_BYTES,
    fetch::Fetcher,
    objects::{is_current, refresh, says_more, updated_of},
};
use crate::{
    Context,
    model::Object,
    service::{Error, ErrorKind, Result},
    storage::{Change, Expect},
};

/// Takes over what the server of a known thing shows of it now, if that is not older. Nothing
/// changes if it shows nothing, or another author.
pub(crate) async fn renew(fetcher: &Fetcher<'_>, ctx: &Context, id: &str) -> Result<()> {
    let Some(found) = fetcher.thing(id).await else {
        return Ok(());
    };
    let author = found.by.as_ref().and_then(|by| by.get("id"));
    let author = author.and_then(Value::as_str);
    let known = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let known = known.filter(|known| !known.deleted && known.author.as_deref() == author);
    let Some(known) = known else {
        return Ok(());
    };
    let now = ctx.timestamp();
    let is_current = is_current(&known, updated_of(&found.thing, &now));
    if !is_current || !says_more(&known, &found.thing) {
        return Ok(());
    }
    let mut object = Object::clone(&known);
    refresh(ctx, &mut object, found.thing, &now);
    if object.body.raw().len() > MAX_THING_BYTES {
        return Ok(());
    }
    let expect = Expect::Version(object.version);
    let changes = vec![Change::PutObject { object, expect }];
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        // Another request was quicker, and stored as much.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}
