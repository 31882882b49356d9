//! Stored objects of ActivityStreams.

use serde_json::{Map, Value};

use super::{Access, AudienceMember, Body, Viewer, access};

/// The type under which activities are stored.
pub const ACTIVITY: &str = "activity";

/// The type under which objects of types we don't know are stored and routed.
pub(crate) const OTHER: &str = "other";

/// The id of the collection that stands for everyone.
pub const PUBLIC: &str = "http://activityschema.org/collection/public";

/// The object types with a route of their own (pump-api 7.1); all others are `other`, unless they
/// are [made known](super::Urls::with_types).
pub(crate) const KNOWN_TYPES: &[&str] = &[
    "alert",
    "application",
    "article",
    "audio",
    "badge",
    "binary",
    "bookmark",
    "collection",
    "comment",
    "device",
    "event",
    "file",
    "game",
    "group",
    "image",
    "issue",
    "job",
    "note",
    "offer",
    "organization",
    "page",
    "person",
    "place",
    "process",
    "product",
    "question",
    "review",
    "service",
    "task",
    "video",
];

/// Object types that can be addressed and followed.
pub(crate) const ACTOR_TYPES: &[&str] = &[
    "person",
    "group",
    "service",
    "organization",
    "application",
    "collection",
];

/// A stored thing: an object, a person, a collection or an activity.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// Its ActivityStreams id, unique in the store.
    pub id: String,
    /// The last segment of its local URLs, unique in the store.
    pub uuid: String,
    /// Its `objectType`; [`ACTIVITY`] for activities.
    pub object_type: String,
    /// The id of its author (of an activity: its actor).
    pub author: Option<String>,
    /// Its audience, besides its author. Nobody, when empty.
    pub audience: Vec<AudienceMember>,
    /// The id of the activity that published it, once one has.
    pub published_by: Option<String>,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Counts its changes, from 1. Set by the store, see [`crate::storage::Expect`].
    pub version: i64,
    /// Its JSON, with `{"objectType", "id"}` references in place of other stored things, and
    /// without anything that depends on who reads it.
    pub body: Body,
}

/// How one thing names another: `{"objectType": …, "id": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The type of the thing named.
    pub object_type: String,
    /// The id of the thing named.
    pub id: String,
}

impl Object {
    /// Something new, of which its type, its id and more is said; nobody's and for nobody, until
    /// these are set.
    pub fn new(
        object_type: impl Into<String>,
        id: impl Into<String>,
        uuid: impl Into<String>,
        mut said: Map<String, Value>,
    ) -> Self {
        let (object_type, id) = (object_type.into(), id.into());
        said.insert("objectType".into(), object_type.clone().into());
        said.insert("id".into(), id.clone().into());
        Self {
            id,
            uuid: uuid.into(),
            object_type,
            author: None,
            audience: Vec::new(),
            published_by: None,
            deleted: false,
            version: 0,
            body: said.into(),
        }
    }

    /// A reference to this object.
    pub fn reference(&self) -> Reference {
        Reference {
            object_type: self.object_type.clone(),
            id: self.id.clone(),
        }
    }

    /// Whether a viewer may read it: its author may, and whoever its audience says.
    pub(crate) fn access(&self, viewer: Viewer<'_>) -> Access<'_> {
        access(self.author.as_deref(), &self.audience, viewer)
    }

    /// How many bytes it takes: those of its JSON, and about those of its audience.
    pub fn size(&self) -> usize {
        let audience = self.audience.iter().map(AudienceMember::size);
        self.body.raw().len() + audience.sum::<usize>()
    }

    /// The string property `name`, if it is one.
    pub fn text_property(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// The string property `name`, if it is one, without taking the rest apart.
    pub fn scan_text_property(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.body.raw_member(name)?).ok()
    }

    /// The reference in property `name`, if there is one.
    pub fn reference_property(&self, name: &str) -> Option<Reference> {
        match self.body.parsed_if_ready() {
            Some(tree) => Reference::from_value(tree.get(name)?),
            None => Reference::from_value(&serde_json::from_str(self.body.raw_member(name)?).ok()?),
        }
    }
}

impl Reference {
    /// Makes a reference.
    pub fn new(object_type: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            object_type: object_type.into(),
            id: id.into(),
        }
    }

    /// Reads the reference out of an object's JSON: `None` without an `id` or with a type that is
    /// no text; a missing `objectType` reads as `other`.
    pub fn from_value(value: &Value) -> Option<Self> {
        Self::from_map(value.as_object()?)
    }

    /// [`Self::from_value`] of the properties of an object.
    pub fn from_map(object: &Map<String, Value>) -> Option<Self> {
        let id = object.get("id")?.as_str().filter(|id| !id.is_empty())?;
        let object_type = match object.get("objectType") {
            None | Some(Value::Null) => OTHER,
            Some(object_type) => object_type.as_str()?,
        };
        // Clients name everyone in many ways; there is but one of them.
        Some(Self::new(
            if id == PUBLIC {
                "collection"
            } else {
                object_type
            },
            id,
        ))
    }

    /// The reference as JSON.
    pub fn to_value(&self) -> Value {
        serde_json::json!({ "objectType": self.object_type, "id": self.id })
    }

    /// Whether it names everyone: [`PUBLIC`].
    pub fn is_public(&self) -> bool {
        self.id == PUBLIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_of_a_thing_is_part_of_its_size() {
        let mut note = Object::new("note", "n", "n", Map::new());
        let alone = note.size();
        assert_eq!(alone, note.body.raw().len());
        note.audience = vec![
            AudienceMember::Public,
            AudienceMember::Person("x".repeat(2048)),
        ];
        assert!(note.size() > alone + 2048);
    }
}
