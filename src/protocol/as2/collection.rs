//! Collections, and pages of them.

use serde_json::{Map, Value};

use super::{Mapping, is_activity, names, text, with_context};
use crate::protocol::pruned::{self, with_list};

/// The arguments that make a page out of a collection, and those of them that say where it begins.
const ARGUMENTS: &[&str] = &["count", "before", "since", "offset"];
const CURSORS: &[&str] = &["before", "since", "offset"];

impl Mapping<'_> {
    /// The collection, which names its first page, or, if the query asks for some part, that page.
    pub(super) fn collection(
        &self,
        shown: &Map<String, Value>,
        items: &[&str],
        query: &str,
    ) -> Option<String> {
        let link = |rel: &str| shown.get("links")?.get(rel)?.get("href")?.as_str();
        let url = link("first")
            .or_else(|| text(shown, "url"))
            .or_else(|| text(shown, "id"))?;
        let whole = self.urls.as2_collection(url);
        // A link of the API leads to a page of the collection by its id.
        let linked = |rel: &str| Some(format!("{whole}{}", link(rel)?.strip_prefix(url)?));
        let mut asked = form_urlencoded::Serializer::new(String::new());
        let mut cursor = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if ARGUMENTS.contains(&&*name) {
                asked.append_pair(&name, &value);
            }
            if CURSORS.contains(&&*name) {
                cursor = Some(value != "0" || name != "offset");
            }
        }
        let mut body = Map::new();
        let Some(is_later) = cursor else {
            asked.append_pair("offset", "0");
            body.insert("id".into(), (*whole).into());
            body.insert("type".into(), "OrderedCollection".into());
            self.describe_collection(shown, &mut body);
            body.insert("first".into(), page_at(&whole, &asked.finish()).into());
            return Some(Value::from(with_context(body)).to_string());
        };
        body.insert("id".into(), page_at(&whole, &asked.finish()).into());
        body.insert("type".into(), "OrderedCollectionPage".into());
        body.insert("partOf".into(), (*whole).into());
        // The newest page comes first: there is nothing before it.
        for (rel, is_there) in [("next", true), ("prev", is_later)] {
            if let Some(page) = linked(rel).filter(|_| is_there) {
                body.insert(rel.into(), page.into());
            }
        }
        total(shown, &mut body);
        let items = items.iter();
        let items = items.filter_map(|item| self.item(&pruned::read(item, names::READ)?));
        Some(with_list(with_context(body), "orderedItems", items))
    }

    /// Maps the properties of a whole collection.
    fn describe_collection(&self, shown: &Map<String, Value>, body: &mut Map<String, Value>) {
        if let Some(name) = text(shown, "displayName") {
            body.insert("name".into(), name.into());
        }
        if let Some(author) = shown.get("author").and_then(|author| self.name_of(author)) {
            body.insert("attributedTo".into(), author);
        }
        total(shown, body);
    }

    /// Something in a collection; an account is the person it belongs to.
    fn item(&self, value: &Value) -> Option<Value> {
        let item = value.as_object()?;
        let user = item
            .get("profile")
            .filter(|_| item.contains_key("nickname"));
        match user.and_then(Value::as_object) {
            Some(person) => Some(self.thing(person).into()),
            None if is_activity(item) => Some(self.activity(item).into()),
            None if item.len() > 2 => Some(self.thing(item).into()),
            None => self.inner(value),
        }
    }
}

fn total(shown: &Map<String, Value>, body: &mut Map<String, Value>) {
    let total = shown.get("totalItems").filter(|total| total.is_u64());
    if let Some(total) = total {
        body.insert("totalItems".into(), total.clone());
    }
}

/// The address of a page of a collection.
pub(super) fn page_at(collection: &str, arguments: &str) -> String {
    let joint = if collection.contains('?') { '&' } else { '?' };
    format!("{collection}{joint}{arguments}")
}
