//! Collections, and pages of them.

use serde_json::{Map, Value};

use super::{Mapping, is_activity, names, text, with_context};
use crate::protocol::pruned::{self, with_list};

/// The arguments that make a page out of a collection, and those of them that say where it begins.
const ARGUMENTS: &[&str] = &["count", "before", "since", "offset"];
const CURSORS: &[&str] = &["before", "since", "offset"];

impl Mapping<'_> {
    /// The collection with its first page, or, if the query asks for some other part, that page.
    pub(super) fn collection(
        &self,
        shown: &Map<String, Value>,
        items: &[&str],
        query: &str,
    ) -> Option<String> {
        let link = |rel: &str| shown.get("links")?.get(rel)?.get("href")?.as_str();
        let whole = link("first")
            .or_else(|| text(shown, "url"))
            .or_else(|| text(shown, "id"))?;
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
        if cursor.is_none() {
            asked.append_pair("offset", "0");
        }
        let mut page = Map::new();
        page.insert("id".into(), page_at(whole, &asked.finish()).into());
        page.insert("type".into(), "OrderedCollectionPage".into());
        page.insert("partOf".into(), whole.into());
        if let Some(next) = link("next") {
            page.insert("next".into(), next.into());
        }
        // The newest page comes first: there is nothing before it.
        if let Some(prev) = link("prev").filter(|_| cursor == Some(true)) {
            page.insert("prev".into(), prev.into());
        }
        let total = shown.get("totalItems").filter(|total| total.is_u64());
        if let Some(total) = total {
            page.insert("totalItems".into(), total.clone());
        }
        let empty = items.is_empty();
        let items = items.iter();
        let items = items.filter_map(|item| self.item(&pruned::read(item, names::READ)?));
        if cursor.is_some() {
            return Some(with_list(with_context(page), "orderedItems", items));
        }
        let mut collection = Map::new();
        collection.insert("id".into(), whole.into());
        collection.insert("type".into(), "OrderedCollection".into());
        if let Some(name) = text(shown, "displayName") {
            collection.insert("name".into(), name.into());
        }
        if let Some(author) = shown.get("author").and_then(|author| self.name_of(author)) {
            collection.insert("attributedTo".into(), author);
        }
        if let Some(total) = total {
            collection.insert("totalItems".into(), total.clone());
        }
        let mut collection = Value::from(with_context(collection)).to_string();
        if !empty {
            collection.pop();
            collection.push_str(",\"first\":");
            collection.push_str(&with_list(page, "orderedItems", items));
            collection.push('}');
        }
        Some(collection)
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

/// The address of a page of a collection.
pub(super) fn page_at(collection: &str, arguments: &str) -> String {
    let joint = if collection.contains('?') { '&' } else { '?' };
    format!("{collection}{joint}{arguments}")
}
