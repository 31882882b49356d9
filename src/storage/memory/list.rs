//! Pages and heads of streams.

use std::sync::Arc;

use super::state::State;
use crate::{
    model::{
        ByteBudget, Class, Cursor, Filter, Object, Page, PageRequest, Stream, StreamPreview,
        Viewer, case_fold, search_name,
    },
    storage::{Result, StorageError},
};

/// One page of a stream.
pub(super) fn page(
    state: &State,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let mut visible = visible(state, stream, request.filter, viewer);
    if let Some(named) = &request.name_query {
        search(
            state,
            stream,
            request.search_window,
            &case_fold(named),
            &mut visible,
        );
    }
    let newer_than = |at: u64| visible.partition_point(|(arrival, _)| *arrival > at);
    let count = request.count as usize;
    let (start, end, cursor) = match &request.cursor {
        Cursor::Newest => (0, count, None),
        Cursor::Offset(offset) => {
            let start = usize::try_from(*offset).unwrap_or(usize::MAX);
            (start, start.saturating_add(count), None)
        }
        Cursor::Before(item) => {
            let at = position(state, stream, item)?;
            let start = visible.partition_point(|(arrival, _)| *arrival >= at);
            (start, start.saturating_add(count), Some(at))
        }
        Cursor::Since(item) => {
            let at = position(state, stream, item)?;
            let end = newer_than(at);
            (end.saturating_sub(count), end, Some(at))
        }
    };
    let (start, end) = (start.min(visible.len()), end.min(visible.len()));
    // With no items, "older" is measured from the cursor, which is not older than itself.
    let beyond = cursor.filter(|_| start == end);
    let mut page = Page {
        items: visible[start..end]
            .iter()
            .filter_map(|(_, id)| state.objects.get(*id))
            .cloned()
            .collect(),
        total: visible.len() as u64,
        has_older: visible[end..]
            .iter()
            .any(|(arrival, _)| beyond.is_none_or(|at| *arrival < at)),
    };
    let mut budget = ByteBudget::new(request.max_bytes);
    let mut fits = |item: &&Arc<Object>| budget.take(item.size());
    let fitting = if request.cursor.is_since() {
        page.items.iter().rev().take_while(&mut fits).count()
    } else {
        page.items.iter().take_while(&mut fits).count()
    };
    page.shorten(fitting, &request.cursor);
    Ok(page)
}

/// The top of a stream.
pub(super) fn preview(
    state: &State,
    stream: &Stream,
    count: u32,
    viewer: Viewer<'_>,
) -> StreamPreview {
    let visible = visible(state, stream, Filter::default(), viewer);
    StreamPreview {
        total: visible.len() as u64,
        items: visible
            .iter()
            .take(count as usize)
            .map(|(_, id)| id.to_string())
            .collect(),
    }
}

/// Returns the visible entries of a stream with their positions, newest first.
fn visible<'a>(
    state: &'a State,
    stream: &Stream,
    filter: Filter,
    viewer: Viewer<'_>,
) -> Vec<(u64, &'a Arc<str>)> {
    let Some(entries) = state.streams.get(stream) else {
        return Vec::new();
    };
    entries
        .newest_first()
        .filter(|(_, item, class)| admits(filter, *class) && state.may_read(item, viewer))
        .map(|(arrival, item, _)| (arrival, item))
        .collect()
}

/// Keeps what has a name with this in it, among the newest entries of the stream.
fn search(
    state: &State,
    stream: &Stream,
    searched: u32,
    named: &str,
    visible: &mut Vec<(u64, &Arc<str>)>,
) {
    let entries = state.streams.get(stream);
    let newest = entries.and_then(|entries| entries.newest_first().take(searched as usize).last());
    let oldest = newest.map_or(0, |(arrival, ..)| arrival);
    let is_named = |id: &Arc<str>| {
        let name = state.objects.get(id).and_then(|object| search_name(object));
        name.is_some_and(|name| name.contains(named))
    };
    visible.retain(|(arrival, id)| *arrival >= oldest && is_named(id));
}

/// Entries without a class pass the default filter only.
fn admits(filter: Filter, class: Option<Class>) -> bool {
    class.map_or(filter == Filter::default(), |class| filter.matches(class))
}

fn position(state: &State, stream: &Stream, item: &str) -> Result<u64> {
    state
        .streams
        .get(stream)
        .and_then(|entries| entries.position(item))
        .ok_or_else(|| StorageError::NotInStream {
            stream: stream.to_string(),
            item: item.into(),
        })
}
