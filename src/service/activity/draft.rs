//! An activity as someone asked for it, taken apart.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    Context,
    app::texts::Phrase,
    model::{Draft, Recipients, Reference, Urls},
    protocol::as1::{drop_claims, references, sanitize_activity, sanitize_object},
    service::{Error, Result, objects::stored_ids},
};

/// Properties of an activity that only the server sets.
pub(crate) const READ_ONLY_PROPERTIES: &[&str] = &[
    "actor",
    "generator",
    "id",
    "links",
    "url",
    "updated",
    "received",
    "objectType",
    "author",
    "likes",
    "replies",
    "shares",
    "members",
    "liked",
    "deleted",
    "pump_io",
];

/// The most recipients an activity may name: each stands in every copy of it.
pub(crate) const MAX_RECIPIENTS: usize = 200;

impl Recipients {
    /// Addressed openly and in person.
    pub fn to(to: Vec<Reference>) -> Self {
        Self {
            to,
            ..Self::default()
        }
    }

    /// Addressed openly, for information.
    pub fn cc(cc: Vec<Reference>) -> Self {
        Self {
            cc,
            ..Self::default()
        }
    }

    /// Whether it is addressed to nobody at all.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// All of them, each with whether it is in person.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, bool)> {
        let direct = self
            .to
            .iter()
            .chain(&self.bto)
            .map(|reference| (reference, true));
        direct.chain(
            self.cc
                .iter()
                .chain(&self.bcc)
                .map(|reference| (reference, false)),
        )
    }

    /// The recipients of a stored activity.
    pub(crate) fn of(activity: &Map<String, Value>) -> Self {
        let read = |key| {
            activity
                .get(key)
                .and_then(|list| references(key, list).ok())
                .unwrap_or_default()
        };
        Self {
            to: read("to"),
            cc: read("cc"),
            bto: read("bto"),
            bcc: read("bcc"),
        }
    }

    /// The same recipients without one.
    #[must_use]
    pub(crate) fn without(mut self, id: &str) -> Self {
        for list in [&mut self.to, &mut self.cc, &mut self.bto, &mut self.bcc] {
            list.retain(|reference| reference.id != id);
        }
        self
    }

    /// These recipients, and of the others those that are not among them.
    pub(super) fn union(&self, others: Self) -> Self {
        let news = |list: Vec<Reference>| {
            let list = list.into_iter();
            list.filter(|other| !self.iter().any(|(known, _)| known.id == other.id))
                .collect::<Vec<_>>()
        };
        let mut all = self.clone();
        all.to.extend(news(others.to));
        all.cc.extend(news(others.cc));
        all.bto.extend(news(others.bto));
        all.bcc.extend(news(others.bcc));
        all
    }

    /// Writes them into an activity, in place of those there, leaving out what is empty.
    pub(crate) fn write(&self, activity: &mut Map<String, Value>) {
        for (key, list) in [
            ("to", &self.to),
            ("cc", &self.cc),
            ("bto", &self.bto),
            ("bcc", &self.bcc),
        ] {
            if list.is_empty() {
                activity.shift_remove(key);
            } else {
                activity.insert(key.into(), list.iter().map(Reference::to_value).collect());
            }
        }
    }
}

impl Draft {
    /// An activity that says nothing but its verb and object.
    pub fn new(verb: &str, object: Map<String, Value>) -> Self {
        Self {
            verb: verb.into(),
            object: Some(object),
            ..Self::default()
        }
    }

    /// An activity with a reference for its object.
    pub fn about(verb: &str, object: &Reference) -> Self {
        Self::new(
            verb,
            object.to_value().as_object().cloned().unwrap_or_default(),
        )
    }

    /// Takes apart what a client sent. An `actor`, if given, must be the one who asks.
    pub(crate) fn parse(urls: &Urls, body: Map<String, Value>, actor: &str) -> Result<Self> {
        let mut rest = sanitize_activity(body)?;
        if let Some(claimed) = rest.get("actor") {
            let id = claimed.get("id").and_then(Value::as_str);
            if id.is_none_or(|id| urls.canonical_id(id) != actor) {
                return Err(Error::bad_request("Invalid actor"));
            }
        }
        let mut list = |key: &str| match rest.shift_remove(key) {
            Some(value) => references(key, &value),
            None => Ok(Vec::new()),
        };
        let recipients = Recipients {
            to: list("to")?,
            cc: list("cc")?,
            bto: list("bto")?,
            bcc: list("bcc")?,
        };
        if recipients.iter().count() > MAX_RECIPIENTS {
            return Err(Error::bad_request(format!(
                "Can't address more than {MAX_RECIPIENTS} at once"
            ))
            .phrased(Phrase::new("compose-too-many").with("most", MAX_RECIPIENTS.to_string())));
        }
        let object = object_of(&mut rest, "object")?;
        let mut target = object_of(&mut rest, "target")?;
        if let Some(target) = &mut target {
            // Kept as it was sent, where no such thing is stored.
            drop_claims(target);
        }
        let verb = match rest.shift_remove("verb") {
            Some(Value::String(verb)) if verb.is_empty() => {
                return Err(Error::bad_request("'verb' must not be empty"));
            }
            Some(Value::String(verb)) => verb,
            _ => "post".into(),
        };
        rest.retain(|key, _| !READ_ONLY_PROPERTIES.contains(&key.as_str()));
        Ok(Self {
            verb,
            object,
            target,
            recipients,
            other_properties: rest,
        })
    }

    /// Puts the ids under which things are stored in place of other spellings of them.
    pub(crate) async fn respell(&mut self, ctx: &Context) -> Result<()> {
        let mut ids = self.ids();
        let stored = stored_ids(ctx, ids.iter().map(|id| id.as_str())).await?;
        for id in ids.iter_mut().filter(|_| !stored.is_empty()) {
            if let Some(stored) = stored.get(id.as_str()) {
                (*id).clone_from(stored);
            }
        }
        let Recipients { to, cc, bto, bcc } = &mut self.recipients;
        for list in [to, cc, bto, bcc]
            .into_iter()
            .filter(|_| !stored.is_empty())
        {
            let mut seen = HashSet::new();
            list.retain(|reference| seen.insert(reference.id.clone()));
        }
        Ok(())
    }

    /// The ids of all that it names.
    fn ids(&mut self) -> Vec<&mut String> {
        let Recipients { to, cc, bto, bcc } = &mut self.recipients;
        let recipients = [to, cc, bto, bcc].into_iter().flatten();
        let things = [&mut self.object, &mut self.target].into_iter().flatten();
        let named = things.flat_map(Map::iter_mut);
        let named = named.filter_map(|(key, value)| match key.as_str() {
            "id" => text_of(value),
            "inReplyTo" => text_of(value.get_mut("id")?),
            _ => None,
        });
        let recipients = recipients.map(|reference| &mut reference.id);
        recipients.chain(named).collect()
    }

    /// Refuses an activity that is not of the class that was asked for, major or minor.
    pub(crate) fn require_class(self, major: Option<bool>) -> Result<Self> {
        let object_type = self
            .object
            .as_ref()
            .and_then(|object| object.get("objectType")?.as_str());
        match major {
            Some(true) if !is_major(&self.verb, object_type) => {
                Err(Error::bad_request("Only major activities to this feed."))
            }
            Some(false) if is_major(&self.verb, object_type) => {
                Err(Error::bad_request("Only minor activities to this feed."))
            }
            _ => Ok(self),
        }
    }

    /// The object's id, if one was given.
    pub fn object_id(&self) -> Option<&str> {
        self.object.as_ref()?.get("id")?.as_str()
    }

    /// The target's id, if one was given.
    pub fn target_id(&self) -> Option<&str> {
        self.target.as_ref()?.get("id")?.as_str()
    }

    /// Returns the parent of the object, if it names one.
    pub(crate) fn parent(&self) -> Option<Reference> {
        Reference::from_value(self.object.as_ref()?.get("inReplyTo")?)
    }
}

/// Major or minor (pump-api 7.7).
pub(super) fn is_major(verb: &str, object_type: Option<&str>) -> bool {
    match verb {
        "share" | "checkin" => true,
        "post" | "create" => !matches!(object_type, Some("comment" | "collection")),
        _ => false,
    }
}

fn object_of(activity: &mut Map<String, Value>, key: &str) -> Result<Option<Map<String, Value>>> {
    let object = match activity.shift_remove(key) {
        None => return Ok(None),
        Some(Value::Object(object)) => sanitize_object(object)?,
        // The short form of a reference, which the format allows.
        Some(Value::String(id)) if !id.is_empty() => {
            sanitize_object(Map::from_iter([("id".to_owned(), Value::String(id))]))?
        }
        Some(_) => return Err(Error::bad_request(format!("'{key}' must be an object"))),
    };
    Ok(Some(object))
}

fn text_of(value: &mut Value) -> Option<&mut String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
