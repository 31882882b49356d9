//! A table of figures with a column for each server, for Markdown and for a terminal.

use std::fmt::Write as _;

/// Writes a table of named figures. Its lines are in the order in which they are named first.
pub(crate) fn table(columns: &[(&str, Vec<(String, f64)>)]) -> String {
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in columns.iter().flat_map(|(_, figures)| figures) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut text = format!("| {:<44} |", "");
    for (column, _) in columns {
        _ = write!(text, " {column:>12} |");
    }
    _ = write!(
        text,
        "\n|{}|{}",
        "-".repeat(46),
        "-------------:|".repeat(columns.len())
    );
    for name in names {
        _ = write!(text, "\n| {name:<44} |");
        for (_, figures) in columns {
            let figure = figures.iter().find(|(other, _)| other == name);
            let figure = figure.map_or_else(String::new, |(_, figure)| round(*figure));
            _ = write!(text, " {figure:>12} |");
        }
    }
    text.push('\n');
    text
}

fn round(number: f64) -> String {
    let digits = usize::from(number < 100.0 && number.fract() != 0.0);
    format!("{number:.digits$}")
}
