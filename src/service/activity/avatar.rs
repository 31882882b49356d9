//! The picture of a person, which whoever sees the person is to see.

use serde_json::Value;

use super::planner::Planner;
use crate::{
    model::{AudienceMember, Object, Urls},
    service::Result,
};

/// Makes an upload public that a profile names as its picture, in either size, or as its banner.
/// Clients upload a picture and name it in the profile without posting it. Uploads of others stay
/// as they are.
pub(super) async fn publish_avatar(planner: &mut Planner<'_>, person: &Object) -> Result<()> {
    let ctx = planner.ctx;
    for path in paths(ctx.urls(), person) {
        let Some(media) = ctx.storage().find_media(&path).await? else {
            continue;
        };
        planner.load([media.object.clone()]).await?;
        let own = |picture: &&Object| {
            picture.author.as_ref() == Some(&person.id)
                && picture.object_type == "image"
                && !picture.deleted
                && !picture.audience.contains(&AudienceMember::Public)
        };
        let Some(mut picture) = planner.find(&media.object).filter(own).cloned() else {
            continue;
        };
        picture.audience.push(AudienceMember::Public);
        planner.replace(picture);
    }
    Ok(())
}

/// The paths of the files here that a person names as their picture or banner.
fn paths(urls: &Urls, person: &Object) -> Vec<String> {
    let here = urls.absolute("/uploads/");
    let large = person.body.get("pump_io");
    let large = large.and_then(|extension| extension.get("fullImage"));
    [person.body.get("image"), large, person.body.get("banner")]
        .into_iter()
        .flatten()
        .filter_map(|image| image.get("url").and_then(Value::as_str))
        .filter_map(|url| Some(urls.canonical_id(url).strip_prefix(&here)?.to_owned()))
        .collect()
}
