//! Search by a look at every entry.

use async_trait::async_trait;

use super::{Memory, indexed::IndexedObject};
use crate::{
    model::{SearchRequest, Viewer, search_words},
    storage::{
        Result, Search,
        search::{search_parts, text_terms},
    },
};

#[async_trait]
impl Search for Memory {
    async fn search(&self, request: &SearchRequest, viewer: Viewer<'_>) -> Result<Vec<String>> {
        let state = self.state();
        let end = match &request.before {
            None => state.search_index.len(),
            Some(id) => state.search_index.get_index_of(&**id).unwrap_or(0),
        };
        let parts = search_parts(&request.query, viewer);
        let [terms, excluded] = text_terms(&request.query).map(|terms| -> Vec<Vec<String>> {
            let words = terms.into_iter().map(|term| search_words(term).collect());
            words.collect()
        });
        let matches = |entry: &IndexedObject| {
            let mut parts = parts.iter();
            parts.any(|part| part.marks.iter().all(|marks| entry.has_any(marks)))
                && terms.iter().all(|term| entry.has_term(term))
                && !excluded.iter().any(|term| entry.has_term(term))
        };
        let found = state.search_index.get_range(..end).into_iter().flatten();
        let found = found.rev().filter(|(id, entry)| {
            let entry = entry.as_deref();
            entry.is_some_and(matches) && state.may_read(id, viewer)
        });
        let ids = found.map(|(id, _)| id.to_string());
        Ok(ids.take(request.count as usize).collect())
    }
}
