//! Wishes of persons about searches and lists, as their profiles tell them: `indexable` is whether
//! posts are found by their words, and `discoverable` whether the person is in directories. Only
//! `false` is a wish; a profile without the property leaves it to the server.

use std::{collections::HashSet, sync::Arc};

use super::Result;
use crate::{
    Context,
    model::{Object, SearchQuery, SearchScope, Stream, Viewer},
};

/// Property by which persons are in no list of people.
pub(super) const DISCOVERABLE: &str = "discoverable";

/// Property by which posts are found by no words.
const INDEXABLE: &str = "indexable";

/// Whether a person does not want something.
pub(super) fn declines(person: &Object, property: &str) -> bool {
    person.body.raw_member(property) == Some("false")
}

/// Returns those results of a search that the caller may find: their own, those of persons whom
/// they follow, and those of persons who do not decline. Hashtags are for everyone.
pub(super) async fn findable(
    ctx: &Context,
    query: &SearchQuery,
    mut results: Vec<Arc<Object>>,
) -> Result<Vec<Arc<Object>>> {
    if ctx.viewer() == Viewer::Unrestricted || query.terms.is_empty() {
        return Ok(results);
    }
    let declining: HashSet<String> = if query.scope == SearchScope::Actors {
        let persons = results.iter().filter(|it| declines(it, DISCOVERABLE));
        persons.map(|person| person.id.clone()).collect()
    } else {
        let authors: HashSet<&str> = results
            .iter()
            .filter_map(|it| it.author.as_deref())
            .collect();
        let authors: Vec<&str> = authors.into_iter().collect();
        let authors = ctx.storage().find_objects(&authors).await?.into_iter();
        let authors = authors.flatten().filter(|it| declines(it, INDEXABLE));
        authors.map(|author| author.id.clone()).collect()
    };
    let hidden = strangers_of(ctx, declining).await?;
    results.retain(|it| {
        let owner = it.author.as_ref().unwrap_or(&it.id);
        !hidden.contains(owner)
    });
    Ok(results)
}

/// Returns those of some persons who are strangers to the caller.
async fn strangers_of(ctx: &Context, mut persons: HashSet<String>) -> Result<HashSet<String>> {
    let Some(reader) = ctx.person().filter(|_| !persons.is_empty()) else {
        return Ok(persons);
    };
    persons.remove(reader);
    let following = Stream::Following(reader.to_owned());
    let pairs: Vec<_> = persons
        .iter()
        .map(|id| (following.clone(), id.as_str()))
        .collect();
    let mut follows = ctx.storage().contains(&pairs).await?.into_iter();
    let strangers = persons.iter().filter(|_| follows.next() != Some(true));
    Ok(strangers.cloned().collect())
}
