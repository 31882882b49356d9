//! Output of commands: lines, tables, and one sentence on failure.

use std::{
    error::Error,
    io::{ErrorKind, Write},
};

use anyhow::Context;

/// Writes to standard output, with colours only where they show. A reader that went away is no
/// failure.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("standard output can't be written"),
    }
}

/// Writes what went wrong to standard error. Where that can't be written, the exit code says it.
pub(super) fn complain(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "error: {sentence}");
}

/// An error and its causes as one sentence, nothing said twice.
pub(super) fn error_sentence(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{}: {said}", text.trim_end_matches('.'));
        }
        next = cause.source();
    }
    text
}

/// Columns under a headline, as wide as they need to be.
pub(super) fn table<const N: usize>(headline: [&str; N], rows: &[[String; N]]) -> String {
    let headline = headline.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(&headline)
        .chain(rows)
        .map(|row| row.each_ref().map(|cell| strip_control_characters(cell)))
        .collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or(0)
    });
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths);
        let padded: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text from outside without what would steer a terminal.
fn strip_control_characters(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Layer>>);

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["é".into(), "x".into()], ["long name".into(), "y".into()]];
        assert_eq!(
            table(["NAME", "ID"], &rows),
            "NAME       ID\né          x\nlong name  y"
        );
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let rows = [["a\u{1b}[2Jb".into()]];
        assert_eq!(table(["N"], &rows), "N\na [2Jb");
    }

    #[test]
    fn causes_follow_in_one_sentence_and_nothing_is_said_twice() {
        let error = Layer(
            "it failed.",
            Some(Box::new(Layer(
                "no disk",
                Some(Box::new(Layer("no disk", None))),
            ))),
        );
        assert_eq!(error_sentence(&error), "it failed: no disk");
    }
}
