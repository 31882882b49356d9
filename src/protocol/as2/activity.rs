//! Activities.

use serde_json::{Map, Value};

use super::{Mapping, names, object, text, times};

/// Those to whom an activity is addressed.
const ADDRESSEES: &[&str] = &["to", "cc", "bto", "bcc"];

impl Mapping<'_> {
    /// An activity. A reversal becomes an `Undo` of an activity without id, since the API does not
    /// record which one it reverses.
    pub(super) fn activity(&self, activity: &Map<String, Value>) -> Map<String, Value> {
        let verb = text(activity, "verb").unwrap_or("post");
        let actor = activity.get("actor").and_then(|actor| self.name_of(actor));
        let mut object = activity.get("object").and_then(|object| self.inner(object));
        if let Some(Value::Object(made)) = &mut object
            && matches!(verb, "post" | "create")
            && let Some(actor) = &actor
        {
            // In a post the author and the readers go without saying.
            made.entry("attributedTo").or_insert_with(|| actor.clone());
            self.address(activity, &ADDRESSEES[..2], made);
        }
        let target = activity.get("target").and_then(|target| self.inner(target));
        let mut mapped = Map::new();
        if let Some(id) = self.id(activity) {
            mapped.insert("id".into(), id.into());
        }
        let parts = [("actor", actor), ("object", object), ("target", target)];
        let parts = parts
            .into_iter()
            .filter_map(|(name, part)| Some((name.to_owned(), part?)));
        let parts: Map<String, Value> = parts.collect();
        if let Some(undone) = names::undone(verb) {
            mapped.insert("type".into(), "Undo".into());
            if let Some(actor) = parts.get("actor") {
                mapped.insert("actor".into(), actor.clone());
            }
            let kind = ("type".to_owned(), Value::from(undone));
            let inner: Map<String, Value> = std::iter::once(kind).chain(parts).collect();
            mapped.insert("object".into(), inner.into());
        } else {
            let kind = names::activity(verb, activity.contains_key("target"));
            mapped.insert("type".into(), kind.into());
            mapped.extend(parts);
        }
        self.describe(activity, &mut mapped);
        if matches!(verb, "post" | "create") {
            address_object(&mut mapped);
        }
        mapped
    }

    /// Maps some of the lists of addressees.
    fn address(
        &self,
        activity: &Map<String, Value>,
        lists: &[&str],
        mapped: &mut Map<String, Value>,
    ) {
        for &list in lists {
            let Some(addressees) = activity.get(list).and_then(Value::as_array) else {
                continue;
            };
            let ids = addressees.iter().filter_map(|one| self.name_of(one));
            mapped.insert(list.into(), ids.collect());
        }
    }

    /// Maps the remaining properties of an activity. Its sentence is not among them: peers would
    /// take it for a warning.
    fn describe(&self, activity: &Map<String, Value>, mapped: &mut Map<String, Value>) {
        let title = text(activity, "displayName").or_else(|| text(activity, "title"));
        if let Some(title) = title {
            mapped.insert("name".into(), title.into());
        }
        if let Some(page) = object::page(activity) {
            mapped.insert("url".into(), page);
        }
        times(activity, mapped, &["published", "updated"]);
        self.address(activity, ADDRESSEES, mapped);
        if let Some(Value::Object(generator)) = activity.get("generator") {
            mapped.insert("generator".into(), self.thing(generator).into());
        }
        if let Some(Value::Object(location)) = activity.get("location") {
            mapped.insert("location".into(), self.place(location).into());
        }
    }
}

/// Addresses the thing that an activity publishes as the activity: some peers read only that.
fn address_object(activity: &mut Map<String, Value>) {
    let lists = ["to", "cc"].into_iter();
    let lists = lists.filter_map(|list| Some((list.to_owned(), activity.get(list)?.clone())));
    let lists: Vec<(String, Value)> = lists.collect();
    if let Some(Value::Object(object)) = activity.get_mut("object") {
        object.extend(lists);
    }
}
