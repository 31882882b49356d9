//! The picture of a person, which whoever sees the person is to see.

use serde_json::Value;

use super::planner::Planner;
use crate::{
    model::{Address, Object, Urls},
    service::Result,
};

/// Opens to everyone what a person uploaded and now has as their picture, in its small form or its large
/// one: clients upload a picture and name it in the profile, and do not post it. What others uploaded
/// stays as it is.
pub(super) async fn show(planner: &mut Planner<'_>, person: &Object) -> Result<()> {
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
                && !picture.audience.contains(&Address::Public)
        };
        let Some(mut picture) = planner.find(&media.object).filter(own).cloned() else {
            continue;
        };
        picture.audience.push(Address::Public);
        planner.replace(picture);
    }
    Ok(())
}

/// The paths of the files here that a person names as their picture.
fn paths(urls: &Urls, person: &Object) -> Vec<String> {
    let here = urls.absolute("/uploads/");
    let large = person.body.get("pump_io");
    let large = large.and_then(|extension| extension.get("fullImage"));
    [person.body.get("image"), large]
        .into_iter()
        .flatten()
        .filter_map(|image| image.get("url").and_then(Value::as_str))
        .filter_map(|url| Some(urls.canonical_id(url).strip_prefix(&here)?.to_owned()))
        .collect()
}
