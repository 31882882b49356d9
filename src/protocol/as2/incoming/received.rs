//! An activity on its way into the words of AS1.

use serde_json::{Map, Value, json};

use super::{audience::Audience, persons::Persons};
use crate::protocol::as2::values::own_id;

/// An activity and its actor.
pub(super) struct Received<'a> {
    pub(super) persons: &'a Persons<'a>,
    pub(super) activity: &'a Map<String, Value>,
    /// The URL of the actor.
    pub(super) url: &'a str,
    /// The AS1 id of the actor.
    pub(super) actor: &'a str,
}

impl Received<'_> {
    /// Returns an AS1 activity.
    pub(super) fn said(&self, verb: &str, object: Value, audience: Audience) -> Map<String, Value> {
        let mut said = Map::new();
        if let Some(id) = own_id(self.activity) {
            said.insert("id".into(), id.into());
        }
        let Audience { to, cc } = audience.or_only(self.actor);
        said.insert("verb".into(), verb.into());
        // It may be a group, which only its own document says.
        said.insert("actor".into(), json!({ "id": self.actor }));
        said.insert("object".into(), object);
        said.insert("to".into(), to.into());
        said.insert("cc".into(), cc.into());
        if let Some(time @ Value::String(_)) = self.activity.get("published") {
            said.insert("published".into(), time.clone());
        }
        said
    }
}
