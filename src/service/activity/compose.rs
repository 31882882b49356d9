//! The activity as it is stored.

use serde_json::{Map, Value, json};

use super::{draft::Draft, planner::Planner};
use crate::{
    model::{ACTIVITY, Object},
    protocol::as1::sentence,
};

/// The activity itself (pump-api 7.3), with references to what is stored elsewhere.
pub(super) fn activity(
    planner: &Planner<'_>,
    draft: &Draft,
    object: Option<&Object>,
    parent: Option<&Object>,
    generator: Option<&Object>,
) -> Object {
    let urls = planner.ctx.urls();
    let uuid = planner.ctx.app().entropy().uuid();
    let id = urls.object(ACTIVITY, &uuid);
    let json = |object: &Object| Value::Object(object.body.clone());
    let mut body = Map::new();
    body.insert("verb".into(), draft.verb.clone().into());
    body.insert("actor".into(), planner.actor.reference().to_value());
    if let Some(object) = object {
        body.insert("object".into(), object.reference().to_value());
    }
    if let Some(target) = &draft.target {
        let known = draft.target_id().and_then(|id| planner.find(id));
        let target = known.map_or_else(
            || Value::Object(target.clone()),
            |target| target.reference().to_value(),
        );
        body.insert("target".into(), target);
    }
    draft.recipients.write(&mut body);
    if let Some(generator) = generator {
        body.insert("generator".into(), generator.reference().to_value());
    }
    body.insert("id".into(), id.clone().into());
    body.insert("links".into(), json!({ "self": { "href": id } }));
    let nickname = planner.actor.text("preferredUsername");
    body.insert(
        "url".into(),
        urls.object_page(nickname.unwrap_or("main"), ACTIVITY, &uuid)
            .into(),
    );
    body.insert("published".into(), planner.now.clone().into());
    body.insert("updated".into(), planner.now.clone().into());
    let (actor, object) = (json(&planner.actor), object.map(json));
    let content = sentence(
        &actor,
        &draft.verb,
        object.as_ref(),
        parent.map(json).as_ref(),
    );
    body.insert("content".into(), content.into());
    body.extend(draft.rest.clone());
    Object {
        id,
        uuid,
        object_type: ACTIVITY.into(),
        author: Some(planner.actor.id.clone()),
        audience: Vec::new(),
        post: None,
        deleted: false,
        version: 0,
        body,
    }
}
