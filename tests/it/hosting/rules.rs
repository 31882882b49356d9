//! A hook with rules, verbs and a record of events.

use std::sync::Mutex;

use async_trait::async_trait;
use hydraulics::{
    Context,
    app::{Event, Hook, HookError, PerformedActivity},
    model::{Draft, Object, Stream},
    storage::{Change, Changes, Duplicate},
};

/// A house with rules, a guest book, and an ear.
#[derive(Default)]
pub(super) struct House {
    pub(super) heard: Mutex<Vec<String>>,
}

#[async_trait]
impl Hook for House {
    async fn before(&self, _: &Context, draft: &mut Draft) -> Result<(), HookError> {
        let object = draft.object.as_ref();
        let said = object.and_then(|object| object.get("content"));
        let said = said.or(draft.other_properties.get("content"));
        let said = said.and_then(|said| said.as_str()).unwrap_or_default();
        if said.contains("cheap pills") {
            return Err(HookError::Forbidden(
                "Nothing is sold in this house.".into(),
            ));
        }
        if said.contains("broken") {
            return Err(std::io::Error::other("nobody can tell").into());
        }
        let notes = |object: &&mut serde_json::Map<_, _>| object["objectType"] == "note";
        if draft.verb == "post"
            && object.is_some_and(|object| object.contains_key("content"))
            && let Some(note) = draft.object.as_mut().filter(notes)
        {
            note.insert("license".into(), "CC0".into());
        }
        Ok(())
    }

    async fn before_retraction(&self, _: &Context, activity: &Object) -> Result<(), HookError> {
        if activity.text_property("verb") == Some("rsvp-yes") {
            return Err(HookError::Forbidden("Who said so comes.".into()));
        }
        Ok(())
    }

    async fn additional_changes(
        &self,
        _: &Context,
        deed: &PerformedActivity<'_>,
    ) -> Result<Changes, HookError> {
        let actor = deed.activity.author.clone().unwrap_or_default();
        match (deed.activity.text_property("verb"), deed.object) {
            (Some("rsvp-yes"), Some(event)) => Ok(vec![Change::Push {
                stream: Stream::Members(event.id.clone()),
                item: actor,
                class: None,
                duplicate: Duplicate::Ignore,
            }]),
            (Some("rsvp-no"), _) => Err(HookError::Forbidden("Everyone comes.".into())),
            _ => Ok(Changes::new()),
        }
    }

    fn after(&self, _: &Context, event: &Event<'_>) {
        let heard = match event {
            Event::Performed(deed) => deed
                .activity
                .text_property("verb")
                .unwrap_or_default()
                .to_owned(),
            Event::Followed { follower, followed } => format!("{follower} follows {followed}"),
            Event::Edited(deed) => {
                let license = deed.activity.text_property("license").unwrap_or_default();
                format!("{} now under {license}", deed.object.unwrap().object_type)
            }
            Event::Retracted(deed) => {
                assert!(deed.activity.deleted && deed.object.unwrap().audience.is_empty());
                format!("{} taken back", deed.object.unwrap().object_type)
            }
            _ => String::new(),
        };
        self.heard.lock().unwrap().push(heard);
    }
}
