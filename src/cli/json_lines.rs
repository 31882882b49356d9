//! Log lines as JSON.

use std::fmt;

use tracing::{Event, Subscriber, dispatcher};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
    },
    registry::LookupSpan,
};

/// Format of log lines, in which the end of a step names the request around it.
///
/// `spans` has the spans that are entered on the thread. SQLite has threads of its own, which hold
/// the step that waits for them, and may let go of it last. So the spans around a step are entered
/// for its line.
pub(super) struct JsonLines(Format<Json>);

impl JsonLines {
    /// Creates the format, in which a line names its own span, too, if there are lines of steps.
    pub(super) fn new(has_steps: bool) -> Self {
        let lines = Format::default().json().flatten_event(true);
        // The list has what the current span has, and the request around it; only the line at the
        // end of a step has the step itself nowhere else.
        Self(lines.with_current_span(has_steps))
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Only the ends of steps have a parent of their own, which is the step.
        let step = event.parent().and_then(|id| ctx.span(id));
        let Some(around) = step.and_then(|step| Some(step.parent()?.id())) else {
            return self.0.format_event(ctx, writer, event);
        };
        let dispatch = dispatcher::get_default(Clone::clone);
        dispatch.enter(&around);
        let formatted = self.0.format_event(ctx, writer, event);
        dispatch.exit(&around);
        formatted
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, pipe},
        sync::Mutex,
    };

    use serde_json::Value;
    use tracing::{debug_span, info_span, subscriber::with_default};
    use tracing_subscriber::fmt::format::{FmtSpan, JsonFields};

    use super::*;

    #[test]
    fn end_of_a_step_names_its_request_wherever_it_ends() {
        let (mut reader, writer) = pipe().unwrap();
        let lines = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_span_events(FmtSpan::CLOSE)
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines::new(true))
            .with_writer(Mutex::new(writer));
        with_default(lines.finish(), || {
            let request = info_span!("request", request_id = "x");
            let step = request.in_scope(|| debug_span!("step"));
            drop(step);
            drop(request);
        });
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        let ends: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(ends.len(), 2, "{log}");
        assert_eq!(ends[0]["span"]["name"], "step", "{log}");
        assert_eq!(ends[0]["spans"][0]["request_id"], "x", "{log}");
        assert_eq!(ends[1]["span"]["request_id"], "x", "{log}");
    }
}
